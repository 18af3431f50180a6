/** A stream that a command reads belongs to its program: an error of it ends the command, and never the program. */
import { Readable } from 'node:stream';
import { LockstepError } from '../../core/errors.ts';
import { systemErrorText } from '../../core/system-error.ts';

/** Calls back, perhaps at once, if the stream fails or closes before its end; the returned function lets go of it. */
export function watchInput(input: unknown, fail: (error: LockstepError) => void): () => void {
  if (!(input instanceof Readable)) return () => {};
  const onError = (error: unknown) => fail(unread(`could not be read: ${systemErrorText(error)}`, error));
  // A reader would wait for its end for ever, and what has come so far is not all.
  const onClose = () => {
    if (!input.readableEnded && input.errored === null) fail(unread('was closed before its end'));
  };
  input.on('error', onError).on('close', onClose);
  if (input.errored !== null) onError(input.errored);
  else if (input.destroyed) onClose();
  return () => void input.off('error', onError).off('close', onClose);
}

function unread(what: string, cause?: unknown): LockstepError {
  const causes = cause === undefined ? [] : [cause];
  return new LockstepError('local-refusal', `the input of the command ${what}`, { causes });
}
