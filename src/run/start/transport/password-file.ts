/** `--password-file`: the password to log in with, from a file, a pipe or stdin. Messages never show its contents. */
import { fstatSync, open } from 'node:fs';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { LockstepError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits/limits.ts';
import { readWhole } from '../../../core/read-whole.ts';
import { systemErrorText } from '../../../core/system-error.ts';
import { quoteInput } from '../../../text/quote-input.ts';
import { isOnStdin } from '../../request/stdin-readers.ts';
import type { Surroundings } from '../../surroundings.ts';
import { streamOf } from '../input.ts';

/** Resolves to the only line of the file. Rejects with LockstepError `usage`. */
export async function readPasswordFile(path: string, here: Pick<Surroundings, 'stdin'>): Promise<string> {
  const refused = (why: string, hint: string) =>
    new LockstepError('usage', `the password of ${quoteInput(path)} is not used: ${why}`, { hint });
  const stream = await openPassword(path, here, refused);
  const text = await readWhole(stream, BYTES_MAX, () =>
    refused('it is too long', 'the file holds the password, and nothing else'),
  );
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw refused('it is empty', 'write the password into it, as one line');
  if (password.includes('\n')) throw refused('it has more than one line', 'the file holds one password');
  if (/[\0\ufffd]/.test(password)) throw refused('it is no text', 'it holds a NUL, or is not UTF-8');
  if (password.length > LIMITS.secretCharsMax)
    throw refused('it is too long', `a password has ${LIMITS.secretCharsMax} characters at most`);
  return password;
}

/** A character takes at most four bytes in UTF-8. */
const BYTES_MAX = 4 * LIMITS.secretCharsMax + '\r\n'.length;

type Refused = (why: string, hint: string) => LockstepError;

async function openPassword(
  path: string,
  here: Pick<Surroundings, 'stdin'>,
  refused: Refused,
): Promise<Readable> {
  if (isOnStdin(path)) {
    const stream = here.stdin();
    if ('fd' in stream && typeof stream.fd === 'number') refuseExposed(stream.fd, refused);
    return stream;
  }
  let descriptor: number | undefined;
  try {
    descriptor = await promisify(open)(path, 'r');
    refuseExposed(descriptor, refused);
    return streamOf(descriptor);
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw refused(`it cannot be read: ${systemErrorText(error)}`, 'is the path right?');
  }
}

/** Asks the open descriptor, so that nobody can put another file in its place. An ACL shows in the bits of the group. */
function refuseExposed(descriptor: number, refused: Refused): void {
  if (isatty(descriptor)) throw refused('it is a terminal', '-p asks on the terminal, and shows nothing');
  const stats = fstatSync(descriptor);
  if (stats.isDirectory()) throw refused('it is a directory', 'is the path right?');
  const isKept = stats.isFile() || stats.isFIFO();
  if (isKept && (stats.mode & 0o077) !== 0)
    throw refused('others may read or write it', 'run chmod 600 on it, and change the password');
}
