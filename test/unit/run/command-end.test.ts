import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import type { ChannelResult, Outcome } from '../../../src/core/outcome.ts';
import { type Cut, failureOf, outcomeOf } from '../../../src/run/command/command-end.ts';
import { CommandWatch, type CommandWatchOptions } from '../../../src/run/command/command-watch.ts';

const [a, b, c] = ['a', 'b', 'c'].map(
  (host): Node => ({ id: nodeId('root', host, 22), user: 'root', host, port: 22, given: host }),
) as [Node, Node, Node];

const code = (value: number): ChannelResult => ({ kind: 'code', code: value });
const LOST: ChannelResult = { kind: 'lost', reason: 'cut' };
const TERM: ChannelResult = { kind: 'signal', signal: 'TERM' };
const timeout: Cut = { kind: 'timeout', afterMs: 5000 };
const fast: Cut = { kind: 'fail-fast', firstId: a.id };
const timedOut: Outcome = { kind: 'timed-out', afterMs: 5000 };
const ended: Outcome = { kind: 'ended', reason: 'since [root@a:22] failed first' };

describe('the end of a command', () => {
  test.each<[string, ChannelResult | undefined, Cut | undefined, Outcome]>([
    ['by itself, well', code(0), undefined, { kind: 'ok' }],
    ['by itself, badly', code(7), undefined, { kind: 'exit', code: 7 }],
    ['by a signal of its own', TERM, undefined, { kind: 'signal', signal: 'TERM' }],
    ['with its connection', LOST, undefined, { kind: 'lost', reason: 'cut' }],
    ['by its time limit', code(143), timeout, timedOut],
    ['by its time limit, whatever it makes of TERM', code(0), timeout, timedOut],
    ['by its time limit, without an answer', undefined, timeout, timedOut],
    ['with its connection, which is all that is known', LOST, timeout, { kind: 'lost', reason: 'cut' }],
    ['by another that failed', code(143), fast, ended],
    ['by another that failed, with KILL', code(137), fast, ended],
    ['by another that failed, on a channel', TERM, fast, ended],
    ['by another that failed, without an answer', undefined, fast, ended],
    ['well, before it could be ended', code(0), fast, { kind: 'ok' }],
    ['badly, before it could be ended', code(7), fast, { kind: 'exit', code: 7 }],
  ])('%s', (_title, result, cut, outcome) => {
    expect(outcomeOf(result, cut)).toEqual(outcome);
  });

  test('the first failure decides the exit code of the run; those that fell with it are none', () => {
    const exit: Outcome = { kind: 'exit', code: 7 };
    expect(failureOf([{ kind: 'ok' }, ended, timedOut, exit])?.exitCode).toBe(124);
    expect(failureOf([{ kind: 'ok' }, exit, timedOut])?.exitCode).toBe(1);
    expect(failureOf([{ kind: 'ok' }, { kind: 'skipped', reason: '' }])).toBeUndefined();
  });
});

describe('the watch over commands', () => {
  /** A clock that is set forward by hand, and commands that are ended by hand. */
  function watching(options: Partial<CommandWatchOptions>) {
    let nowMs = 0;
    const timers = new Set<{ atMs: number; callback: () => void }>();
    const clock: Clock = {
      monotonicMs: () => nowMs,
      wallMs: () => nowMs,
      after(delayMs, callback) {
        const timer = { atMs: nowMs + delayMs, callback };
        timers.add(timer);
        return () => timers.delete(timer);
      },
      afterPendingInput: (callback) => callback(),
    };
    const told: string[] = [];
    const watch = new CommandWatch({
      timeoutMs: undefined,
      isFailFast: false,
      killGraceMs: 1000,
      clock,
      onFirstFailure: (node, others) => told.push(`${node.host} first, ${others} others`),
      ...options,
    });
    const start = (node: Node) => {
      let finish: (result: ChannelResult) => void = () => {};
      const result = new Promise<ChannelResult>((resolve) => {
        finish = resolve;
      });
      const outcome = watch.outcome(node, { result, end: () => told.push(`end ${node.host}`) });
      return { finish, outcome };
    };
    const pass = async (delayMs: number) => {
      nowMs += delayMs;
      for (const timer of [...timers].filter(({ atMs }) => atMs <= nowMs)) {
        if (timers.delete(timer)) timer.callback();
      }
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { watch, start, pass, told, timers };
  }

  test('ends each command at its own time limit, and no other', async () => {
    const { start, pass, told, timers } = watching({ timeoutMs: 5000 });
    const [slow, quick] = [start(a), start(b)];
    await pass(4999);
    quick.finish(code(1));
    expect(await quick.outcome).toEqual({ kind: 'exit', code: 1 });
    expect(told).toEqual([]);
    await pass(1);
    expect(told).toEqual(['end a']);
    slow.finish(code(143));
    expect(await slow.outcome).toEqual(timedOut);
    expect(timers.size).toBe(0);
  });

  test('waits no longer than the grace and some for a command that cannot be ended', async () => {
    const { start, pass } = watching({ timeoutMs: 5000 });
    const stuck = start(a);
    await pass(5000);
    await pass(16_000);
    expect(await stuck.outcome).toEqual(timedOut);
  });

  test('--fail-fast: the first failure ends all that still run, once; without it none is ended', async () => {
    for (const isFailFast of [true, false]) {
      const { start, told } = watching({ isFailFast });
      const [first, second, third] = [start(a), start(b), start(c)];
      second.finish(code(0));
      await second.outcome;
      first.finish(code(3));
      expect(await first.outcome).toEqual({ kind: 'exit', code: 3 });
      expect(told).toEqual(isFailFast ? ['a first, 1 others', 'end c'] : []);
      third.finish(code(143));
      expect(await third.outcome).toEqual(isFailFast ? ended : { kind: 'exit', code: 143 });
      expect(told).toHaveLength(isFailFast ? 2 : 0);
    }
  });

  test('--fail-fast: a time-out is a failure, and a command that begins after it is ended at once', async () => {
    const { start, pass, told } = watching({ isFailFast: true, timeoutMs: 5000 });
    const first = start(a);
    await pass(5000);
    first.finish(code(143));
    expect(await first.outcome).toEqual(timedOut);
    const late = start(b);
    expect(told).toEqual(['end a', 'end b']);
    late.finish(LOST);
    expect(await late.outcome).toEqual({ kind: 'lost', reason: 'cut' });
  });

  test('ends nothing more when it is closed', async () => {
    const { watch, start, pass, told, timers } = watching({ timeoutMs: 5000, isFailFast: true });
    const [first] = [start(a), start(b)];
    watch.close();
    expect(timers.size).toBe(0);
    first.finish(code(1));
    await pass(10_000);
    expect(told).toEqual([]);
  });
});
