import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/core/limits/limits.ts';
import type { Unfinished } from '../../../../src/core/lock.ts';
import type { HeldKeeper } from '../../../../src/node/keeper/held-keeper.ts';
import {
  type LeftOn,
  tellOwnUnfinished,
  tellRemains,
  tellUnfinished,
} from '../../../../src/run/report/unfinished.ts';
import { Ear, nodeAt } from '../fixtures.ts';

type State = Unfinished['state'];

function left(host: string, run: string, state: State): LeftOn {
  return { node: nodeAt(host), left: { run, state, who: 'bob@ctl', since: 'then' } };
}

/** One that has ended. */
function keeper(
  host: string,
  { own = undefined as State | undefined, hasRunDirectory = false, remains = [] as number[] },
): HeldKeeper {
  const unfinished = own === undefined ? [] : [left(host, 'mine', own).left];
  return { node: nodeAt(host), hasRunDirectory, lastWords: { unfinished, remains } } as unknown as HeldKeeper;
}

function told(all: readonly LeftOn[]) {
  const ear = new Ear();
  tellUnfinished(all, ear.hear);
  return ear.of('log');
}

function toldOfOwn(keepers: readonly HeldKeeper[]) {
  const ear = new Ear();
  tellOwnUnfinished(keepers, ear.hear);
  return ear.of('log');
}

describe('a run that ended in the middle of its commit', () => {
  test.each<[state: Unfinished['state'], words: string]>([
    ['begun', 'half-done, and still to be taken back'],
    ['new', 'wholly new'],
    ['old', 'wholly old'],
    ['unknown', 'unknown, look at the node'],
  ])('S: is told by name, with how it left each node: %s', (state, words) => {
    expect(told([left('a', 'r1', state)])).toEqual([
      {
        type: 'log',
        level: 'warn',
        message: `run r1 of bob@ctl, begun then, ended after its commit had begun; ${words}: [root@a:22]`,
      },
    ]);
  });

  test('is told once, however many nodes it left, each under its state', () => {
    const all = [left('a', 'r1', 'new'), left('b', 'r1', 'old'), left('c', 'r1', 'new')];
    const [log, ...more] = told(all);
    expect(more).toEqual([]);
    expect(log?.message).toMatch(
      /begun; wholly new: \[root@a:22\],? ?.*\[root@c:22\]; wholly old: \[root@b:22\]$/,
    );
  });

  test('and another one are told apart', () => {
    const messages = told([left('a', 'r1', 'old'), left('a', 'r2', 'new')]).map(({ message }) => message);
    expect(messages.map((message) => /^run (\w+)/.exec(message)?.[1])).toEqual(['r1', 'r2']);
  });

  test('on very many nodes is told in a line that can be read', () => {
    const [log] = told(Array.from({ length: 100 }, (_, at) => left(`n${at}`, 'r1', 'old')));
    expect(log?.message.match(/root@n\d+:22/g)?.length ?? 0).toBeLessThanOrEqual(LIMITS.reportNamesMax);
  });

  test('leaves nothing to tell where nothing was left', () => {
    expect(told([])).toEqual([]);
    expect(toldOfOwn([keeper('a', {}), keeper('b', {})])).toEqual([]);
  });
});

describe('this very run', () => {
  test('is told at its end by the last words of its keepers, and again in the report', () => {
    expect(toldOfOwn([keeper('a', { own: 'new' }), keeper('b', {})])).toEqual([
      expect.objectContaining({
        message: 'this run ended after its commit had begun; wholly new: [root@a:22]',
        isInReport: true,
      }),
    ]);
  });

  test('says nothing of what went into its own directory, which is gone with it', () => {
    const gone = keeper('a', { own: 'new', hasRunDirectory: true });
    expect(toldOfOwn([gone])).toEqual([]);
    expect(toldOfOwn([gone, keeper('b', { own: 'new' })])[0]?.message).toMatch(/wholly new: \[root@b:22\]$/);
  });
});

test('processes that could not be ended are told, each node with its own', () => {
  const ear = new Ear();
  const [a, b, c] = [keeper('a', { remains: [12, 13] }), keeper('b', {}), keeper('c', { remains: [7] })];
  expect(tellRemains([a, b, c], ear.hear)).toEqual([a.node, c.node]);
  expect(ear.logs()).toEqual([
    'warn: processes of this run could not be ended: pid 12, 13',
    'warn: processes of this run could not be ended: pid 7',
  ]);
});
