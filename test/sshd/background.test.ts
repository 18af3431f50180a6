import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { commandLine, type FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  keeperOf,
  pidInside,
  pidOf,
  run,
  startScene,
  untilAllRun,
  untilAtRest,
  untilFree,
  untilOnly,
} from './scene.ts';

let farm: Farm;
let last: FarmNode;
let others: readonly FarmNode[];

beforeAll(async () => {
  farm = await startScene(5);
  last = farm.nodes[4] as FarmNode;
  others = farm.nodes.slice(0, 4);
  writeFileSync(join(farm.home, 'input'), 'some input');
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

/** Short, and long enough for a busy machine. */
const TIMES = ['--heartbeat', '1s', '--lease', '5s', '--kill-grace', '1s'];

describe('what a command leaves behind', () => {
  test('in the background lives on when the command has ended well, and holds up no later run', async () => {
    await expectExit(run(farm, ['-C', 'nohup sleep 300 >/dev/null 2>&1 &']), 0);
    await untilOnly(farm.nodes, ['sleep 300']);
    await expectExit(run(farm, ['-C', 'true']), 0);
    for (const node of farm.nodes) process.kill(await pidOf(node, /^sleep 300/), 'SIGKILL');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is nothing on any node when %s ends the run with code %d (L15, L6)', async (signal, code) => {
    const ran = run(farm, ['-C', 'sleep 300; sleep 300']);
    await untilAllRun(farm.nodes, /^sleep 300/);
    ran.kill(signal);
    await expectExit(ran, code);
    await untilAtRest(farm.nodes);
    await expectExit(run(farm, ['-C', 'true']), 0);
  });

  test.each([
    ['', []],
    [' with stdin', ['-i', 'input']],
  ])(
    'is nothing when a command%s under sudo ignores TERM and the controller is killed -9 (L6)',
    async (_, args) => {
      const command = 'trap "" TERM; while :; do sleep 1; done';
      const ran = run(farm, ['--kill-grace', '1s', '-x', ...args, '-C', command], { user: 'worker' });
      await untilAllRun(farm.nodes, /^sleep 1/);
      ran.kill('SIGKILL');
      await untilFree(farm.nodes);
      await untilAtRest(farm.nodes);
      await expectExit(run(farm, ['-C', 'true']), 0);
    },
  );
});

describe('work that cannot be ended', () => {
  test('is told of, and its node is DRAINING for every later run until it is gone (L6)', async () => {
    // Without -x the keeper is not root: what sudo leaves behind when it is killed is beyond its reach.
    const command = `sudo -n sh -c 'trap "" TERM; sleep 300; :'`;
    const ran = run(farm, [...TIMES, '-C', command], { user: 'worker', nodes: [last] });
    const sleeper = await pidOf(last, /^sleep 300/);
    ran.kill('SIGINT');
    await expectExit(ran, 130);
    expect(ran.stderr).toMatch(/could not be ended: pid \d+/);
    for (let round = 0; round < 2; round++) {
      const next = await expectExit(run(farm, ['-C', 'true'], { nodes: [last] }), 75);
      expect(next.stderr).toContain('left work behind: pid');
    }
    process.kill(sleeper, 'SIGKILL');
    await untilAtRest([last]);
    await expectExit(run(farm, ['-C', 'true'], { nodes: [last] }), 0);
  });
});

describe('a keeper that is killed -9', () => {
  test.each([
    ['', []],
    [' with stdin', ['-i', 'input']],
  ])(
    'while a command%s runs ends the run with code 2; its node is DRAINING while the command lives (L6, L8)',
    async (_, args) => {
      const ran = run(farm, [...TIMES, ...args, '-C', 'sleep 300']);
      await untilAllRun(farm.nodes, /^sleep 300/);
      process.kill(await keeperOf(last), 'SIGKILL');
      await expectExit(ran, 2);
      expect(ran.stderr).toContain(`[root@${last.host}:22] can't receive heartbeat, the lock is lost`);
      await untilAtRest(others);

      const sleeper = await pidOf(last, /^sleep 300/);
      const next = await expectExit(run(farm, ['-C', 'echo ran']), 75);
      const told = /left work behind: pid ([\d, ]+)/.exec(next.stderr)?.[1]?.split(', ') ?? [];
      const workers = last.pids().filter((pid) => /lockstep-(keeper|hand) /.test(commandLine(pid)));
      expect(workers.map(pidInside)).toEqual(expect.arrayContaining(told));
      expect(told.length).toBeGreaterThan(0);
      expect(next.stderr).toContain(last.host);
      expect(next.stdout).toBe('');
      process.kill(sleeper, 'SIGTERM');
      await untilAtRest(farm.nodes);
      await expectExit(run(farm, ['-C', 'true']), 0);
    },
  );
});

describe('two runs at once', () => {
  test('on the same nodes: one gets all of them, the other none, each time (L1, L12)', async () => {
    for (let round = 0; round < 8; round++) {
      const runs = [run(farm, ['-L']), run(farm, ['-L'], { nodes: [...farm.nodes].reverse() })];
      const codes: (number | null)[] = [];
      for (const ran of runs) void ran.exited.then(({ code }) => codes.push(code));
      await until('one is refused', () => codes.length > 0);
      const winner = runs.find((ran) => !/lock already/.test(ran.stderr)) as (typeof runs)[0];
      await winner.waitForOutput(/waiting for interrupt/);
      expect(codes).toEqual([75]);
      for (const node of farm.nodes) expect(await node.run('flock -n / true')).toMatchObject({ code: 1 });
      winner.kill('SIGINT');
      await winner.exited;
      expect(codes).toEqual([75, 130]);
    }
  });
});

describe('a node that cannot be locked', () => {
  test('is used with -t and named; a killed controller ends what runs there, and not the lock of others (L16, L6)', async () => {
    await last.run(
      'setsid sh -c "exec 9</; flock -n 9 && echo held && exec sleep 1000" </dev/null >/root/held 2>&1 &',
    );
    await until('it is held', async () => (await last.run('grep held /root/held')).code === 0);
    await expectExit(run(farm, ['-C', 'echo ran']), 75);
    const quiet = await expectExit(run(farm, ['-q', '-t', '-C', 'true']), 0);
    expect(quiet.stderr).toContain(`[root@${last.host}:22] can't acquire lock`);
    const ran = run(farm, ['-t', '-C', 'echo ran; sleep 300']);
    await untilAllRun(farm.nodes, /^sleep 300/);
    expect(ran.stderr).toContain(`[root@${last.host}:22] can't acquire lock, lock already obtained by`);
    for (const { host } of farm.nodes) await ran.waitForOutput(new RegExp(`${host} ran`));
    ran.kill('SIGKILL');
    await untilFree(others);
    await untilOnly([last], ['sleep 1000']);
    expect(await last.run('flock -n / true')).toMatchObject({ code: 1 });
    process.kill(await pidOf(last, /^sleep 1000/), 'SIGKILL');
  });
});
