# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Carries out the plan of the stage that is the working directory: prepare, switch or undo, given as $1.
# The same as executor.pl, with the same messages, where there is neither perl nor python. Records and lists are lines of sh, and their first
# words are functions here. One ln or mv gets many names at once. It is read with "." and ends its shell.
direction=$1 phase=check problem='' position=0 destination='' tree='' preserve='' copies='' opened='' closing='' coarse='' paranoid='' sum_program=''
replaced=0 aside=0 new=0 attended=0 removed=0 amended=0 mended=0 to_mend=0 is_whole=''
n='
'
LC_ALL=C
export LC_ALL
uid=$(id -u)

main() {
  [ -f ./plan ] || refuse 'cannot read plan: No such file or directory'
  . ./plan
  [ -n "$is_whole" ] && [ -n "$preserve" ] || refuse 'the plan is not whole'
  # --paranoid: all sent files are hashed again when they are in place.
  [ ! -e paranoid ] || paranoid=yes
  takes_fractions=''
  if touch -d @1.5 ./executor 2>/dev/null; then takes_fractions=yes; fi
  replaced=0 aside=0 new=0 attended=0 removed=0 phase=$direction
  case $direction in
    prepare) prepare ;;
    switch) switch ;;
    undo) undo ;;
  esac
  finish
}

finish() {
  printf %s "$problem"
  if [ -z "$problem" ]; then exit 0; else exit 1; fi
}

# Notes the first problem. An undo goes on; anything else stops here.
say_problem() {
  problem=${problem:-$1}
  [ "$direction" = undo ] || finish
}

# Stops, also an undo: nothing may be done by a list that is not whole.
refuse() {
  say_problem "$1"
  finish
}

# try WHAT COMMAND...: runs the command. Where it fails the problem is "cannot WHAT", with the cause from the last words of its output.
try() {
  what=$1
  shift
  error=$("$@" 2>&1) && return 0
  cause=${error##*: }
  case $cause in
    'Operation not permitted') cause="$cause (is it immutable or append-only? see lsattr)" ;;
    'Invalid cross-device link') cause="$cause (another file system or subvolume)" ;;
  esac
  say_problem "cannot $what: $cause"
}
