# shellcheck shell=sh disable=SC2034,SC2154
# The workers of a run: found by their arguments and process groups, and ended.

# The keeper goes on to hear beats: work may take longer to end than a beat may wait, or than a lease lasts.
end_workers_beside() {
  stop_ender
  (exec </dev/null 8<&- 9<&- && name_self ender && stat_of self && ender=${stat%% *} && end_workers) &
  ender=$!
}

stop_ender() { if ender_lives; then kill "$ender"; fi; }

wait_for_ender() { if ender_lives; then wait "$ender"; fi; }

ender_lives() { [ -n "$ender" ] && stat_of "$ender" && [ "$parent" = "$me" ]; }

# TERM, after GRACE_S KILL. A wrapper is spared while its commands live: it ends with them, and until then the node is seen
# as draining. Left alone it may clean up, as a receiver does.
# A group is remembered to the end: a wrapper may die of TERM before the command below it that ignores TERM.
# A commit is never ended in the middle; it gets 60 s to come to its end.
end_workers() {
  rounds=0 signal=TERM told='' groups=' ' spare=" $me $timer $ender $$ "
  find_workers
  while live_members; [ -n "$live$wrappers_live$commits" ]; do
    if [ "$rounds" -eq "$((grace * 10))" ]; then signal=KILL; fi
    if [ -z "$told" ] || [ "$signal" = KILL ] || [ -z "$live" ]; then
      for pid in ${live:-$wrappers_live}; do
        kill "-$signal" "$pid" 2>/dev/null
        # A job that was told alone may just have begun its command, which then is told next.
        if [ "$pid" != "$job_pid" ]; then told=yes; fi
      done
    fi
    if [ "$rounds" -ge "$((grace * 10 + 20))" ] && [ -z "$commits" ]; then break; fi
    if [ "$rounds" -ge 600 ]; then break; fi
    rounds=$((rounds + 1))
    sleep 0.1 2>/dev/null || sleep 1
    find_workers
  done
  if [ -n "$live" ]; then
    stand_for "$live"
    say "REMAINS$live"
  fi
}

# What cannot be ended has often lost its wrapper by then, and would be known by nobody. A job of this run, which later runs
# find, lives as long as these processes do. A process that takes over one of their ids has another start.
stand_for() {
  (
    exec </dev/null >/dev/null 2>&1 3>&- 8<&- 9<&-
    trap '' HUP INT TERM
    name_self job
    left=''
    for pid in $1; do
      if stat_of "$pid"; then left="$left $pid:$started"; fi
    done
    while [ -n "$left" ]; do
      sleep 1
      known=$left left=''
      for pid in $known; do
        if stat_of "${pid%:*}" && [ "$started" = "${pid#*:}" ] && [ "$state" != Z ]; then left="$left $pid"; fi
      done
    done
  ) &
}

# processes: PID STATE PARENT GROUP of each live process, in one look.
# wrappers: the parents of this run's commands. Added to groups: their process groups; to spare: all that is above them.
# The job is a child of this keeper's own shell; other workers are known by their arguments.
find_workers() {
  look_at_processes 's/^([0-9]+) \(.*\) ([A-Y]) ([0-9]+) ([0-9]+) .*/\1 \2 \3 \4/p'
  processes=$seen
  wrappers=' ' commits='' job_pid=''
  set -- $processes
  while [ "$#" -ge 4 ]; do
    pid=$1 parent=$3 group=$4
    shift 4
    [ "$pid" != "$me" ] || continue
    if [ "$parent" = "$$" ]; then job_pid=$pid; else is_worker "$pid" || continue; fi
    wrappers="$wrappers$pid "
    case $groups in *" $group "*) continue ;; esac
    groups="$groups$group "
    while [ "$parent" -gt 1 ]; do
      spare="$spare$parent "
      stat_of "$parent" || break
    done
  done
  # A step's command has a group of its own below the job.
  set -- $processes
  while [ "$#" -ge 4 ]; do
    case $wrappers in *" $3 "*) case $groups in *" $4 "*) ;; *) groups="$groups$4 " ;; esac ;; esac
    shift 4
  done
}

is_worker() {
  IFS= read -r comm 2>/dev/null <"/proc/$1/comm" && [ "$comm" = lockstep-hand ] || return 1
  arguments_of "$1" lockstep-hand || return 1
  case ${arguments%%"$tab"*} in "$run" | "$run".*) ;; *) return 1 ;; esac
  arguments=${arguments#*"$tab"}
  case $arguments in "p$tab"* | "u$tab"*) commits="$commits $1" && return 1 ;; esac
}

live_members() {
  live='' wrappers_live=''
  set -- $processes
  while [ "$#" -ge 4 ]; do
    pid=$1 parent=$3 group=$4
    shift 4
    case $groups in *" $group "*) ;; *) continue ;; esac
    # The timer's sleep, and the sed that looks.
    case $parent in "$timer" | "$ender" | "$me") continue ;; esac
    # A subshell of a wrapper looks like one, but is the command.
    case $wrappers in
      *" $parent "*) ;;
      *" $pid "*)
        wrappers_live="$wrappers_live $pid"
        continue
        ;;
    esac
    case $spare in *" $pid "*) ;; *) live="$live $pid" ;; esac
  done
}

# The keepers of steps that joined this run's session end their own work, a commit included, before the lock is free.
# Told again, since a shell's read may just have begun when the first signal came.
end_steps() {
  rounds=0
  while find_steps; [ -n "$steps" ] && [ "$rounds" -lt 600 ]; do
    for pid in $steps; do kill -TERM "$pid" 2>/dev/null; done
    rounds=$((rounds + 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
}

find_steps() {
  steps=''
  find_candidates
  for pid in $candidates; do
    describe "$pid" && [ "$role" = keeper ] || continue
    case $its_run in "$run".*) steps="$steps $pid" ;; esac
  done
}
