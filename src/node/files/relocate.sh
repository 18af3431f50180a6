# shellcheck shell=sh disable=SC2030,SC2031,SC2034,SC2094,SC2154,SC3013,SC3067
# Puts staged files in place by rename, all or nothing, and takes them back. plan.sh decides what is done; this starts the executor,
# which does it, and keeps the record of the run.
# A stage is a private directory .lockstep-RUN on the mount of the files it is for:
#   tree/      the uploaded files, as they will lie below the destination (above/: with the missing part of the destination)
#   copy.N/    in a stage on another mount: the files that go to that mount
#   old.N/     files that are replaced, as hard links, made before the barrier; files that are removed
#   manifest   what was sent, a member a line: member MODE UID:GID SIZE TIME SHA256 PATH TARGET (MODE: all of it, hexadecimal; TIME: seconds,
#              rounded down, and nine digits; SHA256: of regular files, else -)
#              or mended …, for a member that the node has with other attributes: it is not sent
#   mends      the attributes that each mended member has, and those that it shall have
#   placed     the lines of manifest that the plan names. Not those in a directory that goes to its place as a whole: the stage proves these
#   removes    names to remove: a path below the destination a line, escaped as in roots; the last line is "/end"
#   counted    how many names that is, those in directories counted, as the controller was told
#   plan       what is to be done: step NUMBER WORD FIELD...
#   counts     how many names the plan has of each kind
#   before     the old attributes of directories that will change
#   ours       inode and second of each name that will be new: a file with neither of them is somebody else's
#   closed     mode and path of each directory that must be opened to be removed
#   coarse     exists where this node cannot keep times exactly
#   executor   starts the program that carries the plan out: executor.pl, .py or .sh
#   stages     the run's stages on other mounts, one a line
#   host       the machine that made the stage; in the primary stage the path of the run's record, too. It is written first
#   begun      emptied before the first rename: that needs no space on the disk
# Lists are lines of sh. A field that may hold anything is in single quotes, with an apostrophe as '\'' and a newline as '"$n"': so it may
# be empty, and each line is a record. Paths in a stage are relative to the primary one, or absolute.
#   destination DIR TREE PRESERVE    members lie below TREE, and will lie below DIR; PRESERVE is yes where they keep their owners
#   copy FROM TO                     what lay at FROM in the stage was copied to TO
#   replace FROM TO OLD NAME...      renames FROM/NAME over TO/NAME, which OLD/NAME is a link to; undo: moves that back
#   aside FROM TO OLD NAME...        moves TO/NAME to OLD first, where a link is not possible
#   new FROM TO NAME...              renames FROM/NAME to TO/NAME; undo: moves it back
#   remove TO OLD NAME...            renames TO/NAME to OLD/NAME; undo: moves it back
#   attributes DIR MEMBER            DIR gets the attributes that MEMBER was sent with; without MEMBER only undo gives DIR its old time back
#   end REPLACE ASIDE NEW ATTRIBUTES REMOVE MENDED   how many names of each kind there are
# prepare does all that the system may refuse and that changes no destination. switch does the rest, and proves that all that was sent is in
# place. undo takes it back, from the last record to the first; it finds out by itself what was carried out, and may be repeated.
# Undo also runs in signal handlers, where a return without a number means the status before the signal: so each return has a number.
# The text that uses this sets run. Keep this text short: a keeper reads it byte by byte.
# Defines: begin_record enter entered find_record forget has_begun make_final newline reason record records recover remove_stage run switch undo_and_record
# Needs: login

newline='
'

# Carries out the plan of stage $1. It stops at the first failure, and sets reason. It compares what was done with what was planned.
# The run's record says "begun", and so does the file begun in the stage: that one is on the same disk as the renames, and is written
# before them, so it is there after a power failure, while the record may be lost.
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

# Takes back what a switch has done, whether it ended, failed or was killed. It goes on after a failure; reason is the first one.
undo() { carry_out undo "$1"; }

# carry_out DIRECTION STAGE [MARK]: starts the executor, which never returns: one that does was not written whole. MARK is emptied before.
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

# Removes all stages of the run; $1 is the primary one. Its plan is removed first, so that nobody undoes half a stage.
forget() {
  if [ -s "$1/stages" ]; then
    rm -f -- "$1/plan"
    while IFS= read -r other; do remove_stage "$other"; done <"$1/stages"
  fi
  remove_stage "$1" "$1/plan"
}

# Renames the stages to names that no run removes, since they hold the only copy of old files. Sets kept to these names.
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

# Goes into a stage, if it is a private directory of this account. Others who may write to the directory above could put another one in its
# place at any time, but cannot reach inside. So all files of a stage are read and written by relative names, from within.
enter() {
  cd -P -- "$1" 2>/dev/null && [ -O . ] && entered=$(ls -ld .) && case $entered in drwx--[-S]---*) ;; *) false ;; esac
}

# remove_stage STAGE [FIRST]: removes a stage, with FIRST before the rest. It removes only stages of this run.
remove_stage() {
  case $1 in */.lockstep-"$run") take_away "$@" ;; esac
}

# --- the record of a run that changes a node --------------------------------------------------------------------

# Each run has one file, so that after the death of a controller the next run can tell which nodes have new files and which have old ones.
# Lines: stage, state, run, who, since, dest and lock. A record without its lock is ignored, so that line is written last.
# The state is staging (nothing has changed), begun, new, old (all is as it was again) or unknown. The last state line counts.
find_record() {
  records=${XDG_STATE_HOME:-${HOME:-/dev/null}/.local/state}/lockstep
  # A relative home counts from the login directory.
  case $records in /*) ;; *) records=${login:-$PWD}/$records ;; esac
  record=$records/$run
}

open_records() {
  find_record
  [ -d "$records" ] || (umask 077 && mkdir -p -- "$records") 2>/dev/null
  [ -w "$records" ]
}

# begin_record STATE WHO SINCE LOCK DEST STAGE, each one line. An account that cannot write to its home has no record.
begin_record() {
  case $* in *"$newline"*) return 1 ;; esac
  if ! open_records; then record='' && return 0; fi
  { printf 'stage %s\nstate %s\nrun %s\nwho %s\nsince %s\ndest %s\nlock %s\n' \
    "$6" "$1" "$run" "$2" "$3" "$5" "$4" >"$record"; } 2>/dev/null && return 0
  rm -f -- "$record"
  return 1
}

# A new state is one more line: one write, which is done or not done, and which fits into the disk block that the record has.
set_state() { [ -z "$record" ] || printf 'state %s\n' "$1" >>"$record"; }

# Keeps what the switch of stage $1 has done: from here on nothing can take it back.
make_final() {
  set_state new
  forget "$1"
}

# Takes back what the run with stage $1 has changed, and records whether that worked.
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

# recover RUN [keep]: for a run whose commit is gone, whatever it died of: takes back what it has begun, and removes its stages. With
# "keep", the decision of the run, it makes final what has been put in place.
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
