#!/bin/sh
# find_package (assay) in somebody else's project, from what `cmake --install` puts in place: its program builds against
# the library, and assay_gate() lets the build of a good image pass and that of any other fail.
#
#   sh cmake-gate.sh    from the environment: ASSAY_BUILD, a directory in which assay was built; ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/product.sh
. "$(dirname "$0")/../product.sh"
build=${ASSAY_BUILD:-$(dirname "$0")/../../build/release}
build=$(cd "$build" && pwd)
begin cmake-gate cmake cc pkg-config jq
generators=Unix_Makefiles generator=Ninja
# by one of both, and with ASSAY_ALL=1 by each
if command -v ninja > /dev/null; then generators="Ninja$([ "${ASSAY_ALL:-0}" = 0 ] || echo ' Unix_Makefiles')"; else generator="Unix Makefiles"; fi

make_tools cat
cmake --install "$build" --prefix "$work/prefix" > installed || { cat installed >&2; fail 'cmake --install'; }
# found by where it lies, wherever that is
mv prefix moved

fresh_project() {
    chmod -R u+w project 2> /dev/null || :
    rm -rf project built
    cp -R "$top/tests/flow/consumer" project
    make_product project
    cp -R tools project/
    sed -i "s|^path:|$toolchain\n&|" project/product.recipe
    cp project/good.img project/part.bin
    cp project/good.img project/expected.bin
}

configures() {
    cmake -S project -B built -G "$generator" "-DCMAKE_PREFIX_PATH=$work/moved" \
        "-DCONSUMER_SOURCE=$top/tests/rules/consumer.c" > out 2>&1
}

# builds [TARGET]: leaves $code
builds() {
    code=0
    cmake --build built ${1:+--target "$1"} > out 2>&1 || code=$?
}

passes() { builds "$@"; [ "$code" = 0 ] || { tail -n 30 out >&2; fail "$generator: ${1:-all}: a good image: exit $code"; }; }
stops() {
    builds "$@"
    [ "$code" != 0 ] || { cat out >&2; fail "$generator: ${1:-all}: passes"; }
    # by what assay says, and by nothing else
    if grep -q 'CMake Error' out || ! grep -qE '^assay: |MISMATCH|UNDECIDED|^FAIL ' out; then cat out >&2; fail "$generator: ${1:-all}: fails otherwise"; fi
}

for generator in $generators; do
    generator=$(echo "$generator" | tr _ ' ')
    [ "$generator" = Ninja ] || command -v make > /dev/null || continue
    fresh_project
    configures || { cat out >&2; fail "$generator: the project cannot be configured"; }
    passes
    built/consumer || fail "$generator: the program that was built against the library does not run"
    for form in json html sarif xml md; do
        [ -s "built/reports/report.$form" ] || fail "$generator: there is no report.$form"
        [ -s "built/compared/report.$form" ] || fail "$generator: there is no report.$form beside the other"
    done
    jq -e '.verdict == "identical" and .options.limits.depth == 5' built/compared/report.json > /dev/null || fail "$generator: not as the options say"
    passes stored
    ok "$generator: a good image passes, built and stored; the program runs against the library"

    printf 'all is hell\n' > project/part.bin
    stops compared
    jq -e '.verdict == "mismatch"' built/compared/report.json > /dev/null || fail "$generator: no report of what was wrong"
    stops rebuilt
    stops stored
    stops
    # the stored report of a good image is none of this one
    printf 'all is well\n' > project/part.bin
    passes
    printf 'all is hell\n' > project/part.bin
    builds firmware
    sed -i 's/DEPENDS rebuilt/DEPENDS firmware/' project/CMakeLists.txt
    configures
    stops stored
    ok "$generator: a changed image fails the build, at each of the three gates"

    # what the image is judged against changes without the build's notice
    printf 'all is well\n' > project/part.bin
    passes
    printf 'else\n' > project/source/tail
    stops rebuilt
    printf 'well\n' > project/source/tail
    printf 'all is gone\n' > project/expected.bin
    stops compared
    printf 'all is well\n' > project/expected.bin
    passes
    # undecided, misused and missing are no passes; and no report of before stays
    sed -i 's/LIMIT depth=5/LIMIT image-bytes=5/' project/CMakeLists.txt
    configures
    stops compared
    sed -i 's/LIMIT image-bytes=5/LIMIT no-such=5/' project/CMakeLists.txt
    configures
    stops compared
    [ ! -e built/compared/report.json ] || fail "$generator: a report of before is left"
    rm project/expected.bin
    sed -i 's/LIMIT no-such=5/LIMIT depth=5/' project/CMakeLists.txt
    configures
    stops compared
    ok "$generator: what changed unnoticed, undecided, misused and missing fail the build"
done

# refused CALL EXPECTED: the project cannot even be configured
refused() {
    fresh_project
    { sed '/^assay_gate/,$d' project/CMakeLists.txt; echo "$1"; } > lists
    mv lists project/CMakeLists.txt
    if configures; then fail "$1: is accepted"; fi
    tr -s ' \n' ' ' < out > said
    grep -qF -e "$2" said || { cat out >&2; fail "$1: does not say: $2"; }
}
refused 'assay_gate (g EXPECTED a)' 'IMAGE is missing'
refused 'assay_gate (g IMAGE a)' 'expected one of RECIPE, EXPECTED and REPORT'
refused 'assay_gate (g IMAGE a EXPECTED b RECIPE c)' 'expected one of RECIPE, EXPECTED and REPORT'
refused 'assay_gate (g IMAGE a EXPECTED b POLICY)' 'no value for POLICY'
refused 'assay_gate (g IMAGE a EXPECTED b POLCIY c)' 'what is POLCIY;c'
refused 'assay_gate (g IMAGE a REPORT b)' 'REPORT needs POLICY'
refused 'assay_gate (g IMAGE a REPORT b POLICY c SCOPE d)' 'SCOPE does not go with REPORT'
refused 'assay_gate (g IMAGE a RECIPE b LAYOUT c)' 'LAYOUT goes with EXPECTED'
refused 'assay_gate (g IMAGE a EXPECTED b OPTIONS --help)' 'OPTIONS --help: expected an option'
refused 'assay_gate (g IMAGE a EXPECTED b OPTIONS -h)' 'OPTIONS -h: expected an option'
refused 'assay_gate (g IMAGE a EXPECTED b OPTIONS c)' 'OPTIONS c: expected an option'
ok 'a gate that is called wrongly ends the configuration'
leaves_nothing
