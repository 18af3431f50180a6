import {
  appendFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createArchive } from '../../../src/transfer/archive.ts';
import { collectFiles } from '../../../src/transfer/collect.ts';
import { inTemporary, makeTree, toBuffer } from './trees.ts';

describe('F6: a source that changes', () => {
  const small = 'small';
  const large = 'x'.repeat(700 * 1024);

  const changes: [string, string, (path: string) => void][] = [
    ['grows', small, (path) => appendFileSync(path, 'more')],
    ['shrinks', small, (path) => truncateSync(path, 1)],
    ['is written again in the same size', small, (path) => writeFileSync(path, 'SMALL')],
    ['vanishes', small, (path) => unlinkSync(path)],
    ['is replaced', small, (path) => replace(path, small)],
    ['grows', large, (path) => appendFileSync(path, 'more')],
    ['shrinks', large, (path) => truncateSync(path, 300 * 1024)],
    ['is replaced', large, (path) => replace(path, large)],
  ];

  function replace(path: string, contents: string) {
    writeFileSync(`${path}.new`, contents);
    renameSync(`${path}.new`, path);
  }

  it.each(changes)('that %s before it is read ends the archive with its name', (_, contents, change) =>
    inTemporary(async (directory) => {
      const path = join(directory, 'b');
      makeTree(directory, [
        { path: 'a', type: 'file', contents: 'untouched' },
        { path: 'b', type: 'file', contents },
      ]);
      const collection = await collectFiles({ words: [directory], relative: false, cwd: '/' });
      change(path);
      await expect(toBuffer(collection)).rejects.toMatchObject({
        code: 'source-changed',
        message: expect.stringContaining(JSON.stringify(path)),
      });
    }),
  );

  it('that grows while it is read ends the archive with its name', () =>
    inTemporary(async (directory) => {
      const path = join(directory, 'large');
      writeFileSync(path, Buffer.alloc(8 * 1024 * 1024));
      const collection = await collectFiles({ words: [path], relative: false, cwd: '/' });
      const archive = createArchive(collection, { preserveUid: true, preserveGid: true });
      await archive.next();
      // However long nobody asks for more, no more than a little is read ahead.
      await setTimeout(100);
      appendFileSync(path, 'more');
      const rest = (async () => {
        for await (const chunk of archive) expect(chunk.length).toBeGreaterThan(0);
      })();
      await expect(rest).rejects.toMatchObject({
        code: 'source-changed',
        message: expect.stringContaining(path),
      });
    }));
});

it('an archive that is left early closes what it read from', () =>
  inTemporary(async (directory) => {
    const path = join(directory, 'large');
    writeFileSync(path, Buffer.alloc(8 * 1024 * 1024));
    const collection = await collectFiles({ words: [path], relative: false, cwd: '/' });
    for await (const chunk of createArchive(collection, { preserveUid: true, preserveGid: true })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(openFiles()).not.toContain(path);
  }));

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      // The descriptor of this very listing is closed by now.
      return [];
    }
  });
}
