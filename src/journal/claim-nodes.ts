/**
 * Runs without turns that repeat the same one: none does a node that another is doing, or has done since. All is known of
 * the runs of this journal alone. A rollout is claimed as a whole instead (`claim-rollout.ts`).
 */
import { readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError } from '../core/errors.ts';
import { codeOf } from '../core/system-error.ts';
import { type FoundRun, foundAt, hasBegun, newestFirst, readRun } from './find-run.ts';
import { type Head, RUN_NAME } from './head.ts';
import type { EndState } from './repeat.ts';
import { STATE_OF } from './states.ts';

export interface Wanted {
  /** Ids of nodes. */
  readonly nodes: readonly string[];
  /** A node that a later run left in one of these may be done again; so may one that never began there. */
  readonly states: readonly EndState[];
}

/** Throws LockstepError `usage` if later runs have done some of these nodes, or are to. */
export async function checkNodesFree(found: FoundRun, wanted: Wanted): Promise<void> {
  await check(found, wanted, () => true);
}

/** The same for `run`, when it has its locks. Of several at once the first one passes. */
export async function claimNodes(found: FoundRun, wanted: Wanted, run: string): Promise<void> {
  const before = await enqueue(found, run);
  // One that is not in the queue by now meets this one there.
  await check(found, wanted, (other) => before.has(other), run);
}

async function check(
  found: FoundRun,
  { nodes, states }: Wanted,
  isFirst: (run: string) => boolean,
  own?: string,
): Promise<void> {
  const open = new Set(nodes);
  for await (const later of kinOf(found)) {
    const shared = later.head.nodes.filter(({ id }) => open.has(id));
    if (later.head.run === own || shared.length === 0) continue;
    const state = await hasBegun(later);
    if (state === 'at-work' && isFirst(later.head.run)) throw atWork(found, later);
    if (state !== 'begun') continue;
    const ends = new Map<EndState, number>();
    for (const { node, kind, isOut } of (await readRun(later)).nodes) {
      const end = STATE_OF[kind];
      if (end === undefined || end === 'skipped' || isOut === true || !open.delete(node.id)) continue;
      if (!states.includes(end)) ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    if (ends.size > 0) throw done(found, later, { ends, of: nodes.length });
  }
}

function atWork({ head }: FoundRun, { head: { run } }: FoundRun): LockstepError {
  return new LockstepError('usage', `run ${run} repeats run ${head.run} already, and is at work`, {
    hint: `lockstep log -f ${run} follows it`,
  });
}

function done(
  { head }: FoundRun,
  { head: { run } }: FoundRun,
  { ends, of }: { readonly ends: ReadonlyMap<EndState, number>; readonly of: number },
): LockstepError {
  const counts = [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
  const message = `run ${run} has repeated run ${head.run}: of the ${of} nodes that this would take ${counts}`;
  return new LockstepError('usage', message, {
    hint: `lockstep show ${run} tells how they ended; lockstep retry ${run} takes those that are not ok there`,
  });
}

/** Runs that are newer than this one, and repeat the same run in the end; newest first. */
async function* kinOf(found: FoundRun): AsyncGenerator<FoundRun> {
  const place = dirname(found.path);
  const first = await firstOf(found.head, place);
  for await (const one of newestFirst(place)) {
    if (one.head.run === found.head.run) return;
    if (one.head.repeats !== undefined && (await firstOf(one.head, place)) === first) yield one;
  }
}

/** The run that a chain of repeats began with, as far back as the journal goes. */
async function firstOf({ run, repeats }: Head, place: string): Promise<string> {
  let [first, next] = [run, repeats];
  const seen = new Set([run]);
  while (next !== undefined && RUN_NAME.test(next) && !seen.has(next)) {
    seen.add(next);
    const before = await foundAt(join(place, next)).catch(() => undefined);
    [first, next] = [next, before?.head.repeats];
  }
  return first;
}

const TICKET = /^next\.(\d+)$/;

/** Goes to the end of the queue of all that repeat the same run; resolves with those before it. */
async function enqueue(found: FoundRun, run: string): Promise<ReadonlySet<string>> {
  const place = dirname(found.path);
  const first = join(place, await firstOf(found.head, place));
  const names = await readdir(first).catch(() => undefined);
  const queue = names === undefined ? found.path : first;
  const numbers = (names ?? (await readdir(queue))).flatMap((name) => TICKET.exec(name)?.[1] ?? []);
  for (let number = Math.max(0, ...numbers.map(Number)) + 1; ; number++) {
    const isTaken = await symlink(run, join(queue, `next.${number}`)).then(
      () => false,
      // A full disk costs no such run: it goes on without a place, and sees who has one.
      (error: unknown) => codeOf(error) === 'EEXIST',
    );
    if (!isTaken) return runsBefore(queue, number);
  }
}

async function runsBefore(queue: string, number: number): Promise<ReadonlySet<string>> {
  const before = Array.from({ length: number - 1 }, (_, at) => join(queue, `next.${at + 1}`));
  return new Set(await Promise.all(before.map((path) => readlink(path).catch(() => ''))));
}
