#!/bin/sh
# T4: a limit that is hit, and a file that cannot be read, leave the node undecided, with the limit's name; and never a pass.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# limit NAME VALUE SHIPPED EXPECTED [NODE]: undecided, and by this limit; with the default it is judged
limit() {
    code=0
    "$assay" compare "$3" "$4" --limit "$1=$2" --report report.json > said.txt 2>&1 || code=$?
    if [ "$code" != 2 ]; then cat said.txt >&2; fail "$1: exit $code, expected 2"; fi
    jq -e ".verdict == \"undecided\" and any(.undecided[]; contains(\"limit $1 ($2 \"))" report.json > /dev/null || { jq -c .undecided report.json >&2; fail "$1: not named"; }
    tr -s ' \n' '  ' < said.txt | grep -qF "limit $1 ($2 " || fail "$1: the text does not name it"
    jq -e '.policy.result == "none" and .options.limits["'"$1"'"] == '"$2" report.json > /dev/null || fail "$1: the report does not hold the limit"
    code=0
    "$assay" compare "$3" "$4" --quiet > /dev/null 2>&1 || code=$?
    [ "$code" = 1 ] || fail "$1: without the limit exit $code, expected 1"
    # what is equal to the last byte needs no limit
    "$assay" compare "$3" "$3" --limit "$1=$2" --quiet || fail "$1: equal bytes are not equal"
    printf 'ok: %s: %s\n' "$name" "$1"
}

mkdir tree other && seq 1 200000 > tree/numbers && seq 1 200000 | sed 's/^77$/78/' > other/numbers
for side in tree other; do
    tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 -cf $side.tar -C $side numbers
    gzip -9nc $side.tar > $side.gz
    gzip -9nc $side.gz > $side.gz.gz
    xz -9c $side.tar > $side.xz
    { head -c 30000000 /dev/zero; cat $side.tar; } | gzip -9nc > $side.zeros.gz
done
limit total-bytes 1000000 tree.gz other.gz
limit ratio 2 tree.zeros.gz other.zeros.gz
limit depth 1 tree.gz.gz other.gz.gz
limit decoder-memory 65536 tree.xz other.xz
long=$(printf 'n%.0s' $(seq 200))
for side in tree other; do
    cp $side/numbers "$long" && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 -cf $side.long.tar "$long"
    mkdir -p many && for i in $(seq 60); do cp $side/numbers "many/$i"; done
    tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 --sort=name -cf $side.many.tar many
done
limit name-bytes 50 tree.long.tar other.long.tar
limit entries 20 tree.many.tar other.many.tar

mkdir a b && echo same > a/file && echo same > b/file && echo x > a/secret && echo x > b/secret
if [ "$(id -u)" != 0 ]; then
    chmod 000 a/secret b/secret
    code=0
    "$assay" compare a b --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 2 ] || { cat said.txt >&2; fail "a file that cannot be read: exit $code"; }
    printf 'ok: %s: a file that cannot be read\n' "$name"
fi
code=0
"$assay" compare a b --limit entries=1 --report report.json > said.txt 2>&1 || code=$?
[ "$code" = 2 ] || { cat said.txt >&2; fail "a directory of too many entries: exit $code"; }
jq -e '.verdict == "undecided" and any(.undecided[]; contains("limit entries (1 "))' report.json > /dev/null || fail 'a directory of too many entries: not named'
printf 'ok: %s: a directory of too many entries\n' "$name"
for wrong in total-bytes total-bytes= total-bytes=-1 total-bytes=1.5 no-such=1 =1 total-bytes=18446744073709551616; do
    code=0
    "$assay" compare a b --limit "$wrong" > said.txt 2>&1 || code=$?
    [ "$code" = 64 ] || { cat said.txt >&2; fail "--limit $wrong: exit $code, expected 64"; }
done
printf 'ok: %s: a limit that is none is refused\n' "$name"
