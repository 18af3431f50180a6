# Looks at paths.


# The status of what is at a path itself; None where nothing is there.
def look(path):
    try: return os.lstat(path)
    except OSError: return None


def owner_of(now): return number(now.st_uid) + b":" + number(now.st_gid)


def time_of(now):
    seconds, nanoseconds = divmod(now.st_mtime_ns, 10**9)
    return ("%d.%09d" % (seconds, nanoseconds)).encode()


def nanoseconds_of(time):
    seconds, nanoseconds = map(int, time.split(b"."))
    return seconds * 10**9 + nanoseconds


def mode_of(now): return stat.S_IMODE(now.st_mode)


def is_closed(now): return uid != 0 and stat.S_ISDIR(now.st_mode) and not now.st_mode & 0o200
