# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Carries out the plan of the stage that is the working directory: prepare, switch or undo, given as $1.
# The same as executor.pl, in the same words, where there is neither perl nor python. Records and lists are lines of sh, whose
# words are names of functions here; names are given to one ln or mv at once. It is read with "." and ends its shell.
direction=$1 phase=check problem='' position=0 destination='' tree='' preserve='' copies='' opened='' closing='' coarse=''
replaced=0 aside=0 new=0 attended=0 is_whole=''
n='
'
LC_ALL=C
export LC_ALL
uid=$(id -u)

main() {
  [ -f ./plan ] || refuse 'cannot read plan: No such file or directory'
  . ./plan
  [ -n "$is_whole" ] && [ -n "$preserve" ] || refuse 'the plan is not whole'
  takes_fractions=''
  if touch -d @1.5 ./executor 2>/dev/null; then takes_fractions=yes; fi
  replaced=0 aside=0 new=0 attended=0 phase=$direction
  case $direction in
    prepare) prepare ;;
    switch) switch ;;
    undo) undo ;;
  esac
  finish
}

finish() {
  printf %s "$problem"
  if [ -z "$problem" ]; then exit 0; else exit 1; fi
}

# An undo goes on after a problem; all else stops.
say_problem() {
  problem=${problem:-$1}
  [ "$direction" = undo ] || finish
}

# Nothing is done by a list that is not whole.
refuse() {
  say_problem "$1"
  finish
}

# try WHAT COMMAND...: "cannot WHAT", and the cause in the last words of what the command says.
try() {
  what=$1
  shift
  error=$("$@" 2>&1) && return 0
  cause=${error##*: }
  case $cause in
    'Operation not permitted') cause="$cause (is it immutable or append-only? see lsattr)" ;;
    'Invalid cross-device link') cause="$cause (another file system or subvolume)" ;;
  esac
  say_problem "cannot $what: $cause"
}

# --- the plan ----------------------------------------------------------------------------------------------------

step() {
  number=$1 word=$2
  shift 2
  "${phase}_step" "$@"
}

# Each record has its number, a word that is known, and its fields; the last one says how many names there are of each kind.
check_step() {
  position=$((position + 1))
  [ "$number" = "$position" ] && [ -z "$is_whole" ] || refuse "the plan is wrong in step $position"
  case $word in
    destination) [ "$#" -eq 3 ] && destination=$1 tree=$2 preserve=$3 ;;
    copy)
      [ "$#" -eq 2 ] && quote "$1" && copies="$copies $quoted" && quote "$2" && copies="$copies $quoted"
      ;;
    replace) [ "$#" -ge 4 ] && replaced=$((replaced + $# - 3)) ;;
    aside) [ "$#" -ge 4 ] && aside=$((aside + $# - 3)) ;;
    new) [ "$#" -ge 3 ] && new=$((new + $# - 2)) ;;
    attributes) [ "$#" -eq 2 ] && attended=$((attended + 1)) ;;
    end)
      [ "$#" -eq 4 ] || refuse "the plan is wrong in step $position"
      [ "$*" = "$replaced $aside $new $attended" ] && is_whole=yes || refuse 'the plan is not whole'
      ;;
    *) refuse "the plan has an unknown step: $word" ;;
  esac || refuse "the plan is wrong in step $position"
}

quote() {
  quoted=$1
  case $1 in *[\'"$n"]*)
    replace_in "$1" "'" "'\\''"
    replace_in "$result" "$n" "'\"\$n\"'"
    quoted=$result
    ;;
  esac
  quoted="'$quoted'"
}

# Sets result to $1 with $3 in place of each $2.
replace_in() {
  result='' rest=$1
  while :; do
    case $rest in *"$2"*) ;; *) break ;; esac
    result=$result${rest%%"$2"*}$3
    rest=${rest#*"$2"}
  done
  result=$result$rest
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }
is_directory() { [ -d "$1" ] && [ ! -L "$1" ]; }

# --- before the barrier ------------------------------------------------------------------------------------------

# Does all that can be refused and changes no destination. What is to be replaced gets its second name here.
prepare() {
  trap '' TERM HUP INT
  : >before || refuse 'cannot write before'
  if [ ! -e manifest ]; then survey "$tree" '' >manifest || refuse 'cannot write manifest'; fi
  fit
  places='' asked='' inodes=' ' has_twins=''
  . ./plan
  ask_directories
  [ -z "$has_twins" ] || find_twins
}

prepare_step() {
  case $word in
    attributes) note_attributes "$@" ;;
    replace)
      ask "$1" "$2"
      try "make $3" mkdir -m 700 -- "$3"
      keep "$@"
      ;;
    aside)
      ask "$1" "$2"
      try "make $3" mkdir -m 700 -- "$3"
      ;;
    new) ask "$1" "$2" ;;
  esac
}

# keep FROM TO OLD NAME...
keep() {
  to=$2 old=$3
  shift 3
  absolute "$old"
  error=$(cd "$to/" && ln -- "$@" "$absolute/" 2>&1) && return 0
  for name; do
    exists "$old/$name" || try "link $to/$name" ln -- "$to/$name" "$old/"
  done
}

absolute() {
  case $1 in
    /* | '') absolute=$1 ;;
    *) absolute=$PWD/$1 ;;
  esac
}

# What a directory had, and what it shall have: that of its staged one, which was fitted to what was sent.
note_attributes() {
  stage_path "$2"
  [ -n "$2" ] || staged=$1
  attributes_of "$1" && old="$mode $owner" old_uid=${owner%:*} && reference_of "$1" old && old="$old $moment" && attributes_of "$staged" ||
    refuse "cannot look at $1"
  if is_opened "$2"; then mode=$its_mode; fi
  reference_of "$staged" new
  printf 'before %s %s %s %s %s\n' "$number" "$old" "$mode" "$owner" "$moment" >>before || refuse 'cannot write before'
  # Asked by what changes nothing: a mode that is set anew may lose its set-group-id bit.
  if [ "$uid" = 0 ] || [ -O "$1" ]; then try "change the attributes of $1" chown -- "$old_uid" "$1"; fi
}

attributes_of() {
  # shellcheck disable=SC2046
  set -- $(stat -c '%a %u:%g %Y %y' -- "$1" 2>/dev/null)
  [ "$#" -ge 5 ] && mode=$1 owner=$2 && time_of "$3" "$5"
}

# Sets time to whole seconds, rounded down, and nine digits.
time_of() {
  time=$1.000000000
  case $2 in *.*) time=$1.${2#*.} ;; esac
}

# Sets moment to what touch takes: @seconds.fraction, or a file with that very time where touch knows no fractions.
reference_of() {
  if [ -n "$takes_fractions" ]; then
    touch_value "$time"
  else
    moment=time.$number.$2
    touch -r "$1" "$moment"
  fi
}

touch_value() {
  moment=@$1
  case $1 in
    *.000000000) moment=@${1%.*} ;;
    -*)
      fraction=1${1#*.} seconds=${1%.*}
      moment=@-$((-seconds - 1)).$(printf %09d "$((2000000000 - fraction))")
      ;;
  esac
}

ask() {
  [ "$1//$2" != "$asked" ] || return 0
  asked=$1//$2
  quote "$1/."
  places="$places $quoted"
  quote "$2/."
  places="$places $quoted"
  [ "${#places}" -lt 20000 ] || ask_directories
}

# A rename works within one file system and subvolume, and nothing can be taken back from a directory that is append-only.
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

# The owner of its own directory may be set again unless that is immutable or append-only; without lsattr no more can be known.
ask_attributes() {
  [ -O "$1" ] && chown -- "$uid" "$1" 2>/dev/null && return 0
  flags=$(lsattr -d -- "$1" 2>/dev/null)
  case ${flags%% *} in
    *a*) say_problem "cannot change $1: it is append-only, see lsattr" ;;
    *i*) say_problem "cannot change $1: it is immutable, see lsattr" ;;
    '') [ ! -O "$1" ] || try "change $1" chown -- "$uid" "$1" ;;
  esac
}

# Two members may lead to one place, by symbolic links or mounts on the node: one of them would be lost.
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

# A line of DEVICE:INODE/NAME/DIRECTORY for each name.
twin_step() {
  case $word in replace | aside | new) ;; *) return 0 ;; esac
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

# --- the stage against what was sent -----------------------------------------------------------------------------

# Without a list of what was sent, that which is staged is what shall be there. Directories that are there stay as they are.
# survey DIR PREFIX
survey() {
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    exists "$entry" || continue
    # shellcheck disable=SC2046
    set -- "$1" "$2" $(stat -c '%f %u:%g %s %Y %y' -- "$entry")
    time_of "$6" "$8"
    member="member $3 $4 $5 $time" link=''
    if [ -L "$entry" ]; then target_of "$entry"; fi
    quote "$2${entry##*/}"
    member="$member $quoted"
    quote "$link"
    if ! is_directory "$entry" || [ ! -d "$destination/$2${entry##*/}" ]; then printf '%s\n' "$member $quoted" || return 1; fi
    is_directory "$entry" || continue
    set -- "$1" "$2" "$3" "$entry"
    if [ "$uid" = 0 ] || { [ -r "$4" ] && [ -w "$4" ] && [ -x "$4" ]; }; then
      survey "$4" "$2${entry##*/}/" || return 1
    else
      chmod -- u+rwx "$4" && survey "$4" "$2${entry##*/}/" && chmod -- "0000$(printf %o "$((0x$3 & 07777))")" "$4" || return 1
    fi
  done
}

target_of() {
  link=$(readlink -- "$1" && echo .)
  link=${link%"$n."}
}

# Each staged member gets what it was sent with, where tar did not see to it; what it cannot get is a problem.
fit() {
  compare stage mend
  [ -z "$coarse" ] || : >coarse || refuse 'cannot write coarse'
  [ -z "$coarse" ] || printf 'lockstep: times are not kept exactly on this node, as that of %s\n' "$coarse" >&2
  close_opened
}

# What was sent is looked at where it shall be, and nothing of it may be left in the stage.
prove() {
  [ ! -e coarse ] || coarse=yes
  compare destination differ
  eval "set -- $copies"
  for path; do
    shift
    case $path in /*) set -- "$@" "$path" ;; esac
  done
  left=$(find tree above "$@" ! -type d 2>/dev/null)
  [ -z "$left" ] || say_problem "${left%%"$n"*} was not put in place"
}

# compare WHERE HOW: looks at all members, fifty at a time, and calls HOW with each that is not as it was sent.
compare() {
  where=$1 how=$2 batch='' wanted='' count=0
  . ./manifest
  compare_batch
}

member() {
  [ "$#" -eq 6 ] || refuse 'the manifest is not whole'
  if [ "$where" = stage ]; then
    stage_path "$5"
    [ "$((${#destination} + ${#5}))" -lt 4095 ] || refuse "the path is too long for this node: $destination/$5"
  else
    staged=$destination/$5
    if [ "$uid" != 0 ] && is_closed_off "$staged"; then return 0; fi
    # A root that is a link to a directory there was followed.
    case $1 in 4???) if [ -L "$staged" ]; then staged=$staged/.; fi ;; esac
  fi
  quote "$staged"
  batch="$batch $quoted"
  quote "$5"
  batch="$batch $quoted"
  quote "$6"
  batch="$batch $quoted"
  wanted="$wanted$1 $2 $3 $4$n"
  count=$((count + 1))
  case $where$uid:$1 in
    stage0:*) ;;
    stage*:4???) if [ "$((0x$1 & 0700))" != 448 ]; then open_member "$5" "$1"; fi ;;
  esac
  [ "$count" -lt 50 ] || compare_batch
}

# Sets staged to where member $1 lies in the stage, or in that of another mount.
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
}

# What is closed to its owner was looked at in the stage, and came here as a whole.
is_closed_off() {
  above=${1%/*}
  while [ ! -d "$above/" ] && [ -n "$above" ]; do above=${above%/*}; done
  [ ! -x "$above/" ]
}

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

# compare_one PATH MEMBER TARGET MODE OWNER SIZE SECONDS DATE TIME ZONE, and what was sent: MODE OWNER SIZE TIME
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

# unlike_modes PATH MODE SENT: sets bits (the mode as it shall be), heeded and unlike. A set-user-id or set-group-id bit is meant for
# the owner it was sent with; under another one it would give that one's rights away.
unlike_modes() {
  unlike='' type=${3%???} bits=$((0x$3 & 07777)) heeded=07777
  case $preserve$type in
    yes*) ;;
    # Such a directory has the set-group-id bit by where it is.
    *4) heeded=05777 ;;
    *) bits=$((bits & 01777)) ;;
  esac
  [ "${2%???}" = "$type" ] || unlike=' type'
  case $type:$where$uid in
    a:*) return 0 ;;
    4:stage0) ;;
    # The stage's own were opened to be worked in.
    4:stage*) heeded=$((heeded & 07077)) ;;
  esac
  [ "$((0x$2 & heeded))" = "$((bits & heeded))" ] || unlike="$unlike mode"
}

# mend STAGED MEMBER OWNER MODE TIME
mend() {
  case $unlike in *type* | *size* | *target*)
    unlike=${unlike# }
    refuse "$2 cannot be kept as it was sent: its ${unlike%% *} is another one in the stage"
    ;;
  esac
  case $unlike in *owner*) try "chown $1" chown -h -- "$3" "$1" ;; esac
  if [ ! -L "$1" ]; then
    case $unlike in *owner* | *mode*) try "chmod $1" chmod -- "0000$(printf %o "$4")" "$1" ;; esac
  fi
  touch_value "$5"
  case $unlike in *time*) touch -h -d "$moment" -- "$1" 2>/dev/null || touch -h -d "@${5%.*}" -- "$1" 2>/dev/null ;; esac
  # shellcheck disable=SC2046
  set -- "$1" "$2" "$3" "$4" "$5" $(stat -c '%f %u:%g %s %Y %y' -- "$1")
  time_of "$9" "${11}"
  [ "$time" = "$5" ] || coarse=${coarse:-$2}
  [ "$preserve" != yes ] || [ "$7" = "$3" ] || refuse "$2 cannot be kept as it was sent: its owner is another one in the stage"
  [ -L "$1" ] || [ "$((0x$6 & heeded))" = "$(($4 & heeded))" ] || refuse "$2 cannot be kept as it was sent: its mode is another one in the stage"
}

# differ PATH MEMBER ...: in the destination.
differ() {
  for what in $unlike; do
    case $what:$coarse in
      type:*) ;;
      time:yes) continue ;;
      *) if is_directory "$1" && [ "$uid" != 0 ] && ! [ -O "$1" ]; then continue; fi ;;
    esac
    say_problem "$1 has another $what than it was sent with"
  done
}

# --- directories that their owner may not work in ----------------------------------------------------------------

# open_member MEMBER MODE: what fit has found closed it closes again.
open_member() {
  quote "$1"
  opened="$opened $quoted $(printf %o "$((0x$2 & 07777))")"
  if ! [ -d "$staged" ] || { [ -r "$staged" ] && [ -w "$staged" ] && [ -x "$staged" ]; }; then return 0; fi
  quote "$staged"
  closing="'$(stat -c %a -- "$staged")' $quoted $closing"
  try "open $staged" chmod -- u+rwx "$staged"
}

# Sets its_mode to what was sent for a directory that its owner may not work in.
is_opened() {
  path=$1
  eval "set -- $opened"
  while [ "$#" -gt 1 ]; do
    its_mode=$2
    [ "$1" != "$path" ] || return 0
    shift 2
  done
  return 1
}

close_opened() {
  eval "set -- $closing"
  while [ "$#" -gt 1 ]; do
    try "close $2" chmod -- "0000$1" "$2"
    shift 2
  done
}

# put PATH TO: a directory can be moved only by who may write to it.
put() {
  closed_mode=''
  if [ "$uid" != 0 ] && is_directory "$1" && [ ! -w "$1" ]; then
    closed_mode=$(stat -c %a -- "$1")
    try "open $1" chmod -- u+rwx "$1"
  fi
  try "rename to $2" mv -f -- "$1" "$2"
  [ -z "$closed_mode" ] || try "close $2" chmod -- "0000$closed_mode" "$2"
}

# --- the commit --------------------------------------------------------------------------------------------------

switch() {
  . ./before
  . ./plan
  prove
  [ -n "$problem" ] || printf %s "$replaced $aside $new $attended"
}

# before NUMBER OLDMODE OLDOWNER OLDTIME MODE OWNER TIME
before() {
  [ "$#" -eq 7 ] || refuse 'before is not whole'
  eval "old_$1='$2 $3 $4' new_$1='$5 $6 $7'"
}

switch_step() {
  case $word in
    replace)
      keep_again "$@"
      put_all "$1" "$2" 3 "$@"
      replaced=$((replaced + $# - 3))
      ;;
    aside)
      move_aside "$@"
      put_all "$1" "$2" 3 "$@"
      aside=$((aside + $# - 3))
      ;;
    new)
      have_appeared "$@"
      put_all "$1" "$2" 2 "$@"
      new=$((new + $# - 2))
      ;;
    attributes)
      if [ -n "$2" ]; then
        eval "values=\${new_$number-}"
        # shellcheck disable=SC2086
        set_attributes "$1" $values
      fi
      attended=$((attended + 1))
      ;;
  esac
}

# Somebody may have put another file there since its second name was made.
keep_again() {
  to=$2 old=$3
  shift 3
  for name; do
    if same_file "$old/$name" "$to/$name"; then continue; fi
    rm -f -- "$old/$name"
    try "link $to/$name" ln -- "$to/$name" "$old/"
  done
}

move_aside() {
  to=$2 old=$3
  shift 3
  for name; do try "move $to/$name aside" mv -f -- "$to/$name" "$old/"; done
}

have_appeared() {
  to=$2
  shift 2
  for name; do
    if exists "$to/$name"; then say_problem "$to/$name has appeared meanwhile"; fi
  done
}

# put_all FROM TO SKIP FIELD...: mv never copies here: both ends are known to be on one file system.
put_all() {
  from=$1 to=$2 skip=$3
  shift "$((3 + skip))"
  for name; do
    shift
    exists "$from/$name" || say_problem "cannot rename to $to/$name: No such file or directory"
    if [ "$uid" != 0 ] && is_directory "$from/$name" && [ ! -w "$from/$name" ]; then
      put "$from/$name" "$to/$name"
    else
      set -- "$@" "$name"
    fi
  done
  [ "$#" -gt 0 ] || return 0
  absolute "$to"
  error=$(cd "$from/" && mv -f -- "$@" "$absolute/" 2>&1) && return 0
  for name; do
    if exists "$from/$name"; then put "$from/$name" "$to/$name"; fi
  done
}

# set_attributes DIR MODE OWNER TIME
set_attributes() {
  [ "$#" -eq 4 ] || refuse 'before is not whole'
  attributes_of "$1" || { say_problem "cannot look at $1" && return 1; }
  if [ "$preserve" = yes ] && [ "$owner" != "$3" ]; then try "chown $1" chown -- "$3" "$1"; fi
  if [ "$mode" != "$2" ] || [ "$owner" != "$3" ]; then
    if [ "$uid" = 0 ] || [ -O "$1" ]; then try "chmod $1" chmod -- "0000$2" "$1"; fi
  fi
  touch_value "$time"
  case $4 in
    "$moment") ;;
    @*) try "touch $1" touch -m -d "$4" -- "$1" ;;
    *) try "touch $1" touch -m -r "$4" -- "$1" ;;
  esac
}

# --- the way back ------------------------------------------------------------------------------------------------

# Last to first, so that what was changed twice is at last what it was; then attributes, those of what lies deepest first.
undo() {
  [ -f ./before ] || refuse 'cannot read before: No such file or directory'
  . ./before
  backwards=$(sort -k 2,2nr plan)
  eval "$backwards"
  phase=restore
  . ./plan
}

undo_step() {
  case $word in
    attributes) if [ "$uid" != 0 ] && [ -O "$1" ] && ! { [ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ]; }; then try "open $1" chmod -- u+rwx "$1"; fi ;;
    replace | aside) put_back "$@" ;;
    new) take_back "$@" ;;
  esac
}

put_back() {
  from=$1 to=$2 old=$3
  shift 3
  for name; do
    [ "$word" = aside ] || ! exists "$from/$name" || continue
    if exists "$old/$name"; then try "rename to $to/$name" mv -f -- "$old/$name" "$to/"; fi
  done
}

# In the stage it may stay open.
take_back() {
  from=$1 to=$2
  shift 2
  for name; do
    if exists "$from/$name" || ! exists "$to/$name"; then continue; fi
    if [ "$uid" != 0 ] && is_directory "$to/$name" && [ ! -w "$to/$name" ]; then try "open $to/$name" chmod -- u+rwx "$to/$name"; fi
    try "rename to $from/$name" mv -f -- "$to/$name" "$from/"
  done
}

restore_step() {
  [ "$word" = attributes ] || return 0
  eval "values=\${old_$number-}"
  # shellcheck disable=SC2086
  set_attributes "$1" $values
}

# GNU mv refuses to move a file over another link to it.
same_file() {
  if [ -L "$1" ]; then
    [ "$(stat -c %i -- "$1" 2>/dev/null)" = "$(stat -c %i -- "$2" 2>/dev/null)" ]
  else
    [ ! -L "$2" ] && [ "$1" -ef "$2" ]
  fi
}

main
