import { expect, test } from 'vitest';
import { parseReply, type Reply } from '../../../src/node/keeper/replies.ts';
import { lossesOf } from '../../../src/run/upload/tell-xattrs.ts';

const MEMBERS = ['app', 'app/a\nb', 'app/c'];

const said = (...lines: readonly string[]): Reply[] => lines.flatMap((line) => parseReply(line) ?? []);

test.each([
  ['XATTRS 0 0 0 0 0 0', []],
  ['XATTRS 2 1 0 0 0 0', ['xattrs or ACLs are not kept: 2 of 3 names, the first is "app/a\\nb"']],
  [
    'XATTRS 0 0 1 0 0 0',
    ['directories that the node has keep their own xattrs and ACLs: 1 of 3 names, the first is "app"'],
  ],
  [
    'XATTRS 0 0 0 0 1 2',
    ['xattrs and ACLs that go to another mount are not checked: 1 of 3 names, the first is "app/c"'],
  ],
])('F7: of a node that says %j the losses are told, and nothing else', (line, losses) => {
  expect(lossesOf(said('STAGE /s', line, 'STAGED'), MEMBERS)).toEqual(losses);
});

test.each([['XATTRS none'], ['XATTRS '], ['XATTRS 0 0 0'], ['STAGED']])(
  'F7: of a node that says %j nothing counts as proven, but where there was nothing to keep',
  (line) => {
    expect(lossesOf(said(line), MEMBERS)).toEqual([
      expect.stringContaining('xattrs and ACLs are not checked'),
    ]);
    expect(lossesOf(said(line), [])).toEqual([]);
  },
);
