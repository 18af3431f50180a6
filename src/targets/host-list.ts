/**
 * A host file's or stdin's text as a list of targets, each with the line it stands on.
 * One target a line; blank lines and comments are skipped.
 */
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';

export interface ListedTarget {
  readonly text: string;
  /** Its place, for messages: `-o`, `stdin:3` or `./hosts:3`. */
  readonly source: string;
}

/** `name`: the file as the user wrote it, or `stdin`. Throws LockstepError `usage` when the text is too large. */
export function parseHostList(text: string, name: string): ListedTarget[] {
  if (Buffer.byteLength(text) > LIMITS.hostListBytesMax) throw hostListTooLarge(name);
  const listed: ListedTarget[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const target = withoutComment(line).trim();
    if (target !== '') listed.push({ text: target, source: `${name}:${index + 1}` });
  }
  return listed;
}

export function hostListTooLarge(name: string): LockstepError {
  return new LockstepError('usage', `the host list ${name} is larger than ${LIMITS.hostListBytesMax} bytes`, {
    hint: 'a host list has one target a line',
  });
}

/** A `#` begins a comment only at the start or after a blank. */
function withoutComment(line: string): string {
  const start = line.search(/(?<!\S)#/);
  return start < 0 ? line : line.slice(0, start);
}
