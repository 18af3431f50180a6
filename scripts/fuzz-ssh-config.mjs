// Bundles the fuzz of ssh_config and runs it: node scripts/fuzz-ssh-config.mjs --runs N. Needs ssh.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const directory = mkdtempSync(join(tmpdir(), 'lockstep-fuzz-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const outfile = join(directory, 'fuzz.mjs');
await build({
  absWorkingDir: new URL('..', import.meta.url).pathname,
  entryPoints: ['test/fuzz/ssh-config/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
await import(outfile);
