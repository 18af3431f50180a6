/** The report off a terminal, of a run that one node's failure has ended on the others. */
import { expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { ControlEvent } from '../../../src/core/events.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { makeNode, play } from './fixtures.ts';

const [a, b, c] = ['a', 'b', 'c'].map((host) => makeNode(host)) as [Node, Node, Node];
type Node = ReturnType<typeof makeNode>;

const full = new LockstepError('upload-failed', 'no space left', { node: a });
const followed: Outcome = { kind: 'ended', reason: 'its work was ended with the run', follows: true };
const refusedUpload = (outcomes: readonly Outcome[]): ControlEvent => ({
  type: 'finished',
  exitCode: 4,
  failure: new LockstepError('upload-failed', "can't upload files", { causes: [full] }),
  outcomes: outcomes.map((outcome, at) => ({ node: [a, b, c][at] ?? a, outcome })),
  files: { hasBegun: false, old: [a, b, c], new: [], unknown: [] },
});

test('counts nodes that only followed, and says once that nothing is changed', async () => {
  const { stderr } = await play([refusedUpload([{ kind: 'refused', error: full }, followed, followed])]);
  expect(stderr).toBe(
    `2026-11-21 09:12:40 [FATAL] can't upload files
                            ├─ [root@a:22] no space left
                            ├─ no destination is changed on any node
                            └─ ended because of it on 2 nodes
`,
  );
});

test('tells a node that failed by itself apart from those that followed it', async () => {
  const { stderr } = await play([
    refusedUpload([{ kind: 'refused', error: full }, { kind: 'lost', reason: 'reset' }, followed]),
  ]);
  const report = stderr
    .replace(/.*any node\n/s, '')
    .replace(/ {2,}|│/g, '')
    .split('\n')
    .filter(Boolean);
  expect(report).toEqual([
    '├─ the run has ended early on 2 out of 3 nodes',
    '└─ [root@b:22] failed to finish execution, unexpected error',
    '└─ reset',
    '└─ ended because of it on 1 node',
  ]);
});

test.each<Outcome>([
  { kind: 'timed-out', afterMs: 1000 },
  { kind: 'signal', signal: 'KILL' },
  { kind: 'exit', code: 1 },
])('says once how a check has ended: %o', async (outcome) => {
  const failed = new LockstepError('check-failed', 'it did not pass', { node: a });
  const failure = new LockstepError('check-failed', 'the check failed', { causes: [failed] });
  const outcomes = [{ node: a, outcome }];
  const { stderr } = await play([{ type: 'finished', exitCode: 1, failure, outcomes }]);
  const [, cause, ...others] = stderr.split('\n').filter((line) => !line.includes('hint: '));
  expect([cause?.trim(), ...others]).toEqual(['└─ [root@a:22] it did not pass', '']);
});
