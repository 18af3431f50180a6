/** Words of others in our sentences. Pure. */
import { LIMITS } from '../core/limits.ts';

/** Of a server, of ssh2 or of ssh: made to fit into a sentence. */
export function cut(text: string): string {
  const { serverTextCharsMax } = LIMITS;
  const short = text.length <= serverTextCharsMax ? text : `${text.slice(0, serverTextCharsMax)}…`;
  return /^[A-Z][a-z]/.test(short) ? short.charAt(0).toLowerCase() + short.slice(1) : short;
}
