#!/bin/sh
# Makes a node one of a kind: perl (it has all), python, sh (neither of the two), or busybox (no other tools at all).
# Runs on the node, as root.
kind=$1
case $kind in
  perl) ;;
  python) rm -f /usr/bin/perl* ;;
  *) rm -f /usr/bin/perl* /usr/bin/python3* ;;
esac
if [ "$kind" = busybox ]; then
  for applet in $(/usr/bin/busybox --list); do
    case $applet in busybox | su | login | getty | init) continue ;; esac
    for place in /usr/bin /usr/sbin; do
      if [ -e "$place/$applet" ] || [ "$place" = /usr/bin ]; then /usr/bin/busybox ln -sf /usr/bin/busybox "$place/$applet"; fi
    done
  done
fi
# What a run makes there would be a change.
for home in /root /home/worker /home/plain; do mkdir -p "$home/.local/state/lockstep"; done
chown -R worker: /home/worker
chown -R plain: /home/plain
mkdir -p /srv /mnt/binds
