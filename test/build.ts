/** Builds the program once before the tests of a tier: while they run, nobody may replace what they start. */
import { fileURLToPath } from 'node:url';
import { captureOrThrow } from './farm/process.ts';

export async function setup(): Promise<void> {
  const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
  await captureOrThrow(process.execPath, [build]);
}
