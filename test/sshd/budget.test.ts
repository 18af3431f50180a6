/**
 * What a run costs on real nodes and in the program: processes, memory, writes and, where the processor counts them,
 * instructions. These are the same on every machine; a budget is some 15 % above what was measured, so that a change
 * that costs more is seen here, and has to say so by a new number.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/core/limits/limits.ts';
import type { Farm } from '../farm/farm.ts';
import { type Lockstep, lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { capture, until } from '../farm/process.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

/** Newer versions of Node.js keep more for each connection. */
const IS_NODE_20 = process.versions.node.startsWith('20.');

/** Behind each, what was measured. */
const BUDGETS = {
  /** On each node; sshd needs some for the connection, and the login shell for each channel. */
  processes: {
    // One more than before everywhere: head takes the text of the keeper, and of each worker that is a long one.
    command: 11, // 10
    commandWithoutLock: 10, // 9
    // What differs is asked first, on a channel of its own: its login shell and seven programs.
    upload: 43, // 40
    sync: 12, // 11
    // One for each command, and two keepers. Nothing is to spare: a look for calls when they have ended would be one more.
    jobs: 18, // 18
  },
  /** Of the program, for each node that is connected, locked and at work; what ssh_config says of it is kept with it. */
  liveNodeBytes: IS_NODE_20 ? 36_000 : 48_000, // 30,860 to 30,950; by Node.js 24 41,500
  /** A hundred lines from each of 20 nodes into a pipe: one write for each piece that arrives, and no byte but the lines. */
  terminalWrites: 40, // 3 to 7, since pieces that arrive together leave together
  /** The status bar, drawn and erased. */
  drawingBytes: 108, // 94
  /** Of the program, times those of `node -e 0`; measured as CPU time. */
  instructions: {
    version: 1.3, // 1.1
    command: 5, // 4
  },
} as const;

const ERASED = '\r\u001b[J';

const FIVE = ['one', 'two', 'three', 'four', 'five'];
const JOB_FILE = `export default ({ sites, jobs }) => {
  for (const name of ${JSON.stringify(FIVE)}) jobs.add(name, sites.names(), ({ shell }) => shell.run('true'));
};`;

const TWO_BARRIERS = `. ./lockstep.sh; hello && nodes && wait_for_all one && wait_for_all two`;

describe('the budget of a run', () => {
  let farm: Farm;
  let tree: string;

  beforeAll(async () => {
    farm = await startScene(20);
    tree = join(farm.home, 'tree');
    await capture('sh', [
      '-c',
      `mkdir -p ${tree}/a ${tree}/b && for n in 1 2 3 4 5; do echo $n | tee ${tree}/a/$n >${tree}/b/$n; done`,
    ]);
    writeFileSync(join(farm.home, 'five.mjs'), JOB_FILE);
    const library = readFileSync(new URL('../../sync-tool/lib/lockstep.sh', import.meta.url));
    for (const { directory } of farm.nodes) writeFileSync(join(directory, 'root/lockstep.sh'), library);
  });
  afterAll(() => farm?.stop());

  test.each([
    ['a command', 'command', ['-C', 'true']],
    ['a command without lock', 'commandWithoutLock', ['-y', '-C', 'true']],
    ['an upload of a small tree', 'upload', ['-r', '/srv/app', '-e', '-U', 'tree']],
    ['a sync with two barriers', 'sync', ['-S', '--no-upload', '-n', TWO_BARRIERS]],
  ] as const)('%s starts no more processes on a node than its budget', async (_what, name, words) => {
    const nodes = farm.nodes.slice(0, 3);
    await expectFew(nodes, BUDGETS.processes[name], () => run(farm, words, { nodes }));
  });

  test('five commands of jobs start no more processes on a node than their budget', async () => {
    const nodes = farm.nodes.slice(0, 3);
    const targets = nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
    const words = ['job', '-F', 'none', '-f', 'five.mjs', ...targets, ...FIVE];
    await expectFew(nodes, BUDGETS.processes.jobs, () => lockstep(words, { farm }));
  });

  test('a node that is at work costs no more memory than its budget', async () => {
    const [few, many] = [await liveBytes(farm.nodes.slice(0, 4)), await liveBytes(farm.nodes)];
    const bytes = (many - few) / (farm.nodes.length - 4);
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThanOrEqual(BUDGETS.liveNodeBytes);
  });

  test('lines from twenty nodes are written in few pieces, with no byte that is not theirs', async () => {
    // A pipe made by a shell: what Node calls one is a socket.
    const { ran, writes, bytes } = await written(['sh', '-c', '"$@" | cat', 'sh']);
    expect(ran.stdout.split('\n'), ran.stderr).toHaveLength(2001);
    expect(bytes).toBe(Buffer.byteLength(ran.stdout));
    expect(writes).toBeGreaterThan(0);
    expect(writes).toBeLessThanOrEqual(BUDGETS.terminalWrites);
  });

  test('the status bar adds few bytes, and no more drawings than its pace allows', async () => {
    const startedAtMs = performance.now();
    const { ran, writes } = await written(['sh', '-c', 'script -qec "$*" /dev/null', 'sh']);
    const elapsedMs = performance.now() - startedAtMs;
    const lines = ran.stdout.split('\n').flatMap((line) => /127[.\d]+ \d+\r$/.exec(line) ?? []);
    expect(lines, ran.stdout).toHaveLength(2000);
    expect(ran.stdout).toContain(' 0/20 ');
    const drawings = ran.stdout.split(ERASED).length - 1;
    const barBytes = Buffer.byteLength(ran.stdout) - Buffer.byteLength(lines.join('\n')) - 1;
    expect(barBytes / drawings).toBeLessThanOrEqual(BUDGETS.drawingBytes);
    expect(drawings).toBeGreaterThan(0);
    expect(drawings).toBeLessThanOrEqual(elapsedMs / LIMITS.barRedrawMs + writes);
    expect(writes).toBeLessThanOrEqual(BUDGETS.terminalWrites + elapsedMs / LIMITS.barRedrawMs);
  });

  test('the program executes no more instructions than its budget', async ({ skip }) => {
    const count = async (...words: readonly string[]) => {
      const perf = ['stat', '-e', 'instructions:u', '-x,', process.execPath, ...words];
      const env = { PATH: process.env.PATH, HOME: farm.home, LC_ALL: 'C' };
      const { stderr } = await capture('perf', perf, { env }).catch(() => ({ stderr: '' }));
      return Number(/^(\d+),.*instructions:u/m.exec(stderr)?.[1] ?? Number.NaN);
    };
    const least = await count('-e', '0');
    if (Number.isNaN(least)) {
      process.stderr.write('budget: instructions are not counted: perf stat cannot on this machine\n');
      skip('perf stat cannot count instructions on this machine');
    }
    const version = await count(program, '--version');
    expect(version / least).toBeLessThanOrEqual(BUDGETS.instructions.version);
    const command = await count(program, '-o', `root@${farm.nodes[0]?.host}`, '-C', 'true');
    expect(command / least).toBeLessThanOrEqual(BUDGETS.instructions.command);
  });

  /** A hundred lines from each node; where they go is chosen by the words before the command. */
  async function written(before: readonly string[]) {
    const meter = join(farm.home, 'meter');
    const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
    const [shell = '', ...words] = [...before, process.execPath, program, ...targets, '-C', 'seq', '100'];
    const env = { PATH: process.env.PATH, HOME: farm.home, TERM: 'xterm', ...metered(meter) };
    const ran = await capture(shell, words, { env });
    const counts = JSON.parse(readFileSync(`${meter}.written`, 'utf8'));
    return { ran, writes: counts.writes as number, bytes: counts.bytes as number };
  }

  /** What lives in the program while a command runs on these nodes. */
  async function liveBytes(nodes: readonly FarmNode[]): Promise<number> {
    const meter = join(farm.home, `meter-${nodes.length}`);
    const running = run(farm, ['-C', 'echo ready; exec sleep 1000'], {
      nodes,
      env: { ...metered(meter), METER_STEADY: '1' },
    });
    await until('all are at work', () => running.stdout.split('ready').length > nodes.length);
    running.kill('SIGUSR2');
    await until('the memory is told', () => existsSync(`${meter}.memory`));
    running.kill('SIGINT');
    await expectExit(running, 130);
    return JSON.parse(readFileSync(`${meter}.memory`, 'utf8')).bytes;
  }
});

const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));

function metered(path: string): NodeJS.ProcessEnv {
  const meter = fileURLToPath(new URL('../farm/meter.mjs', import.meta.url));
  return { NODE_OPTIONS: `--import=${meter}`, METER: path };
}

/** Processes that a run starts on each of these nodes. */
async function expectFew(nodes: readonly FarmNode[], most: number, start: () => Lockstep): Promise<void> {
  await untilAtRest(nodes);
  const before = await Promise.all(nodes.map(lastPid));
  await expectExit(start(), 0);
  await untilAtRest(nodes);
  const after = await Promise.all(nodes.map(lastPid));
  const started = after.map((pid, at) => pid - (before[at] ?? 0) - 1);
  for (const count of started) {
    expect.soft(count, `of ${started}`).toBeLessThanOrEqual(most);
    expect.soft(count).toBeGreaterThan(3);
  }
}

/** The number of the process that was started last on a node: that which tells it. */
async function lastPid(node: FarmNode): Promise<number> {
  const { stdout } = await node.run('read -r _ _ _ _ last </proc/loadavg; echo "$last"');
  return Number(stdout);
}
