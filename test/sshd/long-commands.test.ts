/** A command of any length that a shell can be given runs in every mode; a longer one is refused before anything is connected. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(1);
  writeFileSync(join(farm.home, 'input'), 'given\n');
});
afterAll(() => farm?.stop());

/** A command of so many bytes, half of them quotes, that tells how long a word of it has arrived. */
function commandOf(bytes: number): string {
  const around = `echo "  "; x=""; echo \${#x}`;
  const quotes = "'".repeat((bytes - around.length) / 2);
  return `echo "  "; x="${quotes.padEnd(bytes - around.length, 'a')}"; echo \${#x}`;
}

const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));

const MODES: readonly [string, (text: string) => string[]][] = [
  ['-C', (text) => ['-C', ...text.split(' ')]],
  ['-i', (text) => ['-i', 'input', '-C', ...text.split(' ')]],
  ['-r -i', (text) => ['-r', '/srv', '-i', 'input', '-C', ...text.split(' ')]],
  ['-S -m', (text) => ['-S', '--no-upload', '-m', '-n', text]],
  ['-S', (text) => ['-S', '--no-upload', '-n', text]],
  ['-L', (text) => ['-L', '--', process.execPath, program, '-q', '-C', ...text.split(' ')]],
  ['-L -i', (text) => ['-L', '--', process.execPath, program, '-q', '-i', 'input', '-C', ...text.split(' ')]],
];

test.each(MODES)(
  'S7: a command of 1 KB, 50 KB, 100 KB and 130 KB arrives whole with %s',
  async (_mode, words) => {
    for (const bytes of [1_000, 50_000, 100_000, 130_000]) {
      const text = commandOf(bytes);
      const length = /x="([^"]*)"/.exec(text)?.[1]?.length;
      const ran = await expectExit(run(farm, ['-q', ...words(text)]), 0);
      expect(ran.stdout).toContain(`${length}\n`);
    }
    await untilAtRest(farm.nodes);
  },
);

test.each([
  ['-C', []],
  ['-i', ['-i', 'input']],
])('a command of 1 MB is refused before anything is connected: %s', async (_mode, options) => {
  // A word of the controller's own system has the same bound.
  const words = Array.from({ length: 10 }, () => 'a'.repeat(100_000));
  const ran = await expectExit(run(farm, ['-q', ...options, '-C', 'echo', ...words]), 64);
  expect(ran.stderr).toMatch(/the command has \d+ bytes, and a shell can be given 131071 at most/);
  expect(ran.stdout).toBe('');
});
