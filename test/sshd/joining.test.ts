/** Calls that are told of a session, and are not of it. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../farm/process.ts';
import { expectExit, run, untilAtRest } from './scene.ts';
import { type Sessions, startSessions } from './sessions.ts';

let scene: Sessions;
beforeAll(async () => {
  scene = await startSessions();
});
afterAll(() => scene?.farm.stop());

describe('a call that cannot join', () => {
  test.each([
    ['', 64, 'LOCKSTEP_SESSION is empty'],
    ['nonsense', 64, 'is not an absolute path'],
    ['/etc/passwd', 64, 'is not a socket'],
    ['/nowhere/session', 2, 'the session is gone'],
  ])('LOCKSTEP_SESSION=%j fails with %i, and never connects on its own', async (path, code, message) => {
    const before = await scene.handshakes();
    const targets = scene.farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
    const ran = await expectExit(scene.step(path, ...targets, '-C', 'true'), code);
    expect(ran.stderr).toContain(message);
    expect(await scene.handshakes()).toEqual(before);
  });

  test('after an orderly end the session is gone, and so is its socket', async () => {
    const { holder, path } = await scene.openSession();
    await expectExit(scene.step(path, '-C', 'true'), 0);
    holder.kill('SIGINT');
    await expectExit(holder, 130);
    expect(existsSync(dirname(path))).toBe(false);
    await expectExit(scene.step(path, '-C', 'true'), 2);
  });

  test('the next session removes the socket that kill -9 of a holder has left; one that is stopped keeps its own', async () => {
    const { holder, path } = await scene.openSession(['-r', '/srv/app']);
    const { holder: stopped, path: stoppedPath } = await scene.openSession(['-r', '/srv/other']);
    stopped.kill('SIGSTOP');
    holder.kill('SIGKILL');
    await holder.exited;
    await until(
      'the lock is free',
      async () => (await run(scene.farm, ['-r', '/srv/app', '-C', 'true']).exited).code === 0,
    );
    await expectExit(run(scene.farm, ['-r', '/srv/app', '-L', '--', 'true']), 0);
    expect([existsSync(dirname(path)), existsSync(stoppedPath)]).toEqual([false, true]);
    stopped.kill('SIGCONT');
    await expectExit(scene.step(stoppedPath, '-C', 'true'), 0);
    stopped.kill('SIGINT');
    await expectExit(stopped, 130);
    await untilAtRest(scene.farm.nodes);
  });

  test('-o narrows the session, and names what is not in it; -u alone means nothing there', async () => {
    const nodes = scene.farm.nodes.slice(0, 2);
    const [first, , third] = scene.farm.nodes.map(({ host }) => host);
    const ran = scene.session(
      `lockstep -o ${first} -C hostname\nlockstep -o ${third} -C hostname; echo "code $?"\nlockstep -u root -C id; echo "code $?"\nlockstep -L sh -c 'lockstep -C echo inner'`,
      [],
      nodes,
    );
    await expectExit(ran, 0);
    expect(ran.stdout.match(/node-\d\n/g)).toEqual(['node-1\n']);
    expect(ran.stdout.match(/code 64\n/g)).toHaveLength(2);
    expect(ran.stdout.match(/ inner\n/g)).toHaveLength(2);
    expect(ran.stderr).toContain(`not in the session: [`);
  });
});
