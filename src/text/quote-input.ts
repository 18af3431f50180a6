/**
 * Words of the user in messages: quoted, cut, and with nothing in them that a terminal obeys.
 * Called wherever an argument or a line of a host file is refused.
 */
import { LIMITS } from '../core/limits/limits.ts';

/** Control, format and unassigned characters, lone surrogates, and separators that are not a plain blank. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

export function quoteInput(text: string): string {
  const cut = text.length > LIMITS.quotedInputCharsMax;
  const head = cut ? `${text.slice(0, LIMITS.quotedInputCharsMax)}…` : text;
  return `'${head.replace(INVISIBLE, escapeCharacter)}'`;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
