# shellcheck disable=SC1091,SC2154
# switch RELEASE: the link `current` points to RELEASE on all nodes, or on none.
set -eu
. "${0%/*}/lockstep.sh"
old=$(readlink current)
restore() { ln -sfn "$old" current; }
undo() { restore; wait_for_all undone || true; exit 1; }
trap 'restore; exit 1' TERM

hello
nodes
# One of the nodes takes its time.
[ ! -e slow ] || sleep 1
[ -s "$1/version" ] || { say "failed $1 is not complete"; undo; }
echo "PHASE 1: $1 is complete"
wait_for_all checked || undo
ln -sfn "$1" current
echo "PHASE 2: switched from $old to $1"
wait_for_all switched || undo
echo "PHASE 3: all $node_count nodes run version $(cat current/version)"
