# The destination against what was sent.


# What the plan names is looked at where it shall be, and nothing of what was sent may be left in the stage.
def prove():
    is_coarse = os.path.lexists(b"coarse")
    for member in placed().values():
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
    left = [b"tree", b"above"] + [to for start, to in copies]
    while left:
        path = left.pop(0)
        if not os.path.lexists(path): continue
        if os.path.islink(path) or not os.path.isdir(path): say(path + b" was not put in place")
        left += [path + b"/" + name for name in names(path)]
