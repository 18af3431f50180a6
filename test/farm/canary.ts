/**
 * The word that is in every password and passphrase which tests on nodes use. Nobody but a test that has put it there may have it in a
 * file, argument, environment or output: farms look for it when they end, and `watch-processes.ts` while tests run.
 */
import { spawnSync } from 'node:child_process';

/** In two parts, so that bundles of the tests themselves, which lie in temporary directories, do not have it. */
export const CANARY = ['zaun', 'koenig'].join('');

export const secretOf = (what: string): string => `${CANARY} ${what}`;

/** A leak has a name: where the word was found. */
export class LeakError extends Error {}

export interface Place {
  /** A directory with all that is in it on its own file system, or a file. */
  readonly path: string;
  /** For people; else the path itself. */
  readonly name?: string;
}

/** The files that hold the word. What is missing, or goes while it is looked at, holds nothing. */
export function filesWith(word: string, places: readonly Place[]): string[] {
  if (places.length === 0) return [];
  // The word is no argument, or it would be found there.
  const args = ['-rlaF', '--devices=skip', '-f', '-', '--', ...places.map(({ path }) => path)];
  const { stdout, error } = spawnSync('grep', args, {
    input: `${word}\n`,
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  if (error !== undefined) throw error;
  return stdout.split('\n').filter((path) => path !== '');
}

/** By the names of their places. */
export function named(paths: readonly string[], places: readonly Place[]): string[] {
  return paths.map((path) => {
    const place = places.find((one) => path === one.path || path.startsWith(`${one.path}/`));
    return place?.name === undefined ? path : `${place.name}${path.slice(place.path.length)}`;
  });
}

export function refuseLeaks(leaks: readonly string[]): void {
  if (leaks.length > 0) throw new LeakError(`S6: a secret of the tests is in ${leaks.join(', ')}`);
}
