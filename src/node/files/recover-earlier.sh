# shellcheck shell=sh
# A worker's job: takes back the commit of an earlier run, its own argument. It replies EXIT 0 when all files are the old ones again.
# First line of stdin: the run's token.
# Needs: recover
trap '' TERM HUP INT PIPE
IFS= read -r token
recover "$5"
printf '%s EXIT %s\n' "$token" "$?"
