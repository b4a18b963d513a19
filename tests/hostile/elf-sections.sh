#!/bin/sh
# A section header table that lies, overlaps, is missing or lies in the code; debug data packed and with a tail.
# The cases are in attacks_sections.c; tests/unit/flow/test_attacks.c runs them on every machine and shape.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
# both classes, both byte orders
attack_machines elf-sections mips-32-be riscv-64-le arm-32-le powerpc-64-be
# a section `.comment` that is loaded and is the code; more sections than a header can count
"$twin" sample aarch64-64-le misnamed misnamed
attack elf-sections misnamed 'aarch64-64-le, loaded .comment and .debug_info'
"$twin" sample aarch64-64-le sstripped sstripped
attack elf-headers sstripped 'aarch64-64-le, without sections'
attack elf-code sstripped 'aarch64-64-le, without sections'
for machine in mips-32-be x86-64-le; do
    "$twin" sample "$machine" extended extended
    for case in extended extended-header; do
        "$twin" attack "$case" extended bad alone > hits.json
        judge "$machine, $case" 1 bad extended "$(jq -r '"any(.findings[]; .class == \"unexplained\" and .range.offset <= \(.[0].offset) and .range.offset + .range.length > \(.[0].offset))"' hits.json)"
    done
done
# sections that lie in each other are each as their own bytes are, whatever their order; one without bytes is as expected
cat > nested.py <<'EOF'
import struct

def header(name, kind, address, offset, size):
    return struct.pack('<IIQQQQIIQQ', name, kind, 2, address, offset, size, 0, 0, 1, 0)

names = b'\0outer\0inner\0beside\0bss\0.shstrtab\0'
sections = (bytes(64) + header(7, 1, 0x2000, 1024, 1024) + header(1, 1, 0x1000, 64, 4032) + header(13, 1, 0x3000, 2048, 512)
            + header(20, 8, 0x5000, 1500, 1 << 62) + header(24, 3, 0, 4096 + 6 * 64, len(names)))
image = bytearray(bytes(range(256)) * 16 + sections + names)
image[:64] = b'\x7fELF\x02\x01\x01' + bytes(9) + struct.pack('<HHIQQQIHHHHHH', 1, 62, 1, 0, 0, 4096, 0, 64, 0, 0, 64, 6, 5)
open('nested', 'wb').write(image)
image[1500] ^= 1
open('bad', 'wb').write(image)
EOF
python3 nested.py
judge 'a byte of two sections' 1 bad nested '[.files[0].sections[] | select (.class != "identical") | .name] | sort == ["inner", "outer"]'
