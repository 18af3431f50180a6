# shellcheck shell=sh disable=SC2034
# keeper_lives PID:START: whether that very process is there. Sets stat, and state.
# Defines: keeper_lives stat state
keeper_lives() {
  IFS= read -r stat 2>/dev/null <"/proc/${1%:*}/stat" || return 1
  set -- "$1" ${stat##*) }
  state=$2
  [ "$2" != Z ] && [ "${21}" = "${1#*:}" ]
}
