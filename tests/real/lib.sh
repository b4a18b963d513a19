# shellcheck shell=sh
# shellcheck disable=SC2016 # jq filters, and a step that the sandbox expands
# What the tests under tests/real/ share; sourced, not run. The caller sets $here (this directory) and calls `begin`.
#
# From the environment: ASSAY the program (default build/release/assay of this checkout), ASSAY_REAL_CACHE see
# fetch.sh, ASSAY_REAL_KEEP=1 keeps the work directory, ASSAY_REAL_REBUILD=1 rebuilds for every case,
# ASSAY_REAL_PINNED=1 builds in a toolchain that `assay toolchain make` made, not in this machine's own.
# pinned.sh sets ASSAY_REAL_WORK, the directory in which the work directory is called as the test, and
# ASSAY_REAL_RESULTS, where the report of each case is kept.

say()  { printf '%s\n' "$*"; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
skip() { printf 'SKIP: %s\n' "$*" >&2; exit 77; }

# begin NAME: a work directory in $work, the program in $assay; no way out leaves either behind
begin() {
    test_name=$1
    assay=${ASSAY:-$here/../../build/release/assay}
    case $assay in /*) ;; */*) assay=$PWD/$assay ;; *) assay=$(command -v "$assay" || echo "$assay") ;; esac
    [ -x "$assay" ] || fail "no program at $assay: build assay first, or name it in ASSAY"
    require_tools jq dpkg-deb dpkg-parsechangelog sha256sum xz zstd bwrap
    if [ -n "${ASSAY_REAL_WORK:-}" ]; then
        work=$ASSAY_REAL_WORK/$test_name
        mkdir "$work"
    else
        work=$(mktemp -d "${TMPDIR:-/tmp}/assay-real-$test_name.XXXXXX")
    fi
    # the first build of each case is one, and the user's own cache stays as it is
    export XDG_CACHE_HOME="$work/caches" XDG_STATE_HOME="$work/state"
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

finish() {
    code=$?
    if [ "${ASSAY_REAL_KEEP:-0}" = 1 ] || { [ "$code" != 0 ] && [ "$code" != 77 ]; }; then
        printf '%s: work directory kept: %s\n' "$test_name" "$work" >&2
    else
        chmod -R u+rwX "$work"
        rm -rf "$work"
    fi
}

require_tools() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed (sh tests/run.sh --install reads tests/real/packages.txt)"
    done
}

# fetch ARGUMENTS: fetch.sh into $work; its output in $fetched; a skip there is one here
fetch() {
    fetched=$(ASSAY=$assay sh "$here/fetch.sh" "$work" "$@") || exit $?
}

# built_in TOOL... -- PACKAGE...: what a recipe builds in. $work/toolchain holds its lines: none where it is this
# machine's own, which must have the tools; with ASSAY_REAL_PINNED=1 a root file system of these packages and what they
# need, whose lock file is $work/root.lock.
built_in() {
    host_tools=
    while [ "$1" != -- ]; do
        host_tools="$host_tools $1"
        shift
    done
    shift
    : > "$work/toolchain"
    if [ -z "${ASSAY_REAL_PINNED:-}" ]; then
        # shellcheck disable=SC2086 # names
        require_tools $host_tools
        return
    fi
    fetch root "$@"
    toolchain=$(only '/root\.tar\.zst$')
    printf 'toolchain:\n  - {archive: "%s", sha256: %s}\n' "${toolchain##*/}" "$(digest "$toolchain")" > "$work/toolchain"
    say "$test_name: in the toolchain of the lock file $(digest "$work/root.lock")"
}

# locked PACKAGE: its version in the toolchain
locked() { sed -n "s/^  - {name: \"$1\", version: \"\([^\"]*\)\".*/\1/p" "$work/root.lock"; }

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

# only PATTERN: the one line of $fetched that matches
only() {
    line=$(printf '%s\n' "$fetched" | grep -E "$1") || fail "nothing fetched matches $1"
    [ "$(printf '%s\n' "$line" | wc -l)" -eq 1 ] || fail "more than one file matches $1"
    printf '%s\n' "$line"
}

# fill TEMPLATE OUT [KEY=VALUE...] [KEY@FILE...]: puts values in place of @KEY@, and whole files in place of lines that
# hold @KEY@ alone. A key that is left over is an error.
fill() {
    template=$1 filled=$2
    shift 2
    cp "$template" "$filled"
    for pair in "$@"; do
        case $pair in
            [A-Z]*@/*)
                key=${pair%%@*}
                sed -e "/^ *@$key@\$/r ${pair#*@}" -e "/^ *@$key@\$/d" "$filled" > "$filled.next" ;;
            *)
                key=${pair%%=*}
                value=$(printf '%s' "${pair#*=}" | sed 's/[\\&|]/\\&/g')
                sed "s|@$key@|$value|g" "$filled" > "$filled.next" ;;
        esac
        mv "$filled.next" "$filled"
    done
    if grep -nE '@[A-Z0-9_]+@' "$filled" >&2; then fail "$template: not all keys are filled"; fi
}

# run_case NAME EXPECTED-EXIT EXPECTED-VERDICT ASSAY-ARGUMENTS...: runs, checks exit code and verdict, leaves the report
# in $report. What holds for every report is checked here too.
run_case() {
    case_name=$1 expected_exit=$2 expected_verdict=$3
    shift 3
    report=$work/$case_name.json
    log=$work/$case_name.log
    code=0
    "$assay" "$@" --report "$report" --no-progress >"$log" 2>&1 </dev/null || code=$?
    if [ "$code" != "$expected_exit" ]; then
        tail -n 40 "$log" >&2
        fail "$case_name: exit $code, expected $expected_exit; the log is $log"
    fi
    [ -f "$report" ] || fail "$case_name: no report"
    holds 'a report of schema assay.report/1' '.schema == "assay.report/1"'
    holds "the verdict $expected_verdict" '.verdict == $v' --arg v "$expected_verdict"
    holds 'classes that add up to the total' '.accounting as $a | ($a | del(.total) | add) == $a.total'
    holds 'nothing undecided' '.accounting.undecided == 0'
    holds 'an image digest that is the file'"'"'s' '.image.sha256 == $d' --arg d "$(digest "$2")"
    if [ "$1" = verify ] && [ -s "$work/toolchain" ]; then
        holds 'the toolchain' '.expected | length > 0 and all(.[]; .toolchain.sha256 | type == "string")'
    fi
    [ -z "${ASSAY_REAL_RESULTS:-}" ] || cp "$report" "$ASSAY_REAL_RESULTS/$test_name.$case_name.json"
    say "ok: $case_name: $expected_verdict, exit $code"
}

# holds WHAT FILTER [JQ-ARGUMENTS...]: FILTER says true of $report
holds() {
    what=$1 filter=$2
    shift 2
    jq -e "$@" "$filter" "$report" >/dev/null || fail "$case_name: the report does not show $what: $filter (report: $report)"
}

# finds_flip PATH OFFSET SECTION SYMBOL: the one unexplained byte is named; SECTION or SYMBOL `*`: any, but there
finds_flip() {
    holds "the flipped byte of $1 at $2" \
        '[.findings[] | select(.class == "unexplained" and .path == $path and .range.offset == $offset and .range.length == 1)] | length == 1' \
        --arg path "$1" --argjson offset "$2"
    holds "the flipped byte alone as unexplained" \
        '.accounting.unexplained == 1 and ([.findings[] | select(.class == "unexplained")] | length == 1)'
    holds "section $3 and symbol $4" \
        '.findings[] | select(.class == "unexplained") | (if $section == "*" then (.section // "") != "" else .section == $section end)
             and (if $symbol == "*" then (.symbol // "") != "" else .symbol == $symbol end)' \
        --arg section "$3" --arg symbol "$4"
}
