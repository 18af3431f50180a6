/** The completion script of zsh: `_arguments` knows clusters, attached values and where options end. */

import type { Completion, OptionRow } from '../option-row.ts';
import { OPTION_TABLE } from '../table.ts';
import { LIST_HOSTS } from './completion-hosts.ts';

export function zshCompletion(): string {
  const rows: readonly OptionRow[] = OPTION_TABLE;
  return `#compdef lockstep
# zsh completion for lockstep. In ~/.zshrc, after compinit: eval "$(lockstep completion zsh)"

_lockstep_targets() {
  local -a hosts
  if [[ $PREFIX == (.|)(.|)/* ]]; then
    _files
    return
  fi
  hosts=(\${(f)"$(${LIST_HOSTS})"})
  compset -P '*@'
  compadd -a hosts
}

_lockstep_rest() {
  if ((CURRENT == 1)) && [[ -n \${(M)\${(k)opt_args}:#(-C|--command|-L|--lock)} ]]; then
    _command_names -e
  else
    _files
  fi
}

_lockstep() {
  local context state line
  local -A opt_args
  if ((CURRENT == 2)) && [[ \${words[2]} != -* ]]; then
    compadd completion
    return
  fi
  if [[ \${words[2]} == completion ]]; then
    compadd bash zsh fish
    return
  fi
  _arguments -s -S -A '-*' \\
${rows.map(formatSpec).join('')}    '*::word:_lockstep_rest'
}

if [[ \${funcstack[1]-} == _lockstep ]]; then
  _lockstep "$@"
else
  compdef _lockstep lockstep
fi
`;
}

/** `'(-k --key)'{-k,--key=}'[private key]:FILE:_files'` */
function formatSpec(row: OptionRow): string {
  const { long, short, argument, bareValue, repeats, help } = row;
  const ending = argument === undefined ? '' : bareValue === undefined ? '=' : '=-';
  const value =
    argument === undefined ? '' : `:${bareValue === undefined ? '' : ':'}${argument}:${actionOf(row)}`;
  const description = quote(`[${help.replace(/[[\]\\:]/g, '\\$&')}]${value}`);
  const once = repeats ? "'*'" : short === undefined ? '' : `'(-${short} --${long})'`;
  const names = short === undefined ? `--${long}${ending}` : `{-${short},--${long}${ending}}`;
  return `    ${once}${names}${description} \\\n`;
}

function actionOf({ choices, completes }: OptionRow): string {
  if (choices !== undefined) return `(${choices.join(' ')})`;
  return completes === undefined ? ' ' : COMPLETERS[completes];
}

const COMPLETERS: Readonly<Record<Completion, string>> = {
  file: '_files',
  directory: '_files -/',
  target: '_lockstep_targets',
  user: '_users',
};

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
