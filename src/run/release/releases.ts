/** Which releases a node has, in what order, and which are too many. The order is that in which they were current: no clock counts. Pure. */

/** What one node says of its directory. */
export interface Releases {
  readonly current: string | undefined;
  /** Releases that were current before and still exist, latest first. */
  readonly before: readonly string[];
  readonly all: readonly string[];
}

/** A name that lockstep gives a release: that of its run, with a number behind it in a session. */
const OUR_NAME = /^\d{8}T\d{6}-[0-9a-f]{8}(?:\.\d+)?$/;

/** The tenth of a session comes after the ninth. */
export const inOrderOfNames = new Intl.Collator('en', { numeric: true }).compare;

/** In a circle, which no run makes, each release counts once, and none comes before itself. */
export function asTold(
  current: string | undefined,
  before: readonly string[],
  all: readonly string[],
): Releases {
  return { current, before: [...new Set(before)].filter((name) => name !== current), all };
}

/** The release to which the node goes back. */
export function previousOf({ before }: Releases): string | undefined {
  return before[0];
}

/** The state once a new release is current there. */
export function withNew(releases: Releases, name: string): Releases {
  const { current, before, all } = releases;
  const isThere = current !== undefined && all.includes(current);
  return { current: name, before: isThere ? [current, ...before] : before, all: [...all, name] };
}

/**
 * The releases to remove so that `kept` stay: the current one, those that were current before it, latest first, and
 * then the others, by name. Never the current one and the one before it, and nothing that lockstep has not made.
 */
export function surplusOf({ current, before, all }: Releases, kept: number): readonly string[] {
  const reached = new Set(current === undefined ? before : [current, ...before]);
  const others = all.filter((name) => !reached.has(name)).sort(inOrderOfNames);
  const ordered = [...reached].filter((name) => all.includes(name)).concat(others.reverse());
  return ordered.slice(Math.max(kept, before.length > 0 ? 2 : 1)).filter((name) => OUR_NAME.test(name));
}
