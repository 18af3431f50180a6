/** Where the doors of rollouts at work are, and that nobody else can have put one there. */
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownController } from '../../../src/core/controller.ts';
import { findDoor, makeDoor } from '../../../src/journal/doors.ts';
import { scratchForEach } from '../../scratch.ts';
import { GONE, headOf, nodeNamed, RUN, writeRun } from './pasts.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const isRoot = process.getuid?.() === 0;
const SOMEBODY = 12345;

test('a door is in a directory of its owner, and what killed runs have left there goes with the next', async () => {
  const environment = { XDG_STATE_HOME: top };
  expect(await findDoor(environment, RUN)).toBeUndefined();
  const runs = join(top, 'lockstep/runs');
  const named = (at: number) => `20261128T09000${at}-0000000a`;
  const doors = join(top, 'lockstep/doors');
  expect(await makeDoor(environment, RUN)).toBe(join(doors, RUN));
  writeRun(runs, headOf([nodeNamed('web1')], { run: named(1), controller: GONE }));
  writeRun(runs, headOf([nodeNamed('web1')], { run: named(2), controller: await ownController() }));
  // The third has no run any more.
  for (const name of [named(1), named(2), named(3), 'notes']) writeFileSync(join(doors, name), '');
  expect(await makeDoor(environment, named(4))).toBe(join(doors, named(4)));
  expect(readdirSync(doors).sort()).toEqual([named(2), 'notes']);
});

test('a run whose journal has no place has no door, and the journal alone tells why', async () => {
  writeFileSync(join(top, 'lockstep'), 'no directory');
  expect(await makeDoor({ XDG_STATE_HOME: top }, RUN)).toBeUndefined();
});

describe('R2: no door is made, and none believed, where somebody else could put his own:', () => {
  const home = () => join(top, 'srv/state');
  const doors = () => join(home(), 'lockstep/doors');
  const link = (to: string, path: string, owner = process.getuid?.() ?? 0) => {
    symlinkSync(to, path);
    if (isRoot) lchownSync(path, owner, 0);
  };

  const theirs: readonly [string, RegExp, () => void][] = [
    ['the directory may be written by others', /written by others/, () => chmodSync(doors(), 0o777)],
    ['it may be entered by others', /entered by others/, () => chmodSync(doors(), 0o755)],
    [
      'a directory far above may be written by others',
      /srv may be written/,
      () => chmodSync(join(top, 'srv'), 0o777),
    ],
  ];
  const roots: readonly [string, RegExp, () => void][] = [
    [
      'a directory far above belongs to somebody else',
      /srv belongs to/,
      () => chownSync(join(top, 'srv'), SOMEBODY, 0),
    ],
    ['a directory far above is open to a group', /srv may be/, () => openTo(SOMEBODY)],
  ];
  test.each([...theirs, ...(isRoot ? roots : [])])('%s', async (_what, why, change) => {
    const environment = { XDG_STATE_HOME: home() };
    mkdirSync(join(top, 'srv'), { mode: 0o755 });
    await makeDoor(environment, RUN);
    expect(await findDoor(environment, RUN)).toBe(join(doors(), RUN));
    change();
    await expect(makeDoor(environment, RUN)).rejects.toThrow(why);
    await expect(findDoor(environment, RUN)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(why),
    });
  });

  test.runIf(isRoot)("a link on the way is somebody else's, or leads through what is", async () => {
    mkdirSync(join(top, 'srv'), { mode: 0o755 });
    link('srv', join(top, 'mine'));
    const mine = { XDG_STATE_HOME: join(top, 'mine/state') };
    expect(await makeDoor(mine, RUN)).toBe(join(top, 'mine/state/lockstep/doors', RUN));
    link('srv', join(top, 'of-ann'), SOMEBODY);
    await expect(findDoor({ XDG_STATE_HOME: join(top, 'of-ann/state') }, RUN)).rejects.toThrow(
      /of-ann belongs/,
    );
    mkdirSync(join(top, 'ann'));
    link('../srv', join(top, 'ann/srv'));
    chownSync(join(top, 'ann'), SOMEBODY, 0);
    link('ann/srv', join(top, 'through'));
    await expect(findDoor({ XDG_STATE_HOME: join(top, 'through/state') }, RUN)).rejects.toThrow(
      /ann belongs/,
    );
  });

  function openTo(group: number): void {
    chownSync(join(top, 'srv'), 0, group);
    chmodSync(join(top, 'srv'), 0o775);
  }
});

test("a door is found where a directory above is open to the group that is the account's own", async () => {
  mkdirSync(join(top, 'srv'));
  chmodSync(join(top, 'srv'), 0o775);
  const uid = process.getuid?.() ?? 0;
  if (isRoot) chownSync(join(top, 'srv'), uid, uid);
  expect(await makeDoor({ XDG_STATE_HOME: join(top, 'srv/state') }, RUN)).toBeDefined();
});

test('links that lead in a circle end the search', async () => {
  symlinkSync('b', join(top, 'a'));
  symlinkSync('a', join(top, 'b'));
  await expect(findDoor({ XDG_STATE_HOME: join(top, 'a') }, RUN)).rejects.toMatchObject({ code: 'usage' });
});
