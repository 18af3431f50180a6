/** Which of several ways a test takes: another one when the sources change, so that all are taken in turn and a run stays short. */
import fc from 'fast-check';

/** One of them, by the seed of the sources and a place in a table; all of them with `npm run proofs`. */
export function oneOf<T>(all: readonly T[], at: number): readonly T[] {
  if (process.env.PROOFS !== undefined || all.length === 0) return all;
  const first = Math.abs(fc.readConfigureGlobal().seed ?? 0) + at;
  return all.slice(first % all.length, (first % all.length) + 1);
}

/** All of them; with the quick tests one, as `oneOf` has it. */
export function allOrOne<T>(all: readonly T[], at: number): readonly T[] {
  return process.env.QUICK === undefined ? all : oneOf(all, at);
}
