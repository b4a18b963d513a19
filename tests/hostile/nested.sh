#!/bin/sh
# An ELF file in an ar in a cpio in a squashfs: what is deep inside is found by its path, its section and its offset.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# pack_all DIRECTORY MEMBER OUT: the member in lib.a in initrd.cpio in a file system
pack_all() (
    mkdir -p "$1/inner" "$1/outer"
    cp "$2" "$1/inner/prog.o" && touch -d @1700000000 "$1/inner/prog.o"
    (cd "$1/inner" && ar rcD lib.a prog.o && rm prog.o && touch -d @1700000000 lib.a && echo lib.a | cpio -o -H newc --quiet -R 0:0 --reproducible > ../outer/initrd.cpio)
    mksquashfs "$1/outer" "$3" -noappend -quiet -no-progress -all-root -mkfs-time 1 -all-time 1 > /dev/null
)

for machine in mips-32-be aarch64-64-le; do
    "$twin" sample $machine plain good.elf
    rm -f good.img && pack_all "good-$machine" good.elf good.img
    path=initrd.cpio//lib.a//prog.o
    for case in bit zeroed cave text-writable gap-loaded needed-name relocation-relr entry build-id-and-code append-text; do
        "$twin" attack $case good.elf bad.elf alone > hits.json
        rm -rf bad bad.img && pack_all bad bad.elf bad.img
        filter=$(jq -r --arg path $path '.[0] | "any(.findings[]; .path == \"\($path)\" and .class == \"unexplained\" and .range.offset <= \(.offset) and \(.offset) < .range.offset + .range.length)"' hits.json)
        judge "$machine: $case, three containers deep" 1 bad.img good.img "$filter"
    done
    gzip -nc good-$machine/outer/initrd.cpio > good.gz && "$twin" attack bit good.elf bad.elf alone > hits.json
    rm -rf bad bad.img && pack_all bad bad.elf bad.img && gzip -nc bad/outer/initrd.cpio > bad.gz
    judge "$machine: one bit, inside of a compressed archive" 1 bad.gz good.gz 'any(.findings[]; .path == "#gzip//lib.a//prog.o" and .section == ".text" and .range.length == 1)'
done
# two differences of which one is benign: every time in the file system, and one bit of code; then the times alone
pack_all late good.elf late.img && mksquashfs late/outer late.img -noappend -quiet -no-progress -all-root -mkfs-time 7000 -all-time 7000 > /dev/null
judge 'other times alone' 0 late.img good.img '.verdict == "equivalent"'
mksquashfs bad/outer bad.img -noappend -quiet -no-progress -all-root -mkfs-time 7000 -all-time 7000 > /dev/null
judge 'other times and one bit of code' 1 bad.img good.img "any(.findings[]; .path == \"$path\" and .section == \".text\" and .class == \"unexplained\" and .range.length == 1)"
# bytes of each container of the way, where its own reader does not look
cp good-mips-32-be/outer/initrd.cpio bad.cpio && printf 'tail' >> bad.cpio
judge 'bytes behind the trailer of the archive in the middle' 1 bad.cpio good-mips-32-be/outer/initrd.cpio
# U-Boot may take for the number of an inode what is a time: no build is of the first seconds of 1970
mksquashfs late/outer early.img -noappend -quiet -no-progress -all-root -mkfs-time 7000 -all-time 2 > /dev/null
judge 'a time that may be the number of an inode' 1 early.img late.img "$(fact mtime unexplained)"
