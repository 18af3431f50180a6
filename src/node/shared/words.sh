# shellcheck shell=sh disable=SC2016,SC2034,SC2154
# Words of records. The text that uses this sets n to a newline.

# Sets quoted to $1 as one word of sh, on one line.
quote() {
  quoted=$1
  case $1 in *[\'"$n"]*)
    replace_all "$1" "'" "'\\''"
    replace_all "$result" "$n" "'\"\$n\"'"
    quoted=$result
    ;;
  esac
  quoted="'$quoted'"
}

# Sets result to $1 with $3 in place of each $2.
replace_all() {
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
