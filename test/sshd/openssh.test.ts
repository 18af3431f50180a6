import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { until } from '../farm/process.ts';
import { expectExit, pidOf, type RunOptions, run, startScene, untilAtRest } from './scene.ts';

/** Debian's ssh has it, and ssh2 has not. */
const POST_QUANTUM = 'KexAlgorithms sntrup761x25519-sha512@openssh.com';

describe('runs by the ssh of this machine', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(2, [POST_QUANTUM]);
  });
  afterAll(() => farm?.stop());

  function runByOpenssh(args: readonly string[], options: RunOptions = {}) {
    const known = ['--known-hosts', join(farm.home, 'known_hosts'), '-k', farm.keyPath];
    return run(farm, ['--transport', 'openssh', ...known, ...args], options);
  }

  test('a server that offers post-quantum key exchange alone is reached, and the code of a command is told, 255 too', async () => {
    const ran = await expectExit(runByOpenssh(['-C', 'echo here; exit 255']), 1);
    expect(ran.stdout.match(/here/g)).toHaveLength(2);
    expect(ran.stderr).toContain('255');
    await untilAtRest(farm.nodes);
  });

  test('a command that a signal ends is told with that signal', async () => {
    const ran = await expectExit(runByOpenssh(['-C', 'kill -KILL $$']), 1);
    expect(ran.stderr).toMatch(/SIGKILL|137/);
  });

  test('a key that no node accepts is refused as a login, in the words of ssh', async () => {
    const ran = await expectExit(
      run(farm, [
        '--transport',
        'openssh',
        '--ssh-option',
        'PubkeyAuthentication=no',
        '--known-hosts',
        join(farm.home, 'known_hosts'),
        '-C',
        'true',
      ]),
      3,
    );
    expect(ran.stderr).toContain('Permission denied');
  });

  test.each(['SIGINT', 'SIGKILL'] as const)(
    '%s leaves no process on the nodes, and no control socket here',
    async (signal) => {
      const TMPDIR = mkdtempSync(join(farm.home, 't-'));
      const ran = runByOpenssh(['-C', 'sleep 1234'], { env: { TMPDIR } });
      for (const node of farm.nodes) await pidOf(node, /sleep 1234/);
      expect(readdirSync(TMPDIR).filter((name) => name.startsWith('lockstep-'))).not.toEqual([]);
      ran.kill(signal);
      await ran.exited;
      await untilAtRest(farm.nodes);
      await until(
        'the control sockets are gone',
        () => !readdirSync(TMPDIR).some((name) => name.startsWith('lockstep-')),
      );
    },
  );
});
