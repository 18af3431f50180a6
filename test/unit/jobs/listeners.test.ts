/** What a program has said shall hear of its jobs may throw, or reject: its schedule fails, and nothing else does. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withResolvers } from '../../../src/core/waiting.ts';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import { createFleet } from '../../../src/jobs/index.ts';
import type { JobEvent } from '../../../src/jobs/job-types.ts';
import type { Ground } from '../../../src/jobs/types.ts';
import { quiet } from './rehearsal.ts';
import { errorsOf, fleetOf, SlowGround } from './slow-fleet.ts';

const unhandled: unknown[] = [];
const hear = (error: unknown) => void unhandled.push(error);
beforeEach(() => void process.on('unhandledRejection', hear));
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', hear);
  expect(unhandled.splice(0)).toEqual([]);
});

const WAYS: readonly [string, () => void | Promise<void>][] = [
  [
    'throws',
    () => {
      throw new Error('full');
    },
  ],
  ['rejects', () => Promise.reject(new Error('full'))],
];

describe.each(WAYS)('a listener that %s', (_how, fail) => {
  test.each<JobEvent['type']>(['schedule-begun', 'action-begun', 'command', 'report', 'action-ended'])(
    'at %s ends its schedule, with all that is at work, and says so',
    async (type) => {
      const slow = new SlowGround();
      const { sites, jobs, run } = createJobs({
        local: ({ name }) => slow.ground(name),
        tell: (event) => (event.type === type ? fail() : undefined),
      });
      sites.add(['A', 'B'], 'web');
      jobs.add('job', 'web', async ({ site, shell, report }) => {
        report('hello');
        if (site.name === 'A' && type === 'action-ended') return;
        await shell.run('tail -f');
      });
      await expect(run('job')).rejects.toMatchObject({
        code: 'output-not-written',
        message: 'what happens could not be told: full',
      });
      const begun = slow.told.filter((word) => word.startsWith('+'));
      expect(slow.told.filter((word) => word.startsWith('-'))).toHaveLength(begun.length);
    },
  );

  test('at the end rejects, behind all work', async () => {
    const { sites, jobs, run } = createJobs({
      tell: (event) => (event.type === 'schedule-ended' ? fail() : undefined),
    });
    sites.add('A');
    jobs.add('job', 'A', () => {});
    await expect(run('job')).rejects.toMatchObject({ code: 'output-not-written' });
  });

  test('of the log of a site fails its actions', async () => {
    const { run, sites, slow } = fleetOf(['A', 'B'], async ({ shell, site, report }) => {
      report('hello');
      if (site.name === 'B') return;
      await new Promise((resolve) => setImmediate(resolve));
      await shell.run('tail -f');
    });
    sites.update('A', { log: { write: fail } });
    const batch = await run('job');
    expect(new Set(errorsOf(batch))).toContain('A: the log of the site could not be told: full');
    expect(errorsOf(batch).filter((text) => text.startsWith('B'))).toEqual([]);
    expect(slow.told.length % 2).toBe(0);
  });

  test('of the log of a fleet ends its schedules', async () => {
    const fleet = createFleet({ log: { write: fail } });
    fleet.sites.add('here');
    fleet.jobs.add('job', 'here', ({ shell }) => shell.run('exec sleep 1000'));
    await expect(fleet.run('job')).rejects.toMatchObject({ code: 'output-not-written' });
    await fleet.close();
  });
});

test('of a listener that fails at the first event no action is called', async () => {
  const called: string[] = [];
  const { sites, jobs, run } = createJobs({
    tell: ({ type }) => {
      if (type === 'action-begun') throw new Error('full');
    },
  });
  sites.add(['A', 'B', 'C'], 'web');
  jobs.add('job', 'web', ({ site }) => called.push(site.name));
  await expect(run('job')).rejects.toMatchObject({ code: 'output-not-written' });
  expect(called).toEqual([]);
});

describe('a listener that takes its time', () => {
  const late = () => {
    const gate = withResolvers<void>();
    const program = createJobs({ tell: ({ type }) => (type === 'report' ? gate.promise : undefined) });
    program.sites.add('A');
    program.jobs.add('job', 'A', ({ report }) => report('hello'));
    return { ...program, gate };
  };

  test('is waited for, and its failure is that of the schedule', async () => {
    const { run, gate } = late();
    let isOver = false;
    const batch = run('job').finally(() => {
      isOver = true;
    });
    batch.catch(() => {});
    await quiet();
    expect(isOver).toBe(false);
    gate.reject(new Error('full'));
    await expect(batch).rejects.toMatchObject({ code: 'output-not-written' });
  });

  test('holds up no end: what closes the program waits for it no more', async () => {
    const { run, close } = late();
    const batch = run('job');
    await quiet();
    await close();
    expect((await batch).ok).toBe(true);
  });
});

test('what a listener returns is a promise, or nothing that anybody waits for', async () => {
  const events: JobEvent[] = [];
  const fleet = createFleet({ onEvent: (event) => events.push(event) as never });
  fleet.sites.add('here');
  fleet.jobs.add('job', 'here', ({ shell }) => shell.run('echo 1', { check: true }));
  expect((await fleet.run('job')).ok).toBe(true);
  expect(events.some(({ type }) => type === 'output')).toBe(true);
});

test('a ground that breaks fails the schedule when the others are ended, and leaves none at work', async () => {
  const slow = new SlowGround();
  const broken = (): Ground => {
    throw new Error('no ground');
  };
  const { sites, jobs, run } = createJobs({
    local: ({ name }) => (name === 'B' ? broken() : slow.ground(name)),
  });
  sites.add(['A', 'B', 'C'], 'web');
  jobs.add('job', 'web', ({ shell }) => shell.run('tail -f'));
  await expect(run('job')).rejects.toMatchObject({ code: 'bug' });
  expect(slow.told.filter((word) => word.startsWith('+'))).toHaveLength(slow.told.length / 2);
});
