# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Removes names: each goes to the stage by one rename, a directory with all that is in it.

# ask_removal TO OLD NAME...: checks all that may refuse the rename, or later the removal of the stage: also in the directories below.
ask_removal() {
  to=$1
  try "make $2" mkdir -m 700 -- "$2"
  ask "$2" "$1"
  device=$(stat -L -c %d -- "$1/.")
  shift 2
  for name; do
    shift
    exists "$to/$name" || refuse "cannot find $to/$name: No such file or directory"
    if is_directory "$to/$name"; then
      ask_tree "$to/$name"
      note_closed "$to/$name"
    else
      set -- "$@" "$to/$name"
    fi
  done
  [ "$#" -gt 0 ] || return 0
  # One process for all. Where one of them has another answer, each is asked by itself.
  rmdir -- "$@" 2>&1 | grep -qv -e 'Not a directory$' -e 'not found$' || return 0
  for path; do ask_file remove "$path"; done
}

note_closed() {
  [ "$uid" != 0 ] && [ ! -w "$1" ] || return 0
  quote "$1"
  printf 'closed %s %s\n' "$(stat -c %a -- "$1")" "$quoted" >>closed || refuse 'cannot write closed'
}

ask_tree() {
  found=$(find "$1" -xdev -type d -exec stat -c '%d %u' -- {} + 2>&1 | sort -u)
  while [ -n "$found" ]; do
    line=${found%%"$n"*} found=${found#"$line"} found=${found#"$n"}
    case $line in
      "$device $uid") ;;
      "$device "*) [ "$uid" = 0 ] || say_problem "cannot remove $1: a directory of it belongs to another user" ;;
      *[!0-9\ ]*) say_problem "cannot look at $1: ${line##*: }" ;;
      *) say_problem "cannot remove $1: a part of it is on another file system or subvolume" ;;
    esac
  done
  # A chown to the present owner changes nothing, and fails where a directory is immutable or append-only. Only lsattr can tell this of another
  # account's directory.
  found=$(find "$1" -xdev -type d ! -user "$uid" -exec lsattr -d -- {} + 2>/dev/null | sed -n '/^[-A-Za-z]*[ai][-A-Za-z]* /{s/^[^ ]* //p;q;}')
  if [ -z "$found" ]; then
    found=$({ find "$1" -xdev -type d -user "$uid" -exec chown -- "$uid" {} + && find "$1" -xdev ! -type d -exec rmdir -- {} +; } 2>&1 |
      sed -n '/: Operation not permitted$/{p;q;}')
    found=${found#"${found%%/*}"} found=${found%: *}
  fi
  [ -z "$found" ] || say_problem "cannot remove ${found%\'}: Operation not permitted (is it immutable or append-only? see lsattr)"
}

# take_out TO OLD NAME...: moves the names to the stage.
take_out() {
  put_all "$1" "$2" 2 "$@"
  removed=$((removed + $# - 2))
}

# bring_back TO OLD NAME...: undoes take_out.
bring_back() {
  to=$1 old=$2
  shift 2
  for name; do
    if exists "$old/$name"; then put "$old/$name" "$to/$name"; fi
  done
}

gone_step() {
  [ "$word" = remove ] || return 0
  quote "$2"
  to=$1 taken="$taken $quoted"
  shift 2
  for name; do
    if exists "$to/$name"; then say_problem "$to/$name is there again"; fi
  done
}

# More names than were counted belong to somebody who has put them there since. find counts the directories of the stage, too.
count_removed() {
  eval "set -- $taken"
  [ "$#" -gt 0 ] || return 0
  names=$(find "$@" -print0 | tr -cd '\000' | tr '\000' .)
  { IFS= read -r before <counted; } 2>/dev/null || refuse 'cannot read counted'
  count=$((${#names} - $#))
  [ "$count" -le "$before" ] || say_problem "$count names would be removed, and $before were found before: somebody has put more there"
}
