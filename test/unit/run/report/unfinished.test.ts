import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/core/limits.ts';
import type { Unfinished } from '../../../../src/core/lock.ts';
import type { Keeper } from '../../../../src/node/keeper/keeper.ts';
import { tellRemains, tellUnfinished, type UnfinishedFilter } from '../../../../src/run/report/unfinished.ts';
import { Ear, nodeAt } from '../fixtures.ts';

type Left = readonly [run: string, state: Unfinished['state']];

function keeper(
  host: string,
  left: readonly Left[],
  { hasRunDirectory = false, remains = [] as number[] } = {},
): Keeper {
  const unfinished = left.map(([run, state]) => ({ run, state, who: 'bob@ctl', since: 'then' }));
  return { node: nodeAt(host), unfinished, hasRunDirectory, remains } as unknown as Keeper;
}

function told(keepers: readonly Keeper[], filter: UnfinishedFilter = { exceptRun: 'mine' }) {
  const ear = new Ear();
  tellUnfinished(keepers, ear.emit, filter);
  return ear.of('log');
}

describe('a run that ended in the middle of its commit', () => {
  test.each<[state: Unfinished['state'], words: string]>([
    ['begun', 'half-done, and still to be taken back'],
    ['new', 'wholly new'],
    ['old', 'wholly old'],
    ['unknown', 'unknown, look at the node'],
  ])('S: is told by name, with how it left each node: %s', (state, words) => {
    expect(told([keeper('a', [['r1', state]])])).toEqual([
      {
        type: 'log',
        level: 'warn',
        message: `run r1 of bob@ctl, begun then, ended after its commit had begun; ${words}: [root@a:22]`,
        isInReport: false,
      },
    ]);
  });

  test('is told once, however many nodes it left, each under its state', () => {
    const keepers = [
      keeper('a', [['r1', 'new']]),
      keeper('b', [['r1', 'old']]),
      keeper('c', [['r1', 'new']]),
      keeper('d', []),
    ];
    const [log, ...more] = told(keepers);
    expect(more).toEqual([]);
    expect(log?.message).toMatch(
      /begun; wholly new: \[root@a:22\],? ?.*\[root@c:22\]; wholly old: \[root@b:22\]$/,
    );
    expect(log?.message).not.toContain('[root@d:22]');
  });

  test('and another one are told apart', () => {
    const messages = told([
      keeper('a', [
        ['r1', 'old'],
        ['r2', 'new'],
      ]),
    ]).map(({ message }) => message);
    expect(messages.map((message) => /^run (\w+)/.exec(message)?.[1])).toEqual(['r1', 'r2']);
  });

  test('on very many nodes is told in a line that can be read', () => {
    const keepers = Array.from({ length: 100 }, (_, at) => keeper(`n${at}`, [['r1', 'old']]));
    const [log] = told(keepers);
    expect(log?.message.match(/root@n\d+:22/g)?.length ?? 0).toBeLessThanOrEqual(LIMITS.reportNamesMax);
  });

  test('leaves nothing to tell where nothing was left', () => {
    expect(told([keeper('a', []), keeper('b', [])])).toEqual([]);
  });
});

describe('this very run', () => {
  const both: readonly Left[] = [
    ['mine', 'new'],
    ['r1', 'old'],
  ];

  test('is none of those that it tells of at its beginning', () => {
    expect(told([keeper('a', both)], { exceptRun: 'mine' }).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^run r1 /),
    ]);
  });

  test('alone is told at its end, and again in the report', () => {
    expect(told([keeper('a', both)], { onlyRun: 'mine' })).toEqual([
      expect.objectContaining({
        message: 'this run ended after its commit had begun; wholly new: [root@a:22]',
        isInReport: true,
      }),
    ]);
  });

  test('says nothing of what went into its own directory, which is gone with it', () => {
    const gone = keeper('a', both, { hasRunDirectory: true });
    expect(told([gone], { onlyRun: 'mine' })).toEqual([]);
    expect(told([gone, keeper('b', both)], { onlyRun: 'mine' })[0]?.message).toMatch(
      /wholly new: \[root@b:22\]$/,
    );
    // What others left is told all the same.
    expect(told([gone], { exceptRun: 'mine' }).length).toBe(1);
  });
});

test('processes that could not be ended are told, each node with its own', () => {
  const ear = new Ear();
  tellRemains(
    [keeper('a', [], { remains: [12, 13] }), keeper('b', []), keeper('c', [], { remains: [7] })],
    ear.emit,
  );
  expect(ear.logs()).toEqual([
    'warn: [root@a:22] processes of this run could not be ended: pid 12, 13',
    'warn: [root@c:22] processes of this run could not be ended: pid 7',
  ]);
});
