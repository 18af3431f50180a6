/** What `npm install -g` makes of the package, without a registry: packed, laid out, and linked by npm itself. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchForFile } from '../scratch.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { version, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const scratch = scratchForFile();
let prefix: string;
let installed: string;

beforeAll(() => {
  prefix = join(scratch, 'prefix');
  installed = join(prefix, 'lib/node_modules/lockstep-ssh');
  const checkout = join(scratch, 'checkout');
  for (const name of new Set([...files, 'src', 'scripts', 'sync-tool', 'package.json'])) {
    if (name !== 'dist') cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  const npm = (...words: string[]) =>
    execFileSync('npm', words, { cwd: checkout, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  // Builds, as `prepack` of the package says.
  npm('pack', '--pack-destination', scratch);
  mkdirSync(installed, { recursive: true });
  const archive = join(scratch, `lockstep-ssh-${version}.tgz`);
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  npm('rebuild', '--global', '--prefix', prefix, '--ignore-scripts');
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
});

const lockstep = (...words: string[]) =>
  spawnSync(join(prefix, 'bin/lockstep'), words, { encoding: 'utf8', cwd: scratch, env: environment() });

/** The journal of a run stays in the scratch. */
const environment = () => ({ PATH: process.env.PATH, XDG_STATE_HOME: join(scratch, 'state') });

/** Of the parts that a run loads, those that V8 has taken its code of. */
function codeTaken(directory: string): Record<string, boolean> {
  const watching = `
    import vm from 'node:vm';
    const taken = {};
    vm.Script = class extends vm.Script {
      constructor(text, options) {
        super(text, options);
        const name = /(\\w+)\\.cjs$/.exec(options.filename)[1];
        if (name !== 'errors') taken[name] = options.cachedData !== undefined && !this.cachedDataRejected;
      }
    };
    const { main } = await import(process.argv[1]);
    const code = await main(['-o', '127.0.0.1:1', '-F', 'none', '-C', 'true'], 'lockstep');
    console.log(JSON.stringify({ code, taken }));`;
  const main = join(directory, 'dist/main.mjs');
  const words = ['--input-type=module', '-e', watching, main];
  const ran = spawnSync(process.execPath, words, { encoding: 'utf8', env: environment() });
  const { code, taken } = JSON.parse(ran.stdout);
  expect(code, ran.stderr).toBe(3);
  return taken;
}

function change(path: string, by: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  by(bytes);
  writeFileSync(path, bytes);
}

describe('the package, installed', () => {
  test('has the command and its man page where shell and man find them', () => {
    expect(lockstep('--version').stdout).toBe(`lockstep ${version}\n`);
    const page = join(prefix, 'share/man/man1/lockstep.1');
    expect(readFileSync(page, 'utf8')).toContain('.SH SYNOPSIS');
    const found = spawnSync('man', ['-w', 'lockstep'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, MANPATH: join(prefix, 'share/man') },
    });
    if (found.error) return console.warn('not asked: man is not installed');
    expect(found.stdout.trim()).toBe(realpathSync(page));
  });

  test('is a few files, of which a run loads no more than it needs', () => {
    const loaded = (...words: string[]) => {
      const traced = spawnSync(
        'strace',
        ['-f', '-e', 'trace=openat', join(prefix, 'bin/lockstep'), ...words],
        {
          encoding: 'utf8',
          env: environment(),
        },
      );
      if (traced.error) return undefined;
      const names = [...traced.stderr.matchAll(/\/dist\/([\w-]+)\.[cm]js", O_RDONLY/g)].map(
        ([, name]) => name,
      );
      return [...new Set(names)].sort();
    };
    expect([undefined, ['main']]).toContainEqual(loaded('--version'));
    expect([undefined, ['cli', 'errors', 'main']]).toContainEqual(loaded('--help'));
    expect([undefined, ['cli', 'errors', 'main', 'run']]).toContainEqual(
      loaded('-o', 'localhost:1', '-C', 'true'),
    );
  });

  test('starts with the code that V8 made of it at the build, which is as safe to be run as the program', () => {
    for (const name of ['cli', 'run']) {
      const { uid, mode } = statSync(join(installed, `dist/${name}.cache`));
      expect([uid, mode & 0o022]).toEqual([statSync(join(installed, `dist/${name}.cjs`)).uid, 0]);
    }
    expect(codeTaken(installed)).toEqual({ cli: true, run: true });
  });

  test.each<[string, (cache: string, source: string) => void]>([
    ['that others may write', (cache) => chmodSync(cache, 0o666)],
    ['that is not whole', (cache) => truncateSync(cache, statSync(cache).size - 1)],
    ['in which a byte is another', (cache) => change(cache, (bytes) => bytes.fill(0x55, 9000, 9001))],
    ['of another Node.js', (cache) => change(cache, (bytes) => bytes.write('v1', bytes.indexOf('v')))],
    [
      'of a source that has changed, and is as long',
      (_, source) => change(source, (text) => text.write('NO MODE', text.indexOf('no mode'))),
    ],
    ['that is not there', (cache) => rmSync(cache)],
  ])('starts from its source instead of code %s', (_what, spoil) => {
    const copy = mkdtempSync(join(scratch, 'copy-'));
    for (const name of ['dist', 'package.json']) {
      cpSync(join(installed, name), join(copy, name), { recursive: true });
    }
    spoil(join(copy, 'dist/cli.cache'), join(copy, 'dist/cli.cjs'));
    expect(codeTaken(copy)).toEqual({ cli: false, run: true });
  });

  test('refuses a word that Node.js has read with loss, before anything is connected (S7)', () => {
    const script = `exec "$0" -o 127.0.0.1:1 -C rm -- "$(printf 'lat\\351')"`;
    const ran = spawnSync('sh', ['-c', script, join(prefix, 'bin/lockstep')], { encoding: 'utf8' });
    expect(ran.stderr).toContain("a word is not UTF-8: 'lat\\xe9'");
    expect(ran.status).toBe(64);
  });

  test('shows its demo', () => {
    const shown = lockstep('demo');
    expect(shown.stdout + shown.stderr).toContain('That was all');
    expect(shown.status).toBe(0);
  });

  test('has the sync tool with its library once, where docs/sync.md says, and all that its pages lead to', () => {
    for (const path of [
      'dist/sync-tool/sync',
      'dist/sync-tool/lib/lockstep.sh',
      'dist/sync-tool/lib/relocate.sh',
    ]) {
      expect(existsSync(join(installed, path)), path).toBe(true);
    }
    const all = execFileSync('find', [installed, '-type', 'f', '-name', 'lockstep.sh'], { encoding: 'utf8' });
    expect(all.trim().split('\n')).toHaveLength(1);
    const docs = readdirSync(join(installed, 'docs')).filter((name) => name.endsWith('.md'));
    for (const page of ['README.md', 'sync-tool/README.md', ...docs.map((name) => `docs/${name}`)]) {
      const links = [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)];
      const missing = links
        .map(([, link = '']) => join(installed, page, '..', link))
        .filter((path) => !existsSync(path));
      expect(missing, page).toEqual([]);
    }
  });
});

describe('the library', () => {
  /** An empty project that has it. */
  const project = () => {
    const directory = mkdtempSync(join(scratch, 'project-'));
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(installed, join(directory, 'node_modules/lockstep-ssh'));
    symlinkSync(join(ROOT, 'node_modules/@types'), join(directory, 'node_modules/@types'));
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    writeFileSync(join(directory, 'program.js'), PROGRAM);
    writeFileSync(join(directory, 'program.ts'), TYPED);
    return directory;
  };

  test('a program in JavaScript imports it, runs jobs and shells, and ends by itself', () => {
    const ran = spawnSync(process.execPath, ['program.js'], { cwd: project(), encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    expect(JSON.parse(ran.stdout)).toEqual({
      shared: { a: 'hello\n', b: 'hello\n' },
      stdout: 'alone\n',
      isOurs: true,
      code: 'unreachable',
    });
  });

  test.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('a program in TypeScript has its types: module %s, moduleResolution %s', (module, resolution) => {
    const how = `--module ${module} --moduleResolution ${resolution} --target es2022 --types node`.split(' ');
    const words = [join(ROOT, 'node_modules/typescript/bin/tsc'), ...STRICT, ...how, 'program.ts'];
    const ran = spawnSync(process.execPath, words, { cwd: project(), encoding: 'utf8' });
    expect([ran.stdout, ran.status]).toEqual(['', 0]);
  });
});

const STRICT = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];

const PROGRAM = `
import { createFleet, LockstepError, shell } from 'lockstep-ssh';
const fleet = createFleet();
fleet.sites.add(['a', 'b'], 'all');
fleet.jobs.add('hello', 'all', async ({ shell, shared, site }) => {
  shared[site.name] = (await shell.run('echo hello')).stdout;
});
const { shared } = await fleet.run('hello');
await fleet.close();
const { stdout } = await shell().run('echo alone');
const error = await shell('nobody@127.0.0.1:1', {}).run('true').catch((thrown) => thrown);
console.log(JSON.stringify({ shared, stdout, isOurs: error instanceof LockstepError, code: error.code }));
`;

const TYPED = `
import { type Action, createFleet, type Fleet } from 'lockstep-ssh';
interface Shared { greeting: string }
const fleet: Fleet = createFleet({ times: { heartbeatMs: 1_000 } });
fleet.sites.add('www1', ['web'], { host: 'www1', own: { a: 1 } });
const hello: Action<Shared> = async ({ shell, shared }) => {
  shared.greeting = (await shell.run('ls', { timeoutMs: 1_000 })).stdout;
};
fleet.jobs.add('hello', 'web', hello);
const batch = await fleet.run<Shared>('hello', { shared: { greeting: '' }, limits: [{ roles: 'web', max: '25%' }] });
export const greeting: string = batch.shared.greeting;
// @ts-expect-error There is no such option.
createFleet({ nothing: true });
`;
