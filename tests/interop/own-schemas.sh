#!/bin/sh
# Whether the JSON Schemas that are installed with assay (share/schemas) say what assay says: all examples of recipes and
# policies in tests and documents are valid, whatever JSON assay writes is, the schemas have the keys that the
# program knows, and of mutants they refuse those that it refuses.
#
#   sh own-schemas.sh    from the environment: ASSAY; ASSAY_ALL=1 tries every mutant
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
# shellcheck source=tests/certifying.sh
. "$(dirname "$0")/../certifying.sh"
# shellcheck source=tests/stamping.sh
. "$(dirname "$0")/../stamping.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin own-schemas gcc python3 tar git openssl jq base64
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2> /dev/null || skip 'python3-jsonschema and python3-yaml are not installed'

# --- reports with as many kinds of members as there are ---

cat > old.c <<'END_OF_C'
int table[64] = { 1, 2, 3 };
__attribute__ ((noinline)) int changes (int x) { return x * 3 + table[x & 63]; }
int main (int argc, char **argv) { return changes (argc); }
END_OF_C
sed 's/x \* 3 + table/(x ^ 90) - 7 * table/' old.c > new.c
mkdir -p shipped/bin expected/bin
gcc -g -O1 -o expected/bin/tool old.c
gcc -g -O1 -o shipped/bin/tool new.c
echo added > shipped/added
echo missing > expected/missing
chmod 4755 shipped/bin/tool
for side in shipped expected; do tar --sort=name --mtime=@0 --owner=0 --group=0 -cf $side.tar -C $side .; done
cat > gate.policy <<'END_OF_POLICY'
policy: 1
require: {verdict: waived, expected: path}
waive: [{path: bin/tool, fact: mode, reason: a reason, owner: o@example.org}]
END_OF_POLICY
run 'a mismatch with a policy' compare shipped.tar expected.tar --policy gate.policy --report made-policy.json --quiet
ends 1
run 'a pass without one' compare shipped.tar shipped.tar --report made-pass.json --quiet
ends 0

# a rebuild, where this machine lets there be a sandbox
mkdir source
cp old.c source/main.c
cat > build.recipe <<'END_OF_RECIPE'
recipe: 1
product: sample
source: [{directory: source}]
path: /build/sample
steps: [cp main.c out.c]
outputs: [{from: out.c}]
scope: ["**"]
END_OF_RECIPE
run 'a rebuild' verify new.c --recipe build.recipe --report made-rebuild.json --quiet
[ "$code" = 1 ] || { ends 2; rm -f made-rebuild.json; printf 'SKIP: no sandbox here, so that no report of a rebuild is looked at\n' >&2; }

# one that records what the build read, and what coverage says of it
cat > recorded.recipe <<'END_OF_RECIPE'
recipe: 1
product: sample
source: [{directory: source}]
path: /build/sample
steps:
  - gcc -g -O1 -c main.c
  - |
    printf '#line 1 "main.c"\nint other (int x) { return x; }\n' > other.c
    gcc -g -O1 -c other.c
  - gcc -o tool main.o other.o
outputs: [{from: tool}]
END_OF_RECIPE
run 'the same, to have an image' verify new.c --recipe recorded.recipe --work-dir made --quiet
if cp made/sample-1/build/sample/tool tool 2> /dev/null; then
    run 'a recorded rebuild' verify tool --recipe recorded.recipe --record --report made-recorded.json --quiet
    ends 0
    (cd source && sha256sum main.c; echo 'generated other.c from main.c'; printf '%064d  none\n' 7) > reviewed.list
    run 'what was reviewed' coverage made-recorded.json --reviewed reviewed.list --format json --output coverage-recorded.json
    ends 0
    run 'what was reviewed of another' coverage made-policy.json --reviewed reviewed.list --format json --output coverage-policy.json
    ends 0
fi

# --- what is said of statements, at gates, of images and of rebuilds ---

key p256 p256
key ed25519 ed25519
cat > signed.policy <<'END_OF_POLICY'
policy: 1
require: {verdict: waived, expected: path}
attestations: {threshold: 1, imported: true, parties: [{name: lab-a, keys: [p256.pub]}, {name: lab-b, keys: [ed25519.pub]}]}
END_OF_POLICY
# attested FILE ARGUMENT...: a statement of a comparison
attested() {
    to=$1
    shift
    run "$to" compare "$@" --policy signed.policy --attestation "$to" --quiet
    ends 0 1
}
attested a.dsse shipped.tar expected.tar --attest p256.pem
attested b.dsse shipped.tar shipped.tar --attest ed25519.pem
attested b.jsonl shipped.tar shipped.tar --attest ed25519.pem --envelope jsonl
attested b.vsa shipped.tar shipped.tar --attest ed25519.pem --predicate vsa --envelope sigstore
attested other.dsse expected.tar expected.tar --attest p256.pem
attested tree.dsse shipped shipped --attest p256.pem
echo '{}' > none.dsse
run 'statements' verify-attestation a.dsse b.dsse b.jsonl b.vsa other.dsse none.dsse --policy signed.policy --image shipped.tar --format json
ends 1
cp out attested-several.json
run 'statements that agree' verify-attestation b.jsonl --key ed25519.pub --image shipped.tar --format json
ends 0
cp out attested-pass.json
authority stamping
key stamper p256
issued stamping stamper stamper tsa 20200101000000Z 20800101000000Z
serves tsa.conf sha256
cp b.dsse stamped.dsse
run 'a request' timestamp stamped.dsse --request stamped.tsq
ends 0
replies stamped.tsq stamping/stamper.crt stamper stamped.tsr
run 'a time stamp' timestamp stamped.dsse --attach stamped.tsr --tsa-ca stamping/root.crt
ends 0
run 'a statement with a time stamp' verify-attestation stamped.dsse --key ed25519.pub --image shipped.tar --tsa-ca stamping/root.crt --format json
ends 0
jq -e '.statements[0].signed_by[0].time_stamp.by' out > /dev/null || shown 'a time stamp'
cp out attested-stamped.json
# one of two signatures has none, and does not count where it must
payload b.dsse > body
pae "$statement_type" body > signed
jq -c --arg sig "$(signature p256 p256 signed)" '.signatures += [{keyid: "", sig: $sig}]' stamped.dsse > half.dsse
run 'a statement with one time stamp' verify-attestation half.dsse --key ed25519.pub --key p256.pub --image shipped.tar --tsa-ca stamping/root.crt --at 2070-01-01 --format json
ends 0
jq -e '.statements[0].not_counted | length == 1' out > /dev/null || shown 'a signature that does not count'
cp out attested-half.json
for file in a.dsse b.dsse tree.dsse; do payload $file > comparison-$file.json; done
run 'at a gate' gate b.dsse --policy signed.policy --image shipped.tar --format json --explain
ends 0
cp out gate-signed.json
run 'at a gate, and dissent' gate a.dsse b.dsse other.dsse --policy signed.policy --image shipped.tar --format json
ends 1
cp out gate-dissent.json
run 'at a gate, unsigned' gate made-policy.json --policy gate.policy --trust-report --image shipped.tar --format json --explain
ends 1
cp out gate-report.json
cp shipped.tar cut.tar
truncate -s 5000 cut.tar
for image in shipped.tar shipped cut.tar; do
    run "$image, looked into" inspect $image --format json
    ends 0 2
    cp out "inventory-$image.json"
done
if [ -f made-rebuild.json ]; then
    # it takes five rebuilds, which look at the whole machine where the recipe has no toolchain
    make_tools od tr mkdir ln cat
    { sed '/^steps/,$d' build.recipe && echo "$toolchain"; } > chance.recipe
    cat >> chance.recipe <<'END_OF_RECIPE'
steps:
  - od -An -N8 -tx1 /dev/urandom | tr -d " " > out.c
  - mkdir tree && ln -s "$(cat out.c)" tree/link
outputs: [{from: out.c, at: a}, {from: tree/, at: "b//"}]
END_OF_RECIPE
    sed 's/cp main.c out.c/false/; s/product: sample/product: none/' build.recipe > fails.recipe
    run 'one rebuild' rebuild --recipe build.recipe --output kept-one --report rebuild-one.json
    ends 0
    run 'two that differ' rebuild --recipe chance.recipe --output kept-chance --twice --find-cause --record --report rebuild-chance.json
    ends 0
    run 'several' rebuild --recipe build.recipe --recipe fails.recipe --output kept-several --report rebuild-several.json
    ends 2
fi

"$python" "$here/own_schemas.py" "$top" "$assay"
