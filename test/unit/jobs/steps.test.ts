import { describe, expect, test } from 'vitest';
import type { Action, ScheduleOptions } from '../../../src/jobs/job-types.ts';
import { quiet, Stage } from './rehearsal.ts';
import { errorsOf, fleetOf } from './slow-fleet.ts';

describe('steps', () => {
  /** Each site passes the step, and says so. */
  const passing = (sites?: number) => {
    const passed: string[] = [];
    const stage = new Stage();
    const action: Action = async (context) => {
      await stage.action(context);
      await context.step('half', sites);
      passed.push(context.site.name);
    };
    return { passed, stage, action };
  };

  test('all sites of an action wait for the last one', async () => {
    const { passed, stage, action } = passing();
    const { run } = fleetOf(['A', 'B', 'C'], action);
    const batch = run('job');
    await stage.end('job.A', 'job.C');
    expect(passed).toEqual([]);
    await stage.end('job.B');
    expect((await batch).ok).toBe(true);
    expect(passed).toEqual(['A', 'C', 'B']);
  });

  test('of more sites so many at a time', async () => {
    const { passed, stage, action } = passing(2);
    const { run } = fleetOf(['A', 'B', 'C', 'D'], action);
    const batch = run('job');
    await stage.end('job.A', 'job.C');
    expect(passed).toEqual(['A', 'C']);
    await stage.end('job.B', 'job.D');
    expect((await batch).ok).toBe(true);
  });

  test('where a site fails before it, the others hear that it cannot be reached', async () => {
    const { passed, stage, action } = passing();
    const { run } = fleetOf(['A', 'B', 'C'], action);
    const batch = run('job');
    await stage.end('job.A');
    await stage.fail('job.B');
    await stage.end('job.C');
    const why =
      "the step 'half' of the job 'job' waits for 3 sites, and cannot be reached: it is over on 'B'";
    expect(errorsOf(await batch)).toEqual([`A: ${why}`, 'B: job.B failed', `C: ${why}, 'A'`]);
    expect(passed).toEqual([]);
  });

  test.each<[string, ScheduleOptions, number | undefined, string]>([
    [
      'one at a time',
      { mode: 'atomic' },
      undefined,
      'waits for 3 sites, and at most 1 can be at work at once',
    ],
    ['a batch', { batch: 2 }, 3, 'waits for 3 sites, and at most 2 can be at work at once'],
    [
      'a limit of some',
      { limits: [{ roles: ['A', 'B'], max: 1 }] },
      3,
      'waits for 3 sites, and at most 2 can be at work at once',
    ],
    ['an order', { order: ['A'] }, 3, 'waits for 3 sites, and at most 2 can be at work at once'],
    ['more than there are', {}, 4, 'waits for 4 sites, and 3 have the action'],
    ['no number', {}, 1.5, "'1.5' is no number of sites"],
  ])(
    'a step of more sites than can be at work at once is refused at once: %s',
    async (_how, options, sites, why) => {
      const { run } = fleetOf(['A', 'B', 'C'], ({ step }) => step('half', sites));
      const batch = await run('job', options);
      const separator = why.startsWith("'") ? ': ' : ' ';
      expect(errorsOf(batch)[0]).toBe(`A: the step 'half' of the job 'job'${separator}${why}`);
      expect(batch.schedule.errors).toBe(3);
    },
  );

  test('where all that are at work wait for places that they have themselves, nobody waits for ever', async () => {
    // Two limits that share no site with each other, and let one of each pair at work: no bound of their own says it.
    const { sites, run } = fleetOf(['A', 'B', 'C'], ({ step }) => step('half', 2));
    const limits = [
      { roles: ['A', 'B'], max: 1 },
      { roles: ['B', 'C'], max: 1 },
      { roles: ['A', 'C'], max: 1 },
    ] as const;
    expect(sites.names()).toEqual(['A', 'B', 'C']);
    const errors = errorsOf(await run('job', { limits }));
    const why = "the step 'half' of the job 'job' waits for 2 sites, and cannot be reached: ";
    expect(errors[0]).toBe(`A: ${why}nothing else is at work: the other sites wait for the places of these`);
    expect(errors.length).toBe(3);
  });

  test('a step that is waited for when its action ends is left', async () => {
    const { run } = fleetOf(['A', 'B'], async ({ site, step }) => {
      const reached = step('half');
      if (site.name === 'A') return;
      await reached;
    });
    // B is alone with A, which has come and gone.
    expect((await run('job')).schedule.errors).toBe(null);
  });
});

describe('limits, order and what a failure does', () => {
  test('a site keeps its place from one job to the next, before another site begins', async () => {
    const stage = new Stage();
    const { run, jobs } = fleetOf(['A', 'B'], stage.action);
    jobs.add('next', 'web', stage.action);
    const batch = run(['job', 'next'], { limits: [{ roles: 'web', max: '50%' }] });
    await quiet();
    await stage.end('job.A', 'next.A', 'job.B', 'next.B');
    await batch;
    expect(stage.order).toBe('+job.A -job.A +next.A -next.A +job.B -job.B +next.B -next.B');
  });

  test('a site that failed keeps its place, where failures are to stop anything', async () => {
    const stage = new Stage();
    const { run } = fleetOf(['A', 'B', 'C'], stage.action);
    const batch = run('job', { limits: [{ name: 'one down', roles: 'web', max: 1 }], breakOnError: true });
    await quiet();
    await stage.fail('job.A');
    const { schedule } = await batch;
    expect(schedule.outcomes.map(({ site, reason }) => `${site}: ${reason}`)).toEqual([
      'A: undefined',
      'B: since what failed keeps the only place of one down: job on A',
      'C: since what failed keeps the only place of one down: job on A',
    ]);
  });

  test('sites of an order come first, in each mode', async () => {
    for (const mode of ['site-sequential', 'sequential', 'atomic', 'parallel'] as const) {
      const seen: string[] = [];
      const { run, sites } = fleetOf(['A', 'B', 'C'], async ({ site }) => {
        await quiet();
        seen.push(site.name);
      });
      sites.add('B', 'db');
      await run('job', { order: ['db', 'C'], mode });
      expect(seen.join(' '), mode).toBe('B C A');
    }
  });

  test('nothing more begins after so many failures, or the first one', async () => {
    for (const options of [
      { maxFailures: 1 },
      { onFailure: 'stop' as const },
      { maxFailures: '40%' as const },
    ]) {
      const { run } = fleetOf(['A', 'B', 'C'], () => Promise.reject(new Error('no')));
      const { schedule } = await run('job', { ...options, batch: 1 });
      expect(schedule.outcomes.map(({ outcome }) => outcome)).toEqual(['failed', 'skipped', 'skipped']);
    }
  });
});
