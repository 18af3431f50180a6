/** What the paths of a transfer name, and how what was fetched comes into its place. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { join as joinThere } from 'node:path/posix';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { putInPlace } from '../../../src/jobs/files/put-in-place.ts';
import { groupsOf } from '../../../src/jobs/files/transfer-paths.ts';
import type { Transfer } from '../../../src/jobs/types.ts';

const groups = (kind: Transfer['kind'], ...paths: string[]) =>
  groupsOf({ kind, paths }, (path) => joinThere('/home', path)).map(
    ({ directory, names }) => `${directory}: ${names.join(' ')}`,
  );

describe('the paths of a transfer', () => {
  test.each<[string[], string[]]>([
    [['a'], ['/home: a']],
    [['a/'], ['/home/a: .']],
    [['a/.'], ['/home/a: .']],
    [
      ['a/x', 'b', 'a/y'],
      ['/home/a: x y', '/home: b'],
    ],
    // A path that is named twice is one.
    [['a/x', 'a/x', 'a/./x'], ['/home/a: x']],
  ])('%j: %j', (paths, expected) => {
    expect(groups('upload', ...paths)).toEqual(expected);
  });

  test.each<[Transfer['kind'], string[], string]>([
    ['download', ['a/x', 'b/x'], "download: two of these would be 'x' there"],
    ['mirror', ['a/x', 'b/x'], "mirror: two of these would be 'x' there"],
    ['mirror', ['a/', 'b/'], "mirror: two of these would be '.' there"],
    [
      'mirror',
      ['a/', 'b/x'],
      'mirror: the contents of a directory are mirrored alone, since all else there is deleted',
    ],
    ['download', ['a/'], 'download: a directory of the site is named without a slash behind it'],
    ['download', ['..'], "download: '..' has no name"],
    ['download', [], 'download: no paths are named'],
  ])('%s of %j is refused', (kind, paths, message) => {
    const absolute = (path: string) => (path === '..' ? path : joinThere('/home', path));
    expect(() => groupsOf({ kind, paths }, absolute)).toThrow(
      expect.objectContaining({ code: 'usage', message }),
    );
  });
});

describe('what was fetched', () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'lockstep-place-'));
    for (const name of ['from', 'to']) mkdirSync(join(place, name));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));
  const moves = () => ({ from: join(place, 'from'), to: join(place, 'to'), aside: join(place, 'aside') });
  const read = (path: string) => readFileSync(join(place, path), 'utf8');

  test('takes the place of files and directories of the same names', async () => {
    mkdirSync(join(place, 'to/dir'));
    for (const path of ['to/dir/old', 'to/file', 'from/file']) writeFileSync(join(place, path), path);
    mkdirSync(join(place, 'from/dir'));
    await putInPlace(['dir', 'file'], moves());
    expect([readdirSync(join(place, 'to/dir')), read('to/file')]).toEqual([[], 'from/file']);
  });

  test('that cannot be put in place leaves what was there, whatever was moved before', async () => {
    for (const path of ['to/one', 'to/two', 'from/one', 'from/three']) writeFileSync(join(place, path), path);
    await expect(putInPlace(['one', 'three', 'two'], moves())).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(join(place, 'to'))).toEqual(['one', 'two']);
    expect([read('to/one'), read('to/two'), read('from/one')]).toEqual(['to/one', 'to/two', 'from/one']);
  });
});
