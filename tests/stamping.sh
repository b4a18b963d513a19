# shellcheck shell=sh
# A time-stamping authority of openssl, made when a test begins; sourced after tests/attesting.sh, not run. It stamps the
# time of this machine's clock, on which no test depends; where a time matters the token is signed again with another.

# authority DIRECTORY: a CA with `root.crt` and `root.pem`, whose certificates `certified` makes
authority() {
    mkdir -p "$1"
    key "$1/root" p256
    : > "$1/index"
    echo 1000 > "$1/serial"
    cat > "$1/ca.conf" <<END
[ca]
default_ca = here
[here]
database = $1/index
serial = $1/serial
new_certs_dir = $1
default_md = sha256
policy = any
default_crl_days = 30000
unique_subject = no
[any]
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[loose]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[both]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping, codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
    certified "$1" root root root 20100101000000Z 21000101000000Z
}

# certified CA NAME KEY SECTION FROM TO: CA/NAME.crt of the key KEY.pem; KEY `root` is the CA's own
certified() {
    by=$1 issuer="-cert $1/root.crt" own=$3.pem
    [ "$3" != root ] || { issuer=-selfsign own=$by/root.pem; }
    openssl req -new -key "$own" -subj "/CN=$2 of $by" -out request.csr || fail 'a request for a certificate'
    # shellcheck disable=SC2086 # one word or two
    openssl ca -batch -notext -config "$by/ca.conf" -keyfile "$by/root.pem" $issuer -extensions "$4" -startdate "$5" -enddate "$6" -in request.csr -out "$by/$2.crt" 2> said ||
        { cat said >&2; fail "the certificate $2"; }
}

# serves FILE DIGEST: a configuration of `openssl ts`, whose TSA signs over that digest
serves() {
    echo 01 > tsa.serial
    cat > "$1" <<END
[tsa]
default_tsa = here
[here]
serial = tsa.serial
crypto_device = builtin
signer_digest = $2
default_policy = 1.2.3.4.1
digests = sha1, sha256, sha384, sha512
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
END
}

# replies REQUEST CERTIFICATE KEY OUT [CONFIG]: what the TSA says
replies() {
    openssl ts -reply -config "${5:-tsa.conf}" -section here -queryfile "$1" -signer "$2" -inkey "$3.pem" -out "$4" 2> said || { cat said >&2; fail "the reply $4"; }
}

# signature_of ENVELOPE OUT [N]: the raw bytes of its signature number N, from 0
signature_of() { jq -r --argjson n "${3:-0}" '(.dsseEnvelope // .).signatures[$n].sig' "$1" | base64 -d > "$2"; }

# contents REPLY OUT: the TSTInfo in it
contents() {
    openssl ts -reply -in "$1" -token_out -out token.der 2> said || fail 'a token'
    openssl cms -verify -noverify -inform DER -in token.der -out "$2" > said 2>&1 || { cat said >&2; fail 'a TSTInfo'; }
}

# token CONTENTS CERTIFICATE KEY OUT [OPTION...]: a TimeStampToken that somebody signs, as CMS alone
token() {
    contents=$1 certificate=$2 signer=$3 made=$4
    shift 4
    [ $# -gt 0 ] || set -- -md sha256 -cades
    openssl cms -sign -binary -nodetach -nosmimecap -econtent_type 1.2.840.113549.1.9.16.1.4 -outform DER -in "$contents" -signer "$certificate" -inkey "$signer.pem" -out "$made" "$@" 2> said ||
        { cat said >&2; fail "the token $made"; }
}

# response TOKEN OUT: the same as a TimeStampResp that was granted
response() { openssl ts -reply -in "$1" -token_in -out "$2" 2> said || { cat said >&2; fail "the response $2"; }; }

# dated CONTENTS TIME OUT: a TSTInfo of another time, YYYYMMDDhhmmss
dated() { LC_ALL=C sed "s/20[0-9]\{12\}Z/$2Z/" "$1" > "$3"; }
