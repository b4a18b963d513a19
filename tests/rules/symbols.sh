#!/bin/sh
# libassay.so exports exactly the functions that include/assay declares ASSAY_API.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

# declared: names of the functions behind ASSAY_API, one a line
declared() {
    for header in "$root"/include/assay/*.h; do
        without_comments "$header" | sed '/^#/d'
    done | tr '\n' ' ' | tr ';{}' '\n\n\n' | sed -n 's/.*\bASSAY_API\b[^(]*\b\([A-Za-z_][A-Za-z0-9_]*\) *(.*/\1/p' | sort -u
}

check() {
    library=$build/libassay.so
    [ -f "$library" ] || die "no library at $library: build assay first, or name the build directory"
    declared > "$scratch/declared"
    [ -s "$scratch/declared" ] || die "no header declares a function"
    nm --dynamic --defined-only --format=posix "$library" | cut -d ' ' -f 1 | sed 's/@.*//' | sort -u > "$scratch/exported"
    comm -23 "$scratch/declared" "$scratch/exported" | sed 's/$/: declared, but not exported/' > "$scratch/missing"
    comm -13 "$scratch/declared" "$scratch/exported" | sed 's/$/: exported, but not declared/' > "$scratch/surplus"
    findings_from "$scratch/missing"
    findings_from "$scratch/surplus"
}

plant_declared() {
    printf 'ASSAY_API const char *\nassay_never_written (int first,\n  int second);\n' >> "$copy/include/assay/verdict.h"
}
plant_undeclared() {
    sed 's/^ASSAY_API const char \*assay_verdict_name/const char *assay_verdict_name/' "$root/include/assay/verdict.h" \
        > "$copy/include/assay/verdict.h"
}
plant_comment() {
    sed 's|^ASSAY_API const char \*assay_verdict_name.*|/* & */|' "$root/include/assay/verdict.h" > "$copy/include/assay/verdict.h"
}

self_test() {
    plant 'a function that is declared only' 'assay_never_written: declared, but not exported' plant_declared
    plant 'a function that is exported only' 'assay_verdict_name: exported, but not declared' plant_undeclared
    plant 'a declaration in a comment' 'assay_verdict_name: exported, but not declared' plant_comment
}

rule_main "$@"
