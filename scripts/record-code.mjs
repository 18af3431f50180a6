// Keeps what V8 makes of the parts of dist while a command and a job run on a node of this process, so that no later start compiles that
// again: recordCode(DIST, evaluated) of the build, which runs this file with DIST, the parts to keep, and the words of each call.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';

const SELF = fileURLToPath(import.meta.url);
const TRIES_MS = 30_000;
const JOB_FILE = `export default ({ sites, jobs }) => {
  jobs.add('one', sites.names(), ({ shell }) => shell.run('true'));
};
`;

/** Where nothing can be run all is made that comes before it; dist is whole without. */
export async function recordCode(dist, evaluated) {
  const { openPlayground } = await evaluated('src/demo/playground.ts');
  const { packCode } = await evaluated('src/code-cache.ts');
  const playground = await withoutLocks(openPlayground);
  writeFileSync(`${playground.directory}/jobs.mjs`, JOB_FILE);
  const access = ['-F', 'none', '-k', 'key', '--known-hosts', 'known_hosts', '-o', './nodes'];
  // A job asks for a lock, and goes without where work of another run is in its way.
  const lock = ['-t', '--lock-file', `${playground.directory}/lock`];
  const calls = [
    { parts: ['cli', 'run'], words: [...access, '-y', '-C', 'true'] },
    { parts: ['job'], words: ['job', '-f', './jobs.mjs', ...access, ...lock, 'one'] },
  ];
  // Its journal goes with the playground.
  const env = { PATH: process.env.PATH, XDG_STATE_HOME: playground.directory };
  const settings = { cwd: playground.directory, env, timeout: TRIES_MS };
  for (const { parts, words } of calls)
    await promisify(execFile)(process.execPath, [SELF, dist, parts.join(), ...words], settings).catch(
      () => {},
    );
  await playground.stop();
  for (const name of calls.flatMap(({ parts }) => parts)) {
    const code = `${dist}/${name}.code`;
    if (!existsSync(code)) continue;
    const packed = packCode(readFileSync(`${dist}/${name}.cjs`), readFileSync(code));
    writeFileSync(`${dist}/${name}.cache`, packed, { mode: 0o644 });
    rmSync(code);
  }
}

/** This machine's `/` is that of the nodes, which take it shared beside any lock: the `flock` that they find does nothing. */
async function withoutLocks(openPlayground) {
  const { PATH } = process.env;
  const bin = mkdtempSync(join(tmpdir(), 'lockstep-record-'));
  process.once('exit', () => rmSync(bin, { recursive: true, force: true }));
  writeFileSync(join(bin, 'flock'), '#!/bin/sh\n', { mode: 0o755 });
  process.env.PATH = `${bin}:${PATH}`;
  try {
    return await openPlayground();
  } finally {
    process.env.PATH = PATH;
  }
}

async function record(dist, parts, words) {
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
  for (const name of parts) {
    const script = scripts.get(`${dist}/${name}.cjs`);
    if (script !== undefined) writeFileSync(`${dist}/${name}.code`, script.createCachedData());
  }
  process.exit(exitCode);
}

if (process.argv[1] === SELF) {
  const [dist, parts, ...words] = process.argv.slice(2);
  await record(dist, parts.split(','), words);
}
