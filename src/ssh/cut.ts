/** Fits the words of others into lockstep's sentences. Pure. */
import { LIMITS } from '../core/limits/limits.ts';

/** Cuts words of a server, of ssh2 or of ssh to what fits into a sentence. */
export function cut(text: string): string {
  const { serverTextCharsMax } = LIMITS;
  const short = text.length <= serverTextCharsMax ? text : `${text.slice(0, serverTextCharsMax)}…`;
  return /^[A-Z][a-z]/.test(short) ? short.charAt(0).toLowerCase() + short.slice(1) : short;
}
