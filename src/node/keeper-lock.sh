# shellcheck shell=sh disable=SC2034,SC2154
# The lock of a keeper: takes it, or says who holds it and what an earlier run left at work.

# A lock on anything but / also takes / shared: a lock on / holds off every run, and every run holds off a lock on /.
take_lock() {
  if [ ! -e "$lock" ]; then make_lock_path; fi
  if ! [ "$lock" -ef / ]; then
    { command exec 8</; } 2>/dev/null || fail 'cannot open /: permission denied'
    flock_fd -s 8
  fi
  { command exec 9<"$lock"; } 2>/dev/null || fail "cannot open $lock: permission denied"
  flock_fd -x 9
  # The path may have been replaced between open and flock: then we hold a lock that nobody else will ask for.
  [ "/proc/self/fd/9" -ef "$lock" ] || fail "$lock was replaced while it was being locked"
  look_for_orphans
}

make_lock_path() {
  case $make in
    directory)
      made=$lock above=${lock%/*}
      while [ -n "$above" ] && [ "$above" != "$made" ] && [ ! -e "$above" ]; do made=$above above=${above%/*}; done
      error=$(mkdir -p -- "$lock" 2>&1) || fail "cannot make $lock: ${error##*: }"
      ;;
    file) { : >>"$lock"; } 2>/dev/null || fail "cannot make the lock file $lock" ;;
    *) fail "no such file or directory: $lock" ;;
  esac
}

flock_fd() {
  error=$(flock -n "$1" "$2" 2>&1)
  case $? in
    0) ;;
    1) refuse_locked ;;
    127) fail 'flock is not installed on this node' ;;
    *) fail "cannot lock $lock: ${error##*: }" ;;
  esac
}

# The holder is found by its arguments. Several keepers may be asking at once; the holder is the one that came first.
refuse_locked() {
  find_candidates
  holder=$(
    for pid in $candidates; do
      IFS=' '
      arguments_of "$pid" lockstep-keeper && stat_of "$pid" && [ "$parent" != "$$" ] || continue
      IFS=$tab
      set -- $arguments
      if [ "$#" -ge 4 ] && conflicts "$4" "$pid"; then printf '%s\t%s\n' "$3" "$arguments"; fi
    done | sort | head -n 1
  )
  say "LOCKED$tab${holder#*"$tab"}"
  exit 1
}

# A relative path of process $2 counts from where that process is, which for those of other accounts is nowhere.
conflicts() {
  case $1 in
    /*) [ "$1" -ef "$lock" ] || [ "$lock" -ef / ] || [ "$1" -ef / ] ;;
    *) [ "$lock" -ef / ] || [ "/proc/$2/cwd/$1" -ef "$lock" ] ;;
  esac
}

# Processes that are ours, by the names that they give themselves: a look into every shell's arguments would cost forks.
# A shell reads byte by byte, so beyond some dozens of processes one sed is cheaper.
find_candidates() {
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

# Sets seen to what the sed script $1 prints of each process. GNU sed gives up, with code 4, when one ends while it is read;
# so many times in a row means that the machine does nothing else.
look_at_processes() {
  looks=0
  while [ "$looks" -lt 50 ]; do
    seen=$(sed -nE "$1" /proc/[0-9]*/stat 2>/dev/null)
    [ "$?" -eq 4 ] || return 0
    looks=$((looks + 1))
  done
}

# Sets comm, and arguments to what stands behind the word $2 in the command line of process $1, with tabs between.
# sed cuts it out, since a text of ours stands before it, and ${x##*y} of a long x takes dash seconds.
arguments_of() {
  [ "$1" != "$me" ] && [ "$1" != "$$" ] && IFS= read -r comm 2>/dev/null <"/proc/$1/comm" || return 1
  arguments=$(tr '\000\n\t' '\n  ' 2>/dev/null <"/proc/$1/cmdline" | sed -n "/^$2\$/,\$H; \${x;s/\n/$tab/g;p;}")
  case $arguments in
    "$tab$2$tab"*) arguments=${arguments#"$tab$2$tab"} ;;
    *) return 1 ;;
  esac
  # Who has a second process id is in a container, which is a node of its own.
  case $(sed -n 's/^NSpid:.//p' "/proc/$1/status" 2>/dev/null) in *"$tab"*) return 1 ;; esac
}

# What an earlier run left running on this lock path must end before another run may begin.
# The second look spares those that were just starting or ending at the first.
look_for_orphans() {
  orphans
  if [ -n "$found" ]; then
    sleep 1
    orphans
  fi
  if [ -n "$found" ]; then
    say "DRAINING$tab$found$tab$found_run"
    exit 1
  fi
}

orphans() {
  found='' found_run=''
  find_candidates
  for pid in $candidates; do
    if arguments_of "$pid" lockstep-worker; then
      other_run=${arguments%%"$tab"*} path=${arguments#*"$tab"*"$tab"}
    elif [ "$comm" != lockstep-keeper ] && arguments_of "$pid" lockstep-keeper; then
      arguments=${arguments#*"$tab"}
      other_run=${arguments%%"$tab"*} path=${arguments#*"$tab"*"$tab"}
    else
      continue
    fi
    path=${path%%"$tab"*}
    if [ "$other_run" != "$run" ] && conflicts "$path" "$pid"; then found="$found $pid" found_run=$other_run; fi
  done
}
