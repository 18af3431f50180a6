/**
 * The texts of `--help` and of a usage error.
 */
import type { LockstepError } from '../errors.ts';
import { OPTION_GROUPS, type OptionGroup, type OptionRow } from './table.ts';

const SYNOPSIS = `Usage:
  lockstep [options] (-o HOST…|-s) -C [--] COMMAND…
  lockstep [options] (-o HOST…|-s) [-r DIR] -U FILE…
  lockstep [options] (-o HOST…|-s) [-r DIR] [-n CMD] [-g ARG]… -S (FILE…|--no-upload)
  lockstep [options] (-o HOST…|-s) -L [[--] PROGRAM [ARG…]]
  lockstep [options] (-o HOST…|-s) (--lock-status|--lock-break RUN [--yes])
  lockstep -h | -V
`;

/** In the order of the help. */
const TITLES: Record<Exclude<OptionGroup, 'hidden'>, string> = {
  mode: 'Modes, the first four under a lock that all nodes hold together',
  targets: 'Targets',
  lock: 'Lock',
  connection: 'Connections',
  files: 'Files',
  work: 'Work',
  sync: 'Sync',
  output: 'Output',
  time: 'Time limits (500ms, 10s, 2m, 1h, or a number of seconds)',
  other: 'Other',
};

const EXAMPLES = `Examples:
  lockstep -o web1 -o root@web2:2222 -C uptime
  lockstep -o ./hosts -x -C systemctl restart nginx
  lockstep -o ./hosts -r /srv/app -e -U build/
  lockstep -o ./hosts -xn 'systemctl reload nginx' -S /etc/nginx.conf
  lockstep -o ./hosts -L -- ./maintain.sh
  cat hosts | lockstep -s -L
`;

const EXIT_CODES = `Exit codes: 0 all nodes ok, 1 a command failed, 2 lock lost, 3 node unreachable,
4 upload failed, nothing changed, 5 commit failed, 64 usage, 70 bug, 75 locked by another,
124 timed out, 130 interrupted; -L PROGRAM: its own, 126 and 127 as in a shell
`;

/** The whole of `--help`, for stdout. */
export function helpText(): string {
  const groups = Object.entries(OPTION_GROUPS).map(([group, rows]) =>
    group in TITLES
      ? `${TITLES[group as keyof typeof TITLES]}:
${rows.map(formatRow).join('')}`
      : '',
  );
  return `${SYNOPSIS}\n${groups.join('')}\n${EXAMPLES}\n${EXIT_CODES}`;
}

/** A usage error, for stderr: why, what to try, and the synopsis. */
export function usageErrorText(error: LockstepError): string {
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  return `lockstep: ${error.message}\n${hint}${SYNOPSIS}try lockstep --help\n`;
}

const NAME_COLUMNS = 28;

function formatRow(row: OptionRow): string {
  const short = row.short === undefined ? '   ' : `-${row.short},`;
  const bare = row.bareValue === undefined ? ' ' : '[=';
  const argument = row.argument === undefined ? '' : `${bare}${row.argument}${bare === ' ' ? '' : ']'}`;
  return `${`  ${short} --${row.long}${argument}`.padEnd(NAME_COLUMNS)}  ${row.help}\n`;
}
