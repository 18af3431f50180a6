# shellcheck shell=sh disable=SC2034,SC2154
# Puts a staged upload in place: a worker with its own arguments behind KEEPER.
#   ... lockstep-hand RUN p LOCK KEEPER STAGE WAY
# First line of stdin: the run's token. When all new files are in place, and WAY is "wait", it replies SWITCHED, and the next line
# decides: "keep" makes the commit final; any other line, the end of stdin, or a signal takes it back. With WAY "alone" it asks nobody, and
# keeps the files. Replies COMMITTED: all files are new; or ERROR reason and EXIT 1: all are old again; or EXIT 3: not all could be taken
# back, and the reason names what is left. No signal ends it in the middle; where it is killed, the record tells the next run how far it
# came.
# Needs: find_record make_final reason switch undo_and_record
run=$1 stage=$5 way=$6

main() {
  trap '' TERM HUP INT PIPE
  IFS= read -r token || exit 1
  find_record
  # An account that cannot write to its home has no record.
  [ -f "$record" ] || record=''
  switch "$stage" || take_back "$reason"
  [ "$way" = alone ] || await_decision
  make_final "$stage"
  reply COMMITTED
  exit 0
}

# A connection that hangs leaves stdin open: then the keeper ends the wait by TERM. A decision that was read before counts.
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
