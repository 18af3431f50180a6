// The files that dist consists of. Each is loaded whole, since a file more costs more time at the start than some code that is not run:
// what the source loads later is evaluated later in the same file, unless it is a part of its own.
export const PARTS = {
  main: 'src/main.ts',
  cli: 'src/cli/read-call.ts',
  run: 'src/process/run-here.ts',
  // These bring a package each, and give plain values or errors back.
  request: 'src/run/read-request.ts',
  groups: 'src/targets/groups-file.ts',
  inventory: 'src/targets/ansible/yaml.ts',
  demo: 'src/demo/demo.ts',
  'demo-alone': 'src/demo/from-checkout.ts',
  // There is one class of errors.
  errors: 'src/core/errors.ts',
};

/** A part finds the others beside it. All but one only read what stands in the records of modes, and never do their work. */
export const otherParts = (part) => ({
  name: 'other-parts',
  setup(build) {
    const names = new Map(Object.entries(PARTS).map(([name, path]) => [path, name]));
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (kind === 'entry-point' || pluginData === names) return;
      const isWork = kind === 'dynamic-import' && resolveDir.endsWith('/src/run/modes');
      const found = await build.resolve(path, { resolveDir, kind, pluginData: names });
      const name = names.get(found.path.slice(build.initialOptions.absWorkingDir.length));
      const other = name ?? (isWork && part !== 'run' ? 'run' : undefined);
      return other === undefined ? found : { path: `./${other}.mjs`, external: true };
    });
  },
});
