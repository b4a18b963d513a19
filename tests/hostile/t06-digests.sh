#!/bin/sh
# T6: a digest in the image is held against what it is of, wherever it stands and however it is written: where a file
# that differs harmlessly is known by the digest of the rebuild's, who checks it refuses it, or goes on with another; and where
# the rebuild too knows it by the digest of what is shipped, it is the rebuild's that is refused.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in openssl xxd gzip cksum python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
mkdir -p tree/etc
echo content > data
# part FILE TIME: the same content, in a gzip stream of another time, which a rule explains
part() { touch -d "@$2" data && gzip -c data > "$1"; }
part rebuilt.gz 1000000000
part other.gz 1000005000
part same.gz 1000009000

# image FILE PART: a tar of the tree, and that part in it
image() {
    cp "$2" tree/a.gz && cp same.gz tree/b.gz && touch -h -d @1 tree/a.gz
    (cd tree && find . -mindepth 1 | LC_ALL=C sort | xargs tar --format=posix --pax-option=delete=atime,delete=ctime \
        --owner=0 --group=0 --numeric-owner --mtime=@1000 --no-recursion -cf ../"$1" --)
}
named='any(.facts[]; .fact == "named-digest" and .path == "a.gz" and .class == "unexplained")'
# known STORY: the tree knows the rebuild's part by its digest
known() {
    image good.tar rebuilt.gz
    image other.tar other.gz
    judge "$1" 1 other.tar good.tar "$named"
    judge "$1: beside the rebuild's part" 0 good.tar good.tar
}
# unknown STORY: it does not
unknown() {
    image good.tar rebuilt.gz
    image other.tar other.gz
    judge "$1" 0 other.tar good.tar '.verdict == "equivalent"'
}
raw() { openssl dgst "-$1" -binary "$2"; }
hex() { raw sha256 "$1" | xxd -p -c 64; }

unknown 'no digest'
for kind in md5 sha1 sha224 sha256 sha384 sha512 sha512-224 sha512-256 sha3-224 sha3-256 sha3-384 sha3-512 blake2b512 blake2s256 sm3; do
    { printf 'table\0\1'; raw "$kind" rebuilt.gz; printf '\0end'; } > tree/table
    known "$kind in a binary"
    { printf '\0'; raw "$kind" other.gz; } > tree/table
    known "$kind of what is shipped in a binary"
    { printf '\0'; raw "$kind" same.gz; } > tree/table
    unknown "$kind of files that are the same"
done
{ printf '\0'; raw sha256 other.gz; } | gzip -nc > tree/table.gz
echo none > tree/table
known 'a digest of what is shipped in a compressed file'
rm tree/table.gz
hex other.gz > tree/table
known 'a digest of what is shipped, in hexadecimal digits'
{ raw sha512 other.gz | base64 -w 0; } > tree/table
known 'a digest of what is shipped, in base 64'
: > "tree/etc/$(hex other.gz).bin"
echo none > tree/table
known 'a digest of what is shipped as the name of a file'
rm tree/etc/*.bin
ln -s "store/$(hex other.gz)" tree/etc/link
known 'a digest of what is shipped as the target of a link'
rm tree/etc/link
{ raw sha256 rebuilt.gz | head -c 31; printf x; } > tree/table
unknown 'all but a byte of a digest'
for word in 4 8; do
    { printf table; raw sha256 rebuilt.gz | xxd -p -c $word | sed 's/../&\n/g' | awk -v n=$word '/./ { w = $0 w; if (++i % n == 0) { print w; w = "" } }' | xxd -r -p; } > tree/table
    known "words of $word bytes in the other order"
done
{ head -c 131065 /dev/zero; raw sha256 rebuilt.gz; head -c 200000 /dev/zero; } > tree/table
known 'a digest between two parts that are read'
{ printf '\0'; hex rebuilt.gz | tr a-f A-F; } > tree/table
known 'hexadecimal digits in a binary'
for separator in : - ' '; do
    { printf x; hex rebuilt.gz | tr a-f A-F | sed "s/../&$separator/g; s/.\$//"; } > tree/table
    known "hexadecimal digits in pairs, with '$separator' between"
done
for width in 1 8 31 40; do
    hex rebuilt.gz | fold -w $width > tree/table
    known "hexadecimal digits in lines of $width"
done
{ printf 'rebuilt.gz: '; raw sha512 rebuilt.gz | xxd -p | tr -d '\n' | tr a-f A-F | sed 's/.\{8\}/& /g' | fold -sw 40 | sed '2,$s/^/            /'; } > tree/table
known 'hexadecimal digits in groups and lines, as gpg --print-md sets them'
{ echo 'static const u8 digest[] = {'; raw sha512 rebuilt.gz | xxd -i | sed 's/^/                      /'; echo '};'; } > tree/table
known 'hexadecimal digits in an array of C'
hex rebuilt.gz | sed 's/../\\x&/g' > tree/table
known 'hexadecimal digits of a string of C'
hex rebuilt.gz | fold -w 32 | sed '1s/$/ g/' > tree/table
unknown 'hexadecimal digits with a letter between'
hex rebuilt.gz | sed 's/^../&0x/' > tree/table
unknown 'hexadecimal digits with another zero between'
{ printf '\0{"x":"'; raw sha512 rebuilt.gz | base64 -w 0 | tr +/ -_; } > tree/table
known 'base 64 in a binary'
for before in a bc def; do
    { printf %s "$before"; raw sha256 rebuilt.gz; echo behind; } | base64 -w 0 > tree/table
    known "base 64 of $before and a digest"
done
for kind in sha256 sha384 sha512; do
    for column in 3 13 17 20 40; do
        raw $kind rebuilt.gz | base64 -w 0 | sed "s/^.\{$column\}/&\r\n /" > tree/table
        known "base 64 of $kind, in two lines from letter $column on"
    done
done
raw sha512 rebuilt.gz | base64 -w 0 | sed 's/.\{15\}/&\n/g' > tree/table
unknown 'base 64 of which no 16 letters stand in a row'
{ printf '\0'; raw sha256 rebuilt.gz; } | gzip -nc > tree/table.gz
echo none > tree/table
known 'a digest in a compressed file'
rm tree/table.gz

: > "tree/etc/$(hex rebuilt.gz).bin"
known 'the name of a file'
rm tree/etc/*.bin
: > "tree/etc/$(hex same.gz).bin"
unknown 'the name of a file, by another one that is the same'
rm tree/etc/*.bin
first=$(hex rebuilt.gz | cut -c 1-2)
mkdir "tree/$first"
: > "tree/$first/$(hex rebuilt.gz | cut -c 3-)"
known 'a store that is divided by the first digits'
rm -r "tree/${first:?}"
ln -s "store/$(hex rebuilt.gz)" tree/etc/link
known 'the target of a link'
rm tree/etc/link

# a store that is addressed by content: what it calls by its digest must have it
stored=$(hex rebuilt.gz)
for side in good other; do
    mkdir -p store
    part=rebuilt.gz
    [ "$side" = good ] || part=other.gz
    cp "$part" "store/$stored.gz" && touch -d @1 "store/$stored.gz"
    pack "$side.tar" "store/$stored.gz"
done
judge 'a file that is called by its own digest' 1 other.tar good.tar 'any(.facts[]; .fact == "named-digest")'

# in an attribute, of the file itself or of another
attributed() { python3 - "$@" << 'PYTHON'
import base64, sys, tarfile
keyword, file, part, owner, value = sys.argv[1:]
with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as tar:
    for name, source in ("a.gz", part), ("b.gz", "same.gz"):
        entry = tarfile.TarInfo(name)
        if name == owner:
            entry.pax_headers = {keyword: base64.b64encode(value.encode()).decode() if "LIBARCHIVE" in keyword else value}
        with open(source, "rb") as bytes_of:
            entry.size = len(bytes_of.read())
            bytes_of.seek(0)
            tar.addfile(entry, bytes_of)
PYTHON
}
for keyword in SCHILY.xattr.user.sum LIBARCHIVE.xattr.user.sum; do
    for owner in a.gz b.gz; do
        attributed $keyword good.tar rebuilt.gz $owner "$(hex rebuilt.gz)"
        attributed $keyword other.tar other.gz $owner "$(hex rebuilt.gz)"
        judge "$keyword of $owner" 1 other.tar good.tar "$named"
        attributed $keyword good.tar rebuilt.gz $owner "$(hex other.gz)"
        attributed $keyword other.tar other.gz $owner "$(hex other.gz)"
        judge "$keyword of $owner, of what is shipped" 1 other.tar good.tar "$named"
        attributed $keyword good.tar rebuilt.gz $owner "$(hex same.gz)"
        attributed $keyword other.tar other.gz $owner "$(hex same.gz)"
        judge "$keyword of $owner, of another file" 0 other.tar good.tar
    done
done

# What holds the part differs with it, and is known by a digest as well: a container, and what a stream decodes to.
nest() {
    mkdir -p nest && cp "$1" nest/a.gz && touch -d @1 nest/a.gz
    tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@1000 -C nest -cf inner.tar a.gz
    gzip -nc inner.tar > tree/inner.tar.gz
}
for level in inner.tar tree/inner.tar.gz; do
    for of in rebuilt.gz other.gz; do
        nest "$of" && { printf '\0'; raw sha256 "$level"; } > tree/table
        nest rebuilt.gz && image good.tar same.gz
        nest other.gz && image other.tar same.gz
        case $of in
            rebuilt.gz) judge "$level of the rebuild in a binary" 1 other.tar good.tar 'any(.facts[]; .fact == "named-digest")' ;;
            *) judge "$level as it is shipped in a binary" 1 other.tar good.tar 'any(.facts[]; .fact == "named-digest")' ;;
        esac
    done
done
# of more than is read at once: what both begin with, what one thread does and what two do
seq 60000 > nest/0-first
for behind in 1000 400000; do
    seq $behind > nest/z-last
    for of in rebuilt.gz other.gz; do
        cp $of nest/a.gz && touch -d @1 nest/*
        tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@1000 -C nest -cf inner.tar 0-first a.gz z-last
        gzip -nc inner.tar > "of-$of"
        openssl dgst -sha3-384 -binary inner.tar > "sum-$of"
    done
    for of in rebuilt.gz other.gz; do
        { printf '\0' && cat "sum-$of"; } > tree/table
        cp of-rebuilt.gz tree/inner.tar.gz && image good.tar same.gz
        cp of-other.gz tree/inner.tar.gz && image other.tar same.gz
        judge "a container with $behind lines behind what differs, as in $of" 1 other.tar good.tar 'any(.facts[]; .fact == "named-digest")'
    done
    echo none > tree/table
    cp of-rebuilt.gz tree/inner.tar.gz && image good.tar same.gz
    cp of-other.gz tree/inner.tar.gz && image other.tar same.gz
    judge "a container with $behind lines behind what differs, which nobody names" 0 other.tar good.tar '.verdict == "equivalent"'
done
rm tree/inner.tar.gz

# Outside of the scope too.
{ printf '\0'; raw sha1 rebuilt.gz; } > tree/table
image good.tar rebuilt.gz
image other.tar other.gz
compared 'a digest outside of the scope' 1 "$named" other.tar good.tar --scope a.gz
echo none > tree/table
image good.tar rebuilt.gz
image other.tar other.gz
compared 'no digest outside of the scope' 0 true other.tar good.tar --scope a.gz
# Both sides' lists name what each has; or both that of the image.
for form in raw text; do
    list() { if [ $form = raw ]; then printf '\0' && raw sha256 "$1"; else printf 'a.gz\n%s\n' "$(hex "$1")" && (cp "$1" a.gz && cksum a.gz); fi > tree/table; }
    list rebuilt.gz && image good.tar rebuilt.gz
    list other.gz && image other.tar other.gz
    compared "lists outside of the scope, $form, each of its own" 0 true other.tar good.tar --scope a.gz
    printf x >> tree/table && image other.tar other.gz
    list other.gz && image good.tar rebuilt.gz
    compared "lists outside of the scope, $form, that differ, of what is shipped" 1 "$named" other.tar good.tar --scope a.gz
done

# Sums of 32 bits: beside the name alone.
crc() { gzip -c "$1" | tail -c 8 | head -c 4 | od -An -tx4 --endian=little | tr -d ' '; }
printf 'a.gz %s\n' "$(crc rebuilt.gz | tr a-f A-F)" > tree/table
known 'CRC-32 beside the name'
printf 'x.gz %s\nb.gz\n' "$(crc rebuilt.gz)" > tree/table
unknown 'CRC-32 beside another name'
(cp rebuilt.gz a.gz && cksum a.gz) > tree/table
known 'cksum beside the name'
(cp other.gz a.gz && cksum a.gz) > tree/table
known 'cksum of what is shipped beside the name'
printf 'b.gz %s\n' "$(crc other.gz)" > tree/table
unknown 'CRC-32 of what is shipped beside another name'
for form in "0x$(crc rebuilt.gz)" "0x$(crc rebuilt.gz | tr a-f A-F)" "$(printf '%d' "0x$(crc rebuilt.gz)")" \
    "$(python3 -c 'import sys; value = int (sys.argv[1], 16); print (value - (value >> 31 << 32))' "$(crc rebuilt.gz)")"; do
    printf 'fw/a.gz %s\n' "$form" > tree/table
    known "CRC-32 as $form, of a path that others have"
done
(cp same.gz a.gz && cksum a.gz) > tree/table
unknown 'cksum of another file'

# A directory as well.
mkdir -p shipped expected
cp tree/b.gz shipped/ && cp tree/b.gz expected/
cp other.gz shipped/a.gz && cp rebuilt.gz expected/a.gz
judge 'a directory without a digest' 0 shipped expected
{ printf '\0\0\0'; raw sha3-256 rebuilt.gz; } > shipped/table && cp shipped/table expected/
judge 'a directory with a digest' 1 shipped expected "$named"
{ printf '\0\0\0'; raw sha3-256 other.gz; } > shipped/table && cp shipped/table expected/
judge 'a directory with a digest of what is shipped' 1 shipped expected "$named"

# A program by its build-id, where the shipped one has another.
if command -v gcc > /dev/null && command -v readelf > /dev/null; then
    rm -rf shipped expected && mkdir -p shipped expected
    printf 'int main (void) { return 3; }\n' > program.c
    gcc -O1 -Wl,--build-id=sha1 -o expected/program program.c
    gcc -O1 -Wl,--build-id=sha1 -Wl,-s -o shipped/program program.c
    readelf -n expected/program | sed -n 's/.*Build ID: //p' > id
    if ! [ -s id ] || readelf -n shipped/program | grep -qF "$(cat id)"; then fail 'the linker gives both the same build-id'; fi
    touch -d @1 shipped/program expected/program shipped expected
    judge 'a program of another build-id' 0 shipped expected '.verdict == "equivalent"'
    readelf -n shipped/program | sed -n 's/.*Build ID: //p' > own-id
    for side in shipped expected; do cp own-id $side/list && touch -d @1 $side/list; done
    judge 'a program whose build-id, as it is shipped, is in a list' 1 shipped expected 'any(.facts[]; .fact == "named-digest" and .path == "program")'
    for side in shipped expected; do cp id $side/list && touch -d @1 $side/list; done
    judge 'a program whose build-id is in a list' 1 shipped expected 'any(.facts[]; .fact == "named-digest" and .path == "program")'
    for side in shipped expected; do
        rm $side/list && mkdir -p "$side/.build-id/$(cut -c 1-2 id)" && ln -s ../../program "$side/.build-id/$(cut -c 1-2 id)/$(cut -c 3- id)"
        find $side -exec touch -h -d @1 {} +
    done
    judge 'a program whose build-id is a path' 1 shipped expected 'any(.facts[]; .fact == "named-digest" and .path == "program")'
    strip -o shipped/program expected/program && touch -h -d @1 shipped/program shipped
    judge 'a program of the same build-id' 0 shipped expected '.verdict == "equivalent"'
fi

# A digest in digits in an attribute, which a file of a directory has as bytes.
rm -rf shipped expected && mkdir shipped expected && seq 1 9000 > numbers
gzip -nc numbers > expected/a.gz && { head -c 4 expected/a.gz; printf '\001\002\003\004'; tail -c +9 expected/a.gz; } > shipped/a.gz
if command -v setfattr > /dev/null && setfattr -n user.other -v x shipped/a.gz 2> said.txt; then
    setfattr -n user.other -v x expected/a.gz && touch -d @1 shipped/a.gz expected/a.gz shipped expected
    judge 'an attribute that names nothing' 0 shipped expected '.verdict == "equivalent"'
    for side in shipped expected; do setfattr -n user.sum -v "$(sha256sum < expected/a.gz | cut -c 1-64)" $side/a.gz; done
    judge 'a digest in digits in an attribute' 1 shipped expected "$named"
fi
