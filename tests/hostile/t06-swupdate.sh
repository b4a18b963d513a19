#!/bin/sh
# T6: packages of SWUpdate: a cpio whose first entry says what the others are, and whose second may be its signature
# (t11-detached.sh: how that is explained). The digests in the first are a text, which is compared as any other.
# shellcheck disable=SC1091,SC2154 # lib.sh and signing.sh lie beside, and say what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in cpio gzip mksquashfs openssl python3 jq; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
key_rsa good 2048
certificate good

mkdir root && seq 1 2000 > root/numbers && printf '#!/bin/sh\n' > root/start
# package OUT TIME FORMAT [ENTRY...]: the root file system packed at a time, and described and signed
package() {
    out=$1 time=$2 format=$3
    shift 3
    rm -rf parts && mkdir parts
    find root -exec touch -d "@$image_time" {} +
    (cd root && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | gzip -n9 > parts/root.cpio.gz
    mksquashfs root parts/data.squashfs -quiet -no-progress -all-root -noappend -reproducible -mkfs-time "$image_time" -all-time "$image_time" > /dev/null
    printf '#!/bin/sh\nexit 0\n' > parts/update.sh
    {
        printf 'software = {\n  version = "1.0";\n  images: (\n'
        for file in root.cpio.gz data.squashfs; do
            printf '    { filename = "%s"; sha256 = "%s"; },\n' $file "$(sha256sum parts/$file | cut -d ' ' -f 1)"
        done
        printf '  );\n};\n'
    } > parts/sw-description
    [ -s sig ] || openssl cms -sign -binary -nosmimecap -md sha256 -in parts/sw-description -signer good.pem -inkey good.key -outform DER -out sig
    cp sig parts/sw-description.sig
    touch -d "@$time" parts/*
    [ $# -gt 0 ] || set -- sw-description sw-description.sig root.cpio.gz data.squashfs update.sh
    (cd parts && printf '%s\n' "$@" | cpio -o -H "$format" --quiet -R 0:0 --reproducible > "../$out")
}
place() { python3 -c 'import sys; print(open(sys.argv[1], "rb").read().find(sys.argv[2].encode()))' "$@"; }
one() { printf '[.findings[] | select(.class == "unexplained")] | length == 1 and .[0].path == "%s" and .[0].range.offset == %s and .[0].range.length == 1' "$1" "$2"; }

for format in newc crc; do
    magic=070701
    if [ $format = crc ]; then magic=070702; fi
    image_time=1700000000
    package expected 1700000000 "$format"
    package shipped 1790000000 "$format"
    judge "$format: packed at another time" 0 shipped expected \
        '.image.format == "cpio" and .verdict == "equivalent" and ([.files[].path] | contains(["sw-description", "sw-description.sig", "root.cpio.gz//#gzip//numbers", "data.squashfs//numbers"]))'
    image_time=1790000000
    package bad 1700000000 "$format"
    judge "$format: other images, whose digests the description names: the text is another" 1 bad expected \
        'any(.findings[]; .path == "sw-description" and .class == "unexplained") and all(.findings[] | select(.class == "unexplained"); .path == "sw-description")'
    image_time=1700000000
    sed 's/^77$/78/' root/numbers > n && cp root/numbers keep && cp n root/numbers && package bad 1700000000 "$format" && cp keep root/numbers
    judge "$format: a byte of a file in an image in the package" 1 bad expected \
        'any(.findings[]; .path == "root.cpio.gz//#gzip//numbers" and .range.length == 1) and any(.findings[]; .path == "data.squashfs//numbers" and .range.length == 1)'
    package bad 1700000000 "$format" sw-description.sig sw-description root.cpio.gz data.squashfs update.sh
    judge "$format: the description is not first" 1 bad expected "$(fact order unexplained)"
    package bad 1700000000 "$format" sw-description root.cpio.gz data.squashfs update.sh
    judge "$format: without the signature" 1 bad expected '.missing | length == 1'
    judge "$format: with a signature that the rebuild has not" 1 expected bad 'any(.facts[]; .path == "sw-description.sig" and .fact == "name" and .class == "unexplained")'
    package bad 1700000000 "$format" sw-description sw-description.sig root.cpio.gz data.squashfs update.sh sw-description
    judge "$format: two descriptions" 1 bad expected "$(fact duplicate-name unexplained)"
    { cat expected && printf x; } > bad
    judge "$format: a byte behind the end" 1 bad expected
    at=$(place expected 'version = "1.0"')
    cp expected bad && poke bad $((at + 11)) 2
    judge "$format: a byte of the description" 1 bad expected
    signature=$(place expected sw-description.sig)
    cp expected bad && flip bad $((signature + 300))
    judge "$format: a byte of the signature" 1 bad expected
    cp expected bad && poke bad $(($(place expected "$magic") + 94)) 1
    judge "$format: a digit of a header" 1 bad expected
done
# newc has no sums: there a changed byte shows alone
image_time=1700000000
package expected 1700000000 newc
at=$(place expected 'version = "1.0"')
cp expected bad && poke bad $((at + 11)) 2
judge 'a byte of the description, alone in its finding' 1 bad expected "$(one sw-description 26)"
