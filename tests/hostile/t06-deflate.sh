#!/bin/sh
# T6: blocks of deflate at which some readers end, having written what stands before them, and which others decode: without any
# code for distances (BusyBox of old, and unzip(1) where there are codes of lengths), or of a single code for literals. In a gzip
# file, in a zip and in a squashfs such a stream is not another encoding of the rebuild's. One code for distances all readers take,
# and of a squashfs that is enough; a gzip file and an entry of a zip must be what an encoder makes.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 mksquashfs; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# make.py FORM PLACE OUT [BEFORE]: the content in a stream of that form, behind so many empty blocks, as a gzip file, in a zip, or amid
# a squashfs
cat > make.py <<'END_PY'
import struct, sys, zipfile, zlib
form, place, out = sys.argv[1:4]
before = int(sys.argv[4]) if len(sys.argv) > 4 else 0
content = b''.join(bytes([97 + (b & 15), 97 + (b >> 4)]) for i in range(512) for b in zlib.crc32(bytes([i & 255, i >> 8])).to_bytes(4, 'big'))
class Bits:
    def __init__(self):
        self.value = self.count = 0
    def put(self, value, count):
        self.value |= value << self.count
        self.count += count
    def code(self, pair):
        for i in reversed(range(pair[1])):
            self.put(pair[0] >> i & 1, 1)
def codes(lengths):
    made, code = {}, 0
    for bits in range(1, 16):
        for symbol, length in enumerate(lengths):
            if length == bits:
                made[symbol] = (code, bits)
                code += 1
        code <<= 1
    return made
def runs(lengths):
    at = 0
    while at < len(lengths):
        run = 1
        while at + run < len(lengths) and lengths[at + run] == lengths[at] and run < 138:
            run += 1
        if lengths[at] == 0 and run >= 11:
            yield 18, run - 11, 7
            at += run
        else:
            yield lengths[at], 0, 0
            at += 1
def dynamic(bits, data, literals, distances, last=0):
    bits.put(last | 2 << 1, 3)
    bits.put(len(literals) - 257 | len(distances) - 1 << 5 | 15 << 10, 14)
    kinds = [3, 3, 3, 0, 3, 3, 3] + [0] * 11 + [2]    # what is used: 0, 1, 4, 5 and 6 bits, and 18, zeros from 11 on
    for kind in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15):
        bits.put(kinds[kind], 3)
    kind_codes = codes(kinds)
    for kind, more, count in runs(literals + distances):
        bits.code(kind_codes[kind])
        bits.put(more, count)
    literal_codes = codes(literals)
    for byte in data:
        bits.code(literal_codes[byte])
    bits.code(literal_codes[256])
def fixed(bits, last=0):
    bits.put(last | 1 << 1, 3)
    bits.code((0, 7))
def stored(bits, last=0):
    bits.put(last, 3)
    bits.count += -bits.count % 8
    bits.put(0xffff0000, 32)
some = [0] * 97 + [4] * 15 + [5] + [0] * 143 + [5]      # a to p, and the end
lengths = [0] * 97 + [4] * 15 + [5] + [0] * 143 + [6, 6]  # and copies of three bytes
def stream(few=0, many=0, end=fixed):
    bits = Bits()
    half = len(content) // 2
    for i in range(before):
        stored(bits)
    dynamic(bits, content[:half], some, [1, 1])
    if form == 'one-literal':
        dynamic(bits, b'', [0] * 256 + [1], [1, 1])
    literals, distances = {'none': (some, [0]), 'none-of-two': (some, [0, 0]), 'none-with-lengths': (lengths, [0]),
                           'one': (some, [1]), 'one-behind': (some, [0, 1])}.get(form, (some, [1, 1]))
    dynamic(bits, content[half:-1] if form == 'less-short' else content[half:], literals, distances)
    for i in range(few):
        fixed(bits)
    for i in range(many):
        stored(bits)
    if form in ('short', 'less-short'):
        # nothing but its end, in the last bits of a byte: of one bit, or of five with a letter before
        sizes = [0] * 255 + [1, 1] if form == 'short' else [0] * 97 + [4] * 15 + [5] + [0] * 143 + [5]
        rest = b'' if form == 'short' else content[-1:]
        for few_distances in [1, 1], [1]:
            apart = Bits()
            dynamic(apart, rest, sizes, few_distances, 1)
            if (bits.count + apart.count) % 2 == 0:
                break
        while (bits.count + apart.count) % 8:
            fixed(bits)
        dynamic(bits, rest, sizes, few_distances, 1)
    else:
        end(bits, 1)
    made = bits.value.to_bytes((bits.count + 7) // 8, 'little')
    assert zlib.decompress(made, -15) == content
    return made
if place == 'content':
    open(out, 'wb').write(content)
elif place == 'gzip':
    open(out, 'wb').write(bytes([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]) + stream() + struct.pack('<II', zlib.crc32(content), len(content)))
elif place == 'zip':
    raw = stream()
    name, crc = b'content', zlib.crc32(content)
    both = struct.pack('<HHHHHIIIHH', 20, 0, 8, 0, 33, crc, len(raw), len(content), len(name), 0)
    local = b'PK\3\4' + both + name + raw
    central = b'PK\1\2' + struct.pack('<H', 20) + both + struct.pack('<HHHII', 0, 0, 0, 0o600 << 16, 0) + name
    open(out, 'wb').write(local + central + b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, len(central), len(local), 0))
    assert zipfile.ZipFile(out).read('content') == content
else:
    # instead of the block that mksquashfs made: just as long
    image = bytearray(open(place, 'rb').read())
    packed = zlib.decompressobj()
    packed.decompress(bytes(image[96:]))
    length = len(image) - 96 - len(packed.unused_data)
    tail = struct.pack('>I', zlib.adler32(content))
    room = (length - len(stream())) // 5
    made = [b'x\1' + stream(few, many, end) + tail for few in range(4) for many in range(room - 3, room) for end in (fixed, stored)]
    image[96:96 + length] = [one for one in made if len(one) == length][0]
    open(out, 'wb').write(image)
END_PY

mkdir tree && python3 make.py plain content tree/content
touch -d @1700000000 tree tree/content
mksquashfs tree good.squashfs -quiet -no-progress -no-exports -all-root -mkfs-time 1 -all-time 1 -comp gzip -no-fragments -noI > said.txt
gzip -nc tree/content > good.gz
TZ=UTC python3 -c '
import zipfile
with zipfile.ZipFile("good.zip", "w", zipfile.ZIP_DEFLATED) as out:
    entry = zipfile.ZipInfo("content", (1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.compress_type = 0, 8
    out.writestr(entry, open("tree/content", "rb").read())'

for kind in gz zip squashfs; do
    place=$kind
    [ $kind = gz ] && place=gzip
    [ $kind = squashfs ] && place=good.squashfs
    for form in plain one less-short one-behind none none-of-two none-with-lengths one-literal short; do
        case "$kind $form" in squashfs*short) continue ;; esac # its length is another one
        python3 make.py $form $place $form.$kind || fail "make.py $form $kind"
    done
    for form in plain one less-short; do
        [ -f $form.$kind ] || continue
        # of a gzip file and of a zip what no encoder makes is no other encoding at all
        code=1 how="$(fact recompressed unexplained) and all(.facts[]; .fact != \"deflate-codes\")"
        [ $kind != squashfs ] || { code=0 how=$(fact recompressed explained); }
        judge "$kind: codes that all readers take, $form" $code $form.$kind good.$kind "$how"
        judge "$kind: the same in the rebuild, $form" $code good.$kind $form.$kind "$how"
    done
    for form in none none-of-two none-with-lengths one-behind one-literal short; do
        [ -f $form.$kind ] || continue
        judge "$kind: codes that not all readers take, $form" 1 $form.$kind good.$kind "$(fact deflate-codes unexplained) and $(fact recompressed unexplained)"
        judge "$kind: such codes in the rebuild alone, $form" 1 good.$kind $form.$kind "$(fact deflate-codes unexplained)"
        judge "$kind: such codes that the rebuild has byte for byte, $form" 0 $form.$kind $form.$kind '.verdict == "identical"'
    done
    judge "$kind: such codes in both, in other streams" 1 none.$kind none-of-two.$kind "$(fact recompressed unexplained)"
done

# a scope asks the same of what it stands in
for form in none one-behind one-literal; do
    compared "squashfs: a scope in one of codes that not all readers take, $form" 1 "$(fact deflate-codes unexplained)" $form.squashfs good.squashfs --scope content
done
compared 'squashfs: a scope in one that all readers take' 0 true one.squashfs good.squashfs --scope content

# wherever the block begins, also amid the bytes that are read at a time
for before in $(seq 560 7 630); do
    python3 make.py none gzip shipped.gz "$before"
    judge "a block behind $before others" 1 shipped.gz good.gz "$(fact deflate-codes unexplained)"
    python3 make.py one gzip shipped.gz "$before"
    judge "one that all readers take behind $before others" 1 shipped.gz good.gz 'all(.facts[]; .fact != "deflate-codes")'
done

# what it is about: who ends there has the first half of the content
if command -v unzip > /dev/null; then
    unzip -p plain.zip content | cmp - tree/content || fail 'unzip does not read the stream that all readers take'
    unzip -p one.zip content | cmp - tree/content || fail 'unzip does not read a stream of one code for distances'
    ! unzip -p none-with-lengths.zip content > half 2> said.txt || fail 'unzip reads a block without codes for distances'
fi
if command -v busybox > /dev/null; then
    busybox unzip -p less-short.zip content | cmp - tree/content || fail 'BusyBox does not read the stream that all readers take'
    if busybox unzip -p short.zip content > half 2> said.txt; then echo 'SKIP: this BusyBox reads a short block' >&2; fi
fi
