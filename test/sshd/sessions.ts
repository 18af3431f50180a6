/** Three nodes, and sessions on them: programs under the lock, and calls that join. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Lockstep, lockstep } from '../farm/lockstep.ts';
import { run, startScene } from './scene.ts';

export type Sessions = Awaited<ReturnType<typeof startSessions>>;

export async function startSessions() {
  const farm = await startScene(3, ['LogLevel VERBOSE']);
  const put = (name: string, text: string) => writeFileSync(join(farm.home, name), text, { mode: 0o755 });
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  put('lockstep', `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
  mkdirSync(join(farm.home, 'conf'));
  for (const name of ['conf/a', 'conf/b', 'input']) writeFileSync(join(farm.home, name), `${name}\n`);
  for (const node of farm.nodes) await node.run('mkdir -p /srv/app /srv/other');

  /** A session with a script as its program; `lockstep` in it is the program under test. */
  function session(script: string, args: readonly string[] = [], nodes = farm.nodes): Lockstep {
    put('script', `#!/bin/sh\nPATH=.:$PATH\n${script}\n`);
    return run(farm, [...args, '-L', '--', './script'], { nodes });
  }

  /** A session without a program, and how to join it. */
  async function openSession(args: readonly string[] = []): Promise<{ holder: Lockstep; path: string }> {
    const holder = run(farm, [...args, '-L']);
    const [, path = ''] = await holder.waitForOutput(/LOCKSTEP_SESSION='?([^' ]+)/);
    return { holder, path };
  }

  const step = (path: string, ...args: readonly string[]) =>
    lockstep(args, { farm, env: { LOCKSTEP_SESSION: path } });

  async function handshakes(): Promise<number[]> {
    const logs = await Promise.all(
      farm.nodes.map((node) => node.run('grep -c "Accepted publickey" /var/log/sshd.log')),
    );
    return logs.map(({ stdout }) => Number(stdout));
  }
  return { farm, put, session, openSession, step, handshakes };
}
