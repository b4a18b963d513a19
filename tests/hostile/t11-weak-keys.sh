#!/bin/sh
# T11: an Ed25519 key under which anybody can sign (a point of small order, or none) is refused by name.
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
openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out key.pem
judge 'another key' 0 image image
"$assay" compare image image --policy policy --quiet || fail 'a key is refused'
printf 'ok: %s: any other key is taken\n' "$name"
