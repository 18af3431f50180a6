# Looks at paths.


# The status of what is at a path itself; None where nothing is there.
def look(path):
    try: return os.lstat(path)
    except OSError: return None


def is_same(one, other): return one.st_ino == other.st_ino and one.st_dev == other.st_dev


# Whether a path leads to a directory, also through a symbolic link.
def leads_to_directory(path):
    try: return stat.S_ISDIR(os.stat(path).st_mode)
    except OSError: return False


AS_IT_LIES = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
known = {}


# The short way for most lines of a list, which may have a million: four calls for a file that it reads, else one. Returns the path where what
# lies below the root is as the line says; where it reads, the bytes of files as well. Else it returns None, and the caller parses the line
# and compares in full: also where the path has characters that are quoted. Nothing holds it up: it opens no link, and waits for no pipe.
def path_as_sent(root, line, reads):
    at = line.find(b" '")
    path, facts, file = line[at + 2:-5], line[7:at], -1
    if line[-5:] != b"' ''\n" or b"'" in path: return None
    if header["preserve"] != b"yes": facts = without_owner(facts)
    try:
        if reads and facts[-2:] != b" -":
            file = os.open(root + path, AS_IT_LIES)
            now = os.fstat(file)
        else: now = os.lstat(root + path)
        who = now.st_mode, now.st_uid, now.st_gid
        size = 0 if facts[:1] == b"4" else now.st_size
        seen = ("%s %d " % (known.get(who) or who_is(who), size)).encode()
        if not facts.startswith(seen): return None
        time, blank, sum = facts[len(seen):].partition(b" ")
        if time_of(now) != time and not (direction == "prepare" and gets_time(root + path, file, now, time)): return None
        # What is not as it was sent is not hashed: the full way does that.
        if file >= 0 and sum.split(b":")[0] != sum_in(file, size): return None
        return path
    except OSError: return None
    finally:
        if file >= 0: os.close(file)


# Sets the time of what lies in the stage, and looks whether it has it: an archive for this program has whole seconds. What has other names
# may be a file of the release before: the full way knows that.
def gets_time(path, file, now, time):
    if now.st_nlink != 1 and not stat.S_ISDIR(now.st_mode): return False
    times = now.st_atime_ns, nanoseconds_of(time)
    if file >= 0: os.utime(file, ns=times)
    else: os.utime(path, ns=times, follow_symlinks=False)
    return time_of(os.lstat(path) if file < 0 else os.fstat(file)) == time


def without_owner(facts):
    mode, blank, rest = facts.partition(b" ")
    return mode + b" -" + rest[rest.find(b" "):]


# Mode and owner as a line has them; "?", which no line has, where path_as_sent shall not take the short way.
def who_is(who):
    mode, keeps = who[0], header["preserve"] == b"yes"
    is_closed = uid != 0 and stat.S_ISDIR(mode) and mode & 0o700 != 0o700
    known[who] = "?" if is_closed or mode & 0o6000 and not keeps else "%x %d:%d" % who if keeps else "%x -" % mode
    return known[who]


def owner_of(now): return number(now.st_uid) + b":" + number(now.st_gid)


def time_of(now):
    seconds, nanoseconds = divmod(now.st_mtime_ns, 10**9)
    return ("%d.%09d" % (seconds, nanoseconds)).encode()


def nanoseconds_of(time):
    seconds, nanoseconds = map(int, time.split(b"."))
    return seconds * 10**9 + nanoseconds


def mode_of(now): return stat.S_IMODE(now.st_mode)


def is_closed(now): return uid != 0 and stat.S_ISDIR(now.st_mode) and not now.st_mode & 0o200
