#!/bin/sh
# Whether statements that assay signs verify with openssl alone, by hand over the PAE, and statements that are signed so
# verify in assay: every kind of key in every form of envelope. And whether openssl takes the time stamps that assay asks for
# and attaches, and assay those that openssl asks for.
#
#   sh tests/interop/attestations.sh
#
#   ASSAY        the program (default build/release/assay)
#   ASSAY_DSSE   a directory with the DSSE protocol's own vector and others of the kind (der.dsse.json and raw-rs.dsse.json
#                with key.pub.pem, and KIND-good.dsse.json with KIND.pub.pem); left out: these are not asked
# Exit: 0 all agree; 77 skipped, with the reason; 1 one does not.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
# shellcheck source=tests/certifying.sh
. "$(dirname "$0")/../certifying.sh"
# shellcheck source=tests/stamping.sh
. "$(dirname "$0")/../stamping.sh"
vectors=${ASSAY_DSSE:-}
[ -z "$vectors" ] || vectors=$(cd "$vectors" && pwd)
begin attestations openssl jq base64

# checked NAME KIND: whether `signed` is what `sig` is a signature of
checked() {
    case $2 in
        p256) openssl dgst -sha256 -verify "$1.pub" -signature sig signed ;;
        p384) openssl dgst -sha384 -verify "$1.pub" -signature sig signed ;;
        ed25519) openssl pkeyutl -verify -rawin -pubin -inkey "$1.pub" -sigfile sig -in signed ;;
        rsa) openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256 -verify "$1.pub" -signature sig signed ;;
    esac > said 2>&1
}

seq 1 500 > image
run report compare image image --report report.json --quiet
ends 0
for kind in p256 p384 ed25519 rsa; do
    key $kind $kind
    for form in dsse jsonl sigstore; do
        for predicate in comparison vsa; do
            run "$kind, $form" attest report.json --key $kind.pem --envelope $form --predicate $predicate --output made
            ends 0
            payload made > statement
            pae "$statement_type" statement > signed
            jq -r '(.dsseEnvelope // .).signatures[0].sig' made | base64 -d > sig
            checked $kind $kind || fail "$kind, $form, $predicate: openssl does not verify it"
            printf x >> signed
            if checked $kind $kind; then fail "$kind: openssl verifies anything"; fi
            run "$kind, $form" verify-attestation made --key $kind.pub --image image
            ends 0
        done
        case $form in
            dsse | jsonl)
                [ "$(wc -l < made)" = 1 ] || fail "$form: not one line"
                jq -e --arg id "$(openssl pkey -pubin -in $kind.pub -outform DER | sha256sum | cut -d ' ' -f 1)" '.signatures == [.signatures[0]] and .signatures[0].keyid == $id' made > said || fail "$form: another key id"
                ;;
            sigstore)
                jq -e --arg hint "$(openssl pkey -pubin -in $kind.pub -outform DER | openssl dgst -sha256 -binary | base64)" \
                    '.mediaType == "application/vnd.dev.sigstore.bundle.v0.3+json" and .verificationMaterial == {publicKey: {hint: $hint}}
                     and .dsseEnvelope.signatures[0].keyid == "" and (keys == ["dsseEnvelope", "mediaType", "verificationMaterial"])' made > said || fail 'a bundle of another form'
                ;;
        esac
    done
    by_hand $kind $kind statement > hand
    run "$kind by hand" verify-attestation hand --key $kind.pub --image image
    ends 0
    ok "$kind: openssl verifies what assay signs, and assay what openssl signs"
done

# joined lines of several parties
for kind in p256 ed25519; do
    run lines attest report.json --key $kind.pem --envelope jsonl --output $kind.jsonl
    ends 0
done
cat p256.jsonl ed25519.jsonl > joined.jsonl
run joined verify-attestation joined.jsonl --key p256.pub --key ed25519.pub --threshold 2 --image image
ends 0
says out 'joined.jsonl:2'
ok 'lines of two parties in one file'

# r||s as others write it
pae "$statement_type" statement > signed
openssl dgst -sha256 -sign p256.pem signed | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\([0-9A-F]*\)$/\1/p' |
    while read -r number; do printf '%064s' "$number" | tr ' ' 0; done | sed 's/../\\x&/g' > escaped
# shellcheck disable=SC2059 # bytes
raw=$(env printf "$(cat escaped)" | base64 -w 0)
envelope statement "$statement_type" "$raw" > raw
run 'r||s' verify-attestation raw --key p256.pub --image image --format json
ends 0
jq -e '.statements[0].signed_by[0].encoding == "r||s"' out > said || shown 'it does not say r||s'
ok 'r||s, and it is said'

# --- time stamps ---
authority tsa
serves tsa.conf sha384
for kind in p256 p384 rsa; do issued tsa $kind $kind tsa 20150101000000Z 20900101000000Z; done
# believed FILE OPTION...: whether openssl takes a time stamp, of the signature in `sig`
believed() {
    stamp=$1
    shift
    openssl ts -verify -in "$stamp" "$@" -CAfile tsa/root.crt > said 2>&1
}
for kind in p256 p384 rsa; do
    for form in dsse jsonl sigstore; do
        run "$kind, $form" attest report.json --key ed25519.pem --envelope $form --output made
        ends 0
        run "$kind, $form" timestamp made --request made.tsq
        ends 0
        replies made.tsq tsa/$kind.crt $kind made.tsr
        run "$kind, $form" timestamp made --attach made.tsr --asked made.tsq --tsa-ca tsa/root.crt --quiet
        ends 0
        signature_of made sig
        case $form in
            sigstore) jq -r '.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp' made | base64 -d > stamp && set -- ;;
            *) jq -r '.signatures[0].timestamps[0].data' made | base64 -d > stamp && set -- -token_in ;;
        esac
        believed stamp "$@" -data sig || { cat said >&2; fail "$kind, $form: openssl does not take the time stamp"; }
        believed stamp "$@" -queryfile made.tsq || { cat said >&2; fail "$kind, $form: openssl does not take it for the request"; }
        if believed stamp "$@" -data image; then fail 'openssl takes any time stamp'; fi
        # a time stamp that openssl asked for
        for digest in sha256 sha384 sha512; do
            openssl ts -query -data sig -$digest -cert -out other.tsq 2> said || fail 'a request'
            replies other.tsq tsa/$kind.crt $kind other.tsr
            run "$kind, $form, $digest" timestamp made --attach other.tsr --asked other.tsq --tsa-ca tsa/root.crt --quiet
            ends 0
        done
        run "$kind, $form" verify-attestation made --key ed25519.pub --tsa-ca tsa/root.crt --image image
        ends 0
        says out 'stamped 20'
    done
    ok "time stamps, $kind: openssl takes what assay attaches, and assay what openssl asks for"
done

if [ -n "$vectors" ]; then
    for name in der raw-rs; do
        # their payload is no statement, and so verified and refused
        run $name verify-attestation "$vectors/$name.dsse.json" --key "$vectors/key.pub.pem" --image image
        ends 1
        says out 'signed by' 'the payloadType is http://example.com/HelloWorld'
    done
    for kind in p256 p384 ed25519 rsa3072; do
        good=$vectors/$kind-good.dsse.json
        run $kind verify-attestation "$good" --key "$vectors/$kind.pub.pem" --image-sha256 "$(payload "$good" | jq -r '.subject[0].digest.sha256')"
        ends 0
    done
    ok 'published envelopes'
fi
