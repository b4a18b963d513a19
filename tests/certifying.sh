# shellcheck shell=sh
# Authorities for certificates, of `openssl ca`; sourced after tests/attesting.sh, not run.

# section NAME USAGE [EXTENDED]: what a certificate of that section is for
section() {
    ca=FALSE
    case $1 in root | ca-*) ca=TRUE ;; esac
    printf '[%s]\nbasicConstraints = critical, CA:%s\nkeyUsage = critical, %s\n' "$1" $ca "$2"
    [ -z "${3:-}" ] || printf 'extendedKeyUsage = %s\n' "$3"
    printf 'subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n'
}

# certifying: what all authorities of a directory share: ca.conf, an index and serial numbers
certifying() {
    {
        printf '[ca]\ndefault_ca = here\n[here]\ndatabase = index\nserial = serial\nnew_certs_dir = .\ndefault_md = sha256\n'
        printf 'policy = any\ndefault_crl_days = 30000\nunique_subject = no\n[any]\ncommonName = supplied\n'
        section root 'keyCertSign, cRLSign'
        section signer digitalSignature codeSigning
        section server digitalSignature serverAuth
        section agreement keyAgreement codeSigning
        # CAs that say what they are for
        section ca-servers 'keyCertSign, cRLSign' serverAuth
        section ca-code 'keyCertSign, cRLSign' codeSigning
        section ca-stamps 'keyCertSign, cRLSign' timeStamping
        section ca-any 'keyCertSign, cRLSign' anyExtendedKeyUsage
        # one that demands a policy of those below it (RFC 5280, 4.2.1.11), and who has it
        section ca-policy 'keyCertSign, cRLSign'
        printf 'certificatePolicies = 1.2.3.4\npolicyConstraints = critical, requireExplicitPolicy:0\n'
        section policy-signer digitalSignature codeSigning
        printf 'certificatePolicies = 1.2.3.4\n'
        section tsa digitalSignature 'critical, timeStamping'
        # what is no TSA's
        section loose digitalSignature timeStamping
        section both digitalSignature 'critical, timeStamping, codeSigning'
        section leaf digitalSignature
    } > ca.conf
    : > index
    echo 01 > serial
}

# certified FILE KEY SUBJECT ISSUER SECTION FROM TO [DIGEST]: by the CA whose key is ISSUER.pem and certificate ISSUER.crt
certified() {
    openssl req -new -key "$2.pem" -subj "/CN=$3" -out request || fail 'a request'
    issuer="-cert $4.crt"
    [ "$1" != "$4.crt" ] || issuer=-selfsign
    # shellcheck disable=SC2086 # one word or two
    openssl ca ${8:+-md $8} -batch -notext -config ca.conf -keyfile "$4.pem" $issuer -extensions "$5" -startdate "$6" -enddate "$7" -in request -out "$1" 2> said || { cat said >&2; fail "the certificate $1"; }
}
