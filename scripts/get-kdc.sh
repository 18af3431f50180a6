#!/bin/sh
# Unpacks the programs of a Kerberos KDC from Debian's packages, unless they are cached already, and prints their directory.
# Nothing is installed, so no service of this machine comes of them. The cache is keyed by this script. Needs root.
set -eu

packages='krb5-kdc krb5-admin-server krb5-user libgssrpc4 libkadm5srv-mit12 libkadm5clnt-mit12 libkdb5-10 libverto1 libverto-libev1
  libev4'
cache=${LOCKSTEP_TEST_CACHE:-/var/cache/lockstep-test}

main() {
  key=$(sha256sum "$0" | cut -c1-12)
  tree=$cache/kdc-$key
  mkdir -p "$cache"
  # One maker at a time: a second caller waits here and then finds the finished tree.
  exec 9>"$cache/kdc-lock"
  flock 9
  if [ ! -d "$tree" ]; then
    rm -rf "$tree.part" "$tree.debs"
    mkdir "$tree.part" "$tree.debs"
    cd "$tree.debs"
    # The machine may never have asked for the lists, or they may be too old.
    download || { apt-get -qq update && download; }
    for package in ./*.deb; do dpkg -x "$package" "$tree.part"; done
    rm -rf "$tree.debs"
    mv "$tree.part" "$tree"
  fi
  printf '%s\n' "$tree"
}

download() {
  # shellcheck disable=SC2086
  apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 download $packages >&2
}

main
