# shellcheck shell=sh disable=SC1003,SC2034,SC2154,SC3065,SC3066,SC3067
# What a plan must know about a node before it may promise a rename: where paths lie, what is mounted, who may write.
# Defines: choose_directory directory existing existing_part exists find_uid heed_mounts is_root may_link may_place may_replace
# Defines: missing mount mount_of mounts physical read_roots uid
# Needs: encode_mount encoded enter give_up here login mount_table mounted newline read_mounts replace_all result to

# Sets existing to the deepest directory of path $1 that is there, without symlinks, and missing to the rest.
existing_part() {
  case $1 in /*) existing=$1/ ;; *) existing=$login/$1/ ;; esac
  # Takes out doubled slashes and parts that are a dot.
  while :; do
    case $existing in
      *//*) replace_all "$existing" // / ;;
      */./*) replace_all "$existing" /./ / ;;
      *) break ;;
    esac
    existing=$result
  done
  missing=''
  while existing=${existing%/} && [ ! -d "$existing/" ]; do
    if exists "$existing"; then give_up "$existing is no directory"; fi
    missing=/${existing##*/}$missing existing=${existing%/*}
  done
  case $missing/ in */../* | */./* | *//*) give_up "cannot make $1: write it without . and .." ;; esac
  physical "$existing/"
  existing=$path
}

# Sets path to where directory $1 really is.
physical() {
  path=$(CDPATH='' cd -P -- "$1" && pwd -P && echo .) || give_up "cannot enter $1"
  path=${path%"$newline."}
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# --- roots -----------------------------------------------------------------------------------------------------------

# Each root between newlines, with a slash before it. Empty where there is no list.
roots=$newline

# Reads the file roots: one root a line, a backslash written \\ and a newline \n. The last line is "/end", which no root can be; without it
# the list was cut, and this returns 1. Only directories are kept, and names with a backslash, which would have to be decoded first.
read_roots() {
  root=''
  [ -f roots ] || return 1
  while IFS= read -r line; do
    case $root in
      '') ;;
      *\\*) roots=$roots/$root$newline ;;
      *) if [ -d "tree/$root" ]; then roots=$roots/$root$newline; fi ;;
    esac
    root=$line
  done <roots
  [ "$root" = /end ]
}

# is_root PATH: PATH below the destination, with a slash before it.
is_root() {
  encoded=$1
  case $1 in *\\* | *"$newline"*)
    replace_all "$1" '\' '\\'
    replace_all "$result" "$newline" '\n'
    encoded=$result
    ;;
  esac
  case $roots in *"$newline$encoded$newline"*) ;; *) return 1 ;; esac
}

# --- mounts ----------------------------------------------------------------------------------------------------------

# A rename never leaves a mount, not even for a bind mount of the same file system: two paths are on one mount when the longest
# mount point above them is the same.

# Adds to mounts those that lie above or below path $1. Only these: each path is compared with all mounts, and a machine with containers
# has thousands.
heed_mounts() {
  encode_mount "$1"
  set -f
  IFS=$newline
  for point in $mount_table; do
    case ${point%/}/ in "$encoded"/*) ;; *) case $encoded/ in "${point%/}"/*) ;; *) continue ;; esac ;; esac
    case $mounts in *"$newline$point$newline"*) ;; *) mounts=$mounts$point$newline ;; esac
  done
  set +f
  unset IFS
}

# Sets mount to the mount point above a path without symlinks.
mount_of() {
  encode_mount "$1"
  mount=$encoded
  while :; do
    case $mounts in *"$newline${mount:-/}$newline"*) break ;; esac
    case $mount in */*) mount=${mount%/*} ;; *) break ;; esac
  done
  mount=${mount:-/}
}

# choose_directory DESTINATION BASE: sets directory to where a run may stage for DESTINATION/BASE: the nearest directory above it, on its
# mount, that this account may write to; else the login directory. None with a newline in its path, which no reply to the keeper can hold.
choose_directory() {
  read_mounts
  existing_part "${1%/}/$2"
  heed_mounts "$existing"
  directory=$existing
  mount_of "$directory"
  set -- "$mount"
  while [ "$mount" = "$1" ]; do
    case $directory in
      *"$newline"*) ;;
      *) if [ -w "$directory" ] && { [ "$uid" = 0 ] || [ -x "$directory" ]; } && may_remove_from "$directory"; then return 0; fi ;;
    esac
    [ "$directory" != / ] || break
    directory=${directory%/*}
    directory=${directory:-/}
    mount_of "$directory"
  done
  directory=$login
  heed_mounts "$login"
  [ -w "$directory" ] || give_up "no directory to stage in: neither above $existing nor $login is writable"
}

# Whether a stage in directory $1 could be removed again: not from one that is append-only. A chown to its present owner changes nothing, and
# fails only there and where the directory is immutable. Only lsattr can tell this of another account's directory.
may_remove_from() {
  [ -O "$1" ] && chown -- "$uid" "$1" 2>/dev/null && return 0
  flags=$(exec lsattr -d -- "$1" 2>/dev/null)
  case ${flags%% *} in
    *a* | *i*) return 1 ;;
    '') [ ! -O "$1" ] ;;
  esac
}

# --- permission ------------------------------------------------------------------------------------------------------

# Sets uid to what `id -u` prints, without a fork.
find_uid() {
  while read -r key _ uid _; do [ "$key" != Uid: ] || return 0; done 2>/dev/null </proc/self/status
  uid=$(id -u)
}

# Gives up where this account may not put names into directory to.
may_place() {
  [ "$placed" = no ] || return 0
  # The [ -x ] of busybox wants some bit set, also for root, while the kernel lets root in.
  [ -w "$to/" ] && { [ "$uid" = 0 ] || [ -x "$to/" ]; } || give_up "$to/ is not writable"
  placed=yes
}

# may_replace PATH: gives up where a rename over PATH in directory to would be refused.
may_replace() {
  if [ -n "$mounted" ]; then
    encode_mount "$1"
    case $mounts in *"$newline$encoded$newline"*) give_up "$1 is a mount point" ;; esac
  fi
  if [ "$uid" != 0 ] && [ -k "$to/" ] && ! [ -O "$to/" ] && ! is_own "$1"; then
    give_up "$1 belongs to another user, in a sticky directory"
  fi
}

# may_link PATH: whether PATH can get a second name in the stage. With fs.protected_hardlinks an account may link another's file only where
# it may read and write it.
may_link() {
  if [ "$links_of" != "$here" ]; then
    links_of=$here links=no
    if (prove_links) 2>/dev/null; then links=yes; fi
  fi
  [ "$links" = yes ] || return 1
  [ "$uid" = 0 ] || is_own "$1" || { [ -f "$1" ] && [ ! -L "$1" ] && [ -r "$1" ] && [ -w "$1" ] && [ ! -u "$1" ] && [ ! -g "$1" ]; }
}

# Whether hard links work in the stage that holds the old files. The plan may come to a stage twice, so the link may be there.
prove_links() {
  [ -z "$here" ] || enter "$here" || return 1
  : >linked && { [ -e link ] || exec ln linked link; }
}

is_own() {
  if [ -L "$1" ]; then [ "$(stat -c %u -- "$1")" = "$uid" ]; else [ -O "$1" ]; fi
}
