# shellcheck shell=sh
# Takes away what a run has made in a directory, and leaves no trace in that directory.
# Defines: directory facts_of give_time_back remove_tree take_away

# take_away STAGE [FIRST]: what of it is removed first. The upload may have closed the directories above to their owner. A directory that
# was moved here has brought along what somebody had mounted in it at the last moment: that stays, and with it the stage.
take_away() {
  case $1 in /*) ;; *) return 1 ;; esac
  directory=${1%/*}
  while [ ! -d "$directory/" ]; do directory=${directory%/*}; done
  if [ ! -x "$directory/" ] && [ -O "$directory/" ]; then
    set -- "$1" "${2:-$1}" "$directory" "$(exec stat -c %a -- "$directory")"
    if [ "$4" ] && chmod -- u+x "$3"; then
      take_away "$1" "$2"
      set -- "$?" "$3" "$4"
      chmod -- "0000$3" "$2"
      return "$1"
    fi
  fi
  if holds_mount "$1"; then return 1; fi
  [ -d "$1" ] || [ ! -x "${1%/*}/" ] || return 0
  timeless "${1%/*}/" remove_tree "${2:-$1}" "$1"
}

holds_mount() {
  for entry in "$1"/old.*/*/ "$1"/old.*/.[!.]*/ "$1"/old.*/..?*/; do
    if [ -d "$entry" ]; then
      grep -qsF "/${1##*/}/" /proc/self/mountinfo
      return
    fi
  done
  return 1
}

# Runs a command that adds an entry to directory $1, or removes one, without a trace in its time or mode.
timeless() {
  directory=$1
  before=$(facts_of "$directory")
  shift
  closed=${before#* }
  closed=${closed%% *}
  if [ -w "$directory" ] && [ -x "$directory" ] || ! [ -O "$directory" ]; then closed=''; fi
  [ -z "$closed" ] || chmod -- u+rwx "$directory" 2>/dev/null
  "$@"
  set -- "$?"
  [ "$1" != 0 ] || give_time_back "$directory" "$before"
  [ -z "$closed" ] || chmod -- "0000$closed" "$directory" 2>/dev/null
  return "$1"
}

# Only as "$(facts_of …)", whose process it becomes.
facts_of() { exec stat -c '%Y %a %y' -- "$1" 2>/dev/null; }

# give_time_back DIRECTORY FACTS, as stat has told them then.
give_time_back() {
  second=${2%% *} fraction=${2#*.}
  fraction=${fraction%% *}
  # Seconds are rounded down, and before 1970 a fraction counts towards the past.
  case $second.$fraction in -*.*[1-9]*) second=-$((-second - 1)) fraction=$(printf %09d "$((2000000000 - 1$fraction))") ;; esac
  touch -d "@$second.$fraction" "$1" || touch -d "@$second" "$1" || :
} 2>/dev/null

# remove_tree PATH...: the last one holds the others. What was uploaded may be closed to its owner, and a directory is opened before find
# goes into it; and paths may be longer than a call takes, so that is done from within, where nobody else can change anything.
remove_tree() {
  rm -rf -- "$@" 2>/dev/null && return 0
  while [ "$#" -gt 1 ]; do shift; done
  (
    CDPATH='' cd -P -- "$1" && [ -O . ] && case $(pwd -P)/ in */"${1##*/}"/) ;; *) false ;; esac || exit 1
    find . -type d ! -perm -700 -exec chmod u+rwx {} \;
    # The rm of busybox cannot remove what is too deep for one path from here. find follows no link that was uploaded, as a pattern would.
    until rm -rf -- ./* ./.[!.]* ./..?*; do
      [ "$(find . -path './*/*' -prune -type d -exec mv -- {} . \; -print)" ] || exit 1
    done
  ) 2>/dev/null
  rm -rf -- "$1"
}
