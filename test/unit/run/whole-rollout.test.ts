/** A rollout that goes on in another run: what an earlier one has left down counts, and nobody works on it. */
import { describe, expect, test } from 'vitest';
import type { RestNode } from '../../../src/core/rest.ts';
import { isDown, partOfWhole } from '../../../src/run/repeat.ts';
import { endedBy, nodeAt } from './fixtures.ts';
import { command, expectNothingLeft, Fleet, kinds } from './simulated.ts';

const HOSTS = ['a', 'b', 'c', 'd'];
const rest = (ends: Readonly<Record<string, string>>): RestNode[] =>
  Object.entries(ends).map(([host, kind]) => ({
    at: HOSTS.indexOf(host),
    node: nodeAt(host),
    kind: kind === 'out' ? 'refused' : kind,
    detail: '',
    ...(kind === 'out' ? { isOut: true } : {}),
  }));

/** On the nodes that are not left, of a rollout on all four. */
async function goOn(rollout: object, left: Readonly<Record<string, string>>, text = 'simulate:work,ms=10') {
  const fleet = new Fleet(HOSTS);
  const ending = await fleet.run(
    { ...command(text), targets: { hosts: ['run:r:skipped'] }, rollout },
    {
      whole: { target: 'run:r:all', rest: rest(left), again: [] },
      readRun: async (_run, state) =>
        HOSTS.filter((host) => state === 'all' || !(host in left)).map((host) => ({
          text: `root@${host}:22`,
        })),
    },
  );
  return { fleet, ending };
}

describe('R5: nodes that an earlier run has left', () => {
  test('down keep their places, and are named as the reason; nobody connects to them', async () => {
    const { fleet, ending } = await goOn({ maxDown: '50%' }, { a: 'ok', b: 'exit', c: 'lost' });
    // Half of four, and two of these are down.
    expect([fleet.connected, fleet.begun]).toEqual([['d'], []]);
    expect(kinds(ending)).toBe('skipped');
    expect(ending.outcomes[0]?.outcome).toMatchObject({
      reason: 'since what failed keeps all 2 places of --max-down: [root@b:22], [root@c:22]',
    });
    expect([ending.failure?.code, ending.exitCode]).toEqual(['rollout-failed', 1]);
    expect(ending.failure?.message).toBe(
      'the rollout cannot go on: what failed keeps the others from starting; an earlier run has left down: [root@b:22], [root@c:22]',
    );
  });

  test('down count for --max-failures, and are named where nothing starts for them', async () => {
    const { fleet, ending } = await goOn({ batch: '1', maxFailures: '2' }, { a: 'exit', b: 'lost', c: 'ok' });
    expect(fleet.begun).toEqual([]);
    expect(ending.failure?.message).toBe(
      'nothing more was started when 2 nodes had failed; an earlier run has left down: [root@a:22], [root@b:22]',
    );
  });

  test.each([
    [{ a: 'exit', b: 'out' }, 1],
    [{ a: 'out', b: 'exit' }, 3],
  ])('out of reach there are the first cause here as well: %j exits with %i', async (left, exitCode) => {
    const { ending } = await goOn({ maxDown: '50%' }, left);
    expect(ending.exitCode).toBe(exitCode);
  });

  test('ok are done: the canary has succeeded, and the steps before stand', async () => {
    const { fleet } = await goOn(
      { canary: '1', order: ['b', 'c', 'd'], batch: '1' },
      { a: 'skipped', b: 'ok' },
    );
    expect(fleet.begun).toEqual(['c', 'd']);
  });

  test('down hold up the steps behind them', async () => {
    const { fleet, ending } = await goOn({ order: ['a', 'b'] }, { a: 'timed-out', d: 'ok' });
    expect(fleet.begun).toEqual(['c']);
    expect(kinds(ending)).toBe('skipped ok');
  });

  test('unbegun, and not to begin in this run, hold up the steps behind them', async () => {
    const { fleet, ending } = await goOn({ order: ['a', 'b'] }, { a: 'skipped', c: 'skipped', d: 'ok' });
    expect([fleet.begun, kinds(ending)]).toEqual([[], 'skipped']);
    expect(ending.outcomes[0]?.outcome).toMatchObject({ reason: 'since [root@a:22] of a never began' });
    expect([ending.exitCode, ending.failure?.message]).toEqual([
      1,
      'the rollout cannot go on: nodes that have never begun come before the others, and are not in this run',
    ]);
  });

  test('with --batch have given their places back', async () => {
    const { fleet } = await goOn({ batch: '1' }, { a: 'exit', b: 'lost' });
    expect(fleet.begun).toEqual(['c', 'd']);
  });
});

test('R5: before the first turn no node has begun, and none was lost', async () => {
  const fleet = new Fleet();
  const ending = await fleet.run(
    { ...command(), rollout: { batch: '1' } },
    {
      on: (event, abort) => {
        if (event.type === 'phase' && event.phase === 'exec') abort(endedBy('SIGTERM'));
      },
    },
  );
  expect([fleet.begun, kinds(ending)]).toEqual([[], 'skipped skipped skipped']);
  await expectNothingLeft(fleet);
});

describe('R8: where all others are well, a run that goes on with a rollout', () => {
  test.each<[left: Readonly<Record<string, string>>, exitCode: number, message: string | undefined]>([
    [{ a: 'ok', b: 'ok' }, 0, undefined],
    [{ a: 'exit', b: 'ok' }, 1, 'all had their turn, but an earlier run has left 1 node not ok: [root@a:22]'],
    [
      { a: 'lost', b: 'exit', c: 'timed-out' },
      1,
      'all had their turn, but an earlier run has left 3 nodes not ok: [root@a:22], [root@b:22], [root@c:22]',
    ],
    // What --failed or --lost leaves out.
    [{ b: 'skipped' }, 1, 'all had their turn, but an earlier run has left 1 node not ok: [root@b:22]'],
    // As with -w in one run.
    [{ a: 'ok', b: 'out' }, 0, undefined],
    [
      { a: 'out', b: 'exit' },
      1,
      'all had their turn, but an earlier run has left 1 node not ok: [root@b:22]',
    ],
  ])('that has left %j ends with %i', async (left, exitCode, message) => {
    const { ending } = await goOn({ batch: '1' }, left);
    expect(ending.outcomes.every(({ outcome }) => outcome.kind === 'ok')).toBe(true);
    expect([ending.exitCode, ending.failure?.message]).toEqual([exitCode, message]);
    expect(ending.failure?.code).toBe(exitCode === 0 ? undefined : 'rollout-failed');
  });

  test('tells a failure of its own first', async () => {
    const { ending } = await goOn({ batch: '1' }, { a: 'exit' }, 'simulate:work,ms=10,code=7');
    expect(ending.failure?.code).toBe('command-failed');
  });
});

test.each([
  ['ok', false],
  ['skipped', false],
  ['exit', true],
  ['lost', true],
  ['refused', true],
  [undefined, false],
])('a node whose end was %s is down: %s', (kind, wanted) => expect(isDown(kind)).toBe(wanted));

test('who was out of reach is down, unless such nodes are passed over', () => {
  const all = HOSTS.map((host) => nodeAt(host));
  // The third had its turn, in which its files were refused.
  const whole = { rest: rest({ a: 'out', b: 'exit', c: 'refused' }) };
  const hosts = (nodes: readonly { host: string }[]) => nodes.map(({ host }) => host).join('');
  const of = (unreachable: 'fail' | 'skip') => {
    const { nodes, down } = partOfWhole(all, whole, unreachable);
    return [hosts(nodes), hosts(down)];
  };
  expect([of('fail'), of('skip')]).toEqual([
    ['d', 'abc'],
    ['d', 'bc'],
  ]);
  expect(partOfWhole(all, undefined)).toEqual({ nodes: all, down: [] });
});
