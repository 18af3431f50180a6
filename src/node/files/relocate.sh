# shellcheck shell=sh disable=SC2154,SC3013,SC3067
# Puts staged files in place by rename, all or nothing, and takes them back. plan.sh decides what is done; this does it.
# A stage is a private directory .lockstep-RUN on the mount of the files it is for:
#   tree/          what was uploaded, as it will lie below the destination
#   old/           what was replaced, as hard links
#   plan, plan.sh  what is to be done, as records; plan.sh where the node has neither perl nor python
#   stages         the run's stages on other mounts, one a line
# A record is a word and its fields, each ended by NUL, and one NUL more; in plan.sh it is a quoted command. Undo reads
# the same records in the same order, finds out by itself which were carried out, and may be repeated:
#   open DIR                   undo: makes DIR writable again        mode MODE DIR             sets a mode
#   keep TO OLD NAME...        links TO/NAME into OLD; undo: moves it back
#   aside TO OLD NAME...       moves it there, where a link is not possible; undo as keep
#   replace FROM TO NAME...    renames FROM/NAME over TO/NAME
#   new FROM TO NAME...        renames FROM/NAME to TO/NAME; undo: moves it back
#   attributes DIR MODE OWNER TIME OLDMODE OLDOWNER OLDTIME   (-: stays as it is; TIME: @seconds.fraction, or a file to copy it from)
# Undo also runs in signal handlers, where a bare return means the status before the signal: so each return has a number.
# The text that uses this sets run, and defines announce STAGE and give_up REASON, which does not return.

newline='
'

# Carries out the plan of stage $1; stops at the first failure, and says it in reason.
switch() { carry_out switch "$1"; }

# Takes back what a switch did, whether it ended, failed or was killed. Goes on after a failure; reason is the first one.
undo() {
  [ -d "$1" ] || { reason="$1 is gone" && return 1; }
  [ -e "$1/plan" ] || [ -e "$1/plan.sh" ] || return 0
  carry_out undo "$1"
}

# Removes all stages of the run; $1 is the first. The plan goes first: half a stage must never be undone.
forget() {
  rm -f -- "$1/plan" "$1/plan.sh"
  if [ -f "$1/stages" ]; then
    while IFS= read -r other; do remove_stage "$other"; done <"$1/stages"
  fi
  remove_stage "$1"
}

# Lays the stages aside under names that nobody removes, since they hold the only copy of old files. Sets kept.
keep_stages() {
  kept=$1-kept
  if [ -f "$1/stages" ]; then
    while IFS= read -r other; do
      case $other in */.lockstep-"$run") mv -- "$other" "$other-kept" && kept="$kept $other-kept" ;; esac
    done <"$1/stages"
  fi
  mv -- "$1" "$1-kept"
}

# --- stages -----------------------------------------------------------------------------------------------------

# Makes the run's stage in directory $1, and sets stage. Nobody else may have made it, nor look into it.
# It is announced first: whatever ends this shell, somebody knows what to remove.
make_stage() {
  if [ -e "${1%/}/.lockstep-$run" ] || [ -L "${1%/}/.lockstep-$run" ]; then give_up "cannot make a stage in $1: File exists"; fi
  stage=${1%/}/.lockstep-$run
  announce "$stage"
  reason=$(trap '' TERM HUP INT && timeless "$1" mkdir -m 700 -- "$stage" 2>&1) ||
    give_up "cannot make a stage in $1: ${reason##*: }"
  (enter "$stage" && mkdir tree old) || give_up "$stage is not as it was made"
}

# Goes into a stage. Who may write to the directory above could put another one in its place at any time, but has no
# reach inside: so what is read or written there by name is done from within, and only in a directory that is ours.
enter() {
  cd -P -- "$1" 2>/dev/null && [ -O . ] && case $(ls -ld .) in drwx--[-S]---*) ;; *) false ;; esac
}

# A staged directory may be closed to its owner; the files in old are the node's own, so they are not touched.
remove_stage() {
  case $1 in */.lockstep-"$run") [ -d "$1" ] || return 0 ;; *) return 0 ;; esac
  find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
  parent=${1%/*}
  timeless "${parent:-/}" rm -rf -- "$1"
}

# Runs a command that adds an entry to directory $1, or removes one, without a trace in its mtime.
timeless() {
  directory=$1
  before=$(stat -c '%Y %y' -- "$directory" 2>/dev/null)
  shift
  "$@" || return 1
  before_fraction=${before#*.}
  before=${before%% *}
  touch -d "@$before.${before_fraction%% *}" "$directory" 2>/dev/null || touch -d "@$before" "$directory" 2>/dev/null || :
}

# --- carrying out a plan ----------------------------------------------------------------------------------------

# One process where the node has perl or python: 5,000 files would be thousands of forks otherwise.
carry_out() {
  reason=$(enter "$2" && execute "$1" </dev/null) && return 0
  reason=${reason:-"$2 is not as it was left"}
  return 1
}

execute() {
  if [ -e plan.sh ]; then sh_executor "$1" ./plan.sh; fi
  choose_executor
  case $executor in
    perl) perl -C0 -e "$perl_executor" "$1" plan ;;
    sh) printf 'perl and python have vanished' && return 1 ;;
    *) "$executor" -c 'import sys; exec(sys.argv.pop(1).replace("\n|", "\n"))' "$python_executor" "$1" plan ;;
  esac
}

# Sets result to $1 with $3 in place of each $2.
replace_all() {
  result='' rest=$1
  while :; do
    case $rest in *"$2"*) ;; *) break ;; esac
    result=$result${rest%%"$2"*}$3
    rest=${rest#*"$2"}
  done
  result=$result$rest
}

choose_executor() {
  for executor in perl python3 /usr/libexec/platform-python; do
    if command -v "$executor" >/dev/null 2>&1; then return 0; fi
  done
  executor='sh'
}

# --- the record of a run that changes a node --------------------------------------------------------------------

# One file a run, so that after the death of a controller the next run can tell which nodes are new and which are old.
# Lines: run, who, since, lock, dest, stage, and last state: old (nothing has changed, or not any more), begun, new, unknown.
find_record() {
  records=${XDG_STATE_HOME:-${HOME:-/nonexistent}/.local/state}/lockstep
  record=$records/$run
}

open_records() {
  find_record
  [ -d "$records" ] || (umask 077 && mkdir -p -- "$records") 2>/dev/null
  [ -w "$records" ]
}

# begin_record STATE WHO SINCE LOCK DEST STAGE, each one line. An account without a home to write to goes without a record.
begin_record() {
  case $* in *"$newline"*) return 1 ;; esac
  if ! open_records; then record='' && return 0; fi
  begun=$1
  shift
  printf 'run %s\nwho %s\nsince %s\nlock %s\ndest %s\nstage %s\nstate %s\n' "$run" "$@" "$begun" >"$records/.$run" &&
    mv -f -- "$records/.$run" "$record"
}

# Whether a record could be written; asked before the barrier, since a node that cannot is to be found while none has changed.
can_record() {
  open_records || return 0
  { printf '%4096s' '' >"$records/.$run"; } 2>/dev/null
  set -- "$?"
  rm -f -- "$records/.$run"
  return "$1"
}

set_state() {
  [ -n "$record" ] || return 0
  {
    while IFS= read -r line; do
      case $line in 'state '*) ;; *) printf '%s\n' "$line" ;; esac
    done <"$record"
    printf 'state %s\n' "$1"
  } >"$records/.$run" && mv -f -- "$records/.$run" "$record"
}

# Takes back, if it can, what the run with stage $1 has changed, and records how that ended.
undo_and_record() {
  if undo "$1"; then
    set_state old
    forget "$1"
  else
    set_state unknown
    keep_stages "$1"
    reason="$reason; the old files are in $kept"
    return 1
  fi
}

# For a run whose process is gone, whatever it died of: takes back what it has begun, and removes its stages.
recover() {
  run=$1 key='' value='' staged='' state=''
  find_record
  [ -f "$record" ] && [ -O "$record" ] || return 0
  while IFS=' ' read -r key value; do
    case $key in
      stage) staged=$value ;;
      state) state=$value ;;
    esac
  done <"$record"
  case $state in
    begun) undo_and_record "$staged" ;;
    old) forget "$staged" ;;
  esac
}
