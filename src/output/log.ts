/** Log records as text: `2026-11-21 09:12:40 [FATAL] message`, continuation lines under the message. */
import type { LogLevel } from '../events.ts';
import { COLOUR_RESET } from './sanitise.ts';

/** Width of the time, the level in brackets, and the blanks after them. */
const MESSAGE_COLUMN = 28;

export interface Audience {
  readonly quiet: boolean;
  readonly verbose: number;
}

/** `error` and `fatal` always; `warn` and `info` unless quiet; `debug` with -v, `trace` with -vv. */
export function isShown(level: LogLevel, { quiet, verbose }: Audience): boolean {
  switch (level) {
    case 'error':
    case 'fatal':
      return true;
    case 'warn':
    case 'info':
      return !quiet;
    case 'debug':
      return !quiet && verbose >= 1;
    case 'trace':
      return !quiet && verbose >= 2;
  }
}

/** One record with its newline. The lines are already safe to print. */
export function formatRecord(
  level: LogLevel,
  lines: readonly string[],
  style: { time: Date; hasColour: boolean },
): string {
  const { before, after } = recordFrame(level, style);
  return `${before}${lines.join(`\n${' '.repeat(MESSAGE_COLUMN)}`)}${after}\n`;
}

/** What stands before and after the message, for callers that write many records of one moment. */
export function recordFrame(
  level: LogLevel,
  { time, hasColour }: { time: Date; hasColour: boolean },
): { before: string; after: string } {
  const field = `[${level.toUpperCase()}]`.padStart(7);
  if (!hasColour) return { before: `${localTime(time)} ${field} `, after: '' };
  const { line, level: levelColour } = COLOURS[level];
  const shownField = levelColour === '' ? ` ${field}` : `${levelColour} ${field}${COLOUR_RESET}${line}`;
  return { before: `${line}${localTime(time)}${shownField} `, after: line === '' ? '' : COLOUR_RESET };
}

/** The default theme: quiet levels colour their whole line, loud ones only the level. */
const COLOURS: Record<LogLevel, { line: string; level: string }> = {
  trace: { line: '', level: '' },
  debug: { line: '\x1b[38;5;31m', level: '' },
  info: { line: '\x1b[38;5;33m', level: '' },
  warn: { line: '', level: '\x1b[1;38;5;231;48;5;178m' },
  error: { line: '', level: '\x1b[1;38;5;231;48;5;202m' },
  fatal: { line: '', level: '\x1b[1;38;5;231;48;5;196m' },
};

/** `YYYY-MM-DD hh:mm:ss` in local time. */
function localTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
