#!/bin/sh
# T6: an Intel HEX, S-record or UF2 file passes only where all that it says beside its content, and how it says it, is
# what the rebuild says too. T26: no address has two values.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in objcopy srec_cat python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
awk 'BEGIN { for (i = 0; i < 700; i++) printf "%c%c", 33 + i % 90, 40 + i / 8 }' > in
slack='any(.findings[]; .class == "unexplained" and .path == "." and .range.length > 0)'

# --- Intel HEX ---
srec_cat in -binary -offset 0x8000000 -o good.hex -intel -execution-start-address=0x8000101
lines=$(wc -l < good.hex)
judge 'an Intel HEX file and itself' 0 good.hex good.hex '.verdict == "identical" and .image.format == "ihex"'
sed '3a; a comment' good.hex > bad
judge 'a comment between two records' 1 bad good.hex "$slack"
sed '4s/$/ /' good.hex > bad
judge 'a space behind a record' 1 bad good.hex "$slack"
sed '4s/$/00/' good.hex > bad
judge 'digits behind the count of a record' 1 bad good.hex "$slack"
(cat good.hex; printf 'junk') > bad
judge 'bytes behind the end record' 1 bad good.hex "$slack"
(cat good.hex; sed -n 2p good.hex) > bad
judge 'a record behind the end record' 1 bad good.hex "$slack"
sed 4d good.hex > bad
judge 'a record less' 1 bad good.hex '.missing != [] or any(.facts[]; .class == "unexplained")'
awk 'NR == 4 { print tolower($0); next } { print }' good.hex > bad
judge 'one record in small letters' 1 bad good.hex "$(fact records unexplained)"
sed '4s/$/\r/' good.hex > bad
judge 'one other line end' 1 bad good.hex "$(fact records unexplained)"
sed '2a:020000040800F2' good.hex > bad
judge 'a base that is set again' 1 bad good.hex "$(fact records unexplained)"
sed '2a:0012340000BA' good.hex > bad
judge 'a record that carries nothing but an address' 1 bad good.hex "$(fact records unexplained)"
awk 'NR == 3 { kept = $0; next } { print } NR == 4 { print kept }' good.hex > bad
judge 'two records in the other order' 1 bad good.hex "$(fact records unexplained)"
srec_cat in -binary -offset 0x8000000 -o bad -intel -line-length=44 -execution-start-address=0x8000101
judge 'the same content in shorter records' 1 bad good.hex "$(fact records unexplained)"
srec_cat in -binary -offset 0x8000000 -o bad -intel -execution-start-address=0x8000103
judge 'another entry address' 1 bad good.hex "$(fact entry unexplained)"
srec_cat in -binary -offset 0x8000000 -o bad -intel
judge 'no entry address' 1 bad good.hex "$(fact entry unexplained)"
srec_cat in -binary -offset 0x8000100 -o bad -intel -execution-start-address=0x8000101
judge 'the content at another address' 1 bad good.hex 'any(.missing[]; .path == "@0x08000000")'
srec_cat in -binary -offset 0x8000000 -generate 0x8010000 0x8010004 -constant 1 -o bad -intel -execution-start-address=0x8000101
judge 'content at one more address' 1 bad good.hex 'any(.findings[]; .path == "@0x08010000" and .class == "unexplained")'
printf 'X' | dd of=in bs=1 seek=321 conv=notrunc 2> /dev/null
srec_cat in -binary -offset 0x8000000 -o bad -intel -execution-start-address=0x8000101
judge 'one byte of the content, with the checksum of its record' 1 bad good.hex \
    'any(.findings[]; .path == "@0x08000000" and .range.offset == 321 and .range.length == 1 and .class == "unexplained") and .accounting.unexplained == 1'
srec_cat good.hex -intel -offset -0x8000000 -o in -binary
sed '5s/.$/0/;5s/..$/00/' good.hex > bad
judge 'a wrong checksum' 1 bad good.hex 'any(.reasons[]; contains("a wrong checksum"))'
(head -n 3 good.hex; sed -n 3p good.hex; tail -n +4 good.hex) > bad
judge 'one record twice' 1 bad good.hex 'any(.reasons[]; contains("overlap"))'
head -n $((lines - 1)) good.hex > bad
judge 'no end record' 1 bad good.hex 'any(.reasons[]; contains("no end record"))'
tail -n +2 good.hex > bad
judge 'no base' 1 bad good.hex
srec_cat good.hex -intel -o bad -motorola
judge 'the same content as S-records' 1 bad good.hex "$(fact format unexplained)"

# --- S-record ---
srec_cat in -binary -offset 0x1000 -o good.srec -motorola -header=product-7 -execution-start-address=0x1000
judge 'an S-record file and itself' 0 good.srec good.srec '.verdict == "identical" and .image.format == "srec"'
srec_cat in -binary -offset 0x1000 -o bad -motorola -header=product-8 -execution-start-address=0x1000
judge 'another header text' 1 bad good.srec "$(fact header unexplained)"
srec_cat in -binary -offset 0x1000 -o bad -motorola -header=product-7 -execution-start-address=0x1001
judge 'another entry address of an S-record file' 1 bad good.srec "$(fact entry unexplained)"
srec_cat in -binary -offset 0x1000 -o bad -motorola -address-length=4 -header=product-7 -execution-start-address=0x1000
judge 'wider addresses' 1 bad good.srec "$(fact records unexplained)"
srec_cat in -binary -offset 0x1000 -o bad -motorola -header=product-7
judge 'no end record of an S-record file' 1 bad good.srec "$(fact records unexplained)"
grep -v '^S5' good.srec > bad
judge 'no count of records' 1 bad good.srec "$(fact records unexplained)"
sed 's/^S5.*/S5030001FB/' good.srec > bad
judge 'a wrong count of records' 1 bad good.srec 'any(.reasons[]; contains("a wrong count of records"))'
sed '3i# hidden' good.srec > bad
judge 'a comment among S-records' 1 bad good.srec "$slack"
(cat good.srec; printf '\n') > bad
judge 'an empty line behind the end of S-records' 1 bad good.srec "$slack"

# --- UF2 ---
cat > uf2.py <<'P'
import struct, sys
# uf2.py OUT [BLOCK:OFFSET:VALUE]... [+BLOCK | -BLOCK | /TEXT]: changes 32-bit numbers; doubles or drops a block; adds text
content = open('in', 'rb').read()
blocks = []
for i in range(6):
    data = content[256 * i:256 * i + 256].ljust(256, b'\0')
    head = struct.pack('<8I', 0x0a324655, 0x9e5d5157, 0x2000, 0x10000000 + 256 * i, 256, i, 6, 0xe48bff56)
    blocks.append(bytearray((head + data).ljust(508, b'\0') + struct.pack('<I', 0x0ab16f30)))
tail = b''
for change in sys.argv[2:]:
    if change[0] == '+':
        blocks.insert(int(change[1:]), blocks[int(change[1:])])
    elif change[0] == '-':
        del blocks[int(change[1:])]
    elif change[0] == '/':
        tail = change[1:].encode()
    else:
        block, offset, value = change.split(':')
        for one in blocks if block == 'all' else [blocks[int(block)]]:
            struct.pack_into('<I', one, int(offset), int(value, 0))
open(sys.argv[1], 'wb').write(b''.join(blocks) + tail)
P
uf2() { story=$1; filter=$2; shift 2; python3 uf2.py bad "$@"; judge "$story" 1 bad good.uf2 "$filter"; }
python3 uf2.py good.uf2
judge 'a UF2 file and itself' 0 good.uf2 good.uf2 '.verdict == "identical" and .image.format == "uf2"'
uf2 'another family' "$(fact family unexplained)" all:28:0x57755a57
uf2 'bytes behind the content of a block' "$slack" 2:400:0x41414141
uf2 'a block that is not for the main flash' 'any(.facts[]; .fact == "records" and .class == "unexplained")' 2:8:0x2001
uf2 'an extension tag' "$slack" 2:8:0xa000 2:288:0x9fc7bc08 2:292:0x00312e31
uf2 'another address' '.missing != [] or any(.facts[]; .class == "unexplained")' 5:12:0x10001000
uf2 'two blocks at one address' 'any(.reasons[]; contains("overlap"))' 4:12:0x10000500
uf2 'a block twice' 'any(.reasons[]; contains("out of order"))' +3
uf2 'a block less' 'any(.reasons[]; contains("out of order"))' -3
uf2 'the last block less' 'any(.reasons[]; contains("the last blocks are missing"))' -5
uf2 'a number that lies' 'any(.reasons[]; contains("out of order"))' 3:20:4
uf2 'a count that lies' 'any(.reasons[]; contains("out of order"))' 3:24:7
uf2 'all counts lie' 'any(.reasons[]; contains("the last blocks are missing"))' all:24:7
uf2 'a block that is none' 'any(.reasons[]; contains("out of order"))' 3:0:0
uf2 'bytes behind the last block' "$slack" /hidden
uf2 'a byte of the content' 'any(.findings[]; .path == "@0x10000000" and .range.offset == 580 and .class == "unexplained")' 2:100:0x41414141
python3 uf2.py flagged all:8:0x3000
judge 'a container of files, which nobody here reads' 1 flagged good.uf2

# --- the parts of a text that was copied stay visible, each with its digest ---
judge 'content by its own' 0 good.hex good.hex '[.files[] | select(.path == "@0x08000000" and .format == "raw" and .size == 1400)] | length == 1'

# --- beside a scope: what decides whether a reader finds there what was judged ---
# scoped STORY CODE SHIPPED EXPECTED AT
scoped() {
    code=0
    "$assay" compare --scope "$5" "$3" "$4" > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "in scope, $1: exit $code, expected $2"; }
    printf 'ok: %s: in scope, %s\n' "$name" "$1"
}
# A ROM takes pages of 256 bytes, and as many blocks for the whole file as the first one says.
python3 uf2.py good.uf2
python3 - << 'X'
import struct
blocks = [bytearray(open('good.uf2', 'rb').read()[at:at + 512]) for at in range(0, 3072, 512)]
for block in blocks:
    struct.pack_into('<II', block, 20, 0, 1)
open('ones.uf2', 'wb').write(b''.join(blocks))
halves = []
for number in range(12):
    block = bytearray(open('good.uf2', 'rb').read()[number // 2 * 512:][:512])
    data = block[32 + number % 2 * 128:][:128]
    struct.pack_into('<IIII', block, 12, 0x10000000 + 128 * number, 128, number, 12)
    block[32:508] = data.ljust(476, b'\0')
    halves.append(block)
open('halves.uf2', 'wb').write(b''.join(halves))
X
scoped 'a UF2 file' 0 good.uf2 good.uf2 @0x10000000
scoped 'each block a file' 1 ones.uf2 good.uf2 @0x10000000
scoped 'each block a file, as expected' 0 ones.uf2 ones.uf2 @0x10000000
scoped 'blocks of half a page' 1 halves.uf2 good.uf2 @0x10000000
# Some add up a segment and a linear base, others take the last one alone.
# line TYPE TEXT: a record of Intel HEX at offset 0
line() { python3 -c 'import sys
data = bytes.fromhex(sys.argv[2])
text = bytes([len(data), 0, 0, int(sys.argv[1])]) + data
print(":" + (text + bytes([-sum(text) & 255])).hex().upper())' "$1" "$2"; }
{ line 4 0800; line 0 0102030405060708; line 1 ''; } > plain.hex
{ line 2 0000; line 4 0800; line 0 0102030405060708; line 1 ''; } > zero.hex
{ line 2 0010; line 4 0800; line 0 0102030405060708; line 1 ''; } > both.hex
{ line 4 0800; line 0 0102030405060708; line 2 0000; line 0 EEEEEEEE; line 1 ''; } > behind.hex
{ line 4 0800; line 0 0102030405060708; line 4 0000; line 2 0000; line 0 EEEEEEEE; line 1 ''; } > apart.hex
scoped 'a base of no segment in front' 0 zero.hex plain.hex @0x08000000
scoped 'a segment in front of a linear base' 1 both.hex plain.hex @0x08000000
scoped 'a segment behind a linear base' 1 behind.hex plain.hex @0x08000000
scoped 'a segment behind a linear base of zero' 0 apart.hex plain.hex @0x08000000
