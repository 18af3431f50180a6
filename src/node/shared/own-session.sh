# shellcheck shell=sh disable=SC2034,SC2154,SC2016
# Runs a command in a session and process group of its own: what it does to its group meets nobody else, and what it leaves is known.
# Needs grace, tmout, patience, cut (set by TERM: end it), and the outputs on descriptors 5 and 4.

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

# As with ssh, a command has not ended as long as something of its group has its output; but where patience is set, a count of
# looks, no longer than that. Sets code, and clean where nothing of the group is left.
run_alone() {
  clean='' tries=0
  if [ -n "$cut" ]; then code=143 clean=' clean' && return 0; fi
  own_group=$(
    IFS=' ' read -r pid rest </proc/self/stat
    printf '%s' "$pid"
    exec >&5 2>&4 4>&- 5>&-
    ${tmout:+export "TMOUT=$tmout"}
    eval "$1"
  )
  code=$?
  while kill -0 "-$own_group" && has_output; do
    if [ -z "$cut" ] && [ "$tries" -ge "${patience:-999999}" ]; then break; fi
    if [ -n "$cut" ]; then end_own_group; fi
    tries=$((tries + 1))
    if [ -n "$cut" ] || [ "$tries" -lt 20 ]; then rest; else sleep 1; fi
  done
  if ! kill -0 "-$own_group"; then clean=' clean'; fi
}

# TERM once, and KILL from GRACE_S on.
end_own_group() {
  clock
  if [ "$cut" = yes ]; then
    cut=$((now + grace * 100))
    kill -TERM "-$own_group"
  elif [ "$now" -ge "$cut" ]; then
    kill -KILL "-$own_group"
  fi
}

has_output() {
  look_at_processes "s/^([0-9]+) \\(.*\\) [A-Y] [0-9]+ $own_group .*/\\1/p"
  for pid in $seen; do
    for open in "/proc/$pid/fd"/*; do
      if [ "$open" -ef /proc/self/fd/4 ] || [ "$open" -ef /proc/self/fd/5 ]; then return 0; fi
    done
  done
  return 1
}
