/** What of the files that are named is found by `--exclude`, and what is not even looked at. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inTemporary, isRoot, makeTree } from '../trees.ts';
import { collect, inTree, membersOf } from './chosen.ts';

describe('--exclude', () => {
  const TREE = ['app/a.log', 'app/b', 'app/tmp/x', 'app/tmp/keep/y', 'app/sub/tmp/z', 'c.log'];

  test('leaves out what matches with all that is below it, and keeps the directories above', () =>
    inTree(TREE, async (cwd) => {
      expect(await membersOf({ cwd, exclude: ['*.log', 'tmp'] })).toEqual(['app', 'app/b', 'app/sub']);
      expect(await membersOf({ cwd, exclude: ['/app/tmp', '!keep', '*.log'] })).toEqual([
        'app',
        'app/b',
        'app/sub',
        'app/sub/tmp',
        'app/sub/tmp/z',
      ]);
    }));

  test('counts from / where files go to their own paths, and relative patterns from the current directory', () =>
    inTree(TREE, async (cwd) => {
      const below = async (exclude: string, words: readonly string[]) =>
        (await membersOf({ cwd, words, exclude: [exclude], relative: false })).map((member) =>
          `/${member}`.slice(cwd.length + 1),
        );
      const without = ['app', 'app/a.log', 'app/b', 'app/sub', 'app/sub/tmp', 'app/sub/tmp/z'];
      expect(await below('app/tmp', ['app'])).toEqual(without);
      expect(await below(`${cwd}/app/tmp`, ['app'])).toEqual(without);
      expect(await below('app/tmp', [join(cwd, 'app')])).toEqual(without);
      expect(await below('!x/y', ['app'])).toHaveLength(10);
      // Nothing is asked about the directories above what is named.
      expect(await below(cwd.split('/').at(-1) ?? '', ['app'])).toHaveLength(10);
    }));

  test('tells which of the files that were named are left out, and refuses to send nothing', () =>
    inTree(TREE, async (cwd) => {
      const some = await collect({ cwd, words: ['app', 'c.log', 'app/a.log'], exclude: ['*.log'] });
      expect(some.leftOut).toEqual(['c.log']);
      expect(some.roots).toEqual(['app']);
      expect((await collect({ cwd, exclude: ['*.log'] })).leftOut).toEqual([]);
      await expect(collect({ cwd, exclude: ['*'] })).rejects.toThrow(
        'nothing is left to send: all that was named is left out by --exclude',
      );
      await expect(collect({ cwd, words: ['gone'], exclude: ['*'] })).rejects.toThrow('no such file');
    }));

  test('a file that is named below a directory that is left out is left out with it', () =>
    inTree(TREE, async (cwd) => {
      const members = await membersOf({ cwd, words: ['app', 'app/tmp/x'], exclude: ['tmp'] });
      expect(members).toEqual(['app', 'app/a.log', 'app/b', 'app/sub']);
    }));

  test.runIf(isRoot)('what could not be sent, and what may not be read, is left out without a look', () =>
    inTree(['d/closed/secret', 'd/no', 'd/ok'], async (cwd) => {
      const server = createServer().listen(join(cwd, 'd/socket'));
      try {
        spawnSync('sh', ['-c', 'chmod 755 . d; chmod 0 d/closed d/no; : >"$(printf "d/bad\\351.log")"'], {
          cwd,
        });
        await expect(collect({ cwd, exclude: ['*.log'] })).rejects.toThrow('a socket');
        const exclude = ['*.log', 'socket', 'closed', 'no'];
        expect(await membersOf({ cwd, exclude })).toEqual(['d', 'd/ok']);
        await expect(membersOf({ cwd, exclude: exclude.slice(1) })).rejects.toThrow('not UTF-8');
      } finally {
        server.close();
      }
    }),
  );

  test('a hard link to what is left out carries the contents', () =>
    inTemporary(async (cwd) => {
      makeTree(cwd, [
        { path: 'a.log', type: 'file', contents: 'hello' },
        { path: 'b', type: 'hardlink', to: 'a.log' },
        { path: 'c', type: 'hardlink', to: 'a.log' },
      ]);
      const { entries, bytes } = await collect({ cwd, exclude: ['*.log'] });
      expect(entries.map(({ type, member }) => `${type} ${member}`)).toEqual(['file b', 'hardlink c']);
      expect(bytes).toBe(5);
    }));

  test.each([
    ['- *.log', /without "- "/],
    ['+ *.conf', /without "- "/],
    ['', /empty/],
    ['/', /empty/],
    ['!', /empty/],
    ['./tmp', /"tmp" for any/],
    ['a/../b', /"tmp" for any/],
    ['[a', /not closed/],
    ['a\\', /a \\ last/],
  ])('a pattern that would match nothing is refused: %j', (exclude, hint) =>
    inTree(['a'], async (cwd) => {
      await expect(collect({ cwd, exclude: [exclude] })).rejects.toThrow(
        expect.objectContaining({ code: 'usage', hint: expect.stringMatching(hint) }),
      );
    }),
  );
});

test('what is left out counts for nothing: neither as files that are too many nor as bytes', () =>
  inTree(['a', 'b', 'c'], async (cwd) => {
    expect(await collect({ cwd, exclude: ['[bc]'] })).toMatchObject({ files: 1, bytes: 1, roots: ['a'] });
  }));
