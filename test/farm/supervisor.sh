#!/bin/sh
# Process 1 of a farm, in mount and pid namespaces of its own: when it ends, by itself or by force, the kernel ends every
# node and every mount with it. Arguments: the farm's directory, the tree of a node, "memory" or "disk", the server.
# Standard input, a line a command: "boot NUMBER=ADDRESS ...". Its end ends the farm, however the test runner ended.
# Standard output: "booted NUMBER PID" for each node, the pid as the test runner sees it, or "failed NUMBER".
set -u
farm=$1
image=$2
storage=$3
server=$4
here=$(dirname "$0")

main() {
  if [ "$storage" = memory ]; then
    mount -t tmpfs -o size=90% lockstep-farm "$farm/nodes" || exit 1
  else
    mount --bind "$farm/nodes" "$farm/nodes" || exit 1
  fi
  while read -r verb arguments; do
    # shellcheck disable=SC2086
    if [ "$verb" = boot ]; then boot $arguments & fi
  done
  end
}

boot() {
  for node in "$@"; do
    unshare --mount --pid --uts --fork --kill-child=KILL \
      sh "$here/boot.sh" "$farm" "$image" "${node%%=*}" "${node#*=}" "$server" </dev/null &
  done
}

end() {
  kill -KILL -1
  umount --lazy "$farm/nodes"
  rm -rf "$farm"
}

main
