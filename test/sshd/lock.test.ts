import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { expectExit, keeperOf, pidOf, run, startScene, strays, untilAtRest } from './scene.ts';

let farm: Farm;
let last: FarmNode;

beforeAll(async () => {
  farm = await startScene(5);
  last = farm.nodes[4] as FarmNode;
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

async function hold(args: readonly string[] = [], nodes = farm.nodes): Promise<Lockstep> {
  const ran = run(farm, [...args, '-L'], { nodes });
  await ran.waitForOutput(/waiting for interrupt/);
  return ran;
}

async function end(ran: Lockstep): Promise<void> {
  ran.kill('SIGINT');
  await expectExit(ran, 130);
}

/** The run id that a refused run is told. */
async function runIdOf(nodes = farm.nodes): Promise<string> {
  const status = await expectExit(run(farm, ['--lock-status'], { nodes }), 0);
  return /run ([\w-]+):/.exec(status.stdout)?.[1] ?? '';
}

describe('a refused run', () => {
  test('names who, since when, run, command and reason once, with all nodes that are held (L14)', async () => {
    const holder = await hold(['--lock-reason', 'kernel upgrade,\nask ann'], farm.nodes.slice(1));
    const refused = await expectExit(run(farm, ['-v', '-C', 'true']), 75);
    const told = refused.stderr.split('\n').filter((line) => /lock already/.test(line));
    expect(told).toHaveLength(1);
    for (const { host } of farm.nodes.slice(1)) expect(told[0]).toContain(`[root@${host}:22]`);
    expect(told[0]).not.toContain(`[root@${farm.nodes[0]?.host}:22]`);
    expect(told[0]).toMatch(
      /obtained by \S+@\S+ since 20\S+Z on \/ \(run 20[\w-]+: -L, reason: kernel upgrade, ask ann\)/,
    );
    expect(refused.stderr).toContain('not free on 4 of 5 nodes');
    await end(holder);
  });
});

describe('--lock-status', () => {
  test('shows every node, what it can know of it, and takes nothing (L14)', async () => {
    const holder = await hold(['--lock-reason', 'upgrade'], farm.nodes.slice(0, 4));
    const before = await expectExit(run(farm, ['--lock-status']), 0);
    expect(before.stdout).toMatch(
      /\[1-4\] \(4 nodes\):\n {2}\/ is held by \S+ since \S+ \(run \S+: -L, reason: upgrade, lockstep [\d.]+\)\n\S+5:\n {2}\/ is free, or held by another tool\n$/,
    );
    const json = await expectExit(run(farm, ['--json', '--lock-status']), 0);
    const objects = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ lock }) => lock.state)).toEqual(['held', 'held', 'held', 'held', 'unknown']);
    expect(objects[0]).toMatchObject({
      stream: 'status',
      node: `[root@${farm.nodes[0]?.host}:22]`,
      lock: { path: '/', holders: [{ path: '/', command: '-L', reason: 'upgrade', kind: 'exclusive' }] },
    });
    const pid = objects[0].lock.holders[0].pid;
    expect((await farm.nodes[0]?.run(`cat /proc/${pid}/comm`))?.stdout).toBe('lockstep-keeper\n');
    // The lock is where it was: held on four, free on one.
    await end(holder);
    await expectExit(run(farm, ['-C', 'true']), 0);
  });

  test('shows work that a killed keeper left behind (L6)', async () => {
    const ran = run(farm, ['--heartbeat', '1s', '--lease', '5s', '-C', 'sleep 300']);
    await until('it runs', () => farm.nodes.every((node) => strays(node).includes('sleep 300')));
    process.kill(await keeperOf(last), 'SIGKILL');
    await expectExit(ran, 2);
    const status = await expectExit(run(farm, ['--lock-status'], { nodes: [last] }), 0);
    expect(status.stdout).toMatch(/run 20[\w-]+ has ended, but left work behind: pid \d+/);
    process.kill(await pidOf(last, /^sleep 300/), 'SIGKILL');
  });
});

describe('--lock-break', () => {
  test('with the id of a run ends its work and its lock; a wrong id touches nothing (L14)', async () => {
    const ran = run(farm, ['-C', 'sleep 300']);
    await until('it runs', () => farm.nodes.every((node) => strays(node).includes('sleep 300')));
    const id = await runIdOf();
    const wrong = await expectExit(run(farm, ['--yes', '--lock-break', `${id}0`]), 1);
    expect(wrong.stderr).toContain('holds no lock');
    expect(wrong.stderr).toContain(id);
    for (const node of farm.nodes) expect(strays(node)).toContain('sleep 300');
    const unasked = await expectExit(run(farm, ['--lock-break', id]), 64);
    expect(unasked.stderr).toContain('no terminal to ask on');

    const broken = await expectExit(run(farm, ['--yes', '--lock-break', id]), 0);
    expect(broken.stderr).toContain(`run ${id} is ended, and its lock broken, on 5 of 5 nodes`);
    await expectExit(ran, 2);
    expect(ran.stderr).toContain('the lock is lost: somebody ended this run on the node');
    await untilAtRest(farm.nodes);
    await expectExit(run(farm, ['-C', 'true']), 0);
  });

  test('asks on the terminal, and does nothing unless the answer is yes', async () => {
    const holder = await hold();
    const id = await runIdOf();
    const no = await onTerminal(['--lock-break', id], 'n\n');
    expect(no.text).toMatch(new RegExp(`break the lock of .*run ${id}: -L\\) on 5 nodes\\? \\[y/N\\] `));
    expect(no.code).toBe(1);
    expect(await farm.nodes[0]?.run('flock -n / true')).toMatchObject({ code: 1 });
    expect((await onTerminal(['--lock-break', id], 'y\n')).code).toBe(0);
    await expectExit(holder, 2);
  });

  test("of another account's run says that -x is needed", async () => {
    const holder = await hold([], [last]);
    const id = await runIdOf([last]);
    const refused = await expectExit(
      run(farm, ['--yes', '--lock-break', id], { user: 'plain', nodes: [last] }),
      1,
    );
    expect(refused.stderr).toContain('this account may not end the keeper');
    expect(refused.stderr).toContain('-x');
    const broken = run(farm, ['-x', '--yes', '--lock-break', id], { user: 'worker', nodes: [last] });
    await expectExit(broken, 0);
    await expectExit(holder, 2);
  });
});

describe('--lock-wait', () => {
  test('gets the lock when its holder ends, and tells meanwhile who that is', async () => {
    const holder = await hold();
    const waiting = run(farm, ['--lock-wait', '-C', 'echo got it']);
    await waiting.waitForOutput(/waiting up to 30 s for the lock, held by \S+ since .* \(run \S+: -L\)/);
    await end(holder);
    await expectExit(waiting, 0);
    for (const { host } of farm.nodes) expect(waiting.stdout).toContain(`${host} got it`);
  });

  test('has nothing on its nodes meanwhile, not for an upload either, and then all that it needs', async () => {
    const holder = await hold([], [last]);
    const words = ['--lock-wait=60s', '--lock-file', '/', '-r', '/srv/waited', '-U', farm.keyPath];
    const waiting = run(farm, words);
    await waiting.waitForOutput(/waiting up to 60 s/);
    const isConnection = (line: string) => line.startsWith('sshd: ');
    await until('nothing begins there', () =>
      farm.nodes.slice(0, 4).every((node) => strays(node).every(isConnection)),
    );
    await end(holder);
    await expectExit(waiting, 0);
    expect(waiting.stderr).toMatch(/1 file, .* on 5 nodes in/);
  });

  test('ends with the usual refusal when its time is over', async () => {
    const holder = await hold();
    const waited = await expectExit(run(farm, ['--lock-wait=1s', '-C', 'true']), 75);
    expect(waited.stderr).toContain('lock already obtained by');
    expect(waited.stderr).toContain('was not taken within 1 s: it is not free on 5 of 5 nodes');
    await end(holder);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ended by %s leaves nothing behind, and exits with %d (L15)', async (signal, code) => {
    const holder = await hold([], [last]);
    const waiting = run(farm, ['--lock-wait=60s', '-C', 'echo ran']);
    await waiting.waitForOutput(/waiting up to 60 s/);
    waiting.kill(signal);
    await expectExit(waiting, code);
    expect(waiting.stdout).toBe('');
    await untilAtRest(farm.nodes.slice(0, 4));
    await end(holder);
  });

  test('does not wait for what time cannot mend', async () => {
    const failed = await expectExit(
      run(farm, ['--lock-wait=60s', '--lock-file', '/no/such/file', '-C', 'true']),
      69,
    );
    expect(failed.stderr).not.toContain('waiting');
  });

  test('on overlapping sets of nodes comes to its end for every run, each alone on its nodes meanwhile (L1, L12)', async () => {
    const sets = [0, 1, 2, 3, 4, 5, 6, 7].map((number) =>
      farm.nodes.filter((_, at) => (number + at) % 5 < 2 + (number % 3)),
    );
    const alone = 'mkdir /run/alone || exit 9; sleep 0.1; rmdir /run/alone';
    const runs = sets.map((nodes) => run(farm, ['--lock-wait=5m', '-C', alone], { nodes }));
    await Promise.all(runs.map((ran) => expectExit(ran, 0)));
  });
});

describe('--lock-shared', () => {
  test('lets readers work beside each other, and no writer beside them', async () => {
    const reader = run(farm, ['--lock-shared', '-C', 'sleep 300']);
    await until('it reads', () => farm.nodes.every((node) => strays(node).includes('sleep 300')));
    await expectExit(run(farm, ['--lock-shared', '-C', 'uptime']), 0);
    const writer = await expectExit(run(farm, ['-C', 'true']), 75);
    expect(writer.stderr).toMatch(/obtained by .*: -C sleep, shared\)/);
    reader.kill('SIGINT');
    await expectExit(reader, 130);
    const holder = await hold();
    await expectExit(run(farm, ['--lock-shared', '-C', 'true']), 75);
    await end(holder);
  });
});

/** Runs lockstep with a terminal of its own, on which `answer` is typed when it asks. */
async function onTerminal(
  args: readonly string[],
  answer: string,
): Promise<{ code: number | null; text: string }> {
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const words = [process.execPath, program, ...targets, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', words, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: farm.home, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  farm.atStop(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    if (!text.includes('[y/N]') && (text + part).includes('[y/N]')) child.stdin.write(answer);
    text += part;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text };
}
