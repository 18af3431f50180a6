/** What this process finds around it. Each answer of the operating system becomes a value, or an error in plain words. */
import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { LockstepError } from './errors.ts';
import { systemErrorText } from './system-error.ts';

/** Names of lockstep's own stdin. */
export const STDIN_PATHS: readonly string[] = ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/** Throws LockstepError `usage` when the directory is removed or no longer readable. */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new LockstepError('usage', `cannot tell the current directory: ${systemErrorText(error)}`, {
      hint: 'perhaps somebody removed it; go to another one, or name files from /',
    });
  }
}

/** `$HOME` if it is a path, else the home that the system knows for this account; undefined without either, as in containers. */
export function homeDirectory(): string | undefined {
  const { HOME } = process.env;
  if (HOME !== undefined && isAbsolute(HOME)) return HOME;
  return accountHome();
}

/** The account's home, whatever `$HOME` says. */
export function accountHome(): string | undefined {
  const home = account()?.homedir;
  return home !== undefined && isAbsolute(home) ? home : undefined;
}

/** Undefined for an account that has only a number. */
export function accountName(): string | undefined {
  return account()?.username;
}

function account(): { readonly username: string; readonly homedir: string } | undefined {
  try {
    return userInfo({ encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
