#!/bin/sh
# Whether Sigstore's own client (npm, @sigstore/verify and @sigstore/sign) takes bundles that assay signs with a key, and
# assay bundles that it makes; also such that a time-stamping authority stamped. Its verifier knows no RSA-PSS, and P-384 with SHA-256 alone: every kind of key
# is held against Node.js over what its core encodes (PAE), and against openssl (tests/interop/attestations.sh). Of TSAs it knows those with ECDSA.
#
#   sh tests/heavy/sigstore.sh
#
#   ASSAY   the program (default build/release/assay)
# The packages are fetched from npm's registry. Exit: 0 both agree; 77 skipped, with the reason; 1 they do not.
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
begin sigstore openssl jq base64 node npm
npm install --no-audit --no-fund --ignore-scripts --cache "$work/npm" @sigstore/verify@2.1.1 @sigstore/sign@3.1.0 > fetched 2>&1 ||
    { tail -n 3 fetched >&2; skip 'the packages of npm cannot be fetched'; }

# taken BUNDLE KEY [CHAIN]: by Sigstore's client
taken() { node "$here/sigstore.js" verify "$@" > said 2>&1; }

seq 1 500 > image
key other p256
for kind in p256 ed25519; do
    key $kind $kind
    for predicate in comparison vsa; do
        run made compare image image --attest $kind.pem --attestation made --envelope sigstore --predicate $predicate --quiet
        ends 0
        taken made $kind.pub || { cat said >&2; fail "$kind, $predicate: it is not taken"; }
        jq -c '.dsseEnvelope.payload |= (@base64d + " " | @base64)' made > changed
        if taken changed $kind.pub; then fail "$kind: a changed bundle is taken"; fi
        if taken made other.pub; then fail "$kind: another key's bundle is taken"; fi
    done
    ok "$kind: Sigstore's client takes the bundles of assay"
    payload made > statement
    node "$here/sigstore.js" sign statement $kind.pem > theirs || fail "$kind: it signs nothing"
    run theirs verify-attestation theirs --key $kind.pub --image image
    ends 0
    run theirs verify-attestation theirs --key other.pub --image image
    ends 1
    ok "$kind: assay takes the bundles of Sigstore's client"
done

# --- every kind of key, and form ---
for kind in p256 p384 ed25519 rsa; do
    [ -f $kind.pem ] || key $kind $kind
    key other-$kind $kind
    for form in dsse jsonl sigstore; do
        run made compare image image --attest $kind.pem --attestation made --envelope $form --quiet
        ends 0
        node "$here/sigstore.js" check made $kind.pub > said 2>&1 || { cat said >&2; fail "$kind, $form: it does not verify"; }
        if node "$here/sigstore.js" check made other-$kind.pub > said 2>&1; then fail "$kind, $form: it verifies under any key"; fi
        jq -c '(.dsseEnvelope // .) |= (.payload |= (@base64d + " " | @base64))' made > changed
        if node "$here/sigstore.js" check changed $kind.pub > said 2>&1; then fail "$kind, $form: a changed one verifies"; fi
    done
    payload made > statement
    node "$here/sigstore.js" seal statement $kind.pem > theirs || fail "$kind: it signs nothing"
    run theirs verify-attestation theirs --key $kind.pub --image image
    ends 0
    run theirs verify-attestation theirs --key other-$kind.pub --image image
    ends 1
    ok "$kind: Node.js verifies what assay signs, over what Sigstore's core encodes, and assay what Node.js signs"
done

# --- time stamps ---
authority tsa
authority strange
for kind in p256 p384; do
    key tsa-$kind $kind
    issued tsa $kind tsa-$kind tsa 20150101000000Z 20900101000000Z
    cat tsa/$kind.crt tsa/root.crt > $kind.chain
done
issued strange p256 tsa-p256 tsa 20150101000000Z 20900101000000Z
cat strange/p256.crt strange/root.crt > strange.chain
key between p256
certified between.crt between between tsa/root root 20150101000000Z 20900101000000Z
certified below.crt tsa-p256 below between tsa 20150101000000Z 20900101000000Z
cat below.crt between.crt tsa/root.crt > below.chain
# stamps BUNDLE CERTIFICATE KEY DIGEST OUT: by assay
stamps() {
    serves tsa.conf "$4"
    run 'a request' timestamp "$1" --request asked.tsq
    ends 0
    openssl ts -reply -config tsa.conf -section here -queryfile asked.tsq -signer "$2" -chain between.crt -inkey "$3.pem" -out replied.tsr 2> said || { cat said >&2; fail 'a reply'; }
    run 'a time stamp' timestamp "$1" --attach replied.tsr --asked asked.tsq --tsa-ca tsa/root.crt --output "$5" --quiet
    ends 0
}
for kind in p256 ed25519; do
    run made compare image image --attest $kind.pem --attestation made --envelope sigstore --quiet
    ends 0
    payload made > statement
    node "$here/sigstore.js" sign statement $kind.pem > theirs || fail "$kind: it signs nothing"
    for bundle in made theirs; do
        if taken $bundle $kind.pub p256.chain; then fail "$bundle, $kind: a bundle that nobody stamped is taken"; fi
        for tsa in p256:sha256 p384:sha384 p256:sha512; do
            stamps $bundle "tsa/${tsa%:*}.crt" "tsa-${tsa%:*}" "${tsa#*:}" stamped
            taken stamped $kind.pub "${tsa%:*}.chain" || { cat said >&2; fail "$bundle, $kind, $tsa: a stamped bundle is not taken"; }
            if taken stamped $kind.pub strange.chain; then fail "$bundle, $kind, $tsa: another TSA is taken"; fi
            run "$bundle, $kind, $tsa" verify-attestation stamped --key $kind.pub --image image --tsa-ca tsa/root.crt --at 2089-01-01
            ends 0
            says out "by CN=${tsa%:*} of tsa"
        done
        stamps $bundle below.crt tsa-p256 sha256 stamped
        taken stamped $kind.pub below.chain || { cat said >&2; fail "$bundle, $kind: a stamp by a chain is not taken"; }
        # several: all of them must hold to that client
        stamps stamped tsa/p384.crt tsa-p384 sha384 twice
        if taken twice $kind.pub below.chain; then fail "$bundle: a time stamp of a TSA that nobody knows is passed over"; fi
        # moved from another bundle
        run other compare image image --attest other.pem --attestation foreign --envelope sigstore --quiet
        ends 0
        stamps foreign tsa/p256.crt tsa-p256 sha256 foreign.stamped
        jq -c --slurpfile from foreign.stamped '.verificationMaterial.timestampVerificationData = $from[0].verificationMaterial.timestampVerificationData' $bundle > moved
        if taken moved $kind.pub p256.chain; then fail "$bundle, $kind: a time stamp of another signature is taken"; fi
        run "$bundle, $kind" verify-attestation moved --key $kind.pub --image image --tsa-ca tsa/root.crt
        ends 1
        says out 'the time stamp is of another signature'
    done
    ok "$kind: stamped bundles are taken by both, and those that are not are taken by none"
done
