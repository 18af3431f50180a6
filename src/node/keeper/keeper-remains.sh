# shellcheck shell=sh disable=SC2034,SC2154
# What a run leaves behind on a node: records of its commit, stages, directories made for it.

# A run that ended during its commit left a record of how this node ended; the controller tells the operator.
look_for_unfinished() {
  state_home=${XDG_STATE_HOME:-${HOME:-/nonexistent}/.local/state}/lockstep
  for record in "$state_home"/*; do
    # Another step of the same session may be in the middle of its commit.
    case ${record##*/} in "${run%.*}".*) continue ;; esac
    if [ -f "$record" ] && [ -O "$record" ]; then tell_record "$record"; fi
  done
}

tell_record() {
  read_record "$1"
  [ -n "$left_lock" ] && conflicts "$left_lock" self || return 0
  records="$records$1$nl"
  say "LEFT$tab${1##*/}$tab$left_who$tab$left_since$tab$left_state"
}

read_record() {
  left_who='' left_since='' left_lock='' left_state=''
  while IFS=' ' read -r key value; do
    case $key in
      who) left_who=$value ;;
      since) left_since=$value ;;
      lock) left_lock=$value ;;
      state) left_state=$value ;;
    esac
  done <"$1"
}

# A commit that was cut short goes back to its start; how this node ended is told, or stays in the record.
recover_commit() {
  [ -n "$recover" ] || return 0
  decode "$recover"
  sh -c "$decoded" lockstep-recover "$run" >/dev/null 9<&- 8<&-
  if [ -f "$state_home/$run" ]; then tell_record "$state_home/$run"; fi
}

# Only paths of the form that a run gives its stages are removed, whatever the other side says.
remove_stages() {
  while [ -n "$stages" ]; do
    path=${stages%%"$nl"*} stages=${stages#*"$nl"}
    case $path in */.lockstep-"$run") if [ -d "$path" ]; then remove_stage "$path"; fi ;; esac
  done
  case $end$scratch in
    'RELEASE keep'*) ;;
    */"$run") rm -rf -- "$scratch" ;;
  esac
}

# The directory above keeps no trace of it in its mtime. What was uploaded may be closed to its owner.
remove_stage() {
  above=${1%/*}/
  before=$(stat -c '%Y %y' -- "$above" 2>/dev/null)
  find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
  rm -rf -- "$1"
  fraction=${before#*.} before=${before%% *}
  { touch -d "@$before.${fraction%% *}" "$above" || touch -d "@$before" "$above"; } 2>/dev/null
}

# What is still in the middle, of whichever run, is for a later run to take back.
remove_records() {
  records="$records$state_home/$run$nl"
  while [ -n "$records" ]; do
    path=${records%%"$nl"*} records=${records#*"$nl"}
    [ -f "$path" ] && read_record "$path" || continue
    if [ "$left_state" != begun ]; then rm -f -- "$path"; fi
  done
}

remove_made() {
  [ -n "$made" ] || return 0
  path=$lock
  while rmdir -- "$path" 2>/dev/null && [ "$path" != "$made" ]; do path=${path%/*}; done
}
