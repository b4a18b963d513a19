#!/bin/sh
# T6: Linux kernel images. The compressed kernel in one and the initramfs in that are opened; all else is code, compared
# byte by byte and in its place. Nothing is taken for a stream that is not certain to be one.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
for tool in gcc ld objcopy python3 cpio gzip bzip2 xz lz4 zstd dtc jq; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done

# --- a kernel, its initramfs and what compresses it ---
mkdir -p tree/bin tree/dev
printf '#!/bin/sh\nexec /bin/tool\n' > tree/init
seq 1 400 > tree/bin/tool

# initramfs FILE TIME
initramfs() {
    find tree -exec touch -hd "@$2" {} +
    (cd tree && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) > "$1"
}

# elf FILE INITRAMFS WORD BASE CC-OPTION LD-OPTION...: linked to the addresses of a kernel; the initramfs lies as INIT_RAM_FS places it
elf() {
    cat > kernel.S <<S
    .globl _start
    .text
_start: .rept 900
    .long 0x12345678
    .endr
    .section .init.data, "aw"
    .balign 8
    .long 1
    .incbin "$2"
end: .balign 8
    $3 end - _start_of
    .ascii "behind the initramfs"
    .data
    .rept 100
    .long 0x9abcdef0
    .endr
    .set _start_of, end - $(wc -c < "$2")
    .section .note.GNU-stack, "", %progbits
S
    out=$1 base=$4
    gcc "$5" -c -o kernel.o kernel.S
    shift 5
    ld "$@" -Ttext-segment="$base" -o "$out" kernel.o 2> ld.log || fail "ld: $(cat ld.log)"
}
elf64() { elf "$1" "$2" .quad 0xffffffff81000000 -m64; }

pack_gzip() { gzip -n -9 < "$1" > "$2"; size=gzip; }
pack_bzip2() { bzip2 -9 < "$1" > "$2"; size=$(wc -c < "$1"); }
pack_xz() { xz --check=crc32 --lzma2=dict=1MiB < "$1" > "$2"; size=$(wc -c < "$1"); }
pack_lzma() { xz --format=lzma -9 < "$1" > "$2"; size=$(wc -c < "$1"); }
pack_lz4() { lz4 -l -9 -q -c "$1" > "$2"; size=$(wc -c < "$1"); }
pack_zstd() { zstd -19 -q -c "$1" > "$2"; size=$(wc -c < "$1"); }

# image KIND OUT KERNEL CODEC [BEHIND]
image() {
    "pack_$4" "$3" payload
    kind=$1 out=$2
    shift 4
    python3 "$here/kernels.py" "$kind" "$out" payload "$size" "$@"
}

# Where code that decompresses has lengths in it, a pass needs streams of one length: another time with the same.
# later CODEC: vmlinux.later, of which the stream is as long as that of vmlinux. (bzip2 hardly ever gives one.)
later() {
    "pack_$1" vmlinux first
    for day in $(seq 1 60); do
        initramfs initramfs.later $((1700000000 + day * 86400))
        elf64 vmlinux.later initramfs.later
        "pack_$1" vmlinux.later second
        if [ "$(wc -c < first)" = "$(wc -c < second)" ]; then return 0; fi
    done
    fail "no time gives a stream of $1 of the same length"
}

initramfs initramfs 1700000000
elf64 vmlinux initramfs
later gzip

# --- the ELF file itself ---
# one PATH OFFSET: this byte and no other is unexplained
one() { printf '[.findings[] | select(.class == "unexplained")] | length == 1 and .[0].path == "%s" and .[0].range.offset == %s and .[0].range.length == 1' "$1" "$2"; }
judge 'an ELF file, with its initramfs packed at another time' 0 vmlinux.later vmlinux \
    '.image.format == "vmlinux" and .verdict == "equivalent" and ([.files[].path] | contains(["#kernel", "#initramfs//init", "#initramfs//bin/tool"]))'
at=$(grep -abo 0707 vmlinux | head -n 1 | cut -d : -f 1)
cp vmlinux bad && poke bad $((at - 4)) '\2'
judge 'a byte in front of the initramfs' 1 bad vmlinux "$(one '#kernel' $((at - 4)))"
sed -i 's/^7$/8/' tree/bin/tool && initramfs other 1700000000 && sed -i '7s/8/7/' tree/bin/tool
elf64 bad other
judge 'a byte of a file in the initramfs' 1 bad vmlinux "$(one '#initramfs//bin/tool' 12)"
cp vmlinux bad && poke bad 4200 '\1'
judge 'a byte of the code, in its section' 1 bad vmlinux "$(one '#kernel' 4200) and .[0].section == \".text\""
cp vmlinux bad && number=$(( (at + $(wc -c < initramfs) + 7) / 8 * 8 )) && poke bad "$number" '\100'
judge 'a length that is not that of the initramfs: nothing is certain' 1 bad vmlinux '.image.format == "elf"'
judge 'the same on both sides' 0 bad bad '.verdict == "identical"'
cp vmlinux bad && poke bad $((number + 8)) B
judge 'a byte behind the initramfs' 1 bad vmlinux "$(one '#kernel' $((number + 8)))"
mkdir -p empty/dev empty/root && (cd empty && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) > other
elf64 bare other
judge 'a kernel with directories alone in its initramfs is an ELF file' 0 bare bare '.image.format == "elf"'
for codec in gzip bzip2 xz lzma lz4 zstd; do
    "pack_$codec" initramfs packed
    "pack_$codec" initramfs.later packed.later
    elf64 vmlinux.packed packed
    judge "an initramfs that is compressed by $codec" 0 vmlinux.packed vmlinux.packed \
        '.image.format == "vmlinux" and any(.files[].path; test("^#initramfs//#.*//init$"))'
    if [ "$(wc -c < packed)" = "$(wc -c < packed.later)" ]; then
        elf64 vmlinux.packed-later packed.later
        judge "an initramfs that is compressed by $codec, packed at another time" 0 vmlinux.packed-later vmlinux.packed '.verdict == "equivalent"'
    fi
done
elf small initramfs .long 0xc0008000 -m32 -m elf_i386 && judge 'a kernel of 32 bits' 0 small small '.image.format == "vmlinux"'
echo 'int main (void) { return 0; }' > program.c && gcc -o program program.c
judge 'a program of a user is none' 0 program program '.image.format == "elf"'

# --- all kinds of images, and codecs ---
# attacks WHAT PLACE...: a byte at each place of `expected`; payload_at and payload_end say where the stream lies
flip_at() { cp expected bad && poke bad "$1" "$(printf '\\%03o' $(($(od -An -tu1 -j"$1" -N1 expected) ^ 1)))"; }
attacks() {
    what=$1
    shift
    for place; do
        flip_at "$place"
        judge "$what: a byte at $place" 1 bad expected "$(one . "$place")"
    done
    stream=$((payload_at + (payload_end - payload_at) / 2))
    flip_at "$stream"
    judge "$what: a byte of the stream" 1 bad expected "any(.findings[]; .class == \"unexplained\" and ((.path | startswith(\"#payload\")) or (.path == \".\" and .range.offset == $stream and .range.length == 1)))"
    { cat expected && printf x; } > bad
    judge "$what: a byte behind the end" 1 bad expected
    { head -c "$payload_end" expected && printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' && tail -c +$((payload_end + 1)) expected; } > bad
    judge "$what: zeros behind the stream" 1 bad expected
}
# whole KIND CODEC: places in `expected`
whole() {
    image "$1" expected vmlinux "$2"
    payload_at=$(python3 -c 'import sys; print(open("expected", "rb").read().find(open("payload", "rb").read()))')
    payload_end=$((payload_at + $(wc -c < payload)))
    end=$(wc -c < expected)
}
for kind in bzimage zimage zboot; do
    whole $kind bzip2
    judge "$kind, bzip2" 0 expected expected 'any(.files[].path; endswith("#bzip2//#initramfs//init"))'
done
for codec in gzip xz lzma lz4 zstd; do
    later $codec
    for kind in bzimage zimage zboot; do
        whole $kind $codec
        image "$kind" shipped vmlinux.later $codec
        # What is decoded where it lies may be overtaken by what it decodes to: both are seen to be made alike.
        judge "$kind, $codec: with its initramfs packed at another time" 0 shipped expected \
            ".image.format == \"$kind\" and .verdict == \"equivalent\" and any(.files[].path; test(\"^#payload//#.*//#initramfs//init\$\"))"
    done
done
# Where they were not, one may be overtaken and the other not; and of some filters Linux knows nothing, in both.
# other_way CODEC COMMAND...: the kernel of another time by the command, in as many bytes
other_way() {
    codec=$1
    shift
    "pack_$codec" vmlinux first
    for day in $(seq 1 200); do
        initramfs initramfs.later $((1700000000 + day * 86400))
        elf64 vmlinux.later initramfs.later
        "$@" < vmlinux.later > second
        [ "$(wc -c < first)" != "$(wc -c < second)" ] || break
    done
    [ "$(wc -c < first)" = "$(wc -c < second)" ] || fail "no time gives a stream of $* of the same length"
    for kind in bzimage zimage; do
        whole $kind "$codec"
        python3 "$here/kernels.py" "$kind" shipped second "$size"
        judge "$kind, $codec: at another time by $*" 1 shipped expected "$(fact recompressed unexplained)"
    done
}
pack_started() { xz --check=crc32 --x86=start=16777216 --lzma2=dict=1MiB < "$1" > "$2"; size=$(wc -c < "$1"); }
pack_branches() { xz --check=crc32 --x86 --lzma2=dict=1MiB < "$1" > "$2"; size=$(wc -c < "$1"); }
other_way xz xz --check=crc32 --lzma2=preset=6e,dict=1MiB
other_way lz4 lz4 -l -12 -q -c
other_way lzma xz --format=lzma -8
other_way branches xz --check=crc32 --x86=start=16777216 --lzma2=dict=1MiB
other_way started xz --check=crc32 --x86=start=16777216 --lzma2=dict=1MiB
for kind in bzimage zimage zimage-be zboot; do
    whole $kind xz
    attacks "$kind, xz" 64 $((payload_at - 1)) $((payload_end + 1)) $((end - 8))
    cp vmlinux vmlinux.bad && poke vmlinux.bad 4200 '\1'
    image "$kind" bad vmlinux.bad xz
    judge "$kind: a byte of the kernel in it" 1 bad expected '[.findings[] | select(.class == "unexplained" and .path == "#payload//#xz//#kernel" and .range.offset == 4200 and .range.length == 1)] | length == 1'
done

# --- the header of zboot, beside the kernel in it ---
# Who does not run it decodes by the text; who does asks where its PE header is.
whole zboot xz
# beside STORY CODE SHIPPED SCOPE
beside() {
    code=0
    "$assay" compare --scope "$4" "$3" expected > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "in scope, $1: exit $code, expected $2"; }
    printf 'ok: %s: in scope, %s\n' "$name" "$1"
}
flip_at 300 && mv bad code
flip_at 24 && mv bad text
flip_at 60 && mv bad place
for scope in '#payload' '#payload//#xz' '#payload//**'; do
    beside "$scope: a kernel" 0 expected "$scope"
    beside "$scope: other code in front" 0 code "$scope"
    beside "$scope: the name of another codec" 1 text "$scope"
    beside "$scope: another place of the PE header" 1 place "$scope"
done

# --- bzImage ---
# Decoded where it lies: a stream with room in it is overtaken by what it decodes to, so that no other encoding is explained.
for kind in bzimage zimage; do
    whole $kind gzip
    python3 - "$payload_at" "$payload_end" << 'X' || fail "$kind: no stream of equal length"
import struct, sys, zlib
begin, end = map(int, sys.argv[1:])
image = open('expected', 'rb').read()
stream = image[begin:end]
content = zlib.decompress(stream[10:], -15)
for level, memory, strategy in ((l, m, s) for l in range(9, 0, -1) for m in range(9, 0, -1) for s in range(3)):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy)
    head = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
    tail = packer.flush()
    left = len(stream) - 18 - len(head) - len(tail)
    if left >= 0 and left % 5 == 0 and head + tail != stream[10:-8]:
        again = stream[:10] + head + b'\0\0\0\xff\xff' * (left // 5) + tail + struct.pack('<II', zlib.crc32(content), len(content))
        open('shipped', 'wb').write(image[:begin] + again + image[end:])
        break
else:
    raise SystemExit(1)
X
    judge "$kind: equal content in another stream of its length" 1 shipped expected
done
whole bzimage xz
for field in 0x1f1:setup_sects 0x1f4:syssize 0x1fa:vid_mode 0x211:loadflags 0x228:cmd_line_ptr 0x248:payload_offset 0x24c:payload_length 0x260:init_size; do
    flip_at $((${field%:*}))
    judge "bzImage: the field ${field#*:}" 1 bad expected
done
whole bzimage zstd
later zstd && image bzimage shipped vmlinux.later zstd
judge 'bzImage: its sum follows from all other bytes' 0 shipped expected 'any(.findings[]; .class == "structure" and .range.length <= 4)'
poke shipped $(($(wc -c < shipped) - 1)) '\1'
judge 'bzImage: a sum that does not follow' 1 shipped expected
later gzip
whole old-bzimage gzip
judge 'bzImage: a protocol without the place of the kernel is code' 0 expected expected '[.files[].path] == ["."]'
image old-bzimage shipped vmlinux.later gzip
judge 'bzImage: of which no time is explained' 1 shipped expected
whole signed-bzimage gzip
attacks 'signed bzImage' $((end - 3)) $((end - 20))
image bzimage unsigned vmlinux gzip
judge 'bzImage: a certificate table that the rebuild has not' 1 expected unsigned

# --- zImage ---
later zstd
whole zimage-old zstd
image zimage-old shipped vmlinux.later zstd
judge 'zImage: without a table, one stream that says its own size' 0 shipped expected 'any(.files[].path; endswith("//init"))'
{ cat payload && printf 'between' && cat second; } > two
python3 "$here/kernels.py" zimage-old twice two gzip
judge 'zImage: without a table, two streams with something between' 0 twice twice '[.files[].path] == ["."]'
head -c 300 payload > "cut" && python3 "$here/kernels.py" zimage broken cut gzip
judge 'zImage: a stream that is cut off' 0 broken broken '[.files[].path] == ["."]'
printf '/dts-v1/; / { compatible = "t"; memory@0 { device_type = "memory"; reg = <1 2>; }; };' | dtc -q -I dts -O dtb -o dtb
whole zimage zstd
image zimage shipped vmlinux.later zstd dtb && image zimage expected vmlinux zstd dtb
judge 'zImage: with a device tree behind it' 0 shipped expected 'any(.files[]; .path == "#dtb" and .format == "fdt")'
size=$(wc -c < shipped) && poke shipped $((size - 3)) x
judge 'zImage: a byte of the device tree' 1 shipped expected
printf x >> expected
judge 'zImage: a byte behind the device tree' 0 expected expected 'all(.files[]; .path != "#dtb")'

# --- Image ---
for kind in arm64 riscv; do
    python3 "$here/kernels.py" $kind expected initramfs 0 && python3 "$here/kernels.py" $kind shipped initramfs.later 0
    judge "$kind: with its initramfs packed at another time" 0 shipped expected \
        ".image.format == \"$kind-image\" and .verdict == \"equivalent\" and any(.files[]; .path == \"#initramfs//init\")"
    initramfs_at=3060 initramfs_end=$((3060 + $(wc -c < initramfs)))
    for place in 0 8 16 24 56 63 64 $((initramfs_at - 1)) $((initramfs_end + 8)) $((initramfs_end + 40)); do
        flip_at $place
        judge "$kind: a byte at $place" 1 bad expected '[.findings[] | select(.class == "unexplained")] | length >= 1'
    done
    python3 "$here/kernels.py" $kind bad other 0
    judge "$kind: another initramfs" 1 bad expected
    gzip -n9 < expected > expected.gz && gzip -n6 < shipped > shipped.gz
    judge "$kind: compressed as a whole" 0 shipped.gz expected.gz "any(.files[]; .path == \"#gzip\" and .format == \"$kind-image\")"
done

# --- an Image, and the ELF file that it was made of: it is laid on the segments of that, as any flat image (T12) ---
cat > flat.S <<'S'
    .globl _start
    .text
_start: .quad 0x14000fff, 0x80000, 0x200000, 0xa, 0, 0, 0
    .byte 'A', 'R', 'M', 0x64, 0, 0, 0, 0
    .rept 500
    .long 0x12345678
    .endr
    .section .note.GNU-stack, "", %progbits
S
gcc -c -o flat.o flat.S && ld -n -Ttext=0xffffffff81000000 -o flat.elf flat.o && objcopy -O binary -j .text flat.elf flat
judge 'an Image against the ELF file' 0 flat flat.elf '.image.format == "arm64-image" and .verdict == "identical"'
cp flat bad && poke bad 200 X
judge 'a byte of it' 1 bad flat.elf "$(one . 200)"
cp flat bad && poke bad 16 X
judge 'a byte of its header' 1 bad flat.elf "$(one . 16)"
{ cat flat && printf x; } > bad
judge 'a byte behind it' 1 bad flat.elf "$(one . 2064)"
head -c 2000 flat > bad
judge 'the end of it is missing' 1 bad flat.elf

objcopy -O binary vmlinux flat
judge 'the flat image of an ELF file with an initramfs' 0 flat vmlinux '.accounting.unexplained == 0'
cp flat bad && poke bad 300 X
judge 'a byte of its code, by name' 1 bad vmlinux "$(one . 300) and .[0].section == \".text\""
initramfs_at=$(grep -abo 0707 flat | head -n 1 | cut -d : -f 1)
cp flat bad && poke bad $((initramfs_at + 20)) X
judge 'a byte of its initramfs' 1 bad vmlinux "$(one . $((initramfs_at + 20)))"
{ cat flat && printf x; } > bad
judge 'a byte behind such an image' 1 bad vmlinux

# --- where it is code for who loads it, nothing of its form is explained ---
if command -v mkimage > /dev/null; then
    later gzip
    image bzimage expected vmlinux gzip && image bzimage shipped vmlinux.later gzip
    for side in expected shipped; do
        SOURCE_DATE_EPOCH=1700000000 mkimage -A x86 -O linux -T kernel -C none -d $side $side.uimage > log
    done
    judge 'a kernel that U-Boot runs as it is' 1 shipped.uimage expected.uimage 'any(.files[].path; endswith("//init"))'
    judge 'the same, equal' 0 expected.uimage expected.uimage
fi
