#!/bin/sh
# T22: a time stamp (RFC 3161) proves when a signature was there: certificates must be valid then, and one can ask about
# a moment. What is no time stamp of this signature by a TSA that was named proves nothing, each with its own reason.
#
#   sh tests/flow/t22-time-stamps.sh
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
# shellcheck source=tests/certifying.sh
. "$(dirname "$0")/../certifying.sh"
# shellcheck source=tests/stamping.sh
. "$(dirname "$0")/../stamping.sh"
begin t22-time-stamps openssl jq base64

seq 1 500 > image
key lab p256
key other ed25519
key ec p256
key rsa rsa
authority tsa
authority strange
serves tsa.conf sha256
early=20150101000000Z late=20900101000000Z
for name in ec rsa; do issued tsa $name $name tsa $early $late; done

for form in dsse jsonl sigstore; do
    run "a statement, $form" compare image image --attest lab.pem --attestation good.$form --envelope $form --quiet
    ends 0
done

# --- request, attach, verify: every form, both kinds of keys of TSAs ---
for kind in ec rsa; do
    for form in dsse jsonl sigstore; do
        cp good.$form made.$form
        run "a request, $form" timestamp made.$form --request made.tsq
        ends 0
        [ ! -s out ] || fail 'a request that says something'
        openssl ts -query -in made.tsq -text > said 2>&1 || fail 'openssl cannot read the request'
        grep -q 'Hash Algorithm: sha256' said || fail 'another digest'
        grep -q 'Nonce: 0x' said || fail 'no nonce'
        grep -q 'Certificate required: yes' said || fail 'no certificate wanted'
        replies made.tsq tsa/$kind.crt $kind made.tsr
        asks "$kind, $form: a time stamp is attached" 0 "made.$form: stamped 20" timestamp made.$form --attach made.tsr --asked made.tsq --tsa-ca tsa/root.crt
        asks "$kind, $form: it is believed" 0 "by CN=$kind of tsa: comparison, identical" verify-attestation made.$form --key lab.pub --tsa-ca tsa/root.crt --image image
        run json verify-attestation made.$form --key lab.pub --tsa-ca tsa/root.crt --image image --format json
        ends 0
        jq -e --arg by "CN=$kind of tsa" '.statements[0].signed_by[0].time_stamp | .by == $by and .time < .latest' out > said || shown 'no time stamp in JSON'
        asks "$kind, $form: whoever asks for no time is told of none" 0 'DER): comparison' verify-attestation made.$form --key lab.pub --image image
        mv made.$form "$kind.$form"
    done
done
cmp -s good.dsse ec.dsse && fail 'nothing was attached'
[ "$(jq -cS 'del (.signatures[].timestamps)' ec.dsse)" = "$(jq -cS . good.dsse)" ] || fail 'more was changed than the time stamp'
[ "$(jq -cS 'del (.verificationMaterial.timestampVerificationData)' ec.sigstore)" = "$(jq -cS . good.sigstore)" ] || fail 'more of the bundle was changed'
jq -e '.signatures[0].timestamps == [.signatures[0].timestamps[0]] and .signatures[0].timestamps[0].type == "tsp"' ec.dsse > said || fail 'a time stamp in another place'
jq -e '.verificationMaterial | keys == ["publicKey", "timestampVerificationData"]' ec.sigstore > said || fail 'a bundle of another form'
ok 'nothing but the time stamp was added'

cp good.dsse quiet.dsse
run 'another file' timestamp good.dsse --attach made.tsr --tsa-ca tsa/root.crt --output apart.dsse --quiet
ends 1
says err 'is of another signature'
[ ! -e apart.dsse ] || fail 'a file for a reply that was refused'
run request timestamp good.dsse --request good.tsq
ends 0
replies good.tsq tsa/ec.crt ec good.tsr
run 'another file' timestamp good.dsse --attach good.tsr --tsa-ca tsa/root.crt --output apart.dsse --quiet
ends 0
[ ! -s out ] || fail 'not quiet'
cmp -s good.dsse quiet.dsse || fail 'the statement itself was changed'
asks '--output' 0 'stamped' verify-attestation apart.dsse --key lab.pub --tsa-ca tsa/root.crt --image image
run stdin timestamp - --attach good.tsr --tsa-ca tsa/root.crt --output - < good.dsse
ends 64
says err 'no strict JSON'
"$assay" timestamp - --attach good.tsr --tsa-ca tsa/root.crt --output - < good.dsse > piped.dsse || fail 'through a pipe'
cmp -s piped.dsse apart.dsse || fail 'another file through a pipe'
ok 'through a pipe'
asks 'the same time stamp twice' 64 'has this time stamp already' timestamp apart.dsse --attach good.tsr --tsa-ca tsa/root.crt
cp apart.dsse full.dsse
for number in 2 3 4 5 6 7 8; do
    replies good.tsq tsa/ec.crt ec "$number.tsr"
    run "time stamp $number" timestamp full.dsse --attach "$number.tsr" --tsa-ca tsa/root.crt --quiet
    ends 0
done
replies good.tsq tsa/ec.crt ec 9.tsr
asks 'eight time stamps' 0 'stamped' verify-attestation full.dsse --key lab.pub --tsa-ca tsa/root.crt --image image
asks 'a ninth' 64 'has 8 time stamps already' timestamp full.dsse --attach 9.tsr --tsa-ca tsa/root.crt
jq -c '.signatures[0].timestamps += [.signatures[0].timestamps[0]]' full.dsse > bad.dsse
asks 'nine time stamps' 1 'malformed: line:1: more than 8 time stamps of one signature' verify-attestation bad.dsse --key lab.pub --tsa-ca tsa/root.crt --image image

# --- several signatures ---
cat good.jsonl > lines.jsonl
run other compare image image --attest other.pem --attestation other.jsonl --envelope jsonl --quiet
ends 0
cat other.jsonl >> lines.jsonl
asks 'which of two' 64 'there are 2 signatures: --signature N says which' timestamp lines.jsonl --request lines.tsq
asks 'the third of two' 64 '--signature 3: there are 2' timestamp lines.jsonl --request lines.tsq --signature 3
asks 'none of two' 64 'expected a number, from 1 on' timestamp lines.jsonl --request lines.tsq --signature 0
run second timestamp lines.jsonl --request lines.tsq --signature 2
ends 0
replies lines.tsq tsa/rsa.crt rsa lines.tsr
run second timestamp lines.jsonl --attach lines.tsr --tsa-ca tsa/root.crt --quiet
ends 0
[ "$(sed -n 1p lines.jsonl)" = "$(cat good.jsonl)" ] || fail 'another line was changed'
asks 'the reply finds its signature' 0 'other.pub (ed25519), stamped' verify-attestation lines.jsonl --key lab.pub --key other.pub --tsa-ca tsa/root.crt --image image --threshold 2
run 'one of two is stamped' verify-attestation lines.jsonl --key lab.pub --key other.pub --tsa-ca tsa/root.crt --image image --at 2080-01-01
ends 1
says out 'lines.jsonl:1: signed by lab.pub, but no time stamp proves when the signature was there'
ok 'which of two was there'

# --- what replies are refused ---
ca='--tsa-ca tsa/root.crt'
signature_of good.dsse sig
# shellcheck disable=SC2086 # options
{
printf x > else
openssl ts -query -data else -sha256 -cert -out else.tsq 2> said
replies else.tsq tsa/ec.crt ec else.tsr
attaches 'a time stamp of another signature' 1 'else.tsr: the time stamp is of another signature' --attach else.tsr $ca
openssl ts -query -data sig -sha1 -cert -out sha1.tsq 2> said
replies sha1.tsq tsa/ec.crt ec sha1.tsr
attaches 'a digest that is broken' 1 'is over a digest by sha1; expected SHA-256' --attach sha1.tsr $ca
for digest in sha384 sha512; do
    openssl ts -query -data sig -$digest -cert -out $digest.tsq 2> said
    replies $digest.tsq tsa/ec.crt ec $digest.tsr
    attaches "a digest by $digest" 0 'stamped' --attach $digest.tsr $ca
done
serves weak.conf sha1
replies good.tsq tsa/ec.crt ec weak.tsr weak.conf
attaches 'a TSA that signs over SHA-1' 1 'is signed over a digest by sha1; expected SHA-256' --attach weak.tsr $ca
attaches 'a TSA of somebody else' 1 'is by a TSA whose certificate does not hold: unable to get local issuer certificate, at number 0 of its chain (by strange/root.crt)' --attach good.tsr --tsa-ca strange/root.crt
attaches 'one of two authorities' 0 'stamped' --attach good.tsr --tsa-ca strange/root.crt $ca
issued tsa past ec tsa 20150101000000Z 20160101000000Z
replies good.tsq tsa/past.crt ec past.tsr
attaches 'a TSA whose certificate has expired' 1 'is by a TSA whose certificate does not hold: certificate has expired, at number 0' --attach past.tsr $ca
issued tsa future ec tsa 20800101000000Z 20900101000000Z
replies good.tsq tsa/future.crt ec future.tsr
attaches 'a TSA whose certificate is not valid yet' 1 'is by a TSA whose certificate does not hold: certificate is not yet valid, at number 0' --attach future.tsr $ca
size=$(wc -c < good.tsr)
for length in 0 1 2 40 $((size - 1)); do
    head -c "$length" good.tsr > cut.tsr
    case $length in 0 | 1) text='is no DER of RFC 3161' ;; *) text="is cut short: $length bytes of $size" ;; esac
    [ "$length" != 2 ] || text='is no DER of RFC 3161'
    attaches "cut after $length bytes" 1 "$text" --attach cut.tsr $ca
done
{ cat good.tsr; printf x; } > long.tsr
attaches 'bytes behind it' 1 'has 1 bytes behind its end' --attach long.tsr $ca
head -c 65537 /dev/zero | tr '\0' 'x' > huge.tsr
attaches 'a huge reply' 1 'is longer than 64 KiB' --attach huge.tsr $ca
head -c 1048577 /dev/zero > huge.tsr
attaches 'a reply that is not read to its end' 64 'huge.tsr' --attach huge.tsr $ca
openssl ts -query -data sig -sha256 -cert -tspolicy 1.2.3.4.9 -out policy.tsq 2> said
replies policy.tsq tsa/ec.crt ec policy.tsr
attaches 'a request that was not granted' 1 'was not granted: rejection, unacceptedPolicy (Requested policy is not supported.)' --attach policy.tsr $ca
run again timestamp good.dsse --request again.tsq
ends 0
cmp -s good.tsq again.tsq && fail 'one nonce for all requests'
attaches 'a reply to another request' 1 'answers another request: it has another nonce' --attach good.tsr --asked again.tsq $ca
attaches 'a request of another digest' 1 'answers another request: it is over another digest' --attach good.tsr --asked sha384.tsq $ca
openssl ts -query -data sig -sha256 -cert -no_nonce -out plain.tsq 2> said
replies plain.tsq tsa/ec.crt ec plain.tsr
attaches 'a request without nonce' 0 stamped --attach plain.tsr --asked plain.tsq $ca
attaches 'a reply without nonce' 1 'answers no request: it has no nonce, and the request has one' --attach plain.tsr --asked good.tsq $ca
attaches 'a request that is none' 1 'cannot be held against the request, which is no TimeStampReq in DER' --attach good.tsr --asked image $ca
openssl ts -query -data sig -sha256 -out bare.tsq 2> said
replies bare.tsq tsa/ec.crt ec bare.tsr
attaches 'without the certificate of its signer' 1 'comes without the certificate of its signer' --attach bare.tsr $ca
cat tsa/root.crt tsa/ec.crt > with-tsa.crt
attaches 'the certificate stands in the file of the authority' 0 stamped --attach bare.tsr --tsa-ca with-tsa.crt
openssl ts -reply -in good.tsr -token_out -out good.token 2> said
attaches 'a token alone' 1 'is a token alone; expected the whole response (TimeStampResp)' --attach good.token $ca
attaches 'a request in place of a reply' 1 'is no DER of RFC 3161' --attach good.tsq $ca
attaches 'a certificate in place of a reply' 1 'is no DER of RFC 3161' --attach tsa/ec.crt $ca

# chains of TSAs
key between p256
certified between.crt between between tsa/root root $early $late
certified below.crt ec below between tsa $early $late
replies good.tsq below.crt ec below.tsr
attaches 'a chain that is broken' 1 'is by a TSA whose certificate does not hold: unable to get local issuer certificate, at number 0' --attach below.tsr $ca
cat tsa/root.crt between.crt > roots.crt
attaches 'a chain whose middle stands in the file of the authority' 0 'by CN=below' --attach below.tsr --tsa-ca roots.crt
openssl ts -reply -config tsa.conf -section here -queryfile good.tsq -signer below.crt -inkey ec.pem -chain between.crt -out below.tsr 2> said
attaches 'a chain that comes with it' 0 'by CN=below' --attach below.tsr $ca
attaches 'the middle of a chain is no root' 1 'unable to get issuer certificate' --attach below.tsr --tsa-ca between.crt
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.pem 2> said
issued tsa weak weak tsa $early $late
replies good.tsq tsa/weak.crt weak weak.tsr
attaches 'a TSA with a weak key' 1 'is by a TSA whose certificate does not hold: EE certificate key too weak' --attach weak.tsr $ca

# tokens that no honest TSA makes, signed as CMS
contents good.tsr good.tst
token good.tst tsa/ec.crt ec made.token
response made.token made.tsr
attaches 'a token that was signed by hand' 0 stamped --attach made.tsr $ca
for section in loose both signer leaf; do
    issued tsa $section ec $section $early $late
    token good.tst tsa/$section.crt ec made.token
    response made.token made.tsr
    attaches "a certificate for something else: $section" 1 'is by a certificate that is not for time stamps alone (extendedKeyUsage timeStamping, critical)' --attach made.tsr $ca
done
token good.tst tsa/ec.crt ec made.token -md sha256
response made.token made.tsr
attaches 'a token that does not name its certificate' 1 'does not name the certificate that it is signed by' --attach made.tsr $ca
token good.tst tsa/ec.crt ec made.token -md sha256 -cades -signer tsa/rsa.crt -inkey rsa.pem
response made.token made.tsr
attaches 'a token of two signers' 1 'is not signed by one signer' --attach made.tsr $ca
replies good.tsq tsa/rsa.crt rsa named.tsr
contents named.tsr named.tst
token named.tst tsa/ec.crt ec made.token
response made.token made.tsr
attaches 'a token that names another TSA' 1 'names another TSA than its certificate' --attach made.tsr $ca
openssl cms -sign -binary -nodetach -noattr -econtent_type 1.2.840.113549.1.9.16.1.4 -outform DER -in good.tst -signer tsa/ec.crt -inkey ec.pem -md sha256 -out made.token
response made.token made.tsr
attaches 'a token without signed attributes' 1 'is not signed as a time stamp (contentType TSTInfo)' --attach made.tsr $ca
openssl cms -sign -binary -nodetach -outform DER -in good.tst -signer tsa/ec.crt -inkey ec.pem -md sha256 -cades -out made.token
attaches 'a SignedData of something else' 1 'is no SignedData of a TSTInfo' --attach made.token $ca
tail -c 20 good.tsr | tr '\000-\377' '\001-\377\000' > changed
{ head -c $((size - 20)) good.tsr; cat changed; } > made.tsr
attaches 'a signature that was changed' 1 'has a signature that does not verify' --attach made.tsr $ca
LC_ALL=C sed '0,/20[0-9]\{12\}Z/s//20300101000000Z/' good.tsr > made.tsr
attaches 'a time that was changed' 1 'has a signature that does not verify' --attach made.tsr $ca
dated good.tst 20301301000000 made.tst
token made.tst tsa/ec.crt ec made.token
attaches 'a time that there is not' 1 'has no time that can be read' --attach made.token $ca
}

# --- was it valid then ---
authority ca
issued ca lab lab signer 20250101000000Z 20270101000000Z
run bundle compare image image --attest lab.pem --attestation certified.bundle --envelope sigstore --certificate ca/lab.crt --quiet
ends 0
at stamped.bundle certified.bundle 20260101000000
at late.bundle certified.bundle 20280101000000
at early.bundle certified.bundle 20240101000000
at edge.bundle certified.bundle 20270101000000
at last.bundle certified.bundle 20261231235958
vouched='--ca ca/root.crt --tsa-ca tsa/root.crt --image image'
# shellcheck disable=SC2086 # options
{
asks 'a certificate that has expired' 1 'the certificate in the bundle does not hold: certificate has expired' verify-attestation certified.bundle --time 2040-01-01 $vouched
asks 'one that was valid when it was stamped' 0 'stamped 2026-01-01T00:00:00Z by CN=ec of tsa' verify-attestation stamped.bundle --time 2040-01-01 $vouched
asks 'without asking for time stamps' 1 'certificate has expired' verify-attestation stamped.bundle --time 2040-01-01 --ca ca/root.crt --image image
asks 'one that had expired when it was stamped' 1 'certificate has expired' verify-attestation late.bundle --time 2040-01-01 $vouched
asks 'one that was not valid yet when it was stamped' 1 'certificate is not yet valid' verify-attestation early.bundle --time 2026-06-01 $vouched
asks 'its last second, to which the TSA knows its time' 0 'stamped 2026-12-31T23:59:58Z' verify-attestation last.bundle --time 2040-01-01 $vouched
asks 'a second behind it' 1 'certificate has expired' verify-attestation edge.bundle --time 2040-01-01 $vouched
asks 'a time stamp of the future' 1 'the time stamp proves nothing of 2025-06-01T00:00:00Z: it is of 2026-01-01T00:00:01Z' verify-attestation stamped.bundle --time 2025-06-01 $vouched
asks 'valid at a moment' 0 PASS verify-attestation stamped.bundle --at 2026-01-02 $vouched
asks 'at a moment, asked later' 0 PASS verify-attestation stamped.bundle --at 2026-01-02 --time 2040-01-01 $vouched
asks 'at a moment before it' 1 'signed by ca/root.crt, but the time stamp proves nothing of 2025-12-31T00:00:00Z: it is of 2026-01-01T00:00:01Z' verify-attestation stamped.bundle --at 2025-12-31 --time 2026-06-01 $vouched
asks 'at the moment that it states' 1 'it is of 2026-01-01T00:00:01Z' verify-attestation stamped.bundle --at 2026-01-01T00:00:00Z --time 2026-06-01 $vouched
asks 'a second later, to which the TSA knows its time' 0 PASS verify-attestation stamped.bundle --at 2026-01-01T00:00:01Z --time 2026-06-01 $vouched
asks 'a statement that nobody stamped' 1 'signed by ca/root.crt, but no time stamp proves when the signature was there' verify-attestation certified.bundle --at 2026-01-02 $vouched
asks 'a moment behind the question' 64 'later than --time' verify-attestation stamped.bundle --at 2027-01-02 --time 2026-06-01 $vouched
asks 'a moment, and nobody to prove it' 64 '--at needs --tsa-ca FILE' verify-attestation stamped.bundle --at 2026-01-02 --ca ca/root.crt --image image
asks 'a key has no time' 64 '--time needs --ca FILE or --tsa-ca FILE' verify-attestation good.dsse --time 2026-01-02 --key lab.pub --image image
asks 'an authority that is none' 64 'expected at least one certificate' verify-attestation good.dsse --tsa-ca lab.pub --key lab.pub --image image
# a certificate that stands beside
at plain.dsse good.dsse 20260101000000
asks 'a certificate beside a stamped statement' 0 'stamped 2026-01-01' verify-attestation plain.dsse --certificate ca/lab.crt --time 2040-01-01 $vouched
# what one statement proves does not help another
asks 'an expired key is not let in by another statement' 1 'good.dsse: the signature by the certificate in the bundle verifies, and no certificate that holds says whose it is' verify-attestation stamped.bundle good.dsse --time 2040-01-01 $vouched
asks 'whatever their order' 1 'good.dsse: no signature verifies under any of the keys' verify-attestation good.dsse stamped.bundle --time 2040-01-01 $vouched
asks 'nor by a certificate beside' 1 'good.dsse: the certificate ca/lab.crt does not hold: certificate has expired' verify-attestation plain.dsse good.dsse --certificate ca/lab.crt --time 2040-01-01 $vouched
# a time stamp that is taken off a statement and put onto another
jq -c --slurpfile from stamped.bundle '.verificationMaterial.timestampVerificationData = $from[0].verificationMaterial.timestampVerificationData' good.sigstore > moved.bundle
asks 'a time stamp that was moved' 1 'signed by lab.pub, but the time stamp is of another signature' verify-attestation moved.bundle --key lab.pub --tsa-ca tsa/root.crt --image image
jq -c --slurpfile from ec.sigstore '.verificationMaterial.timestampVerificationData = $from[0].verificationMaterial.timestampVerificationData' certified.bundle > moved.bundle
asks 'a time stamp that was moved to an expired one' 1 'the time stamp is of another signature; the certificate in the bundle does not hold: certificate has expired' verify-attestation moved.bundle --time 2040-01-01 $vouched
# one that holds among those that do not
jq -c --arg other "$(base64 -w 0 < else.tsr)" '.verificationMaterial.timestampVerificationData.rfc3161Timestamps |= [{signedTimestamp: $other}] + .' stamped.bundle > both.bundle
asks 'one time stamp that holds is enough' 0 'stamped 2026-01-01' verify-attestation both.bundle --time 2040-01-01 $vouched
at twice.bundle late.bundle 20260101000000
asks 'the earliest counts' 0 'stamped 2026-01-01' verify-attestation twice.bundle --time 2040-01-01 $vouched
}

# --- lists of what was revoked ---
openssl ca -config ca.conf -gencrl -crl_lastupdate 20250101000000Z -crl_nextupdate 20300101000000Z -keyfile ca/root.pem -cert ca/root.crt -out then.crl 2> said || fail 'a list'
openssl ca -config ca.conf -gencrl -crl_lastupdate 20350101000000Z -crl_nextupdate 20450101000000Z -keyfile ca/root.pem -cert ca/root.crt -out now.crl 2> said || fail 'a list'
openssl ca -config ca.conf -revoke ca/lab.crt -keyfile ca/root.pem -cert ca/root.crt 2> said || fail 'a revocation'
openssl ca -config ca.conf -gencrl -crl_lastupdate 20350101000000Z -crl_nextupdate 20450101000000Z -keyfile ca/root.pem -cert ca/root.crt -out revoked.crl 2> said || fail 'a list'
# shellcheck disable=SC2086 # options
{
asks 'a list that is in force' 0 PASS verify-attestation stamped.bundle --time 2040-01-01 --crl now.crl $vouched
asks 'a list of then' 1 'CRL has expired' verify-attestation stamped.bundle --time 2040-01-01 --crl then.crl $vouched
asks 'a list of then, asked about then' 0 PASS verify-attestation stamped.bundle --at 2026-06-01 --crl then.crl $vouched
asks 'what was revoked, though it was stamped' 1 'certificate revoked' verify-attestation stamped.bundle --time 2040-01-01 --crl revoked.crl $vouched
asks 'an expired certificate is not let in by a list' 1 'certificate has expired' verify-attestation certified.bundle --time 2040-01-01 --crl now.crl $vouched
}

# --- what stands in the envelope ---
# refuses STORY TEXT JQ [FILE]
refuses() {
    jq -c "$3" "${4:-ec.dsse}" > bad.dsse
    asks "$1" 1 "$2" verify-attestation bad.dsse --key lab.pub --tsa-ca tsa/root.crt --image image
}
refuses 'time stamps that are no list' 'malformed: line:1: time stamps that are no list' '.signatures[0].timestamps = {}'
refuses 'a time stamp that is no text' 'malformed: line:1: a time stamp that is not in base64' '.signatures[0].timestamps[0].data = 1'
refuses 'a time stamp with a line break' 'malformed: line:1: a time stamp that is not in base64' '.signatures[0].timestamps[0].data += "\n"'
refuses 'an empty time stamp' 'signed by lab.pub, but the time stamp is no DER of RFC 3161' '.signatures[0].timestamps[0].data = ""'
refuses 'a huge time stamp' 'signed by lab.pub, but the time stamp is longer than 64 KiB' '.signatures[0].timestamps[0].data = ([range (87384) | "A"] | add)'
refuses 'half a time stamp' 'signed by lab.pub, but the time stamp is cut short' '.signatures[0].timestamps[0].data |= .[0:400]'
refuses 'a bundle whose time stamps are no list' 'malformed: line:1: time stamps that are no list' '.verificationMaterial.timestampVerificationData.rfc3161Timestamps = "x"' ec.sigstore
jq -c '.signatures[0].timestamps = null' ec.dsse > null.dsse
asks 'none, by null' 0 'DER): comparison' verify-attestation null.dsse --key lab.pub --tsa-ca tsa/root.crt --image image
jq -c '.signatures[0].timestamps[0].type = "other"' ec.dsse > kind.dsse
asks 'a time stamp of another kind is none' 0 'DER): comparison' verify-attestation kind.dsse --key lab.pub --tsa-ca tsa/root.crt --image image
jq -c --arg response "$(base64 -w 0 < good.tsr)" '.signatures[0].timestamps = [{type: "tsp", data: $response}]' good.dsse > whole.dsse
asks 'a response where others have a token' 0 'stamped' verify-attestation whole.dsse --key lab.pub --tsa-ca tsa/root.crt --image image
refuses 'a signature that nobody made, stamped' 'no signature verifies under the key' '.payload |= (@base64d | sub ("identical"; "identicaL") | @base64)'

# --- the gate ---
policy() {
    printf 'policy: 1\nrequire: {expected: path}\nattestations:\n  threshold: 1\n%s  parties:\n    - {name: lab, keys: [lab.pub]}\n' "$2" > "$1"
    run "statement, $1" compare image image --policy "$1" --attest lab.pem --attestation "$1.dsse" --quiet
    ends 0
}
policy needs.policy '  time-stamps: {authorities: [tsa/root.crt], required: true}
'
policy takes.policy '  time-stamps: {authorities: [tsa/root.crt]}
'
policy without.policy ''
for name in needs takes without; do at $name.stamped $name.policy.dsse 20260101000000; done
# gate STORY EXIT TEXT POLICY ARGUMENT...
gate() {
    story=$1 exit=$2 text=$3 policy=$4
    shift 4
    asks "gate: $story" "$exit" "$text" gate --policy "$policy" --image image "$@"
}
gate 'a statement that must be stamped' 0 'stamped 2026-01-01T00:00:00Z by CN=ec of tsa' needs.policy needs.stamped
gate 'one that is not' 1 'signed by lab, but no time stamp proves when the signature was there' needs.policy needs.policy.dsse
gate 'one that need not be' 0 'every line holds' takes.policy takes.policy.dsse
gate 'one that is asked about' 1 'no time stamp proves when the signature was there' takes.policy takes.policy.dsse --at 2026-06-01
gate 'what would have passed' 0 'every line holds' takes.policy takes.stamped --at 2026-06-01
gate 'what would not have passed yet' 1 'the time stamp proves nothing of 2025-06-01T00:00:00Z' takes.policy takes.stamped --at 2025-06-01
gate 'a time stamp of the future' 1 'the time stamp proves nothing of 2025-06-01T00:00:00Z' takes.policy takes.stamped --time 2025-06-01
gate 'authorities of the command line' 0 'stamped 2026-01-01' without.policy without.stamped --tsa-ca tsa/root.crt --at 2026-06-01
gate 'other authorities than the policy has' 64 '--tsa-ca: takes.policy says whose time stamps count' takes.policy takes.stamped --tsa-ca strange/root.crt
gate 'nobody to prove it' 64 '--at needs --tsa-ca FILE' without.policy without.stamped --at 2026-06-01
gate 'two moments' 64 'one gate, and two moments' takes.policy takes.stamped --at 2026-06-01 --time 2026-06-01
gate 'a report' 64 'a report has no signature whose time could be proved' takes.policy image --trust-report --at 2026-06-01
run 'as JSON' gate --policy needs.policy --image image needs.stamped --format json
ends 0
jq -e '.statements[0].signed_by[0].time_stamp == {by: "CN=ec of tsa", latest: "2026-01-01T00:00:01Z", time: "2026-01-01T00:00:00Z"}' out > said || shown 'another time stamp'
asks 'a policy, without the gate' 1 'no time stamp proves' verify-attestation needs.policy.dsse --policy needs.policy --image image
asks 'a policy, asked about a moment' 0 PASS verify-attestation takes.stamped --policy takes.policy --at 2026-06-01 --image image
sed 's/tsa.root.crt/absent.crt/' needs.policy > absent.policy
gate 'an authority that is not there' 64 'absent.crt' absent.policy needs.stamped
run 'a policy that names it' policy check absent.policy
says out 'the certificate file' 'absent.crt'
expires=2026-03-01
printf 'expires: %s\n' $expires | cat needs.policy - > expires.policy
run expires compare image image --policy expires.policy --attest lab.pem --attestation expires.dsse --quiet --time 2026-01-01
ends 0
at expires.stamped expires.dsse 20260102000000
gate 'a policy that has expired since' 0 'every line holds' expires.policy expires.stamped --at 2026-02-01
gate 'a policy that had expired then' 1 'expire' expires.policy expires.stamped --at 2026-04-01

# --- usage ---
asks 'no file' 64 'timestamp takes one FILE; 0 given' timestamp --request x
asks 'neither' 64 'either --request OUT or --attach REPLY' timestamp good.dsse
asks 'both' 64 'either --request OUT or --attach REPLY' timestamp good.dsse --request x --attach good.tsr
asks 'nobody to believe' 64 '--attach needs --tsa-ca FILE' timestamp good.dsse --attach good.tsr
asks 'a request, and whom to believe' 64 'go with --attach' timestamp good.dsse --request x --tsa-ca tsa/root.crt
asks 'a reply, and which signature' 64 'a reply says itself what it is of' timestamp good.dsse --attach good.tsr --tsa-ca tsa/root.crt --signature 1
asks 'no statement' 64 'no strict JSON object' timestamp image --request x
asks 'a reply that is not there' 64 'absent.tsr' timestamp good.dsse --attach absent.tsr --tsa-ca tsa/root.crt
asks 'over the statement' 64 'good.dsse' timestamp good.dsse --request good.dsse
asks 'over the reply' 64 'good.tsr' timestamp good.dsse --attach good.tsr --tsa-ca tsa/root.crt --output good.tsr
asks 'over the roots' 64 'root.crt' timestamp good.dsse --attach good.tsr --tsa-ca tsa/root.crt --output tsa/root.crt
leaves_nothing
ok 'nothing is left behind'
