// Bundles src/ and the packages it uses into dist/: the program and the demo; and makes the man page.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { leanSsh2 } from './lean-ssh2.mjs';
import { leanYargs } from './lean-yargs.mjs';
import { filesOfDist } from './parts.mjs';
import { recordCode } from './record-code.mjs';
import { texts } from './texts.mjs';

const root = new URL('..', import.meta.url).pathname;
// Built beside it and renamed, so that a failed build leaves the old one, and a running program finds its files.
const fresh = mkdtempSync(`${root}dist-`);
// Who builds as root builds for others, too.
chmodSync(fresh, 0o777 & ~process.umask());
await Promise.all([...filesOfDist().map(bundle), declareTypes()]);
// The man page: its prose, with the tables that the help is made from.
const { manPage } = await evaluated('scripts/man-page.ts');
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
writeFileSync(`${fresh}/lockstep.1`, manPage(readFileSync(`${root}docs/lockstep.1.md`, 'utf8'), version));

// The sync tool as a directory to install on nodes, and its library for tools of one's own; sent along it is one text, put together in src/node/texts.ts.
const { RELOCATE_LIBRARY } = await evaluated('src/node/texts.ts');
for (const part of ['sync', 'lib'])
  cpSync(`${root}sync-tool/${part}`, `${fresh}/sync-tool/${part}`, { recursive: true });
writeFileSync(`${fresh}/sync-tool/lib/relocate.sh`, RELOCATE_LIBRARY);

await recordCode(fresh, evaluated).catch(({ message }) =>
  console.warn(`dist is whole, but each start compiles it: ${message}`),
);

const old = `${fresh}-old`;
try {
  renameSync(`${root}dist`, old);
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
// mkdtemp makes it for its owner alone: a checkout that root has built is for all who may read it.
chmodSync(fresh, 0o777 & ~process.umask());
renameSync(fresh, `${root}dist`);
rmSync(old, { recursive: true, force: true });

async function bundle({ plugins, ...settings }) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    outdir: fresh,
    bundle: true,
    write: false,
    // Packages are bundled, too, since each of their files costs start-up time.
    platform: 'node',
    target: 'node20',
    plugins: [...plugins, leanYargs, leanSsh2, texts],
    logLevel: 'warning',
    ...settings,
  });
  for (const { path, text } of outputFiles) writeFileSync(path, escaped(text));
}

/** For programs in TypeScript that use the library: its types, and those that they are made of. */
async function declareTypes() {
  const [tsc, all] = [`${root}node_modules/typescript/bin/tsc`, `${fresh}/declared`];
  const words = ['-p', `${root}scripts/types.tsconfig.json`, '--outDir', all];
  await promisify(execFile)(process.execPath, [tsc, ...words]).catch(({ stdout, message }) => {
    throw new Error(stdout || message);
  });
  // The list grows while it is read.
  const needed = new Set(['jobs/index.d.ts']);
  for (const name of needed) {
    // Other compilers know these files by the names of what would be loaded.
    const text = readFileSync(join(all, name), 'utf8').replaceAll(
      /((?:from |import\()'\.[^']*)\.ts'/g,
      "$1.js'",
    );
    for (const [, path] of text.matchAll(/(?:from |import\()'(\.[^']*)\.js'/g))
      needed.add(join(dirname(name), `${path}.d.ts`));
    mkdirSync(dirname(`${fresh}/types/${name}`), { recursive: true });
    writeFileSync(`${fresh}/types/${name}`, text);
  }
  rmSync(all, { recursive: true });
}

/** esbuild leaves other characters than ASCII in comments and patterns, where their escapes mean the same. They would double the text in memory. */
function escaped(text) {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function evaluated(entryPoint) {
  const outfile = `${fresh}/evaluated-${entryPoint.replaceAll('/', '-')}.mjs`;
  await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    plugins: [texts],
    logLevel: 'warning',
  });
  const module = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  return module;
}
