/** How jobs ended, as the end of a run that people read. */
import { expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { JobOutcome, ScheduleOutcome } from '../../../src/jobs/job-types.ts';
import { endOf } from '../../../src/process/job-end.ts';
import { play } from '../output/fixtures.ts';

const job = (name: string, site: string, outcome: JobOutcome['outcome']): JobOutcome => ({
  job: name,
  index: 0,
  site,
  outcome,
  reason: outcome === 'skipped' ? 'since j1 on a failed' : undefined,
  actions:
    outcome === 'skipped'
      ? []
      : [{ id: 'x-1-1', fragment: 1, outcome, errors: outcome === 'ok' ? [] : [new Error('full')] }],
});

const ended = (...outcomes: JobOutcome[]): ScheduleOutcome => ({
  id: 'x-1',
  index: 1,
  mode: 'sequential',
  name: undefined,
  outcomes,
  actionCount: outcomes.length,
  errors: 1,
});

test('a site that has done one job and not begun the next one has not been left alone', () => {
  const { outcomes, failure } = endOf(
    ended(
      job('j1', 'a', 'failed'),
      job('j1', 'b', 'ok'),
      job('j2', 'b', 'skipped'),
      job('j2', 'c', 'skipped'),
    ),
    undefined,
  );
  expect(outcomes.map(({ node, outcome }) => `${node.host} ${outcome.kind}`)).toEqual([
    'a exit',
    'b ended',
    'c skipped',
  ]);
  expect(failure?.message).toBe('1 action has failed, and 2 jobs were not begun');
});

test('the report names a site whose action has failed once, and does not say that nothing was run', async () => {
  const { outcomes, failure, exitCode } = endOf(
    ended(job('j1', 'a', 'failed'), job('j1', 'b', 'skipped')),
    undefined,
  );
  const finished = { type: 'finished', outcomes, exitCode, ...(failure && { failure }) } as const;
  const { stderr: text } = await play([finished], { nodes: outcomes.map(({ node }) => node) });
  expect(text).toContain('1 action has failed, and 1 job was not begun');
  expect(text.match(/full/g)).toHaveLength(1);
  expect(text).not.toMatch(/because of it|nothing was run/);
});

test.each([
  ['interrupted', 'ended'],
  ['lock-lost', 'lost'],
  ['session-gone', 'lost'],
] as const)(
  'a site at work when the jobs end by %s is %s: one whose lock is lost may go on',
  (code, kind) => {
    const failure = new LockstepError(code, 'why');
    const cut: JobOutcome = {
      ...job('j1', 'a', 'failed'),
      actions: [{ id: 'x-1-1', fragment: 1, outcome: 'failed', errors: [failure] }],
    };
    const { outcomes } = endOf(ended(cut), failure);
    expect(outcomes.map(({ outcome }) => outcome)).toMatchObject([{ kind, follows: true }]);
  },
);
