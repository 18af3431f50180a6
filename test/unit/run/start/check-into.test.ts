import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkInto } from '../../../../src/run/start/check-into.ts';
import { nodeAt } from '../fixtures.ts';

const TOP = mkdtempSync('/tmp/check-into-');
mkdirSync(join(TOP, 'there'));
writeFileSync(join(TOP, 'file'), '');
afterAll(() => rmSync(TOP, { recursive: true }));

test.each(['there', 'there/new/below', 'new'])(
  'a directory that is there, or that can be made, is taken, and not made yet: %s',
  async (name) => {
    const path = join(TOP, name);
    const wasThere = existsSync(path);
    await checkInto(path, [nodeAt('a'), nodeAt('b')]);
    expect(existsSync(path)).toBe(wasThere);
  },
);

test.each([
  ['file', 'not a directory'],
  ['file/below', 'not a directory'],
])('what cannot be a directory of ours is wrong usage: %s', async (name, why) => {
  const path = join(TOP, name);
  await expect(checkInto(path, [nodeAt('a')])).rejects.toMatchObject({
    code: 'usage',
    message: `can't write to '${path}': ${why}`,
  });
});

test('two nodes whose names differ in case alone would share a place', async () => {
  await expect(checkInto(TOP, [nodeAt('web'), nodeAt('WEB')])).rejects.toMatchObject({ code: 'usage' });
});
