/**
 * The texts of `--help` and of a usage error.
 */

import { formatDuration } from '../core/duration.ts';
import type { LockstepError } from '../core/errors.ts';
import { MODES } from '../run/modes/modes.ts';
import { formatBytes } from './bytes.ts';
import { OPTION_GROUP_NAMES, OPTION_GROUPS, type OptionGroup, type OptionRow } from './table/table.ts';

const MODE_LINES = Object.values(MODES).map(
  ({ synopsis }) => `  lockstep [options] (-o HOST…|-s) ${synopsis}\n`,
);

// The man page uses these, too.
export const SYNOPSIS = `Usage:
${MODE_LINES.join('')}  lockstep job [-f FILE] (NAME… [--plan]|--list) [--role ROLE] [--schedule HOW]
           [--break-on-error] [--events FD] [options]
  lockstep retry [--failed|--lost|--skipped] [--changed-sources] RUN [NODE…]
  lockstep (halt RUN|skip RUN NODE…|resume [--changed-sources] RUN)
  lockstep (show [--json]|log [-f]|report [--html FILE]) RUN
  lockstep runs [--last N] [--failed] [--json]; version; demo; help; WORD --help
  lockstep run --request (FILE|-) [--events FD]; completion SHELL
`;

/** In the order of the help. */
export const TITLES: Record<OptionGroup, string> = {
  mode: 'Modes; all but the last three under a lock that all nodes hold together',
  targets: 'Targets',
  lock: 'Lock',
  connection: 'Connections',
  files: 'Files and sync',
  work: 'Work',
  output: 'Output and help',
  time: 'Time limits (500ms, 10s, 2m, 1h, or a number of seconds)',
};

export const EXAMPLES = `Examples:
  lockstep -o web1 -o root@web2:2222 -C uptime
  lockstep -o ./hosts -x -C systemctl restart nginx
  lockstep -o ./hosts -r /srv/app -e -U build/
  lockstep -o ./hosts -xn 'systemctl reload nginx' -S /etc/nginx.conf
  lockstep -o ./hosts -L -- ./maintain.sh
  cat hosts | lockstep -s -L
`;

const EXIT_CODES = `Exit codes: 0 all nodes ok, 1 a command failed, 2 lock lost, 3 node unreachable,
4 upload failed, nothing changed, 5 commit failed, 6 --dry-run found
something, 64 usage, 69 node unusable, 70 bug, 74 output not written,
75 locked by another, 124 timed out, 130 interrupted;
-L PROGRAM: its own, 126 and 127 as in a shell; man lockstep tells more
`;

/** The whole of `--help`, for stdout. */
export function helpText(): string {
  const groups = OPTION_GROUP_NAMES.map((group) => {
    return `${TITLES[group]}:\n${linesOf(OPTION_GROUPS[group]).map(formatLine).join('')}`;
  });
  return `${SYNOPSIS}\n${groups.join('')}\n${EXAMPLES}${EXIT_CODES}`;
}

/** A line's mistake, for stderr, and what to try; with the synopsis only for a bare line, and for orgalorg's scripts. */
export async function tellMistake(
  error: LockstepError,
  { argv, calledAs }: { readonly argv: readonly string[]; readonly calledAs: string },
): Promise<string> {
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  const synopsis = argv.length === 0 || calledAs === 'orgalorg' ? SYNOPSIS : '';
  const further = error.code === 'usage' ? `${synopsis}try lockstep --help\n` : '';
  const text = `lockstep: ${error.message}\n${hint}${further}`;
  return argv.includes('--json') ? (await import('../output/json.ts')).logObject(text) : text;
}

const NAME_COLUMNS = 28;

/** The rows that share a line. */
function linesOf(rows: readonly OptionRow[]): OptionRow[][] {
  const lines: OptionRow[][] = [];
  for (const row of rows) {
    const last = lines.at(-1);
    if (row.isBeside && last !== undefined) last.push(row);
    else lines.push([row]);
  }
  return lines;
}

function formatLine(rows: readonly OptionRow[]): string {
  const names = rows
    .map((row) => `${row.short === undefined ? '' : `-${row.short}, `}--${row.long}`)
    .join(', ');
  const [first, last] = [rows[0], rows.at(-1)];
  const indent = first?.short === undefined ? '      ' : '  ';
  const written = `${indent}${names}${last === undefined ? '' : argumentOf(last)}`;
  return `${written.padEnd(NAME_COLUMNS)}  ${rows.map(helpOf).join('; ')}\n`;
}

/** The help of a row, with the default of a number as people write it. */
export function helpOf({ help, kind, default: usual }: OptionRow): string {
  if (kind === undefined || !usual) return help;
  const value = Number(usual);
  return `${help} (default ${kind === 'time' ? formatDuration(value) : kind === 'bytes' ? formatBytes(value) : usual})`;
}

/** ` FILE`, `[=HOW]` for an optional value, or nothing. */
export function argumentOf({ argument, bareValue }: OptionRow): string {
  if (argument === undefined) return '';
  return bareValue === undefined ? ` ${argument}` : `[=${argument}]`;
}
