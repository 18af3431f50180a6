# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# The direction prepare, before the barrier.

# Does all that the system may refuse and that changes no destination. A file that will be replaced gets its second name here.
prepare() {
  trap '' TERM HUP INT
  { : >before && : >ours && : >closed; } || refuse 'cannot write before'
  sent=yes
  if [ ! -e manifest ]; then
    sent=''
    stage_path ''
    survey "$staged" '' 5>manifest || refuse 'cannot write manifest'
  fi
  fit "$sent"
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
      to=$2
      shift 3
      for name; do ask_file replace "$to/$name"; done
      ;;
    new)
      ask "$1" "$2"
      note_ours "$@"
      ;;
    remove) ask_removal "$@" ;;
  esac
}

# note_ours FROM TO NAME...: notes by which marks undo knows the new files.
note_ours() {
  from=$1
  shift 2
  for name; do
    shift
    set -- "$@" "$from/$name"
  done
  # shellcheck disable=SC2046
  set -- $(stat -c %i:%Y -- "$@")
  printf 'ours %s %s\n' "$number" "$*" >>ours || refuse 'cannot write ours'
}

# keep FROM TO OLD NAME...: gives each TO/NAME a second name in OLD.
keep() {
  to=$2 old=$3
  shift 3
  absolute "$old"
  error=$(exec 2>&1 && CDPATH='' cd -P -- "$to/" && ln -- "$@" "$absolute/") && return 0
  for name; do
    exists "$old/$name" || try "link $to/$name" ln -- "$to/$name" "$old/"
  done
}

# ask_file WHAT PATH: a file that will be moved may be immutable or append-only. rmdir shows that, and changes nothing: the kernel checks
# it before it finds that a file is no directory.
ask_file() {
  error=$(exec rmdir -- "$2" 2>&1)
  case $error in *'Not a directory' | *'not found') ;; *) try "$1 $2" rmdir -- "$2" ;; esac
}

absolute() {
  case $1 in
    /* | '') absolute=$1 ;;
    *) absolute=$PWD/$1 ;;
  esac
}
