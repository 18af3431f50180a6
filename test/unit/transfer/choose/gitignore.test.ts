/** What `--gitignore` leaves out: what git itself would. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { often } from '../../../often.ts';
import { inTemporary, makeTree } from '../trees.ts';
import { collect, inTree, membersOf } from './chosen.ts';
import { git } from './git.ts';

describe('--gitignore', () => {
  const TREE = [
    '.git/HEAD',
    '.gitignore=*.log\ndist\n',
    'a.log',
    'x',
    'dist/y',
    'sub/.gitignore=!b.log\n',
    'sub/b.log',
  ];

  test('leaves out what git would ignore, and .git', () =>
    inTree(TREE, async (cwd) => {
      expect(await membersOf({ cwd, gitignore: true })).toEqual([
        '.gitignore',
        'sub',
        'sub/.gitignore',
        'sub/b.log',
        'x',
      ]);
      expect(await membersOf({ cwd, words: ['sub', 'x'], gitignore: true })).toEqual([
        'sub',
        'sub/.gitignore',
        'sub/b.log',
        'x',
      ]);
    }));

  test('an --exclude comes before it', () =>
    inTree(TREE, async (cwd) => {
      const members = await membersOf({ cwd, gitignore: true, exclude: ['!/dist', 'b.log'] });
      expect(members).toEqual(['.gitignore', 'dist', 'dist/y', 'sub', 'sub/.gitignore', 'x']);
    }));

  test('what is named and ignored, itself or by a directory above it, is not sent', () =>
    inTree(TREE, async (cwd) => {
      expect((await collect({ cwd, words: ['x', 'dist/y', 'a.log'], gitignore: true })).leftOut).toEqual([
        'a.log',
        'dist/y',
      ]);
      await expect(collect({ cwd, words: ['dist'], gitignore: true })).rejects.toThrow(
        'left out by --gitignore',
      );
    }));

  test('a repository in another one has rules of its own', () =>
    inTree([...TREE, 'inner/.git/HEAD', 'inner/c.log', 'inner/d/e.log'], async (cwd) => {
      expect(await membersOf({ cwd, words: ['inner'], gitignore: true })).toEqual([
        'inner',
        'inner/c.log',
        'inner/d',
        'inner/d/e.log',
      ]);
      expect(await membersOf({ cwd, words: ['inner/d'], gitignore: true })).toEqual([
        'inner/d',
        'inner/d/e.log',
      ]);
      expect(await membersOf({ cwd, gitignore: true })).toContain('inner/c.log');
    }));

  test('in no repository, the files count from what is named on', () =>
    inTree(['.gitignore=*.log\n', 'a.log', 'sub/b.log', 'sub/.gitignore=c\n', 'sub/c'], async (cwd) => {
      expect(await membersOf({ cwd, gitignore: true })).toEqual(['.gitignore', 'sub', 'sub/.gitignore']);
      expect(await membersOf({ cwd, words: ['sub'], gitignore: true })).toEqual([
        'sub',
        'sub/.gitignore',
        'sub/b.log',
      ]);
    }));

  test('a .gitignore that cannot be read, or is a link, which git does not follow, is refused by name', () =>
    inTemporary(async (cwd) => {
      makeTree(cwd, [
        { path: 'all', type: 'file', contents: '*' },
        { path: 'd/.gitignore', type: 'symlink', to: '../all' },
        { path: 'd/x', type: 'file' },
      ]);
      await expect(collect({ cwd, gitignore: true })).rejects.toThrow(
        /cannot send ".*d\/\.gitignore": its patterns cannot be read/,
      );
    }));

  const name = fc.constantFrom('a', 'b', 'c', 'a.log', 'b.log', 'tmp');
  const pattern = fc
    .tuple(
      fc.constantFrom('', '', '!'),
      fc.constantFrom('', '/', '**/'),
      fc.array(fc.oneof(name, fc.constantFrom('*', '*.log', '?', '[ab]', '**')), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom('', '', '/'),
    )
    .map(([sign, start, parts, end]) => sign + start + parts.join('/') + end);
  const directory = fc
    .array(fc.constantFrom('a', 'b', 'tmp'), { maxLength: 3 })
    .map((parts) => parts.join('/'));

  test('in any tree, the files that are sent are those that git would add', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(directory, name), {
          minLength: 5,
          maxLength: 25,
          selector: (parts) => parts.join('/'),
        }),
        fc.uniqueArray(fc.tuple(directory, fc.array(pattern, { minLength: 1, maxLength: 3 })), {
          maxLength: 4,
          selector: ([at]) => at,
        }),
        (files, ignores) =>
          inTemporary(async (cwd) => {
            const taken = new Set(files.map((parts) => parts.filter(Boolean).join('/')));
            const isFree = (path: string) =>
              path.split('/').every((_, at, all) => at === 0 || !taken.has(all.slice(0, at).join('/')));
            const isDirectory = (path: string) => [...taken].some((other) => other.startsWith(`${path}/`));
            const paths = [...taken].filter((path) => isFree(path) && !isDirectory(path));
            const rules = ignores
              .map(([at, lines]) => ({ path: [at, '.gitignore'].filter(Boolean).join('/'), lines }))
              .filter(({ path }) => isFree(path));
            makeTree(cwd, [
              ...paths.map((path) => ({ path, type: 'file' as const })),
              ...rules.map(({ path, lines }) => ({
                path,
                type: 'file' as const,
                contents: `${lines.join('\n')}\n`,
              })),
            ]);
            git(cwd, ['init', '-q']);
            const added = git(cwd, ['ls-files', '-z', '--others', '--exclude-per-directory=.gitignore']);
            const sent = await collect({ cwd, gitignore: true }).then(
              ({ entries }) => entries.filter(({ type }) => type === 'file').map(({ member }) => member),
              (error: Error) => (/nothing is left/.test(error.message) ? [] : Promise.reject(error)),
            );
            expect(sent.sort()).toEqual([...added].sort());
          }),
      ),
      { numRuns: often(20, 1_000) },
    ));
});
