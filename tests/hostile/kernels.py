#!/usr/bin/env python3
"""Makes kernel images as the boot protocols describe them, around a payload that real tools compressed.

kernels.py KIND OUT PAYLOAD SIZE [BEHIND]: KIND is bzimage, old-bzimage, signed-bzimage, zimage, zimage-be, zimage-old,
zboot, arm64 or riscv. PAYLOAD is the compressed kernel, of arm64 and riscv an initramfs; SIZE how long the kernel is when
it is decompressed: "gzip" where the stream says so itself. BEHIND is a file that is put behind the image.
"""
import struct
import sys
import zlib

CODE = bytes((i * 7 + i // 256 * 13) % 251 for i in range(3000))


def with_size(payload, size):
    return payload if size == "gzip" else payload + struct.pack("<I", int(size))


def pe(head, place, certificates=(0, 0)):
    """A PE header, as far as anybody looks at it."""
    head[0:2] = b"MZ"
    struct.pack_into("<I", head, 0x3C, place)
    head[place:place + 4] = b"PE\0\0"
    struct.pack_into("<H", head, place + 24, 0x20B)
    struct.pack_into("<II", head, place + 24 + 112 + 4 * 8, *certificates)


def bzimage(payload, size, version=0x20F, signed=False):
    stored = with_size(payload, size)
    setup = bytearray(CODE[:5 * 512])
    loaded = CODE[100:812] + stored + CODE[50:1050]
    loaded += bytes(-(len(loaded) + 4) % 16)
    system = (len(loaded) + 4) // 16
    total = len(setup) + system * 16
    certificate = struct.pack("<IHH", 24, 0x200, 2) + b"certificate here"
    pe(setup, 0x80, (total + -total % 8, len(certificate)) if signed else (0, 0))
    setup[0x1F1] = 4
    struct.pack_into("<I", setup, 0x1F4, system)
    struct.pack_into("<HBB4sH", setup, 0x1FE, 0xAA55, 0xEB, 0x6A, b"HdrS", version)
    struct.pack_into("<II", setup, 0x248, 712, len(stored))
    body = bytes(setup) + loaded
    body += struct.pack("<I", zlib.crc32(body) ^ 0xFFFFFFFF)
    return body + bytes(-len(body) % 8) + certificate if signed else body


def zimage(payload, size, order="<", table=True):
    stored = with_size(payload, size)
    front = bytearray(CODE[:1001])
    end = len(front) + len(stored) + 333
    struct.pack_into(order + "IIII", front, 0x24, 0x016F2818, 0, end, 0x04030201)
    struct.pack_into(order + "II", front, 0x34, 0x45454545 if table else 0, 0x100)
    struct.pack_into(order + "IIIII", front, 0x100, 4, 0x5A534C4B, len(front) + len(stored) - 4, 4096, 0)
    return bytes(front) + stored + CODE[:333]


def zboot(payload, size):
    head = bytearray(CODE[:512])
    pe(head, 0x80)
    head[4:8] = b"zimg"
    struct.pack_into("<IIII32s", head, 8, 512, len(payload), 0, 0, b"any")
    struct.pack_into("<I", head, 56, 0x818223CD)
    return bytes(head) + with_size(payload, size) + CODE[:700]


def flat(initramfs, magic):
    """The initramfs stands at a multiple of four, and its length at the next multiple of eight."""
    head = bytearray(64)
    struct.pack_into("<QQQQ", head, 0, 0x14000FFF, 0x80000, 0x200000, 0x0A)
    head[48:56] = b"RISCV\0\0\0" if magic == b"RSC\x05" else bytes(8)
    head[56:60] = magic
    body = bytes(head) + CODE[:2996] + initramfs
    return body + bytes(-len(body) % 8) + struct.pack("<Q", len(initramfs)) + CODE


KINDS = {
    "bzimage": bzimage,
    "old-bzimage": lambda payload, size: bzimage(payload, size, version=0x207),
    "signed-bzimage": lambda payload, size: bzimage(payload, size, signed=True),
    "zimage": zimage,
    "zimage-be": lambda payload, size: zimage(payload, size, order=">"),
    "zimage-old": lambda payload, size: zimage(payload, size, table=False),
    "zboot": zboot,
    "arm64": lambda payload, size: flat(payload, b"ARM\x64"),
    "riscv": lambda payload, size: flat(payload, b"RSC\x05"),
}

kind, out, name, size = sys.argv[1:5]
with open(name, "rb") as file:
    image = KINDS[kind](file.read(), size)
for behind in sys.argv[5:]:
    with open(behind, "rb") as file:
        image += file.read()
with open(out, "wb") as file:
    file.write(image)
