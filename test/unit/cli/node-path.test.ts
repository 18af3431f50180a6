import { expect, test } from 'vitest';
import { nodePath } from '../../../src/run/node-path.ts';

test.each([
  ['~', '.'],
  ['$HOME', '.'],
  ['${HOME}/', '.'],
  ['~/a b/c', 'a b/c'],
  ['$HOME//a', 'a'],
  ['/srv/$HOME', '/srv/$HOME'],
  ['./~other/a', './~other/a'],
  ['$HOMER', '$HOMER'],
  ['a/~', 'a/~'],
])('%j on a node is %j: only ~ and $HOME at its start mean the login directory', (given, path) => {
  expect(nodePath(given, '-r')).toBe(path);
});

test.each([
  ['/srv/new/', '/srv/new'],
  ['/srv/new//', '/srv/new'],
  ['/srv/new/.', '/srv/new'],
  ['/srv//a/./b/.//', '/srv/a/b'],
  ['//', '/'],
  ['/.', '/'],
  ['/', '/'],
  ['./', '.'],
  ['.//.', '.'],
  ['./-n/', './-n'],
  ['/srv/../a/..', '/srv/../a/..'],
  ['/srv/.hidden/...', '/srv/.hidden/...'],
])(
  '%j on a node is %j: what a path has of slashes and single dots beside its names means nothing',
  (given, path) => {
    expect(nodePath(given, '-r')).toBe(path);
  },
);

test.each(['~other/a', '~other', '~root', '~+', '~-'])(
  'the home of somebody else is refused by name: %s',
  (given) => {
    expect(() => nodePath(given, '-r')).toThrow(`-r expands only ~ and $HOME, not '${given}'`);
  },
);
