# shellcheck shell=sh disable=SC2034,SC2154
# The lock of a keeper: takes it, or says who holds it and what an earlier run left at work.
# Defines: facts_before facts_made kind made made_in
# Needs: candidates describe facts_of fail find_candidates find_orphans holders is_own its_lock its_run lock make name_self nl rest role run say tab

# A lock on anything but / also takes / shared: a lock on / holds off every run, and every run holds off a lock on /.
# Many may hold a shared lock together, and nobody beside an exclusive one.
# The path is opened before anything is held: where that hangs, as on a dead mount, nobody else is held up.
take_lock() {
  # Without these programs a keeper could neither see others nor end its own work.
  for tool in sed tr sort cut; do command -v "$tool" >/dev/null || fail "$tool is not installed on this node"; done
  if [ ! -e "$lock" ]; then make_lock_path; fi
  [ -f "$lock" ] || [ -d "$lock" ] || fail "$lock is neither a file nor a directory"
  { command exec 9<"$lock"; } 2>/dev/null || cannot_open "$lock"
  if ! [ "$lock" -ef / ]; then
    { command exec 8</; } 2>/dev/null || cannot_open /
    flock_fd -s 8
  fi
  case $kind in s) flock_fd -s 9 ;; *) flock_fd -x 9 ;; esac
  name_self keeper
  # The path may have been replaced between open and flock: then we hold a lock that nobody else will ask for.
  [ "/proc/self/fd/9" -ef "$lock" ] || fail "$lock was replaced while it was being locked"
  if [ "$kind" != jx ]; then look_for_orphans; fi
}

# Tries once more, for the words of the failure: only a failure costs a process.
cannot_open() {
  error=$({ true <"$1"; } 2>&1)
  case $error in *'Permission denied') error='permission denied' ;; esac
  fail "cannot open $1: ${error##*: }"
}

make_lock_path() {
  case $make in
    directory)
      made=$lock above=${lock%/*}
      while [ -n "$above" ] && [ "$above" != "$made" ] && [ ! -e "$above" ]; do made=$above above=${above%/*}; done
      case $above in "$made") made_in=. ;; *) made_in=$above/ ;; esac
      facts_before=$(facts_of "$made_in")
      error=$(umask 022 && mkdir -p -- "$lock" 2>&1) || fail "cannot make $lock: ${error##*: }"
      facts_made=$(facts_of "$made_in")
      ;;
    # Not with :, at whose failed redirection a shell exits. Once more for the reason, too.
    file) { true >>"$lock"; } 2>/dev/null || error=$({ true >>"$lock"; } 2>&1) || fail "cannot make the lock file $lock: ${error##*: }" ;;
    # For who only looks: nobody can hold what is not there.
    above)
      while [ ! -e "$lock" ]; do
        case $lock in */*) lock=${lock%/*} ;; *) lock=. ;; esac
        lock=${lock:-/}
      done
      ;;
    *) fail "no such file or directory: $lock" ;;
  esac
}

flock_fd() {
  error=$(flock -n "$1" "$2" 2>&1)
  case $? in
    0) ;;
    1) is_covered || refuse_locked "$@" ;;
    126 | 127) case $error in *'not found') fail 'flock is not installed on this node' ;; *) fail "flock cannot be run on this node: ${error##*: }" ;; esac ;;
    *) fail "cannot lock $lock: ${error##*: }" ;;
  esac
}

# Whether the session of this call holds this very path, by whatever name: then its lock is ours.
is_covered() {
  find_candidates
  for pid in $candidates; do
    describe "$pid" && [ "$role" = keeper ] && is_own && [ "$its_run" != "$run" ] && [ "$its_run" = "${run%.*}" ] || continue
    if [ "$its_lock" -ef "$lock" ]; then kind=jx && return 0; fi
  done
  return 1
}

# Another tool's lock has no keeper; a keeper that has just got the lock may not have its name yet, and one that only asks
# has let go by the second look.
refuse_locked() {
  told=$(holders 8)
  if [ -z "$told" ]; then
    rest
    if flock -n "$1" "$2" 2>/dev/null; then return 0; fi
    told=$(holders 8)
  fi
  while [ -n "$told" ]; do
    say "HOLDER$tab${told%%"$nl"*}"
    case $told in *"$nl"*) told=${told#*"$nl"} ;; *) told='' ;; esac
  done
  over=yes
  say LOCKED
  exit 1
}

# What an earlier run left running on this lock path must end before another run may begin.
# The second look spares those that were just starting or ending at the first.
look_for_orphans() {
  find_orphans
  if [ -n "$orphans" ]; then
    sleep 1
    find_orphans
  fi
  [ -n "$orphans" ] || return 0
  pids=''
  while [ -n "$orphans" ]; do
    line=${orphans%%"$nl"*} orphans=${orphans#*"$nl"}
    pids="$pids ${line%% *}"
  done
  over=yes
  say "DRAINING$tab$pids$tab${line#* }"
  exit 1
}
