# shellcheck shell=sh disable=SC2034,SC2154,SC3065,SC3066,SC3067
# Decides how staged files get to their destination, and proves that each rename can work; no destination is touched.
# The staged tree is walked, never the destination: what is not there yet is one rename, however much lies below it;
# what is there is walked into or replaced. All of it is done with builtins, since a fork a file would take seconds.
# plan-proof.sh says what may be promised, plan-record.sh writes it down; the records are described in relocate.sh.
# The text that uses this sets run, login, uid and preserve (yes: staged owners count), and defines what plan-record.sh asks for.

# Names are bytes. What the user's own commands had is kept for them.
caller_locale=${LC_ALL-unset}
LC_ALL=C
tab='	'

# plan STAGE DESTINATION: writes the plan of the stage that this shell has entered. A root, and what is below it, is named:
# its directories bring their attributes along. What is only a parent of a root leaves an existing directory as it is.
plan() {
  primary=$1 backups=0 copies=0 links_of='' times=0 unflushed=0 attended='' attended_modes='' backup_words=''
  write_executor || give_up_filling "$primary" 'cannot write the plan'
  : >stages
  exec 7>plan
  if [ -z "$takes_fractions" ] && touch -d @1.5 stages 2>/dev/null; then takes_fractions=yes; fi
  read_mounts
  mount_of "$primary"
  plan_top "$primary/tree" "$2"
  flush_backups
  flush_attributes
  exec 7>&-
}

# A destination that is not there yet is made as mkdir -p would, within the stage, and put in place as a whole.
plan_top() {
  existing_part "$2"
  if [ -z "$missing" ]; then
    plan_directory "$1" "$existing" '' "$primary" "$mount"
  else
    mkdir -p -- "above${missing%/*}" && mv -- tree "above$missing" || give_up "cannot stage $2"
    plan_directory "$primary/above" "$existing" '/..' "$primary" "$mount"
  fi
}

# --- the walk ---------------------------------------------------------------------------------------------------

# plan_directory FROM TO REL STAGE MOUNT: TO is there. REL is its path below the destination, or "named".
# The positional parameters are this recursion's memory: $6 is the mode of a staged directory that had to be opened,
# $7 whether something is put into TO itself.
plan_directory() {
  mount_of "$2"
  if [ "$mount" != "$5" ] && [ -w "$2" ]; then
    cross_mounts "$1" "$2"
    set -- "$copy" "$2" "$3" "$stage" "$mount"
  fi
  open_staged "$1"
  [ "$mode" = - ] || [ "$3" != named ] || emit open "$2"
  set -- "$@" "$mode"
  plan_entries "$@"
  set -- "$@" "$placed"
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if is_directory "$entry" && [ -d "${2%/}/${entry##*/}" ]; then plan_subdirectory "$entry" "$@"; fi
  done
  if [ "$3" = named ] || [ "$7" = yes ]; then attend "$1" "$2" "$3" "$6" "$7"; fi
}

is_directory() { [ -d "$1" ] && [ ! -L "$1" ]; }

# plan_subdirectory ENTRY, and what plan_directory was given.
plan_subdirectory() {
  path=${3%/}/${1##*/}
  if [ -L "$path" ]; then physical "$path"; fi
  relative=$4
  if [ "$relative" != named ]; then
    relative=$4/${1##*/}
    if is_root "$relative"; then relative=named; fi
  fi
  plan_directory "$1" "$path" "$relative" "$5" "$6"
}

# All that is put into one directory. Names are collected as quoted words, so that one record takes many of them.
plan_entries() {
  from=$1 to=${2%/} relative=$3 here=$4 placed=no new='' replaced='' words=0 mounted=''
  encode_mount "$to"
  case $mounts in *"$newline$encoded/"*) mounted=yes ;; esac
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if exists "$entry"; then plan_entry "$entry" "$to/${entry##*/}"; fi
  done
  flush_names
}

# plan_entry ENTRY TARGET
plan_entry() {
  quote "${1##*/}"
  if ! exists "$2"; then
    may_place "$2"
    if is_directory "$1" && [ ! -w "$1" ]; then plan_closed "$1" "$2"; else new="$new $quoted"; fi
  elif is_directory "$1"; then
    [ -d "$2" ] || give_up "$2 is no directory there, but one in the upload"
    [ ! -L "$2" ] || [ "$relative" != named ] || give_up "$2 is a symbolic link there, but a directory in the upload"
    return 0
  else
    if is_directory "$2"; then give_up "$2 is a directory there, but none in the upload"; fi
    may_place "$2"
    may_replace "$2"
    if may_link "$2"; then replaced="$replaced $quoted"; else plan_aside "$2"; fi
  fi
  words=$((words + 1))
  [ "$words" -lt 100 ] || flush_names
}

# A directory can be moved only by who may write to it: it is opened until it is in place.
plan_closed() {
  open_staged "$1"
  emit open "$2"
  inherit_group "$quoted"
  eval "emit new \"\$from\" \"\$to\" $quoted"
  emit mode "$mode" "$2"
}

plan_aside() {
  next_backup
  quote "${1##*/}"
  inherit_group "$quoted"
  printf 'lockstep: %s is absent for a moment while it is replaced: it cannot be linked\n' "$1" >&2
  eval "emit aside \"\$to\" \"\$backup\" $quoted; emit replace \"\$from\" \"\$to\" $quoted"
}

flush_names() {
  inherit_group "$new$replaced"
  if [ -n "$replaced" ]; then
    next_backup
    eval "emit keep \"\$to\" \"\$backup\" $replaced; emit replace \"\$from\" \"\$to\" $replaced"
  fi
  if [ -n "$new" ]; then eval "emit new \"\$from\" \"\$to\" $new"; fi
  new='' replaced='' words=0
}
