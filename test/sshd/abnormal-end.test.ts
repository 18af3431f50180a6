/**
 * Runs that end badly, however: their work is gone before anybody else can get the lock. A witness waits in the kernel's queue
 * for the lock of each node, and looks while it has it.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { type Links, layCables } from '../farm/links.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  leftovers,
  listings,
  pidInside,
  pidOf,
  pidsOf,
  run,
  startScene,
  strays,
  untilAtRest,
  untilFree,
  untilOnly,
} from './scene.ts';

const LEASE_MS = 4_000;
const TIMES = ['--heartbeat', '1s', '--lease', `${LEASE_MS}ms`, '--kill-grace', '1s'];
/** T + G + 1 s is 6 s; how long it took is for the bench to measure. */
const SLEEPER = /^sleep 300/;

let farm: Farm;
let cables: Links;

beforeAll(async () => {
  farm = await startScene(3, ['ClientAliveInterval 0']);
  cables = await layCables(farm, farm.nodes);
  for (const node of farm.nodes) {
    await node.run('mkdir -p /srv/app/conf; cd /srv/app; echo old | tee conf/a >kept; touch -d @1.5 conf .');
  }
  mkdirSync(join(farm.home, 'conf'));
  for (const name of ['a', 'b']) writeFileSync(join(farm.home, 'conf', name), 'new');
  writeFileSync(join(farm.home, 'big'), Buffer.alloc(64 << 20, 'x'));
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

/** Resolves when these processes run everywhere and a witness queues behind the lock of each node. */
async function witnessed(pattern: RegExp): Promise<{ alive: Promise<string[]> }> {
  await until(`${pattern} runs everywhere`, () =>
    farm.nodes.every((node) => pidsOf(node, pattern).length > 0),
  );
  const look =
    'for pid; do read -r stat 2>/dev/null </proc/$pid/stat || continue; case $stat in *") Z "*) ;; *) echo "$stat" ;; esac; done';
  const looks = farm.nodes.map((node) => {
    const pids = pidsOf(node, pattern).map(pidInside).join(' ');
    return node.run(`exec flock / sh -c '${look}' witness ${pids}`);
  });
  await until('the witnesses wait', () =>
    farm.nodes.every((node) => strays(node).some((line) => line.startsWith('flock / '))),
  );
  return { alive: Promise.all(looks).then((all) => all.map(({ stdout }) => stdout)) };
}

/** The ends of a controller that leave its nodes alone, each with what must be mended afterwards. */
const ENDS = {
  'kill -9': async (ran: Lockstep) => ran.kill('SIGKILL'),
  SIGSTOP: async (ran: Lockstep) => ran.kill('SIGSTOP'),
  'a link cut without a FIN': async (ran: Lockstep) => {
    await cables.set('down');
    ran.kill('SIGKILL');
  },
} as const;

const IGNORING = 'trap "" TERM; while :; do sleep 301; done';

describe('what a run has started is gone before the lock is free', () => {
  const cases: [
    keyof typeof ENDS,
    string,
    { command: string; work: RegExp; user?: string; args?: string[] },
  ][] = [
    ['kill -9', 'a command (L3, L6)', { command: 'sleep 300', work: SLEEPER }],
    ['SIGSTOP', 'a command (L5, L6)', { command: 'sleep 300', work: SLEEPER }],
    ['a link cut without a FIN', 'a command (L4, L6)', { command: 'sleep 300', work: SLEEPER }],
    ['kill -9', 'what ignores TERM (L6)', { command: IGNORING, work: /^sleep 301|trap "" TERM/ }],
    [
      'SIGSTOP',
      'what ignores TERM, under sudo (L6)',
      { command: IGNORING, work: /^sleep 301|trap "" TERM/, user: 'worker', args: ['-x'] },
    ],
    [
      'kill -9',
      'what has lost its parent and ignores TERM (L6)',
      { command: `sh -c 'trap "" TERM; sleep 302 & exit'; sleep 303`, work: /^sleep 30[23]/ },
    ],
  ];
  test.each(cases)('after %s: %s', async (end, _what, { command, work, user = 'root', args = [] }) => {
    const nodes = end === 'a link cut without a FIN' ? cables.places : farm.nodes;
    const targets = nodes.flatMap(({ host }) => ['-o', `${user}@${host}`]);
    const ran = run(farm, [...targets, ...TIMES, ...args, '-C', command], { nodes: [] });
    const { alive } = await witnessed(work);
    await ENDS[end](ran);
    expect(await alive).toEqual(farm.nodes.map(() => ''));
    ran.kill('SIGKILL');
    await cables.set('up');
  });

  test('a daemon that a command started in a session of its own lives on (L6)', async () => {
    const command = 'setsid sleep 304 >/dev/null 2>&1 </dev/null & sleep 300';
    const ran = run(farm, [...TIMES, '-C', command]);
    const { alive } = await witnessed(SLEEPER);
    ran.kill('SIGKILL');
    expect(await alive).toEqual(farm.nodes.map(() => ''));
    await untilOnly(farm.nodes, ['sleep 304']);
    await expectExit(run(farm, ['-C', 'true']), 0);
    for (const node of farm.nodes) process.kill(await pidOf(node, /^sleep 304/), 'SIGKILL');
  });
});

describe('a controller that goes on after its lock was freed', () => {
  test('does nothing but report it: what another run has done meanwhile stays as it is (L2, L5)', async () => {
    const stopped = run(farm, [...TIMES, '-U', '-e', '-r', '/srv/app', 'big']);
    await until('bytes arrive everywhere', () =>
      farm.nodes.every((node) => strays(node).some((line) => line.startsWith('tar -x'))),
    );
    stopped.kill('SIGSTOP');
    await untilFree(farm.nodes);
    await expectExit(run(farm, ['-U', '-e', '-r', '/srv/app', 'conf']), 0);
    const holder = run(farm, ['-L']);
    await holder.waitForOutput(/waiting for interrupt/);
    const before = await listings(farm.nodes, '/srv');
    const told = stopped.stderr;

    stopped.kill('SIGCONT');
    await expectExit(stopped, 2);
    // What ended tar on the nodes had been written there before.
    const report = stopped.stderr.slice(told.length).replaceAll(/^\S+ \{tar\} Terminated\n/gm, '');
    expect(report).toMatch(/^\S+ \S+ \[ERROR\] .*the lock is lost: .*; last good heartbeat [\d.]+ s ago\n/);
    expect(report.match(/\[[A-Z]+\] /g)).toEqual(['[ERROR] ', '[FATAL] ']);
    expect(await listings(farm.nodes, '/srv')).toEqual(before);
    for (const node of farm.nodes) {
      expect(await leftovers(node)).toBe('');
      expect(await node.run('flock -n / true')).toMatchObject({ code: 1 });
    }
    holder.kill('SIGINT');
    await expectExit(holder, 130);
  });
});

describe('a terminal that nobody reads', () => {
  test('for 2 T costs no lease, and no output (L2)', async () => {
    const [one, other] = farm.nodes as [FarmNode, FarmNode];
    const command = 'seq 400000; until [ -e /run/go ]; do sleep 0.1; done; echo the end';
    const ran = onTerminal([one, other], [...TIMES, '-C', command]);
    await until('output comes', () => ran.lines() > 10);
    process.kill(ran.readerPid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS));
    for (const node of [one, other]) {
      expect(await node.run('flock -n / true')).toMatchObject({ code: 1 });
      expect(await node.run('touch /run/go')).toMatchObject({ code: 0 });
    }
    process.kill(ran.readerPid, 'SIGCONT');
    expect(await ran.exitCode).toBe(0);
    expect(ran.lines()).toBe(2 * 400_001);
  });
});

/** On a terminal of its own, whose reader is a process that can be stopped. */
function onTerminal(nodes: readonly FarmNode[], args: readonly string[]) {
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  const targets = nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const words = [process.execPath, program, ...targets, ...args].map((word) => `'${word}'`).join(' ');
  const reader = spawn('script', ['-qec', words, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: farm.home, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  farm.atStop(() => reader.kill('SIGKILL'));
  let count = 0;
  reader.stdout.on('data', (part: Buffer) => {
    for (const byte of part) if (byte === 10) count++;
  });
  const exitCode = new Promise<number | null>((resolve) => reader.on('close', resolve));
  return { readerPid: reader.pid as number, lines: () => count, exitCode };
}
