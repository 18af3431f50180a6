import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** The sh texts are imported as strings, here as in the build. */
const shText = {
  name: 'sh-text',
  transform(code: string, id: string) {
    return /\.(sh|pl|py)$|\/sync-tool\/sync$/.test(id)
      ? { code: `export default ${JSON.stringify(code)};`, map: null }
      : undefined;
  },
};

/** By itself vitest leaves one core to others: on two cores it would run one file after the other. */
const CORES = availableParallelism();

interface TierSettings {
  readonly timeoutMs: number;
  /** Files side by side. */
  readonly lanes: number;
  /** The tests start the program as it was built, so it is built from the sources as they are now. */
  readonly isOfBuild?: boolean;
}

/** One project a tier, so that each can be run alone: `npx vitest run --project sshd`. Tiers run one after the other. */
const tier = (name: string, order: number, { timeoutMs, lanes, isOfBuild = false }: TierSettings) => ({
  plugins: [shText],
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`, ...(name === 'unit' ? ['test/tidy.test.ts'] : [])],
    testTimeout: timeoutMs,
    hookTimeout: 120_000,
    maxWorkers: lanes,
    sequence: { groupOrder: order },
    ...(isOfBuild ? { globalSetup: ['test/build.ts'] } : {}),
  },
});

export default defineConfig({
  test: {
    // In a comment at the top of a file: `// @module-tag slow`.
    tags: [{ name: 'slow', description: 'takes seconds; left out of npm run test:quick' }],
    sequence: { sequencer: LongestFirst },
    projects: [
      // Keepers of two files would see each other in /proc, and take the other's run for their own.
      tier('unit', 1, { timeoutMs: 30_000, lanes: 1 }),
      tier('embedded', 2, { timeoutMs: 60_000, lanes: CORES }),
      // Much of what these do is waiting, and each file has a farm of its own.
      tier('sshd', 3, { timeoutMs: 120_000, lanes: CORES + 1, isOfBuild: true }),
      tier('docker', 4, { timeoutMs: 120_000, lanes: 1, isOfBuild: true }),
    ],
  },
});
