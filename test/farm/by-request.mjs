/**
 * Lockstep as another program drives it: the line is written down as a request, and that is run. With LOCKSTEP_BY_REQUEST=1 the tests
 * on real nodes start this in place of the program. What is no run, or is refused, goes to the program as it is.
 */
import { existsSync, mkdtempSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { texts } from '../../scripts/texts.mjs';

const ROOT = new URL('../../', import.meta.url).pathname;
const BUILT = join(ROOT, 'dist/main.mjs');
const PARSER = join(ROOT, 'node_modules/.cache/by-request.mjs');

if (!existsSync(PARSER) || statSync(PARSER).mtimeMs < statSync(BUILT).mtimeMs) await buildParser();
const { parseArguments } = await import(pathToFileURL(PARSER).href);
const argv = process.argv.slice(2);
const isInSession = process.env.LOCKSTEP_SESSION !== undefined;
const parsed = await parseArguments(argv, { isInSession }).catch(() => undefined);
if (parsed?.kind === 'run' && parsed.remarks.length === 0) {
  const path = join(mkdtempSync(join(tmpdir(), 'request-')), 'request.json');
  writeFileSync(path, JSON.stringify(parsed.request));
  process.argv.splice(2, argv.length, 'run', '--request', path);
}
await import('../../bin/lockstep.js');

async function buildParser() {
  const outfile = `${PARSER}.${process.pid}`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/cli/parse.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    plugins: [texts],
    logLevel: 'warning',
  });
  renameSync(outfile, PARSER);
}
