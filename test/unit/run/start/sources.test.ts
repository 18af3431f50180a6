/** What is told of a run's files is the same as long as they are, and no longer. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JOURNAL_LIMITS } from '../../../../src/core/limits/journal.ts';
import { inputSource, sourcesOf } from '../../../../src/run/start/sources.ts';
import { collectFiles } from '../../../../src/transfer/collect.ts';
import { scratchForEach } from '../../../scratch.ts';

let top: string;
const at = (name: string) => join(top, name);
scratchForEach((made) => {
  top = made;
  mkdirSync(at('app/deep'), { recursive: true });
  writeFileSync(at('app/deep/one'), 'one');
  writeFileSync(at('conf'), 'conf');
  for (const name of ['app/deep/one', 'app/deep', 'app', 'conf']) utimesSync(at(name), 1e9, 1e9);
});

const find = async (words: readonly string[] = ['app', 'conf']) =>
  sourcesOf(await collectFiles({ words, relative: true, cwd: top }));

test('names what was named, each with its own digest, and tells the same again', async () => {
  const found = await find();
  expect(found.map(({ path }) => path)).toEqual([at('app'), at('conf')]);
  expect(new Set(found.map(({ digest }) => digest)).size).toBe(2);
  expect(await find()).toEqual(found);
});

test.each<[string, () => void]>([
  ['size', () => writeAsBefore('app/deep/one', 'more')],
  ['time', () => utimesSync(at('app/deep/one'), 1e9, 1e9 + 1)],
  ['mode', () => chmodSync(at('app/deep/one'), 0o600)],
  [
    'a file in its place',
    () => {
      writeAsBefore('two', 'two');
      renameSync(at('two'), at('app/deep/one'));
      utimesSync(at('app/deep'), 1e9, 1e9);
    },
  ],
  ['a new name', () => writeFileSync(at('app/deep/two'), '')],
])('tells another one where a file below it has changed in this: %s', async (_, change) => {
  const [app, conf] = await find();
  change();
  const [changed, same] = await find();
  expect(changed?.path).toBe(app?.path);
  expect(changed?.digest).not.toBe(app?.digest);
  expect(same).toEqual(conf);
});

function writeAsBefore(name: string, contents: string): void {
  writeFileSync(at(name), contents);
  utimesSync(at(name), 1e9, 1e9);
}

test('has one digest for very many names', async () => {
  const names = Array.from({ length: JOURNAL_LIMITS.sourcesMax + 1 }, (_, number) => `n${number}`);
  for (const name of names) writeAsBefore(name, name);
  const [one, ...more] = await find(names);
  expect(more).toEqual([]);
  expect(one).toMatchObject({ path: at('n0'), more: JOURNAL_LIMITS.sourcesMax });
  writeFileSync(at('n99'), 'other');
  expect((await find(names))[0]?.digest).not.toBe(one?.digest);
});

test('knows a file of -i by its contents, and a pipe not at all', async () => {
  const before = await inputSource(at('conf'));
  utimesSync(at('conf'), 2e9, 2e9);
  expect(await inputSource(at('conf'))).toEqual(before);
  writeFileSync(at('conf'), 'fonc');
  expect((await inputSource(at('conf'))).digest).not.toBe(before.digest);
  execFileSync('mkfifo', [at('pipe')]);
  expect(await inputSource(at('pipe'))).toEqual({ path: at('pipe') });
  expect(await inputSource('/dev/stdin')).toEqual({ path: '/dev/stdin' });
});
