import { spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeWhole } from '../../../src/output/write-whole.ts';
import { scratchForEach } from '../../scratch.ts';

let directory: string;

scratchForEach((made) => {
  directory = made;
});
test('a file is there as a whole, for this account alone, in the place of the one before and behind its link', async () => {
  const path = join(directory, 'page');
  const link = join(directory, 'link');
  writeFileSync(path, 'a longer one before', { mode: 0o644 });
  symlinkSync(path, link);
  await writeWhole(link, 'new', 0o600);
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(directory).sort()).toEqual(['link', 'page']);
});

test('what cannot be written leaves what was there, and nothing else', async () => {
  mkdirSync(join(directory, 'is-a-directory'));
  await expect(writeWhole(join(directory, 'is-a-directory'), 'new', 0o600)).rejects.toThrow(/EISDIR/);
  await expect(writeWhole(join(directory, 'none/page'), 'new', 0o600)).rejects.toThrow(/ENOENT/);
  expect(readdirSync(directory)).toEqual(['is-a-directory']);
});

test('a pipe is written to, and stays a pipe', async () => {
  const path = join(directory, 'pipe');
  const reader = spawn('sh', ['-c', 'mkfifo "$1" && echo there && cat "$1"', 'sh', path]);
  let read = '';
  await new Promise((resolve) => reader.stdout.once('data', resolve));
  reader.stdout.on('data', (bytes) => {
    read += bytes;
  });
  const ended = new Promise((resolve) => reader.on('close', resolve));
  await writeWhole(path, 'new', 0o600);
  await ended;
  expect(read).toBe('new');
  expect(lstatSync(path).isFIFO()).toBe(true);
});
