// @module-tag slow
/** Random trees on random nodes against the model of `test/fuzz`: a budget of seeds, and faults that it must find when they are planted. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { capture } from '../farm/process.ts';
import { PLANTS } from '../fuzz/planted.mjs';

const script = fileURLToPath(new URL('../../scripts/fuzz.mjs', import.meta.url));

async function fuzz(...args: string[]): Promise<{ code: number | null; told: string }> {
  const { code, stdout, stderr } = await capture(process.execPath, [script, ...args]);
  return { code, told: stdout + stderr };
}

describe('a run makes every node wholly what the words say, or is refused and changes nothing (F1, F7, F10, F13, F15, F16, F21)', () => {
  test('40 random runs on nodes with perl, with python and with sh alone', async () => {
    const { code, told } = await fuzz('--seeds', '1..40');
    expect(code, told).toBe(0);
  });

  test('15 random runs on a busybox node', async () => {
    const { code, told } = await fuzz('--seeds', '1..15', '--kind', 'busybox');
    expect(code, told).toBe(0);
  });
});

describe('the fuzz finds a fault that is planted', () => {
  test.for(Object.entries(PLANTS))('%s', async ([name, { promise, seed, kind }]) => {
    const { code, told } = await fuzz('--seed', `${seed}`, '--kind', kind, '--plant', name);
    expect(code, `${promise}: ${told}`).toBe(1);
    expect(told).toContain(`replay: npm run fuzz -- --seed ${seed}`);
  });
});
