# The list of what was sent, and the list that is made where none came.


# What one line of a list says.
class Member:
    def __init__(self, line):
        words = split(line)
        if len(words) != 8 or words[0] not in (b"member", b"mended"): refuse(b"the manifest is not whole")
        word, mode, self.owner, size, self.time, self.sum, self.path, self.target = words
        self.mode, self.size, self.nanoseconds = int(mode, 16), int(size), nanoseconds_of(self.time)
        self.kind = stat.S_IFMT(self.mode)
        # Where owners are not kept a file loses its set-user-id and set-group-id bits: they would give the rights of another owner away.
        is_whole = header["preserve"] == b"yes" or self.kind == stat.S_IFDIR
        self.bits = self.mode & (0o7777 if is_whole else 0o1777)


# The lines of the members that the plan names. There may be a million, so nobody holds them all.
def placed():
    line = b""
    with must(b"read placed", open, b"placed", "rb") as file:
        for line in file: yield line
    if not line and any(done[kind] for kind in KINDS[:3]): refuse(b"placed is empty")


# Makes a list of all staged members, for files that came without one, as with a sync tool of another make. Directories that the
# destination has are left out: they stay as they are.
def survey():
    lines = []
    left = sorted(names(staged(b"")), reverse=True)
    closed = []
    while left:
        path = left.pop()
        at, to = staged(path), header["destination"] + b"/" + path
        if len(to) > 4095: say(b"the path is too long for this node: " + to)
        now = must(b"look at " + at, os.lstat, at)
        if uid != 0 and stat.S_ISDIR(now.st_mode) and now.st_mode & 0o700 != 0o700:
            closed.append((at, mode_of(now)))
            must(b"open " + at, os.chmod, at, mode_of(now) | 0o700)
        target = os.readlink(at) if stat.S_ISLNK(now.st_mode) else b""
        fields = (b"member", ("%x" % now.st_mode).encode(), owner_of(now), number(now.st_size), time_of(now), b"-", quote(path), quote(target))
        stays = stat.S_ISDIR(now.st_mode) and leads_to_directory(to)
        if not stays: lines.append(b" ".join(fields))
        if stat.S_ISDIR(now.st_mode): left += [path + b"/" + name for name in sorted(names(at), reverse=True)]
    for path, mode in reversed(closed): must(b"close " + path, os.chmod, path, mode)
    write(b"manifest", lines)


def names(path): return must(b"read " + path, os.listdir, path)
