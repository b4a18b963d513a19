#!/bin/sh
# T6: FAT12, FAT16 and FAT32. Each pair is made twice, at two times, and passes; the same with one byte changed anywhere
# else does not, and says where. T8: no two names that are one where capitals do not count.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for tool in mkfs.fat mcopy python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1 TZ=UTC

mkdir -p tree/boot/deeper tree/empty
printf hello > tree/boot/file
printf '%0700d' 7 > "tree/boot/A long name.txt"
seq 1 30000 > tree/boot/deeper/text
: > tree/nothing

# format FILE TIME SECTORS OPTIONS...
format() {
    file=$1 time=$2 size=$3
    shift 3
    rm -f "$file"
    SOURCE_DATE_EPOCH=$time mkfs.fat -C -i 12345678 -n LABEL "$@" "$file" "$size" > log 2>&1 || fail "mkfs.fat: $(cat log)"
    for entry in boot empty nothing; do
        find tree -exec touch -d "@$time" {} +
        SOURCE_DATE_EPOCH=$time mcopy -s -m -i "$file" "tree/$entry" :: || fail "mcopy $entry"
    done
}

# place FILE TEXT: where the text stands in it
place() { LC_ALL=C grep -m 1 -obUaF -- "$2" "$1" | head -n 1 | cut -d: -f1; }

# pair STORY SECTORS OPTIONS...
pair() {
    story=$1
    shift
    format expected 1600000000 "$@"
    format shipped 1700000124 "$@"
    cmp -s expected shipped && fail 'the two are equal'
    judge "$story, made at another time" 0 shipped expected \
        ".verdict == \"equivalent\" and .image.format == \"fat\" and .accounting.structure > 0 and $(fact mtime explained)"
    cp shipped genuine
    poke shipped $(($(place shipped hello) + 1)) a
    judge "$story, a byte of a file" 1 shipped expected '
        [.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["boot/file", 1, 1]]'
    cp genuine shipped
    poke shipped $(($(place shipped hello) + 5)) x
    judge "$story, a byte behind the end of a file" 1 shipped expected "
        [.findings[] | select(.class == \"unexplained\") | [.path, .range.offset, .range.length]] ==
        [[\".\", $(($(place shipped hello) + 5)), 1]]"
    cp genuine shipped
    poke shipped $(($(place shipped 'FILE       ') + 11)) '\047'
    judge "$story, attributes of a file" 1 shipped expected \
        'any(.facts[]; .path == "boot/file" and .fact == "attributes" and .class == "unexplained")'
    cp genuine shipped
    poke shipped $(($(place shipped 'FILE       '))) P
    judge "$story, a file of another name" 1 shipped expected '[.missing[].path] == ["boot/file"]'
    cp genuine shipped
    printf x | dd of=shipped bs=1 seek=$(($(wc -c < shipped) - 1)) conv=notrunc 2> /dev/null
    judge "$story, the last byte" 1 shipped expected 'any(.findings[]; .class == "unexplained" and .range.length == 1)'
    mdir -/ -b -i genuine | sed 's,^::/,,; s,/$,,' | sort > listed
    "$assay" inspect genuine --format json > inspected
    jq -r '.nodes[].path | select(. != ".")' inspected | sort > seen
    cmp -s listed seen || fail "$story: mtools lists something else: $(diff listed seen)"
}
pair FAT12 1440
pair 'FAT12, one table' 1440 -f 1
pair FAT16 20000 -F 16
pair 'FAT16, large clusters' 90000 -F 16 -s 32
pair FAT32 34000 -F 32 -s 1

# --- what only some readers see ---
format expected 1600000000 1440
broken='.reasons[0] | contains("breaks the rules of its own format")'
cp expected shipped
poke shipped 520 x
judge 'two tables that differ' 1 shipped expected "$broken"
cp expected shipped
at=$(place shipped 'ALONGN~1TXT')
poke shipped "$at" 'FILE       '
judge 'two names that are one' 1 shipped expected "$broken"
cp expected shipped
poke shipped "$at" 'Z'
judge 'a long name in front of another short one' 1 shipped expected "$broken"
cp shipped twin
judge 'the same on both sides, byte for byte' 0 shipped twin '.verdict == "identical"'
cp expected shipped
poke shipped $(($(place shipped 'NOTHING    ') + 28)) '\377\377\377\377'
judge 'a file of four gigabytes in a floppy disk' 1 shipped expected "$broken"
cp expected shipped
poke shipped $(($(place shipped 'DEEPER     ') + 26)) '\002'
judge 'a directory in a circle' 1 shipped expected "$broken"
head -c 700000 expected > shipped
judge 'a file system that is cut off' 1 shipped expected "$broken"
(cat expected; printf behind) > shipped
judge 'bytes behind the end' 1 shipped expected 'any(.findings[]; .class == "unexplained" and .range.length == 6)'
cp expected shipped
mcopy -o -i shipped tree/boot/file ::new
judge 'a file more' 1 shipped expected 'any(.facts[]; .path == "new" and .rule == "added")'
cp expected shipped
mdel -i shipped ::boot/file
judge 'a deleted file' 1 shipped expected '[.missing[].path] == ["boot/file"]'
judge 'a file that was deleted in the rebuild' 1 expected shipped

# --- changes anywhere: nothing but a time may pass, and nothing may crash ---
format shipped 1700000124 1440
cat > mutate.py <<'END'
# `mutate.py COUNT` writes so many changed images `bad.SEED`; it says of which the change is in bytes of times alone
import random, sys
before = open('shipped', 'rb').read()
data = 512 + 2 * 9 * 512 + 224 * 32
areas = [(0, 62), (0, 512), (512, 560), (512, data), (data - 224 * 32, data - 220 * 32), (data, data + 4096), (data, len(before))]
for seed in range(1, int(sys.argv[1]) + 1):
    random.seed(seed)
    image, touched = bytearray(before), set()
    for _ in range(random.randint(1, 3)):
        low, high = random.choice(areas)
        at = random.randrange(low, high)
        image[at] ^= random.randrange(1, 256)
        touched.add(at)
        if 512 <= at < 512 + 9 * 512:
            image[at + 9 * 512] = image[at]
            touched.add(at + 9 * 512)
    changed = [at for at in touched if image[at] != before[at]]
    if all(at >= data - 224 * 32 and at % 32 in (13, 14, 15, 16, 17, 18, 19, 22, 23, 24, 25) for at in changed):
        print(seed)
    open('bad.%d' % seed, 'wb').write(image)
END
mutants=0
python3 mutate.py "${ASSAY_MUTANTS:-60}" > in-times
while [ $mutants -lt "${ASSAY_MUTANTS:-60}" ]; do
    mutants=$((mutants + 1))
    code=0
    "$assay" compare bad.$mutants expected --report report.json > said.txt 2>&1 || code=$?
    case $code in
        0) grep -qx $mutants in-times || fail "mutant $mutants passes" ;;
        1 | 2) ;;
        *) cat said.txt >&2; fail "mutant $mutants: exit $code" ;;
    esac
    rm bad.$mutants
done
printf 'ok: %s: %s changed images, of which nothing but times passed\n' "$name" "$mutants"

# --- beside a scope: the first entry of the table, without which some readers find no file system (T2) ---
# scoped STORY CODE SHIPPED EXPECTED
scoped() {
    code=0
    "$assay" compare --scope boot/file "$3" "$4" > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "in scope, $1: exit $code, expected $2"; }
    printf 'ok: %s: in scope, %s\n' "$name" "$1"
}
for bits in 12 16 32; do
    case $bits in 12) size=1440 ;; 16) size=16384 ;; *) size=70000 ;; esac
    format expected 1600000000 "$size" -F $bits -f 1 -s 1
    first=$(python3 -c 'import struct; print(512 * struct.unpack_from("<H", open("expected", "rb").read(512), 14)[0])')
    for byte in 0 1; do
        cp expected shipped
        poke shipped $((first + byte)) "$(printf '\\%03o' $(($(od -An -tu1 -j$((first + byte)) -N1 shipped) ^ 1)))"
        scoped "FAT$bits: byte $byte of the first entry" 1 shipped expected
        scoped "FAT$bits: byte $byte of the first entry, as expected" 0 shipped shipped
    done
    cp expected shipped && poke shipped $(($(place shipped 000000007) + 1)) 1
    scoped "FAT$bits: another file" 0 shipped expected
done

# --- beside a scope: what is the same file, or another volume, to U-Boot, GRUB or EDK2 ---
cat > also.py <<'END'
# `also.py WHAT`: changes the image `shipped`, which has a file "a long dummy" beside boot
import struct, sys
image = bytearray(open('shipped', 'rb').read())
at = image.find(b'ALONGD~1')
if sys.argv[1] == 'low':  # the low byte of U+0162 is b
    part = image[at - 32:at]
    for place, unit in zip((1, 3, 5, 7, 9, 14), list('\u0162oot') + ['\0', '\uffff']):
        struct.pack_into('<H', part, place, ord(unit))
    for place in (16, 18, 20, 22, 24, 28, 30):
        struct.pack_into('<H', part, place, 0xffff)
    image[at - 32:at] = part
elif sys.argv[1] == 'cut':
    image[at - 32:at] = b'\xe5' + image[at - 31:at]
    image[at:at + 11] = b'BOOT X     '
elif sys.argv[1] == 'high':
    image[image.find(b'FILE       ') + 20] = 1
elif sys.argv[1] == 'disk':
    volume = open('volume', 'rb').read()
    start = image.find(volume)
    assert start > 0 and start % 512 == 0
    image[446:462] = b'\x80' + bytes(3) + b'\x06' + bytes(3) + struct.pack('<II', start // 512, len(volume) // 512)
open('shipped', 'wb').write(image)
END
# beside_file STORY CODE WHAT: with this, and without it as a twin
beside_file() {
    format expected 1600000000 16384 -F 16 -s 1
    cp expected shipped
    head -c 3000 /dev/zero | tr '\0' E > dummy
    mcopy -i shipped "$4" "::a long dummy"
    scoped "$1, without it" 0 shipped expected
    python3 also.py "$3"
    code=0
    "$assay" compare --scope boot/file shipped expected > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || [ "$code" = 2 ] || { cat said.txt >&2; fail "in scope, $1: exit $code"; }
    printf 'ok: %s: in scope, %s: exit %s\n' "$name" "$1" "$code"
    [ "$2" = any ] || [ "$code" = "$2" ] || fail "in scope, $1: exit $code, expected $2"
}
mkfs.fat -F 12 -s 1 -C volume 200 > log
mcopy -i volume tree/boot/file ::kernel
beside_file 'a long name of which U-Boot takes the lower bytes' any low dummy
beside_file 'a short name that ends at a space for U-Boot' any cut dummy
beside_file 'a start of 32 bits for GRUB and EDK2' any high dummy
beside_file 'a table of partitions with a volume of its own in a file' 1 disk volume
format expected 1600000000 16384 -F 16 -s 1
mcopy -i expected dummy '::BOOT X'
mcopy -i expected dummy "::$(printf 'a\305\242b')"
judge 'names that are only like others' 0 expected expected '.image.format == "fat"'
# A short name is a name from the length of the long one on, to U-Boot: Image is IMAGE~1 where that one's long name is short.
format expected 1600000000 16384 -F 16 -s 1
mcopy -i expected dummy '::a b'
cp expected shipped
python3 - <<'END'
image = bytearray(open('shipped', 'rb').read())
at = image.find(b'AB~1')
assert at > 0
for place in range(11):
    image[at + place] = b'BOOT~1     '[place]
total = 0
for letter in image[at:at + 11]:
    total = ((total & 1) << 7) + (total >> 1) + letter & 0xff
image[at - 32 + 13] = total
open('shipped', 'wb').write(image)
END
"$assay" compare --scope boot/file expected expected > said.txt 2>&1 || fail "in scope, a short name beside it: exit $?"
code=0
"$assay" compare --scope boot/file shipped expected > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || [ "$code" = 2 ] || { cat said.txt >&2; fail "in scope, a short name that begins with that of a directory: exit $code"; }
printf 'ok: %s: in scope, a short name that begins with that of a directory\n' "$name"
