#!/bin/sh
# T5, T6, T7: 7z. Packed twice, at two times, archives are equal but for times and what follows from them; whatever else
# differs in a header or a file is found where it stands.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in 7zr 7z python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export TZ=UTC

# tree TEXT TIME
tree() {
    rm -rf tree
    mkdir -p tree/boot tree/empty
    printf 'the file of %s' "$1" > tree/boot/file
    seq 1 3000 > tree/boot/numbers
    : > tree/nothing
    ln -s boot/file tree/link
    chmod 755 tree/boot/numbers
    find tree -exec touch -h -d "@$2" {} +
}
# pack FILE OPTIONS...
pack() {
    file=$1
    shift
    rm -f made.7z
    (cd tree && 7zr a -snl "$@" ../made.7z . > ../log) || fail "7zr: $(cat log)"
    mv made.7z "$file"
}
alone() {
    printf '[.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["%s", %s, 1]]' "$1" "$2"
}
# pair STORY OPTIONS...
pair() {
    story=$1
    shift
    tree A 1600000000.125
    pack expected "$@"
    tree A 1700000101.5
    pack shipped "$@"
    judge "$story: packed at another time" 0 shipped expected \
        ".verdict == \"equivalent\" and .image.format == \"7z\" and $(fact mtime explained)"
    { cat shipped; printf x; } > longer
    judge "$story: a byte behind the end" 1 longer expected "$(alone . "$(wc -c < shipped)")"
    tree B 1700000101.5
    pack shipped "$@"
    judge "$story: one byte of a file" 1 shipped expected "any(.findings[]; .class == \"unexplained\" and
        .path == \"boot/file\" and .range.offset == 12 and .range.length == 1) and all(.findings[];
        .class != \"unexplained\" or .path == \"boot/file\" or .path == \"#header\" or .path == \".\")"
    tree A 1700000101.5
    chmod 777 tree/boot/file
    pack shipped "$@"
    judge "$story: a mode" 1 shipped expected \
        'any(.facts[]; .path == "boot/file" and .fact == "mode" and .class == "unexplained")'
    ln -sf boot/filf tree/link
    pack shipped "$@"
    judge "$story: the target of a link" 1 shipped expected \
        'any(.facts[]; .path == "link" and .fact == "link" and .class == "unexplained")'
    printf x > tree/more
    pack shipped "$@"
    judge "$story: a file more" 1 shipped expected 'any(.facts[]; .path == "more" and .rule == "added")'
}
pair 'as it comes'
pair LZMA -m0=lzma
pair LZMA2 -m0=lzma2
pair 'every file by itself' -ms=off
pair 'not compressed' -m0=copy
pair 'not compressed, nor is the header' -m0=copy -mhc=off
pair 'a header that is not packed' -mhc=off
pair 'a filter for code' -m0=bcj -m1=lzma
pair 'a filter for tables' -m0=delta:4 -m1=lzma2

# --- what is not read says so, and is compared as it is ---
tree A 1600000000
for method in ppmd deflate bzip2; do
    rm -f made.7z
    (cd tree && 7z a -m0=$method ../made.7z . > ../log) || fail "7z: $(cat log)"
    mv made.7z shipped
    "$assay" inspect shipped --format json > inspected.json || :
    jq -e '.nodes[0] | .format == "7z" and (.trouble | contains("a coder that is not read"))' inspected.json > /dev/null ||
        fail "$method: it does not say why"
    cp shipped expected
    judge "$method: equal" 0 shipped expected
    poke shipped 40 x
    judge "$method: another byte" 2 shipped expected
done
for option in -mhe=off -mhe=on; do
    rm -f made.7z
    (cd tree && 7z a -psecret $option ../made.7z . > ../log) || fail "7z: $(cat log)"
    mv made.7z shipped
    "$assay" inspect shipped --format json > inspected.json || :
    jq -e '.nodes[0].trouble | contains("AES-256")' inspected.json > /dev/null || fail "encrypted, $option: it does not say so"
    printf 'ok: %s: encrypted, %s\n' "$name" "$option"
done

# --- bytes that are changed where they stand, with checksums mended or not ---
tree A 1600000000
pack expected -m0=copy -mhc=off
cat > edit.py <<'END'
# edit.py WHAT: makes of `expected`, in which nothing is packed, the archive `shipped`
import struct, sys, zlib
data = bytearray(open('expected', 'rb').read())
offset, size = struct.unpack('<QQ', data[12:28])
start = 32 + offset
def mend():
    data[28:32] = struct.pack('<I', zlib.crc32(data[start:start + size]))
    data[8:12] = struct.pack('<I', zlib.crc32(data[12:32]))
what = sys.argv[1]
header = data[start:start + size]
names = start + header.index('boot'.encode('utf-16-le'))
if what == 'name':
    data[names] = ord('c'); mend()
elif what == 'checksum':
    data[names] = ord('c')
elif what == 'start':
    data[30] ^= 1
elif what == 'content':
    data[data.index(b'of A') + 3] = ord('B')
elif what == 'version':
    data[7] ^= 1
elif what == 'gap':
    data[start:start] = b'hello'
    data[12:20] = struct.pack('<Q', offset + 5); start += 5; mend()
elif what == 'attributes':
    at = data.rindex(b'\x80\xa4\x81') # 0100644 above the mark of it
    data[at + 1] ^= 2; mend()
elif what == 'outside':
    data[12:20] = struct.pack('<Q', 1 << 60); data[8:12] = struct.pack('<I', zlib.crc32(data[12:32]))
elif what == 'beyond':
    data[start + 3] = 0x7f; mend()
elif what == 'more':
    data[start + 2] = 0x02; mend()
elif what == 'many':
    at = start + header.index(b'\x05', 30)
    data[at + 1] = 0x7f; mend()
elif what == 'no-name':
    data[names:names + 2] = b'\0\0'; mend()
elif what == 'cut':
    del data[start + size // 2:]
elif what == 'empty':
    del data[32:]
    data[12:32] = b'\0' * 20; data[8:12] = struct.pack('<I', zlib.crc32(data[12:32]))
open('shipped', 'wb').write(data)
END
# edited STORY WHAT FILTER
edited() {
    python3 edit.py "$2" || fail "$1: the maker failed"
    judge "$1" 1 shipped expected "$3"
}
broken='.reasons[0] | contains("breaks the rules of its own format")'
edited 'a name' name 'any(.findings[]; .path == "#header" and .class == "unexplained" and .range.length == 1) and
    any(.missing[]; .path | startswith("boot"))'
edited 'the version' version "$(alone . 7)"
edited 'an attribute' attributes 'any(.facts[]; .fact == "mode" and .class == "unexplained")'
edited 'bytes that no file has' gap 'any(.findings[]; .path == "." and .class == "unexplained" and .range.length == 5)'
for what in checksum start content outside beyond more many no-name cut empty; do
    edited "what no archive may say: $what" "$what" "$broken"
done

# --- changes anywhere: nothing but a time may pass, and every time has a checksum that speaks of it ---
tree A 1600000000
pack expected -ms=off
pack plain -ms=off -mhc=off
cp plain expected.plain
tree A 1700000000
pack genuine -ms=off
pack genuine.plain -ms=off -mhc=off
cat > mutate.py <<'END'
# `mutate.py COUNT` writes so many changed archives `bad.SEED`; of half of them the checksums of the headers are mended.
# It says of which all changes are in times
import random, struct, sys, zlib
for seed in range(1, int(sys.argv[1]) + 1):
    random.seed(seed)
    image = bytearray(open('genuine.plain' if seed % 2 else 'genuine', 'rb').read())
    before = bytes(image)
    offset, size = struct.unpack('<QQ', image[12:28])
    start = 32 + offset
    for _ in range(random.randint(1, 2)):
        at = random.choice([random.randrange(len(image)), random.randrange(start, start + size)])
        image[at] ^= random.randrange(1, 256)
    changed = [i for i in range(len(image)) if image[i] != before[i]]
    if seed % 4 > 1 and not any(i < 32 for i in changed):
        image[28:32] = struct.pack('<I', zlib.crc32(image[start:start + size]))
        image[8:12] = struct.pack('<I', zlib.crc32(image[12:32]))
    # times end in the bytes that all of this millennium have
    known = set()
    at = start
    while (at := before.find(b'\x01', at + 1)) >= 0:
        if before[at - 1] in range(0xc0, 0xe0):
            known.update(range(at - 7, at + 1))
    if seed % 2 and all(i in known for i in changed):
        print(seed)
    open('bad.%d' % seed, 'wb').write(image)
END
mutants=0 passed=0
python3 mutate.py "${ASSAY_MUTANTS:-60}" > in-times
while [ $mutants -lt "${ASSAY_MUTANTS:-60}" ]; do
    mutants=$((mutants + 1))
    code=0
    against=expected
    [ $((mutants % 2)) = 0 ] || against=expected.plain
    "$assay" compare bad.$mutants $against --report report.json > said.txt 2>&1 || code=$?
    case $code in
        0) passed=$((passed + 1)); grep -qx $mutants in-times || fail "mutant $mutants passes" ;;
        1 | 2) ;;
        *) cat said.txt >&2; fail "mutant $mutants: exit $code" ;;
    esac
    rm bad.$mutants
done
printf 'ok: %s: %s changed archives, of which %s passed, all in times alone\n' "$name" "$mutants" "$passed"
