#!/bin/sh
# Process 1 of a Docker engine of our own, in mount and pid namespaces of its own: its containers, its containerd, its mounts
# and its part of /run end with it. Arguments: its directory (socket, log) and the name of its bridge and control group.
# The end of standard input ends it, however the test runner ended.
set -u
directory=$1
name=$2

mount -t tmpfs engine-run /run
mount -t tmpfs -o size=90% engine-data "$directory/data"

run_engine() {
  dockerd --data-root "$directory/data" --exec-root /run/engine --pidfile /run/engine.pid \
    --host "unix://$directory/docker.sock" --storage-driver "$1" --cgroup-parent "$name" \
    --exec-opt native.cgroupdriver=cgroupfs --bridge=none --iptables=false --ip6tables=false --ip-forward=false --userland-proxy=false \
    >>"$directory/dockerd.log" 2>&1 </dev/null
}

# On a file system that overlay cannot lie on it ends by itself, however long that takes.
{ run_engine overlay2 || run_engine vfs; } &

while read -r _; do :; done
kill -KILL -1
ip link delete "$name" 2>/dev/null
# A control group can be removed a moment after its last process has ended.
for attempt in 1 2 3 4 5; do
  find /sys/fs/cgroup -depth -type d -path "*/$name*" -exec rmdir {} + 2>/dev/null
  if [ -z "$(find /sys/fs/cgroup -type d -name "$name" 2>/dev/null)" ]; then break; fi
  sleep "0.$attempt"
done
umount --lazy "$directory/data"
rm -rf "$directory"
