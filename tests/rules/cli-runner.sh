#!/bin/sh
# Whether tests/cli/run.sh can fail: each way in which a case can be wrong is wrong once, beside one case that is right.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

# case_of NAME COMMAND EXIT STDOUT STDERR; an empty one is left out
case_of() {
    mkdir -p "$scratch/cases/verify/$1"
    printf '%s\n' "$2" > "$scratch/cases/verify/$1/cmd"
    [ -z "$3" ] || printf '%s\n' "$3" > "$scratch/cases/verify/$1/exit"
    [ -z "$4" ] || printf '%s\n' "$4" > "$scratch/cases/verify/$1/stdout"
    [ -z "$5" ] || printf '%s\n' "$5" > "$scratch/cases/verify/$1/stderr"
}

make_cases() {
    case_of right 'echo said; echo heard >&2; exit 3' 3 said heard
    case_of right-names 'pwd; echo "$CASE"; test -x "$ASSAY"' '' "@WORK@
@CASE@" ''
    case_of wrong-exit 'exit 1' 2 '' ''
    case_of wrong-exit-unsaid 'exit 1' '' '' ''
    case_of wrong-stdout 'echo said' '' else ''
    case_of wrong-stdout-unsaid 'echo said' '' '' ''
    case_of wrong-stdout-newline 'printf said' '' said ''
    case_of wrong-stderr 'echo heard >&2' '' '' else
    case_of wrong-stderr-unsaid 'echo heard >&2' '' '' ''
    case_of wrong-silence 'exit 0' '' said ''
    case_of wrong-rest 'echo > "$TMPDIR/rest"' '' '' ''
    case_of wrong-sanitizer 'echo "ERROR: AddressSanitizer: x" >&2; exit 1' 1 '' 'ERROR: AddressSanitizer: x'
    case_of wrong-death 'kill -9 $$' '' '' ''
    case_of wrong-runner 'kill -9 $PPID' '' '' ''
}

check() {
    make_cases
    export TMPDIR="$scratch"
    code=0
    ASSAY=$(command -v env) ASSAY_CLI_CASES=$scratch/cases sh "$root/tests/cli/run.sh" > "$scratch/said" 2>/dev/null || code=$?
    [ "$code" = 1 ] || finding "tests/cli/run.sh: exit $code for cases of which some fail"
    for name in right right-names; do
        grep -qx "ok   verify/$name" "$scratch/said" || finding "tests/cli/run.sh: verify/$name does not pass"
    done
    grep '^ok   verify/wrong' "$scratch/said" | sed 's|^ok   |tests/cli/run.sh: passes |' > "$scratch/passed" || :
    findings_from "$scratch/passed"
    [ "$(grep -c '^FAIL ' "$scratch/said")" = 12 ] || finding "tests/cli/run.sh: does not name all that fail"
    tail -n 1 "$scratch/said" | grep -qx '2 passed, 12 failed' || finding "tests/cli/run.sh: its last line: $(tail -n 1 "$scratch/said")"
    code=0
    mkdir "$scratch/none"
    ASSAY=$(command -v env) ASSAY_CLI_CASES=$scratch/none sh "$root/tests/cli/run.sh" > /dev/null 2>&1 || code=$?
    [ "$code" = 64 ] || finding "tests/cli/run.sh: exit $code without any case"
}

plant_exit() { sed -i 's/^        \[ "$code" = "$wanted" \].*/        :/' "$copy/tests/cli/run.sh"; }
plant_stream() { sed -i 's/^        differs stderr .*//' "$copy/tests/cli/run.sh"; }
plant_count() { sed -i 's/^failed=.*/failed=0/' "$copy/tests/cli/run.sh"; }

self_test() {
    plant 'a runner that ignores the exit code' 'tests/cli/run.sh: passes verify/wrong-exit' plant_exit
    plant 'a runner that ignores stderr' 'tests/cli/run.sh: passes verify/wrong-stderr' plant_stream
    plant 'a runner that counts no failure' 'tests/cli/run.sh: exit 0 for cases of which some fail' plant_count
}

rule_main "$@"
