# The keeper holds the lock of one run on one node, and ends the run's workers when the run ends badly or goes silent.
#   sh -c TEXT lockstep-keeper WHO RUN SINCE LOCK REASON COMMAND
# Its arguments are the record of who holds the lock: the record cannot outlive the lock.
# First line of stdin: TOKEN LEASE_S GRACE_S KIND MAKE (KIND: exclusive or none; MAKE a missing lock path: directory, file or none).
# Then: PING n | BEAT | GO command | STAGE path | SCRATCH path | RECOVER text | END | RELEASE [keep] | STOP.
# END ends the workers and holds on; STOP ends them and frees the lock. Each reply begins with the token.
# Three processes: this shell only waits; the keeper and the job are the two ends of a pipe, so that the job is
# a foreground process to the shell (one started with & would ignore SIGINT) and gets its command through the pipe.
run=$2 lock=$4
tab='	'
nl='
'
ours='lockstep-keeper|lockstep-job|lockstep-worker' shells='sh|dash|bash|ash|busybox|ksh|mksh'

keeper() {
  trap '' HUP INT PIPE USR1
  trap 'end=signal' TERM
  trap 'end=expired' ALRM
  { printf lockstep-keeper >/proc/self/comm; } 2>/dev/null
  end='' line='' timer='' stages='' scratch='' records='' recover='' made=''
  IFS=' ' read -r token lease grace kind make || return 0
  stat_of self || fail 'this node has no /proc'
  me=${stat%% *} my_start=$started
  if [ "$kind" != none ]; then take_lock; fi
  look_for_unfinished
  say "ACQUIRED $me:$my_start"
  start_timer
  while [ -z "$end" ]; do
    if IFS= read -r line; then attend; elif [ -z "$end" ]; then end='end of input'; fi
  done
  finish
}

# Runs the command that the keeper was told with GO. Its end is told on both streams, behind their last bytes.
job() {
  IFS= read -r token && IFS= read -r command || return 0
  { printf lockstep-job >/proc/self/comm; } 2>/dev/null
  decode "$command"
  # A shell reports a killed child on its own stderr, where only the command is to speak.
  exec 4>&2 2>/dev/null
  (eval "$decoded") </dev/null 2>&4 4>&-
  printf '%s EXIT %s\n' "$token" "$?"
  printf '%s END\n' "$token" >&4
}

attend() {
  case $line in
    'PING '*) beat && say "PONG ${line#PING }" ;;
    BEAT) beat ;;
    'GO '*) beat && printf '%s\n%s\n' "$token" "${line#GO }" ;;
    'STAGE '*) stages="$stages${line#STAGE }$nl" ;;
    'SCRATCH '*) scratch=${line#SCRATCH } ;;
    'RECOVER '*) recover=${line#RECOVER } ;;
    END) end_workers ;;
    RELEASE | 'RELEASE keep' | STOP) end=$line ;;
  esac
}

# Everything that ends a keeper goes through here; the lock is free when this process has exited, and not before.
finish() {
  case $end in RELEASE*) ;; *)
    end_workers
    recover_commit
    ;;
  esac
  kill "$timer" 2>/dev/null
  remove_stages
  case $end in RELEASE* | STOP) remove_records ;; esac
  if [ "$end" != 'RELEASE keep' ]; then remove_made; fi
  say "RELEASED $end"
}

say() { printf '%s %s\n' "$token" "$*" >&3; }

fail() {
  say "ERROR $1"
  exit 1
}

# Undoes the line encoding: \n is a newline, \\ a backslash.
decode() {
  decoded=$1
  case $1 in *\\*)
    decoded=$(printf '%b.' "$1")
    decoded=${decoded%.}
    ;;
  esac
}

# /proc/PID/stat: the name in parentheses may hold anything, so fields count from the last one.
stat_of() {
  IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${stat##*) }
  state=$1 parent=$2 group=$3 started=${20}
}

# --- the lock ---------------------------------------------------------------------------------------------------

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

# Processes that may be ours, by their names. A shell reads byte by byte, so beyond some dozens one sed is cheaper.
find_candidates() {
  set -- /proc/[0-9]*
  candidates=''
  if [ "$#" -gt 64 ]; then
    candidates=$(sed -nE "s/^([0-9]+) \\(($ours|$shells)\\) .*/\\1/p" /proc/[0-9]*/stat 2>/dev/null)
    return 0
  fi
  for directory; do
    IFS= read -r comm 2>/dev/null <"$directory/comm" || continue
    case "|$ours|$shells|" in *"|$comm|"*) candidates="$candidates ${directory#/proc/}" ;; esac
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

# --- the leash --------------------------------------------------------------------------------------------------

start_timer() {
  # exec, because redirections of a function call are kept aside for later, and the lock would live on in the copy.
  (exec </dev/null >/dev/null 2>&1 3>&- 8<&- 9<&- && timer_loop) &
  timer=$!
}

# Ends the keeper's patience after LEASE_S seconds without a beat (USR1). dash has no read -t, so a process must wait.
# A beat ends the sleep, and nothing else is remembered of it: so none that comes between two commands is lost. KILL, since
# a sleep that was only just forked still has this shell's traps, and would forget TERM.
timer_loop() {
  sleeper='' ended=''
  trap 'kill -KILL "$sleeper"' USR1
  trap 'ended=yes; kill -KILL "$sleeper"' TERM
  { printf lockstep-timer >/proc/self/comm; } 2>/dev/null
  while [ -z "$ended" ]; do
    sleep "$lease" &
    sleeper=$!
    if [ -z "$ended" ] && wait "$sleeper"; then break; fi
    kill -KILL "$sleeper"
    sleeper=''
  done
  [ -z "$ended" ] || return 0
  # Only a keeper of this very shell is told, and told again: its read may just have begun when the first signal came.
  while stat_of "$me" && [ "$started" = "$my_start" ] && kill -ALRM "$me"; do sleep 1; done
}

beat() {
  if stat_of "$timer" && [ "$state" != Z ]; then kill -USR1 "$timer"; else start_timer; fi
}

# --- the end of the workers -------------------------------------------------------------------------------------

# TERM, after GRACE_S KILL. A wrapper is spared while its commands live: it ends with them, and until then the node is seen
# as draining. Left alone it may clean up, as a receiver does.
# A commit is never ended in the middle; it gets 60 s to come to its end.
end_workers() {
  rounds=0 signal=TERM
  find_workers
  while live_members; [ -n "$live$wrappers_live$commits" ]; do
    if [ "$rounds" -eq "$((grace * 10))" ]; then signal=KILL; fi
    if [ "$rounds" -eq 0 ] || [ "$signal" = KILL ] || [ -z "$live" ]; then
      for pid in ${live:-$wrappers_live}; do kill "-$signal" "$pid" 2>/dev/null; done
    fi
    if [ "$rounds" -ge "$((grace * 10 + 20))" ] && [ -z "$commits" ]; then break; fi
    if [ "$rounds" -ge 600 ]; then break; fi
    rounds=$((rounds + 1))
    sleep 0.1 2>/dev/null || sleep 1
    find_workers
  done
  if [ -n "$live" ]; then say "REMAINS$live"; fi
}

# processes: PID STATE PARENT GROUP of each live process, in one look.
# wrappers: the parents of this run's commands; groups: their process groups; spare: the keeper, and all that is above them.
# The job is a child of this keeper's own shell; other workers are known by their arguments.
find_workers() {
  processes=$(sed -nE 's/^([0-9]+) \(.*\) ([A-Y]) ([0-9]+) ([0-9]+) .*/\1 \2 \3 \4/p' /proc/[0-9]*/stat 2>/dev/null)
  wrappers=' ' groups=' ' commits='' spare=" $me $timer "
  set -- $processes
  while [ "$#" -ge 4 ]; do
    pid=$1 parent=$3 group=$4
    shift 4
    [ "$pid" != "$me" ] || continue
    if [ "$parent" != "$$" ]; then is_worker "$pid" || continue; fi
    wrappers="$wrappers$pid " groups="$groups$group "
    while [ "$parent" -gt 1 ]; do
      spare="$spare$parent "
      stat_of "$parent" || break
    done
  done
}

is_worker() {
  IFS= read -r comm 2>/dev/null <"/proc/$1/comm" || return 1
  case "|$ours|$shells|" in *"|$comm|"*) ;; *) return 1 ;; esac
  arguments_of "$1" lockstep-worker && [ "${arguments%%"$tab"*}" = "$run" ] || return 1
  arguments=${arguments#*"$tab"}
  case $arguments in "commit$tab"* | "recover$tab"*) commits="$commits $1" && return 1 ;; esac
}

live_members() {
  live='' wrappers_live=''
  set -- $processes
  while [ "$#" -ge 4 ]; do
    pid=$1 parent=$3 group=$4
    shift 4
    case $groups in *" $group "*) ;; *) continue ;; esac
    # The timer's sleep, and the sed that looks.
    case $parent in "$timer" | "$me") continue ;; esac
    case $wrappers in *" $pid "*)
      wrappers_live="$wrappers_live $pid"
      continue
      ;;
    esac
    case $spare in *" $pid "*) ;; *) live="$live $pid" ;; esac
  done
}

# --- what a run leaves behind -----------------------------------------------------------------------------------

# A run that ended during its commit left a record of how this node ended; the controller tells the operator.
look_for_unfinished() {
  state_home=${XDG_STATE_HOME:-${HOME:-/nonexistent}/.local/state}/lockstep
  for record in "$state_home"/*; do
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

exec 3>&1
{ printf lockstep-keeper >/proc/self/comm; } 2>/dev/null
trap : HUP INT TERM
keeper | job 3>&-
