import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPlace, makePlace } from '../../../src/journal/place.ts';
import { scratchForEach } from '../../scratch.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const isRoot = process.getuid?.() === 0;
const state = () => join(top, 'state');
const environment = () => ({ XDG_STATE_HOME: state() });

describe('J1: the place of the journal', () => {
  test('is made for this account alone, with all above it that is missing', async () => {
    expect(await findPlace(environment())).toBeUndefined();
    expect(await makePlace(environment())).toBe(join(state(), 'lockstep/runs'));
    for (const path of [state(), join(state(), 'lockstep'), join(state(), 'lockstep/runs')])
      expect(lstatSync(path).mode & 0o777).toBe(0o700);
    expect(await findPlace(environment())).toBe(join(state(), 'lockstep/runs'));
  });

  test('is in the home of this account where no state home is named, or by no absolute path', async () => {
    const before = process.env.HOME;
    process.env.HOME = top;
    try {
      for (const given of [undefined, '', 'state'])
        expect(await makePlace({ XDG_STATE_HOME: given })).toBe(join(top, '.local/state/lockstep/runs'));
      process.env.HOME = join(top, 'nowhere');
      expect(await makePlace({})).toBeUndefined();
      if (!isRoot) return;
      // As sudo leaves it: root's files in there could not be removed by its owner.
      process.env.HOME = join(top, 'of-ann');
      mkdirSync(join(top, 'of-ann'));
      chownSync(join(top, 'of-ann'), 12345, 12345);
      expect(await makePlace({})).toBeUndefined();
      expect(readdirSync(join(top, 'of-ann'))).toEqual([]);
    } finally {
      process.env.HOME = before;
    }
  });

  test.runIf(isRoot)('is made in no directory of another user, who could not remove it', async () => {
    mkdirSync(join(top, 'of-ann'));
    chownSync(join(top, 'of-ann'), 12345, 12345);
    await expect(makePlace({ XDG_STATE_HOME: join(top, 'of-ann/a/b') })).rejects.toThrow(
      /belongs to another user/,
    );
    expect(readdirSync(join(top, 'of-ann'))).toEqual([]);
  });

  test.each<[string, RegExp, (path: string) => void]>([
    [
      'a link, wherever it leads',
      /is a link/,
      (path) => symlinkSync(mkdtempSync(join(top, 'theirs-')), path),
    ],
    ['a link that leads nowhere', /is a link/, (path) => symlinkSync(join(top, 'nowhere'), path)],
    ['a file', /is no directory/, (path) => writeFileSync(path, 'mine')],
    ['a directory that others may write to', /may be written by others/, (path) => open(path, 0o777)],
    ['one of a group', /may be written by others/, (path) => open(path, 0o770)],
    ...(isRoot
      ? [
          ['a directory of another user', /belongs to another user/, (path: string) => give(path)] as [
            string,
            RegExp,
            (path: string) => void,
          ],
        ]
      : []),
  ])('is refused, and nothing is written, where in its place is %s', async (_what, why, put) => {
    for (const name of ['lockstep', 'lockstep/runs']) {
      rmSync(state(), { recursive: true, force: true });
      mkdirSync(join(state(), name, '..'), { recursive: true, mode: 0o700 });
      put(join(state(), name));
      await expect(makePlace(environment())).rejects.toThrow(why);
      await expect(findPlace(environment())).rejects.toThrow(why);
    }
    for (const theirs of readdirSync(top).filter((name) => name.startsWith('theirs-')))
      expect(readdirSync(join(top, theirs))).toEqual([]);
  });

  test('is refused in a state home that others can change under it, but for one like /tmp', async () => {
    open(state(), 0o777);
    await expect(makePlace(environment())).rejects.toThrow(/may be written by others/);
    chmodSync(state(), 0o1777);
    expect(await makePlace(environment())).toBeDefined();
  });
});

function open(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

function give(path: string): void {
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, 12345, 12345);
}
