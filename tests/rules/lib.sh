# shellcheck shell=sh
# What the rules share; sourced, not run. Each rule is one script:
#
#   sh tests/rules/RULE.sh check ROOT [BUILD]       exit 0 the rule holds; 1 not, one line a finding; 77 skipped
#   sh tests/rules/RULE.sh self-test ROOT [BUILD]   plants what the rule forbids into a copy, and wants it found
#
# A rule defines check() and self_test() and calls `rule_main "$@"` last. check() reads the tree at $root and may use the
# build directory $build; it calls `finding` for each thing it finds. self_test() calls `plant` for each planted thing.

export LC_ALL=C.UTF-8
found=0

finding() {
    printf '%s\n' "$*"
    found=1
}

# findings_from FILE: each line is one
findings_from() {
    if [ -s "$1" ]; then
        cat "$1"
        found=1
    fi
}

skip() {
    printf 'SKIP: %s\n' "$*"
    exit 77
}

# A fault of the test itself. Not 1, so that it is never taken for a finding.
die() {
    printf 'error: %s\n' "$*" >&2
    exit 70
}

# tracked: the files of the tree, without what git ignores and without what a build makes; one a line
tracked() {
    if git -C "$root" rev-parse --is-inside-work-tree >/dev/null 2>&1 && [ -e "$root/.git" ]; then
        (cd "$root" && git ls-files --cached --others --exclude-standard)
    else
        (cd "$root" && find . -path ./build -prune -o -path ./.git -prune -o \( -type f -o -type l \) -print | sed 's|^\./||')
    fi | LC_ALL=C sort -u | while IFS= read -r file; do
        if [ -e "$root/$file" ]; then printf '%s\n' "$file"; fi
    done
}

# without_comments FILE: C with comments taken out and macros left alone
without_comments() {
    cc -fpreprocessed -dD -E -P -x c "$1" 2>/dev/null || die "$1 cannot be read"
}

# fresh_copy: $copy is the tree again, without what is built; a rule that looks at each file for itself may say by $copied
# (an extended regular expression) that a part of the tree will do
copied=.
fresh_copy() {
    copy=$scratch/copy
    if [ ! -d "$copy" ]; then
        mkdir "$copy"
        tracked | grep -E -e "$copied" > "$scratch/copied"
        tar -C "$root" -cf - -T "$scratch/copied" | tar -C "$copy" -xf -
        (cd "$copy" && find . -type d | LC_ALL=C sort) > "$scratch/directories"
    else
        # only what was changed, added or taken away since
        (cd "$copy" && find . ! -type d -cnewer "$scratch/made" -delete && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort) > "$scratch/there"
        (cd "$copy" && find . -type d | LC_ALL=C sort | LC_ALL=C comm -23 - "$scratch/directories" | LC_ALL=C sort -r | tr '\n' '\0' | xargs -0r rmdir)
        LC_ALL=C comm -23 "$scratch/copied" "$scratch/there" > "$scratch/gone"
        tar -C "$root" -cf - -T "$scratch/gone" | tar -C "$copy" -xf -
    fi
    # what is changed from here on is newer, by a clock that ticks 100 times a second or more often
    sleep 0.02
    : > "$scratch/made"
    sleep 0.02
}

# plant WHAT EXPECTED FUNCTION: FUNCTION changes the copy in $copy; the rule must then say the line EXPECTED (a basic
# regular expression over a whole line), which it did not say before. A crash of the rule is no find.
plant() {
    what=$1 expected=$2 change=$3
    fresh_copy
    if [ ! -f "$scratch/said-before" ]; then
        run_on_copy
        mv "$scratch/said" "$scratch/said-before"
    fi
    "$change"
    run_on_copy
    also "$what" "$expected"
}

# also WHAT EXPECTED: something else that the last `plant` planted
also() {
    if grep -qx -e "$2" "$scratch/said-before"; then
        die "$1: said already before it was planted: $2"
    fi
    if [ "$code" = 1 ] && grep -qx -e "$2" "$scratch/said"; then
        printf 'found: %s\n' "$1"
    else
        sed 's/^/    /' "$scratch/said"
        finding "not found: $1 (exit $code)"
    fi
}

run_on_copy() {
    code=0
    sh "$rule_script" check "$copy" "$build" >"$scratch/said" 2>&1 || code=$?
    case $code in 0 | 1) ;; 77) skip "$(cat "$scratch/said")" ;; *) cat "$scratch/said" >&2; die "the rule itself failed: exit $code" ;; esac
}

rule_main() {
    rule_script=$0
    if [ $# -lt 2 ] || [ ! -d "$2" ]; then
        echo "usage: sh $0 check|self-test ROOT [BUILD]" >&2
        exit 64
    fi
    root=$(cd "$2" && pwd)
    build=${3:-$root/build/release}
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/assay-rule.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 70' HUP INT TERM
    case $1 in
        check) check ;;
        self-test) self_test ;;
        *) die "check or self-test, not $1" ;;
    esac
    exit "$found"
}
