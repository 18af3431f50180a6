/** Which looks before a sync are refused before anything is connected. */
import { expect, test } from 'vitest';
import { requestSchema, type WorkOf } from '../../../../src/run/request/request.ts';
import { checkLook } from '../../../../src/run/start/check-look.ts';
import { collectFiles } from '../../../../src/transfer/collect.ts';
import { inTemporary, makeTree } from '../../transfer/trees.ts';
import { Fleet } from '../simulated.ts';

test.each<[work: object, relative: boolean, said: RegExp]>([
  [{ command: 'ls' }, true, /^a look cannot tell what this sync would do: .* run directory/],
  [{ command: 'ls', look: 'audit' }, true, /^a look cannot tell what this sync would do: .* run directory/],
  [{ command: 'ls' }, false, /^$/],
  [{ command: 'ls', directory: '/srv' }, true, /^$/],
  [{}, true, /^$/],
])('F16: of %j with names that stay relative (%s): %s', async (work, relative, said) => {
  const parsed = requestSchema.parse({ version: 1, work: { mode: 'sync', look: 'dry-run', ...work } });
  const asked = parsed.work as WorkOf<'sync'>;
  await inTemporary(async (cwd) => {
    makeTree(cwd, [{ path: 'app/a', type: 'file' }]);
    const choice = { excludes: [], obeysGitignore: false };
    const collection = await collectFiles({ words: ['app'], relative, cwd, choice });
    let message = '';
    try {
      checkLook(asked, collection);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(said);
  });
});

test('F16: a look that only the command of a sync could answer connects to no node, and ends with 64', async () => {
  const fleet = new Fleet();
  const work = { mode: 'sync', files: ['package.json'], areRelative: true, command: 'ls', look: 'dry-run' };
  const ending = await fleet.run({ work });
  expect([ending.exitCode, ending.failure?.message]).toEqual([
    64,
    expect.stringContaining('a look cannot tell'),
  ]);
  expect(fleet.connected).toEqual([]);
});
