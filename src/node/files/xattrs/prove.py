# Checks that members have the xattrs that they were sent with: prove.py BASE THERE. BASE is where they are staged, THERE where they go. The
# list xattrs has a line for each member: its path, then NAME=VALUE of each, in hexadecimal digits. prove.pl does the same.
# Prints three pairs of numbers, how many members are of a kind, and the line of the first: members whose xattrs are not as sent;
# directories that the node has, whose xattrs stay as they are; members that are not in this stage.
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
        # A file or link of the upload replaces a link to a directory, so that directory does not matter.
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
