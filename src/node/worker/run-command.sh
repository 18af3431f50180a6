# shellcheck shell=sh disable=SC2034,SC2154
# A worker's job: runs the one command that it is given, with all three streams untouched.
# A shell reports a killed child on its own stderr, where only the command is to speak.
exec 4>&2 2>/dev/null 5>&1
cut=''
# bash ends itself when what it waits for has died of SIGINT.
trap : INT
trap 'cut=${cut:-yes}' TERM
# A shell that cannot fork ends here; where the command has ended, with its code.
code=''
trap '[ -z "$code" ] || exit "$code"; printf "lockstep: the command was not started: no process more can be had (ulimit -u, a limit of the cgroup)\n" >&4' EXIT
if [ -z "$own_session" ]; then
  printf 'lockstep: setsid is not installed on this node, nor perl or python3\n' >&4
  exec 4>&-
  exit 127
fi
run_alone "$5"
trap - EXIT
exit "$code"
