# What the attacks on signatures share: keys made on the spot, and signatures in the encodings that products use.
# shellcheck shell=sh disable=SC2154 # lib.sh, which is sourced before, says what is named there

# hold STORY CODE SHIPPED EXPECTED [JQ-FILTER]: with the files `layout` and `policy`, where they are
hold() {
    code=0
    set -- "$@" ''
    "$assay" compare "$3" "$4" ${layout:+--layout "$layout"} ${policy:+--policy "$policy"} --report report.json > said.txt 2>&1 || code=$?
    if [ "$code" != "$2" ]; then
        cat said.txt >&2
        fail "$1: exit $code, expected $2"
    fi
    adds_up "$1" "$5"
}

# refused STORY TEXT SHIPPED EXPECTED: a policy that is not taken, and what is said of it
refused() {
    code=0
    "$assay" compare "$3" "$4" ${layout:+--layout "$layout"} --policy "$policy" > said.txt 2>&1 || code=$?
    [ "$code" = 64 ] || { cat said.txt >&2; fail "$1: exit $code, expected 64"; }
    grep -qF -e "$2" said.txt || { cat said.txt >&2; fail "$1: it does not say: $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}

# says TEXT: a finding of the last report says so
says() { printf 'any(.findings[]; .class == "unexplained" and (.message | contains("%s")))' "$1"; }

key_ec() { openssl ecparam -name "$2" -genkey -noout -out "$1.key" && openssl pkey -in "$1.key" -pubout -out "$1.pub"; }
key_rsa() { openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key" && openssl pkey -in "$1.key" -pubout -out "$1.pub"; }
key_ed25519() { openssl genpkey -algorithm ed25519 -out "$1.key" && openssl pkey -in "$1.key" -pubout -out "$1.pub"; }

# certificate NAME: of NAME.key, as NAME.pem
certificate() { openssl req -batch -new -x509 -days 3650 -subj "/CN=$1" -key "$1.key" -out "$1.pem" 2> openssl.log; }

hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
unhex() {
    while read -r pairs; do
        # shellcheck disable=SC2059 # the text is octal escapes
        printf "$(printf '%s' "$pairs" | sed 's/\(..\)/\1 /g' | awk '{ for (i = 1; i <= NF; i++) printf "\\%03o", 16 * (index("0123456789abcdef", substr($i, 1, 1)) - 1) + index("0123456789abcdef", substr($i, 2, 1)) - 1 }')"
    done
}

# raw_of_der BYTES < DER: r || s, each BYTES long
raw_of_der() {
    openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | tr 'A-F' 'a-f' |
        awk -v digits="$(($1 * 2))" '{ while (length($0) < digits) $0 = "0" $0; print }' | unhex
}

# sign_digest KEY BYTES < DIGEST: an ECDSA signature as r || s
sign_digest() { cat > digest.tmp && openssl pkeyutl -sign -inkey "$1" -in digest.tmp | raw_of_der "$2"; }

sha256() { openssl dgst -sha256 -binary; }

# put FILE OFFSET < BYTES: in place
put() { dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# part FILE OFFSET LENGTH
part() { tail -c +"$(($2 + 1))" "$1" | head -c "$3"; }

# flip FILE OFFSET: one bit of one byte
flip() {
    byte=$(part "$1" "$2" 1 | od -An -tu1)
    # shellcheck disable=SC2059 # the text is an octal escape
    printf "$(printf '\\%03o' $((byte ^ 1)))" | put "$1" "$2"
}

zeros() { head -c "$1" /dev/zero; }
le32() { printf '%08x\n' "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/' | unhex; }
le64() { le32 "$1" && zeros 4; }
