#!/bin/sh
# T6, T7: an image that two readers take for two things. What is a time to the one is content of a file to the other, so that
# no rule explains it: a file system in the free room in front of another, behind the header of U-Boot, or where a disk has its
# table; an initramfs behind zeros; a zip that ends what begins as a cpio; partitions of an ISO 9660 volume, and those that a
# table means on a disk with larger sectors. Each has a twin without the second face, in which times are no more than times.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mke2fs mkfs.fat mcopy mkimage cpio zip python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
early=1600000000
late=1700000000

# The super block of a file system, which is all that a mount goes by.
mkdir tree && echo file > tree/file
truncate -s 256K whole.ext
E2FSPROGS_FAKE_TIME=$early mke2fs -q -t ext2 -b 1024 -N 16 -I 128 -U 11111111-1111-1111-1111-111111111111 -d tree whole.ext 2> mke2fs.txt
dd if=whole.ext of=super bs=1024 skip=1 count=1 2> /dev/null
# lay FILE SIDE OFFSET: SIDE stands in it there
lay() { dd if="$2" of="$1" bs=1 seek="$3" conv=notrunc 2> /dev/null; }
# faces STORY FILE...: of these sides `shipped.X` and `expected.X` pass with other times, and `shipped.X.two` of two faces do not
faces() {
    judge "$1, one face" 0 "shipped.$2" "expected.$2" '.verdict == "equivalent"'
    judge "$1" 1 "shipped.$2.two" "expected.$2.two" 'any(.facts[]; .class == "unexplained") or any(.findings[]; .class == "unexplained")'
}
for side in expected:$early shipped:$late; do
    time=${side#*:} side=${side%:*}
    touch -d "@$time" tree/file
    # a RAM disk, in which a file takes in the place
    head -c 3000 /dev/zero > tree/pad
    touch -d "@$early" tree/pad tree
    (cd tree && printf 'pad\nfile\n' | cpio -o -H newc --quiet -R 0:0 --renumber-inodes --ignore-devno) > "$side.cpio"
    (cd tree && tar --format=ustar --owner=0 --group=0 --numeric-owner -cf "../$side.tar" pad file)
    cp "$side.cpio" inner && lay inner super 960
    SOURCE_DATE_EPOCH=$early mkimage -A arm -O linux -T ramdisk -C none -d "$side.cpio" "$side.uboot" > mkimage.txt
    SOURCE_DATE_EPOCH=$early mkimage -A arm -O linux -T ramdisk -C none -d inner "$side.uboot.two" > mkimage.txt
    # a FAT with room in front of its tables
    rm -f "$side.fat" && mkfs.fat -C -i 12345678 --invariant -R 8 "$side.fat" 256 > /dev/null
    TZ=UTC mcopy -m -i "$side.fat" tree/file ::
    cp "$side.fat" "$side.fat.two" && lay "$side.fat.two" super 1024
    # a file system whose boot sector is free
    rm -f "$side.ext" && truncate -s 256K "$side.ext"
    E2FSPROGS_FAKE_TIME=$time mke2fs -q -t ext2 -b 1024 -N 16 -I 128 -U 11111111-1111-1111-1111-111111111111 -E hash_seed=11111111-1111-1111-1111-111111111111 -d tree "$side.ext" 2> mke2fs.txt
    cp "$side.ext" "$side.ext.two"
    # a cpio, and one whose last bytes are a zip
    cp "$side.cpio" "$side.ends" && cp "$side.cpio" "$side.ends.two"
done
faces 'ext behind the header of U-Boot' uboot
faces 'ext in the room of a FAT' fat

# mark FILE NAME BYTES: an entry of a cpio, which takes in as many bytes behind it
python3 - << 'X'
import io, struct, zipfile, zlib
def header(name, size):
    numbers = (1, 0o100755, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name) + 1, 0)
    text = b'070701' + b''.join(b'%08x' % number for number in numbers) + name + b'\0'
    return text + bytes(-len(text) % 4)
for side in ('expected', 'shipped'):
    image = bytearray(open(side + '.ext.two', 'rb').read())
    entry = header(b'init', len(image) - 2048)
    image[512:512 + len(entry)] = entry
    open(side + '.ext.two', 'wb').write(image)
    # a zip of a stored file that takes in all of the archive in front; and one that is a file of the archive
    archive = open(side + '.ends', 'rb').read()
    local = struct.pack('<IHHHHHIIIHH', 0x04034b50, 10, 0, 0, 0, 33, 0, 0, 0, 3, 0) + b'app'
    entry = header(b'zip', len(local))
    begin = entry + local + bytes(-len(entry + local) % 4)
    size = len(archive) + len(begin) - len(entry + local)
    directory = struct.pack('<IHHHHHHIIIHHHHHII', 0x02014b50, 0x31e, 10, 0, 0, 0, 33, 0, size, size, 3, 0, 0, 0, 0, 0, len(entry)) + b'app'
    image = begin + archive
    end = struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 1, 1, len(directory), len(image), 0)
    open(side + '.ends.two', 'wb').write(image + directory + end)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, 'w') as packed:
        packed.writestr(zipfile.ZipInfo('app', (2020, 1, 1, 0, 0, 0)), 'content')
    data = inner.getvalue()
    entry = header(b'app.zip', len(data))
    marker = archive.rindex(b'070701')
    open(side + '.ends', 'wb').write(archive[:marker] + entry + data + bytes(-len(data) % 4) + archive[marker:])
X
faces 'an initramfs behind zeros, in front of ext' ext
faces 'a zip that ends a cpio' ends

# Disks: a partition with a FAT. The first partition begins at sector 8.
python3 - << 'X'
import struct
super_block = open('super', 'rb').read()
def entry(kind, start, count):
    return struct.pack('<B3sB3sII', 0, b'\xfe\xff\xff', kind, b'\xfe\xff\xff', start, count)
for side in ('expected', 'shipped'):
    fat = open(side + '.fat', 'rb').read()
    image = bytearray(4096 + len(fat))
    image[446:462] = entry(0x83, 8, len(fat) // 512)
    image[510:512] = b'\x55\xaa'
    image[4096:4096 + len(fat)] = fat
    for name in ('mbr', 'large'):
        open('%s.%s' % (side, name), 'wb').write(image)
    two = bytearray(image)
    two[1024:2048] = super_block
    open(side + '.mbr.two', 'wb').write(two)
    image[8 * 4096 + 1024:8 * 4096 + 2048] = super_block
    open(side + '.large.two', 'wb').write(image)
X
faces 'a disk that is a file system as well' mbr
faces 'a disk whose table means another place where sectors are larger' large

if command -v xorriso > /dev/null; then
    for side in expected:2024010110000000 shipped:2025020210000000; do
        rm -rf source && mkdir source && echo file > source/file
        rm -f stick.fat && mkfs.fat -C -i 12345678 --invariant stick.fat 64 > /dev/null && cp stick.fat source/efi.img
        xorriso -as mkisofs --set_all_file_dates "${side#*:}" --modification-date=2025010110000000 -quiet -R -V X -o "${side%:*}.iso" source 2> xorriso.txt
    done
    python3 - << 'X'
import struct
super_block = open('super', 'rb').read()
fat = open('stick.fat', 'rb').read()
def entry(kind, start, count):
    return struct.pack('<B3sB3sII', 0, b'\xfe\xff\xff', kind, b'\xfe\xff\xff', start, count)
for side in ('expected', 'shipped'):
    image = bytearray(open(side + '.iso', 'rb').read())
    sectors = len(image) // 512
    # as sticks have it: the volume itself, and the partition of UEFI, which is a file of it
    image[446:462] = entry(0, 0, sectors)
    image[462:478] = entry(0xef, image.index(fat[:512]) // 512, len(fat) // 512)
    image[510:512] = b'\x55\xaa'
    open(side + '.iso', 'wb').write(image)
    image[446:462] = entry(0x83, 1, sectors - 1)
    image[1536:2560] = super_block
    open(side + '.iso.two', 'wb').write(image)
X
    faces 'an ISO 9660 volume with a partition that is another' iso
fi

# What UEFI boots of a volume reaches to its end where less than two sectors are named, and past the volume's own records.
if command -v genisoimage > /dev/null; then
    for side in expected:$early shipped:$late; do
        rm -rf source && mkdir source && echo file > source/file && head -c 4096 /dev/zero > source/boot
        touch -d "@${side#*:}" source/file && touch -d "@$early" source/boot source
        SOURCE_DATE_EPOCH=$early genisoimage -quiet -V X -b boot -no-emul-boot -boot-load-size 1 -o "${side%:*}.iso" source
    done
    rm -f stick.fat && mkfs.fat -C -i 12345678 --invariant stick.fat 64 > /dev/null
    python3 - << 'X'
import struct
fat = open('stick.fat', 'rb').read(2048)
for side in ('expected', 'shipped'):
    image = bytearray(open(side + '.iso', 'rb').read())
    catalog = struct.unpack_from('<I', image, 17 * 2048 + 0x47)[0] * 2048
    place = struct.unpack_from('<I', image, catalog + 40)[0]
    image[place * 2048:place * 2048 + 2048] = fat
    open(side + '.torito', 'wb').write(image)
    # the same in front of all records, in a block with a remark of the maker
    image[place * 2048:place * 2048 + 2048] = bytes(2048)
    image[19 * 2048:20 * 2048] = fat
    struct.pack_into("<I", image, catalog + 40, 19)
    open(side + '.torito.two', 'wb').write(image)
X
    faces 'a volume of which UEFI boots all from a block on' torito
    for side in expected shipped; do
        python3 - $side << 'X'
import sys
image = bytearray(open(sys.argv[1] + '.torito.two', 'rb').read())
image[19 * 2048:20 * 2048] = bytes(2048)
open(sys.argv[1] + '.torito', 'wb').write(image)
X
    done
    judge 'the same without a file system there' 0 shipped.torito expected.torito '.verdict == "equivalent"'
fi

# lz4 of the kernel's form: what unpacks a kernel takes each block for 8 MiB, and reads on where one holds less.
if command -v lz4 > /dev/null; then
    seq 1 300000 > content
    lz4 -lqc -1 < content > expected.lz4
    lz4 -lqc -9 < content > shipped.lz4
    judge 'lz4-legacy: one block' 0 shipped.lz4 expected.lz4 "$(fact recompressed explained)"
    head -c 1000000 content > half && tail -c +1000001 content > rest
    { lz4 -lqc -9 < half; lz4 -lqc -9 < rest | tail -c +5; } > shipped.lz4
    lz4 -dqc shipped.lz4 | cmp - content || fail 'the stream of two blocks is made wrong'
    judge 'lz4-legacy: a short block before another' 1 shipped.lz4 expected.lz4
    { lz4 -lqc -9 < half; lz4 -lqc -9 < rest; } > shipped.lz4
    { lz4 -lqc -1 < half; lz4 -lqc -1 < rest; } > expected.lz4
    judge 'lz4-legacy: a short block before another frame' 1 shipped.lz4 expected.lz4 "$(fact recompressed unexplained)"
    seq 1 1500000 > content
    lz4 -lqc -1 < content > expected.lz4
    lz4 -lqc -9 < content > shipped.lz4
    judge 'lz4-legacy: two whole blocks' 0 shipped.lz4 expected.lz4 "$(fact recompressed explained)"
fi

# Marks of file systems that assay does not open, in the bytes of a file: a tar, and a squashfs that packs nothing.
cat > mark.py <<'X'
import struct, sys
path, out, kind, at = sys.argv[1:5]
at = int(at, 0)
def right(words, wrong):
    return words + [(wrong - sum(words)) & 0xffffffff]
def multiboot(begin, length=0, flags=0x10000, wrong=0):
    load = 0x100000
    return struct.pack('<8I', *right([0x1badb002, flags], wrong), load + at - begin, load, length and load + length, 0, load + 0x500)
def multiboot2(begin, length=0, wrong=0):
    load = 0x100000 if begin != -1 else 0xffffffff
    tags = b'' if begin is None else struct.pack('<HHI4I', 2, 0, 24, (load + at - begin) & 0xffffffff, load, length and load + length, 0)
    tags = struct.pack('<HHI2I', 1, 0, 12, 6, 0) + bytes(0) + tags + struct.pack('<HHI', 0, 0, 8)
    return struct.pack('<4I', *right([0xe85250d6, 0, 16 + len(tags)], wrong)) + tags
image = bytearray(open(path, 'rb').read())
marks = {
    'minix': struct.pack('<HHHHHH', 32, 200, 1, 1, 5, 0) + bytes(4) + b'\x7f\x13', 'minix3': struct.pack('>IHHHHH', 32, 0, 1, 1, 5, 0) + bytes(10) + b'\x4d\x5a',
    'hfs': b'BD' + bytes(18) + struct.pack('>I', 4096), 'hfs+': b'H+\0\4', 'nilfs2': b'\2\0\0\0\0\0\x34\x34', 'swap': b'SWAPSPACE2', 'btrfs': b'_BHRfS_M',
    'cramfs': b'\x45\x3d\xcd\x28', 'reiserfs': b'ReIsEr2Fs', 'udf': b'BEA01', 'lvm2': b'LABELONE',
    'table': bytes([0, 0, 0, 0, 0x83, 0, 0, 0]) + struct.pack('<II', 8, 64) + bytes(48) + b'\x55\xaa',
    'luks2': b'SKUL\xba\xbe', 'sleep': b'S1SUSPEND', 'reiser4': b'ReIsEr4', 'ufs2': b'\x19\x01\x54\x19', 'sierra': b'CDROM', 'zfs': b'\x0c\xb1\xba\0\0\0\0\0',
    'ext': b'\x53\xef',
    'code': b'\x55\xaa', 'egon': b'eGON.BT0', 'ivt': b'\xd1\0\x20\x40', 'stm': b'STM2', 's32': b'\xd1\x01\0\x60',
    'ahab': struct.pack('<BHBIHBBHH', 0, 160, 0x87, 0, 0, 0, 1, 144, 0), 'no-ahab': struct.pack('<BHBIHBBHH', 0, 160, 0x87, 0, 0, 0, 1, 144, 1),
    'flash': b'FLSH', 'trx': b'HDR0', 'vdi': b'\x7f\x10\xda\xbe', 'sfs': b'SFS\0', 'plan9': b'part ',
    'amiga': b'RDSK', 'bsd': b'\x57\x45\x56\x82',
    'linux': b'HdrS',
    # a kernel that is loaded with all of the file; with a part of the member; of ELF; with a sum that is wrong
    'multiboot': multiboot(0), 'multiboot-part': multiboot(0x400, 64), 'multiboot-elf': multiboot(0, flags=2), 'multiboot-sum': multiboot(0, wrong=1),
    'multiboot2': multiboot2(0), 'multiboot2-start': multiboot2(-1), 'multiboot2-part': multiboot2(0x400, 64), 'multiboot2-elf': multiboot2(None), 'multiboot2-sum': multiboot2(0, wrong=1),
    'text': b'no mark at all',
}
image[at:at + len(marks[kind])] = marks[kind]
open(out, 'wb').write(image)
X
rm -rf marked && mkdir marked
head -c 80000 /dev/zero > marked/a
echo file > marked/b
for side in expected:$early shipped:$late; do
    time=${side#*:} side=${side%:*}
    touch -d "@$early" marked/a marked
    touch -d "@$time" marked/b
    (cd marked && tar --format=ustar --owner=0 --group=0 --numeric-owner -cf "../$side.tar" a b)
    if command -v mksquashfs > /dev/null; then
        rm -f "$side.squashfs"
        mksquashfs marked "$side.squashfs" -noI -noD -noF -noX -no-fragments -no-sparse -no-duplicates -all-root -mkfs-time "$early" -quiet -no-progress > log 2>&1 \
            || fail "mksquashfs: $(cat log)"
    fi
done
for format in tar squashfs; do
    [ -e "shipped.$format" ] || continue
    while read -r kind at; do
        case "$format $kind" in 'tar table' | 'tar code' | 'tar plan9') continue ;; esac
        for side in shipped expected; do python3 mark.py "$side.$format" "$side.marked" "$kind" "$at"; done
        case $kind in text | *-part | *-elf | *-sum) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
        judge "$format with a mark in a file: $kind" $code shipped.marked expected.marked "$(fact mtime $class)"
    done <<'X'
minix 0x400
minix3 0x400
hfs 0x400
hfs+ 0x400
nilfs2 0x400
lvm2 0x400
cramfs 0x200
swap 0xff6
reiserfs 0x10034
btrfs 0x10040
udf 0x8001
luks2 0x4000
luks2 0x10000
sleep 0xff6
reiser4 0x10000
ufs2 0x255c
sierra 0x8009
table 446
ext 0x438
code 510
amiga 0xa00
bsd 0x240
plan9 0x200
linux 0x202
multiboot 0x400
multiboot 0x1fe0
multiboot-part 0x400
multiboot-elf 0x400
multiboot-sum 0x400
multiboot2 0x400
multiboot2 0x7f80
multiboot2-start 0x400
multiboot2-part 0x400
multiboot2-elf 0x400
multiboot2-sum 0x400
text 0x400
X
done

# What the code in a chip starts from, where the rebuild has it packed in a file; and where the rebuild has it as well.
if command -v mksquashfs > /dev/null; then
    rm -rf marked && mkdir marked
    # pack OUT OPTION...
    pack() {
        packed=$1
        shift
        rm -f "$packed"
        mksquashfs marked "$packed" -noI -noX -no-fragments -no-sparse -no-duplicates -all-root -mkfs-time "$early" -all-time "$early" -quiet -no-progress "$@" > log 2>&1 \
            || fail "mksquashfs: $(cat log)"
    }
    while read -r kind at; do
        head -c 200000 /dev/zero > zeros
        python3 mark.py zeros marked/a "$kind" $((at - 96))
        pack good.squashfs
        pack raw.squashfs -noD
        pack later.squashfs -noD -mkfs-time "$late"
        # that nothing is packed is said in a field of its own, which readers do not need
        for side in raw later; do dd if=good.squashfs of="$side.squashfs" bs=1 skip=24 seek=24 count=2 conv=notrunc 2> /dev/null; done
        case "$kind $at" in text* | no-* | 'stm 0x2010') code=0 ;; *) code=1 ;; esac
        judge "a mark of a boot loader in a file that is not packed: $kind at $at" $code raw.squashfs good.squashfs
        # at a place of its own a mark may be code that runs; at another one it is the rebuild's, too
        case "$kind $at" in egon* | 'ivt 0x8400') ;; *) code=0 ;; esac
        judge "another time beside one that was expected: $kind at $at" $code later.squashfs raw.squashfs
    done <<'X'
egon 0x2004
egon 0x20004
ivt 0x8400
ivt 0x9200
stm 0x8000
stm 0x2010
s32 0x1000
flash 0x8000
trx 0x8200
ahab 0x8000
no-ahab 0x8000
text 0x2004
X
fi

# In front of an ext file system: nothing, or something that others read and that goes on behind it.
if command -v mke2fs > /dev/null; then
    for side in expected:$early shipped:$late; do
        rm -f "${side%:*}.ext"
        mke2fs -q -t ext2 -U 11111111-2222-3333-4444-555555555555 -E hash_seed=11111111-2222-3333-4444-555555555555 "${side%:*}.ext" 1M > log 2>&1 || fail "mke2fs: $(cat log)"
        for at in 0x400+44 0x400+48; do python3 -c "import struct, sys; f = open('${side%:*}.ext', 'r+b'); f.seek($at); f.write(struct.pack('<I', ${side#*:} if $at == 0x430 else $early))"; done
    done
    while read -r kind at code; do
        for side in shipped expected; do
            cp $side.ext $side.marked
            [ "$kind" = nothing ] || python3 mark.py $side.ext $side.marked "$kind" "$at"
        done
        judge "ext2 with something in front of it: $kind" "$code" shipped.marked expected.marked
    done <<'X'
nothing 0 0
vdi 0x40 1
sfs 0 1
text 0x100 1
X
fi

# The code that an Allwinner chip starts, by a sum over all of it: equal, or with a time in it.
if command -v mksquashfs > /dev/null; then
    head -c 200000 /dev/zero > marked/a && echo other > marked/b && touch -d "@$early" marked marked/a
    for reach in part all; do
        for side in good:$early shipped:$late; do
            touch -d "@${side#*:}" marked/b && rm -f "${side%:*}.squashfs"
            mksquashfs marked "${side%:*}.squashfs" -noI -noX -noD -no-fragments -no-sparse -no-duplicates -all-root -mkfs-time "$early" -quiet -no-progress > log 2>&1 || fail "mksquashfs: $(cat log)"
            python3 - "${side%:*}.squashfs" $reach <<'X'
import struct, sys
data = bytearray(open(sys.argv[1], 'rb').read())
length = 0x3000 if sys.argv[2] == 'part' else len(data) - 0x2200
data[0x2200:0x2214] = struct.pack('<I8sII', 0xea000016, b'eGON.BT0', 0, length)
open(sys.argv[1], 'wb').write(data)
X
        done
        code=0
        [ $reach = part ] || code=1
        judge "code of a chip in both, of $reach of the image" $code shipped.squashfs good.squashfs
    done
fi

# A tar begins with the name of a member: a script, a program of EFI, a frame that is passed over, or a cpio to who reads that.
cat > named.py <<'END'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.USTAR_FORMAT, encoding='latin-1') as tar:
    for name, time in ((bytes.fromhex(sys.argv[2]).decode('latin-1'), 1600000000), ('b', int(sys.argv[3]))):
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = 4, time
        tar.addfile(entry, io.BytesIO(b'file'))
END
head=$(printf '6e%.0s' $(seq 40))
for begin in 2321:script 4d5a:program 502a4d18:skipped 5f2a4d18:skipped 303730373031:cpio 55aa:extension 565a6486:terse 565a6521:name \
    "${head}5f465648:volume" "${head}5f465649:name" 414e44524f494421:kernel 6e616d65:name; do
    for side in expected:$early shipped:$late; do python3 named.py "${side%:*}.tar" "${begin%:*}61" "${side#*:}"; done
    case $begin in *:name) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    judge "a tar that begins with $begin" $code shipped.tar expected.tar "$(fact mtime $class)"
done

# A gzip file whose stored name is the rest of a header of a tar, without the magic that few ask for: the time lies in its name.
cat > old_tar.py <<'END'
import struct, sys, zlib
def write(out, time, wrong):
    head = bytearray(b'\x1f\x8b\x08\x08' + time + b'\x02\x03' + b'x' * 90 + b'0000644 0000000 0000000 00000000000 00000000000 '
                     + b' ' * 8 + b'0' + b'x' * 354 + b'\0')
    head[148:156] = b'%06o  ' % (sum(head) + wrong)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = b'content of a file\n'
    open(out, 'wb').write(bytes(head) + squeeze.compress(content) + squeeze.flush() + struct.pack('<II', zlib.crc32(content), len(content)))
write('expected.gz', b'\1\2\3\4', int(sys.argv[1]))
write('shipped.gz', b'\4\3\2\1', int(sys.argv[1]))
END
python3 old_tar.py 0
judge 'a gzip file that is an old tar' 1 shipped.gz expected.gz "$(fact mtime unexplained)"
python3 old_tar.py 1
judge 'a gzip file that is none' 0 shipped.gz expected.gz "$(fact mtime explained)"
