# Makes the stage equal to what was sent, and proves that it is.


# Gives each staged member the attributes that it was sent with, where tar has not. One that it cannot get is a problem, and so are other
# bytes and other names. Writes the lines that the plan names to placed: not those in a directory that goes to its place as a whole.
def fit(is_sent):
    closed, coarse, mended = [], b"", 0
    # Paths that begin so come with a directory as a whole. "/" is none yet: no path begins with a slash.
    whole = b"/"
    tree, to = header["tree"] + b"/", header["destination"] + b"/"
    placed, mends = must(b"write placed", open, b"placed", "wb"), must(b"write mends", open, b"mends", "wb")
    for line in must(b"read manifest", open, b"manifest", "rb"):
        if line.startswith(b"mended "):
            if mended == header["mends"]: refuse(b"the manifest is not whole")
            must(b"write placed", placed.write, line)
            must(b"write mends", mends.write, prepare_mend(Member(line)) + b"\n")
            mended += 1
            continue
        path = None if copies else path_as_sent(tree, line, True)
        member = Member(line) if path is None else None
        if member: path = member.path
        is_directory = line[7:8] == b"4"
        if not path.startswith(whole):
            must(b"write placed", placed.write, line)
            if is_directory and not is_paranoid and not leads_to_directory(to + path): whole = path + b"/"
        if len(to + path) > 4095: say(b"the path is too long for this node: " + to + path)
        note_name(path, is_directory)
        if not member: continue
        at = staged(path)
        now = must(b"find " + path + b" in the stage", os.lstat, at)
        if uid != 0 and stat.S_ISDIR(now.st_mode) and now.st_mode & 0o700 != 0o700:
            closed.append((at, mode_of(now)))
            must(b"open " + at, os.chmod, at, mode_of(now) | 0o700)
        inexact = mend(at, now, member)
        coarse = coarse or inexact
        check_sum(member, path, at)
    if is_sent: refuse_surplus()
    for file in placed, mends: must(b"write placed", file.close)
    if mended != header["mends"]: refuse(b"the manifest is not whole")
    for path, mode in reversed(closed): must(b"close " + path, os.chmod, path, mode)
    if not coarse: return
    write(b"coarse", [])
    sys.stderr.buffer.write(b"lockstep: times are not kept exactly on this node, as that of " + coarse + b"\n")


# Where a member lies in the stage, or in a stage on another mount.
def staged(path):
    at = header["tree"] + b"/" + path
    for start, to in copies:
        if (at + b"/").startswith(start + b"/"): at = to + at[len(start):]
    return at


# Sets the attributes that differ. Returns the member's path where its time cannot be kept.
def mend(staged, now, member):
    left = unlike(now, member, staged)
    if not left: return b""
    if stat.S_ISREG(now.st_mode) and is_shared(member.path, now):
        # The right second without a fraction: this node has lost that when the release before came, and would lose it again.
        if left == [b"time"] and now.st_mtime_ns == member.nanoseconds // 10**9 * 10**9: return member.path
        # The file is replaced by a copy of its own, which changes the time of the directory: that was set already.
        directory = staged.rpartition(b"/")[0]
        time = time_of(os.lstat(directory))
        from os import P_WAIT, spawnlp
        if spawnlp(P_WAIT, "cp", "cp", b"-p", b"--", staged, b"own"): say(b"cannot copy " + staged)
        must(b"copy " + staged, os.rename, b"own", staged)
        must(b"copy " + staged, set_time, directory, time)
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


# Whether the staged file is also a file of the release before (links.sh), which must not change.
def is_shared(path, now):
    if not look(b"links"): return False
    if "links" not in header:
        with open(b"links", "rb") as file: header["links"] = [file.readline()[:-1] for line in range(3)]
    how, start, into = header["links"]
    other = look(header["destination"] + b"/" + start + path[len(into):])
    return path.startswith(into + b"/") and other is not None and is_same(now, other)


# How a path differs from the member that was sent: type, size, target, owner, mode, time.
def unlike(now, member, path):
    kind = member.kind
    if stat.S_IFMT(now.st_mode) != kind: return [b"type"]
    is_directory = kind == stat.S_IFDIR
    left = []
    if kind == stat.S_IFREG and now.st_size != member.size: left.append(b"size")
    if kind == stat.S_IFLNK and os.readlink(path) != member.target: left.append(b"target")
    if header["preserve"] == b"yes" and owner_of(now) != member.owner: left.append(b"owner")
    # Where owners are not kept a directory inherits the set-group-id bit. Directories of the stage are open to their owner, whatever was sent.
    heeded = 0o5777 if is_directory and header["preserve"] != b"yes" else 0o7777
    if is_directory and uid != 0 and direction == "prepare" and now.st_mode & 0o700 == 0o700: heeded &= 0o7077
    if kind != stat.S_IFLNK and now.st_mode & heeded != member.bits & heeded: left.append(b"mode")
    if now.st_mtime_ns != member.nanoseconds: left.append(b"time")
    return left


# time: whole seconds, rounded down, and nine digits.
def set_time(path, time):
    os.utime(path, ns=(os.lstat(path).st_atime_ns, nanoseconds_of(time)), follow_symlinks=False)
