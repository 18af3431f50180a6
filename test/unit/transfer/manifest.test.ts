/** What is promised of each member, as the archive lists it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cksum } from '../../../src/transfer/cksum.ts';
import { formatEntry, type ManifestEntry } from '../../../src/transfer/manifest.ts';
import { inTemporary, makeTree, pack, TARS, unpack } from './trees.ts';

const FILE: ManifestEntry = {
  path: 'etc/motd',
  mode: 0o100644,
  uid: 0,
  gid: 4_294_967_294,
  size: 3,
  mtimeNs: 1_700_000_000_000_000_001n,
  sha256: 'ab'.repeat(32),
  target: '',
};

describe('a line of the manifest', () => {
  it.each([
    [FILE, `member 81a4 0:4294967294 3 1700000000.000000001 ${'ab'.repeat(32)} 'etc/motd' ''\n`],
    [
      { ...FILE, mode: 0o120777, size: 0, mtimeNs: -1_500_000_000n, sha256: '', target: "it's\na" },
      `member a1ff 0:4294967294 0 -2.500000000 - 'etc/motd' 'it'\\''s'"$n"'a'\n`,
    ],
  ])('F7: has a field for each fact, and takes any name (%#)', (entry, line) => {
    expect(formatEntry(entry)).toBe(line);
  });
});

it('F4: the sum of cksum is that of the system, however the bytes come', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 4 }), (pieces) => {
      const sum = new Cksum();
      for (const piece of pieces) sum.update(piece);
      const { stdout } = spawnSync('cksum', { input: Buffer.concat(pieces) });
      expect(`${sum.value()}`).toBe(`${stdout}`.split(' ')[0]);
    }),
    { numRuns: 20 },
  );
});

it('F4: the manifest has the sum of the bytes that stand in the archive, of each name of a file', async () => {
  await inTemporary(async (directory) => {
    const top = join(directory, 'top');
    const large = Buffer.alloc(3 * 1024 * 1024 + 5, 'block');
    makeTree(top, [
      { path: 'a', type: 'file', contents: 'small' },
      { path: 'directory', type: 'directory' },
      { path: 'empty', type: 'file' },
      { path: 'large', type: 'file', contents: large },
      { path: 'link', type: 'symlink', to: 'a' },
      { path: 'other name', type: 'hardlink', to: 'large' },
    ]);
    const { bytes } = await pack([top]);
    unpack(TARS[0]?.argv ?? [], bytes, join(directory, 'stage'));
    const lines = readFileSync(join(directory, 'stage/manifest'), 'utf8').split('\n');
    const listed = lines.map((line) =>
      /^member \w+ \S+ (\d+) \S+ (\S+) '.*\/top\/?(.*)' /.exec(line)?.slice(1),
    );
    const sum = (contents: string | Buffer) => createHash('sha256').update(contents).digest('hex');
    expect(listed).toEqual([
      ['0', '-', ''],
      ['5', sum('small'), 'a'],
      ['0', '-', 'directory'],
      ['0', sum(''), 'empty'],
      [`${large.length}`, sum(large), 'large'],
      ['0', '-', 'link'],
      [`${large.length}`, sum(large), 'other name'],
      undefined,
    ]);
  });
});
