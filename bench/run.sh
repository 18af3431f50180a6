#!/usr/bin/env bash
# Measures lockstep and its peers on real sshd nodes of this machine: bench/run.sh --help. Needs root, Linux and python3.
# bench/run.sh lock --help: how soon, and how surely, its locks are given back.
# bench/run.sh steady --help: its memory over minutes of output. bench/run.sh profile --help: where its time goes.
# bench/run.sh schedule: what the schedule costs for each of 40,000 nodes, without any node.
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
    lock | steady | profile | schedule)
      entry=bench/$1/main.ts
      shift
      ;;
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

main "$@"
