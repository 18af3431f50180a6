# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# The way back.

# Last to first, so that what was changed twice is at last what it was; then attributes, those of what lies deepest first.
undo() {
  [ -f ./before ] || refuse 'cannot read before: No such file or directory'
  . ./before
  if [ -e ours ]; then . ./ours; fi
  backwards=$(sort -k 2,2nr plan)
  eval "$backwards"
  # It may have been killed between the opening of one and its move.
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

# closed MODE DIRECTORY
closed() {
  if is_directory "$2"; then try "close $2" chmod -- "0000$1" "$2"; fi
}

# ours NUMBER MARK...: as prepare has noted them.
ours() {
  position=$1
  shift
  eval "ours_$position=\$*"
}

# In the stage it may stay open. What was put in the place of ours since then stays there; devices have other numbers after a reboot.
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

# GNU mv refuses to move a file over another link to it.
same_file() {
  if [ -L "$1" ]; then
    [ "$(stat -c %i -- "$1" 2>/dev/null)" = "$(stat -c %i -- "$2" 2>/dev/null)" ]
  else
    [ ! -L "$2" ] && [ "$1" -ef "$2" ]
  fi
}
