// @module-tag slow: left out of npm run test:quick
/** A stream that ends too early, wherever it does, changes nothing. */
import { linkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { often } from '../../often.ts';
import { type RelocationNode, stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';
import { sentArchive } from './sent-archive.ts';

const BLOCK_BYTES = 512;

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, comparable } = relocationsOn(kind);

  const nodeToFill = () => {
    const node = nodeWith(['app/a', 'app/sub/new\nline', 'app/sub/b'], ['app/a', 'app/old']);
    put(node.source, 'app/large', 'x'.repeat(1_500));
    linkSync(join(node.source, 'app/a'), join(node.source, 'app/second name'));
    symlinkSync('a', join(node.source, 'app/link'));
    return node;
  };

  /** What is wrong with how the node takes the first bytes of an archive; nothing, if all is well. */
  const faultAt = (node: RelocationNode, archive: Buffer, cut: number) => {
    const { code, stdout } = node.receive(archive.subarray(0, cut));
    return code === 1 && /^TOKEN STAGE .+\nTOKEN ERROR .+\n$/.test(stdout) ? [] : [{ cut, code, stdout }];
  };

  it('F3: sees a stream that was cut at any block, changes nothing and leaves nothing behind', async () => {
    const node = nodeToFill();
    // The programs that come along, before all else, are hundreds of blocks more.
    const archive = await sentArchive(node, ['app'], { programs: [] });
    const end = wholeAt(archive);
    const before = comparable(node);
    const faults = [];
    for (let cut = 0; cut < end; cut += BLOCK_BYTES) faults.push(...faultAt(node, archive, cut));
    expect(faults).toEqual([]);
    expect(comparable(node)).toEqual(before);
  });

  it('F3: sees a stream that was cut at any byte, in the lists at its end, too', async () => {
    const node = nodeToFill();
    const archive = await sentArchive(node, ['app']);
    const end = wholeAt(archive);
    const lists = archive.indexOf('manifest\0', archive.indexOf('app/large'));
    expect(lists).toBeGreaterThan(0);
    const before = comparable(node);
    const cut = fc.oneof(fc.nat(end - 1), fc.integer({ min: lists, max: end - 1 }));
    const isSeen = (bytes: number) => {
      expect(faultAt(node, archive, bytes)).toEqual([]);
    };
    fc.assert(fc.property(cut, isSeen), { numRuns: often(15, 1_000) });
    expect(comparable(node)).toEqual(before);
    // What is cut off behind the last line is nothing.
    const whole = node.receive(archive.subarray(0, Math.ceil(end / BLOCK_BYTES) * BLOCK_BYTES));
    expect(node.commit(stageOf(whole)).stdout).toBe('TOKEN COMMITTED\n');
  });
});

/** So many bytes are an archive of which nothing is missing. */
const wholeAt = (archive: Buffer) => archive.lastIndexOf('/end\n') + '/end\n'.length;
