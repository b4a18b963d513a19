# shellcheck shell=sh
# A time-stamping authority of openssl, made when a test begins; sourced after tests/certifying.sh, not run. It stamps the
# time of this machine's clock, on which no test depends; where a time matters the token is signed again with another.

# authority DIRECTORY: a CA with `root.crt` and `root.pem`, for `issued`
authority() {
    mkdir -p "$1"
    [ -f ca.conf ] || certifying
    key "$1/root" p256
    issued "$1" root "$1/root" root 20100101000000Z 21000101000000Z
}

# issued CA NAME KEY SECTION FROM TO: CA/NAME.crt of the key KEY.pem
issued() { certified "$1/$2.crt" "$3" "$2 of $1" "$1/root" "$4" "$5" "$6"; }

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

# asks STORY EXIT TEXT ARGUMENT...
asks() {
    story=$1 exit=$2 text=$3
    shift 3
    run "$story" "$@"
    ends "$exit"
    case $exit in 64) says err "$text" ;; *) says out "$text" ;; esac
    ok "$story"
}

# attaches STORY EXIT TEXT ARGUMENT...: to a copy of good.dsse, which stays as it is where the reply is refused
attaches() {
    story=$1 exit=$2 text=$3
    shift 3
    cp good.dsse trial
    run "$story" timestamp trial "$@"
    ends "$exit"
    if [ "$exit" = 0 ]; then says out "$text"; else says err "$text"; cmp -s good.dsse trial || fail "$story: the statement was changed"; fi
    ok "$story"
}

# at NAME FROM TIME: FROM with a time stamp of that time, by tsa/ec.crt with ec.pem
at() {
    signature_of "$2" at.sig
    openssl ts -query -data at.sig -sha256 -cert -out at.tsq 2> said
    replies at.tsq tsa/ec.crt ec at.tsr
    contents at.tsr at.tst
    dated at.tst "$3" then.tst
    token then.tst tsa/ec.crt ec then.token
    response then.token then.tsr
    run "stamped $3" timestamp "$2" --attach then.tsr --tsa-ca tsa/root.crt --output "$1" --quiet
    ends 0
}
