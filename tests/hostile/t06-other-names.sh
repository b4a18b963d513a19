#!/bin/sh
# T6, T11: what says something of a file by its name may have any name that the file is known by: that of a link, of a link to
# a link, another reader's, one in other capitals, or that of what is packed in it.
# shellcheck disable=SC1091,SC2154,SC2317,SC2329 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gzip xz cpio cksum openssl mksquashfs mkfs.fat mcopy genisoimage xorriso python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
echo content > data
# part FILE TIME: the same content, in a gzip stream of another time, which a rule explains
part() { touch -d "@$2" data && gzip -c data > "$1"; }
part rebuilt 1000000000
part other 1000005000
crc() { gzip -c "$1" | tail -c 8 | head -c 4 | od -An -tx4 --endian=little | tr -d ' '; }
sum=$(crc rebuilt)

# pack_as KIND FILE: the tree; all times in it are the same
pack_as() {
    find tree -exec touch -h -d @1 {} +
    rm -rf "$2"
    case $1 in
        tar) tar --format=posix --sort=name --pax-option=delete=atime,delete=ctime --owner=0 --group=0 --numeric-owner --mtime=@1 -C tree -cf "$2" . ;;
        cpio) (cd tree && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 --reproducible) > "$2" ;;
        squashfs) env -u SOURCE_DATE_EPOCH mksquashfs tree "$2" -quiet -no-progress -all-root -noappend -mkfs-time 1 -all-time 1 > /dev/null ;;
        zip) (cd tree && TZ=UTC zip -qryX "../$2" .) ;;
        directory) cp -a tree "$2" ;;
        fat) mkfs.fat -C -i 12345678 --invariant "$2" 512 > /dev/null && (cd tree && mcopy -s -m -i "../$2" -- * ::/) ;;
        iso) genisoimage -quiet -o "$2" tree 2> /dev/null ;;
        rock) xorriso -as mkisofs -quiet -o "$2" tree 2> /dev/null ;;
    esac
}
export SOURCE_DATE_EPOCH=1600000000
# both KIND...: `good` of the rebuilt part and `shipped` of the other, in a tree that build makes of one; then judged
both() {
    story=$1 wanted=$2 how=$3
    shift 3
    for kind; do
        for side in good:rebuilt shipped:other; do
            rm -rf tree && mkdir tree && build "${side#*:}"
            pack_as "$kind" "${side%:*}.$kind"
        done
        judge "$kind: $story" "$wanted" "shipped.$kind" "good.$kind" "$how"
    done
}
# known STORY KIND...: the rebuild's part is known by what stands beside it
known() { said=$1 && shift && both "$said" 1 'any(.facts[]; .fact == "named-digest" and .class == "unexplained")' "$@"; }
signed() { said=$1 && shift && both "$said" 1 "$(fact mtime unexplained)" "$@"; }
unknown() { said=$1 && shift && both "$said" 0 '.verdict == "equivalent"' "$@"; }
signature() { echo signature > "tree/$1"; }

with_links='tar cpio squashfs directory'
command -v zip > /dev/null && with_links="$with_links zip"

# Lists of sums.
build() { cp "$1" tree/app-1.gz && ln -s app-1.gz tree/app.gz && echo "app.gz $sum" > tree/sums; }
# shellcheck disable=SC2086 # kinds
known 'a sum by the name of a symbolic link' $with_links rock
build() { cp "$1" tree/app-1.gz && ln -s app-1.gz tree/app.gz && echo "other.gz $sum" > tree/sums; }
# shellcheck disable=SC2086 # kinds
unknown 'a sum by another name' $with_links rock
build() { cp "$1" tree/app-1.gz && ln tree/app-1.gz tree/app.gz && ln tree/app-1.gz tree/zpp.gz && echo "app.gz $sum" > tree/sums; }
known 'a sum by the first name of a file' tar cpio squashfs
build() { cp "$1" tree/app-1.gz && ln tree/app-1.gz tree/app.gz && ln tree/app-1.gz tree/zpp.gz && echo "zpp.gz $sum" > tree/sums; }
known 'a sum by the last name of a file' tar cpio squashfs
build() { mkdir tree/a tree/b && cp "$1" tree/a/app.gz && ln -s ../a/app.gz tree/b/x.gz && ln -s x.gz tree/y.gz && echo "b/y.gz $sum" > tree/sums; }
known 'a sum by the name of a link to a link' tar squashfs
build() { mkdir tree/a && cp "$1" 'tree/a/50%.gz' && ln -s 'a/50%.gz' tree/x.gz && echo "x.gz $sum" > tree/sums; }
known 'a sum by the name of a link to a name that is escaped' tar squashfs
build() { cp "$1" 'tree/50%.gz' && echo "50%.gz $sum" > tree/sums; }
known 'a sum by a name that is escaped' tar
build() { cp "$1" tree/app.gz && ln -s app.gz tree/b.gz && ln -s b.gz tree/c.gz && ln -sf c.gz tree/b.gz && echo "c.gz $sum" > tree/sums; }
unknown 'a sum by the name of a loop' tar
build() { cp "$1" tree/app.gz && ln -s b.gz tree/c.gz && ln -s c.gz tree/b.gz && echo "app.gz $sum" > tree/sums; }
known 'a sum beside a loop' tar
build() { cp "$1" tree/APP.GZ && echo "app.gz $sum" > tree/SUMS; }
known 'a sum in other capitals' fat iso rock tar
build() { cp "$1" tree/longname-app.gz && echo "LONGNA~1.GZ $sum" > tree/SUMS; }
known 'a sum by a short name' fat
unknown 'a sum by what is no name of it' tar
build() { cp "$1" tree/app.gz && echo "APP.GZ;1 $sum" > tree/sums; }
known 'a sum by a name with its version' iso
build() { cp "$1" tree/app.gz && printf '[{\n  "name": "app.gz",\n  "size": 1,\n  "crc": "%s"\n}]\n' "$sum" > tree/sums; }
known 'a sum in a line of its own' tar
build() { cp "$1" tree/app.gz && echo "$sum" > tree/app.gz.crc; }
known 'a sum in a file of the name' tar
build() { cp "$1" tree/app.gz && { echo "$sum" && seq -f '%.0f and more' 900 && echo app.gz; } > tree/sums; }
unknown 'a sum far from the name' tar

# What is decoded of a part: an archive that has another time.
decoded() {
    for side in good:1000 shipped:2000; do
        rm -rf tree && mkdir tree
        tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@1000 -cf inner data && crc inner > sum
        tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime="@${side#*:}" -cf inner data
        build "$(cat sum)"
        pack_as tar "${side%:*}.tar"
    done
    judge "tar: $1" "$2" shipped.tar good.tar "$3"
}
named='any(.facts[]; .fact == "named-digest" and .class == "unexplained")'
build() { gzip -nc inner > tree/a.tar.gz && echo "a.tar $1" > tree/sums; }
decoded 'a sum of what a gzip file holds' 1 "$named"
build() { gzip -nc inner > tree/a.tar.gz && echo "a.tar 12$1" > tree/sums; }
decoded 'another sum beside the name of what is decoded' 0 '.verdict == "equivalent"'
build() { xz -c inner > tree/a.txz && echo "A.TAR $1" > tree/sums; }
decoded 'a sum of what an xz file holds' 1 "$named"
build() { xz -c inner > tree/a.txz && ln -s a.txz tree/b.tar.xz && echo "b.tar $1" > tree/sums; }
decoded 'a sum of what a link to an xz file holds' 1 "$named"
build() { gzip -nc inner > tree/a.tar.gz && ln -s a.tar.gz tree/b.tar.gz && echo "c.tar $1" > tree/sums; }
decoded 'a sum of what another gzip file holds' 0 '.verdict == "equivalent"'
build() { cp inner b.tar && gzip -c b.tar > tree/a.tar.gz && echo "b.tar $1" > tree/sums; }
touch -d @1 inner
decoded 'a sum of what a gzip file says that it holds' 1 "$named"
build() { gzip -nc inner > tree/a.tar.gz && (tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@1000 -cf x data && sha256sum < x) > tree/sums; }
decoded 'a digest of what a gzip file holds' 1 "$named"

# Signatures.
build() { cp "$1" tree/app-1.gz && ln -s app-1.gz tree/app.gz && signature app.gz.sig; }
# shellcheck disable=SC2086 # kinds
signed 'a signature by the name of a symbolic link' $with_links rock
build() { cp "$1" tree/app-1.gz && ln -s app-1.gz tree/app.gz && signature other.gz.sig; }
# shellcheck disable=SC2086 # kinds
unknown 'a signature by another name' $with_links rock
for one in app-1.gz app.gz zpp.gz; do
    build() { cp "$1" tree/app-1.gz && ln tree/app-1.gz tree/app.gz && ln tree/app-1.gz tree/zpp.gz && signature "$one.sig"; }
    signed "a signature by one name, $one, of a file of three" tar cpio squashfs
done
build() { mkdir tree/a tree/b && cp "$1" tree/a/app.gz && ln -s ../a/app.gz tree/b/x.gz && ln -s x.gz tree/b/y.gz && signature b/y.sig; }
signed 'a signature by the name of a link to a link' tar squashfs
build() { mkdir tree/a tree/b && cp "$1" tree/a/app.gz && ln -s ../a/app.gz tree/b/x.gz && ln -s x.gz tree/b/y.gz && signature a/y.sig; }
unknown 'a signature in another directory' tar squashfs
build() { mkdir tree/a && cp "$1" tree/a/app.gz && ln -s a tree/c && ln -s /c/app.gz tree/x.gz && signature x.gz.sig; }
signed 'a signature by the name of a link by way of a link to a directory' tar squashfs
build() { mkdir tree/a tree/s && cp "$1" tree/a/app.gz && signature s/1 && ln -s ../s/1 tree/a/app.gz.sig; }
signed 'a link to a signature' tar squashfs
build() { mkdir tree/a tree/s && cp "$1" tree/a/app.gz && signature s/1 && ln tree/s/1 tree/a/app.gz.sig; }
signed 'a hard link to a signature' tar cpio
build() { cp "$1" tree/app.gz && ln -s /etc/keys/1 tree/app.gz.sig; }
signed 'a link to a signature that is not in the image' tar
if command -v gcc > /dev/null; then
    printf 'int main (void) { return 3; }\n' > program.c && gcc -O1 -Wl,--build-id=none -o rebuilt.elf program.c && strip -o other.elf rebuilt.elf
    build() { mkdir tree/s && cp "$1" tree/app.gz && cp "$1.elf" tree/s/1 && ln -s s/1 tree/app.gz.sig; }
    unknown 'a link to what is not the same' tar
fi
build() { cp "$1" tree/APP.GZ && signature app.sig; }
signed 'a signature in other capitals' fat iso tar
build() { cp "$1" tree/longname-app.gz && signature longna~1.gz.sig; }
signed 'a signature by a short name' fat
build() { cp "$1" tree/part.tgz && signature part.tar.sig; }
signed 'a signature of what is packed' tar
build() { cp "$1" tree/part.tar.gz && signature part.sig; }
signed 'a signature of an archive, whatever it is packed with' tar

# A name that leads through a link, which tar writes through.
for names in 'cur/app.gz rel/app.gz.sig' 'rel/app.gz cur/app.gz.sig' 'rel/app.gz cur/b.gz.sig'; do
    # shellcheck disable=SC2086 # two words
    set -- $names
    for side in good:rebuilt shipped:other; do
        python3 - "${side%:*}.tar" "${side#*:}" "$@" << 'PYTHON'
import io, sys, tarfile
out, part, name, signature = sys.argv[1:]
with tarfile.open(out, 'w', format=tarfile.USTAR_FORMAT) as archive:
    link = tarfile.TarInfo('cur')
    link.type, link.linkname = tarfile.SYMTYPE, 'rel'
    archive.addfile(link)
    for entry, content in ((name, open(part, 'rb').read()), (signature, b'signature')):
        info = tarfile.TarInfo(entry)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
PYTHON
    done
    case $names in
        *b.gz.sig) judge "tar: $names" 0 shipped.tar good.tar '.verdict == "equivalent"' ;;
        *) judge "tar: $names" 1 shipped.tar good.tar "$(fact mtime unexplained)" ;;
    esac
done
