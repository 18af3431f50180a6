#!/bin/sh
# Process 1 of a node: lays the node's own files over the shared tree, makes that its root, and serves ssh.
# Arguments: the farm's directory, the tree of a node, the node's number and address, the server.
set -eu
farm=$1
image=$2
number=$3
address=$4
server=$5
trap 'echo "failed $number"' EXIT
disk=$farm/nodes/$number

# The machine's /proc is still mounted here, so this is the pid as the test runner sees it.
read -r pid _ </proc/self/stat
mkdir -p "$disk/upper" "$disk/work" "$disk/root"
mount -t overlay -o "lowerdir=$farm/layer:$image,upperdir=$disk/upper,workdir=$disk/work" "node-$number" "$disk/root"
mount --all --fstab "$farm/layer/etc/fstab" --target-prefix "$disk/root"
mkdir "$disk/root/run/sshd"
cd "$disk/root"
pivot_root . mnt
umount --lazy /mnt
echo "node-$number" >/proc/sys/kernel/hostname
echo "booted $number $pid"
trap - EXIT
exec >/dev/null 2>&1

serve() {
  key=/etc/ssh/host_keys/$number
  if [ "$server" = dropbear ]; then
    dropbearconvert openssh dropbear "$key" /run/host_key
    dropbear -F -E -s -p "$address:22" -r /run/host_key 2>/var/log/sshd.log
  else
    /usr/sbin/sshd -D -E /var/log/sshd.log -h "$key" -o "ListenAddress=$address"
  fi
}
serve || true
# A node whose sshd was killed goes on, as a machine does; waiting also reaps what is handed to process 1.
while :; do sleep 3600; done
