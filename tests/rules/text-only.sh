#!/bin/sh
# The tree holds text alone: no file with a NUL byte, none that is not UTF-8. Images and programs are made when a test
# needs them; what is committed is their maker.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

check() {
    tracked > "$scratch/tracked"
    while IFS= read -r file; do
        if [ -L "$root/$file" ] || [ ! -f "$root/$file" ]; then continue; fi
        if ! tr -d '\0' < "$root/$file" | cmp -s - "$root/$file"; then
            finding "$file: holds NUL bytes"
        elif ! iconv -f UTF-8 -t UTF-8 < "$root/$file" >/dev/null 2>&1; then
            finding "$file: is not UTF-8 text"
        fi
    done < "$scratch/tracked"
}

plant_program() { cp "$(command -v cp)" "$copy/fixtures/sample.bin"; }
plant_late() { { head -c 100000 "$copy/LICENSE"; printf 'tail\0'; } > "$copy/fixtures/late.txt"; }
plant_latin() { printf 'caf\351\n' > "$copy/fixtures/latin.txt"; }

self_test() {
    plant 'a program' 'fixtures/sample.bin: holds NUL bytes' plant_program
    plant 'a NUL byte far behind' 'fixtures/late.txt: holds NUL bytes' plant_late
    plant 'text that is not UTF-8' 'fixtures/latin.txt: is not UTF-8 text' plant_latin
}

rule_main "$@"
