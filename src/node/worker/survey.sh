# shellcheck shell=sh disable=SC2154,SC2174
# A worker's job before a sync: which sync tool this node has, where one starts, and (with "make" or "share" as $5) a new run directory,
# private, or with "share" that of the account that has logged in.
# A run directory outlives the run that made it, so that its files can be looked at; the next run removes it.
# Needs: find_by found
IFS= read -r token
run=$1 want=$5
for tool in /usr/lib/orgalorg/sync /usr/lib/lockstep/sync; do
  # Whoever starts a FIFO would hang.
  if [ -f "$tool" ] && [ -x "$tool" ]; then
    printf '%s TOOL %s\n' "$token" "$tool"
    break
  fi
done
printf '%s LOGIN %s\n' "$token" "$PWD"
[ -n "$want" ] || exit 0

for tool in mkdir rm grep; do
  command -v "$tool" >/dev/null && continue
  printf '%s ERROR %s is not installed on this node\n' "$token" "$tool"
  exit 1
done
make_private() {
  error=$(mkdir -m 700 -- "$1" 2>&1) && return 0
  printf '%s ERROR cannot make the run directory %s: %s\n' "$token" "$1" "${error##*: }"
  exit 1
}
base=/var/run/orgalorg
{ mkdir -p "$base" && [ -w "$base" ] && [ -O "$base" ]; } 2>/dev/null || base=${PWD%/}/.lockstep-runs
# Another run may make it at the same time. The mode is for the last one alone, since those above are there.
[ -d "$base" ] || mkdir -m 700 -p -- "$base" 2>/dev/null || make_private "$base"

# A directory whose run still has a process somewhere is in use.
# What was uploaded may be closed to its owner, and is opened before find goes into it.
for old in "$base"/*-*; do
  [ -d "$old" ] && [ ! -L "$old" ] || continue
  find_by "${old##*/}" cmdline
  if [ -z "$found" ] && ! rm -rf -- "$old" 2>/dev/null; then
    find "$old" -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
    rm -rf -- "$old"
  fi
done
make_private "$base/$run"
# Under sudo the directory is root's; the account may pass through those above it.
case $want${SUDO_UID-} in
  share?*) if [ -O / ]; then chmod -- go+x "$base" && chown -- "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$base/$run" || exit 1; fi ;;
esac
printf '%s DIRECTORY %s\n' "$token" "$base/$run"
