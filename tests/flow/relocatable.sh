#!/bin/sh
# A relocatable file that was stripped, as kernel modules and boot loaders ship them, of which the recipe names the file
# before it was stripped: a byte of a function that has no name any more is named by the rebuild.
#
#   sh relocatable.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin relocatable jq bwrap gcc objcopy nm readelf

mkdir -m 755 source
cat > source/module.c <<'END'
static int __attribute__ ((noinline)) hidden (int *x, int y)
{
  return x[y & 7] * 5 + y;
}
static int table[8] = { 3, 1, 4, 1, 5, 9, 2, 6 };
int shown (int y)
{
  table[y & 7] = y;
  return hidden (table, y + 1);
}
END
(cd source && gcc -g -O1 "-ffile-prefix-map=$PWD=." -c module.c -o ../whole.o)
# sections of the stripped file have other numbers
objcopy --strip-debug --strip-unneeded --remove-section=.comment --remove-section=.eh_frame whole.o module

cat > case.recipe <<'END'
recipe: 1
product: module 1
licence: MIT
source:
  - {directory: source, into: .}
path: /build/module
steps:
  - gcc -g -O1 -ffile-prefix-map=$PWD=. -c module.c -o whole.o
  - objcopy --strip-debug --strip-unneeded --remove-section=.comment --remove-section=.eh_frame whole.o module
outputs:
  - {from: module, symbols: [whole.o]}
END
run 'the module' verify module --recipe case.recipe --report report.json
ends 0
ok 'the stripped file is the one that the recipe makes'

# place SECTION SYMBOL: where a symbol of the whole file lies in the stripped one
place() {
    offset=$(readelf -SW module | sed -n "s/.* \\$1  *[A-Z]*BITS *[0-9a-f]* *\\([0-9a-f]*\\) .*/\\1/p")
    within=$(nm whole.o | sed -n "s/^\\([0-9a-f]*\\) . $2\$/\\1/p")
    echo $((0x$offset + 0x$within))
}
# twin OFFSET: one byte there is another
twin() {
    cp module twin
    printf '\377' | dd of=twin bs=1 seek="$1" conv=notrunc status=none
    run "a byte at $1" verify twin --recipe case.recipe --report report.json
    ends 1
}
if nm module | grep -q hidden; then fail 'the function has a name in the stripped file'; fi
twin $(($(place .text hidden) + 1))
holds '[.findings[] | select(.class == "unexplained")] | length == 1 and (.[0] |
    .function == "hidden" and .named_by == "rebuild" and (.source.file | endswith("module.c"))
    and (.source.line | . >= 1 and . <= 4) and (.disassembly | length > 0) and .section == ".text" and .range.length == 1)'
ok 'a byte of a function: its name, source line and instructions'
twin $(($(place .data table) + 4))
holds '[.findings[] | select(.class == "unexplained")] | length == 1 and (.[0] |
    .symbol == "table" and .section == ".data" and .named_by == "rebuild")'
ok 'a byte of data: its name'
leaves_nothing
