import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { texts } from '../../../scripts/texts.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let outputs: Metafile['outputs'];

beforeAll(async () => {
  const { leanYargs } = await import(`${root}scripts/lean-yargs.mjs`);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    external: ['ssh2'],
    platform: 'node',
    format: 'esm',
    plugins: [leanYargs, texts],
    logLevel: 'error',
  });
  ({ outputs } = metafile);
});

/** The chunk of this source, with all that is loaded before it can start: not what it may import later. */
function loadedWith(source: string): string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === source);
  const chunks = new Set(entry === undefined ? [] : [entry]);
  for (const chunk of chunks) {
    for (const { path, kind, external } of outputs[chunk]?.imports ?? []) {
      if (kind === 'import-statement' && !external) chunks.add(path);
    }
  }
  return [...chunks];
}

const IS_OF_RUN =
  /^src\/(?:run\/(?!modes|hold\/check|request|work-request)|ssh|node|lock|transfer|session)\//;

function loadedFor(sources: readonly string[]): { inputs: string[]; bytes: number } {
  const chunks = [...new Set(sources.flatMap(loadedWith))];
  const inputs = chunks.flatMap((chunk) => Object.keys(outputs[chunk]?.inputs ?? {}));
  expect(inputs).toEqual(expect.arrayContaining([...sources]));
  return { inputs, bytes: chunks.reduce((sum, chunk) => sum + (outputs[chunk]?.bytes ?? 0), 0) };
}

describe('what answers at once', () => {
  it.each([
    ['--version', ['src/main.ts']],
    ['--help', ['src/main.ts', 'src/cli/words/words.ts', 'src/cli/usage.ts']],
    ['completion', ['src/main.ts', 'src/cli/words/words.ts', 'src/cli/completion/completion.ts']],
  ])('loads no package and nothing that works on nodes: %s', (_name, sources) => {
    const { inputs, bytes } = loadedFor(sources);
    expect(inputs.filter((input) => /node_modules/.test(input) || IS_OF_RUN.test(input))).toEqual([]);
    expect(bytes).toBeLessThan(96 * 1024);
  });

  it.each([
    ['a mistake', ['src/main.ts', 'src/cli/parse.ts', 'src/cli/usage.ts']],
    ['a bad format', ['src/main.ts', 'src/cli/parse.ts', 'src/output/look/check-looks.ts']],
  ])('loads yargs alone, without its way to the terminal and to files: %s', (_name, sources) => {
    const { inputs, bytes } = loadedFor(sources);
    const packages = inputs.filter((input) => /node_modules/.test(input));
    expect(packages.filter((input) => !/node_modules\/yargs(?:-parser)?\//.test(input))).toEqual([]);
    expect(packages.filter((input) => input.includes('node.js') || input.includes('esm.mjs'))).toEqual([]);
    expect(inputs.filter((input) => IS_OF_RUN.test(input))).toEqual([]);
    // The option table is part of these, and what it names; and what an upload says of its channels ahead, with its bounds.
    expect(bytes).toBeLessThan(316 * 1024);
  });

  it('is told from what is heavy: a run loads ssh2', () => {
    expect(Object.keys(outputs).some((path) => outputs[path]?.entryPoint === 'src/process/run-here.ts')).toBe(
      true,
    );
    expect(loadedWith('src/process/run-here.ts').length).toBeGreaterThan(1);
  });
});

it('no flag of the engine is refused by the engine that runs', async () => {
  const contents =
    "import * as memory from './src/process/memory.ts'; for (const set of Object.values(memory)) set(); console.log('set');";
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, loader: 'ts' },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', outputFiles[0]?.text ?? ''], {
    encoding: 'utf8',
  });
  expect([ran.stdout, ran.stderr]).toEqual(['set\n', '']);
});
