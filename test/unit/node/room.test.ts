// @module-tag slow: left out of npm run test:quick
/** A node that has no room for what is sent. */
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isRoot, RelocationNode } from './relocation-node.ts';
import { withFiles } from './relocation-trees.ts';
import { SHELLS } from './shells.ts';

describe.each(SHELLS)('the receiver under %s', (_shell, words) => {
  it.runIf(isRoot)('F5: names a full disk below the records', () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    mkdirSync(node.records);
    const fill = `head -c 9000 /dev/zero >'${node.records}/full' 2>/dev/null || :`;
    node.mounts = `mount -t tmpfs -o size=4k none '${node.records}'\n${fill}`;
    expect(node.receive(archive).stdout).toContain(
      `TOKEN ERROR no space left on ${node.records}: have 0 KiB`,
    );
  });

  it.runIf(isRoot)(
    'F5: names what is needed and what is there before anything is sent, bytes and inodes',
    () => {
      const node = new RelocationNode(words);
      node.mounts = `mount -t tmpfs -o size=64k,nr_inodes=20,mode=755 none '${node.destination}'`;
      for (const [room, isRoom] of [
        [['64', '10'], true],
        [['65', '10'], false],
        [['60', '30'], false],
      ] as const) {
        const received = node.receive(Buffer.alloc(0), { room });
        const need = `need ${room[0]} KiB and ${room[1]} inodes, have 64 KiB and 19 inodes`;
        const error = `TOKEN ERROR no space left for what goes below ${node.destination}: ${need}\n`;
        if (isRoom) expect(received.stdout).toContain('TOKEN STAGE ');
        else expect(received.stdout).toBe(error);
        expect(received.code).toBe(1);
      }
    },
  );

  it.runIf(isRoot).each(['mount -t ramfs none', 'mount -t tmpfs -o size=0 none'])(
    'F5: a file system without a bound has room, though it tells of no free block: %s',
    (mount) => {
      const node = new RelocationNode(words);
      node.mounts = `${mount} '${node.destination}'`;
      const received = node.receive(Buffer.alloc(0), { room: ['64', '10'] });
      expect(received.stdout).toContain('TOKEN STAGE ');
    },
  );
});
