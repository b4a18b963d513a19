#!/bin/sh
# T6: files that the rebuild has equal are equal in the image, and others are not: who compares two copies (cmp, dpkg for
# packages of several architectures) feels a difference in one of them that nobody else does.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gzip cpio mksquashfs; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
seq 2000 > rules
gzip -9nc rules > best.gz && gzip -1nc rules > fast.gz && gzip -5nc rules > other.gz
seq 2001 | gzip -9nc > more.gz

# image NAME FILE...: lib/a.gz, lib/b.gz, ... of these, as a directory, tar and cpio
image() {
    out=$1 letter=a
    shift
    rm -rf "$out" && mkdir -p "$out/lib"
    for file; do
        cp "$file" "$out/lib/$letter.gz"
        letter=$(echo "$letter" | tr a-y b-z)
    done
    find "$out" -exec touch -d @1700000000 {} +
    tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner -cf "$out.tar" -C "$out" .
    (cd "$out" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet > "../$out.cpio")
}
copies='any(.facts[]; .fact == "copies" and .class == "unexplained" and (.path | startswith("lib/")))'
# each STORY CODE FILTER: of every kind of image
each() {
    for kind in '' .tar; do
        judge "$1 (${kind:-a tree})" "$2" "shipped$kind" "expected$kind" "$3"
    done
}
image expected best.gz best.gz more.gz
image shipped fast.gz best.gz more.gz
each 'one of two copies is packed in another way' 1 "$copies"
judge 'one of two copies is packed in another way (.cpio)' 1 shipped.cpio expected.cpio
image shipped fast.gz other.gz more.gz
each 'both are, each by itself' 1 "$copies"
image shipped fast.gz fast.gz more.gz
each 'both are, alike' 0 '.verdict == "equivalent"'
image expected best.gz other.gz more.gz
image shipped best.gz best.gz more.gz
each 'two that are not equal became so' 1 "$copies"
image shipped fast.gz other.gz more.gz
each 'two that are not equal, and stay so' 0 '.verdict == "equivalent"'
# of what is in a stream, and of a copy that is not in scope, nobody compares
gzip -1nc best.gz > twice.gz && gzip -9nc best.gz > again.gz
image expected again.gz rules
image shipped twice.gz rules
each 'a stream in a stream' 0 '.verdict == "equivalent"'
# Two slots of a disk, which differ by the times in them.
if command -v sfdisk > /dev/null || [ -x /usr/sbin/sfdisk ]; then
    PATH=$PATH:/usr/sbin:/sbin
    # slots FILE TIME TIME: two partitions with one file, of these times
    slots() {
        slots_file=$1 slots_at=2048
        shift
        rm -f "$slots_file" && truncate -s 4M "$slots_file"
        printf 'label: dos\nlabel-id: 0x12345678\nstart=2048, size=2048, type=83\nstart=4096, size=2048, type=83\n' | sfdisk -q --no-tell-kernel "$slots_file" > log 2>&1
        for slots_time; do
            rm -rf slot && mkdir slot && touch -d "@$slots_time" slot/file slot && rm -f slot.fs
            mksquashfs slot slot.fs -all-root -mkfs-time 1 -quiet -no-progress > log && dd if=slot.fs of="$slots_file" bs=512 seek=$slots_at conv=notrunc 2> /dev/null
            slots_at=$((slots_at + 2048))
        done
    }
    slots good.disk 1600000000 1600000000
    slots both.disk 1700000000 1700000000
    slots one.disk 1600000000 1700000000
    judge 'two slots of another time' 0 both.disk good.disk '.verdict == "equivalent"'
    judge 'one of two slots of another time' 1 one.disk good.disk 'any(.facts[]; .fact == "copies" and .path == "#part2")'
fi
