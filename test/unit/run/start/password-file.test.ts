import { execFileSync } from 'node:child_process';
import { chmodSync, createReadStream, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readPasswordFile } from '../../../../src/run/start/transport/password-file.ts';
import { scratchForFile } from '../../../scratch.ts';

const directory = scratchForFile();
const path = join(directory, 'password');

function read(content: string | Buffer, { mode = 0o600, file = path } = {}) {
  writeFileSync(path, content);
  chmodSync(path, mode);
  return readPasswordFile(file, { stdin: () => Readable.from([content]) });
}

describe('a password that is read', () => {
  test.each([
    ['a line', 'pass word\n', 'pass word'],
    ['without an end of its line', ' pass ', ' pass '],
    ['of Windows', 'pass\r\n', 'pass'],
    ['in other letters', 'pässword\n', 'pässword'],
    ['as long as one may be', `${'é'.repeat(1_023)}\n`, 'é'.repeat(1_023)],
  ])('is %s', async (_what, content, password) => {
    expect(await read(content)).toBe(password);
    expect(await read(content, { file: '-' })).toBe(password);
  });

  test.each([
    ['nothing', '', 'it is empty'],
    ['an empty line', '\n', 'it is empty'],
    ['two lines', 'SECRET\nother\n', 'it has more than one line'],
    ['a line and an empty one', 'SECRET\n\n', 'it has more than one line'],
    ['a NUL', 'SEC\0RET\n', 'it is no text'],
    ['no UTF-8', Buffer.from([0x53, 0x45, 0x43, 0xff]), 'it is no text'],
    ['too much', 'SECRET'.repeat(200), 'it is too long'],
    ['more than is read', 'SECRET'.repeat(2_000), 'it is too long'],
  ])('S6: is refused where it is %s, and not shown', async (_what, content, why) => {
    for (const file of [path, '/dev/stdin']) {
      const error = await read(content, { file }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(why) });
      expect(error.message).toContain(file);
      expect(JSON.stringify([error.message, error.hint, error.causes])).not.toContain('SEC');
    }
  });

  test.each([0o640, 0o604, 0o620, 0o602])('S6: is refused from a file of mode %o', async (mode) => {
    await expect(read('SECRET\n', { mode })).rejects.toThrow('others may read or write it');
  });

  test('S6: is refused from an open file on stdin that others may read, too', async () => {
    writeFileSync(path, 'SECRET\n');
    chmodSync(path, 0o644);
    const stream = createReadStream('', { fd: openSync(path, 'r') });
    await expect(readPasswordFile('-', { stdin: () => stream })).rejects.toThrow('others may read');
    stream.destroy();
  });

  test('comes through a pipe of its own account', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const reading = readPasswordFile(pipe, { stdin: () => Readable.from([]) });
    writeFileSync(pipe, 'through\n');
    expect(await reading).toBe('through');
    chmodSync(pipe, 0o622);
    const exposed = readPasswordFile(pipe, { stdin: () => Readable.from([]) });
    writeFileSync(pipe, 'through\n');
    await expect(exposed).rejects.toThrow('others may');
  });

  test('is refused from what is missing, a directory and a terminal', async () => {
    const stdin = () => Readable.from([]);
    await expect(readPasswordFile(join(directory, 'none'), { stdin })).rejects.toThrow(
      'it cannot be read: no such file or directory',
    );
    await expect(readPasswordFile(directory, { stdin })).rejects.toThrow('it is a directory');
    await expect(readPasswordFile('/dev/ptmx', { stdin })).rejects.toThrow('it is a terminal');
  });
});
