# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154
# Brings files that the release before has, too, from there into the staged tree: as another name of the same file, or as a copy.
# The archive's file links has these lines: "link" or "copy"; where that release lies below the destination; where the new one will lie;
# then the names below both, those of one directory together; and /end.
# Defines: place_links
# Needs: destination login preserve primary quote quoted

# Call it in a shell of its own: it exits with 1 and a sentence on stdout where it fails.
place_links() {
  [ -f links ] || return 0
  case $destination in /*) top=$destination ;; *) top=$login/$destination ;; esac
  inner='' batch='' count=0 name='' gid=''
  {
    IFS= read -r how && IFS= read -r from && IFS= read -r into
    base=$(CDPATH='' cd -P -- "$top/$from" 2>&1 && pwd -P) || fail "$base"
    beside=$top/${into%/*}/
    [ "$preserve" = yes ] || ! [ -g "$beside" ] || gid=$(stat -c %g -- "$beside")
    while IFS= read -r name && [ "$name" != /end ]; do
      case $name in */*) above=/${name%/*} ;; *) above='' ;; esac
      if [ "$above" != "$inner" ] || [ "$count" -ge 100 ]; then place_batch; fi
      inner=$above
      quote "${name##*/}"
      batch="$batch $quoted" count=$((count + 1))
    done
  } <links
  place_batch
  [ "$name" = /end ] || fail 'the stream was cut: the end of what comes from the release before is missing'
}

place_batch() {
  [ "$count" -gt 0 ] || return 0
  eval "set -- $batch"
  batch='' count=0 place=$primary/tree/$into$inner closed=''
  [ -d "$place" ] || mkdir -p -- "$place" 2>&1 || exit 1
  if ! { [ -w "$place" ] && [ -x "$place" ]; }; then closed=$(stat -c %a -- "$place") && chmod -- u+rwx "$place" 2>&1 || exit 1; fi
  # The owner of that release may have put a symbolic link in the place of a directory. No file is taken from behind one.
  (CDPATH='' cd -P -- "$base$inner" && { [ "$(pwd -P)" = "$base$inner" ] || fail "$base$inner is not where it was"; } && take "$@") 2>&1 || exit 1
  [ -z "$closed" ] || chmod -- "$closed" "$place" 2>&1 || exit 1
}

# Makes links where it can, and copies else: a link to another mount fails, and one to another owner's file where the kernel forbids it.
take() {
  if [ "$how" = copy ]; then
    cp -p -- "$@" "$place/"
  elif ! { keeps_group "$@" && ln -- "$@" "$place/" 2>/dev/null; }; then
    for file; do
      [ -e "$place/$file" ] || { keeps_group "$file" && ln -- "$file" "$place/" 2>/dev/null; } ||
        cp -p -- "$base$inner/$file" "$place/" || return 1
    done
  fi
}

# keeps_group FILE...: whether the plan would leave the group of these files as it is. The plan gives new files the group of a directory
# with the setgid bit; a file that both releases share would change its group, and lose its setuid bit, in the old release, too.
keeps_group() { [ -z "$gid" ] || [ -z "$(stat -c '%g %a' -- "$@" | sed "/^$gid [0-7]\{1,3\}\$/d")" ]; }

fail() {
  printf '%s\n' "$1"
  exit 1
}
