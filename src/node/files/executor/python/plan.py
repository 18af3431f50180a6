# Reads lists, and checks the plan.


def read_records(name, word):
    records = []
    try:
        with open(name, "rb") as file:
            for line in file:
                words = split(line)
                records.append(words[1:])
                if not words or words[0] != word: refuse(name + b" is not whole: line " + number(len(records)))
    except OSError as error: refuse(b"cannot read " + name + b": " + error.strerror.encode())
    return records


def number(value): return str(value).encode()


def octal(value): return ("%o" % value).encode()


# The words of a line as sh reads them: bare, or in single quotes with '\'' and '"$n"' (a newline) in between. Most lines have none of these two:
# they need no regular expressions, whose module takes as long to load as some hundred files.
def split(line):
    words, pieces = [], (b" " + line[:-1] + b" ").split(b"'")
    for piece in pieces[::2]:
        if len(pieces) % 2 == 0 or piece[:1] != b" " or piece[-1:] != b" " or b"  " in piece or piece.translate(None, BARE): return split_quoted(line)
    if line[-1:] != b"\n": return []
    for at, piece in enumerate(pieces): words += [piece] if at % 2 else piece.split()
    return words


BARE = b" -.:_" + bytes(range(48, 58)) + bytes(range(65, 91)) + bytes(range(97, 123))


def split_quoted(line):
    import re
    word = re.compile(rb""" (?:([\w:.-]+)|'([^']*(?:'(?:\\'|"\$n")'[^']*)*)')""")
    line, at, words = b" " + line, 0, []
    while line[at:at + 1] != b"\n":
        found = word.match(line, at)
        if not found: return []
        at = found.end()
        bare = found.group(1)
        words.append(bare if bare is not None else re.sub(rb"""'(\\'|"\$n")'""", lambda it: b"'" if it.group(1) == b"\\'" else b"\n", found.group(2)))
    return words


def quote(word): return b"'" + word.replace(b"'", b"'\\''").replace(b"\n", b"'\"$n\"'") + b"'"


# Each record must have its number, a known word, and its fields. The last one says how many names there are of each kind.
def check_plan():
    fields = {b"destination": (3, 3), b"copy": (2, 2), b"replace": (4, 0), b"aside": (4, 0), b"new": (3, 0), b"attributes": (2, 2), b"remove": (3, 0), b"end": (6, 6)}
    planned = dict(done)
    for at, record in enumerate(plan):
        word = record[1] if len(record) > 1 else b""
        if word not in fields: refuse(b"the plan has an unknown step: " + word)
        least, most = fields[word]
        count = len(record) - 2
        if record[0] != number(at + 1) or count < least or most and count > most: refuse(b"the plan is wrong in step " + number(at + 1))
        if word == b"destination": header.update(destination=record[2], tree=record[3], preserve=record[4])
        if word == b"copy": copies.append(record[2:4])
        if word in planned: planned[word] += 1 if word == b"attributes" else count - least + 1
    # How many members are to be mended in place.
    planned[b"mended"] = int(plan[-1][-1]) if plan and plan[-1][1] == b"end" else 0
    if not plan or plan[-1][1] != b"end" or not header or counts(planned) != b" ".join(plan[-1][2:]): refuse(b"the plan is not whole")
    header["mends"] = planned[b"mended"]


def counts(count): return b" ".join(number(count[kind]) for kind in KINDS)


# FROM, TO, OLD (empty for "new") and the names of a record that puts names in place.
def parts(record):
    start = 4 if record[1] == b"new" else 5
    return record[2], record[3], b"" if start == 4 else record[4], record[start:]


def removes(): return [record for record in plan if record[1] == b"remove"]


def puts(record): return record[1] in (b"replace", b"aside", b"new")
