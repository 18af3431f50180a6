# shellcheck shell=sh disable=SC2034,SC2154
# The keeper holds the lock of one run on one node, and ends the run's workers when the run ends badly or goes silent.
#   lockstep-keeper WHO RUN SINCE LOCK REASON COMMAND VERSION KIND
# Its arguments are the record of who holds the lock: the record cannot outlive the lock.
# First line of stdin: TOKEN LEASE_S GRACE_S KIND MAKE (KIND: x exclusive, s shared, n none, jx or js a step of a session that holds
# such a lock; MAKE a missing lock path: directory, file or none).
# Then: PING n | BEAT | GO command | STAGE path | SCRATCH path | RECOVER text | END | RELEASE [keep] | STOP | BACK | SESSION.
# END ends the workers and holds on; STOP ends them and frees the lock; BACK frees a lock that was of no use. SESSION: others may join.
# Each reply begins with the token.
# Three processes: this shell only waits; the keeper and the job are the two ends of a pipe, so that the job is
# a foreground process to the shell (one started with & would ignore SIGINT) and gets its command through the pipe.
run=$2 lock=$4
tab='	'
nl='
'
ours='lockstep-keeper|lockstep-ending|lockstep-job|lockstep-hand'

keeper() {
  trap '' HUP INT PIPE USR1
  trap 'end=signal' TERM
  trap 'end=expired' ALRM
  name_self asking
  end='' line='' timer='' stages='' scratch='' records='' recover='' made='' session='' ender=''
  IFS=' ' read -r token lease grace kind make || return 0
  stat_of self || fail 'this node has no /proc'
  command -v sleep >/dev/null || fail 'sleep is not installed on this node'
  me=${stat%% *} my_start=$started
  # Other runs find this one by its name; where it cannot give itself one it would hold a lock that nobody can explain.
  case $stat in *'(lockstep-asking)'*) ;; *) fail 'a process cannot name itself on this node: /proc/self/comm' ;; esac
  case $kind in n | j*) ;; *) take_lock ;; esac
  name_self keeper
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
  # A shell reports a killed child on its own stderr, where only the command is to speak.
  exec 4>&2 2>/dev/null 5>&1
  while IFS=' ' read -r token kind && IFS= read -r command; do
    # Ended before its command has begun, it tells the run that waits for that.
    trap 'tell_end 143; exit' TERM
    name_self job
    decode "$command"
    clean=''
    case $kind in
      j*) run_step ;;
      *) (${tmout:+export "TMOUT=$tmout"}; eval "$decoded") </dev/null 2>&4 4>&- 5>&- ;;
    esac
    code=$?
    trap '' TERM
    tell_end "$code$clean"
    trap - TERM
    case $kind in j*) ;; *) return 0 ;; esac
  done
}

tell_end() {
  printf '%s EXIT %s\n' "$token" "$1"
  printf '%s END\n' "$token" >&4
}

# A step's command starts itself by $own_session, in a session and process group of its own: when a later step is ended, what
# this one has left in the background lives on. clean: it has left nothing, so what is written next is the next command's.
run_step() {
  own_session=''
  if command -v setsid >/dev/null; then own_session=setsid; fi
  own_group=$(
    IFS=' ' read -r pid rest </proc/self/stat
    printf '%s' "$pid"
    exec </dev/null >&5 2>&4 4>&- 5>&-
    ${tmout:+export "TMOUT=$tmout"}
    eval "$decoded"
  )
  set -- "$?"
  if [ -n "$own_session" ] && ! kill -0 "-$own_group"; then clean=' clean'; fi
  return "$1"
}

attend() {
  case $line in
    'PING '*) beat && say "PONG ${line#PING }" ;;
    BEAT) beat ;;
    'GO '*) printf '%s %s\n%s\n' "$token" "$kind" "${line#GO }" ;;
    'STAGE '*) stages="$stages${line#STAGE }$nl" ;;
    'SCRATCH '*) scratch=${line#SCRATCH } ;;
    'RECOVER '*) recover=${line#RECOVER } ;;
    END) end_workers_beside ;;
    SESSION) session=yes ;;
    RELEASE | 'RELEASE keep' | STOP | BACK) end=$line ;;
  esac
}

# Everything that ends a keeper goes through here; the lock is free when this process has exited, and not before.
# From its new name on no worker starts any more: one that saw the old name has its own by now, and is found by the look below.
finish() {
  name_self ending
  # Told first, or the run would take its work for work that failed.
  case $end in RELEASE* | STOP | BACK) ;; *) say "ENDING $end" ;; esac
  if [ -n "$session" ]; then end_steps; fi
  case $session$end in RELEASE* | BACK) wait_for_ender ;; *)
    stop_ender
    end_workers
    recover_commit
    ;;
  esac
  end_timer
  remove_stages
  case $end in RELEASE* | STOP) remove_records ;; esac
  if [ "$end" != 'RELEASE keep' ]; then remove_made; fi
  say "RELEASED $end"
}

# Its name tells other runs what a process of ours does.
name_self() { { printf 'lockstep-%s' "$1" >/proc/self/comm; } 2>/dev/null; }

say() { printf '%s %s\n' "$token" "$*" >&3; }

fail() {
  say "ERROR $1"
  exit 1
}

# --- the leash ----------------------------------------------------------------------------------------------------

# A step needs none: the session's keeper has it, and ends those of its steps.
start_timer() {
  case $run in *.*) return 0 ;; esac
  # exec, because redirections of a function call are kept aside for later, and the lock would live on in the copy.
  (exec </dev/null >/dev/null 2>&1 3>&- 8<&- 9<&- && timer_loop) &
  timer=$!
}

# Ends the keeper's patience after LEASE_S seconds without a beat (USR1). dash has no read -t, so a process must wait.
# A beat ends the sleep, and nothing else is remembered of it: so none that comes between two commands is lost. KILL, since
# a sleep that was only just forked still has this shell's traps, and would forget TERM.
# A user's pkill -f sleep is not for us: so sleep is called by the number of a descriptor, where it heeds no name.
timer_loop() {
  sleeper='' ended='' nap=/dev/fd/6
  { command exec 6</bin/sleep; } 2>/dev/null || nap='sleep'
  trap 'kill -KILL "$sleeper"' USR1
  trap 'ended=yes; kill -KILL "$sleeper"' TERM
  name_self timer
  while [ -z "$ended" ]; do
    "$nap" "$lease" &
    sleeper=$!
    if [ -z "$ended" ]; then wait "$sleeper"; fi
    case $? in
      0) if [ -z "$ended" ]; then break; fi ;;
      1 | 12?) if [ "$nap" = sleep ]; then break; else nap='sleep'; fi ;;
    esac
    kill -KILL "$sleeper"
    sleeper=''
  done
  [ -z "$ended" ] || return 0
  # Only a keeper of this very shell is told, and told again: its read may just have begun when the first signal came.
  while stat_of "$me" && [ "$started" = "$my_start" ] && kill -ALRM "$me"; do sleep 1; done
}

# A timer that was only just forked would forget the signal: it has its name when it has its traps.
end_timer() {
  rounds=0
  while [ -n "$timer" ] && stat_of "$timer" && [ "$rounds" -lt 100 ]; do
    case $stat in *'(lockstep-timer)'*) break ;; esac
    rounds=$((rounds + 1))
    sleep 0.01 2>/dev/null || sleep 1
  done
  kill "$timer" 2>/dev/null
}

beat() {
  case $run in *.*) return 0 ;; esac
  if stat_of "$timer" && [ "$state" != Z ]; then kill -USR1 "$timer"; else start_timer; fi
}

exec 3>&1
name_self parent
trap : HUP INT TERM
keeper | job 3>&-
