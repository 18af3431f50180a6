/** What tar says of files that change is no failure, and nothing else is taken for that. */
import { expect, test } from 'vitest';
import { SaidByTar } from '../../../src/run/download/said-by-tar.ts';

const PATHS = ['/var/log/app'];

test.each([
  ['tar: var/log/app/a: file changed as we read it\n', true],
  [
    'tar: var/log/app/a: File removed before we read it\ntar: var/log/app: file changed as we read it\n',
    true,
  ],
  ['tar: var/log/app/a: File shrank by 3 bytes; padding with zeros\n', true],
  ['tar: var/log/app/s: socket ignored\n', true],
  ['tar: var/log/app/a.1: No such file or directory\ntar: error exit delayed from previous errors\n', true],
  ['tar: var/log/app: No such file or directory\ntar: error exit delayed from previous errors\n', false],
  ['tar: var/log/app: Cannot stat: No such file or directory\n', false],
  ['tar: var/log/app/a: Permission denied\n', false],
  [
    'tar: var/log/app/a: file changed as we read it\ntar: var/log/app/b: Cannot open: Permission denied\n',
    false,
  ],
  ['', false],
])('%j', (said, expected) => {
  const words = new SaidByTar(PATHS);
  for (let at = 0; at < said.length; at += 7) words.push(said.slice(at, at + 7));
  words.end();
  expect(words.isHarmless).toBe(expected);
});

test('F17: a file that could not be read is not forgotten over any number of others that have changed', () => {
  const words = new SaidByTar(PATHS);
  words.push("tar: can't open 'var/log/app/b': Permission denied\n");
  for (let at = 0; at < 1000; at++) words.push(`tar: var/log/app/${at}.log: No such file or directory\n`);
  words.push('tar: error exit delayed from previous errors\n');
  words.end();
  expect([words.isHarmless, words.lastWords]).toEqual([
    false,
    "tar: can't open 'var/log/app/b': Permission denied",
  ]);
});
