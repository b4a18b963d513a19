#!/bin/sh
# T20: what is found is signed in the process that judged, pass or not, with a key that is its owner's alone; what cannot
# be signed is an error, whatever the verdict is.
#
#   sh tests/flow/t20-signing.sh
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
begin t20-signing openssl jq base64 python3 setsid

seq 1 500 > image
seq 2 501 > other
key lab p256
openssl pkey -in lab.pem -aes256 -passout 'pass:correct horse' -out locked.pem
chmod 600 locked.pem

# --- the report that is signed is the one that is written ---
signs 'a pass' compare image image --report report.json --attest lab.pem --attestation made --quiet
payload made | jq -e --arg sha256 "$(digest report.json)" '.predicate.report_sha256 == $sha256 and .predicate.origin == "judged"' > said || fail 'another report'
payload made | jq -cS .predicate.report | cmp - report.json || fail 'the report is not the one that was written'
payload made > once
run again compare image image --attest lab.pem --attestation made --quiet
payload made | cmp - once || fail 'two runs sign different statements'
ok 'two runs sign the same bytes'
for predicate in comparison vsa; do
    run mismatch compare image other --attest lab.pem --attestation made --predicate $predicate --quiet
    ends 1
    payload made | jq -e '(.predicate.result // .predicate.verificationResult) == "FAILED"' > said || fail 'FAILED'
done
ok 'a mismatch is signed as one'
signs 'a stored report' attest report.json --key lab.pem --output made
"$assay" attest - --key lab.pem --output - < report.json > made || fail 'from standard input to standard output'
run piped verify-attestation made --key lab.pub --image image
ends 0
says out imported
ok 'through pipes'

# --- what cannot be signed ---
refuses 'an image that cannot be read' 2 'no digest of the image' compare image image --limit image-bytes=10 --attest lab.pem --attestation made --quiet
jq -c '.accounting.identical += 1' report.json > wrong.json
refuses 'a report that does not add up' 64 'does not add up' attest wrong.json --key lab.pem --output made
refuses 'a place that is not there' 64 'absent' compare image image --attest lab.pem --attestation absent/made --quiet
code=0
"$assay" compare image image --attest lab.pem --attestation /dev/full --quiet 2> err || code=$?
[ "$code" = 2 ] || fail "a full disk: exit $code"
code=0
"$assay" compare image other --attest lab.pem --attestation /dev/full --quiet 2> err || code=$?
[ "$code" = 1 ] || fail "a full disk and a mismatch: exit $code"
ok 'a disk that is full is no pass, and hides no mismatch'
refuses 'a summary of a part' 2 'a summary speaks of a whole image' compare image image --scope . --attest lab.pem --attestation made --predicate vsa --quiet
refuses 'provenance of nothing that was built' 2 'what a rebuild made' compare image image --attest lab.pem --attestation made --predicate provenance --quiet

# --- keys ---
refuses 'a key that is not there' 64 'absent.pem: No such file' compare image image --attest absent.pem --attestation made
refuses 'a public key' 64 'found a public key; expected one private key' compare image image --attest lab.pub --attestation made
cp lab.pem open.pem
chmod 604 open.pem
refuses 'a key that everybody can read' 64 'that others may use (mode 0604); expected mode 0600' attest report.json --key open.pem --output made
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.pem 2> said
openssl genpkey -algorithm X25519 -out wrong.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out curve.pem
chmod 600 weak.pem wrong.pem curve.pem
refuses 'a weak key' 64 '1024 bits is too weak' attest report.json --key weak.pem --output made
refuses 'a key that cannot sign' 64 'of the kind X25519' attest report.json --key wrong.pem --output made
refuses 'a curve that nobody asked for' 64 'secp256k1' attest report.json --key curve.pem --output made
refuses 'a key as its own output' 64 '' attest report.json --key lab.pem --output lab.pem
cmp lab.pem open.pem || fail 'the key was written over'
refuses 'a report over the key' 64 '' compare image image --attest lab.pem --attestation made --report lab.pem
cmp lab.pem open.pem || fail 'the key was written over'
refuses 'a statement over the image' 64 '' compare image image --attest lab.pem --attestation image
refuses 'a statement over the report' 64 'the report goes there already' compare image image --attest lab.pem --attestation made --report made

# --- the passphrase ---
pass='correct horse'
printf '%s\n' "$pass" > secret
code=0
"$assay" attest report.json --key locked.pem --output made --passphrase-fd 9 9< secret || code=$?
[ $code = 0 ] || fail "from a descriptor: exit $code"
code=0
"$assay" compare image image --attest locked.pem --attestation made --passphrase-fd 0 --quiet < secret || code=$?
[ $code = 0 ] || fail "from standard input: exit $code"
LAB_PASS=$pass "$assay" compare image image --attest locked.pem --attestation made --passphrase-env LAB_PASS --quiet || fail 'from the environment'
run pass verify-attestation made --key lab.pub --image image
ends 0
ok 'from a descriptor and the environment'
export LAB_PASS=wrong
refuses 'a wrong one' 64 'the passphrase is wrong' attest report.json --key locked.pem --output made --passphrase-env LAB_PASS
unset LAB_PASS
refuses 'a variable that is not there' 64 'no such environment variable' attest report.json --key locked.pem --output made --passphrase-env LAB_PASS
refuses 'a descriptor that is not open' 64 'no open file descriptor' attest report.json --key locked.pem --output made --passphrase-fd 77
refuses 'two places' 64 'two places' attest report.json --key locked.pem --output made --passphrase-fd 7 --passphrase-env LAB_PASS
refuses 'on the command line' 64 'passphrase' attest report.json --key locked.pem --output made --passphrase "$pass"
code=0
setsid -w "$assay" attest report.json --key locked.pem --output made < secret 2> err || code=$?
if [ "$code" != 64 ] || ! grep -q 'there is no terminal' err; then cat err >&2; fail "without a terminal: exit $code"; fi
ok 'without a terminal nothing is read from standard input'
at_terminal 'Passphrase of the key locked.pem: ' "$pass" "$assay" attest report.json --key locked.pem --output made > shown 2>&1 || { cat shown >&2; fail 'at a terminal'; }
if grep -q "$pass" shown; then fail 'the passphrase is shown'; fi
run terminal verify-attestation made --key lab.pub --image image
ends 0
ok 'at a terminal, unseen'

# --- options ---
refuses 'no file for the statement' 64 'needs --attestation FILE' compare image image --attest lab.pem
refuses 'nobody who signs' 64 'need --attest KEY' compare image image --attestation made
refuses 'a predicate that is none' 64 'expected comparison, vsa or provenance' attest report.json --key lab.pem --output made --predicate x
refuses 'an envelope that is none' 64 'expected dsse, jsonl or sigstore' attest report.json --key lab.pem --output made --envelope x
refuses 'a URI of no summary' 64 'only a summary has one' attest report.json --key lab.pem --output made --resource-uri x:y
refuses 'a URI that is none' 64 'expected a URI' attest report.json --key lab.pem --output made --predicate vsa --resource-uri 'a b'
refuses 'two reports' 64 'one REPORT' attest report.json report.json --key lab.pem --output made
refuses 'no key' 64 'needs --key' attest report.json --output made
leaves_nothing
ok 'nothing is left behind'
