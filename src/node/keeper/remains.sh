# shellcheck shell=sh disable=SC2034,SC2154
# What a run leaves behind on a node: records of its commit, stages, directories made for it.
# Defines: look_for_unfinished recover_commit remove_made remove_stages
# Needs: conflicts decode decoded decision end facts_before facts_made facts_of find_by found give_time_back lock made made_in nl recover run say scratch tab take_away

# A run that ended during its commit left a record of how this node ended; the controller tells the operator. One that ended
# before it left no more than stages.
look_for_unfinished() {
  state_home=${XDG_STATE_HOME:-${HOME:-/dev/null}/.local/state}/lockstep
  for record in "$state_home"/*; do
    # Another call in the same session may be in the middle of its commit.
    case ${record##*/} in "${run%.*}".*) continue ;; esac
    if [ -f "$record" ] && [ -O "$record" ] && ! run_lives "${record##*/}"; then tell_record "$record"; fi
  done
}

# Whether any process of run $1 is left, of this account as its record is.
run_lives() {
  find_by "$1" cmdline
  for file in $found; do [ ! -O "$file" ] || return 0; done
  return 1
}

tell_record() {
  read_record "$1"
  [ -n "$left_lock" ] && conflicts "$left_lock" self || return 0
  records="$records$1$nl"
  [ "$left_state" = staging ] || say "LEFT$tab${1##*/}$tab$left_who$tab$left_since$tab$left_state"
}

read_record() {
  left_who='' left_since='' left_lock='' left_state='' left_stage=''
  while IFS= read -r line; do
    value=${line#* }
    case $line in
      'stage '*) left_stage=$value ;;
      'who '*) left_who=$value ;;
      'since '*) left_since=$value ;;
      'lock '*) left_lock=$value ;;
      'state '*) left_state=$value ;;
    esac
  done <"$1"
  # Emptied before the first rename: should the power fail, the record may have missed it.
  case $left_state in staging) if [ -e "$left_stage/begun" ] && [ ! -s "$left_stage/begun" ]; then left_state=begun; fi ;; esac
}

# A commit that was cut short goes back to its start; how this node ended is told, or stays in the record.
recover_commit() {
  [ -n "$recover" ] || return 0
  decode "$recover"
  sh -c "$decoded" lockstep-recover "$run" ${decision:+"$decision"} >/dev/null 9<&- 8<&-
  if [ -f "$state_home/$run" ]; then tell_record "$state_home/$run"; fi
}

# The run's own record tells of stages that the controller had no time to tell of.
remove_stages() {
  left_state=''
  if [ -f "$state_home/$run" ]; then
    read_record "$state_home/$run"
    # The stage holds the only copy of old files.
    if [ "$left_state" = begun ]; then stages=''; else stages="$stages$left_stage$nl"; fi
  fi
  remove_stages_of "$run"
  # Nothing had changed, and nothing is left to tell.
  if [ "$left_state" = staging ]; then rm -f -- "$state_home/$run"; fi
  case $end$scratch in
    'RELEASE keep'*) ;;
    */"$run") remove_tree "$scratch" ;;
  esac
}

# Only paths of the form that a run gives its stages are removed, whatever the other side says. Those on other mounts, which the
# first one lists, go before it.
remove_stages_of() {
  listed=''
  while [ -n "$stages" ]; do
    path=${stages%%"$nl"*} stages=${stages#*"$nl"}
    case $path in */.lockstep-"$1") [ -O "$path" ] || [ ! -x "${path%/*}/" ] || continue ;; *) continue ;; esac
    if [ -s "$path/stages" ] && [ "$listed" != "$path" ]; then
      listed=$path
      while IFS= read -r other; do stages="$other$nl$stages"; done <"$path/stages"
      stages="$stages$path$nl"
      continue
    fi
    take_away "$path"
  done
}

# What is still in the middle, of whichever run, is for a later run to take back.
remove_records() {
  records="$records$state_home/$run$nl"
  while [ -n "$records" ]; do
    path=${records%%"$nl"*} records=${records#*"$nl"}
    [ -f "$path" ] && read_record "$path" || continue
    [ "$left_state" != begun ] || continue
    record=$path stages=$left_stage$nl
    remove_stages_of "${path##*/}"
    rm -f -- "$record"
  done
}

# The lock path may be written with slashes and dots that name nothing. The directory above gets its time back, unless somebody else
# has changed it since.
remove_made() {
  [ -n "$made" ] || return 0
  path=$lock
  while :; do
    case $path in
      */.) path=${path%/.} ;;
      ?*/) path=${path%/} ;;
      *)
        facts=$(facts_of "$made_in")
        rmdir -- "$path" 2>/dev/null || return 0
        if [ "$path" = "$made" ]; then
          [ "$facts" != "$facts_made" ] || give_time_back "$made_in" "$facts_before"
          return 0
        fi
        path=${path%/*}
        ;;
    esac
  done
}
