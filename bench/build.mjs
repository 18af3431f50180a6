// Bundles a bench into one file: node bench/build.mjs FILE [bench/lock/main.ts]. Each module still finds what lies beside its source.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

const keepOwnUrl = {
  name: 'keep-own-url',
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
  },
};

await build({
  absWorkingDir: root,
  entryPoints: [process.argv[3] ?? 'bench/main.ts'],
  outfile: process.argv[2],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  plugins: [keepOwnUrl],
  logLevel: 'warning',
});
