#!/bin/sh
# T6: checksums and sizes follow from what they are made of: where a part differs in a way that is accepted, so does its
# sum; a sum that does not belong to the bytes never passes.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mkimage dtc ar cpio gzip openssl; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
head -c 2000 "$assay" > data
printf 'another part\n' > other

# The part that differs: the same content, in a gzip stream of another time, which a rule explains.
part() { touch -d "@$1" data && gzip -c data > part && cp part part.gz; }

make_ar() { touch -d @1 part.gz other && rm -f "$1" && ar rcSD "$1" part.gz other; }
make_tar() { pack "$1" part.gz other; }
make_cpio() { printf '%s\n' part.gz other | cpio -o -H crc --quiet -R 0:0 --reproducible > "$1" 2> /dev/null; }
make_gzip() { make_tar inner.tar && gzip -nc inner.tar > "$1"; }
make_uboot() { SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T "$kind" -C gzip -n name -d "$files" "$1" > /dev/null; }
cat > fit.its <<'X'
/dts-v1/;
/ {
    description = "parts";
    images {
        part {
            description = "part"; data = /incbin/("part"); type = "kernel"; arch = "arm"; os = "linux";
            compression = "gzip"; load = <0x80000>; entry = <0x80000>;
            hash-1 { algo = "sha256"; }; hash-2 { algo = "crc32"; }; hash-3 { algo = "sha1"; }; hash-4 { algo = "md5"; };
        };
    };
    configurations { default = "one"; one { kernel = "part"; }; };
};
X
make_fit() { SOURCE_DATE_EPOCH=1 mkimage -f fit.its "$1" > /dev/null; }

# follows MAKER STORY: with the accepted difference inside; leaves `good` and `shipped`
follows() {
    part 1600000000 && "make_$1" good
    part 1700000000 && "make_$1" shipped
    ! cmp -s good shipped || fail "$2: nothing differs"
    judge "$2: follows from an accepted part" 0 shipped good '.verdict == "equivalent"'
}

# wrong STORY OFFSET BYTES: a sum that does not belong to the rest
wrong() {
    cp good bad && poke bad "$2" "$3"
    ! cmp -s good bad || fail "$1: nothing differs"
    judge "$1: wrong" 1 bad good
    cp shipped bad && poke bad "$2" "$3"
    judge "$1: wrong beside an accepted part" 1 bad good
}

kind='' files=''
follows ar 'ar, size of a member'
wrong 'ar, size of a member' 56 '9'
follows tar 'tar, sum of a header'
wrong 'tar, sum of a header' 150 '0'
follows cpio 'cpio, sum of the content'
wrong 'cpio, sum of the content' 105 'f'
follows gzip 'gzip, CRC and length'
size=$(stat -c %s good)
cp good bad && poke bad $((size - 8)) '\001\002\003\004'
judge 'gzip, CRC: wrong' 1 bad good
cp good bad && poke bad $((size - 4)) '\001\002\003\004'
judge 'gzip, length: wrong' 1 bad good
kind=kernel files=part
follows uboot 'U-Boot image, sums of header and data'
wrong 'U-Boot image, sum of the header' 4 '\001\002'
wrong 'U-Boot image, sum of the data' 24 '\001\002'
wrong 'U-Boot image, size' 15 '\001'
wrong 'U-Boot image, load address' 16 '\001'
wrong 'U-Boot image, name' 40 'other'
kind=multi files=part:other:part
follows uboot 'U-Boot image of several files'
wrong 'U-Boot image of several files, size of one' 67 '\003'
# Sums that are right for what is no longer the rebuild's: the facts tell.
part 1600000000
SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T kernel -C none -n name -d part good > /dev/null
SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T kernel -C none -n name -a 0x1000 -d part bad > /dev/null
judge 'U-Boot image, another load address under right sums' 1 bad good "$(fact load unexplained)"
SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T kernel -C none -n other -d part bad > /dev/null
judge 'U-Boot image, another name under right sums' 1 bad good "$(fact image-name unexplained)"
SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T firmware -C none -n name -d part bad > /dev/null
judge 'U-Boot image, another type under right sums' 1 bad good "$(fact image-type unexplained)"

# spoil FILE NODE: the hash of that node with another first byte
spoil() {
    fdtget -t bx "$1" "$2" value > value
    # shellcheck disable=SC2046 # each byte is an argument
    fdtput -t bx "$1" "$2" value $(sed 's/^fe/0/; t; s/^[0-9a-f]*/fe/' value)
}
follows fit 'FIT, hashes of an image'
for i in 1 2 3 4; do
    for side in good shipped; do
        cp "$side" bad && spoil bad "/images/part/hash-$i"
        judge "FIT, hash $i of $side is of other content" 1 bad good
    done
done

# A text that names the digest of a file beside it: where that file is not the rebuild's, who checks it refuses it.
mkdir -p release
echo app > release/app
# list SIDE TIME SUM: an archive whose inner one has that time, and what SUM says of the rebuild's
list() {
    for time in 1000 "$2"; do
        tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime="@$time" -C release -cf release/inner.tar app
        [ "$time" != 1000 ] || (cd release && "$3" inner.tar > sums)
    done
    tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@1000 -C release -cf "$1" inner.tar sums
}
for sum in md5sum sha1sum sha256sum sha384sum sha512sum; do
    list good.tar 1000 "$sum"
    list other.tar 2000 "$sum"
    judge "a list of $sum beside another time" 1 other.tar good.tar 'any(.facts[]; .fact == "named-digest" and .path == "inner.tar" and .class == "unexplained")'
done
# in base 64: as npm has it, as wheels have it, as apk has it, amid other letters
npm() { printf '{"integrity": "sha512-%s"}' "$(openssl dgst -sha512 -binary "$1" | base64 -w 0)"; }
wheel() { printf 'x/%s,sha256=%s,99\n' "$1" "$(openssl dgst -sha256 -binary "$1" | base64 -w 0 | tr -d = | tr +/ -_)"; }
apk() { printf 'Z:Q1%s\n' "$(openssl dgst -sha1 -binary "$1" | base64 -w 0)"; }
longer() { printf 'x%s\n' "$(openssl dgst -sha256 -binary "$1" | base64 -w 0)"; }
for sum in npm wheel apk longer cksum; do
    list good.tar 1000 $sum
    list other.tar 2000 $sum
    judge "a digest as $sum writes it beside another time" 1 other.tar good.tar 'any(.facts[]; .fact == "named-digest" and .path == "inner.tar" and .class == "unexplained")'
done
