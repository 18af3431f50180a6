# shellcheck shell=sh disable=SC2034,SC2154
# Receives an upload into a stage, and proves that it can be put in place: a worker with its own arguments behind KEEPER.
#   ... lockstep-hand RUN r LOCK KEEPER DESTINATION BASE OWNER LOUD WHO SINCE KIBIBYTES NAMES REMOVES PACKED MENDED XATTRS
# DESTINATION may be relative to the login directory. BASE is the deepest directory below it that all roots share, or empty.
# OWNER is -o where the archive's owners do not count, root where all of them are root, else empty. They count only for root.
# LOUD is -v where tar shall name each member, on stderr, else empty.
# KIBIBYTES and NAMES: how much room the members take. MENDED: how many members are mended where they lie, and not sent.
# REMOVES: how many names are to be removed, those in directories counted. Their list stands before the archive then; else empty.
# PACKED is gzip where the archive shall come through gzip, if this node can unpack it; else empty.
# XATTRS is yes where members have xattrs, else empty.
# stdin: a line with the run's token, the list of removals, then the archive: members below tree/, and last of all the regular file roots.
# Replies, each behind the token: CKSUM where no program here makes a sha256; PLAIN where this node cannot unpack gzip; RUNS, and a
# program that the archive must bring to carry out the plan, once for each; STAGE path, for each stage, before it is made (there is room when the first one
# comes); then, with XATTRS, what prove.py prints; then STAGED, exit 0, or ERROR reason, exit 1.
# Defines: announce be_ended destination give_up login loud many_names preserve primary run
# Needs: begin_record choose_directory dig_holes directory enter executor find_executor find_uid forget give_up_filling has_sha256 make_stage mark_stage newline
# Needs: place_links plan read_roots record records refuse_stage replace_all result stage uid
run=$1 destination=$5 base=$6 owner=$7 loud=${8-} lock=$3 who=${9-} since=${10-} room_kib=${11-0} room_names=${12-0} removes=${13-}
packed=${14-} mended=${15-0} xattrs=${16-} login=$PWD primary='' tar='' gzip='' tar_options='' many_names=''
find_uid
if [ "$uid" = 0 ] && [ "$owner" != -o ]; then preserve=yes; else preserve=no; fi

main() {
  # The builtin reads byte by byte from a pipe, so that tar finds the archive right behind the line.
  IFS= read -r token || exit 1
  trap be_ended TERM HUP INT
  # Directories that nobody sent, such as missing ones above the roots, get the usual mode on every node.
  umask 022
  # Looked for now: a program that is found missing later would leave a stage behind.
  for tool in tar mkdir rm find mv chmod cut; do
    command -v "$tool" >/dev/null || give_up "$tool is not installed on this node"
  done
  choose_directory "$destination" "$base"
  check_room
  # From some 1,300 names on python is done sooner. It is never so for a small upload, whose archive has what the survey has found.
  if [ "$room_names" -ge 1500 ]; then many_names=yes; fi
  find_executor
  has_sha256 || reply CKSUM
  [ -z "$packed" ] || { command -v gzip && command -v mkfifo; } >/dev/null || { packed='' && reply PLAIN; }
  reply "RUNS $executor"
  # For a python that does not run (plan.sh).
  if [ "$executor" = executor.py ] && command -v perl >/dev/null; then reply 'RUNS executor.pl'; fi
  make_stage "$directory"
  primary=$stage
  enter "$primary" && [ ! -e tree ] && mark_stage "$record" || refuse_stage "$?" "$primary"
  [ -z "$removes" ] || read_removes || give_up 'the stream was cut: the end of what shall be removed is missing'
  extract || give_up_filling "$primary" "tar ended with code $code$(explain_tar)"
  # An upload that only removes sends no members.
  [ -d tree ] || mkdir tree || give_up_filling "$primary" "cannot work in $primary"
  dig_holes
  read_roots && [ -f manifest ] || give_up 'the stream was cut: the end of the archive is missing'
  error=$(place_links) || give_up "$error"
  plan "$primary" "$destination" "$mended"
  # shellcheck disable=SC1091
  [ -z "$xattrs" ] || reply "XATTRS $(. ./prove-xattrs)"
  trap - TERM HUP INT
  reply STAGED
}

# Gives up where the disk has too little room. Where stat cannot tell, tar fails when the disk is full. Numbers of more than 15 digits,
# which no disk has, would overflow in sh. A file system without a bound has 0 blocks.
check_room() {
  # shellcheck disable=SC2046
  set -- $(exec stat -f -c '%S %f %a %d %c %b' -- "$directory" 2>/dev/null)
  if [ "$#" -ne 6 ] || [ "$1" = 0 ] || [ "$6" = 0 ] || [ "${#2}" -gt 15 ] || [ "${#4}" -gt 15 ]; then return 0; fi
  [ "$uid" = 0 ] || set -- "$1" "$3" "$3" "$4" "$5"
  if [ "$1" -ge 1024 ]; then kibibytes=$(($2 * ($1 / 1024))); else kibibytes=$(($2 / (1024 / $1))); fi
  [ "$kibibytes" -ge "$room_kib" ] && { [ "$5" = 0 ] || [ "$4" -ge "$room_names" ]; } ||
    give_up "no space left for what goes below $directory: need $room_kib KiB and $room_names inodes, have $kibibytes KiB and $4 inodes"
}

# Copies the list of removals from stdin, up to the line /end, which no path can be.
read_removes() {
  while IFS= read -r line; do
    printf '%s\n' "$line" || return 1
    [ "$line" != /end ] || { printf '%s\n' "$removes" >counted && return 0; }
  done >removes
  return 1
}

# tar runs in the background, since a shell handles signals only between foreground commands.
# TAR_OPTIONS is for GNU tar, and no other obeys it: set the modes of directories last, do not warn of clocks that differ, and read 64 KiB
# at once in place of 10, which are fewer reads of the same pipe.
extract() {
  # To make root the owner of what root has made would cost two calls a file. The executor sees to what is another's all the same.
  if [ "$preserve" = yes ] && [ "$owner" != root ]; then owners=--numeric-owner; else owners=-o; fi
  exec 6<&0
  if [ -n "$packed" ]; then unpack; fi
  if [ -n "$xattrs" ]; then keep_xattrs; fi
  TAR_OPTIONS="--delay-directory-restore --warning=no-timestamp --warning=no-unknown-keyword --blocking-factor=128$tar_options" \
    tar -x -p ${loud:+"$loud"} "$owners" -f - <&6 6<&- >&2 &
  tar=$!
  # The shell itself would print the signal that has killed tar.
  wait "$tar" 2>/dev/null
  code=$?
  tar=''
  if [ -n "$gzip" ]; then end_unpacking; fi
  exec 6<&-
  [ "$code" = 0 ]
}

# Only GNU tar can keep xattrs, and ACLs as such, if it was built with them.
keep_xattrs() {
  case $(exec tar --help 2>&1) in *--xattrs-include*) tar_options=' --xattrs --xattrs-include=*' ;; esac
}

# From here on descriptor 6 reads what gzip has unpacked. With a named pipe the shell can wait for gzip as well as for tar.
unpack() {
  mkfifo -m 600 packed || give_up_filling "$primary" "cannot make a pipe in $primary"
  gzip -dc <&6 6<&- >packed &
  gzip=$!
  exec 6<packed
  rm packed
}

# Waits for gzip. What tar leaves in the pipe is read, so that gzip comes to the end, where it checks its sum. It is killed only where tar
# has failed; where gzip itself is the reason for that, it has ended before.
end_unpacking() {
  if [ "$code" = 0 ]; then cat <&6 >/dev/null; else kill "$gzip" 2>/dev/null; fi
  wait "$gzip" 2>/dev/null
  unpacked=$?
  gzip=''
  case $unpacked in
    0) ;;
    ?|??|1[01]?|12[0-7]) give_up "what came compressed was cut or damaged: gzip ended with code $unpacked" ;;
    # Killed by TERM, as above: shells tell that as 143 or 271.
    143 | 271) [ "$code" != 0 ] || give_up "gzip ended with code $unpacked" ;;
    *) give_up "gzip was killed, and ended with code $unpacked" ;;
  esac
}

# The tar of busybox sets the mode of a directory before it fills it. If that mode forbids writing, only root can go on.
explain_tar() {
  [ "$uid" = 0 ] || [ -z "$(find tree -type d ! -perm -300 2>/dev/null)" ] ||
    printf %s ': it closes directories, as they were sent, before they are filled; only root can go on there'
}

# announce STAGE: tells the keeper of a stage that is about to be made. The record is written before the first one, so that the next run
# finds what a dead run has left.
announce() {
  if [ -z "${record+set}" ]; then
    begin_record staging "$who" "$since" "$lock" "$destination" "$1" ||
      give_up_filling "$records" "cannot write a record of this run in $records"
  fi
  reply "STAGE $1"
}

reply() { printf '%s %s\n' "$token" "$1"; }

give_up() {
  trap '' TERM HUP INT
  remove_all
  replace_all "$1" "$newline" '?'
  reply "ERROR $result"
  exit 1
}

be_ended() {
  trap '' TERM HUP INT
  for program in $tar $gzip; do { kill "$program" && wait "$program"; } 2>/dev/null; done
  remove_all
  exit 143
}

# The first stage may have been made and not be called primary yet.
remove_all() {
  exec 7>&-
  if [ -n "${primary:-${stage:-}}" ]; then forget "${primary:-$stage}"; fi
  if [ -n "${record:-}" ]; then rm -f -- "$record"; fi
}

main
