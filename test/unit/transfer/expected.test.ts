/** What a difference knows of a node that says in a word that files are there as they were sent. */
import { describe, expect, test } from 'vitest';
import type { Comparison } from '../../../src/transfer/difference/compare.ts';
import { Difference } from '../../../src/transfer/difference/difference.ts';
import { Expectations } from '../../../src/transfer/difference/expected.ts';
import { wantedAt } from '../../../src/transfer/difference/wanted.ts';
import type { Entry } from '../../../src/transfer/entry.ts';

const NS = 1_000_000_000n;
const common = { source: '/x', uid: 7, gid: 8, mtimeNs: 1_600_000_000n * NS + 5n };
const FILE: Entry = { ...common, type: 'file', member: 'f', mode: 0o100644, size: 3, dev: 1n, ino: 1n };
const DIRECTORY: Entry = { ...common, type: 'directory', member: 'd', mode: 0o040755 };
const LINK: Entry = { ...common, type: 'symlink', member: 'l', mode: 0o120777, target: 'x' };

describe('what is expected at a path', () => {
  const entries: Entry[] = [
    FILE,
    { ...FILE, member: 'whole', mtimeNs: 1_600_000_000n * NS },
    { ...FILE, member: 'program', mode: 0o106755, mtimeNs: -1n },
    { ...FILE, member: 'empty', size: 0, mtimeNs: 0n },
    { ...FILE, member: 'linked' },
    { ...common, type: 'hardlink', member: 'other', to: 'linked', mode: 0o100644 },
    DIRECTORY,
    LINK,
  ];
  const there = wantedAt(
    {
      entries,
      roots: entries.map(({ member }) => member),
      isAbsolute: false,
      base: '',
      bytes: 0,
      files: 0,
      leftOut: [],
    },
    { path: '/srv', keepsDirectories: false },
  );

  test('F12: is made once for root, and once for all other accounts', () => {
    const how = {
      ownership: { preserveUid: true, preserveGid: true },
      keepsDirectories: false,
      comparesContents: false,
      isAudit: false,
    };
    const [all, alone] = [new Expectations(there, how), new Expectations(there, how)];
    const textOf = ({ list }: ReturnType<Expectations['as']>) => Buffer.concat([...list.blocks()]).toString();
    expect(all.as(5)).toBe(all.as(6));
    expect(textOf(all.as(5))).toBe(textOf(alone.as(6)));
    expect(textOf(all.as(0))).not.toBe(textOf(all.as(6)));
  });

  test.each<[account: number, keeps: boolean, changes: Partial<Comparison>]>([
    [0, true, {}],
    [0, false, {}],
    [5, true, {}],
    [5, false, { isAudit: true }],
    [0, true, { comparesContents: true }],
    [0, true, { isAudit: true }],
  ])(
    'F18: is what a difference knows of a node that says it itself (account %s, owners kept: %s, %o)',
    (uid, keeps, changes) => {
      const ownership = { preserveUid: keeps, preserveGid: keeps };
      const how = {
        comparesContents: false,
        isAudit: false,
        keepsDirectories: false,
        ownership,
        uid,
        ...changes,
      };
      const expected = new Expectations(there, how).as(uid);
      const [said, folded] = [new Difference(there, how), new Difference(there, how)];
      const items = Buffer.concat([...expected.list.blocks()])
        .toString('latin1')
        .split('\0');
      let count = 0;
      for (const [askedAt, { path, at }] of there.asks.entries()) {
        const [facts = '', ...name] = (items[askedAt] ?? '').split(' ');
        expect(name.join(' ')).toBe(path);
        const code = expected.codeAt(askedAt);
        expect(code === undefined).toBe(facts === '-');
        const wanted = there.wanted[at];
        if (code === undefined || wanted?.type === 'parent' || wanted === undefined) continue;
        count++;
        const [mode = '', owner = '', size] = facts.split(',');
        const [ownUid = uid, gid = 77] = owner === '-' ? [] : owner.split(':').map(Number);
        said.see(askedAt, {
          mode: Number.parseInt(mode, 16),
          uid: ownUid,
          gid,
          size: Number(size),
          mtimeNs: wanted.mtimeNs,
          links: 1,
          inode: `1:${askedAt}`,
          target: undefined,
        });
        folded.seeExpected(askedAt, code);
      }
      said.end();
      folded.end();
      expect(count).toBe(4);
      expect([...folded.identity(true)]).toEqual([...said.identity(true)]);
      const kinds = there.wanted.map((_, at) => folded.verdictAt(at).kind);
      expect(kinds.filter((kind) => kind === 'equal' || kind === 'unread')).toHaveLength(4);
      expect(there.wanted.every((_, at) => folded.verdictAt(at).attributes.length === 0)).toBe(true);
    },
  );
});
