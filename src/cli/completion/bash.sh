#!/usr/bin/env bash
# bash completion for lockstep. In ~/.bashrc: eval "$(lockstep completion bash)"
# It asks the program. It runs with the bash 3.2 of macOS, and without the package bash-completion.

# The words of the line up to the cursor, as the shell will see them: bash takes them apart at = : and @.
_lockstep_read_words() {
  local line=${COMP_LINE:0:COMP_POINT} rest index
  words=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    rest=${line#"${line%%[![:space:]]*}"}
    if ((${#words[@]} == 0)) || [[ $rest != "$line" ]]; then
      words+=("${COMP_WORDS[index]}")
    else
      words[${#words[@]} - 1]+=${COMP_WORDS[index]}
    fi
    line=${rest#"${COMP_WORDS[index]}"}
  done
}

_lockstep() {
  local words current kind before kept line
  _lockstep_read_words
  current=${words[${#words[@]} - 1]}
  # What is replaced is only the part of the word behind the last = : or @.
  kept=${COMP_WORDS[COMP_CWORD]}
  [[ $kept == [=:@] ]] && kept=
  kept=${current%"$kept"}
  COMPREPLY=()
  while IFS= read -r line; do
    [[ -n $line && $line == "$current"* ]] && COMPREPLY+=("${line#"$kept"}")
  done < <(
    "${words[0]}" __complete "${words[@]:1}" 2>/dev/null | {
      IFS=$'\t' read -r kind before
      cut -f 1
      case $kind in
        command) compgen -c -- "$current" ;;
        file) compgen -P "$before" -f -- "${current#"$before"}" ;;
        directory) compgen -P "$before" -d -- "${current#"$before"}" ;;
        user) compgen -P "$before" -u -- "${current#"$before"}" ;;
      esac
    }
  )
}

complete -o filenames -o bashdefault -F _lockstep lockstep
