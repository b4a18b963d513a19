#!/bin/sh
# Whether Sigstore's own client (npm, @sigstore/verify and @sigstore/sign) takes bundles that assay signs with a key, and
# assay bundles that it makes. Its crypto knows no RSA-PSS, and P-384 with SHA-256 alone: those two are held against
# openssl (tests/interop/attestations.sh).
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
here=$(cd "$(dirname "$0")" && pwd)
begin sigstore openssl jq base64 node npm
npm install --no-audit --no-fund --ignore-scripts --cache "$work/npm" @sigstore/verify@2.1.1 @sigstore/sign@3.1.0 > fetched 2>&1 ||
    { tail -n 3 fetched >&2; skip 'the packages of npm cannot be fetched'; }

# taken BUNDLE KEY: by Sigstore's client
taken() { node "$here/sigstore.js" verify "$1" "$2" > said 2>&1; }

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
