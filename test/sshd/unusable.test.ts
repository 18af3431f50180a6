/** Nodes that can be connected to and not worked on: what happened there is told, and nothing else is blamed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;
let odd: FarmNode;

beforeAll(async () => {
  farm = await startScene(3);
  // In the middle of the canonical order: neither the first to be asked nor the last.
  odd = farm.nodes[1] as FarmNode;
});
afterAll(() => farm?.stop());

const HOME = '/home/plain';
const rc = (text: string) =>
  `cp ${HOME}/.bashrc /tmp/rc 2>/dev/null; printf '%s\n' '${text.replaceAll("'", `'\\''`)}' >${HOME}/.bashrc`;
const RC_BACK = `if [ -e /tmp/rc ]; then mv /tmp/rc ${HOME}/.bashrc; else rm -f ${HOME}/.bashrc; fi`;
const key = (command: string) =>
  `cp ${HOME}/.ssh/authorized_keys /tmp/keys; sed -i 's|^ssh-|command="${command}" ssh-|' ${HOME}/.ssh/authorized_keys`;
const KEY_BACK = `cp /tmp/keys ${HOME}/.ssh/authorized_keys`;
const sudoers = (text: string) =>
  `printf '%s\n' '${text}' >/etc/sudoers.d/odd && chmod 440 /etc/sudoers.d/odd`;
const SUDOERS_BACK = 'rm -f /etc/sudoers.d/odd';
const shell = (path: string) => `usermod -s ${path} plain`;
const SHELL_BACK = shell('/bin/bash');

describe('L13: a node that cannot be worked on', () => {
  test.each<[what: string, make: string, undo: string, args: string[], said: string, hint: string]>([
    [
      'whose account has no shell',
      shell('/usr/sbin/nologin'),
      SHELL_BACK,
      [],
      'This account is currently not available',
      'choose another with -u',
    ],
    [
      'whose account has a shell that does nothing',
      shell('/bin/false'),
      SHELL_BACK,
      [],
      'its login shell ended with code 1 and ran nothing; it said nothing',
      'ssh NODE true',
    ],
    [
      'that lets nobody in yet',
      'echo "System is booting up." >/etc/nologin',
      'rm /etc/nologin',
      [],
      'System is booting up',
      'until the machine is up',
    ],
    [
      'whose account is for files only',
      key('internal-sftp'),
      KEY_BACK,
      [],
      'and ran nothing',
      'for sftp only',
    ],
    [
      'whose account is for one command only',
      key('echo This key is for backups only'),
      KEY_BACK,
      [],
      'it said: This key is for backups only',
      'ssh NODE true',
    ],
    [
      'whose login script ends the shell',
      rc('exit 0'),
      RC_BACK,
      [],
      'its login shell ended with code 0 and ran nothing; it said nothing',
      'ssh NODE true',
    ],
    [
      'whose login script takes our words for an answer',
      rc('printf "Name? "; read -r name'),
      RC_BACK,
      [],
      'a login script reads stdin',
      'ssh NODE true',
    ],
    [
      'whose login script starts another shell',
      rc('exec cat /dev/null'),
      RC_BACK,
      [],
      'and ran nothing',
      'ssh NODE true',
    ],
    [
      'whose sudo wants a password',
      sudoers('plain ALL=(ALL) ALL'),
      SUDOERS_BACK,
      ['-x'],
      'sudo refuses: sudo: a password is required',
      '-K asks for the password',
    ],
    [
      'whose sudo allows one command only',
      sudoers('plain ALL=(ALL) NOPASSWD: /usr/bin/id'),
      SUDOERS_BACK,
      ['-x'],
      'sudo refuses: ',
      'all commands',
    ],
    [
      'whose sudo keeps no environment',
      sudoers('plain ALL=(ALL) NOPASSWD:NOSETENV: ALL'),
      SUDOERS_BACK,
      ['-x'],
      'sudo refuses: sudo: sorry, you are not allowed to',
      'SETENV',
    ],
    [
      'whose sudo wants a terminal',
      sudoers('Defaults:plain requiretty\nplain ALL=(ALL) NOPASSWD: ALL'),
      SUDOERS_BACK,
      ['-x'],
      'sudo refuses: sudo: sorry, you must have a tty',
      'requiretty',
    ],
    [
      'without sudo',
      `mv /usr/bin/sudo /usr/bin/sudo.away`,
      'mv /usr/bin/sudo.away /usr/bin/sudo',
      ['-x'],
      'sudo refuses: ',
      'or log in as root',
    ],
    [
      'without flock',
      'mv /usr/bin/flock /usr/bin/flock.away',
      'mv /usr/bin/flock.away /usr/bin/flock',
      [],
      'flock is not installed on this node',
      'util-linux',
    ],
    [
      'without the path',
      ':',
      ':',
      ['-r', '/srv/only-elsewhere'],
      'no such file or directory: /srv/only-elsewhere',
      'make it first',
    ],
    [
      'whose path this account may not make',
      ':',
      ':',
      ['--lock-file', '/srv/elsewhere'],
      'cannot make the lock file /srv/elsewhere',
      '',
    ],
  ])(
    '%s is told with what it said and a hint that fits, exit code 69, and -w goes on without it (L16)',
    async (_what, make, undo, args, said, hint) => {
      for (const node of farm.nodes) {
        await node.run(SUDOERS_BACK);
        if (node !== odd)
          await node.run(
            `${sudoers('plain ALL=(ALL) NOPASSWD:SETENV: ALL')}; mkdir -p /srv/only-elsewhere; chmod 777 /srv/only-elsewhere; : >/srv/elsewhere; chmod 666 /srv/elsewhere`,
          );
      }
      expect(await odd.run(make)).toMatchObject({ code: 0 });
      const id = `[plain@${odd.host}:22]`;
      const words = ['--lock-wait', ...args, '-C', 'echo ran'];
      try {
        const ran = await expectExit(run(farm, words, { user: 'plain' }), 69);
        expect(ran.stderr).toContain(id);
        expect(ran.stderr).toContain(said);
        expect(ran.stderr).toContain(`hint: `);
        expect(ran.stderr).toContain(hint);
        expect(ran.stderr).not.toMatch(/already|waiting for the lock|check the name, the port/);
        expect(ran.stdout).toBe('');
        const others = await expectExit(run(farm, ['-w', ...words], { user: 'plain' }), 0);
        expect(others.stderr).toContain(`${id} is left out: it cannot be worked on`);
        expect(others.stderr).toContain(said);
        expect(others.stdout.match(/ ran$/gm)).toHaveLength(2);
      } finally {
        await odd.run(undo);
      }
      await untilAtRest(farm.nodes);
      for (const node of farm.nodes) expect(await node.run('flock -n / true')).toMatchObject({ code: 0 });
    },
  );

  test('L2: whose login hangs is left out with -w, and the others hear beats meanwhile and keep their locks', async () => {
    await odd.run(rc('exec sleep 100'));
    const ran = await expectExit(run(farm, ['-w', '-C', 'echo here'], { user: 'plain' }), 0);
    const others = farm.nodes.filter((node) => node !== odd);
    expect(ran.stdout.trim().split('\n').sort()).toEqual(others.map(({ host }) => `${host} here`));
    expect(ran.stderr).toContain(`[plain@${odd.host}:22] is left out: it cannot be worked on`);
    await odd.run(`${RC_BACK}; pkill -u plain`);
    await untilAtRest(farm.nodes);
  });

  test('whose login script asks, or hangs, is told after 30 s with the question, and all such nodes at once', async () => {
    const [asking, silent] = farm.nodes as readonly [FarmNode, FarmNode];
    await asking.run(
      rc('printf "Upgrade now? [y/n] "; while read -r a; do [ "$a" = y ] && break; done; sleep 100'),
    );
    await silent.run(rc('echo Welcome; sleep 100'));
    const ran = await expectExit(run(farm, ['-C', 'echo ran'], { user: 'plain' }), 69);
    expect(ran.stderr).toContain(
      `[plain@${asking.host}:22] cannot be worked on: its login shell asks: Upgrade now? [y/n]`,
    );
    expect(ran.stderr).toContain(
      `[plain@${silent.host}:22] cannot be worked on: no word of sh came through its login shell within 30 s; it said: Welcome`,
    );
    expect(ran.stderr).toContain('2 of 3 nodes refused');
    expect(ran.stderr).toContain('a login script must neither ask nor start another shell');
    for (const node of [asking, silent]) await node.run(`${RC_BACK}; pkill -u plain`);
    await untilAtRest(farm.nodes);
  });

  test('is told in the same words by --lock-status, which -w lets go on', async () => {
    await odd.run(rc('echo go away; exit 4'));
    const status = ['--lock-status'];
    const ran = await expectExit(run(farm, status, { user: 'plain' }), 69);
    expect(ran.stderr).toContain('its login shell ended with code 4 and ran nothing; it said: go away');
    expect(ran.stdout.match(/is free/g)).toHaveLength(1);
    await expectExit(run(farm, ['-w', ...status], { user: 'plain' }), 0);
    await odd.run(RC_BACK);
  });

  test('two names of one machine are no lock that is held: 69, with both of them', async () => {
    const [node] = farm.nodes as readonly [FarmNode];
    await node.run(`printf '127.0.0.1 other\n' >>/etc/hosts`);
    const twice = run(farm, ['-o', `root@${node.host}:22`, '-o', `plain@${node.host}`, '-C', 'true'], {
      nodes: [],
    });
    await expectExit(twice, 69);
    expect(twice.stderr).toContain(`is the same machine as [plain@${node.host}:22], which holds its lock`);
    expect(twice.stderr).toContain('name each machine once');
  });

  test('-w: nobody left is a failure, with all reasons (L16)', async () => {
    for (const node of farm.nodes) await node.run(shell('/usr/sbin/nologin'));
    const ran = await expectExit(run(farm, ['-w', '-C', 'true'], { user: 'plain' }), 69);
    expect(ran.stderr).toContain('3 of 3 nodes refused');
    for (const node of farm.nodes) await node.run(SHELL_BACK);
  });
});
