import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { Shell } from '../../../src/jobs/types.ts';
import { scratchForFile } from '../../scratch.ts';
import { shellOf } from './shells.ts';

const place = scratchForFile();

const isRoot = process.getuid?.() === 0;
const HELLO = 'hello, world!\n';

describe('PL-10', () => {
  test('PL-10: what a command prints is captured, and passed on', async () => {
    const { shell, heard } = shellOf();
    expect(await shell.run('echo hello, world!')).toEqual({
      code: 0,
      signal: undefined,
      stdout: HELLO,
      stderr: '',
      isCut: false,
    });
    expect(heard).toEqual({ stdout: HELLO, stderr: '' });
  });

  test.each([
    [5, 'hello', true],
    [0, '', true],
    [14, HELLO, false],
  ])(
    'PL-10: of %i bytes at most is %j left, and all of it is passed on',
    async (captureBytes, stdout, isCut) => {
      const { shell, heard } = shellOf();
      expect(await shell.run('echo hello, world!', { captureBytes })).toMatchObject({ stdout, isCut });
      expect(heard.stdout).toBe(HELLO);
    },
  );

  test('PL-10: no more than 64 KiB of each stream is captured, where nothing is said', async () => {
    const { shell } = shellOf({ silent: true });
    const { stdout, stderr, isCut } = await shell.run('head -c 70000 /dev/zero; head -c 65536 /dev/zero >&2');
    expect([stdout.length, stderr.length, isCut]).toEqual([65_536, 65_536, true]);
  });

  test('PL-10: a character that is cut is left out', async () => {
    const { shell } = shellOf();
    expect((await shell.run("printf 'a\\303\\244b'", { captureBytes: 2 })).stdout).toBe('a');
    expect((await shell.run("printf 'a\\303\\244b'", { captureBytes: 3 })).stdout).toBe('aä');
  });

  test('PL-10: quiet passes no stdout on, silent nothing, and both are captured', async () => {
    const both = 'echo hello, world!; echo oh >&2';
    const quiet = shellOf({ quiet: true });
    expect(await quiet.shell.run(both)).toMatchObject({ stdout: HELLO, stderr: 'oh\n' });
    expect(quiet.heard).toEqual({ stdout: '', stderr: 'oh\n' });
    const silent = shellOf({ silent: true });
    expect(await silent.shell.run(both)).toMatchObject({ stdout: HELLO, stderr: 'oh\n' });
    expect(silent.heard).toEqual({ stdout: '', stderr: '' });
    // What a command says of itself goes before what its site says.
    await silent.shell.run(both, { silent: false });
    expect(silent.heard).toEqual({ stdout: HELLO, stderr: 'oh\n' });
  });

  test('PL-10: what goes to stderr is on stderr', async () => {
    expect(await shellOf().shell.run('echo hello, world! 1>&2')).toMatchObject({ stdout: '', stderr: HELLO });
  });

  test('PL-10: a file has exactly the output, and another one the log', async () => {
    const out = createWriteStream(join(place, 'out'));
    const log = createWriteStream(join(place, 'log'));
    const { shell, heard } = shellOf({ stdout: out, log });
    await shell.run('echo hello, world!');
    out.end();
    log.end();
    await Promise.all([finished(out), finished(log)]);
    expect(readFileSync(join(place, 'out'), 'utf8')).toBe(HELLO);
    expect(readFileSync(join(place, 'log'), 'utf8')).toBe('[shell] here : echo hello, world!\n');
    expect(heard.stdout).toBe('');
  });
});

test('PL-13: a job reads what the job before it has written in its own time', async () => {
  const { sites, jobs, run } = createJobs();
  sites.add('here', 'local', { cwd: place, silent: true });
  jobs.add('write', 'local', async ({ shell, shared, ids, report }) => {
    shared.file = `${ids.action}.log`;
    report('writing');
    // It goes on only when it is told: no time decides the order.
    await shell.run(`read go && echo "$go" > ${shared.file}`, { stdin: 'first\n' });
  });
  let read = '';
  jobs.add('read', 'local', async ({ shell, shared }) => {
    read = (await shell.run(`cat ${shared.file}`)).stdout;
  });
  const { schedule } = await run(['write', 'read']);
  expect([read, schedule.actionCount, schedule.errors]).toEqual(['first\n', 2, null]);
});

describe('what a command is given', () => {
  const said = async (shell: Shell, ...given: Parameters<Shell['run']>) => (await shell.run(...given)).stdout;

  test('commands of a list are joined, and end with the first that fails', async () => {
    const { shell } = shellOf();
    expect(await shell.run(['echo 1', 'echo 2', '(exit 3)', 'echo 4'])).toMatchObject({
      code: 3,
      stdout: '1\n2\n',
    });
  });

  test('its environment and directory are those of the site, and its own over them', async () => {
    const { shell } = shellOf({ cwd: place, env: { A: 'site', B: "it's $HOME" } });
    expect(await said(shell, 'pwd; echo "$A $B"')).toBe(`${place}\nsite it's $HOME\n`);
    expect(await said(shell, 'pwd; echo "$A $B"', { cwd: '/', env: { A: 'own' } })).toBe(
      `/\nown it's $HOME\n`,
    );
  });

  test('it reads nothing, a text, bytes, or a stream', async () => {
    const { shell } = shellOf();
    expect(await said(shell, 'cat')).toBe('');
    expect(await said(shell, 'cat', { stdin: 'text' })).toBe('text');
    expect(await said(shell, 'wc -c', { stdin: Buffer.alloc(300_000) })).toMatch(/^ *300000\n$/);
    expect(await said(shell, 'cat', { stdin: Readable.from(['a', 'b']) })).toBe('ab');
    const read = Readable.from(['x']);
    await text(read);
    expect(await said(shell, 'cat', { stdin: read })).toBe('');
    // It need not read what it is given.
    expect(await shell.run('exit 4', { stdin: Buffer.alloc(3_000_000) })).toMatchObject({ code: 4 });
  });

  test('what is not as it must be is refused, and nothing is started', async () => {
    const { shell } = shellOf();
    const refused: [unknown, object, string][] = [
      [7, {}, 'a command is a text, and not a number'],
      ['  ', {}, 'a command is empty'],
      [[], {}, 'there is no command in the list'],
      ['a\0b', {}, 'a command holds a NUL byte, which no shell can be given'],
      [`: ${'x'.repeat(140_000)}`, {}, 'a command has 140002 bytes, and a shell can be given 131007 at most'],
      ['true', { env: { A: 'x'.repeat(140_000) } }, 'env: A is longer than 131071 bytes'],
      ['true', { timeout: 5 }, "'timeout' is no option of a command"],
      ['true', { timeoutMs: 0 }, "timeoutMs: '0' is no time"],
      ['true', { env: { 'A B': '1' } }, "env: 'A B' is no name of a variable"],
      ['true', { env: { A: 1 } }, 'env: A: a text without NUL bytes is needed, not a number'],
      ['true', { stdout: {} }, 'stdout: something with write() is needed, not an object'],
      ['true', { stdin: 5 }, 'stdin: a text, bytes or a stream is needed, not a number'],
      ['true', { become: '-u' }, "become: '-u' is no user"],
      ['true', { captureBytes: -1 }, 'captureBytes: a whole number up to 268435456 is needed'],
    ];
    for (const [command, options, message] of refused)
      expect(() => shell.run(command as string, options as never)).toThrow(
        expect.objectContaining({ code: 'usage', message }),
      );
  });

  test('another user runs it by sudo, which is given no secret in its arguments and asks nobody', async () => {
    const words = 'printf "%s\\n" "$@"; while [ "$1" != -- ]; do shift; done; shift; exec "$@"';
    writeFileSync(join(place, 'sudo'), `#!/bin/sh\n${words}\n`, { mode: 0o700 });
    const { shell } = shellOf({
      become: 'deploy',
      env: { PATH: `${place}:${process.env.PATH}`, TOKEN: 'secret' },
    });
    const given = ['-n', '-u', 'deploy', '--preserve-env=PATH,TOKEN', '--', 'sh', '-c'];
    const command = 'echo "$TOKEN"';
    expect(await said(shell, command)).toBe([...given, command, 'secret', ''].join('\n'));
    expect(await said(shell, command, { become: true })).toContain(isRoot ? 'secret' : 'root');
    expect(await said(shell, command, { become: false })).toBe('secret\n');
  });

  test('a directory that is not there is told', async () => {
    await expect(shellOf().shell.run('true', { cwd: '/nowhere' })).rejects.toMatchObject({
      code: 'local-refusal',
      message: "cannot start a command in '/nowhere': no such directory, or no program",
    });
  });
});
