# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Opens directories whose mode keeps their owner out, and closes them again.

# open_member MEMBER MODE: opens a staged directory that was sent closed, and notes that fit closes it again.
open_member() {
  quote "$1"
  opened="$opened $quoted $(printf %o "$((0x$2 & 07777))")"
  if ! [ -d "$staged" ] || { [ -r "$staged" ] && [ -w "$staged" ] && [ -x "$staged" ]; }; then return 0; fi
  quote "$staged"
  closing="'$(stat -c %a -- "$staged")' $quoted $closing"
  try "open $staged" chmod -- u+rwx "$staged"
}

# is_opened MEMBER: whether open_member has opened it. Sets its_mode to the mode that was sent.
is_opened() {
  path=$1
  eval "set -- $opened"
  while [ "$#" -gt 1 ]; do
    its_mode=$2
    [ "$1" != "$path" ] || return 0
    shift 2
  done
  return 1
}

close_opened() {
  eval "set -- $closing"
  while [ "$#" -gt 1 ]; do
    try "close $2" chmod -- "0000$1" "$2"
    shift 2
  done
}

# put PATH TO: renames one name. A directory has to be writable for that, since its ".." changes. mv gets the directory above TO, since it
# would go through a symbolic link at TO itself.
put() {
  closed_mode=''
  if [ "$uid" != 0 ] && is_directory "$1" && [ ! -w "$1" ]; then
    closed_mode=$(stat -c %a -- "$1")
    try "open $1" chmod -- u+rwx "$1"
  fi
  try "rename to $2" mv -f -- "$1" "${2%/*}/"
  [ -z "$closed_mode" ] || try "close $2" chmod -- "0000$closed_mode" "$2"
}
