# Carries out the plan of the stage that is the working directory: python3 executor.py prepare|switch|undo.
# The same as executor.pl, in the same words, where there is no perl. For Python 3.4 and newer.
import fcntl, os, re, signal, stat, struct, sys

direction = sys.argv[1]
problem = [b""]
KINDS = (b"replace", b"aside", b"new", b"attributes")
done = dict.fromkeys(KINDS, 0)
uid = os.geteuid()
header = {}


def finish():
    sys.stdout.buffer.write(problem[0])
    sys.stdout.flush()
    os._exit(1 if problem[0] else 0)


# An undo goes on after a problem; all else stops.
def say(text):
    problem[0] = problem[0] or text
    if direction != "undo": finish()


# Nothing is done by a list that is not whole.
def refuse(text):
    say(text)
    finish()


def reason(error):
    hints = {1: " (is it immutable or append-only? see lsattr)", 18: " (another file system or subvolume)"}
    return (error.strerror + hints.get(error.errno, "")).encode()


def must(what, call, *words, **named):
    try: return call(*words, **named)
    except OSError as error: say(b"cannot " + what + b": " + reason(error))


# --- words --------------------------------------------------------------------------------------------------------

WORD = re.compile(rb""" (?:([\w:.-]+)|'([^']*(?:'(?:\\'|"\$n")'[^']*)*)')""")
BREAK = re.compile(rb"""'(\\'|"\$n")'""")


def read_records(name, word):
    try:
        with open(name, "rb") as file: lines = file.read().split(b"\n")
    except OSError as error: refuse(b"cannot read " + name + b": " + error.strerror.encode())
    if lines.pop() != b"": refuse(name + b" is not whole: line " + number(len(lines) + 1))
    records = []
    for line in lines:
        words = split(line)
        records.append(words[1:])
        if not words or words[0] != word: refuse(name + b" is not whole: line " + number(len(records)))
    return records


def number(value): return str(value).encode()


# The words of a line as sh reads them, where all is bare or in single quotes, with '\'' and '"$n"' (a newline) in between.
def split(line):
    line, at, words = b" " + line, 0, []
    while at < len(line):
        found = WORD.match(line, at)
        if not found: return []
        at = found.end()
        bare = found.group(1)
        words.append(bare if bare is not None else BREAK.sub(lambda it: b"'" if it.group(1) == b"\\'" else b"\n", found.group(2)))
    return words


def quote(word): return b"'" + word.replace(b"'", b"'\\''").replace(b"\n", b"'\"$n\"'") + b"'"


# Each record has its number, a word that is known, and its fields; the last one says how many names there are of each kind.
def check_plan():
    fields = {b"destination": (3, 3), b"copy": (2, 2), b"replace": (4, 0), b"aside": (4, 0), b"new": (3, 0), b"attributes": (2, 2), b"end": (4, 4)}
    planned = dict(done)
    for at, record in enumerate(plan):
        word = record[1] if len(record) > 1 else b""
        if word not in fields: refuse(b"the plan has an unknown step: " + word)
        least, most = fields[word]
        count = len(record) - 2
        if record[0] != number(at + 1) or count < least or most and count > most: refuse(b"the plan is wrong in step " + number(at + 1))
        if word == b"destination": header.update(destination=record[2], tree=record[3], preserve=record[4])
        if word in planned: planned[word] += 1 if word == b"attributes" else count - least + 1
    if not plan or plan[-1][1] != b"end" or not header or counts(planned) != b" ".join(plan[-1][2:]): refuse(b"the plan is not whole")


def counts(count): return b" ".join(number(count[kind]) for kind in KINDS)


# FROM, TO, OLD (empty for new) and names of a record that puts names in place.
def parts(record):
    start = 4 if record[1] == b"new" else 5
    return record[2], record[3], b"" if start == 4 else record[4], record[start:]


def puts(record): return record[1] in done and record[1] != b"attributes"


# --- what is there --------------------------------------------------------------------------------------------------

# What is at a path itself, or nothing.
def look(path):
    try: return os.lstat(path)
    except OSError: return None


def owner_of(now): return number(now.st_uid) + b":" + number(now.st_gid)


def time_of(now):
    seconds, nanoseconds = divmod(now.st_mtime_ns, 10**9)
    return ("%d.%09d" % (seconds, nanoseconds)).encode()


def mode_of(now): return stat.S_IMODE(now.st_mode)


def is_closed(now): return uid != 0 and stat.S_ISDIR(now.st_mode) and not now.st_mode & 0o200


# --- before the barrier ---------------------------------------------------------------------------------------------

# Does all that can be refused and changes no destination. What is to be replaced gets its second name here.
def prepare():
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(name, signal.SIG_IGN)
    if not os.path.lexists(b"manifest"): survey()
    fit()
    places, asked, before = {}, {}, []
    for record in plan:
        if record[1] == b"attributes":
            now = must(b"look at " + record[2], os.lstat, record[2])
            # Asked by what changes nothing: a mode that is set anew may lose its set-group-id bit.
            if may_attend(now): must(b"change the attributes of " + record[2], os.chown, record[2], now.st_uid, -1)
            before.append(b" ".join((b"before", record[0], ("%o" % mode_of(now)).encode(), owner_of(now), time_of(now))))
        if not puts(record): continue
        start, to, old, names = parts(record)
        if to not in asked: asked[to] = ask_directory(to, start)
        for name in names:
            place, path = (asked[to], name), to + b"/" + name
            if place in places: say(places[place] + b" and " + path + b" are one place on this node")
            places[place] = path
        if old: must(b"make " + old, os.mkdir, old, 0o700)
        for name in names:
            if record[1] == b"replace": keep(to, old, name)
            if record[1] == b"aside": ask_file(to + b"/" + name)
    write(b"before", before)


def write(name, lines):
    try:
        with open(name, "wb") as file: file.write(b"".join(line + b"\n" for line in lines))
    except OSError as error: say(b"cannot write " + name + b": " + reason(error))


def keep(to, old, name): must(b"link " + to + b"/" + name, os.link, to + b"/" + name, old + b"/" + name, follow_symlinks=False)


def may_attend(now): return uid == 0 or now.st_uid == uid


# A rename works within one file system and subvolume, and nothing can be taken back from a directory that is append-only.
def ask_directory(to, start):
    there = must(b"look at " + to + b"/", os.stat, to + b"/.")
    here = must(b"look at " + start + b"/", os.stat, start + b"/.")
    if there.st_dev != here.st_dev: say(b"cannot rename to " + to + b"/: it is on another file system or subvolume than " + start)
    size = struct.calcsize("l")
    try:
        directory = os.open(to + b"/.", os.O_RDONLY)
        try: flags = struct.unpack_from("I", fcntl.ioctl(directory, 0x80086601 if size == 8 else 0x80046601, bytes(size)))[0]
        finally: os.close(directory)
    except OSError: flags = 0
    if flags & 0x20: say(b"cannot change " + to + b"/: it is append-only, see lsattr")
    if flags & 0x10: say(b"cannot change " + to + b"/: it is immutable, see lsattr")
    return there.st_dev, there.st_ino


# Whose file may not be linked, and is moved aside, may be immutable: that is EPERM, where others may only not write.
def ask_file(path):
    now = must(b"look at " + path, os.lstat, path)
    if not stat.S_ISREG(now.st_mode): return
    try: os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    except OSError as error:
        if error.errno == 1: say(b"cannot replace " + path + b": " + reason(error))


# --- the stage against what was sent ----------------------------------------------------------------------------------

class Member:
    def __init__(self, mode, owner, size, time, path, target):
        self.mode, self.owner, self.size, self.time = int(mode, 16), owner, int(size), time
        self.path, self.target = path, target
        self.kind = stat.S_IFMT(self.mode)
        # A set-user-id or set-group-id bit is meant for the owner it was sent with; under another one it would give that one's rights away.
        is_whole = header["preserve"] == b"yes" or self.kind == stat.S_IFDIR
        self.bits = self.mode & (0o7777 if is_whole else 0o1777)


members = []


def manifest():
    if not members:
        for words in read_records(b"manifest", b"member"):
            if len(words) != 6: refuse(b"the manifest is not whole")
            members.append(Member(*words))
    return members


# Without a list of what was sent, that which is staged is what shall be there. Directories that are there stay as they are.
def survey():
    tree, lines = header["tree"], []
    left = sorted(names(tree), reverse=True)
    closed = []
    while left:
        path = left.pop()
        now = must(b"look at " + tree + b"/" + path, os.lstat, tree + b"/" + path)
        if uid != 0 and stat.S_ISDIR(now.st_mode) and now.st_mode & 0o700 != 0o700:
            closed.append((tree + b"/" + path, mode_of(now)))
            must(b"open " + tree + b"/" + path, os.chmod, tree + b"/" + path, mode_of(now) | 0o700)
        target = os.readlink(tree + b"/" + path) if stat.S_ISLNK(now.st_mode) else b""
        fields = (b"member", ("%x" % now.st_mode).encode(), owner_of(now), number(now.st_size), time_of(now), quote(path), quote(target))
        stays = stat.S_ISDIR(now.st_mode) and os.path.isdir(header["destination"] + b"/" + path)
        if not stays: lines.append(b" ".join(fields))
        if stat.S_ISDIR(now.st_mode): left += [path + b"/" + name for name in sorted(names(tree + b"/" + path), reverse=True)]
    for path, mode in reversed(closed): must(b"close " + path, os.chmod, path, mode)
    write(b"manifest", lines)


def names(path): return must(b"read " + path, os.listdir, path)


# Each staged member gets what it was sent with, where tar did not see to it; what it cannot get is a problem.
def fit():
    closed, coarse = [], b""
    copies = [record[2:4] for record in plan if record[1] == b"copy"]
    for member in manifest():
        staged = header["tree"] + b"/" + member.path
        for start, to in copies:
            if (staged + b"/").startswith(start + b"/"): staged = to + staged[len(start):]
        path = header["destination"] + b"/" + member.path
        if len(path) > 4095: say(b"the path is too long for this node: " + path)
        now = must(b"find " + member.path + b" in the stage", os.lstat, staged)
        if uid != 0 and stat.S_ISDIR(now.st_mode) and now.st_mode & 0o700 != 0o700:
            closed.append((staged, mode_of(now)))
            must(b"open " + staged, os.chmod, staged, mode_of(now) | 0o700)
        inexact = mend(staged, now, member)
        coarse = coarse or inexact
    for path, mode in reversed(closed): must(b"close " + path, os.chmod, path, mode)
    if not coarse: return
    write(b"coarse", [])
    sys.stderr.buffer.write(b"lockstep: times are not kept exactly on this node, as that of " + coarse + b"\n")


# The member's path where its time cannot be kept.
def mend(staged, now, member):
    left = unlike(now, member, staged)
    if not left: return b""
    is_link = member.kind == stat.S_IFLNK
    if b"owner" in left: must(b"chown " + staged, os.lchown, staged, *map(int, member.owner.split(b":")))
    if not is_link and (b"owner" in left or b"mode" in left): must(b"chmod " + staged, os.chmod, staged, member.bits)
    if b"time" in left:
        try: set_time(staged, member.time)
        except OSError: pass
    left = unlike(os.lstat(staged), member, staged)
    if not left: return b""
    if left == [b"time"]: return member.path
    say(member.path + b" cannot be kept as it was sent: its " + left[0] + b" is another one in the stage")


# In what a path is not as the member was sent: type, size, target, owner, mode, time.
def unlike(now, member, path):
    kind = member.kind
    if stat.S_IFMT(now.st_mode) != kind: return [b"type"]
    is_directory = kind == stat.S_IFDIR
    left = []
    if kind == stat.S_IFREG and now.st_size != member.size: left.append(b"size")
    if kind == stat.S_IFLNK and os.readlink(path) != member.target: left.append(b"target")
    if header["preserve"] == b"yes" and owner_of(now) != member.owner: left.append(b"owner")
    # Elsewhere a directory has the set-group-id bit by where it is, and the stage's were opened to be worked in.
    heeded = 0o5777 if is_directory and header["preserve"] != b"yes" else 0o7777
    if is_directory and uid != 0 and direction == "prepare" and now.st_mode & 0o700 == 0o700: heeded &= 0o7077
    if kind != stat.S_IFLNK and now.st_mode & heeded != member.bits & heeded: left.append(b"mode")
    if time_of(now) != member.time: left.append(b"time")
    return left


# TIME is whole seconds, rounded down, and nine digits.
def set_time(path, time):
    seconds, nanoseconds = map(int, time.split(b"."))
    os.utime(path, ns=(os.lstat(path).st_atime_ns, seconds * 10**9 + nanoseconds), follow_symlinks=False)


# --- the commit -------------------------------------------------------------------------------------------------------

def switch():
    for record in plan:
        if record[1] == b"attributes": attend(*record[2:])
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


# Somebody may have put another file there since its second name was made.
def keep_again(to, old, name):
    now, kept = look(to + b"/" + name), look(old + b"/" + name)
    if now and kept and os.path.samestat(now, kept): return
    if kept: must(b"remove " + old + b"/" + name, os.unlink, old + b"/" + name)
    keep(to, old, name)


# A directory can be moved only by who may write to it.
def put(path, to):
    now = look(path)
    reopens = now and is_closed(now)
    if reopens: must(b"open " + path, os.chmod, path, mode_of(now) | 0o700)
    must(b"rename to " + to, os.rename, path, to)
    if reopens: must(b"close " + to, os.chmod, to, mode_of(now))


# The attributes that directory MEMBER was sent with; a directory that nobody sent keeps its own.
def attend(directory, path):
    if path:
        if not member_of: member_of.update((member.path, member) for member in manifest())
        if path not in member_of: return say(path + b" is not in the manifest")
        member = member_of[path]
        set_attributes(directory, member.bits, member.owner if header["preserve"] == b"yes" else b"", member.time)
    done[b"attributes"] += 1


member_of = {}


def set_attributes(directory, mode, owner, time):
    now = must(b"look at " + directory, os.lstat, directory)
    if not now: return
    if owner and owner_of(now) != owner: must(b"chown " + directory, os.chown, directory, *map(int, owner.split(b":")))
    if mode_of(now) != mode: must(b"chmod " + directory, os.chmod, directory, mode)
    if time_of(now) != time: must(b"touch " + directory, set_time, directory, time)


# What was sent is looked at where it shall be, and nothing of it may be left in the stage.
def prove():
    is_coarse = os.path.lexists(b"coarse")
    for member in manifest():
        path = header["destination"] + b"/" + member.path
        try:
            now = os.lstat(path)
            # A root that is a link to a directory there was followed.
            if stat.S_ISDIR(member.mode) and stat.S_ISLNK(now.st_mode): now = os.stat(path)
        except OSError as error:
            # What is closed to its owner was looked at in the stage, and came here as a whole.
            if uid != 0 and error.errno == 13: continue
            say(b"cannot find " + path + b": " + reason(error))
        is_foreign = stat.S_ISDIR(now.st_mode) and not may_attend(now)
        for what in unlike(now, member, path):
            if what == b"time" and is_coarse or is_foreign and what != b"type": continue
            say(path + b" has another " + what + b" than it was sent with")
    left = [b"tree", b"above"] + [record[3] for record in plan if record[1] == b"copy"]
    while left:
        path = left.pop(0)
        if not os.path.lexists(path): continue
        if os.path.islink(path) or not os.path.isdir(path): say(path + b" was not put in place")
        left += [path + b"/" + name for name in names(path)]


# --- the way back -------------------------------------------------------------------------------------------------------

# Last to first, so that what was changed twice is at last what it was; then attributes, those of what lies deepest first.
def undo():
    before = dict((record[0], record[1:]) for record in read_records(b"before", b"before"))
    for record in reversed(plan):
        if record[1] == b"attributes": reopen(record[2])
        if not puts(record): continue
        start, to, old, names_ = parts(record)
        for name in reversed(names_):
            path, staged, kept = to + b"/" + name, start + b"/" + name, old + b"/" + name
            if record[1] != b"aside" and os.path.lexists(staged): continue
            if old:
                if os.path.lexists(kept): put(kept, path)
            elif os.path.lexists(path): take_back(path, staged)
    for record in plan:
        if record[1] != b"attributes": continue
        if len(before.get(record[0], ())) != 3: say(b"before is not whole")
        else: set_attributes(record[2], int(before[record[0]][0], 8), *before[record[0]][1:])


def reopen(path):
    now = look(path)
    if now and uid != 0 and now.st_mode & 0o700 != 0o700 and may_attend(now): must(b"open " + path, os.chmod, path, mode_of(now) | 0o700)


# In the stage it may stay open.
def take_back(path, to):
    now = look(path)
    if is_closed(now): must(b"open " + path, os.chmod, path, mode_of(now) | 0o700)
    must(b"rename to " + to, os.rename, path, to)


plan = read_records(b"plan", b"step")
check_plan()
{"prepare": prepare, "switch": switch, "undo": undo}[direction]()
finish()
