#!/bin/sh
# T4: names for what differs are looked for in the trees of the rebuilds once, and not for each file that asks for them:
# 1,000 programs without names of their own and 1,000 texts, all of which differ, take seconds and not many minutes (2,000 with
# all).
#
# From the environment: ASSAY, see lib.sh; ASSAY_SLOWER, how many times as long it may take (sanitizers).
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016,SC2034,SC2154 # what stands in single quotes is expanded in the sandbox; $what and $assay are lib.sh's
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t04-names jq python3 bwrap gcc objcopy strip prlimit tar

count=1000
[ "${ASSAY_ALL:-0}" = 0 ] || count=2000
mkdir -m 755 source
printf 'int first (int number) { return number + 0x1234567; }\nint main (int argc, char **argv) { return first (argc); }\n' > source/main.c
cat > many.recipe <<END_RECIPE
recipe: 1
product: many 1
source:
  - {directory: source}
path: /build/many
steps:
  - gcc -O0 -Wl,--build-id -o zz main.c && strip -o one zz && objcopy -O binary -j .text zz text
  - |
    mkdir tree; for i in \$(seq $count); do cp one tree/p\$i; echo "a text \$i" > tree/t\$i; done; cp text tree/flat
  - tar --sort=name --mtime=@1700000000 --owner=root:0 --group=root:0 --numeric-owner -cf tree.tar tree
outputs:
  - {from: tree.tar}
END_RECIPE
run 'the rebuild' rebuild --recipe many.recipe --output dir --no-cache
ends 0
python3 - $count <<'END'
import sys
data = open("dir/tree.tar", "rb").read()
code = (0x1234567).to_bytes(4, "little")
assert data.count(code) == int(sys.argv[1]) + 1
open("image.tar", "wb").write(data.replace(code, (0x1234568).to_bytes(4, "little")).replace(b"a text ", b"b text "))
END
code=0
what='against the recipe'
prlimit --cpu=$((40 * ${ASSAY_SLOWER:-1})) "$assay" verify image.tar --recipe many.recipe --report report.json --no-cache > out 2> err < /dev/null || code=$?
ends 1
holds '[.findings[] | select(.symbol == "first") | .path] | unique | length == '$count
holds '[.findings[].path] | unique | length == '$((2 * count + 1))
ok "$((2 * count)) files that differ, in linear time, and each program has its names"
leaves_nothing
