# Sets attributes of files and links where they lie: of those that differ from what was sent in attributes alone.


# Checks that the file is still the one that the survey saw, and that its attributes may be changed. Writes the attributes that it has, and
# those that it shall have, to mends.
def prepare_mend(member):
    path = header["destination"] + b"/" + member.path
    if len(path) > 4095: say(b"the path is too long for this node: " + path)
    now = must(b"find " + path, os.lstat, path)
    if {b"type", b"size", b"target"} & set(unlike(now, member, path)) or now.st_nlink != 1: say(path + b" changed while it was looked at")
    seen = must(b"read " + path, sum_of, path) if member.sum != b"-" else member.sum
    if seen != member.sum: say(path + b": its bytes are not those that were sent: sha256 " + seen + b" for " + member.sum)
    # To set the mode that it has changes nothing, and shows whether attributes may be changed. To set the owner could take rights from a program.
    call = (os.lchown, path, now.st_uid, -1) if member.kind == stat.S_IFLNK else (os.chmod, path, mode_of(now))
    must(b"change the attributes of " + path, *call)
    owner = member.owner if header["preserve"] == b"yes" else owner_of(now)
    return b" ".join((b"amend",) + seen_of(now) + (octal(member.bits), owner, member.time, quote(path)))


# Sets the new attributes. A file that anybody has changed since prepare is a problem.
def mend_all():
    for record in amends():
        path, now = record[7], look(record[7])
        if not now or seen_of(now) != tuple(record[:4]): say(path + b" has changed meanwhile")
        set_attributes(path, int(record[4], 8), record[5], record[6])
        if time_of(os.lstat(path)) != record[6]: write(b"coarse", [])
        done[b"mended"] += 1


# Sets the old attributes again. Another file in its place is left alone; the device does not count, since it may have another number after
# a reboot. The time of a file to which somebody has written stays. Some file systems keep only even seconds.
def take_mends_back():
    for record in amends():
        now = look(record[7])
        if not now or number(now.st_ino) != record[3].split(b":")[1]: continue
        is_coarse = look(b"coarse") and now.st_mtime_ns // 2000000000 == nanoseconds_of(record[6]) // 2000000000
        is_ours = time_of(now) == record[6] or is_coarse
        set_attributes(record[7], int(record[0], 8), record[1], record[2] if is_ours else time_of(now))


# The records of mends. The counts of the plan show whether all are there.
def amends(): return read_records(b"mends", b"amend") if look(b"mends") else []


def seen_of(now): return octal(mode_of(now)), owner_of(now), time_of(now), number(now.st_dev) + b":" + number(now.st_ino)
