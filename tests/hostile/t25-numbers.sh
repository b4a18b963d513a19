#!/bin/sh
# T25: every number of a report is an integer below 2^53; addresses, and whatever is larger, are "0x" strings.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# numbers STORY FILE: over all that is in it
numbers() {
    jq -e '[.. | numbers | select(. != floor or . < 0 or . >= 9007199254740992)] == []' "$2" > /dev/null || fail "$1: a number that is none of ours"
    perl -0777 -ne 's/"(?:[^"\\]|\\.)*"//g; exit (/[0-9][.eE]/ ? 1 : 0)' "$2" || fail "$1: a real number"
    jq -e '[.. | objects | .address? // empty | select(type != "string" or (test("^0x(0|[1-9a-f][0-9a-f]*)$") | not))] == []' "$2" > /dev/null || fail "$1: an address that is no string"
    printf 'ok: %s: %s\n' "$name" "$1"
}

cat > high.c <<'END'
int value = 1;
int _start (void) { return value; }
END
# where a kernel of 64 bits lies; a compiler for other machines links it low, which is a program all the same
gcc -O1 -nostdlib -static -fno-pic -no-pie -mcmodel=kernel -Wl,-Ttext-segment=0xffffffff81000000,--build-id=none -o good high.c 2> /dev/null ||
    gcc -O1 -nostdlib -static -Wl,--build-id=none -o good high.c
cp good bad
data=$(readelf -W -S good | sed -n 's/.* \.data *PROGBITS *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')
poke bad $((0x$data)) '\007'
judge 'a program at the top of memory' 1 bad good '.verdict == "mismatch"'
numbers 'a program at the top of memory' report.json
[ "$(uname -m)" != x86_64 ] || jq -e '[.files[].segments[]?.address] | any(test("^0xffffffff8"))' report.json > /dev/null || fail 'the program lies elsewhere'

# headers that say 2^64 - 1 of everything
cp good bad
for at in 24 32 40 72 80 88 96 104; do poke bad $at '\377\377\377\377\377\377\377\377'; done
judge 'headers of the largest numbers' 1 bad good
numbers 'headers of the largest numbers' report.json
head -c 300 good > bad
judge 'a program that is cut off' 1 bad good
numbers 'a program that is cut off' report.json

# facts with numbers of 64 bits are text
mkdir tree && echo a > tree/a
tar --format=posix --pax-option=atime:=9223372036854775807,mtime:=99999999999 --owner=0 --group=0 --numeric-owner -cf good.tar tree/a
tar --format=gnu --owner=2097152000 --group=2097151 --numeric-owner --mtime=@68719476735 -cf bad.tar tree/a
judge 'times and owners beyond 2^53' 1 bad.tar good.tar 'all(.facts[]; (.shipped | type) != "number" and (.expected | type) != "number")'
numbers 'times and owners beyond 2^53' report.json

# limits are set to what they may be
"$assay" compare tree tree --limit total-bytes=18446744073709551615 --limit ratio=9007199254740992 --report report.json --quiet || fail 'the largest limit'
jq -e '.options.limits["total-bytes"] == "0xffffffffffffffff" and .options.limits.ratio == "0x20000000000000"' report.json > /dev/null || fail 'the largest limit is not said'
numbers 'the largest limits' report.json
"$assay" compare tree tree --limit ratio=9007199254740991 --report report.json --quiet || fail 'the largest number'
jq -e '.options.limits.ratio == 9007199254740991' report.json > /dev/null || fail 'the largest number is not said'
numbers 'the largest number' report.json
printf 'policy: 1\nrequire: {expected: path, verdict: identical, unexplained: 9223372036854775808, outside: 18446744073709551615}\n' > count.policy
"$assay" compare tree tree --policy count.policy --time 9223372036854775807 --report report.json --quiet || fail 'a policy with a count of 2^63'
numbers 'a policy with a count of 2^63' report.json
jq -e '.options.time == "0x7fffffffffffffff"' report.json > /dev/null || fail 'the last second is not said'
printf 'policy: 1\nrequire: {unexplained: 18446744073709551616}\n' > count.policy
code=0
"$assay" compare tree tree --policy count.policy > said.txt 2>&1 || code=$?
if [ "$code" != 64 ] || ! grep -qF 'count.policy:2:24' said.txt; then cat said.txt >&2; fail "a count of 2^64: exit $code"; fi
printf 'ok: %s: a count of 2^64 is refused at its place\n' "$name"
"$assay" inspect good --format json > inventory.json || fail 'inspect'
numbers 'an inventory' inventory.json
printf 'policy: 1\nrequire: {expected: path, verdict: identical, unexplained: 1}\n' > count.policy
"$assay" compare tree tree --policy count.policy --report report.json --quiet || fail 'a report for the gate'
"$assay" gate report.json --policy count.policy --trust-report --image tree --format json > gate.json || fail 'the gate'
numbers 'what the gate says' gate.json
