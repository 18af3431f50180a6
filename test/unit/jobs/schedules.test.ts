import { describe, expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { BatchOutcome, Mode, ScheduleOptions } from '../../../src/jobs/job-types.ts';
import { quiet, Stage } from './rehearsal.ts';

const MODES: readonly Mode[] = ['site-sequential', 'sequential', 'atomic', 'parallel'];

/** Sites A and B, and jobs j1 and j2 on both of them. */
function twoByTwo() {
  const program = createJobs();
  const stage = new Stage();
  program.sites.add(['A', 'B'], 'web');
  program.jobs.add('j1', 'web', stage.action);
  program.jobs.add('j2', 'web', stage.action);
  const start = async (mode: Mode, options: ScheduleOptions = {}) => {
    const batch = program.run(['j1', 'j2'], { ...options, mode });
    await quiet();
    return { batch };
  };
  return { program, stage, start };
}

/** `j1.A ok, j2.A skipped`. */
function ends({ schedule }: BatchOutcome): string {
  return schedule.outcomes.map(({ job, site, outcome }) => `${job}.${site} ${outcome}`).join(', ');
}

describe.each(MODES)('PL-4: %s', (mode) => {
  test('PL-4: sites have the actions of their roles, as far as the roles of the schedule let them', async () => {
    const { sites, jobs, run } = createJobs();
    const counts: Record<string, number> = {};
    const checks: string[] = [];
    const count = ({ site: { name } }: { site: { name: string } }) => {
      counts[name] = (counts[name] ?? 0) + 1;
    };
    jobs.add('deploy', 'deploy', count);
    jobs.add('deploy', 'live', () => {});
    jobs.add('countertest', 'test', count);
    jobs.add('checkruns', ['test', 'deploy', 'live'], ({ site }) => void checks.push(site.name));
    // Who has a role is looked up when a schedule begins.
    sites.add('example.com', ['deploy', 'live']);
    sites.add('app.example.com', ['deploy', 'live', 'primary']);
    sites.add('foo.bar', ['test', 'deploy']);
    const batch = await run(['deploy', 'countertest'], { roles: ['test', 'live'], mode });
    expect(counts).toEqual({ 'example.com': 1, 'app.example.com': 1, 'foo.bar': 2 });
    expect([batch.schedule.errors, batch.schedule.actionCount, batch.ok]).toEqual([null, 6, true]);
    const next = await batch.run('checkruns', { roles: 'foo.bar' });
    expect(checks).toEqual(['foo.bar']);
    expect([next.schedule.errors, next.schedule.actionCount]).toEqual([null, 1]);
  });
});

test('PL-5: a job waits for the one before it on all sites, and finds what that has left in shared', async () => {
  const { sites, jobs, runSequential } = createJobs();
  const stage = new Stage();
  sites.add('app.example.com', 'app');
  sites.add('example.com', 'example');
  type Greeting = { greeting: string };
  jobs.add<Greeting>('hello', 'app', async (context) => {
    await stage.action({ ...context, shared: {} });
    context.shared.greeting = 'hello';
  });
  jobs.add<Greeting>('world', 'example', ({ shared }) => {
    shared.greeting += ', world!';
  });
  let seen = '';
  let action = '';
  jobs.add<Greeting>('display', 'app', ({ shared, ids }) => {
    seen = shared.greeting;
    action = ids.action;
  });
  const running = runSequential<Greeting>(['hello', 'world', 'display'], { shared: { greeting: '' } });
  await quiet();
  expect(stage.atWork).toBe('hello.app.example.com');
  await stage.end('hello.app.example.com');
  const { id, schedule, shared } = await running;
  expect([seen, shared.greeting]).toEqual(['hello, world!', 'hello, world!']);
  expect([schedule.index, schedule.mode]).toEqual([1, 'sequential']);
  expect(id).toMatch(/^[a-z0-9]{6}$/);
  expect(schedule.id).toBe(`${id}-1`);
  expect(action).toBe(`${id}-1-3`);
});

describe('PL-6', () => {
  test('PL-6: site-sequential: A goes on to j2 while j1 is at work on B', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('site-sequential');
    expect(stage.atWork).toBe('j1.A j1.B');
    await stage.end('j1.A');
    expect(stage.atWork).toBe('j1.B j2.A');
    await stage.end('j2.A', 'j1.B', 'j2.B');
    expect(stage.order).toBe('+j1.A +j1.B -j1.A +j2.A -j2.A -j1.B +j2.B -j2.B');
    expect(ends(await batch)).toBe('j1.A ok, j1.B ok, j2.A ok, j2.B ok');
  });

  test('PL-6: sequential: j2 begins nowhere before j1 has ended everywhere', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('sequential');
    await stage.end('j1.A');
    expect(stage.atWork).toBe('j1.B');
    await stage.end('j1.B', 'j2.B', 'j2.A');
    expect(stage.order).toBe('+j1.A +j1.B -j1.A -j1.B +j2.A +j2.B -j2.B -j2.A');
    await batch;
  });

  test('PL-6: atomic: one job on one site at a time, all sites of a job before the next one', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('atomic');
    await stage.end('j1.A', 'j1.B', 'j2.A', 'j2.B');
    expect(stage.order).toBe('+j1.A -j1.A +j1.B -j1.B +j2.A -j2.A +j2.B -j2.B');
    await batch;
  });

  test('PL-6: parallel: all four are at work at once', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('parallel');
    expect(stage.atWork).toBe('j1.A j1.B j2.A j2.B');
    await stage.end('j2.B', 'j2.A', 'j1.B', 'j1.A');
    expect(stage.order).toBe('+j1.A +j1.B +j2.A +j2.B -j2.B -j2.A -j1.B -j1.A');
    await batch;
  });
});

describe('PL-7', () => {
  const failed = (job: string) => `j2.A skipped: since ${job} on A failed in j1`;

  test('PL-7: site-sequential: what fails stops its own site', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('site-sequential', { breakOnError: true });
    await stage.fail('j1.A');
    await stage.end('j1.B', 'j2.B');
    const outcome = await batch;
    expect(ends(outcome)).toBe('j1.A failed, j1.B ok, j2.A skipped, j2.B ok');
    expect([outcome.schedule.errors, outcome.ok]).toEqual([1, false]);
    const [skipped] = outcome.schedule.outcomes.filter((one) => one.outcome === 'skipped');
    expect(`${skipped?.job}.${skipped?.site} skipped: ${skipped?.reason}`).toBe(failed('j1'));
  });

  test('PL-7: sequential: the job is finished everywhere, and the next one begins nowhere', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('sequential', { breakOnError: true });
    await stage.fail('j1.A');
    expect(stage.atWork).toBe('j1.B');
    await stage.end('j1.B');
    const outcome = await batch;
    expect(ends(outcome)).toBe('j1.A failed, j1.B ok, j2.A skipped, j2.B skipped');
    expect(outcome.schedule.errors).toBe(1);
  });

  test('PL-7: atomic: nothing begins behind the first failure', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('atomic', { breakOnError: true });
    await stage.fail('j1.A');
    const outcome = await batch;
    expect(ends(outcome)).toBe('j1.A failed, j1.B skipped, j2.A skipped, j2.B skipped');
    expect(outcome.schedule.errors).toBe(1);
  });

  test('PL-7: parallel: breakOnError means nothing', async () => {
    const { stage, start } = twoByTwo();
    const { batch } = await start('parallel', { breakOnError: true });
    await stage.fail('j1.A');
    await stage.end('j1.B', 'j2.A', 'j2.B');
    expect(ends(await batch)).toBe('j1.A failed, j1.B ok, j2.A ok, j2.B ok');
  });

  test.each(MODES)(
    'PL-7: %s: without breakOnError all have their turn, and no error is lost',
    async (mode) => {
      const { stage, start } = twoByTwo();
      const { batch } = await start(mode);
      await stage.fail('j1.A');
      await stage.end('j1.B');
      await stage.fail('j2.A');
      await stage.end('j2.B');
      const outcome = await batch;
      expect(ends(outcome)).toBe('j1.A failed, j1.B ok, j2.A failed, j2.B ok');
      expect(outcome.schedule.errors).toBe(2);
      const errors = outcome.schedule.outcomes.flatMap(({ actions }) => actions.flatMap((one) => one.errors));
      expect(errors.map(({ message }) => message)).toEqual(['j1.A failed', 'j2.A failed']);
    },
  );
});

describe('PL-8', () => {
  const alone = (action: Parameters<ReturnType<typeof createJobs>['jobs']['add']>[2]) => {
    const { sites, jobs, run } = createJobs();
    sites.add('A');
    jobs.add('job', 'A', action);
    return run('job');
  };
  const errorsOf = ({ schedule }: BatchOutcome) =>
    schedule.outcomes.flatMap(({ actions }) => actions.map(({ errors }) => errors.map((one) => one.message)));

  test('PL-8: a job is complete when both of its promises are', async () => {
    const stage = new Stage();
    let isOver = false;
    const { sites, jobs, run } = createJobs();
    sites.add('A');
    jobs.add('job', 'A', (context) =>
      Promise.all([stage.action({ ...context, job: 'one' }), stage.action({ ...context, job: 'two' })]),
    );
    const batch = run('job').finally(() => {
      isOver = true;
    });
    await quiet();
    await stage.end('one.A');
    expect(isOver).toBe(false);
    await stage.end('two.A');
    expect([isOver, (await batch).ok]).toEqual([true, true]);
  });

  test('PL-8: the second one fails, and so does the job', async () => {
    const batch = await alone(() => Promise.all([Promise.resolve(), Promise.reject(new Error('second'))]));
    expect([batch.schedule.errors, errorsOf(batch)]).toEqual([1, [['second']]]);
  });

  test('PL-8: fail(null) is no failure', async () => {
    expect((await alone(({ fail }) => fail(null))).schedule.errors).toBe(null);
  });

  test('PL-8: two failures are one failed action with two messages', async () => {
    const batch = await alone(({ fail }) => {
      fail(new Error('one'));
      fail('two');
    });
    expect([batch.schedule.errors, errorsOf(batch)]).toEqual([1, [['one', 'two']]]);
  });

  test('PL-8: what is thrown behind them comes last, and need not be an Error', async () => {
    const batch = await alone(async ({ fail }) => {
      fail('first');
      throw { code: 7 };
    });
    expect(errorsOf(batch)).toEqual([['first', '{ code: 7 }']]);
  });

  test('PL-8: a job without actions runs none, and the schedule ends', async () => {
    const batch = await alone(undefined);
    expect([batch.schedule.actionCount, batch.schedule.errors, batch.ok]).toEqual([0, null, true]);
    expect((await createJobs().run([])).ok).toBe(true);
  });

  test('PL-8: two actions of a list run side by side, each once', async () => {
    const { sites, jobs, run } = createJobs();
    const stage = new Stage();
    sites.add('A', ['x', 'y']);
    const fragments: string[] = [];
    const action = (context: Parameters<typeof stage.action>[0]) => {
      fragments.push(`${context.fragment}/${context.fragments}`);
      return stage.action({ ...context, job: String(context.fragment) });
    };
    // Several roles of one site match, and it has the action once.
    jobs.add('job', ['x', 'y'], [action, (context) => action(context)]);
    const batch = run('job');
    await quiet();
    expect([stage.atWork, fragments]).toEqual(['1.A 2.A', ['1/2', '2/2']]);
    await stage.end('1.A', '2.A');
    expect((await batch).schedule.actionCount).toBe(2);
  });
});

test('PL-9: a job that is not known is refused before anything begins', async () => {
  const { stage, program } = twoByTwo();
  await expect(program.run(['j1', 'j3'])).rejects.toMatchObject({
    code: 'usage',
    message: "there is no job 'j3'",
    hint: "there are: 'j1', 'j2'",
  });
  await quiet();
  expect(stage.order).toBe('');
});

test('PL-9: with allowMissing it is passed over', async () => {
  const { stage, program } = twoByTwo();
  const batch = program.run(['j3', 'j2'], { allowMissing: true, roles: 'A' });
  await quiet();
  await stage.end('j2.A');
  expect(ends(await batch)).toBe('j2.A ok');
});

test('a job that is listed twice runs twice', async () => {
  const { sites, jobs, run } = createJobs();
  sites.add('A');
  const ids: string[] = [];
  jobs.add('A', ({ ids: { action } }) => void ids.push(action));
  const { id, schedule } = await run(['A', 'A']);
  expect(ids).toEqual([`${id}-1-1`, `${id}-1-2`]);
  expect(schedule.outcomes.map(({ index }) => index)).toEqual([0, 1]);
});

test('a batch goes on with its id, its shared object and its options, but not with its name and mode', async () => {
  const { sites, jobs, runAtomic } = createJobs();
  sites.add(['A', 'B'], 'web');
  const seen: string[] = [];
  jobs.add<{ count: number }>('count', 'web', ({ shared, site }) => {
    shared.count += 1;
    seen.push(`${shared.count} ${site.name}`);
  });
  const first = await runAtomic<{ count: number }>('count', {
    shared: { count: 0 },
    roles: 'B',
    name: 'one',
  });
  const second = await first.run('count');
  expect(seen).toEqual(['1 B', '2 B']);
  expect(second.shared).toBe(first.shared);
  expect(second.schedules.map(({ id, name, mode }) => [id, name, mode])).toEqual([
    [`${first.id}-1`, 'one', 'atomic'],
    [`${first.id}-2`, undefined, 'site-sequential'],
  ]);
  await expect(second.run('count', { shared: { count: 7 } })).rejects.toMatchObject({ code: 'usage' });
});
