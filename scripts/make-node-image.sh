#!/bin/sh
# Makes the file tree of one test node, a small Debian with sshd, unless it is cached already, and prints its path.
# The cache is keyed by this script, so a change of the packages below makes a new tree. Needs root.
# $1, optional: "machine" copies the machine's installed packages without trying debootstrap first.
set -eu

packages='openssh-server sudo python3-minimal util-linux procps busybox dash bash acl zsh ksh mksh fish tcsh e2fsprogs btrfs-progs
  dropbear-bin'
cache=${LOCKSTEP_TEST_CACHE:-/var/cache/lockstep-test}

main() {
  key=$(sha256sum "$0" | cut -c1-12)
  image=$cache/node-$key${1:+-$1}
  mkdir -p "$cache"
  # One maker at a time: a second caller waits here and then finds the finished tree.
  exec 9>"$cache/lock"
  flock 9
  if [ ! -d "$image" ]; then
    rm -rf "$image.part"
    # A trap, since "||" behind the call would switch "set -e" off inside it.
    trap fail EXIT
    make_tree "$image.part" "${1:-}" >"$cache/make.log" 2>&1
    trap - EXIT
    mv "$image.part" "$image"
  fi
  printf '%s\n' "$image"
}

make_tree() {
  if [ "$2" = machine ] || ! bootstrap "$1"; then
    echo 'copying the packages of this machine'
    rm -rf "$1"
    copy_installed_packages "$1"
  fi
  add_accounts "$1"
  slim "$1"
}

# debootstrap, from the mirror that apt uses on this machine.
bootstrap() {
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v codename="$codename" '$2 == codename && $3 == "main" { print $1; exit }')
  [ -n "$mirror" ] || return 1
  # shellcheck disable=SC2086
  debootstrap --variant=minbase --include="$(echo $packages | tr ' ' ',')" "$codename" "$1" "$mirror"
}

# The same tree without a mirror: the files of the packages, and of all that they depend on, as they lie on this machine.
copy_installed_packages() {
  mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" "$1/usr/lib64" "$1/dev/pts" "$1/dev/shm" "$1/proc" "$1/sys" "$1/run" "$1/mnt" \
    "$1/tmp" "$1/var/tmp" "$1/root" "$1/home"
  chmod 1777 "$1/tmp" "$1/var/tmp" "$1/dev/shm"
  chmod 700 "$1/root"
  for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$1/$directory"; done
  {
    installed_closure | xargs dpkg-query -L | grep -vxE '/\.|/(bin|sbin|lib|lib64)|/usr/share/(doc|man|locale|info)/.*'
    find /etc/pam.d -name 'common-*'
    find /usr/bin -type l -lname '/etc/alternatives/*'
    find /etc/alternatives -type l
    echo /etc/nsswitch.conf
  } | sort -u | while IFS= read -r path; do
    if [ -e "$path" ]; then printf '%s\n' "${path#/}"; fi
  done | tar -C / --create --no-recursion --files-from - | tar -C "$1" --extract --keep-directory-symlink
  cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
  cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
  cp "$1/usr/share/openssh/sshd_config" "$1/etc/ssh/sshd_config"
  mkdir -p "$1/etc/ssh/sshd_config.d"
  mknod -m 666 "$1/dev/null" c 1 3
  mknod -m 666 "$1/dev/zero" c 1 5
  mknod -m 666 "$1/dev/full" c 1 7
  mknod -m 666 "$1/dev/random" c 1 8
  mknod -m 666 "$1/dev/urandom" c 1 9
  mknod -m 666 "$1/dev/tty" c 5 0
  ln -s pts/ptmx "$1/dev/ptmx"
  ln -s /proc/self/fd "$1/dev/fd"
  chroot "$1" ldconfig
  chroot "$1" pwconv
  chroot "$1" useradd --system --home-dir /run/sshd --no-create-home --shell /usr/sbin/nologin --gid nogroup sshd
}

installed_closure() {
  {
    # shellcheck disable=SC2086
    apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
      --no-enhances $packages | grep '^[a-z0-9]'
    # shellcheck disable=SC2016
    dpkg-query -W -f '${Priority} ${Package}\n' | awk '$1 == "required" { print $2 }'
  } | sort -u | while IFS= read -r package; do
    # shellcheck disable=SC2016
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) printf '%s\n' "$package" ;;
    esac
  done
}

# root and "worker", who may use sudo without a password, and "plain", who may not; "*" is no password, yet not a locked account.
add_accounts() {
  chroot "$1" usermod --password '*' root
  chroot "$1" useradd --uid 1001 --create-home --shell /bin/bash --password '*' worker
  chroot "$1" useradd --uid 1002 --create-home --shell /bin/bash --password '*' plain
  mkdir -p "$1/etc/sudoers.d"
  echo 'worker ALL=(ALL:ALL) NOPASSWD: ALL' >"$1/etc/sudoers.d/worker"
  chmod 440 "$1/etc/sudoers.d/worker"
}

# Each farm brings host keys of its own.
slim() {
  rm -rf "$1"/etc/ssh/ssh_host_* "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/* \
    "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/locale/* "$1"/usr/share/info/*
}

fail() {
  echo "no tree for the test nodes could be made; the end of $cache/make.log:" >&2
  tail -n 15 "$cache/make.log" >&2
  exit 1
}

main "$@"
