#!/bin/sh
# The policy, held against the sample: each line that does not hold is an exit 1 with its sentence, and nothing that is not
# understood is passed over (T2, T11, T20).
# shellcheck disable=SC2016 # backquotes that assay writes
set -eu
umask 022
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/../.." && pwd)
assay=${ASSAY:-$top/build/release/assay}
# shellcheck source=tests/listing.sh
. "$top/tests/listing.sh"
# shellcheck source=tests/roots.sh
. "$top/tests/roots.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-policy.XXXXXX")
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/caches" XDG_STATE_HOME="$work/state"

fail() { printf 'FAIL: policy: %s\n' "$*" >&2; exit 1; }

sh "$top/fixtures/make/vendor-image.sh" "$work/vendor" > "$work/make.log" 2>&1 || fail "the sample could not be made: $work/make.log"
sh "$top/fixtures/make/recipe.sh" "$work/vendor"
sample_tools "$work/vendor" gnb-du
cd "$work/vendor"

# hold STORY CODE SED-SCRIPT SENTENCE [IMAGE]: with the policy as SED-SCRIPT changes it
hold() {
    sed "$3" gnb-du.policy > changed.policy
    code=0
    "$assay" verify "${5:-gnb-du.img}" --recipe gnb-du.recipe --policy changed.policy --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    tr '\n' ' ' < said.txt | tr -s ' ' | grep -qF -e "$4" || { cat said.txt >&2; fail "$1: it does not say: $4"; }
    printf 'ok: policy: %s\n' "$1"
}

none=$(printf '0%.0s' $(seq 64))
hold 'as delivered' 0 '' 'EQUIVALENT'
jq -e '.expected[0].source.authenticated and .policy.result == "pass"' report.json > /dev/null || fail 'the pinned source is not authenticated'
hold 'another product' 1 's/^  product: .*/  product: other 1.0/' 'the product is not `other 1.0`'
hold 'another source' 1 "s/^  source: .*/  source: [$none]/" 'the source that was used is not the one that is pinned'
hold 'another recipe' 1 "s/^  recipe: .*/  recipe: [$none]/" 'the recipe that was used is not the one that is pinned'
hold 'a patch that was not applied' 1 "s/^  patches: .*/  patches: [$none]/" 'the patches that was used is not the one that is pinned'
hold 'identical is required' 1 's/verdict: equivalent/verdict: identical/' 'the verdict is equivalent, at least identical is required'
hold 'two rebuilds are required' 1 's/expected: rebuild/rebuilds: 2/' '1 rebuild was made, 2 are required'
hold 'a known origin is required' 1 's/expected: rebuild/origin: known/' 'the origin of the parts is unknown'
hold 'a rule that is not allowed' 1 's/expected: rebuild/rules: [signature, rewritten]/' 'the rule `container-time` explains something and is not allowed'
hold 'the rules that are needed' 0 's/expected: rebuild/rules: [signature, rewritten, container-time, recompressed]/' 'EQUIVALENT'
hold 'a slot of another size' 1 's/max-size: 64/max-size: 63/' 'MISMATCH'
hold 'a signature over another range' 1 's/covers: payload/covers: header/' 'MISMATCH'
hold 'a scheme that the key does not fit' 64 's/ecdsa-p256-sha256/ed25519/' 'not a key for ed25519'
hold 'no key' 64 's/vendor.pub.pem/absent.pem/' 'absent.pem'
hold 'no line for the slot' 1 '/^signatures:/,$d' 'MISMATCH'
hold 'a scope that the policy grants' 0 '/^signatures:/,$d; s/^require:/scope: ["payload\/\/boot"]\nrequire:/' 'bytes judged'
hold 'a scope in which a line of `signatures` finds nothing' 1 's/^require:/scope: ["payload\/\/boot"]\nrequire:/' 'a line of `signatures` wants one'
hold 'a scope that leaves too much outside' 1 '/^signatures:/,$d; s/^require:.*/scope: ["payload\/\/boot"]\nrequire: {outside: 10}/' 'more bytes are outside'
hold 'a waiver that nobody needs' 0 's/^require:/waive: [{path: "**", reason: none, owner: nobody}]\nrequire:/' 'the waiver of **: nothing needed it'
hold 'a blob that nobody needs' 0 "s/^require:/blobs: [{path: \"**\", sha256: $none, reason: none}]\nrequire:/" 'the blob of **: nothing needed it'
hold 'an unknown key' 64 's/^require:/requires:/' 'unknown key'
dd if=/dev/zero of=unsigned.img bs=1 count=64 2> /dev/null
{ head -c 64 gnb-du.img; cat unsigned.img; tail -c +129 gnb-du.img; } > nosig.img
hold 'an image without its signature' 1 '' 'MISMATCH' nosig.img
# without the vendor's key the slot needs a line of its own, for this very image
digest=$(sha256sum gnb-du.img | cut -d ' ' -f 1)
hold 'a waiver of the slot that does not name the image' 1 '/^signatures:/,$d; s/^require:.*/waive: [{path: ".", reason: none, owner: nobody}]\nrequire: {verdict: waived}/' 'is a container'
hold 'a waiver of the slot that does' 0 '/^signatures:/,$d; s/^require:.*/waive: [{path: ".", reason: none, owner: nobody, allow-code: true, sha256: '"$digest"'}]\nrequire: {verdict: waived}/' 'WAIVED'
{ head -c 64 gnb-du.img; printf x; tail -c +66 gnb-du.img; } > othersig.img
hold 'the same for an image with another signature' 1 '/^signatures:/,$d; s/^require:.*/waive: [{path: ".", reason: none, owner: nobody, allow-code: true, sha256: '"$digest"'}]\nrequire: {verdict: waived}/' 'MISMATCH' othersig.img
sed 's/^require:/scope: ["**"]\nrequire:/' gnb-du.policy > changed.policy
code=0
"$assay" verify gnb-du.img --recipe gnb-du.recipe --policy changed.policy --scope '**' > said.txt 2>&1 || code=$?
[ "$code" = 64 ] || fail "a scope of the policy and one of the command line: exit $code, expected 64"
printf 'ok: policy: a scope of the policy and one of the command line\n'
