#!/bin/sh
# T6: the checksum byte of an option ROM follows from all its other bytes; it explains no other byte, and none that may be
# code.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# rom FILE ENTRY TEXT PLACE: an option ROM of two blocks; the sum lies at PLACE
rom() {
    printf '\125\252\002%b' "$2" > "$1"
    truncate -s 1024 "$1"
    poke "$1" 100 "$3"
    sum=$(od -An -v -tu1 "$1" | awk '{ for (i = 1; i <= NF; i++) s += $i } END { printf "%o", (256 - s % 256) % 256 }')
    poke "$1" "$4" "\\0$sum"
}
jump='\351\075\000'

# waived STORY CODE JQ: with a waiver of the text alone
waived() {
    cat > waiver.policy <<X
policy: 1
require: {verdict: waived, expected: path}
waive:
  - {path: ".", range: {offset: 100, length: 5}, reason: "a version", owner: release@operator.example,
     allow-code: true, sha256: $(sha256sum shipped | cut -d ' ' -f 1)}
X
    code=0
    "$assay" compare shipped good --policy waiver.policy --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    jq -e "$3" report.json > /dev/null || fail "$1: the report does not show $3"
    printf 'ok: %s: %s\n' "$name" "$1"
}
explained='any(.findings[]; .class == "explained" and .rule == "rom-checksum" and .range.length == 1)'
nothing='all(.findings[]; .rule != "rom-checksum")'

rom good "$jump" '1.0.0' 6 && rom shipped "$jump" '1.0.7' 6
judge 'another byte of content: only the sum is explained' 1 shipped good "$explained and any(.findings[]; .class == \"unexplained\" and .range.offset == 104)"
waived 'the sum behind the entry, of a text that is waived' 0 "$explained"
poke shipped 6 '\001'
waived 'a wrong sum' 1 "$nothing"
rom shipped "$jump" '1.0.7' 6 && poke shipped 300 '\001' && poke shipped 301 '\377'
waived 'other bytes that leave the sum as it is' 1 'any(.findings[]; .class == "unexplained" and .range.offset == 300)'
rom good '\353\003' '1.0.0' 6 && rom shipped '\353\003' '1.0.7' 6
waived 'a short jump into what lies behind' 0 "$explained"
rom good '\353\001' '1.0.0' 6 && rom shipped '\353\001' '1.0.7' 6
waived 'a jump to the byte itself' 1 "$nothing"
rom good '\220\220\220' '1.0.0' 6 && rom shipped '\220\220\220' '1.0.7' 6
waived 'no jump: the byte may be code' 1 "$nothing"
rom good "$jump" '1.0.0' 1023 && rom shipped "$jump" '1.0.7' 1023
waived 'the sum in the last byte, behind fill' 0 "$explained"
rom shipped "$jump" '1.0.7' 1023 && poke shipped 6 '\001' && poke shipped 103 '\055'
waived 'another byte behind the entry, made up for elsewhere' 1 'any(.findings[]; .class == "unexplained" and .range.offset == 6)'
for file in good shipped; do poke "$file" 1020 '\001\002'; done
waived 'no fill before the last byte' 1 "$nothing"
rom good "$jump" '1.0.0' 6 && rom shipped "$jump" '1.0.7' 6 && printf '\0' >> shipped
waived 'a byte behind the end' 1 "$nothing"
