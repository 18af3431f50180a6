// Bundles the fuzz and runs it, in a mount space of its own: node scripts/fuzz.mjs --seed N. Needs root.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { PLANTS } from '../test/fuzz/planted.mjs';
import { bundle, ROOT } from './bundle.mjs';
import { textOf } from './texts.mjs';

const args = process.argv.slice(2);
const planted = args.includes('--plant') ? args[args.indexOf('--plant') + 1] : undefined;
if (planted !== undefined && PLANTS[planted] === undefined) {
  console.error(`no such plant; there are: ${Object.keys(PLANTS).join(', ')}`);
  process.exit(64);
}
const changes = planted === undefined ? [] : PLANTS[planted].changes;
const missing = new Set(changes.map(({ file }) => file));
const outfile = await bundle('test/fuzz/main.ts', {
  external: ['ssh2'],
  plugins: [{ name: 'in-place', setup: loadInPlace }],
});
if (missing.size > 0) throw new Error(`${planted}: not part of the program: ${[...missing].join(', ')}`);
// It ends with this process, however that ends.
const spaces = ['--pdeathsig', 'TERM', 'unshare', '--mount'];
const child = spawn('setpriv', [...spaces, process.execPath, outfile, ...args], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

/** A bundled file still finds what lies beside it in the sources. */
function loadInPlace({ onLoad }) {
  onLoad({ filter: /\.(ts|sh|pl|py)$|sync-tool\/sync$/ }, ({ path }) => {
    const text = plantIn(path.slice(ROOT.length), readFileSync(path, 'utf8'));
    if (!path.endsWith('.ts')) return { contents: textOf(path, text), loader: 'text' };
    const url = JSON.stringify(pathToFileURL(path).href);
    return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
  });
}

/** A planted fault takes the place of what mended it. */
function plantIn(file, text) {
  let changed = text;
  for (const change of changes) {
    if (change.file !== file) continue;
    if (!changed.includes(change.from))
      throw new Error(`${planted}: ${file} has changed: it has no ${change.from}`);
    changed = changed.replace(change.from, () => change.to);
    missing.delete(file);
  }
  return changed;
}
