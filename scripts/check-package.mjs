// Whether the package is whole for those who install it: packed by npm, laid out in an empty project, and imported there in JavaScript
// and in TypeScript, whichever way the compiler looks for modules. Asks no registry.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'lockstep-project-'));
try {
  const { archive, installed } = packed();
  const mistakes = [...(await lint(installed)), ...(await wrongTypes(archive)), ...imports()];
  for (const mistake of mistakes) console.error(mistake);
  process.exitCode = mistakes.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** As npm lays it out, with the packages that it depends on. */
function packed() {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', scratch];
  const [{ filename }] = JSON.parse(execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8' }));
  const [archive, installed] = [join(scratch, filename), join(scratch, 'node_modules/lockstep-ssh')];
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  // A program in TypeScript has the types of Node.js.
  mkdirSync(join(scratch, 'node_modules/@types'));
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(scratch, 'node_modules', name));
  return { archive, installed };
}

async function lint(pkgDir) {
  const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

async function wrongTypes(archive) {
  const { problems = [] } = await checkPackage(createPackageFromTarballData(readFileSync(archive)));
  // It is a package of ES modules alone, which CommonJS imports with import().
  const wrong = problems.filter(({ kind }) => kind !== 'CJSResolvesToESM');
  return wrong.map((problem) => `are the types wrong: ${JSON.stringify(problem)}`);
}

/** A program in both languages. */
function imports() {
  const program = readFileSync(join(ROOT, 'scripts/use-package.ts'), 'utf8');
  writeFileSync(join(scratch, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  writeFileSync(join(scratch, 'use.ts'), program);
  const [tsc, common] = [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--target',
      'es2023',
      '--types',
      'node',
    ],
  ];
  const ways = [
    ['--module', 'node16', '--moduleResolution', 'node16'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ];
  return ways.flatMap((way) => [
    ...failure(way.at(-1), [tsc, ...common, ...way, 'use.ts']),
    ...failure(`${way.at(-1)}, run`, ['use.js']),
  ]);
}

function failure(what, words) {
  try {
    execFileSync(process.execPath, words, {
      cwd: scratch,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return [];
  } catch ({ stdout, stderr }) {
    return [`${what}: ${stdout}${stderr}`];
  }
}
