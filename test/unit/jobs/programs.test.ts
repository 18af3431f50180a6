/** What a program hears of its jobs, and what several of them leave behind. */
import { expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { JobEvent } from '../../../src/jobs/job-types.ts';
import { lineOf } from '../../../src/jobs/tell/tell-text.ts';
import { quiet } from './rehearsal.ts';
import { fleetOf } from './slow-fleet.ts';

test('a log says what begins, what is reported, and how it ended', async () => {
  const events: JobEvent[] = [];
  const { run, sites } = fleetOf(
    ['A'],
    async ({ report, debug, shell, fail }) => {
      report('hello\x1b[2J');
      debug('seen', { n: 1 });
      void shell.run('ls\n-l');
      fail('one');
      throw new Error('two');
    },
    events,
  );
  const own: string[] = [];
  sites.update('A', { log: { write: (line: string | Uint8Array) => own.push(String(line)) } });
  const { id } = await run('job', { name: 'nightly', roles: 'web' });
  const lines = events.flatMap((event) => lineOf(event) ?? []);
  const issuer = `[${id}-1-1] A`;
  const ofAction = [
    `${issuer} : starting job: job`,
    `${issuer} : hello^[[2J`,
    `${issuer} : seen { n: 1 }`,
    `${issuer} : ls -l`,
    `${issuer} : failed job: job with error: one; two`,
  ];
  expect(lines).toEqual([
    `[${id}-1] : nightly: starting site-sequential schedule: job in roles web: 1 action on 1 site`,
    ...ofAction,
    `[${id}-1] : nightly: completed with 1 error`,
  ]);
  expect(own).toEqual(ofAction.map((line) => `${line}\n`));
});

test('a signal that many have is listened to once, and Node.js warns of nothing', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listeners += 1;
    addEventListener.apply(signal, given);
  };
  const names = Array.from({ length: 30 }, (_, number) => `s${number}`);
  const { run, slow } = fleetOf(names, ({ shell }) => shell.run('tail -f', { signal }));
  const batches = names.map(() => run('job', { signal }));
  for (const batch of batches) batch.catch(() => {});
  await quiet();
  expect([slow.told.length, listeners]).toEqual([900, 1]);
  controller.abort();
  for (const batch of batches) await expect(batch).rejects.toMatchObject({ code: 'interrupted' });
  expect(slow.told.length).toBe(1_800);
});

test('several programs in one process know nothing of each other, and leave no listener behind', async () => {
  const signal = new AbortController().signal;
  const added: string[] = [];
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    added.push('+');
    addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    added.pop();
    removeEventListener.apply(signal, given);
  };
  const programs = [1, 2, 3].map((number) => {
    const program = createJobs({ signal });
    program.sites.add(`s${number}`, 'web');
    program.jobs.add('job', 'web', ({ site, shared }) => {
      shared[site.name] = true;
    });
    return program;
  });
  const batches = await Promise.all(programs.map(({ run }) => run('job', { signal })));
  expect(batches.map(({ shared }) => Object.keys(shared))).toEqual([['s1'], ['s2'], ['s3']]);
  expect(new Set(batches.map(({ id }) => id)).size).toBe(3);
  await Promise.all(programs.map(({ close }) => close()));
  expect(added).toEqual([]);
});
