#!/bin/sh
# T6: what is known by sight and not read yet is a leaf with its name and the reason; where it is not equal nobody knows
# what that means, and it is undecided, never a pass.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo 'SKIP: python3 is not installed' >&2; exit 77; }

python3 - << 'P'
import struct, zlib
def node(order):
    head = struct.pack(order + 'HHI', 0x1985, 0x2003, 12)
    return head + struct.pack(order + 'I', zlib.crc32(head, 0xffffffff) ^ 0xffffffff)
at = {
    'jffs2': [(0, node('<'))], 'jffs2-be': [(0, node('>'))], 'ubi': [(0, b'UBI#\1')], 'ubifs': [(0, b'\x31\x18\x10\x06')],
    'cramfs': [(0, b'\x45\x3d\xcd\x28'), (16, b'Compressed ROMFS')], 'cramfs-be': [(0, b'\x28\xcd\x3d\x45'), (16, b'Compressed ROMFS')],
    'romfs': [(0, b'-rom1fs-')], 'erofs': [(1024, b'\xe2\xe1\xf5\xe0')], 'f2fs': [(1024, b'\x10\x20\xf5\xf2')], 'xfs': [(0, b'XFSB')],
    'ntfs': [(3, b'NTFS    '), (510, b'\x55\xaa')], 'exfat': [(3, b'EXFAT   '), (510, b'\x55\xaa')],
    'android-boot': [(0, b'ANDROID!')], 'android-vendor-boot': [(0, b'VNDRBOOT')], 'android-sparse': [(0, b'\x3a\xff\x26\xed\1\0')],
    'android-dtbo': [(0, b'\xd7\xb7\xab\x1e')], 'luks': [(0, b'LUKS\xba\xbe')], 'uefi-firmware-volume': [(40, b'_FVH')],
    'trx': [(0, b'HDR0')], 'lzop': [(0, b'\x89LZO\0\r\n\x1a\n')], 'lrzip': [(0, b'LRZI\0')], 'snappy': [(0, b'\xff\6\0\0sNaPpY')],
    'rar': [(0, b'Rar!\x1a\7')], 'cab': [(0, b'MSCF\0\0\0\0')], 'xar': [(0, b'xar!\0\x1c')], 'wim': [(0, b'MSWIM\0\0\0')],
    'ole': [(0, b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')], 'qcow': [(0, b'QFI\xfb')], 'vmdk': [(0, b'KDMV')], 'vhdx': [(0, b'vhdxfile')],
}
names = []
for name, marks in at.items():
    data = bytearray(4096)
    for place, mark in marks:
        data[place:place + len(mark)] = mark
    open(name, 'wb').write(data)
    data[3000] ^= 1
    open(name + '.changed', 'wb').write(data)
    names.append(name)
data = bytearray(open('jffs2', 'rb').read())
data[8] ^= 1 # two bytes of magic alone prove nothing
open('no-jffs2', 'wb').write(data)
open('names', 'w').write(' '.join(names))
P
read -r all < names || :
for one in $all; do
    format=${one%-be}
    judge "$one: equal" 0 "$one" "$one" ".verdict == \"identical\" and .image.format == \"$format\""
    judge "$one: a byte" 2 "$one.changed" "$one" \
        ".verdict == \"undecided\" and .accounting.undecided == 1 and any(.reasons[]; contains(\"$format: known by its first bytes\"))"
done
judge 'no jffs2' 0 no-jffs2 no-jffs2 '.image.format == "raw"'
tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf expected.tar ubi rar
cp ubi.changed ubi
tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf shipped.tar ubi rar
judge 'a leaf of an archive' 2 shipped.tar expected.tar '.accounting.undecided == 1 and .accounting.unexplained == 0'
