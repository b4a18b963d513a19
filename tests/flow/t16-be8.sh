#!/bin/sh
# T16: a ready-made object of big-endian ARM is found where a linker made BE8 of it, which turns the bytes of each
# instruction around: of ARM and of Thumb, with constants between the instructions, as a member of an archive, however
# short, with sections in one place of the file, and where a step says anew what its bytes are.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
prefix=arm-linux-gnueabi
command -v $prefix-as > /dev/null || prefix=arm-linux-gnueabihf
begin t16-be8 jq bwrap python3 ar $prefix-as $prefix-ld $prefix-objcopy
make_tools $prefix-as $prefix-ld $prefix-objcopy
as="$prefix-as -EB -march=armv7-a"

# calls every few bytes, and constants between two functions
cat > arm.s <<'END'
.globl f
f: push {r4, lr}
mov r4, r0
bl f1
cmp r0, r4
bgt 1f
bl f2
ldr r1, =0x13579bdf
eor r0, r0, r1
1: bl f1
pop {r4, pc}
.ltorg
g: push {r4, lr}
eor r4, r0, #77
bl f2
add r0, r0, r4, lsl #3
bl f1
pop {r4, pc}
END
{ printf '.syntax unified\n.thumb\n.thumb_func\n'; cat arm.s; } > thumb.s
{ sed 's/^f:/.arm\n&/; s/^g:/.thumb\n&/; s/add r0, r0, r4, lsl #3/add r0, #3/; s/eor r4, r0, #77/movs r4, r0/' arm.s; } > both.s
printf '.globl f\nf: eor r0, r0, #0x4700\nadd r0, r0, r0, lsl #7\nbx lr\n' > short.s
{ printf '.data\n.globl f\nf:\n'; for i in 1 2 3 4; do printf '.inst 0xe2204c8%s, 0xe08001%s4, 0xe02003%s4\n' $i $i $i; done; echo '.inst 0xe12fff1e'; } > data.s
for object in arm thumb both short data; do $as -o $object.o $object.s; done
# two sections in one place of the file, each with its mapping symbols, which are linked apart
cat > twice.py <<'END'
import struct, sys
data = bytearray(sys.stdin.buffer.read())
at, = struct.unpack_from('>I', data, 32)
size, count = struct.unpack_from('>HH', data, 46)
headers = [bytearray(data[at + i * size:at + (i + 1) * size]) for i in range(count)]
def number(kind, flags): return next(i for i, h in enumerate(headers) if struct.unpack_from('>II', h, 4) == (kind, flags))
text, copy = number(1, 6), number(1, 3)
headers[copy][4:40] = headers[text][4:40]
data[at:at + size * count] = b''.join(headers)
sys.stdout.buffer.write(data)
END
{ sed 's/bl f[12]/nop/' arm.s; printf '.data\n.arm\n.rept 22\n.inst 0xe1a00000\n.endr\n'; } > twice.s
$as -o plain.o twice.s && python3 twice.py < plain.o > twice.o

# judged STORY CODE STEP [SOURCE]: `source` is there; where SOURCE is given it is another function of the same name
judged() {
    printf '.globl _start, f1, f2\n.arm\n_start: blx f\nb _start\nf1: add r0, r0, #1\nbx lr\nf2: eor r0, r0, #5\nbx lr\n' > source/start.s
    printf '.globl f\n.arm\nf: sub r0, r0, #3\nmul r0, r0, r0\nbx lr\n' > source/own.s
    printf 'recipe: 1\nproduct: be8 1\nsource: [{directory: source, into: .}]\n%s\npath: /build/be8\nsteps: ["%s -o start.o start.s; %s -o own.o own.s; %s"]\noutputs: [{from: out}]\n' \
        "$toolchain" "$as" "$as" "$3" > be8.recipe
    rm -rf built
    run "$1" rebuild --recipe be8.recipe --output built
    ends 0
    run "$1" verify built/out --recipe be8.recipe --report report.json
    ends "$2"
    if [ "$2" = 1 ]; then holds 'any(.findings[]; .rule == "opaque")'; else holds '.verdict == "identical"'; fi
    ok "$what: exit $code"
    rm -rf source
}
# link FILE [MORE]
link() { echo "$prefix-ld -EB --be8 ${2:-} -o out start.o $1"; }

for object in arm thumb both short data twice; do
    # in one segment, so that data may be executed
    more=''
    if [ $object = data ]; then more=-N; fi
    mkdir source
    cp $object.o source/
    judged "an object: $object" 1 "$(link $object.o $more)"
    mkdir source
    cp $object.o source/
    judged "an object that is not linked: $object" 0 "$(link own.o $more)"
done
mkdir source
cp arm.o source/
judged 'an object that is linked as it stands' 1 "$prefix-ld -EB -o out start.o arm.o"
mkdir source
cp arm.o source/
judged 'an object in a raw image' 1 "$prefix-ld -EB --be8 -o x start.o arm.o && $prefix-objcopy -O binary -j .text x out"
mkdir source
ar rcD source/libf.a thumb.o
judged 'an object in an archive' 1 "$(link libf.a)"
# a step gives it the mapping symbols that it came without; with constants no form is that of all of it
printf '.globl f\nf: .rept 4\neor r0, r0, #0x4700\nadd r0, r0, r0, lsl #7\nsub r1, r0, r0, ror #3\nmul r0, r1, r0\n.endr\nbx lr\n' > long.s
# shellcheck disable=SC2016 # a name
$as -o long.o long.s && sed 's/\$a/xa/' long.o > bare.o
{ printf '.syntax unified\n.thumb\n.thumb_func\n'; cat long.s; } > long-thumb.s
# shellcheck disable=SC2016 # a name
$as -o long-thumb.o long-thumb.s && sed 's/\$t/xt/' long-thumb.o > bare-thumb.o
mkdir source
cp bare.o source/
judged 'an object without mapping symbols' 1 "$(link bare.o)"
for letter in a t; do
    mkdir source
    if [ $letter = a ]; then cp bare.o source/; else cp bare-thumb.o source/bare.o; fi
    # shellcheck disable=SC2016 # a name
    judged "an object that a step marks: $letter" 1 "$prefix-objcopy --add-symbol '\$$letter=.text:0,local' bare.o y.o; $(link y.o)"
done
leaves_nothing
