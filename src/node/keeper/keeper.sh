# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# The keeper holds the lock of one run on one node, and ends the run's workers when the run ends badly or goes silent.
#   lockstep-keeper WHO RUN SINCE LOCK REASON COMMAND VERSION KIND [flock]
# Its arguments are the record of who holds the lock: the record cannot outlive the lock.
# First line of stdin: TOKEN LEASE_S GRACE_S KIND MAKE (KIND: x exclusive, s shared, n none, jx or js a call in a session that holds
# such a lock; MAKE a missing lock path: directory, file or none).
# Then: PING n | BEAT | GO command | STAGE path | SCRATCH path | RECOVER text | KEEP | END | LOST | RELEASE [keep] | STOP | BACK | SESSION | ALONE.
# SCRATCH without a path: the one that was told stays. RECOVER: by this text a commit that was cut short is taken back, or behind KEEP, said when all nodes have switched, made final.
# END ends the workers, but for a commit, and holds on; LOST does so, where the shell above a command was killed; STOP ends them and frees the lock; BACK frees a lock that was of no use. SESSION: others may join; ALONE: none of them has anything here any more.
# Each reply begins with the token.
# Three processes: this shell only waits; the keeper and the job are the two ends of a pipe, so that the job is
# a foreground process to the shell (one started with & would ignore SIGINT) and gets its command through the pipe.
# Defines: decision end fail is_worker job job_died kind lease lock lost made make mark me my_start recover run scratch token
# Needs: arguments arguments_of clean decode decoded end_calls end_timer end_workers end_workers_beside is_own kill_workers look_at_processes look_for_unfinished name_self nl own_session parent recover_commit remove_made remove_stages run_alone say seen set_skew skew start_timer started stat stat_of stop_ender tab timer wait_for_ender wake
run=$2 lock=$4

keeper() {
  trap '' HUP INT PIPE USR1
  trap 'end=signal' TERM
  trap 'end=expired' ALRM
  trap leave EXIT
  name_self asking
  end='' line='' timer='' stages='' scratch='' records='' recover='' decision='' made='' session='' ender='' job='' mark=$run lost='' over='' begun=''
  IFS=' ' read -r token lease grace kind make || { over=yes && return 0; }
  stat_of self || fail 'this node has no /proc'
  command -v sleep >/dev/null || fail 'sleep is not installed on this node'
  [ -n "$own_session" ] || fail 'setsid is not installed on this node, nor perl or python3'
  me=${stat%% *} my_start=$started
  set_skew "$started"
  # Other runs find this one by its name; where it cannot give itself one it would hold a lock that nobody can explain.
  case $stat in *'(lockstep-asking)'*) ;; *) fail "a process cannot name itself on this node${KSH_VERSION:+, whose sh is $KSH_VERSION}: /proc/self/comm" ;; esac
  # The leash stands before anything is held, or looked at.
  start_timer
  case $kind in n | j*) ;; *) take_lock ;; esac
  name_self keeper
  look_for_unfinished
  await_job
  begun=yes
  say "ACQUIRED $me:$my_start"
  while [ -z "$end" ]; do
    if IFS= read -r line; then attend; elif [ -z "$end" ]; then end='end of input'; fi
  done
  # Its own shell was killed, and with that its input closed.
  if [ "$end" = 'end of input' ] && stat_of self && [ "$parent" != "$$" ]; then end='shell killed'; fi
  finish
}

# Runs the command that the keeper was told with GO. Its end is told on both streams, behind their last bytes.
job() {
  # A shell reports a killed child on its own stderr, where only the command is to speak.
  exec 4>&2 2>/dev/null 5>&1
  # bash ends itself when what it waits for has died of SIGINT.
  trap : INT
  # Ended before its command has begun, or been read, it tells the run that waits for that.
  trap 'cut=${cut:-yes}' TERM
  cut=''
  while IFS=' ' read -r token grace skew || { [ -n "$cut" ] && IFS=' ' read -r token grace skew; }; do
    IFS= read -r command || [ -n "$cut" ] || break
    # A shell that cannot fork ends here.
    code=''
    trap 'if [ -n "$code" ]; then tell_end "EXIT $code"; else tell_end "DIED fork"; fi' EXIT
    name_self job
    decode "$command"
    run_alone "$decoded" </dev/null
    trap - EXIT
    name_self 'done'
    tell_end "EXIT $code$clean"
    cut=''
  done
}

tell_end() {
  printf '%s %s\n' "$token" "$1" >&5 || exit
  printf '%s END\n' "$token" >&4
}

attend() {
  case $line in
    'PING '*) beat && say "PONG ${line#PING }" && wake ;;
    BEAT) beat && wake ;;
    'GO '*) go "${line#GO }" ;;
    'STAGE '*) stages="$stages${line#STAGE }$nl" ;;
    'SCRATCH '*) scratch=${line#SCRATCH } ;;
    'RECOVER '*) recover=${line#RECOVER } decision='' ;;
    KEEP) decision=keep ;;
    END) end_workers_beside ;;
    LOST) lost=yes && end_workers_beside ;;
    SESSION) session=yes ;;
    ALONE) session='' ;;
    RELEASE | 'RELEASE keep' | STOP | BACK) end=$line ;;
  esac
}

# The shell above forks the job behind this keeper, and may have had no process left for it: then that shell is gone by now, or
# soon. A lock whose run can do nothing is not told.
await_job() {
  rounds=0
  while [ "$rounds" -lt 10000 ] && find_children && [ "$children" = "$me " ]; do rounds=$((rounds + 1)); done
  case " $children" in
    *" $me "*) ;;
    *) stat_of self && [ "$parent" = "$$" ] || fail 'cannot start another process' ;;
  esac
}

# The job is the other child of this keeper's shell. A call's command has a run id of its own in its environment.
go() {
  find_children || {
    look_at_processes "s/^([0-9]+) \\(.*\\) [A-Y] $$ .*/\\1/p"
    children=$seen
  }
  job=none
  for pid in $children; do [ "$pid" = "$me" ] || job=$pid; done
  case $run in *.*) mark=${1#*LOCKSTEP_RUN=\'} mark=${mark%%\'*} ;; esac
  if ! printf '%s %s %s\n%s\n' "$token" "$grace" "$skew" "$1" 2>/dev/null; then job_died; fi
}

# Of the shell above, where the kernel tells them.
find_children() {
  children=''
  { IFS= read -r children <"/proc/$$/task/$$/children" || [ -n "$children" ]; } 2>/dev/null
}

# Nobody else would tell that a command's shell is gone; what that was running is found by its environment, and ended.
job_died() {
  job='' lost=yes
  say 'DIED killed'
  printf '%s END\n' "$token" >&2
  end_workers_beside
}

# Everything that ends a keeper goes through here; the lock is free when this process has exited, and not before.
# From its new name on no worker starts any more: one that saw the old name has its own by now, and is found by the look below.
finish() {
  name_self ending
  # Told first, or the run would take its work for work that failed.
  case $end in RELEASE* | STOP | BACK) ;; *) say "ENDING $end" ;; esac
  wake
  if [ -n "$session" ]; then end_calls; fi
  case $session$end in RELEASE* | BACK)
    exec >/dev/null
    wait_for_ender
    ;;
  *)
    stop_ender
    end_workers
    recover_commit
    ;;
  esac
  end_timer
  remove_stages
  case $end in RELEASE* | STOP) remove_records ;; esac
  if [ "$end" != 'RELEASE keep' ]; then remove_made; fi
  # The shell above, which somebody may have stopped meanwhile: nobody else is left who would wake it.
  kill -CONT 0
  over=yes
  say "RELEASED $end"
}

fail() {
  over=yes
  say "ERROR $1"
  exit 1
}

# The shell leaves in the middle when it cannot fork: then the work is ended without another process.
leave() {
  if [ -z "$over" ]; then
    if [ -n "$begun" ]; then say 'ENDING fork' && kill_workers; else say "ERROR cannot start another process"; fi
    kill "$timer"
    return
  fi 2>/dev/null
  end_timer
}

# Sets its_job. Of this run, and of its calls.
is_worker() {
  arguments_of "$1" lockstep-hand && is_own || return 1
  case ${arguments%%"$tab"*} in "$run" | "$run".*) ;; *) return 1 ;; esac
  its_job=${arguments#*"$tab"}
  its_job=${its_job%%"$tab"*}
}

# This shell reports what is killed below it on its stderr, where only the command is to speak.
exec 3>&1 4>&2 2>/dev/null
name_self parent
trap : HUP INT TERM
# Reached in the middle by a shell that cannot fork.
trap 'printf "cannot start another process\n" >&4' EXIT
{ exec 2>&4 4>&- && keeper; } | { exec 2>&4 3>&- && job; }
code=$?
trap - EXIT
exit "$code"
