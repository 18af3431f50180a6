/** What nodes are sent of a collection: what they lack, with what must come with it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Difference } from '../../../src/transfer/difference/difference.ts';
import { Extras } from '../../../src/transfer/difference/extras.ts';
import { Parcels } from '../../../src/transfer/difference/parcel.ts';
import type { Seen } from '../../../src/transfer/difference/seen.ts';
import { wantedAt } from '../../../src/transfer/difference/wanted.ts';
import type { Collection, Entry } from '../../../src/transfer/entry.ts';

const TIME = 1_600_000_000_000_000_005n;
const common = { source: '/x', mode: 0o100644, uid: 0, gid: 0, mtimeNs: TIME };
const directory = (member: string): Entry => ({ ...common, type: 'directory', member, mode: 0o040755 });
const file = (member: string): Entry => ({ ...common, type: 'file', member, size: 3, dev: 1n, ino: 1n });
const link = (member: string, to: string): Entry => ({ ...common, type: 'hardlink', member, to });

const ENTRIES = [
  directory('d'),
  file('d/a'),
  directory('d/e'),
  directory('d/e/f'),
  file('d/e/f/b'),
  link('d/e/g', 'd/a'),
  directory('d/h'),
  file('d/h/c'),
];

const COLLECTION: Collection = {
  entries: ENTRIES,
  roots: ['d'],
  isAbsolute: true,
  base: '',
  bytes: 9,
  files: 4,
  leftOut: [],
};

/** Everything is there as it shall be, but what `other` says. */
function sent(
  other: Readonly<Record<string, Partial<Seen> | undefined>>,
  removed: readonly string[] = [],
  whole = COLLECTION,
): string[] {
  const there = wantedAt(whole, { path: '/', keepsDirectories: false });
  const how = { ownership: { preserveUid: true, preserveGid: true }, uid: 0 };
  const difference = new Difference(there, {
    ...how,
    ...{ keepsDirectories: false, comparesContents: false, isAudit: false },
  });
  for (const [index, { at, isBehindLink }] of there.asks.entries()) {
    const entry = ENTRIES[at];
    if (entry === undefined || isBehindLink) continue;
    const isLinked = entry.member === 'd/a' || entry.type === 'hardlink';
    const seen: Seen = {
      ...{
        mode: entry.mode,
        uid: 0,
        gid: 0,
        size: 3,
        links: isLinked ? 2 : 1,
        mtimeNs: TIME,
        target: undefined,
      },
      inode: isLinked ? '1:1' : `1:${at + 10}`,
    };
    if (!(entry.member in other)) difference.see(index, seen);
    else if (other[entry.member] !== undefined) difference.see(index, { ...seen, ...other[entry.member] });
  }
  difference.end();
  for (const at of [...difference.unread()]) difference.read(at, 'sum', true);
  difference.replaceLinks();
  difference.extras = new Extras({ isWanted: () => false, max: 10 });
  for (const member of removed) difference.extras.hear(member, false);
  difference.extras.end();
  const parcels = new Parcels(whole);
  const { collection, mends } = parcels.contentsOf(parcels.lacking(difference));
  const marked = mends.map(({ member }) => `mend ${member}`);
  return [...collection.entries.map(({ member }) => member), ...marked];
}

test('F18: a node that has all is sent nothing', () => {
  expect(sent({})).toEqual([]);
});

test('what has xattrs here is sent, as nodes are not asked for them', () => {
  const marked = { ...file('d/h/c'), xattrs: [{ name: 'user.a', value: '' }] };
  const entries = ENTRIES.map((entry) => (entry.member === 'd/h/c' ? marked : entry));
  expect(sent({}, [], { ...COLLECTION, entries })).toEqual(['d', 'd/h', 'd/h/c']);
});

test('F21: directories out of which something is taken come with those above them, for their times; and the nearest that is here', () => {
  expect(sent({}, ['d/e/x'])).toEqual(['d', 'd/e']);
  expect(sent({}, ['d/h/new/deep/x', 'd/e/f/y'])).toEqual(['d', 'd/e', 'd/e/f', 'd/h']);
  expect(sent({}, ['x'])).toEqual([]);
});

test.each([
  [
    'a file that is missing, with the directories above it',
    { 'd/e/f/b': undefined },
    ['d', 'd/e', 'd/e/f', 'd/e/f/b'],
  ],
  ['a file of another length', { 'd/h/c': { size: 4 } }, ['d', 'd/h', 'd/h/c']],
  [
    'nothing of a file of another time or mode, which is mended',
    { 'd/h/c': { mode: 0o100600 } },
    ['mend d/h/c'],
  ],
  [
    'a file of another mode that has another name there',
    { 'd/h/c': { mode: 0o100600, links: 2 } },
    ['d', 'd/h', 'd/h/c'],
  ],
  [
    'a program that would lose rights with its owner',
    { 'd/h/c': { uid: 9, mode: 0o104755 } },
    ['d', 'd/h', 'd/h/c'],
  ],
  [
    'all names of a file of another mode',
    { 'd/a': { mode: 0o100600 }, 'd/e/g': { mode: 0o100600 } },
    ['d', 'd/a', 'd/e', 'd/e/g'],
  ],
  ['a directory of another mode, and nothing in it', { 'd/h': { mode: 0o040700 } }, ['d', 'd/h']],
  ['all names of a file of which one is missing', { 'd/e/g': undefined }, ['d', 'd/a', 'd/e', 'd/e/g']],
  [
    'all names of a file that has other bytes',
    { 'd/a': { size: 4 }, 'd/e/g': { size: 4 } },
    ['d', 'd/a', 'd/e', 'd/e/g'],
  ],
  [
    'a name of a file that is another file there',
    { 'd/e/g': { inode: '1:99' } },
    ['d', 'd/a', 'd/e', 'd/e/g'],
  ],
  [
    'all, where two directories are one there',
    { 'd/h': { inode: '1:12' } },
    ENTRIES.map(({ member }) => member),
  ],
])('F18: a node is sent %s', (_what, other, expected) => {
  expect(sent(other)).toEqual(expected);
});

test('F18: two names of one directory above the destination, as with `-r /srv/up/..`, are no two directories of the upload', () => {
  const there = wantedAt(COLLECTION, { path: '/srv/up/../to', keepsDirectories: false });
  const hasTwins = (inodeOf: (path: string) => string) => {
    const how = { ownership: { preserveUid: true, preserveGid: true }, uid: 0, keepsDirectories: false };
    const difference = new Difference(there, { ...how, comparesContents: false, isAudit: false });
    for (const [index, { path }] of there.asks.entries()) {
      const seen = { mode: 0o040755, uid: 0, gid: 0, size: 3, links: 1, mtimeNs: TIME, target: undefined };
      difference.see(index, { ...seen, inode: inodeOf(path) });
    }
    difference.end();
    return difference.hasTwins;
  };
  const plain = (path: string) => path.replace(/\/\.$/, '').replace('up/..', '').replace('//', '/');
  expect(hasTwins((path) => plain(path).replace(/^\/srv\/$/, '/srv'))).toBe(false);
  expect(hasTwins((path) => plain(path).replace('d/h', 'd/e'))).toBe(true);
});

test('F18: what a node lacks is sent with all directories above it and all names of its files, whatever that is', () => {
  const members = fc.subarray(ENTRIES.map(({ member }) => member));
  fc.assert(
    fc.property(members, (missing) => {
      const found = sent(Object.fromEntries(missing.map((member) => [member, undefined])));
      for (const member of missing) expect(found).toContain(member);
      const all = new Set(found);
      for (const member of found) {
        const above = member.slice(0, Math.max(0, member.lastIndexOf('/')));
        expect(above === '' || all.has(above)).toBe(true);
      }
      expect(all.has('d/a')).toBe(all.has('d/e/g'));
      if (missing.length === 0) expect(found).toEqual([]);
    }),
  );
});

test('F18: what is sent to nodes that lack different things is what any of them lacks', () => {
  const parcels = new Parcels(COLLECTION);
  const marks = [Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 2)];
  expect([...parcels.union(marks)]).toEqual([1, 0, 1, 0, 0, 0, 1, 1]);
  expect(parcels.contentsOf(parcels.whole())).toEqual({ collection: COLLECTION, mends: [] });
});
