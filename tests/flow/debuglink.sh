#!/bin/sh
# A program that was stripped and linked to its debug file, as distributions ship it, against a recipe that builds both.
#
#   sh debuglink.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin debuglink jq bwrap gcc objcopy strip eu-strip readelf
make_root tools objcopy eu-strip
add_compiler tools stdio.h
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"

mkdir -m 755 source
cat > source/main.c <<'END'
#include <stdio.h>
int table[8] = { 1, 2, 3 };
int main (int argc, char **argv) { return printf ("%d\n", table[argc & 7]) < 0; }
END

# recipe FILE SYMBOLS STEP...
recipe() {
    file=$1 symbols=$2
    shift 2
    cat > "$file" <<END
recipe: 1
product: linked 1
source:
  - {directory: source, into: .}
$toolchain
path: /build/linked
steps:
  - gcc -g -O2 -ffile-prefix-map=\$PWD=. -o prog main.c
END
    for step; do printf '  - %s\n' "$step" >> "$file"; done
    printf 'outputs:\n  - {from: prog, symbols: [%s]}\n' "$symbols" >> "$file"
}
recipe gnu.recipe prog.debug 'objcopy --only-keep-debug prog prog.debug'
recipe elfutils.recipe prog.debug 'eu-strip -f prog.debug -o unused prog'
recipe without.recipe prog 'true'
recipe other.recipe other.debug 'objcopy --only-keep-debug prog other.debug'

(cd source && gcc -g -O2 "-ffile-prefix-map=$PWD=." -o ../prog main.c)
objcopy --only-keep-debug prog prog.debug
strip -o gnu.prog prog
objcopy --add-gnu-debuglink=prog.debug gnu.prog
eu-strip -f prog.debug -o elfutils.prog prog

# verify IMAGE RECIPE EXIT
verify() {
    rm -f report.json
    run "$1 against $2" verify "$1" --recipe "$2" --report report.json
    ends "$3"
}
for kind in gnu elfutils; do
    verify $kind.prog $kind.recipe 0
    holds '.verdict == "equivalent" and any(.findings[]; .rule == "strip") and all(.findings[]; .class == "explained")'
    ok "$kind: the link follows from the debug file of the rebuild"
    verify $kind.prog without.recipe 1
    ok "$kind: no debug file, no proof"
    verify $kind.prog other.recipe 1
    ok "$kind: a debug file of another name"
    # shellcheck disable=SC2046 # offset and size are two words
    set -- $(readelf -SW $kind.prog | sed -n 's/.*\.gnu_debuglink *PROGBITS *[0-9a-f]* *\([0-9a-f]*\) *\([0-9a-f]*\).*/\1 \2/p')
    for at in 0 2 11 $((0x$2 - 1)); do
        cp $kind.prog twin
        printf 'q' | dd of=twin bs=1 seek=$((0x$1 + at)) conv=notrunc status=none
        verify twin $kind.recipe 1
        holds 'any(.findings[]; .class == "unexplained")'
    done
    ok "$kind: one byte more in name, padding or checksum: mismatch"
    # shellcheck disable=SC2046 # offset and size are two words
    set -- $(readelf -SW $kind.prog | sed -n 's/.* \.text  *PROGBITS *[0-9a-f]* *\([0-9a-f]*\).*/\1/p')
    cp $kind.prog twin
    printf '\220\220' | dd of=twin bs=1 seek=$((0x$1)) conv=notrunc status=none
    verify twin $kind.recipe 1
    holds "any(.findings[]; .class == \"unexplained\" and .range.offset == $((0x$1)) and .section == \".text\")"
    ok "$kind: another byte of code, at its place"
done
# a link to a debug file that the vendor made of something else
sed 's/1, 2, 3/1, 2, 4/' source/main.c > changed.c
gcc -g -O2 -o changed changed.c
objcopy --only-keep-debug changed prog.debug
strip -o twin prog && objcopy --add-gnu-debuglink=prog.debug twin
verify twin gnu.recipe 1
ok 'a link to another debug file of the same name'
