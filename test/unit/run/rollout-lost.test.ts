/** Nodes of a rollout that are lost before their turn, or in it. */
import { expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { a, ONE_BY_ONE, running } from './running.ts';
import { command, Fleet, kinds } from './simulated.ts';

test('R1: with -y, a node that is lost before its turn is down at once: nobody begins in its place of --max-down', async () => {
  const fleet = new Fleet();
  const ending = await fleet.run(
    {
      ...command('simulate:work,ms=40000'),
      ...{ lock: { kind: 'none' }, rollout: { maxDown: '1' } },
    },
    {
      on: (event) => {
        if (event.type === 'node-begun' && event.phase === 'exec') fleet.nodes[2]?.reboot(1_000);
      },
    },
  );
  expect(fleet.begun).toEqual(['a']);
  expect(ending.outcomes.map(({ node, outcome }) => `${node.host} ${outcome.kind}`).sort()).toEqual([
    'a ok',
    'b skipped',
    'c lost',
  ]);
  expect(ending.exitCode).toBe(1);
});

test('R1: with -y, a node that is lost at work keeps its place of --batch as long as its command runs, and no longer', async () => {
  const fleet = new Fleet();
  const left: string[] = [];
  const ending = await fleet.run(
    {
      ...command('simulate:work,ms=100000,stubborn=1'),
      ...{ lock: { kind: 'none' }, rollout: { batch: '1' } },
    },
    {
      on: (event) => {
        if (event.type !== 'node-begun' || event.phase !== 'exec') return;
        if (event.node.host === 'a') fleet.world.after(1_000, () => fleet.cut('a'));
        else left.push(`${event.node.host}: ${fleet.nodes[0]?.processes().length} of a`);
      },
    },
  );
  expect(fleet.begun).toEqual(['a', 'b', 'c']);
  expect(left).toEqual(['b: 0 of a', 'c: 0 of a']);
  expect(kinds(ending)).toBe('lost ok ok');
  expect(ending.ear.logs('warn')).toEqual([
    'its command may still run, until the node ends it by itself: it keeps its places for 40 s',
  ]);
});

test('R1: a lost node that ends its work by itself has its place until then, and one that does not until somebody skips it', async () => {
  for (const hasLeash of [true, false]) {
    const { commands, end, isAtWork } = running(ONE_BY_ONE, { leash: { leashMs: 5, isOn: () => hasLeash } });
    await end('a', { kind: 'lost', reason: 'cut' });
    expect(isAtWork('b')).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAtWork('b')).toBe(hasLeash);
    if (!hasLeash) {
      await commands.finished;
      expect(commands.rolloutFailure?.code).toBe('rollout-failed');
    }
    commands.close();
  }
});

test('R1: a node that is lost in the middle of its commit keeps its place, and is not tried again', async () => {
  const { commands, end, isAtWork } = running({ ...ONE_BY_ONE, retry: { times: 1, delayMs: 0 } });
  commands.lose(a, 'cut');
  const error = new LockstepError('commit-failed', 'cut', { node: a });
  await end('a', { kind: 'refused', error });
  await commands.finished;
  expect(isAtWork('b')).toBe(false);
});
