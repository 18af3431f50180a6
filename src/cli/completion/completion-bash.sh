#!/usr/bin/env bash
# What of the completion is the same for all options; _lockstep_options, _lockstep_hosts, _lockstep_values,
# _lockstep_takes_next and _lockstep_long_name are written before it, from the option table.
# It runs with the bash 3.2 of macOS, and without the package bash-completion.

_lockstep_prefix() {
  local line
  while IFS= read -r line; do printf '%s\n' "$1$line"; done
}

_lockstep_targets() {
  case $1 in
    /* | ./* | ../*) compgen -f -- "$1" ;;
    *@*) _lockstep_hosts | _lockstep_prefix "${1%%@*}@" ;;
    *) _lockstep_hosts ;;
  esac
}

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

# Sets mode, and pending to the option whose value the last word is. has_ended: options have.
_lockstep_read_state() {
  local index word
  mode='' pending='' has_ended=''
  for ((index = 1; index < ${#words[@]} - 1; index++)); do
    word=${words[index]}
    pending=
    case $word in
      --) has_ended=yes ;;
      -C | --command | -U | --upload | -S | --sync | -L | --lock) mode=$word ;;
      -?*) ;;
      *) has_ended=yes ;;
    esac
    [[ -n $has_ended ]] && return
    if _lockstep_takes_next "$word"; then
      pending=$(_lockstep_long_name "$word")
      ((index++))
    elif [[ $word == -[!-]*[CUSL] ]]; then
      mode=-${word: -1}
    fi
  done
  ((index == ${#words[@]})) || pending=
}

_lockstep() {
  local words mode pending has_ended current candidates kept line
  _lockstep_read_words
  _lockstep_read_state
  current=${words[${#words[@]} - 1]}
  if ((${#words[@]} > 2)) && [[ ${words[1]} == completion ]]; then
    ((${#words[@]} == 3)) && candidates=$'bash\nzsh\nfish'
  elif [[ -n $pending ]]; then
    candidates=$(_lockstep_values "$pending" "$current")
  elif [[ -z $has_ended && $current == --*=* ]]; then
    candidates=$(_lockstep_values "${current%%=*}" "${current#*=}" | _lockstep_prefix "${current%%=*}=")
  elif [[ -z $has_ended && $current == -* ]]; then
    candidates=$(_lockstep_options)
  elif [[ -z $has_ended && -z $mode ]]; then
    ((${#words[@]} == 2)) && candidates=completion
  elif [[ -z $has_ended && ( $mode == -C || $mode == --command || $mode == -L || $mode == --lock ) ]]; then
    candidates=$(compgen -c -- "$current")
  else
    candidates=$(compgen -f -- "$current")
  fi
  # What is replaced is only the part of the word behind the last = : or @.
  kept=${COMP_WORDS[COMP_CWORD]}
  [[ $kept == [=:@] ]] && kept=
  kept=${current%"$kept"}
  COMPREPLY=()
  while IFS= read -r line; do
    [[ -n $line && $line == "$current"* ]] && COMPREPLY+=("${line#"$kept"}")
  done <<<"$candidates"
}

complete -o filenames -o bashdefault -F _lockstep lockstep
