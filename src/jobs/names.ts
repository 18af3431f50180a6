/** Names as programs give them: one, or any number in lists that may hold lists. Pure. */
import { LockstepError } from '../core/errors.ts';
import { JOBS_LIMITS } from '../core/limits/jobs.ts';
import { quoteInput } from '../text/quote-input.ts';

export type Names = string | readonly Names[];

/** Undefined and null give none. Throws LockstepError `usage` for a value that cannot be a name; `what`: `a site`. */
export function namesIn(given: unknown, what: string): string[] {
  const names: string[] = [];
  const take = (some: unknown, depth: number) => {
    if (!Array.isArray(some)) names.push(checkName(some, what));
    else if (depth === JOBS_LIMITS.nestingMax) throw refusal(`the names of ${what} are nested too deep`);
    else for (const one of some) take(one, depth + 1);
  };
  if (given !== undefined && given !== null) take(given, 0);
  return [...new Set(names)];
}

/** Like `namesIn`, but keeps repeated names; undefined and null are no list. */
export function listOf(given: unknown, what: string): string[] {
  if (!Array.isArray(given)) return namesIn([given], what);
  return (given.flat(JOBS_LIMITS.nestingMax) as unknown[]).flatMap((one) => namesIn([one], what));
}

/** `'db', 'web' and 7 more`. */
export function someNames(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, JOBS_LIMITS.namesShown).map(quoteInput);
  const more = all.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function refusal(message: string, hint?: string): LockstepError {
  return new LockstepError('usage', message, { hint });
}

/** A name must fit into a log line. */
function checkName(name: unknown, what: string): string {
  if (typeof name !== 'string') throw refusal(`the name of ${what} is a text, and not ${kindOf(name)}`);
  if (name === '' || name.length > JOBS_LIMITS.nameCharsMax || UNFIT.test(name))
    throw refusal(`${quoteInput(name)} cannot be the name of ${what}`, NAME_HINT);
  return name;
}

const UNFIT = /[\p{C}\p{Zl}\p{Zp}]|^\s|\s$/u;
const NAME_HINT = `a name has 1 to ${JOBS_LIMITS.nameCharsMax} visible characters`;

/** `a number`, `undefined`. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  const kind = typeof value;
  return kind === 'object' ? 'an object' : `a ${kind}`;
}
