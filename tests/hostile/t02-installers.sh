#!/bin/sh
# T2: an archive for an updater has a file that says which others are written, and where: what is in scope is judged, and
# another file installed in its place. So it must be the rebuild's, or be in scope itself.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in cpio zip sha256sum; do
    command -v $tool > /dev/null || { echo "SKIP: no $tool"; exit 77; }
done
seq 1 300 > root && seq 2 400 > kernel && seq 3 500 > other-kernel && seq 4 600 > evil
description() { printf 'images: (\n { filename = "%s"; sha256 = "%s"; },\n { filename = "kernel"; sha256 = "%s"; }%s );\n' "$1" "$(sha256sum < "$2" | cut -c -64)" "$(sha256sum < "$3" | cut -c -64)" "${4:-}"; }
# side NAME KERNEL DESCRIPTION FILE...: the files of one archive; what describes it first
side() {
    rm -rf "$1" && mkdir -p "$1/$(dirname "$3")"
    cp root "$1/root" && cp "$2" "$1/kernel"
    cat > "$1/$3"
    described=$3
    side=$1
    shift 3
    for file; do cp evil "$side/$file"; done
    find "$side" -exec touch -h -d @1700000000 {} +
    case $described in
        sw-description) (cd "$side" && printf '%s\n' sw-description root kernel "$@" | cpio -o -H crc --quiet -R 0:0 --reproducible > "../$side.swu") ;;
        image.json | disk.ovf) tar --format=ustar --owner=0 --group=0 -cf "$side.tar" -C "$side" "$described" root kernel "$@" ;;
        *) (cd "$side" && rm -f "../$side.zip" && TZ=UTC zip -qX "../$side.zip" "$described" root kernel "$@") ;;
    esac
}
installed=$(fact installed-by unexplained)
scoped() {
    story=$1 wanted=$2
    shift 2
    compared "$story" "$wanted" "$installed" "$@"
}
for kind in sw-description:swu image.json:tar disk.ovf:tar meta.conf:zip manifest.json:zip META-INF/com/google/android/updater-script:zip; do
    name=${kind%:*} suffix=${kind#*:}
    description root root kernel | side good kernel "$name"
    description evil evil kernel | side other kernel "$name" evil
    description root root kernel ', { filename = "evil" }' | side more kernel "$name" evil
    description root root other-kernel | side kernel-changed other-kernel "$name"
    description root root kernel | side added kernel "$name" evil
    scoped "$name: another file is installed" 1 "other.$suffix" "good.$suffix" --scope root
    scoped "$name: one more is installed" 1 "more.$suffix" "good.$suffix" --scope root
    scoped "$name: another digest of a file beside the scope" 0 "kernel-changed.$suffix" "good.$suffix" --scope root
    scoped "$name: a file that it does not name" 0 "added.$suffix" "good.$suffix" --scope root
done
# digests of two files that are exchanged, and digits that are the digest of no file
exchanged() { printf 'images: ( { sha256 = "%s"; to = "a"; }, { sha256 = "%s"; to = "b"; } ); # %s\n' "$(sha256sum < "$1" | cut -c -64)" "$(sha256sum < "$2" | cut -c -64)" "$3"; }
word=0123456789012345678901234567890123456789012345678901234567890123
exchanged root kernel $word | side good kernel sw-description
exchanged kernel root $word | side other kernel sw-description
exchanged root other-kernel $word | side kernel-changed other-kernel sw-description
exchanged root kernel "${word%3}4" | side more kernel sw-description
scoped 'digests of two files that are exchanged' 1 other.swu good.swu --scope root
scoped 'the digest of a file that is another one' 0 kernel-changed.swu good.swu --scope root
scoped 'digits that are the digest of no file' 1 more.swu good.swu --scope root
# in a directory as in an archive
for side in good other; do rm -rf $side && mkdir $side && cp root $side/disk.wic && echo '<bmap/>' > $side/disk.wic.bmap; done
echo '<range/>' >> other/disk.wic.bmap
scoped 'which blocks of an image are written, in a directory' 1 other good --scope disk.wic
# in directories, by links, compressed
for side in good other; do
    rm -rf $side && mkdir -p $side/tezi/deep && cp root $side/tezi/root && cp root $side/tezi/image.json && cp root $side/tezi/deep/image.json
done
echo changed >> other/tezi/deep/image.json
packed() { for side in good other; do find $side -exec touch -h -d @1700000000 {} + && tar --format=ustar --sort=name --owner=0 --group=0 -cf $side.tar -C $side .; done; }
packed
scoped 'a file of that name further down' 0 other.tar good.tar --scope tezi/root
cp root other/tezi/deep/image.json && echo changed >> other/tezi/image.json && packed
scoped 'one in a directory' 1 other.tar good.tar --scope tezi/root
cp root other/tezi/image.json && cp root other/image-2.json && packed
scoped 'a second one' 1 other.tar good.tar --scope tezi/root
rm other/image-2.json && mv other/tezi/image.json other/tezi/x && ln -s x other/tezi/image.json && packed
scoped 'one that is a link' 1 other.tar good.tar --scope tezi/root
for side in good other; do rm -rf $side && mkdir $side && cp root $side/ && seq 5000 > $side/header; done
gzip -n1 good/header && gzip -n9 other/header && for side in good other; do mv $side/header.gz $side/header.tar.gz; done && packed
scoped 'one that is compressed in another way' 0 other.tar good.tar --scope root
seq 5001 | gzip -n9 > other/header.tar.gz && packed
scoped 'one of other content, compressed' 1 other.tar good.tar --scope root

# OpenWrt takes the first directory that is called so (nand.sh: tar tf | grep -m 1).
for board in a x; do mkdir -p "boards/sysupgrade-$board" && cp root kernel "boards/sysupgrade-$board/"; done
echo more >> boards/sysupgrade-a/root
boards() { name=$1; shift; tar --format=ustar --owner=0 --group=0 --mtime=@1700000000 -cf "$name" -C boards "$@"; }
boards one.tar sysupgrade-x
boards both.tar sysupgrade-a sysupgrade-x
boards behind.tar sysupgrade-x sysupgrade-a
scoped 'a directory that is taken in place of the one in scope' 1 both.tar one.tar --scope 'sysupgrade-x/**'
scoped 'one behind it' 1 behind.tar one.tar --scope 'sysupgrade-x/**'
scoped 'one that goes to the front' 1 both.tar behind.tar --scope 'sysupgrade-x/**'
mkdir boards/sysupgrade-x/sub && cp kernel boards/sysupgrade-x/sub/root && boards sub.tar sysupgrade-x/sub sysupgrade-x/root sysupgrade-x/kernel
scoped 'a directory in it, which a pattern finds first' 1 sub.tar one.tar --scope sysupgrade-x/root
rm -rf boards/sysupgrade-x/sub
cp root other-kernel boards/sysupgrade-a/
boards changed.tar sysupgrade-x sysupgrade-a
scoped 'one that the rebuild has as well, with more in it' 1 changed.tar behind.tar --scope 'sysupgrade-x/**'
rm boards/sysupgrade-a/other-kernel
boards changed.tar sysupgrade-x sysupgrade-a
scoped 'one that the rebuild has as well' 0 changed.tar behind.tar --scope 'sysupgrade-x/**'
