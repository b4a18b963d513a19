#!/bin/sh
# T9, T1: what strip(1) takes away is symbols and debug data. What else it takes with it, as the data that an installer put
# behind a program, is missing; and what a loader takes as it is has no sections.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gcc strip python3 mkimage; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done

printf 'int main (int c, char **v) { return c * 7 + v[0][0]; }\n' > prog.c && gcc -g -O1 -o prog prog.c
strip -o stripped prog
judge 'symbols and debug data' 0 stripped prog '.verdict == "equivalent"'

# put bytes behind all of it, or behind the end of a segment within its last page
cp prog behind && printf 'POLICY: deny all' >> behind
strip -o behind.stripped behind
judge 'data behind a program' 1 behind.stripped behind
python3 - << 'P'
import struct
data = bytearray(open('prog', 'rb').read())
phoff, phentsize, phnum = struct.unpack_from('<Q', data, 32)[0], *struct.unpack_from('<HH', data, 54)
ends = []
for i in range(phnum):
    kind, flags, offset, vaddr, paddr, filesz, memsz, align = struct.unpack_from('<IIQQQQQQ', data, phoff + i * phentsize)
    if kind == 1:
        ends.append(offset + filesz)
shoff, shentsize, shnum = struct.unpack_from('<Q', data, 40)[0], *struct.unpack_from('<HH', data, 58)
taken = [(shoff, shoff + shentsize * shnum)]
for i in range(1, shnum):
    name, kind, flags, addr, offset, size = struct.unpack_from('<IIQQQQ', data, shoff + i * shentsize)
    if kind != 8 and size:
        taken.append((offset, offset + size))
for end in sorted(ends):
    place = (end + 15) // 16 * 16
    if place + 16 <= (end + 4095) // 4096 * 4096 and not any(a < place + 16 and place < b for a, b in taken):
        data[place:place + 16] = b'POLICY: deny all'
        break
else:
    raise SystemExit('no room')
open('page', 'wb').write(data)
P
strip -o page.stripped page
judge 'data in the last page of a segment' 1 page.stripped page
cp page.stripped page.equal
judge 'which is equal where nothing is stripped' 0 page.equal page.stripped

# what U-Boot copies and jumps into
for side in prog stripped; do
    mkimage -A arm -O u-boot -T firmware -C none -a 0x1000 -e 0x1000 -d $side $side.uimage > /dev/null
    touch -d @1700000000 $side.uimage
done
judge 'a program that a loader takes as it is' 1 stripped.uimage prog.uimage

# A shell runs the lines of a program, too, where it reads all of a directory, or a file of that name.
for side in prog stripped; do
    rm -rf tree && mkdir -p tree/etc/hotplug.d/iface tree/etc/rc5.d tree/etc/scripts tree/usr/lib/more
    cp $side tree/app
    ln -s ../scripts/other tree/etc/rc5.d/S10other
    ln -s ../../usr/lib/more tree/etc/hotplug.d/usb
    find tree -exec touch -hd @1600000000 {} +
    tar --sort=name --format=ustar --owner=0 --group=0 -cf $side.tar -C tree etc usr
    for file in etc/hotplug.d/iface/20-app etc/scripts/other usr/lib/more/app etc/environment.conf usr/lib/app.so usr/bin/other; do
        tar --format=ustar --owner=0 --group=0 --mode=755 --transform="s,app,$file," -cf "$side.one" -C tree app
        cp $side.tar "$side.$(basename $file).tar" && tar --concatenate -f "$side.$(basename $file).tar" "$side.one"
    done
    cp "$side.other.tar" "$side.program.tar"
    tar --format=ustar --owner=0 --group=0 --mode=755 --transform='s,app,etc/scripts/other,' -cf "$side.one" -C tree app
    cp $side.tar "$side.other.tar" && tar --concatenate -f "$side.other.tar" "$side.one"
done
judge 'a program in a directory that is sourced' 1 stripped.20-app.tar prog.20-app.tar
judge 'a program that a link in such a directory leads to' 1 stripped.other.tar prog.other.tar
judge 'a program in a directory that one leads to' 1 stripped.app.tar prog.app.tar
judge 'a program called as a text is' 1 stripped.environment.conf.tar prog.environment.conf.tar
judge 'a program in another place' 0 stripped.app.so.tar prog.app.so.tar '.verdict == "equivalent"'
judge 'a program of the name of one that is sourced' 0 stripped.program.tar prog.program.tar '.verdict == "equivalent"'

# A note that no segment has: Xen begins a guest where one of these says, and strip takes none of them.
printf '\004\000\000\000\010\000\000\000\001\000\000\000Xen\000\001\002\003\004\005\006\007\010' > note
objcopy --add-section .note.Xen=note prog noted
strip -o noted.stripped noted
readelf -SW noted.stripped | grep -qE '[.]note[.]Xen +NOTE' || fail 'strip took the note'
objcopy -R .note.Xen noted.stripped noteless
objcopy -R .comment noted.stripped commentless
judge 'a note that strip leaves' 0 noted.stripped noted '.verdict == "equivalent"'
judge 'a note that only says who compiled it is gone' 0 commentless noted '.verdict == "equivalent"'
judge 'a note that a hypervisor reads is gone' 1 noteless noted

# --- an archive that may be run ---
mkdir times && echo x > times/file
for time in 1 2; do
    tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@$time -cf inner.tar -C times file
    for mode in 644 755; do
        chmod $mode inner.tar && tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@1 -cf $mode.$time.tar inner.tar
    done
done
judge 'times of an archive' 0 644.2.tar 644.1.tar '.verdict == "equivalent"'
judge 'times of an archive that may be run' 1 755.2.tar 755.1.tar "$(fact mtime unexplained)"

# --- what is still to be loaded ---
# GRUB begins a module at the local symbol of this name; a file that has it no more is loaded, and does nothing.
cat > module.c << 'X'
int verifier (int);
static int __attribute__ ((used)) grub_mod_init (int x) { return verifier (x); }
static int __attribute__ ((used)) other (int x) { return verifier (x) + 1; }
X
gcc -fno-pic -g -c module.c -o module.o
strip --strip-debug module.o -o kept.o
strip --strip-unneeded -K grub_mod_init module.o -o other.o
strip --strip-unneeded module.o -o lost.o
judge 'an object without its debug data' 0 kept.o module.o
judge 'an object that lost the name of a function' 1 other.o module.o
judge 'an object that lost the name by which a loader begins it' 1 lost.o other.o
# An undefined symbol has the linker take in who defines it, whether anything refers to it or not.
{ cat module.c && echo '__asm__ (".globl hardening");'; } > pull.c
gcc -fno-pic -g -c pull.c -o pull.o
strip --strip-unneeded -K grub_mod_init -K other pull.o -o pulled.o
strip --strip-unneeded -K grub_mod_init -K other -K hardening pull.o -o pulling.o
judge 'an object that keeps what it pulls in' 0 pulling.o pull.o
judge 'an object that pulls in nothing any more' 1 pulled.o pulling.o
cat >> module.c << 'X'
char this_module[64] __attribute__ ((section (".gnu.linkonce.this_module"), used));
X
gcc -fno-pic -g -c module.c -o module.ko
strip --strip-unneeded module.ko -o lost.ko
judge 'a module of Linux, which asks for no local name' 0 lost.ko module.ko
# A linker with -flto takes the program from what strip -g leaves, and the machine code beside it alone where that is gone.
echo 'int allowed (void) { return 0; }' > fat.c
if gcc -O1 -flto -ffat-lto-objects -c fat.c -o fat.o && readelf -SW fat.o | grep -qF ' .gnu.lto_'; then
    strip --strip-debug -R .comment fat.o -o kept.o
    readelf -SW kept.o | grep -qF ' .gnu.lto_' || fail 'strip took the intermediate code'
    objcopy -w -R '.gnu.lto_*' kept.o slim.o
    judge 'an object that keeps what -flto links' 0 kept.o fat.o '.verdict == "equivalent"'
    judge 'an object of which -flto links something else' 1 slim.o kept.o
fi
# Where code ends and data begins is what `ld --be8` swaps bytes by; GNU's tools keep these marks.
if command -v arm-linux-gnueabihf-as > /dev/null && command -v llvm-objcopy > /dev/null; then
    printf '%s\n' '.syntax unified' '.arch armv7-a' '.arm' '.globl f' '.type f, %function' 'f: bx lr' '.word 1' > marks.s
    arm-linux-gnueabihf-as -mbig-endian marks.s -o marks.o
    mark="\$d"
    readelf -sW marks.o | grep -qF "$mark" || fail 'no mark of data'
    llvm-objcopy --strip-symbol="$mark" marks.o unmarked.o
    judge 'an object without the marks of its data' 1 unmarked.o marks.o
fi

# A loader of Multiboot that finds addresses takes what these say, and zero as the last one is the end of the file.
# kernel NAME END FLAGS
kernel() {
    printf '%s\n' .text "_start: .long 0x1badb002, $3, -(0x1badb002 + $3), 0x100000, 0x100000, $2, 0, 0x100020" \
        '.globl _start' '.long 1' > "$1.s"
    as -g "$1.s" -o "$1.o"
    ld -z max-page-size=4096 -N "$1.o" -o "$1"
    strip "$1" -o "$1.stripped"
}
kernel whole 0 0x10000
judge 'a kernel that Multiboot takes in to the end of its file' 1 whole.stripped whole
kernel part 0x100024 0x10000
judge 'a kernel that Multiboot takes in to the end of its code' 0 part.stripped part '.verdict == "equivalent"'
kernel by-segments 0 2
judge 'a kernel that Multiboot takes in by its segments' 0 by-segments.stripped by-segments '.verdict == "equivalent"'

# Who runs a file as a zip looks for one at its end, and finds another one, or none, when that is gone.
if command -v python3 > /dev/null; then
    python3 -c 'import zipfile
with zipfile.ZipFile("archive", "w") as archive:
    archive.writestr("__main__.py", "print (1)")
whole = open("archive", "rb").read()
open("marked", "wb").write(whole.replace(b"PK\1\2", b"PK\1\0"))'
    echo 'int _start (void) { return 0; }' > ends.c
    gcc -g -O1 -nostdlib ends.c -o ends.plain
    for kind in archive:1 marked:0; do
        wanted=${kind#*:} kind=${kind%:*}
        objcopy --add-section ".debug_macro=$kind" ends.plain "ends.$kind" 2> /dev/null || fail "no program with $kind"
        strip "ends.$kind" -o ends.stripped
        judge "a program with $kind, stripped" "$wanted" ends.stripped "ends.$kind"
    done
fi

# --- where a section without bytes stands, which its header says all the same ---
# offset FILE SECTION: where its offset is written
offset() {
    python3 - "$1" "$2" << 'X'
import struct, sys
data = open(sys.argv[1], 'rb').read()
table, size, count, names = struct.unpack_from('<Q', data, 40) + struct.unpack_from('<HHH', data, 58)
texts = struct.unpack_from('<Q', data, table + names * size + 24)[0]
for index in range(count):
    name = texts + struct.unpack_from('<I', data, table + index * size)[0]
    if data[name:data.index(b'\0', name)].decode() == sys.argv[2]:
        print(table + index * size + 24)
X
}
printf 'int many[100]; static char few[7] __attribute__ ((aligned (64), used)); int set = 4; int f (int x) { return x * set + many[x]; }\n' > bss.c
gcc -g -O1 -fno-pic -fdata-sections -ffunction-sections -c bss.c -o bss.o
for strip in strip llvm-strip eu-strip; do
    command -v $strip > /dev/null || continue
    $strip -g bss.o -o bss.stripped
    judge "$strip: sections without bytes" 0 bss.stripped bss.o '.verdict == "equivalent"'
    # 64 and 256: where another section stands, and nothing
    for place in '\100' '\0\1' '\1'; do
        cp bss.stripped bss.moved && poke bss.moved "$(offset bss.moved .bss.few)" "$place"
        cmp -s bss.moved bss.stripped || judge "$strip: one of them at another place" 1 bss.moved bss.o
    done
done
gcc -g -O1 bss.c -nostdlib -Wl,-e,f -o bss.prog
strip bss.prog -o bss.stripped
judge 'a program with such a section' 0 bss.stripped bss.prog '.verdict == "equivalent"'
cp bss.stripped bss.moved && poke bss.moved "$(offset bss.moved .bss)" '\0\0'
judge 'a program with such a section at another place' 1 bss.moved bss.prog

# --- many sections, in a time that grows as they do ---
prlimit --pid $$ --cpu=20
awk 'BEGIN { for (i = 0; i < 45000; i++) printf ".section .text.f%d,\"ax\"\n.globl f%d\nf%d: .long %d\n.section .bss.b%d,\"aw\",@nobits\n", i, i, i, i, i % 10000
    print ".section .debug_info,\"\",@progbits\n.long 1" }' | as - -o many.o
strip -g many.o -o many.stripped
judge 'of 55,000 sections' 0 many.stripped many.o '.verdict == "equivalent"'
