# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# The direction undo: the way back.

# From the last record to the first, so that what was changed twice ends as it was; then the attributes, those of deeper directories first.
undo() {
  [ -f ./before ] || refuse 'cannot read before: No such file or directory'
  . ./before
  if [ -e ours ]; then . ./ours; fi
  backwards=$(sort -k 2,2nr plan)
  eval "$backwards"
  # The switch may have been killed between the opening of a directory and its rename.
  if [ -e closed ]; then . ./closed; fi
  if [ -e mends ]; then . ./mends; fi
  phase=restore
  . ./plan
}

undo_step() {
  case $word in
    attributes) if [ "$uid" != 0 ] && [ -O "$1" ] && ! { [ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ]; }; then try "open $1" chmod -- u+rwx "$1"; fi ;;
    replace | aside) put_back "$@" ;;
    new) take_back "$@" ;;
    remove) bring_back "$@" ;;
  esac
}

put_back() {
  from=$1 to=$2 old=$3
  shift 3
  for name; do
    [ "$word" = aside ] || ! exists "$from/$name" || continue
    if exists "$old/$name" && ! same_file "$old/$name" "$to/$name"; then try "rename to $to/$name" mv -f -- "$old/$name" "$to/"; fi
  done
}

# closed MODE DIRECTORY: a line of closed.
closed() {
  if is_directory "$2"; then try "close $2" chmod -- "0000$1" "$2"; fi
}

# ours NUMBER MARK...: a line of ours, as prepare has noted it.
ours() {
  position=$1
  shift
  eval "ours_$position=\$*"
}

# Moves a new file back to the stage, where a directory may stay open. A file that somebody has put in its place stays: neither inode nor
# second is that of ours. Devices do not count, since they have other numbers after a reboot.
take_back() {
  from=$1 to=$2
  shift 2
  eval "marks=\${ours_$number-}"
  for name; do
    mark=${marks%% *} marks=${marks#* }
    if exists "$from/$name" || ! exists "$to/$name"; then continue; fi
    seen=$(stat -c %i:%Y -- "$to/$name")
    if [ -n "$mark" ] && [ "${seen%:*}" != "${mark%:*}" ] && [ "${seen#*:}" != "${mark#*:}" ]; then
      printf "lockstep: %s is somebody else's by now, and stays\n" "$to/$name" >&2
      continue
    fi
    if [ "$uid" != 0 ] && is_directory "$to/$name" && [ ! -w "$to/$name" ]; then try "open $to/$name" chmod -- u+rwx "$to/$name"; fi
    try "rename to $from/$name" mv -f -- "$to/$name" "$from/"
  done
}

restore_step() {
  [ "$word" = attributes ] || return 0
  eval "values=\${old_$number-}"
  # shellcheck disable=SC2086
  set_attributes "$1" $values
}

# Whether both are one file: GNU mv refuses to rename a file over another name of it.
same_file() {
  if [ -L "$1" ]; then
    [ "$(stat -c %i -- "$1" 2>/dev/null)" = "$(stat -c %i -- "$2" 2>/dev/null)" ]
  else
    [ ! -L "$2" ] && [ "$1" -ef "$2" ]
  fi
}
