# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# Checks the plan, and quotes words.

# step NUMBER WORD FIELD...: a line of the plan. Calls the function for it of the present phase.
step() {
  number=$1 word=$2
  shift 2
  "${phase}_step" "$@"
}

# Each record must have its number, a known word, and its fields. The last one says how many names there are of each kind.
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
    remove) [ "$#" -ge 3 ] && removed=$((removed + $# - 2)) ;;
    end)
      [ "$#" -eq 6 ] || refuse "the plan is wrong in step $position"
      [ "$*" = "$replaced $aside $new $attended $removed $6" ] && to_mend=$6 is_whole=yes || refuse 'the plan is not whole'
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

# is_name ENTRY DIR: whether a pattern in DIR has found it. What is there and cannot be looked at is refused: its path is too long.
is_name() {
  exists "$1" && return 0
  case $1 in "$2/*" | "$2/.[!.]*" | "$2/..?*") return 1 ;; esac
  refuse "the path is too long for this node: $destination/${1#"$tree/"}"
}

is_directory() { [ -d "$1" ] && [ ! -L "$1" ]; }
