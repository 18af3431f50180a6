# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Compares the list of what was sent with what lies in the stage or at the destination.

# compare WHERE HOW: compares all members in the stage (WHERE stage), or those that the plan names at the destination, fifty at a time.
# Calls HOW for each that is not as it was sent.
compare() {
  where=$1 how=$2 batch='' wanted='' count=0 whole=/ compared=0 unread='' root=/ parents=$n unsent=0
  if [ "$where" = stage ]; then . ./manifest; else . ./placed; fi
  compare_batch
}

# member MODE OWNER SIZE TIME SUM PATH TARGET: a line of the list. Adds it to the batch.
member() {
  [ "$#" -eq 7 ] || refuse 'the manifest is not whole'
  compared=$((compared + 1))
  if [ "$where" = names ]; then
    print_name "$6"
    return 0
  fi
  if [ "$where" = stage ]; then
    note_placed "$@"
    note_root "$6"
    stage_path "$6"
    [ "$((${#destination} + ${#6}))" -lt 4095 ] || refuse "the path is too long for this node: $destination/$6"
  else
    case /$6 in "${below%/}"/*) ;; *) return 0 ;; esac
    staged=$destination/$6
    if [ "$uid" != 0 ] && is_closed_off "$staged"; then return 0; fi
    # The upload has followed a root that is a symbolic link to a directory. A slash looks behind the link, also where the directory is closed.
    case $1 in 4???) if [ -L "$staged" ]; then staged=$staged/; fi ;; esac
  fi
  quote "$staged"
  batch="$batch $quoted"
  quote "$6"
  batch="$batch $quoted"
  quote "$7"
  batch="$batch $quoted"
  wanted="$wanted$1 $2 $3 $4$n"
  case $5,$where$paranoid in
    -,*) ;;
    *,stage*) expect_sum "$5" "$6" "$staged" ;;
    *yes) if [ "$uid" = 0 ] || [ -r "$staged" ]; then expect_sum "$5" "$staged" "$staged"; fi ;;
  esac
  count=$((count + 1))
  case $where$uid:$1 in
    stage0:*) ;;
    stage*:4???) if [ "$((0x$1 & 0700))" != 448 ]; then open_member "$6" "$1"; fi ;;
  esac
  [ "$count" -lt 50 ] || compare_batch
}

# Writes the line to placed if the plan names the member: not one in a directory that goes to its place as a whole.
note_placed() {
  case $6 in "$whole"/*) return 0 ;; esac
  quote "$6"
  path=$quoted
  quote "$7"
  printf '%s\n' "member $1 $2 $3 $4 $5 $path $quoted" >&6 || refuse 'cannot write placed'
  case $1 in 4???) [ -n "$paranoid" ] || [ -d "$destination/$6" ] || whole=$6 ;; esac
}

# Sets staged to where member $1 lies in the stage, or in a stage on another mount.
stage_path() {
  staged=$tree/$1
  [ -n "$copies" ] || return 0
  eval "set -- $copies"
  while [ "$#" -gt 1 ]; do
    case $staged/ in "$1"/*) staged=$2${staged#"$1"} ;; esac
    shift 2
  done
}

compare_batch() {
  eval "set -- $batch"
  batch='' count=0
  [ "$#" -gt 0 ] || return 0
  quotes=''
  for path; do
    case $((count % 3)) in 0)
      quote "$path"
      quotes="$quotes $quoted"
      ;;
    esac
    count=$((count + 1))
  done
  count=0
  seen=$(eval "stat -c '%f %u:%g %s %Y %y' -- $quotes" 2>/dev/null) || find_missing "$@"
  while [ "$#" -gt 0 ]; do
    # shellcheck disable=SC2086
    compare_one "$1" "$2" "$3" ${seen%%"$n"*} ${wanted%%"$n"*}
    seen=${seen#*"$n"} wanted=${wanted#*"$n"}
    shift 3
  done
  wanted=''
  check_sums
}

# A directory that is closed to its owner was compared in the stage if it came as a whole, and else before it was closed.
is_closed_off() {
  above=${1%/*}
  while [ ! -d "$above/" ] && [ -n "$above" ]; do above=${above%/*}; done
  [ ! -x "$above/" ]
}

# Some member of the batch is missing: refuses, and says which one.
find_missing() {
  while [ "$#" -gt 0 ]; do
    case $where in
      stage) exists "$1" || refuse "cannot find $2 in the stage: No such file or directory" ;;
      *) exists "$1" || refuse "cannot find $1: No such file or directory" ;;
    esac
    shift 3
  done
  refuse 'cannot look at what was sent'
}

# compare_one PATH MEMBER TARGET MODE OWNER SIZE SECONDS DATE TIME ZONE, and behind these MODE OWNER SIZE TIME as they were sent.
compare_one() {
  time_of "$7" "$9"
  unlike_modes "$1" "$4" "${11}"
  case $type in
    a)
      target_of "$1"
      [ "$link" = "$3" ] || unlike="$unlike target"
      ;;
    8) [ "$6" = "${13}" ] || unlike="size$unlike" ;;
  esac
  [ "$preserve" != yes ] || [ "$5" = "${12}" ] || unlike="$unlike owner"
  [ "$time" = "${14}" ] || unlike="$unlike time"
  [ -z "$unlike" ] || "$how" "$1" "$2" "${12}" "$bits" "${14}"
}

# unlike_modes PATH MODE SENT: sets bits to the mode that PATH shall have, heeded to the bits that count, and begins unlike. Where owners are
# not kept a file loses its set-user-id and set-group-id bits: they would give the rights of another owner away.
unlike_modes() {
  unlike='' type=${3%???} bits=$((0x$3 & 07777)) heeded=07777
  case $preserve$type in
    yes*) ;;
    # Where owners are not kept a directory inherits the set-group-id bit.
    *4) heeded=05777 ;;
    *) bits=$((bits & 01777)) ;;
  esac
  [ "${2%???}" = "$type" ] || unlike=' type'
  case $type:$where$uid in
    a:*) return 0 ;;
    4:stage0) ;;
    # Directories of the stage are open to their owner, whatever was sent, so that the executor can work in them.
    4:stage*) heeded=$((heeded & 07077)) ;;
  esac
  [ "$((0x$2 & heeded))" = "$((bits & heeded))" ] || unlike="$unlike mode"
}
