# shellcheck shell=sh disable=SC2034,SC2154
# Finds the runs on this node: who holds a lock path, and work whose keeper is gone. It takes no lock.
# Defines: arguments arguments_of candidates conflicts describe end find_candidates find_orphans holders is_own its_lock its_run nl
# Defines: orphans role say tab
# Needs: decode decoded kind lock look_at_processes me run seen token
my_uid=''
tab='	'
nl='
'

# Descriptor 3 is the way to the controller. A keeper without a reader is of no use to its run, and would be heard by a pulse for ever.
say() { printf '%s %s\n' "$token" "$*" >&3 || end=${end:-'output closed'}; }

# Prints PID and arguments of the keepers that hold off a lock of this kind on this path, the oldest first, at most $1 of them.
# A keeper has its name only while it holds: one that asks is not seen.
holders() {
  find_candidates
  for pid in $candidates; do
    describe "$pid" && [ "$role" = keeper ] || continue
    field 8
    blocks "$its_lock" "$pid" "$field" || continue
    field 3
    printf '%s\t%s\t%s\n' "$field" "$pid" "$arguments"
  done | sort | cut -f 2- | head -n "$1"
}

# Whether process $2, with a lock of kind $3 on path $1, holds off ours. Each lock also holds / shared.
blocks() {
  conflicts "$1" "$2" || return 1
  case $kind:$3 in
    *:n | *:j* | s:s) return 1 ;;
    s:*) ! [ "$lock" -ef / ] || [ "$1" -ef / ] ;;
    *:s) ! [ "$1" -ef / ] || [ "$lock" -ef / ] ;;
  esac
}

# A relative path of process $2 counts from where that process is, which for those of other accounts is nowhere.
conflicts() {
  case $1 in
    /*) [ "$1" -ef "$lock" ] || [ "$lock" -ef / ] || [ "$1" -ef / ] ;;
    *) [ "$lock" -ef / ] || [ "/proc/$2/cwd/$1" -ef "$lock" ] ;;
  esac
}

# Sets orphans to lines of PID RUN: work on this path whose keeper is gone. Work of a keeper that lives with our lock,
# another reader's or that of a run without a lock, is none; for who only looks, that of any keeper that lives. Whose the keeper is
# counts as well: another account's excuses nothing.
find_orphans() {
  orphans='' working='' side_by_side=' '
  find_candidates
  for pid in $candidates; do
    describe "$pid" || continue
    if [ "$role" = work ]; then
      # Work of the session that this call is in does not count, unless it is another call's on the same path.
      case $its_run in
        "$run") continue ;;
        "${run%.*}" | "${run%.*}".*) [ "$its_lock" -ef "$lock" ] || continue ;;
      esac
      if conflicts "$its_lock" "$pid"; then working="$working$pid $uid:$its_run$nl"; fi
      continue
    fi
    field 8
    case $kind:$field in *:n | s:s | s:js | look:*) side_by_side="$side_by_side$uid:$its_run " ;; esac
  done
  while [ -n "$working" ]; do
    line=${working%%"$nl"*} working=${working#*"$nl"}
    case $side_by_side in *" ${line#* } "*) ;; *) orphans="$orphans${line%% *} ${line#*:}$nl" ;; esac
  done
}

# Sets role (keeper or work), its_run, its_lock and arguments of a process of ours; fails for all others. Anybody can give a process
# our names: those of other accounts count only where they may open the path, and so can lock it.
describe() {
  IFS= read -r comm 2>/dev/null <"/proc/$1/comm" || return 1
  case $comm in
    lockstep-hand)
      arguments_of "$1" lockstep-hand || return 1
      role=work its_run=${arguments%%"$tab"*} its_lock=${arguments#*"$tab"*"$tab"}
      ;;
    lockstep-keeper | lockstep-ending | lockstep-job)
      arguments_of "$1" lockstep-keeper || return 1
      role=work its_run=${arguments#*"$tab"} its_lock=${arguments#*"$tab"*"$tab"*"$tab"}
      if [ "$comm" != lockstep-job ]; then role=keeper; fi
      its_run=${its_run%%"$tab"*}
      ;;
    *) return 1 ;;
  esac
  decode "${its_lock%%"$tab"*}"
  its_lock=$decoded
  is_own || may_open
}

is_own() { [ "$uid" = 0 ] || [ "$uid" = "$my_uid" ]; }

# Whether user $uid, in the groups $gids, may open the path. Where that cannot be known, it says yes.
may_open() {
  needed=4 path=$(exec readlink -f -- "$lock" 2>/dev/null)
  while [ -n "$path" ]; do
    # shellcheck disable=SC2046
    set -- $(exec stat -c '%a %u %g' -- "$path" 2>/dev/null)
    [ "$#" = 3 ] || return 0
    case $gids in *" $3 "*) mode=$(($1 / 10)) ;; *) mode=$1 ;; esac
    if [ "$uid" = "$2" ]; then mode=$(($1 / 100)); fi
    [ "$((mode % 10 & needed))" != 0 ] || return 1
    [ "$path" != / ] || return 0
    needed=1 path=${path%/*}
    path=${path:-/}
  done
}

# Sets field to the $1-th of arguments, which may be empty.
field() {
  field=$arguments$tab count=$1
  while [ "$count" -gt 1 ]; do field=${field#*"$tab"} count=$((count - 1)); done
  field=${field%%"$tab"*}
}

# Processes that are ours, by the names that they give themselves: a look into every shell's arguments would cost forks.
# A shell reads byte by byte, so beyond some dozens of processes one sed is cheaper.
find_candidates() {
  ours=${1:-lockstep-keeper|lockstep-ending|lockstep-job|lockstep-hand}
  set -- /proc/[0-9]*
  candidates=''
  if [ "$#" -gt 64 ]; then
    look_at_processes "s/^([0-9]+) \\(($ours)\\) .*/\\1/p"
    candidates=$seen
    return 0
  fi
  for directory; do
    IFS= read -r comm 2>/dev/null <"$directory/comm" || continue
    case "|$ours|" in *"|$comm|"*) candidates="$candidates ${directory#/proc/}" ;; esac
  done
}

# Sets comm, uid and gids, and arguments to what stands behind the word $2 in the command line of process $1, with tabs between.
arguments_of() {
  [ "$1" != "$me" ] && [ "$1" != "$$" ] && IFS= read -r comm 2>/dev/null <"/proc/$1/comm" || return 1
  arguments=$(exec tr '\000' '\t' 2>/dev/null <"/proc/$1/cmdline")
  case $arguments in *"$tab$2$tab"*) ;; *) return 1 ;; esac
  arguments=${arguments#*"$tab$2$tab"}
  arguments=${arguments%"$tab"}
  [ -n "$my_uid" ] || { ids_of self && my_uid=$uid; }
  ids_of "$1"
}

# Sets uid and gids of the user who has started process $1: a set-user-id program may be anybody's. Fails for a process with a second id:
# it runs in a container, which is a node of its own.
ids_of() {
  while read -r key id others_ids; do
    case $key in
      Uid:) uid=$id ;;
      Gid:) gids=" $id " ;;
      Groups:) gids="$gids$id $others_ids " ;;
      NSpid:)
        [ -z "$others_ids" ]
        return
        ;;
    esac
  done 2>/dev/null <"/proc/$1/status"
}
