"""Things that are large, two of each: DIR/shipped and DIR/expected, which differ in one byte, or where it is said.

  large.py program DIR BYTES     a 64-bit ELF file with one section of so many bytes, a hole; its last byte differs
  large.py image DIR BYTES       a file of no format, a hole but for a page in each GiB; its last byte differs
  large.py files DIR NUMBER      so many small files, a thousand a directory; the last one differs
  large.py packed DIR NUMBER     the same as tar archives
  large.py sections DIR NUMBER   an ELF file with so many sections of 16 bytes; a byte of the last differs
  large.py symbols DIR NUMBER    an ELF file with so many functions of 16 bytes and their symbols; a byte of one differs
  large.py findings DIR NUMBER   a file of no format in which each fourth of 4 * NUMBER bytes differs
"""

import os
import struct
import sys
import tarfile
import io

HEAD = 64
SECTION = struct.Struct('<IIQQQQIIQQ')


def elf_head(kind, sections_at, count, names):
    # what does not fit stands in the first section header (System V ABI, "ELF Header")
    small = count if count < 0xff00 else 0
    return struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\x02\x01\x01', kind, 62, 1, 0, 0, sections_at, 0, HEAD, 56, 0,
                       SECTION.size, small, names if names < 0xff00 else 0xffff)


def first_section(count, names):
    return SECTION.pack(0, 0, 0, 0, 0, count if count >= 0xff00 else 0, names if names >= 0xff00 else 0, 0, 0, 0)


def put_at(path, offset, data):
    with open(path, 'r+b') as file:
        file.seek(offset)
        file.write(data)


def pair(directory, data, offset):
    """Both sides; the byte at @offset differs."""
    for side in 'shipped', 'expected':
        with open(os.path.join(directory, side), 'wb') as out:
            out.write(data)
    put_at(os.path.join(directory, 'shipped'), offset, bytes([data[offset] ^ 1]))


def program(directory, size):
    names = b'\0.data\0.shstrtab\0'
    for side in 'shipped', 'expected':
        path = os.path.join(directory, side)
        at = 4096 + size
        with open(path, 'wb') as out:
            out.write(elf_head(1, at + 64, 3, 2))
            out.seek(at)
            out.write(names.ljust(64, b'\0'))
            out.write(first_section(3, 2))
            out.write(SECTION.pack(1, 1, 3, 0, 4096, size, 0, 0, 1, 0))
            out.write(SECTION.pack(7, 3, 0, 0, at, len(names), 0, 0, 1, 0))
    put_at(os.path.join(directory, 'shipped'), 4096 + size - 1, b'\1')


def image(directory, size):
    for side in 'shipped', 'expected':
        path = os.path.join(directory, side)
        with open(path, 'wb') as out:
            for at in range(0, size, 1 << 30):
                out.seek(at)
                out.write(b'%024d of no format\n' % at * 95)
            out.truncate(size)
    put_at(os.path.join(directory, 'shipped'), size - 1, b'\1')


def entries(count):
    """(name, content of both sides)"""
    for i in range(count):
        data = b'file %d of many\n' % i * (1 + i % 7)
        yield 'd%d/f%d' % (i // 1000, i), data if i + 1 < count else b'X' + data[1:], data


def files(directory, count):
    for name, shipped, expected in entries(count):
        for side, data in ('shipped', shipped), ('expected', expected):
            path = os.path.join(directory, side, name)
            if name.endswith('000') or name.endswith('f0'):
                os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as out:
                out.write(data)


def packed(directory, count):
    with tarfile.open(os.path.join(directory, 'shipped'), 'w', format=tarfile.GNU_FORMAT) as shipped, \
            tarfile.open(os.path.join(directory, 'expected'), 'w', format=tarfile.GNU_FORMAT) as expected:
        for name, a, b in entries(count):
            for archive, data in (shipped, a), (expected, b):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))


def sections(directory, count):
    names = bytearray(b'\0.shstrtab\0')
    content, table = bytearray(), [first_section(count + 2, count + 1)]
    for i in range(count):
        table.append(SECTION.pack(len(names), 1, 2, 0, HEAD + len(content), 16, 0, 0, 1, 0))
        names += b'.part%d\0' % i
        content += b'content %07d\n' % i
    names_at = HEAD + len(content)
    table.append(SECTION.pack(1, 3, 0, 0, names_at, len(names), 0, 0, 1, 0))
    table_at = (names_at + len(names) + 7) & ~7
    data = elf_head(1, table_at, count + 2, count + 1) + content + names
    pair(directory, data.ljust(table_at, b'\0') + b''.join(table), HEAD + len(content) - 2)


def symbols(directory, count):
    names = b'\0.text\0.symtab\0.strtab\0.shstrtab\0'
    code = b'\xb8\x01\0\0\0\xc3'.ljust(16, b'\x90') * count
    strings, table = bytearray(b'\0'), bytearray(24)
    for i in range(count):
        table += struct.pack('<IBBHQQ', len(strings), 0x12, 0, 1, i * 16, 16)
        strings += b'function_%d\0' % i
    data = bytearray(HEAD)
    places = []
    for part in code, bytes(table), bytes(strings), names:
        data += b'\0' * (-len(data) % 16)
        places.append((len(data), len(part)))
        data += part
    data += b'\0' * (-len(data) % 16)
    at = len(data)
    data[:HEAD] = elf_head(1, at, 5, 4)
    data += first_section(5, 4)
    data += SECTION.pack(1, 1, 6, 0, *places[0], 0, 0, 16, 0)
    data += SECTION.pack(7, 2, 0, 0, *places[1], 3, 1, 8, 24)
    data += SECTION.pack(15, 3, 0, 0, *places[2], 0, 0, 1, 0)
    data += SECTION.pack(23, 3, 0, 0, *places[3], 0, 0, 1, 0)
    pair(directory, bytes(data), places[0][0] + count // 2 * 16 + 1)


def findings(directory, count):
    with open(os.path.join(directory, 'expected'), 'wb') as out:
        out.write(b'abcd' * count)
    with open(os.path.join(directory, 'shipped'), 'wb') as out:
        out.write(b'abcX' * count)


def main(kind, directory, number):
    os.makedirs(directory, exist_ok=True)
    makers = (program, image, files, packed, sections, symbols, findings)
    {maker.__name__: maker for maker in makers}[kind](directory, int(number))


main(*sys.argv[1:])
