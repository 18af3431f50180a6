import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { textOf } from './scripts/texts.mjs';
import { LongestFirst } from './test/longest-first.ts';
import { PATIENCE_MS } from './test/patience.ts';

/** As in the build. */
const texts = {
  name: 'texts',
  transform(code: string, id: string) {
    const text = textOf(id, code);
    return text === undefined ? undefined : { code: `export default ${JSON.stringify(text)};`, map: null };
  },
};

/** A test that imports fast-check gets it with the seed of the sources. */
const SEEDED = fileURLToPath(new URL('test/seeded-properties.ts', import.meta.url));
const seeds = {
  name: 'seeds',
  enforce: 'pre' as const,
  resolveId(source: string, importer: string | undefined) {
    return source === 'fast-check' && importer !== SEEDED ? SEEDED : undefined;
  },
};

/** What tests write has the modes that most accounts give, whoever runs them. */
process.umask(0o022);

/** By itself vitest leaves one core to others: on two cores it would run one file after the other. */
const CORES = availableParallelism();

interface TierSettings {
  /** Files side by side. */
  readonly lanes: number;
  /** Files of a lane share a process, so that it and the modules start once; what one leaves behind, others meet. */
  readonly isShared?: boolean;
  /** Without the files that are slow. */
  readonly isQuick?: boolean;
  /** The tests start the program as it was built, so it is built from the sources as they are now. */
  readonly isOfBuild?: boolean;
  /** Nothing of its passwords and passphrases may be seen. */
  readonly hasSecrets?: boolean;
}

/** One project a tier, so that each can be run alone: `npx vitest run --project sshd`. Tiers run one after the other. */
const tier = (
  name: string,
  order: number,
  { lanes, isShared = false, isQuick = false, isOfBuild = false, hasSecrets = false }: TierSettings,
) => ({
  plugins: [texts, seeds],
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`, ...(name === 'unit' ? ['test/tidy.test.ts'] : [])],
    testTimeout: PATIENCE_MS.test,
    expect: { poll: { timeout: PATIENCE_MS.wait } },
    hookTimeout: PATIENCE_MS.test,
    maxWorkers: lanes,
    isolate: !isShared,
    sequence: { groupOrder: order },
    ...(isQuick ? { tagsFilter: ['!slow'], env: { QUICK: 'yes' } } : {}),
    globalSetup: [...(isOfBuild ? ['test/build.ts'] : []), ...(hasSecrets ? ['test/no-leaks.ts'] : [])],
  },
});

/** Keepers of two files would see each other in /proc, and take the other's run for their own. They are all slow. */
const unit: TierSettings = { lanes: 1, isShared: true };

/** `--mode quick` is `npm run test:quick`. */
export default defineConfig(({ mode }) => ({
  test: {
    // In a comment at the top of a file: `// @module-tag slow`.
    tags: [{ name: 'slow', description: 'takes seconds, or looks at the processes of the machine' }],
    sequence: { sequencer: LongestFirst },
    // What modules become is kept from run to run, by their text, this file and what it imports.
    experimental: { fsModuleCache: true },
    projects: [
      mode === 'quick' ? tier('unit', 1, { ...unit, lanes: CORES, isQuick: true }) : tier('unit', 1, unit),
      tier('embedded', 2, { lanes: CORES, hasSecrets: true }),
      // Much of what these do is waiting, and each file has a farm of its own.
      tier('sshd', 3, { lanes: CORES + 3, isOfBuild: true, hasSecrets: true }),
      tier('docker', 4, { lanes: CORES, isOfBuild: true, hasSecrets: true }),
    ],
  },
}));
