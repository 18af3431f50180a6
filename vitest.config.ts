import { defineConfig } from 'vitest/config';

/** The sh texts are imported as strings, here as in the build. */
const shText = {
  name: 'sh-text',
  transform(code: string, id: string) {
    return /\.(sh|pl|py)$|\/sync-tool\/sync$/.test(id)
      ? { code: `export default ${JSON.stringify(code)};`, map: null }
      : undefined;
  },
};

/** One project a tier, so that each can be run alone: `npx vitest run --project sshd`. */
const tier = (name: string, settings: { timeoutMs: number; serial?: boolean }) => ({
  plugins: [shText],
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: settings.timeoutMs,
    hookTimeout: 120_000,
    ...(settings.serial ? { fileParallelism: false } : {}),
  },
});

export default defineConfig({
  test: {
    // In a comment at the top of a file: `// @module-tag slow`.
    tags: [{ name: 'slow', description: 'takes seconds; left out of npm run test:quick' }],
    projects: [
      tier('unit', { timeoutMs: 30_000 }),
      tier('embedded', { timeoutMs: 60_000 }),
      // Two files at a time: much of what they do is waiting, and each has a farm of its own.
      tier('sshd', { timeoutMs: 120_000 }),
      tier('docker', { timeoutMs: 120_000, serial: true }),
    ],
  },
});
