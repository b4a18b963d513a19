#!/bin/sh
# T22: two labs rebuild an image from source each by itself (as two users, in directories, caches and states of their own)
# and sign what they found; a gate passes on two of three, and blocks when one dissents. T16: what a signed rebuild read is
# recorded. The passphrase of a key is seen by no build.
#
#   sh tests/flow/t22-labs.sh
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
begin t22-labs jq bwrap gcc openssl base64

pass='correct horse'
make_root tools env grep
add_compiler tools
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"
mkdir -m 755 source made
cat > source/app.c <<'END_C'
int limit = 400;
int over (int number) { return number > limit; }
END_C
gcc -O2 -g0 -c -o image.o -ffile-prefix-map="$PWD/source"=/build/app source/app.c
# recipe FILE FLAGS
recipe() {
    cat > "$1" <<END
recipe: 1
product: app 1
source: [{directory: source, sha256: $source_sha256}]
$toolchain
path: /build/app
steps:
  - |
    if env | grep -q LAB_PASS; then exit 1; fi
    if grep -qsa '$pass' /proc/[0-9]*/environ; then exit 2; fi
    [ ! -e /proc/self/fd/9 ] || exit 3
    gcc $2 -g0 -c -o app.o app.c
outputs: [{from: app.o}]
END
}
source_sha256=$(printf '0%.0s' $(seq 64))
recipe app.recipe -O2
sed "s/, sha256: $source_sha256//" app.recipe > unpinned
run pin pin unpinned --output app.recipe
[ "$code" = 0 ] || { cp unpinned app.recipe && run pin pin app.recipe; }
ends 0
source_sha256=$(grep -oE 'sha256: "?[0-9a-f]{64}' app.recipe | grep -oE '[0-9a-f]{64}' | sed -n 1p)
recipe app.recipe -O2
recipe other.recipe -O0
for name in a b c; do
    key $name ed25519
    openssl pkey -in $name.pem -aes256 -passout "pass:$pass" -out $name.locked
    chmod 600 $name.locked
done
cat > release.policy <<END
policy: 1
pin: {product: app 1, recipe: [$(digest app.recipe)], source: [$source_sha256]}
attestations:
  threshold: 2
  parties: [{name: lab-a, keys: [a.pub]}, {name: lab-b, keys: [b.pub]}, {name: lab-c, keys: [c.pub]}]
END

# lab NAME RECIPE EXIT: with all that is its own
lab() {
    mkdir -p "lab-$1/cache" "lab-$1/state" "lab-$1/tmp"
    cp -r source tools "$2" release.policy ./*.pub image.o "$1.locked" "lab-$1"
    user=
    if [ "$1" = b ] && [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
        cp "$assay" "$work/assay"
        chown -R "$other_user:$other_user" "lab-$1"
        user="setpriv --reuid=$other_user --regid=$other_user --clear-groups"
        assay=$work/assay
    fi
    code=0
    # shellcheck disable=SC2086 # a command of several words, or none
    (cd "lab-$1" && XDG_CACHE_HOME=$PWD/cache XDG_STATE_HOME=$PWD/state TMPDIR=$PWD/tmp LAB_PASS=$pass $user "$assay" verify image.o \
        --recipe "$2" --policy release.policy --attest "$1.locked" --attestation "$1.dsse" --passphrase-env LAB_PASS) > out 2> err || code=$?
    what="lab $1"
    ends "$3"
    cp "lab-$1/$1.dsse" .
    ok "lab $1 finds what it finds"
}
lab a app.recipe 0
lab b app.recipe 0
lab c other.recipe 1

payload a.dsse | jq -e '.predicate | .origin == "judged" and .report.verdict == "identical" and .report.options.record and .report.expected[0].recording != null
    and .report.expected[0].source.authenticated' > said || fail 'what lab a signed'
ok 'what a signed rebuild read is recorded'
cmp a.dsse b.dsse > said 2>&1 && fail 'two labs and one statement'
run two gate a.dsse b.dsse --policy release.policy --image image.o
ends 0
says out 'signed by lab-a' 'signed by lab-b' 'every line holds'
ok 'a gate passes on two of three'
run one gate a.dsse --policy release.policy --image image.o
ends 1
run dissent gate a.dsse b.dsse c.dsse --policy release.policy --image image.o
ends 1
says out 'dissent: lab-c: mismatch' 'section .text: lab-a says identical'
ok 'and blocks when one dissents, section by section'
printf x >> image.o
run changed gate a.dsse b.dsse --policy release.policy --image image.o
ends 1
says out 'about another image'
ok 'and for another image'
cp lab-a/image.o .

# --- of another source, that the policy does not pin ---
sed 's/400/500/' source/app.c > lab-a/source/app.c
cp image.o lab-a/other.o
gcc -O2 -g0 -c -o lab-a/image.o -ffile-prefix-map="$PWD/lab-a/source"=/build/app lab-a/source/app.c
sed "s/, sha256: $source_sha256//" app.recipe > lab-a/loose.recipe
run loose verify lab-a/image.o --recipe lab-a/loose.recipe --policy release.policy --attest a.pem --attestation loose.dsse --quiet
ends 1
run loose gate loose.dsse b.dsse --policy release.policy --image lab-a/image.o
ends 1
says out "loose.dsse: release.policy:2:" 'dissent: lab-a: its policy does not hold'
run loose verify-attestation loose.dsse --policy release.policy --image lab-a/image.o
ends 1
says out 'Dissent lab-a: its policy does not hold (loose.dsse)'
ok 'a statement of another source is no pass'
# --- of another source, where nobody pins any: the image is the same, and what it was made of is not ---
{ echo '/* other */' && cat source/app.c; } > lab-a/source/app.c
cp image.o lab-a/image.o
sed '/^pin/d' release.policy > loose.policy
cp lab-a/loose.recipe .
for name in a b; do
    recipe=loose.recipe
    [ $name = b ] || recipe=lab-a/loose.recipe
    run "loose, $name" verify image.o --recipe $recipe --policy loose.policy --attest $name.pem --attestation $name.loose --quiet
    ends 0
    run "loose, $name" verify image.o --recipe $recipe --policy loose.policy --attest $name.pem --attestation $name.loose.vsa --predicate vsa --quiet
    ends 0
done
[ "$(payload a.loose | jq -c '.predicate.report.expected[0].source.layers[].sha256')" != "$(payload b.loose | jq -c '.predicate.report.expected[0].source.layers[].sha256')" ] || fail 'one source'
run 'two sources' gate a.loose b.loose --policy loose.policy --image image.o
ends 1
says out '1 of 3 parties say that the image passed; 2 must' 'lab-b: passed by another source, recipe, policy, scope or kind of statement (b.loose)'
run 'two sources' verify-attestation a.loose b.loose --policy loose.policy --image image.o
ends 1
says out '1 of 3 signs that the image passed; 2 must.' 'Apart lab-b: passed by another source, recipe, policy, scope or kind of statement (b.loose)'
run 'two sources, in summaries' verify-attestation a.loose.vsa b.loose.vsa --policy loose.policy --image image.o
ends 1
says out 'Apart lab-b: passed by another source, recipe, policy, scope or kind of statement (b.loose.vsa)'
ok 'two statements of two sources agree about nothing'

# --- provenance ---
run provenance verify image.o --recipe app.recipe --attest a.pem --attestation a.provenance --predicate provenance --quiet
ends 0
payload a.provenance | jq -e --arg recipe "$(digest app.recipe)" --arg source "$source_sha256" --arg image "$(digest image.o)" '
    .predicateType == "https://slsa.dev/provenance/v1" and .predicate.buildDefinition.buildType == "https://assay.invalid/rebuild/v1"
    and ([.predicate.buildDefinition.resolvedDependencies[] | select (.annotations.role == "recipe") | .digest.sha256] == [$recipe])
    and ([.predicate.buildDefinition.resolvedDependencies[] | select (.annotations.role == "source") | .digest.sha256] == [$source])
    and .predicate.runDetails.builder.id == "https://assay.invalid/judged/v1"
    and any (.subject[]; .digest.sha256 == $image)' > said || { payload a.provenance | jq . >&2; fail 'provenance'; }
run provenance verify-attestation a.provenance --key a.pub --image image.o
ends 0
says out 'no verdict'
ok 'provenance of a rebuild that is the image'
{ cat app.recipe && echo '# the same again'; } > again.recipe
for recipe in app again; do
    run provenance verify image.o --recipe $recipe.recipe --attest b.pem --attestation $recipe.provenance --predicate provenance --quiet
    ends 0
done
run 'two provenances' verify-attestation a.provenance app.provenance --key a.pub --key b.pub --threshold 2 --image image.o
ends 0
run 'two provenances of two recipes' verify-attestation a.provenance again.provenance --key a.pub --key b.pub --threshold 2 --image image.o
ends 1
ok 'provenances agree where recipe and source are the same'

# Under a policy: be it of the pinned recipe or of another one, and however many sign it.
for count in 1 2; do
    sed "s/threshold: 2/threshold: $count/" release.policy > $count.policy
    for name in a b; do
        run $name verify image.o --recipe app.recipe --policy $count.policy --attest $name.pem --attestation $name$count.json --quiet
        ends 0
    done
done
none='a provenance has no verdict, and under a policy nothing else counts'
for statement in app again; do
    run 'a provenance under a policy' verify-attestation $statement.provenance --policy 1.policy --image image.o
    ends 1
    says out 'No statement counts.' "Apart lab-b: $none ($statement.provenance)"
    run 'a provenance under a policy, at the gate' gate $statement.provenance --policy 1.policy --image image.o
    ends 1
    says out 'no statement says whether the image passed' '0 of 3 parties say that the image passed; 1 must'
done
run 'one as JSON' verify-attestation app.provenance --policy 1.policy --image image.o --format json
ends 1
jq -e --arg apart "lab-b: $none (app.provenance)" '.result == "fail" and .agreed == [] and .apart == [$apart] and .statements[0].fault == null' out > said || fail 'JSON'
run 'two under a policy' verify-attestation a.provenance app.provenance --policy 2.policy --image image.o
ends 1
run 'one makes up for no second comparison' verify-attestation a2.json app.provenance --policy 2.policy --image image.o
ends 1
says out '1 of 3 signs that the image passed; 2 must.' "Apart lab-b: $none (app.provenance)"
ok 'under a policy provenances count for nothing'
run 'a comparison' verify-attestation a1.json --policy 1.policy --image image.o
ends 0
run 'a comparison beside a provenance' verify-attestation a1.json app.provenance --policy 1.policy --image image.o
ends 0
says out '1 of 3 signs that the image passed; 1 must.'
run 'two comparisons beside a provenance' verify-attestation a2.json b2.json app.provenance --policy 2.policy --image image.o
ends 0
run 'two comparisons beside a provenance, at the gate' gate a2.json b2.json app.provenance --policy 2.policy --image image.o
ends 0
ok 'and stand in the way of no comparison'
run provenance verify image.o --recipe other.recipe --attest a.pem --attestation a.provenance --predicate provenance --quiet
ends 1
run provenance verify-attestation a.provenance --key a.pub --image image.o
ends 1
says out 'about another image'
ok 'provenance of a rebuild that is not speaks of another subject'
run gate gate a.provenance --policy release.policy --image image.o
ends 1
ok 'provenance opens no gate'
run summary verify image.o --recipe app.recipe --policy release.policy --attest a.pem --attestation a.vsa --predicate vsa --resource-uri pkg:generic/app@1 --time 2026-10-01 --quiet
ends 0
payload a.vsa | jq -e --arg policy "$(digest release.policy)" '.predicate | .verificationResult == "PASSED" and .verifiedLevels == ["ASSAY_REBUILT_IDENTICAL"]
    and .policy.digest.sha256 == $policy and .resourceUri == "pkg:generic/app@1" and .timeVerified == "2026-10-01T00:00:00Z" and .verifier.id == "https://assay.invalid/judged/v1"' > said || fail 'a summary'
ok 'a summary of a rebuild'
mkdir kept
run kept rebuild --recipe app.recipe --output kept
ends 0
run kept verify image.o --recipe app.recipe --rebuilt kept --attest a.pem --attestation kept.dsse
ends 64
says err 'where its rebuild was recorded'
ok 'what was rebuilt elsewhere is not signed'
