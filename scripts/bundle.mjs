/** Programs of the tests, bundled to be run at once. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

export const ROOT = new URL('..', import.meta.url).pathname;

/** The bundle's file, which is there until this process ends. `settings` are esbuild's. */
export async function bundle(entryPoint, settings) {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bundle-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // Packages that are not bundled are found there.
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const outfile = join(directory, 'bundle.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // CommonJS packages inside of an ES module ask for their own require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
    ...settings,
  });
  return outfile;
}
