/**
 * Where the journal lies: below the state home of this account, in directories that nobody else can have made or can
 * write to. Lockstep never writes to any other place, and never trusts one.
 */
import type { Stats } from 'node:fs';
import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { makeDirectories } from '../core/make-directories.ts';
import { homeDirectory } from '../core/surroundings.ts';
import { codeOf } from '../core/system-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The directory of all runs, or another beside it, made if missing; undefined for an account without a home. Rejects for an unsafe place. */
export async function makePlace(environment: Environment, last = RUNS): Promise<string | undefined> {
  const home = await stateHome(environment);
  if (home === undefined) return undefined;
  await checkOwner(await existingPart(home));
  await makeDirectories(home, 0o700);
  await checkAbove(home);
  let path = home;
  for (const name of ['lockstep', last]) {
    path = join(path, name);
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    await checkOwn(path);
  }
  return path;
}

/** The same, but makes nothing; undefined if there is none. */
export async function findPlace(environment: Environment, last = RUNS): Promise<string | undefined> {
  const home = await stateHome(environment);
  if (home === undefined) return undefined;
  try {
    await checkAbove(home);
    let path = home;
    for (const name of ['lockstep', last]) {
      path = join(path, name);
      await checkOwn(path);
    }
    return path;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Rejects for anything but a directory of this account that others cannot write to; with `isClosed` they must not enter it either. */
export async function checkOwn(path: string, isClosed = false): Promise<void> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) throw new Error(`${path} is a link`);
  if (!stats.isDirectory()) throw new Error(`${path} is no directory`);
  if (!isOurs(stats)) throw new Error(`${path} belongs to another user`);
  if ((stats.mode & 0o022) !== 0) throw new Error(`${path} may be written by others`);
  if (isClosed && (stats.mode & 0o077) !== 0) throw new Error(`${path} may be entered by others`);
}

const RUNS = 'runs';

/** Another account's home, as under sudo, would get files that its owner cannot remove. */
async function stateHome({ XDG_STATE_HOME: given }: Environment): Promise<string | undefined> {
  if (given !== undefined && isAbsolute(given)) return given;
  const home = homeDirectory();
  const stats = home === undefined ? undefined : await stat(home).catch(() => undefined);
  return home !== undefined && stats?.isDirectory() && isOurs(stats) ? join(home, '.local/state') : undefined;
}

async function existingPart(path: string): Promise<string> {
  const stats = await stat(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  return stats !== undefined || path === dirname(path) ? path : existingPart(dirname(path));
}

/** Nobody else may put another directory in the place of this one. */
async function checkAbove(path: string): Promise<void> {
  const { mode } = await checkOwner(path);
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) throw new Error(`${path} may be written by others`);
}

async function checkOwner(path: string): Promise<Stats> {
  const stats = await stat(path);
  if (stats.uid !== 0 && !isOurs(stats)) throw new Error(`${path} belongs to another user`);
  return stats;
}

function isOurs({ uid }: Stats): boolean {
  return uid === process.geteuid?.();
}
