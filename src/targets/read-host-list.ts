/**
 * Reads host lists from files and from stdin, never beyond the limit: `-o /dev/zero` must end.
 */
import { createReadStream } from 'node:fs';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { readWhole } from '../core/read-whole.ts';
import { quoteInput } from '../text/quote-input.ts';
import { hostListTooLarge } from './host-list.ts';

/** Reads a host file. Throws LockstepError `usage` in the words that scripts written for orgalorg look for. */
export async function readHostFile(path: string): Promise<string> {
  try {
    return await readHostStream(createReadStream(path), path);
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw new LockstepError('usage', `can't open hosts file: ${quoteInput(path)}: ${systemReason(error)}`, {
      hint: 'an -o value that begins with /, ./ or ../ is a file with one target a line',
      causes: [error],
    });
  }
}

/** Reads a stream (stdin) to its end as UTF-8. Throws LockstepError `usage` when it is too large. */
export async function readHostStream(
  stream: AsyncIterable<Uint8Array | string>,
  name: string,
): Promise<string> {
  return readWhole(stream, LIMITS.hostListBytesMax, () => hostListTooLarge(name));
}

/** `ENOENT: no such file or directory, open './blah'` → `no such file or directory`. */
function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z0-9_]+: (.+?)(?:, \w+(?: '.*')?)?$/s.exec(message)?.[1] ?? message;
}
