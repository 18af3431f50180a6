# shellcheck shell=sh disable=SC2034,SC2154
# The leash of a keeper: the timer that ends its patience, and what each beat does.
# Defines: end_timer start_timer timer wake
# Needs: candidates commits end_workers find_candidates find_workers group job_died job_lives kill_each lease me my_start name_self run started stat stat_of state

# A call's keeper needs none: the session's keeper has it, and ends those of its calls.
start_timer() {
  case $run in *.*) return 0 ;; esac
  # exec, because redirections of a function call are kept aside for later, and the lock would live on in the copy.
  (exec </dev/null >/dev/null 2>&1 3>&- 8<&- 9<&- && trap - EXIT && timer_loop) &
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
  tries=0
  # Only a keeper of this very shell is told, and told again: its read may just have begun when the first signal came, and
  # somebody may have stopped it.
  while stat_of "$me" && [ "$started" = "$my_start" ] && kill -ALRM "$me"; do
    kill -CONT "$me" "$$"
    case $stat in *'(lockstep-ending)'*) tries=0 ;; *) tries=$((tries + 1)) ;; esac
    if [ "$tries" -gt 5 ]; then replace_keeper; fi
    sleep 1
  done
  [ -n "$ended" ] || end_waiting_commits
}

# Of a keeper that was killed, over a link that says nothing.
end_waiting_commits() {
  groups=' ' sids=' ' spare=' ' hands=' '
  while find_workers; [ -n "$commits" ]; do
    kill_each TERM "$commits"
    sleep 1
  done
}

# A keeper that hangs where no signal reaches it, as on a dead mount, would hold its lock for ever.
replace_keeper() {
  ender=$me lost=yes
  stat_of self && me=${stat%% *}
  end_workers
  kill -KILL "$ender"
  exit
}

# A timer that was only just forked would forget the signal: it has its name when it has its traps.
end_timer() {
  rounds=0
  while [ -n "$timer" ] && IFS= read -r named 2>/dev/null <"/proc/$timer/comm" && [ "$rounds" -lt 100 ]; do
    case $named in lockstep-timer) break ;; esac
    rounds=$((rounds + 1))
    sleep 0.01 2>/dev/null || sleep 1
  done
  kill -CONT "$timer" 2>/dev/null
  kill "$timer" 2>/dev/null
  timer=''
}

beat() {
  job_lives || job_died
  case $run in *.*) return 0 ;; esac
  if stat_of "$timer" && [ "$state" != Z ]; then kill -USR1 "$timer"; else start_timer; fi
}

# What of ours somebody has stopped goes on, also a call's keeper, or its job alone, with what it has started, and with the sudo
# above it, which stops when that does; a command is in no group of ours. Not before the answer, which must not wait for a look at a
# busy machine, and no more than one: the next beat looks again.
wake() {
  kill -CONT 0
  looks_max=1
  find_candidates 'lockstep-hand|lockstep-pulse|lockstep-job|lockstep-keeper'
  looks_max=50
  for pid in $candidates; do
    kill -CONT "$pid"
    if stat_of "$pid"; then kill -CONT "-$group"; fi
  done
} 2>/dev/null
