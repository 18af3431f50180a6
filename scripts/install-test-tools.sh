#!/bin/sh
# Installs what the tests need of Debian's packages and this machine lacks. Says what is missing where it may not install.
set -eu

packages='openssh-client openssh-server debootstrap ca-certificates busybox dash bash shellcheck docker.io sudo iproute2 tar perl
  python3 zsh ksh mksh fish tcsh e2fsprogs btrfs-progs dropbear-bin libarchive-tools acl attr'

main() {
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed, and only root can install them here:$missing"
    return 0
  fi
  echo "installing:$missing"
  keep_services_off
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  # shellcheck disable=SC2086
  apt-get -qq install --yes --no-install-recommends $missing >/dev/null
}

missing_packages() {
  for package in $packages; do
    # shellcheck disable=SC2016
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) printf ' %s' "$package" ;;
    esac
  done
}

# The tests start servers of their own: an sshd of the machine would take port 22, and its Docker engine is not needed.
keep_services_off() {
  [ ! -e /usr/sbin/policy-rc.d ] || return 0
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
}

main
