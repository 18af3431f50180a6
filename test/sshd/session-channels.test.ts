import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { until } from '../farm/process.ts';
import { expectExit, run, startScene, strays, untilAtRest } from './scene.ts';

let farm: Farm;

/** What sshd allows an account at once on a connection, of which there may be two; the session's own keeper has one channel. */
const MAX_SESSIONS = { root: 5, worker: 2, plain: 1 } as const;

beforeAll(async () => {
  farm = await startScene(2);
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  writeFileSync(join(farm.home, 'lockstep'), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`, {
    mode: 0o755,
  });
  mkdirSync(join(farm.home, 'conf'));
  for (const name of ['conf/a', 'input']) writeFileSync(join(farm.home, name), `${name}\n`);
  const blocks = Object.entries(MAX_SESSIONS).map(
    ([user, max]) => `Match User ${user}\\n MaxSessions ${max}\\n`,
  );
  for (const node of farm.nodes) {
    const { code } = await node.run(
      `printf '${blocks.join('')}' >/etc/ssh/sshd_config.d/few.conf && kill -HUP "$(cat /run/sshd.pid)"`,
    );
    expect(code).toBe(0);
    const hasReadIt = async () => (await node.run('grep -c "Server listening" /var/log/sshd.log')).stdout;
    await until('its sshd has begun anew', async () => (await hasReadIt()) === '2\n');
  }
});
afterAll(() => farm?.stop());

/** Runs a script under the lock; prints the lines of all calls, and the code of each that failed. */
async function session(user: keyof typeof MAX_SESSIONS, lines: readonly string[]) {
  const script = ['PATH=$PWD:$PATH', 'call() { lockstep "$@" || echo "code $?: $*"; }', ...lines, 'wait'];
  writeFileSync(join(farm.home, 'script'), `#!/bin/sh\n${script.join('\n')}\n`, { mode: 0o755 });
  const lock = user === 'root' ? [] : ['--lock-file', 'lock'];
  return expectExit(run(farm, [...lock, '-L', '--', './script'], { user }), 0);
}

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe('calls beyond what a server allows at once wait for their turn', () => {
  test.each([
    ['root', 30],
    ['worker', 8],
    ['plain', 5],
  ] as const)('steps of %s: %i at once', async (user, calls) => {
    const many = `for i in $(seq ${calls}); do call -C "sleep 0.3; echo step $i" & done`;
    const { stdout, stderr } = await session(user, [many]);
    expect(stdout + stderr).not.toMatch(/code \d/);
    expect(count(stdout, /^\S+ step \d+$/gm)).toBe(calls * farm.nodes.length);
    await untilAtRest(farm.nodes);
  });

  test.each([
    ['root', 6],
    ['worker', 4],
  ] as const)(
    'uploads, syncs and calls with stdin of %s beside steps: %i of each at once',
    async (user, calls) => {
      const many = [
        `for i in $(seq ${calls}); do`,
        'call -C "sleep 0.1; echo step $i" &',
        'call -i input -C "cat; echo stdin $i" &',
        'call -r into-$i -e -U conf &',
        'call -r synced-$i -m -n "echo sync $i" -e -S conf &',
        'call --lock-file other-$i -C "echo other $i" &',
        'done',
      ];
      const { stdout, stderr } = await session(user, many);
      expect(stdout + stderr).not.toMatch(/code \d/);
      for (const word of ['step', 'stdin', 'sync', 'other'])
        expect(count(stdout, new RegExp(`^\\S+ ${word} \\d+$`, 'gm'))).toBe(calls * farm.nodes.length);
      const check = 'for i in $(seq 12); do [ ! -e into-$i ] || cat into-$i/conf/a; done';
      const seen = await expectExit(run(farm, ['-q', '-C', check], { user }), 0);
      expect(count(seen.stdout, /conf\/a/g)).toBe(calls * farm.nodes.length);
      await untilAtRest(farm.nodes);
    },
  );

  test('what cannot work there says so', async () => {
    const { stdout, stderr } = await session('plain', ['call -i input -C cat', 'call -C echo step']);
    expect(stdout).toContain('code 3: -i input -C cat');
    expect(stderr).toContain('MaxSessions');
    expect(count(stdout, /^\S+ step$/gm)).toBe(farm.nodes.length);
    await untilAtRest(farm.nodes);
  });

  test('the time of --timeout counts from the beginning, and Ctrl-C ends a call that waits', async () => {
    const { stdout, stderr } = await session('plain', [
      'call -C "sleep 8; echo first" &',
      'sleep 1',
      'call --timeout 2 -C "echo second" &',
      'lockstep -C "echo third" & third=$!',
      'sleep 1',
      'kill -INT $third; wait $third; echo "third: $?"',
    ]);
    expect(stdout).toMatch(/third: 130\n/);
    // Who waits is told for whom, once a call.
    expect(count(stderr, /waits for call \S+\.\d+ on .*MaxSessions/g), stderr).toBeGreaterThan(0);
    expect(count(stderr, / waits for /g)).toBeLessThanOrEqual(2);
    expect(count(stdout, /^\S+ (first|second)$/gm)).toBe(2 * farm.nodes.length);
    expect(stdout).not.toMatch(/ third$/m);
    for (const node of farm.nodes) expect(strays(node)).not.toContain('sleep 8');
    await untilAtRest(farm.nodes);
  });
});
