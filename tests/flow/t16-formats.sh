#!/bin/sh
# T16: a ready-made object in another format than ELF that the linker takes as it is: COFF in its variants, also in an
# archive and behind other bytes, images of PE, and texts of records. What is not linked from it is not opaque, and
# neither are bytes that only begin as one does.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-formats jq bwrap gcc ld objcopy python3 ar tar zip
for kind in pe-x86-64 pe-bigobj-x86-64 pe-i386 symbolsrec tekhex; do
    objcopy --info | grep -q "^$kind" || skip "objcopy does not know $kind"
done
make_root tools ar cat cp head ld objcopy strip tail tar unzip
add_compiler tools stdio.h stdlib.h string.h
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"

# calls every few bytes: hardly anything stands between the relocations
cat > calls.c <<'END2'
extern int f1 (int), f2 (int), f3 (int);
int calls (int r) { if (f1 (r) > f2 (r)) r = f3 (r); else r = f1 (r); r = f2 (f1 (r)); if (f3 (r)) r = f1 (f2 (f3 (f1 (r)))); return f2 (r); }
int again (int r) { r = f2 (f3 (f1 (f2 (r)))); while (f1 (r) > 0) r = f3 (f2 (r)); return f1 (f2 (f3 (f3 (r)))); }
END2
cat > main.c <<'END2'
int f1 (int a) { return a + 1; } int f2 (int a) { return a * 3; } int f3 (int a) { return a ^ 5; }
int calls (int), again (int);
int main (int c, char **v) { return calls (c) + again (c) + (v == 0); }
END2
cat > own.c <<'END2'
int f1 (int), f2 (int), f3 (int);
int calls (int r) { return f1 (f2 (f3 (r) + 12345)) - 1; }
int again (int r) { for (int i = 0; i < r; i++) r += f2 (i) * 77; return r; }
END2
# no calls: an image and records have no relocations
cat > plain.c <<'END2'
int calls (int r) { int a = r; for (int i = 0; i < 20; i++) { a = a * 31 + (a >> 3) ^ i; if (a & 4) a -= r * 7; } return a; }
int again (int r) { return calls (r ^ 0x12345) + calls (r + 99) * 3 + calls (r * 1234567) / 5; }
END2
flags='-O2 -fno-pic -fno-asynchronous-unwind-tables -fcf-protection=none'
# shellcheck disable=SC2086 # words
gcc $flags -c calls.c
# shellcheck disable=SC2086
gcc $flags -c plain.c && strip -g -R .comment -R .note.GNU-stack -N plain.c plain.o
objcopy -O pe-x86-64 calls.o calls.obj
objcopy -O pe-bigobj-x86-64 calls.o big.obj
echo 'int other (int a) { return a * 3 + 1; }' | gcc -O2 -s -shared -fPIC -o other.so -xc -

# variant KIND < OBJECT: of an object of COFF with one section of code
cat > variant.py <<'END2'
import struct, sys
kind, data = sys.argv[1], bytearray(sys.stdin.buffer.read())
count = struct.unpack_from('<H', data, 2)[0]
def section(number): return 20 + 40 * number
code = next(n for n in range(count) if data[section(n):section(n) + 5] == b'.text')
at = section(code)
flags = struct.unpack_from('<I', data, at + 36)[0]
if kind == 'data':  # what the section is called puts it into the code all the same
    struct.pack_into('<I', data, at + 36, flags & ~0x20000020 | 0x40)
elif kind == 'outside':  # the others lie behind the end of the file, and are left out
    for number in range(count):
        if number != code:
            data[section(number):section(number) + 8] = b'.debug_x'
            struct.pack_into('<IIII', data, section(number) + 16, 4096, 0x7f000000, 0, 0)
            struct.pack_into('<I', data, section(number) + 36, 0x42000040)
elif kind == 'linux':  # the machine, as programs for one system have it
    struct.pack_into('<H', data, 0, 0xfd1d)
sys.stdout.buffer.write(data)
END2

# judged STORY CODE STEP OWN: `source` is there; OWN is the source of a part of its own, or /dev/null
judged() {
    cp main.c source/main.c
    cp "$4" source/own.c
    cp -a source built
    (cd built && sh -ec "$3") > said 2>&1 || { cat said >&2; fail "$1: does not build"; }
    printf 'recipe: 1\nproduct: formats 1\nsource: [{directory: source, into: .}]\n%s\npath: /build/formats\nsteps: ["%s"]\noutputs: [{from: out}]\n' \
        "$toolchain" "$3" > formats.recipe
    run "$1" verify built/out --recipe formats.recipe --report report.json
    ends "$2"
    if [ "$2" = 1 ]; then holds 'any(.findings[]; .rule == "opaque")'; fi
    ok "$what: exit $code"
    rm -rf source built
}
# recorded STORY STEP ORIGIN: what the rebuild made, and where it comes from by what it read; `source` is there
recorded() {
    cp main.c own.c source/
    cp -a source built
    (cd built && sh -ec "$2") > said 2>&1 || { cat said >&2; fail "$1: does not build"; }
    printf 'recipe: 1\nproduct: formats 1\nsource: [{directory: source, into: .}]\n%s\npath: /build/formats\nsteps: ["%s"]\noutputs: [{from: out}]\n' \
        "$toolchain" "$2" > formats.recipe
    run "$1" verify built/out --recipe formats.recipe --record --report report.json
    ends 0
    holds ".files[0].origin == \"$3\""
    ok "$what: $3"
    rm -rf source built
}
link='gcc -O1 -s -no-pie -Wl,--build-id=none -o out main.c'
unknown='-Wl,--accept-unknown-input-arch'

for object in calls.obj big.obj; do
    mkdir source
    cp $object source/
    judged "$object" 1 "$link $object" /dev/null
    mkdir source
    cp $object source/
    judged "$object that is not linked" 0 "$link own.c" own.c
done
for kind in data outside linux; do
    mkdir source
    python3 variant.py $kind < calls.obj > source/calls.obj
    judged "an object of COFF, $kind" 1 "$link calls.obj" /dev/null
done
# more than the header can count
printf '.globl calls, again\ncalls: again: .rept 66000\ncall f1\n.endr\nret\n' > many.s
gcc -c many.s && mkdir source
objcopy -O pe-x86-64 many.o source/many.obj
judged 'an object of COFF with many relocations' 1 "$link many.obj" /dev/null
mkdir source
(cd source && ar rcD calls.lib ../calls.obj)
judged 'an object of COFF in an archive' 1 "$link calls.lib" /dev/null
mkdir source
tar -cf source/x.tar calls.obj
judged 'an object of COFF in a tar' 1 "tar -xf x.tar && $link calls.obj" /dev/null
mkdir source
{ head -c 65535 /dev/zero; cat calls.obj; } > source/x.bin
judged 'an object of COFF across two windows' 1 "tail -c +65536 x.bin > x.o; $link x.o" /dev/null
mkdir source
cat other.so big.obj > source/x.so
judged 'an object of COFF behind a library' 1 "tail -c +$(($(wc -c < other.so) + 1)) x.so > x.o; $link x.o" /dev/null
mkdir source
echo text > text
zip -q text.zip text
cat calls.obj text.zip > source/x.zip
judged 'an object of COFF that is a zip as well' 1 "$link x.zip" /dev/null
mkdir source
objcopy -I binary -O srec calls.obj source/x.srec
judged 'an object of COFF in S-records' 1 "objcopy -I srec -O binary x.srec x.o; $link x.o" /dev/null

# of another machine
gcc -m32 -O2 -fno-pic -fno-asynchronous-unwind-tables -c -o calls32.o calls.c
mkdir source
objcopy -O pe-i386 calls32.o source/calls.obj
given='--defsym=f1=0x8049111 --defsym=f2=0x8049333 --defsym=f3=0x8049777'
judged 'an object of i386' 1 "ld -m elf_i386 -s -e calls $given -o out calls.obj" /dev/null

# images: the linker takes them whole
echo 'int again (int a) { return a ^ 0x4711; }' > short.c
gcc -O2 -fno-asynchronous-unwind-tables -fcf-protection=none -c short.c
for part in plain short; do
    mkdir source
    ld -m i386pep -e again -o source/$part.exe $part.o
    judged "$part code as an image of PE" 1 "$link $part.exe -Wl,--defsym=calls=again" /dev/null
    mkdir source
    ld -m i386pep -e again -o source/$part.exe $part.o
    judged "$part code as an image of PE that is not linked" 0 "$link own.c" own.c
done

# texts of records
# shuffled: every other record first
cat > shuffled.py <<'END2'
import sys
lines = sys.stdin.read().splitlines(True)
data = [line for line in lines if line[0] == '%' and line[3] == '6' or line[:2] in ('S1', 'S2', 'S3')]
rest = [line for line in lines if line not in data]
first = [line for line in rest if line[0] == '$' or line[0] == ' ' or line[:2] == 'S0']
sys.stdout.write(''.join(first + data[1::2] + data[::2] + [line for line in rest if line not in first]))
END2
# without: what a linker has as zeros anyway is left out
cat > without.py <<'END2'
import sys
digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%._abcdefghijklmnopqrstuvwxyz'
def record(kind, text):
    head = '%02X%s' % (len(text) + 5, kind)
    return '%%%s%02X%s\n' % (head, sum(digits.index(c) for c in head + text) & 255, text)
for line in sys.stdin:
    if line[3] != '6':
        sys.stdout.write(line)
        continue
    width = int(line[6], 16)
    at, data = int(line[7:7 + width], 16), bytes.fromhex(line[7 + width:].strip())
    for i, byte in enumerate(data):
        if byte:
            sys.stdout.write(record('6', '4%04X%02X' % (at + i, byte)))
END2
for kind in symbolsrec tekhex; do
    mkdir source
    objcopy -O $kind plain.o source/x.txt
    judged "an object in $kind" 1 "$link $unknown x.txt" /dev/null
    mkdir source
    objcopy -O $kind plain.o plain.$kind
    python3 shuffled.py < plain.$kind > source/x.txt
    judged "an object in $kind, shuffled" 1 "objcopy -I $kind -O elf64-x86-64 -B i386:x86-64 x.txt x.o; $link x.o -Wl,--defsym=calls=0,--defsym=again=0" /dev/null
    mkdir source
    cp plain.$kind source/x.txt
    tar -C source -cf source/x.tar x.txt && rm source/x.txt
    judged "an object in $kind in a tar" 1 "tar -xf x.tar && $link $unknown x.txt" /dev/null
    mkdir source
    cp plain.$kind source/x.txt
    judged "an object in $kind that is not linked" 0 "$link own.c" own.c
done
# what was opened of it is no source
for kind in symbolsrec tekhex; do
    mkdir source
    cp plain.$kind source/x.txt
    recorded "$kind that is not opened" "$link own.c" compiled
    mkdir source
    cp plain.$kind source/x.txt
    recorded "$kind that is opened" "cat x.txt > read; $link own.c" unknown
done
mkdir source
python3 without.py < plain.tekhex > source/x.txt
judged 'an object in tekhex, without zeros' 1 "$link $unknown x.txt" /dev/null
mkdir source
objcopy -O srec plain.o plain.srec
python3 shuffled.py < plain.srec > source/x.txt
judged 'S-records, shuffled' 1 "$link $unknown x.txt -Wl,--defsym=calls=0,--defsym=again=0" /dev/null

# what only begins so
mkdir source
cat > begins.py <<'END2'
import random, sys
random.seed(4711)
magics = [b'\x64\x86', b'\x4c\x01', b'\x64\xaa', b'MZ', b'\0\0\xff\xff', b'\x0d\x01']
sys.stdout.buffer.write(b''.join(random.choice(magics) + random.randbytes(random.randrange(2, 60)) for _ in range(100000)))
sys.stdout.buffer.write(b''.join(random.choice(magics) + bytes(random.choice((1, 0, 0, 0, 2)) for _ in range(random.randrange(2, 90))) for _ in range(20000)))
END2
python3 begins.py > source/x.bin
printf '%%add a comment of TeX\n%%6411 and another\n' > source/x.tex
printf '$$ of a shell\nS1 is a section, and S113 as well\n' > source/x.txt
printf ':100 is a port, and :8080 too\n' > source/y.txt
judged 'bytes that only begin so' 0 "$link own.c" own.c

# archives that not all readers begin at their first byte
mkdir -p source held
# shellcheck disable=SC2086 # words
gcc $flags -c calls.c -o held/blob.o
(cd held && zip -qX ../plain.zip blob.o && tar --format=v7 -cf ../plain.tar blob.o)
python3 - <<'END2'
data = open('plain.zip', 'rb').read()
open('marked.zip', 'wb').write(b'PK00' + data)
open('stub.zip', 'wb').write(b'\x7fstub' * 20 + data)
open('cut.zip', 'wb').write(b'\x7fstub' * 20 + data[:-30])
tar = bytearray(open('plain.tar', 'rb').read())
tar[:8] = 'é.o'.encode() + bytes(4)
for name, signed in (('signed.tar', True), ('unsigned.tar', False)):
    tar[148:156] = b' ' * 8
    total = sum(byte - 256 if signed and byte > 127 else byte for byte in tar[:512])
    tar[148:156] = b'%06o\0 ' % total
    open(name, 'wb').write(tar)
END2
for archive in plain.zip:1 marked.zip:2 stub.zip:2 unsigned.tar:1 signed.tar:1; do
    rm -rf source && mkdir source && cp "${archive%:*}" source/
    case $archive in *.zip*) step="unzip -p ${archive%:*} > x.o || :; gcc -O2 main.c x.o -o out" ;; *) step="tar -xOf ${archive%:*} > x.o; gcc -O2 main.c x.o -o out" ;; esac
    judged "an object in ${archive%:*}" "${archive#*:}" "$step" /dev/null
done
rm -rf source && mkdir source && cp cut.zip source/
judged 'what ends as no zip' 0 "$link own.c" own.c
