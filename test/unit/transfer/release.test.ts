/** A release as an upload. */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { collectFiles } from '../../../src/transfer/collect.ts';
import { collectTop } from '../../../src/transfer/collect-top.ts';
import { below, currentAt, releaseOf } from '../../../src/transfer/release.ts';

const LINKS = { uid: 7, gid: 8, mtimeNs: 9n };

function build(): string {
  const top = mkdtempSync(join(tmpdir(), 'release-'));
  onTestFinished(() => rmSync(top, { recursive: true }));
  mkdirSync(join(top, 'build/sub'), { recursive: true, mode: 0o750 });
  writeFileSync(join(top, 'build/a'), 'a');
  writeFileSync(join(top, 'build/sub/b'), 'bb');
  symlinkSync('build', join(top, 'link'));
  return top;
}

test('what is in the directory lies in the release, which has its mode, and the link leads there', async () => {
  const top = build();
  const collection = await collectTop(join(top, 'build'), undefined);
  const sent = releaseOf(collection, { name: 'r2', before: 'r1', links: LINKS });
  expect(sent.entries.map(({ member, type }) => `${type} ${member}`)).toEqual([
    'symlink current',
    'symlink releases/.before/r2',
    'directory releases/r2',
    'file releases/r2/a',
    'directory releases/r2/sub',
    'file releases/r2/sub/b',
  ]);
  expect(sent.roots).toEqual(['current', 'releases/.before/r2', 'releases/r2']);
  expect(sent).toMatchObject({ base: '', bytes: 3, files: 4, isAbsolute: false });
  const [current, record, directory] = sent.entries;
  expect(current).toMatchObject({ target: 'releases/r2', ...LINKS });
  expect(record).toMatchObject({ target: 'r1', ...LINKS });
  expect(directory?.mode).toBe(statSync(join(top, 'build')).mode);
});

test("with names that stay as they are the directory of the release is nobody's, and the first has no record", async () => {
  const cwd = build();
  const collection = await collectFiles({ words: ['build/sub', 'link'], relative: true, cwd });
  const sent = releaseOf(collection, { name: 'r1', before: undefined, links: LINKS });
  expect(sent.roots).toEqual(['current', 'releases/r1/build/sub', 'releases/r1/link']);
  expect(sent.entries.map(({ member }) => member)).toEqual([
    'current',
    'releases/r1/build/sub',
    'releases/r1/build/sub/b',
    'releases/r1/link',
  ]);
});

test('hard links lead to their file in the same release', async () => {
  const collection = await collectFiles({ words: ['build'], relative: true, cwd: build() });
  const [first] = collection.entries;
  if (first === undefined) throw new Error('nothing was collected');
  const linked = { ...collection, entries: [{ ...first, type: 'hardlink' as const, member: 'b', to: 'a' }] };
  expect(below(linked, 'releases/r1').entries).toMatchObject([
    { member: 'releases/r1/b', to: 'releases/r1/a' },
  ]);
});

test('the way back is the link alone', () => {
  expect(currentAt('r1', LINKS)).toMatchObject({
    roots: ['current'],
    entries: [{ type: 'symlink', member: 'current', target: 'releases/r1', mode: 0o120777 }],
  });
});

test('a link stands for the directory only with a slash behind it, and a file for none', async () => {
  const top = build();
  expect((await collectTop(join(top, 'link/'), undefined)).roots).toEqual(['a', 'sub']);
  const refused = { code: 'usage', message: expect.stringContaining('a release is what is in a directory') };
  await expect(collectTop(join(top, 'link'), undefined)).rejects.toMatchObject(refused);
  await expect(collectTop(join(top, 'build/a'), undefined)).rejects.toMatchObject(refused);
  await expect(collectTop(join(top, 'none'), undefined)).rejects.toMatchObject({ code: 'usage' });
  mkdirSync(join(top, 'bare'));
  const message = `cannot send "${join(top, 'bare')}": there is nothing in it`;
  await expect(collectTop(join(top, 'bare'), undefined)).rejects.toMatchObject({ code: 'usage', message });
});

test('patterns count from what is in the directory', async () => {
  const choice = { excludes: ['/a'], obeysGitignore: false };
  expect((await collectTop(join(build(), 'build'), choice)).roots).toEqual(['sub']);
});
