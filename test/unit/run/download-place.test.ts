/** What becomes of the files that a download has brought before, where the disk here fails. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import disk from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Places } from '../../../src/run/download/place.ts';
import { nodeAt } from './fixtures.ts';

/** Renames that lead to `path` fail from here on. */
function refuseRenamesTo(path: string): void {
  const { rename } = disk;
  onTestFinished(() => {
    disk.rename = rename;
    syncBuiltinESMExports();
  });
  disk.rename = async (from, to) => {
    if (to === path) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    await rename(from, to);
  };
  syncBuiltinESMExports();
}

test('old files that can be given back to no place stay where they are, and are told', async () => {
  const into = mkdtempSync('/tmp/download-');
  onTestFinished(() => rmSync(into, { recursive: true }));
  const node = nodeAt('a');
  const places = await Places.open(into, 'r');
  mkdirSync(places.pathOf(node));
  writeFileSync(join(places.pathOf(node), 'f'), 'old');
  await places.stage(node);
  refuseRenamesTo(places.pathOf(node));
  const failure = await places.commit(node).catch(String);
  const kept = `${into}/.lockstep-r/old/${readdirSync(join(into, '.lockstep-r/old'))}`;
  expect(failure).toContain(`its old files are in '${kept}'`);
  expect(await places.close()).toBeUndefined();
  expect(readdirSync(join(into, '.lockstep-r'))).toEqual(['old']);
  expect(readFileSync(join(kept, 'f'), 'utf8')).toBe('old');
});

test('what a download that was killed has left beside the files is told, and nothing else', async () => {
  const into = mkdtempSync('/tmp/download-');
  onTestFinished(() => rmSync(into, { recursive: true }));
  const places = await Places.open(into, '20261129T202406-10863c43');
  for (const name of ['.lockstep-notes', 'root@a:22']) mkdirSync(join(into, name));
  expect(await places.warningOfOthers()).toBeUndefined();
  const next = await Places.open(into, '20261129T202412-cb4d783b.1');
  expect(await next.warningOfOthers()).toContain(
    `'${into}/.lockstep-20261129T202406-10863c43'; if it was killed`,
  );
  await places.close();
  expect(await next.warningOfOthers()).toBeUndefined();
});
