# shellcheck shell=sh disable=SC2030,SC2031,SC2034,SC2094,SC2154,SC3013,SC3067
# Puts staged files in place by rename, all or nothing, and takes them back. plan.sh decides what is done; this does it.
# A stage is a private directory .lockstep-RUN on the mount of the files it is for:
#   tree/      what was uploaded, as it will lie below the destination (above/: with what is missing of that destination)
#   copy.N/    what of it goes to another mount: in the stage there
#   old.N/     what is replaced, as hard links, made before the barrier; what is removed
#   manifest   what was sent, a member a line: member MODE UID:GID SIZE TIME SHA256 PATH TARGET (MODE: all of it, hexadecimal; TIME: seconds,
#              rounded down, and nine digits; SHA256: of regular files, else -)
#              or mended …, of what is there and differs in attributes alone: it is not sent
#   mends      what each of these has and shall have
#   placed     the lines of it that the plan names: what lies in a directory that goes to its place as a whole is proven in the stage
#   removes    what shall be there no longer: a path below the destination a line, escaped as in roots; its last line is "/end"
#   counted    how many names that is, those in directories counted, when it was asked about
#   plan       what is to be done: step NUMBER WORD FIELD...
#   counts     how many names the plan has of each kind
#   before     what attributes had that will change
#   ours       inode and second of each name that will be new: what has neither by then is somebody else's
#   closed     mode and path of each directory that must be opened to be removed
#   coarse     is there where times cannot be kept exactly
#   executor   starts the program that carries the plan out: executor.pl, .py or .sh
#   stages     the run's stages on other mounts, one a line
#   host       on which machine it was made, and in the primary one the path of the run's record; comes first
#   begun      emptied before the first rename, which needs no space
# Lists are lines of sh, and each field that may hold anything is in single quotes, an apostrophe in it as '\'', a newline as
# '"$n"': so it may be empty, and each line is a record. Paths in a stage are relative to the primary one, or absolute.
#   destination DIR TREE PRESERVE    members will lie below DIR, and lie below TREE; yes: with their owners
#   copy FROM TO                     what lay at FROM in the stage lies at TO
#   replace FROM TO OLD NAME...      renames FROM/NAME over TO/NAME, which OLD/NAME is a link to; undo: moves that back
#   aside FROM TO OLD NAME...        moves TO/NAME to OLD first, where a link is not possible
#   new FROM TO NAME...              renames FROM/NAME to TO/NAME; undo: moves it back
#   remove TO OLD NAME...            renames TO/NAME to OLD/NAME; undo: moves it back
#   attributes DIR MEMBER            DIR gets what MEMBER was sent with; without one its time is what it was, should all be undone
#   end REPLACE ASIDE NEW ATTRIBUTES REMOVE MENDED   how many of them there are
# prepare does all that may be refused and changes no destination; switch does the rest, and proves that all that was sent is in
# place; undo takes it back from the last record to the first, finds out by itself what was carried out, and may be repeated.
# Undo also runs in signal handlers, where a bare return means the status before the signal: so each return has a number.
# The text that uses this sets run, and keeps this one short: a keeper reads it byte by byte.
# Defines: begin_record enter entered find_record forget has_begun make_final newline reason record records recover remove_stage run switch undo_and_record
# Needs: login

newline='
'

# Carries out the plan of stage $1; stops at the first failure, and says it in reason. What it has done must be all that was planned.
# The mark in the stage is on the disk before the renames behind it are, should the power fail; the record may not be.
switch() {
  if ! set_state begun; then
    reason='cannot record that this node is about to change'
    return 1
  fi
  carry_out switch "$1" begun || return 1
  [ "$did" = "$counts" ] && return 0
  reason="the plan was not carried out whole: $did of $counts"
  return 1
}

# Takes back what a switch did, whether it ended, failed or was killed. Goes on after a failure; reason is the first one.
undo() { carry_out undo "$1"; }

# carry_out DIRECTION STAGE [MARK]. An executor never returns: one that does was not written whole.
carry_out() {
  # shellcheck disable=SC1091
  did=$(enter "$2" && IFS= read -r counts <counts && printf '%s\n' "$counts" && { [ -z "${3-}" ] || : >"$3"; } && . ./executor </dev/null; exit 1)
  set -- "$?" "$2"
  counts=${did%%"$newline"*} did=${did#"$counts"} did=${did#"$newline"}
  [ "$1" -ne 0 ] || return 0
  reason=${did:-"$2 is not as it was left"}
  return 1
}

# Whether files of stage $1 may have been put in place.
has_begun() { [ -e "$1/begun" ] && [ ! -s "$1/begun" ]; }

# Removes all stages of the run; $1 is the first. The plan goes first: half a stage must never be undone.
forget() {
  if [ -s "$1/stages" ]; then
    rm -f -- "$1/plan"
    while IFS= read -r other; do remove_stage "$other"; done <"$1/stages"
  fi
  remove_stage "$1" "$1/plan"
}

# Lays the stages aside under names that nobody removes, since they hold the only copy of old files. Sets kept.
keep_stages() {
  kept=''
  if [ -f "$1/stages" ]; then
    while IFS= read -r other; do
      case $other in */.lockstep-"$run") lay_aside "$other" ;; esac
    done <"$1/stages"
  fi
  lay_aside "$1"
}

lay_aside() {
  [ -d "$1" ] || return 0
  if mv -- "$1" "$1-kept" 2>/dev/null; then kept="$kept $1-kept"; else kept="$kept $1"; fi
}

# --- stages -----------------------------------------------------------------------------------------------------

# Goes into a stage. Who may write to the directory above could put another one in its place at any time, but has no
# reach inside: so what is read or written there by name is done from within, and only in a directory that is ours.
enter() {
  cd -P -- "$1" 2>/dev/null && [ -O . ] && entered=$(ls -ld .) && case $entered in drwx--[-S]---*) ;; *) false ;; esac
}

# remove_stage STAGE [FIRST]: what of it is removed first. Only those of this run are.
remove_stage() {
  case $1 in */.lockstep-"$run") take_away "$@" ;; esac
}

# --- the record of a run that changes a node --------------------------------------------------------------------

# One file a run, so that after the death of a controller the next run can tell which nodes are new and which are old.
# Lines: stage, state, run, who, since, dest and lock. Nobody heeds a record without its lock: so that line is written last.
# The state is staging (nothing has changed), begun, new, old (nothing has changed any more) or unknown; the last one counts.
find_record() {
  records=${XDG_STATE_HOME:-${HOME:-/dev/null}/.local/state}/lockstep
  # A home that is no absolute path counts from where the account logs in.
  case $records in /*) ;; *) records=${login:-$PWD}/$records ;; esac
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
  { printf 'stage %s\nstate %s\nrun %s\nwho %s\nsince %s\ndest %s\nlock %s\n' \
    "$6" "$1" "$run" "$2" "$3" "$5" "$4" >"$record"; } 2>/dev/null && return 0
  rm -f -- "$record"
  return 1
}

# One line more is one write, which is done or not done, and needs no space that the record does not have.
set_state() { [ -z "$record" ] || printf 'state %s\n' "$1" >>"$record"; }

# From here what the switch of stage $1 has done stays.
make_final() {
  set_state new
  forget "$1"
}

# Takes back, if it can, what the run with stage $1 has changed, and records how that ended.
undo_and_record() {
  if undo "$1"; then
    set_state old
    forget "$1"
  else
    set_state unknown
    keep_stages "$1"
    reason="$reason; the old files are in${kept:- no stage any more}"
    return 1
  fi
}

# recover RUN [keep]: for a run whose process is gone, whatever it died of: takes back what it has begun, unless the run had decided to keep
# it on all nodes, and removes its stages.
recover() {
  run=$1 line='' staged='' state=''
  find_record
  [ -f "$record" ] && [ -O "$record" ] || return 0
  while IFS= read -r line; do
    case $line in
      'stage '*) staged=${line#* } ;;
      'state '*) state=${line#* } ;;
    esac
  done <"$record"
  if [ "$state" = staging ] && has_begun "$staged"; then state=begun; fi
  case $state${2-} in
    begun) undo_and_record "$staged" ;;
    begunkeep) make_final "$staged" ;;
    staging* | old* | new*) forget "$staged" ;;
  esac
}
