/** Gives a hint for targets out of reach, if this machine shows what the user may have meant. */
import { statSync } from 'node:fs';
import type { LockstepError } from '../../core/errors.ts';
import { quoteInput } from '../../text/quote-input.ts';

/** Returns the hint of the first failure that has one. */
export function targetHint(failures: readonly LockstepError[]): string | undefined {
  const failed = failures.filter(({ code }) => code === 'unreachable' || code === 'auth');
  const named = failed.flatMap(({ node }) => node?.given ?? []).find(isPlainFile);
  return named === undefined ? undefined : fileHint(named);
}

/** The target is also the name of a file here, as `hosts` often is. */
export function isPlainFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

export function fileHint(name: string): string {
  return `there is a file ${quoteInput(name)} here, which is read as -o ./${name}`;
}
