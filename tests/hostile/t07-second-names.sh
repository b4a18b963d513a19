#!/bin/sh
# T6, T7: a file has other names for other readers: the short one of a FAT, the one of ISO 9660 beside that of Rock Ridge, the
# header's beneath a record of pax, the one that a gzip file stores, and what is left when it is unpacked. One of these that says
# that it is no archive, or a source of Python beside byte code, keeps its times; as do names that only begin as those of images.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 mkfs.fat mcopy genisoimage; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

early=1600000000 late=1700000000
# inner FILE SECONDS: a tar of one file of that time
inner() {
    printf 'file\n' > file && touch -d "@$2" file
    tar --format=ustar --owner=0 --group=0 --numeric-owner -cf "$1" file
}
cat > patch.py <<'X2'
import sys
file, old, new = sys.argv[1], sys.argv[2].encode(), sys.argv[3].encode()
def checksum(name):
    value = 0
    for byte in name:
        value = ((value & 1) << 7) + (value >> 1) + byte & 255
    return value
data = bytearray(open(file, 'rb').read())
assert data.count(old) > 0
if file.endswith('.fat'):
    at = data.index(old)
    data[at:at + 11] = new
    while data[at - 32 + 11] == 0x0f:
        at -= 32
        data[at + 13] = checksum(new)
        if data[at] & 0x40:
            break
else:
    data = data.replace(old, new)
open(file, 'wb').write(data)
X2
times='any(.facts[]; .fact == "mtime" and .class == "unexplained")'
free='all(.facts[]; .class == "explained") and .verdict == "equivalent"'

# both KIND NAME: a directory or file system with a tar of that name, as `good` and `shipped`
both() {
    for side in good shipped; do
        rm -rf tree "$side" "$side.fat" "$side.iso" && mkdir tree
        case $side in good) inner "tree/$2" $early ;; *) inner "tree/$2" $late ;; esac
        touch -d "@$early" "tree/$2" tree
        case $1 in
        fat)
            mkfs.fat -C -i 12345678 --invariant "$side.fat" 64 > /dev/null
            TZ=UTC mcopy -m -i "$side.fat" "tree/$2" ::
            ;;
        iso) genisoimage -quiet -R -V V -o "$side.iso" tree ;;
        *) mv tree "$side" ;;
        esac
    done
}
both fat a-long-name.tar
judge 'a tar in a FAT' 0 shipped.fat good.fat "$free"
for side in good shipped; do python3 patch.py $side.fat 'A-LONG~1TAR' 'A-LONG~1CFG'; done
judge 'a tar in a FAT whose short name is none of an archive' 1 shipped.fat good.fat "$times"
both fat a-long-name.mender
judge 'a short name of which the end is cut off' 0 shipped.fat good.fat "$free"
both iso name.tar
judge 'a tar in an ISO 9660 volume' 0 shipped.iso good.iso "$free"
for side in good shipped; do python3 patch.py $side.iso 'NAME.TAR;1' 'NAME.CFG;1'; done
judge 'a tar whose name without Rock Ridge is none of an archive' 1 shipped.iso good.iso "$times"

# Names that begin as those of images.
for called in rootfs.tar rootfs-2.gem; do
    both directory $called
    judge "a tar called $called" 0 shipped good "$free"
done
if command -v cpio > /dev/null; then
    for called in initrd initrd.img-6.1.0-13-amd64 initramfs-linux rootfs rootfs-2.img; do
        for side in good shipped; do
            case $side in good) time=$early ;; *) time=$late ;; esac
            rm -rf $side && mkdir $side && touch -d "@$time" file
            echo file | cpio --quiet -o -H newc --reproducible > $side/$called
            touch -d "@$early" $side/$called $side
        done
        judge "a cpio called $called" 0 shipped good "$free"
    done
fi
for called in initrd initramfs-linux initramfs-functions initrd_common rootfs rootfs.squashfs rootfs-2.img initramfs.conf kernel.cfg rootfs.pl rootfs-resize initrd-release; do
    both directory $called
    judge "a tar called $called" 1 shipped good "$times"
done

# What is packed is another file when it is unpacked.
# packed NAME STORED-NAME: the tar, as a gzip file of that name in a tree
packed() {
    for side in good shipped; do
        rm -rf $side && mkdir $side
        case $side in good) inner "$2" $early ;; *) inner "$2" $late ;; esac
        touch -d "@$early" "$2"
        python3 - "$2" "$side/$1" << 'X2'
import gzip, sys
with open(sys.argv[2], 'wb') as out, gzip.GzipFile(sys.argv[1], 'wb', fileobj=out, mtime=0) as packed:
    packed.write(open(sys.argv[1], 'rb').read())
X2
        rm "$2"
        touch -d "@$early" "$side/$1" $side
    done
}
packed files.tar.gz files.tar
judge 'a packed tar' 0 shipped good "$free"
packed files.tgz files
judge 'a packed tar by its short suffix' 0 shipped good "$free"
packed wireless.fw.gz wireless.fw
judge 'a packed file that is no archive by its name' 1 shipped good "$times"
packed files.tar.gz files.sh
judge 'a packed file that stores another name' 1 shipped good "$times"

# Names of a tar beneath records of pax, of an archive and of a source beside byte code.
cat > tars.py <<'X2'
import io, struct, sys, tarfile
out, seconds, inside, shown, beneath = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
def archive(entries, format):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w', format=format) as tar:
        for name, header, data, time in entries:
            info = tarfile.TarInfo(header)
            info.size, info.mtime, info.mode = len(data), time, 0o644
            if header != name:
                info.pax_headers = {'path': name}
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()
small = archive([('file', 'file', b'file\n', inside)], tarfile.USTAR_FORMAT)
code = b'\xa7\r\r\n' + struct.pack('<III', 0, 1600001000, 9) + b'code of a module'
open(out, 'wb').write(archive([(shown, beneath, small, seconds), ('m.pyc', 'm.pyc', code, 1600000000)], tarfile.PAX_FORMAT))
X2
# tars STORY CODE FILTER SHIPPED-SECONDS INSIDE NAME HEADER-NAME
tars() {
    python3 tars.py good.tar 1600000500 1600000000 "$6" "$7"
    python3 tars.py shipped.tar "$4" "$5" "$6" "$7"
    judge "$1" "$2" shipped.tar good.tar "$3"
}
tars 'a tar in a tar' 0 "$free" 1600000500 $late x.tar x.tar
tars 'a tar in a tar, by another name of an archive' 0 "$free" 1600000500 $late x.tar y.tar
tars 'a tar that is a text by the name in its header' 1 "$times" 1600000500 $late x.tar x.conf
tars 'a source that has its name in its header' 1 "$(fact byte-code unexplained)" 1600001000 1600000000 x.tar m.py
