/** A file of jobs: a module whose default export is a function that gets the fleet. */
import { spawnSync } from 'node:child_process';
import { accessSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { Fleet } from './fleet-options.ts';

/** Loads a module by its URL, as Node does. */
export type ImportFile = (url: string) => Promise<unknown>;

const NAMES = ['lockstep.jobs.mjs', 'lockstep.jobs.js', 'lockstep.jobs.ts'];

/** Lets the file put sites and jobs into the fleet. Rejects with LockstepError `usage`, which names the file and the line. */
export async function loadJobs(
  given: string | undefined,
  fleet: Fleet,
  importFile: ImportFile,
): Promise<void> {
  const path = resolve(given ?? findFile());
  const refuse = (why: string, hint?: string) =>
    new LockstepError('usage', `${quoteInput(given ?? path)}: ${why}`, { hint });
  if (!isThere(path)) throw refuse('there is no such file, or it may not be read');
  if (statSync(path).isDirectory())
    throw refuse('it is a directory', `name a file in it: ${NAMES.join(', ')}`);
  let made: unknown;
  try {
    made = await (/\.[mc]?ts$/.test(path)
      ? importTypeScript(path, importFile, refuse)
      : importFile(urlOf(path)));
  } catch (thrown) {
    throw thrown instanceof LockstepError ? thrown : refuse(`it cannot be loaded: ${textOf(thrown, path)}`);
  }
  const define = (made as { default?: unknown }).default;
  if (typeof define !== 'function')
    throw refuse('its default export is no function', 'export default (fleet) => { fleet.jobs.add(…); }');
  try {
    await define(fleet);
  } catch (thrown) {
    if (thrown instanceof LockstepError)
      throw refuse(`${thrown.message}${placeOf(thrown, path)}`, thrown.hint);
    throw refuse(`it has thrown: ${textOf(thrown, path)}`);
  }
}

/** Node removes the types itself, from 22.18 on; else esbuild does, if the file's directory has it. */
async function importTypeScript(
  path: string,
  importFile: ImportFile,
  refuse: (why: string, hint?: string) => LockstepError,
): Promise<unknown> {
  if ('typescript' in process.features && process.features.typescript) return importFile(urlOf(path));
  let esbuild: { buildSync(settings: object): { outputFiles: { text: string }[] } };
  try {
    esbuild = createRequire(path)('esbuild');
  } catch {
    const hint = 'npm install esbuild beside it, use Node.js 22.18 or later, or write it in JavaScript';
    throw refuse(`Node.js ${process.versions.node} reads no TypeScript`, hint);
  }
  const { outputFiles } = esbuild.buildSync({
    ...{ entryPoints: [path], bundle: true, write: false, packages: 'external', logLevel: 'silent' },
    ...{ format: 'esm', platform: 'node', target: 'node20', sourcemap: 'inline' },
  });
  // Beside the file, so that it finds the packages that the file finds.
  const directory = mkdtempSync(join(dirname(path), '.lockstep-jobs-'));
  try {
    const file = join(directory, 'jobs.mjs');
    writeFileSync(file, outputFiles[0]?.text ?? '');
    return await importFile(urlOf(file));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function findFile(): string {
  const found = NAMES.find((name) => isThere(resolve(name)));
  if (found !== undefined) return found;
  throw new LockstepError('usage', `there is no file of jobs here: ${NAMES.join(', ')}`, {
    hint: 'name it with -f FILE; docs/jobs.md tells what stands in it',
  });
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

const urlOf = (path: string) => pathToFileURL(path).href;

function textOf(thrown: unknown, path: string): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown instanceof SyntaxError) return `${thrown.message}${placeOfMistake(path)}`;
  return `${thrown.message}${placeOf(thrown, path)}`;
}

/** A syntax error does not say where it is; Node's own check of the file does. */
function placeOfMistake(path: string): string {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  return placeOf({ name: '', message: '', stack: stderr }, path);
}

/** ` (line 3)`, in that file. */
function placeOf({ stack = '' }: Error, path: string): string {
  for (const line of stack.split('\n')) {
    const at = line.indexOf(path);
    const [, number] = at < 0 ? [] : (/^:(\d+)/.exec(line.slice(at + path.length)) ?? []);
    if (number !== undefined) return ` (line ${number})`;
  }
  return '';
}
