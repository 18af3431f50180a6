/** The completion script of bash: functions that know the options, before the text that uses them. */

import type { Completion, OptionRow } from '../option-row.ts';
import { OPTION_TABLE } from '../table.ts';
import words from './completion-bash.sh';
import { LIST_HOSTS } from './completion-hosts.ts';

export function bashCompletion(): string {
  const rows: readonly OptionRow[] = OPTION_TABLE;
  const names = rows.flatMap(({ long, short }) => [
    `--${long}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  const takers = rows.filter(({ argument, bareValue }) => argument !== undefined && bareValue === undefined);
  return `# bash completion for lockstep. In ~/.bashrc: eval "$(lockstep completion bash)"

_lockstep_options() {
  printf '%s\\n' ${names.join(' ')}
}

_lockstep_hosts() {
  ${LIST_HOSTS}
}

# Prints what may stand as the value of an option, for the word as far as it is typed.
_lockstep_values() {
  case $1 in
${rows.map(formatCase).join('')}  esac
}
${takesNext(takers)}${longName(takers)}
${words.slice(words.indexOf('\n_lockstep_prefix'))}`;
}

function formatCase({ long, argument, choices, completes }: OptionRow): string {
  if (argument === undefined) return '';
  if (choices !== undefined) return `    --${long}) printf '%s\\n' ${choices.join(' ')} ;;\n`;
  return completes === undefined ? '' : `    --${long}) ${COMPLETERS[completes]} "$2" ;;\n`;
}

const COMPLETERS: Readonly<Record<Completion, string>> = {
  file: 'compgen -f --',
  directory: 'compgen -d --',
  target: '_lockstep_targets',
  user: 'compgen -u --',
};

/** `takers`: the options whose value may be the next word. */
function takesNext(takers: readonly OptionRow[]): string {
  const letters = takers.map(({ short }) => short ?? '').join('');
  return `
# Whether the value of this option, or of the last one of a cluster such as -xn, is the next word.
_lockstep_takes_next() {
  case $1 in
    ${takers.map(({ long }) => `--${long}`).join(' | ')}) return 0 ;;
    --*) return 1 ;;
  esac
  [[ $1 =~ ^-[^${letters}]*[${letters}]$ ]]
}
`;
}

function longName(takers: readonly OptionRow[]): string {
  const cases = takers.map(({ long, short }) =>
    short === undefined ? '' : `    -*${short}) echo --${long} ;;\n`,
  );
  return `
_lockstep_long_name() {
  case $1 in
    --*) echo "$1" ;;
${cases.join('')}  esac
}
`;
}
