/** One value of an option: the text itself, or the number that it stands for. Pure. */

import { formatDuration, parseDuration } from '../core/duration.ts';
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';
import { formatBytes, parseBytes } from './bytes.ts';
import type { OptionRow } from './table/option-row.ts';

/** `written`: the option, for messages. Throws LockstepError `usage`. */
export function readValue(row: OptionRow, text: string, written: string): string | number {
  if (text === '' && !row.mayBeEmpty) {
    throw new LockstepError('usage', `the value of ${written} is empty`, {
      hint: 'is a variable of your script unset?',
    });
  }
  if (row.isLine && /[\n\0]/.test(text)) {
    throw new LockstepError('usage', `the value of ${written} holds a newline or a NUL`, {
      hint: 'give a path of one line',
    });
  }
  const { kind, min = 0, max = Number.MAX_SAFE_INTEGER, zero } = row;
  if (kind === undefined) return text;
  const value =
    kind === 'count'
      ? parseCount(text)
      : kind === 'bytes'
        ? parseBytes(text)
        : parseDuration(text, kind === 'ms' ? 'ms' : 's');
  if (value === 0 && zero !== undefined) return zero;
  if (value !== undefined && value >= min && value <= max) return value;
  const isOut = value !== undefined && (kind === 'time' || kind === 'ms');
  const message = isOut
    ? `--${row.long} ${quoteInput(text)} is out of bounds`
    : NO_NUMBER[kind](row, quoteInput(text));
  const bounds = `it goes from ${min}ms to ${formatDuration(max)}`;
  throw new LockstepError('usage', message, { hint: isOut ? bounds : HINTS[kind](row) });
}

function parseCount(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

type Kind = NonNullable<OptionRow['kind']>;

/** For an option that orgalorg has, in orgalorg's words. */
const NO_NUMBER: Readonly<Record<Kind, (row: OptionRow, quoted: string) => string>> = {
  count: ({ long }, quoted) => `--${long} given invalid value: ${quoted}`,
  bytes: ({ long }, quoted) => `--${long} takes a size, not ${quoted}`,
  time: ({ long }, quoted) => `--${long} takes a time, not ${quoted}`,
  ms: ({ called }, quoted) => `can't convert specified ${called} to number: ${quoted}`,
};

const HINTS: Readonly<Record<Kind, (row: OptionRow) => string>> = {
  count: ({ min, max }) => `it takes a number from ${min} to ${max}`,
  bytes: ({ min = 0, max = 0 }) =>
    `write 500M, 10G, 1T, or a number of bytes, from ${formatBytes(min)} to ${formatBytes(max)}`,
  time: () => 'write 500ms, 10s, 2m, 1h, or a number of seconds',
  ms: ({ long }) => `--${long} takes milliseconds, as in --${long} 10000, or a time with a unit, as in 10s`,
};
