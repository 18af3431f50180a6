import { describe, expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { BatchOutcome } from '../../../src/jobs/job-types.ts';
import { quiet, Stage } from './rehearsal.ts';
import { ends, twoByTwo } from './two-by-two.ts';

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

test('what a schedule that is ended has not begun is told as that', async () => {
  const told: string[] = [];
  const ender = new AbortController();
  const { sites, jobs, run } = createJobs({
    tell: (event) => {
      if (event.type === 'skip') told.push(event.reason);
    },
  });
  sites.add('A');
  jobs.add('one', 'A', () => ender.abort(new Error('enough')));
  jobs.add('two', 'A', () => {});
  await expect(run(['one', 'two'], { signal: ender.signal })).rejects.toThrow('enough');
  expect(told).toEqual(['since the schedule was ended']);
});
