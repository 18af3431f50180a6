# shellcheck shell=sh disable=SC2030,SC2031,SC2034,SC2154,SC2317,SC3065,SC3066,SC3067
# Decides how staged files get to their destination, and proves that each rename can work. It changes nothing at the destination.
# It walks the staged tree, never the destination. A name that the destination lacks is one rename, however much lies below it; a directory
# that is there is walked into; any other name is replaced. All is done with builtins, since a fork for each file would take seconds.
# plan-proof.sh says what may be promised, plan-record.sh writes it down; the records are described in relocate.sh.
# The text that uses this sets run, login, uid and preserve (yes: staged owners count), and defines what plan-record.sh asks for.
# Defines: aside_count attend attributes_count caller_locale cross_below from here is_directory mended_count mounted new_count plan primary
# Defines: remove_count replace_count tab to
# Needs: backup_word copy cross_mounts emit emit_words encode_mount encoded end_plan existing existing_part exists give_up give_up_filling has_crossed
# Needs: heed_mounts inherit_group interpreter is_root may_link may_place may_replace missing mount mount_of mounts newline next_backup
# Needs: physical plan_removals preserve quote quoted read_mounts reason stage take_perl uid undisturbed write_executor

# Names are bytes. The locale of the login is kept for the user's own commands.
caller_locale=${LC_ALL-unset}
LC_ALL=C
tab='	'

# plan STAGE DESTINATION [MENDED]: writes the plan of the stage that this shell has entered, and does all of it that changes no destination.
# MENDED: how many members are mended where they lie, and not staged (the default: none).
# A root, and all below it, is "named": its directories bring their attributes along. A directory above a root is not named: where it
# exists at the destination it stays as it is.
plan() {
  primary=$1 steps=0 backups=0 copies=0 links_of=none crossed_words=$newline
  replace_count=0 aside_count=0 new_count=0 attributes_count=0 remove_count=0 mended_count=${3:-0}
  write_executor || give_up_filling "$primary" 'cannot write the plan'
  if [ "$interpreter" = sh ]; then
    for tool in stat ln touch readlink; do command -v "$tool" >/dev/null || give_up "$tool is not installed on this node"; done
  fi
  : >stages
  exec 7>plan 8>&2
  read_mounts
  mount_of "$primary"
  plan_top "$2"
  end_plan
  undisturbed prepare_plan || { take_perl && undisturbed prepare_plan; } || give_up_filling "$primary" "${reason:-the plan cannot be carried out on this node: $interpreter was killed, or does not work}"
}

# Starts the executor, which never returns: one that does was not written whole.
prepare_plan() {
  set -- prepare
  # Its stderr is for the user; undisturbed reads stdout alone.
  # shellcheck disable=SC1091
  . ./executor </dev/null 2>&8
  exit 1
}

# A missing destination is made in the stage, as mkdir -p would, and put in place as a whole.
plan_top() {
  existing_part "$1"
  if [ -z "$missing" ]; then
    emit_words destination "${existing%/}" tree "$preserve"
    plan_removals "${existing%/}"
    mount_of "$primary"
    plan_directory tree "$existing" '' '' "$mount" no
  else
    [ ! -f removes ] || give_up "$1 is not there any more"
    (umask 022 && exec mkdir -p -- "above${missing%/*}") && mv -- tree "above$missing" || give_up "cannot stage $1"
    emit_words destination "${existing%/}$missing" "above$missing" "$preserve"
    plan_directory above "$existing" /.. '' "$mount" no
  fi
}

# --- the walk ---------------------------------------------------------------------------------------------------

# plan_directory FROM TO REL STAGE MOUNT NAMED: plans what goes into directory TO, which exists. REL is its path below the destination, with
# a slash before it; STAGE is empty for the primary one. The recursion keeps its values in the positional parameters, since sh has no local
# variables: $7 says whether a name is put into TO itself, $8 has the records of its symbolic links.
plan_directory() {
  mount_of "$2"
  open_staged "$1"
  if [ "$mount" != "$5" ]; then
    if has_crossed "$1" "$2"; then
      set -- "$copy" "$2" "$3" "$stage" "$mount" "$6"
    elif crosses_here "$1" "$2"; then
      cross_mounts "$1" "$2"
      mount_of "$2"
      set -- "$copy" "$2" "$3" "$stage" "$mount" "$6"
    fi
  fi
  plan_entries "$@"
  set -- "$@" "$placed" "$late_records"
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if is_directory "$entry" && [ -d "${2%/}/${entry##*/}" ]; then plan_subdirectory "$entry" "$@"; fi
  done
  emit_late "$8"
  if [ "$6" = yes ] || [ "$7" = yes ]; then attend "$2" "$3" "$6"; fi
}

is_directory() { [ -d "$1" ] && [ ! -L "$1" ]; }

# plan_subdirectory ENTRY, and behind it the parameters of plan_directory.
plan_subdirectory() {
  path=${3%/}/${1##*/}
  if [ -L "$path" ]; then
    physical "$path"
    heed_mounts "$path"
  fi
  named=$7
  if [ "$named" = no ] && is_root "$4/${1##*/}"; then named=yes; fi
  plan_directory "$1" "$path" "$4/${1##*/}" "$5" "$6" "$named"
}

# open_staged DIRECTORY: opens a staged directory where its mode keeps its owner out.
open_staged() {
  { [ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ]; } || chmod -- u+rwx "$1" || give_up "cannot open the staged $1"
}

crosses_here() { [ -w "$2" ] && (crosses "$1" "$2"); }

# cross_below FROM TO MOUNT: copies what goes to mounts below TO to stages there, before cross_mounts copies the rest to the mount of TO.
cross_below() {
  encode_mount "$2"
  case $mounts in *"$newline$encoded/"*) ;; *) return 0 ;; esac
  open_staged "$1"
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    is_directory "$entry" && [ -d "${2%/}/${entry##*/}" ] && [ ! -L "${2%/}/${entry##*/}" ] || continue
    path=${2%/}/${entry##*/}
    mount_of "$path"
    if [ "$mount" != "$3" ] && crosses_here "$entry" "$path"; then cross_mounts "$entry" "$path"; else cross_below "$entry" "$path" "$3"; fi
  done
}

# crosses FROM TO, in a shell of its own: whether a name is put into directory TO, or into one below it on the same mount. Only then a
# stage on that mount is worth it: its disk may be small, and all that goes there is copied.
crosses() {
  # Where this cannot look, the walk will refuse, and say why.
  give_up() { exit 0; }
  crossed=$mount
  puts_into "$1" "$2"
}

puts_into() {
  open_staged "$1"
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    exists "$entry" || continue
    path=${2%/}/${entry##*/}
    is_directory "$entry" && [ -d "$path" ] || return 0
    if [ -L "$path" ]; then
      physical "$path"
      heed_mounts "$path"
    fi
    mount_of "$path"
    if [ "$mount" = "$crossed" ] && puts_into "$entry" "$path"; then return 0; fi
  done
  return 1
}

# Plans all names that are put into one directory. They are collected as quoted words, so that one record takes many of them. Symbolic links
# come last, behind all that lies below the directory: who follows a new link, such as `current` of a release, must not find a part.
plan_entries() {
  from=$1 to=${2%/} here=$4 named=$6 placed=no new='' replaced='' new_words=0 replaced_words=0 mounted='' late_names='' late_records='' is_late=no
  quote "$from"
  from_word=$quoted
  quote "$to"
  to_word=$quoted
  encode_mount "$to"
  case $mounts in *"$newline$encoded/"*) mounted=yes ;; esac
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if [ -L "$entry" ]; then
      quote "$entry"
      late_names="$late_names $quoted"
    elif exists "$entry"; then
      plan_entry "$entry" "$to/${entry##*/}"
    else
      # A pattern that matches nothing stands for itself. Any other name was listed, so its path is too long, or it cannot be looked at.
      case $entry in
        "$1/*" | "$1/.[!.]*" | "$1/..?*") ;;
        *)
          [ "${#entry}" -le 4095 ] || give_up "the path is too long for this node: $entry"
          give_up "cannot look at the staged $entry"
          ;;
      esac
    fi
  done
  flush_names
  is_late=yes
  eval "set -- $late_names"
  for entry; do plan_entry "$entry" "$to/${entry##*/}"; done
  flush_names
}

# plan_entry ENTRY TARGET: adds one name to new or replaced. Nothing is done for a directory that both sides have.
plan_entry() {
  [ "${#2}" -le 4095 ] || give_up "the path is too long for this node: $2"
  quote "${1##*/}"
  if ! exists "$2"; then
    may_place "$2"
    new="$new $quoted" new_words=$((new_words + 1))
  elif is_directory "$1"; then
    [ -d "$2" ] || give_up "$2 is no directory there, but one in the upload"
    [ ! -L "$2" ] || [ "$named" != yes ] || give_up "$2 is a symbolic link there, but a directory in the upload"
    return 0
  else
    if is_directory "$2"; then give_up "$2 is a directory there, but none in the upload"; fi
    may_place "$2"
    may_replace "$2"
    if may_link "$2"; then
      replaced="$replaced $quoted" replaced_words=$((replaced_words + 1))
    else
      plan_aside "$2"
    fi
  fi
  [ "$((new_words + replaced_words))" -lt 100 ] || flush_names
}

# plan_aside TARGET: plans a replacement in two steps, where the old file can have no second name: it is moved away first.
plan_aside() {
  inherit_group "$quoted"
  printf 'lockstep: %s is absent for a moment while it is replaced: it cannot be linked\n' "$1" >&2
  set -- "$quoted"
  next_backup
  emit_names "aside $from_word $to_word $backup_word $1"
  aside_count=$((aside_count + 1))
}

flush_names() {
  inherit_group "$new$replaced"
  if [ -n "$replaced" ]; then
    next_backup
    emit_names "replace $from_word $to_word $backup_word$replaced"
  fi
  if [ -n "$new" ]; then emit_names "new $from_word $to_word$new"; fi
  replace_count=$((replace_count + replaced_words)) new_count=$((new_count + new_words))
  new='' replaced='' new_words=0 replaced_words=0
}

emit_names() {
  if [ "$is_late" = yes ]; then late_records=$late_records$1$newline; else emit "$1"; fi
}

emit_late() {
  set -f
  IFS=$newline
  for late in $1; do emit "$late"; done
  set +f
  unset IFS
}

# attend TO REL NAMED: plans the attributes of a directory that changes. Call it behind all that is below it: its time must be set last.
attend() {
  if [ "$uid" != 0 ] && ! [ -O "$1" ]; then
    [ "$3" != yes ] || printf 'lockstep: the attributes of %s stay: it belongs to another user\n' "$1" >&2
    return 0
  fi
  member=''
  if [ "$3" = yes ]; then member=${2#/}; fi
  emit_words attributes "$1" "$member"
  attributes_count=$((attributes_count + 1))
}
