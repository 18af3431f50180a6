# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Makes the stage equal to what was sent, and proves that it is.

# fit SENT: gives each staged member the attributes that it was sent with, where tar has not. One that it cannot get is a problem, and so
# are other bytes and other names. SENT is empty where no list came with the files (survey).
fit() {
  : >placed || refuse 'cannot write placed'
  : >mends || refuse 'cannot write mends'
  compare stage mend 6>placed
  check_sums
  [ "$mended" = "$to_mend" ] || refuse 'the manifest is not whole'
  [ -z "$1" ] || refuse_surplus
  [ -z "$coarse" ] || : >coarse || refuse 'cannot write coarse'
  [ -z "$coarse" ] || printf 'lockstep: times are not kept exactly on this node, as that of %s\n' "$coarse" >&2
  close_opened
}

# mend STAGED MEMBER OWNER MODE TIME: sets the attributes in unlike.
mend() {
  case $unlike in *type* | *size* | *target*)
    unlike=${unlike# }
    refuse "$2 cannot be kept as it was sent: its ${unlike%% *} is another one in the stage"
    ;;
  esac
  if is_shared "$2" "$1"; then
    # The right second without a fraction: this node has lost that when the release before came, and would lose it again.
    if [ "$unlike" = ' time' ] && [ "$time" = "${5%.*}.000000000" ]; then
      coarse=${coarse:-$2}
      return 0
    fi
    # The file is replaced by a copy of its own, which changes the time of the directory: that was set already.
    try "copy $1" touch -r "${1%/*}" above-own
    try "copy $1" cp -p -- "$1" own
    try "copy $1" mv -f -- own "$1"
    try "copy $1" touch -r above-own "${1%/*}"
  fi
  case $unlike in *owner*) try "chown $1" chown -h -- "$3" "$1" ;; esac
  if [ ! -L "$1" ]; then
    case $unlike in *owner* | *mode*) try "chmod $1" chmod -- "0000$(printf %o "$4")" "$1" ;; esac
  fi
  touch_value "$5"
  case $unlike in *time*) touch -h -d "$moment" -- "$1" 2>/dev/null || touch -h -d "@${5%.*}" -- "$1" 2>/dev/null ;; esac
  # shellcheck disable=SC2046
  set -- "$1" "$2" "$3" "$4" "$5" $(stat -c '%f %u:%g %s %Y %y' -- "$1")
  time_of "$9" "${11}"
  [ "$time" = "$5" ] || coarse=${coarse:-$2}
  [ "$preserve" != yes ] || [ "$7" = "$3" ] || refuse "$2 cannot be kept as it was sent: its owner is another one in the stage"
  [ -L "$1" ] || [ "$((0x$6 & heeded))" = "$(($4 & heeded))" ] || refuse "$2 cannot be kept as it was sent: its mode is another one in the stage"
}

# is_shared MEMBER STAGED: whether the staged file is also a file of the release before (links.sh), which must not change.
is_shared() {
  [ -e links ] && [ ! -L "$2" ] && [ -f "$2" ] || return 1
  { read -r into && IFS= read -r before && IFS= read -r into; } <links || refuse 'cannot read links'
  case $1 in
    "$into"/*) [ "$destination/$before${1#"$into"}" -ef "$2" ] ;;
    *) return 1 ;;
  esac
}
