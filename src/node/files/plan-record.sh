# shellcheck shell=sh disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2120,SC2154,SC3067
# Writes the plan's records, and makes in the stage what they speak of.
# The text that uses this defines announce STAGE, and give_up REASON and be_ended, which do not return. be_ended is called on a signal.
# Defines: backup_word copy copy_all cross_mounts emit emit_words end_plan give_up_filling has_crossed inherit_group make_stage mark_stage
# Defines: next_backup quote quoted reason stage stage_in undisturbed
# Needs: announce aside_count attributes_count be_ended cross_below enter exists from give_up here is_directory
# Needs: mended_count mount mount_of new_count newline preserve primary refuse_stage remove_count remove_dead_stages remove_tree replace_all replace_count
# Needs: result run take_off_acl to uid

# In a record $n is a newline.
n=$newline

# emit RECORD: writes a step of the plan to descriptor 7. Its words are quoted already.
emit() {
  steps=$((steps + 1))
  printf 'step %s %s\n' "$steps" "$1" >&7 || give_up_filling "$primary" 'cannot write the plan'
}

# emit_words WORD FIELD...: quotes the fields.
emit_words() {
  words=$1
  shift
  for field; do
    quote "$field"
    words="$words $quoted"
  done
  emit "$words"
}

# Ends the plan with how many names it has of each kind, and how many members are mended where they lie. An executor must do as many.
end_plan() {
  counts="$replace_count $aside_count $new_count $attributes_count $remove_count $mended_count"
  emit "end $counts"
  exec 7>&-
  printf '%s\n' "$counts" >counts && echo no >begun || give_up_filling "$primary" 'cannot write the plan'
}

# Sets quoted to $1 as one word of sh, on one line.
quote() {
  quoted=$1
  case $1 in *[\'"$newline"]*)
    replace_all "$1" "'" "'\\''"
    replace_all "$result" "$newline" "'\"\$n\"'"
    quoted=$result
    ;;
  esac
  quoted="'$quoted'"
}

# --- in the stage ----------------------------------------------------------------------------------------------------

# Makes the run's stage in directory $1, and sets stage. mkdir fails where anybody else has made it, and mode 700 keeps others out. The stage
# is announced before it is made, so that the keeper knows what to remove, whatever ends this shell.
make_stage() {
  case $1 in *"$newline"*) give_up "cannot make a stage in $1: a newline in its path" ;; esac
  if exists "${1%/}/.lockstep-$run"; then give_up "cannot make a stage in $1: File exists"; fi
  remove_dead_stages "$1"
  stage=${1%/}/.lockstep-$run
  announce "$stage"
  undisturbed timeless "$1" mkdir -m 700 -- "$stage" || give_up "cannot make a stage in $1: ${reason##*: }"
  # Otherwise staged files would get the group of the directory above, and bring it to the destination.
  [ ! -g "$stage" ] || chmod -- g-s "$stage" || give_up "cannot make a stage in $1"
}

# mark_stage [RECORD]: writes this machine's name into the stage that this shell has entered; in the primary stage the path of the run's
# record, too. A run that finds an empty stage without this mark knows that its maker died at once (dead-stages.sh).
mark_stage() {
  host=''
  IFS= read -r host 2>/dev/null </proc/sys/kernel/hostname
  take_off_acl && printf '%s\n' "$host" ${1:+"$1"} >host
}

# Runs a command, and sets reason to its output. A signal waits until the command has ended: bash would handle it at once, and be_ended
# would remove the stage while the command still works in it.
undisturbed() {
  is_ended=''
  trap 'is_ended=yes' TERM HUP INT
  reason=$(trap '' TERM HUP INT && "$@" 2>&1)
  set -- "$?"
  trap be_ended TERM HUP INT
  [ -z "$is_ended" ] || be_ended
  return "$1"
}

# inherit_group WORDS: gives the staged names in WORDS, quoted words, the group of directory to if that has the setgid bit: the group that
# the kernel gives a file which is made there.
inherit_group() {
  [ "$preserve" != yes ] && [ -n "$1" ] && [ -g "$to/" ] || return 0
  eval "set -- $1"
  for name; do
    shift
    set -- "$@" "$from/$name"
  done
  chgrp -hR "$(stat -c %g -- "$to/")" "$@" 2>/dev/null ||
    printf 'lockstep: what is put into %s does not get its group: not a member\n' "$to/" >&2
  find "$@" -type d -exec chmod g+s {} + 2>/dev/null
}

# Sets backup_word to the next directory for old files. The executor makes the directory.
next_backup() {
  backups=$((backups + 1))
  quote "${here:+$here/}old.$backups"
  backup_word=$quoted
}

# cross_mounts FROM TO: makes a stage on the mount of directory TO, and copies FROM into it, since a rename never leaves a mount.
cross_mounts() {
  mount_of "$2"
  cross_below "$1" "$2" "$mount"
  stage_in "$2"
  copies=$((copies + 1))
  case $1 in
    /*) set -- "$1" "$2" "$1" ;;
    *) set -- "$1" "$2" "$primary/$1" ;;
  esac
  (enter "$stage" && mkdir -- "copy.$copies" && copy_from "$3" "copy.$copies" 9<.) || give_up_filling "$stage" "cannot copy to $stage"
  copy=$stage/copy.$copies
  emit_words copy "$1" "$copy"
  note_crossed "$2"
  remove_tree "$1" "$1"
  # An empty directory stays in place of the copied one: the walk finds its name here, and goes on in the copy (has_crossed).
  mkdir -p -- "$1" || give_up_filling "$primary" "cannot work in $primary"
}

# stage_in DIRECTORY: sets stage to the run's stage in DIRECTORY, and makes it if it is not there yet.
stage_in() {
  stage=${1%/}/.lockstep-$run
  if grep -qxF -- "$stage" stages; then return 0; fi
  # Listed before it is made: whoever removes the primary stage finds the others by this list.
  case $stage in *"$newline"*) ;; *) printf '%s\n' "$stage" >>stages ;; esac
  make_stage "$1"
  (enter "$stage" && mark_stage) || refuse_stage "$?" "$stage"
}

note_crossed() {
  quote "$1"
  crossed_words=$crossed_words$quoted
  quote "$stage"
  crossed_words="$crossed_words $quoted"
  quote "$copy"
  crossed_words="$crossed_words $quoted$newline"
}

# has_crossed FROM TO: whether the files for TO are in a stage on its mount already, and FROM is only an empty directory. Sets stage and copy.
has_crossed() {
  quote "$2"
  case $crossed_words in *"$newline$quoted "*) ;; *) return 1 ;; esac
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do if exists "$entry"; then return 1; fi; done
  crossed=${crossed_words#*"$newline$quoted "}
  eval "set -- ${crossed%%"$newline"*}"
  stage=$1 copy=$2
}

# copy_from FROM TO: copies it to TO in the directory that descriptor 9 is. FROM may be so far down, in a stage that is itself far down, that
# what is below it can be named from there alone.
copy_from() { CDPATH='' cd -P -- "$1" && copy_all . "/proc/self/fd/9/$2"; }

# copy_all FROM TO: copies all that is in directory FROM, and its attributes, to TO. An account other than root first opens what its modes
# close to their owner, and closes it again on both sides.
copy_all() {
  closing=''
  [ "$uid" = 0 ] || open_all "$1" "$1" || return 1
  # Only the first line of errors is shown: what fails for one file often fails for each.
  errors=$(cp -a -- "$1/." "$2/" 2>&1)
  set -- "$?" "$1" "$2"
  [ -z "$errors" ] || printf '%s\n' "${errors%%"$newline"*}" >&2
  close_again "$2" && close_again "$3" && return "$1"
}

# open_all ROOT DIR: opens all below DIR that its owner may not read or enter.
open_all() {
  for entry in "$2"/* "$2"/.[!.]* "$2"/..?*; do
    if is_directory "$entry"; then
      { [ -r "$entry" ] && [ -w "$entry" ] && [ -x "$entry" ]; } || open_one "$1" "$entry" u+rwx || return 1
      open_all "$1" "$entry" || return 1
    elif [ -f "$entry" ] && [ ! -L "$entry" ] && [ ! -r "$entry" ]; then
      open_one "$1" "$entry" u+r || return 1
    fi
  done
}

# open_one ROOT PATH MODE: notes the old mode in closing, where deeper paths come first, so that each can still be reached.
open_one() {
  quote "${2#"$1"/}"
  closing="$(stat -c %a -- "$2") $quoted $closing"
  chmod -- "$3" "$2"
}

# close_again ROOT: gives back the modes that are noted in closing.
close_again() {
  root=$1
  eval "set -- $closing"
  while [ "$#" -gt 1 ]; do
    chmod -- "0000$1" "$root/$2" || return 1
    shift 2
  done
}

# give_up_filling STAGE REASON: gives up, and names a full disk as the reason where it is: tar and cp bury that among other messages.
give_up_filling() {
  available -k "$1"
  kibibytes=$count
  available -i "$1"
  if [ "$kibibytes" -lt 256 ] || [ "$count" -eq 0 ]; then
    give_up "no space left on $point: have $kibibytes KiB and $count inodes"
  fi
  give_up "$2"
}

# available OPTION PATH: sets count and point from the last line of df: device, total, used, available, share, mount point.
available() {
  df_line=$(df -P "$1" -- "$2" 2>/dev/null | tail -n 1)
  point=${df_line##*% } count=1000000
  case $df_line in *'% '*) ;; *) return 0 ;; esac
  # shellcheck disable=SC2086
  set -- ${df_line%"% $point"}
  while [ "$#" -gt 2 ]; do shift; done
  count=$1
}
