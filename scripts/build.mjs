// Bundles src/ and the packages it uses into dist/: the program and the demo; and makes the man page.
import { chmodSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { leanSsh2 } from './lean-ssh2.mjs';
import { leanYargs } from './lean-yargs.mjs';
import { otherParts, PARTS } from './parts.mjs';
import { texts } from './texts.mjs';

const root = new URL('..', import.meta.url).pathname;
// Built beside it and renamed, so that a failed build leaves the old one, and a running program finds its files.
const fresh = mkdtempSync(`${root}dist-`);
// Who builds as root builds for others, too.
chmodSync(fresh, 0o777 & ~process.umask());
await Promise.all(
  Object.entries(PARTS).map(([part, path]) =>
    build({
      absWorkingDir: root,
      entryPoints: { [part]: path },
      outdir: fresh,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      // Packages are bundled, too, since each of their files costs start-up time.
      banner: {
        js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url), __dirname = import.meta.dirname;",
      },
      platform: 'node',
      target: 'node20',
      format: 'esm',
      plugins: [otherParts(part), leanYargs, leanSsh2, texts],
      logLevel: 'warning',
    }),
  ),
);
// The man page: its prose, with the tables that the help is made from.
const { manPage } = await evaluated('scripts/man-page.ts');
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
writeFileSync(`${fresh}/lockstep.1`, manPage(readFileSync(`${root}docs/lockstep.1.md`, 'utf8'), version));

// The sync tool as a directory to install on nodes, and its library for tools of one's own; sent along it is one text, put together in src/node/texts.ts.
const { RELOCATE_LIBRARY } = await evaluated('src/node/texts.ts');
for (const part of ['sync', 'lib'])
  cpSync(`${root}sync-tool/${part}`, `${fresh}/sync-tool/${part}`, { recursive: true });
writeFileSync(`${fresh}/sync-tool/lib/relocate.sh`, RELOCATE_LIBRARY);

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

async function evaluated(entryPoint) {
  const outfile = `${fresh}/evaluated-${entryPoint.replaceAll('/', '-')}.mjs`;
  await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [texts],
    logLevel: 'warning',
  });
  const module = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  return module;
}
