# Removes names: each goes to the stage by one rename, a directory with all that is in it.


# Checks all that may refuse the rename, or later the removal of the stage: also in the directories below.
def ask_removal(to, names_):
    device = os.stat(to + b"/.").st_dev
    left = []
    for path in [to + b"/" + name for name in names_]:
        if is_directory(must(b"find " + path, os.lstat, path)): left.append(path)
        else: ask_file(path, b"remove")
    while left:
        path = left.pop(0)
        now = must(b"look at " + path, os.lstat, path)
        if now.st_dev != device: say(b"cannot remove " + path + b": it is on another file system or subvolume")
        if not may_attend(now): say(b"cannot remove " + path + b": it belongs to another user")
        must(b"remove " + path, os.chown, path, now.st_uid, -1)
        for name in must(b"read " + path, os.listdir, path):
            below = path + b"/" + name
            if is_directory(look(below)): left.append(below)
            # A closed directory of this account cannot be looked into now; it is opened when the stage is removed.
            elif uid == 0 or now.st_mode & 0o300 == 0o300: ask_file(below, b"remove")


# Not where it cannot be looked at.
def is_directory(now): return now is not None and stat.S_ISDIR(now.st_mode)


def take_out(to, old, names_):
    for name in names_:
        put(to + b"/" + name, old + b"/" + name)
        done[b"remove"] += 1


def bring_back(to, old, names_):
    for name in reversed(names_):
        if look(old + b"/" + name): put(old + b"/" + name, to + b"/" + name)


# More names than were counted belong to somebody who has put them there since.
def prove_removed():
    count = 0
    for record in removes():
        for name in record[4:]:
            if look(record[2] + b"/" + name): say(record[2] + b"/" + name + b" is there again")
        left = [record[3]]
        while left:
            path = left.pop()
            try: below = [path + b"/" + name for name in os.listdir(path)]
            except OSError: continue
            count += len(below)
            left += [one for one in below if is_directory(look(one))]
    counted = must(b"read counted", open, b"counted").read().strip()
    if count > int(counted): say(("%d names would be removed, and %s were found before: somebody has put more there" % (count, counted)).encode())
