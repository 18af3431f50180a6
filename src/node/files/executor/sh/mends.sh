# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Sets attributes of files and links where they lie: of those that differ from what was sent in attributes alone.

# mended MODE OWNER SIZE TIME SUM PATH TARGET: a line of the list of what was sent.
mended() {
  case $where in
    stage) prepare_mend "$@" ;;
    destination) member "$@" ;;
  esac
}

# Checks that the file is still the one that the survey saw, and that its attributes may be changed. Writes the attributes that it has, and
# those that it shall have, to mends.
prepare_mend() {
  [ "$#" -eq 7 ] || refuse 'the manifest is not whole'
  mended=$((mended + 1)) path=$destination/$6
  [ "${#path}" -le 4095 ] || refuse "the path is too long for this node: $path"
  quote "$6"
  words=$quoted
  quote "$7"
  printf '%s\n' "mended $1 $2 $3 $4 $5 $words $quoted" >&6 || refuse 'cannot write placed'
  see_mend "$path" || refuse "cannot find $path: No such file or directory"
  sent_mode=$1 sent_owner=$2 sent_time=$4 sum=$5 seen=$size sent=$3
  case $1 in a???)
    target_of "$path"
    seen=$link sent=$7
    ;;
  esac
  [ "$kind" = "${1%???}" ] && [ "$seen" = "$sent" ] && [ "$links" = 1 ] || refuse "$path changed while it was looked at"
  [ "$sum" = - ] || expect_sum "$sum" "$path" "$path"
  [ "$((mended % 50))" != 0 ] || check_sums
  # To set the mode that it has changes nothing, and shows whether attributes may be changed. To set the owner could take rights from a program.
  set -- chmod -- "0000$mode"
  [ ! -L "$path" ] || set -- chown -h -- "${owner%:*}"
  try "change the attributes of $path" "$@" "$path"
  bits=$((0x$sent_mode & 07777))
  if [ "$preserve" != yes ]; then bits=$((bits & 01777)) sent_owner=$owner; fi
  old_time=$time
  mend_moment "mend$mended" "$path"
  quote "$path"
  printf 'amend %s %s %s %s %s %o %s %s %s\n' "$mode" "$owner" "$old_time" "$inode" "$moment" "$bits" "$sent_owner" "$sent_time" "$quoted" >>mends ||
    refuse 'cannot write mends'
}

# see_mend PATH: sets kind, mode, owner, size, links, inode and time.
see_mend() {
  # shellcheck disable=SC2046
  set -- $(stat -c '%f %a %u:%g %s %h %d:%i %Y %y' -- "$1" 2>/dev/null)
  [ "$#" -ge 8 ] && kind=${1%???} mode=$2 owner=$3 size=$4 links=$5 inode=$6 && time_of "$7" "$9"
}

# mend_moment NAME PATH: sets moment as reference_of does, with a file of another name. A touch that knows no fractions cannot give a link
# its fraction back.
mend_moment() {
  touch_value "$time"
  [ -z "$takes_fractions" ] || return 0
  moment=@${time%.*}
  [ -L "$2" ] || { moment=time.$1 && touch -r "$2" "$moment"; }
}

# amend MODE OWNER TIME INODE MOMENT NEWMODE NEWOWNER NEWTIME PATH: a line of mends.
amend() {
  [ "$#" -eq 9 ] || refuse 'mends is not whole'
  "amend_$direction" "$@"
}

# Sets the new attributes. A file that anybody has changed since prepare is a problem.
amend_switch() {
  see_mend "$9" && [ "$mode $owner $time $inode" = "$1 $2 $3 $4" ] || say_problem "$9 has changed meanwhile"
  touch_value "$8"
  wanted=$8
  # The touch of busybox cannot set the second before 1970, so this link keeps its time: undo could not give that back.
  if [ "$5" = @-1 ] && [ -z "$takes_fractions" ]; then wanted=$3; fi
  set_mend "$9" "$6" "$7" "$wanted" "$moment"
  see_mend "$9" && [ "$time" = "$8" ] || : >coarse || say_problem 'cannot write coarse'
  amended=$((amended + 1))
}

# Sets the old attributes again. Another file in its place is left alone; the device does not count, since it may have another number after
# a reboot. The time of a file to which somebody has written stays. Some file systems keep only even seconds.
amend_undo() {
  see_mend "$9" && [ "${inode#*:}" = "${4#*:}" ] || return 0
  if [ "$time" = "$8" ] || { [ -e coarse ] && [ "$((${time%.*} / 2))" = "$((${8%.*} / 2))" ]; }; then
    set_mend "$9" "$1" "$2" "$3" "$5"
  else
    set_mend "$9" "$1" "$2" "$time"
  fi
}

# set_mend PATH MODE OWNER TIME MOMENT: sets what differs.
set_mend() {
  is_other=''
  if [ "$owner" != "$3" ]; then
    is_other=yes
    try "chown $1" chown -h -- "$3" "$1"
  fi
  # A change of owner has cleared the set-user-id and set-group-id bits.
  if [ ! -L "$1" ] && { [ -n "$is_other" ] || [ "$mode" != "$2" ]; }; then try "chmod $1" chmod -- "0000$2" "$1"; fi
  [ "$time" != "$4" ] || return 0
  case $5 in
    # The touch of busybox cannot set the second before 1970. A time that cannot be set is a failure only where undo gives it back.
    @*)
      for moment in "$5" "@${4%.*}"; do touch -h -m -d "$moment" -- "$1" 2>/dev/null && return 0; done
      [ "$direction" = switch ] || try "touch $1" touch -h -m -d "$moment" -- "$1"
      ;;
    *) try "touch $1" touch -m -r "$5" -- "$1" ;;
  esac
}
