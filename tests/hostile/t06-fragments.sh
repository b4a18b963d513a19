#!/bin/sh
# T6: the ends of files of a squashfs share blocks. One that is compressed in another way is said to be; where a policy wants
# none, or it has become much longer, or shows what an archive begins with, it does not pass.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mksquashfs python3; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
# again IN OUT LEVEL: the one shared block compressed again, or its first 518 bytes as they are; all positions behind it follow
cat > again.py <<'END'
import struct, sys, zlib
image = open(sys.argv[1], 'rb').read()
none = 0xffffffffffffffff
places = {at: struct.unpack_from('<Q', image, at)[0] for at in range(40, 96, 8)}
old = places[64] - 96                           # the block lies in front of the table of inodes
content = zlib.decompress(image[96:96 + old])
if sys.argv[3] == 'shown':
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = (b'\x78\xda\0' + struct.pack('<HH', 518, 518 ^ 0xffff) + content[:518] + packer.compress(content[518:]) + packer.flush()
             + struct.pack('>I', zlib.adler32(content)))
else:
    block = zlib.compress(content, int(sys.argv[3]))
grown = len(block) - old
table = struct.unpack_from('<Q', image, places[80])[0]
length = places[80] - table                     # of the list of shared blocks, which is written as it is from here on
listed = zlib.compress(struct.pack('<QII', 96, len(block), 0), 9)
listed = struct.pack('<H', len(listed)) + listed
moved = grown + len(listed) - length
image = bytearray(image[:96] + block + image[96 + old:table] + listed + image[places[80]:])
for at, place in places.items():
    if place != none:
        struct.pack_into('<Q', image, at, place + (moved if place > table else grown))
for at in (48, 80):                             # what the lists of owners and of shared blocks lead to
    place = places[at] + moved
    to = struct.unpack_from('<Q', image, place)[0]
    struct.pack_into('<Q', image, place, to + (moved if to > table else grown))
open(sys.argv[2], 'wb').write(image[:places[40] + moved])
END
printf 'policy: 1\nrequire: {recompressed: false, expected: path}\n' > none.policy
# pack OUT TIME
pack_tree() {
    mksquashfs tree "$1" -comp gzip -noappend -quiet -no-progress -noI -noId -no-exports -no-xattrs -nopad -all-root \
        -mkfs-time "$2" -all-time "$2" > /dev/null
}
# held STORY CODE: by a policy that wants no other encoding
held() { compared "$1" "$2" true shipped good --policy none.policy; }
mkdir tree
for i in 1 2 3 4 5; do seq $((i * 100)) $((i * 100 + 400)) > tree/f$i; done
pack_tree good 1
python3 again.py good shipped 9
cmp good shipped || fail 'the same level makes another block'
for level in 1 3; do
    python3 again.py good shipped $level
    judge "a shared block of level $level" 0 shipped good "$(fact recompressed explained)"
    held "the same where none may be" 1
done
pack_tree later 1000
python3 again.py later shipped 1
judge 'a shared block of another level, and other times' 0 shipped good "$(fact recompressed explained)"
held 'the same where no other encoding may be' 1
cp later shipped
held 'other times alone, of which the tables are made anew, and nobody can tell how' 1
cp good shipped
held 'what is the rebuild' 0
python3 again.py good shipped 0
judge 'a shared block that is longer than what it holds, which Linux does not read' 1 shipped good 'any(.findings[]; .class == "unexplained")'
head -c 512 /dev/zero | tr '\0' x > tree/f1
printf '070701' >> tree/f1
pack_tree good 1
python3 again.py good shipped shown
judge 'one that shows the head of an archive' 1 shipped good "$(fact recompressed unexplained)"
