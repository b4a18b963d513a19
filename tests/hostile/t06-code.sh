#!/bin/sh
# T6, T7: code whose first bytes are those of a gzip stream. 1f 8b 08 00 is a harmless instruction of ARM, and the next one
# stands where gzip has its time: shipped and expected differ in it alone, and it decides what runs. Of a stream that carries
# something and is nothing else the time stays free, unless a container says that nobody decodes it, or the file is executable.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mkimage dtc python3 cpio; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# code FILE BRANCH-IN-HEX KIND: a branch in the place of the time; KIND: `beside` an empty stream, which code stands behind;
# `empty`, behind it nothing but zeros; `stored`: the code is the stream's content, not compressed; `again`: that, by another
# level; `zeros`: that, and zeros behind it
cat > code.py <<'X'
import struct, sys, zlib
name, branch, kind = sys.argv[1:]
code = bytes.fromhex('0100a0e31eff2fe1') + bytes.fromhex('0000a0e31eff2fe1') + b'more code of the firmware ' * 20
def stream(content, level):
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    data = squeeze.compress(content) + squeeze.flush()
    return b'\x1f\x8b\x08\0' + bytes.fromhex(branch) + b'\x02\x03' + data + struct.pack('<II', zlib.crc32(content), len(content))
made = {'beside': lambda: stream(b'', 9) + code, 'empty': lambda: stream(b'', 9) + bytes(64), 'stored': lambda: stream(code, 0),
        'again': lambda: stream(code, 9), 'zeros': lambda: stream(code, 9) + bytes(8)}
open(name, 'wb').write(made[kind]())
X
far=040000ea near=020000ea
code() { python3 code.py "$@"; }
pair() { code expected "$far" "$1" && code shipped "${3:-$near}" "${2:-$1}"; }

pair beside
judge 'code behind a stream of nothing: another instruction in place of the time' 1 shipped expected "$(fact mtime unexplained)"
pair empty
judge 'a stream of nothing, and zeros' 1 shipped expected "$(fact mtime unexplained)"
pair stored
judge 'a stream with content and nothing else is one' 0 shipped expected "$(fact mtime explained)"
pair zeros
judge 'a stream with content, and zeros' 0 shipped expected "$(fact mtime explained)"
pair again stored "$far"
judge 'equal content in another encoding' 0 shipped expected "$(fact recompressed explained)"
for side in shipped expected; do printf 'code' >> $side; done
judge 'equal content in another encoding, and the same code behind it' 1 shipped expected "$(fact recompressed unexplained)"

# In a file system that calls the file a program
for mode in 644 755 641; do
    pair stored
    want=1 class=unexplained
    [ $mode != 644 ] || { want=0 class=explained; }
    for side in shipped expected; do
        mkdir -p tree-$side && cp $side tree-$side/app.gz && chmod $mode tree-$side/app.gz
        (cd tree-$side && pack ../$side.tar app.gz)
        (cd tree-$side && touch -d @1 app.gz && echo app.gz | cpio -o -H newc --quiet -R 0:0 --reproducible > ../$side.cpio)
    done
    for kind in tar cpio; do
        judge "$kind: time of a gzip file of mode $mode" $want shipped.$kind expected.$kind "$(fact mtime $class)"
    done
    judge "directory: time of a gzip file of mode $mode" $want tree-shipped tree-expected "$(fact mtime $class)"
done
pair again stored "$far"
for side in shipped expected; do cp $side tree-$side/app.gz && chmod 755 tree-$side/app.gz; done
judge 'directory: another encoding of an executable file' 1 tree-shipped tree-expected "$(fact recompressed unexplained)"
(mkdir inner && cd inner && cp "$assay" a && pack ../one.tar a && touch -d @5 a && tar --format=gnu --owner=0 --group=0 --numeric-owner -cf ../two.tar a)
for side in shipped expected; do
    case $side in shipped) tar=one ;; *) tar=two ;; esac
    gzip -nc $tar.tar > tree-$side/app.gz
done
judge 'directory: a time inside of an executable file' 1 tree-shipped tree-expected "$(fact mtime unexplained)"
chmod 644 tree-*/app.gz
judge 'directory: a time inside of another file' 0 tree-shipped tree-expected "$(fact mtime explained)"

# fit SIDE TYPE COMPRESSION, in the role that a configuration gives it; uboot SIDE TYPE COMPRESSION FILE, for a system
role=kernel system=linux
entry='entry = <0x8000>;'
fit() {
    cat > its <<X
/dts-v1/; / { description = "t"; #address-cells = <1>; images { one { description = "o"; data = /incbin/("$1");
$2 arch = "arm"; os = "linux"; $3 load = <0x8000>; $entry hash-1 { algo = "sha256"; }; }; };
configurations { default = "c"; c { $role = "one"; }; }; };
X
    SOURCE_DATE_EPOCH=1000 mkimage -f its "$1.fit" > log 2>&1 || fail "mkimage: $(cat log)"
}
uboot() {
    SOURCE_DATE_EPOCH=1000 mkimage -A arm -O "$system" -T "$2" -C "$3" -a 0x8000 -e 0x8000 -n t -d "$4" "$1.uboot" > log 2>&1 ||
        fail "mkimage: $(cat log)"
}
for kind in stored beside; do
    pair $kind
    for type in kernel kernel_noload firmware standalone loadable fpga multi script; do
        for side in shipped expected; do fit $side "type = \"$type\";" 'compression = "none";'; done
        judge "FIT, $type: code, not compressed ($kind)" 1 shipped.fit expected.fit "$(fact mtime unexplained)"
    done
    for type in kernel firmware standalone; do
        for side in shipped expected; do uboot $side $type none $side; done
        judge "U-Boot image, $type: code, not compressed ($kind)" 1 shipped.uboot expected.uboot "$(fact mtime unexplained)"
    done
    for side in shipped expected; do uboot $side multi none $side:code.py; done
    judge "U-Boot image of several files: code, not compressed ($kind)" 1 shipped.uboot expected.uboot "$(fact mtime unexplained)"
done
pair again
for side in shipped expected; do fit $side 'type = "kernel";' 'compression = "lzma";'; done
judge 'FIT: compressed by another codec than the stream' 1 shipped.fit expected.fit "$(fact mtime unexplained)"
for side in shipped expected; do fit $side 'type = "kernel";' 'compression = "gzip";'; done
judge 'FIT: compressed, as it says' 0 shipped.fit expected.fit "$(fact mtime explained)"
for side in shipped expected; do uboot $side kernel gzip $side; done
judge 'U-Boot image: compressed, as it says' 0 shipped.uboot expected.uboot "$(fact mtime explained)"
for side in shipped expected; do gzip -nc $side > $side.gz && fit $side.gz 'type = "kernel";' 'compression = "gzip";'; done
judge 'FIT: compressed, and what it decodes to is code' 1 shipped.gz.fit expected.gz.fit "$(fact mtime unexplained)"
for role in ramdisk loadables:data loadables kernel firmware; do
    case $role in *:data) entry='' role=loadables ;; *) entry='entry = <0x8000>;' ;; esac
    for side in shipped expected; do fit $side 'type = "ramdisk";' 'compression = "none";'; done
    case $role$entry in ramdisk* | loadables) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    judge "FIT: a RAM disk in the role $role, ${entry:-no entry}" $code shipped.fit expected.fit "$(fact mtime $class)"
done
role=kernel
for system in linux u-boot; do
    for side in shipped expected; do uboot $side ramdisk none $side; done
    case $system in linux) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    judge "U-Boot image: a RAM disk for $system" $code shipped.uboot expected.uboot "$(fact mtime $class)"
done
system=linux
for side in shipped expected; do uboot $side multi none code.py:$side; done
judge 'U-Boot image of several files: the second, which the kernel decodes' 0 shipped.uboot expected.uboot "$(fact mtime explained)"

# The same in other containers, whose times are no free bytes either where they are code
for kind in one two; do SOURCE_DATE_EPOCH=1000 fit $kind.tar 'type = "firmware";' 'compression = "none";'; done
judge 'FIT: firmware that is also an archive: a time' 1 one.tar.fit two.tar.fit "$(fact mtime unexplained)"
if command -v objcopy > /dev/null; then
    pair stored
    for side in shipped expected; do objcopy -I binary -O ihex $side $side.hex; done
    judge 'Intel HEX: bytes at an address' 1 shipped.hex expected.hex "$(fact mtime unexplained)"
fi
