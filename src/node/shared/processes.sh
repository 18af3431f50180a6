# shellcheck shell=sh disable=SC2034,SC2154
# What can be told of processes, and of the time, without a process for the question.
# Defines: clock group look_at_processes name_self now parent rest seen started stat stat_of state

looks_max=50

# /proc/PID/stat: the name in parentheses may hold anything, so fields count from the last one.
stat_of() {
  IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${stat##*) }
  state=$1 parent=$2 group=$3 sid=$4 started=${20}
}

# Sets seen to what the sed script $1 prints of each process. GNU sed gives up, with code 4, when one ends while it is read;
# so many times in a row means that the machine does nothing else. It may also be met by a signal.
look_at_processes() {
  looks=0
  while [ "$looks" -lt "$looks_max" ]; do
    seen=$(exec sed -nE "$1" /proc/[0-9]*/stat 2>/dev/null)
    case $? in 4 | 1[34]?) ;; *) return 0 ;; esac
    looks=$((looks + 1))
  done
}

# Sets now: hundredths of a second since the machine began.
clock() {
  IFS='. ' read -r now hundredths _ </proc/uptime
  now=$((now * 100 + 1$hundredths - 100))
}

# Gives this process a name, which tells other runs what it does.
name_self() { { printf 'lockstep-%s' "$1" >/proc/self/comm; } 2>/dev/null; }

# A short rest; not every sleep knows fractions.
rest() { sleep 0.1 2>/dev/null || sleep 1; }
