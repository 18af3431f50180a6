/** -K and --become: a sudo that asks for a password, on real nodes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CANARY, secretOf } from '../farm/canary.ts';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';
import { converse } from './typist.ts';

const SECRET = secretOf('of sudo');
const OWN = secretOf('of one group');
const ASKED = 'password of sudo: ';
const PROGRAM = join(import.meta.dirname, '../../bin/lockstep.js');

describe('a sudo that asks for a password', () => {
  let farm: Farm;
  let targets: string[];

  beforeAll(async () => {
    farm = await startScene(3);
    targets = farm.nodes.flatMap(({ host }) => ['-o', `plain@${host}`]);
    for (const node of farm.nodes) {
      await node.setPassword('plain', SECRET);
      await node.run(
        "printf 'Defaults logfile=/var/log/sudo.log\\nplain ALL=(ALL) ALL\\n' >/etc/sudoers.d/plain; chmod 440 /etc/sudoers.d/plain",
      );
    }
  });
  afterAll(() => farm?.stop());

  const typed = (args: readonly string[], word = SECRET, input = '') =>
    converse(farm, [...targets, ...args], {
      turns: [[ASKED, `${word}\r`]],
      input,
      cwd: farm.home,
    });
  const wrongAttempts = async () => {
    const logs = farm.nodes.map((node) => node.run('cat /var/log/sudo.log 2>/dev/null || true'));
    return (
      (await Promise.all(logs))
        .map(({ stdout }) => stdout)
        .join('')
        .split('incorrect password attempt').length - 1
    );
  };

  test('gets it, typed once for all nodes, and it stands in no argument, environment or output', async () => {
    const look = `id -un; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -c '${CANARY.slice(0, -1)}[${CANARY.at(-1)}]'`;
    const ran = await typed(['-K', '-C', look]);
    expect(ran.screen.split(ASKED)).toHaveLength(2);
    expect(ran.screen.match(/ root\r?$/gm)).toHaveLength(3);
    expect(ran.screen.match(/ 0\r?$/gm)).toHaveLength(3);
    expect(ran.screen).not.toContain(CANARY);
  });

  test('never finds it in the stdin of a command, be it asked for or not', async () => {
    const [first] = farm.nodes;
    await first?.run("sed -i 's/ALL$/NOPASSWD: ALL/' /etc/sudoers.d/plain");
    const ran = await typed(['-x', '-K', '-i', '/dev/stdin', '-C', 'cat; id -un'], SECRET, 'the data\n');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.screen.match(/ the data\r?$/gm)).toHaveLength(3);
    expect(ran.screen.match(/ root\r?$/gm)).toHaveLength(3);
    await first?.run("sed -i 's/NOPASSWD: ALL$/ALL/' /etc/sudoers.d/plain");
  });

  test('is told a wrong one on one node alone, and the run ends', async () => {
    const before = await wrongAttempts();
    const ran = await typed(['-K', '-C', 'id -un'], secretOf('mistyped'));
    expect(ran.code).toBe(69);
    expect(ran.screen).toMatch(/127\.\S+ cannot be worked on: sudo refuses: Sorry, try again/);
    expect(ran.screen.match(/since another node has refused it/g)).toHaveLength(1);
    expect(ran.screen).toContain('the password of -K is that of the account on the nodes');
    expect((await wrongAttempts()) - before).toBe(1);
  });

  test('is for uploads, syncs, sessions and looks at the lock as well', async () => {
    writeFileSync(join(farm.home, 'conf'), 'new\n');
    const put = await typed(['-K', '-r', '/srv/k', '-e', '-U', 'conf']);
    expect(put).toMatchObject({ code: 0 });
    const tool = await typed(['-K', '-e', '-g', '--to=/srv/k2', '-S', 'conf']);
    expect(tool, tool.screen).toMatchObject({ code: 0 });
    for (const node of farm.nodes)
      expect((await node.run('cat /srv/k/conf /srv/k2/conf; stat -c %U /srv/k')).stdout).toBe(
        'new\nnew\nroot\n',
      );
    expect((await typed(['-K', '--lock-status'])).code).toBe(0);
    const call = `"${process.execPath}" "${PROGRAM}" -x -C id -un`;
    const session = await typed(['-K', '-L', '--', 'sh', '-c', call]);
    expect(session.screen.match(/ root\r?$/gm), session.screen).toHaveLength(3);
  });

  test('lets in as another user than root, with --become', async () => {
    const ran = await typed(['-K', '--become', 'worker', '-C', 'id -un; echo $HOME']);
    expect(ran.screen.match(/ worker\r?$/gm), ran.screen).toHaveLength(3);
    expect(ran.screen.match(/ \/home\/worker\r?$/gm)).toHaveLength(3);
    const as = { user: 'worker' } as const;
    const free = await expectExit(run(farm, ['--become', 'plain', '-C', 'id -un'], as), 0);
    expect(free.stdout.match(/ plain$/gm)).toHaveLength(3);
    await expectExit(run(farm, ['--become', '-l', '-C', 'id'], as), 64);
  });

  test('is another one for a group of nodes, asked for once each, while the others have that of -K', async () => {
    const [first] = farm.nodes;
    if (first === undefined) throw new Error('unreachable');
    await first.setPassword('plain', OWN);
    writeFileSync(join(farm.home, 'lockstep.yaml'), `groups: {db: ['${first.host}']}\n`);
    const turns = (group: string, word: string) => [
      [`sudo for '${group}': `, `${word}\r`] as const,
      [ASKED, `${SECRET}\r`] as const,
    ];
    const of = (group: string) => [...targets, '--sudo-password-for', group, '-K', '-C', 'id -un'];
    const right = { turns: turns('@db', OWN), input: '', cwd: farm.home };
    const ran = await converse(farm, of('@db'), right);
    expect(ran, ran.screen).toMatchObject({ code: 0 });
    expect(ran.screen.match(/ root\r?$/gm)).toHaveLength(3);
    // In a session, whose own commands need none.
    const call = `"${process.execPath}" "${PROGRAM}" --sudo-password-for @db -K -C id -un`;
    const session = await converse(farm, [...targets, '-L', '--', 'sh', '-c', call], right);
    expect(session.screen.match(/ root\r?$/gm), session.screen).toHaveLength(3);
    const wrong = await converse(farm, of(first.host), {
      turns: turns(first.host, secretOf('mistyped')),
      input: '',
      cwd: farm.home,
    });
    expect(wrong.code).toBe(69);
    const twice = ['--sudo-password-for', '@db', '--sudo-password-for', first.host, '-C', 'id'];
    const both = await expectExit(run(farm, twice, { user: 'plain' }), 64);
    expect(both.stderr).toContain(`it is in both '@db' and '${first.host}'`);
    await first.setPassword('plain', SECRET);
  });

  test('is told of where nobody can be asked, before anything is connected', async () => {
    const ran = await expectExit(run(farm, ['-K', '-C', 'id'], { user: 'plain' }), 64);
    expect(ran.stderr).toContain('there is no terminal on which the password of sudo can be asked for');
  });
});
