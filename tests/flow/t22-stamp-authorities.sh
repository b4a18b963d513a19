#!/bin/sh
# T22: who stamped: by which kinds of keys, and whether a TSA's certificate was revoked (RFC 3161, 4).
#
#   sh tests/flow/t22-stamp-authorities.sh
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
# shellcheck source=tests/certifying.sh
. "$(dirname "$0")/../certifying.sh"
# shellcheck source=tests/stamping.sh
. "$(dirname "$0")/../stamping.sh"
begin t22-stamp-authorities openssl jq base64 python3

seq 1 500 > image
key lab p256
key ec p256
key rsa rsa
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.pem 2> said || fail 'a key for PSS alone'
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out narrow.pem 2> said ||
    fail 'a key for PSS with SHA-256 alone'
chmod 600 pss.pem narrow.pem
authority tsa
serves tsa.conf sha256
early=20150101000000Z late=20900101000000Z
for name in ec rsa pss narrow; do issued tsa $name $name tsa $early $late; done
ca='--tsa-ca tsa/root.crt'

run statement compare image image --attest lab.pem --attestation good.dsse --quiet
ends 0
run request timestamp good.dsse --request good.tsq
ends 0
replies good.tsq tsa/ec.crt ec ec.tsr
contents ec.tsr named.tst
serves plain.conf sha256
sed -i 's/tsa_name = yes/tsa_name = no/' plain.conf
replies good.tsq tsa/ec.crt ec plain.tsr plain.conf
contents plain.tsr plain.tst

# --- kinds of keys ---
# stamped CONTENTS CERTIFICATE KEY OPTION...: `made.tsr`, signed as CMS
stamped() {
    from=$1 by=$2
    shift 2
    token "$from" "tsa/$by.crt" "$by" made.token "$@"
    response made.token made.tsr
}
pss='-keyopt rsa_padding_mode:pss'
# shellcheck disable=SC2086 # options
{
for name in rsa pss narrow; do
    for digest in sha256 sha384 sha512; do
        [ $name = narrow ] && [ $digest != sha256 ] && continue
        stamped plain.tst $name -md $digest -cades $pss
        attaches "RSA-PSS, $name, $digest" 0 "by CN=$name of tsa" --attach made.tsr --asked good.tsq $ca
    done
done
stamped plain.tst rsa -md sha256 -cades $pss -keyopt rsa_pss_saltlen:32
attaches 'RSA-PSS with a salt of 32' 0 'by CN=rsa of tsa' --attach made.tsr $ca
cp good.dsse pss.dsse
run 'RSA-PSS' timestamp pss.dsse --attach made.tsr $ca --quiet
ends 0
asks 'RSA-PSS is believed' 0 'by CN=rsa of tsa' verify-attestation pss.dsse --key lab.pub --image image $ca
stamped plain.tst rsa -md sha1 -cades $pss
attaches 'RSA-PSS over SHA-1' 1 'is signed over a digest by sha1' --attach made.tsr $ca
stamped plain.tst rsa -md sha256 $pss
attaches 'RSA-PSS that does not name its certificate' 1 'does not name the certificate that it is signed by (RFC 5035)' --attach made.tsr $ca
stamped named.tst rsa -md sha256 -cades $pss
attaches 'RSA-PSS that names another TSA' 1 'names another TSA than its certificate' --attach made.tsr $ca
replies good.tsq tsa/rsa.crt rsa rsa.tsr
contents rsa.tsr rsa.tst
stamped rsa.tst rsa -md sha256 -cades $pss
attaches 'RSA-PSS that names its TSA' 0 'by CN=rsa of tsa' --attach made.tsr $ca
size=$(wc -c < made.tsr)
{ head -c $((size - 20)) made.tsr; tail -c 20 made.tsr | tr '\000-\377' '\001-\377\000'; } > changed.tsr
attaches 'RSA-PSS with a signature that was changed' 1 'has a signature that does not verify' --attach changed.tsr $ca
LC_ALL=C sed '0,/20[0-9]\{12\}Z/s//20300101000000Z/' made.tsr > changed.tsr
attaches 'RSA-PSS with a time that was changed' 1 'has a signature that does not verify' --attach changed.tsr $ca
authority strange
attaches 'RSA-PSS of a TSA of somebody else' 1 'unable to get local issuer certificate, at number 0 of its chain (by strange/root.crt)' --attach made.tsr --tsa-ca strange/root.crt
attaches 'one of two authorities, by RSA-PSS' 0 'by CN=rsa of tsa' --attach made.tsr --tsa-ca strange/root.crt $ca
for section in loose both signer; do
    issued tsa $section rsa $section $early $late
    cp rsa.pem $section.pem
    stamped plain.tst $section -md sha256 -cades $pss
    attaches "RSA-PSS, a certificate for something else: $section" 1 'is not for time stamps alone' --attach made.tsr $ca
done
# what calls itself PKCS #1 and is PSS: openssl makes it of a key for PSS alone
stamped plain.tst pss -md sha256 -cades
attaches 'a key for PSS that is said to sign otherwise' 1 'is signed by rsaEncryption, and its certificate has a key of the kind RSA-PSS' --attach made.tsr $ca
# the SignerInfo of a token of P-256, with another algorithm
as_algorithm() {
    python3 - made.token "$1" > other.token <<'END_OF_PYTHON'
import sys
def value(tag, content):
    size = len(content)
    count = (size.bit_length() + 7) // 8
    return bytes([tag]) + (bytes([size]) if size < 128 else bytes([0x80 | count]) + size.to_bytes(count, "big")) + content
def parts(content):
    while content:
        size, head = content[1], 2
        if size & 0x80:
            head += size & 0x7f
            size = int.from_bytes(content[2:head], "big")
        yield content[0], content[head:head + size]
        content = content[head + size:]
ecdsa = bytes.fromhex("06082a8648ce3d040302")
# the last of the last and so on, and what stands before the signature: certificates are signed as well
def change(tag, content, last):
    if last and tag == 0x30 and content == ecdsa:
        return value(tag, bytes.fromhex(sys.argv[2]))
    if not last or not tag & 0x20:
        return value(tag, content)
    found = list(parts(content))
    return value(tag, b"".join(change(kind, inner, place == len(found) - 1 or (place == len(found) - 2 and inner == ecdsa)) for place, (kind, inner) in enumerate(found)))
data = open(sys.argv[1], "rb").read()
(tag, content), = parts(data)
made = change(tag, content, True)
assert made != data
sys.stdout.buffer.write(made)
END_OF_PYTHON
}
stamped plain.tst ec -md sha256 -cades
as_algorithm 06032b6570
attaches 'a TSA that signs by Ed25519' 1 'is signed by ED25519; expected RSA (PKCS #1 or PSS) or ECDSA' --attach other.token $ca
as_algorithm 06082a8648ce3d040301
attaches 'ECDSA over another digest' 1 'is signed by ecdsa-with-SHA224; expected RSA' --attach other.token $ca
as_algorithm 06092a864886f70d010101
attaches 'RSA with a key of ECDSA' 1 'is signed by rsaEncryption, and its certificate has a key of the kind EC' --attach other.token $ca
as_algorithm 06092a864886f70d01010a
attaches 'RSA-PSS with a key of ECDSA' 1 'is signed by rsassaPss, and its certificate has a key of the kind EC' --attach other.token $ca
as_algorithm 06032a0304
attaches 'what nobody knows' 1 'is signed by 1.2.3.4; expected RSA' --attach other.token $ca
}

# --- lists of what was revoked ---
# stamped on 2026-03-01
at stamped.dsse good.dsse 20260301000000
serial_of() { openssl x509 -in "$1" -noout -serial | sed 's/serial=//'; }
cp index index.good
# lists FILE FROM TO [CERTIFICATE DATE[,REASON]]...: a list of the TSA's root, with entries that are set by hand
lists() {
    file=$1 from=$2 to=$3
    shift 3
    cp index.good index
    while [ $# -gt 0 ]; do
        awk -F '\t' -v OFS='\t' -v serial="$(serial_of "tsa/$1.crt")" -v date="$2" '$4 == serial { $1 = "R"; $3 = date } { print }' index > index.new
        mv index.new index
        shift 2
    done
    openssl ca -config ca.conf -gencrl -crl_lastupdate "$from" -crl_nextupdate "$to" -keyfile tsa/root.pem -cert tsa/root.crt -out "$file" 2> said || { cat said >&2; fail 'a list'; }
    cp index.good index
}
# listed STORY EXIT TEXT DATE[,REASON]: the TSA's certificate is revoked so
listed() {
    lists made.crl 20260101000000Z 20300101000000Z ec "$4"
    asks "$1" "$2" "$3" verify-attestation stamped.dsse --key lab.pub --image image --tsa-ca tsa/root.crt --tsa-crl made.crl --time 2028-01-01
}
revoked='is by a TSA whose certificate does not hold: certificate revoked by one of the lists, at number 0 of its chain'
believed='stamped 2026-03-01T00:00:00Z by CN=ec of tsa'
lists none.crl 20260101000000Z 20300101000000Z
# shellcheck disable=SC2086 # options
{
asks 'a list without it' 0 "$believed" verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl none.crl --time 2028-01-01
asks 'a list that is in force no more' 1 'CRL has expired' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl none.crl --time 2031-01-01
asks 'a list that is not in force yet' 1 'CRL is not yet valid' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl none.crl --at 2025-12-31
asks 'asked about a moment' 0 "$believed" verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl none.crl --at 2026-06-01
for reason in '' ,keyCompromise ,CACompromise ,certificateHold; do
    listed "revoked behind the time stamp: ${reason:-no reason}" 1 "$revoked" "260601000000Z$reason"
    listed "revoked before the time stamp: ${reason:-no reason}" 1 "$revoked" "260201000000Z$reason"
done
for reason in unspecified superseded affiliationChanged cessationOfOperation; do
    listed "retired behind the time stamp: $reason" 0 "$believed" "260601000000Z,$reason"
    listed "retired before the time stamp: $reason" 1 "$revoked" "260201000000Z,$reason"
done
listed 'retired within the second that the TSA knows its time to' 1 "$revoked" 260301000001Z,superseded
listed 'retired a second later' 0 "$believed" 260301000002Z,superseded
listed 'taken off the list' 0 "$believed" 260201000000Z,removeFromCRL
listed 'a key that was stolen, since when' 1 "$revoked" 260601000000Z,keyTime,20260501000000Z
lists old.crl 20260101000000Z 20260201000000Z ec 260115000000Z,keyCompromise
lists retired.crl 20260701000000Z 20300101000000Z ec 260601000000Z,superseded
asks 'a list in force, and an old one with it' 1 'certificate revoked by one of the lists, at number 0' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl none.crl --tsa-crl old.crl --time 2028-01-01
asks 'retired, and stolen by an old list' 1 'certificate revoked by one of the lists, at number 0' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl retired.crl --tsa-crl old.crl --time 2028-01-01
asks 'stolen, whatever the order' 1 'certificate revoked by one of the lists, at number 0' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl old.crl --tsa-crl retired.crl --time 2028-01-01
asks 'retired, by two lists' 0 "$believed" verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl retired.crl --tsa-crl none.crl --time 2028-01-01
# a middle of the chain
key between p256
certified between.crt between between tsa/root root $early $late
certified below.crt ec below between tsa $early $late
cp index index.good
cp between.crt tsa/between.crt
replies at.tsq below.crt ec below.tsr
openssl ts -reply -config tsa.conf -section here -queryfile at.tsq -signer below.crt -inkey ec.pem -chain between.crt -out below.tsr 2> said
contents below.tsr below.tst
dated below.tst 20260301000000 then.tst
token then.tst below.crt ec then.token -md sha256 -cades -certfile between.crt
response then.token then.tsr
run 'a chain' timestamp good.dsse --attach then.tsr $ca --output chain.dsse --quiet
ends 0
lists top.crl 20260101000000Z 20300101000000Z
openssl ca -config ca.conf -gencrl -crl_lastupdate 20260101000000Z -crl_nextupdate 20300101000000Z -keyfile between.pem -cert between.crt -out between.crl 2> said || fail 'a list of the middle'
asks 'a chain with a list of each issuer' 0 'by CN=below' verify-attestation chain.dsse --key lab.pub --image image $ca --tsa-crl top.crl --tsa-crl between.crl --time 2028-01-01
asks 'a chain without a list of one issuer' 1 'unable to get certificate CRL, at number 0' verify-attestation chain.dsse --key lab.pub --image image $ca --tsa-crl top.crl --time 2028-01-01
lists top.crl 20260101000000Z 20300101000000Z between 260601000000Z,superseded
asks 'the middle of a chain is not retired' 1 'certificate revoked by one of the lists, at number 1 of its chain' verify-attestation chain.dsse --key lab.pub --image image $ca --tsa-crl top.crl --tsa-crl between.crl --time 2028-01-01

# what a CA of TSAs is for
for use in servers code stamps any; do
    key ca-$use p256
    certified tsa/ca-$use.crt ca-$use ca-$use tsa/root ca-$use $early $late
    cp ca-$use.pem tsa/
    for padding in ec rsa; do
        certified by-$use.crt $padding by-$use tsa/ca-$use tsa $early $late
        options=
        [ $padding = ec ] || options=$pss
        dated plain.tst 20260301000000 then.tst
        token then.tst by-$use.crt $padding then.token -md sha256 -cades -certfile tsa/ca-$use.crt $options
        response then.token made.tsr
        case $use in
            stamps | any) attaches "a CA for $use, $padding" 0 "by CN=by-$use" --attach made.tsr $ca ;;
            *) attaches "a CA for $use, $padding" 1 'a CA that is not for time stamps (extendedKeyUsage timeStamping), at number 1 of its chain' --attach made.tsr $ca ;;
        esac
    done
done

# a certificate that has expired since is asked for a list all the same
issued tsa brief ec tsa 20250101000000Z 20270101000000Z
cp index index.good
dated plain.tst 20260301000000 then.tst
token then.tst tsa/brief.crt ec then.token
response then.token then.tsr
run 'brief' timestamp good.dsse --attach then.tsr $ca --output brief.dsse --quiet
ends 0
asks 'a TSA whose certificate has expired since' 0 'by CN=brief of tsa' verify-attestation brief.dsse --key lab.pub --image image $ca --tsa-crl none.crl --time 2028-01-01
lists brief.crl 20260101000000Z 20300101000000Z brief 260601000000Z,keyCompromise
asks 'and was revoked' 1 "$revoked" verify-attestation brief.dsse --key lab.pub --image image $ca --tsa-crl brief.crl --time 2028-01-01

# one authority of two; who signed is asked for other lists
asks 'lists of one authority, and another authority' 0 "$believed" verify-attestation stamped.dsse --key lab.pub --image image --tsa-ca strange/root.crt $ca --tsa-crl none.crl --time 2028-01-01
lists made.crl 20260101000000Z 20300101000000Z ec 260201000000Z,keyCompromise
authority ca
issued ca lab lab signer 20250101000000Z 20270101000000Z
asks 'a certificate that rests on it' 1 'is by a TSA whose certificate does not hold: certificate revoked' verify-attestation stamped.dsse --ca ca/root.crt --certificate ca/lab.crt --image image $ca --tsa-crl made.crl --time 2028-01-01
asks 'a certificate that rests on another' 0 "$believed" verify-attestation stamped.dsse --ca ca/root.crt --certificate ca/lab.crt --image image $ca --tsa-crl none.crl --time 2028-01-01

# --- usage, and policies ---
asks 'a list, and no authority' 64 '--tsa-crl goes with --tsa-ca' verify-attestation stamped.dsse --key lab.pub --image image --tsa-crl none.crl --time 2028-01-01
asks 'a list, and no time' 64 '--tsa-crl needs --time TIME' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl none.crl
asks 'a list that is none' 64 'expected at least one CRL' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl tsa/root.crt --time 2028-01-01
asks 'a list that is not there' 64 'absent.crl' verify-attestation stamped.dsse --key lab.pub --image image $ca --tsa-crl absent.crl --time 2028-01-01
policy() {
    printf 'policy: 1
require: {expected: path}
attestations:
  threshold: 1
%s  parties:
    - {name: lab, keys: [lab.pub]}
' "$2" > "$1"
    run "statement, $1" compare image image --policy "$1" --attest lab.pem --attestation "$1.dsse" --quiet
    ends 0
    at "$1.stamped" "$1.dsse" 20260301000000
}
# gates STORY EXIT TEXT POLICY ARGUMENT...: and verify-attestation says the same
gates() {
    what=$1 exit=$2 text=$3 name=$4
    shift 4
    asks "gate: $what" "$exit" "$text" gate "$name.stamped" --policy "$name" --image image "$@"
    asks "verify-attestation: $what" "$exit" "$text" verify-attestation "$name.stamped" --policy "$name" --image image "$@"
}
policy none.policy '  time-stamps: {authorities: [tsa/root.crt], crls: [none.crl], required: true}
'
gates 'a list without it' 0 "$believed" none.policy --time 2028-01-01
gates 'no time' 64 'of time stamps, which are in force for a time' none.policy
gates 'other lists than those of the policy' 64 '--tsa-crl goes with --tsa-ca' none.policy --tsa-crl none.crl --time 2028-01-01
gates 'another authority than that of the policy' 64 '--tsa-ca: none.policy says whose time stamps count' none.policy $ca --tsa-crl none.crl --time 2028-01-01
policy made.policy '  time-stamps: {authorities: [tsa/root.crt], crls: [made.crl]}
'
gates 'a list with it' 1 "$revoked" made.policy --time 2028-01-01
policy plain.policy ''
gates 'a list of the command line' 0 "$believed" plain.policy $ca --tsa-crl none.crl --time 2028-01-01
gates 'a list of the command line, with it' 1 "$revoked" plain.policy $ca --tsa-crl made.crl --time 2028-01-01
gates 'a list of the command line, asked about a moment' 0 "$believed" plain.policy $ca --tsa-crl none.crl --at 2026-06-01
gates 'a list of the command line, and no time' 64 '--tsa-crl needs --time TIME' plain.policy $ca --tsa-crl none.crl
sed 's/none.crl/absent.crl/' none.policy > absent.policy
run 'a list that is not there' policy check absent.policy
says out 'the CRL file' 'absent.crl'
asks 'a list of a report' 64 'a report has no signature whose time could be proved' gate image --trust-report --policy plain.policy --image image $ca --tsa-crl none.crl --time 2028-01-01
}
leaves_nothing
ok 'nothing is left behind'
