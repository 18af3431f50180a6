# The direction switch: the commit.


def switch():
    if header["mends"]: mend_all()
    for record in plan:
        if record[1] == b"attributes": attend(*record[2:])
        if record[1] == b"remove": take_out(record[2], record[3], record[4:])
        if not puts(record): continue
        start, to, old, names_ = parts(record)
        for name in names_:
            path = to + b"/" + name
            if record[1] == b"replace": keep_again(to, old, name)
            if record[1] == b"aside": must(b"move " + path + b" aside", os.rename, path, old + b"/" + name)
            if record[1] == b"new" and look(path): say(path + b" has appeared meanwhile")
            put(start + b"/" + name, path)
            done[record[1]] += 1
    prove()
    if not problem[0]: sys.stdout.buffer.write(counts(done))


# Somebody may have put another file in place since prepare has made the second name: that one is then the old file.
def keep_again(to, old, name):
    now, kept = look(to + b"/" + name), look(old + b"/" + name)
    if now and kept and is_same(now, kept): return
    if kept: must(b"remove " + old + b"/" + name, os.unlink, old + b"/" + name)
    keep(to, old, name)


# Renames one name. A directory has to be writable for that, since its ".." changes.
def put(path, to):
    now = look(path) if uid != 0 else None
    reopens = now and is_closed(now)
    if reopens: must(b"open " + path, os.chmod, path, mode_of(now) | 0o700)
    must(b"rename to " + to, os.rename, path, to)
    if reopens: must(b"close " + to, os.chmod, to, mode_of(now))


directories = {}


# Gives a directory the attributes that it was sent with; one that nobody sent keeps its own.
def attend(directory, path):
    if path:
        if not directories: directories.update((member.path, member) for member in (Member(line) for line in placed() if line[7:8] == b"4"))
        member = directories.get(path)
        if not member: return say(path + b" is not in the manifest")
        if uid != 0 and not member.mode & 0o100: prove_below(path)
        bits, owner = member.bits, member.owner
        # The set-group-id bit stays: where owners are not sent a directory inherits it from the one above.
        if header["preserve"] != b"yes": bits, owner = bits & 0o5777 | os.stat(directory).st_mode & 0o2000, b""
        set_attributes(directory, bits, owner, member.time)
    done[b"attributes"] += 1


def set_attributes(path, mode, owner, time):
    now = must(b"look at " + path, os.lstat, path)
    if not now: return
    is_anothers = owner and owner_of(now) != owner
    if is_anothers: must(b"chown " + path, os.lchown, path, *map(int, owner.split(b":")))
    # A change of owner has cleared the set-user-id and set-group-id bits.
    if not stat.S_ISLNK(now.st_mode) and (is_anothers or mode_of(now) != mode): must(b"chmod " + path, os.chmod, path, mode)
    if time_of(now) != time: must(b"touch " + path, set_time, path, time)
