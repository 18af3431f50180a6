/** What patterns leave out here is not deleted on a node either. */
import { describe, expect, it } from 'vitest';
import { collectFiles } from '../../../../src/transfer/collect.ts';
import { inTemporary, makeTree } from '../trees.ts';

const FILES = [
  { path: 'app/.gitignore', contents: '*.o\n/here\n' },
  { path: 'app/a', contents: '' },
  { path: 'app/sub/.gitignore', contents: '!keep.o\n' },
  { path: 'app/sub/b', contents: '' },
] as const;

const protectionOf = async (choice: object, words: readonly string[] = ['app']) => {
  let covers: ((member: string, isDirectory: boolean) => boolean) | undefined;
  await inTemporary(async (top) => {
    makeTree(
      top,
      FILES.map((file) => ({ type: 'file', ...file })),
    );
    const cwd = words.includes('.') ? `${top}/app` : top;
    const full = { excludes: [], obeysGitignore: false, ...choice };
    const { protection } = await collectFiles({ words, relative: true, cwd, choice: full });
    covers = (member, isDirectory) => protection?.covers(member, isDirectory) ?? false;
  });
  return covers as (member: string, isDirectory: boolean) => boolean;
};

describe('F21: what only a node has stays', () => {
  it('where a pattern of the line matches it, as it would here', async () => {
    const covers = await protectionOf({ excludes: ['*.log', 'cache/', '/app/top', '!keep.log'] });
    const stays = ['app/x.log', 'app/sub/new/x.log', 'app/top'];
    const goes = ['app/keep.log', 'app/x', 'app/sub/top', 'app/cache'];
    for (const member of stays) expect(covers(member, false), member).toBe(true);
    for (const member of goes) expect(covers(member, false), member).toBe(false);
    expect(covers('app/sub/cache', true)).toBe(true);
  });

  it('where git would ignore it, by the .gitignore of the nearest directory that is here', async () => {
    const covers = await protectionOf({ obeysGitignore: true });
    const stays = ['app/x.o', 'app/sub/x.o', 'app/sub/new/deep/x.o', 'app/here', 'app/.git'];
    const goes = ['app/x', 'app/sub/keep.o', 'app/sub/here', 'app/sub/new/deep/keep.o'];
    for (const member of stays) expect(covers(member, false), member).toBe(true);
    for (const member of goes) expect(covers(member, false), member).toBe(false);
  });

  it('at the top, too, where the directory itself was named for what is in it', async () => {
    const covers = await protectionOf({ obeysGitignore: true }, ['.']);
    expect(covers('x.o', false)).toBe(true);
    expect(covers('here', true)).toBe(true);
    expect(covers('x', false)).toBe(false);
  });
});
