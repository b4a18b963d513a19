#!/bin/sh
# T6, T11: bundles of RAUC. The squashfs in one is opened; a signature behind it is explained only by a certificate of the
# policy, a tree of hashes between only by working it out again.
# shellcheck disable=SC1091,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in rauc mksquashfs unsquashfs openssl python3 jq; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
layout='' policy=''
for key in good evil; do
    key_rsa $key 2048
    certificate $key
done

# content FORMAT: what a bundle is made of
content() {
    rm -rf content && mkdir content
    openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2> /dev/null | head -c 700000 > content/rootfs.img
    printf '[update]\ncompatible=board\nversion=1\n\n[bundle]\nformat=%s\n\n[image.rootfs]\nfilename=rootfs.img\n' "$1" > content/manifest.raucm
}
# bundle FORMAT OUT KEY
bundle() {
    [ "$1" = same ] || content "$1"
    rm -f "$2"
    rauc --cert="$3.pem" --key="$3.key" bundle content "$2" > rauc.log 2>&1 || fail "rauc: $(cat rauc.log)"
}
number() { python3 -c 'import struct, sys; print(struct.unpack(sys.argv[2], open(sys.argv[1], "rb").read()[int(sys.argv[3]):][:8])[0])' "$@"; }
# measure FILE: where its parts are
measure() {
    size=$(wc -c < "$1")
    signature_length=$(number "$1" '>Q' -8)
    signature_at=$((size - 8 - signature_length))
    squashfs_end=$((($(number "$1" '<Q' 40) + 4095) / 4096 * 4096))
}
cat > policy.good <<'Y'
policy: 1
require: {expected: path}
signatures:
  - {slot: "#bundle-signature", covers: "#bundle", max-size: 8192, key: good.pem, scheme: cms-rsa-sha256}
Y
sed 's/good.pem/evil.pem/' policy.good > policy.evil
printf 'policy: 1\nrequire: {expected: path}\n' > policy.none
sed 's/8192/100/' policy.good > policy.short
sed 's/covers: "#bundle"/covers: "#module"/' policy.good > policy.other
one() { printf '[.findings[] | select(.class == "unexplained")] | length == 1 and .[0].path == "%s" and .[0].range.offset == %s and .[0].range.length == 1' "$1" "$2"; }

for format in plain verity; do
    bundle $format shipped good
    measure shipped
    head -c "$squashfs_end" shipped > expected
    policy=policy.good
    hold "$format: signed, and the squashfs that the rebuild made" 0 shipped expected \
        '.image.format == "rauc" and .verdict == "equivalent" and .accounting.unexplained == 0 and any(.files[]; .path == "#bundle//rootfs.img" and .verdict == "identical")'
    policy=''
    hold "$format: no policy" 1 shipped expected "$(says 'slot: \"#bundle-signature\", covers: \"#bundle\"')"
    policy=policy.none
    hold "$format: no line for the signature" 1 shipped expected "$(says 'no line of the policy speaks of it')"
    policy=policy.evil
    hold "$format: by another" 1 shipped expected "$(says 'is not, byte for byte, the DER of this signer')"
    policy=policy.short
    hold "$format: longer than the policy's maximum" 1 shipped expected "$(says 'max-size')"
    policy=policy.other
    hold "$format: a policy that covers something else" 1 shipped expected "$(says 'and nothing else')"
    policy=policy.good
    for place in $((signature_at + 4)) $((signature_at + 200)) $((signature_at + signature_length / 2)) $((size - 9)) $((size - 1)) $((size - 4)); do
        cp shipped bad && flip bad $place
        hold "$format: a byte of the signature or its length, at $place" 1 bad expected
    done
    { cat shipped && printf x; } > bad
    hold "$format: a byte behind the end" 1 bad expected
    { head -c "$squashfs_end" shipped && zeros 4096 && tail -c +$((squashfs_end + 1)) shipped; } > bad
    hold "$format: a block between" 1 bad expected
    { head -c "$signature_at" shipped && printf 'hidden..' && tail -c +$((signature_at + 1)) shipped; } > bad
    hold "$format: bytes in front of the signature" 1 bad expected
    cp shipped bad && flip bad 200000
    hold "$format: a byte of the squashfs" 1 bad expected
    cp content/rootfs.img keep && printf X | dd of=content/rootfs.img bs=1 seek=1000 conv=notrunc status=none && bundle same bad good && cp keep content/rootfs.img
    hold "$format: another file in it, signed as well" 1 bad expected 'any(.findings[]; .path == "#bundle//rootfs.img" and .class == "unexplained" and .range.offset == 1000 and .range.length == 1)'
    hold "$format: a bundle that is not signed, and a rebuild that is" 1 expected shipped
    hold "$format: both signed, and the same" 0 shipped shipped '.verdict == "identical"'
    hold "$format: neither signed" 1 expected expected '.verdict == "identical" and .policy.signatures == []'
    # anybody can write the signature again without its certificate, and no RAUC takes it then
    part shipped "$signature_at" "$signature_length" > whole.der
    python3 "$here/cms_cut.py" whole.der cut.der
    { head -c "$signature_at" shipped && cat whole.der && printf '%016x\n' "$(wc -c < whole.der)" | unhex; } | cmp - shipped || fail 'the bundle is put together wrong'
    { head -c "$signature_at" shipped && cat cut.der && printf '%016x\n' "$(wc -c < cut.der)" | unhex; } > bad
    if rauc --keyring=good.pem info bad > rauc.log 2>&1; then fail "$format: rauc takes a signature without a certificate"; fi
    hold "$format: the certificate cut out of the signature" 1 bad expected "$(says 'has no certificate of its signer')"
    bundle same other evil
    measure shipped
    hold "$format: a rebuild with a signature of its own" 1 shipped other
done

# --- verity: the tree of hashes ---
bundle verity shipped good
measure shipped
head -c "$squashfs_end" shipped > expected
[ $((signature_at - squashfs_end)) -gt 8192 ] || fail 'the sample has one level of hashes'
hold 'verity: the tree is worked out again' 0 shipped expected 'any(.findings[]; .class == "structure" and .rule == "rewritten")'
for place in "$squashfs_end" $((squashfs_end + 4000)) $((squashfs_end + 5000)) $((signature_at - 1)); do
    cp shipped bad && flip bad "$place"
    hold "verity: a byte of the tree, at $place" 1 bad expected 'any(.findings[]; .class == "unexplained" and .range.length >= 4096)'
done
policy=''
hold 'verity: the same without a policy, where the other side has it' 1 bad shipped "$(one . $((signature_at - 1)))"
policy=policy.good
# a signature of another manifest, though of the right tree
part shipped "$signature_at" "$signature_length" > sig.der && openssl cms -verify -noverify -inform DER -in sig.der -out manifest 2> /dev/null
# signed MANIFEST: the bundle with another signed manifest in it
signed() {
    openssl cms -sign -binary -nodetach -nosmimecap -md sha256 -in "$1" -signer good.pem -inkey good.key -outform DER -out new.der
    { head -c "$signature_at" shipped && cat new.der && printf '%016x\n' "$(wc -c < new.der)" | unhex; } > bad
}
signed manifest
hold 'verity: the manifest signed once more' 0 bad expected '.verdict == "equivalent"'
for change in 's/^version=1$/version=2/' 's/^compatible=board/compatible=other/' 's/^verity-size=.*/verity-size=4096/' 's/^verity-hash=..../verity-hash=0000/' 's/^verity-salt=..../verity-salt=0000/' 's/^sha256=..../sha256=0000/' 's/^format=verity/format=plain/' 's/^filename=.*/&\nhooks=x/' 's/^verity-hash/#verity-hash/'; do
    sed "$change" manifest > changed
    if cmp -s manifest changed; then fail "nothing is changed by $change"; fi
    signed changed
    hold "verity: another signed manifest: $change" 1 bad expected
done
{ cat manifest && printf 'hidden\0'; } > changed && signed changed
hold 'verity: bytes behind the signed manifest' 1 bad expected
openssl cms -sign -binary -nosmimecap -md sha256 -in expected -signer good.pem -inkey good.key -outform DER -out new.der
{ head -c "$signature_at" shipped && cat new.der && printf '%016x\n' "$(wc -c < new.der)" | unhex; } > bad
hold 'verity: a signature of the squashfs in place of one of the manifest' 1 bad expected
{ cat expected && cat sig.der && printf '%016x\n' "$(wc -c < sig.der)" | unhex; } > bad
hold 'verity: without its tree' 1 bad expected

# --- what only looks like a bundle ---
policy=''
{ cat expected && printf '0123456789' && printf '%016x\n' 10 | unhex; } > bad
hold 'a length behind a squashfs, and no signature: a squashfs' 0 bad bad '.image.format == "squashfs"'
hold 'and what is behind it is unexplained' 1 bad expected
{ cat expected && zeros 4096; } > bad
hold 'zeros behind a squashfs are no length, but fill it up' 0 bad expected '.image.format == "squashfs"'
head -c 700000 content/rootfs.img > noise
{ cat noise && cat sig.der && printf '%016x\n' "$(wc -c < sig.der)" | unhex; } > bad
hold 'a signature behind something that is no squashfs' 1 bad noise 'any(.files[]; .path == "." and .format == "raw")'
