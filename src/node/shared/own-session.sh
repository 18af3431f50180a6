# shellcheck shell=sh disable=SC2034,SC2154,SC2016,SC2086
# Runs a command in a session and process group of its own: what it does to its group meets nobody else, and what it leaves is known.
# Needs grace, cut (set by TERM: end it), skew, and the outputs on descriptors 5 and 4.
# Defines: clean own_session run_alone seen set_skew skew
# Needs: clock grace look_at_processes now rest

# The command's text starts it by these words, which take the place of its shell.
if command -v setsid >/dev/null; then
  own_session=setsid
elif command -v perl >/dev/null; then
  own_session='perl -MPOSIX=setsid -e setsid;exec(@ARGV)||exit(127)'
elif command -v python3 >/dev/null; then
  own_session='python3 -c import_=__import__;o,s,a=import_("os"),import_("signal"),import_("sys").argv;o.setsid();s.signal(13,s.SIG_DFL);s.signal(25,s.SIG_DFL);o.execvp(a[1],a[1:])'
else
  own_session=''
fi

# Some containers count the time from their own beginning, but that of processes from the machine's. Set by the start of a process which
# has just begun; what a busy machine may have kept that waiting is no skew.
set_skew() {
  clock
  skew=$(($1 - now))
  case $skew in 0 | [-1-9] | [-1-9][0-9] | -[1-9][0-9]) skew=0 ;; esac
}

# As with ssh, a command has not ended as long as something of its session has its output. Sets code, and clean where nothing of
# the session is left.
run_alone() {
  clean='' code='' tries=0
  if [ -n "$cut" ]; then code=143 clean=' clean' && return 0; fi
  sid=$(
    # What /proc/self/stat would tell as well, in three hundred bytes, which are dearer than the fork.
    clock
    for sid in /proc/self/task/*; do sid=${sid##*/}; done
    printf '%s %s' "$sid" "$((now + skew))"
    exec >&5 2>&4 4>&- 5>&-
    # A tool of ours gives to its own commands what their account's login has set.
    case $1 in ': ours;'*) give_environment ;; *) give_back ;; esac
    # Tells a keeper that this process is the command, and none that it has left behind.
    export LOCKSTEP_COMMAND="$sid"
    eval "$1"
  )
  code=$?
  began=${sid#* } sid=${sid% *}
  # Where no process is younger than the command's own, it has left none behind: no need to search.
  IFS=' ' read -r _ _ _ _ youngest </proc/loadavg
  if [ "$youngest" = "$sid" ] && ! kill -0 "-$sid"; then clean=' clean' && return 0; fi
  # Its jobs may have groups of their own, as with set -m.
  while look_at_processes "s/^([0-9]+) \\(.*\\) [A-Y] [0-9]+ [0-9]+ $sid .*/\\1/p" && [ -n "$seen" ] && has_output; do
    if [ -n "$cut" ]; then end_members; fi
    tries=$((tries + 1))
    if [ -n "$cut" ] || [ "$tries" -lt 20 ]; then rest; else sleep 1; fi
  done
  if [ -n "$seen" ]; then return 0; fi
  # Nobody waits for a process that has left the session. It is younger than the command, and may still write. Numbers begin anew, so they
  # tell who is younger only of what began in the same hundredth of a second.
  look_at_processes 's/^([0-9]+) \(.*\) [A-Y]( -?[0-9]+){18} ([0-9]+) .*/\1 \3/p'
  set -- $seen
  seen=''
  while [ "$#" -gt 1 ]; do
    if [ "$2" -gt "$began" ] || { [ "$2" = "$began" ] && [ "$1" -gt "$sid" ]; }; then seen="$seen $1"; fi
    shift 2
  done
  has_output || clean=' clean'
}

# TERM once, and KILL from GRACE_S on.
end_members() {
  clock
  if [ "$cut" = yes ]; then
    cut=$((now + grace * 100))
    kill -TERM $seen
  elif [ "$now" -ge "$cut" ]; then
    kill -KILL $seen
  fi
}

has_output() {
  for pid in $seen; do
    for open in "/proc/$pid/fd"/*; do
      if [ "$open" -ef /proc/self/fd/4 ] || [ "$open" -ef /proc/self/fd/5 ]; then return 0; fi
    done
  done
  return 1
}
