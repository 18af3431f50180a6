// Bundles src/ into dist/: the program and the demo. Dependencies stay outside, so that ssh2 may use its native addon.
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
// Built beside it and renamed, so that a failed build leaves the old one, and a running program finds its files.
const fresh = mkdtempSync(`${root}dist-`);
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts', demo: 'src/demo/demo.ts' },
  outdir: fresh,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  loader: { '.sh': 'text', '': 'text' },
  logLevel: 'warning',
});
const old = `${fresh}-old`;
try {
  renameSync(`${root}dist`, old);
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
renameSync(fresh, `${root}dist`);
rmSync(old, { recursive: true, force: true });
