#!/usr/bin/env python3
"""Two releases of one large image, as tar: programs of this machine over and over, of which the second differs.

    python3 page.py MEGABYTES FILES SHIPPED.tar EXPECTED.tar

At least FILES programs in 100 directories and one file of noise make MEGABYTES together. Of the expected side all times are
others; of 500 in 10,000 programs a few bytes, of 20 all, of 300 the mode; 100 are missing and 100 are there in addition.
The same on each run on one machine, but for its programs.
"""

import io
import os
import random
import sys
import tarfile

LEAST, MOST = 8 << 10, 256 << 10


def programs():
    found = []
    for top in ("/usr/lib", "/usr/bin"):
        for directory, names, files in os.walk(top):
            names.sort()
            for name in sorted(files):
                path = os.path.join(directory, name)
                if os.path.islink(path) or not LEAST <= os.path.getsize(path) <= MOST:
                    continue
                with open(path, "rb") as file:
                    content = file.read()
                if content[:4] == b"\x7fELF":
                    found.append(content)
                if len(found) == 1000:
                    return found
    return found


def add(archive, name, content, mode, time):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), mode, time
    archive.addfile(entry, io.BytesIO(content))


def changed(lots, content):
    other = bytearray(content)
    for _ in range(lots.randint(1, 12)):
        other[lots.randrange(64, len(other))] ^= 1 << lots.randrange(8)
    return bytes(other)


def main():
    megabytes, files = int(sys.argv[1]), int(sys.argv[2])
    lots = random.Random(1)
    sources = programs()
    if len(sources) < 20:
        sys.exit(77)
    left = megabytes << 20
    every = max(files // 100, 10)
    with tarfile.open(sys.argv[3], "w", format=tarfile.GNU_FORMAT) as shipped, \
            tarfile.open(sys.argv[4], "w", format=tarfile.GNU_FORMAT) as expected:
        for i in range(files + files // (every - 1) + every):
            # as many large ones as there is room for
            content = sources[i % len(sources)]
            name = "usr/lib/part-%02d/program-%05d" % (i % 100, i)
            left -= len(content)
            other, mode = content, 0o644
            if i % 20 == 3:
                other = changed(lots, content)
            elif i % (5 * every) == 4:
                other = sources[(i + 7) % len(sources)]
            if i % 33 == 5:
                mode = 0o755
            if i % every != 6:
                add(shipped, name, content, 0o644, 1700000000)
            if i % every != 7:
                add(expected, name, other, mode, 1700000777)
        if left > 0:
            noise = lots.randbytes(1 << 20) * (left >> 20)
            add(shipped, "usr/share/noise", noise, 0o644, 1700000000)
            add(expected, "usr/share/noise", noise, 0o644, 1700000777)


main()
