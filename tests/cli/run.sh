#!/bin/sh
# Runs the tests of the program from outside.
#
#   ASSAY=build/release/assay sh tests/cli/run.sh [-j N] [VERB | VERB/CASE]...
#
# A case is a folder tests/cli/VERB/CASE/ with
#   cmd      what is run, by `sh -eu`, in a fresh directory of its own; $ASSAY is the program, $CASE the folder
#   exit     the exit code, one number; 0 when left out
#   stdout   exactly what is said there; nothing at all when left out
#   stderr   likewise
# After the case nothing may be left in $TMPDIR. In the expected files @WORK@ and @CASE@ stand for the two directories,
# whose names differ from run to run. ASSAY_CLI_CASES names another folder of cases.
#
# Says `ok` or `FAIL` for each case, and ends with `N passed, N failed`. Exit: 0 all passed; 1 not; 64 usage.
set -eu
export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
unset NO_COLOR XDG_CACHE_HOME XDG_CONFIG_HOME || :
here=$(cd "$(dirname "$0")" && pwd)
cases=$(cd "${ASSAY_CLI_CASES:-$here}" && pwd)

usage() {
    sed -n '4s/^# *//p' "$0" >&2
    exit 64
}

# A sanitizer that speaks up must never look like a verdict: its exit code is none of assay's.
sanitizer_exit=86
export ASAN_OPTIONS="exitcode=$sanitizer_exit:detect_leaks=1" UBSAN_OPTIONS="exitcode=$sanitizer_exit:print_stacktrace=1"
export LSAN_OPTIONS="exitcode=$sanitizer_exit" TSAN_OPTIONS="exitcode=$sanitizer_exit"

# shown FILE: with the names of the two directories taken out
shown() {
    sed -e "s|$scratch/work|@WORK@|g" -e "s|$CASE|@CASE@|g" "$1"
}

# differs NAME: the stream NAME is not what the case expects; says how
differs() {
    expected=$CASE/$1
    [ -f "$expected" ] || expected=/dev/null
    shown "$scratch/$1" > "$scratch/$1.shown"
    if cmp -s "$expected" "$scratch/$1.shown"; then return 1; fi
    diff -a -u --label "expected $1" --label "$1" "$expected" "$scratch/$1.shown" | head -n 60
}

run_one() {
    CASE=$cases/$1
    export CASE
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/assay-cli.XXXXXX")
    trap 'chmod -R u+rwX "$scratch"; rm -rf "$scratch"' EXIT
    trap 'exit 70' HUP INT TERM
    mkdir "$scratch/work" "$scratch/tmp" "$scratch/home"
    # the sandbox of a rebuild leaves root behind, and must still get here
    chmod 755 "$scratch" "$scratch/work"
    wanted=0
    [ ! -f "$CASE/exit" ] || wanted=$(cat "$CASE/exit")
    code=0
    (cd "$scratch/work" && TMPDIR=$scratch/tmp HOME=$scratch/home exec sh -eu "$CASE/cmd") \
        > "$scratch/stdout" 2> "$scratch/stderr" < /dev/null || code=$?
    {
        [ "$code" = "$wanted" ] || echo "exit $code, expected $wanted"
        differs stdout || :
        differs stderr || :
        if grep -qE 'Sanitizer:|runtime error:' "$scratch/stderr"; then echo "a sanitizer spoke up"; fi
        (cd "$scratch/tmp" && find . -mindepth 1) | sed 's|^\./|left behind in TMPDIR: |'
    } > "$scratch/wrong"
    # one write a case, so that cases side by side do not mix
    if [ -s "$scratch/wrong" ]; then
        printf '%s\n' "FAIL $1" "$(sed 's/^/    /' "$scratch/wrong")"
        return
    fi
    printf 'ok   %s\n' "$1"
}

# chosen PATTERN...: the cases below each, or all
chosen() {
    [ $# -gt 0 ] || set -- ''
    for pattern; do
        (cd "$cases" && find . -name cmd -path './*/*/cmd') | sed 's|^\./||; s|/cmd$||' | LC_ALL=C sort |
            awk -v p="$pattern" 'p == "" || $0 == p || index ($0, p "/") == 1' > "$list.part"
        [ -s "$list.part" ] || { echo "cli: no case ${pattern:-below $cases}" >&2; exit 64; }
        cat "$list.part"
    done
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi

jobs=$(nproc)
if [ "${1:-}" = -j ]; then
    [ $# -ge 2 ] || usage
    jobs=$2
    shift 2
fi
case ${1:-} in -*) usage ;; esac
ASSAY=${ASSAY:-$here/../../build/release/assay}
[ -x "$ASSAY" ] || { echo "cli: no program at $ASSAY: build assay first, or name it in ASSAY" >&2; exit 64; }
ASSAY=$(cd "$(dirname "$ASSAY")" && pwd)/${ASSAY##*/}
export ASSAY
list=$(mktemp "${TMPDIR:-/tmp}/assay-cli-list.XXXXXX")
trap 'rm -f "$list" "$list.part" "$list.said"' EXIT
trap 'exit 70' HUP INT TERM
chosen "$@" > "$list"
# xargs gives up when what it starts is killed, so it starts something that is not
xargs -P "$jobs" -I '{}' sh -c 'sh "$1" --one "$2" || :' sh "$here/run.sh" '{}' < "$list" > "$list.said"
# a case that does not even come back with a word has failed too
while IFS= read -r case; do
    grep -qxE "(ok  |FAIL) $case" "$list.said" || printf 'FAIL %s\n    its run was killed\n' "$case" >> "$list.said"
done < "$list"
cat "$list.said"
passed=$(grep -c '^ok   ' "$list.said" || :)
failed=$(($(wc -l < "$list") - passed))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
