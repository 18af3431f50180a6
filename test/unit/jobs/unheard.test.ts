/** What an action starts and does not await may fail before it ends. */
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { ActionContext } from '../../../src/jobs/job-types.ts';
import type { Ground } from '../../../src/jobs/types.ts';
import { quiet } from './rehearsal.ts';
import { errorsOf } from './slow-fleet.ts';

/** Commands end with their own text as the code; `lost` is lost, and nothing can be sent. */
const ground: Ground = {
  start: (command) => ({
    result:
      command === 'lost'
        ? Promise.reject(new LockstepError('connection-lost', 'gone'))
        : Promise.resolve({ code: Number(command), signal: undefined }),
    end: () => {},
  }),
  transfer: () => Promise.reject(new LockstepError('upload-failed', 'no room')),
};

async function errorsIn(action: (context: ActionContext) => unknown): Promise<string[]> {
  const { sites, jobs, run } = createJobs({ local: () => ground });
  sites.add('A');
  jobs.add('job', 'A', async (context) => {
    await action(context);
    await quiet();
  });
  return errorsOf(await run('job'));
}

const CHECK = { check: true };

describe('what nobody has heard of fails its action', () => {
  test.each<[string, (context: ActionContext) => unknown, string]>([
    ['a checked run', ({ shell }) => void shell.run('3', CHECK), 'A: exit code 3 on A: 3'],
    ['a run that is lost', ({ shell }) => void shell.run('lost'), 'A: gone'],
    ['an upload', ({ shell }) => void shell.upload('file', { to: '/srv' }), 'A: no room'],
  ])('%s', async (_what, action, message) => {
    expect(await errorsIn(action)).toEqual([message]);
  });
});

describe('what somebody hears of, or wants not to hear of, is his own', () => {
  test.each<[string, (context: ActionContext) => unknown]>([
    ['a checked run that is caught', ({ shell }) => shell.run('3', CHECK).catch(() => {})],
    [
      'one that is awaited later',
      async ({ shell }) => {
        const late = shell.run('3', CHECK);
        await quiet();
        await late.catch(() => {});
      },
    ],
    [
      'two that are awaited together',
      ({ shell }) => Promise.allSettled([shell.run('3', CHECK), shell.run('lost')]),
    ],
    ['a code that is a result', ({ shell }) => void shell.run('3')],
    ['a spawn', ({ shell }) => void shell.spawn('3', CHECK)],
    ['one that its signal ended', ({ shell }) => void shell.run('0', { signal: AbortSignal.abort() })],
    ['an upload that is caught', ({ shell }) => shell.upload('file', { to: '/srv' }).catch(() => {})],
  ])('%s', async (_what, action) => {
    expect(await errorsIn(action)).toEqual([]);
  });

  test('an error that is awaited is told once', async () => {
    expect(await errorsIn(({ shell }) => shell.run('3', CHECK))).toEqual(['A: exit code 3 on A: 3']);
  });
});
