# shellcheck shell=sh
# What the tests of signed statements share; sourced after tests/flow/lib.sh, not run. Statements are also made by hand
# here, with openssl and jq alone, so that what verifies is not only what assay itself wrote.

# key NAME KIND: NAME.pem and NAME.pub; KIND p256, p384, ed25519 or rsa
key() {
    case $2 in
        p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.pem" ;;
        p384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$1.pem" ;;
        ed25519) openssl genpkey -algorithm ED25519 -out "$1.pem" ;;
        rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.pem" ;;
    esac 2> /dev/null || fail "no key of the kind $2"
    chmod 600 "$1.pem"
    openssl pkey -in "$1.pem" -pubout -out "$1.pub" || fail "no public key $1"
}

# pae TYPE FILE: what is signed (DSSE v1)
pae() {
    printf 'DSSEv1 %d %s %d ' "$(printf %s "$1" | wc -c)" "$1" "$(wc -c < "$2")"
    cat "$2"
}

# signature NAME KIND FILE: over the file's bytes, in base64
signature() {
    case $2 in
        p256) openssl dgst -sha256 -sign "$1.pem" "$3" ;;
        p384) openssl dgst -sha384 -sign "$1.pem" "$3" ;;
        ed25519) openssl pkeyutl -sign -rawin -inkey "$1.pem" -in "$3" ;;
        rsa) openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256 -sign "$1.pem" "$3" ;;
    esac | base64 -w 0
}

statement_type=application/vnd.in-toto+json

# envelope FILE TYPE SIGNATURE...: of the payload in the file
envelope() {
    body=$1 type=$2
    shift 2
    # shellcheck disable=SC2016 # of jq
    base64 -w 0 < "$body" > body.base64
    jq -n --rawfile payload body.base64 --arg type "$type" \
        '{payload: $payload, payloadType: $type, signatures: [$ARGS.positional[] | {keyid: "", sig: .}]}' --args "$@"
}

# by_hand NAME KIND FILE: an envelope of the payload, signed by one key
by_hand() {
    pae "$statement_type" "$3" > signed
    envelope "$3" "$statement_type" "$(signature "$1" "$2" signed)"
}

# payload ENVELOPE: the statement in it
payload() { jq -r '.payload // .dsseEnvelope.payload' "$1" | base64 -d; }

# signs STORY ARGUMENT...: exit 0, and the statement `made` about the file `image` verifies under $signer.pub
signer=lab
signs() {
    story=$1
    shift
    rm -f made
    run "$story" "$@"
    ends 0
    run "$story" verify-attestation made --key "$signer.pub" --image image
    ends 0
    ok "$story"
}

# refuses STORY EXIT TEXT ARGUMENT...: and no statement is left
refuses() {
    story=$1 exit=$2 text=$3
    shift 3
    rm -f made
    run "$story" "$@"
    ends "$exit"
    says err "$text"
    [ ! -e made ] || fail "$story: there is a statement"
    ok "$story"
}

# at_terminal QUESTION ANSWER COMMAND...: types the answer once it is asked for; prints what the terminal shows
at_terminal() {
    python3 - "$@" <<'END_OF_PYTHON'
import os, pty, sys, termios, time
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[3], sys.argv[3:])
said, typed = b"", False
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    said += piece
    if not typed and sys.argv[1].encode() in said:
        typed = True
        # the prompt is there before the echo is turned off
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, sys.argv[2].encode() + b"\n")
print(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END_OF_PYTHON
}
