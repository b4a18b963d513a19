#!/bin/sh
# Every rule of trust that trust-rules.txt beside this file lists has a test named after it: a file below tests/hostile/
# or tests/flow/ with t01 ... t26 in its name, at the beginning or after one of `_`, `-` and `/`. The rules that have
# no test yet are said, which is no finding.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

check() {
    tracked | sed -n 's/^tests\/\(hostile\|flow\)\///p' | tr '[:upper:]' '[:lower:]' |
        grep -oE '(^|[_/-])t[0-9]{2}([^0-9]|$)' | sed 's/[^0-9]//g' | sort -u > "$scratch/tested" || :
    sed -n 's/^T\([0-9]*\)\b.*/\1/p' "$root/tests/rules/trust-rules.txt" > "$scratch/listed"
    while read -r number; do
        name=t$(printf '%02d' "$number")
        grep -qx "${name#t}" "$scratch/tested" || finding "T$number: listed, but no test is named $name"
    done < "$scratch/listed"
    while read -r number; do
        if [ "$number" = 00 ] || [ "$number" -gt 26 ]; then finding "t$number: a test is named after no rule"; fi
    done < "$scratch/tested"
    seq -f %02g 1 26 | comm -23 - "$scratch/tested" | sed 's/^0*/T/' | tr '\n' ' ' > "$scratch/untested"
    echo "without a test of their own: $(cat "$scratch/untested")"
}

plant_rule() { echo 'T24 cache' >> "$copy/tests/rules/trust-rules.txt"; find "$copy/tests" -name '*t24*' -delete; }
plant_name() { mkdir -p "$copy/tests/hostile" && echo > "$copy/tests/hostile/test_t27_made_up.c"; }

self_test() {
    plant 'a rule without its test' 'T24: listed, but no test is named t24' plant_rule
    plant 'a test after no rule' 't27: a test is named after no rule' plant_name
}

rule_main "$@"
