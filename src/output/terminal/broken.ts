/** What a write to stdout or stderr that fails for good means. Pure. */
import { LockstepError } from '../../core/errors.ts';
import { codeOf, systemErrorText } from '../../core/system-error.ts';

/** A reader who has gone is no failure of lockstep (`| head`). A full disk is one: output is lost that somebody wanted. */
export function brokenOutputError(error: Error, { isTTY }: { isTTY: boolean }): LockstepError {
  const code = codeOf(error) ?? '';
  const isReaderGone = READER_GONE.has(code) || (isTTY && TERMINAL_GONE.has(code));
  if (isReaderGone) return new LockstepError('hangup', 'nobody reads the output any more');
  return new LockstepError('output-not-written', `cannot write the output: ${systemErrorText(error)}`);
}

const READER_GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ENOTCONN']);
/** For a file the same code means a disk that fails. */
const TERMINAL_GONE: ReadonlySet<string> = new Set(['EIO', 'ENXIO', 'EBADF']);
