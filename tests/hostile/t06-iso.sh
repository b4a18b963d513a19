#!/bin/sh
# T6, T7, T26: ISO 9660 with Rock Ridge, Joliet and El Torito. Each pair is made twice, at two times, and passes; the same
# with one byte changed anywhere else does not, and says where. All trees and tables of one image must say the same.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in genisoimage xorriso python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export TZ=UTC

mkdir -p tree/boot/a/b/c/d/e/f/g/h tree/empty
printf 'the file of A' > tree/boot/file
seq 1 3000 > tree/boot/numbers
printf 'x\n' > 'tree/boot/A longer name with a suffix.text'
printf 'deep down' > tree/boot/a/b/c/d/e/f/g/h/inner
ln -s ../boot/file tree/boot/link
ln tree/boot/file tree/hard
: > tree/nothing
head -c 4096 /dev/zero | tr '\0' B > tree/boot/loader
mknod tree/device c 1 3 2> /dev/null || : > tree/device
mkdir flat
cp tree/boot/file tree/boot/numbers flat
mkdir flat/sub
printf 'inner file' > flat/sub/inner

# master FILE TIME TREE TOOL OPTIONS...
master() {
    file=$1 time=$2 from=$3 tool=$4
    shift 4
    find "$from" -exec touch -h -d "@$time" {} +
    rm -f "$file"
    case $tool in
        genisoimage) SOURCE_DATE_EPOCH=$time genisoimage -quiet -V LABEL -o "$file" "$@" "$from" > log 2>&1 ;;
        xorriso) SOURCE_DATE_EPOCH=$time xorriso -as mkisofs -V LABEL -o "$file" "$@" "$from" > log 2>&1 ;;
    esac || fail "$tool: $(cat log)"
}
place() { LC_ALL=C grep -m 1 -obUaF -- "$2" "$1" | head -n 1 | cut -d: -f1; }
alone() {
    printf '[.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["%s", %s, 1]]' "$1" "$2"
}
# flip STORY AT PATH OFFSET: changes one byte of `genuine` there; nothing else is unexplained
flip() {
    cp genuine shipped
    python3 -c "
f = open('shipped', 'r+b'); f.seek($2); b = f.read(1)[0]; f.seek($2); f.write(bytes([b ^ 1]))"
    judge "$1" 1 shipped expected "$(alone "$3" "$4")"
}

# pair STORY FILE TREE TOOL OPTIONS...
pair() {
    story=$1 inside=$2
    shift 2
    master expected 1600000000 "$@"
    master genuine 1700000101 "$@"
    cmp -s expected genuine && fail "$story: the two are equal"
    judge "$story: made at another time" 0 genuine expected \
        ".verdict == \"equivalent\" and .image.format == \"iso9660\" and $(fact mtime explained)"
    at=$(place genuine 'the file of A')
    flip "$story: one byte of a file" $((at + 12)) "$inside" 12
    flip "$story: one byte behind the end of a file" $((at + 13)) . $((at + 13))
    cp genuine shipped
    poke shipped 32808 M
    judge "$story: one byte of the label" 1 shipped expected "$(fact volume.label unexplained) and any(.findings[];
        .class == \"unexplained\" and .path == \".\" and .range.offset == 32808 and .range.length == 1)"
    # which nobody explains a time behind then
    cp genuine shipped && poke shipped 700 x
    judge "$story: one byte of the system area" 1 shipped expected 'any(.findings[]; .class == "unexplained" and .path == "." and .range.offset == 700 and .range.length == 1)'
    cp genuine shipped && cp expected front && poke shipped 700 x && poke front 700 x
    boots=1 # as a stick has it
    [ "$(od -An -tx1 -j510 -N2 expected)" != ' 55 aa' ] || boots=0
    judge "$story: such a byte in both" $boots shipped front
    size=$(wc -c < genuine)
    flip "$story: the last byte" $((size - 1)) . $((size - 1))
    { cat genuine; printf x; } > shipped
    # what stands behind the volume already is one piece with it
    judge "$story: a byte behind the end" 1 shipped expected "[.findings[] | select(.class == \"unexplained\") |
        [.path, .range.offset + .range.length]] == [[\".\", $((size + 1))]]"
}
pair 'names of ISO 9660 alone' FILE flat genisoimage
pair 'Rock Ridge' hard tree genisoimage -R
pair Joliet FILE flat genisoimage -J
pair 'both, with El Torito' hard tree genisoimage -R -J -b boot/loader -no-emul-boot -boot-load-size 4 -c boot/catalog
"$assay" inspect genuine --format json > inspected.json
jq -e 'any(.nodes[]; .path == "#joliet/boot/file") and any(.nodes[]; .path == "boot/a/b/c/d/e/f/g/h/inner")' inspected.json > /dev/null ||
    fail 'a tree is not shown'
pair 'xorriso' hard tree xorriso -R -J
printf 'not code, but 32 bytes of a loader' > loader
pair 'xorriso, a hybrid with a table of partitions' hard tree xorriso -R -J -G loader \
    -b boot/loader -no-emul-boot -boot-load-size 4 -append_partition 2 0x0c tree/boot/numbers
pair 'xorriso, relocated directories' hard tree xorriso -R -J -joliet-long --rr_reloc_dir moved

# --- what is changed where it stands ---
master expected 1600000000 tree genisoimage -R -J -b boot/loader -no-emul-boot -boot-load-size 4 -c boot/catalog
cat > edit.py <<'END'
# edit.py WHAT: makes of `expected` the image `shipped`
import struct, sys
data = bytearray(open('expected', 'rb').read())
B = 2048
def both32(at): return struct.unpack('<I', data[at:at + 4])[0]
def put32(at, value): data[at:at + 8] = struct.pack('<I', value) + struct.pack('>I', value)
primary, boot, joliet = 16 * B, 17 * B, 18 * B
assert data[primary] == 1 and data[boot] == 0 and data[joliet] == 2
def records(volume):
    # of all directories that stand where their records say: (place, name, directory of it)
    todo, seen = [(both32(volume + 156 + 2), both32(volume + 156 + 10))], set()
    while todo:
        block, size = todo.pop()
        if block in seen:
            continue
        seen.add(block)
        at = block * B
        while at < block * B + size:
            if data[at] == 0:
                at = (at // B + 1) * B
                continue
            name = bytes(data[at + 33:at + 33 + data[at + 32]])
            yield at, name
            if data[at + 25] & 2 and name not in (b'\0', b'\1'):
                todo.append((both32(at + 2), both32(at + 10)))
            at += data[at]
def find(volume, name):
    return next(at for at, own in records(volume) if own == name)
def wide(name): return name.encode('utf-16-be')
what = sys.argv[1]
file, numbers = find(primary, b'FILE.;1'), find(primary, b'NUMBERS.;1')
wide_file = find(joliet, wide('file'))
if what == 'rock-name':
    at = data.index(b'NM', file) + 5
    assert data[at:at + 4] == b'file'
    data[at] = ord('g')
elif what == 'version':
    data[data.index(b'NM', file) + 3] = 2
elif what == 'behind-the-last':
    # ST, which not every reader knows, and what stood there goes on behind it
    at = data.index(b'PX', file)
    data[at:at + 4] = b'ST\4\1'
elif what == 'behind-no-letters':
    data[data.index(b'PX', file)] = 0
elif what == 'relocated':
    at = data.index(b'TF', find(primary, b'EMPTY'))
    data[at:at + data[at + 2]] = b'RE\4\1XX' + bytes([data[at + 2] - 4, 1]) + bytes(data[at + 2] - 8)
elif what == 'iso-name':
    data[file + 33] = ord('G')
elif what == 'joliet-name':
    data[wide_file + 34] = ord('g')
elif what == 'joliet-extent':
    put32(wide_file + 2, both32(numbers + 2)); put32(wide_file + 10, both32(numbers + 10))
elif what == 'rock-extent':
    put32(file + 2, both32(numbers + 2)); put32(file + 10, both32(numbers + 10))
elif what == 'mode':
    at = data.index(b'PX', file) + 4
    put32(at, both32(at) | 0o4000)
elif what == 'owner':
    at = data.index(b'PX', file) + 20
    put32(at, 7)
elif what == 'hidden':
    data[file + 25] |= 1
elif what == 'link':
    at = data.index(b'SL')
    data[data.index(b'boot', at)] = ord('r')
elif what in ('far', 'far-time', 'near', 'near-time'):
    data[file + 24] = 96 if what.startswith('far') else 48
    data[file + 23] ^= 1 if what.endswith('time') else 0
elif what == 'zone':
    data[file + 24] ^= 4
elif what == 'one-order':
    data[file + 2] ^= 1
elif what == 'beyond':
    put32(file + 2, len(data))
elif what == 'into-another':
    put32(file + 2, both32(numbers + 2) + 1)
elif what == 'other-length':
    put32(file + 2, both32(numbers + 2))
elif what == 'circle':
    sub = find(primary, b'BOOT')
    put32(sub + 2, both32(primary + 158)); put32(sub + 10, both32(primary + 166))
elif what == 'descriptor':
    put32(file + 2, 16)
elif what == 'little-table':
    at = struct.unpack('<I', data[primary + 140:primary + 144])[0] * B
    data[data.index(b'EMPTY', at)] = ord('F')
elif what == 'big-table':
    at = struct.unpack('>I', data[primary + 148:primary + 152])[0] * B
    data[at + 5] ^= 1
elif what == 'joliet-table':
    at = struct.unpack('>I', data[joliet + 148:joliet + 152])[0] * B
    data[data.index(wide('empty'), at) + 1] = ord('f')
elif what == 'padding-of-records':
    at = both32(primary + 158) * B + B - 1
    data[at] = 1
elif what == 'catalog':
    at = struct.unpack('<I', data[boot + 71:boot + 75])[0] * B
    data[at + 4] = 1
elif what == 'boots-another':
    at = struct.unpack('<I', data[boot + 71:boot + 75])[0] * B
    data[at + 40:at + 44] = struct.pack('<I', both32(numbers + 2))
elif what == 'boots-more':
    at = struct.unpack('<I', data[boot + 71:boot + 75])[0] * B
    data[at + 38] = 7
elif what == 'continued':
    at = data.index(b'CE')
    put32(at + 4, both32(at + 4)); put32(at + 12, 2040); put32(at + 20, 2000)
elif what == 'moved':
    at = data.index(b'CL') + 4
    put32(at, both32(find(primary, b'EMPTY') + 2))
elif what == 'moved-back':
    at = data.index(b'PL') + 4
    put32(at, both32(find(primary, b'EMPTY') + 2))
elif what == 'udf':
    at = 20 * B
    assert data[19 * B] == 255
    data[at:at + 8] = b'\0BEA01\1\0'
    data[at + B:at + B + 8] = b'\0NSR02\1\0'
elif what == 'twice':
    at = data.index(b'NM', file) + 5
    data[at:at + 4] = b'link'
elif what == 'slash':
    at = data.index(b'NM', numbers) + 5
    data[at + 3] = ord('/')
elif what == 'cut':
    del data[60 * B:]
elif what == 'no-end':
    for i in range(19, 60):
        data[i * B:i * B + B] = data[boot:boot + B]
open('shipped', 'wb').write(data)
END
# edited STORY WHAT FILTER
edited() {
    python3 edit.py "$2" || fail "$1: the maker failed"
    judge "$1" 1 shipped expected "$3"
}
# tells PATH FACT: that fact of that path is unexplained
tells() { printf 'any(.facts[]; .path == "%s" and .fact == "%s" and .class == "unexplained")' "$1" "$2"; }
broken='.reasons[0] | contains("breaks the rules of its own format")'
edited 'a name of Rock Ridge alone' rock-name '[.missing[].path] == ["boot/file"] and any(.facts[]; .path == "boot/gile" and .rule == "added")'
edited 'a name of Joliet alone' joliet-name '[.missing[].path] == ["#joliet/boot/file"]'
edited 'a name of ISO 9660 alone' iso-name "$(tells boot/file iso-name)"
edited 'a file of Joliet that is another one' joliet-extent "$(tells '#joliet/boot/file' link)"
edited 'a file of Rock Ridge that is another one' rock-extent "$(tells boot/file type)"
edited 'a mode' mode "$(tells boot/file mode)"
edited 'a directory that is marked as moved' relocated "$(tells empty relocated)"
edited 'an owner' owner "$(tells boot/file uid)"
edited 'two files of one name' twice 'any(.facts[]; .fact == "duplicate-name" and .class == "unexplained")'
edited 'a file that is hidden' hidden "$(tells boot/file attributes)"
edited 'a target of a link' link "$(tells boot/link link)"
edited 'the zone of a time' zone '[.findings[] | select(.class == "unexplained") | .range.length] == [1]'
# Linux takes no notice of a zone that is further than there is one, and reckons another time than others
for zone in near far; do
    python3 edit.py $zone && cp shipped zoned && python3 edit.py $zone-time
    case $zone in near) wanted=0 ;; *) wanted=1 ;; esac
    judge "another time of a zone, $zone" $wanted shipped zoned
done
edited 'a boot image that is another file' boots-another "$(tells . boot-1)"
edited 'a boot image of which more is loaded' boots-more "$(tells . boot-1)"
for what in version behind-the-last behind-no-letters one-order beyond into-another other-length circle descriptor little-table big-table joliet-table padding-of-records \
    catalog continued moved moved-back slash cut no-end; do
    edited "what no image may say: $what" "$what" "$broken"
done
edited 'a UDF file system beside it' udf '.accounting.undecided > 0'
cp shipped twin
judge 'the same on both sides, byte for byte' 0 shipped twin '.verdict == "identical"'

# --- changes anywhere: nothing but a time may pass, and nothing may crash ---
master expected 1600000000 flat genisoimage -R -J -no-pad
master genuine 1700000101 flat genisoimage -R -J -no-pad
cat > mutate.py <<'END'
# `mutate.py COUNT` writes so many changed images `bad.SEED`; it says of which all changes are in bytes of times
import random, sys
before = open('genuine', 'rb').read()
used = [i for i in range(0, len(before)) if before[i] or i % 2048 < 256]
def times():
    for at in range(16 * 2048, 20 * 2048, 2048):
        if before[at] in (1, 2):
            yield from range(at + 174, at + 180)
            for i in (813, 830, 864):
                yield from range(at + i, at + i + 16)
    at = 20 * 2048
    while (at := at + 1) < len(before) - 40:
        # a record: two orders of block and size, and two of the volume's number
        if before[at + 28:at + 32] == b'\1\0\0\1' and before[at + 2:at + 6] == before[at + 6:at + 10][::-1]:
            yield from range(at + 18, at + 24)
        if before[at:at + 4] == b'TF\x1a\1':
            for i in range(3):
                yield from range(at + 5 + 7 * i, at + 11 + 7 * i)
known = set(times())
for seed in range(1, int(sys.argv[1]) + 1):
    random.seed(seed)
    image, touched = bytearray(before), []
    for _ in range(random.randint(1, 2)):
        touched.append(random.choice(used))
        image[touched[-1]] ^= random.randrange(1, 256)
    if all(i in known for i in touched if image[i] != before[i]):
        print(seed)
    open('bad.%d' % seed, 'wb').write(image)
END
mutants=0 passed=0
python3 mutate.py "${ASSAY_MUTANTS:-60}" > in-times
while [ $mutants -lt "${ASSAY_MUTANTS:-60}" ]; do
    mutants=$((mutants + 1))
    code=0
    "$assay" compare bad.$mutants expected --report report.json > said.txt 2>&1 || code=$?
    case $code in
        0) passed=$((passed + 1)); grep -qx $mutants in-times || fail "mutant $mutants passes" ;;
        1 | 2) ;;
        *) cat said.txt >&2; fail "mutant $mutants: exit $code" ;;
    esac
    rm bad.$mutants
done
printf 'ok: %s: %s changed images, of which %s passed, all in times alone\n' "$name" "$mutants" "$passed"

# --- other trees and other names of a file that a scope names ---
# scoped STORY CODE SHIPPED EXPECTED SCOPE
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope "$5" --quiet > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
rm -rf two && mkdir -p two/BIN two/boot && printf good > two/BIN/APP.TXT && printf other > two/OTHER.TXT
echo good > two/boot/kernel && echo evil > two/boot/kernek
genisoimage -quiet -J -V VOL -o joliet.iso two && genisoimage -quiet -R -V VOL -o rock.iso two
python3 - <<'X'
data = bytearray(open('joliet.iso', 'rb').read())
app, other = (data.find(name.encode('utf-16-be')) - 33 for name in ('APP.TXT', 'OTHER.TXT'))
data[app + 2:app + 18] = data[other + 2:other + 18]
open('led.iso', 'wb').write(data)
data = bytearray(open('rock.iso', 'rb').read())
at = data.find(b'KERNEK.;1')
data[at:at + 9] = b'KERNEL.;1'
open('named.iso', 'wb').write(data)
data = bytearray(open('rock.iso', 'rb').read())
at = data.find(b'evil')
data[at:at + 4] = b'mild'
open('beside.iso', 'wb').write(data)
X
scoped 'another file beside a scope' 0 beside.iso rock.iso boot/kernel
scoped 'a file that Joliet leads elsewhere' 1 led.iso joliet.iso BIN/APP.TXT
scoped 'a second file of the plain name' 1 named.iso rock.iso boot/kernel

# --- mode and owner of a directory, which Linux has from its own record, and a link that is one extent of several ---
mkdir -p own/d && echo x > own/d/app && ln -s app own/d/l && find own -exec touch -h -d @1700000000 {} +
xorriso -as mkisofs -quiet -R -V VOL -o own.iso own 2> log || fail "xorriso: $(cat log)"
cat > own.py <<'X'
import struct
def both(value):
    return struct.pack('<I', value) + struct.pack('>I', value)
def records(data, block):
    """The places of the records of a directory."""
    at, found = block * 2048, []
    while data[at]:
        found.append(at)
        at += data[at]
    return found
def inner(data):
    """The block of the directory D."""
    root = struct.unpack_from('<I', data, 16 * 2048 + 158)[0]
    return [struct.unpack_from('<I', data, at + 2)[0] for at in records(data, root) if data[at + 33:at + 34] == b'D'][0]
X
python3 - <<'X'
from own import both, inner, records
data = open('own.iso', 'rb').read()
inner = records(data, inner(data))
def write(name, at, new):
    open(name + '.iso', 'wb').write(data[:at] + new + data[at + len(new):])
px = data.index(b'PX', inner[0])
write('own-mode', px + 4, both(0o40777))
write('own-uid', px + 20, both(1000))
write('own-none', px, b'XX')
write('own-extent', inner[-1] + 25, bytes([data[inner[-1] + 25] | 0x80]))
X
for change in mode:dot.mode uid:dot.uid none:dot.mode; do
    judge "the own record of a directory (${change%:*})" 1 "own-${change%:*}.iso" own.iso
    code=0
    "$assay" compare "own-${change%:*}.iso" own.iso --scope d --scope 'd/**' --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || fail "the own record of a directory (${change%:*}), in scope: exit $code, expected 1"
done
judge 'the same, as the rebuild has it' 0 own-mode.iso own-mode.iso
code=0
"$assay" compare own-extent.iso own.iso --scope d --scope 'd/**' > said.txt 2>&1 || code=$?
[ "$code" != 0 ] || fail 'a link that is one extent of several, in scope: a pass'
"$assay" compare own.iso own.iso --scope d --scope 'd/**' > said.txt 2>&1 || { cat said.txt >&2; fail 'such a volume in scope: no pass'; }

# --- what Linux reads in the own record of a directory, in volumes that do not begin with Rock Ridge, and in plain names ---
xorriso -as mkisofs -quiet --norock -V PLAIN -o plain.iso own 2> log || fail "xorriso: $(cat log)"
python3 - <<'X'
from own import both, inner, records
def with_own(iso, entry, label):
    data = bytearray(open(iso, 'rb').read())
    block = inner(data)
    own = records(data, block)[0]
    end = own + data[own]
    room = bytes(data[end:block * 2048 + 2048]).rstrip(b'\0')
    new = entry + bytes(len(entry) % 2)
    data[own:block * 2048 + 2048] = (bytes(data[own:end]) + new + room).ljust(2048, b'\0')
    data[own] += len(new)
    open(label, 'wb').write(data)
with_own('own.iso', b'CL\x0c\1' + both(30), 'own-cl.iso')
with_own('own.iso', b'ZF\x10\1pz\4\x0f' + both(2), 'own-zf.iso')
with_own('own.iso', b'SP\7\1\xbe\xef\x08', 'own-sp.iso')
with_own('plain.iso', b'PX\x24\1' + both(0o40777) + both(1) + both(0) + both(0), 'plain-px.iso')
data = open('plain.iso', 'rb').read()
assert b'APP.;1' in data
open('plain-name.iso', 'wb').write(data.replace(b'APP.;1', b'AP;P;1'))
X
for change in cl zf sp; do
    for scope in d/app d; do
        code=0
        "$assay" compare own-$change.iso own.iso --scope "$scope" --scope "$scope/**" > said.txt 2>&1 || code=$?
        [ "$code" != 0 ] || fail "the own record of a directory ($change), $scope in scope: a pass"
    done
done
for change in px name; do
    code=0
    "$assay" compare plain-$change.iso plain-$change.iso --scope 'D/**' > said.txt 2>&1 || code=$?
    "$assay" compare plain-$change.iso plain.iso --scope D --scope 'D/**' > said.txt 2>&1 && fail "a plain volume ($change): a pass"
    printf 'ok: %s: a plain volume (%s): %s\n' "$name" "$change" "$code"
done
"$assay" compare plain.iso plain.iso --scope 'D/**' > said.txt 2>&1 || { cat said.txt >&2; fail 'a plain volume in scope: no pass'; }

# --- the time of a volume, by which boot loaders find one of several ---
python3 - <<'X'
for name, year in (('first', b'2024'), ('second', b'2023')):
    data = bytearray(open('rock.iso', 'rb').read())
    for at in (32768 + 813, 32768 + 830):
        data[at:at + 16] = year + b'010100000000'
    open(name + '.iso', 'wb').write(data)
X
judge 'the time of one volume' 0 second.iso first.iso "$(fact volume.mtime explained)"
for side in expected:'first second' shipped:'second first'; do
    mkdir "disks-${side%:*}"
    # shellcheck disable=SC2086 # two words
    set -- ${side#*:}
    cp "$1.iso" "disks-${side%:*}/a.iso" && cp "$2.iso" "disks-${side%:*}/b.iso"
done
judge 'the times of two volumes, exchanged' 1 disks-shipped disks-expected "$(fact volume.mtime unexplained)"
# Who names that time looks for the volume by it, as GRUB does and Linux (`root=UUID=`): in the volume itself, beside it, as a name.
mkdir named
dated() { # FILE YEAR: a volume of that time, of the files in named
    xorriso -as mkisofs -quiet -V X -R --set_all_file_dates 2025010110000000 --modification-date="$2"010100000000 -o "$1" named 2> log || fail "xorriso: $(cat log)"
}
named_in_volume() { # STORY CODE
    dated first.iso 2024 && dated second.iso 2023
    if cmp -s first.iso second.iso; then fail "$1: no other time"; fi
    compared "$1" "$2" "$(fact named-identifier unexplained)" second.iso first.iso
}
echo 'search --fs-uuid --set=root 2022-01-01-00-00-00-00' > named/grub.cfg
named_in_volume 'a volume that names another one' 0
echo 'search --fs-uuid --set=root 2024-01-01-00-00-00-00' > named/grub.cfg
named_in_volume 'a volume that names its own time' 1
echo 'search --fs-uuid --set=root 2023-01-01-00-00-00-00' > named/grub.cfg
named_in_volume 'a volume that names the time that is shipped' 1
printf 'root=UUID=2024-01-01-00-00-00-00' | iconv -t UTF-16LE > named/grub.cfg
named_in_volume 'a volume that names its own time in letters of two bytes' 1
printf '%s\n' 'After=dev-disk-by\x2duuid-2024\x2d01\x2d01\x2d00\x2d00\x2d00\x2d00.device' > named/grub.cfg
named_in_volume 'a volume that names its own time as a unit of systemd does' 1
rm named/grub.cfg && mkdir named/.disk && : > named/.disk/2024-01-01-00-00-00-00.uuid
named_in_volume 'a volume that has its own time as the name of a file' 1
rm -r named/.disk && echo text > named/text
dated first.iso 2024 && dated second.iso 2023
for side in expected:first shipped:second; do
    rm -rf "disks-${side%:*}" && mkdir "disks-${side%:*}"
    cp "${side#*:}.iso" "disks-${side%:*}/a.iso"
    echo 'linux /vmlinuz root=UUID=2024-01-01-00-00-00-00' > "disks-${side%:*}/cmdline"
done
judge 'a volume whose time a file beside it names' 1 disks-shipped disks-expected "$(fact named-identifier unexplained)"
compared 'a volume in scope whose time a file beside it names' 1 "$(fact named-identifier unexplained)" disks-shipped disks-expected --scope a.iso
rm disks-*/cmdline
judge 'a volume whose time nobody names' 0 disks-shipped disks-expected
