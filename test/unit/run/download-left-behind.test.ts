/** What a download that was killed has left is removed by the next one, if all about it is sure. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Controller, ownController } from '../../../src/core/controller.ts';
import { Places } from '../../../src/run/download/place.ts';
import { nodeAt } from './fixtures.ts';

/** No process of this boot began then. */
const own = await ownController();
const DEAD: Controller = { ...own, began: `${own.began}0` };

/** A download in the middle of its work, made by `by`. */
async function killed(by: unknown = DEAD) {
  const into = mkdtempSync('/tmp/download-');
  onTestFinished(() => rmSync(into, { recursive: true }));
  const staging = join(into, '.lockstep-20261129T202406-10863c43');
  const places = await Places.open(into, '20261129T202406-10863c43');
  const node = nodeAt('a');
  writeFileSync(join(await places.stage(node), 'half'), 'x');
  const mark = join(staging, 'by');
  rmSync(mark);
  if (by !== 'nothing') symlinkSync(JSON.stringify(by), mark);
  const next = async () => {
    const after = await Places.open(into, '20261129T202412-cb4d783b');
    await after.removeDead();
    const warning = await after.warningOfOthers();
    await after.close();
    return warning;
  };
  return { into, staging, places, node, mark, next };
}

test('its directory is removed, and the files that are in place stay', async () => {
  const { into, staging, places, node, next } = await killed();
  mkdirSync(join(staging, 'new/closed/in'), { recursive: true, mode: 0o500 });
  const place = places.pathOf(node);
  mkdirSync(place);
  writeFileSync(join(place, 'f'), 'in place');
  mkdirSync(join(staging, 'old', place.slice(into.length + 1)));
  expect(await next()).toBeUndefined();
  expect(readdirSync(into)).toEqual([place.slice(into.length + 1)]);
  expect(readdirSync(place)).toEqual(['f']);
});

test('a removal that was killed as well is taken up again', async () => {
  const { into, staging, next } = await killed();
  rmSync(join(staging, 'new'), { recursive: true });
  expect(await next()).toBeUndefined();
  expect(readdirSync(into)).toEqual([]);
});

test.each<[what: string, by: unknown]>([
  ['lives', own],
  ['cannot be seen, in another container', { ...DEAD, pids: 'pid:[1]' }],
  ['is of another boot, and perhaps another machine of that name', { ...DEAD, boot: 'other' }],
  ['is of a machine that tells no boots', { ...DEAD, boot: '' }],
  ['is told in other words', { pid: 1 }],
  ['is told by nothing', 'nothing'],
])('one whose process %s is told, and stays whole', async (_what, by) => {
  const { staging, next } = await killed(by);
  const before = readdirSync(staging, { recursive: true });
  expect(await next()).toContain(`'${staging}'; if it was killed`);
  expect(readdirSync(staging, { recursive: true })).toEqual(before);
});

type Killed = Awaited<ReturnType<typeof killed>>;

test.each<[what: string, change: (left: Killed) => void]>([
  ['the only files of a node', ({ staging }) => mkdirSync(join(staging, 'old/root@b:22'))],
  [
    'files of a node whose place has something else',
    ({ into, staging }) => {
      mkdirSync(join(staging, 'old/root@b:22'));
      writeFileSync(join(into, 'root@b:22'), '');
    },
  ],
  ['something of others', ({ staging }) => writeFileSync(join(staging, 'notes'), '')],
  [
    'a link in the place of a part',
    ({ into, staging }) => {
      mkdirSync(join(into, 'precious'));
      rmSync(join(staging, 'old'), { recursive: true });
      symlinkSync('../precious', join(staging, 'old'));
    },
  ],
  ['a door for others', ({ staging }) => chmodSync(staging, 0o750)],
  ['a neighbourhood that others may change', ({ into }) => chmodSync(into, 0o777)],
])('one with %s is told, and stays whole', async (_what, change) => {
  const left = await killed();
  change(left);
  const before = readdirSync(left.into, { recursive: true });
  expect(await left.next()).toContain(`'${left.staging}'; if it was killed`);
  expect(readdirSync(left.into, { recursive: true })).toEqual(before);
});

test('a download that ends leaves no mark, nor one that keeps old files', async () => {
  const { into, places } = await killed(own);
  await places.close();
  expect(existsSync(into) && readdirSync(into)).toEqual([]);
});
