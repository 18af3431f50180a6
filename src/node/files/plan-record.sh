# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154,SC3067
# What a plan writes down, and what it makes in the stage for it.
# The text that uses this defines announce STAGE and give_up REASON, which does not return.

# yes: touch takes fractions of a second; empty: not known yet.
takes_fractions=''

# emit WORD FIELD...: one record, to descriptor 7.
emit() {
  if [ "$executor" != sh ]; then
    printf '%s\0' "$@" '' >&7
  else
    line=step unquoted=$quoted
    for word; do
      quote "$word"
      line="$line $quoted"
    done
    quoted=$unquoted
    printf '%s\n' "$line" >&7
  fi || give_up_filling "$primary" 'cannot write the plan'
}

# Sets quoted to $1 as one word of sh.
quote() {
  quoted=$1
  case $1 in *\'*)
    replace_all "$1" "'" "'\\''"
    quoted=$result
    ;;
  esac
  quoted="'$quoted'"
}

# --- in the stage ----------------------------------------------------------------------------------------------------

# Makes the run's stage in directory $1, and sets stage. Nobody else may have made it, nor look into it: whoever works in it
# enters it first. It is announced before it is made: whatever ends this shell, somebody knows what to remove.
make_stage() {
  if exists "${1%/}/.lockstep-$run"; then give_up "cannot make a stage in $1: File exists"; fi
  stage=${1%/}/.lockstep-$run
  announce "$stage"
  reason=$(trap '' TERM HUP INT && timeless "$1" mkdir -m 700 -- "$stage" 2>&1 && printf %s "$takes_fractions") ||
    give_up "cannot make a stage in $1: ${reason##*: }"
  takes_fractions=${takes_fractions:-$reason}
}

# What a file gets that is made in a directory with the setgid bit.
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

next_backup() {
  backups=$((backups + 1))
  backup=$here/old.$backups
  quote "$backup"
  backup_words="$backup_words $quoted"
  [ "${#backup_words}" -lt 30000 ] || flush_backups
}

flush_backups() {
  [ -z "$backup_words" ] || eval "mkdir -- $backup_words" || give_up "cannot make directories in $primary"
  backup_words=''
}

# A directory on another mount gets a stage there, and a copy of what it shall contain.
cross_mounts() {
  stage=${2%/}/.lockstep-$run
  if ! grep -qxF -- "$stage" stages; then
    make_stage "$2"
    printf '%s\n' "$stage" >>stages
  fi
  copies=$((copies + 1))
  (enter "$stage" && mkdir "copy.$copies" && cp -a -- "$1" "copy.$copies/") || give_up_filling "$stage" "cannot copy to $stage"
  copy=$stage/copy.$copies/${1##*/}
}

# give_up_filling STAGE REASON: a full disk is named as such, since tar and cp bury it among their messages.
give_up_filling() {
  available -k "$1"
  kibibytes=$count
  available -i "$1"
  if [ "$kibibytes" -lt 256 ] || [ "$count" -eq 0 ]; then
    give_up "no space left on $point: have $kibibytes KiB and $count inodes"
  fi
  give_up "$2"
}

# Sets count and point from the last line of df: device, total, used, available, share, mount point.
available() {
  df_line=$(df -P "$1" -- "$2" 2>/dev/null | tail -n 1)
  point=${df_line##*% } count=1000000
  case $df_line in *'% '*) ;; *) return 0 ;; esac
  # shellcheck disable=SC2086
  set -- ${df_line%"% $point"}
  while [ "$#" -gt 2 ]; do shift; done
  count=$1
}

# Sets mode to - or, where its owner could not work in staged directory $1, to what it was.
open_staged() {
  mode=-
  if ! { [ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ]; }; then
    mode=$(stat -c %a -- "$1") && chmod u+rwx -- "$1" || give_up "cannot open the staged $1"
  fi
}

# --- attributes of directories that are there ------------------------------------------------------------------------

# attend FROM TO REL MODE PLACED: notes a directory whose attributes will change. Collected, since a stat a directory
# would be a fork a directory. Called behind all that is below it, so that its time is set last.
attend() {
  if [ "$uid" != 0 ] && ! [ -O "$2" ]; then
    [ "$3" != named ] || printf 'lockstep: the attributes of %s stay: it belongs to another user\n' "$2" >&2
    return 0
  fi
  quote "$1"
  attended="$attended $quoted"
  quote "$2"
  attended="$attended $quoted"
  attended_modes="$attended_modes$3:$4:$5 "
  unflushed=$((unflushed + 1))
  [ "$unflushed" -lt 50 ] || flush_attributes
}

flush_attributes() {
  [ -n "$attended" ] || return 0
  eval "set -- $attended"
  stat -c '%a %u:%g %Y %y' -- "$@" >attributes || give_up 'cannot read the attributes of directories'
  while IFS=' ' read -r mode owner seconds _ time _ && IFS=' ' read -r old_mode old_owner old_seconds _ old_time _; do
    emit_attributes "$1" "$2" "${attended_modes%% *}"
    attended_modes=${attended_modes#* }
    shift 2
  done <attributes
  attended='' attended_modes='' unflushed=0
}

# emit_attributes FROM TO REL:MODE:PLACED
emit_attributes() {
  case $3 in
    *:-:*) ;;
    *)
      mode=${3#*:}
      mode=${mode%:*}
      ;;
  esac
  if [ "$preserve" != yes ]; then owner=$old_owner; fi
  case $3 in
    named:*:no) [ "$mode $owner $seconds $time" != "$old_mode $old_owner $old_seconds $old_time" ] || return 0 ;;
  esac
  time_of "$2" "$old_seconds" "$old_time"
  set -- "$1" "$2" "$3" "$moment"
  case $3 in
    named:*) time_of "$1" "$seconds" "$time" ;;
    *) moment=- mode=$old_mode owner=$old_owner ;;
  esac
  if [ "$mode" = "$old_mode" ]; then mode=- old_mode=-; fi
  if [ "$owner" = "$old_owner" ]; then owner=- old_owner=-; fi
  emit attributes "$2" "$mode" "$owner" "$moment" "$old_mode" "$old_owner" "$4"
}

# Sets moment to what touch takes: @seconds.fraction, or a file with that very mtime where touch knows no fractions, or
# the time lies before 1970.
time_of() {
  case $takes_fractions$2$3 in
    yes[0-9]*.*) moment=@$2.${3#*.} ;;
    *)
      times=$((times + 1))
      moment=$primary/time.$times
      touch -r "$1" "time.$times"
      ;;
  esac
}
