#!/bin/sh
# T14: no JSON that assay writes has a character in it, as it is, that a terminal obeys or hides; a reader of JSON finds it all the same.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# CSI of C1, DEL, a turn of direction, its end, a zero-width space, a tag beyond U+FFFF; and letters that are letters
odd=$(printf 'a\302\2332J\177\342\200\256exe\342\200\254\342\200\213\363\240\201\201é文𝄞')
raw='\xc2[\x80-\x9f]|\x7f|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xf3\xa0'

# holds FILE JQ: nothing raw, and the name
holds() {
    if LC_ALL=C grep -qaP "$raw" "$1"; then fail "$2: a raw character"; fi
    printf '%s\n' "$odd" > want.txt
    jq -r "$2" "$1" > have.txt || fail "$2: no JSON"
    cmp want.txt have.txt || fail "$2: another name"
    printf 'ok: %s: %s of %s\n' "$name" "$2" "$1"
}
printf 'one\n' > "$odd"
printf 'two\n' > other
code=0
"$assay" compare "$odd" other --format json --report report.json > shown.json || code=$?
[ "$code" = 1 ] || fail "exit $code, expected 1"
holds report.json .image.path
holds shown.json .image.path
cmp report.json shown.json || fail 'two ways to a report'
"$assay" render report.json --format json > rendered.json
cmp report.json rendered.json || fail 'a report that is rendered is another'
grep -qF 'é文𝄞' report.json || fail 'letters are escaped'
printf 'ok: %s: the same report each way\n' "$name"
