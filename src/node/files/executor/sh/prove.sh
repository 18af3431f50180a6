# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# The destination against what was sent.

# What the plan names is looked at where it shall be, and nothing of what was sent may be left in the stage. Who is paranoid has
# all that was sent read once more.
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

# compare_placed DIRECTORY: what lies below it, / for all. Of one that is about to be closed to its owner nobody can look at that afterwards.
compare_placed() {
  [ ! -e coarse ] || coarse=yes
  below=$1
  compare destination differ
}

# differ PATH MEMBER ...: in the destination.
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
