# Carries out the plan of the stage that is the working directory: python3 executor.py prepare|switch|undo.
# The same as executor.pl, with the same messages, where there is no perl, or much to hash. For Python 3.4 and newer.
# Of os and stat only what is built in, since all else of them takes as long to load as to prove a thousand files.
import posix as os, sys
try: import _stat as stat
except ImportError: import stat

direction = sys.argv[1]
problem = [b""]
KINDS = (b"replace", b"aside", b"new", b"attributes", b"remove", b"mended")
done = dict.fromkeys(KINDS, 0)
uid = os.geteuid()
header = {}
# --paranoid: all sent files are hashed again when they are in place.
is_paranoid = os.access(b"paranoid", os.F_OK)
plan = []
copies = []


def main():
    plan.extend(read_records(b"plan", b"step"))
    check_plan()
    load({"prepare": (), "switch": ("switch", "prove"), "undo": ("switch", "undo")}[direction])
    if removes(): load(["remove"])
    if header["mends"]: load(["mends"])
    globals()[direction]()
    finish()


# Compiles parts that not every plan and direction needs: to compile all takes as long as to start.
def load(names):
    for name in names: exec(LATER[name], globals())


def finish():
    sys.stdout.buffer.write(problem[0])
    sys.stdout.flush()
    os._exit(1 if problem[0] else 0)


# Notes the first problem. An undo goes on; anything else stops here.
def say(text):
    problem[0] = problem[0] or text
    if direction != "undo": finish()


# Stops, also an undo: nothing may be done by a list that is not whole.
def refuse(text):
    say(text)
    finish()


def reason(error):
    hints = {1: " (is it immutable or append-only? see lsattr)", 18: " (another file system or subvolume)"}
    return (error.strerror + hints.get(error.errno, "")).encode()


def must(what, call, *words, **named):
    try: return call(*words, **named)
    except OSError as error: say(b"cannot " + what + b": " + reason(error))
