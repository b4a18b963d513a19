#!/bin/sh
# Source files stay within 500 lines: said from 501 lines on, an error above 600.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

check() {
    tracked | grep -E '^(src|include)/.*\.[ch]$' > "$scratch/sources" || die "no sources below $root/src"
    while IFS= read -r file; do
        lines=$(wc -l < "$root/$file")
        if [ "$lines" -gt 600 ]; then
            finding "$file: $lines lines; split it by noun"
        elif [ "$lines" -gt 500 ]; then
            echo "note: $file: $lines lines"
        fi
    done < "$scratch/sources"
}

plant_long() { yes '/* a line */' | head -n 601 > "$copy/src/util/long.c"; }

self_test() {
    plant 'a file of 601 lines' 'src/util/long.c: 601 lines; split it by noun' plant_long
}

rule_main "$@"
