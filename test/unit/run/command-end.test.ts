import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import type { ChannelResult, Outcome } from '../../../src/core/outcome.ts';
import { failureOf, outcomeOf } from '../../../src/run/command/command-end.ts';
import { type CommandLimits, CommandRun } from '../../../src/run/command/run-commands.ts';
import { Outcomes } from '../../../src/run/outcomes.ts';
import type { Cut } from '../../../src/schedule/schedule-state.ts';

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

describe('the commands of a run', () => {
  /** A clock that is set forward by hand, and commands that begin and are ended by hand. */
  function running(hosts: readonly Node[], limits: Partial<CommandLimits>, isBegun = true) {
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
    const outcomes = new Outcomes(() => {});
    const commands = new Map(hosts.map((node) => [node, commandOn(node, told, isBegun)]));
    const sites = [...commands].map(([node, { start }]) => ({ node, start }));
    const tell = (event: RunEvent) => void (event.type === 'log' && told.push(event.message));
    const run = new CommandRun(sites, {
      limits: { isFailFast: false, ...limits },
      killGraceMs: 1000,
      clock,
      tell,
      outcomes,
    });
    const pass = async (delayMs: number) => {
      nowMs += delayMs;
      for (const timer of [...timers].filter(({ atMs }) => atMs <= nowMs)) {
        if (timers.delete(timer)) timer.callback();
      }
      await new Promise((resolve) => setImmediate(resolve));
    };
    const finish = async (node: Node, result: ChannelResult) => {
      commands.get(node)?.finish(result);
      await pass(0);
      return outcomes.get(node);
    };
    const begin = (node: Node) => commands.get(node)?.begin();
    const leave = (node: Node) => commands.get(node)?.leave();
    return { run, finish, begin, leave, pass, told, timers, outcomes };
  }

  function commandOn({ host }: Node, told: string[], isBegun: boolean) {
    const finished = settledByHand<ChannelResult>();
    const begun = settledByHand<void>();
    const left = settledByHand<void>();
    const start = () => ({
      ...(isBegun ? {} : { begun: begun.promise }),
      result: finished.promise,
      status: left.promise,
      end: () => void told.push(`end ${host}`),
      close: () => void told.push(`close ${host}`),
    });
    return { start, finish: finished.resolve, begin: begun.resolve, leave: left.resolve };
  }

  function settledByHand<T>() {
    let resolve: (value: T) => void = () => {};
    const promise = new Promise<T>((settle) => {
      resolve = settle;
    });
    return { promise, resolve };
  }

  test('ends each command at its own time limit, and no other', async () => {
    const { run, finish, pass, told, timers } = running([a, b], { timeoutMs: 5000 });
    await pass(4999);
    expect(await finish(b, code(1))).toEqual({ kind: 'exit', code: 1 });
    expect(told).toEqual(['close b']);
    await pass(1);
    expect(told).toEqual(['close b', 'end a']);
    expect(await finish(a, code(143))).toEqual(timedOut);
    expect(timers.size).toBe(0);
    await run.finished;
  });

  test('waits no longer than the grace and some for a command that cannot be ended', async () => {
    const { run, pass, told, outcomes } = running([a], { timeoutMs: 5000 });
    await pass(5000);
    await pass(15_999);
    expect(outcomes.values().length).toBe(0);
    await pass(1);
    expect(outcomes.get(a)).toEqual(timedOut);
    expect(told).toEqual(['end a', 'close a']);
    await run.finished;
  });

  test('waits but a moment for what an ended command has left behind', async () => {
    const { leave, pass, outcomes } = running([a], { timeoutMs: 5000 });
    await pass(5000);
    leave(a);
    await pass(0);
    expect(outcomes.values().length).toBe(0);
    await pass(LIMITS.closeGraceMs);
    expect(outcomes.get(a)).toEqual(timedOut);
  });

  test('the time of a command that waits for its turn counts from when it begins', async () => {
    const { begin, pass, told } = running([a], { timeoutMs: 5000 }, false);
    await pass(10_000);
    begin(a);
    await pass(0);
    await pass(4999);
    expect(told).toEqual([]);
    await pass(1);
    expect(told).toEqual(['end a']);
  });

  test('--fail-fast: the first failure ends all that still run, once; without it none is ended', async () => {
    for (const isFailFast of [true, false]) {
      const { run, finish, told } = running([a, b, c], { isFailFast });
      await finish(b, code(0));
      expect(await finish(a, code(3))).toEqual({ kind: 'exit', code: 3 });
      const message = 'failed first: --fail-fast ends the command on 1 other node';
      expect(told).toEqual(['close b', ...(isFailFast ? [message, 'end c'] : []), 'close a']);
      expect(await finish(c, code(143))).toEqual(isFailFast ? ended : { kind: 'exit', code: 143 });
      expect(told).toHaveLength(isFailFast ? 5 : 3);
      await run.finished;
    }
  });

  test('--fail-fast: a time-out is a failure, and a command that waits for its turn is ended at once', async () => {
    const limits = { isFailFast: true, timeoutMs: 5000 };
    const { begin, finish, pass, told } = running([a, b], limits, false);
    begin(a);
    await pass(0);
    await pass(5000);
    expect(await finish(a, code(143))).toEqual(timedOut);
    expect(told.filter((text) => text.startsWith('end'))).toEqual(['end a', 'end b']);
    begin(b);
    await pass(5000);
    expect(told.filter((text) => text.startsWith('end'))).toEqual(['end a', 'end b']);
    expect(await finish(b, LOST)).toEqual({ kind: 'lost', reason: 'cut' });
  });

  test('a command that cannot be started ends the run with its error', async () => {
    const result = Promise.reject<ChannelResult>(new Error('refused'));
    const run = new CommandRun([{ node: a, start: () => ({ result, end: () => {} }) }], {
      limits: { isFailFast: false },
      killGraceMs: 1000,
      clock: systemClock,
      tell() {},
      outcomes: new Outcomes(() => {}),
    });
    await expect(run.finished).rejects.toThrow('refused');
  });

  test('ends nothing more when it is closed, and still notes how commands end', async () => {
    const { run, finish, pass, told, timers } = running([a, b], { timeoutMs: 5000, isFailFast: true });
    run.close();
    expect(timers.size).toBe(0);
    expect(await finish(a, code(1))).toEqual({ kind: 'exit', code: 1 });
    await pass(10_000);
    expect(told).toEqual(['close a']);
  });
});
