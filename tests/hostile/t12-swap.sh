#!/bin/sh
# T12: words in reverse pass only where a recipe that policy pinned says so, and only as one for all.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v bwrap > /dev/null || { echo "SKIP: bwrap is not installed" >&2; exit 77; }
# the sandbox of a rebuild leaves root behind, and must still get here
chmod 755 .
mkdir -m 755 source
make_tools seq
echo 'seq 100000 100511 > out' > source/make.sh
seq 100000 100511 > made

digest() { sha256sum "$1" | cut -d ' ' -f 1; }
listing=$(tree_digest source)

# ask RANGE...: recipe and policy, which pins it
ask() {
    cat > recipe <<X
recipe: 1
product: swap 1
source: [{directory: source, sha256: $listing, into: .}]
$toolchain
path: /build/swap
steps: [sh make.sh]
outputs: [{from: out, at: payload}]
layout:
X
    printf '  - {%s}\n' "$@" >> recipe
    printf 'policy: 1\npin: {recipe: [%s]}\n' "$(digest recipe)" > policy.yaml
}

# holds STORY CODE SHIPPED [JQ-FILTER]
holds() {
    code=0
    "$assay" verify "$3" --recipe recipe --policy policy.yaml --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    adds_up "$1" "${4:-}"
}

hint='any(.reasons[]; contains("a hint and no match"))'
dd if=made of=swapped conv=swab 2> /dev/null
ask 'name: payload, offset: 0, size: rest, kind: payload'
holds 'the image as it is' 0 made '.verdict == "identical"'
holds 'words of two in reverse, of which nobody spoke' 1 swapped "$hint"
ask 'name: payload, offset: 0, size: rest, kind: payload, byte-swap: 2'
holds 'words of two in reverse, as the pinned recipe says' 0 swapped '.accounting.identical == 3584 and .accounting.total == 3584'
"$assay" gate report.json --policy policy.yaml --trust-report --image swapped --time 2026-10-01 > said.txt 2>&1 || { cat said.txt >&2; fail 'the gate'; }
printf 'ok: %s: the gate adds it up again\n' "$name"
holds 'words in order where the recipe says reverse' 1 made
cp swapped bad && poke bad 700 'X'
holds 'one byte of a word in reverse' 1 bad 'any(.findings[]; .path == "payload" and .range.offset == 701 and .range.length == 1 and .class == "unexplained")'
printf 'policy: 1\n' > policy.yaml
holds 'a recipe that policy does not pin' 1 swapped "$hint"
ask 'name: payload, offset: 0, size: rest, kind: payload, byte-swap: 4'
holds 'words of another length' 1 swapped
(cat swapped; printf 'x') > bad
holds 'words that are not whole' 1 bad
ask 'name: payload, offset: 0, size: 1792, kind: payload, byte-swap: 2' 'name: more, offset: 1792, size: rest, kind: payload, byte-swap: 2'
holds 'a swap for each of two pieces' 1 swapped 'any(.reasons[]; contains("a second payload with"))'
ask 'name: payload, offset: 8, size: rest, kind: payload, byte-swap: 2'
(printf 'headhead'; cat swapped) > bad
holds 'bytes in front that nobody made' 1 bad 'any(.findings[]; .path == "." and .range.offset == 0 and .range.length == 8 and .class == "unexplained")'
