#!/bin/sh
# T11: a key under which anybody can sign is refused by name: of Ed25519 a point of small order, or none; of RSA an exponent of
# one, under which a signature is what it signs, or a modulus that anybody takes apart; of ECDSA a point at infinity.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v openssl > /dev/null || { echo 'SKIP: openssl is not installed' >&2; exit 77; }

echo x > image
printf 'policy: 1\nrequire: {expected: path}\nsignatures: [{slot: s, covers: ".", max-size: 64, key: key.pem, scheme: ed25519}]\n' > policy
# key HEX: its public key
key() { { printf '302a300506032b6570032100'; printf %s "$1"; } | tr a-f A-F | basenc --base16 -d | openssl base64 -A | sed 's/^/-----BEGIN PUBLIC KEY-----\n/; s/$/\n-----END PUBLIC KEY-----/' > key.pem; }
zeros=00000000000000000000000000000000000000000000000000000000000000
for point in "01$zeros" "00$zeros" "${zeros}80" ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f \
    26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05 26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85 \
    c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa \
    "02$zeros" eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f; do
    key "$point"
    code=0
    "$assay" compare image image --policy policy > said.txt 2>&1 || code=$?
    [ "$code" = 64 ] || { cat said.txt >&2; fail "$point: exit $code, expected 64"; }
    grep -qF 'key.pem: an Ed25519 key of small order, or no point of the curve' said.txt || { cat said.txt >&2; fail "$point: not named"; }
done
printf 'ok: %s: points of small order, and what is none\n' "$name"

# refused SCHEME STORY TEXT: key.pem
refused() {
    printf 'policy: 1\nrequire: {expected: path}\nsignatures: [{slot: s, covers: ".", max-size: 512, key: key.pem, scheme: %s}]\n' "$1" > policy
    code=0
    "$assay" compare image image --policy policy > said.txt 2>&1 || code=$?
    [ "$code" = 64 ] || { cat said.txt >&2; fail "$2: exit $code, expected 64"; }
    grep -qF "key.pem: $3" said.txt || { cat said.txt >&2; fail "$2: not named"; }
    printf 'ok: %s: %s\n' "$name" "$2"
}
# taken STORY: key.pem, though nothing is signed under it
taken() {
    code=0
    "$assay" compare image image --policy policy > said.txt 2>&1 || code=$?
    if [ "$code" != 1 ] || ! grep -q '^IDENTICAL' said.txt; then
        cat said.txt >&2
        fail "$1"
    fi
}
# pem HEX: key.pem
pem() { printf %s "$1" | tr a-f A-F | basenc --base16 -d | openssl base64 -A | fold -w 64 | { echo '-----BEGIN PUBLIC KEY-----'; cat; echo; echo '-----END PUBLIC KEY-----'; } > key.pem; }
# of RSA: modulus and exponent as numbers of openssl asn1parse
rsa() {
    printf 'asn1 = SEQUENCE:info\n[info]\nalgorithm = SEQUENCE:rsa\nkey = BITWRAP,SEQUENCE:numbers\n[rsa]\nname = OID:rsaEncryption\nnone = NULL\n[numbers]\nn = INTEGER:%s\ne = INTEGER:%s\n' "$1" "$2" > asn1.conf
    openssl asn1parse -genconf asn1.conf -noout -out key.der && openssl pkey -pubin -inform DER -in key.der -out key.pem
}
openssl genrsa -out rsa.pem 2048 2> /dev/null
modulus=0x$(openssl rsa -in rsa.pem -noout -modulus | sed 's/.*=//')
for exponent in 0 1 2 65536; do
    rsa "$modulus" $exponent
    refused rsa-pss-sha256 "RSA with the exponent $exponent" 'an RSA key whose modulus or exponent is that of no key pair'
done
# 2^2281 - 1, which is a prime; its half is the order of everything
prime=0x1$(printf 'F%.0s' $(seq 570))
for made in "$prime:RSA with a prime" "${modulus%?}0:RSA with an even modulus" "0x$(printf '9%.0s' $(seq 520)):RSA with a modulus of small factors"; do
    rsa "${made%%:*}" 65537
    for scheme in rsa-pss-sha256 rsa-pkcs1-sha256; do
        refused $scheme "${made#*:}, $scheme" 'an RSA key whose modulus or exponent is that of no key pair'
    done
done
for exponent in 3 65537; do
    rsa "$modulus" $exponent
    printf 'policy: 1\nrequire: {expected: path}\nsignatures: [{slot: s, covers: ".", max-size: 256, key: key.pem, scheme: rsa-pkcs1-sha256}]\n' > policy
    taken "an honest key is refused: $exponent"
done
printf 'ok: %s: RSA with the exponents 3 and 65537\n' "$name"
pem 3019301306072a8648ce3d020106082a8648ce3d03010703020000
refused ecdsa-p256-sha256 'a point at infinity' 'an EC key whose point is none, or at infinity'
printf 'policy: 1\nrequire: {expected: path}\nsignatures: [{slot: s, covers: ".", max-size: 64, key: key.pem, scheme: ed25519}]\n' > policy
openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out key.pem
judge 'another key' 0 image image
taken 'a key is refused'
printf 'ok: %s: any other key is taken\n' "$name"
