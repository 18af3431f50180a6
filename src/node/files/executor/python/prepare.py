# The direction prepare, before the barrier.


# Does all that the system may refuse and that changes no destination. A file that will be replaced gets its second name here.
def prepare():
    # Python 3.4 has it by its other name alone.
    try: import _signal as signal
    except ImportError: import signal
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(name, signal.SIG_IGN)
    is_sent = look(b"manifest")
    if not is_sent: survey()
    fit(is_sent)
    places, asked, before, ours, closed = {}, {}, [], [], []
    for record in plan:
        if record[1] == b"attributes":
            now = must(b"look at " + record[2], os.lstat, record[2])
            # To set the owner that it has changes nothing, and shows whether attributes may be changed. To set its mode could take a set-group-id bit.
            if may_attend(now): must(b"change the attributes of " + record[2], os.chown, record[2], now.st_uid, -1)
            before.append(b" ".join((b"before", record[0], ("%o" % mode_of(now)).encode(), owner_of(now), time_of(now))))
        removes = record[1] == b"remove"
        if not puts(record) and not removes: continue
        start, to, old, names = (record[3], record[2], record[3], record[4:]) if removes else parts(record)
        if old: must(b"make " + old, os.mkdir, old, 0o700)
        if to not in asked: asked[to] = ask_directory(to, start)
        for name in names:
            there = places.setdefault(asked[to], {})
            if name in there: say(there[name] + b"/" + name + b" and " + to + b"/" + name + b" are one place on this node")
            there[name] = to
        if removes:
            ask_removal(to, names)
            for path in [to + b"/" + name for name in names]:
                now = os.lstat(path)
                if is_closed(now): closed.append(b" ".join((b"closed", octal(mode_of(now)), quote(path))))
        for name in names:
            if record[1] == b"replace": keep(to, old, name)
            if record[1] == b"aside": ask_file(to + b"/" + name, b"replace")
        if record[1] == b"new": ours.append(b" ".join([b"ours", record[0]] + [("%d:%d" % mark_of(start + b"/" + name)).encode() for name in names]))
    write(b"before", before)
    write(b"ours", ours)
    write(b"closed", closed)


def write(name, lines):
    try:
        with open(name, "wb") as file: file.write(b"".join(line + b"\n" for line in lines))
    except OSError as error: say(b"cannot write " + name + b": " + reason(error))


# Inode and second: by one of them undo knows a new file from another one in its place.
def mark_of(path):
    now = os.lstat(path)
    return now.st_ino, now.st_mtime_ns // 10**9


def keep(to, old, name): must(b"link " + to + b"/" + name, os.link, to + b"/" + name, old + b"/" + name, follow_symlinks=False)


def may_attend(now): return uid == 0 or now.st_uid == uid


# A rename works only within one file system and subvolume. Nothing can be renamed out of a directory that is append-only, as undo must.
def ask_directory(to, start):
    from fcntl import ioctl
    there = must(b"look at " + to + b"/", os.stat, to + b"/.")
    here = must(b"look at " + start + b"/", os.stat, start + b"/.")
    if there.st_dev != here.st_dev: say(b"cannot rename to " + to + b"/: it is on another file system or subvolume than " + start)
    size = 8 if sys.maxsize > 1 << 32 else 4
    try:
        directory = os.open(to + b"/.", os.O_RDONLY)
        try: flags = int.from_bytes(ioctl(directory, 0x80086601 if size == 8 else 0x80046601, bytes(size))[:4], sys.byteorder)
        finally: os.close(directory)
    except OSError: flags = 0
    if flags & 0x20: say(b"cannot change " + to + b"/: it is append-only, see lsattr")
    if flags & 0x10: say(b"cannot change " + to + b"/: it is immutable, see lsattr")
    return there.st_dev, there.st_ino


# A file that will be moved may be immutable or append-only. rmdir shows that, and changes nothing: the kernel checks it before it finds
# that a file is no directory.
def ask_file(path, what):
    try: os.rmdir(path)
    except NotADirectoryError: return
    except OSError as error: say(b"cannot " + what + b" " + path + b": " + reason(error))
