# Checks that the stage has all names that were sent, and no others.

# How many names each directory must have, by its path below the destination.
children = {b"": 0}


# Counts a name in the directory above it. A directory above a root, which nobody sent, is counted, too.
def note_name(path, is_directory):
    above = path.rpartition(b"/")[0]
    if above not in children: note_name(above, True)
    children[above] += 1
    if is_directory: children[path] = 0


def refuse_surplus():
    inner, outer = header["tree"], header["tree"].rpartition(b"/")[0]
    while outer:
        for name in names(outer): refuse_unsent(outer + b"/" + name, [inner])
        inner, outer = outer, outer.rpartition(b"/")[0]
    for path, count in children.items():
        there = names(staged(path))
        if len(there) == count: continue
        start = path + b"/" if path else b""
        with open(b"manifest", "rb") as manifest: sent = [Member(line).path for line in manifest if line.startswith(b"member ")]
        sent = set(start + path[len(start):].split(b"/")[0] for path in sent if path.startswith(start))
        for name in there: refuse_unsent(start + name, sent)
        say(start + b" has lost a name in the stage")


def refuse_unsent(path, sent):
    if path not in sent: say(path + b" lies in the stage, and was not sent")
