// Keeps what V8 makes of the parts of dist while a command is run on a node of this process, so that no later start compiles that again:
// recordCode(DIST, evaluated) of the build, which runs this file with DIST and the words of that command.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';

const SELF = fileURLToPath(import.meta.url);
const TRIES_MS = 30_000;
// The parts that each run loads, and that are worth it.
const KEPT = ['cli', 'run'];

/** Where nothing can be run all is made that comes before it; dist is whole without. */
export async function recordCode(dist, evaluated) {
  const { openPlayground } = await evaluated('src/demo/playground.ts');
  const { packCode } = await evaluated('src/code-cache.ts');
  const playground = await openPlayground();
  // A run without a lock, since this machine's `/` is the node's.
  const words = [
    '-F',
    'none',
    '-k',
    'key',
    '--known-hosts',
    'known_hosts',
    '-o',
    './nodes',
    '-y',
    '-C',
    'true',
  ];
  // Its journal goes with the playground.
  const env = { PATH: process.env.PATH, XDG_STATE_HOME: playground.directory };
  const settings = { cwd: playground.directory, env, timeout: TRIES_MS };
  await promisify(execFile)(process.execPath, [SELF, dist, ...words], settings).catch(() => {});
  await playground.stop();
  for (const name of KEPT) {
    const code = `${dist}/${name}.code`;
    if (!existsSync(code)) continue;
    const packed = packCode(readFileSync(`${dist}/${name}.cjs`), readFileSync(code));
    writeFileSync(`${dist}/${name}.cache`, packed, { mode: 0o644 });
    rmSync(code);
  }
}

async function record(dist, words) {
  const scripts = new Map();
  vm.Script = class extends vm.Script {
    constructor(text, options) {
      super(text, options);
      scripts.set(options.filename, this);
    }
  };
  // V8 compares its flags, too; those that a run sets it sets when its parts are loaded.
  v8.setFlagsFromString = () => {};
  const { main } = await import(`${dist}/main.mjs`);
  const exitCode = await main(words, 'lockstep');
  for (const name of KEPT) {
    const script = scripts.get(`${dist}/${name}.cjs`);
    if (script !== undefined) writeFileSync(`${dist}/${name}.code`, script.createCachedData());
  }
  process.exit(exitCode);
}

if (process.argv[1] === SELF) {
  const [dist, ...words] = process.argv.slice(2);
  await record(dist, words);
}
