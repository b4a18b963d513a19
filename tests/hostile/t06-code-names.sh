#!/bin/sh
# T6, T7: an archive under the name of a kernel or boot loader is run as it is by who starts it: its times are instructions.
# So is a stream, though some loaders decode it first; and an archive under any other name of one is none of these.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for tool in cpio sfdisk; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

for side in good shipped; do
    case $side in good) time=1600000000 ;; *) time=1700000000 ;; esac
    mkdir "$side" && printf 'file\n' > one && touch -d "@$time" one
    for file in kernel8.img u-boot.bin Image vmlinux core.img bl31.bin bios.rom boot.raw initrd.img boot-ramdisk.img rootfs.cpio; do
        printf 'one\n' | cpio --quiet -o -H newc --reproducible > "$side/$file"
    done
    for file in kernel.img zImage.bin core.gz.img rom.bin Image.gz rootfs.img; do gzip < one > "$side/$file"; done
    touch -d @1600000000 "$side"/* "$side"
    tar --format=ustar --sort=name --owner=0 --group=0 -cf "$side.tar" -C "$side" .
done
for file in kernel8.img u-boot.bin Image vmlinux core.img bl31.bin bios.rom boot.raw; do
    judge "an archive called $file" 1 shipped.tar good.tar \
        "any(.facts[]; (.path | startswith(\"$file\")) and .fact == \"mtime\" and .class == \"unexplained\")"
done
for file in kernel.img zImage.bin core.gz.img rom.bin; do
    judge "a stream called $file" 1 shipped.tar good.tar "any(.facts[]; (.path | startswith(\"$file\")) and .fact == \"mtime\" and .class == \"unexplained\")"
    rm "shipped/$file" "good/$file"
done
for file in kernel8.img u-boot.bin Image vmlinux core.img bl31.bin bios.rom boot.raw; do rm "shipped/$file" "good/$file"; done
judge 'archives and streams called as such' 0 shipped good '.verdict == "equivalent"'

# A partition is loaded by a place, and its type is that of all others on many boards.
for side in good shipped; do
    cp "$side/rootfs.cpio" "$side.cpio" && gzip -nc "$side.cpio" > "$side.gz"
    for kind in cpio gz; do
        rm -f "$side.$kind.disk" && truncate -s 2M "$side.$kind.disk"
        printf 'label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\nstart=64, size=2048, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name=uboot, uuid=%s\n' \
            11111111-2222-3333-4444-555555555555 | sfdisk -q --no-tell-kernel "$side.$kind.disk" > log 2>&1 || fail "sfdisk: $(cat log)"
        dd if="$side.$kind" of="$side.$kind.disk" bs=512 seek=64 conv=notrunc 2> /dev/null
    done
done
for kind in cpio gz; do
    judge "a $kind in a partition" 1 shipped.$kind.disk good.$kind.disk 'any(.facts[]; .fact == "mtime" and .class == "unexplained")'
    judge "a $kind in a partition, the same" 0 good.$kind.disk good.$kind.disk
    judge "a $kind by itself" 0 shipped.$kind good.$kind
done
