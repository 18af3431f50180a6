/** `--failed-to`: which nodes of a run, and of the rollout that it goes on with, are in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import type { RestNode } from '../../../src/core/rest.ts';
import { openRunFiles } from '../../../src/output/run-files.ts';
import { scratchForEach } from '../../scratch.ts';
import { nodeAt } from '../run/fixtures.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const OUT: Outcome = { kind: 'refused', error: new LockstepError('unreachable', 'no') };

type Left = readonly [at: number, host: string, kind: string];

test.each<
  [what: string, own: Readonly<Record<string, Outcome>>, rest: readonly Left[], wanted: readonly string[]]
>([
  ['nobody where all are ok', { a: { kind: 'ok' } }, [], []],
  [
    'all that are not ok',
    { a: { kind: 'exit', code: 2 }, b: { kind: 'ok' }, c: OUT, d: { kind: 'skipped', reason: '' } },
    [],
    ['a', 'c', 'd'],
  ],
  ['what an earlier run has left', { b: { kind: 'ok' } }, [[0, 'a', 'exit']], ['a']],
  [
    'both, in the order of the rollout',
    { b: { kind: 'exit', code: 2 }, d: { kind: 'ok' } },
    [
      [4, 'e', 'skipped'],
      [2, 'c', 'lost'],
      [0, 'a', 'ok'],
    ],
    ['b', 'c', 'e'],
  ],
])('R8: --failed-to names %s', async (_what, own, rest, wanted) => {
  const left = rest.map(([at, host, kind]): RestNode => ({ at, node: nodeAt(host), kind, detail: '' }));
  const outcomes = Object.entries(own).map(([host, outcome]) => ({ node: nodeAt(host), outcome }));
  const failedTo = join(top, 'failed');
  const files = await openRunFiles(
    { failedTo, rest: left },
    outcomes.map(({ node }) => node),
  );
  expect(await files.finish(outcomes)).toEqual([]);
  expect(readFileSync(failedTo, 'utf8')).toBe(wanted.map((host) => `root@${host}:22\n`).join(''));
});
