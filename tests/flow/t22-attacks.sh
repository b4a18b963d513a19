#!/bin/sh
# T22: what is no signed statement of a party about this image is refused, each with its own reason.
#
#   sh tests/flow/t22-attacks.sh
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
begin t22-attacks openssl jq base64 gzip

seq 1 500 > image
cp image expected
seq 2 501 > other
for name in lab other-lab; do key $name p256; done
key third ed25519

# refused STORY TEXT ARGUMENT...: exit 1, and why
refused() {
    story=$1 text=$2
    shift 2
    run "$story" verify-attestation "$@"
    ends 1
    says out FAIL "$text"
    ok "$story"
}

# wants STORY EXIT TEXT ARGUMENT...
wants() {
    story=$1 exit=$2 text=$3
    shift 3
    run "$story" verify-attestation "$@"
    ends "$exit"
    if [ "$exit" = 64 ]; then says err "$text"; else says out "$text"; fi
    ok "$story"
}

run good compare image expected --report good.json --attest lab.pem --attestation good.dsse --quiet
ends 0
payload good.dsse > good.statement
ask='--key lab.pub --image image'
# shellcheck disable=SC2086 # arguments
wants 'a statement that is good' 0 'signed by lab.pub (ecdsa-p256-sha256, DER): comparison, identical' good.dsse $ask
by_hand lab p256 good.statement > hand.dsse
# shellcheck disable=SC2086
wants 'one that was signed by hand' 0 PASS hand.dsse $ask

# --- the envelope ---

jq -c '.payload |= (@base64d | sub ("\"identical\""; "\"identical\" ") | @base64)' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a payload that was changed' 'no signature verifies under the key' bad.dsse $ask
jq -c '.payloadType = "application/vnd.in-toto+jsoN"' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a type that was changed' 'is over another payloadType, application/vnd.in-toto+json' bad.dsse $ask
envelope good.statement "$statement_type" "$(signature lab p256 good.statement)" > bad.dsse
# shellcheck disable=SC2086
refused 'a signature without PAE' 'is over the payload alone, without its type (PAE)' bad.dsse $ask
base64 -w 0 < good.statement > encoded
envelope good.statement "$statement_type" "$(signature lab p256 encoded)" > bad.dsse
# shellcheck disable=SC2086
refused 'a signature over base64' 'is over the base64 of the payload' bad.dsse $ask
pae "$statement_type" encoded > signed
envelope good.statement "$statement_type" "$(signature lab p256 signed)" > bad.dsse
# shellcheck disable=SC2086
refused 'a PAE over base64' 'is over the base64 of the payload' bad.dsse $ask
pae text/plain good.statement > signed
envelope good.statement text/plain "$(signature lab p256 signed)" > bad.dsse
# shellcheck disable=SC2086
refused 'another type, signed' 'the payloadType is text/plain; expected application/vnd.in-toto+json' bad.dsse $ask
for length in 0 1 20 $(($(wc -c < good.dsse) - 2)); do
    head -c "$length" good.dsse > bad.dsse
    # shellcheck disable=SC2086
    refused "cut after $length bytes" 'malformed: line:1: no strict JSON object' bad.dsse $ask
done
{ cat good.dsse; printf x; } > bad.dsse
# shellcheck disable=SC2086
refused 'bytes behind it' 'no strict JSON object' bad.dsse $ask
{ cat good.dsse good.dsse; echo '{}'; } > bad.dsse
# shellcheck disable=SC2086
refused 'lines of which one is no envelope' 'line:3: no member `payloadType`' bad.dsse $ask
sig=$({ jq -r '.signatures[0].sig' good.dsse | base64 -d; printf x; } | base64 -w 0)
jq -c --arg sig "$sig" '.signatures[0].sig = $sig' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'bytes behind the signature' 'no signature verifies' bad.dsse $ask
for _ in $(seq 1001); do cat good.dsse; done > bad.dsse
# shellcheck disable=SC2086
refused '1001 lines' 'line:1001: more than 1000 lines' bad.dsse $ask
jq -c '.signatures[0].sig |= .[0:40]' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a signature that was cut' 'no signature verifies' bad.dsse $ask
for text in 'AA=A' 'A' 'AAA' 'AAB=' 'AA
AA' 'AA AA' '+-==' '=' '*AAA'; do
    jq -c --arg sig "$text" '.signatures[0].sig = $sig' good.dsse > bad.dsse
    # shellcheck disable=SC2086
    refused "no base64: $(printf %s "$text" | tr '\n' n)" 'a signature without a member `sig` in base64 with padding' bad.dsse $ask
done
jq -c '.payload |= (.[0:76] + "\n" + .[76:])' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a payload with a line break' 'no member `payload` in base64 with padding' bad.dsse $ask
jq -c '.payload |= (gsub ("\\+"; "-") | gsub ("/"; "_")) | .signatures[0].sig |= (gsub ("\\+"; "-") | gsub ("/"; "_"))' good.dsse > url.dsse
# shellcheck disable=SC2086
wants 'the URL-safe alphabet' 0 PASS url.dsse $ask
# one file, and two readers of it
bundle_type=application/vnd.dev.sigstore.bundle.v0.3+json
for both in '. + {dsseEnvelope: .}' ". + {mediaType: \"$bundle_type\"}" ". + {mediaType: \"$bundle_type\", dsseEnvelope: .}" '. + {verificationMaterial: {}}' \
    "{mediaType: \"$bundle_type\", dsseEnvelope: ., payload: .payload}" "{mediaType: \"$bundle_type\", dsseEnvelope: ., signatures: []}"; do
    jq -c "$both" good.dsse > bad.dsse
    # shellcheck disable=SC2086
    refused "an envelope and a bundle: $both" 'line:1: both a DSSE envelope and a Sigstore bundle' bad.dsse $ask
done
jq -c "{mediaType: \"$bundle_type\", dsseEnvelope: .}" good.dsse > one.bundle
# shellcheck disable=SC2086
wants 'a bundle of it' 0 PASS one.bundle $ask
jq -c '.signatures = []' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'no signature' 'no member `signatures` with at least one' bad.dsse $ask
jq -c '.signatures = [.signatures[0] as $one | range (17) | $one]' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused '17 signatures' 'more than 16 signatures' bad.dsse $ask
sed 's/{"payload":/{"payload":"AAAA","payload":/' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a member twice' 'no strict JSON object' bad.dsse $ask
sed 's/"payloadType"/"n":1e5,"payloadType"/' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a number that is no integer' 'expected an integer' bad.dsse $ask
sed 's/"payloadType"/"n":99999999999999999999,"payloadType"/' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a huge number' 'too big integer' bad.dsse $ask
sed "s/\"payloadType\"/\"n\":$(yes '[' | head -n 100 | tr -d '\n')$(yes ']' | head -n 100 | tr -d '\n'),\"payloadType\"/" good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'deep nesting' 'nested deeper than 64 levels' bad.dsse $ask
# shellcheck disable=SC2016
sed 's/"keyid":"/"keyid":"\\u0000/' good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a NUL' 'no strict JSON object' bad.dsse $ask
tr '{' '\000' < good.dsse > bad.dsse
# shellcheck disable=SC2086
refused 'a NUL instead of a brace' 'no strict JSON object' bad.dsse $ask
# shellcheck disable=SC2086
refused 'a report' 'a report, which is not signed' good.json $ask

# --- who signed ---

refused 'another key' 'no signature verifies under the key' good.dsse --key other-lab.pub --image image
jq -c --arg id "$(openssl pkey -pubin -in other-lab.pub -outform DER | sha256sum | cut -d ' ' -f 1)" '.signatures[0].keyid = $id' good.dsse > bad.dsse
wants 'a key id that names somebody else' 0 'signed by lab.pub' bad.dsse --key lab.pub --key other-lab.pub --image image
refused 'a key id that names whom nobody signed for' 'no signature verifies under the key' bad.dsse --key other-lab.pub --image image
wants 'one key given twice' 64 'has this key already' good.dsse --key lab.pub --key lab.pub --threshold 2 --image image
openssl pkey -pubin -in lab.pub -outform DER | openssl pkey -pubin -inform DER -out renamed.pub
wants 'one key in two files' 64 'has this key already, as lab.pub' good.dsse --key lab.pub --key renamed.pub --threshold 2 --image image
refused 'one statement twice, for two' '1 of 2' good.dsse good.dsse --key lab.pub --key third.pub --threshold 2 --image image
jq -c '.signatures += .signatures' good.dsse > twice.dsse
refused 'one signature twice, for two' '1 of 2' twice.dsse --key lab.pub --key third.pub --threshold 2 --image image
by_hand lab p256 good.statement > again.dsse
refused 'two signatures of one key, for two' '1 of 2' good.dsse again.dsse --key lab.pub --key third.pub --threshold 2 --image image
pae "$statement_type" good.statement > signed
envelope good.statement "$statement_type" "$(signature lab p256 signed)" "$(signature third ed25519 signed)" > two.dsse
wants 'one envelope of two parties, for two' 0 '2 of 2' two.dsse --key lab.pub --key third.pub --threshold 2 --image image
wants 'more parties than there are keys' 64 'no number of statements reaches it' good.dsse --key lab.pub --threshold 2 --image image
by_hand other-lab p256 good.statement > unknown.dsse
refused 'a file of somebody else beside enough' 'unknown.dsse: no signature verifies' good.dsse unknown.dsse --key lab.pub --image image

# --- what it says ---

# forged STORY TEXT JQ-PROGRAM: a statement that the lab signed, though it is none
forged() {
    jq -cS "$3" good.statement > forged
    if cmp -s good.statement forged; then fail "$1: nothing was changed"; fi
    by_hand lab p256 forged > forged.dsse
    # shellcheck disable=SC2086
    refused "$1" "$2" forged.dsse $ask
}
forged 'another type of statement' 'is none of the type https://in-toto.io/Statement/v1' '._type = "https://in-toto.io/Statement/v0.1"'
forged 'no subject' 'has no member `subject` with at least one' '.subject = []'
forged 'a subject without digest' 'a subject without `digest`' '.subject[0].digest = {}'
forged 'more subjects than anybody reads' 'more than 1024 subjects' '.subject = [.subject[0] as $one | range (1025) | $one]'
forged 'a predicate that nobody knows' 'of the type https://example.invalid/x, which assay does not know' '.predicateType = "https://example.invalid/x"'
forged 'a predicate that is none' 'no member `predicate` that is an object' '.predicate = 1'
forged 'no origin' 'does not say its `origin`' 'del (.predicate.origin)'
forged 'FAILED presented as pass' 'has another `result` than its report' '.predicate.result = "FAILED"'
forged 'a report that was changed' 'has another `report_sha256` than its report' '.predicate.report.image.path = "x"'
forged 'a report that does not add up' 'a report that does not add up' '.predicate.report.accounting.identical += 1'
forged 'a verdict that does not follow' 'a report that does not add up' '.predicate.report.verdict = "waived"'
forged 'a subject beside the image' 'speaks of another image than the statement' '.subject += [{name: "x", digest: {sha256: ("0" * 64)}}]'
refused 'the subject is another image' 'about another image' good.dsse --key lab.pub --image other
refused 'the subject is another digest' 'about another image' good.dsse --key lab.pub --image-sha256 "$(printf '0%.0s' $(seq 64))"
{ printf '{"a":1,'; tail -c +2 good.statement; } > forged
sed -i 's/"a":1,/"_type":"x",/' forged
by_hand lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'a member twice in the statement' 'the statement is no strict JSON' forged.dsse $ask
{ cat good.statement; printf x; } > forged
by_hand lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'bytes behind the statement' 'the statement is no strict JSON' forged.dsse $ask
: > forged
by_hand lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'nothing, signed' 'the statement is no strict JSON' forged.dsse $ask

# What is not verified is not looked into: garbage that nobody signed is only that.
printf 'no JSON at all' > forged
by_hand other-lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'nothing is parsed before it is verified' 'no signature verifies' forged.dsse $ask

# --- verdicts ---

run bad compare image other --attest lab.pem --attestation failed.dsse --quiet
ends 1
payload failed.dsse | jq -e '.predicate.result == "FAILED" and .predicate.report.verdict == "mismatch"' > /dev/null || fail 'a failure is attested as one'
# shellcheck disable=SC2086
refused 'a failure' 'lab.pub: mismatch' failed.dsse $ask
payload failed.dsse | jq -cS '.predicate.result = "PASSED"' > forged
by_hand lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'a failure that is called a pass' 'has another `result` than its report' forged.dsse $ask
gzip -nk image
gzip -nc other > other.gz
run open compare image.gz other.gz --limit total-bytes=10 --attest lab.pem --attestation open.dsse --quiet
ends 2
wants 'what is undecided' 2 'lab.pub: undecided' open.dsse --key lab.pub --image image.gz
run open compare image.gz other.gz --limit total-bytes=10 --attest lab.pem --attestation open.vsa --predicate vsa --quiet
ends 2
payload open.vsa | jq -e '.predicate.verificationResult == "FAILED" and .predicate.verifiedLevels == ["FAILED"]' > /dev/null || fail 'undecided is FAILED'
refused 'what is undecided, in a summary' 'lab.pub: mismatch' open.vsa --key lab.pub --image image.gz
run vsa attest good.json --key lab.pem --output pass.vsa --predicate vsa
ends 0
# shellcheck disable=SC2086
wants 'a summary' 0 'vsa, PASSED, imported' pass.vsa $ask
# shellcheck disable=SC2086
refused 'imported where judged is asked' 'imported: signed by somebody who did not judge' pass.vsa $ask --judged
payload pass.vsa | jq -cS '.predicate.verificationResult = "FAILED"' > forged
by_hand lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'a summary that failed' 'lab.pub: mismatch' forged.dsse $ask
payload pass.vsa | jq -cS '.predicate.verificationResult = "passed"' > forged
by_hand lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'a summary that says neither' 'neither PASSED nor FAILED' forged.dsse $ask
for levels in '["FAILED"]' '["ASSAY_COMPARED_IDENTICAL", "FAILED"]' '["failed"]' '[1]'; do
    payload pass.vsa | jq -cS --argjson levels "$levels" '.predicate.verifiedLevels = $levels' > forged
    by_hand lab p256 forged > forged.dsse
    # shellcheck disable=SC2086
    refused "a summary that passed at the levels $levels" 'says PASSED, and has `verifiedLevels` by which it failed' forged.dsse $ask
done
payload pass.vsa | jq -cS 'del (.predicate.policy)' > forged
by_hand lab p256 forged > forged.dsse
# shellcheck disable=SC2086
refused 'a summary without its policy' 'lacks one of' forged.dsse $ask
run imported attest good.json --key lab.pem --output imported.dsse
ends 0
# shellcheck disable=SC2086
wants 'an imported report' 0 'comparison, identical, imported' imported.dsse $ask
# shellcheck disable=SC2086
refused 'an imported report where judged is asked' 'imported: signed by somebody who did not judge' imported.dsse $ask --judged

# --- usage ---
wants 'no image' 64 'either --image IMAGE or --image-sha256' good.dsse --key lab.pub
wants 'no key' 64 'either --key PUB or --ca FILE' good.dsse --image image
wants 'no file' 64 'at least one FILE' --key lab.pub --image image
wants 'a file that is not there' 64 'cannot read the attestation absent' absent --key lab.pub --image image
wants 'a private key' 64 'found a private key; expected one public key' good.dsse --key lab.pem --image image
wants 'no number' 64 'expected a number of parties' good.dsse --key lab.pub --image image --threshold 0
leaves_nothing
ok 'nothing is left behind'
