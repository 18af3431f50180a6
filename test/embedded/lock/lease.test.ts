/** The built controller against nodes that misbehave, or that watch it while it is itself in trouble. */
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Cleanups } from '../../farm/cleanups.ts';
import { type Lockstep, lockstep } from '../../farm/lockstep.ts';
import { captureOrThrow, until } from '../../farm/process.ts';
import { scratch, settingsIn } from '../ssh/support.ts';
import { type Answer, PROMPT, startTalkingNode, type TalkingNode } from './talking-node.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TROUBLE = fileURLToPath(new URL('trouble.mjs', import.meta.url));
const LEASE_MS = 4_000;
const TIMES = ['--heartbeat', '1s', '--lease', `${LEASE_MS}ms`, '--kill-grace', '1s'];

/** Which of the two is found first depends on when the last good beat was sent. */
const UNHEARD = /a heartbeat was not answered within 1\.0 s|nothing was heard for 2\.\d s/;

let checkout: string;
const cleanups = new Cleanups();

/** Built in a copy, so that nobody's build is disturbed. */
beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'lockstep-checkout-'));
  for (const name of ['src', 'scripts', 'bin', 'sync-tool', 'docs', 'package.json']) {
    await cp(join(ROOT, name), join(checkout, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  await captureOrThrow(process.execPath, [join(checkout, 'scripts/build.mjs')]);
});
afterEach(() => cleanups.run());
afterAll(() => rm(checkout, { recursive: true, force: true }));

async function start(
  nodes: readonly TalkingNode[],
  args: readonly string[],
  trouble = 'none',
): Promise<Lockstep> {
  const home = await scratch();
  settingsIn(home);
  return lockstep([...nodes.flatMap(({ target }) => ['-o', target]), ...TIMES, ...args], {
    farm: { home, atStop: (action) => cleanups.add(action) },
    program: join(checkout, 'bin/lockstep.js'),
    env: { NODE_OPTIONS: `--import=${TROUBLE}`, TROUBLE: trouble },
  });
}

const hasHeard = ({ heard }: TalkingNode, pattern: RegExp) => heard.some((line) => pattern.test(line));

async function expectLockLost(ran: Lockstep, why: RegExp): Promise<void> {
  const { code } = await ran.exited;
  expect(code, ran.stderr).toBe(2);
  expect(ran.stderr).toMatch(why);
}

describe('L8: one node whose heartbeat fails ends the run on all nodes, with its name, the cause and the last good beat', () => {
  test.each<[string, Answer, RegExp]>([
    ['answers no more', (beat) => (beat < 2 ? PROMPT(beat) : undefined), UNHEARD],
    ['answers something else', (beat) => (beat < 2 ? PROMPT(beat) : 'PANG'), UNHEARD],
    ['answers an older beat', (beat) => `PONG ${Math.min(beat, 1)}`, UNHEARD],
    ['has lost its keeper', (beat) => (beat < 2 ? PROMPT(beat) : 'end'), /the keeper ended/],
    [
      'frees its lock by itself',
      (beat) => (beat < 2 ? PROMPT(beat) : 'ENDING expired'),
      /the node heard nothing for the length of the lease/,
    ],
  ])('when it %s', async (_what, answer, cause) => {
    const [good, bad] = [await startTalkingNode(), await startTalkingNode(answer)];
    const ran = await start([good, bad], ['-L']);
    await expectLockLost(ran, /last good heartbeat [\d.]+ s ago/);
    expect(ran.stderr).toContain(`${bad.id} can't receive heartbeat, the lock is lost`);
    expect(ran.stderr).toMatch(cause);
    expect(good.heard.filter((line) => !/PING/.test(line)).slice(1)).toEqual([
      'keeper: SESSION',
      'keeper: STOP',
    ]);
  });
});

describe('L2: after the deadline of its lease a controller sends nothing but STOP', () => {
  const toolsWait = async (nodes: readonly TalkingNode[]) =>
    until('the tools wait', () => nodes.every((node) => hasHeard(node, / START$/)));
  const commandsRun = async (nodes: readonly TalkingNode[]) =>
    until('the first input is there', () => nodes.every((node) => hasHeard(node, /hand: early/)));

  test.each([
    [
      'L2: when its event loop stood still for 2 T while a barrier filled up',
      `stall ${2 * LEASE_MS}`,
      ['-S', '--no-upload', '-n', 'tool'],
      toolsWait,
      /nothing was heard for \d/,
    ],
    [
      'L5, L10: when its machine slept for an hour',
      'jump 3600000',
      ['-S', '--no-upload', '-n', 'tool'],
      toolsWait,
      /the clock jumped/,
    ],
    [
      'L10: when its wall clock was set back by an hour',
      'jump -3600000',
      ['-i', '/dev/stdin', '-C', 'cat'],
      commandsRun,
      /the clock jumped/,
    ],
  ])('%s', async (_what, trouble, work, isReached, why) => {
    const nodes = [await startTalkingNode(), await startTalkingNode()];
    const ran = await start(nodes, work, trouble);
    if (work.includes('-i')) ran.write('early\n');
    await isReached(nodes);
    ran.kill('SIGUSR2');
    await ran.waitForOutput(/trouble begins/);
    // What was on its way has arrived.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const known = nodes.map(({ heard }) => heard.length);
    for (const node of nodes) node.sayAsTool('P SYNC one');
    if (work.includes('-i')) ran.write('late\n');
    await expectLockLost(ran, why);
    const after = nodes.map(({ heard }, at) => heard.slice(known[at]));
    expect(after).toEqual([['keeper: STOP'], ['keeper: STOP']]);
  });
});
