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
        if [ ! -L "$root/$file" ] && [ -f "$root/$file" ]; then printf '%s\n' "$file"; fi
    done < "$scratch/tracked" > "$scratch/files"
    [ -s "$scratch/files" ] || die "no files"
    # a line of a text matches as a whole, unless it is not UTF-8
    (
        cd "$root" || exit 70
        tr '\n' '\0' < "$scratch/files" | LC_ALL=C xargs -0 grep -laP '\x00' -- > "$scratch/nul" || :
        tr '\n' '\0' < "$scratch/files" | xargs -0 grep -laxv '.*' -- > "$scratch/other" || :
    )
    LC_ALL=C sort "$scratch/nul" > "$scratch/nul-sorted"
    sed 's/$/: holds NUL bytes/' "$scratch/nul-sorted" > "$scratch/said-of-them"
    LC_ALL=C sort "$scratch/other" | LC_ALL=C comm -23 - "$scratch/nul-sorted" | sed 's/$/: is not UTF-8 text/' >> "$scratch/said-of-them"
    findings_from "$scratch/said-of-them"
}

plant_program() { cp "$(command -v cp)" "$copy/fixtures/sample.bin"; }
plant_late() { { head -c 100000 "$copy/LICENSE"; printf 'tail\0'; } > "$copy/fixtures/late.txt"; }
plant_latin() { printf 'caf\351\n' > "$copy/fixtures/latin.txt"; }

# each has a line of its own
plant_all() { for planted in program late latin; do "plant_$planted"; done; }

self_test() {
    plant 'a program' 'fixtures/sample.bin: holds NUL bytes' plant_all
    also 'a NUL byte far behind' 'fixtures/late.txt: holds NUL bytes'
    also 'text that is not UTF-8' 'fixtures/latin.txt: is not UTF-8 text'
}

rule_main "$@"
