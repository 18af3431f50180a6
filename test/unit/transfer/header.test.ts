import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { headerBlocks } from '../../../src/transfer/blocks.ts';
import { collectFiles } from '../../../src/transfer/collect.ts';
import type { FileEntry } from '../../../src/transfer/entry.ts';
import { attributesOf, atWholeSecond, headerOf, isAllRoots } from '../../../src/transfer/header.ts';
import { inTemporary, isRoot, listTree, TARS, toBuffer, unpack } from './trees.ts';

describe('headers', () => {
  const file: FileEntry = {
    type: 'file',
    member: 'a',
    source: '/a',
    mode: 0o100000,
    uid: 1000,
    gid: 1000,
    mtimeNs: 0n,
    size: 1,
    dev: 1n,
    ino: 1n,
  };
  const kept = { preserveUid: true, preserveGid: true };

  it.each([
    { owner: 262_143, pax: undefined },
    { owner: 262_144, pax: { uid: '262144', gid: '262144' } },
    { owner: 4_294_967_294, pax: { uid: '4294967294', gid: '4294967294' } },
  ])('F10: the owner $owner is not cut off', ({ owner, pax }) => {
    expect(headerOf({ ...file, uid: owner, gid: owner }, kept).pax).toEqual(pax);
  });

  it('F10: an owner that is not kept becomes root, each on its own', () => {
    expect(headerOf(file, { preserveUid: false, preserveGid: true })).toMatchObject({ uid: 0, gid: 1000 });
    expect(headerOf(file, { preserveUid: true, preserveGid: false })).toMatchObject({ uid: 1000, gid: 0 });
    const far = headerOf({ ...file, uid: 5_000_000 }, { preserveUid: false, preserveGid: false });
    expect(far).not.toHaveProperty('pax');
  });

  it.each([
    { uid: 0, gid: 0, preserveUid: true, preserveGid: true, is: true },
    { uid: 1, gid: 0, preserveUid: true, preserveGid: true, is: false },
    { uid: 0, gid: 1, preserveUid: true, preserveGid: true, is: false },
    { uid: 1, gid: 0, preserveUid: false, preserveGid: true, is: true },
    { uid: 0, gid: 1, preserveUid: false, preserveGid: true, is: false },
    { uid: 0, gid: 1, preserveUid: true, preserveGid: false, is: true },
    { uid: 1, gid: 0, preserveUid: true, preserveGid: false, is: false },
  ])(
    'F10: $uid:$gid is sent as root’s where that is what it becomes: $is',
    ({ uid, gid, is, ...ownership }) => {
      const [roots, other] = [
        { ...file, uid: 0, gid: 0 },
        { ...file, uid, gid },
      ];
      expect(isAllRoots([roots, other, roots], ownership)).toBe(is);
    },
  );

  it('F10: a capability goes with its owner, other xattrs with anybody', () => {
    const names = ['security.capability', 'system.posix_acl_access', 'user.a'];
    const marked = { ...file, xattrs: names.map((name) => ({ name, value: '\xff\0' })) };
    const sent = (preserveUid: boolean) =>
      headerOf(marked, { preserveUid, preserveGid: true }).xattrs?.map(({ name }) => name);
    expect(sent(true)).toEqual(names);
    expect(sent(false)).toEqual(names.slice(1));
  });

  it.each([
    { given: 'with both', preserveUid: true, preserveGid: true, mode: 0o106755 },
    { given: 'without the owner', preserveUid: false, preserveGid: true, mode: 0o102755 },
    { given: 'without the group', preserveUid: true, preserveGid: false, mode: 0o104755 },
    { given: 'with neither', preserveUid: false, preserveGid: false, mode: 0o100755 },
  ])(
    'F10: a set-user-id bit goes with its owner, a set-group-id bit with its group: $given',
    ({ preserveUid, preserveGid, mode }) => {
      const ownership = { preserveUid, preserveGid };
      const program = { ...file, mode: 0o106755 };
      const owners = { uid: preserveUid ? 1000 : 0, gid: preserveGid ? 1000 : 0 };
      expect(attributesOf(program, ownership)).toEqual({ mode, ...owners });
      expect(headerOf(program, ownership)).toMatchObject({ mode, ...owners });
      // What the bit of a directory passes on is its own group, whichever that is, and no right.
      const { size, source, ...common } = program;
      const directory = { ...common, type: 'directory', source, mode: 0o043777 } as const;
      expect(attributesOf(directory, ownership).mode).toBe(0o043777);
    },
  );

  it.each([
    { mtimeNs: 1_700_000_000_000_000_000n, mtime: undefined, seconds: 1_700_000_000 },
    { mtimeNs: 1_700_000_000_000_000_001n, mtime: '1700000000.000000001', seconds: 1_700_000_000 },
    { mtimeNs: -500_000_000n, mtime: '-0.500000000', seconds: 0 },
    { mtimeNs: -2_000_000_000n, mtime: '-2.000000000', seconds: 0 },
    { mtimeNs: 2_147_483_648_000_000_000n, mtime: '2147483648.000000000', seconds: 2_147_483_647 },
  ])('F7: the time $mtimeNs is exact, and near for old readers', ({ mtimeNs, mtime, seconds }) => {
    const header = headerOf({ ...file, mtimeNs }, kept);
    expect(header.pax).toEqual(mtime === undefined ? undefined : { mtime });
    expect(header.mtime).toEqual(new Date(seconds * 1000));
  });

  it.each([
    { mtimeNs: 1_700_000_000_000_000_001n, mtime: undefined, seconds: 1_700_000_000 },
    { mtimeNs: 1_700_000_000_000_000_000n, mtime: undefined, seconds: 1_700_000_000 },
    { mtimeNs: 999_999_999n, mtime: undefined, seconds: 0 },
    { mtimeNs: -500_000_000n, mtime: '-0.500000000', seconds: 0 },
    { mtimeNs: 2_147_483_648_000_000_001n, mtime: '2147483648.000000000', seconds: 2_147_483_647 },
  ])(
    'F7: at the whole second $mtimeNs takes a record only where the field has no such second',
    ({ mtimeNs, mtime, seconds }) => {
      const header = headerOf(atWholeSecond({ ...file, mtimeNs }), kept);
      expect(header.pax).toEqual(mtime === undefined ? undefined : { mtime });
      expect(header.mtime).toEqual(new Date(seconds * 1000));
    },
  );

  it.runIf(isRoot).each(TARS.filter(({ name }) => name === 'GNU tar'))(
    'F10: $name restores owners beyond six octal digits',
    ({ argv }) =>
      inTemporary(async (directory) => {
        const source = join(directory, 'file');
        writeFileSync(source, 'x');
        const collection = await collectFiles({ words: [source], relative: false, cwd: '/' });
        const entries = collection.entries.map((entry) => ({ ...entry, uid: 3_000_000, gid: 300_000 }));
        unpack(argv, await toBuffer({ ...collection, entries }), join(directory, 'stage'));
        expect([...listTree(join(directory, 'stage')).values()].join()).toContain(' 3000000 300000 1 ');
      }),
  );

  it('sizes beyond 8 GiB are written in full', async () => {
    const size = 9 * 2 ** 30;
    const reader = extract();
    const header = new Promise((resolve) => reader.on('entry', resolve));
    reader.write(headerBlocks(headerOf({ ...file, size }, kept)));
    expect(await header).toMatchObject({ size, name: 'tree/a' });
  });
});
