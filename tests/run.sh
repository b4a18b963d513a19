#!/bin/sh
# Builds assay and runs every test but the heavy ones: some 16 minutes on two cores.
#
#   sh tests/run.sh [--install] [--all]
#
#   --install   first installs the Debian packages that are missing (as root); without it they are only named
#   --all       adds the heavy cases: every platform of tests/real, every machine of tests/hostile, 20,000 mutations
#               instead of 5,000, sanitizers on all of these and on the attacks from outside, most tests in process
#               without them too, a bare Debian 12, whatever lies in tests/heavy and tests/bench. It sets ASSAY_ALL=1,
#               which each test reads that has more
#
# Everything that is built and every log lies below build/. The system's package sources are never touched.
# Ends with `N passed, N failed`. Exit: 0 all passed; 1 a test failed or packages are missing; 64 usage.
set -eu
umask 022
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
root=$PWD
logs=$root/build/tests
cores=$(nproc)
# so many tests at once: some wait, for a limit of time or for what they started
at_once=$((cores + 1))
passed=0 failed=0 skipped=0

# A sanitizer that speaks up must never look like a verdict: its exit code is none of assay's.
export ASAN_OPTIONS=exitcode=86:detect_leaks=1 UBSAN_OPTIONS=exitcode=86:print_stacktrace=1
export LSAN_OPTIONS=exitcode=86 TSAN_OPTIONS=exitcode=86

# --- packages ---

# wanted: the names of all packages that the lists hold
wanted() {
    for list in tests/packages.txt tests/real/packages.txt fixtures/packages.txt; do
        if [ -f "$list" ]; then sed 's/#.*//' "$list"; fi
    done
    if [ "$all" = 1 ]; then sed "s/#.*//" tests/real/packages-all.txt tests/fresh/packages.txt tests/bench/packages.txt; fi
}

missing() {
    wanted | tr -s ' \t' '\n' | grep . | sort -u | while read -r package; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    # the lists are fetched anew only when they do not know a package, or know a version that is gone
    # shellcheck disable=SC2086 # names, one word each
    apt-get install --simulate --no-install-recommends $1 >/dev/null 2>&1 || apt-get update
    # shellcheck disable=SC2086
    apt-get install -y --no-install-recommends $1 || { apt-get update && apt-get install -y --no-install-recommends $1; }
}

check_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian: what is needed is named in tests/packages.txt."
        return
    fi
    absent=$(missing)
    [ -n "$absent" ] || return 0
    echo "Debian packages that are missing:"
    echo "$absent" | fmt -w 76 | sed 's/^/  /'
    if [ "$install" = 0 ]; then
        printf '\nTo install them, as root:\n  sh tests/run.sh --install%s\n' "$([ "$all" = 0 ] || echo ' --all')"
        exit 1
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "Only root can install them."
        exit 1
    fi
    echo "Installing them ..."
    if ! install_packages "$absent" > "$logs/packages.log" 2>&1; then
        tail -n 20 "$logs/packages.log"
        echo "apt could not install them; the log is ${logs#"$root/"}/packages.log"
        exit 1
    fi
}

# --- parts ---

# part TITLE FUNCTION [ARGUMENT...]: runs FUNCTION with its output in a log. It adds to the counts itself with `count`;
# when it did not, its exit code is one test. Returns whether nothing failed.
part() {
    title=$1
    shift
    log=$logs/$(echo "$title" | tr -d , | tr ' /' '--').log
    printf '%-30s' "$title"
    began=$(date +%s)
    counted=0 part_passed=0 part_failed=0 part_skipped=0 code=0
    "$@" > "$log" 2>&1 < /dev/null 9>&- || code=$?
    case $code in
        0)  [ "$counted" = 1 ] || count 1 0 0 ;;
        77) count 0 0 1 ;;
        *)  [ "$part_failed" != 0 ] || count 0 1 0 ;;
    esac
    took=$((took + $(date +%s) - began))
    say_part
    took=0
}

count() {
    counted=1
    part_passed=$((part_passed + $1)) part_failed=$((part_failed + $2)) part_skipped=$((part_skipped + $3))
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

say_part() {
    words="$part_passed passed"
    [ "$part_failed" = 0 ] || words="$words, $part_failed FAILED"
    [ "$part_skipped" = 0 ] || words="$words, $part_skipped skipped"
    printf ' %-36s %3d:%02d\n' "$words" $((took / 60)) $((took % 60))
    grep -h '^SKIP: ' "$log" | sort -u | cut -c 1-76 | sed 's/^/    /' || :
    [ "$part_failed" != 0 ] || return 0
    grep -vE '^ *([0-9]+/[0-9]+ Test +#.* Passed |Start +[0-9]+: )' "$log" | tail -n 40 | sed 's/^/  | /'
    echo "  the whole log: ${log#"$root/"}"
    return 1
}

# build PRESET [TARGET...]: all of it, or these
build() {
    preset=$1
    shift
    [ $# = 0 ] || set -- --target "$@"
    cmake --preset "$preset" -DASSAY_TESTS=ON && cmake --build --preset "$preset" -j "$cores" "$@"
}

# with_ctest PRESET OPTION...
with_ctest() {
    preset=$1
    shift
    result=$logs/ctest.xml
    rm -f "$result"
    code=0
    ctest --test-dir "build/$preset" -j "$at_once" --output-on-failure --no-tests=error --output-junit "$result" "$@" || code=$?
    if [ -f "$result" ]; then
        total=$(junit tests) bad=$(junit failures) left=$(($(junit skipped) + $(junit disabled)))
        count $((total - bad - left)) "$bad" "$left"
    fi
    return "$code"
}

# junit ATTRIBUTE of the suite as a whole
junit() {
    sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p" "$result" | sed -n 1p
}

with_cli() {
    code=0
    ASSAY=$root/build/$1/assay sh tests/cli/run.sh > "$logs/cli.said" 2>&1 || code=$?
    # what failed stands last, where the end of the log is shown
    grep -v '^ok ' "$logs/cli.said" || :
    line=$(tail -n 1 "$logs/cli.said")
    case $line in
        *' passed, '*' failed') count "${line%% *}" "$(echo "$line" | sed 's/.* \([0-9]*\) failed/\1/')" 0 ;;
    esac
    return "$code"
}

c_files() { find "$@" -name '*.[ch]' | LC_ALL=C sort; }

with_clang_format() {
    c_files src include tests | xargs clang-format --dry-run -Werror 2> "$logs/clang-format.said" && return
    sed -n 's/^\([^:]*\):.*error: .*/\1/p' "$logs/clang-format.said" | sort -u
    echo 'These files are not formatted as .clang-format says; `clang-format -i` does it.'
    return 1
}

# One file a run: within one run the analyzer carries marks of va_list from one file into the next. Without --all it
# follows calls less deeply, in a seventh of the time.
with_clang_tidy() {
    code=0
    set --
    [ "$all" = 1 ] || set -- --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow
    c_files src | grep '\.c$' | xargs -P "$cores" -n 1 clang-tidy --quiet -p build/release "$@" > "$logs/clang-tidy.said" 2>&1 || code=$?
    grep -vE '^[0-9]+ warnings? generated' "$logs/clang-tidy.said" || :
    return "$code"
}

# said CODE SAID: what a script said and how it ended; each line `ok: ...` is a test, and a failure is one
said() {
    cat "$2"
    good=$(grep -c '^ok: ' "$2" || :)
    [ "$good" = 0 ] || count "$good" 0 0
    return "$1"
}

# with_script SCRIPT OPTION...
with_script() {
    code=0
    ASSAY=$root/build/release/assay sh "$@" > "$logs/script.said" 2>&1 || code=$?
    said "$code" "$logs/script.said"
}

# --- all of it ---

build_parts() {
    # Without --all the tests in process run with sanitizers alone, but for those of the walls, which sanitizers cannot stand
    # behind (ASSAY_SANITIZED), for what is rebuilt there, and for the mutations, which are more without sanitizers.
    set --
    [ "$all" = 1 ] || set -- assay assay_shared assay_changelog share/all tests/bench/all tests/flow/all tests/hostile/all tests/interop/all \
        tests/unit/cage/all tests/unit/flow/all tests/unit/rebuild/all test_inventory_interpreter
    part 'build, release' build release "$@" && release=1
    part 'build, sanitizers' build asan && sanitized=1
}

test_parts() {
    if [ "$release" = 1 ]; then
        in_process='^$'
        [ "$all" = 1 ] || in_process='^unit/(account|attest|compare|crypto|input|judge|report|unpack|util)/|^unit/inventory/[^i]'
        part 'tests, release' with_ctest release -LE rules -E "$in_process"
        part 'rules' with_ctest release -L rules
        part 'program, release' with_cli release
    fi
    if [ "$sanitized" = 1 ]; then
        # the attacks from outside are many, and each starts a build: beside those in process, and the tests of recipes,
        # limits, inputs, mutants and what is installed, sanitizers see them only where there is time; so those that call
        # again what others have called: the cases of tests/cli, the tests in process, and those that are left here
        left_out='^$'
        around='package|pages|completions|integrations|cmake-gate|readme|doc-recipes'
        [ "$all" = 1 ] || left_out="^(hostile|interop)/|^flow/(adds-up|cache|components|debuglink|fakeroot|policy-(forbid|keys|table)|rebuilt|scope|toolchain|twice|recipes|limits|inputs|memory|mtree|mutants|linear|$around|t[0-9])"
        [ "$all" = 1 ] || export ASSAY_MUTATIONS=1500 ASSAY_BRIEF=1
        part 'tests, sanitizers' with_ctest asan -LE rules -E "$left_out"
        unset ASSAY_MUTATIONS ASSAY_BRIEF
        part 'program, sanitizers' with_cli asan
    fi
    part 'clang-format' with_clang_format
    [ "$release" = 0 ] || part 'clang-tidy' with_clang_tidy
}

# chosen FOLDER: the scripts of tests/FOLDER, one a line, but for those that the others use and those that ctest has run
chosen() {
    for script in tests/"$1"/*.sh; do
        case $script in */lib.sh | */fetch.sh | */repack.sh | */bench/run.sh | */'*.sh') continue ;; esac
        # a script that says `# Heavy` in its head is left to --all
        [ "$all" = 1 ] || ! grep -q '^# Heavy' "$script" || continue
        name=${script##*/}
        if ! grep -q " $1/${name%.sh}\$" "$logs/ctest.list"; then printf '%s\n' "$script"; fi
    done
}

# scripts FOLDER COUNT: each of them, so many at once. One that knows --all says so in its usage line.
scripts() {
    rm -rf "${logs:?}/$1"
    mkdir "$logs/$1"
    # shellcheck disable=SC2016 # the inner shell expands it
    chosen "$1" | ASSAY=$root/build/release/assay xargs -P "$2" -I '{}' sh -c '
        name=$(basename "$3" .sh)
        option=
        if [ "$2" = 1 ] && grep -qF -e "[--all]" "$3"; then option=--all; fi
        code=0 began=$(date +%s)
        sh "$3" $option > "$1/$name.said" 2>&1 < /dev/null 9>&- || code=$?
        printf "%s %s\n" "$code" $(($(date +%s) - began)) > "$1/$name.end"' sh "$logs/$1" "$all" '{}'
    for script in $(chosen "$1"); do
        name=$(basename "$script" .sh)
        ended=1 took=0
        if [ -f "$logs/$1/$name.end" ]; then read -r ended took < "$logs/$1/$name.end"; fi
        part "$1, $name" said "$ended" "$logs/$1/$name.said"
    done
}

install=0 all=0 release=0 sanitized=0 took=0
for option; do
    case $option in
        --install) install=1 ;;
        --all)     all=1 ;;
        *)         sed -n '4s/^# *//p' tests/run.sh >&2; exit 64 ;;
    esac
done
export ASSAY_ALL=$all
mkdir -p "$logs"
exec 9> "$logs/lock"
if ! flock -n 9; then
    echo "Another run of tests/run.sh is using build/."
    exit 1
fi
check_packages
# from here on a part that fails is counted, and the others still run
set +e
build_parts
# what is checked above are Debian's packages: tests call their programs, and no others of the same name, of which some
# take ten times as long to start (python3 by way of a version manager)
export PATH="/usr/sbin:/usr/bin:/sbin:/bin:$PATH"
test_parts
if [ "$release" = 1 ]; then
    ctest --test-dir build/release -N > "$logs/ctest.list"
    part 'first run' with_script fixtures/verify-sample.sh
    scripts flow "$at_once"
    scripts hostile "$at_once"
    scripts real "$at_once"
    if [ "$all" = 1 ]; then
        # these measure, or run this script themselves
        scripts fresh 1
        scripts heavy 1
        scripts bench 1
    fi
fi
echo
if [ "$skipped" = 0 ]; then
    echo "$passed passed, $failed failed"
else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ]
