# shellcheck shell=sh disable=SC2034,SC2154,SC3067
# Plans the removal of names (--delete): the list `removes` has a path a line, written as in `roots`, with those of one directory together.
# Defines: plan_removals
# Needs: attend backup_word decode decoded emit encode_mount encoded exists give_up heed_mounts is_directory is_root may_place may_replace mount mount_of mounts
# Needs: newline next_backup physical primary quote quoted stage stage_in

# plan_removals DIRECTORY: the paths count from DIRECTORY. Removals come first in the plan, since the times of directories are set later.
plan_removals() {
  [ -f removes ] || return 0
  mount_of "$primary"
  set -- "$1" "$mount"
  removal='' above=/ going='' count=0 here='' behind=$newline
  heed_links "$1"
  while IFS= read -r line; do
    if [ -n "$removal" ]; then plan_removal "$1" "$2"; fi
    removal=$line
  done <removes
  end_removals
  [ "$removal" = /end ] || give_up 'the stream was cut: the end of what shall be removed is missing'
}

# plan_removal DIRECTORY MOUNT: plans the path in removal.
plan_removal() {
  case $removal in
    */*) set -- "$1" "$2" "${removal%/*}" ;;
    *) set -- "$1" "$2" '' ;;
  esac
  if [ "$3" != "$above" ]; then
    end_removals
    above=$3
    enter_removals "$@"
  fi
  decode "${removal##*/}"
  exists "$to/$decoded" || give_up "cannot find $to/$decoded: No such file or directory"
  may_replace "$to/$decoded"
  encode_mount "$to/$decoded"
  case $behind in *"$newline$encoded/"*) give_up "$to/$decoded cannot be removed: a symbolic link leads there, behind which files that are sent belong" ;; esac
  if [ -n "$mounted" ] && is_directory "$to/$decoded"; then
    case $mounts in *"$newline$encoded/"*) give_up "$to/$decoded holds a mount point" ;; esac
  fi
  quote "$decoded"
  going="$going $quoted" count=$((count + 1))
  if [ "$count" -ge 100 ]; then flush_removals; fi
}

# heed_links DIRECTORY: a root may lie behind a symbolic link that leads into a directory which is to be removed. Sets behind to where such
# roots really lie, in the form of mounts.
heed_links() {
  while IFS= read -r line; do
    [ "$line" != '/end' ] || break
    decode "$line"
    path=$1 rest=$decoded linked=''
    while [ -n "$rest" ] && [ -d "$path/${rest%%/*}" ]; do
      # A file or link of the upload replaces a link on the node, and does not go through it.
      if [ "$rest" = "${rest#*/}" ] && exists "tree/$decoded" && ! is_directory "tree/$decoded"; then break; fi
      path=$path/${rest%%/*}
      if [ -L "$path" ]; then linked=yes; fi
      case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
    done
    [ -n "$linked" ] || continue
    physical "$path"
    encode_mount "$path"
    behind=$behind$encoded/$newline
  done <roots
}

# enter_removals DIRECTORY MOUNT ABOVE: finds where the names in ABOVE lie, and in which stage they go. Gives up where a symbolic link lies
# on the way from the root to them.
enter_removals() {
  decode "$3"
  root=$decoded path=$1${decoded:+/$decoded}
  while [ -n "$root" ] && ! is_root "/$root"; do
    case $root in */*) root=${root%/*} ;; *) root='' ;; esac
  done
  set -- "$1" "$2" "$decoded" "$1${root:+/$root}"
  rest=${3#"$root"}
  while :; do
    [ ! -L "$4" ] || give_up "$4 is a symbolic link there: nothing is removed behind one"
    [ -d "$4" ] || give_up "$4 is no directory there"
    rest=${rest#/}
    [ -n "$rest" ] || break
    set -- "$1" "$2" "$3" "$4/${rest%%/*}"
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
  done
  physical "$path/"
  heed_mounts "$path"
  to=${path%/} mounted='' placed=no here=''
  encode_mount "$to"
  case $mounts in *"$newline$encoded/"*) mounted=yes ;; esac
  may_place
  mount_of "$to"
  [ "$mount" = "$2" ] && return 0
  # The names are on another mount than the stage. That is right if the root is on that mount, too; else a mount lies between.
  physical "$1${root:+/$root}/"
  set -- "$mount"
  mount_of "${path%/}"
  [ "$mount" = "$1" ] || give_up "$to is on another mount than ${path%/}: nothing is removed across one"
  stage_in "$to"
  here=$stage
}

# Removals change the directory's time: the record has undo give it back.
end_removals() {
  flush_removals
  if [ "$above" != / ]; then attend "${to:-/}" '' no; fi
}

flush_removals() {
  [ -n "$going" ] || return 0
  quote "$to"
  set -- "$quoted"
  next_backup
  emit "remove $1 $backup_word$going"
  remove_count=$((remove_count + count)) going='' count=0
}
