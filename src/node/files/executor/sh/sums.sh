# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Compares the bytes of files with what was sent: reads them from where they lie.

# expect_sum SENT PATH FILE: notes a file to be hashed. PATH is its name in messages.
expect_sum() {
  quote "$3"
  unread="$unread $quoted"
  quote "$2"
  unread="$unread $quoted $1"
}

# Hashes the noted files, many in one process. In the stage a file that is closed to its owner stays open until fit ends.
check_sums() {
  eval "set -- $unread"
  [ "$#" -gt 0 ] || return 0
  [ -n "$sum_program" ] || find_sum_program "$3"
  files='' expected=$unread unread=''
  while [ "$#" -gt 0 ]; do
    if [ "$uid" != 0 ] && [ ! -r "$1" ]; then open_file "$1"; fi
    # Each answer must be one line, so a file with a newline in its name is not asked by name.
    case $1 in *"$n"*) ;; *)
      quote "$1"
      files="$files $quoted"
      ;;
    esac
    shift 3
  done
  sums=''
  if [ -n "$files" ]; then sums=$(eval "$sum_program $files" 2>/dev/null); fi
  eval "set -- $expected"
  while [ "$#" -gt 0 ]; do
    case $1 in
      *"$n"*) sum=$($sum_program <"$1") ;;
      *) sum=${sums%%"$n"*} sums=${sums#"$sum"} sums=${sums#"$n"} ;;
    esac
    sum=${sum#\\}
    check_sum "$1" "$2" "$3" "${sum%% *}"
    shift 3
  done
}

# check_sum FILE PATH SENT SEEN
check_sum() {
  case $sum_program in
    cksum) set -- "$1" "$2" "${3#*:}" "$4" cksum ;;
    *) set -- "$1" "$2" "${3%%:*}" "$4" sha256 ;;
  esac
  [ -n "$4" ] || try "read $2" read_file "$1"
  [ "$3" = "$4" ] || say_problem "$2: its bytes are not those that were sent: $5 $4 for $3"
}

read_file() { $sum_program <"$1" >/dev/null; }

open_file() {
  quote "$1"
  closing="'$(stat -c %a -- "$1")' $quoted $closing"
  try "open $1" chmod -- u+r "$1"
}

# find_sum_program SENT: sets sum_program to the first one that gives the known sum of an empty file. cksum comes last, and only where
# SENT, a sum of the list, has one of cksum, too: the controller adds these where some node says CKSUM.
find_sum_program() {
  for sum_program in 'openssl dgst -sha256 -r' sha256sum 'shasum -a 256' 'busybox sha256sum' cksum; do
    command -v "${sum_program%% *}" >/dev/null 2>&1 || continue
    case $sum_program,$1,$($sum_program </dev/null 2>/dev/null) in
      cksum,*:*,'4294967295 0'* | *,e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\ *) return 0 ;;
    esac
  done
  refuse 'nothing on this node tells the sha256 of files: neither openssl nor sha256sum'
}
