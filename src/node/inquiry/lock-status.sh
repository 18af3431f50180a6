# shellcheck shell=sh disable=SC2034,SC2154
# Tells who holds a lock path and what was left at work there, and takes nothing: lockstep-status LOCK.
# First line of stdin: TOKEN. Replies: HOLDER PID and a keeper's arguments; ORPHAN PID RUN; at last FLOCK with what the kernel
# says of the path: free, held PID (0: not known), missing, or unknown.
# Defines: kind lock me run token
# Needs: find_orphans holders nl orphans say tab
run='' me='' kind=look lock=$1

main() {
  IFS= read -r token || exit 1
  exec 3>&1
  told=$(holders 100)
  tell HOLDER
  find_orphans
  told=$orphans
  tell ORPHAN
  say "FLOCK $(flock_state)"
}

# Each line of told, as a reply.
tell() {
  while [ -n "$told" ]; do
    say "$1$tab${told%%"$nl"*}"
    case $told in *"$nl"*) told=${told#*"$nl"} ;; *) told='' ;; esac
  done
}

# The kernel lists locks by device and inode as its file system has them, which is not always what stat tells: so both are
# read of an open descriptor. Opening takes nothing. That there is no lock is only known where all of them can be seen.
flock_state() {
  unknown() { echo unknown && exit; }
  case $lock in */*) ;; *) lock=./$lock ;; esac
  if [ ! -e "$lock" ]; then
    # What lies in a directory that is closed to this account cannot be told from what is not there.
    [ -x "${lock%/*}/" ] || unknown
    echo missing && exit
  fi
  { command exec 7<"$lock"; } 2>/dev/null || unknown
  inode='' mount=''
  while read -r key value; do
    case $key in ino:) inode=$value ;; mnt_id:) mount=$value ;; esac
  done </proc/self/fdinfo/7
  while read -r id _ device _ _ rest; do
    if [ "$id" = "$mount" ]; then break; fi
  done </proc/self/mountinfo
  [ "$id" = "$mount" ] || unknown
  type=${rest##* - }
  case ${type%% *} in
    ext[234] | xfs | btrfs | f2fs | tmpfs) inode=${inode:-$(stat -L -c %i -- "$lock")} ;;
    overlay) ;;
    *) unknown ;;
  esac
  [ -n "$inode" ] && [ -r /proc/locks ] || unknown
  path=$(printf '%02x:%02x:%s' "${device%:*}" "${device#*:}" "$inode")
  holder=$(sed -nE "s/^[0-9]+: FLOCK +[A-Z]+ +(READ|WRITE) +(-?[0-9]+) $path .*/\\2/p" /proc/locks | head -n 1)
  if [ -n "$holder" ]; then
    [ -d "/proc/$holder" ] || holder=0
    echo "held $holder"
  elif [ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ]; then
    echo free
  else
    unknown
  fi
}

main
