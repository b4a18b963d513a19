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
    sfdisk -q --color=never "$disk_file" > log 2>&1 || fail "sfdisk: $(cat log)"
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
