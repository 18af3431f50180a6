#!/bin/sh
# Process 1 of a node that has no sshd: a file system over the shared tree, and a pid space. Its processes come in by nsenter.
# Arguments: a directory of its own on a tmpfs, the tree of a node. Standard output: its pid as the caller sees it.
set -eu
disk=$1
image=$2
# The machine's /proc is still mounted here.
read -r pid _ </proc/self/stat
mkdir -p "$disk/upper" "$disk/work" "$disk/root"
mount -t overlay -o "lowerdir=$image,upperdir=$disk/upper,workdir=$disk/work" node "$disk/root"
mount -t proc proc "$disk/root/proc"
mount -t tmpfs -o mode=755 run "$disk/root/run"
mkdir -p "$disk/root/mnt/pipes"
cd "$disk/root/mnt/pipes"
for end in in out err; do seq -f "%g.$end" 0 255; done | xargs mkfifo -m 666
cd "$disk/root"
pivot_root . mnt
umount --lazy /mnt
echo localhost >/proc/sys/kernel/hostname
echo 127.0.0.1 localhost >/etc/hosts
echo "$pid"
exec >/dev/null 2>&1 </dev/null
while :; do sleep 3600; done
