"""Makes an ISO 9660 image with Rock Ridge whose times have the long form, or the short one:
long_times.py FILE long|short SECONDS: a module of Python of that time, and byte code that records 1700000000."""
import struct
import sys
import time

BLOCK = 2048
RECORDED = 1700000000


def both(letter, value):
    return struct.pack('<' + letter, value) + struct.pack('>' + letter, value)


def short_time(seconds):
    at = time.gmtime(seconds)
    return bytes([at.tm_year - 1900, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec, 0])


def long_time(seconds):
    return time.strftime('%Y%m%d%H%M%S00', time.gmtime(seconds)).encode() + b'\0'


def entry(name, data):
    return name + bytes([4 + len(data), 1]) + data


def rock(name, mode, seconds, form):
    times = {'long': long_time, 'short': short_time}[form](seconds)
    return (entry(b'PX', both('I', mode) + both('I', 1) + both('I', 0) + both('I', 0))
            + entry(b'TF', bytes([2 | (0x80 if form == 'long' else 0)]) + times)
            + (entry(b'NM', b'\0' + name) if name else b''))


def record(name, block, size, flags, more):
    body = (both('I', block) + both('I', size) + short_time(RECORDED) + bytes([flags, 0, 0]) + both('H', 1)
            + bytes([len(name)]) + name + (b'' if len(name) % 2 else b'\0') + more)
    body += bytes(len(body) % 2)
    return bytes([2 + len(body), 0]) + body


def descriptor(root):
    block = bytearray(b' ' * BLOCK)
    block[:8] = b'\1CD001\1\0'
    block[72:80] = bytes(8)
    block[80:88] = both('I', 24)
    block[88:120] = bytes(32)
    block[120:132] = both('H', 1) + both('H', 1) + both('H', BLOCK)
    block[132:140] = both('I', 10)
    block[140:156] = struct.pack('<II', 18, 0) + struct.pack('>II', 19, 0)
    block[156:190] = root
    for at in range(813, 881, 17):
        block[at:at + 17] = b'0' * 16 + b'\0'
    block[881:883] = b'\1\0'
    block[883:] = bytes(BLOCK - 883)
    return bytes(block)


def main():
    path, form, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    files = [(b'M.PY;1', b'm.py', 21, b'print(1)\n', seconds),
             (b'M.PYC;1', b'm.pyc', 22, b'MAGI' + struct.pack('<II', 0, RECORDED) + b'code', RECORDED)]
    begin = entry(b'SP', b'\xbe\xef\0')
    tree = record(b'\0', 20, BLOCK, 2, begin + rock(b'', 0o40755, RECORDED, 'short'))
    tree += record(b'\1', 20, BLOCK, 2, rock(b'', 0o40755, RECORDED, 'short'))
    image = bytearray(24 * BLOCK)
    for plain, name, block, data, at in files:
        tree += record(plain, block, len(data), 0, rock(name, 0o100644, at, form))
        image[block * BLOCK:block * BLOCK + len(data)] = data
    image[16 * BLOCK:17 * BLOCK] = descriptor(record(b'\0', 20, BLOCK, 2, b''))
    image[17 * BLOCK:17 * BLOCK + 7] = b'\xffCD001\1'
    for block, order in ((18, '<'), (19, '>')):
        image[block * BLOCK:block * BLOCK + 10] = bytes([1, 0]) + struct.pack(order + 'IH', 20, 1) + bytes(2)
    image[20 * BLOCK:20 * BLOCK + len(tree)] = tree
    with open(path, 'wb') as out:
        out.write(image)


main()
