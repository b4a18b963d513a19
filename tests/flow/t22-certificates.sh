#!/bin/sh
# T22: whoever has a certificate of a root that was named signs for it, while the certificate is valid, for what it is
# for, and as long as it is not revoked.
#
#   sh tests/flow/t22-certificates.sh
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
# shellcheck source=tests/certifying.sh
. "$(dirname "$0")/../certifying.sh"
begin t22-certificates openssl jq base64 python3

seq 1 500 > image
for name in root between lab other-root other; do key $name p256; done

certifying
early=20260101000000Z late=20360101000000Z
certified root.crt root root root root $early $late
certified other-root.crt other-root other other-root root $early $late
certified between.crt between between root root $early $late
certified lab.crt lab lab root signer 20260601000000Z 20270601000000Z
certified below.crt lab lab between signer 20260601000000Z 20270601000000Z
certified server.crt lab lab root server $early $late
certified agreement.crt lab lab root agreement $early $late
certified stranger.crt lab lab other-root signer $early $late
cat below.crt between.crt > chain.crt

run made compare image image --attest lab.pem --attestation made.dsse --quiet
ends 0

# asks STORY EXIT TEXT ARGUMENT...
asks() {
    story=$1 exit=$2 text=$3
    shift 3
    run "$story" verify-attestation "$@" --image image
    ends "$exit"
    if [ "$exit" = 64 ]; then says err "$text"; else says out "$text"; fi
    ok "$story"
}
now='--time 2026-10-01'
# shellcheck disable=SC2086 # arguments
{
asks 'a certificate of the root' 0 'signed by root.crt' made.dsse --ca root.crt --certificate lab.crt $now
asks 'a chain' 0 'signed by root.crt' made.dsse --ca root.crt --certificate chain.crt $now
asks 'a broken chain' 1 'unable to get local issuer certificate' made.dsse --ca root.crt --certificate below.crt $now
asks 'a chain in another order' 1 'is that of a CA' made.dsse --ca root.crt --certificate between.crt $now
asks 'another root' 1 'unable to get local issuer certificate' made.dsse --ca other-root.crt --certificate lab.crt $now
asks 'a certificate of a stranger' 1 'unable to get local issuer certificate' made.dsse --ca root.crt --certificate stranger.crt $now
asks 'a certificate for servers' 1 'is not for the signing of code' made.dsse --ca root.crt --certificate server.crt $now
asks 'a certificate that is not for signatures' 1 'is not for signatures' made.dsse --ca root.crt --certificate agreement.crt $now
asks 'no certificate' 1 'no signature verifies' made.dsse --ca root.crt $now
asks 'one that is not valid yet' 1 'certificate is not yet valid' made.dsse --ca root.crt --certificate lab.crt --time 2026-05-31
asks 'its first second' 0 PASS made.dsse --ca root.crt --certificate lab.crt --time 2026-06-01
asks 'one that has expired' 1 'certificate has expired' made.dsse --ca root.crt --certificate lab.crt --time 2027-06-02
asks 'without a time' 64 'no clock is read' made.dsse --ca root.crt --certificate lab.crt
asks 'without a root' 64 'who vouches for certificates' made.dsse --key lab.pub --certificate lab.crt
asks 'a root that is none' 64 'expected at least one certificate' made.dsse --ca lab.pub --certificate lab.crt $now
asks 'a key of two parties' 0 '1 of 2' made.dsse --ca root.crt --key lab.pub --certificate lab.crt $now
asks 'a key of two parties, for two' 1 '1 of 2' made.dsse --ca root.crt --key lab.pub --certificate lab.crt $now --threshold 2
asks 'two certificates of one key, for two' 1 '1 of 2' made.dsse --ca root.crt --ca other-root.crt --certificate lab.crt --certificate stranger.crt $now --threshold 2
}

# --- what a CA is for, and keys under which anybody signs ---
# shellcheck disable=SC2086 # arguments
for use in servers stamps code any; do
    key ca-$use p256
    certified ca-$use.crt ca-$use ca-$use root ca-$use $early $late
    certified by-$use.crt lab lab ca-$use signer 20260601000000Z 20270601000000Z
    cat by-$use.crt ca-$use.crt > chain-$use.crt
    case $use in
        code | any) asks "a CA for $use" 0 'signed by root.crt' made.dsse --ca root.crt --certificate chain-$use.crt $now ;;
        *) asks "a CA for $use" 1 'a CA that is not for the signing of code (extendedKeyUsage codeSigning), at number 1 of its chain' made.dsse --ca root.crt --certificate chain-$use.crt $now ;;
    esac
done
key ca-policy p256
certified ca-policy.crt ca-policy ca-policy root ca-policy $early $late
for signer in signer policy-signer; do
    certified by-policy.crt lab lab ca-policy $signer 20260601000000Z 20270601000000Z
    cat by-policy.crt ca-policy.crt > chain-policy.crt
    exit=1 text='no explicit policy'
    [ "$signer" = signer ] || { exit=0 text='signed by root.crt'; }
    # shellcheck disable=SC2086 # arguments
    asks "a CA that demands a policy, of a $signer" $exit "$text" made.dsse --ca root.crt --certificate chain-policy.crt $now
done
# RSA with the exponent 1: a signature is what it signs, padded
printf 'asn1 = SEQUENCE:info\n[info]\nalgorithm = SEQUENCE:rsa\nkey = BITWRAP,SEQUENCE:numbers\n[rsa]\nname = OID:rsaEncryption\nnone = NULL\n[numbers]\nn = INTEGER:0xC%s1\ne = INTEGER:1\n' "$(printf '7%.0s' $(seq 510))" > asn1.conf
openssl asn1parse -genconf asn1.conf -noout -out one.der
openssl pkey -pubin -inform DER -in one.der -out one.pub
payload made.dsse > statement
pae "$statement_type" statement > signed
python3 - one.dsse <<'END_OF_PYTHON'
import base64, hashlib, json, sys
signed, salt = open("signed", "rb").read(), bytes(32)
# EMSA-PSS-ENCODE (RFC 8017, 9.1.1) for 2048 bits and a salt of 32
def mask(seed, length):
    return b"".join(hashlib.sha256(seed + number.to_bytes(4, "big")).digest() for number in range(length // 32 + 1))[:length]
digest = hashlib.sha256(bytes(8) + hashlib.sha256(signed).digest() + salt).digest()
block = bytes(256 - 32 - 32 - 2) + b"\1" + salt
masked = bytearray(one ^ other for one, other in zip(block, mask(digest, len(block))))
masked[0] &= 0x7f
text = lambda value: base64.b64encode(value).decode()
json.dump({"payload": text(open("statement", "rb").read()), "payloadType": "application/vnd.in-toto+json",
           "signatures": [{"sig": text(bytes(masked) + digest + b"\xbc")}]}, open(sys.argv[1], "w"))
END_OF_PYTHON
openssl req -new -key lab.pem -subj /CN=one -out request 2> said
# its first second is that of this machine's clock, whatever that says
certified long.crt root root root root 20000101000000Z 29990101000000Z
openssl x509 -req -in request -force_pubkey one.pub -CA long.crt -CAkey root.pem -CAcreateserial -days 30000 -extfile ca.conf -extensions signer -out one.crt 2> said || { cat said >&2; fail 'a certificate of a weak key'; }
weak='an RSA key whose modulus or exponent is that of no key pair (SP 800-56B): anybody may sign under it'
# shellcheck disable=SC2086 # arguments
{
asks 'a signature that anybody makes' 64 "one.pub: $weak" one.dsse --key one.pub
asks 'and a certificate of its key' 1 "the certificate one.crt does not hold: $weak, at number 0 of its chain" one.dsse --ca long.crt --certificate one.crt --time "$(date -u -d "$(openssl x509 -in one.crt -noout -startdate | sed 's/.*=//')" +%s)"
}

# --- what was revoked ---
# revoked FILE: a list of what was revoked so far
revoked() {
    openssl ca -config ca.conf -gencrl -crl_lastupdate $early -crl_nextupdate $late -keyfile root.pem -cert root.crt -out "$1" 2> said || { cat said >&2; fail 'a CRL'; }
}
revoked good.crl
openssl ca -config ca.conf -revoke lab.crt -keyfile root.pem -cert root.crt 2> said || fail 'a revocation'
revoked bad.crl
# shellcheck disable=SC2086 # arguments
{
asks 'a list without it' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl good.crl $now
asks 'a list with it' 1 'certificate revoked' made.dsse --ca root.crt --certificate lab.crt --crl bad.crl $now
asks 'no list of its issuer' 1 'unable to get certificate CRL' made.dsse --ca root.crt --certificate chain.crt --crl good.crl $now
}
# Of a broken digest somebody may have written the list. OpenSSL looks at no list's, and openssl verify takes these.
# weakly DIGEST [OPTION...]: weak.crl is good.crl, signed over that digest
weakly() {
    # shellcheck disable=SC2086 # options
    openssl ca -config ca.conf -gencrl -md "$1" -crl_lastupdate $early -crl_nextupdate $late -keyfile "$2.pem" -cert "$2.crt" -out weak.crl $3 2> said || { cat said >&2; fail "a CRL over $1"; }
    openssl crl -in weak.crl -noout -CAfile "$2.crt" > said 2>&1 || { cat said >&2; fail "a CRL over $1 that holds"; }
}
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa-root.pem 2> said
openssl genpkey -algorithm ED25519 -out ed-root.pem 2> said
for root in rsa-root ed-root; do
    certified $root.crt $root $root $root root $early $late
    certified by-$root.crt lab lab $root signer 20260601000000Z 20270601000000Z
done
pss='-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20'
for digest in MD5 SHA1; do
    weakly $digest rsa-root ''
    asks "a list that is signed over $digest" 64 "weak.crl: a CRL is signed over a digest by $digest; expected SHA-256" made.dsse --ca rsa-root.crt --certificate by-rsa-root.crt --crl weak.crl --time 2026-10-01
done
weakly sha1 rsa-root "$pss"
asks 'a list that is signed with RSA-PSS over SHA-1' 64 'signed over a digest by SHA1' made.dsse --ca rsa-root.crt --certificate by-rsa-root.crt --crl weak.crl --time 2026-10-01
weakly sha1 root ''
asks 'a list that is signed with ECDSA over SHA-1' 64 'signed over a digest by SHA1' made.dsse --ca root.crt --certificate lab.crt --crl weak.crl --time 2026-10-01
cat good.crl weak.crl > both.crl
asks 'such a list behind a good one' 64 'signed over a digest by SHA1' made.dsse --ca root.crt --certificate lab.crt --crl both.crl --time 2026-10-01
# shellcheck disable=SC2086 # arguments
for digest in sha256 sha384; do
    weakly $digest rsa-root ''
    asks "a list that is signed over $digest" 0 PASS made.dsse --ca rsa-root.crt --certificate by-rsa-root.crt --crl weak.crl $now
    weakly $digest rsa-root "$pss"
    asks "a list that is signed with RSA-PSS over $digest" 0 PASS made.dsse --ca rsa-root.crt --certificate by-rsa-root.crt --crl weak.crl $now
done
weakly null ed-root ''
# shellcheck disable=SC2086 # arguments
asks 'a list that is signed with Ed25519' 0 PASS made.dsse --ca ed-root.crt --certificate by-ed-root.crt --crl weak.crl $now
# The same of certificates: OpenSSL asks at its security level 2. A root is believed because it was named.
# shellcheck disable=SC2086 # arguments
{
key weak-between p256 && certified weak-between.crt weak-between weak-between rsa-root root $early $late sha1
certified below-weak.crt lab lab weak-between signer 20260601000000Z 20270601000000Z
cat below-weak.crt weak-between.crt > weak-chain.crt
asks 'a CA whose certificate is signed over SHA-1' 1 'CA signature digest algorithm too weak, at number 1 of its chain' made.dsse --ca rsa-root.crt --certificate weak-chain.crt $now
certified weak-own.crt lab lab rsa-root signer 20260601000000Z 20270601000000Z sha1
asks 'a certificate that is signed over SHA-1' 1 'CA signature digest algorithm too weak, at number 0 of its chain' made.dsse --ca rsa-root.crt --certificate weak-own.crt $now
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.pem 2> said
certified small.crt small small root root $early $late
certified below-small.crt lab lab small signer 20260601000000Z 20270601000000Z
cat below-small.crt small.crt > small-chain.crt
asks 'a CA with a small key' 1 'CA certificate key too weak, at number 1 of its chain' made.dsse --ca root.crt --certificate small-chain.crt $now
cp rsa-root.pem old-root.pem
certified old-root.crt rsa-root rsa-root rsa-root root $early $late sha1
certified by-old.crt lab lab old-root signer 20260601000000Z 20270601000000Z
asks 'a root that is signed over SHA-1' 0 PASS made.dsse --ca old-root.crt --certificate by-old.crt $now
}
# a list that is passed over revokes nobody: of a file all must be read
cat good.crl bad.crl > both.crl
# shellcheck disable=SC2086 # arguments
asks 'two lists in one file' 1 'certificate revoked' made.dsse --ca root.crt --certificate lab.crt --crl both.crl $now
{ openssl crl -in good.crl -text; openssl crl -in good.crl -text; } > texts.crl
# shellcheck disable=SC2086 # arguments
asks 'lists with their texts' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl texts.crl $now
{ cat good.crl; sed 's/^-----BEGIN/ &/' bad.crl; } > indented.crl
asks 'a second list that is indented' 64 'expected CRLs in PEM form alone, 1 of 2 parts are such' made.dsse --ca root.crt --certificate lab.crt --crl indented.crl --time 2026-10-01
{ cat good.crl; sed 's/X509 CRL/CRL/' bad.crl; } > named.crl
asks 'a second list of another name' 64 '1 of 2 parts are such' made.dsse --ca root.crt --certificate lab.crt --crl named.crl --time 2026-10-01
{ cat good.crl; sed 's/^-----BEGIN/---- begin/' bad.crl; } > dashed.crl
asks 'a second list with other dashes' 64 '1 of 2 parts are such' made.dsse --ca root.crt --certificate lab.crt --crl dashed.crl --time 2026-10-01
{ cat good.crl; openssl crl -in bad.crl -outform DER; } > der.crl
asks 'a second list in DER' 64 'expected CRLs in PEM form and text alone' made.dsse --ca root.crt --certificate lab.crt --crl der.crl --time 2026-10-01
asks 'a list that is none' 64 'expected at least one CRL' made.dsse --ca root.crt --certificate lab.crt --crl lab.crt --time 2026-10-01

# Of several lists of one issuer OpenSSL looks into one, and which depends on their times and order: what any of them names
# as revoked is revoked. listed FILE FROM TO: as `revoked`, in force from and to then
listed() {
    openssl ca -config ca.conf -gencrl -crl_lastupdate "$2" -crl_nextupdate "$3" -keyfile root.pem -cert root.crt -out "$1" 2> said || { cat said >&2; fail 'a CRL'; }
}
listed past.crl 20260301000000Z 20260401000000Z
listed future.crl 20300101000000Z 20310101000000Z
openssl ca -config ca.conf -gencrl -crl_lastupdate $early -crl_nextupdate $late -keyfile other-root.pem -cert other-root.crt -out foreign.crl 2> said || fail 'a CRL of another'
# a list in the name of the root that the root did not sign
openssl req -x509 -key other.pem -subj /CN=root -days 9 -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign,cRLSign -out posing.crt 2> said || fail 'one that poses as the root'
openssl ca -config ca.conf -gencrl -crl_lastupdate $early -crl_nextupdate $late -keyfile other.pem -cert posing.crt -out posing.crl 2> said || { cat said >&2; fail 'a list by one that poses'; }
# shellcheck disable=SC2086 # arguments
{
asks 'a list without it, and one with it' 1 'certificate revoked' made.dsse --ca root.crt --certificate lab.crt --crl good.crl --crl bad.crl $now
asks 'a list with it, and one without it' 1 'certificate revoked' made.dsse --ca root.crt --certificate lab.crt --crl bad.crl --crl good.crl $now
asks 'a list in force, and an old one with it' 1 'certificate revoked by one of the lists' made.dsse --ca root.crt --certificate lab.crt --crl good.crl --crl past.crl $now
asks 'a list in force, and a new one with it' 1 'certificate revoked by one of the lists' made.dsse --ca root.crt --certificate lab.crt --crl future.crl --crl good.crl $now
# the same numbers, and another issuer
asks 'a list in force, and one of another issuer' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl good.crl --crl foreign.crl $now
asks 'a list in force, and one that its issuer did not sign' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl good.crl --crl posing.crl $now
asks 'a list in force, and another' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl good.crl --crl good.crl $now
}

# Entries that are no revocation, or of a list that says only what changed (RFC 5280, 5.2.4 and 5.3.1).
# entered FILE STATE DATE[,REASON] [EXTENSION]...: a list in which the lab's certificate stands so; V: not at all
cp ca.conf delta.conf
printf '[whole]\ncrlNumber = DER:020101\n[delta]\n2.5.29.27 = critical, DER:020101\ncrlNumber = DER:020102\n' >> delta.conf
number=$(openssl x509 -in lab.crt -noout -serial | sed 's/serial=//')
entered() {
    cp index index.kept
    awk -F '\t' -v OFS='\t' -v serial="$number" -v state="$3" -v date="$4" '$4 == serial { $1 = state; $3 = date } { print }' index.kept > index
    openssl ca -config delta.conf -gencrl -crlexts "$2" -crl_lastupdate $early -crl_nextupdate $late -keyfile root.pem -cert root.crt -out "$1" 2> said || { cat said >&2; fail "the list $1"; }
    mv index.kept index
}
entered whole.crl whole V ''
entered held.crl whole R 260701000000Z,certificateHold
entered off.crl whole R 260701000000Z,removeFromCRL
entered delta-with.crl delta R 260701000000Z,keyCompromise
entered delta-off.crl delta R 260701000000Z,removeFromCRL
entered delta-without.crl delta V ''
openssl crl -in delta-off.crl -noout -text > said
grep -q 'Delta CRL Indicator: critical' said || fail 'no delta'
grep -q 'Remove From CRL' said || fail 'nothing is taken off'
# shellcheck disable=SC2086 # arguments
{
asks 'a list with nothing, by its number' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl whole.crl $now
asks 'a certificate on hold' 1 'certificate revoked' made.dsse --ca root.crt --certificate lab.crt --crl held.crl $now
asks 'a certificate that was taken off the list' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl off.crl $now
asks 'what changed, alone' 1 'unable to get certificate CRL' made.dsse --ca root.crt --certificate lab.crt --crl delta-without.crl $now
asks 'what changed, alone, and it is revoked' 1 'unable to get certificate CRL' made.dsse --ca root.crt --certificate lab.crt --crl delta-with.crl $now
asks 'what changed, alone, and it was taken off' 1 'unable to get certificate CRL' made.dsse --ca root.crt --certificate lab.crt --crl delta-off.crl $now
asks 'a list, and what changed: nothing' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl whole.crl --crl delta-without.crl $now
asks 'a list, and what changed: it was revoked' 1 'certificate revoked by one of the lists' made.dsse --ca root.crt --certificate lab.crt --crl whole.crl --crl delta-with.crl $now
asks 'a list, and what changed: it was taken off' 0 PASS made.dsse --ca root.crt --certificate lab.crt --crl whole.crl --crl delta-off.crl $now
# a list that has it is not undone by another: whoever means that gives a new one
asks 'on hold, and what changed: it was taken off' 1 'certificate revoked' made.dsse --ca root.crt --certificate lab.crt --crl held.crl --crl delta-off.crl $now
asks 'whatever their order' 1 'certificate revoked' made.dsse --ca root.crt --certificate lab.crt --crl delta-off.crl --crl held.crl $now
}

# --- in a bundle ---
run bundle compare image image --attest lab.pem --attestation made.bundle --envelope sigstore --certificate lab.crt --quiet
ends 0
jq -e '.verificationMaterial | keys == ["certificate"]' made.bundle > said || fail 'a bundle without its certificate'
asks 'a bundle with its certificate' 0 'signed by root.crt' made.bundle --ca root.crt --time 2026-10-01
asks 'a bundle whose certificate has expired' 1 'the certificate in the bundle does not hold: certificate has expired' made.bundle --ca root.crt --time 2028-10-01
asks 'a bundle and the key itself' 0 'signed by lab.pub' made.bundle --key lab.pub
jq -c --arg other "$(openssl x509 -in stranger.crt -outform DER | base64 -w 0)" '.verificationMaterial.certificate.rawBytes = $other' made.bundle > bad.bundle
asks 'a bundle with a certificate of a stranger' 1 'the certificate in the bundle does not hold' bad.bundle --ca root.crt --time 2026-10-01
jq -c '.verificationMaterial.certificate.rawBytes |= .[0:400]' made.bundle > bad.bundle
asks 'a bundle with half a certificate' 1 'the certificate in the bundle cannot be read' bad.bundle --ca root.crt --time 2026-10-01
run other compare image image --attest other.pem --attestation other.bundle --envelope sigstore --certificate lab.crt --quiet
ends 64
says err 'of another key'
run plain compare image image --attest lab.pem --attestation other.bundle --certificate lab.crt --quiet
ends 64
says err 'goes with --envelope sigstore'
ok 'a certificate that is out of place'

# --- kinds of keys ---
for kind in p384 ed25519 rsa; do
    key kind-$kind $kind
    certified kind-$kind.crt kind-$kind kind-$kind root signer $early $late
    run "$kind" compare image image --attest kind-$kind.pem --attestation $kind.bundle --envelope sigstore --certificate kind-$kind.crt --quiet
    ends 0
    asks "a certificate of a key of the kind $kind" 0 'signed by root.crt' $kind.bundle --ca root.crt --time 2026-10-01
    jq -c '.dsseEnvelope.payload |= (@base64d + " " | @base64)' $kind.bundle > bad.bundle
    asks "and something else" 1 'no signature verifies' bad.bundle --ca root.crt --time 2026-10-01
done
# kinds that sign no statement; the bundle is that of another key, since nobody signs with these
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp521r1 -out kind-p521.pem 2> said
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out kind-bitcoin.pem 2> said
openssl genpkey -algorithm ED448 -out kind-ed448.pem 2> said
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out kind-weak.pem 2> said
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out kind-pss.pem 2> said
for kind in p521 bitcoin ed448 weak pss; do
    certified kind-$kind.crt kind-$kind kind-$kind root signer $early $late
    case $kind in
        p521) text='is of no use: its key: a key of the kind EC (secp521r1); expected ECDSA P-256 or P-384, Ed25519 or RSA' ;;
        bitcoin) text='is of no use: its key: a key of the kind EC (secp256k1)' ;;
        ed448) text='is of no use: its key: a key of the kind ED448' ;;
        weak) text='EE certificate key too weak, at number 0 of its chain' ;;
        pss) text='is of no use: its key: a key of the kind RSA-PSS' ;;
    esac
    asks "a certificate of a key of the kind $kind" 1 "$text" made.dsse --ca root.crt --certificate kind-$kind.crt --time 2026-10-01
done

# --- in a policy ---
# governed NAME LINE...: a policy with these parties, and statements that were made under it: NAME.dsse and, with its
# certificate, NAME.bundle
governed() {
    name=$1
    shift
    printf 'policy: 1\nrequire: {expected: path}\n' > "$name.policy"
    printf '%s\n' "$@" >> "$name.policy"
    run "$name" compare image image --policy "$name.policy" --attest lab.pem --attestation "$name.dsse" --quiet
    ends 0
    run "$name" compare image image --policy "$name.policy" --attest lab.pem --attestation "$name.bundle" --envelope sigstore --certificate lab.crt --quiet
    ends 0
}
# gates STORY EXIT TEXT ARGUMENT...: and verify-attestation says the same
gates() {
    story=$1 exit=$2 text=$3
    shift 3
    run "$story, at the gate" gate "$@" --image image
    ends "$exit"
    if [ "$exit" = 64 ]; then says err "$text"; else says out "$text"; fi
    asks "$story" "$exit" "$text" "$@"
}
# shellcheck disable=SC2086 # arguments
{
governed roots 'attestations: {threshold: 1, parties: [{name: lab, ca: [root.crt]}]}'
gates 'a policy with a root' 0 'signed by lab' roots.bundle --policy roots.policy $now
gates 'and a certificate that is given' 0 'signed by lab' roots.dsse --policy roots.policy --certificate lab.crt $now
gates 'and a chain' 0 'signed by lab' roots.dsse --policy roots.policy --certificate chain.crt $now
gates 'and no certificate' 1 'no signature verifies' roots.dsse --policy roots.policy $now
gates 'and a certificate of a stranger' 1 'unable to get local issuer certificate' roots.dsse --policy roots.policy --certificate stranger.crt $now
gates 'and one that has expired' 1 'certificate has expired' roots.bundle --policy roots.policy --time 2028-10-01
gates 'and one for servers' 1 'is not for the signing of code' roots.dsse --policy roots.policy --certificate server.crt $now
gates 'and no time' 64 'no clock is read' roots.bundle --policy roots.policy
governed keys 'attestations: {threshold: 1, parties: [{name: lab, keys: [lab.pub]}]}'
gates 'a policy with keys alone' 0 'signed by lab' keys.bundle --policy keys.policy --time 2026-10-01
gates 'and a certificate' 64 'no party of the policy has a' keys.dsse --policy keys.policy --certificate lab.crt --time 2026-10-01
governed revoked 'attestations:' '  threshold: 1' '  parties: [{name: lab, ca: [root.crt], crls: [bad.crl]}]'
gates 'a policy with what was revoked' 1 'certificate revoked' revoked.bundle --policy revoked.policy $now
governed lists 'attestations:' '  threshold: 1' '  parties: [{name: lab, ca: [root.crt], crls: [good.crl, past.crl]}]'
gates 'a policy with a list that is not in force' 1 'certificate revoked by one of the lists' lists.bundle --policy lists.policy $now
governed listed 'attestations: {threshold: 1, parties: [{name: lab, ca: [root.crt], crls: [good.crl]}]}'
gates 'a policy with a list without it' 0 'signed by lab' listed.bundle --policy listed.policy $now
governed several 'attestations: {threshold: 2, parties: [{name: lab, ca: [root.crt]}, {name: other, ca: [other-root.crt]}]}'
gates 'two certificates of one key, for two parties' 1 '1 of 2' several.dsse --policy several.policy --certificate lab.crt --certificate stranger.crt $now
governed both 'attestations: {threshold: 1, parties: [{name: lab, ca: [root.crt, other-root.crt]}, {name: other, keys: [lab.pub]}]}'
gates 'a certificate of a key that another party has' 0 'signed by other' both.bundle --policy both.policy $now
# A root that another root has certified, a CA that both have, and one that is a party's key: what it certifies speaks for one party.
key alice p256 && key bob p256
certified other-by-root.crt other-root other root root $early $late
certified between-by-other.crt between between other-root root $early $late
for signer in alice bob; do
    certified $signer-root.crt $signer $signer root signer $early $late
    certified $signer-other.crt $signer $signer other-root signer $early $late
    certified $signer-between.crt $signer $signer between signer $early $late
done
two='attestations: {threshold: 2, parties: [{name: lab, ca: [root.crt]}, {name: other'
governed bridge "$two, ca: [other-root.crt]}]}"
governed keyed "$two, keys: [between.pub]}]}"
# both STORY EXIT TEXT POLICY SIGNER CHAIN SIGNER CHAIN: statements of two with their chains
both() {
    for signer in "$5:$6" "$7:$8"; do
        # shellcheck disable=SC2046 # names of files
        cat $(printf '%s' "${signer#*:}" | sed 's/[^+]*/&.crt/g; s/+/ /g') > "${signer%:*}.chain"
        run "$1: ${signer%:*}" compare image image --policy "$4" --attest "${signer%:*}.pem" --attestation "${signer%:*}.dsse" --quiet
        ends 0
    done
    gates "$1" "$2" "$3" "$5.dsse" "$7.dsse" --certificate "$5.chain" --certificate "$7.chain" --policy "$4" $now
}
both 'two labs, each of its root' 0 'signed by other' bridge.policy alice alice-root bob bob-other
both 'two of one lab' 1 '1 of 2' bridge.policy alice alice-other bob bob-other
both 'a root that another party certified' 1 '1 of 2' bridge.policy alice alice-other+other-by-root bob bob-other
both 'such a root, the other way round' 1 '1 of 2' bridge.policy bob bob-other alice alice-other+other-by-root
both 'a CA of two parties' 1 '1 of 2' bridge.policy alice alice-between+between bob bob-between+between-by-other
both 'a CA of one party' 0 'signed by other' bridge.policy alice alice-between+between bob bob-other
run 'a statement by a key of a party' compare image image --policy keyed.policy --attest between.pem --attestation between.dsse --quiet
ends 0
cat alice-between.crt between.crt > alice.chain
gates 'a CA that is the key of another party' 1 '1 of 2' alice.dsse between.dsse --certificate alice.chain --policy keyed.policy $now
# a root in two parties would count twice, whatever its file is called
cp root.crt same-root.crt
governed twice 'attestations: {threshold: 1, parties: [{name: lab, ca: [root.crt]}, {name: other, ca: [other-root.crt, same-root.crt]}]}'
gates 'a root of two parties' 64 'twice.policy:3: other: lab has one of its authorities already' twice.bundle --policy twice.policy $now
# one key is one, for PSS alone (RFC 4055) or not
key wide rsa
openssl req -x509 -key wide.pem -subj /CN=wide -days 9 -out wide.crt 2> said || fail 'a root of RSA'
# a certificate whose key says that it is for PSS alone: its SubjectPublicKeyInfo is another
python3 - wide.pem > narrow.pem <<'END_OF_PYTHON'
import base64, subprocess, sys
der = subprocess.run(["openssl", "rsa", "-in", sys.argv[1], "-outform", "DER", "-traditional"], capture_output=True, check=True).stdout
def tlv(tag, value):
    size = len(value)
    head = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + head + value
pss = tlv(0x30, bytes.fromhex("06092a864886f70d01010a"))
key = tlv(0x30, b"\x02\x01\x00" + pss + tlv(4, der))
print("-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(key).decode() + "-----END PRIVATE KEY-----")
END_OF_PYTHON
openssl req -x509 -key narrow.pem -subj /CN=narrow -days 9 -out narrow.crt 2> said || { cat said >&2; fail 'a root of RSA for PSS alone'; }
governed pss 'attestations: {threshold: 1, parties: [{name: lab, ca: [wide.crt]}, {name: other, ca: [narrow.crt]}]}'
gates 'a root of two parties, for PSS alone' 64 'pss.policy:3: other: lab has one of its authorities already' pss.bundle --policy pss.policy $now
governed absent 'attestations: {threshold: 1, parties: [{name: lab, ca: [absent.crt]}]}'
gates 'a root that is not there' 64 'absent.crt' absent.bundle --policy absent.policy $now
governed none 'attestations: {threshold: 1, parties: [{name: lab, ca: [lab.pub]}]}'
gates 'a root that is none, in a policy' 64 'expected at least one certificate' none.bundle --policy none.policy $now
governed unlisted 'attestations: {threshold: 1, parties: [{name: lab, ca: [root.crt], crls: [lab.crt]}]}'
gates 'a list that is none, in a policy' 64 'expected at least one CRL' unlisted.bundle --policy unlisted.policy $now
asks 'a list of the command line' 64 'the parties of a policy have' roots.bundle --policy roots.policy --crl good.crl $now
}
run absent policy check absent.policy
ends 0
says out 'the certificate file '
run report compare image image --policy roots.policy --report report.json --quiet
run unsigned gate report.json --policy roots.policy --trust-report --certificate lab.crt --image image
ends 64
says err 'a report that nobody signed has none'
ok 'a certificate of a report that nobody signed'
