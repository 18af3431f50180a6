# shellcheck shell=sh
# A worker's job: takes back the commit of an earlier run. Its own argument: that run. Says EXIT 0: all is old again.
# First line of stdin: the run's token.
# Needs: recover
trap '' TERM HUP INT PIPE
IFS= read -r token
recover "$5"
printf '%s EXIT %s\n' "$token" "$?"
