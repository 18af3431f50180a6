/** Nodes that have busybox for their shell and tools, of any age: its `head` reads on beyond what it was told to. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(2);
  const [whole, onlyHead] = farm.nodes;
  const links =
    'for tool in head dd tar stat touch find mv cp ln rm mkdir chmod chown sed tr sort cut grep; do';
  await whole?.run(`${links} ln -sf /bin/busybox /usr/bin/$tool; done; ln -sf /bin/busybox /bin/sh`);
  await onlyHead?.run('ln -sf /bin/busybox /usr/bin/head');
  mkdirSync(join(farm.home, 'tree'));
  writeFileSync(join(farm.home, 'tree/file'), 'sent\n'.repeat(10_000));
});
afterAll(() => farm?.stop());

test('a node with the head of busybox runs commands, with input too', async () => {
  const ran = await expectExit(run(farm, ['-q', '-C', 'echo ran']), 0);
  expect(ran.stdout).toMatch(/ran\n.*ran\n/);
  const input = await expectExit(run(farm, ['-q', '-i', join(farm.home, 'tree/file'), '-C', 'wc -c']), 0);
  expect(input.stdout).toMatch(/50000\n.*50000\n/);
});

test('a node with the head of busybox loses no byte of an upload', async () => {
  await expectExit(run(farm, ['-r', '/srv/app', '-e', '-U', 'tree']), 0);
  for (const node of farm.nodes)
    expect((await node.run('wc -c </srv/app/tree/file')).stdout.trim()).toBe('50000');
});
