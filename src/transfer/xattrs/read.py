# What extended attributes files have. Paths on stdin, each with a NUL behind it; for each that has some a line "AT NAME=VALUE ...", AT being
# its place, all else in hexadecimal digits. What cannot be asked is "AT error TEXT", the text in such digits, too.
import errno
import os
import sys

def main():
    for at, path in enumerate(sys.stdin.buffer.read().split(b"\0")[:-1]):
        try:
            pairs = [pair(path, name) for name in sorted(os.listxattr(path, follow_symlinks=False)) if is_sent(name)]
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                continue
            pairs = ["error", os.strerror(error.errno).encode().hex()]
        if pairs:
            print(at, *pairs)

# Labels of SELinux and the like are the node's own, and so is what an overlay notes.
def is_sent(name):
    acl = name in ("system.posix_acl_access", "system.posix_acl_default")
    own = name.startswith(("user.", "trusted.")) and not name.startswith(("user.overlay.", "trusted.overlay."))
    return acl or own or name == "security.capability"

def pair(path, name):
    value = os.getxattr(path, name, follow_symlinks=False)
    return os.fsencode(name).hex() + "=" + value.hex()

if not hasattr(os, "listxattr"):
    sys.exit("this system has none that python3 could read")
main()
