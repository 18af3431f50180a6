/** What tar says of files that change is no failure, and nothing else is taken for that. */
import { expect, test } from 'vitest';
import { isHarmless } from '../../../src/run/download/said-by-tar.ts';

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
  expect(isHarmless(said, PATHS)).toBe(expected);
});
