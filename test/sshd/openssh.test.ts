import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { isAlive, until } from '../farm/process.ts';
import { expectExit, pidOf, type RunOptions, run, startScene, untilAtRest } from './scene.ts';

/** Debian's ssh has it, and ssh2 has not. */
const POST_QUANTUM = 'KexAlgorithms sntrup761x25519-sha512@openssh.com';

describe('runs by the ssh of this machine', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(2, [POST_QUANTUM, 'AcceptEnv GREETING']);
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

  test('SetEnv is for the nodes: a PATH in it is not that in which ssh is found here, and ssh does not fork', async () => {
    const fork = ['--ssh-option', 'ForkAfterAuthentication=yes'];
    const set = ['--ssh-option', 'SetEnv=PATH=/nowhere GREETING=hello', ...fork];
    const ran = await expectExit(runByOpenssh([...set, '-C', 'echo "it says $GREETING"']), 0);
    expect(ran.stdout.match(/it says hello/g)).toHaveLength(2);
  });

  test('a command that a signal ends is told with that signal', async () => {
    const ran = await expectExit(runByOpenssh(['-C', 'kill -KILL $$']), 1);
    expect(ran.stderr).toMatch(/SIGKILL|137/);
  });

  test('where ssh logs in by no method it is told as a refused login, in the words of ssh', async () => {
    const noKeys = ['--ssh-option', 'PubkeyAuthentication=no'];
    const ran = await expectExit(runByOpenssh([...noKeys, '-C', 'true']), 3);
    expect(ran.stderr).toContain('Permission denied');
  });

  test('files are uploaded to all nodes or none, and a sync tool runs through its barriers', async () => {
    const sources = mkdtempSync(join(farm.home, 'files-'));
    writeFileSync(join(sources, 'a.conf'), 'text of a\n');
    writeFileSync(join(sources, 'large'), Buffer.alloc(5_000_000, 7));
    const here = { cwd: sources };
    await expectExit(runByOpenssh(['-r', '/srv/new', '-e', '-U', 'a.conf', 'large'], here), 0);
    await expectExit(runByOpenssh(['-r', '/srv/synced', '-e', '-S', 'a.conf'], here), 0);
    for (const node of farm.nodes) {
      const looked = await node.run('cat /srv/new/a.conf /srv/synced/a.conf; stat -c %s /srv/new/large');
      expect(looked.stdout).toBe('text of a\ntext of a\n5000000\n');
    }
    await farm.nodes[1]?.run('rm -rf /srv/bad; touch /srv/bad');
    await expectExit(runByOpenssh(['-r', '/srv/bad', '-e', '-U', 'a.conf'], here), 4);
    expect((await farm.nodes[0]?.run('ls /srv/bad 2>&1'))?.stdout).toContain('No such file');
    await untilAtRest(farm.nodes);
  });

  test('-L holds the lock as long as its program runs, and a call in the session uses its connections', async () => {
    const program = join(import.meta.dirname, '../../bin/lockstep.js');
    const inside = [process.execPath, program, '-C', 'echo held'];
    const ran = await expectExit(runByOpenssh(['-L', '--', ...inside]), 0);
    expect(ran.stdout.match(/held/g)).toHaveLength(2);
    const holder = runByOpenssh(['-L']);
    await holder.waitForOutput(/waiting for interrupt/);
    await expectExit(runByOpenssh(['-C', 'true']), 75);
    holder.kill('SIGINT');
    await holder.exited;
    await untilAtRest(farm.nodes);
  });

  test.each(['SIGINT', 'SIGKILL'] as const)(
    '%s ends a run that still waits for a ProxyCommand, and that with it, though it does not heed SIGHUP',
    async (signal) => {
      const file = join(mkdtempSync(join(farm.home, 'way-')), 'pid');
      const way = `ProxyCommand=sh -c 'trap "" HUP; echo $$ >${file}.new; mv ${file}.new ${file}; sleep 1235'`;
      const ran = runByOpenssh(['--ssh-option', way, '-C', 'true'], { nodes: farm.nodes.slice(0, 1) });
      await until('it has begun', () => existsSync(file));
      const pid = Number(readFileSync(file, 'utf8'));
      ran.kill(signal);
      await ran.exited;
      await until('it has ended', () => !isAlive(pid));
    },
  );

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
