import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import { LIMITS } from '../../../../src/core/limits.ts';
import { leaveAllOut, leaveOut, noteRefusal } from '../../../../src/run/start/leave-out.ts';
import { nodeAt, runFor } from '../fixtures.ts';

const a = nodeAt('a');
const unreachable = (node = a) => new LockstepError('unreachable', `${node.id} does not answer`, { node });
const fleet = (count: number) => Array.from({ length: count }, (_, at) => nodeAt(`n${at}`));

describe('-w: who is left out', () => {
  test.each([
    ['unreachable', "[root@a:22] is left out: can't connect to address: [root@a:22]"],
    ['auth', "[root@a:22] is left out: can't connect to address: [root@a:22]"],
    ['host-key-changed', "[root@a:22] is left out: can't connect to address: [root@a:22]"],
    ['unusable', '[root@a:22] is left out: it cannot be worked on'],
  ] as const)('%s is told in the words that scripts look for, with its cause', (code, message) => {
    const run = runFor();
    const error = new LockstepError(code, 'why', { node: a });
    leaveOut(error, run);
    expect(run.ear.of('log')).toEqual([
      { type: 'log', level: 'warn', message, brief: 'left out', causes: [error] },
    ]);
    expect(run.ear.of('left-out')).toEqual([{ type: 'left-out', node: a }]);
    expect(run.outcomes.get(a)).toEqual({ kind: 'refused', error });
  });

  test.each([1, LIMITS.leftOutToldMax, LIMITS.leftOutToldMax + 1])(
    '%i of them are told with -q, too',
    (n) => {
      for (const [quiet, level] of [
        [false, 'warn'],
        [true, 'error'],
      ] as const) {
        const run = runFor({ show: { quiet } });
        leaveAllOut(fleet(n).map(unreachable), run);
        expect(new Set(run.ear.of('log').map((log) => log.level))).toEqual(new Set([level]));
      }
    },
  );

  test('so many as can be read have a record each; a thousand have one, which names each as a cause', () => {
    const few = runFor();
    leaveAllOut(fleet(LIMITS.leftOutToldMax).map(unreachable), few);
    expect(few.ear.of('log').length).toBe(LIMITS.leftOutToldMax);
    const many = runFor();
    const nodes = fleet(1000);
    leaveAllOut(nodes.map(unreachable), many);
    const [told, ...more] = many.ear.of('log');
    expect(more).toEqual([]);
    expect(told?.message).toBe('1000 nodes are left out');
    expect(told?.causes?.map((cause) => (cause as LockstepError).node)).toEqual(nodes);
    expect(told?.causes?.[7]).toMatchObject({ message: "can't connect to address: [root@n7:22]" });
  });

  test.each([3, LIMITS.leftOutToldMax + 3])('each of %i is told to those who count nodes', (count) => {
    const run = runFor();
    const nodes = fleet(count);
    leaveAllOut(nodes.map(unreachable), run);
    expect(run.ear.of('left-out').map(({ node }) => node)).toEqual(nodes);
  });

  test('none is told where none failed', () => {
    const run = runFor();
    leaveAllOut([], run);
    expect(run.ear.events).toEqual([]);
  });

  test('an error of no node is no outcome of any', () => {
    const run = runFor();
    noteRefusal(new LockstepError('bug', 'of nobody'), run.outcomes);
    leaveOut(new LockstepError('bug', 'of nobody'), run);
    expect(run.outcomes.values().length).toBe(0);
    expect(run.ear.of('left-out')).toEqual([]);
  });
});
