# shellcheck shell=sh disable=SC2034,SC2154
# Digs holes into the received files that had some on the controller, where tar has written zeros.
# Defines: dig_holes
# Needs: loud newline

# Runs the archive's file sparse, which has a line "dig PATH" for each. Call it right behind tar: then the tree holds only sent files.
dig_holes() {
  [ -f sparse ] || return 0
  n=$newline
  # shellcheck disable=SC1091
  (. ./sparse)
}

# Digging changes the file's time, which is set later, with the attributes of all. The fallocate of busybox cannot dig.
dig() {
  [ -f "tree/$1" ] || return 0
  fallocate -d -- "tree/$1" 2>/dev/null || [ -z "$loud" ] ||
    printf 'lockstep: the holes of %s are filled on this node: nothing here digs them\n' "$1" >&2
}
