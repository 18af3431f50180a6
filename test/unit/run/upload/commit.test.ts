/** The decision on commits that belong together. */
import { expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import type { HeldRun, Site } from '../../../../src/run/held-run.ts';
import { commitTogether } from '../../../../src/run/upload/commit.ts';
import type { NodeCommit } from '../../../../src/run/upload/node-commit.ts';
import { TakenBack } from '../../../../src/run/upload/taken-back.ts';
import { nodeAt, runFor } from '../fixtures.ts';

test('F1: a commit that is cut short while the check passes takes all nodes back, also that of its own node', async () => {
  const nodes = [nodeAt('a'), nodeAt('b')];
  const decided: string[] = [];
  const commits = nodes.map((node) => ({
    node,
    site: { node },
    switched: Promise.resolve(),
    ended: Promise.resolve(),
    failure: undefined as LockstepError | undefined,
    decide: (word: string) => void decided.push(`${node.host} ${word}`),
  }));
  const run = runFor({}, nodes);
  const sites = commits.map(({ site }) => site as unknown as Site);
  const held = { signal: new AbortController().signal, check() {}, keepMade() {}, beginCommit() {} };
  const work = { ...run, sites, held } as unknown as HeldRun;
  const check = async () => {
    const [first] = commits;
    if (first !== undefined)
      first.failure = new LockstepError('commit-failed', 'it was ended by KILL', { node: first.node });
    return [];
  };
  const those = commits as unknown as readonly NodeCommit[];
  const ended = await commitTogether(work, those, { isAlone: false, check }).catch((thrown) => thrown);
  expect(decided).toEqual(['a undo', 'b undo']);
  expect(ended).toBeInstanceOf(TakenBack);
  expect((ended as TakenBack).message).toBe('the files could not be put in place on 1 of 2 nodes');
  // Its own check may well have passed.
  const reason = 'taken back, since another node failed';
  expect(run.outcomes.get(nodeAt('b'))).toEqual({ kind: 'ended', reason, follows: true });
});
