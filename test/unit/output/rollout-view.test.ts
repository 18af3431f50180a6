/** What stands below the status bar in a rollout: slots, who is at work, and why others wait. */
import { describe, expect, test } from 'vitest';
import { RolloutState } from '../../../src/output/rollout/state.ts';
import { rolloutLines } from '../../../src/output/rollout/view.ts';
import { planOf } from '../../../src/rollout/plan-of.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { Rehearsal } from '../schedule/rehearsal.ts';
import { makeNode } from './fixtures.ts';
import { Watched } from './watched.ts';

const range = (before: string, count: number, after: string) =>
  Array.from({ length: count }, (_, at) => `${before}${at + 1}${after}`);

const FOO = range('foo', 8, '.east');
const BAR = range('bar', 3, '.east');
const COASTS: RolloutRules = {
  threads: [
    {
      name: 'inner of east',
      require: 'success',
      slots: [
        { name: '$backend of east', nodes: BAR },
        { name: '$frontend of east', nodes: FOO },
      ],
    },
  ],
  limits: [{ name: 'frontend of east', max: 3, nodes: FOO }],
  onFailure: 'hold',
  unreachable: 'fail',
};

/** Drawn when it is so many seconds old. */
function drawnAt(
  second: number,
  rules: RolloutRules,
  cast: Partial<ConstructorParameters<typeof Rehearsal>[2]> = {},
) {
  const nodes = [...FOO, ...BAR, 'db1'];
  const watched = new Watched(nodes, rules);
  let drawn: string[] | undefined;
  const see = (rehearsal: Rehearsal) => {
    // As it was before what happens then.
    if (rehearsal.now > second) drawn ??= watched.lines(second * 1000 + 500);
    watched.see(rehearsal);
  };
  new Rehearsal(nodes, rules, { ...cast, see }).toTheEnd();
  return drawn ?? watched.lines(second * 1000 + 500);
}

describe('R7: the lines of a rollout', () => {
  test('while the first slot is at work: what the second waits for, by name', () => {
    expect(drawnAt(0, COASTS, { takes: (node) => (node === 'bar3.east' ? 9 : 2) })).toEqual([
      '  $backend of east   3 at work',
      '  $frontend of east             8 waiting',
      '  in no order        1 at work',
      '  at work  bar[1-3].east, db1 1s',
      '  waiting  8 wait for $backend of east: bar[1-3].east run',
    ]);
    expect(drawnAt(3, COASTS, { takes: (node) => (node === 'bar3.east' ? 9 : 2) })).toEqual([
      '  $backend of east   2 done  1 at work',
      '  $frontend of east                     8 waiting',
      '  in no order        1 done',
      '  at work  bar3.east 4s',
      '  waiting  8 wait for $backend of east: bar3.east runs',
    ]);
  });

  test('a limit that is full: by whom, and how many of them failed', () => {
    const fails = (node: string) => node === 'foo1.east';
    expect(drawnAt(3, COASTS, { takes: (node) => (node.startsWith('bar') ? 1 : 2), fails })).toEqual([
      '  $backend of east   3 done',
      '  $frontend of east  2 done  2 at work  1 failed  3 waiting',
      '  in no order        1 done',
      '  at work  foo[4-5].east 1s',
      '  waiting  3 wait: frontend of east is full: 3 of 3 down, 1 of them failed',
    ]);
  });

  test('what failed in a slot, a pause, a halt, and failures that end it', () => {
    const takes = (node: string) => (node === 'db1' ? 60 : 1);
    const last = (second: number, rules: RolloutRules, cast = {}) =>
      drawnAt(second, rules, { takes, ...cast }).at(-1);
    const failing = { fails: (node: string) => node === 'bar2.east' };
    expect(last(2, COASTS, failing)).toBe('  waiting  8 wait for $backend of east: bar2.east failed');
    const pausing = { ...COASTS, threads: COASTS.threads.map((one) => ({ ...one, pause: { ms: 20 } })) };
    expect(last(3, pausing)).toBe('  waiting  8 wait: $frontend of east begins in 18s');
    const asking = {
      ...COASTS,
      threads: COASTS.threads.map((one) => ({ ...one, pause: 'confirm' as const })),
    };
    expect(last(3, asking)).toBe('  waiting  8 wait: somebody has to say that $frontend of east may begin');
    expect(last(2, COASTS, { wishes: [[0, { type: 'halted' }]] })).toBe(
      '  waiting  8 wait: halted, nothing more starts',
    );
    expect(last(2, { ...COASTS, maxFailures: 1 }, failing)).toBe(
      '  waiting  8 wait: nothing more starts, 1 node failed',
    );
    expect(last(2, { ...COASTS, onFailure: 'stop' }, failing)).toBe(
      '  waiting  8 wait: nothing more starts, bar2.east failed',
    );
  });

  test('a node that is tried again is at work, and keeps its place', () => {
    const rules = {
      ...COASTS,
      retry: { times: 1, delayMs: 5 },
      limits: [{ name: '--batch', max: 1, nodes: BAR }],
    };
    const lines = drawnAt(3, { ...rules, onFailure: 'release' }, { fails: (node) => node === 'bar1.east' });
    expect(lines[0]).toBe('  $backend of east           1 at work  2 waiting');
    expect(lines.slice(-2)).toEqual([
      '  waiting  8 wait for $backend of east: bar1.east to be tried again, 2 have not begun',
      '           2 wait: --batch is full: 1 of 1 at work',
    ]);
  });

  test('without orders there is one slot, and without rows only what is most important', () => {
    const rules = {
      ...COASTS,
      threads: [],
      limits: [{ name: '--max-down', max: 5, nodes: [...FOO, ...BAR, 'db1'] }],
    };
    expect(drawnAt(0, rules)).toEqual([
      '  all nodes  5 at work  7 waiting',
      '  at work  foo[1-5].east 1s',
      '  waiting  7 wait: --max-down is full: 5 of 5 down',
    ]);
  });

  test('what is out of reach, or was down before, counts from the beginning, as the rules say', () => {
    const nodes = FOO.map((host) => makeNode(host));
    const [one, two] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    const linesBy = (unreachable: RolloutRules['unreachable']) => {
      const plan = planOf({ ...COASTS, threads: [], unreachable }, nodes);
      const state = new RolloutState({ type: 'rollout', plan, absent: [one], down: [two] });
      return rolloutLines(state, { columns: 80, linesMax: 3 }, { nowMs: 0, labelOf: ({ host }) => host });
    };
    expect(linesBy('fail')[0]).toBe('  all nodes  2 failed  6 waiting');
    expect(linesBy('skip')[0]).toBe('  all nodes  1 failed  1 skipped  6 waiting');
  });

  test('orders whose slots have the same names are told apart', () => {
    const [one] = COASTS.threads;
    const twice = [
      { name: 'a', nodes: BAR },
      { name: 'b', nodes: FOO },
    ].map(({ name, nodes }) => ({
      ...(one as (typeof COASTS.threads)[0]),
      name,
      slots: [{ name: '$rack', nodes }],
    }));
    expect(drawnAt(0, { ...COASTS, threads: twice }).slice(0, 2)).toEqual([
      '  $rack (a)    3 at work',
      '  $rack (b)    3 at work  5 waiting',
    ]);
  });

  test('of many slots those at work are shown, and the others counted', () => {
    const slots = FOO.map((node, at) => ({ name: `rack${at + 1}`, nodes: [node] }));
    const [one] = COASTS.threads;
    const watched = new Watched(FOO, {
      ...COASTS,
      threads: [{ ...(one as (typeof COASTS.threads)[0]), slots }],
    });
    let [drawn, narrow]: string[][] = [[], []];
    new Rehearsal(
      FOO,
      { ...COASTS, threads: [{ ...(one as (typeof COASTS.threads)[0]), slots }] },
      {
        see: (rehearsal) => {
          watched.see(rehearsal);
          if (rehearsal.now === 3) drawn = watched.lines(3000, { linesMax: 5 });
          if (rehearsal.now === 4) narrow = watched.lines(4000, { linesMax: 3 });
        },
      },
    ).toTheEnd();
    expect(drawn).toEqual([
      '  rack4                     1 at work',
      '  and 7 more slots  3 done             4 waiting',
      '  at work  foo4.east 0s',
      '  waiting  1 wait for rack4: foo4.east runs',
      '           3 wait for slots that have not begun',
    ]);
    expect(narrow).toEqual([
      '  8 slots  4 done  1 at work  3 waiting',
      '  at work  foo5.east 0s',
      '  waiting  1 wait for rack5: foo5.east runs; and 1 more reasons',
    ]);
  });
});
