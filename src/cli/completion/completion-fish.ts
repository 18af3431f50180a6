/** The completion script of fish: one line for each option. */

import type { Completion, OptionRow } from '../option-row.ts';
import { OPTION_TABLE } from '../table.ts';
import { LIST_HOSTS } from './completion-hosts.ts';

export function fishCompletion(): string {
  const rows: readonly OptionRow[] = OPTION_TABLE;
  return `# fish completion for lockstep. In ~/.config/fish/config.fish: lockstep completion fish | source

function __lockstep_targets
    set -l typed (commandline -ct)
    if string match -qr '^\\.{0,2}/' -- $typed
        __fish_complete_path $typed
        return
    end
    set -l user (string match -r '^.*@' -- $typed)
    sh -c ${quote(LIST_HOSTS)} | string replace -r '^' -- "$user"
end

function __lockstep_is_first
    test (count (commandline -opc)) -eq 1
end

complete -c lockstep -n __lockstep_is_first -a completion -d 'print a completion script'
complete -c lockstep -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh fish'
${rows.map(formatRow).join('')}`;
}

function formatRow(row: OptionRow): string {
  const short = row.short === undefined ? '' : ` -s ${row.short}`;
  return `complete -c lockstep${short} -l ${row.long}${valueFlags(row)} -d ${quote(row.help)}\n`;
}

/** `-r`: a value follows; `-x`: one that is no file. An option that stands without its value has neither. */
function valueFlags({ argument, bareValue, choices, completes }: OptionRow): string {
  if (argument === undefined) return '';
  const list = choices === undefined ? '' : ` -a ${quote(choices.join(' '))}`;
  if (bareValue !== undefined) return list === '' ? '' : ` -f${list}`;
  return completes === undefined ? ` -x${list}` : COMPLETERS[completes];
}

const COMPLETERS: Readonly<Record<Completion, string>> = {
  file: ' -r -F',
  directory: " -x -a '(__fish_complete_directories)'",
  target: " -x -a '(__lockstep_targets)'",
  user: " -x -a '(__fish_complete_users)'",
};

/** In quotes of fish a backslash stands for itself, but before a quote or a backslash. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
