#!/bin/sh
# T1: the verdict is the first that applies: mismatch, undecided, waived, equivalent, identical; and each file's is its own.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

printf 'policy: 1\nrequire: {verdict: waived, expected: path}\nwaive: [{path: note, reason: a, owner: b}]\n' > waive.policy
# One file for each class: what stands in a name is what differs there.
#   same     equal               time    another time of its entry, written again: structure
#   note     waived              bomb    over a limit: undecided
#   other    unexplained
mkdir good bad
for file in same note time other; do echo "the text of $file" > good/$file; cp good/$file bad/$file; done
echo 'the text of NOTE' > bad/note; echo 'the text of OTHER' > bad/other
head -c 400000 /dev/zero | gzip -9n > good/bomb; head -c 400001 /dev/zero | gzip -9n > bad/bomb
chmod 644 good/* bad/*

# order VERDICT CODE FILE...: an image of these, each as the shipped side has it
order() {
    verdict=$1 wanted=$2
    shift 2
    tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 -cf expected.tar -C good same "$@"
    tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 -cf shipped.tar -C bad same "$@"
    case " $* " in *" time "*)
        tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@2 -cf shipped.tar -C bad same "$@" ;;
    esac
    code=0
    "$assay" compare shipped.tar expected.tar --policy waive.policy --limit total-bytes=100000 --report report.json > said.txt 2>&1 || code=$?
    if [ "$code" != "$wanted" ]; then cat said.txt >&2; fail "$*: exit $code, expected $wanted"; fi
    jq -e ".verdict == \"$verdict\"" report.json > /dev/null || fail "$*: the verdict is $(jq .verdict report.json), expected $verdict"
    jq -e '(.accounting | del(.total) | add) == .accounting.total' report.json > /dev/null || fail "$*: the account does not add up"
    tr -s ' \n' '  ' < said.txt | grep -qiF -e "$verdict" || fail "$*: the text does not say $verdict"
    printf 'ok: %s: same %s: %s\n' "$name" "$*" "$verdict"
}
order identical 0
order equivalent 0 time
order waived 0 note
order waived 0 note time
order undecided 2 bomb
order undecided 2 bomb time
order undecided 2 bomb note
order undecided 2 bomb note time
order mismatch 1 other
order mismatch 1 other time
order mismatch 1 other note
order mismatch 1 other bomb
order mismatch 1 other bomb note time
[ "$(jq -c '[.files[] | {(.path): .verdict}] | add' report.json)" = \
    "$(jq -nc '{".": "equivalent", same: "equivalent", note: "waived", time: "equivalent", other: "mismatch", bomb: "undecided"} | {".": .["."], same, other, bomb, note, time}')" ] ||
    { jq -c '[.files[] | {(.path): .verdict}] | add' report.json >&2; fail 'the verdicts of the files'; }
printf 'ok: %s: each file has its own verdict\n' "$name"
rm bad/time && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 -cf shipped.tar -C bad same note bomb
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 -cf expected.tar -C good same note bomb time
judge 'something missing beside something undecided' 1 shipped.tar expected.tar '.verdict == "mismatch" and (.missing | length == 1)'
: > nothing
judge 'nothing judged at all' 2 nothing nothing '.verdict == "undecided"'
code=0
"$assay" compare good good --scope 'no-such*' --report report.json > said.txt 2>&1 || code=$?
[ "$code" = 2 ] || fail "a scope that matches nothing: exit $code"
jq -e '.verdict == "undecided" and .undecided == ["the scope no-such* matches nothing in the image"]' report.json > /dev/null || fail 'a scope that matches nothing'
printf 'ok: %s: a scope that matches nothing\n' "$name"
