// @module-tag slow: left out of npm run test:quick
/** An archive that comes through gzip: taken where a node has that, and never in part. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress } from '../../../src/transfer/compress.ts';
import { often } from '../../often.ts';
import { type RelocationNode, stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';
import { sentArchive } from './sent-archive.ts';

const GZIP = { room: ['0', '0', '', 'gzip'] };
const BLOCK_BYTES = 512;

/** Some bits of the stream only fill up a byte. */
function isSame(bytes: Buffer, archive: Buffer): boolean {
  try {
    return gunzipSync(bytes).equals(archive);
  } catch {
    return false;
  }
}

async function packed(archive: Buffer): Promise<Buffer> {
  async function* pieces() {
    for (let at = 0; at < archive.length; at += 10_000) yield archive.subarray(at, at + 10_000);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of compress(pieces()).bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, read, comparable } = relocationsOn(kind);

  const nodeToFill = () => {
    const node = nodeWith(['app/a', 'app/sub/b'], ['app/a', 'app/old']);
    // What does not get shorter has more blocks to cut at.
    put(
      node.source,
      'app/large',
      Array.from({ length: 2_500 }, (_, at) => ((at * 7_919) % 65_521).toString(36)).join(''),
    );
    return node;
  };

  /** What is wrong with how a node takes such bytes; nothing, where it changes nothing and says so. */
  const faultAt = (node: RelocationNode, bytes: Buffer, what: object) => {
    const { code, stdout } = node.receive(bytes, GZIP);
    const isSeen = code === 1 && /^TOKEN STAGE .+\nTOKEN ERROR .+\n$/.test(stdout);
    return isSeen && existsSync(node.destination) ? [] : [{ ...what, code, stdout }];
  };

  it('unpacks it as it comes, in a stage in which nothing else is left', async () => {
    const node = nodeToFill();
    const received = node.receive(await packed(await sentArchive(node, ['app'])), GZIP);
    expect(received.stdout).toMatch(/^TOKEN STAGE .+\nTOKEN STAGED\n$/);
    expect(readdirSync(stageOf(received))).not.toContain('packed');
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(read(node, 'app/a')).toBe('new app/a');
  });

  it('F21: removes what is listed before it', async () => {
    const node = nodeToFill();
    const bytes = await packed(await sentArchive(node, ['app']));
    const received = node.receive(bytes, { isPacked: true, removes: ['app/old'] });
    expect(received.stdout).toMatch(/^TOKEN STAGE .+\nTOKEN STAGED\n$/);
    expect(existsSync(join(node.destination, 'app/old'))).toBe(true);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(readdirSync(join(node.destination, 'app')).sort()).toEqual(['a', 'large', 'sub']);
    expect(read(node, 'app/a')).toBe('new app/a');
  });

  it.each(['gzip', 'mkfifo'])(
    'without %s says so before anything is sent, and takes it plain',
    async (program) => {
      const node = nodeToFill();
      rmSync(join(node.top, 'bin', program));
      const received = node.receive(await sentArchive(node, ['app']), GZIP);
      expect(received.stdout).toMatch(/^TOKEN PLAIN\nTOKEN STAGE .+\nTOKEN STAGED\n$/);
    },
  );

  it('F3: cut at any block changes nothing, and leaves nothing behind', async () => {
    const node = nodeToFill();
    const bytes = await packed(await sentArchive(node, ['app'], { programs: [] }));
    const before = comparable(node);
    const faults = [];
    for (let cut = 0; cut < bytes.length; cut += BLOCK_BYTES)
      faults.push(...faultAt(node, bytes.subarray(0, cut), { cut }));
    for (let cut = bytes.length - 9; cut < bytes.length; cut++)
      faults.push(...faultAt(node, bytes.subarray(0, cut), { cut }));
    expect(faults).toEqual([]);
    expect(comparable(node)).toEqual(before);
  });

  it('F3: with a byte that is another, with something behind it, or never packed, changes nothing', async () => {
    const node = nodeToFill();
    const archive = await sentArchive(node, ['app'], { programs: [] });
    const bytes = await packed(archive);
    const before = comparable(node);
    // Of the head of ten bytes gzip does not look at time, flags and system.
    const place = fc.integer({ min: 10, max: bytes.length - 1 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ mask;
        if (isSame(other, archive)) return;
        expect(faultAt(node, other, { at, mask })).toEqual([]);
      }),
      { numRuns: often(15, 1_000) },
    );
    expect(faultAt(node, archive, { plain: true })).toEqual([]);
    expect(faultAt(node, Buffer.concat([bytes, Buffer.from('more')]), { more: true })).toEqual([]);
    expect(comparable(node)).toEqual(before);
  });

  it('names gzip where it is killed, though it is tar that misses the rest', async () => {
    const node = nodeToFill();
    const bytes = await packed(await sentArchive(node, ['app']));
    const gzip = join(node.top, 'bin', 'gzip');
    rmSync(gzip);
    writeFileSync(gzip, '#!/bin/sh\n/usr/bin/gzip "$@" | /usr/bin/head -c 700\nkill -KILL $$\n', {
      mode: 0o755,
    });
    expect(node.receive(bytes, GZIP).stdout).toMatch(/ERROR gzip was killed, and ended with code \d+\n$/);
  });

  it('names gzip as the cause where it is, and tar where the archive is none', () => {
    const node = nodeToFill();
    const text = Buffer.from('no archive at all\n'.repeat(2_000));
    expect(node.receive(gzipSync(text).subarray(0, 40), GZIP).stdout).toMatch(
      /ERROR what came compressed was cut or damaged: gzip ended with code \d+\n$/,
    );
    expect(node.receive(gzipSync(text), GZIP).stdout).toMatch(
      /ERROR (?:tar ended with code \d+|the stream was cut).*\n$/,
    );
  });
});
