#!/bin/sh
# T11: a signature slot passes only for one signature in its canonical form, under the policy's key, over the range that the
# policy names, where the rebuild has zeros that are no code.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in openssl bwrap gcc python3; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
# the sandbox of a rebuild leaves root behind, and must still get here
chmod 755 .

# An image: 16 bytes of header, a slot of 80, 32 of trailer, and the payload; unsigned it is what the source makes.
make_tools head seq
mkdir -m 755 source
cat > source/make.sh <<'X'
{ printf 'HEADER OF IMAGE.'; head -c 80 /dev/zero; printf 'TRAILER OF HEADER, 32 BYTES LONG'; seq 1 500; } > out
X
sh source/make.sh
mv out unsigned
for owner in vendor other; do
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $owner.pem
    openssl pkey -in $owner.pem -pubout -out $owner.pub.pem
done

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

# ask [SLOT-OFFSET] [SLOT-SIZE]: writes recipe and policy
ask() {
    at=${1:-16} size=${2:-80}
    cat > recipe <<X
recipe: 1
product: slot 1
source: [{directory: source, sha256: $(tree_digest source), into: .}]
$toolchain
path: /build/slot
steps: [sh make.sh]
outputs: [{from: out}]
layout:
  - {in: ".", name: slot, offset: $at, size: $size, kind: signature-slot}
  - {in: ".", name: front, offset: 0, size: 16, kind: header}
  - {in: ".", name: payload, offset: 128, size: rest, kind: payload}
X
    policy
}

# policy [MAX-SIZE] [KEY] [COVERS] [PIN]
policy() {
    cat > policy.yaml <<X
policy: 1
${4-pin: {recipe: [$(digest recipe)]\}}
signatures: [{slot: slot, covers: ${3:-payload}, max-size: ${1:-80}, key: ${2:-vendor}.pub.pem, scheme: ecdsa-p256-sha256}]
X
}

# sign KEY FROM: a signature of the image's bytes from there on, as DER in `der` and as r and s in `raw`
sign() {
    tail -c "+$(($2 + 1))" unsigned | openssl dgst -sha256 -sign "$1.pem" -out der
    raw_of_der
}
raw_of_der() {
    openssl asn1parse -inform DER -in der | sed -n 's/.*INTEGER *://p' | while read -r number; do
        printf '%64s' "$number" | tr ' ' 0
    done | fold -w 2 | while read -r byte || [ -n "$byte" ]; do
        printf '%b' "$(printf '\\0%03o' "0x$byte")"
    done > raw
}

# place FILE [OFFSET]: a copy of the unsigned image with these bytes in it
place() { cp unsigned shipped && dd if="$1" of=shipped bs=1 seek="${2:-16}" conv=notrunc 2> /dev/null; }

# holds STORY CODE [JQ-FILTER]
holds() {
    code=0
    "$assay" verify shipped --recipe recipe --policy policy.yaml --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    adds_up "$1" "${3:-}"
}
invalid='any(.findings[]; .rule == "signature-invalid" and .range.offset == 16 and .range.length == 80)'
explained='any(.findings[]; .rule == "signature" and .class == "explained" and .range.offset == 16)'

ask
sign vendor 128
place raw
holds 'r and s, and zeros behind them' 0 "$explained and .verdict == \"equivalent\""
# (r, n - s) is a signature of the same key over the same bytes, and signers give out either (doc/policy.md); s + n is none
for story in 'the other signature that has this r:0:n - s' 's and the order of the group:1:s + n'; do
    cp raw kept
    python3 -c "
n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
raw = open('kept', 'rb').read()
s = int.from_bytes(raw[32:], 'big')
s = ${story##*:}
open('raw', 'wb').write(raw[:32] + (s % 2**256).to_bytes(32, 'big'))"
    place raw
    code=${story#*:} code=${code%%:*}
    if [ "$code" = 0 ]; then holds "${story%%:*}" 0 "$explained"; else holds "${story%%:*}" 1 "$invalid"; fi
    mv kept raw
    place raw
done
policy 79
holds 'a slot that is longer than the policy allows' 1 "$invalid"
policy 80 other
holds 'another key' 1 "$invalid"
policy 80 vendor front
holds 'another range than was signed' 1 "$invalid"
policy 80 vendor nothing
holds 'a range that is not there' 1 "$invalid"
policy 80 vendor slot
code=0
"$assay" verify shipped --recipe recipe --policy policy.yaml > said.txt 2>&1 || code=$?
[ "$code" = 64 ] || fail "a slot that covers itself: exit $code, expected 64"
printf 'ok: %s: a slot that covers itself is an error of the policy\n' "$name"
policy 80 vendor payload ''
holds 'a recipe that the policy does not pin says where the range is' 1 'any(.findings[]; .class == "unexplained" and .range.offset == 16)'
policy

place der
holds 'DER, where r and s are expected' 1 "$invalid"
{ cat raw; printf 'surplus bytes..!'; } > longer
place longer
holds 'bytes behind the signature' 1 "$invalid"
{ cat raw; printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\001'; } > longer
place longer
holds 'one byte behind the signature' 1 "$invalid"
{ head -c 16 /dev/zero; cat raw; } > later
place later
holds 'a signature that does not stand at the beginning' 1 "$invalid"
head -c 64 /dev/zero > nothing
place nothing
holds 'an image that is not signed is what the rebuild made, and the policy wants one that is' 1 '.verdict == "identical" and .policy.signatures == []'
printf 'x' > wrong
place raw
dd if=wrong of=shipped bs=1 seek=16 conv=notrunc 2> /dev/null
holds 'a damaged signature' 1 "$invalid"
place raw
printf 'x' | dd of=shipped bs=1 seek=200 conv=notrunc 2> /dev/null
holds 'a payload that was changed after it was signed' 1 "$invalid and any(.findings[]; .path == \"payload\" and .class == \"unexplained\")"
sign vendor 96
place raw
holds 'a signature of more than the range' 1 "$invalid"
# no signature has r or s of zero
{ head -c 32 /dev/zero; tail -c 32 raw; } > zero
place zero
holds 'r is zero' 1 "$invalid"

# what the rebuild has in the slot is the source's
ask 0 80
sign vendor 128
place raw 0
sed -i 's/name: front, offset: 0/name: front, offset: 80/' recipe
policy
holds 'a slot over bytes that the rebuild has' 1 'any(.findings[]; .rule == "signature-invalid" and .range.offset == 0)'

# zeros that are loaded as code are no place for a signature
cat > source/code.s <<'X'
.text
.globl _start
_start: nop
.balign 4096
hole: .zero 4096
nop
X
make_root compiler cat cp head objcopy && add_compiler compiler
toolchain="toolchain: [{directory: compiler, sha256: $(tree_digest compiler)}]"
echo 'gcc -nostdlib -static -Wl,--build-id=none -Wl,-z,noseparate-code -o out code.s' > source/make.sh
(cd source && sh make.sh && mv out ../unsigned)
hole=$((0x$(readelf -SW unsigned | sed -n 's/.* \.text  *PROGBITS  *[0-9a-f]* \([0-9a-f]*\) .*/\1/p') + 4096))
[ "$(tail -c "+$((hole + 1))" unsigned | head -c 80 | tr -d '\0' | wc -c)" = 0 ] || fail 'the hole is not empty'
ask "$hole" 64
sed -i 's/name: payload, offset: 128, size: rest/name: payload, offset: 32, size: 16/; s/kind: payload/kind: header/' recipe
policy
tail -c +33 unsigned | head -c 16 > message
openssl dgst -sha256 -sign vendor.pem -out der message
raw_of_der
place raw "$hole"
holds 'a slot over code' 1 "any(.findings[]; .rule == \"signature-invalid\" and .range.offset == $hole)"

# The same in a raw image, where only an ELF file of the rebuild says what is code: named as `symbols`, or not; with a
# vendor's header in front, which moves it; and under a slot of which a part is code.
cat > source/code.s <<'S'
.text
.globl _start
_start: lea stamp(%rip), %rax
mov $60, %eax
xor %edi, %edi
.balign 64
hole: .zero 128
mov $61, %eax
mov $0x1234567, %edi
mov $0x2345678, %esi
syscall
.balign 4096
.data
.ascii "the data of this program, "
stamp: .zero 128
.ascii "in which there is room for it"
S
# raw_image COMMAND [SYMBOLS]: what the source makes by it, as `unsigned`; its recipe names these symbols
raw_image() {
    printf 'gcc -nostdlib -static -Wl,--build-id=none -Wl,-z,noseparate-code -o code.elf code.s\nobjcopy -O binary code.elf flat\n%s\n' "$1" > source/make.sh
    (cd source && sh make.sh && mv out ../unsigned && rm -f code.elf flat)
    symbols=${2:+, symbols: [$2]}
}
# slot_at OFFSET SIZE: what covers is the first 8 bytes
slot_at() {
    ask "$1" "$2"
    sed -i "s/name: front, offset: 0, size: 16/name: payload, offset: 0, size: 8/; /offset: 128/d; s/{from: out}/{from: out$symbols}/" recipe
    policy 256
    head -c 8 unsigned > message
    openssl dgst -sha256 -sign vendor.pem -out der message
    raw_of_der
    place raw "$1"
}
# find TEXT: where the bytes behind it stand
find_text() { LC_ALL=C grep -obUaP "$1" unsigned | head -n 1 | cut -d : -f 1; }
hole_of='\x00{128}(?=\xb8\x3d\x00\x00\x00)'
in_code='any(.findings[]; .rule == "signature-invalid" and (.message | contains("stands in an executable range")))'
for symbols_named in code.elf ''; do
    said=${symbols_named:+ that the recipe names}
    raw_image 'cp flat out' "$symbols_named"
    hole=$(find_text "$hole_of")
    slot_at "$hole" 64
    holds "a raw image: a slot over code of an ELF file$said" 1 "$in_code"
    raw_image 'cp flat out; printf "front of a vendor" > front; cat front flat > out' "$symbols_named"
    hole=$(find_text "$hole_of")
    slot_at "$hole" 64
    holds "a header before a raw image: a slot over code of an ELF file$said" 1 "$in_code"
    # the data of the program is no code, and what a build writes before it is none either
    stamp=$(($(find_text 'the data of this program, ') + 26))
    slot_at "$stamp" 64
    holds "a raw image: a slot in data of an ELF file$said" 0 '.verdict == "equivalent" and any(.findings[]; .rule == "signature")'
    raw_image '{ printf "front of a vendor"; head -c 128 /dev/zero; cat flat; } > out' "$symbols_named"
    slot_at 17 64
    holds "a slot before code of an ELF file$said" 0 '.verdict == "equivalent" and any(.findings[]; .rule == "signature")'
    # the slot ends where the code begins, and one that ends 8 bytes behind it
    sed -i 's/^_start:.*/_start: .zero 8/' source/code.s
    raw_image '{ printf "front of a vendor"; head -c 64 /dev/zero; cat flat; } > out' "$symbols_named"
    slot_at 17 64
    holds "a slot up to code of an ELF file$said" 0 '.verdict == "equivalent" and any(.findings[]; .rule == "signature")'
    slot_at 17 72
    holds "a slot that reaches into code of an ELF file$said" 1 "$in_code"
done
