#!/bin/sh
# T12: a raw image is laid on the rebuilt segments where these say, all by one displacement; bytes that are only found
# elsewhere, or swapped, pass nothing.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in as ld objcopy; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
cat > a.s <<'X'
 .text
 .globl _start
_start: .rept 64
 .long 0x11223344
 .endr
 .section .data,"aw"
 .rept 64
 .long 0x55667788
 .endr
X
cat > a.ld <<'X'
ENTRY(_start)
PHDRS { t PT_LOAD FLAGS(5); d PT_LOAD FLAGS(6); }
SECTIONS { . = 0x10000; .text : { *(.text) } :t  . = 0x10200; .data : { *(.data) } :d  /DISCARD/ : { *(.note*) *(.comment) } }
X
as a.s -o a.o && ld -T a.ld -o a.elf a.o && objcopy -O binary a.elf a.bin
judge 'the image at its place' 0 a.bin a.elf
judge 'the image at its place: all is identical' 0 a.bin a.elf '.accounting.identical >= 512'
(head -c 16 /dev/zero; cat a.bin) > bad
judge 'the image behind 16 zeros: a hint' 1 bad a.elf 'any(.reasons[]; contains("from offset 0x10 on;") and contains("a hint and no match"))'
(head -c 4096 /dev/zero; cat a.bin) > bad
judge 'the image a page further on: a hint' 1 bad a.elf 'any(.reasons[]; contains("from offset 0x1000 on;") and contains("a hint and no match"))'
judge 'the same against the flat image: a hint' 1 bad a.bin 'any(.reasons[]; contains("from offset 0x1000 on;") and contains("a hint and no match"))'
tail -c +5 a.bin > bad
judge 'the image without its first four bytes: no hint' 1 bad a.elf '[.reasons[] | select(contains("hint"))] == []'
head -c 400 a.bin > bad
judge 'the image without its end: no hint' 1 bad a.elf '[.reasons[] | select(contains("hint"))] == []'
dd if=a.bin of=bad conv=swab 2> /dev/null
judge 'the image byte-swapped: a hint' 1 bad a.elf 'any(.reasons[]; contains("from offset 0x0 on, the bytes of each word of 2 in reverse;") and contains("a hint and no match"))'
objcopy -I binary -O binary --reverse-bytes=4 a.bin bad
judge 'the image with its words reversed: a hint' 1 bad a.elf 'any(.reasons[]; contains("from offset 0x0 on, the bytes of each word of 4 in reverse;") and contains("a hint and no match"))'
(printf 'headhead'; cat bad; printf 'tail') > worse
judge 'the same between a header and a tail: a hint' 1 worse a.elf 'any(.reasons[]; contains("from offset 0x8 on, the bytes of each word of 4 in reverse;") and contains("a hint and no match"))'
(head -c 256 a.bin; tail -c 256 a.bin; head -c 256 /dev/zero) > bad
judge 'one segment at another displacement than the other: no hint' 1 bad a.elf '[.reasons[] | select(contains("hint"))] == []'
(tail -c 256 a.bin; head -c 256 /dev/zero; head -c 256 a.bin) > bad
judge 'two segments in each other'"'"'s place' 1 bad a.elf
cat a.bin a.bin > bad
judge 'the image twice' 1 bad a.elf
