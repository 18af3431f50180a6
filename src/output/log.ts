/** Log records as text: `2026-11-21 09:12:40 [FATAL] message`, continuation lines under the message. */
import type { LogLevel } from '../core/events.ts';
import type { RecordFrame } from './look/log-look.ts';
import { wrapLines } from './wrap.ts';

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

/** One record with its newline. The lines are already safe to print; those after the first are indented under it. */
export function formatRecord(
  lines: readonly string[],
  { before, after, indentColumns }: RecordFrame,
): string {
  return `${before}${lines.join(`\n${' '.repeat(indentColumns)}`)}${after}\n`;
}

/** The same for a terminal: breaks its lines at the width, between words, and indents those that follow. */
export function formatForPeople(
  lines: readonly string[],
  { frame, columns }: { readonly frame: RecordFrame; readonly columns: number },
): string {
  const { before, after, indentColumns } = frame;
  return `${before}${wrapLines(lines, { columns, usedColumns: indentColumns }).join('\n')}${after}\n`;
}
