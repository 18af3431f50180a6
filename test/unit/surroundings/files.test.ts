import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toLockstepError } from '../../../src/core/errors.ts';
import { makeDirectories } from '../../../src/core/make-directories.ts';
import { systemErrorText } from '../../../src/core/system-error.ts';
import { brokenOutputError } from '../../../src/output/terminal/broken.ts';
import { readSmallFile } from '../../../src/ssh/read-file.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();

describe('directories of a run', () => {
  test('are made with those above them, and may be there already', async () => {
    const path = join(directory, 'a/b/c');
    await makeDirectories(path, 0o700);
    await makeDirectories(path, 0o700);
    expect(statSync(path).mode & 0o7777).toBe(0o700);
  });

  test.each(['/proc/nope', '/proc/nope/below', '/proc/self/fd/x/y'])(
    'that the kernel does not make (%s) are an error, and no loop without an end',
    async (path) => {
      await expect(makeDirectories(path, 0o700)).rejects.toThrow(/ENOENT|EPERM|EACCES/);
    },
  );

  test('below a file are an error', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(makeDirectories(join(directory, 'file/x/y'), 0o700)).rejects.toThrow('ENOTDIR');
  });

  test('behind a link are made where it leads', async () => {
    mkdirSync(join(directory, 'real'));
    symlinkSync('real', join(directory, 'link'));
    await makeDirectories(join(directory, 'link/below'), 0o700);
    expect(statSync(join(directory, 'real/below')).isDirectory()).toBe(true);
  });
});

test.each(['/dev/null/.ssh/known_hosts', '/nonexistent/file'])(
  'a file that cannot be there (%s) is missing, as for ssh',
  async (path) => {
    expect(await readSmallFile(path, 100)).toEqual({ kind: 'missing' });
  },
);

describe('an output that is broken', () => {
  const error = (code: string, message = `${code}: words of the system, write`) =>
    Object.assign(new Error(message), { code });

  test.each([
    ['EPIPE', false, 'hangup', 129],
    ['ECONNRESET', false, 'hangup', 129],
    ['EIO', true, 'hangup', 129],
    ['EIO', false, 'output-not-written', 74],
    ['ENOSPC', false, 'output-not-written', 74],
    ['EDQUOT', false, 'output-not-written', 74],
    ['EFBIG', false, 'output-not-written', 74],
  ])('by %s (terminal: %s) is %s, exit code %d', (code, isTTY, kind, exitCode) => {
    expect(brokenOutputError(error(code), { isTTY })).toMatchObject({ code: kind, exitCode });
  });

  test('is told in the words of the system', () => {
    const full = error('ENOSPC', 'ENOSPC: no space left on device, write');
    expect(brokenOutputError(full, { isTTY: false }).message).toBe(
      'cannot write the output: no space left on device',
    );
  });
});

test.each([
  [new Error("EACCES: permission denied, open '/x, y'"), 'permission denied'],
  [
    Object.assign(new Error('ENOENT: process.cwd failed with error no such file, likely removed, uv_cwd'), {
      errno: -2,
    }),
    'no such file or directory',
  ],
  [new Error('something else'), 'something else'],
  ['a string', 'a string'],
])('what the system said is told without our call: %s', (thrown, text) => {
  expect(systemErrorText(thrown)).toBe(text);
});

describe('whatever is thrown', () => {
  test('by the operating system is told as its answer, with 74, and is no bug', async () => {
    const thrown = await readdir('/proc/self/nonexistent').catch((error: unknown) => error);
    expect(toLockstepError(thrown)).toMatchObject({ code: 'local-refusal', exitCode: 74 });
    expect(toLockstepError(thrown).message).toContain('no such file or directory');
  });

  test('by ourselves is a bug, with its trace', () => {
    expect(toLockstepError(new TypeError('x is not a function'))).toMatchObject({
      code: 'bug',
      exitCode: 70,
    });
  });
});
