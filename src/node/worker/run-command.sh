# shellcheck shell=sh disable=SC2034,SC2154
# A worker's job: runs the one command that it is given, with all three streams untouched.
# First line of stdin: the run's token. Behind the command's last byte it says on stdout: TOKEN EXIT code, or TOKEN DIED fork.
# Needs: run_alone set_skew started stat_of
IFS= read -r token || exit 1
# A shell reports a killed child on its own stderr, where only the command is to speak.
exec 4>&2 2>/dev/null 5>&1
cut='' code=''
# bash ends itself when what it waits for has died of SIGINT.
trap : INT
trap 'cut=${cut:-yes}' TERM
# A shell that cannot fork ends here, too.
trap 'case $code in "") end="DIED fork" ;; *) end="EXIT $code" ;; esac; printf "%s %s\n" "$token" "$end" >&5; exit "${code:-1}"' EXIT
stat_of self
set_skew "$started"
run_alone "$5"
