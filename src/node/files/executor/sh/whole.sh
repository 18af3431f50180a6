# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Checks that the stage has all names that were sent, and no others.

# note_root MEMBER: counts the directories above a root. Nobody sent these, but they must be in the stage.
note_root() {
  case $1 in "$root"/*) return 0 ;; esac
  root=$1 path=$1
  while :; do
    case $path in */*) path=${path%/*} ;; *) return 0 ;; esac
    quote "$path"
    case $parents in *"$n$quoted$n"*) return 0 ;; esac
    parents=$parents$quoted$n unsent=$((unsent + 1))
  done
}

# All members were found, so another number of names means that there are others.
refuse_surplus() {
  inner=$tree
  while [ "${inner%/*}" != "$inner" ]; do
    for entry in "${inner%/*}"/* "${inner%/*}"/.[!.]* "${inner%/*}"/..?*; do
      if exists "$entry" && [ "$entry" != "$inner" ]; then say_problem "$entry lies in the stage, and was not sent"; fi
    done
    inner=${inner%/*}
  done
  stage_path ''
  there=0
  each_name count_name "${staged%/}" ''
  [ "$there" -eq "$((compared + unsent))" ] || name_surplus
}

# each_name DO DIR PREFIX: calls DO with the path of each staged name below the destination.
each_name() {
  for entry in "$2"/* "$2"/.[!.]* "$2"/..?*; do
    is_name "$entry" "$2" || continue
    "$1" "$3${entry##*/}"
    is_directory "$entry" || continue
    stage_path "$3${entry##*/}"
    each_name "$1" "$staged" "$3${entry##*/}/"
  done
}

count_name() { there=$((there + 1)); }

# Finds a name that was not sent, and says it.
name_surplus() {
  where=names
  { . ./manifest && printf '%s' "$parents"; } >sent || refuse 'cannot write sent'
  stage_path ''
  each_name print_name "${staged%/}" '' >found || refuse 'cannot write found'
  surplus=$(grep -vxF -f sent found)
  eval "set -- ${surplus%%"$n"*}"
  say_problem "${1-a name} lies in the stage, and was not sent"
}

print_name() {
  quote "$1"
  printf '%s\n' "$quoted"
}
