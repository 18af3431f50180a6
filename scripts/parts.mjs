// The files that dist consists of. Each is loaded whole, since a file more costs more time at the start than some code that is not run:
// what the source loads later is evaluated later in the same file, unless it is a part of its own.
export const ENTRIES = {
  main: 'src/main.ts',
  'demo-alone': 'src/demo/from-checkout.ts',
};

// What programs import: by itself, since nothing of it is loaded later in a hurry.
const LIBRARY = { jobs: 'src/jobs/index.ts' };

// These are loaded by src/load-part.ts.
const PARTS = {
  cli: 'src/cli/read-call.ts',
  run: 'src/process/run-here.ts',
  job: 'src/process/job-here.ts',
  // These bring a package each, and give plain values or errors back.
  request: 'src/run/request/read-request.ts',
  groups: 'src/targets/groups-file.ts',
  inventory: 'src/targets/ansible/yaml.ts',
  rollout: 'src/rollout/open-rollout.ts',
  demo: 'src/demo/demo.ts',
  // Reads the journal; what writes it is part of each run.
  journal: 'src/journal/past.ts',
  // There is one class of errors.
  errors: 'src/core/errors.ts',
};

/** esbuild's settings for each file. */
export function filesOfDist() {
  return [
    {
      entryPoints: LIBRARY,
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      // Errors tell the names of their classes.
      keepNames: true,
      // CommonJS packages inside of an ES module ask for their own require.
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url), __dirname = import.meta.dirname;",
      },
      plugins: [],
    },
    ...Object.entries(ENTRIES).map(([name, path]) => ({
      entryPoints: { [name]: path },
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      plugins: [otherParts(name), loadedParts],
    })),
    ...Object.entries(PARTS).map(([name, path]) => ({
      entryPoints: { [name]: path },
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
      // The file is one expression: a function that is called with these.
      banner: { js: '(function (require, module, exports, __url, __dirname) {' },
      footer: { js: '})' },
      define: { 'import.meta.url': '__url' },
      supported: { 'dynamic-import': false },
      plugins: [otherParts(name)],
    })),
  ];
}

const WORKERS = new Set(['run', 'job']);

/** A part finds the others beside it. All but these only read what stands in the records of modes, and never do their work. */
const otherParts = (part) => ({
  name: 'other-parts',
  setup(build) {
    const names = new Map(Object.entries(PARTS).map(([name, path]) => [path, name]));
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (kind === 'entry-point' || pluginData === names) return;
      const isWork = kind === 'dynamic-import' && resolveDir.endsWith('/src/run/modes');
      const found = await build.resolve(path, { resolveDir, kind, pluginData: names });
      const name = names.get(found.path.slice(build.initialOptions.absWorkingDir.length));
      const other = name ?? (isWork && !WORKERS.has(part) ? 'run' : undefined);
      if (other === undefined) return found;
      if (!(part in ENTRIES)) return { path: `./${other}.cjs`, external: true };
      // The errors of an entry meet nobody else's.
      return other === 'errors' ? found : { path: other, namespace: 'part' };
    });
  },
});

/** An entry has the loader in itself. */
const loadedParts = {
  name: 'loaded-parts',
  setup(build) {
    build.onLoad({ filter: /^/, namespace: 'part' }, ({ path }) => ({
      contents: `module.exports = require('./src/load-part.ts').loadPart('${path}');`,
      resolveDir: build.initialOptions.absWorkingDir,
    }));
  },
};
