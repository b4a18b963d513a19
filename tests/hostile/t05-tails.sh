#!/bin/sh
# T5: what stands behind a FIT or a squashfs is looked for there by Linux of routers: it has its place, it is nothing that a
# scope beside it leaves out, and may hold what is forbidden. And what a 7z holds between its parts, or says of modes.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mksquashfs mkimage python3 7z; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
mkdir root && printf '#!/bin/sh\n' > root/su && chmod 4755 root/su
mksquashfs root system -all-root -noappend -all-time 1 -mkfs-time 1 -quiet -no-progress > /dev/null
seq 1 20000 > data
cat > x.its <<'END'
/dts-v1/;
/ {
    description = "t";
    images { part { description = "r"; data = /incbin/("data.gz"); type = "ramdisk"; arch = "arm"; os = "linux"; compression = "gzip";
        hash-1 { algo = "sha256"; }; }; };
    configurations { default = "c"; c { ramdisk = "part"; }; };
};
END
# fit NAME LEVEL BLOCK: with the system behind it at a multiple of BLOCK
fit() {
    gzip -nc "-$2" data > data.gz
    SOURCE_DATE_EPOCH=1 mkimage -f x.its "$1" > log 2>&1 || fail "mkimage: $(cat log)"
    truncate -s "%$3" "$1" && cat system >> "$1"
}
fit good 9 4096
fit moved 1 4096
judge 'what stands behind a FIT that grew' 1 moved good "$(fact place unexplained)"
# repacked LEVEL: a squashfs of the same content, and an overlay behind it
mkdir tree && cp data tree
repacked() {
    mksquashfs tree "sq$1" -all-root -noappend -all-time 1 -mkfs-time 1 -quiet -no-progress -nopad -comp "$2" > /dev/null
    printf overlay >> "sq$1"
}
repacked 1 gzip
cp sq1 sq2
judge 'an overlay behind a squashfs' 0 sq1 sq2 '.verdict == "identical"'
# forbids STORY CODE FILE
printf 'policy: 1\nrequire: {expected: path}\nforbid: {set-id: true}\n' > forbid.policy
forbids() { compared "$1" "$2" true "$3" "$3" --policy forbid.policy; }
forbids 'a file system behind a FIT' 1 good
SOURCE_DATE_EPOCH=1 mkimage -f x.its plain > log 2>&1
truncate -s %4096 plain
forbids 'zeros behind a FIT' 0 plain
compared 'a file system behind a FIT beside a scope' 1 true moved plain --scope part

# modes in a 7z: the flag that says there is one, and without
7z a -bd -bso0 -mhc=off -mx=0 mode.7z data > /dev/null
cat > mode.py <<'END'
import struct, sys, zlib
image = bytearray(open('mode.7z', 'rb').read())
place, length = struct.unpack_from('<QQ', image, 12)
head = image[32 + place:32 + place + length]
at = head.rfind(struct.pack('<H', 0o100644)) - 2
for name, attributes in (('flagged.7z', 0o104755 << 16 | 0x8000), ('bare.7z', 0o104755 << 16), ('none.7z', 0o100755 << 16)):
    struct.pack_into('<I', head, at, attributes)
    image[32 + place:32 + place + length] = head
    struct.pack_into('<I', image, 28, zlib.crc32(bytes(head)))
    struct.pack_into('<I', image, 8, zlib.crc32(bytes(image[12:32])))
    open(name, 'wb').write(image)
END
python3 mode.py
forbids '7z: a mode' 1 flagged.7z
forbids '7z: a mode without the flag that says so' 1 bare.7z
forbids '7z: a harmless one' 0 none.7z
