/** A rollout that is at work is asked to halt, to go on, to try nodes again, to go on without some: by its door, as from another terminal. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import type { Wish, WishAnswer } from '../../../src/core/wish.ts';
import { CommandRun } from '../../../src/run/command/run-commands.ts';
import type { HeldRun } from '../../../src/run/held-run.ts';
import { askRollout, openRolloutDoor } from '../../../src/run/rollout/door.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { scratchForEach } from '../../scratch.ts';
import { nodeAt, runFor } from './fixtures.ts';

const NODES = ['a', 'b', 'c', 'd'].map((host) => nodeAt(host));
const IDS = NODES.map(({ id }) => id);
const [a, b, c, d] = IDS as [string, string, string, string];
const OK: ChannelResult = { kind: 'code', code: 0 };
const FAILS: ChannelResult = { kind: 'code', code: 3 };
const RULES: RolloutRules = { threads: [], limits: [], onFailure: 'hold', unreachable: 'fail' };
const ONE_DOWN: RolloutRules = { ...RULES, limits: [{ name: '--max-down', max: 1, nodes: IDS }] };

let directory: string;
scratchForEach((made) => {
  directory = made;
});

/** Commands that end as is said here, asked by the door of their run. */
async function atWork(
  rollout: RolloutRules,
  more: { isFailFast?: boolean; input?: unknown; clock?: Clock } = {},
) {
  const run = runFor({}, NODES, { doorOf: async (id) => join(directory, id) });
  const started: string[] = [];
  const ends = new Map<string, (result: ChannelResult) => void>();
  const sites = NODES.map((node) => ({
    node,
    start: () => {
      started.push(node.host);
      return { result: new Promise<ChannelResult>((end) => ends.set(node.id, end)), end() {} };
    },
  }));
  const limits = { isFailFast: more.isFailFast === true };
  const asked: string[] = [];
  const answers: ((isYes: boolean) => void)[] = [];
  const confirm = (question: string) => {
    asked.push(question);
    return new Promise<boolean>((answer) => answers.push(answer));
  };
  const clock = more.clock ?? run.clock;
  const commands = new CommandRun(sites, { ...run, clock, limits, killGraceMs: 1, rollout, confirm });
  const work = { ...run, identity: { run: 'r' }, input: more.input } as unknown as HeldRun;
  const shut = await openRolloutDoor(work, commands.control);
  const end = async (id: string, result: ChannelResult) => {
    ends.get(id)?.(result);
    await new Promise(setImmediate);
  };
  const ask = (wish: Wish) => askRollout(join(directory, 'r'), wish);
  return { ...run, commands, started, asked, answers, end, ask, shut };
}

const answer = (more: Partial<WishAnswer>): WishAnswer =>
  expect.objectContaining({ done: [], refused: [], ...more });

test('R2: halt and resume: nothing more starts, until the halt is lifted; each of them once', async () => {
  const { ask, end, started, ear, shut, commands } = await atWork(ONE_DOWN);
  expect(await ask({ kind: 'resume' })).toEqual(answer({ pointless: 'not-halted', running: 1, waiting: 3 }));
  expect(await ask({ kind: 'halt' })).toEqual(answer({ running: 1, waiting: 3, standsFor: 'halt' }));
  expect(await ask({ kind: 'halt' })).toMatchObject({ pointless: 'halted' });
  expect(commands.control.halt()).toBe(false);
  expect(await ask({ kind: 'resume' })).toEqual(answer({ running: 1, waiting: 3 }));
  await end(a, OK);
  expect(started).toEqual(['a', 'b']);
  expect(ear.logs('info')).toEqual([
    'asked from another terminal: halt',
    'asked from another terminal: resume',
  ]);
  expect(ear.of('resumed')).toEqual([{ type: 'resumed', running: 1, waiting: 3 }]);
  shut();
});

test('a halted run is over when what ran has ended, and is not resumed then', async () => {
  const { ask, end, commands, shut } = await atWork(ONE_DOWN);
  await ask({ kind: 'halt' });
  await end(a, OK);
  await commands.finished;
  expect(await ask({ kind: 'resume' })).toMatchObject({ pointless: 'ending' });
  expect(commands.rolloutFailure?.code).toBe('rollout-halted');
  shut();
});

test('retry: what failed starts again, and what is in no state for that is refused with the reason', async () => {
  const limits = [{ name: '--max-down', max: 3, nodes: IDS }];
  const { ask, end, started, outcomes, commands, shut } = await atWork({ ...RULES, limits });
  await end(a, FAILS);
  await end(b, OK);
  expect(await ask({ kind: 'retry', nodes: [a, b, c, 'x', a] })).toEqual(
    answer({
      done: [a],
      refused: [
        { node: b, why: 'ok' },
        { node: c, why: 'at-work' },
        { node: 'x', why: 'unknown' },
      ],
    }),
  );
  expect(started).toEqual(['a', 'b', 'c', 'd', 'a']);
  for (const id of [a, c, d]) await end(id, OK);
  await commands.finished;
  expect(outcomes.values().map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(commands.rolloutFailure).toBeUndefined();
  shut();
});

test('retry while halted waits for the resume', async () => {
  const limits = [{ name: '--max-down', max: 2, nodes: IDS }];
  const { ask, end, started, shut } = await atWork({ ...RULES, limits });
  await end(a, FAILS);
  await ask({ kind: 'halt' });
  expect(await ask({ kind: 'retry', nodes: [a] })).toEqual(answer({ done: [a], standsFor: 'halt' }));
  expect(started).toEqual(['a', 'b']);
  await ask({ kind: 'resume' });
  expect(started).toEqual(['a', 'b', 'a']);
  shut();
});

test('retry: is refused where the input is read once, and where --fail-fast ends what runs', async () => {
  const read = await atWork(ONE_DOWN, { input: {} });
  expect(await read.ask({ kind: 'retry', nodes: [a] })).toMatchObject({ pointless: 'input' });
  read.shut();
  const limits = [{ name: 'l', max: 2, nodes: IDS }];
  const ending = await atWork({ ...RULES, limits }, { isFailFast: true });
  await ending.end(a, FAILS);
  expect(await ending.ask({ kind: 'retry', nodes: [a] })).toMatchObject({ pointless: 'ending' });
  expect(await ending.ask({ kind: 'halt' })).toMatchObject({ pointless: 'ending' });
  ending.shut();
});

test('halt: where a rule lets nothing more start, there is nothing to halt, and Ctrl-C ends the run', async () => {
  const limits = [{ name: 'l', max: 2, nodes: IDS }];
  const { ask, end, commands, ear, shut } = await atWork({ ...RULES, limits, maxFailures: 1 });
  await end(a, FAILS);
  expect(commands.control.halt()).toBe(false);
  expect(await ask({ kind: 'halt' })).toMatchObject({ pointless: 'nothing-waits', running: 1 });
  expect(ear.of('halted')).toEqual([]);
  shut();
});

test('skip: a node that waits never starts, with its reason; one that failed frees its place', async () => {
  const slots = [
    { name: 'one', nodes: [a, b] },
    { name: 'two', nodes: [c, d] },
  ];
  const threads = [{ name: 't', require: 'success' as const, slots }];
  const limits = [{ name: '--max-down', max: 1, nodes: [a, d] }];
  const { ask, end, started, outcomes, shut } = await atWork({ ...RULES, threads, limits });
  await end(a, FAILS);
  expect(await ask({ kind: 'skip', nodes: [a, b, c] })).toEqual(
    answer({ done: [a, c], refused: [{ node: b, why: 'at-work' }] }),
  );
  expect(await ask({ kind: 'skip', nodes: [c] })).toMatchObject({ refused: [{ node: c, why: 'skipped' }] });
  await end(b, OK);
  expect(started).toEqual(['a', 'b', 'd']);
  const skipped = { kind: 'skipped', reason: 'as somebody wanted it skipped' };
  // What has begun and failed is no node that never began.
  expect([outcomes.get({ id: a }), outcomes.get({ id: c })]).toEqual([{ kind: 'exit', code: 3 }, skipped]);
  shut();
});

test('a no to a confirmation halts, and the resume asks again', async () => {
  const slots = IDS.slice(0, 2).map((id) => ({ name: id, nodes: [id] }));
  const threads = [{ name: 't', require: 'success' as const, pause: 'confirm' as const, slots }];
  const { ask, end, started, asked, answers, shut } = await atWork({ ...RULES, threads });
  await end(a, OK);
  answers[0]?.(false);
  await new Promise(setImmediate);
  expect(await ask({ kind: 'resume' })).toMatchObject({ running: 2, waiting: 1 });
  expect(asked).toHaveLength(2);
  answers[1]?.(true);
  await new Promise(setImmediate);
  expect(started).toEqual(['a', 'c', 'd', 'b']);
  shut();
});

test('a no to a confirmation counts also while a rule lets nothing more start: when that is lifted, the run stays halted', async () => {
  const slots = IDS.slice(0, 2).map((id) => ({ name: id, nodes: [id] }));
  const threads = [{ name: 't', require: 'success' as const, pause: 'confirm' as const, slots }];
  const rules = { ...RULES, threads, maxFailures: 1 };
  const { ask, end, started, answers, asked, shut } = await atWork(rules);
  await end(a, OK);
  await end(c, FAILS);
  answers[0]?.(false);
  await new Promise(setImmediate);
  expect(await ask({ kind: 'skip', nodes: [c] })).toMatchObject({ done: [c], standsFor: 'halt' });
  expect(await ask({ kind: 'resume' })).toMatchObject({ running: 1, waiting: 1 });
  answers[1]?.(true);
  await new Promise(setImmediate);
  expect([asked.length, ...started]).toEqual([2, 'a', 'c', 'd', 'b']);
  shut();
});

test('a no to a confirmation counts also while nothing else waits: what is retried behind it waits for the resume, which asks again', async () => {
  const slots = IDS.slice(0, 2).map((id) => ({ name: id, nodes: [id] }));
  const threads = [{ name: 't', require: 'success' as const, pause: 'confirm' as const, slots }];
  const { ask, end, started, answers, asked, ear, shut } = await atWork({ ...RULES, threads });
  await end(a, OK);
  await ask({ kind: 'skip', nodes: [b] });
  answers[0]?.(false);
  await new Promise(setImmediate);
  expect(ear.of('halted')).toEqual([]);
  expect(await ask({ kind: 'retry', nodes: [b] })).toEqual(answer({ done: [b], standsFor: 'halt' }));
  expect(await ask({ kind: 'resume' })).toEqual(answer({ running: 2, waiting: 1 }));
  answers[1]?.(true);
  await new Promise(setImmediate);
  expect([asked.length, ...started]).toEqual([2, 'a', 'c', 'd', 'b']);
  shut();
});

test('a node that waits for another try, and is skipped and retried, starts at once, and its time of before means nothing', async () => {
  const retry = { times: 2, delayMs: 60_000 };
  const timers: { run: () => void; isCancelled: boolean }[] = [];
  const after = (_ms: number, run: () => void) => {
    const timer = { run, isCancelled: false };
    timers.push(timer);
    return () => {
      timer.isCancelled = true;
    };
  };
  const { ask, end, started, shut } = await atWork({ ...RULES, retry }, { clock: { ...systemClock, after } });
  await end(a, FAILS);
  const [timer] = timers;
  expect(timer?.isCancelled).toBe(false);
  await ask({ kind: 'skip', nodes: [a] });
  await ask({ kind: 'retry', nodes: [a] });
  expect([timer?.isCancelled, ...started]).toEqual([true, 'a', 'b', 'c', 'd', 'a']);
  shut();
});

test('the door is for its owner alone, answers in sentences, and leaves nothing', async () => {
  const { ask, shut } = await atWork(ONE_DOWN);
  expect(statSync(join(directory, 'r')).mode & 0o777).toBe(0o600);
  await expect(ask({ kind: 'dance' } as unknown as Wish)).rejects.toMatchObject({ code: 'usage' });
  shut();
  expect(readdirSync(directory)).toEqual([]);
  await expect(ask({ kind: 'halt' })).rejects.toMatchObject({ code: 'not-at-work' });
});
