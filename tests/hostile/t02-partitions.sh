#!/bin/sh
# T2: a partition in scope, and others beside it that a loader or Linux takes for it: one that was added, one of its type or
# name or marked to be started, and a file system of its UUID or label.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for tool in sfdisk mke2fs mkfs.fat xorriso; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
uuid=11111111-2222-3333-4444-555555555555 other=99999999-2222-3333-4444-555555555555
system() {
    rm -rf files && mkdir files && echo "$4" > files/init && rm -f "$1" && truncate -s 1M "$1"
    E2FSPROGS_FAKE_TIME=1600000000 mke2fs -q -t ext4 -O ^has_journal -U "$2" -L "$3" -E hash_seed=$uuid -d files "$1" > log 2>&1 || fail "mke2fs: $(cat log)"
}
system root.fs $uuid root good
system data.fs $other data some
system same-uuid.fs $uuid data evil
system same-label.fs $other root evil
system more.fs $other data more
SOURCE_DATE_EPOCH=1600000000 mkfs.fat -C -i 12345678 -n BOOT boot.fs 1024 > log
SOURCE_DATE_EPOCH=1600000000 mkfs.fat -C -i 87654321 -n BOOT same.fs 1024 > log

xorriso -as mkisofs -quiet -V root -R -o iso.fs files 2> log && xorriso -as mkisofs -quiet -V data -R -o other-iso.fs files 2> log
# the mark of a Btrfs, whose label is at 0x1012b of it
truncate -s 1M btrfs.fs && printf _BHRfS_M | dd of=btrfs.fs bs=1 seek=$((0x10040)) conv=notrunc 2> /dev/null
printf root | dd of=btrfs.fs bs=1 seek=$((0x1012b)) conv=notrunc 2> /dev/null
head -c 1048576 /dev/urandom > noise.fs

# disk FILE ROOT SECOND [THIRD]: the table on standard input
disk() {
    disk_file=$1
    shift
    rm -f "$disk_file" && truncate -s 8M "$disk_file"
    sfdisk -q --no-tell-kernel --color=never "$disk_file" > log 2>&1 || fail "sfdisk: $(cat log)"
    disk_at=2048
    for disk_system; do
        dd if="$disk_system" of="$disk_file" bs=512 seek="$disk_at" conv=notrunc 2> /dev/null
        disk_at=$((disk_at + 4096))
    done
}
linux=0FC63DAF-8483-4772-8E79-3D69D8477DE4
# gpt [WORDS OF THE SECOND [THIRD]]
gpt() {
    printf 'label: gpt\nlabel-id: %s\nstart=2048, size=2048, type=%s, name=root, uuid=%s\n' $uuid $linux $uuid
    printf 'start=6144, size=2048, %s\n' "${1:-type=$linux, name=data, uuid=$other}"
    [ $# -lt 2 ] || printf 'start=10240, size=2048, %s\n' "$2"
}
mbr() {
    printf 'label: dos\nlabel-id: 0x12345678\nstart=2048, size=2048, type=83, bootable\nstart=6144, size=2048, %s\n' "${1:-type=83}"
    [ $# -lt 2 ] || printf 'start=10240, size=2048, %s\n' "$2"
}
# scoped STORY CODE [FACT]: of the first partition
scoped() { compared "$1" "$2" "$(fact "${3-}" unexplained)" shipped expected --scope '#part1' --scope '#part1//**'; }
for table in gpt mbr; do
    $table | disk expected root.fs data.fs
    $table | disk shipped root.fs more.fs
    scoped "$table: other content beside the scope" 0
    $table '' "type=$([ $table = mbr ] && echo 83 || echo $linux)" | disk shipped root.fs data.fs data.fs
    scoped "$table: a partition that was added" 1 name
    $table | disk shipped root.fs same-uuid.fs
    scoped "$table: the UUID of a file system in scope" 1 uuid
    $table | disk shipped root.fs same-label.fs
    scoped "$table: the label of a file system in scope" 1 label
    for kind in iso btrfs; do
        $table | disk expected root.fs noise.fs
        $table | disk shipped root.fs $kind.fs
        scoped "$table: a file system of another kind ($kind), which may have that label" 1 content
        $table | disk expected root.fs $kind.fs
        scoped "$table: the same ($kind), as the rebuild has it" 0
    done
    $table | disk expected root.fs other-iso.fs
    $table | disk shipped root.fs iso.fs
    scoped "$table: another label of an ISO 9660 volume" 1 content
    $table | disk expected root.fs data.fs
    $table | disk shipped root.fs noise.fs
    scoped "$table: no file system beside the scope" 0
    $table | disk expected root.fs same-label.fs
    $table | disk shipped root.fs same-label.fs
    poke shipped $((6144 * 512 + 1024 * 512)) x
    scoped "$table: the label of one in scope, as the rebuild has it" 0
    $table | disk expected boot.fs data.fs
    $table | disk shipped boot.fs same.fs
    scoped "$table: the label of a FAT in scope" 1 label
done
gpt | disk expected root.fs data.fs
gpt "type=$linux, name=root, uuid=$other" | disk shipped root.fs data.fs
scoped 'gpt: the name of another partition' 1 partition-name
gpt "type=$linux, name=data, uuid=88888888-2222-3333-4444-555555555555" | disk shipped root.fs data.fs
scoped 'gpt: the GUID of another partition' 1 partition-guid
gpt "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=data, uuid=$other" | disk shipped root.fs data.fs
scoped 'gpt: the type of another partition' 1 partition-type
gpt "type=$linux, name=data, uuid=$other, attrs=LegacyBIOSBootable" | disk shipped root.fs data.fs
scoped 'gpt: another partition is marked to be started' 1 attributes
mbr | disk expected root.fs data.fs
mbr 'type=c' | disk shipped root.fs data.fs
scoped 'mbr: the type of another partition' 1 partition-type
mbr 'type=83, bootable' | disk shipped root.fs data.fs
scoped 'mbr: another partition is marked to be started' 1 active

# of one in which nothing lies
leaf_scoped() { compared "$1" "$2" "$(fact "${3-}" unexplained)" shipped expected --scope '#part1'; }
# As readers compare names, and not as they are written: without blanks at the end, whatever the kind of file system, and a label
# of FAT from either of its two places.
gpt | disk expected root.fs data.fs
system blank.fs $other 'root ' evil
gpt | disk shipped root.fs blank.fs
scoped 'a label with a blank at its end' 1 label
SOURCE_DATE_EPOCH=1600000000 mkfs.fat -C -i 87654321 -n ROOT fat.fs 1024 > log
gpt | disk shipped root.fs fat.fs
scoped 'the label of an ext file system in scope, of a FAT in capitals' 1 label
SOURCE_DATE_EPOCH=1600000000 mkfs.fat -C -i 87654321 -n OTHER other-fat.fs 1024 > log
gpt | disk shipped root.fs other-fat.fs
scoped 'another label of a FAT' 0
gpt | disk expected boot.fs data.fs
cp other-fat.fs boot-label.fs && poke boot-label.fs 43 'BOOT       '
gpt | disk shipped boot.fs boot-label.fs
scoped 'the label of a FAT in scope in the boot sector alone' 1 boot-label
SOURCE_DATE_EPOCH=1600000000 mkfs.fat -C -i 12345678 unnamed.fs 1024 > log
SOURCE_DATE_EPOCH=1600000000 mkfs.fat -C -i 87654321 unnamed-too.fs 1024 > log
gpt | disk expected unnamed.fs data.fs
gpt | disk shipped unnamed.fs unnamed-too.fs
leaf_scoped 'no label on either' 0

# What cannot be opened is found by its label all the same: here by a feature that nobody knows.
cp same-label.fs unopened.fs && poke unopened.fs $((1024 + 0x63)) '\200'
for side in noise.fs:1 unopened.fs:0; do
    gpt | disk expected root.fs "${side%:*}"
    gpt | disk shipped root.fs unopened.fs
    scoped "an ext file system that is not opened, beside ${side%:*}" "${side#*:}" content
done
# Nobody reads what one in scope is called: another name beside it is one that it may have.
gpt | disk expected btrfs.fs data.fs
gpt | disk shipped btrfs.fs same-label.fs
leaf_scoped 'a Btrfs in scope, and another label beside it' 1 label
gpt | disk shipped btrfs.fs noise.fs
leaf_scoped 'a Btrfs in scope, and no file system beside it' 0
gpt | disk shipped btrfs.fs data.fs
poke shipped $((6144 * 512 + 1024 * 512)) x
leaf_scoped 'a Btrfs in scope, and other content beside it' 0

# Of each kind that libblkid finds a label in.
cat > kinds.py <<'END'
import struct, zlib
def kind(name, *parts):
    image = bytearray(8 << 20)
    for at, content in parts:
        image[at:at + len(content)] = content
    open(name + '.kind', 'wb').write(image)
wide = 'root'.encode('utf-16-le')
uuid = bytes(range(16))
kind('swap', (0xff6, b'SWAPSPACE2'), (0x400, struct.pack('<II', 1, 100)), (0x40c, uuid), (0x41c, b'root'))
kind('luks2', (0, b'LUKS\xba\xbe\0\2'), (24, b'root'))
kind('f2fs', (0x400, b'\x10\x20\xf5\xf2\1\0\1\0'), (0x46c, uuid), (0x47c, wide))
kind('btrfs', (0x10040, b'_BHRfS_M'), (0x10020, uuid), (0x1012b, b'root'))
kind('erofs', (0x400, b'\xe2\xe1\xf5\xe0'), (0x430, uuid), (0x440, b'root'))
kind('reiserfs', (0x10034, b'ReIsEr2Fs'), (0x10000 + 100, b'root'))
kind('reiserfs-35', (0x2014, b'ReIsErFs'))
kind('jfs', (0x8000, b'JFS1'), (0x8000 + 152, b'root'))
kind('romfs', (0, b'-rom1fs-'), (16, b'root'))
kind('oracleasm', (32, b'ORCLDISK'), (40, b'root'))
kind('befs', (0x20, b'1SFB'), (0, b'root'))
kind('exfs', (0, b'EXFS'))
kind('mpool', (0, b'mpoolDev'))
kind('lvm1', (0, b'HM\1\0'))
kind('vxfs', (0x2000, b'\xa5\x01\xfc\xf5'))
kind('ocfs', (0x2000, b'OracleCFS'))
kind('xenix', (0x800, b'+UD'))
kind('sysv', (0x27f8, b'\x20\x7e\x18\xfd'))
kind('udf', (0x8001, b'NSR03'))
kind('vmfs', (0x200000, b'\x5e\xf1\xab\x2f'))
kind('zfs', *[((8 << 20) - (1 << 18) + (1 << 17) + at * 1024, struct.pack('<Q', 0xbab10c)) for at in range(8)])
kind('nilfs2', ((8 << 20) - 4096, struct.pack('<IHH', 2, 0, 0x3434)))
kind('md', (0x1000, b'\xfc\x4e\x2b\xa9'), (0x1000 + 32, b'root'))
kind('nothing', (0, b'root'))
END
python3 kinds.py
# that libblkid says so is worth a look where it is there
for kind in swap luks2 f2fs btrfs erofs romfs oracleasm; do
    ! command -v blkid > log || [ "$(blkid -p -s LABEL -o value $kind.kind)" = root ] || fail "blkid does not find the label of $kind.kind"
done
# large FILE SECOND: a disk of a root and one of these
large() {
    rm -f "$1" && truncate -s 24M "$1"
    printf 'label: gpt\nlabel-id: %s\nstart=2048, size=2048, type=%s, name=root, uuid=%s\nstart=6144, size=16384, type=%s, name=data, uuid=%s\n' \
        $uuid $linux $uuid $linux $other | sfdisk -q --no-tell-kernel --color=never "$1" > log 2>&1 || fail "sfdisk: $(cat log)"
    dd if=root.fs of="$1" bs=512 seek=2048 conv=notrunc 2> log
    dd if="$2" of="$1" bs=1M seek=3 conv=notrunc 2> log
}
truncate -s 8M zeros.kind
large expected zeros.kind
for kind in *.kind; do
    large shipped "$kind"
    case $kind in nothing.kind | zeros.kind) code=0 ;; *) code=1 ;; esac
    scoped "beside it something that begins as $kind" $code content
done

# Images of file systems in an update, which somebody writes to partitions.
bundle() {
    bundle_file=$1
    cp "$2" root.img && cp "$3" data.img
    gzip -nkf9 data.img && pack "$bundle_file" root.img data.img.gz
}
in_bundle() { compared "$1" "$2" "$(fact "$3" unexplained)" shipped expected --scope root.img --scope 'root.img//**'; }
bundle expected root.fs data.fs
bundle shipped root.fs more.fs
in_bundle 'an update: other content beside the scope' 0 label
bundle shipped root.fs same-label.fs
in_bundle 'an update: the label of a file system in scope' 1 label
bundle shipped root.fs same-uuid.fs
in_bundle 'an update: the UUID of a file system in scope' 1 uuid
bundle shipped root.fs erofs.kind
in_bundle 'an update: a file system of a kind whose label is not read' 1 content
for side in shipped:same-label expected:data; do
    rm -f "${side%:*}" && mkdir "${side%:*}"
    cp root.fs "${side%:*}/root.img" && cp "${side#*:}.fs" "${side%:*}/data.img"
done
in_bundle 'a directory: the label of a file system in scope' 1 label
cp more.fs shipped/data.img
in_bundle 'a directory: other content beside the scope' 0 label
