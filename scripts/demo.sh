#!/bin/sh
# Shows the main job on three nodes of its own. Installs and builds first: a fresh clone needs nothing else.
set -eu
cd "$(dirname "$0")/.."
exec </dev/null

main() {
  need_node
  # npm writes this file when all else is in place.
  if [ ! -e node_modules/.package-lock.json ]; then install; fi
  node scripts/build.mjs
  exec node dist/demo-alone.mjs
}

need_node() {
  command -v node >/dev/null || stop 'it needs Node.js 20.19 or newer, and finds no node'
  node -e 'var v = process.versions.node.split("."); process.exit(v[0] > 20 || (v[0] == 20 && v[1] >= 19) ? 0 : 1)' ||
    stop "it needs Node.js 20.19 or newer; this one is $(node --version)"
}

install() {
  command -v npm >/dev/null || stop 'it needs npm to install its dependencies, and finds none'
  echo 'installing dependencies (npm ci) ...'
  npm ci --include=dev --no-audit --no-fund --loglevel=error >/dev/null || stop 'npm ci failed; the lines above say why'
}

stop() {
  echo "demo: $1" >&2
  exit 1
}

main
