# The destination against what was sent.


# What the plan names is looked at where it shall be, and nothing of what was sent may be left in the stage. Who is paranoid has
# all that was sent read once more.
def prove():
    for member in placed().values():
        prove_member(member)
        path = header["destination"] + b"/" + member.path
        if is_paranoid: check_sum(member, path, path)
    prove_removed()
    left = [b"tree", b"above"] + [to for start, to in copies]
    while left:
        path = left.pop(0)
        if not os.path.lexists(path): continue
        if os.path.islink(path) or not os.path.isdir(path): say(path + b" was not put in place")
        left += [path + b"/" + name for name in names(path)]


def prove_member(member):
    path = header["destination"] + b"/" + member.path
    try:
        now = os.lstat(path)
        # A root that is a link to a directory there was followed.
        if stat.S_ISDIR(member.mode) and stat.S_ISLNK(now.st_mode): now = os.stat(path)
    except OSError as error:
        # What is closed to its owner came here as a whole, and was looked at in the stage, or else before it was closed.
        if uid != 0 and error.errno == 13: return
        say(b"cannot find " + path + b": " + reason(error))
    is_foreign = stat.S_ISDIR(now.st_mode) and not may_attend(now)
    for what in unlike(now, member, path):
        if what == b"time" and os.path.lexists(b"coarse") or is_foreign and what != b"type": continue
        say(path + b" has another " + what + b" than it was sent with")


# Of a directory that is about to be closed to its owner: nobody can look there afterwards. All below it is in place.
def prove_below(directory):
    for member in placed().values():
        if member.path.startswith(directory + b"/"): prove_member(member)
