#!/bin/sh
# T11: a correct rebuild whose signature header was hashed is the most common wrong verdict in the field. Five products, each
# by its public description: an image with a header of that layout, signed with keys that are made here. With the policy's
# line the rebuild is equivalent; without it the reason says what differs and what line is wanted; whatever is not signed by
# these keys, over these bytes, is a mismatch.
# shellcheck disable=SC1091,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in openssl jq bwrap python3; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# What a product's source builds: something of so many bytes that repeats nothing.
firmware() { seq 100000 200000 | head -c "$1"; }

# attack OFFSETS...: what is the same for all products. A directory of a product holds `unsigned`, `signed`, `layout`,
# `policy` and `places`: lines NAME OFFSET of one byte in a signature, in the payload, in the header, and behind a slot.
attack() {
    layout=layout policy=policy
    hold "$product: a correct rebuild and valid signatures" 0 signed unsigned '.verdict == "equivalent" and .accounting.unexplained == 0 and any(.findings[]; .rule == "signature")'
    policy=none.policy
    hold "$product: no line of the policy" 1 signed unsigned "$(says 'no line of the policy speaks of it; one that could explain it is `signatures: [{slot:') and any(.reasons[]; contains(\"in the place of a signature\") and contains(\"signatures: [{slot: \"))"
    policy=wrong.policy
    hold "$product: other keys" 1 signed unsigned "$(says 'does not verify under')"
    policy=range.policy
    hold "$product: a policy that names another range" 1 signed unsigned "$(says 'does not verify under')"
    policy=policy
    while read -r what offset; do
        cp signed bad && flip bad "$offset"
        hold "$product: one bit of $what" 1 bad unsigned
    done < places
    cp signed bad && printf 'more' >> bad
    hold "$product: bytes behind the end" 1 bad unsigned
    hold "$product: the unsigned image where signatures are wanted" 1 unsigned unsigned.other
    hold "$product: the policy holds no image to a rebuild that is another" 1 signed unsigned.other
}

# others: what every product's directory has beside its own files
others() {
    printf 'policy: 1\nrequire: {expected: path}\n' > none.policy
    sed 's/good/evil/g' policy > wrong.policy
    cp unsigned unsigned.other && flip unsigned.other "$payload_at"
    verify_by_recipe
}

# The same by `verify`: the source is a text that is made into the image, the recipe has the layout, and the policy pins it.
verify_by_recipe() {
    mkdir source && base64 unsigned > source/image.txt
    {
        printf 'recipe: 1\nproduct: %s 1\nsource: [{directory: source, sha256: %s}]\n%s\npath: /build/p\nrun_as: user\n' "$product" "$(tree_digest source)" "$products_toolchain"
        printf 'steps: [base64 -d image.txt > out]\noutputs: [{from: out}]\n'
        cat layout
    } > recipe
    sed "s/^require:.*/pin: {recipe: [$(sha256sum recipe | cut -d ' ' -f 1)]}/" policy > pinned.policy
    sed '/^require:/d' policy > unpinned.policy
    code=0
    "$assay" verify signed --recipe recipe --policy pinned.policy --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 0 ] || { cat said.txt >&2; fail "$product: verify: exit $code, expected 0"; }
    printf 'ok: %s: %s\n' "$name" "$product: rebuilt by its recipe, which the policy pins"
    code=0
    "$assay" verify signed --recipe recipe --policy unpinned.policy > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || { cat said.txt >&2; fail "$product: an unpinned recipe: exit $code, expected 1"; }
    tr '\n' ' ' < said.txt | tr -s ' ' | grep -qF 'the policy does not pin' || { cat said.txt >&2; fail "$product: an unpinned recipe: it does not say so"; }
    printf 'ok: %s: %s\n' "$name" "$product: the same layout from a recipe that nobody pinned grants nothing"
}

make_tools base64
products_toolchain=$(echo "$toolchain" | sed 's|tools|../tools|')
begin() {
    product=$1
    mkdir "$work/$product"
    cd "$work/$product" || exit 1
}

# keys CURVE NUMBER: good1 ... and evil1 ...
keys() {
    for number in $(seq "$2"); do
        key_ec "good$number" "$1"
        key_ec "evil$number" "$1"
    done
}

# KeepKey: 256 bytes before the code: `KPKY`, its length, three numbers of keys, flags, 52 bytes reserved, three signatures
# of the code's SHA-256 with three of five secp256k1 keys.
begin keepkey
{ printf KPKY && le32 40000 && printf '\0\0\0\001' && zeros 244 && firmware 40000; } > unsigned
keys secp256k1 5
cp unsigned signed
slot=0
for key in 1 3 5; do
    part unsigned 256 40000 | sha256 | sign_digest "good$key.key" 32 | put signed $((64 + 64 * slot))
    printf '%b' "\\0$key" | put signed $((8 + slot))
    slot=$((slot + 1))
done
cat > layout <<'Y'
layout:
  - {name: magic, offset: 0, size: 8, kind: header}
  - {name: index1, offset: 8, size: 1, kind: header}
  - {name: index2, offset: 9, size: 1, kind: header}
  - {name: index3, offset: 10, size: 1, kind: header}
  - {name: flags, offset: 11, size: 53, kind: header}
  - {name: sig1, offset: 64, size: 64, kind: signature-slot}
  - {name: sig2, offset: 128, size: 64, kind: signature-slot}
  - {name: sig3, offset: 192, size: 64, kind: signature-slot}
  - {name: code, offset: 256, size: rest, kind: payload}
Y
{
    printf 'policy: 1\nrequire: {expected: path}\nsignatures:\n'
    for slot in 1 2 3; do
        printf '  - {slot: sig%s, covers: code, max-size: 64, scheme: ecdsa-secp256k1-sha256,\n' "$slot"
        printf '     keys: [good1.pub, good2.pub, good3.pub, good4.pub, good5.pub], index: index%s, index-from: 1}\n' "$slot"
    done
} > policy
sed 's/covers: code/covers: flags/' policy > range.policy
printf '%s\n' 'signature 70' 'another-signature 250' 'code 20000' 'length 5' 'number-of-a-key 9' 'reserved-byte 40' > places
payload_at=20000
others
attack
cp signed bad && part signed 64 64 | put bad 128 && part signed 8 1 | put bad 9
hold 'keepkey: one key that signs twice' 1 bad unsigned "$(says 'is by a key that has signed in another slot already')"
sed 's/keys: \[good1.pub, good2.pub, good3.pub, good4.pub, good5.pub\], index: index2/keys: [good1.pub], index: index2/' policy > one.policy
policy=one.policy
hold 'keepkey: one key that signs twice, where one slot names it alone' 1 bad unsigned "$(says 'is by a key that has signed in another slot already')"
policy=policy
cp signed bad && part signed 128 64 | put bad 64 && part signed 64 64 | put bad 128
hold 'keepkey: numbers that do not follow from who signed' 1 bad unsigned 'any(.findings[]; .class == "unexplained" and .range.offset == 8 and .range.length == 2)'
# the rebuild has that number there, and another key signed
cp unsigned other && printf '\005' | put other 8 && printf '\005' | put bad 8
hold 'keepkey: a number that the rebuild has, and is of no key that signed' 1 bad other "$(says 'is by another key than the one whose number the image gives')"
part signed 9 1 | put bad 8 && part signed 8 1 | put bad 9
hold 'keepkey: the same signatures in another order' 0 bad unsigned

# OneKey: a header of 1024 bytes with digests of the code by 64 KiB, four of seven keys that sign as SignMessage does: the
# double SHA-256 of Bitcoin's text and the SHA-256 of the header, whose signatures and numbers were still zero.
begin onekey
firmware 130000 > code
{
    printf TRZF && le32 1024 && le32 0 && le32 130000 && zeros 16
    part firmware 0 64512 | sha256 && part firmware 64512 65536 | sha256 > second && cat second
    zeros 448 && zeros 256 && zeros 4 && zeros 155 && zeros 65
    cat code
} > unsigned
keys secp256k1 7
cp unsigned signed
slot=0
for key in 2 3 7 4; do
    { printf '\030Bitcoin Signed Message:\n\040' && part unsigned 0 1024 | sha256; } | sha256 | sha256 |
        sign_digest "good$key.key" 32 | put signed $((544 + 64 * slot))
    printf '%b' "\\0$key" | put signed $((800 + slot))
    slot=$((slot + 1))
done
{
    printf 'layout:\n  - {name: fields, offset: 0, size: 544, kind: header}\n'
    for slot in 1 2 3 4; do
        printf '  - {name: sig%s, offset: %s, size: 64, kind: signature-slot}\n' "$slot" $((480 + 64 * slot))
        printf '  - {name: index%s, offset: %s, size: 1, kind: header}\n' "$slot" $((799 + slot))
    done
    printf '  - {name: reserved, offset: 804, size: 220, kind: header}\n  - {name: code, offset: 1024, size: rest, kind: payload}\n'
} > layout
slots='sig1, sig2, sig3, sig4, index1, index2, index3, index4'
{
    printf 'policy: 1\nrequire: {expected: path}\nsignatures:\n'
    for slot in 1 2 3 4; do
        printf '  - {slot: sig%s, covers: [fields, %s, reserved], zeroed: [%s],\n' "$slot" "$slots" "$slots"
        printf '     max-size: 64, scheme: ecdsa-secp256k1-bitcoin, index: index%s, index-from: 1,\n' "$slot"
        printf '     keys: [good1.pub, good2.pub, good3.pub, good4.pub, good5.pub, good6.pub, good7.pub]}\n'
    done
} > policy
sed 's/, reserved\], zeroed/, reserved, code], zeroed/' policy > range.policy
printf '%s\n' 'signature 550' 'code 70000' 'digest-of-the-code 40' 'number-of-a-key 801' 'reserved-byte 900' > places
payload_at=70000
others
attack
sed 's/ecdsa-secp256k1-bitcoin/ecdsa-secp256k1-sha256/' policy > plain.policy
policy=plain.policy
hold 'onekey: the same keys without the message'"'"'s text' 1 signed unsigned

# Coldcard: 128 bytes at 16 KiB - 128, of which the last 64 are the signature of the double SHA-256 of all but them; the
# number of the key stands in the header, from 0.
begin coldcard
{
    firmware 16256 && le32 3422552628 && printf '\046\007\001\022\060\000\000\0005.4.1\0\0\0' && le32 0 && le32 36384 && zeros 36
    zeros 64 && firmware 20000
} > unsigned
keys secp256k1 2
cp unsigned signed
le32 1 | put signed 16276
{ part signed 0 16320 && part signed 16384 20000; } | sha256 | sha256 | sign_digest good2.key 32 | put signed 16320
cat > layout <<'Y'
layout:
  - {name: vectors, offset: 0, size: 16256, kind: payload}
  - {name: version, offset: 16256, size: 20, kind: header}
  - {name: pubkey-num, offset: 16276, size: 4, kind: header}
  - {name: fields, offset: 16280, size: 40, kind: header}
  - {name: signature, offset: 16320, size: 64, kind: signature-slot}
  - {name: firmware, offset: 16384, size: rest, kind: payload}
Y
cat > policy <<'Y'
policy: 1
require: {expected: path}
signatures:
  - {slot: signature, covers: "*", max-size: 64, scheme: ecdsa-secp256k1-sha256d,
     keys: [good1.pub, good2.pub], index: pubkey-num, index-from: 0}
Y
sed 's/covers: "\*"/covers: [vectors, version, pubkey-num, fields]/' policy > range.policy
printf '%s\n' 'signature 16330' 'vectors 100' 'firmware 30000' 'version 16264' 'number-of-the-key 16276' 'reserved-byte 16300' > places
payload_at=30000
others
attack

# Trezor Model T: a vendor header and an image header, each of which ends in a byte that says who signed and a collective
# Ed25519 signature of the BLAKE2s of the header, in which these 65 bytes were still zero. Two of three keys.
begin trezor
firmware 50000 > code
{
    printf TRZV && le32 512 && le32 0 && printf '\0\0\002\003\0\0' && zeros 14 && firmware 415 && zeros 65
    printf TRZF && le32 1024 && le32 0 && le32 50000 && zeros 16 && openssl dgst -blake2s256 -binary code && firmware 895 && zeros 65
    cat code
} > unsigned
[ "$(part unsigned 512 4)" = TRZF ] || fail 'trezor: the sample is made wrong'
for number in 1 2 3; do
    key_ed25519 "good$number"
    key_ed25519 "evil$number"
done
cp unsigned signed
part unsigned 0 512 | openssl dgst -blake2s256 -binary > message
python3 "$here/cosi.py" message good1.key good2.key | put signed 448
printf '\003' | put signed 447
part unsigned 512 1024 | openssl dgst -blake2s256 -binary > message
python3 "$here/cosi.py" message good1.key good3.key | put signed 1472
printf '\005' | put signed 1471
cat > layout <<'Y'
layout:
  - {name: vendor, offset: 0, size: 447, kind: header}
  - {name: vendor-mask, offset: 447, size: 1, kind: header}
  - {name: vendor-sig, offset: 448, size: 64, kind: signature-slot}
  - {name: fields, offset: 512, size: 959, kind: header}
  - {name: mask, offset: 1471, size: 1, kind: header}
  - {name: sig, offset: 1472, size: 64, kind: signature-slot}
  - {name: code, offset: 1536, size: rest, kind: payload}
Y
cat > policy <<'Y'
policy: 1
require: {expected: path}
signatures:
  - {slot: vendor-sig, covers: [vendor, vendor-mask, vendor-sig], zeroed: [vendor-mask, vendor-sig], max-size: 64,
     scheme: ed25519-cosi-blake2s, keys: [good1.pub, good2.pub, good3.pub], mask: vendor-mask, threshold: 2}
  - {slot: sig, covers: [fields, mask, sig], zeroed: [mask, sig], max-size: 64,
     scheme: ed25519-cosi-blake2s, keys: [good1.pub, good2.pub, good3.pub], mask: mask, threshold: 2}
Y
sed 's/covers: \[fields, /covers: [fields, code, /' policy > range.policy
printf '%s\n' 'signature 1480' 'signature-of-the-vendor 450' 'who-signed 1471' 'code 30000' 'digest-of-the-code 545' > places
payload_at=30000
others
attack
python3 "$here/cosi.py" message good1.key > sig && cp signed bad && put bad 1472 < sig && printf '\001' | put bad 1471
hold 'trezor: one key where two are wanted' 1 bad unsigned "$(says 'was made by fewer keys than the policy wants')"
python3 "$here/cosi.py" message good1.key good2.key good3.key > sig && cp signed bad && put bad 1472 < sig && printf '\007' | put bad 1471
hold 'trezor: three keys together' 0 bad unsigned
printf '\017' | put bad 1471
hold 'trezor: a mask with a key that is not there' 1 bad unsigned "$(says 'names none of the policy')"
printf '\0' | put bad 1471
hold 'trezor: a mask of nobody' 1 bad unsigned "$(says 'names none of the policy')"

# Dasharo and other coreboot with verified boot: a block with a signed key, then a preamble with the signature of the
# firmware's body, then the preamble's own signature, all RSA over SHA-256. The keys come with the release.
begin dasharo
firmware 60000 > body
for key in root data; do
    key_rsa "good-$key" 2048
    key_rsa "evil-$key" 2048
done
openssl rsa -pubin -in good-data.pub -modulus -noout | sed 's/.*=//' | tr 'A-F' 'a-f' | unhex > modulus
{
    printf CHROMEOS && le32 131074 && le64 624 && le64 368 && le64 256 && le64 368 && zeros 24 && le64 7
    le64 32 && le64 256 && le64 4 && le64 1 && cat modulus
} > keyblock
{ le64 624 && le64 368 && le64 256 && le64 368 && le32 131074 && le64 1 && firmware 68; } > preamble
keyblock_size=$(wc -c < keyblock) preamble_size=$(wc -c < preamble)
keyblock_sig=$keyblock_size
preamble_at=$((keyblock_sig + 256))
body_sig=$((preamble_at + preamble_size))
preamble_sig=$((body_sig + 256))
body_at=4096
{ cat keyblock && zeros 256 && cat preamble && zeros 512 && zeros 4096; } | head -c $body_at > unsigned
cat body >> unsigned
cp unsigned signed
openssl dgst -sha256 -sign good-root.key keyblock | put signed "$keyblock_sig"
openssl dgst -sha256 -sign good-data.key body | put signed "$body_sig"
part signed "$preamble_at" $((preamble_size + 256)) > preamble.whole
openssl dgst -sha256 -sign good-data.key preamble.whole | put signed "$preamble_sig"
cat > layout <<Y
layout:
  - {name: keyblock, offset: 0, size: $keyblock_size, kind: header}
  - {name: keyblock-sig, offset: $keyblock_sig, size: 256, kind: signature-slot}
  - {name: preamble, offset: $preamble_at, size: $preamble_size, kind: header}
  - {name: body-sig, offset: $body_sig, size: 256, kind: signature-slot}
  - {name: preamble-sig, offset: $preamble_sig, size: 256, kind: signature-slot}
  - {name: padding, offset: $((preamble_sig + 256)), size: $((body_at - preamble_sig - 256)), kind: filler}
  - {name: body, offset: $body_at, size: rest, kind: payload}
Y
cat > policy <<'Y'
policy: 1
require: {expected: path}
signatures:
  - {slot: keyblock-sig, covers: keyblock, max-size: 256, key: good-root.pub, scheme: rsa-pkcs1-sha256}
  - {slot: body-sig, covers: body, max-size: 256, key: good-data.pub, scheme: rsa-pkcs1-sha256}
  - {slot: preamble-sig, covers: [preamble, body-sig], max-size: 256, key: good-data.pub, scheme: rsa-pkcs1-sha256}
Y
sed 's/covers: \[preamble, body-sig\]/covers: preamble/' policy > range.policy
{
    echo "signature $((preamble_sig + 7))" && echo "signature-of-the-body $((body_sig + 7))" && echo "body 30000"
    echo "key $((keyblock_size - 10))" && echo "preamble $((preamble_at + 60))" && echo "padding 4000"
} > places
payload_at=30000
others
attack
