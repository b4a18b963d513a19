"""cms_cut.py IN OUT: a CMS SignedData without the certificates in it, as anybody can write it."""
import sys


def read(der, at):
    head, length = 2, der[at + 1]
    if length & 0x80:
        head, length = 2 + (length & 0x7F), int.from_bytes(der[at + 2 : at + 2 + (length & 0x7F)], "big")
    return at + head, at + head + length


def value(tag, body):
    size = len(body)
    count = (size.bit_length() + 7) // 8
    return bytes([tag]) + (bytes([size]) if size < 128 else bytes([0x80 | count]) + size.to_bytes(count, "big")) + body


def parts(body):
    at, out = 0, []
    while at < len(body):
        start, end = read(body, at)
        out.append((body[at], body[start:end]))
        at = end
    return out


def join(items):
    return b"".join(value(*item) for item in items)


((_, info),) = parts(open(sys.argv[1], "rb").read())
oid, (_, wrapped) = parts(info)
((_, data),) = parts(wrapped)
kept = [part for part in parts(data) if part[0] != 0xA0]
if len(kept) == len(parts(data)):
    sys.exit("there are no certificates in it")
open(sys.argv[2], "wb").write(value(0x30, join([oid, (0xA0, value(0x30, join(kept)))])))
