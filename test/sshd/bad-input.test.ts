import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { capture } from '../farm/process.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('input that cannot be used', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(2, ['LogLevel VERBOSE']);
    const put = (name: string | Buffer, text: string, mode = 0o644) => {
      const path = Buffer.concat([Buffer.from(`${farm.home}/`), Buffer.from(name)]);
      writeFileSync(path, text, { mode });
    };
    put('file', 'text');
    put('no-hosts', '# nobody\n\n');
    put('hosts', `# one good, one bad\n${farm.nodes[0]?.host}\n  web 1 # two words\n`);
    put('bad-key', 'this is no key\n', 0o600);
    put('foreign', 'text', 0o600);
    for (const name of ['tree', 'latin1']) mkdirSync(join(farm.home, name));
    execFileSync('sh', ['-c', 'mknod tree/device c 1 3; mkfifo pipe; chown 1:1 foreign'], { cwd: farm.home });
    put(Buffer.from('latin1/f\xe9', 'latin1'), 'text');
    const server = createServer().listen(join(farm.home, 'socket'));
    farm.atStop(() => server.close());
  });
  afterAll(() => farm?.stop());

  /** How often anybody connected to any node. */
  async function connections(): Promise<number> {
    const counts = await Promise.all(
      farm.nodes.map((node) => node.run('grep -c "^Connection from" /var/log/sshd.log')),
    );
    return counts.reduce((sum, { stdout }) => sum + Number(stdout), 0);
  }

  test('a run that reaches the nodes is seen in their logs', async () => {
    const before = await connections();
    await expectExit(run(farm, ['-C', 'true']), 0);
    expect(await connections()).toBe(before + 2);
  });

  test.each([
    ['no mode', ['uptime'], 'no mode: give one of -C, -U, -S, --download, --rollback, --releases, -L'],
    ['two modes', ['-C', '-U', 'file'], '-C and -U exclude each other'],
    ['an unknown option', ['--nonsense', '-C', 'id'], '--nonsense is not an option'],
    ['an ambiguous option', ['--no', '-C', 'id'], '--no is not a unique prefix: --no-lock, '],
    ['an option without its value', ['-C', '-n'], '-n requires argument'],
    ['an empty value', ['-r', '', '-C', 'id'], 'the value of -r is empty'],
    ['no command', ['-C'], '-C needs a command'],
    ['no files', ['-U'], '-U needs files'],
    ['-g with -C', ['-g', 'x', '-C', 'id'], '-g goes with -S only'],
    ['-y with -L', ['-y', '-L'], '-y leaves out the lock, which -L and jobs hold'],
    ['files with --no-upload', ['-S', '--no-upload', 'file'], '--no-upload goes without files'],
    [
      'a time that is none',
      ['-j', 'wazup', '-C', 'id'],
      "can't convert specified send timeout to number: 'wazup'",
    ],
    ['a template without the command', ['--shell', 'bash', '-C', 'id'], '--shell does not have {}'],
    [
      'a command in quotes within quotes',
      ['--shell', `su -c "bash -c '{}'"`, '-C', 'id'],
      '--shell has {} in quotes within quotes',
    ],
    ['no threads', ['-d', '0', '-C', 'id'], "--threads given invalid value: '0'"],
    ['a lease shorter than the heartbeat', ['--lease', '1s', '-C', 'id'], '--lease'],
    ['two readers of stdin', ['-s', '-i', '/dev/stdin', '-C', 'cat'], 'would both read stdin'],
    [
      'a target with a bad port',
      ['-o', 'node:99999', '-C', 'id'],
      "-o: the port is not a number from 1 to 65535, in target 'node:99999'",
    ],
    ['a target that is an option', ['-o', '-C', '-C', 'id'], "-o: a host does not begin with '-'"],
    [
      'a bad line of a host file',
      ['-o', './hosts', '-C', 'id'],
      "./hosts:3: the host has characters that no host name has, in target 'web 1'",
    ],
    [
      'a missing host file',
      ['-o', './blah', '-C', 'id'],
      "can't open hosts file: './blah': no such file or directory",
    ],
    [
      'a directory as a host file',
      ['-o', './tree', '-C', 'id'],
      "can't open hosts file: './tree': illegal operation on a directory",
    ],
    ['a missing file for stdin', ['-i', 'blah', '-C', 'cat'], "can't open the file for stdin: 'blah'"],
    [
      'a directory for stdin',
      ['-i', 'tree', '-C', 'cat'],
      "can't open the file for stdin: 'tree': it is a directory",
    ],
    [
      'a missing file',
      ['-r', '/srv', '-U', 'file', 'blah'],
      'cannot send "%/blah": no such file or directory',
    ],
    ['a socket', ['-r', '/srv', '-U', 'socket'], 'cannot send "%/socket": it is a socket'],
    ['a named pipe', ['-r', '/srv', '-U', 'pipe'], 'cannot send "%/pipe": it is a named pipe'],
    [
      'a device below a directory',
      ['-r', '/srv', '-S', 'tree'],
      'cannot send "%/tree/device": it is a device',
    ],
    [
      'a name that is not UTF-8',
      ['-r', '/srv', '-U', 'latin1'],
      'the name is not UTF-8 (its bytes are 66e9)',
    ],
    [
      'a name above its start',
      ['-e', '-r', '/srv', '-U', '../file'],
      'cannot send "../file": its name would begin with ".."',
    ],
    [
      'a file for what is brought here',
      ['--into', 'file', '--download', '/etc/hostname'],
      "can't write to 'file': not a directory",
    ],
  ])('%s is refused with exit code 64, and nothing is connected', async (_title, args, message) => {
    const before = await connections();
    const ran = await expectExit(run(farm, args, { input: '' }), 64);
    expect(ran.stderr).toContain(message.replace('%', farm.home));
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect(ran.stdout).toBe('');
    expect(await connections()).toBe(before);
  });

  test('no targets at all are refused', async () => {
    for (const args of [
      ['-C', 'id'],
      ['-o', './no-hosts', '-C', 'id'],
      ['-s', '-C', 'id'],
    ]) {
      const ran = await expectExit(lockstep(args, { farm, input: '\n# nobody\n' }), 64);
      expect(ran.stderr).toContain('no targets');
    }
  });

  test.each(['blah', 'bad-key'])(
    'a key that cannot be used, such as %s, is refused before any connection',
    async (key) => {
      const before = await connections();
      const ran = await expectExit(run(farm, ['-k', key, '-C', 'id']), 3);
      expect(ran.stderr).toContain(`cannot use key ${key}: `);
      expect(await connections()).toBe(before);
    },
  );

  test('a file that the user may not read is refused by name', async () => {
    const before = await connections();
    const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
    const mortal = [
      '--bounding-set=-dac_override,-dac_read_search',
      '--inh-caps=-dac_override,-dac_read_search',
    ];
    const args = [
      process.execPath,
      program,
      '-o',
      farm.nodes[0]?.host ?? '',
      '-r',
      '/srv',
      '-U',
      join(farm.home, 'foreign'),
    ];
    const ended = await capture('setpriv', [...mortal, ...args], { env: { HOME: farm.home } });
    expect(ended).toMatchObject({ code: 64, stdout: '' });
    expect(ended.stderr).toContain(`cannot send "${farm.home}/foreign": permission denied`);
    expect(await connections()).toBe(before);
  });
});
