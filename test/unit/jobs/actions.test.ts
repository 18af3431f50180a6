import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { Action, ActionContext, JobEvent } from '../../../src/jobs/job-types.ts';
import { quiet } from './rehearsal.ts';
import { errorsOf, fleetOf, SlowGround } from './slow-fleet.ts';

describe('what an action has started', () => {
  test('it is ended with the action, unless it was awaited', async () => {
    const { run, slow } = fleetOf(['A'], async ({ shell }) => {
      shell.spawn('tail -f');
      void shell.run('sleep');
      slow.ends.get('ls on A')?.();
      const listed = shell.run('ls');
      slow.ends.get('ls on A')?.();
      await listed;
    });
    expect((await run('job')).ok).toBe(true);
    expect(slow.told).toEqual([
      '+tail -f on A',
      '+sleep on A',
      '+ls on A',
      '-ls on A',
      '-tail -f on A',
      '-sleep on A',
    ]);
  });

  test('what is detached goes on in later jobs, and is ended with the schedule', async () => {
    const { run, jobs, slow } = fleetOf(
      ['A'],
      ({ shell }) => void shell.spawn('tail -f', { detached: true }),
    );
    jobs.add('later', 'web', () => void slow.told.push('later'));
    expect((await run(['job', 'later'])).ok).toBe(true);
    expect(slow.told).toEqual(['+tail -f on A', 'later', '-tail -f on A']);
  });

  test('a schedule does not end before all of it is gone', async () => {
    const { run, slow } = fleetOf(['A'], ({ shell }) => void shell.spawn('deaf'));
    const ground = slow.ground('A');
    let isOver = false;
    let letGo = () => {};
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    slow.ground('A').start = ground.start;
    const program = createJobs({
      local: () => ({
        transfer: async () => {},
        start: () => ({ result: gone.then(() => ({ code: 0, signal: undefined })), end: () => {} }),
      }),
    });
    program.sites.add('A');
    program.jobs.add('A', ({ shell }) => void shell.spawn('deaf'));
    const batch = program.run('A').finally(() => {
      isOver = true;
    });
    await quiet();
    expect(isOver).toBe(false);
    letGo();
    await batch;
    await run('job');
  });

  test('what cannot be ended fails the action that looked well', async () => {
    const program = createJobs({
      local: () => {
        let refuse: (error: Error) => void = () => {};
        const result = new Promise<never>((_resolve, reject) => {
          refuse = reject;
        });
        return {
          transfer: async () => {},
          start: () => ({
            result,
            end: () => refuse(new LockstepError('connection-lost', 'the node is gone')),
          }),
        };
      },
    });
    program.sites.add('A');
    program.jobs.add('A', ({ shell }) => void shell.spawn('tail -f'));
    expect(errorsOf(await program.run('A'))).toEqual(['A: the node is gone']);
  });
});

describe('an action that is over', () => {
  test('nothing of it may be called any more, and whoever does hears so', async () => {
    let kept: ActionContext | undefined;
    const { run, slow } = fleetOf(['A'], (context) => {
      kept = context;
    });
    await run('job');
    const { shell, report, debug, fail, step, signal } = kept as unknown as ActionContext;
    const calls: [string, () => unknown][] = [
      ['shell.run()', () => shell.run('ls')],
      ['shell.spawn()', () => shell.spawn('ls')],
      ['shell.upload()', () => shell.upload('a', { to: '/' })],
      ['report()', () => report('x')],
      ['debug()', () => debug('x')],
      ['fail()', () => fail('x')],
      ['step()', () => step('x')],
    ];
    for (const [what, call] of calls)
      expect(call).toThrow(
        expect.objectContaining({
          code: 'usage',
          message: `${what} was called when the action was over: job on A`,
        }),
      );
    expect([slow.told, signal.aborted]).toEqual([[], true]);
  });

  test('what it has of its site is a copy', async () => {
    const seen: unknown[] = [];
    const { sites, run } = fleetOf(['A'], ({ site }) => {
      seen.push([...(site.tags as string[])]);
      (site.tags as string[]).push('changed');
    });
    sites.update('A', { tags: ['x'] });
    await (await run('job')).run('job');
    expect([seen[1], sites.get('A')?.tags]).toEqual([['x'], ['x']]);
  });
});

describe('an action that never ends', () => {
  const never: Action = ({ shell }) => {
    void shell.run('tail -f');
    return new Promise(() => {});
  };

  test('its time ends it, with what it has started', async () => {
    const { run, slow } = fleetOf(['A', 'B'], never);
    const batch = await run('job', { timeoutMs: 5 });
    expect(batch.schedule.outcomes.map(({ actions }) => actions[0]?.outcome)).toEqual([
      'timed-out',
      'timed-out',
    ]);
    expect(errorsOf(batch)).toEqual([
      'A: the action took longer than 0.005 s',
      'B: the action took longer than 0.005 s',
    ]);
    expect([...slow.told].sort()).toEqual([
      '+tail -f on A',
      '+tail -f on B',
      '-tail -f on A',
      '-tail -f on B',
    ]);
  });

  test('one that throws nothing at all has failed, and was not late', async () => {
    const { run } = fleetOf(['A'], () => Promise.reject(undefined));
    const batch = await run('job', { timeoutMs: 60_000 });
    expect(batch.schedule.outcomes[0]?.actions[0]?.outcome).toBe('failed');
    expect(errorsOf(batch)).toEqual(['A: undefined']);
  });

  test.each(['of the schedule', 'of the program', 'close'])('an abort ends it: %s', async (who) => {
    const [ofSchedule, ofProgram] = [new AbortController(), new AbortController()];
    const slow = new SlowGround();
    const { sites, jobs, run, close } = createJobs({
      local: ({ name }) => slow.ground(name),
      signal: ofProgram.signal,
    });
    sites.add(['A', 'B'], 'web');
    jobs.add('job', 'web', never);
    const batch = run(['job', 'job'], { signal: ofSchedule.signal });
    batch.catch(() => {});
    await quiet();
    if (who === 'close') void close();
    else (who === 'of the schedule' ? ofSchedule : ofProgram).abort(new Error('enough'));
    await expect(batch).rejects.toMatchObject({
      name: 'LockstepError',
      code: 'interrupted',
      message: who === 'close' ? 'the fleet was closed' : 'was aborted: enough',
    });
    // The second job has begun nowhere.
    expect(slow.told).toEqual(['+tail -f on A', '+tail -f on B', '-tail -f on A', '-tail -f on B']);
  });

  test.each(['an abort', 'a lost lock', 'a lock that was lost at its end'])(
    '%s ends it, and how each site ended is told',
    async (how) => {
      const [ender, lost] = [new AbortController(), new AbortController()];
      const failure = new LockstepError('lock-lost', 'the lock is gone');
      const [slow, events]: [SlowGround, JobEvent[]] = [new SlowGround(), []];
      const { sites, jobs, run } = createJobs({
        open: async () => ({
          of: ({ name }) => slow.ground(name),
          signal: lost.signal,
          close: async () => {
            if (how.endsWith('end')) throw failure;
          },
        }),
        tell: (event) => void events.push(event),
      });
      sites.add(['A', 'B', 'C'], 'web', { host: 'web' });
      jobs.add('job', 'web', async (context) => {
        if (context.site.name === 'C') throw new Error('no C');
        if (context.site.name === 'B' && !how.endsWith('end')) await never(context);
      });
      const batch = run('job', { signal: ender.signal });
      batch.catch(() => {});
      await quiet();
      if (how === 'an abort') ender.abort(failure);
      if (how === 'a lost lock') lost.abort(failure);
      await expect(batch).rejects.toBe(failure);
      const ended = events.at(-1);
      if (ended?.type !== 'schedule-ended') throw new Error('no end was told');
      const { outcomes } = ended.outcome;
      expect(ended.failure).toBe(failure);
      expect(outcomes.map(({ site, outcome }) => `${site} ${outcome}`)).toEqual([
        'A ok',
        how.endsWith('end') ? 'B ok' : 'B failed',
        'C failed',
      ]);
    },
  );

  test('a schedule that was aborted before begins nothing', async () => {
    const { run, slow } = fleetOf(['A'], never);
    await expect(run('job', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'interrupted' });
    expect(slow.told).toEqual([]);
  });
});
