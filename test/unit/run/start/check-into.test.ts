import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Node, nodeFileName } from '../../../../src/core/node.ts';
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

test('what stands in the place of a node and is no directory is refused, and a directory there is not', async () => {
  const nodes = ['a', 'b', 'c'].map((host) => nodeAt(host));
  const into = join(TOP, 'taken');
  const place = (node: Node) => join(into, nodeFileName(node));
  const [first, second, third] = nodes as [Node, Node, Node];
  mkdirSync(place(first), { recursive: true });
  await checkInto(into, nodes);
  writeFileSync(place(second), 'mine');
  const refusal = { code: 'usage', message: `'${place(second)}' is there, and is no directory` };
  await expect(checkInto(into, nodes)).rejects.toMatchObject(refusal);
  symlinkSync(place(first), place(third));
  const both = { code: 'usage', message: `'${place(second)}' and 1 more are there, and are no directories` };
  await expect(checkInto(into, nodes)).rejects.toMatchObject(both);
  expect(readFileSync(place(second), 'utf8')).toBe('mine');
});

test('two nodes whose names differ in case alone would share a place', async () => {
  await expect(checkInto(TOP, [nodeAt('web'), nodeAt('WEB')])).rejects.toMatchObject({ code: 'usage' });
});
