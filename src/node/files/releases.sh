# shellcheck shell=sh disable=SC2034,SC2154
# A worker's job: tells which releases a directory has, and which of them is current. With names, removes these releases.
#   ... lockstep-hand RUN JOB LOCK KEEPER DIR [NAME...]
# DIR/current is a symbolic link to DIR/releases/NAME. DIR/releases/.before/NAME is a symbolic link whose target is the name of the release
# that was current before NAME came.
# First line of stdin: the run's token. Replies: CURRENT NAME, where there is a link; BEFORE NAME for each release that was current before
# it and is still there, the last one first; RELEASE NAME for each release; END. Or ERROR reason.
# Defines: newline tab
# Needs: encode_mount encoded mount_table read_mounts remove_tree
newline='
'
tab='	'
dir=$5
shift 5
IFS= read -r token || exit 1

main() {
  # DIR may be missing: a dry run makes no directory.
  [ -e "$dir" ] || [ -L "$dir" ] || { say END && exit; }
  CDPATH='' cd -- "$dir" 2>/dev/null || fail "cannot enter $dir"
  if [ "$#" -gt 0 ]; then remove_releases "$@"; else tell_releases; fi
  say END
}

tell_releases() {
  name=''
  if [ -L current ]; then
    target=$(readlink -- current)
    name=${target%/}
    name=${name##*/}
    is_name "$name" && [ ! -L "releases/$name" ] && { [ "${target%/}" = "releases/$name" ] || [ current -ef "releases/$name" ]; } ||
      fail "${dir%/}/current leads to $target, which is no directory in ${dir%/}/releases"
    say "CURRENT $name"
  elif [ -e current ]; then
    fail "${dir%/}/current is no symbolic link"
  fi
  [ -d releases ] || return 0
  { [ -r releases ] && [ -x releases ]; } || fail "cannot look into ${dir%/}/releases"
  count=0
  while [ "$count" -lt 100 ] && [ -L "releases/.before/$name" ]; do
    name=$(readlink -- "releases/.before/$name") count=$((count + 1))
    is_name "$name" || break
    if is_release "releases/$name"; then say "BEFORE $name"; fi
  done
  count=0
  for path in releases/*; do
    is_name "${path##*/}" && is_release "$path" || continue
    say "RELEASE ${path##*/}"
    count=$((count + 1))
    [ "$count" -lt 1000 ] || break
  done
}

# Whether $1 may be the name of a release. Files with other names are none, and are left alone.
is_name() {
  case $1 in '' | .* | -* | *[!0-9A-Za-z._+-]*) return 1 ;; esac
  [ "${#1}" -le 100 ]
}

is_release() { [ -d "$1" ] && [ ! -L "$1" ]; }

# Each release is renamed before it is removed: half a release must never pass for one. One with a mount below it stays.
remove_releases() {
  top=$(pwd -P && echo .) top=${top%"$newline."}
  CDPATH='' cd -P -- releases || fail "cannot enter ${dir%/}/releases"
  here=$(pwd -P && echo .) here=${here%"$newline."} problem=''
  for name; do
    is_name "$name" && is_release "$name" || continue
    if [ "$name" -ef "$top/current" ]; then
      problem="$name is current"
    elif [ -L ".removed-$name" ]; then
      problem="$here/.removed-$name is in the way"
    elif has_no_mount "$name"; then
      error=$(exec 2>&1 && mv -- "$name" ".removed-$name") && rm -f -- ".before/$name" || problem=${error:-"cannot remove $here/$name"}
    fi
  done
  for path in .removed-????????T??????-????????*; do
    case ${path#.removed-} in *[!0-9a-fT.-]*) continue ;; esac
    is_release "$path" && has_no_mount "$path" || continue
    error=$(exec 2>&1 && remove_tree "./$path") || problem=${error:-"cannot remove $here/$path"}
  done
  [ -z "$problem" ] || fail "$problem"
}

# The mounts are read again for each release: one may be made at any moment, and it moves along with the directory that is renamed.
has_no_mount() {
  mount_table=''
  read_mounts
  encode_mount "$here/$1"
  case $newline$mount_table$newline in
    "$newline$newline") problem="nothing tells what is mounted in $here" ;;
    *"$newline$encoded/"* | *"$newline$encoded$newline"*) problem="something is mounted in $here/$1" ;;
    *) return 0 ;;
  esac
  return 1
}

say() { printf '%s %s\n' "$token" "$1"; }

fail() {
  say "ERROR $(printf %s "$1" | tr '\n' '?')"
  exit 1
}

main "$@"
