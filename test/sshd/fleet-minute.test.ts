/** Three fleets of one program, at the same time and aborted at random; a whole minute of it with PROOFS=whole. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { captureOrThrow } from '../farm/process.ts';
import { often } from '../often.ts';
import { PATIENCE_MS } from '../patience.ts';
import { connectTo } from './fleets.ts';
import { startScene, untilAtRest } from './scene.ts';

const PROGRAM = join(import.meta.dirname, '../farm/three-fleets.mjs');
let farm: Farm;
beforeAll(async () => {
  farm = await startScene(3);
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

test('three fleets at once leave each other alone, lose no lock, leave nothing behind, and their memory is flat', async () => {
  const forMs = often(6_000, 60_000);
  const hosts = farm.nodes.map(({ host }) => `root@${host}`);
  const environment = { PATH: process.env.PATH, HOME: farm.home };
  const settings = JSON.stringify({ connect: connectTo(farm), environment, hosts, forMs });
  const words = ['--expose-gc', PROGRAM, settings];
  const stdout = await captureOrThrow(process.execPath, words, { timeoutMs: forMs + PATIENCE_MS.wait });
  const { fleets, before, after, heap } = JSON.parse(stdout);
  console.info(JSON.stringify({ fleets, heap }));
  for (const { done, wrong } of fleets) expect([done > 0, wrong]).toEqual([true, []]);
  expect(fleets.some(({ aborted }: { aborted: number }) => aborted > 0)).toBe(true);
  expect(after).toEqual(before);
  // The first half loads code and fills pools. KiB, after a collection.
  if (forMs < 60_000) return;
  const middle = Math.min(...heap.slice(4, 8));
  expect(Math.min(...heap.slice(-4)) - middle).toBeLessThan(1_024);
});
