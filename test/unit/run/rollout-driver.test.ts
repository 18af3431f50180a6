import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { runCommand } from '../../../src/run/command/command.ts';
import type { CommandRun } from '../../../src/run/command/run-commands.ts';
import type { HeldRun, Site } from '../../../src/run/held-run.ts';
import { RolloutWaits } from '../../../src/run/rollout/rollout-waits.ts';
import { tellEffect } from '../../../src/run/rollout/tell-rollout.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { endedBy, runFor } from './fixtures.ts';
import { a, b, code, IDS, NODES, ONE_BY_ONE, running } from './running.ts';
import { command, expectNothingLeft, Fleet, kinds } from './simulated.ts';

test('L2: no command begins whose turn comes when a lease is unproven: the run ends', async () => {
  const lost = new LockstepError('lock-lost', 'nothing was heard', { node: b });
  const run = runFor({}, NODES);
  run.progress.rollout = ONE_BY_ONE;
  const went: string[] = [];
  let isProven = true;
  const check = () => {
    if (!isProven) throw lost;
  };
  const go = (host: string) => async () => {
    went.push(host);
    isProven = false;
    return { ...code(0), isClean: true };
  };
  const sites = NODES.map(
    (node) => ({ node, keeper: { go: go(node.host), endWorkers() {} } }) as unknown as Site,
  );
  const held = { signal: new AbortController().signal, check, keepMade() {}, beginCommit() {} };
  const work = { ...run, sites, held, identity: { run: 'r' } } as unknown as HeldRun;
  await expect(runCommand(work, { isFailFast: false }, () => ({ text: 'true' }))).rejects.toBe(lost);
  expect(went).toEqual(['a']);
});

describe('a node that is tried again', () => {
  const RETRIES: RolloutRules = { ...ONE_BY_ONE, limits: [], retry: { times: 2, delayMs: 1 } };
  const settled = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise(setImmediate);
  };

  test('has one outcome, that of its last try; of those before it is told that they were tries, and how they ended', async () => {
    const { commands, end, ear, outcomes } = running(RETRIES);
    await end('a', code(3));
    expect(ear.of('outcome')).toEqual([]);
    expect(ear.logs('warn')).toEqual(['code 3: it is tried again in 0.001 s, and once more where it fails']);
    await settled();
    await end('a', code(4));
    await settled();
    await end('a', code(0));
    await end('b', code(0));
    await end('c', code(0));
    await commands.finished;
    expect(ear.of('outcome').map(({ node, outcome }) => `${node.host} ${outcome.kind}`)).toEqual([
      'a ok',
      'b ok',
      'c ok',
    ]);
    expect(ear.of('node-failed')).toEqual([]);
    const tries = ear.of('node-retries').map(({ outcome, triesLeft }) => [outcome, triesLeft]);
    expect(tries).toEqual([
      [{ kind: 'exit', code: 3 }, 1],
      [{ kind: 'exit', code: 4 }, 0],
    ]);
    expect(outcomes.get(a)).toEqual({ kind: 'ok' });
  });

  test.each<[string, (commands: CommandRun) => unknown]>([
    ['is halted', (commands) => commands.control.halt()],
    ['is ended', (commands) => commands.close()],
    ['goes on without it', (commands) => commands.control.answer({ kind: 'skip', nodes: [a.id] }, false)],
  ])('has failed as it did where no other try comes, since the run %s', async (_how, stop) => {
    const { commands, end, ear, outcomes } = running({
      ...RETRIES,
      retry: { times: 1, delayMs: 100_000 },
      limits: [{ name: '--batch', max: 2, nodes: IDS }],
    });
    await end('a', code(3));
    await stop(commands);
    await end('b', code(0));
    await end('c', code(0));
    expect(outcomes.get(a)).toEqual({ kind: 'exit', code: 3 });
    expect(ear.of('outcome').filter(({ node }) => node === a)).toEqual([
      { type: 'outcome', node: a, outcome: { kind: 'exit', code: 3 } },
    ]);
    commands.close();
  });
});

describe('a rollout that is ended', () => {
  test('nodes that have not begun were skipped, and not lost', async () => {
    const fleet = new Fleet();
    const ending = await fleet.run(
      { ...command('simulate:work,ms=100000,stubborn=1'), rollout: { batch: '1' } },
      {
        on: (event, abort) => {
          if (event.type === 'output') abort(endedBy('SIGTERM'));
        },
      },
    );
    expect(fleet.begun).toEqual(['a']);
    expect(kinds(ending)).toMatch(/^\w+ skipped skipped$/);
    expect(ending.outcomes.at(-1)?.outcome).toMatchObject({ reason: 'since the run was ended' });
    expect(ending.ear.logs().join('\n')).toContain('ending the work on 1 node,');
    await expectNothingLeft(fleet);
  });

  test('a node that has failed, or was lost while it waited, says so, also when somebody wants it skipped', () => {
    const { tell, outcomes } = runFor({}, NODES);
    const voice = { tell, outcomes, nodeOf: () => a };
    const refused = { kind: 'refused' as const, error: new LockstepError('commit-failed', 'it went back') };
    for (const outcome of [
      { kind: 'lost' as const, reason: 'cut' },
      { kind: 'exit' as const, code: 3 },
      refused,
    ]) {
      for (const kind of ['halted', 'asked'] as const) {
        outcomes.settle(a, outcome);
        tellEffect({ type: 'skip', node: a.id, reason: { kind } }, voice);
        expect(outcomes.get(a)).toBe(outcome);
      }
    }
    outcomes.reopen(a);
    tellEffect({ type: 'skip', node: a.id, reason: { kind: 'asked' } }, voice);
    expect(outcomes.get(a)?.kind).toBe('skipped');
  });

  test('by --fail-fast is not halted: Ctrl-C ends it', async () => {
    const { commands, end } = running(
      { ...ONE_BY_ONE, limits: [{ name: 'l', max: 2, nodes: IDS }] },
      { limits: { isFailFast: true } },
    );
    await end('a', code(1));
    expect(commands.control.halt()).toBe(false);
    await end('b', code(143));
    await commands.finished;
  });
});

test('R4: what is told of a node’s end stands before what that starts', async () => {
  const thread = {
    name: 't',
    require: 'finished' as const,
    slots: IDS.map((id) => ({ name: id, nodes: [id] })),
  };
  const { ear, end } = running({ ...ONE_BY_ONE, threads: [thread] });
  await end('a', code(1));
  await end('b', code(0));
  const told = ear.events.flatMap((event) => {
    if (event.type === 'slot-done') return ['done'];
    return event.type === 'outcome' || event.type === 'node-begun'
      ? [`${event.type} ${event.node.host}`]
      : [];
  });
  const turn = (host: string, next: string) => [`outcome ${host}`, 'done', `node-begun ${next}`];
  expect(told).toEqual(['node-begun a', ...turn('a', 'b'), ...turn('b', 'c')]);
});

describe('slots that somebody confirms', () => {
  const effect = (slot: string) => ({ type: 'pause', thread: 0, until: 'confirm', name: 't', slot }) as const;

  test('are asked about one after the other, and after a no not at all', async () => {
    const asked: string[] = [];
    let answer: (isYes: boolean) => void = () => {};
    const confirm = (question: string) => {
      asked.push(question);
      return new Promise<boolean>((resolve) => {
        answer = resolve;
      });
    };
    const done: string[] = [];
    const waits = new RolloutWaits({ clock: systemClock, tell() {}, confirm });
    for (const slot of ['one', 'two', 'three']) {
      waits.beforeSlot(effect(slot), {
        goOn: () => void done.push(`${slot} goes on`),
        halt: () => void done.push(`${slot} halts`),
        fail: (reason) => void done.push(String(reason)),
      });
    }
    const settle = () => new Promise(setImmediate);
    await settle();
    expect(asked).toEqual(['begin with one (t)? [y/N] ']);
    answer(true);
    await settle();
    expect(asked.slice(1)).toEqual(['begin with two (t)? [y/N] ']);
    answer(false);
    await settle();
    expect([asked.length, ...done]).toEqual([2, 'one goes on', 'two halts', 'three halts']);
  });
});
