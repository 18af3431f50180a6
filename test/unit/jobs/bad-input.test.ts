import { describe, expect, test } from 'vitest';
import type { JobEvent } from '../../../src/jobs/job-types.ts';
import { quiet, Stage } from './rehearsal.ts';
import { fleetOf } from './slow-fleet.ts';

describe('bad input', () => {
  test.each<[string, object, string]>([
    ['a role that no site has', { roles: 'wbe' }, "no site has the role 'wbe'"],
    ['one in an order', { order: ['db'] }, "no site has the role 'db'"],
    ['one of a limit', { limits: [{ roles: 'db', max: 1 }] }, "no site has the role 'db'"],
    ['a schedule that is none', { mode: 'serial' }, "'serial' is no schedule"],
    ['an option that is none', { breakOnErorr: true }, "'breakOnErorr' is no option of a schedule"],
    ['a number of sites that is none', { batch: 0 }, "batch: '0' is no number of sites"],
    ['a percentage that is none', { maxFailures: '120%' }, "maxFailures: '120%' is no number of sites"],
    ['a limit without a number', { limits: [{ roles: 'web' }] }, 'limits[0]: a limit needs roles, and max'],
    [
      'a limit with more than it has',
      { limits: [{ roles: 'web', max: 1, per: 'x' }] },
      "limits[0]: 'per' is no field of a limit",
    ],
    ['a wish that is none', { onFailure: 'wait' }, "onFailure: 'wait' is none of hold, release and stop"],
    ['a time that is none', { timeoutMs: '5s' }, "timeoutMs: '5s' is no time"],
    ['what is no signal', { signal: {} }, 'signal: an AbortSignal is needed, not an object'],
    ['what is no object to share', { shared: 5 }, 'shared: an object is needed, not a number'],
    ['a truth that is none', { breakOnError: 1 }, 'breakOnError: true or false is needed, not a number'],
  ])('%s is refused before anything begins', async (_what, options, message) => {
    const stage = new Stage();
    const { run } = fleetOf(['A'], stage.action);
    await expect(run('job', options)).rejects.toMatchObject({
      name: 'LockstepError',
      code: 'usage',
      message,
    });
    await quiet();
    expect(stage.order).toBe('');
  });

  test('a schedule of no name at all is refused', async () => {
    await expect(fleetOf(['A'], () => {}).run(undefined as never)).rejects.toMatchObject({
      code: 'usage',
      message: 'the name of a job is a text, and not undefined',
    });
  });

  test('so is a site that no shell would understand, and one with a host where nothing connects', async () => {
    const stage = new Stage();
    const { run, sites } = fleetOf(['A', 'B'], stage.action);
    sites.update('B', { cwd: 7 as never });
    await expect(run('job')).rejects.toMatchObject({
      code: 'usage',
      message: "the site 'B': cwd: a text is needed, not a number",
    });
    sites.update('B', { cwd: '/', host: 'b.example.com' });
    await expect(run('job')).rejects.toMatchObject({
      code: 'usage',
      message: "these sites have a host, and only this machine can be worked on here: 'B'",
    });
    await quiet();
    expect(stage.order).toBe('');
  });

  test('a job that no site has is told', async () => {
    const events: JobEvent[] = [];
    const { run, jobs } = fleetOf(['A'], () => {}, events);
    jobs.add('idle', 'nowhere', () => {});
    expect((await run(['idle', 'job'])).ok).toBe(true);
    expect(events.flatMap((event) => (event.type === 'warning' ? event.message : []))).toEqual([
      'no site has the job idle',
    ]);
  });
});
