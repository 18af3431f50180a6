# Prints the extended attributes of files. stdin has paths, each with a NUL behind it. A file that has some gets a line
# "AT NAME=VALUE ...": AT is its place among the paths, names and values are hexadecimal digits. A file that cannot be read gets
# "AT error TEXT", with the text in hexadecimal digits.
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

# Not sent: labels of SELinux and the like, which belong to the node, and the notes of an overlay file system.
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
