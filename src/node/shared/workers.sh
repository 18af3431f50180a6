# shellcheck shell=sh disable=SC2030,SC2031,SC2034,SC2154
# The workers of a run: found by their arguments, process groups and sessions, and ended.
# Defines: arguments commits end_calls end_workers end_workers_beside find_workers group job_lives kill_each kill_workers live parent stop_ender wait_for_ender wrappers_live
# Needs: candidates clock describe end find_by find_candidates found grace is_own is_worker its_run job look_at_processes lost mark me name_self now rest role run
# Needs: say seen started stat stat_of state timer

# Whether a commit goes on: the run does, and only its commands are ended.
spares_commits=''

# The keeper goes on to hear beats: work may take longer to end than a beat may wait, or than a lease lasts.
end_workers_beside() {
  stop_ender
  (exec </dev/null 8<&- 9<&- && trap - EXIT && name_self ender && stat_of self && ender=${stat%% *} && spares_commits=yes && end_workers) &
  ender=$!
}

stop_ender() { if ender_lives; then kill "$ender"; fi; }

wait_for_ender() { if ender_lives; then wait "$ender"; fi; }

ender_lives() { [ -n "$ender" ] && stat_of "$ender" && [ "$parent" = "$me" ]; }

# TERM, after GRACE_S KILL. A wrapper is spared while its commands live: it ends with them, and until then the node is seen
# as draining. Left alone it may clean up, as a receiver does, or end what has its command's output; it has three seconds more.
# A group, or session, is remembered to the end: a wrapper may die of TERM before the command below it that ignores TERM.
# A commit is never ended in the middle; it gets 60 s to come to its end. One that waits for the run's decision goes back when its stdin
# ends; where a dead link holds that open TERM tells it, but not before what was sent may have been read.
end_workers() {
  signal=TERM told='' groups=' ' sids=' ' spare=" $me $timer $ender $$ " hands=' '
  clock
  kill_at=$((now + grace * 100)) give_up_at=$((now + 6000)) commits_at=$((now + 50))
  find_workers
  # One that lives now was seen with its command. What one that was killed has left is told by its environment alone.
  job_lives || lost=yes
  # Wrappers that are not below this keeper may have been killed as well, with nobody left to tell it.
  if [ -n "$lost" ] || [ -z "$job" ]; then find_lost; fi
  # A job that waits for work has none any more.
  exec >/dev/null
  while live_members; [ -n "$live$wrappers_live$commits" ]; do
    clock
    if [ "$now" -ge "$kill_at" ]; then signal=KILL; fi
    if [ "$now" -ge "$commits_at" ]; then kill_each TERM "$commits"; fi
    if [ -n "$live" ]; then
      if [ -z "$told" ] || [ "$signal" = KILL ]; then
        kill_each "$signal" "$live"
        # While its command lives that is only noted there; behind it the helpers that look for its output would pass for one.
        if [ -z "$told" ]; then kill_each TERM "$wrappers"; fi
        # A job that was told alone may just have begun its command, which then is told next.
        told=yes
      fi
    elif [ "$now" -ge "$((kill_at + 300))" ]; then
      kill_each KILL "$wrappers_live"
    else
      kill_each TERM "$wrappers_live"
    fi
    if [ "$now" -ge "$((kill_at + 400))" ] && [ -z "$commits" ] || [ "$now" -ge "$give_up_at" ]; then break; fi
    rest
    find_workers
  done
  if [ -n "$live" ]; then
    stand_for "$live"
    say "REMAINS$live"
  fi
}

job_lives() { [ -z "$job" ] || { stat_of "$job" && [ "$parent" = "$$" ] && [ "$state" != Z ]; }; }

kill_each() { for pid in $2; do kill "-$1" "$pid" 2>/dev/null; done; }

# Kills the sessions below the job and the wrappers at once, without another process. The wrappers live on, and tell others whose work it was.
kill_workers() {
  wrappers=" $job "
  for directory in /proc/[0-9]*; do
    # read drops the NULs between arguments.
    IFS= read -r arguments <"$directory/cmdline"
    case $arguments in *lockstep-hand"$run"*) wrappers="$wrappers${directory#/proc/} " ;; esac
  done
  sids=' '
  for directory in /proc/[0-9]*; do
    pid=${directory#/proc/}
    if stat_of "$pid" && [ "$sid" = "$pid" ]; then case $wrappers in *" $parent "*) sids="$sids$pid " ;; esac; fi
  done
  for directory in /proc/[0-9]*; do
    pid=${directory#/proc/}
    if stat_of "$pid"; then case $sids in *" $sid "*) kill -KILL "$pid" ;; esac; fi
  done
} 2>/dev/null

# Adds to groups and sids those of processes that have this run in their environment: work whose parent was killed. As whole words, since
# RUN has RUN.1 in it, and that has no RUN.12. Where none is known to be lost, what runs may have been left by a command that ended well:
# only a command itself that has no wrapper is lost.
find_lost() {
  find_by "LOCKSTEP_RUN=$mark" environ
  for pid in $found; do
    pid=${pid#/proc/} pid=${pid%/*}
    stat_of "$pid" || continue
    if [ -z "$lost" ]; then
      case "$sid $hands" in "$pid "*" $parent:"*) continue ;; "$pid "*) ;; *) continue ;; esac
      tr '\000' '\n' <"/proc/$pid/environ" | grep -qxF "LOCKSTEP_COMMAND=$pid" || continue
    fi 2>/dev/null
    case $groups in *" $group "*) ;; *) groups="$groups$group " ;; esac
    if [ "$sid" = "$pid" ]; then sids="$sids$sid "; fi
  done
}

# Processes that cannot be ended have often lost their wrapper by then, so that nobody would know them. A job of this run, which later runs
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

# processes: PID NAME PARENT GROUP SID of each live process, in one look; NAME is hand, job or done for ours, else -.
# wrappers: the parents of this run's commands. Added to groups: their process groups; to
# sids: the sessions of their commands, which may have jobs in groups of their own; to spare: all that is above them.
# The job is a child of this keeper's own shell; other workers are known by their arguments, and remembered in hands.
find_workers() {
  look_at_processes 's/^([0-9]+) \(lockstep-(hand|job|done)\) [A-Y] ([0-9]+ [0-9]+ [0-9]+) .*/\1 \2 \3/p;t
    s/^([0-9]+) \(.*\) [A-Y] ([0-9]+ [0-9]+ [0-9]+) .*/\1 - \2/p'
  processes=$seen
  wrappers=' ' commits=''
  set -- $processes
  while [ "$#" -ge 5 ]; do
    pid=$1 name=$2 parent=$3 group=$4
    shift 5
    case $pid in "$me" | "$ender") continue ;; esac
    if [ "$parent" = "$$" ]; then
      # A job that has done its work waits for the next command, if there is any.
      if [ "$name$end" = 'done' ]; then spare="$spare$pid " && continue; fi
    else
      [ "$name" != - ] || continue
      case $hands in *" $pid:"*) ;; *) if is_worker "$pid"; then hands="$hands$pid:$its_job "; else hands="$hands$pid: "; fi ;; esac
      its_job=${hands#*" $pid:"}
      case ${its_job%% *} in
        '') continue ;;
        [pu])
          [ -n "$spares_commits" ] || commits="$commits $pid"
          continue
          ;;
      esac
    fi
    wrappers="$wrappers$pid "
    case $groups in *" $group "*) continue ;; esac
    groups="$groups$group "
    while [ "$parent" -gt 1 ]; do
      spare="$spare$parent "
      stat_of "$parent" || break
    done
  done
  # A command has a session of its own below its wrapper, which it leads.
  set -- $processes
  while [ "$#" -ge 5 ]; do
    if [ "$1" = "$5" ]; then case $wrappers in *" $3 "*) case $sids in *" $1 "*) ;; *) sids="$sids$1 " ;; esac ;; esac; fi
    shift 5
  done
}

live_members() {
  live='' wrappers_live=''
  set -- $processes
  while [ "$#" -ge 5 ]; do
    pid=$1 parent=$3 group=$4 sid=$5
    shift 5
    case $groups in *" $group "*) ;; *) case $sids in *" $sid "*) ;; *) continue ;; esac ;; esac
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

# The keepers of calls in this run's session end their own work, a commit included, before the lock is free.
# They get the signal again and again, since a shell's read may just have begun when the first one came.
end_calls() {
  clock
  give_up_at=$((now + 6000)) known=' ' others=' '
  while find_calls; [ -n "$calls" ] && [ "$now" -lt "$give_up_at" ]; do
    kill_each TERM "$calls"
    rest
    clock
  done
}

find_calls() {
  calls=''
  find_candidates
  for pid in $candidates; do
    case $others in *" $pid "*) continue ;; esac
    case $known in *" $pid "*) ;; *)
      describe "$pid" && [ "$role" = keeper ] && is_own || continue
      case $its_run in "$run".*) known="$known$pid " ;; *) others="$others$pid " && continue ;; esac
      ;;
    esac
    calls="$calls $pid"
  done
}
