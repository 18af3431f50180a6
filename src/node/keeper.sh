# shellcheck shell=sh disable=SC2034,SC2154
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
ours='lockstep-keeper|lockstep-job|lockstep-worker'

keeper() {
  trap '' HUP INT PIPE USR1
  trap 'end=signal' TERM
  trap 'end=expired' ALRM
  { printf lockstep-keeper >/proc/self/comm; } 2>/dev/null
  end='' line='' timer='' stages='' scratch='' records='' recover='' made=''
  IFS=' ' read -r token lease grace kind make || return 0
  stat_of self || fail 'this node has no /proc'
  me=${stat%% *} my_start=$started
  # Other runs find this one by its name; where it cannot give itself one it would hold a lock that nobody can explain.
  case $stat in *'(lockstep-keeper)'*) ;; *) fail 'a process cannot name itself on this node: /proc/self/comm' ;; esac
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

# --- the leash ----------------------------------------------------------------------------------------------------

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

exec 3>&1
{ printf lockstep-keeper >/proc/self/comm; } 2>/dev/null
trap : HUP INT TERM
keeper | job 3>&-
