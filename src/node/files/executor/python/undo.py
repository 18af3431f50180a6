# The direction undo: the way back.


# From the last record to the first, so that what was changed twice ends as it was; then the attributes, those of deeper directories first.
def undo():
    before = dict((record[0], record[1:]) for record in read_records(b"before", b"before"))
    ours = dict((record[0], record[1:]) for record in read_records(b"ours", b"ours")) if look(b"ours") else {}
    for record in reversed(plan):
        if record[1] == b"attributes": reopen(record[2])
        if record[1] == b"remove": bring_back(record[2], record[3], record[4:])
        if not puts(record): continue
        start, to, old, names_ = parts(record)
        marks = dict(zip(names_, ours.get(record[0], ())))
        for name in reversed(names_):
            path, staged, kept = to + b"/" + name, start + b"/" + name, old + b"/" + name
            if record[1] != b"aside" and look(staged): continue
            if old:
                if look(kept): put(kept, path)
            elif look(path): take_back(path, staged, marks.get(name))
    # The switch may have been killed between the opening of a directory and its rename.
    for mode, path in read_records(b"closed", b"closed") if look(b"closed") else ():
        now = look(path)
        if now and stat.S_ISDIR(now.st_mode): must(b"close " + path, os.chmod, path, int(mode, 8))
    if header["mends"]: take_mends_back()
    for record in plan:
        if record[1] != b"attributes": continue
        if len(before.get(record[0], ())) != 3: say(b"before is not whole")
        else: set_attributes(record[2], int(before[record[0]][0], 8), *before[record[0]][1:])


def reopen(path):
    now = look(path)
    if now and uid != 0 and now.st_mode & 0o700 != 0o700 and may_attend(now): must(b"open " + path, os.chmod, path, mode_of(now) | 0o700)


# Moves a new file back to the stage, where a directory may stay open. A file that somebody has put in its place stays: neither inode nor
# second is that of ours. Devices do not count, since they have other numbers after a reboot.
def take_back(path, to, mark):
    now = look(path)
    if mark and all(number(one) != other for one, other in zip(mark_of(path), mark.split(b":"))):
        sys.stderr.buffer.write(b"lockstep: " + path + b" is somebody else's by now, and stays\n")
        sys.stderr.flush()
        return
    if is_closed(now): must(b"open " + path, os.chmod, path, mode_of(now) | 0o700)
    must(b"rename to " + to, os.rename, path, to)
