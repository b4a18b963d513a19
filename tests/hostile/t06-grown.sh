#!/bin/sh
# T5, T6, T9, T13: what a rule explains where it stands may do harm elsewhere. An image that is longer than the rebuild's, by
# zeros or by another compression, reaches what is loaded behind it; and a field of a container is run where it lies in code.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mkimage dtc mksquashfs; do
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
head -c 4096 /dev/zero | tr '\0' 'k' > kernel.bin
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
