# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# The direction switch: the commit.

switch() {
  . ./before
  if [ -e mends ]; then . ./mends; fi
  . ./plan
  prove
  [ -n "$problem" ] || printf %s "$replaced $aside $new $attended $removed $amended"
}

# before NUMBER OLDMODE OLDOWNER OLDTIME MODE OWNER TIME
before() {
  [ "$#" -eq 7 ] || refuse 'before is not whole'
  eval "old_$1='$2 $3 $4' new_$1='$5 $6 $7'"
}

switch_step() {
  case $word in
    replace)
      keep_again "$@"
      put_all "$1" "$2" 3 "$@"
      replaced=$((replaced + $# - 3))
      ;;
    aside)
      move_aside "$@"
      put_all "$1" "$2" 3 "$@"
      aside=$((aside + $# - 3))
      ;;
    new)
      have_appeared "$@"
      put_all "$1" "$2" 2 "$@"
      new=$((new + $# - 2))
      ;;
    remove) take_out "$@" ;;
    attributes)
      if [ -n "$2" ]; then
        eval "values=\${new_$number-}"
        mode=${values%% *}
        if [ "$uid" != 0 ] && [ "$((0$mode & 0100))" = 0 ]; then compare_placed "/$2"; fi
        # shellcheck disable=SC2086
        set_attributes "$1" $values
      fi
      attended=$((attended + 1))
      ;;
  esac
}

# Somebody may have put another file in place since prepare has made the second name: that one is then the old file.
keep_again() {
  to=$2 old=$3
  shift 3
  for name; do
    if same_file "$old/$name" "$to/$name"; then continue; fi
    rm -f -- "$old/$name"
    try "link $to/$name" ln -- "$to/$name" "$old/"
  done
}

move_aside() {
  to=$2 old=$3
  shift 3
  for name; do try "move $to/$name aside" mv -f -- "$to/$name" "$old/"; done
}

have_appeared() {
  to=$2
  shift 2
  for name; do
    if exists "$to/$name"; then say_problem "$to/$name has appeared meanwhile"; fi
  done
}

# put_all FROM TO SKIP FIELD...: renames the names behind SKIP fields. mv never copies here, since prepare has found both ends on one file
# system. cd -P: the plain cd makes one long path, which may be too long for the kernel.
put_all() {
  from=$1 to=$2 skip=$3
  shift "$((3 + skip))"
  for name; do
    shift
    exists "$from/$name" || say_problem "cannot rename to $to/$name: No such file or directory"
    if [ "$uid" != 0 ] && is_directory "$from/$name" && [ ! -w "$from/$name" ]; then
      put "$from/$name" "$to/$name"
    else
      set -- "$@" "$name"
    fi
  done
  [ "$#" -gt 0 ] || return 0
  absolute "$to"
  error=$(exec 2>&1 && CDPATH='' cd -P -- "$from/" && mv -f -- "$@" "$absolute/") && return 0
  for name; do
    if exists "$from/$name"; then put "$from/$name" "$to/$name"; fi
  done
}
