#!/bin/sh
# T9, T12: fill between the segments of a raw image explains only bytes that lie in no loaded segment, and a raw image is
# laid on segments only where an output names its place.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo 'SKIP: python3 is not installed' >&2; exit 77; }
cat > a.s <<'X'
 .section .data,"aw"
 .long 7
 .section .bss,"aw",%nobits
 .long 0
 .section .data2,"aw"
 .long 0x55667788
 .text
 .globl _start
_start: .long 0x11223344
X
cat > a.ld <<'X'
ENTRY(_start)
PHDRS { t PT_LOAD FLAGS(5); d PT_LOAD FLAGS(6); d2 PT_LOAD FLAGS(6); }
SECTIONS { . = 0x10000; .text : { *(.text) } :t  . = ALIGN(0x100); .data : { *(.data) } :d .bss : { *(.bss) } :d
 . = ALIGN(0x100); .data2 : { *(.data2) } :d2  /DISCARD/ : { *(.note*) *(.comment) } }
X
as a.s -o a.o && ld -T a.ld -o a.elf a.o && objcopy -O binary a.elf a.bin
judge 'the flat image of the program' 0 a.bin a.elf
fill() { head -c "$3" /dev/zero | tr '\0' '\377' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }
cp a.bin fill.bin && fill fill.bin 4 252
judge 'other fill between two segments' 0 fill.bin a.elf 'any(.findings[]; .class == "explained" and .rule == "filler")'
cp a.bin bad.bin && fill bad.bin 260 252
judge 'fill over memory that a segment claims' 1 bad.bin a.elf
cp a.bin bad.bin && poke bad.bin 20 '\001'
judge 'one byte among the fill' 1 bad.bin a.elf 'any(.findings[]; .class == "unexplained" and .range.offset <= 20 and .range.offset + .range.length > 20)'
mkdir s e && cp a.elf e/app && cp a.bin s/app && chmod 755 s/app e/app
judge 'a flat image in the place of a program' 1 s e
pack e.tar -C e app && pack s.tar -C s app
judge 'the same in an archive' 1 s.tar e.tar

# --- bytes of a segment that no section names ---
# A loader goes by the program headers: what it loads is no room to fill, whether a section header is there or not.
# unnamed FILE SECTION: the header of a section becomes that of nothing
cat > unnamed.py <<'X'
import struct, sys
data = bytearray(open('a.elf', 'rb').read())
wide, order = data[4] == 2, '<>'[data[5] - 1]
table, = struct.unpack_from(order + ('Q' if wide else 'I'), data, 0x28 if wide else 0x20)
size, count, names = struct.unpack_from(order + 'HHH', data, 0x3a if wide else 0x2e)
at = lambda i: struct.unpack_from(order + ('IIQQQ' if wide else 'IIIII'), data, table + i * size)
for i in range(count):
    text = data[at(names)[4] + at(i)[0]:]
    if text[:text.index(0)] == b'.data2':
        struct.pack_into(order + 'I', data, table + i * size + 4, 0)
        place = at(i)[4]
open('unnamed.elf', 'wb').write(data)
data[place:place + 4] = bytes(4)
open('zeros.elf', 'wb').write(data)
X
python3 unnamed.py
cp a.bin zeroed.bin && poke zeroed.bin 512 '\000\000\000\000'
judge 'zeros where a segment without a section has zeros' 0 zeroed.bin zeros.elf 'any(.findings[]; .rule == "filler")'
judge 'zeros in place of what a segment without a section loads' 1 zeroed.bin unnamed.elf \
    'any(.findings[]; .class == "unexplained" and .range.offset <= 512 and .range.offset + .range.length >= 516)'
head -c 512 a.bin > cut.bin
judge 'an image without what the last segment loads' 1 cut.bin a.elf
judge 'an image without what the last segment loads, which no section names' 1 cut.bin unnamed.elf

# --- in a format of records, each byte has its address: behind the program, more of them are written over what lies there ---
command -v bwrap > /dev/null || { echo 'SKIP: bwrap is not installed' >&2; exit 77; }
mkdir source && cp a.s a.ld source/
cat > a.recipe <<'X'
recipe: 1
product: sample 1
source: [{directory: source, into: .}]
path: /build/sample
steps: [as a.s -o a.o, ld -T a.ld -o a.elf a.o]
outputs: [{from: a.elf, at: "@0x00010000"}]
X
"$assay" pin a.recipe --quiet
# records STORY CODE FILE: its bytes at 0x10000, as Intel HEX, without a start
records() {
    objcopy -I binary -O ihex --change-addresses 0x10000 "$3" all.hex && grep -v '^:0400000[35]' all.hex > a.hex
    code=0
    "$assay" verify a.hex --recipe a.recipe --scope '@0x00010000' > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
records 'the program by addresses' 0 a.bin
records 'other fill between two segments, by addresses' 0 fill.bin
(cat a.bin; head -c 64 /dev/zero) > long.bin
records 'zeros behind the program, by addresses' 1 long.bin
