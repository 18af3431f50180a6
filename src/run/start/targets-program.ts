/** `--targets-from`: a program of this machine that prints targets, one a line, or an inventory as JSON. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { ProgramFailure, runProgram } from '../../core/run-program.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { singleLine } from '../../text/single-line.ts';
import type { Surroundings } from '../surroundings.ts';

/** Resolves to the program's output. Rejects with LockstepError `usage` if it failed, since its list may be incomplete. */
export async function runTargetsProgram(
  text: string,
  { environment, signal }: Pick<Surroundings, 'environment' | 'signal'>,
): Promise<string> {
  const bounds = { timeoutMs: LIMITS.targetsFromMs, bytesMax: LIMITS.hostListBytesMax };
  try {
    return await runProgram({ argv: ['sh', '-c', text], environment, signal, ...bounds });
  } catch (error) {
    if (!(error instanceof ProgramFailure)) throw error;
    const said = error.said === '' ? '' : `: ${singleLine(error.said, LIMITS.serverTextCharsMax)}`;
    throw new LockstepError('usage', `--targets-from: ${quoteInput(text)} ${error.how}${said}`, {
      hint: 'it prints one target a line, or an inventory as JSON, and ends with 0',
    });
  }
}
