#!/bin/sh
# T6: disks with a table of partitions, MBR or GPT, and a FAT in one of them. A pair made at two times passes; one byte
# changed in a table, in a partition, or where no partition is, does not, and is named. Both copies of a GPT agree.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for tool in sfdisk mkfs.fat mcopy python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1 TZ=UTC
mkdir boot
printf hello > boot/file

# disk FILE TIME: the table on standard input; a FAT from sector 64 on, text from 3000 on, text in sector 50
disk() {
    rm -f fat && SOURCE_DATE_EPOCH=$2 mkfs.fat -C -i 12345678 fat 1440 > log
    find boot -exec touch -d "@$2" {} +
    SOURCE_DATE_EPOCH=$2 mcopy -s -m -i fat boot ::
    rm -f "$1" && truncate -s 2M "$1"
    sfdisk -q --no-tell-kernel --color=never "$1" > log 2>&1 || fail "sfdisk: $(cat log)"
    dd if=fat of="$1" bs=512 seek=64 conv=notrunc 2> /dev/null
    seq 1 2000 | dd of="$1" bs=512 seek=3000 conv=notrunc 2> /dev/null
    printf 'a gap' | dd of="$1" bs=512 seek=50 conv=notrunc 2> /dev/null
}
mbr() { printf 'label: dos\nlabel-id: 0x12345678\nstart=64, size=2880, type=c, bootable\nstart=2990, size=200, type=5\nstart=3000, size=40, type=83\n'; }
gpt() {
    printf 'label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\nfirst-lba: 34\n'
    printf 'start=64, size=2880, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=boot, uuid=aaaaaaaa-2222-3333-4444-555555555555\n'
    printf 'start=3000, size=40, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=bbbbbbbb-2222-3333-4444-555555555555\n'
}

# changed STORY OFFSET: one byte more than it was, in the image itself, and nothing else
changed() {
    cp genuine shipped
    python3 -c 'import sys
image = bytearray(open("shipped", "rb").read()); image[int(sys.argv[1])] ^= 0x21; open("shipped", "wb").write(image)' "$2"
    judge "$1" 1 shipped expected "[.findings[] | select(.class == \"unexplained\") | [.path, .range.offset, .range.length]] ==
        [[\".\", $2, 1]]"
}

# pair STORY FORMAT TEXT-PARTITION
pair() {
    $2 | disk expected 1600000000
    $2 | disk genuine 1700000124
    judge "$1, made at another time" 0 genuine expected ".verdict == \"equivalent\" and .image.format == \"$2\""
    cp genuine shipped
    poke shipped $(($(LC_ALL=C grep -obUaF hello shipped | head -n 1 | cut -d: -f1) + 1)) a
    judge "$1, a byte of a file in a partition" 1 shipped expected '
        [.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["#part1//boot/file", 1, 1]]'
    cp genuine shipped
    poke shipped $((3000 * 512 + 100)) x
    judge "$1, a byte of a partition" 1 shipped expected "
        [.findings[] | select(.class == \"unexplained\") | [.path, .range.offset, .range.length]] == [[\"$3\", 100, 1]]"
    changed "$1, boot code" 10
    changed "$1, a byte before the first partition" $((50 * 512 + 2))
    changed "$1, a byte between two partitions" $((2950 * 512))
    changed "$1, a byte behind the last partition" $((3100 * 512))
    (cat genuine; printf behind) > shipped
    judge "$1, bytes behind the disk" 1 shipped expected
    head -c 2000000 genuine > shipped
    judge "$1, a disk that is cut off" 1 shipped expected
}
pair 'an MBR' mbr '#part5'
changed 'an MBR, the mark of a disk' 440
cp genuine shipped
poke shipped 450 '\016'
judge 'an MBR, another type' 1 shipped expected "$(fact partition-type unexplained)"
cp genuine shipped
poke shipped 446 '\0'
judge 'an MBR, no active partition' 1 shipped expected "$(fact active unexplained)"

# an entry of a chain that one reader goes by the type of, and Linux by the size of, is a partition to one of both
for entry in 0 1 2 3; do
    cp genuine shipped
    poke shipped $((2990 * 512 + 446 + 16 * entry + 4)) "$([ $entry != 0 ] || printf '\\0')"
    [ $entry = 0 ] || poke shipped $((2990 * 512 + 446 + 16 * entry + 12)) '\001'
    judge "an MBR, an entry $entry of a chain that has a type or a size alone" 1 shipped expected
    code=0
    "$assay" compare shipped expected --scope '#part5' > said.txt 2>&1 || code=$?
    [ "$code" != 0 ] || fail "an MBR, an entry $entry of a chain that has a type or a size alone, in scope: a pass"
done
"$assay" compare genuine expected --scope '#part5' > said.txt 2>&1 || { cat said.txt >&2; fail 'an MBR, the partition of a chain in scope: no pass'; }

pair 'a GPT' gpt '#part2'
broken='.reasons[0] | contains("breaks the rules of its own format")'
for at in 568 1080 $((2 * 1024 * 1024 - 512 + 56)) $((2 * 1024 * 1024 - 512 - 16384 + 56)); do
    cp genuine shipped
    poke shipped "$at" X
    judge "a GPT, a byte of a table at $at" 1 shipped expected "$broken"
done
# with both checksums mended, in one copy and in both
cat > mend.py <<'END'
import struct, sys, zlib
image = bytearray(open('genuine', 'rb').read())
last = len(image) // 512 - 1
for header, entries in ((1, 2), (last, last - 32))[:int(sys.argv[2])]:
    at = entries * 512 + int(sys.argv[1])
    image[at] ^= 1
    image[header * 512 + 88:header * 512 + 92] = struct.pack('<I', zlib.crc32(image[entries * 512:entries * 512 + 16384]))
    image[header * 512 + 16:header * 512 + 20] = bytes(4)
    image[header * 512 + 16:header * 512 + 20] = struct.pack('<I', zlib.crc32(image[header * 512:header * 512 + 92]))
open('shipped', 'wb').write(image)
END
python3 mend.py 56 1
judge 'a GPT, one name changed in one copy' 1 shipped expected "$broken"
python3 mend.py 56 2
judge 'a GPT, one name changed in both copies' 1 shipped expected "$(fact partition-name unexplained)"
python3 mend.py 48 2
judge 'a GPT, attributes changed in both copies' 1 shipped expected "$(fact attributes unexplained)"
python3 mend.py 16 2
judge 'a GPT, an identifier changed in both copies' 1 shipped expected "$(fact partition-guid unexplained)"
python3 mend.py 32 2
judge 'a GPT, a partition that begins elsewhere' 1 shipped expected
python3 mend.py 2000 2
judge 'a GPT, something in an entry that is not used' 1 shipped expected

# --- changes anywhere ---
# mutate.py COUNT: so many changed disks, `bad.1` and so on
cat > mutate.py <<'END'
import random, sys
good = open('expected', 'rb').read()
areas = [(0, 512), (440, 512), (512, 1536), (1024, 17408), (2990 * 512, 2991 * 512), (len(good) - 17408, len(good)), (0, len(good))]
for seed in range(1, int(sys.argv[1]) + 1):
    image = bytearray(good)
    random.seed(seed)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(*random.choice(areas))
        # not within the FAT, whose times may differ
        if not 64 * 512 <= at < 2944 * 512:
            image[at] ^= random.randrange(1, 256)
    if image == good:
        image[100] ^= 1
    open('bad.' + str(seed), 'wb').write(image)
END
for kind in mbr gpt; do
    $kind | disk expected 1600000000
    python3 mutate.py "${ASSAY_MUTANTS:-20}"
    for bad in bad.*; do
        code=0
        "$assay" compare "$bad" expected --report report.json > said.txt 2>&1 || code=$?
        [ $code = 1 ] || [ $code = 2 ] || { cat said.txt >&2; fail "$kind, mutant ${bad#bad.}: exit $code"; }
    done
    printf 'ok: %s: %s: %s changed disks, none of which passes\n' "$name" "$kind" "$(find . -name 'bad.*' | wc -l)"
    rm bad.*
done

# --- a partition that is run ---
# The first sector of an active one is code, whatever its type says, and boot code may run that of any other which ends as
# a boot sector does; the time of a squashfs stands in it.
if command -v mksquashfs > /dev/null; then
    mkdir system
    # its bytes stand at 96 as they are
    { head -c 414 /dev/zero; printf '\125\252'; seq 1 200; } > system/signed
    { head -c 412 /dev/zero; printf '\125\252'; seq 1 200; } > system/plain
    for side in expected shipped; do
        time=1600000000
        [ $side = expected ] || time=1700000000
        for kind in plain signed; do
            rm -rf tree $kind.squashfs && mkdir tree && cp system/$kind tree/file
            mksquashfs tree $kind.squashfs -quiet -no-progress -all-root -noI -noD -noF -no-fragments -mkfs-time $time -all-time 1500000000 > log
        done
        [ "$(od -An -tx1 -j510 -N2 signed.squashfs)" = ' 55 aa' ] || fail 'no boot signature'
        for kind in mbr:plain mbr:active mbr:signed gpt:plain gpt:active gpt:signed; do
            rm -f disk && truncate -s 256K disk
            case $kind in
                mbr:*) printf 'label: dos\nlabel-id: 0x12345678\nstart=64, size=64, type=83%s\n' "$([ $kind != mbr:active ] || echo ', bootable')" ;;
                *)     printf 'label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\nfirst-lba: 34\nstart=64, size=64, type=linux, uuid=aaaaaaaa-2222-3333-4444-555555555555%s\n' \
                           "$([ $kind != gpt:active ] || echo ', attrs="LegacyBIOSBootable"')" ;;
            esac | sfdisk -q --no-tell-kernel --color=never disk > log 2>&1 || fail "sfdisk: $(cat log)"
            case $kind in *:signed) file=signed ;; *) file=plain ;; esac
            dd if=$file.squashfs of=disk bs=512 seek=64 conv=notrunc 2> /dev/null
            mv disk $side.$kind
        done
    done
    for kind in mbr gpt; do
        judge "$kind, a time in a partition" 0 shipped.$kind:plain expected.$kind:plain "$(fact mtime explained)"
        judge "$kind, a time in a partition that is run" 1 shipped.$kind:active expected.$kind:active "$(fact mtime unexplained)"
        judge "$kind, a time in a partition that ends as a boot sector does" 1 shipped.$kind:signed expected.$kind:signed "$(fact mtime unexplained)"
    done
fi

# --- partitions around a scope ---
# What they hold stays where it is; names, identifiers and types are exchanged, by which the other system is booted.
for form in gpt mbr; do
    $form | disk expected 1600000000
    cp expected "$form.expected"
    case $form in
        gpt) gpt | sed 's/aaaaaaaa/XXXXXXXX/; s/bbbbbbbb/aaaaaaaa/; s/XXXXXXXX/bbbbbbbb/' ;;
        mbr) mbr | sed 's/, bootable//; s/type=83/type=83, bootable/' ;;
    esac | disk shipped 1600000000
    code=0
    "$assay" compare shipped expected --scope '#part1//boot/file' --report report.json > said.txt 2>&1 || code=$?
    [ $code = 1 ] || { cat said.txt >&2; fail "$form, partitions exchanged around a scope: exit $code"; }
    jq -e 'any(.facts[]; .path == "#part1" and (.fact == "partition-guid" or .fact == "active") and .class == "unexplained")' report.json > /dev/null ||
        fail "$form, partitions exchanged around a scope: no fact"
    "$assay" compare expected "$form.expected" --scope '#part1//boot/file' --quiet > said.txt 2>&1 || fail "$form, a scope in a partition: no pass"
    printf 'ok: %s: %s, partitions exchanged around a scope\n' "$name" "$form"
done

# --- beside a scope: another label, which is asked for before the MBR's ---
mbr | disk expected 1600000000
for label in '0 \013\345\251\101' '0 \311\302\324\301' '0 ER' '3072 PRIVHEAD' '2048 RDSK'; do
    cp expected shipped
    poke shipped "${label%% *}" "${label#* }"
    code=0
    "$assay" compare --scope '#part1//boot/file' shipped expected > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || { cat said.txt >&2; fail "in scope, another label at ${label%% *}: exit $code, expected 1"; }
    "$assay" compare --scope '#part1//boot/file' shipped shipped > said.txt 2>&1 || fail "in scope, a label that the rebuild has: exit $?"
    printf 'ok: %s: in scope, another label at %s\n' "$name" "${label%% *}"
done
cp expected shipped
poke shipped 100 boot
code=0
"$assay" compare --scope '#part1//boot/file' shipped expected > said.txt 2>&1 || code=$?
[ "$code" = 0 ] || fail "in scope, other boot code: exit $code, expected 0"
