# Whether members have the xattrs that they were sent with: BASE is where they are staged, THERE where they go. A line of xattrs is a member: its
# path, then NAME=VALUE of each, in hexadecimal digits. prove.pl does the same in the same words.
# Prints of three kinds how many members are of it, and the line of the first: not as sent; directories that are there already, and stay as
# they are; not found, or not to be read.
import os
import sys

LOST, STAYS, UNSEEN = 0, 1, 2

def main():
    base, there = [os.fsencode(word) for word in sys.argv[1:]]
    found = [[0, 0], [0, 0], [0, 0]]
    at = 0
    for line in open("xattrs"):
        words = line.split()
        path = b"/" + bytes.fromhex(words[0])
        kind, place = LOST, base + path
        # What is no directory takes the place of a link to one.
        is_leaf = os.path.islink(place) or os.path.isfile(place)
        if os.path.isdir(there + path) and not is_leaf:
            kind, place = STAYS, there + path + b"/."
        elif not os.path.lexists(place):
            kind = UNSEEN
        if kind == UNSEEN or not has_all(place, words[1:]):
            if found[kind][0] == 0:
                found[kind][1] = at
            found[kind][0] += 1
        at += 1
    print(" ".join("%d %d" % tuple(one) for one in found))

def has_all(place, pairs):
    for pair in pairs:
        name, value = [bytes.fromhex(word) for word in pair.split("=")]
        try:
            if os.getxattr(place, name, follow_symlinks=False) != value:
                return False
        except OSError:
            return False
    return True

main()
