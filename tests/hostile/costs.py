"""costs.py NAME FILE [NUMBER]: makes an image of a few hundred KB whose honest reading is short, and whose naive reading is not.

shared.squashfs   so many files with one list of eight extended attributes of 8,000 bytes
empty.squashfs    so many files with one list of 2,000 extended attributes that are empty
piled.arm64       a kernel with a cpio of so many entries, of which nothing says how long it is
cpio.arm64        the same with the number behind it
cut.arm64         the same where the cpio does not end
streams.arm64     a kernel with so many streams of gzip in a row, the last of them a large cpio
blocks.arm64      a kernel of so many blocks of lz4 that are beginnings of lz4 too
shared.iso        so many records of Rock Ridge that go on in the same 30 blocks
apart.iso         so many records that go on each in bytes of its own

Written after the formats' descriptions; nothing of assay's readers is in it.
"""
import gzip
import struct
import sys
import zlib

NONE = 2**64 - 1


# --- squashfs ---

class Table:
    """Blocks of metadata, compressed where that is shorter."""

    def __init__(self, data):
        self.bytes, self.places = b"", []
        for i in range(0, len(data), 8192):
            part = data[i:i + 8192]
            packed = zlib.compress(part, 9)
            self.places.append(len(self.bytes))
            if len(packed) < len(part):
                self.bytes += struct.pack("<H", len(packed)) + packed
            else:
                self.bytes += struct.pack("<H", 0x8000 | len(part)) + part

    def place(self, offset):
        return self.places[offset // 8192], offset % 8192


def squashfs(count, attributes, value):
    inodes = b"".join(struct.pack("<HHHHIIQQQIIII", 9, 0o644, 0, 0, 1, i + 1, 96, 0, 0, 1, 0xFFFFFFFF, 0, 0) for i in range(count))
    size, root = len(inodes) // count, len(inodes)
    table = Table(inodes + bytes(40))
    names = sorted(b"f%d" % i for i in range(count))
    listing, at = b"", 0
    while at < count:
        block, run = table.place(size * at)[0], 0
        while at + run < count and run < 256 and table.place(size * (at + run))[0] == block:
            run += 1
        listing += struct.pack("<III", run - 1, block, at + 1)
        for i in range(at, at + run):
            listing += struct.pack("<HhHH", table.place(size * i)[1], i - at, 2, len(names[i]) - 1) + names[i]
        at += run
    inodes += struct.pack("<HHHHII", 8, 0o755, 0, 0, 1, count + 1)
    inodes += struct.pack("<IIIIHHI", 2, len(listing) + 3, 0, count + 2, 0, 0, 0xFFFFFFFF)
    table = Table(inodes)
    pairs = b"".join(struct.pack("<HH", 0, 5) + b"a%04d" % i + struct.pack("<I", len(value)) + value for i in range(attributes))
    body = bytes(96) + table.bytes
    directories = len(body)
    body += Table(listing).bytes
    ids = len(body)
    body += Table(bytes(4)).bytes
    id_list = len(body)
    body += struct.pack("<Q", ids)
    values = len(body)
    body += Table(pairs).bytes
    lists = len(body)
    body += Table(struct.pack("<QII", 0, attributes, attributes * (len("user.a0000") + 1 + len(value)))).bytes
    attribute_list = len(body)
    body += struct.pack("<QII", values, 1, 0) + struct.pack("<Q", lists)
    block, offset = table.place(root)
    head = struct.pack("<IIIIIHHHHHH", 0x73717368, count + 1, 1, 1 << 17, 0, 1, 17, 0x10, 1, 4, 0)
    head += struct.pack("<QQQQQQQQ", block << 16 | offset, len(body), id_list, attribute_list, 96, directories, NONE, NONE)
    body = head + body[96:]
    return body + bytes(-len(body) % 4096)


# --- kernels ---

def kernel(body):
    head = bytearray(64)
    struct.pack_into("<QQQQ", head, 0, 0x14000FFF, 0x80000, 0x200000, 0x0A)
    head[56:60] = b"ARM\x64"
    return bytes(head) + body


def newc(name, mode=0o100644):
    fields = (1, mode, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(name) + 1, 0)
    raw = b"070701" + b"".join(b"%08x" % field for field in fields) + name + b"\0"
    return raw + bytes(-len(raw) % 4)


def cpio(count):
    return b"".join(newc(b"f%06d" % i) for i in range(count))


def with_length(archive):
    body = archive + bytes(-(64 + len(archive)) % 8)
    return kernel(body + struct.pack("<Q", len(archive)) + b"code" * 100)


END = newc(b"TRAILER!!!", 0)


def streams(count):
    large = gzip.compress(cpio(60000) + END, 9, mtime=0)
    empty = gzip.compress(b"", 9, mtime=0)
    return kernel(empty * count + large + b"no length" * 40)


# --- ISO 9660 ---

BLOCK = 2048


def both(form, value):
    return struct.pack("<" + form, value) + struct.pack(">" + form, value)


def record(name, block, size, flags, more=b""):
    body = b"\0" + both("I", block) + both("I", size) + bytes([100, 1, 1, 0, 0, 0, 0, flags, 0, 0]) + both("H", 1)
    body += bytes([len(name)]) + name + bytes(len(name) % 2 == 0) + more
    body += bytes((len(body) + 1) % 2)
    return bytes([len(body) + 1]) + body


def attributes(mode, links):
    return b"PX\x24\x01" + b"".join(both("I", value) for value in (mode, links, 0, 0))


def going_on(block, offset, size):
    return b"CE\x1c\x01" + b"".join(both("I", value) for value in (block, offset, size))


def blocks_of(records):
    out, block = b"", b""
    for one in records:
        if len(block) + len(one) > BLOCK:
            out, block = out + block.ljust(BLOCK, b"\0"), b""
        block += one
    return out + block.ljust(BLOCK, b"\0")


def iso(records, areas):
    root = 25 + len(areas) // BLOCK

    def directory(size):
        return blocks_of([record(b"\0", root, size, 2, b"SP\7\1\xbe\xef\0" + attributes(0o40755, 2)),
                          record(b"\1", root, size, 2, attributes(0o40755, 2))] + records)
    listing = directory(len(directory(0)))
    volume = bytearray(BLOCK)
    volume[0:7] = b"\1CD001\1"
    volume[80:88] = both("I", root + len(listing) // BLOCK)
    volume[120:140] = both("H", 1) + both("H", 1) + both("H", BLOCK) + both("I", 10)
    volume[140:144], volume[148:152], volume[881] = struct.pack("<I", 19), struct.pack(">I", 20), 1
    top = record(b"\0", root, len(listing), 2)
    volume[156:156 + len(top)] = top
    out = bytes(16 * BLOCK) + bytes(volume) + b"\xffCD001\1".ljust(BLOCK, b"\0")
    out = out.ljust(19 * BLOCK, b"\0")
    out += struct.pack("<BBIH", 1, 0, root, 1).ljust(BLOCK, b"\0") + struct.pack(">BBIH", 1, 0, root, 1).ljust(BLOCK, b"\0")
    return out.ljust(25 * BLOCK, b"\0") + areas + listing


def shared_iso(count, blocks=30):
    filling = b"XX\xfe\x01".ljust(254, b"\0") * 7
    areas = b"".join((filling + going_on(26 + i, 0, BLOCK) if i + 1 < blocks else filling).ljust(BLOCK, b"\0") for i in range(blocks))
    return iso([record(b"F%05d.;1" % i, 0, 0, 0, attributes(0o100644, 1) + going_on(25, 0, BLOCK)) for i in range(count)], areas)


def apart_iso(count):
    each = b"XX\x20\x01".ljust(32, b"\0")
    places = [(25 + 32 * i // BLOCK, 32 * i % BLOCK) for i in range(count)]
    return iso([record(b"F%05d.;1" % i, 0, 0, 0, attributes(0o100644, 1) + going_on(*place, 32)) for i, place in enumerate(places)],
               (each * count).ljust((32 * count + BLOCK - 1) // BLOCK * BLOCK, b"\0"))


MAKERS = {
    "shared.squashfs": lambda n: squashfs(n, 8, bytes(8000)),
    "empty.squashfs": lambda n: squashfs(n, 2000, b""),
    "piled.arm64": lambda n: kernel(cpio(n) + END + b"no length" * 100),
    "cpio.arm64": lambda n: with_length(cpio(n) + END),
    "cut.arm64": lambda n: kernel(cpio(n) + b"070701zz" * 100),
    "streams.arm64": streams,
    "blocks.arm64": lambda n: kernel(b"\4\0\0\0\x02\x21\x4c\x18" * n + bytes(100)),
    "shared.iso": shared_iso,
    "apart.iso": apart_iso,
}

with open(sys.argv[2], "wb") as file:
    file.write(MAKERS[sys.argv[1]](int(sys.argv[3])))
