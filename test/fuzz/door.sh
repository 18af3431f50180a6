#!/bin/sh
# What sshd is on a real node: it stays, and starts the commands that it is told of, one after the other, behind named pipes.
# Arguments: the directory of the pipes, the home of its account. A command is a line on standard input: the number of its pipes,
# a umask, and what the shell is to carry out. Standard output: `begun`, then its code. In the foreground, since sh lets what runs
# behind its back ignore the signals of a terminal.
pipes=$1
home=$2
exec 3>&1
while read -r number mask command; do
  (
    echo begun >&3
    exec 3>&-
    cd "$home" || exit
    umask "$mask"
    eval "$command"
  ) <"$pipes/$number.in" >"$pipes/$number.out" 2>"$pipes/$number.err"
  echo "$?"
done
