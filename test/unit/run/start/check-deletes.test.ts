/** What `--delete` is refused for before anything is connected. */
import { expect, test } from 'vitest';
import { requestSchema } from '../../../../src/run/request/request.ts';
import { checkDeletes } from '../../../../src/run/start/check-deletes.ts';
import { collectFiles } from '../../../../src/transfer/collect.ts';
import { inTemporary, makeTree } from '../../transfer/trees.ts';

const check = async (work: object, words: readonly string[], excludes: readonly string[] = []) => {
  const { work: asked } = requestSchema.parse({
    version: 1,
    work: { mode: 'upload', deletes: true, ...work },
  });
  let said = '';
  await inTemporary(async (cwd) => {
    makeTree(cwd, [
      { path: 'app/a', type: 'file' },
      { path: 'app/empty', type: 'directory' },
      { path: 'none', type: 'directory' },
      { path: 'bare', type: 'directory' },
      { path: 'bare/empty', type: 'directory' },
      { path: 'bare/empty/a', type: 'file' },
      { path: 'none2', type: 'file' },
    ]);
    const choice = { excludes, obeysGitignore: false };
    const collection = await collectFiles({ words, relative: true, cwd, choice });
    try {
      checkDeletes(asked, collection);
    } catch (error) {
      said = (error as Error).message;
    }
  });
  return said;
};

test.each<[words: string[], work: object, excludes: string[], said: RegExp]>([
  [['app'], {}, [], /^$/],
  [['.'], { directory: '/srv/app' }, [], /^$/],
  [['.'], {}, [], /^--delete of \. needs -r DIR$/],
  [['.'], { directory: '/' }, [], /^--delete of \. needs -r DIR$/],
  [['.'], { mode: 'sync', directory: '.' }, [], /^--delete of \. needs -r DIR$/],
  [['app', 'none2'], {}, [], /^$/],
  [['none2', 'app/a'], {}, [], /only files are named/],
  [['app', 'none'], {}, [], /no file of .?none.? is sent: all that the nodes have in it would go/],
  [['app'], {}, ['a', 'empty'], /no file of .?app.? is sent/],
  [['app'], {}, ['a'], /no file of .?app.? is sent/],
  [['bare', 'app'], {}, ['bare/empty/a'], /no file of .?bare.? is sent/],
  [['bare', 'app'], {}, [], /^$/],
  [['.'], { directory: '/srv/app' }, ['a', 'none2'], /no file of .?\..? is sent/],
  [['.'], { directory: '/srv/app' }, ['a'], /^$/],
  [['none'], { deletes: false }, [], /^$/],
  [['app'], { mode: 'sync', command: 'true' }, [], /these stay in a run directory/],
  [['app'], { mode: 'sync', directory: '/srv' }, [], /^$/],
])('F21: of %j with %j, left out %j: %s', async (words, work, excludes, said) => {
  expect(await check(work, words, excludes)).toMatch(said);
});
