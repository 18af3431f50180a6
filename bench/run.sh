#!/usr/bin/env bash
# Measures lockstep and its peers on real sshd nodes of this machine: bench/run.sh --help. Needs root, Linux and python3.
# bench/run.sh lock --help: how soon, and how surely, its locks are given back.
# bench/run.sh steady --help: its memory over minutes of output. bench/run.sh profile --help: where its time goes.
# bench/run.sh schedule: what the schedule costs for each of 40,000 nodes, without any node.
# bench/run.sh files: what a dry run of a million files costs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

main() {
  # A thousand connections of one process, and no more: some tools close every number up to the limit in each child.
  ulimit -Sn 16384 2>/dev/null || ulimit -n 16384 || echo 'bench: the limit of open files cannot be raised' >&2
  (cd "$root" && build_if_older)
  work=$(mktemp -d "${TMPDIR:-/tmp}/lockstep-bench-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  snapshot
  entry=bench/main.ts
  case ${1-} in
    lock | steady | profile | schedule | files)
      entry=bench/$1/main.ts
      shift
      ;;
    *) if [[ ! $* =~ --rows[\ =]([a-z,]+) || ${BASH_REMATCH[1]} == *c* ]]; then snapshot_without_proof; fi ;;
  esac
  node "$root/bench/build.mjs" "$work/bench.mjs" "$entry"
  # From here on the bench itself removes the directory, however it ends.
  exec node "$work/bench.mjs" "$@"
}

build_if_older() {
  [[ -d node_modules ]] || npm ci --no-audit --no-fund >&2
  if [[ ! -e dist/main.mjs || -n $(find src sync-tool -newer dist/main.mjs -print -quit) ]]; then
    npm run --silent build >&2
  fi
}

# One version for the whole run, whatever is edited or built meanwhile.
snapshot() {
  mkdir "$work/lockstep"
  cp -R "$root/bin" "$root/dist" "$root/package.json" "$work/lockstep"
  ln -s "$root/node_modules" "$work/lockstep/node_modules"
}

# The same program but that a node with perl or python looks at nothing of what it has received or put in place: what the proof costs.
snapshot_without_proof() {
  local programs=$work/unproven/src/node/files/executor
  mkdir "$work/unproven"
  cp -R "$root"/{bin,docs,package.json,scripts,src,sync-tool} "$work/unproven"
  ln -s "$root/node_modules" "$work/unproven/node_modules"
  # shellcheck disable=SC2016
  begins_with 'sub fit {' 'open(my $placed, ">", "placed"); return;' "$programs/perl/fit.pl"
  begins_with 'sub prove {' 'return;' "$programs/perl/prove.pl"
  begins_with 'def fit(is_sent):' '    return write(b"placed", [])' "$programs/python/fit.py"
  begins_with 'def prove():' '    return' "$programs/python/prove.py"
  (cd "$work/unproven" && node scripts/build.mjs >&2)
}

# begins_with SUB STATEMENT FILE
begins_with() {
  grep -qxF "$1" "$3"
  sed -i "s/^$1\$/&\n$2/" "$3"
}

main "$@"
