#!/bin/sh
# T6: the streams of lzip, of lz4's legacy form (the kernel's), of compress, and of zstd and lz4 with skippable frames before,
# between and behind. Equal content that was packed otherwise is explained, in a file that nobody runs, where every reader of
# such a stream finds the same content or none; a changed byte of the content is found at its place in it, alone; a byte of a
# skippable frame, which no decoder looks at, as well.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in lzip lz4 zstd compress mkimage python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

{ seq 1 9000; head -c 70000 /dev/zero; seq 1 9000; } > content
cp content tampered
poke tampered 777 X

# stream CODEC FAST-OR-SMALL < CONTENT
stream() {
    case $1-$2 in
        lzip-fast) lzip -0 -c ;;
        lzip-small) lzip -9 -c ;;
        lz4-legacy-fast) lz4 -lqc -1 ;;
        lz4-legacy-small) lz4 -lqc -9 ;;
        zstd-fast) zstd -qc -1 ;;
        zstd-small) zstd -qc -19 ;;
        lz4-fast) lz4 -qc -1 ;;
        lz4-small) lz4 -qc -9 ;;
        compress-fast) compress -f -b 12 ;;
        compress-small) compress -f -b 16 ;;
    esac
}
# alone RANGE-OFFSET PATH: one unexplained finding, of one byte
alone() {
    printf '[.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["%s", %s, 1]]' "$2" "$1"
}

for codec in lzip lz4-legacy compress zstd lz4; do
    stream $codec fast < content > expected
    stream $codec small < content > shipped
    cmp -s expected shipped && fail "$codec: both streams are equal"
    # its readers find two contents in some
    case $codec in
        compress) judge "$codec: packed otherwise" 1 shipped expected "$(fact recompressed unexplained)" ;;
        *) judge "$codec: packed twice" 0 shipped expected "$(fact recompressed explained)" ;;
    esac
    stream $codec small < tampered > shipped
    judge "$codec: packed twice, and one byte of the content changed" 1 shipped expected "$(alone 777 "#$codec")"
    cp expected shipped
    poke shipped 3000 '\377\376\375'
    judge "$codec: changed bytes of the stream" 1 shipped expected
    head -c $(($(wc -c < expected) - 3)) expected > shipped
    judge "$codec: cut off" 1 shipped expected

    # A program, and an image that a boot loader writes to an address: no other encoding is explained there.
    for side in expected:fast shipped:small; do
        mkdir -p tree-${side%:*}
        stream $codec ${side#*:} < content > tree-${side%:*}/rootfs.img
    done
    for mode in 755 644; do
        want=1 class=unexplained
        case $mode-$codec in
            644-compress) ;;
            644-*) want=0 class=explained ;;
        esac
        for side in expected shipped; do
            chmod $mode tree-$side/rootfs.img
            (cd tree-$side && pack ../$side.tar rootfs.img)
        done
        judge "$codec: in another encoding, of mode $mode" $want shipped.tar expected.tar "$(fact recompressed $class)"
    done
    for side in expected shipped; do
        SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T kernel -C none -a 0x8000 -e 0x8000 -d tree-$side/rootfs.img $side.uboot > mkimage.txt
    done
    judge "$codec: in another encoding, in an image that is loaded as it is" 1 shipped.uboot expected.uboot "$(fact recompressed unexplained)"
done
# U-Boot's lz4 is that of frames alone: one of the legacy form it would run as it is.
for side in expected shipped; do
    stream lz4-legacy fast < content > $side
    [ $side = expected ] || stream lz4-legacy small < content > $side
    SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T kernel -C lz4 -a 0x8000 -e 0x8000 -d $side $side.uboot > mkimage.txt
done
judge 'lz4-legacy: an image that says lz4 and means the other form' 1 shipped.uboot expected.uboot "$(fact recompressed unexplained)"

skip() { printf '\120\052\115\030\004\0\0\0%s' "$1"; }
for codec in zstd lz4 lz4-legacy; do
    { skip one1; stream $codec fast < content; skip two2; } > expected
    cp expected shipped
    judge "$codec: skippable frames" 0 shipped expected
    for at in 8 4 $(($(wc -c < expected) - 2)); do
        cp expected shipped
        poke shipped "$at" X
        judge "$codec: a changed byte of a skippable frame at $at" 1 shipped expected
    done
    { skip one1; stream $codec fast < content; } > shipped
    judge "$codec: a skippable frame less" 1 shipped expected
    { stream $codec fast < content; skip one1; skip two2; } > shipped
    judge "$codec: a skippable frame in another place" 1 shipped expected
done

# Bits that fill up a group of codes of compress: decoders pass them.
python3 - <<'X'
open('expected', 'wb').write(bytes.fromhex('1f9d90' + '610002000000000000' + '6200'))
open('shipped', 'wb').write(bytes.fromhex('1f9d90' + '610002000001000000' + '6200'))
X
[ "$(compress -dc < expected)$(compress -dc < shipped)" = abab ] || fail 'the two streams are no twins'
judge 'compress: something in the filling of a group' 1 shipped expected

# --- streams that two readers take for two contents ---
# zstd: a copy from beyond the window. Who decodes all at once (U-Boot, Linux's own image) finds other bytes than a stream.
# lz4: a copy from the place where it stands. liblz4 makes zeros of it; older readers leave what the memory held.
python3 - << 'X'
import random, struct
random.seed(9)
def stored(data):
    return struct.pack('<I', len(data) << 3)[:3] + data
def copy(distance, length):
    # one sequence without literals, the three tables of one symbol each, and its bits behind a closing one
    value, code, base, bits = distance + 3, 45, 515, 9
    high = value.bit_length() - 1
    numbers, at = 0, 0
    for number, count in ((length - base, bits), (value - (1 << high), high), (1, 1)):
        numbers |= number << at
        at += count
    body = bytes([0, 1, 0x54, 0, high, code]) + numbers.to_bytes((at + 7) // 8, 'little')
    return struct.pack('<I', len(body) << 3 | 2 << 1 | 1)[:3] + body
blocks = [random.randbytes(1024) for _ in range(200)]
for name, window, distance in (('beyond.zst', 0, 200 * 1024), ('within.zst', 8 << 3, 200 * 1024)):
    open(name, 'wb').write(struct.pack('<IBB', 0xfd2fb528, 0, window) + b''.join(map(stored, blocks)) + copy(distance, 1000))
def sequence(literals, distance):
    return bytes([len(literals) << 4]) + literals + (struct.pack('<H', distance) if distance is not None else b'')
for name, distance in (('zero', 0), ('one', 1)):
    block = sequence(b'begin\0', distance) + sequence(b'', distance) * 7 + sequence(b'and the end', None)
    open(name + '.legacy.lz4', 'wb').write(bytes.fromhex('02214c18') + struct.pack('<I', len(block)) + block)
    open(name + '.frame.lz4', 'wb').write(bytes.fromhex('04224d18604082') + struct.pack('<I', len(block)) + block + bytes(4))
# U-Boot ends at a block of nothing.
parts = [random.randbytes(5000), random.randbytes(3000)]
for name, between in (('joined', b''), ('apart', struct.pack('<I', 1 << 31))):
    blocks = between.join(struct.pack('<I', 1 << 31 | len(part)) + part for part in parts)
    open(name + '.frame.lz4', 'wb').write(bytes.fromhex('04224d18604082') + blocks + bytes(4))
X
for pair in 'within zst' 'beyond zst' 'one frame.lz4' 'zero frame.lz4' 'joined frame.lz4' 'apart frame.lz4' 'one legacy.lz4' 'zero legacy.lz4'; do
    which=${pair% *} form=${pair#* }
    codec=lz4
    [ "$form" != zst ] || codec=zstd
    refused=no
    if ! $codec -dqc < "$which.$form" > content 2> log; then
        # zstd takes no copy from beyond the window any more; it would have been of the same bytes
        [ "$pair" = 'beyond zst' ] || fail "$pair: it cannot be decoded"
        zstd -dqc < within.zst > content
        refused=yes
    fi
    case $form in zst) zstd -q --no-check -c < content > expected ;; frame.lz4) lz4 -q -c < content > expected ;; *) lz4 -lqc < content > expected ;; esac
    case $pair in
        # what one library takes others may read otherwise, and no encoder makes
        *zst | one* | joined*) code=1 how=$(fact recompressed unexplained) ;;
        *) refused=yes ;;
    esac
    [ $refused = no ] || { code=1 how='.reasons[0] | contains("breaks the rules of its own format")'; }
    judge "$form: two readers, $which" "$code" "$which.$form" expected "$how"
done
seq 1 9000 > content
# Behind a CLEAR among codes of nine bits compress(1) and libarchive go on at two places.
printf 'deny all\n' > rules
compress -c < rules > expected || [ $? = 2 ] # it is no smaller
python3 - <<'X'
value = at = 0
for part in (b'den', b'y', b' all\n'):
    for byte in part:
        value |= byte << at
        at += 9
    if part != b' all\n':
        value |= 256 << at
        at = (at + 9 + 71) // 72 * 72
open('shipped', 'wb').write(b'\x1f\x9d\x8c' + value.to_bytes((at + 7) // 8, 'little'))
X
[ "$(compress -dc < shipped)" = "$(cat rules)" ] || fail 'the stream of compress is made wrong'
judge 'compress: cleared among codes of nine bits' 1 shipped expected "$(fact recompressed unexplained)"
for check in crc32 none; do
    xz -0 --check=$check -c < content > expected
    xz -9 --check=$check -c < content > shipped
    case $check in none) code=1 class=unexplained ;; *) code=0 class=explained ;; esac
    judge "xz: in another encoding, with check $check" $code shipped expected "$(fact recompressed $class)"
done
# Who lacks the filter of a block, or the memory for its dictionary, has found the blocks before it, and goes on with these:
# Linux does with the first files of an initramfs. All blocks must be alike, and of filters that Linux reads.
cat > blocks.py <<'X'
import lzma, struct, sys, zlib
content = open('content', 'rb').read()
def number(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at
def encode(value):
    out = b''
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])
def pack(data, how, check):
    lzma2 = {'id': lzma.FILTER_LZMA2, 'dict_size': 1 << (22 if how == 'dictionary' else 20)}
    first = {'x86': [{'id': lzma.FILTER_X86}], 'arm': [{'id': lzma.FILTER_ARM}], 'delta': [{'id': lzma.FILTER_DELTA, 'dist': 1}],
             'offset': [{'id': lzma.FILTER_X86, 'start_offset': 16}],
             'offset-0': [{'id': lzma.FILTER_X86}]}.get(how, [])
    two = [{'id': lzma.FILTER_ARM}, {'id': lzma.FILTER_X86}] if how == 'two' else []
    block = lzma.compress(data, lzma.FORMAT_XZ, check=check, filters=first + two + [lzma2])
    if how == 'offset-0':                       # a property that says what none says
        header = b'\3' + block[13:15] + b'\4' + bytes(4) + block[16:20]
        block = block[:12] + header + struct.pack('<I', zlib.crc32(header)) + block[24:]
    return block
def stream(blocks):
    body, records = b'', b''
    for block in blocks:
        size = (struct.unpack('<I', block[-8:-4])[0] + 1) * 4
        index = block[-12 - size:-12]
        assert index[:2] == b'\0\1'
        unpadded, at = number(index, 2)
        unpadded += len(block[12:-12 - size]) - (unpadded + 3 & ~3)
        body, records = body + block[12:-12 - size], records + encode(unpadded) + encode(number(index, at)[0])
    index = b'\0' + encode(len(blocks)) + records
    index += b'\0' * (-len(index) % 4)
    index += struct.pack('<I', zlib.crc32(index))
    foot = struct.pack('<I', len(index) // 4 - 1) + blocks[0][6:8]
    return blocks[0][:12] + body + index + struct.pack('<I', zlib.crc32(foot)) + foot + b'YZ'
hows = sys.argv[1:]
step = -(-len(content) // len(hows))
check = lzma.CHECK_CRC64 if 'crc64' in hows else lzma.CHECK_CRC32
packed = stream([pack(content[i * step:(i + 1) * step], how, check) for i, how in enumerate(hows)])
assert lzma.decompress(packed) == content
open('shipped', 'wb').write(packed)
X
head -c 200000 "$(command -v python3)" > content
xz -0 --check=crc32 -c < content > expected
# blocks CODE HOW...: one for each block
blocks() {
    code=$1 class=explained
    [ "$code" = 0 ] || class=unexplained
    shift
    python3 blocks.py "$@" || fail "blocks.py $*"
    xz -dc < shipped | cmp -s - content || fail "xz does not read $*"
    judge "xz: blocks $*" "$code" shipped expected "$(fact recompressed $class)"
}
blocks 0 plain
blocks 0 crc64
blocks 0 plain plain plain
blocks 0 x86
blocks 0 x86 x86
for how in x86 arm offset offset-0 delta dictionary; do
    blocks 1 plain plain $how
    blocks 1 $how plain
done
blocks 1 x86 arm
for how in offset offset-0 delta two; do
    blocks 1 $how
    blocks 1 $how $how
done
xz -0 --check=crc32 -T2 --block-size=50000 -c < "$(command -v python3)" > expected
xz -9 --check=crc32 -T2 --block-size=90000 -c < "$(command -v python3)" > shipped
judge 'xz: blocks that say how long they are' 0 shipped expected "$(fact recompressed explained)"
# an index of several windows
python3 -c 'import random; random.seed(9); open("content", "wb").write(random.randbytes(600000))'
xz -0 --check=crc32 -c < content > expected
xz -0 --check=crc32 --block-size=250 -c < content > shipped
judge 'xz: many blocks' 0 shipped expected "$(fact recompressed explained)"

seq 1 9000 > lines
for level in 1 9; do lzma -$level -c < lines > lines.$level; done
judge 'lzma: in another encoding' 0 lines.9 lines.1 "$(fact recompressed explained)"
# as OpenWrt has its kernels
for level in 1 9; do lzma --lzma1=preset=$level,lc=1,lp=2,pb=2 -c < lines > odd.$level; done
judge 'lzma: with other properties' 0 odd.9 odd.1 "$(fact recompressed explained)"
# Who is told the size leaves the mark of the end unread, and Linux takes that for the next archive.
cp lines.9 shipped && python3 - <<'P'
import os, struct
with open('shipped', 'r+b') as file:
    file.seek(5)
    file.write(struct.pack('<Q', os.path.getsize('lines')))
P
judge 'lzma: with its size, and with a mark of its end' 1 shipped lines.1 "$(fact recompressed unexplained)"
judge 'lzma: such a stream in the rebuild' 1 lines.1 shipped "$(fact recompressed unexplained)"
# liblzma makes a window of at least 4096 bytes of what the head says, others count round in one of just that size.
for window in 0 1 4095 4104 4096; do
    cp lines.9 shipped
    python3 -c 'import struct, sys; f = open("shipped", "r+b"); f.seek(1); f.write(struct.pack("<I", int(sys.argv[1])))' "$window"
    lzma -dc < shipped 2> /dev/null | cmp -s - lines || continue
    judge "lzma: a window of $window bytes" 1 shipped lines.1
done
lzma --lzma1=preset=9,dict=4096 -c < lines > shipped
judge 'lzma: a window of 4096 bytes that its encoder had' 0 shipped lines.1 "$(fact recompressed explained)"
# libarchive forgets what stands before a stored block of a frame whose blocks go on in one another.
seq 1 400000 > content
lz4 -qc -B4 -1 < content > expected
lz4 -qc -B4 -BD -9 < content > shipped
judge 'lz4: blocks that refer to one another' 1 shipped expected "$(fact recompressed unexplained)"
lz4 -qc -B4 -9 < content > shipped
judge 'lz4: blocks that do not' 0 shipped expected "$(fact recompressed explained)"
bzip2 -1 -c < content > expected
bzip2 -9 -c < content > shipped
judge 'bzip2: in another encoding' 0 shipped expected "$(fact recompressed explained)"
# What the libraries of bzip2 and zstd make is theirs alone; they read more than that, and not as others do.
python3 -c 'import random; random.seed(7); print(random.randbytes(1500000).hex())' > content
head -c 400000 content > some
for level in 1 3 9 19; do
    # the higher levels take their time, and so does who makes the stream again
    of=content
    [ $level -le 9 ] || [ "${ASSAY_ALL:-0}" = 1 ] || of=some
    zstd -qc -2 < $of > expected
    for check in check no-check; do
        zstd -qc -$level --$check < $of > shipped
        judge "zstd: what its library makes, at level $level, with $check" 0 shipped expected "$(fact recompressed explained)"
    done
    zstd -qc -$level --single-thread < $of > shipped
    judge "zstd: in one thread, at level $level" 0 shipped expected "$(fact recompressed explained)"
done
zstd -qc -2 < content > expected
zstd -qc -1 --zstd=wlog=12 < content > shipped
judge 'zstd: with parameters of no level' 1 shipped expected "$(fact recompressed unexplained)"
# Where nothing tells a level from another before the end, all of them would be tried to the end: what is packed again is bounded, and
# the bound is named. A stream of what nobody can compress is the same at each level, but for its last block, which is cut in two here.
python3 - << 'X'
import random, struct
random.seed(11)
data = random.randbytes(1 << 20)
blocks = [data[at:at + 0x20000] for at in range(0, len(data), 0x20000)]
blocks[-1:] = [blocks[-1][:1000], blocks[-1][1000:]]
open('random', 'wb').write(data)
open('shipped', 'wb').write(struct.pack('<IBI', 0xfd2fb528, 0xa0, len(data)) + b''.join(
    struct.pack('<I', len(block) << 3 | (block is blocks[-1]))[:3] + block for block in blocks))
X
zstd -qc -1 < random > expected
prlimit --pid $$ --cpu=200
compared 'zstd: a stream that each level makes up to its end' 2 \
    "$(fact recompressed undecided)"', (.reasons | any(contains("limit repacked-bytes")))' shipped expected --limit repacked-bytes=16MiB
cat content content content content content > longer
zstd -q -f -2 longer -o expected
zstd -q -f -5 longer -o shipped
judge 'zstd: a content of 15 MB' 0 shipped expected "$(fact recompressed explained)"
head -c 1000000 content > half.txt
# A tar of other times passes by itself; in a stream with room for more, or that its library does not make, it does not.
for time in 1 2; do touch -d @$time half.txt && tar --format=gnu --owner=0 --group=0 --numeric-owner -cf times.$time half.txt; done
zstd -q -f -2 times.1 -o expected
zstd -q -f -2 times.2 -o shipped
judge 'zstd: of a tar of other times' 0 shipped expected '.verdict == "equivalent"'
zstd -qc -1 --zstd=wlog=12 < times.2 > shipped
judge 'zstd: of a tar of other times, with parameters of no level' 1 shipped expected "$(fact recompressed unexplained)"
gzip -nc times.1 > expected
python3 - << 'X'
# empty blocks, each with bits that no decoder looks at
import gzip, struct, zlib
content = open('times.2', 'rb').read()
packer = zlib.compressobj(6, zlib.DEFLATED, -15)
body = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
room = b'\xf8\0\0\xff\xff' * (len(body) // 2)
open('shipped', 'wb').write(bytes([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]) + body + room + packer.flush() + struct.pack('<II', zlib.crc32(content), len(content)))
X
gzip -dc shipped | cmp - times.2 || fail 'the stream with room is made wrong'
judge 'gzip: of a tar of other times, with room for something else' 1 shipped expected "$(fact recompressed unexplained)"
head -c 100000 < content > half
{ zstd -qc -3 < half; tail -c +100001 content | zstd -qc -3; } > shipped
judge 'zstd: in two frames' 1 shipped expected
bzip2 -1 -c < content > expected
{ bzip2 -9 -c < half; tail -c +100001 content | bzip2 -9 -c; } > shipped
judge 'bzip2: in two streams' 1 shipped expected
# Of a header of gzip Linux passes over ten bytes and a name, and takes what follows for content.
python3 - << 'X'
import struct, zlib
content = open('content', 'rb').read()
def member(level, flags, header):
    c = zlib.compressobj(level, zlib.DEFLATED, -15)
    return bytes([31, 139, 8, flags, 0, 0, 0, 0, 0, 3]) + header + c.compress(content) + c.flush() + struct.pack('<II', zlib.crc32(content), len(content))
for name, flags, header in (('plain', 0, b''), ('name', 8, b'app\0'), ('extra', 4, b'\4\0abcd'), ('comment', 16, b'text\0'),
                            ('crc', 2, struct.pack('<H', zlib.crc32(bytes([31, 139, 8, 2, 0, 0, 0, 0, 0, 3])) & 0xffff))):
    open(name + '.expected', 'wb').write(member(1, flags, header))
    open(name + '.shipped', 'wb').write(member(9, flags, header))
X
for kind in plain name extra comment crc; do
    case $kind in plain | name) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    judge "gzip: in another encoding behind a header with $kind" $code $kind.shipped $kind.expected "$(fact recompressed $class)"
done

# Zeros behind a stream are padding to the format, and the end of it to GRUB, which looks for what a stream ends with.
xz -c --check=crc32 content > expected
{ cat expected; head -c 4 /dev/zero; } > shipped
judge 'xz: padding behind the stream' 1 shipped expected
judge 'xz: padding that the rebuild has as well' 0 shipped shipped
