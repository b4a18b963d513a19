"""What the workloads of run.sh read, made of this machine's own packages; the same every time on one machine.

  inputs.py trees DIR SCALE    DIR/a: 3,000 ELF files of packages, 1 GB at most, both divided by SCALE; DIR/b: the same
                               with 75 of 2,969 changed by a byte; DIR/changed: which; DIR/facts
  inputs.py large DIR SCALE    DIR/a: one library of about 123 MB / SCALE; DIR/b: the same with four bytes of its code
                               changed; DIR/place: where, and in which function; DIR/facts
  inputs.py small DIR N        N small files: DIR/a; DIR/b: one in a hundred changed; DIR/changed: which; DIR/same: all
                               of a; DIR/renamed: all of a under other names
  inputs.py random DIR SCALE TREE  DIR/data-a: 100 MB / SCALE that are of no format, DIR/data-b: one byte in a hundred
                               changed, anywhere; DIR/elf-a and DIR/elf-b: the same of as many bytes of ELF files of TREE

facts are lines `NAME NUMBER`.
"""

import glob
import hashlib
import os
import random
import shutil
import stat
import struct
import sys

FILES = 3000
BYTES = 1_000_000_000
CHANGED_OF = 2969 / 75
LARGE_BYTES = 123_000_000
RANDOM_BYTES = 100_000_000
MOST_FILE_BYTES = 128 << 20


def programs():
    """(size, path) of each ELF file that a package of this machine brought, once."""
    seen = set()
    for listing in sorted(glob.glob('/var/lib/dpkg/info/*.list')):
        with open(listing, errors='surrogateescape') as lines:
            for line in lines:
                path = line.rstrip('\n')
                try:
                    status = os.lstat(path)
                    if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in seen:
                        continue
                    with open(path, 'rb') as file:
                        head = file.read(20)
                        # some runtimes keep data in ELF files of no machine, whose sections lie over the headers
                        if head[:4] != b'\x7fELF' or head[18:] == b'\0\0':
                            continue
                except OSError:
                    continue
                seen.add((status.st_dev, status.st_ino))
                yield status.st_size, path


def facts(directory, **numbers):
    with open(os.path.join(directory, 'facts'), 'w') as out:
        for name, number in numbers.items():
            print(name, number, file=out)


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as out:
        out.write(data)


def flip(path, offset, mask):
    with open(path, 'r+b') as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


def make_trees(directory, scale):
    count, room = FILES // scale, BYTES // scale
    chosen, total = [], 0
    # in an order that says nothing, so that a smaller scale is like the whole
    for size, path in sorted(programs(), key=lambda entry: hashlib.sha256(os.fsencode(entry[1])).digest()):
        if len(chosen) < count and size <= MOST_FILE_BYTES and total + size <= room:
            chosen.append(path)
            total += size
    if not chosen:
        sys.exit('no packages with ELF files: dpkg knows none')
    chosen.sort()
    for side in 'a', 'b':
        for path in chosen:
            copy = os.path.join(directory, side) + path
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copyfile(path, copy)
    wanted = max(1, round(len(chosen) / CHANGED_OF))
    changed = [chosen[(2 * i + 1) * len(chosen) // (2 * wanted)] for i in range(wanted)]
    with open(os.path.join(directory, 'changed'), 'w') as out:
        for path in changed:
            copy = os.path.join(directory, 'b') + path
            flip(copy, os.path.getsize(copy) // 2, 1)
            print(path[1:], file=out)
    facts(directory, files=len(chosen), bytes=total, changed=len(changed))


def function_of(path):
    """(name, offset, size) of a function in the middle of .text, by .dynsym of a 64-bit little-endian file."""
    with open(path, 'rb') as file:
        data = file.read()
    if data[4:6] != b'\x02\x01':
        return None
    start, entry_size, count, names = struct.unpack_from('<Q', data, 40) + struct.unpack_from('<HHH', data, 58)
    sections = [struct.unpack_from('<IIQQQQI', data, start + i * entry_size) for i in range(count)]

    def text_at(section, offset):
        return data[section[4] + offset:data.index(b'\0', section[4] + offset)]

    found = {text_at(sections[names], section[0]): section for section in sections}
    text, symbols = found.get(b'.text'), found.get(b'.dynsym')
    if not text or not symbols:
        return None
    functions = []
    for at in range(symbols[4], symbols[4] + symbols[5], 24):
        name, kind, _, _, address, size = struct.unpack_from('<IBBHQQ', data, at)
        if kind & 15 == 2 and size >= 64 and text[3] <= address and address + size <= text[3] + text[5]:
            functions.append((abs(address - text[3] - text[5] // 2), address - text[3] + text[4], size, name))
    if not functions:
        return None
    _, offset, size, name = min(functions)
    return text_at(sections[symbols[6]], name).decode(), offset, size


def make_large(directory, scale):
    wanted = LARGE_BYTES // scale
    libraries = [(abs(size - wanted), path) for size, path in programs() if os.path.basename(path).startswith('lib')]
    for _, path in sorted(libraries):
        function = function_of(path)
        if function:
            break
    else:
        sys.exit('no package with a library')
    for side in 'a', 'b':
        shutil.copyfile(path, os.path.join(directory, side))
    name, start, size = function
    offset = start + size // 2
    for i in range(4):
        flip(os.path.join(directory, 'b'), offset + i, 0x55)
    with open(os.path.join(directory, 'place'), 'w') as out:
        print(offset, name, file=out)
    facts(directory, bytes=os.path.getsize(path))


def make_small(directory, count):
    chance = random.Random(6)
    with open(os.path.join(directory, 'changed'), 'w') as changed:
        for i in range(count):
            data = chance.randbytes(chance.randrange(200, 4000))
            other = data
            if i % 100 == 50:
                other = bytes([data[0] ^ 1]) + data[1:]
                print('d%d/f%d' % (i // 100, i), file=changed)
            for side, letter, held in ('a', 'f', data), ('b', 'f', other), ('same', 'f', data), ('renamed', 'g', data):
                put(os.path.join(directory, side, 'd%d' % (i // 100), '%s%d' % (letter, i)), held)
    facts(directory, pairs=count)


def changed_at_random(data, chance):
    data = bytearray(data)
    for at in chance.sample(range(len(data)), len(data) // 100):
        data[at] ^= chance.randrange(1, 256)
    return data, len(data) // 100


def make_random(directory, scale, tree):
    chance = random.Random(8)
    data = chance.randbytes(RANDOM_BYTES // scale)
    other, changed = changed_at_random(data, chance)
    put(os.path.join(directory, 'data-a'), data)
    put(os.path.join(directory, 'data-b'), other)
    total, changed_elf = 0, 0
    for above, below, names in os.walk(tree):
        below.sort()
        for name in sorted(names):
            path = os.path.join(above, name)
            size = os.path.getsize(path)
            if total + size > RANDOM_BYTES // scale:
                continue
            with open(path, 'rb') as file:
                data = file.read()
            other, count = changed_at_random(data, chance)
            put(os.path.join(directory, 'elf-a', os.path.relpath(path, tree)), data)
            put(os.path.join(directory, 'elf-b', os.path.relpath(path, tree)), other)
            total, changed_elf = total + size, changed_elf + count
    facts(directory, changed=changed, changed_elf=changed_elf, bytes_elf=total)


def main(kind, directory, *arguments):
    os.makedirs(directory, exist_ok=True)
    makers = {'trees': make_trees, 'large': make_large, 'small': make_small, 'random': make_random}
    makers[kind](directory, int(arguments[0]), *arguments[1:])


main(*sys.argv[1:])
