# shellcheck shell=sh disable=SC2034,SC2154
# What had holes where it was sent from gets them here, too.
# Defines: dig_holes
# Needs: loud newline

# The file sparse of the archive: a line "dig PATH" for each. Comes right behind tar, so that nothing is in the tree but what was sent.
dig_holes() {
  [ -f sparse ] || return 0
  n=$newline
  # shellcheck disable=SC1091
  (. ./sparse)
}

# The time of the file is set again with the attributes of all. busybox has a fallocate that digs nothing.
dig() {
  [ -f "tree/$1" ] || return 0
  fallocate -d -- "tree/$1" 2>/dev/null || [ -z "$loud" ] ||
    printf 'lockstep: the holes of %s are filled on this node: nothing here digs them\n' "$1" >&2
}
