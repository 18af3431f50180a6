# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Proves that the destination has what was sent.

# Compares what the plan names at the destination. No sent file may be left in the stage. With --paranoid all sent files are read once more.
prove() {
  compare_placed /
  [ "$compared" -gt 0 ] || [ "$((replaced + aside + new))" -eq 0 ] || say_problem 'placed is empty'
  phase=gone taken=''
  . ./plan
  count_removed
  eval "set -- $copies"
  for path; do
    shift
    case $path in /*) set -- "$@" "$path" ;; esac
  done
  left=$(find tree above "$@" ! -type d 2>/dev/null)
  [ -z "$left" ] || say_problem "${left%%"$n"*} was not put in place"
}

# compare_placed DIRECTORY: compares the members below it, / for all. Called for a directory that is about to be closed to its owner:
# nobody could look into it afterwards.
compare_placed() {
  [ ! -e coarse ] || coarse=yes
  below=$1
  compare destination differ
}

# differ PATH MEMBER ...: a member at the destination is not as it was sent. Some differences are allowed.
differ() {
  for what in $unlike; do
    case $what:$coarse in
      type:*) ;;
      time:yes) continue ;;
      *) if is_directory "$1" && [ "$uid" != 0 ] && ! [ -O "$1" ]; then continue; fi ;;
    esac
    say_problem "${1%/} has another $what than it was sent with"
  done
}
