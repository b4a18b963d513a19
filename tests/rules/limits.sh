#!/bin/sh
# doc/limits.md names each limit of src/util/limits.h with a default, and no other.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

check() {
    tr '\n' ' ' < "$root/src/util/limits.h" | tr -d '\134' | grep -oE 'X \([A-Z_]+, "[a-z-]+"' | sed 's/.*"\(.*\)"/\1/' | sort > "$scratch/limits"
    [ -s "$scratch/limits" ] || die 'no limits in src/util/limits.h'
    # shellcheck disable=SC2016 # of Markdown
    sed -n 's/^| `\([a-z-]*\)` | [0-9][^|]* | [^|]* |$/\1/p' "$root/doc/limits.md" | sort > "$scratch/documented"
    comm -23 "$scratch/limits" "$scratch/documented" | while IFS= read -r name; do echo "doc/limits.md: $name is missing"; done > "$scratch/missing"
    comm -13 "$scratch/limits" "$scratch/documented" | while IFS= read -r name; do echo "doc/limits.md: $name is no limit"; done > "$scratch/surplus"
    findings_from "$scratch/missing"
    findings_from "$scratch/surplus"
}

plant_missing() { sed -i '/^| .depth. /d' "$copy/doc/limits.md"; }
# shellcheck disable=SC2016 # of Markdown
plant_surplus() { sed -i 's/^| .depth. /| `depths` /' "$copy/doc/limits.md"; }

self_test() {
    plant 'a limit that is not documented' 'doc/limits.md: depth is missing' plant_missing
    plant 'a limit that there is not' 'doc/limits.md: depths is no limit' plant_surplus
}

rule_main "$@"
