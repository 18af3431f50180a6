# shellcheck shell=sh disable=SC1003,SC2034,SC2154
# What is mounted, as the table of mounts writes it.
# Defines: encode_mount encoded mount_table mounts read_mounts replace_all result
# Needs: newline tab

# Sets mount_table to all mount points, one a line.
read_mounts() {
  [ -z "${mount_table:-}" ] || return 0
  mounts=$newline/$newline
  mount_table=$(exec cut -d ' ' -f 5 /proc/self/mountinfo 2>/dev/null) && [ -n "$mount_table" ] && return 0
  points=$(df -P 2>/dev/null)
  while [ -n "$points" ]; do
    point=${points%%"$newline"*} points=${points#"$point"} points=${points#"$newline"}
    case $point in *'% '*) encode_mount "${point##*% }" && mount_table=$mount_table$encoded$newline ;; esac
  done
}

# Blanks and backslashes are written in octal in the table of mounts.
encode_mount() {
  encoded=${1%/}
  case $1 in *[\\[:space:]]*)
    replace_all "$encoded" '\' '\134'
    replace_all "$result" ' ' '\040'
    replace_all "$result" "$tab" '\011'
    replace_all "$result" "$newline" '\012'
    encoded=$result
    ;;
  esac
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
