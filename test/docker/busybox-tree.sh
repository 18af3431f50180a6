#!/bin/sh
# Makes the file tree of a node that has nothing but busybox, Dropbear and flock, which Debian's busybox is built without.
# Arguments: the tree of a whole node, which has all three, and the directory to make.
set -eu
whole=$1
tree=$2

mkdir -p "$tree/bin" "$tree/etc" "$tree/home/plain/.ssh" "$tree/root/.ssh" "$tree/tmp" "$tree/var/log" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/run"
chmod 1777 "$tree/tmp"
chmod 700 "$tree/root" "$tree/root/.ssh" "$tree/home/plain/.ssh"
chown -R 1002:1002 "$tree/home/plain"
for program in busybox dropbear dropbearconvert flock; do
  path=$(chroot "$whole" sh -c "command -v $program")
  cp -L "$whole$path" "$tree/bin/$program"
  # The loader has no arrow in this list, and the kernel's own library no path.
  for library in $(chroot "$whole" ldd "$path" | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p'); do
    mkdir -p "$tree${library%/*}"
    cp -L "$whole$library" "$tree$library"
  done
done
chroot "$tree" /bin/busybox --install -s /bin
printf '%s\n' root:x:0:0:root:/root:/bin/sh plain:x:1002:1002::/home/plain:/bin/sh >"$tree/etc/passwd"
printf '%s\n' root:x:0: plain:x:1002: >"$tree/etc/group"
echo /bin/sh >"$tree/etc/shells"
