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
