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
rm -f sarif junit
ends 'a pass whose summary cannot be written' 2 compare good good --sarif sarif --junit junit --markdown /dev/full
if [ -e sarif ] || [ -e junit ]; then fail 'a pass whose summary cannot be written: SARIF or JUnit say that it is one'; fi
ends 'gate without an image' 64 gate --policy holds.policy absent.json --trust-report

# inputs of a rebuild: a pinned digest that is wrong is open, a policy that pins another fails
mkdir -m 755 source && echo one > source/file
none=$(printf '0%.0s' $(seq 64))
cat > good.recipe <<'END'
recipe: 1
product: precedence 1
source: [{directory: source, into: .}]
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
