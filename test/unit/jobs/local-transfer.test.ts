/** Files of a site that is this machine. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { often } from '../../often.ts';
import { scratchForFile } from '../../scratch.ts';
import { shellOf } from './shells.ts';

const place = scratchForFile();

type Tree = Readonly<Record<string, string>>;

function write(top: string, tree: Tree): string {
  rmSync(top, { recursive: true, force: true });
  mkdirSync(top, { recursive: true });
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), content);
  }
  return top;
}

function read(top: string): Tree {
  const paths = readdirSync(top, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter((path) => statSync(join(top, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(top, path), 'utf8')]));
}

const [here, there] = [join(place, 'here'), join(place, 'there')];
beforeEach(() => {
  write(here, { file: 'new', 'tree/one': '1', 'tree/in/two': '2' });
  write(there, { file: 'old', 'tree/one': 'old', 'tree/extra': 'x', other: 'o' });
});

describe('PL-12: on a site that is this machine', () => {
  test('an upload is there as it is here, and leaves what else is there', async () => {
    const { shell } = shellOf();
    await shell.upload([join(here, 'file'), join(here, 'tree')], { to: there });
    expect(read(there)).toEqual({
      file: 'new',
      other: 'o',
      'tree/extra': 'x',
      'tree/in/two': '2',
      'tree/one': '1',
    });
    expect((await shell.run(`cat ${join(there, 'file')}`)).stdout).toBe('new');
    expect(statSync(join(there, 'file')).mtimeMs).toBe(statSync(join(here, 'file')).mtimeMs);
  });

  test('of paths that bring one name the later adds to the earlier, as it would alone', async () => {
    const { shell } = shellOf();
    write(join(place, 'more'), { 'tree/one': 'later', 'tree/three': '3', file: 'later' });
    await shell.upload([`${here}/`, join(place, 'more/tree'), join(place, 'more/file')], { to: there });
    expect(read(there)).toEqual({
      file: 'later',
      other: 'o',
      'tree/extra': 'x',
      'tree/in/two': '2',
      'tree/one': 'later',
      'tree/three': '3',
    });
    write(join(place, 'more'), { tree: 'a file' });
    const both = shell.upload([join(here, 'tree'), join(place, 'more/tree')], { to: there });
    await expect(both).rejects.toMatchObject({ code: 'usage' });
    expect(readdirSync(there).sort()).toEqual(['file', 'other', 'tree']);
  });

  test('a mirror of what is in a directory has nothing else', async () => {
    const { shell } = shellOf();
    await shell.mirror(`${join(here, 'tree')}/`, { to: there });
    expect(read(there)).toEqual({ 'in/two': '2', one: '1' });
  });

  test('what is fetched back is the same, and its places count from the site’s directory', async () => {
    const { shell } = shellOf({ cwd: there });
    await shell.upload(join(here, 'tree'), { to: 'below' });
    await shell.download('below/tree', { to: join(place, 'back') });
    expect(read(join(place, 'back/tree'))).toEqual(read(join(here, 'tree')));
  });

  test.each([
    ['a path that is not there', () => [join(here, 'file'), join(here, 'none')], /none/],
    ['one beside all that is in its directory', () => [`${here}/tree/`, join(here, 'tree/none')], /none/],
    [
      'a directory in a file’s place',
      () => write(join(place, 'clash'), { 'tree/one/x': '1' }) && [join(place, 'clash/tree')],
      /one/,
    ],
  ])('%s changes nothing, and leaves nothing', async (_what, paths, message) => {
    const { shell } = shellOf();
    const before = read(there);
    await expect(shell.upload(paths(), { to: there })).rejects.toMatchObject({
      code: 'local-refusal',
      message: expect.stringMatching(message),
    });
    expect([read(there), readdirSync(there).sort()]).toEqual([before, ['file', 'other', 'tree']]);
  });

  test.each([
    ['into itself', 'upload', 'tree', 'tree/in'],
    ['onto a directory above it, which would delete it', 'mirror', 'tree/', '.'],
  ] as const)('nothing is put %s', async (_what, kind, path, to) => {
    const { shell } = shellOf();
    const before = read(here);
    await expect(shell[kind](`${here}/${path}`, { to: join(here, to) })).rejects.toMatchObject({
      code: 'usage',
    });
    expect(read(here)).toEqual(before);
  });
});

test('random trees: an upload adds what is here to what is there, and a mirror is what is here', async () => {
  const name = fc.constantFrom('a', 'b', '-c', ' d', "e'");
  // No path is a file in one tree and a directory in the other.
  const path = fc.oneof(
    name.map((one) => `f${one}`),
    fc.tuple(name, name).map(([one, other]) => `d${one}/f${other}`),
  );
  const tree = fc.dictionary(path, fc.string({ maxLength: 3 }), { maxKeys: 6 });
  await fc.assert(
    fc.asyncProperty(tree, tree, fc.boolean(), async (mine, its, isMirror) => {
      const { shell } = shellOf();
      write(here, mine);
      write(there, its);
      await shell[isMirror ? 'mirror' : 'upload'](`${here}/`, { to: there });
      expect(read(there)).toEqual(read(write(join(place, 'model'), isMirror ? mine : { ...its, ...mine })));
    }),
    { numRuns: often(40) },
  );
});
