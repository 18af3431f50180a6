# Compares the bytes of files with what was sent: reads them from where they lie.


# Checks the file's sum, path being its name in messages. In the stage a file that is closed to its owner is opened until it is read.
def check_sum(member, path, file):
    if member.sum == b"-" or direction != "prepare" and uid != 0 and not os.access(file, os.R_OK): return
    closes = uid != 0 and not member.bits & 0o400
    if closes: must(b"open " + file, os.chmod, file, member.bits | 0o400)
    seen, sent = must(b"read " + path, sum_of, file), member.sum.split(b":")[0]
    if closes: must(b"close " + file, os.chmod, file, member.bits)
    if seen != sent: say(path + b": its bytes are not those that were sent: sha256 " + seen + b" for " + sent)


def sum_of(path):
    file = os.open(path, os.O_RDONLY)
    try: return sum_in(file, os.fstat(file).st_size)
    finally: os.close(file)


# The sum of an open file that has so many bytes. Most are read by one call.
def sum_in(file, size):
    count = os.readv(file, [room])
    found = sha256()(view[:count])
    while count and size > count:
        size -= count
        count = os.readv(file, [room])
        found.update(view[:count])
    return found.hexdigest().encode()


room = bytearray(1 << 18)
view = memoryview(room)


# Loaded only where a sum is needed, and without hashlib, which loads much more.
def sha256():
    if not hashes:
        try: from _hashlib import openssl_sha256 as sha256
        except ImportError: from hashlib import sha256
        hashes.append(sha256)
    return hashes[0]


hashes = []
