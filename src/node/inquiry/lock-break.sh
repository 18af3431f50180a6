# shellcheck shell=sh disable=SC2034,SC2154
# Ends a run on this node: lockstep-break RUN. Its keepers are sent TERM, which makes them end the run's work and
# then free their lock; work that has no keeper any more is ended here.
# First line of stdin: TOKEN GRACE_S. Replies: BROKEN; or ERROR reason; REMAINS pids where something could not be ended.
# Defines: end is_worker job kind lock lost mark me run timer token
# Needs: arguments candidates commits describe end_workers find_candidates its_run live rest role say stat stat_of state tab wrappers_live
run=$1
timer=none ender=none job='' kind=break end=break lost='' mark=$run lock=''

main() {
  IFS=' ' read -r token grace || exit 1
  exec 3>&1
  tries=0
  while find_keepers; [ -n "$keepers" ]; do
    # A keeper may wait a minute for a commit, beside its own grace.
    if [ "$tries" -ge 90 ]; then fail "these keepers did not end:$keepers"; fi
    tries=$((tries + 1))
    for pid in $keepers; do
      kill -TERM "$pid" 2>/dev/null || ! [ -d "/proc/$pid" ] || fail "this account may not end the keeper: pid $pid"
    done
    wait_for_keepers
  done
  end_workers
  if [ -z "$live$wrappers_live$commits" ]; then say BROKEN; fi
}

# Also those of commands in a session, whose runs are numbered behind its own.
find_keepers() {
  keepers=''
  find_candidates
  for pid in $candidates; do
    describe "$pid" && [ "$role" = keeper ] || continue
    case $its_run in "$run" | "$run".*) keepers="$keepers $pid" ;; esac
  done
}

# At most a second.
wait_for_keepers() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    lives=''
    for pid in $keepers; do
      if stat_of "$pid" && [ "$state" != Z ]; then lives=$pid; fi
    done
    [ -n "$lives" ] || return 0
    rest
  done
}

# Sets its_job. Succeeds for work of this run and of its calls, to which a job whose keeper is gone belongs.
is_worker() {
  describe "$1" && [ "$role" = work ] || return 1
  case $its_run in "$run" | "$run".*) ;; *) return 1 ;; esac
  its_job=${arguments#*"$tab"}
  its_job=${its_job%%"$tab"*}
}

fail() {
  say "ERROR $1"
  exit 1
}

# In a subshell, since the children of the first shell would be taken for the run's work.
(stat_of self && me=${stat%% *} && main)
