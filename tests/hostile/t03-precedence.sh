#!/bin/sh
# T3: which exit code wins: 64 before the work, then 1 for a mismatch, then 2 for what is open, then 1 for the policy.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# ends STORY CODE ARGUMENT...
ends() {
    story=$1 wanted=$2
    shift 2
    code=0
    "$assay" "$@" > said.txt 2>&1 < /dev/null || code=$?
    if [ "$code" != "$wanted" ]; then cat said.txt >&2; fail "$story: exit $code, expected $wanted"; fi
    printf 'ok: %s: %s: %s\n' "$name" "$story" "$wanted"
}

mkdir -p good/dir bad/dir open/dir
echo one > good/file; echo two > bad/file; echo one > open/file
head -c 400000 /dev/zero | gzip -9n > good/dir/bomb.gz
head -c 400001 /dev/zero | gzip -9n > bad/dir/bomb.gz
cp bad/dir/bomb.gz open/dir/; chmod -R go-w good bad open
bomb='--limit total-bytes=100000'
printf 'policy: 1\nrequire: {verdict: identical, expected: path}\n' > holds.policy
printf 'policy: 1\nrequire: {verdict: identical, expected: rebuild}\n' > fails.policy
printf 'policy: 1\nrequired: {}\n' > malformed.policy
printf 'policy: 1\npin: {product: other}\nrequire: {expected: path}\n' > pin.policy

ends 'equal' 0 compare good good --policy holds.policy
ends 'equal, and the policy does not hold' 1 compare good good --policy fails.policy
ends 'equal, and a pin that nothing was built from' 1 compare good good --policy pin.policy
ends 'a mismatch' 1 compare bad good --scope file
# shellcheck disable=SC2086 # options are words
{
ends 'a bomb' 2 compare open good $bomb
ends 'a bomb beside a mismatch' 1 compare bad good $bomb
ends 'a bomb, and the policy does not hold' 2 compare open good $bomb --policy fails.policy
ends 'a bomb beside a mismatch, and the policy does not hold' 1 compare bad good $bomb --policy fails.policy
ends 'a bomb in a file that is equal' 0 compare good good $bomb --policy holds.policy
ends 'a bomb, and a policy that is malformed' 64 compare open good $bomb --policy malformed.policy
}
ends 'a policy that is malformed' 64 compare good good --policy malformed.policy
ends 'a mismatch, and a policy that is malformed' 64 compare bad good --policy malformed.policy
ends 'a policy that is not there' 64 compare good good --policy absent.policy
ends 'an image that is not there' 64 compare absent good
ends 'an expected side that is not there' 64 compare good absent
ends 'an unknown option' 64 compare good good --unknown
ends 'a time that is none' 64 compare good good --time tomorrow
ends 'a pass whose report cannot be written' 2 compare good good --report /dev/full
ends 'a mismatch whose report cannot be written' 1 compare bad good --scope file --report /dev/full
ends 'a pass with all that says so' 0 compare good good --sarif sarif --junit junit --markdown markdown
grep -q '"exitCode": *0' sarif || fail 'a pass: SARIF does not say so'
grep -q 'failures="0"' junit || fail 'a pass: JUnit does not say so'

# Whichever output of a pass cannot be written, no other file is put in place, and what was there before stays. Of a
# mismatch all others stay as evidence, and each says what the exit code is.
outputs='report html sarif junit markdown attestation'
openssl genpkey -algorithm ed25519 -out key.pem 2> key.log || fail "no key: $(cat key.log)"
# all_but FAILING: all outputs, of which this one goes to where there is no room; sets the arguments of `try`
all_but() {
    rm -rf written && mkdir written && echo before > written/sarif
    written="--attest key.pem"
    for output in $outputs; do
        place=written/$output
        [ "$output" != "$1" ] || place=/dev/full
        written="$written --$output $place"
    done
}
# shellcheck disable=SC2086 # options are words
for failing in $outputs; do
    all_but "$failing"
    ends "a pass whose $failing cannot be written" 2 compare good good $written
    [ "$(ls -A written)" = sarif ] || { ls -A written >&2; fail "$story: others stand there"; }
    [ "$(cat written/sarif)" = before ] || fail "$story: what was there is no more"
    all_but "$failing"
    ends "a mismatch whose $failing cannot be written" 1 compare bad good --scope file $written
    for output in $outputs; do
        [ "$output" = "$failing" ] || [ -s "written/$output" ] || fail "$story: no $output either"
    done
    [ "$failing" = sarif ] || grep -q '"exitCode": *1' written/sarif || fail "$story: SARIF says something else"
done
all_but none
# shellcheck disable=SC2086
"$assay" compare good good $written > /dev/full 2> said.txt && fail 'a pass that nobody is told of: exit 0'
[ "$(ls -A written)" = sarif ] || fail 'a pass that nobody is told of stands in files'
# shellcheck disable=SC2086
ends 'a pass with all outputs' 0 compare good good $written
for output in $outputs; do [ -s "written/$output" ] || fail "$story: no $output"; done
ends 'a stored report, shown where there is no room' 2 render written/report --html again.html --sarif again.sarif --junit /dev/full
if [ -e again.html ] || [ -e again.sarif ]; then fail "$story: others stand there"; fi
# pipes are written and closed one at a time, in order: who reads one after the other waits for nothing
mkfifo one.pipe two.pipe
cat one.pipe two.pipe > read.txt &
ends 'two pipes that are read one after the other' 0 compare good good --markdown two.pipe --html one.pipe
wait "$!"
grep -q '<!DOCTYPE html>' read.txt || fail "$story: the page did not come"
ends 'gate without an image' 64 gate --policy holds.policy absent.json --trust-report

# inputs of a rebuild: a pinned digest that is wrong is open, a policy that pins another fails
mkdir -m 755 source && echo one > source/file
none=$(printf '0%.0s' $(seq 64))
make_tools cat
cat > good.recipe <<END
recipe: 1
product: precedence 1
source: [{directory: source, into: .}]
$toolchain
path: /build/p
steps: [echo two >> file]
outputs: [{from: file}]
END
printf 'one\ntwo\n' > image
if ! "$assay" verify image --recipe good.recipe > said.txt 2>&1; then
    # without a sandbox nothing is rebuilt, and there is nothing to say of it
    command -v bwrap > /dev/null 2>&1 && { cat said.txt >&2; fail 'the good recipe'; }
    echo 'SKIP: bwrap is not installed'; exit 77
fi
sed "s/into: ./sha256: $none, into: ./" good.recipe > pinned.recipe
ends 'a source that is not the one that the recipe pins' 2 verify image --recipe pinned.recipe
sed 's/\[echo.*\]/[false]/' good.recipe > failing.recipe
ends 'a step that fails' 2 verify image --recipe failing.recipe
ends 'a step that fails, and the policy does not hold' 2 verify image --recipe failing.recipe --policy pin.policy
printf 'policy: 1\npin: {recipe: [%s]}\n' "$none" > recipe.policy
ends 'a recipe that the policy does not pin' 1 verify image --recipe good.recipe --policy recipe.policy
pin_source() { printf 'policy: 1\npin: {source: [%s], recipe: [%s]}\n' "$none" "$(sha256sum "$1" | cut -d ' ' -f 1)" > source.policy; }
pin_source good.recipe
ends 'a source that the policy does not pin' 1 verify image --recipe good.recipe --policy source.policy
pin_source pinned.recipe
ends 'the same, and the recipe pins another' 2 verify image --recipe pinned.recipe --policy source.policy
echo three > image
ends 'a mismatch beside a recipe that fails' 1 verify image --recipe good.recipe --policy recipe.policy
sed 's/directory: source/directory: absent/' good.recipe > absent.recipe
ends 'a source that is not there' 64 verify image --recipe absent.recipe
