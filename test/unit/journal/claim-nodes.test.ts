/** A run without turns that several repeat, at once or one after the other: each node is done by one of them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownController } from '../../../src/core/controller.ts';
import type { Head } from '../../../src/journal/head.ts';
import { checkNodesFree, claimNodes, findRun } from '../../../src/journal/past.ts';
import type { EndState } from '../../../src/journal/repeat.ts';
import { scratchForEach } from '../../scratch.ts';
import { commandLines, headOf, linesOf, nodeNamed, writeRun } from './pasts.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const NODES = ['web1', 'web2', 'web3'].map((host) => nodeNamed(host));
const OURS = await ownController();
const place = () => join(top, 'runs');
/** The number is the second in which it began. */
const named = (second: number) => `20261128T09000${second}-0000000a`;
const at = (second: number) => `2026-11-28T09:00:0${second}.000Z`;
const [OLD, NEXT, LATER, LAST] = [1, 2, 3, 4].map(named) as [string, string, string, string];

const OK = { kind: 'ok' };
const FAILED = { kind: 'exit', code: 3 };
const SKIPPED = { kind: 'skipped', reason: 'it was ended' };
const LOST = { kind: 'lost', reason: 'cut' };
const ENDS = { ok: OK, failed: FAILED, skipped: SKIPPED, lost: LOST };

/** A command that has ended so on the nodes. */
function put(
  second: number,
  hosts: readonly number[],
  ends: readonly object[],
  more: Partial<Head> = {},
): void {
  const nodes = hosts.map((host) => NODES[host] as (typeof NODES)[0]);
  const head = headOf(nodes, { run: named(second), at: at(second), ...more });
  writeRun(place(), head, commandLines(nodes, ends as never, 1));
}

const wanted = (hosts: readonly number[], states: readonly EndState[]) => ({
  nodes: hosts.map((host) => NODES[host]?.id ?? ''),
  states,
});
const RETRY: readonly EndState[] = ['failed', 'lost', 'skipped'];
const found = (run: string) => findRun(place(), run);
const asked = async (run: string, hosts: readonly number[], states = RETRY) =>
  checkNodesFree(await found(run), wanted(hosts, states));

test('J7: a node that is ok in a run that has repeated this one is not done again: that run is named', async () => {
  put(1, [0, 1, 2], [FAILED, FAILED, OK]);
  put(2, [0, 1], [OK, FAILED], { repeats: OLD });
  await expect(asked(OLD, [0, 1])).rejects.toMatchObject({
    code: 'usage',
    message: `run ${NEXT} has repeated run ${OLD}: of the 2 nodes that this would take 1 ok`,
    hint: expect.stringContaining(`lockstep retry ${NEXT}`),
  });
});

test.each<[EndState, readonly EndState[], boolean]>([
  ['failed', RETRY, true],
  ['lost', RETRY, true],
  ['skipped', RETRY, true],
  ['skipped', ['skipped'], true],
  ['failed', ['skipped'], false],
  ['lost', ['skipped'], false],
  ['lost', ['failed'], false],
])('a node that is %s there may be done again by one that wants %s: %s', async (end, states, isDone) => {
  put(1, [0], [FAILED]);
  put(2, [0], [ENDS[end]], { repeats: OLD });
  const done = await asked(OLD, [0], states).then(
    () => true,
    () => false,
  );
  expect(done).toBe(isDone);
});

test('other nodes of the same run are free, and so are those of runs that repeat another one', async () => {
  put(1, [0, 1, 2], [FAILED, LOST, SKIPPED]);
  put(2, [0], [OK], { repeats: OLD });
  put(3, [1], [OK]);
  await asked(OLD, [1, 2]);
});

test('what counts is the newest run in which a node began, whichever run that repeats', async () => {
  put(1, [0, 1], [FAILED, FAILED]);
  put(2, [0, 1], [FAILED, FAILED], { repeats: OLD });
  put(3, [0, 1], [OK, SKIPPED], { repeats: NEXT });
  await expect(asked(OLD, [0, 1])).rejects.toThrow(`run ${LATER} has repeated run ${OLD}`);
  await asked(OLD, [1]);
  // Of two that repeat one run each knows the other.
  put(4, [1], [OK], { repeats: OLD });
  await expect(asked(NEXT, [1])).rejects.toThrow(`run ${LAST} has repeated run ${NEXT}`);
});

test('a run that never came to its work, and a node that it left out, have done nothing', async () => {
  put(1, [0, 1], [SKIPPED, SKIPPED]);
  const head = headOf(NODES.slice(0, 2), { run: NEXT, at: at(2), repeats: OLD });
  const refused = [{ node: NODES[0]?.id, kind: 'refused' }];
  writeRun(
    place(),
    head,
    linesOf([
      [0, { type: 'begun' }],
      [1, { type: 'phase', phase: 'lock', nodes: 2 }],
      [2, { type: 'finished', exitCode: 75, outcomes: refused }],
    ]),
  );
  await asked(OLD, [0, 1], ['skipped']);
});

test('J7: of many at once one goes on, and the others are told which', async () => {
  put(1, [0, 1], [FAILED, FAILED]);
  const runs = [2, 3, 4, 5, 6, 7].map(named);
  for (const [index, run] of runs.entries())
    writeRun(place(), headOf(NODES, { run, at: at(index + 2), repeats: OLD, controller: OURS }), '');
  await expect(asked(OLD, [0])).rejects.toThrow(/repeats run \S+ already, and is at work/);
  const old = await found(OLD);
  const ends = await Promise.allSettled(runs.map((run) => claimNodes(old, wanted([0, 1], RETRY), run)));
  const winners = runs.filter((_, index) => ends[index]?.status === 'fulfilled');
  expect(winners).toHaveLength(1);
  for (const end of ends)
    if (end.status === 'rejected')
      expect(end.reason.message).toMatch(/^run \S+ repeats run \S+ already, and is at work$/);
});

test('two at once that want different nodes both go on', async () => {
  put(1, [0, 1], [FAILED, LOST]);
  for (const [second, host] of [
    [2, 0],
    [3, 1],
  ] as const)
    writeRun(
      place(),
      headOf([NODES[host] as (typeof NODES)[0]], {
        run: named(second),
        at: at(second),
        repeats: OLD,
        controller: OURS,
      }),
      '',
    );
  const old = await found(OLD);
  await claimNodes(old, wanted([0], ['failed']), NEXT);
  await claimNodes(old, wanted([1], ['lost']), LATER);
});

test('where the first run is gone from the journal the run goes on', async () => {
  put(2, [0], [FAILED], { repeats: OLD });
  await claimNodes(await found(NEXT), wanted([0], RETRY), LATER);
});
