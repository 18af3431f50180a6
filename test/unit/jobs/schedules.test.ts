import { describe, expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import { quiet, Stage } from './rehearsal.ts';
import { ends, MODES, twoByTwo } from './two-by-two.ts';

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
