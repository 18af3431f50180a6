# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Notes and sets the attributes of directories, and writes times in the form that touch takes.

# note_attributes DIR MEMBER: writes to before the attributes that DIR has, and those that it shall have: those of the staged directory, to
# which fit has given what was sent. Without MEMBER, which nobody sent, DIR shall keep its own.
note_attributes() {
  stage_path "$2"
  [ -n "$2" ] || staged=$1
  attributes_of "$1" && old="$mode $owner" old_mode=$mode old_uid=${owner%:*} && reference_of "$1" old && old="$old $moment" && attributes_of "$staged" ||
    refuse "cannot look at $1"
  if is_opened "$2"; then mode=$its_mode; fi
  # The set-group-id bit stays: where owners are not sent a directory inherits it from the one above.
  if [ "$preserve" != yes ] && [ "$(((0$mode ^ 0$old_mode) & 02000))" != 0 ]; then mode=$(printf %o "$((0$mode ^ 02000))"); fi
  reference_of "$staged" new
  printf 'before %s %s %s %s %s\n' "$number" "$old" "$mode" "$owner" "$moment" >>before || refuse 'cannot write before'
  # To set the owner that it has changes nothing, and shows whether attributes may be changed. To set its mode could take a set-group-id bit.
  if [ "$uid" = 0 ] || [ -O "$1" ]; then try "change the attributes of $1" chown -- "$old_uid" "$1"; fi
}

attributes_of() {
  # shellcheck disable=SC2046
  set -- $(stat -c '%a %u:%g %Y %y' -- "$1" 2>/dev/null)
  [ "$#" -ge 5 ] && mode=$1 owner=$2 && time_of "$3" "$5"
}

# time_of SECONDS TIME, as stat prints both: sets time to whole seconds, rounded down, and nine digits.
time_of() {
  time=$1.000000000
  case $2 in *.*) time=$1.${2#*.} ;; esac
}

# reference_of PATH NAME: sets moment to what touch takes to set the time of PATH: @seconds.fraction, or, where touch knows no fractions, a
# file that gets that time here.
reference_of() {
  if [ -n "$takes_fractions" ]; then
    touch_value "$time"
  else
    moment=time.$number.$2
    touch -r "$1" "$moment"
  fi
}

# touch_value TIME: sets moment to @seconds.fraction. TIME is rounded down, so -1.5 s comes as -2.500000000, and touch wants -1.5.
touch_value() {
  moment=@$1
  case $1 in
    *.000000000) moment=@${1%.*} ;;
    -*)
      fraction=1${1#*.} seconds=${1%.*}
      moment=@-$((-seconds - 1)).$(printf %09d "$((2000000000 - fraction))")
      ;;
  esac
}

# set_attributes DIR MODE OWNER TIME
set_attributes() {
  [ "$#" -eq 4 ] || refuse 'before is not whole'
  attributes_of "$1" || { say_problem "cannot look at $1" && return 1; }
  if [ "$preserve" = yes ] && [ "$owner" != "$3" ]; then try "chown $1" chown -- "$3" "$1"; fi
  if [ "$mode" != "$2" ] || [ "$owner" != "$3" ]; then
    if [ "$uid" = 0 ] || [ -O "$1" ]; then try "chmod $1" chmod -- "0000$2" "$1"; fi
  fi
  touch_value "$time"
  case $4 in
    "$moment") ;;
    @*) try "touch $1" touch -m -d "$4" -- "$1" ;;
    *) try "touch $1" touch -m -r "$4" -- "$1" ;;
  esac
}
