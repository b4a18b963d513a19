#!/bin/sh
# Two releases of one program: the list of what one changed, as a reader sees it at 80 columns.
#
#   sh releases.sh         from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin releases jq gcc strip

# The newer one is made of the older one below.
cat > old.c <<'END'
#include <stdio.h>
#define KEEP __attribute__((noinline, noclone))
KEEP int stays (int x) { return x * 3 + 1; }
KEEP int goes (int x) { return (x ^ 0x5a5a) - 7; }
KEEP int grows (int x) { return x / 5 + 2; }
KEEP int before_this (int x) { for (int i = 0; i < x; i++) x ^= i * 77; return x; }
int main (int argc, char **argv)
{
  (void)argv;
  return printf ("%d\n", stays (goes (grows (before_this (argc))))) < 0;
}
END
sed -e '/KEEP int goes/d' -e 's/stays (goes/stays (comes/' \
    -e 's|^KEEP int grows.*|KEEP int grows (int x)\n{\n  if (x > 4000)\n    return x * 9;\n  return x / 5 + 2;\n}|' \
    -e 's/before_this/after_that/' \
    -e 's|^int main|KEEP int comes (int x) { return (x << 4) + (x >> 9) - 12345; }\n&|' old.c > new.c
for release in old new; do gcc -g -O1 -o $release $release.c; done

# list IMAGE EXPECTED: the part CHANGES of the text, joined to one line
list() {
    run "$1 against $2" compare "$1" "$2" --report report.json
    ends 1
    [ "$(wc -L < out)" -le 80 ] || fail "$1 against $2: a line of more than 80 columns"
    sed -n '/^CHANGES/,/^FINDINGS/p' out | tr -s ' \n' ' ' > changes
}
tells() {
    grep -qF -- "$1" changes || { cat changes >&2; fail "not said: $1"; }
}

list new old
tells 'From old to new: what is added is in the latter alone.'
tells 'functions known by name'
tells 'bytes are untouched'
tells 'changed function grows, old.c:5'
tells 'added function comes (as the image calls it)'
tells 'removed function goes, old.c:4'
tells 'renamed function after_that (as the image calls it), expected as before_this'
[ "$(grep -c 'changed *function grows' out)" = 1 ] || shown 'a change is listed more than once'
holds '.files[0].code | .added == 1 and .removed == 1 and .renamed == 1 and .changed >= 2 and .untouched_bytes < .bytes'
holds '[.files[0].changes[] | select(.what == "function") | [.shipped_size, .expected_size] | max] | . == (sort | reverse)'
ok 'the newer one first: added, removed, renamed and changed, by size, with file and line'

list old new
tells 'From new to old: what is added is in the latter alone.'
tells 'added function goes (as the image calls it)'
tells 'removed function comes, new.c:'
tells 'renamed function before_this (as the image calls it), expected as after_that'
shipped=$(jq '.files[0].changes[] | select(.name == "grows") | .shipped_size' report.json)
expected=$(jq '.files[0].changes[] | select(.name == "grows") | .expected_size' report.json)
[ "$shipped" -lt "$expected" ] || fail 'the function did not grow'
tells "function grows, new.c:"
tells "$shipped bytes, expected $expected"
ok 'the other way round: each size is named for its side'

strip -o shipped new
list shipped old
tells 'changed function main, old.c:8'
tells 'added function, 16 bytes'
holds 'all(.files[0].changes[]; .named_by == null or .named_by == "rebuild")'
ok 'the names come from what was expected where the image has none'
