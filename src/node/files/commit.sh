# shellcheck shell=sh disable=SC2034,SC2154
# Puts a staged upload in place: a worker with its own arguments behind KEEPER.
#   ... lockstep-hand RUN p LOCK KEEPER STAGE
# First line of stdin: the run's token. Replies COMMITTED: all is new; or ERROR reason and EXIT 1: all is old again; or EXIT 3:
# not all of it could be taken back, and the reason names what is left. It is never ended in the middle: the record tells the next run how far it came.
# Needs: find_record forget reason set_state switch undo_and_record
run=$1 stage=$5

main() {
  trap '' TERM HUP INT PIPE
  IFS= read -r token || exit 1
  find_record
  # An account without a home to write to has none.
  [ -f "$record" ] || record=''
  if switch "$stage"; then
    set_state new
    forget "$stage"
    reply COMMITTED
    exit 0
  fi
  why=$reason
  undo_and_record "$stage" || fail 3 "$why, and not all could be taken back: $reason"
  fail 1 "$why; what was begun is taken back"
}

reply() { printf '%s %s\n' "$token" "$1"; }

fail() {
  reply "ERROR $(printf %s "$2" | tr '\n' '?')"
  reply "EXIT $1"
  exit "$1"
}

main "$@"
