#!/bin/sh
# T5, T6, T9, T13: what a rule explains where it stands may do harm elsewhere. An image that is longer than the rebuild's, by
# zeros or by another compression, reaches what is loaded behind it; and a field of a container is run where it lies in code.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mkimage dtc fdtput mksquashfs; do
    command -v $tool > /dev/null || { echo "SKIP: t06-grown: no $tool"; exit 77; }
done

# --- zeros behind the end ---
printf '/dts-v1/; / { compatible = "acme,board"; };' | dtc -q -I dts -O dtb -o good.dtb
cp good.dtb grown.dtb && head -c 70000 /dev/zero >> grown.dtb
judge 'a device tree with zeros behind it' 1 grown.dtb good.dtb
judge 'a device tree without the zeros behind it' 1 good.dtb grown.dtb
judge 'the same device tree with zeros' 0 grown.dtb grown.dtb
mkdir tree && seq 1 50 > tree/file
(cd tree && echo file | cpio --quiet -o -H newc --reproducible > ../good.cpio)
cp good.cpio grown.cpio && head -c 512 /dev/zero >> grown.cpio
judge 'a cpio that fills another block' 0 grown.cpio good.cpio
head -c 40960 /dev/zero >> grown.cpio
judge 'a cpio with zeros behind it' 1 grown.cpio good.cpio

# --- images of a FIT, which says where they are loaded ---
seq 1 20000 > content && gzip -9nc content > small.gz && gzip -1nc content > large.gz
# which of both is the longer one is the packer's matter
[ "$(wc -c < small.gz)" -lt "$(wc -c < large.gz)" ] || { mv small.gz long.gz && mv large.gz small.gz && mv long.gz large.gz; }
head -c 4096 /dev/zero | tr '\0' 'k' > kernel.bin && gzip -9nc kernel.bin > packed.gz
# fit OUT RAMDISK DTB LOAD: the kernel is loaded there, the ramdisk at 0x10000, the device tree at 0x1000
fit() {
    cat > f.its <<END
/dts-v1/; / { description = "t"; #address-cells = <1>; images {
    k { description = "k"; data = /incbin/("kernel.bin"); type = "kernel"; arch = "arm"; os = "linux"; compression = "none"; load = <$4>; entry = <$4>; };
    r { description = "r"; data = /incbin/("$2"); type = "ramdisk"; arch = "arm"; os = "linux"; compression = "none"; load = <0x10000>; };
    f { description = "f"; data = /incbin/("$3"); type = "flat_dt"; arch = "arm"; compression = "none"; load = <0x1000>; };
}; configurations { default = "c"; c { description = "c"; kernel = "k"; ramdisk = "r"; fdt = "f"; }; }; };
END
    SOURCE_DATE_EPOCH=1600000000 mkimage -f f.its "$1" > mkimage.log 2>&1 || fail "mkimage: $(cat mkimage.log)"
}
between=$(printf '0x%x' $((0x10000 + ($(wc -c < small.gz) + $(wc -c < large.gz)) / 2)))
fit good.itb small.gz good.dtb "$between" && fit over.itb large.gz good.dtb "$between"
fit far-good.itb small.gz good.dtb 0x1000000 && fit far.itb large.gz good.dtb 0x1000000
fit wiped.itb small.gz grown.dtb "$between"
(cat good.itb && head -c 190000 /dev/zero) > longer.itb
judge 'a FIT with zeros behind it' 1 longer.itb good.itb 'any(.facts[]; .fact == "size" and .class == "unexplained")'
judge 'a ramdisk that is compressed in another way, and reaches the kernel' 1 over.itb good.itb 'any(.facts[]; .fact == "loaded-bytes" and .class == "unexplained")'
judge 'one that reaches nothing' 0 far.itb far-good.itb
judge 'a device tree with zeros, which reach the ramdisk' 1 wiped.itb good.itb

# --- images of a FIT that are started by an address ---
printf x > init && touch -d @1600000000 init && echo init | cpio --quiet -o -H newc --reproducible | gzip -9n > rd.gz
# timed OUT BYTES: the RAM disk with these four as its time
timed() { cp rd.gz "$1" && poke "$1" 4 "$2"; }
timed early.gz '\0303\0220\0220\0110' && timed late.gz '\0351\07\0\0'
# entered NAME KERNEL RAMDISK [CONFIGURATION [PROGRAM]]: NAME-good and NAME-bad, which differ in the time of the RAM disk
entered() {
    for side in good:early bad:late; do
        cat > f.its <<END
/dts-v1/; / { description = "t"; #address-cells = <1>; images {
    k { description = "k"; data = /incbin/("${5:-kernel.bin}"); $2 };
    r { description = "r"; data = /incbin/("${side#*:}.gz"); type = "ramdisk"; arch = "arm"; os = "linux"; compression = "none"; $3 };
}; configurations { default = "c"; c { description = "c"; kernel = "k"; ramdisk = "r"; ${4:-} }; }; };
END
        SOURCE_DATE_EPOCH=1600000000 mkimage -f f.its "$1-${side%:*}" > mkimage.log 2>&1 || fail "mkimage: $(cat mkimage.log)"
    done
}
arm='type = "kernel"; arch = "arm"; os = "linux"; compression = "none";' noload='type = "kernel_noload"; arch = "arm"; os = "linux"; compression = "none";'
x86='type = "kernel"; arch = "x86"; os = "linux"; compression = "none";' packed='type = "kernel"; arch = "arm"; os = "linux"; compression = "gzip";'
# open STORY KERNEL RAMDISK ...: such a time is explained; shut: it is not
open() {
    story=$1 && shift && entered pair "$@"
    judge "$story" 0 pair-bad pair-good 'any(.facts[]; .path == "r" and .fact == "mtime" and .class == "explained")'
}
shut() {
    story=$1 && shift && entered pair "$@"
    judge "$story" 1 pair-bad pair-good 'any(.findings[]; .path == "r" and .class == "unexplained" and .range.offset == 4)'
}
open 'a kernel that is entered in itself' "$arm load = <0x20000000>; entry = <0x20000040>;" 'load = <0x10000000>;'
open 'one that is loaded and entered nowhere' "$arm" 'load = <0x10000000>;'
open 'a RAM disk with an entry, which nobody asks for' "$arm load = <0x20000000>; entry = <0x20000000>;" 'load = <0x10000000>; entry = <0x10000000>;'
open 'a RAM disk at 0, which is nowhere' "$arm load = <0>; entry = <0>;" 'load = <0>; entry = <0>;'
open 'a kernel that is entered in what it decodes to' "$packed load = <0x20000000>; entry = <0x20000800>;" 'load = <0x10000000>;' '' packed.gz
open 'a kernel that lies where it is' "$noload load = <0>; entry = <0x40>;" 'load = <0x10000000>;'
open 'a kernel of x86, which is entered by its setup' "$x86 load = <0x1000000>; entry = <0>;" 'load = <0x10000000>;'
shut 'a kernel that is entered in its RAM disk' "$arm load = <0x20000000>; entry = <0x10000004>;" 'load = <0x10000000>;'
shut 'the same in two cells' "$arm load = <0 0x20000000>; entry = <0 0x10000004>;" 'load = <0 0x10000000>;'
shut 'a kernel that is entered where nothing is, as the FIT lies anywhere' "$arm load = <0x20000000>; entry = <0x30000000>;" ''
shut 'a kernel that is entered behind its end' "$arm load = <0x20000000>; entry = <0x20001000>;" ''
shut 'a packed kernel that is entered behind what it decodes to' "$packed load = <0x20000000>; entry = <0x20001000>;" '' '' packed.gz
shut 'a kernel without an address that is entered' "$arm entry = <0x10000004>;" 'load = <0x10000000>;'
shut 'a kernel that lies where it is, and is entered behind it' "$noload load = <0>; entry = <0x1040>;" ''
shut 'a kernel of x86 with an entry' "$x86 load = <0x1000000>; entry = <0x10000004>;" 'load = <0x10000000>;'
shut 'a RAM disk over a kernel' "$arm load = <0x20000000>; entry = <0x20000100>;" 'load = <0x200000fc>;'
shut 'a RAM disk at 0 that is a loadable too' "$arm load = <0>; entry = <0x4>;" 'load = <0>;' 'loadables = "r";'
shut 'an address of bytes that are letters' "$arm load = <0x41414100>; entry = <0x41414104>;" 'load = [41 41 41 00];'
shut 'an address that looks like the number of another' "$arm load = <0x30783100>; entry = <0x30783104>;" 'load = <0x30783100>;'
shut 'an address of no bytes' "$arm load = <0x20000000>; entry = <0x20000000>;" 'load;'
shut 'an address of three cells' "$arm load = <0 0 0x20000000>; entry = <0x20000000>;" ''
# the time of the FIT itself, which lies in memory as well
for entry in 0:0x20000000 1:0x30000000; do
    entered pair "$arm load = <0x20000000>; entry = <${entry#*:}>;" ''
    cp pair-good pair-bad
    fdtput -t x pair-good / timestamp 5f5e1000 && fdtput -t x pair-bad / timestamp c3909090
    judge "the time of a FIT that is entered at ${entry#*:}" "${entry%:*}" pair-bad pair-good
done
entered beside "$arm load = <0x20000000>; entry = <0x10000004>;" 'load = <0x10000000>;'
for scoped in k r; do
    code=0
    "$assay" compare beside-bad beside-good --scope $scoped --report report.json > said.txt 2>&1 || code=$?
    [ $code = 1 ] || { cat said.txt >&2; fail "a scope on $scoped, of which the kernel is entered in the RAM disk: exit $code, expected 1"; }
    printf 'ok: %s: a scope on %s, of which the kernel is entered in the RAM disk\n' "$name" $scoped
done
jq -e "$(fact mtime explained)" report.json > /dev/null && fail 'a time is explained'
entered beside "$arm load = <0x20000000>; entry = <0x20000000>;" 'load = <0x10000000>;'
"$assay" compare beside-bad beside-good --scope k > said.txt 2>&1 || { cat said.txt >&2; fail 'a scope on a kernel that is entered in itself'; }
printf 'ok: %s: a scope on a kernel that is entered in itself\n' "$name"

# --- fields that lie in code ---
(cd tree && touch -d @1600000000 file && echo file | cpio --quiet -o -H newc --reproducible | gzip -9n > ../initramfs.gz)
cat > make.py <<'EOF'
import struct

stream = open('initramfs.gz', 'rb').read()


def timed(seconds):
    return stream[:4] + struct.pack('<I', seconds) + stream[8:]


def flat(name, seconds):
    """A kernel of arm64 as it is loaded (Documentation/arm64/booting.rst), with an initramfs amid its code."""
    code = b'\x1f\x20\x03\xd5' * 16
    data = timed(seconds)
    data += b'\0' * (-len(data) % 8) + struct.pack('<Q', len(data))
    body = code + data
    size = (64 + len(body) + 4095) // 4096 * 4096
    head = struct.pack('<IIQQQQQQ4sI', 0x91005a4d, 0x14000010, 0, size, 0xa, 0, 0, 0, b'ARM\x64', 0)
    with open(name, 'wb') as out:
        out.write((head + body).ljust(size, b'\0'))


def program(name, archive):
    """A program of one segment, and an archive behind it."""
    code = b'\x90' * 64
    length = 64 + 56 + len(code)
    head = b'\x7fELF\x02\x01\x01'.ljust(16, b'\0') + struct.pack('<HHIQQQIHHHHHH', 2, 62, 1, 0x400078, 64, length, 0, 64, 56, 1, 64, 1, 0)
    head += struct.pack('<IIQQQQQQ', 1, 5, 0, 0x400000, 0x400000, length, length, 0x1000)
    with open(name, 'wb') as out:
        out.write(head + code + bytes(64))
        out.write(open(archive, 'rb').read())


flat('good.Image', 1600000000)
flat('time.Image', 0x17fffffd)
program('near-good', 'good.squashfs')
program('near-time', 'time.squashfs')
EOF
for seconds in good:1600000000 time:3284160529; do
    mksquashfs tree "${seconds%:*}.squashfs" -noappend -no-progress -quiet -all-time 1600000000 -mkfs-time "${seconds#*:}" -root-mode 755 -all-root > mksquashfs.log 2>&1 || fail "mksquashfs: $(cat mksquashfs.log)"
done
python3 make.py
judge 'a kernel as it is loaded' 0 good.Image good.Image '.image.format == "arm64-image"'
judge 'another time in a stream amid its code' 1 time.Image good.Image
judge 'a program with a squashfs behind it' 0 near-good near-good '.image.format == "elf-appended"'
judge 'another time of a squashfs in the page in which the code of a program ends' 1 near-time near-good
judge 'a squashfs' 0 time.squashfs good.squashfs
# legacy ENTRY SECONDS OUT: SPL loads the header too, in front of the load address
legacy() { SOURCE_DATE_EPOCH=$2 mkimage -A arm -O u-boot -T firmware -C none -a 0x80800000 -e "$1" -n u-boot -d kernel.bin "$3" > mkimage.log 2>&1 || fail "mkimage: $(cat mkimage.log)"; }
for entry in 0x80800000 0x807fffc8; do
    legacy $entry 1600000000 "good-$entry" && legacy $entry 1700000000 "time-$entry"
done
judge 'another time of a legacy image' 0 time-0x80800000 good-0x80800000
judge 'another time of one that is started at it' 1 time-0x807fffc8 good-0x807fffc8
# kernel ENTRY SECONDS OUT COMPRESSION FILE: a kernel for bootm, which is entered in itself or elsewhere
kernel() { SOURCE_DATE_EPOCH=$2 mkimage -A arm -O linux -T kernel -C "$4" -a 0x80800000 -e "$1" -n k -d "$5" "$3" > mkimage.log 2>&1 || fail "mkimage: $(cat mkimage.log)"; }
for entry in 0:0x80800ffc 1:0x80801000 1:0x80000000; do
    for form in none:kernel.bin gzip:packed.gz; do
        kernel "${entry#*:}" 1600000000 good-kernel "${form%:*}" "${form#*:}" && kernel "${entry#*:}" 1700000000 time-kernel "${form%:*}" "${form#*:}"
        judge "another time of a kernel (${form%:*}) that is entered at ${entry#*:}" "${entry%:*}" time-kernel good-kernel
    done
done
