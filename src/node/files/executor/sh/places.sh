# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Checks the directories into which names are put.

# ask FROM TO: notes both directories, to be checked together with others.
ask() {
  [ "$1//$2" != "$asked" ] || return 0
  asked=$1//$2
  quote "$1/."
  places="$places $quoted"
  quote "$2/."
  places="$places $quoted"
  [ "${#places}" -lt 20000 ] || ask_directories
}

# A rename works only within one file system and subvolume. Nothing can be renamed out of a directory that is append-only, as undo must.
ask_directories() {
  [ -n "$places" ] || return 0
  eval "set -- $places"
  places=''
  devices=$(stat -L -c %d:%i -- "$@" 2>/dev/null)
  while [ "$#" -gt 1 ]; do
    here=${devices%%"$n"*} devices=${devices#*"$n"}
    there=${devices%%"$n"*} devices=${devices#*"$n"}
    case $inodes in *" $there "*) has_twins=yes ;; esac
    inodes="$inodes$there "
    [ "${here%:*}" = "${there%:*}" ] || say_problem "cannot rename to ${2%.}: it is on another file system or subvolume than ${1%/.}"
    ask_attributes "${2%.}"
    shift 2
  done
}

# A chown to the present owner changes nothing, and fails where a directory is immutable or append-only. Only lsattr can tell this of another
# account's directory.
ask_attributes() {
  [ -O "$1" ] && chown -- "$uid" "$1" 2>/dev/null && return 0
  flags=$(lsattr -d -- "$1" 2>/dev/null)
  case ${flags%% *} in
    *a*) say_problem "cannot change $1: it is append-only, see lsattr" ;;
    *i*) say_problem "cannot change $1: it is immutable, see lsattr" ;;
    '') [ ! -O "$1" ] || try "change $1" chown -- "$uid" "$1" ;;
  esac
}

# Symbolic links or mounts on the node may lead two members to one place: one of them would be lost.
find_twins() {
  phase=twin
  twins=$(. ./plan | sort)
  last=''
  while [ -n "$twins" ]; do
    line=${twins%%"$n"*} twins=${twins#"$line"} twins=${twins#"$n"}
    name=${line#*/}
    name=${name%%/*} to=${line#*/*/}
    if [ "$last" = "${line%%/*}/$name" ]; then eval "say_problem $other/$name' and '$to/$name' are one place on this node'"; fi
    last=${line%%/*}/$name other=$to
  done
}

# Prints a line DEVICE:INODE/NAME/DIRECTORY for each name.
twin_step() {
  case $word in
    replace | aside | new) ;;
    remove) set -- '' "$@" ;;
    *) return 0 ;;
  esac
  inode=$(stat -L -c %d:%i -- "$2/.")
  quote "$2"
  to=$quoted
  [ "$word" = new ] || shift
  shift 2
  for name; do
    quote "$name"
    printf '%s/%s/%s\n' "$inode" "$quoted" "$to"
  done
}
