/** What is found below the words of an upload, and what is refused there. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectFiles } from '../../../src/transfer/collect.ts';
import { inTemporary, isRoot, makeTree, run } from './trees.ts';

/** A small tree with a few of everything; its top is `cwd`. */
const inTree = (work: (cwd: string) => Promise<void>) =>
  inTemporary(async (cwd) => {
    makeTree(cwd, [
      { path: 'dir/b', type: 'file', contents: 'bb' },
      { path: 'dir/B', type: 'file', contents: 'B' },
      { path: 'dir/sub/c', type: 'file', contents: 'ccc' },
      { path: 'dir/empty', type: 'directory' },
      { path: 'dir/link', type: 'symlink', to: 'sub' },
      { path: 'dir-2', type: 'file' },
      { path: 'link', type: 'symlink', to: 'dir/sub' },
      { path: 'other/b2', type: 'hardlink', to: 'dir/b' },
    ]);
    await work(cwd);
  });

const collect = (cwd: string, words: string[], relative = true) => collectFiles({ words, relative, cwd });

async function membersOf(cwd: string, words: string[]): Promise<string[]> {
  return (await collect(cwd, words)).entries.map((entry) => `${entry.type} ${entry.member}`);
}

describe('a walk', () => {
  it('with -e, the working directory stands for what is in it', () =>
    inTree(async (cwd) => {
      const all = await collect(cwd, ['.']);
      expect(all).toEqual({ ...(await collect(cwd, ['link', 'other', 'dir', 'dir-2'])), isTop: true });
      expect(await collect(cwd, ['./', 'dir/b'])).toEqual(all);
      expect((await collect(cwd, ['.'], false)).roots).toEqual([cwd.slice(1)]);
      await expect(collect(join(cwd, 'dir/empty'), ['.'])).rejects.toThrow('there is nothing in it');
    }));

  it('lists directories before what they contain, in byte order, and follows no link but one with a slash behind it (F8)', () =>
    inTree(async (cwd) => {
      expect(await membersOf(cwd, ['dir'])).toEqual([
        'directory dir',
        'file dir/B',
        'file dir/b',
        'directory dir/empty',
        'symlink dir/link',
        'directory dir/sub',
        'file dir/sub/c',
      ]);
      expect(await membersOf(cwd, ['link'])).toEqual(['symlink link']);
      expect(await membersOf(cwd, ['link/'])).toEqual(['directory link', 'file link/c']);
    }));

  it('finds the same whatever the order of the words, and each file once', () =>
    inTree(async (cwd) => {
      const words = ['dir', './dir/', 'dir/sub/c', 'dir-2', 'dir/../dir-2', 'other'];
      const expected = await collect(cwd, words);
      expect(expected.roots).toEqual(['dir', 'dir-2', 'other']);
      expect(expected.files).toBe(6);
      expect(expected.bytes).toBe(6);
      const orders = fc.shuffledSubarray(words, { minLength: words.length });
      await fc.assert(
        fc.asyncProperty(orders, async (order) => {
          expect(await collect(cwd, order)).toEqual(expected);
        }),
        { numRuns: 10 },
      );
    }));

  it('keeps hard links among what is sent, and knows a file whose other names are elsewhere as a file', () =>
    inTree(async (cwd) => {
      const { entries } = await collect(cwd, ['dir', 'other']);
      expect(entries.at(-1)).toMatchObject({ type: 'hardlink', member: 'other/b2', to: 'dir/b' });
      expect(await membersOf(cwd, ['other'])).toEqual(['directory other', 'file other/b2']);
      // One file under two paths, through a link in one of them, is two files for a node.
      expect(await membersOf(cwd, ['dir/sub/c', 'link/c'])).toEqual(['file dir/sub/c', 'file link/c']);
    }));

  it('keeps the whole mode, the owner and the time to the nanosecond', () =>
    inTree(async (cwd) => {
      chmodSync(join(cwd, 'dir-2'), 0o4711);
      run(['touch', '-d', '@1700000000.123456789', join(cwd, 'dir-2')]);
      const { entries } = await collect(cwd, ['dir-2']);
      expect(entries).toEqual([
        expect.objectContaining({
          mode: 0o104711,
          uid: process.getuid?.(),
          gid: process.getgid?.(),
          mtimeNs: 1_700_000_000_123_456_789n,
          source: join(cwd, 'dir-2'),
        }),
      ]);
    }));
});

describe('a link to a directory that is named with a slash behind it', () => {
  it.each(['current/', 'current/.', './current//'])(
    'F8: is sent as the directory that it leads to, under its own name: %s',
    (word) =>
      inTree(async (cwd) => {
        run(['ln', '-s', 'dir', join(cwd, 'current')]);
        const { entries, roots } = await collect(cwd, [word]);
        expect(roots).toEqual(['current']);
        expect(entries[0]).toMatchObject({ member: 'current', type: 'directory' });
        expect(entries.length).toBeGreaterThan(1);
        expect(entries.every(({ member }) => member === 'current' || member.startsWith('current/'))).toBe(
          true,
        );
        expect((await collect(cwd, ['current'])).entries).toMatchObject([{ type: 'symlink', target: 'dir' }]);
      }),
  );
});

describe('what cannot be sent is refused by name, as a usage error', () => {
  async function expectRefused(promise: Promise<unknown>, ...parts: string[]) {
    const error = await promise.then(
      () => 'was accepted',
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'usage', exitCode: 64 });
    for (const part of parts) expect(error.message).toContain(part);
  }

  it('a word that is not there', () =>
    inTree(async (cwd) => {
      await expectRefused(collect(cwd, ['dir', 'nosuch']), join(cwd, 'nosuch'), 'no such file');
      await expectRefused(collect(cwd, ['dir', 'dir/nosuch']), join(cwd, 'dir/nosuch'), 'no such file');
      for (const word of ['web1:/srv', 'ann@web1:~/app', 'web1:']) {
        await expect(collect(cwd, ['dir', word])).rejects.toMatchObject({
          hint: 'the destination on the nodes is -r DIR, and the nodes are -o HOST',
        });
      }
      await expect(collect(cwd, ['dir', '-r'])).rejects.toMatchObject({
        hint: 'options stand before the first file',
      });
      await expectRefused(collect(cwd, ['dir-2/x']), join(cwd, 'dir-2/x'), 'not a directory');
    }));

  it('a named pipe and a socket, wherever they are', () =>
    inTree(async (cwd) => {
      run(['mkfifo', join(cwd, 'dir/sub/pipe')]);
      await expectRefused(collect(cwd, ['dir']), join(cwd, 'dir/sub/pipe'), 'named pipe');
      const server = createServer().listen(join(cwd, 'other/socket'));
      await new Promise((resolve) => server.once('listening', resolve));
      await expectRefused(collect(cwd, ['other']), join(cwd, 'other/socket'), 'socket');
      server.close();
    }));

  it('a device', () => expectRefused(collect('/', ['/dev/null'], false), '/dev/null', 'device'));

  it.skipIf(isRoot)('a file or directory that may not be read', () =>
    inTree(async (cwd) => {
      chmodSync(join(cwd, 'dir/b'), 0);
      await expectRefused(collect(cwd, ['dir']), join(cwd, 'dir/b'), 'permission denied');
      chmodSync(join(cwd, 'dir/b'), 0o600);
      chmodSync(join(cwd, 'dir/sub'), 0);
      await expectRefused(collect(cwd, ['dir']), join(cwd, 'dir/sub'), 'permission denied');
      chmodSync(join(cwd, 'dir/sub'), 0o700);
    }),
  );

  it('F7: a name or a link target that is not UTF-8', () =>
    inTree(async (cwd) => {
      symlinkSync(Buffer.from([0x78, 0xfe]), join(cwd, 'dir/zlink'));
      await expectRefused(collect(cwd, ['dir']), join(cwd, 'dir/zlink'), 'not UTF-8', '78fe');
      writeFileSync(Buffer.concat([Buffer.from(`${cwd}/dir/a`), Buffer.from([0xff])]), '');
      await expectRefused(collect(cwd, ['dir']), join(cwd, 'dir'), 'not UTF-8', '61ff');
    }));

  it('a path that grows too long below the words', () =>
    inTree(async (cwd) => {
      // As long as a path can be here, which leaves no room for the archive's own directory.
      const parts = join(cwd, 'dir', ...Array.from({ length: 15 }, () => 'p'.repeat(250)));
      const longest = `${parts}/${'q'.repeat(4094 - parts.length - 1 - 100)}/${'r'.repeat(99)}`;
      mkdirSync(longest, { recursive: true });
      await expectRefused(collect(cwd, ['dir'], false), 'rrr', 'longer than');
    }));

  it('a file below a directory that is sent as a symbolic link', () =>
    inTree(async (cwd) => {
      await expectRefused(collect(cwd, ['link', 'link/c']), '"link/c"', 'symbolic link');
      await expectRefused(collect(cwd, ['dir', 'dir/link/c']), '"dir/link/c"', 'symbolic link');
    }));

  it('a word whose ".." means another file to the kernel than to the eye', () =>
    inTree(async (cwd) => {
      mkdirSync(join(cwd, 'b'));
      await expectRefused(collect(cwd, ['link/../b'], false), 'link/../b', 'symbolic link');
      expect((await collect(cwd, ['dir/../dir/b'], false)).files).toBe(1);
      expect((await collect(join(cwd, 'dir'), ['../dir-2'], false)).files).toBe(1);
    }));

  it('absolute words among relative ones, with -e', () =>
    inTree(async (cwd) => {
      await expectRefused(collect(cwd, ['dir', join(cwd, 'other')]), '"dir"', join(cwd, 'other'));
      expect((await collect(cwd, [join(cwd, 'other')])).isAbsolute).toBe(true);
      expect((await collect(cwd, ['other'])).isAbsolute).toBe(false);
      expect((await collect(cwd, ['other'], false)).isAbsolute).toBe(true);
    }));
});
