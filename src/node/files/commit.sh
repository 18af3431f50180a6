# shellcheck shell=sh disable=SC2034,SC2154
# Puts a staged upload in place: a worker with its own arguments behind KEEPER.
#   ... lockstep-hand RUN p LOCK KEEPER STAGE WAY
# First line of stdin: the run's token. When all is new, and WAY is "wait", it replies SWITCHED, and the next line decides: keep makes it
# final; any other, the end of stdin, or a signal takes it back. WAY "alone" asks nobody. Replies COMMITTED: all is new; or ERROR reason
# and EXIT 1: all is old again; or EXIT 3: not all of it could be taken back, and the reason names what is left.
# It is never ended in the middle: the record tells the next run how far it came.
# Needs: find_record make_final reason switch undo_and_record
run=$1 stage=$5 way=$6

main() {
  trap '' TERM HUP INT PIPE
  IFS= read -r token || exit 1
  find_record
  # An account without a home to write to has none.
  [ -f "$record" ] || record=''
  switch "$stage" || take_back "$reason"
  [ "$way" = alone ] || await_decision
  make_final "$stage"
  reply COMMITTED
  exit 0
}

# The keeper ends it by TERM, where a link that hangs leaves stdin open. What was decided by then counts.
await_decision() {
  word=''
  trap '[ "$word" = keep ] || take_back "the run has ended"' TERM HUP INT
  reply SWITCHED
  IFS= read -r word
  trap '' TERM HUP INT
  [ "$word" = keep ] || take_back 'the run has not kept it'
}

take_back() {
  trap '' TERM HUP INT
  why=$1
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
