/** What a node has beside what it shall have: decided member by member, and told once for nodes that are alike. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Comparison, compare, type Verdict } from '../../../src/transfer/difference/compare.ts';
import { Difference } from '../../../src/transfer/difference/difference.ts';
import type { Seen } from '../../../src/transfer/difference/seen.ts';
import { wantedAt } from '../../../src/transfer/difference/wanted.ts';
import type { Collection, Entry } from '../../../src/transfer/entry.ts';

const NS = 1_000_000_000n;
const TIME = 1_600_000_000n * NS + 5n;
const AS_ROOT: Comparison = {
  ownership: { preserveUid: true, preserveGid: true },
  uid: 0,
  keepsDirectories: false,
  comparesContents: false,
  isAudit: false,
};
const KINDS = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

const common = { source: '/x', uid: 7, gid: 8, mtimeNs: TIME };
const FILE: Entry = { ...common, type: 'file', member: 'f', mode: 0o100644, size: 3, dev: 1n, ino: 1n };
const DIRECTORY: Entry = { ...common, type: 'directory', member: 'd', mode: 0o040755 };
const LINK: Entry = { ...common, type: 'symlink', member: 'l', mode: 0o120777, target: 'é' };

function seen(given: Partial<Seen> & { kind?: keyof typeof KINDS; bits?: number } = {}): Seen {
  const { kind = 'file', bits = 0o644, ...rest } = given;
  const facts = { uid: 7, gid: 8, size: 3, links: 1, mtimeNs: TIME, inode: '1:1', target: undefined };
  return { mode: KINDS[kind] | bits, ...facts, ...rest };
}

const verdict = (kind: Verdict['kind'], ...attributes: Verdict['attributes']): Verdict => ({
  kind,
  attributes,
});

describe('a member beside what lies in its place', () => {
  test.each<
    [what: string, entry: Entry, there: Seen | undefined, how: Partial<Comparison>, verdict: Verdict]
  >([
    ['nothing', FILE, undefined, {}, verdict('new')],
    ['the same, with a time to the nanosecond', FILE, seen(), {}, verdict('equal')],
    [
      'the same, where all bytes are to be compared',
      FILE,
      seen(),
      { comparesContents: true },
      verdict('unread'),
    ],
    ['another length', FILE, seen({ size: 4 }), {}, verdict('content')],
    ['another time', FILE, seen({ mtimeNs: TIME + 1n }), {}, verdict('unread', 'time')],
    ['the same second, and no nanoseconds', FILE, seen({ mtimeNs: TIME - 5n }), {}, verdict('unread')],
    ['another mode', FILE, seen({ bits: 0o600 }), {}, verdict('unread', 'mode')],
    ['another owner', FILE, seen({ uid: 9 }), {}, verdict('unread', 'owner')],
    [
      'another owner than the account, which it would have',
      FILE,
      seen(),
      { uid: 5 },
      verdict('unread', 'owner'),
    ],
    ['the same, which is no drift', FILE, seen(), { uid: 5, isAudit: true }, verdict('equal')],
    [
      'a bit that comes with an owner alone',
      { ...FILE, mode: 0o104644 },
      seen({ uid: 5 }),
      { uid: 5 },
      verdict('equal'),
    ],
    ['a link', FILE, seen({ kind: 'symlink', target: 'x' }), {}, verdict('content')],
    ['a directory', FILE, seen({ kind: 'directory' }), {}, verdict('clash')],
    ['a file for a directory', DIRECTORY, seen(), {}, verdict('clash')],
    ['a directory', DIRECTORY, seen({ kind: 'directory', bits: 0o755 }), {}, verdict('equal')],
    [
      'a directory of another time',
      DIRECTORY,
      seen({ kind: 'directory', bits: 0o755, mtimeNs: 0n }),
      {},
      verdict('attributes', 'time'),
    ],
    [
      'the same, which is no drift',
      DIRECTORY,
      seen({ kind: 'directory', bits: 0o755, mtimeNs: 0n }),
      { isAudit: true },
      verdict('equal'),
    ],
    [
      'a directory of another account, which stays',
      DIRECTORY,
      seen({ kind: 'directory' }),
      { uid: 5 },
      verdict('equal'),
    ],
    ['a link to the same', LINK, seen({ kind: 'symlink', bits: 0o777, target: 'Ã©' }), {}, verdict('equal')],
    ['a link elsewhere', LINK, seen({ kind: 'symlink', target: 'x' }), {}, verdict('content')],
    ['a link whose target the node does not tell', LINK, seen({ kind: 'symlink' }), {}, verdict('content')],
  ])('%s', (_what, entry, there, how, expected) => {
    expect(compare(entry, { seen: there }, { ...AS_ROOT, ...how })).toEqual(expected);
  });

  test('a link that was named as a directory is followed', () => {
    const behind = seen({ kind: 'directory', bits: 0o755 });
    const there = { seen: seen({ kind: 'symlink', target: 'x' }), behind };
    expect(compare(DIRECTORY, there, AS_ROOT)).toEqual(verdict('equal'));
    expect(compare(DIRECTORY, { seen: there.seen }, AS_ROOT)).toEqual(verdict('clash'));
  });
});

test('F16: a difference says of each member what comparing it alone says, whatever else is asked', () => {
  const times = fc.constantFrom(TIME, TIME - 5n, 0n);
  const there = fc.option(
    fc.record({
      kind: fc.constantFrom('file', 'directory', 'symlink'),
      size: fc.constantFrom(0, 3, 4),
      mtimeNs: times,
      bits: fc.constantFrom(0o644, 0o755),
    }),
    { nil: undefined },
  );
  const entries = fc.uniqueArray(
    fc.tuple(fc.constantFrom(FILE, DIRECTORY, LINK), fc.stringMatching(/^[a-z]{1,6}$/)),
    {
      selector: ([, name]) => name,
    },
  );
  fc.assert(
    fc.property(
      entries,
      fc.infiniteStream(there),
      fc.constantFrom('/', '/srv/app', 'rel', '.'),
      (named, answers, path) => {
        const collection = collectionOf(named.map(([entry, member]) => ({ ...entry, member })));
        const wanted = wantedAt(collection, { path, keepsDirectories: false });
        const difference = new Difference(wanted, AS_ROOT);
        const alone = new Map<number, Verdict>();
        for (const [index, { at, isBehindLink }] of wanted.asks.entries()) {
          if (at < 0) difference.see(index, seen({ kind: 'directory' }));
          if (at < 0 || isBehindLink) continue;
          const one = wanted.wanted[at];
          const answer = answers.next().value;
          if (one === undefined || one.type === 'parent') continue;
          const found = answer === undefined ? undefined : seen(answer);
          if (found !== undefined) difference.see(index, found);
          alone.set(at, compare(one, { seen: found }, AS_ROOT));
        }
        difference.end();
        for (const [at, expected] of alone) expect(difference.verdictAt(at)).toEqual(expected);
        expect([...difference.unread()]).toEqual(
          [...alone].flatMap(([at, { kind }]) => (kind === 'unread' ? [at] : [])),
        );
      },
    ),
  );
});

test('another name of a file that is replaced is replaced with it', () => {
  const first: Entry = { ...FILE, member: 'a' };
  const second: Entry = { ...common, type: 'hardlink', member: 'b', mode: 0o100644, to: 'a' };
  const wanted = wantedAt(collectionOf([first, second]), { path: '/', keepsDirectories: false });
  const kinds = (sizeOfA: number, inodeOfB: string) => {
    const difference = new Difference(wanted, AS_ROOT);
    difference.see(0, seen({ size: sizeOfA, inode: '1:1' }));
    difference.see(1, seen({ inode: inodeOfB }));
    difference.end();
    difference.replaceLinks();
    return [0, 1].map((at) => difference.verdictAt(at).kind);
  };
  expect(kinds(3, '1:1')).toEqual(['equal', 'equal']);
  expect(kinds(3, '1:2')).toEqual(['equal', 'content']);
  expect(kinds(4, '1:1')).toEqual(['content', 'content']);
});

test('the directories above what is named are asked for, and what a link on the way leads to', () => {
  const wanted = wantedAt(collectionOf([FILE]), { path: 'app/x', keepsDirectories: false });
  expect(wanted.asks.map(({ path }) => path)).toEqual([
    './app',
    './app/.',
    './app/x',
    './app/x/.',
    './app/x/f',
    '//.',
  ]);
});

function collectionOf(entries: readonly Entry[]): Collection {
  const roots = entries.map(({ member }) => member);
  return { entries, roots, isAbsolute: true, base: '', bytes: 0, files: entries.length, leftOut: [] };
}
