/** Whatever a run waits for on a node may be killed or stopped at any moment, or fail to fork: the run ends, with a true cause. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { commandLine, type FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  pidInside,
  processCalled,
  replaceProgram,
  run,
  startScene,
  strays,
  untilAtRest,
  untilFree,
} from './scene.ts';

const TIMING = ['--heartbeat', '1s', '--lease', '4s', '--kill-grace', '1s'];
const WORK = 'echo started; sleep 5; echo finished';
const PROGRAM = [process.execPath, join(import.meta.dirname, '../../bin/lockstep.js')];

/** How each kind of run is begun, and which of its processes there are on a node while it works. */
const KINDS: Readonly<Record<string, { words: readonly string[]; processes: readonly string[] }>> = {
  '-C': { words: ['-C', WORK], processes: ['keeper', 'job', 'parent', 'timer', 'sleeper', 'pulse'] },
  // sudo stops with what it runs, and does not go on with it.
  '-x -C': { words: ['-x', '-C', WORK], processes: ['parent'] },
  '-i -C': { words: ['-i', '/dev/null', '-C', WORK], processes: ['keeper', 'hand', 'parent'] },
  '-S': {
    words: ['-S', '--no-upload', '-n', `echo started >&2; sleep 5; echo finished >&2`],
    processes: ['keeper', 'hand'],
  },
  '-S -m': { words: ['-S', '--no-upload', '-m', '-n', WORK], processes: ['job'] },
  '-U': { words: ['-v', '-r', '/srv/app', '-e', '-U', 'tree'], processes: ['keeper', 'hand', 'tar'] },
  '-L': { words: ['-L', '--', 'sh', '-c', WORK], processes: ['keeper', 'parent', 'timer'] },
  'a step': { words: ['-L', '--', ...PROGRAM, '-C', WORK], processes: ['job'] },
};

/** What the death of each means: the exit code, and what is said of it. A timer and a pulse are made anew. */
const DEATHS: Readonly<Record<string, { code: number; said: RegExp }>> = {
  keeper: { code: 2, said: /the lock is lost: (its keeper was killed|the keeper ended)/ },
  parent: { code: 2, said: /the lock is lost: (the shell of its keeper was killed|the keeper ended)/ },
  job: { code: 1, said: /the shell that ran it on the node was killed/ },
  hand: { code: 1, said: /KILL/ },
  tar: { code: 4, said: /tar ended with code 137|Killed/ },
  timer: { code: 0, said: /^/ },
  sleeper: { code: 0, said: /^/ },
  pulse: { code: 0, said: /^/ },
};

type Pair = readonly [FarmNode, FarmNode];

let farm: Farm;
const free: Pair[] = [];
const waiting: ((nodes: Pair) => void)[] = [];

beforeAll(async () => {
  farm = await startScene(8);
  for (let at = 0; at < farm.nodes.length; at += 2)
    free.push(farm.nodes.slice(at, at + 2) as unknown as Pair);
  writeFileSync(join(farm.home, 'tree'), 'sent');
  for (const node of farm.nodes) {
    // Slow enough to be met at work.
    await replaceProgram(
      node,
      '/usr/bin/tar',
      '#!/bin/sh\necho started >&2\n/bin/sleep 5\nexec /usr/bin/tar.real "$@"\n',
    );
  }
});
afterAll(() => farm?.stop());

/** Two nodes of their own for each test, since many go side by side; who has waited longest is served first. */
async function withNodes(test: (nodes: Pair) => Promise<void>): Promise<void> {
  const nodes = free.shift() ?? (await new Promise<Pair>((resolve) => waiting.push(resolve)));
  try {
    await test(nodes);
    await untilFree(nodes);
    await untilAtRest(nodes);
  } finally {
    const next = waiting.shift();
    if (next === undefined) free.push(nodes);
    else next(nodes);
  }
}

/** The process of ours with that name. A sleeper and tar have none. */
const find = (node: FarmNode, name: string) =>
  processCalled(node, name === 'sleeper' ? '6' : name === 'tar' ? 'tar' : `lockstep-${name}`);

const nameOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();

const CASES = Object.entries(KINDS).flatMap(([kind, { words, processes }]) =>
  processes.map((name) => ({ kind, words, name })),
);

async function begin(nodes: Pair, words: readonly string[]) {
  const ran = run(farm, [...TIMING, ...words], { nodes });
  const times = words.includes('-L') && !words.includes('-C') ? 1 : 2;
  await until('all are at work', () => `${ran.stdout}${ran.stderr}`.split('started').length > times);
  return ran;
}

describe('a process that is killed', () => {
  test.concurrent.each(CASES)(
    'L18: $name of $kind: the run ends, and says why',
    async ({ kind, words, name }) => {
      await withNodes(async (nodes) => {
        const ran = await begin(nodes, words);
        process.kill(await find(nodes[0], name), 'SIGKILL');
        const { code } = await ran.exited;
        const { code: expected, said } = DEATHS[name] as { code: number; said: RegExp };
        // What is put in place by nobody is an upload that failed.
        expect(code, ran.stderr).toBe(name === 'hand' && kind === '-U' ? 4 : expected);
        expect(ran.stderr).toMatch(said);
        // The other node's command is nobody's business.
        if (expected === 1 && kind !== '-U' && !kind.startsWith('-S')) expect(ran.stdout).toMatch(/finished/);
      });
    },
  );
});

describe('a process that is stopped', () => {
  test.concurrent.each(CASES)('$name of $kind: it goes on, or the run ends', async ({ words, name }) => {
    await withNodes(async (nodes) => {
      const ran = await begin(nodes, words);
      process.kill(await find(nodes[0], name), 'SIGSTOP');
      const { code } = await ran.exited;
      // A pulse that is stopped before its first answer is woken by the next beat, when that answer is due.
      if (/keeper|pulse/.test(name)) expect(code === 0 || code === 2, ran.stderr).toBe(true);
      else expect(code, ran.stderr).toBe(0);
      if (code === 2) expect(ran.stderr).toMatch(/a heartbeat was not answered|nothing was heard for/);
    });
  });
});

test('L18: the stopped shell of a step goes on, also where the keeper of its call was killed', async () => {
  await withNodes(async (nodes) => {
    const ran = await begin(nodes, KINDS['a step']?.words ?? []);
    const job = await find(nodes[0], 'job');
    const words = commandLine(job);
    process.kill(job, 'SIGSTOP');
    const itsKeeper = (pid: number) => commandLine(pid) === words && nameOf(pid) === 'lockstep-keeper';
    process.kill(nodes[0].pids().find(itsKeeper) as number, 'SIGKILL');
    // Its command came to its end, whatever is said of that.
    expect([0, 1]).toContain((await ran.exited).code);
    expect(ran.stdout.split('finished').length, ran.stderr).toBe(3);
  });
});

test('L18: the stopped keeper of a step that has ended goes on, and is gone with its session', async () => {
  await withNodes(async (nodes) => {
    const words = ['-L', '--', 'sh', '-c', `${PROGRAM.join(' ')} -C true; echo started; sleep 5`];
    const ran = run(farm, [...TIMING, ...words], { nodes });
    await until('the step has ended', () => ran.stdout.includes('started'));
    const isOfCall = (pid: number) => /lockstep-keeper \S+ \S+\.\d+ /.test(commandLine(pid));
    const itsKeeper = nodes[0].pids().find((pid) => isOfCall(pid) && nameOf(pid) === 'lockstep-keeper');
    process.kill(itsKeeper as number, 'SIGSTOP');
    expect((await ran.exited).code, ran.stderr).toBe(0);
  });
});

test('L18: a keeper that no signal reaches is replaced by its timer: the work is gone before the lock is free', async () => {
  await withNodes(async (nodes) => {
    const ran = run(farm, [...TIMING, '-C', 'echo started; sleep 336 & sleep 336'], { nodes });
    await until('all are at work', () => ran.stdout.split('started').length > 2);
    const keeper = pidInside(await find(nodes[0], 'keeper'));
    // Held by a debugger: as on a dead mount it runs for no signal but KILL.
    const attach = `syscall(${process.arch === 'x64' ? 101 : 117}, 16, ${keeper}, 0, 0) == 0 or die; waitpid(${keeper}, 0); waitpid(${keeper}, 0)`;
    const held = nodes[0].run(`exec perl -e '${attach}'`);
    expect((await ran.exited).code, ran.stderr).toBe(2);
    await untilFree(nodes);
    expect(nodes.flatMap(strays).filter((line) => line.startsWith('sleep 336'))).toEqual([]);
    expect(await held).toMatchObject({ code: 0 });
  });
});

describe('a node that cannot start another process', () => {
  test.concurrent.each([4, 5, 6, 7, 8, 9, 10])(
    'at a limit of %i: each run ends, with the cause or well',
    async (limit) => {
      await withNodes(async ([node]) => {
        await node.run(`echo 'ulimit -u ${limit}' >/home/plain/.bashrc`);
        for (const words of [
          ['-C', 'echo in; (echo below)'],
          ['-i', '/dev/null', '-C', 'echo in; (echo below)'],
        ]) {
          const ran = run(farm, [...TIMING, ...words], { nodes: [node], user: 'plain' });
          const { code } = await ran.exited;
          if (code === 0) expect(ran.stdout).toMatch(/in\n.*below/);
          else
            expect(ran.stderr).toMatch(
              /[Cc]annot fork|can't fork|cannot start another process|Resource temporarily|code [12]/,
            );
        }
        await node.run('rm /home/plain/.bashrc');
      });
    },
  );
});

test('a command that ends its own shell is told, and the others go on (L18)', async () => {
  await withNodes(async (nodes) => {
    const text = `[ $(hostname) = ${nodes[0].name} ] || { sleep 2; echo finished; exit; }; kill -9 $PPID; sleep 300`;
    const ran = run(farm, [...TIMING, '-C', text], { nodes });
    expect((await ran.exited).code, ran.stderr).toBe(1);
    expect(ran.stderr).toMatch(/the shell that ran it on the node was killed/);
    expect(ran.stdout).toMatch(/finished/);
  });
});

test.each(['kill 0', 'kill -HUP 0', 'kill -INT 0', 'trap "kill 0" EXIT; echo bye', 'kill -9 0'])(
  '%s ends that command on that node alone',
  async (text) => {
    await withNodes(async (nodes) => {
      const first = nodes[0].name;
      const ran = run(
        farm,
        [...TIMING, '-C', `if [ $(hostname) = ${first} ]; then ${text}; else sleep 2; echo finished; fi`],
        { nodes },
      );
      expect((await ran.exited).code, ran.stderr).toBe(1);
      expect(ran.stdout).toContain('finished');
      expect(ran.stderr).toMatch(/code 1\d\d/);
    });
  },
);

test('what is neither a file nor a directory is refused as a lock, and holds up nobody', async () => {
  await withNodes(async (nodes) => {
    for (const node of nodes) await node.run('mkfifo /srv/fifo');
    const ran = run(farm, [...TIMING, '--lock-file', '/srv/fifo', '-C', 'true'], { nodes });
    await ran.exited;
    expect(ran.stderr).toContain('/srv/fifo is neither a file nor a directory');
    await untilFree(nodes);
  });
});
