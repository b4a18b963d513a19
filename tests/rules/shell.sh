#!/bin/sh
# The program shellcheck finds nothing in any shell script of the tree.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

# Not asked for: SC2317 (code that only a variable calls, as every plant_...); SC2154 and SC2034 (a variable that a
# sourced file sets for its reader: `set -u` says it); SC2094 (comparing a file with what was made of it); SC2020 (tr
# with the same sign twice); SC2016 (a dollar or a backtick that is meant as it stands)
excluded=SC2317,SC2154,SC2034,SC2094,SC2020,SC2016
# With --all it reads what a script sources along with it, again for each of them: two thirds of its time
sourced=--external-sources
[ "${ASSAY_ALL:-0}" = 1 ] || sourced='' excluded=$excluded,SC1091

# scripts: files with a shell's name in their first line, and what is sourced or run by `sh` without one
scripts() {
    while IFS= read -r file; do
        if [ -L "$root/$file" ] || [ ! -f "$root/$file" ]; then continue; fi
        case $file in
            *.sh | tests/cli/*/cmd) printf '%s\n' "$file" ;;
            *) if head -n 1 "$root/$file" | grep -qaE '^#!.*\b(ba|da)?sh\b'; then printf '%s\n' "$file"; fi ;;
        esac
    done
}

check() {
    command -v shellcheck >/dev/null || skip "shellcheck is not installed"
    tracked | scripts > "$scratch/scripts"
    [ -s "$scratch/scripts" ] || die "no scripts"
    # a case of tests/cli has no first line of its own: it is run by `sh`
    for kind in cmd other; do
        case $kind in
            cmd) grep -E '^tests/cli/.*/cmd$' "$scratch/scripts" > "$scratch/chosen" || continue; options=--shell=sh ;;
            *) grep -vE '^tests/cli/.*/cmd$' "$scratch/scripts" > "$scratch/chosen" || continue; options= ;;
        esac
        # shellcheck disable=SC2086 # none or one of each
        (cd "$root" && xargs -P "$(nproc)" -n 24 shellcheck --format=gcc $sourced "--exclude=$excluded" $options < "$scratch/chosen") > "$scratch/said" || :
        findings_from "$scratch/said"
    done
}

plant_three() {
    mkdir -p "$copy/.ci" "$copy/tests/cli/verify/planted"
    printf '#!/bin/sh\nrm $1\n' > "$copy/tests/planted.sh"
    printf '#!/bin/bash\nrm $1\n' > "$copy/.ci/planted"
    printf 'rm $1\n' > "$copy/tests/cli/verify/planted/cmd"
}

self_test() {
    copied='^(\.ci|tests/rules|tests/cli/verify)/'
    plant 'a word that falls apart' 'tests/planted.sh:2:4: note: .* \[SC2086\]' plant_three
    also 'the same in a script without the usual name' '.ci/planted:2:4: note: .* \[SC2086\]'
    also 'the same in a case of tests/cli' 'tests/cli/verify/planted/cmd:1:4: note: .* \[SC2086\]'
}

rule_main "$@"
