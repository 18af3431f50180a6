# shellcheck shell=sh disable=SC2034
# Defines: decode decoded

# Sets decoded to what a word of a line, a list or an argument stands for: \n is a newline, \t a tab, \\ a backslash.
decode() {
  decoded=$1
  case $1 in *\\*)
    decoded=$(printf '%b.' "$1")
    decoded=${decoded%.}
    ;;
  esac
}
