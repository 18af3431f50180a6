# shellcheck shell=sh disable=SC2154
# The prelude of every worker, lockstep-hand RUN JOB LOCK KEEPER, with a job's own text behind it, and a job's own words from $5.
# JOB: c command, t tool, r receive, p commit (put in place), u recover (undo), s survey.
# The shell stays as the command's parent, so that its arguments tell the keeper, and later runs, whose work this is.
# KEEPER is PID:START of this run's keeper: when that process is gone or ending the run is over, and a late worker must not start.
# Needs: keeper_lives stat
if ! { printf lockstep-hand >/proc/self/comm; } 2>/dev/null; then
  printf 'lockstep: refused to start: a process cannot name itself on this node\n' >&2
  exit 76
fi
if ! keeper_lives "$4" || case $stat in *'(lockstep-ending)'*) ;; *) false ;; esac; then
  printf 'lockstep: refused to start: the keeper of this run is gone\n' >&2
  exit 76
fi
