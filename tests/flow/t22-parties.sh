#!/bin/sh
# T22 and T20: parties count, not keys; what they agree about is one image, source, recipe and policy; who says otherwise
# stands in the way; and the gate adds up what they signed.
#
#   sh tests/flow/t22-parties.sh
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
begin t22-parties openssl jq base64 tar

seq 1 500 > image
cp image expected
sed 's/^400$/forty/' image > other
for name in a spare b c stranger; do key "$name" p256; done
cat > release.policy <<'END'
policy: 1
require: {expected: path}
attestations:
  threshold: 2
  parties:
    - {name: lab-a, keys: [a.pub, spare.pub]}
    - {name: lab-b, keys: [b.pub]}
    - {name: lab-c, keys: [c.pub]}
END
sed 's/threshold: 2/threshold: 1/' release.policy > other.policy

# judged NAME KEY EXIT POLICY SHIPPED EXPECTED
judged() {
    run "$1" compare "$5" "$6" --policy "$4" --attest "$2.pem" --attestation "$1.dsse" --report "$1.json" --quiet
    ends "$3"
}
judged a a 0 release.policy image expected
judged spare spare 0 release.policy image expected
judged b b 0 release.policy image expected
judged c c 0 release.policy image expected
judged against c 1 release.policy image other
judged elsewhere b 0 other.policy image expected
judged stranger stranger 0 release.policy image expected

# gate STORY EXIT TEXT ARGUMENT...
gate() {
    story=$1 exit=$2 text=$3
    shift 3
    run "$story" gate --policy release.policy "$@"
    ends "$exit"
    if [ "$exit" = 64 ]; then says err "$text"; else says out "$text"; fi
    ok "gate: $story"
}
by='--image image'
# shellcheck disable=SC2086 # arguments
gate 'two of three' 0 'every line holds' a.dsse b.dsse $by
# shellcheck disable=SC2086
gate 'all three' 0 'signed by lab-c' a.dsse b.dsse c.dsse $by
gate 'by the digest of the image' 0 PASS a.dsse b.dsse --image-sha256 "$(digest image)"
# shellcheck disable=SC2086
gate 'one of three' 1 '1 of 3 parties say that the image passed; 2 must' a.dsse $by
# shellcheck disable=SC2086
gate 'two keys of one party' 1 '1 of 3 parties say' a.dsse spare.dsse $by
# shellcheck disable=SC2086
gate 'one statement twice' 1 '1 of 3 parties say' a.dsse a.dsse $by
# shellcheck disable=SC2086
gate 'one dissents' 1 'dissent: lab-c: mismatch (against.dsse)' a.dsse b.dsse against.dsse $by
# shellcheck disable=SC2086
gate 'where it dissents is shown' 1 'lab-a says identical' a.dsse b.dsse against.dsse $by
# shellcheck disable=SC2086
gate 'a party that contradicts itself' 1 'dissent: lab-c: mismatch' a.dsse b.dsse c.dsse against.dsse $by
# shellcheck disable=SC2086
gate 'another policy' 1 'elsewhere.dsse: the statement was made under another policy' a.dsse elsewhere.dsse $by
# shellcheck disable=SC2086
gate 'a stranger' 1 'stranger.dsse: no signature verifies under any of the keys' a.dsse b.dsse stranger.dsse $by
gate 'another image' 1 'about another image' a.dsse b.dsse --image other
run imported attest b.json --key b.pem --output imported.dsse
ends 0
# shellcheck disable=SC2086
gate 'an imported report' 1 'imported.dsse: imported' a.dsse imported.dsse $by
run vsa compare image expected --policy release.policy --attest b.pem --attestation b.vsa --predicate vsa --quiet
ends 0
# shellcheck disable=SC2086
gate 'a summary, which cannot be added up' 1 'b.vsa: a summary alone' a.dsse b.vsa $by
# shellcheck disable=SC2086
gate 'a report among statements' 1 'a report, which is not signed' a.dsse b.json $by
gate 'no image' 64 'either --image' a.dsse b.dsse
gate 'a pipe as the image' 64 'can be read several times' a.dsse b.dsse --image -
run 'a report alone' gate --policy release.policy a.json --trust-report --image image
ends 1
says out 'the policy wants signed statements'
ok 'gate: a report where statements are wanted'
run explained gate --policy release.policy a.dsse b.dsse against.dsse --image image --explain
ends 1
says out 'FAILED 3:1 attestations a party dissents'
run explained gate --policy release.policy a.dsse b.dsse --image image --explain
ends 0
says out 'held 3:1 attestations 2 of 3 parties say that the image passed; 2 must'
run explained gate --policy release.policy stranger.dsse --image image --explain
ends 1
ok 'gate: the rules are shown'
run json gate --policy release.policy a.dsse b.dsse --image image --format json
ends 0
jq -e '.result == "pass" and .verdict == "identical" and ([.statements[].signed_by[].party] == ["lab-a", "lab-b"])' out > /dev/null || shown 'as JSON'
ok 'gate: as JSON'

# A policy may let those count that did not judge themselves; --judged asks for the others all the same.
for imported in true false; do
    printf 'policy: 1\nrequire: {expected: path}\nattestations: {threshold: 1, imported: %s, parties: [{name: lab-b, keys: [b.pub]}]}\n' $imported > import.policy
    for side in image other; do
        run 'a report to be signed' compare $side image --policy import.policy --report $side.json --quiet
        run 'imported' attest $side.json --key b.pem --output $side.dsse
        ends 0
    done
    for verb in gate verify-attestation; do
        run "$verb, imported: $imported" $verb image.dsse --policy import.policy --image image
        if [ $imported = true ]; then ends 0; else ends 1; says out 'imported: signed by somebody who did not judge'; fi
        # that it counts makes no pass of what is none
        run "$verb, imported: $imported" $verb other.dsse --policy import.policy --image other
        ends 1
        run "$verb, imported: $imported" $verb other.dsse --policy import.policy --image image
        ends 1
    done
    run 'judged was asked' verify-attestation image.dsse --policy import.policy --image image --judged
    ends 1
    says out 'imported: signed by somebody who did not judge'
    ok "gate: a policy that says imported: $imported"
done
run 'idle' policy check import.policy
ends 0
says out 'import.policy:3:30: ' 'holds without it'

# What a lab signed is held to the policy again: a waiver that has expired since.
cat > expiring.policy <<'END'
policy: 1
require: {verdict: waived, expected: path}
waive: [{path: tree/info, reason: "the number of the build", owner: release, expires: 2027-01-01}]
attestations: {threshold: 1, parties: [{name: lab-a, keys: [a.pub]}]}
END
mkdir tree
for build in 1 2; do
    echo "build $build" > tree/info
    tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@0 -cf $build.tar tree/info
done
rm -r tree
run waived compare 2.tar 1.tar --policy expiring.policy --time 2026-01-01 --attest a.pem --attestation waived.dsse --quiet
ends 0
for moment in 2026-06-01 2027-01-01; do
    run "at $moment" gate --policy expiring.policy waived.dsse --image 2.tar --time $moment
    if [ $moment = 2026-06-01 ]; then ends 0; else ends 1; says out 'the waiver has expired'; fi
    ok "gate: at $moment"
done

# A lab that signs what does not hold is no better than one that does not sign.
payload a.dsse | jq -cS '.predicate.report.policy.failures = ["x"] | .predicate.report.policy.result = "fail"' > forged
by_hand b p256 forged > forged.dsse
# shellcheck disable=SC2086
gate 'a policy that does not hold, called a pass' 1 'forged.dsse: the predicate has another' a.dsse forged.dsse $by

# --- without a policy ---

# votes STORY EXIT TEXT ARGUMENT...
votes() {
    story=$1 exit=$2 text=$3
    shift 3
    run "$story" verify-attestation "$@" --image image
    ends "$exit"
    says out "$text"
    ok "$story"
}
keys='--key a.pub --key b.pub --key c.pub'
# shellcheck disable=SC2086
votes 'two of three keys' 0 '2 of 3 sign' a.dsse b.dsse $keys --threshold 2
# shellcheck disable=SC2086
votes 'dissent blocks' 1 'Dissent c.pub: mismatch (against.dsse)' a.dsse b.dsse against.dsse $keys --threshold 2
# shellcheck disable=SC2086
votes 'dissent that is allowed' 0 'Dissent is allowed' a.dsse b.dsse against.dsse $keys --threshold 2 --allow-dissent
# shellcheck disable=SC2086
votes 'dissent that is allowed fills no place' 1 '1 of 3' a.dsse against.dsse $keys --threshold 2 --allow-dissent
# shellcheck disable=SC2086
votes 'another policy is another agreement' 1 'Apart' a.dsse elsewhere.dsse $keys --threshold 2
run 'another expected side' compare image image --policy release.policy --scope . --attest b.pem --attestation scoped.dsse --quiet
# shellcheck disable=SC2086
votes 'another scope is another agreement' 1 'Apart' a.dsse scoped.dsse $keys --threshold 2 --scope .
# T2: a pass of a part is none of the whole, whatever the lab was granted; a mismatch in a part is one
mkdir -p parts/shipped parts/expected
cp image parts/shipped/app && cp image parts/shipped/note && cp -r parts/shipped/. parts/expected && echo other > parts/expected/note
printf 'policy: 1\nrequire: {expected: path}\nattestations: {threshold: 1, parties: [{name: a, keys: [a.pub]}]}\n' > whole.policy
{ cat whole.policy; printf 'scope: [app]\n'; } > part.policy
for name in whole part; do
    scope=
    [ $name = part ] || scope='--scope app'
    # shellcheck disable=SC2086 # two words or none
    run "a part, $name" compare parts/shipped parts/expected --policy $name.policy $scope --attest a.pem --attestation $name.dsse --quiet
    ends 0
done
run 'a part' compare parts/shipped parts/expected --scope app --attest a.pem --attestation bare.dsse --quiet
ends 0
run 'a part that fails' compare parts/shipped parts/expected --scope note --attest b.pem --attestation fails.dsse --quiet
ends 1
run 'all of it' compare parts/shipped parts/shipped --attest a.pem --attestation all.dsse --quiet
ends 0
# speaks STORY EXIT TEXT ARGUMENT...: of the part
speaks() {
    story=$1 exit=$2 text=$3
    shift 3
    run "$story" verify-attestation "$@" --image parts/shipped
    ends "$exit"
    if [ "$exit" = 64 ]; then says err "$text"; else says out "$text"; fi
    ok "$story"
}
speaks 'a part that nobody granted' 1 'judges a part of the image alone, which neither a policy nor --scope grants' bare.dsse --key a.pub
speaks 'a part that was granted' 0 'of 3,784 bytes judged' bare.dsse --key a.pub --scope app
speaks 'another part' 1 'judges a part of the image alone' bare.dsse --key a.pub --scope note
speaks 'more parts' 1 'judges a part of the image alone' bare.dsse --key a.pub --scope app --scope note
speaks 'all, where a part is enough' 0 PASS all.dsse --key a.pub --scope app
speaks 'a part that the policy does not grant' 1 'judges a part of the image alone' whole.dsse --policy whole.policy
speaks 'a part that the policy grants' 0 PASS part.dsse --policy part.policy
speaks 'a part beside a policy' 64 '--scope with --policy' whole.dsse --policy whole.policy --scope app
speaks 'a part that fails dissents' 1 'Dissent b.pub: mismatch' all.dsse fails.dsse --key a.pub --key b.pub
run 'a part that the policy does not grant, at the gate' gate whole.dsse --policy whole.policy --image parts/shipped
ends 1
says out 'judges a part of the image alone'
run 'a part that the policy grants, at the gate' gate part.dsse --policy part.policy --image parts/shipped
ends 0
ok 'a part at the gate'
run policy verify-attestation a.dsse b.dsse --policy release.policy --image image
ends 0
run policy verify-attestation a.dsse spare.dsse --policy release.policy --image image
ends 1
ok 'parties of a policy'
run policy verify-attestation a.dsse elsewhere.dsse --policy release.policy --image image
ends 1
says out 'made under another policy'
ok 'statements under another policy'
run none verify-attestation a.dsse --policy /dev/stdin --image image
ends 64
sed '/attestations/,$d' release.policy > bare.policy
run none verify-attestation a.dsse --policy bare.policy --image image
ends 64
says err 'does not say whose signatures count'
ok 'a policy without parties'
sed 's/c\.pub/d.pub/' release.policy > double.policy
cp a.pub d.pub
run double verify-attestation a.dsse --policy double.policy --image image
ends 64
says err 'lab-a has this key already'
ok 'a key in two parties'

# --- one key is one key, whatever it is written as ---
# again FORM: the key of a.pem, with its point or its curve in another form, as d.pub
again() {
    case $1 in
        compressed | hybrid) openssl ec -in a.pem -pubout -conv_form "$1" -out d.pub 2> said || fail "a key, $1" ;;
        explicit) openssl ec -in a.pem -pubout -param_enc explicit -out d.pub 2> said || fail 'a key with its curve written out' ;;
    esac
    cmp -s a.pub d.pub && fail "the key is not written another way: $1"
    :
}
for form in compressed hybrid; do
    again $form
    # shellcheck disable=SC2086
    gate "a key twice, $form" 0 'every line holds' a.dsse b.dsse $by
    for verb in gate verify-attestation; do
        run "a key twice, $form" $verb a.dsse --policy double.policy --image image
        ends 64
        says err 'lab-a has this key already, as '
    done
    run "a key twice, $form" verify-attestation a.dsse --key a.pub --key d.pub --threshold 2 --image image
    ends 64
    says err 'a.pub has this key already'
    # alone it is as good as in its usual form
    run "a key, $form" verify-attestation a.dsse --key d.pub --image image
    ends 0
    ok "a key in two parties, $form"
done
again explicit
run 'a curve that is written out' verify-attestation a.dsse --key d.pub --image image
ends 64
says err 'd.pub: an EC key with explicit parameters; expected a named curve'
run 'a curve that is written out' gate a.dsse --policy double.policy --image image
ends 64
says err 'explicit parameters'
ok 'a curve that is written out, not named'
# an RSA key for PSS alone has another SubjectPublicKeyInfo than the same numbers for anything
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.pem 2> said || fail 'a key for PSS alone'
openssl pkey -in pss.pem -pubout -out pss.pub
run 'a key for PSS alone' verify-attestation a.dsse --key pss.pub --image image
ends 64
says err 'a key of the kind RSA-PSS; expected'
ok 'a key for PSS alone'

# --- the keys that a policy names for signatures lie beside its text ---
# slotted NAME IMAGE: statements about it under slots.policy, by a and b: NAME-a.dsse, NAME-b.dsse and NAME-b.vsa
slotted() {
    for lab in a b; do
        run "$1" compare "$2" slot.expected --layout slot.yaml --policy slots.policy --attest $lab.pem --attestation "$1-$lab.dsse" --quiet
        ends 0
    done
    run "$1" compare "$2" slot.expected --layout slot.yaml --policy slots.policy --attest b.pem --attestation "$1-b.vsa" --predicate vsa --quiet
    ends 0
}
for vendor in new stolen; do
    key $vendor ed25519
    { openssl pkeyutl -sign -rawin -inkey $vendor.pem -in image && cat image; } > $vendor.image
done
{ head -c 64 /dev/zero && cat image; } > slot.expected
printf 'layout:\n  - {name: header, offset: 0, size: 64, kind: signature-slot}\n  - {name: payload, offset: 64, size: rest, kind: payload}\n' > slot.yaml
cat > slots.policy <<'END'
policy: 1
require: {expected: path}
signatures: [{slot: header, covers: payload, max-size: 64, key: vendor.pub, scheme: ed25519}]
attestations: {threshold: 2, parties: [{name: lab-a, keys: [a.pub]}, {name: lab-b, keys: [b.pub]}]}
END
cp stolen.pub vendor.pub
slotted old stolen.image
run 'while the key is the same' verify-attestation old-a.dsse old-b.dsse --policy slots.policy --image stolen.image
ends 0
cp new.pub vendor.pub
slotted now new.image
for verb in gate verify-attestation; do
    run "the keys of now, $verb" $verb now-a.dsse now-b.dsse --policy slots.policy --image new.image
    ends 0
    run "the keys of then, $verb" $verb old-a.dsse old-b.dsse --policy slots.policy --image stolen.image
    ends 1
    says out 'old-a.dsse: ' 'made with other keys than the policy names now'
done
ok 'statements with the keys of then'
run 'a summary' verify-attestation now-b.vsa now-a.dsse --policy slots.policy --image new.image
ends 1
says out '1 of 2' 'Apart'
sed 's/threshold: 2/threshold: 1/' slots.policy > one.policy
run 'a summary' compare new.image slot.expected --layout slot.yaml --policy one.policy --attest b.pem --attestation one.vsa --predicate vsa --quiet
ends 0
run 'a summary with the keys of now' verify-attestation one.vsa --policy one.policy --image new.image
ends 0
cp stolen.pub vendor.pub
run 'a summary with the keys of then' verify-attestation one.vsa --policy one.policy --image new.image
ends 1
says out 'made with other keys than the policy names now'
cp new.pub vendor.pub
payload one.vsa | jq -cS 'del (.predicate."https://assay.invalid/policy-keys/v1")' > forged
by_hand b p256 forged > forged.dsse
run 'a summary without keys' verify-attestation forged.dsse --policy one.policy --image new.image
ends 1
says out 'does not say with which keys'
rm vendor.pub
run 'a key that is not there' verify-attestation now-a.dsse now-b.dsse --policy slots.policy --image new.image
ends 64
says err 'slots.policy:3:' 'vendor.pub'
ok 'summaries with the keys of then'

# --- summaries agree about what they say they passed by ---
# summary NAME KEY EXPECTED [OPTION...]
summary() {
    name=$1 by=$2 side=$3
    shift 3
    run "$name" compare image "$side" --attest "$by.pem" --attestation "$name" --predicate vsa --quiet "$@"
    ends 0
}
summary a.sum a expected
summary b.sum b expected
payload a.sum | jq -e '.predicate | (."https://assay.invalid/basis/v1".sha256 | test ("^[0-9a-f]{64}$")) and (has ("https://assay.invalid/policy-keys/v1") | not)' > said || fail 'a summary says by what'
payload a.sum | jq -cS '.predicate."https://assay.invalid/basis/v1"' > one
payload b.sum | jq -cS '.predicate."https://assay.invalid/basis/v1"' > two
cmp -s one two || fail 'two labs found the same by the same'
run a.report compare image expected --report sum.json --quiet
ends 0
run given attest sum.json --key b.pem --predicate vsa --output given.sum
ends 0
payload given.sum | jq -cS '.predicate."https://assay.invalid/basis/v1"' > two
cmp one two || fail 'a report that is read again says the same'
# shellcheck disable=SC2086
{
votes 'two summaries by the same' 0 '2 of 3 sign' a.sum b.sum $keys --threshold 2
payload b.sum | jq -cS '.predicate."https://assay.invalid/basis/v1".sha256 = ("0" * 64)' > forged
by_hand b p256 forged > forged.dsse
votes 'two summaries by other sources' 1 'Apart b.pub: passed by another source' a.sum forged.dsse $keys --threshold 2
payload b.sum | jq -cS 'del (.predicate."https://assay.invalid/basis/v1")' > forged
by_hand b p256 forged > forged.dsse
by_hand c p256 forged > another.dsse
votes 'a summary that does not say by what' 0 '1 of 3 signs' forged.dsse $keys
votes 'one that says, and one that does not' 1 'Apart b.pub: passed, and its summary does not say' a.sum forged.dsse $keys --threshold 2
votes 'two that do not say, in the same words' 1 '1 of 3 signs' another.dsse forged.dsse $keys --threshold 2
votes 'enough that say, and one that does not' 0 'Apart c.pub: passed, and its summary does not say' a.sum b.sum another.dsse $keys --threshold 2
pae "$statement_type" forged > signed
envelope forged "$statement_type" "$(signature b p256 signed)" "$(signature c p256 signed)" > both.dsse
votes 'one that does not say, and two sign' 1 '1 of 3 signs' both.dsse $keys --threshold 2
for value in null '"00"' '{}' '{"sha256":"00"}' '[]'; do
    payload b.sum | jq -cS --argjson value "$value" '.predicate."https://assay.invalid/basis/v1" = $value' > forged
    by_hand b p256 forged > forged.dsse
    votes "a basis that is none: $value" 1 'that is no digest' a.sum forged.dsse $keys
done
}

# --- a directory ---
mkdir tree && cp image tree/a
run tree compare tree tree --attest a.pem --attestation tree.dsse --quiet
ends 0
payload tree.dsse | jq -e '.subject[0].digest | keys == ["assayTree1"]' > /dev/null || fail 'a directory has a digest of its own kind'
run tree verify-attestation tree.dsse --key a.pub --image tree
ends 0
# a file that holds the listing of the directory has these digits too
digits=$(payload tree.dsse | jq -r '.subject[0].digest.assayTree1')
run tree verify-attestation tree.dsse --key a.pub --image-sha256 "$digits"
ends 1
says out 'about another image'
run tree verify-attestation tree.dsse --key a.pub --image-sha256 "assayTree1:$digits"
ends 0
run tree verify-attestation a.dsse --key a.pub --image-sha256 "assayTree1:$(digest image)"
ends 1
says out 'about another image'
ok 'a directory, by its digest and by that of a file'
chmod 4755 tree/a
run tree verify-attestation tree.dsse --key a.pub --image tree
ends 1
says out 'about another image'
ok 'a directory, and one mode changed'
leaves_nothing
ok 'nothing is left behind'
