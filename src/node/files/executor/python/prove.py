# Proves that the destination has what was sent.


# Compares what the plan names at the destination. No sent file may be left in the stage. With --paranoid all sent files are read once more.
def prove():
    for line in placed():
        if path_as_sent(header["destination"] + b"/", line, is_paranoid): continue
        member = Member(line)
        prove_member(member)
        path = header["destination"] + b"/" + member.path
        if is_paranoid: check_sum(member, path, path)
    if removes(): prove_removed()
    left = [b"tree", b"above"] + [to for start, to in copies]
    while left:
        path = left.pop(0)
        now = look(path)
        if not now: continue
        if not stat.S_ISDIR(now.st_mode): say(path + b" was not put in place")
        left += [path + b"/" + name for name in names(path)]


def prove_member(member):
    path = header["destination"] + b"/" + member.path
    try:
        now = os.lstat(path)
        # The upload has followed a root that is a symbolic link to a directory.
        if stat.S_ISDIR(member.mode) and stat.S_ISLNK(now.st_mode): now = os.stat(path)
    except OSError as error:
        # A directory that is closed to its owner was compared in the stage if it came as a whole, and else before it was closed.
        if uid != 0 and error.errno == 13: return
        say(b"cannot find " + path + b": " + reason(error))
    is_foreign = stat.S_ISDIR(now.st_mode) and not may_attend(now)
    for what in unlike(now, member, path):
        if what == b"time" and look(b"coarse") or is_foreign and what != b"type": continue
        say(path + b" has another " + what + b" than it was sent with")


# Compares all below a directory that is about to be closed to its owner: nobody could look into it afterwards. All below is in place.
def prove_below(directory):
    start = quote(directory)[:-1] + b"/"
    for member in (Member(line) for line in placed() if start in line):
        if member.path.startswith(directory + b"/"): prove_member(member)
