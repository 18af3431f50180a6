/** What this process finds around it. Each answer of the operating system is a value here, or an error that people can read. */
import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { LockstepError } from './errors.ts';
import { systemErrorText } from './system-error.ts';

/** Names of our own stdin. */
export const STDIN_PATHS: readonly string[] = ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/** Throws LockstepError `usage` where the directory was removed, or may not be read any more. */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new LockstepError('usage', `cannot tell the current directory: ${systemErrorText(error)}`, {
      hint: 'it was removed, perhaps; go to another one, or name files from /',
    });
  }
}

/** `$HOME` where that is a path, else what the system knows of this account; undefined where there is neither, as in containers. */
export function homeDirectory(): string | undefined {
  const { HOME } = process.env;
  if (HOME !== undefined && isAbsolute(HOME)) return HOME;
  return accountHome();
}

/** Whatever `$HOME` says. */
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
