// @module-tag slow: left out of npm run test:quick
/** F7: what takes no room here takes none there. */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RECEIVE_TEXT } from '../../../src/node/texts.ts';
import { stageOf } from './relocation-node.ts';
import { contents } from './relocation-trees.ts';
import { NODES, relocationsOn } from './relocations.ts';
import { sentArchive } from './sent-archive.ts';

const BYTES = 8 << 20;
const NAMES = ['app/image', "app/new/it's\n\\n"];

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, comparable } = relocationsOn(kind);

  /** Some bytes in the middle, and at the end, of nothing. */
  const nodeWithHoles = () => {
    const node = nodeWith(['app/plain'], ['app/image']);
    for (const name of NAMES) {
      mkdirSync(dirname(join(node.source, name)), { recursive: true });
      const file = openSync(join(node.source, name), 'w');
      for (const at of [BYTES / 2, BYTES - 5]) writeSync(file, 'bytes', at);
      ftruncateSync(file, BYTES);
      closeSync(file);
    }
    return node;
  };
  // Times are not kept exactly there.
  const comparably = (line: string) =>
    kind.tools === 'busybox' ? line.replace(/(" \d+ \d+ \d+ \d{10})\d{9}/, '$1') : line;
  const kibOf = (top: string) => NAMES.map((name) => statSync(join(top, name)).blocks / 2);

  it('F7: files with holes arrive with them, or that is told with -v, and all else of them is as it was', async () => {
    const node = nodeWithHoles();
    rmSync(join(node.top, 'bin/fallocate'), { force: true });
    const archive = await sentArchive(node, ['app']);
    const sent = contents(join(node.source, 'app'));
    for (const hasProgram of [false, true]) {
      if (hasProgram)
        symlinkSync(
          kind.tools === 'busybox' ? '/usr/bin/busybox' : '/usr/bin/fallocate',
          join(node.top, 'bin/fallocate'),
        );
      const received = node.receive(archive, { text: RECEIVE_TEXT.replace('loud=${8-}', 'loud=-v') });
      expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
      const isDug = hasProgram && kind.tools !== 'busybox';
      expect(/the holes of app\/image are filled on this node/.test(received.stderr)).toBe(!isDug);
      for (const kib of kibOf(node.destination)) expect(kib < 1_000).toBe(isDug);
      expect(contents(join(node.destination, 'app')).map(comparably)).toEqual(sent.map(comparably));
    }
  });

  it('F3: a list of files with holes that is cut changes nothing', async () => {
    const node = nodeWithHoles();
    const before = comparable(node);
    const archive = await sentArchive(node, ['app'], { programs: [] });
    const list = archive.indexOf("dig 'app/image'");
    for (const cut of [list, list + 7, list + 30]) {
      const received = node.receive(archive.subarray(0, cut));
      expect(received.stdout).toMatch(/^TOKEN STAGE .+\nTOKEN ERROR .+\n$/);
      expect(comparable(node)).toEqual(before);
    }
  });
});
