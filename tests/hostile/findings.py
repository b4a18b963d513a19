"""Makes what has many findings of many kinds, and what shows addresses at the end of all there are:

findings.py tars [COUNT]   image.tar, expected.tar and gate.policy: COUNT small files (default 200), a program and a blob. Each
                           file differs in its time, in one byte and in forty, which one line of the policy waives or two;
                           another line waives a section of the program, and the last names the blob
findings.py program AT     image.elf and expected.elf: one segment at the address AT, in which .text and .data differ
"""
import hashlib
import io
import struct
import sys
import tarfile

SECTION = struct.Struct('<IIQQQQIIQQ')
SIZE = 4096


def program(at, stamp, flips=()):
    """A file of .text, .data and .stamp, each 2048, 2048 and 16 bytes, the first two in a segment at @at."""
    names = b'\0.text\0.data\0.stamp\0.shstrtab\0'
    code = bytearray(b''.join(b'%07d\n' % i for i in range(SIZE // 8)))
    for flip in flips:
        code[flip] ^= 1
    stamp_at = SIZE + len(code)
    names_at = stamp_at + 16
    data = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\x02\x01\x01', 2, 62, 1, at, 64, names_at + 64, 0, 64, 56, 1, 64, 5, 4)
    data += struct.pack('<IIQQQQQQ', 1, 5, SIZE, at, at, len(code), len(code), 4096)
    data = data.ljust(SIZE, b'\0') + bytes(code) + stamp.ljust(16, b'\0') + names.ljust(64, b'\0')
    half = len(code) // 2
    return (data + SECTION.pack(*[0] * 10) + SECTION.pack(1, 1, 6, at, SIZE, half, 0, 0, 1, 0)
            + SECTION.pack(7, 1, 3, (at + half) % 2 ** 64, SIZE + half, half, 0, 0, 1, 0)
            + SECTION.pack(13, 1, 0, 0, stamp_at, 16, 0, 0, 1, 0)
            + SECTION.pack(20, 3, 0, 0, names_at, len(names), 0, 0, 1, 0))


def tars(count):
    blob = b'a radio of somebody else\n' * 20
    sides = {'image': [], 'expected': []}
    for number in range(count):
        content = bytearray(b'file %05d of a product, as it was built\n' % number * 4)
        sides['expected'].append(('f%05d' % number, bytes(content)))
        content[5] ^= 1
        content[50:90] = bytes(range(35, 75))
        sides['image'].append(('f%05d' % number, bytes(content)))
    sides['expected'].append(('program', program(0x400000, b'STAMP-0001')))
    sides['image'].append(('program', program(0x400000, b'STAMP-0002')))
    sides['expected'].append(('radio', blob.upper()))
    sides['image'].append(('radio', blob))
    for side, entries in sides.items():
        with tarfile.open(side + '.tar', 'w', format=tarfile.GNU_FORMAT) as archive:
            for name, content in entries:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                entry.mtime = 1700000000 + (777 if side == 'image' else 0)
                archive.addfile(entry, io.BytesIO(content))
    with open('gate.policy', 'w', encoding='utf-8') as policy:
        policy.write('policy: 1\nrequire: {verdict: waived, expected: path}\nwaive:\n')
        for number in range(count):
            for place in [''] if number % 2 else ['range: {offset: 5, length: 1}, ', 'range: {offset: 50, length: 40}, ']:
                policy.write('  - {path: f%05d, %sreason: "number %d", owner: "owner %d"}\n' % (number, place, number, number % 7))
        policy.write('  - {path: program, range: {section: .stamp, max-size: 16}, reason: stamp, owner: release}\n')
        policy.write('blobs: [{path: radio, sha256: %s, reason: "no source"}]\n' % hashlib.sha256(blob).hexdigest())


def main(kind, number):
    if kind == 'tars':
        tars(int(number))
        return
    for side, flips in ('image', (0, 8, 100, 2047, 2048, 2049, 4095)), ('expected', ()):
        with open(side + '.elf', 'wb') as out:
            out.write(program(int(number, 0), b'STAMP-0001', flips))


main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else '200')
