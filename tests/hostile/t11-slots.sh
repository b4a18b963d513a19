#!/bin/sh
# T11: a slot of a raw image is explained when it begins with the one canonical encoding of a signature by a key of the policy
# over the range that the policy names, with zeros behind it, and when the rebuild has nothing there.
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there; backquotes that assay writes
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in openssl jq gcc; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
layout=layout policy=policy

# An image: 64 bytes of a header, a slot of 600, and the rest.
{ seq 100 199 | head -c 64 && zeros 600 && seq 1 9000; } > unsigned
{ part unsigned 0 64 && part unsigned 664 100000; } > both
part unsigned 664 100000 > payload
cat > layout <<'Y'
layout:
  - {name: header, offset: 0, size: 64, kind: header}
  - {name: sig, offset: 64, size: 600, kind: signature-slot}
  - {name: payload, offset: 664, size: rest, kind: payload}
Y
# line KEY SCHEME [MORE]: the policy
line() { printf 'policy: 1\nrequire: {expected: path}\nsignatures: [{slot: sig, covers: payload, max-size: 600, key: %s.pub, scheme: %s%s}]\n' "$1" "$2" "${3:-}" > policy; }
# with FILE: an image with these bytes at the beginning of its slot
with() { cp unsigned signed && put signed 64 < "$1"; }
good() { with "$2" && hold "$1" 0 signed unsigned '.verdict == "equivalent" and .accounting.unexplained == 0'; }
bad() { with "$2" && hold "$1" 1 signed unsigned "${3:+$(says "$3")}"; }
reversed() { hex "$1" | sed 's/\(..\)/\1\n/g' | sed '/^$/d' | tac | tr -d '\n' | { cat; echo; } | unhex; }

# Each scheme against OpenSSL's own signatures: right; one bit of it; by another key; over another content; then in its other
# encodings, and in none of them when the policy says another.
key_ec p256 prime256v1 && key_ec p384 secp384r1 && key_ec p521 secp521r1 && key_ec k1 secp256k1 && key_rsa rsa 2048 && key_rsa rsa3 3072 && key_ed25519 ed
key_ec other-p256 prime256v1 && key_ec other-p384 secp384r1 && key_ec other-p521 secp521r1 && key_ec other-k1 secp256k1
key_rsa other-rsa 2048 && key_rsa other-rsa3 3072 && key_ed25519 other-ed
while read -r key scheme bytes digest options; do
    # shellcheck disable=SC2086 # options are words
    case $key in
        ed) sign() { openssl pkeyutl -sign -rawin -inkey "$1.key" -in "$2"; } ;;
        *) sign() { openssl dgst "-$digest" $options -sign "$1.key" "$2"; } ;;
    esac
    sign "$key" payload > sig.whole
    case $key in
        rsa* | ed) cp sig.whole sig.raw ;;
        *) raw_of_der "$bytes" < sig.whole > sig.raw ;;
    esac
    line "$key" "$scheme"
    good "$scheme: valid" sig.raw
    cp sig.raw sig.bad && flip sig.bad 9
    bad "$scheme: one bit of the signature" sig.bad
    { cat sig.raw && printf 'x'; } > sig.bad
    bad "$scheme: a byte behind it" sig.bad 'other bytes than zeros stand behind it in its slot'
    { cat sig.raw && zeros 20 && printf '\001'; } > sig.bad
    bad "$scheme: a byte behind it and zeros" sig.bad 'other bytes than zeros stand behind it in its slot'
    { zeros 1 && cat sig.raw; } > sig.bad
    bad "$scheme: one byte later" sig.bad
    line "other-$key" "$scheme"
    bad "$scheme: another key" sig.raw 'does not verify under the key'
    line "$key" "$scheme"
    sign "$key" both > sig.bad
    case $key in
        rsa* | ed) ;;
        *) raw_of_der "$bytes" < sig.bad > sig.other && mv sig.other sig.bad ;;
    esac
    bad "$scheme: over another range" sig.bad 'does not verify under the key'
    case $key in
        ed) ;;
        rsa*)
            reversed sig.raw > sig.little
            line "$key" "$scheme" ', encoding: raw-little-endian'
            good "$scheme: the lowest byte first" sig.little
            bad "$scheme: the highest byte first where the policy says otherwise" sig.raw
            ;;
        *)
            { part sig.raw 0 "$bytes" > r && reversed r && part sig.raw "$bytes" "$bytes" > s && reversed s; } > sig.little
            line "$key" "$scheme" ', encoding: raw-little-endian'
            good "$scheme: the lowest byte first" sig.little
            line "$key" "$scheme" ', encoding: der'
            good "$scheme: in DER, with zeros behind" sig.whole
            { cat sig.whole && printf 'x'; } > sig.bad
            bad "$scheme: in DER, with a byte behind" sig.bad 'other bytes than zeros stand behind it in its slot'
            bad "$scheme: raw where the policy says DER" sig.raw 'is not in its canonical encoding'
            line "$key" "$scheme"
            bad "$scheme: DER where the policy says raw" sig.whole
            ;;
    esac
done <<'S'
p256 ecdsa-p256-sha256 32 sha256
p384 ecdsa-p384-sha384 48 sha384
p521 ecdsa-p521-sha512 66 sha512
k1 ecdsa-secp256k1-sha256 32 sha256
rsa rsa-pkcs1-sha256 256 sha256
rsa3 rsa-pkcs1-sha256 384 sha256
rsa rsa-pkcs1-sha384 256 sha384
rsa rsa-pkcs1-sha512 256 sha512
rsa rsa-pss-sha256 256 sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
rsa rsa-pss-sha384 256 sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48
rsa rsa-pss-sha512 256 sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64
rsa rsa-pss-sha256-longest-salt 256 sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:222
ed ed25519 64 -
S
openssl dgst -blake2s256 -binary payload > digest && openssl pkeyutl -sign -rawin -inkey ed.key -in digest > sig.raw
line ed ed25519-blake2s
good 'ed25519-blake2s: valid' sig.raw
line ed ed25519
bad 'ed25519: over the digest' sig.raw

# Encodings that are not the canonical one, and numbers that are none.
openssl dgst -sha256 -sign p256.key payload > sig.der && raw_of_der 32 < sig.der > sig.raw
order=ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
line p256 ecdsa-p256-sha256
for pair in 'r zero' 's zero' 'r order' 's order' 'r highest' 's highest'; do
    case ${pair#* } in zero) zeros 32 > number ;; order) echo $order | unhex > number ;; *) head -c 32 /dev/zero | tr '\0' '\377' > number ;; esac
    cp sig.raw sig.bad
    case $pair in r*) put sig.bad 0 < number ;; *) put sig.bad 32 < number ;; esac
    bad "a signature with $pair" sig.bad 'its numbers are out of range'
done
line p256 ecdsa-p256-sha256 ', encoding: der'
r=$(part sig.raw 0 32 | hex) s=$(part sig.raw 32 32 | hex)
# der TAG-AND-LENGTH NUMBER...: what stands in the sequence
number() { # the shortest form
    digits=$(echo "$1" | sed 's/^\(00\)*//')
    case $digits in [89a-f]*) digits=00$digits ;; esac
    printf '02%02x%s' $((${#digits} / 2)) "$digits"
}
sequence() { printf '30%02x%s\n' $((${#1} / 2)) "$1" | unhex; }
sequence "$(number "$r")$(number "$s")" > sig.again
cmp -s sig.again sig.der || fail 'the sample of DER is made wrong'
good 'DER that is written here' sig.again
padded() { printf '02%02x00%s' $((${#1} / 2 - 1)) "$(number "$2" | cut -c5-)"; }
sequence "$(padded "$(number "$r")0000" "$r")$(number "$s")" > sig.bad
bad 'DER with a zero before r that nothing needs' sig.bad 'is not in its canonical encoding'
body=$(number "$r")$(number "$s")
printf '3081%02x%s\n' $((${#body} / 2)) "$body" | unhex > sig.bad
bad 'DER whose length has a byte more than it needs' sig.bad 'is not in its canonical encoding'
printf '3080%s0000\n' "$body" | unhex > sig.bad
bad 'BER without a length' sig.bad 'is not in its canonical encoding'
sequence "$body$(number 01)" > sig.bad
bad 'DER with a third number' sig.bad 'is not in its canonical encoding'
negative=$(number "$r" | cut -c5- | sed 's/^00//')
case $negative in [0-7]*) negative=ff$negative ;; esac
sequence "$(printf '02%02x%s' $((${#negative} / 2)) "$negative")$(number "$s")" > sig.bad
bad 'DER with a negative r' sig.bad 'is not in its canonical encoding'
sequence "020100$(number "$s")" > sig.bad
bad 'DER with r zero' sig.bad
sequence "$(number "$r")$(number $order)" > sig.bad
bad 'DER with s as the order' sig.bad
for length in 20 31 33; do
    openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:$length -sign rsa.key payload > sig.bad
    line rsa rsa-pss-sha256
    bad "RSA-PSS with a salt of $length bytes" sig.bad 'does not verify'
done
head -c 256 /dev/zero | tr '\0' '\377' > sig.bad
bad 'an RSA signature above the modulus' sig.bad
hold 'an image that is the rebuild, unsigned: nothing differs, and the line is held by nothing' 1 unsigned unsigned '.verdict == "identical" and .policy.signatures == []'

# The place.
line p256 ecdsa-p256-sha256
good 'the sample' sig.raw
sed 's/max-size: 600/max-size: 599/' policy > short.policy
policy=short.policy && bad 'a slot that is longer than the maximum of the policy' sig.raw 'max-size' && policy=policy
cp unsigned filled && flip filled 64
with sig.raw && hold 'a rebuild that has a byte of its own in the slot' 1 signed filled "$(says 'bytes of its own that are no zeros')"
cp unsigned filled && flip filled 663
hold 'a rebuild that has a byte of its own behind where the signature ends' 1 signed filled "$(says 'bytes of its own that are no zeros')"
sed 's/covers: payload/covers: absent/' policy > absent.policy
policy=absent.policy && bad 'a range that is not there' sig.raw 'not all in the layout'
sed 's/covers: payload/covers: [payload, absent]/' policy > absent.policy
bad 'a range that is there and one that is not' sig.raw 'not all in the layout'
policy=policy
sed -i 's/covers: payload/covers: [payload, header]/' policy
openssl dgst -sha256 -sign p256.key both | raw_of_der 32 > sig.both
good 'two ranges, in the order of the image' sig.both
bad 'one of two ranges' sig.raw 'does not verify'
sed -i 's/covers: \[payload, header\]/covers: "*"/' policy
good 'all but the slot' sig.both
openssl dgst -sha256 -sign p256.key unsigned | raw_of_der 32 > sig.zero
sed -i 's/covers: "\*"/covers: "*", zeroed: sig/' policy
good 'all, with the slot as zeros' sig.zero
bad 'all but the slot, where the policy says otherwise' sig.both 'does not verify'
sed -i 's/covers: "\*", zeroed: sig/covers: [header, payload], zeroed: header/' policy
{ zeros 64 && cat payload; } | openssl dgst -sha256 -sign p256.key | raw_of_der 32 > sig.half
good 'a header that was zeros' sig.half
cp signed both.bad && flip both.bad 3
hold 'a header that was zeros when it was signed is compared as all else' 1 both.bad unsigned

line p256 ecdsa-p256-sha256
with sig.raw && cp signed keep
sed 's/size: 600/size: 700/' layout > wide.layout
layout=wide.layout && refused 'a slot that overlaps the payload' 'overlaps the one at line' keep unsigned && layout=layout
sed 's/kind: signature-slot/kind: header/' layout > plain.layout
layout=plain.layout && hold 'a range that the layout calls a header' 1 keep unsigned 'all(.findings[]; .rule != "signature")' && layout=layout
sed 's/slot: sig,/slot: "*",/' policy > glob.policy
policy=glob.policy && hold 'a line for all slots' 0 keep unsigned && policy=policy
sed 's/^signatures: \[\(.*\)\]/signatures: [\1, {slot: "s*", covers: payload, max-size: 600, key: p256.pub, scheme: ecdsa-p256-sha256}]/' policy > twice.policy
policy=twice.policy && hold 'two lines for one slot' 1 keep unsigned "$(says 'is claimed by more than one line of the policy')" && policy=policy
sed 's/^signatures: \[\(.*\)\]/signatures: [\1, \1]/' policy > twice.policy
policy=twice.policy && refused 'the same line twice' 'the slot `sig` stands here twice' keep unsigned
cat p256.pub other-p256.pub > two.pub && sed 's/key: p256.pub/key: two.pub/' policy > two.policy
policy=two.policy && refused 'two keys in one file' 'expected one public key in PEM form' keep unsigned
cp p256.key two.pub
refused 'a private key' 'expected one public key in PEM form' keep unsigned
cp rsa.pub two.pub
refused 'a key of another kind' 'not a key for ecdsa-p256-sha256' keep unsigned
cp k1.pub two.pub
refused 'a key of another curve' 'not a key for ecdsa-p256-sha256' keep unsigned
cp p256.pub two.pub && sed 's/key: two.pub/keys: [two.pub, p256.pub]/' two.policy > same.policy && policy=same.policy
refused 'one key twice' 'this key stands in the list already' keep unsigned
sed 's/ecdsa-p256-sha256/ed25519/; s/two.pub/ed.pub/; s/ed25519/ed25519, encoding: der/' two.policy > der.policy && policy=der.policy
refused 'an encoding that the scheme has not' 'no such encoding' keep unsigned
policy=policy

# Code. A slot in an executable range of an ELF file is none, wherever the layout makes it begin, and whatever it calls it.
printf '.text\n.globl _start\n_start: .skip 4096, 0\n.data\n.skip 4096, 0\n' > code.s
gcc -nostdlib -static -Wl,-z,noseparate-code -o code.elf code.s 2> gcc.log || { cat gcc.log >&2; fail 'no ELF file can be made'; }
text=$(readelf -SW code.elf | awk '$2 == ".text" || $3 == ".text" { for (i = 1; i <= NF; i++) if ($i == "PROGBITS") print $(i + 2) }')
data=$(readelf -SW code.elf | awk '$2 == ".data" || $3 == ".data" { for (i = 1; i <= NF; i++) if ($i == "PROGBITS") print $(i + 2) }')
text=$(printf '%d' "0x$text") data=$(printf '%d' "0x$data")
# in_elf STORY CODE START: a slot of 64 bytes there, which is signed over all that stands before it
in_elf() {
    printf 'layout:\n  - {name: head, offset: 0, size: %s, kind: payload}\n  - {name: sig, offset: %s, size: 64, kind: signature-slot}\n  - {name: tail, offset: %s, size: rest, kind: payload}\n' "$3" "$3" $(($3 + 64)) > elf.layout
    printf 'policy: 1\nrequire: {expected: path}\nsignatures: [{slot: sig, covers: head, max-size: 64, key: p256.pub, scheme: ecdsa-p256-sha256}]\n' > elf.policy
    cp code.elf code.signed && part code.elf 0 "$3" | openssl dgst -sha256 -sign p256.key | raw_of_der 32 | put code.signed "$3"
    layout=elf.layout policy=elf.policy
    hold "$1" "$2" code.signed code.elf "${4:-}"
    layout=layout policy=policy
}
in_elf 'a slot among data' 0 $((data + 1024))
in_elf 'a slot among code' 1 $((text + 1024)) "$(says 'stands in an executable range')"
in_elf 'a slot at the beginning of code' 1 "$text" "$(says 'stands in an executable range')"
in_elf 'a slot at the end of code' 1 $((text + 4032)) "$(says 'stands in an executable range')"

# The layout of a file inside of the image: the rebuild's file has another path.
mkdir inside rebuilt && cp keep inside/fw.bin && cp unsigned rebuilt/fw.bin && echo same | tee inside/readme > rebuilt/readme
sed 's/{name/{in: fw.bin, name/' layout > inner.layout
layout=inner.layout && hold 'a slot in a file of a tree' 0 inside rebuilt 'any(.findings[]; .path == "fw.bin" and .rule == "signature")'
flip inside/readme 1
hold 'a slot in a file of a tree, and another file that differs' 1 inside rebuilt

# A report is gated with the keys that it was made with.
layout=layout policy=policy
hold 'a report for the gate' 0 keep unsigned
"$assay" gate --policy policy report.json --trust-report --image keep > said.txt 2>&1 || { cat said.txt >&2; fail 'the gate: no pass'; }
cp p256.pub p256.kept && cp other-p256.pub p256.pub
code=0
"$assay" gate --policy policy report.json --trust-report --image keep > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || fail "the gate with another key in the policy's file: exit $code"
cp p256.kept p256.pub
echo "ok: $name: the gate, and another key in the policy's file"
