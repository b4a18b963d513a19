#!/bin/sh
# A rebuild by another compiler, version, linker or with other options: that is the first reason, with what both sides
# say, wherever the shipped file says it. It changes no verdict.
#
#   sh tools.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin tools jq bwrap gcc objcopy strip

mkdir -m 755 source
cat > source/main.c <<'END'
#include <stdio.h>
static const char version[] = VERSION;
int table[8] = { 1, 2, 3 };
int main (int argc, char **argv) { return printf ("%s %d\n", version, table[argc & 7] * argc) < 0; }
END
old='GCC: (Vendor A) 9.3.0' new='GCC: (Vendor B) 10.2.1 20210110'

# make FILE VERSION OPTION...
make() {
    made=$1 version=$2
    shift 2
    (cd source && gcc "-DVERSION=\"$version\"" "-ffile-prefix-map=$PWD=." "$@" -o "../$made" main.c)
}

# recipe OUTPUT STEP...
recipe() {
    output=$1
    shift
    printf 'recipe: 1\nproduct: made 1\nlicence: MIT\nsource: [{directory: source, into: .}]\npath: /build/made\nsteps:\n' > case.recipe
    for step; do printf '  - |\n    %s\n' "$step" >> case.recipe; done
    printf 'outputs: [%s]\n' "$output" >> case.recipe
}

# first TEXT...: the first reason holds each, and explains nothing
first() {
    ends 1
    for text; do
        jq -e --arg text "$text" '.reasons[0] | contains($text)' report.json > /dev/null || {
            jq '.reasons' report.json >&2
            shown "the first reason does not say: $text"
        }
    done
    holds '.verdict == "mismatch" and .accounting.unexplained > 0'
}

# verify IMAGE TEXT...: by the recipe; compare SHIPPED EXPECTED TEXT...
verify() {
    image=$1
    shift
    rm -f report.json
    run "verify $image" verify "$image" --recipe case.recipe --report report.json
    first "$@"
}
compare() {
    shipped=$1 expected=$2
    shift 2
    rm -f report.json
    run "compare $shipped" compare "$shipped" "$expected" --report report.json
    first "$@"
}

# --- DW_AT_producer ---
for dwarf in 4 5; do
    make optimised "$old" -gdwarf-$dwarf -O2
    make plain "$old" -gdwarf-$dwarf -O0
    recipe '{from: prog}' "gcc '-DVERSION=\"$old\"' -ffile-prefix-map=\$PWD=. -gdwarf-$dwarf -O0 -o prog main.c"
    verify optimised 'Other tools or options: the image' 'DW_AT_producer' ' -O2' ' -O0' 'the rebuild by "GNU C'
    compare optimised plain 'DW_AT_producer' ' -O2' ' -O0'
    ok "options in debug information of version $dwarf"
done

recipe '{from: prog, symbols: [prog.debug]}' \
    "gcc '-DVERSION=\"$old\"' -ffile-prefix-map=\$PWD=. -g -O0 -o prog main.c; objcopy --only-keep-debug prog prog.debug; strip prog"
verify optimised 'DW_AT_producer' ' -O2' ' -O0'
ok 'options, where the debug information of the rebuild lies in a file of its own'

(cd source && for level in 0 2; do gcc '-DVERSION="1"' -g -gsplit-dwarf -O$level -c main.c -o part.o && mv part.dwo ../$level.dwo; done; rm part.o)
compare 2.dwo 0.dwo 'DW_AT_producer' ' -O2' ' -O0'
ok 'options in split debug information'

# --- texts among data ---
make shipped "$new" -O2 -s
make expected "$old" -O2 -s
recipe '{from: prog}' "gcc '-DVERSION=\"$old\"' -O2 -s -ffile-prefix-map=\$PWD=. -o prog main.c"
verify shipped 'Other tools: the image names "GCC: (Vendor B) 10.2.1 20210110" at offset 0x' 'in section .rodata' "the rebuild \"$old\""
compare shipped expected "$new" "$old"
ok 'a version in a stripped program'

# raw FILE TOOL: an image without any structure
raw() {
    {
        head -c 3000 /dev/zero | tr '\0' '\377'
        printf '\001\002Linux version 5.10.1 (a@b) (%s) #1 SMP\n\000' "$2"
        head -c 3000 /dev/zero | tr '\0' '\252'
    } > "$1"
}
raw shipped.bin 'gcc version 8.3.0 (Buildroot 2019.02), more'
raw source/expected.bin 'gcc (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40'
recipe '{from: prog}' 'cp expected.bin prog'
verify shipped.bin 'Other tools: the image names "gcc version 8.3.0 (Buildroot 2019.02)" at offset 0x' \
    'the rebuild "GNU ld (GNU Binutils for Debian) 2.40; gcc (Debian 12.2.0-14) 12.2.0"'
compare shipped.bin source/expected.bin 'gcc version 8.3.0' 'gcc (Debian 12.2.0-14) 12.2.0'
head -c 3000 /dev/zero > without.bin
compare shipped.bin without.bin 'gcc version 8.3.0' 'the rebuild says nothing of the kind'
ok 'a version in a raw image'

# what both sides hold is no reason, and what a text for people says is none
cp source/expected.bin twin.bin
printf 'X' | dd of=twin.bin bs=1 seek=3030 conv=notrunc status=none
run 'the same tools' compare twin.bin source/expected.bin --report report.json
ends 1
holds 'all(.reasons[]; contains("tools") | not)'
printf 'Made with %s.\n' "$new" > new.txt
printf 'Made with %s.\n' "$old" > old.txt
run 'a text' compare new.txt old.txt --report report.json
ends 1
holds 'all(.reasons[1:][]; contains("tools") | not)'
ok 'the same tools are no reason'

# --- linkers and processors, where there are some ---
if command -v ld.gold > /dev/null; then
    make gold "$old" -O2 -fuse-ld=gold
    make bfd "$old" -O2
    compare gold bfd 'Other tools: the image says in .note.gnu.gold-version that it was made by "gold ' 'the rebuild says nothing of the kind'
    ok 'another linker'
fi
# processor MACHINE SHIPPED EXPECTED TEXT...: compiled for one processor and for another
processor() {
    machine=$1
    clang "--target=$machine" "-march=$2" -c f.c -o shipped.o
    clang "--target=$machine" "-march=$3" -c f.c -o expected.o
    shift 3
    compare shipped.o expected.o 'Other options: the image says in .' "$@"
    ok "another processor: $machine"
}
if command -v clang > /dev/null; then
    printf 'int f (int x) { return x * 3; }\n' > f.c
    processor arm-linux-gnueabihf armv7-a armv6 '"Arm architecture v7' '"Arm architecture v6'
    processor riscv64-linux-gnu rv64imafdc rv64imac '"RISC-V architecture rv64' 'the rebuild for "RISC-V architecture rv64'
fi

# --- lies, and texts without end ---
# shellcheck disable=SC2059 # the format is the text
hostile() {
    printf "$1" > comment
    objcopy --update-section .comment=comment expected hostile.prog
    compare hostile.prog expected 'Other tools: the image says in .comment that it was made by'
    if LC_ALL=C grep -q "$(printf '\033')" out; then shown 'a control character got through'; fi
}
make expected "$old" -O2
hostile 'GCC: (\033[2J) 1.0\000\r\n\000'
hostile "$(head -c 60000 /dev/zero | tr '\0' A)"
jq -e '.reasons[0] | length < 1000' report.json > /dev/null || shown 'a reason of any length'
ok 'texts of .comment are escaped and cut'

for end in first second; do
    printf 'GCC: (%s) %s' "$(head -c 1000 /dev/zero | tr '\0' b | sed 's/bb/b /g')" "$end" > comment
    objcopy --update-section .comment=comment expected $end.prog
done
compare first.prog second.prog 'by "GCC: (b b ' '… first"' '… second"'
ok 'long texts that begin alike are shown from where they part'

head -c 3000000 /dev/zero | tr '\0' 'x' | sed 's/xxxxx/gcc (/g' > many.bin
head -c 3000000 /dev/zero > zeros.bin
run 'texts without end' compare many.bin zeros.bin --report report.json
ends 1
ok 'texts without end'
leaves_nothing
