#!/bin/sh
# T6, T7: where a container has its own parts, and how many streams it is made of, is part of what it is. A reader that
# stops at the first stream, trailer or table that it expects sees another image.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
yes 'content that compresses' | head -c 60000 > content
head -c 30000 content > first && tail -c 30000 content > second
for codec in 'gzip -n' bzip2 xz 'zstd -q' 'lz4 -q'; do
    $codec -c content > whole
    ($codec -c < first; $codec -c < second) > ./cut
    judge "one stream that was cut in two: ${codec%% *}" 1 ./cut whole "$(fact streams unexplained)"
    ($codec -c < /dev/null; $codec -c < content) > ./cut
    judge "an empty stream in front: ${codec%% *}" 1 ./cut whole
done
(xz -c first; printf '\0\0\0\0'; xz -c second) > good && (xz -c first; xz -c second; printf '\0\0\0\0') > bad
judge 'stream padding in another place' 1 bad good
(zstd -qc first; printf '\120\052\115\030\004\0\0\0ABCD'; zstd -qc second) > good
(zstd -qc first; zstd -qc second; printf '\120\052\115\030\004\0\0\0ABCD') > bad
judge 'a skippable frame in another place' 1 bad good
for member in a b c; do printf '%s' "$member" > "$member"; done
pack_cpio() { printf '%s\n' "$@" | cpio -o -H newc --quiet -R 0:0 --reproducible --block-size=1 2>/dev/null; }
touch -d @1700000000 a b c
(pack_cpio a; pack_cpio b c) > good && (pack_cpio a b; pack_cpio c) > bad
judge 'the trailer between two archives in another place' 1 bad good
pack_cpio a b c > good
judge 'a trailer between members' 1 bad good
judge 'a trailer less between members' 1 good bad
printf 'one' > one.o && printf 'two' > two.o && rm -f good.a bad.a
ar rcSD good.a one.o two.o && ar rcSD bad.a two.o one.o
judge 'another order of members of a library without index' 1 bad.a good.a "$(fact order unexplained)"
mkdir deb && printf '2.0\n' > deb/debian-binary && tar -C deb -cf control.tar debian-binary && xz -c control.tar > deb/control.tar.xz && xz -c control.tar > deb/data.tar.xz
(cd deb && ar rcD ../good.deb debian-binary control.tar.xz data.tar.xz && mv data.tar.xz data.tar.gz && ar rcD ../bad.deb debian-binary control.tar.xz data.tar.gz)
judge 'a name whose suffix lies about the codec' 1 bad.deb good.deb
tar --format=pax --owner=0 --group=0 --numeric-owner --mtime=@1700000000.25 -cf good.tar a
tar --format=pax --owner=0 --group=0 --numeric-owner --mtime=@1700000000.25 --pax-option=mtime:=1700000000.251234567890123 -cf bad.tar a
judge 'a time with more digits than any file system keeps' 1 bad.tar good.tar

# What a zip holds as it is is mapped by who finds it at a multiple of its page: Android takes a library from it only so.
cat > aligned.py <<'P'
import struct, sys, zipfile
def write(name, level, page, pad=None):
    with zipfile.ZipFile(name, 'w') as out:
        def add(entry, data, method, extra=b''):
            info = zipfile.ZipInfo(entry, (2020, 1, 1, 0, 0, 0))
            info.extra = extra
            out.writestr(info, data, method, level)
        add('classes.dex', open('content', 'rb').read() + bytes(i * i % 251 for i in range(9000)), zipfile.ZIP_DEFLATED)
        fill = -(out.fp.tell() + 30 + len('lib/x.so') + 4) % page if pad is None else pad
        add('lib/x.so', b'library' * 999, zipfile.ZIP_STORED, struct.pack('<HH', 0xd935, fill) + bytes(fill))
    return fill
for page in 4, 4096, 16384:
    pad = write('good.%d' % page, 9, page)
    write('lost.%d' % page, 1, page, pad)
    write('good.odd', 9, page, pad + 1)
    write('lost.odd', 1, page, pad + 1)
P
python3 aligned.py
for page in 4 4096 16384; do
    judge "a library in a zip, no longer at a multiple of $page" 1 lost.$page good.$page "$(fact place unexplained)"
    [ $page = 4 ] || judge "a library in a zip, at a multiple of $page alone in the image" 1 good.$page lost.$page "$(fact place unexplained)"
done
judge 'a library in a zip that stood at no multiple of anything' 0 lost.odd good.odd "$(fact recompressed explained)"

# Linux before 6.7 gives a processor its new microcode where it lies in the archive: Intel's at a multiple of 16 alone.
cat > packed.py <<'P'
import sys, zlib
way = int(sys.argv[1])
packer = zlib.compressobj(way % 9 + 1, zlib.DEFLATED, 31, 8 + way // 9 % 2)
sys.stdout.buffer.write(packer.compress(open('words', 'rb').read()) + packer.flush())
P
python3 -c 'print(*(str(i * i * i % 99991) for i in range(6000)))' > words
early() {
    rm -f at.*
    mkdir -p early/a "early/${1%/*}"
    head -c 64 content > "early/$1"
    way=0
    while [ ! -e at.0 ] || [ ! -e at.4 ] || [ ! -e at.8 ]; do
        [ "$way" -lt 18 ] || fail 'no packing of another length'
        python3 packed.py "$way" > early/a/text.gz
        find early -exec touch -h -d @1700000000 {} +
        (cd early && printf '%s\n' a a/text.gz "${1%/*}" "$1" | cpio -o -H newc --quiet -R 0:0 --reproducible --block-size=1 > ../at)
        mv at "at.$(python3 -c 'import sys; print(open("at", "rb").read().index(open(sys.argv[1], "rb").read()) % 16)' "early/$1")"
        way=$((way + 1))
    done
    rm -rf early
}
early kernel/x86/microcode/GenuineIntel.bin
judge 'microcode behind a file that is packed in another way' 1 at.4 at.0 "$(fact place unexplained)"
judge 'microcode that stood at no such multiple before' 1 at.0 at.4 "$(fact place unexplained)"
judge 'microcode that stands at none' 0 at.8 at.4 "$(fact recompressed explained)"
early kernel/x86/microwave/GenuineIntel.bin
judge 'what is no microcode there' 0 at.4 at.0 "$(fact recompressed explained)"
