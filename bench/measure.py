"""Runs one command with sh and says on stdout, as JSON, what it and all that it started cost.

Arguments: the command, a file for its standard output, a file for its standard error. MB are 10^6 bytes.
`largestMb` is the kernel's figure for the largest process; it cannot be less than this program, some 10 MB.
`sumMb` is the most that all processes had together, looked at five times a second: their own pages, and the shared ones once.
"""
import ctypes
import json
import os
import resource
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
PAGE_BYTES = resource.getpagesize()
SAMPLE_SECONDS = 0.2
ORPHAN_SECONDS_MAX = 2


def main(command, stdout_path, stderr_path):
    # Processes whose parent died come to this one, so that the CPU time of all of them is counted.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    files = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, stdout_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, stderr_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    started_at, started = time.time(), time.monotonic()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", command], os.environ, file_actions=files)
    peak = PeakMemory()
    peak.start()
    _, status = os.waitpid(pid, 0)
    wall = time.monotonic() - started
    peak.is_over.set()
    reap_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = {
        "code": os.waitstatus_to_exitcode(status),
        "startedAtMs": started_at * 1000,
        "wallMs": wall * 1000,
        "cpuMs": (used.ru_utime + used.ru_stime) * 1000,
        "largestMb": used.ru_maxrss * 1024 / 1e6,
        "sumMb": max(peak.bytes / 1e6, used.ru_maxrss * 1024 / 1e6),
    }
    print(json.dumps(result))


def reap_orphans():
    deadline = time.monotonic() + ORPHAN_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.01)


class PeakMemory(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.bytes = 0
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(SAMPLE_SECONDS):
            sizes = [pages for pid in descendants(os.getpid()) if (pages := memory_pages(pid))]
            own = sum(resident - shared for resident, shared in sizes)
            shared = max((shared for _, shared in sizes), default=0)
            self.bytes = max(self.bytes, (own + shared) * PAGE_BYTES)


def descendants(pid):
    found = []
    waiting = [str(pid)]
    while waiting:
        children = children_of(waiting.pop())
        found += children
        waiting += children
    return found


def children_of(pid):
    """Every thread may be the parent; a process may end between two looks at it."""
    children = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children += file.read().split()
    except OSError:
        pass
    return children


def memory_pages(pid):
    try:
        with open(f"/proc/{pid}/statm") as file:
            return tuple(int(word) for word in file.read().split()[1:3])
    except (OSError, ValueError):
        return None


main(*sys.argv[1:])
