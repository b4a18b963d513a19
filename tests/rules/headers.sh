#!/bin/sh
# Every public header compiles alone, as C17 and as C++, without a warning.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

# compiles HEADER LANGUAGE COMPILER OPTION...
compiles() {
    header=$1 language=$2
    shift 2
    # shellcheck disable=SC2086 # $glib is a list of options
    if ! printf '#include <assay/%s>\n' "$header" |
        "$@" -fsyntax-only -Wall -Wextra -Werror -I "$root/include" $glib - 2> "$scratch/errors"; then
        finding "include/assay/$header: does not compile alone as $language"
        grep -m 3 'error' "$scratch/errors" || cat "$scratch/errors"
    fi
}

check() {
    glib=$(pkg-config --cflags glib-2.0)
    count=0
    for header in "$root"/include/assay/*.h; do
        [ -f "$header" ] || die "no public headers below $root/include/assay"
        name=${header##*/}
        compiles "$name" C17 cc -std=c17 -x c
        compiles "$name" C++ c++ -std=c++17 -x c++
        count=$((count + 1))
    done
    [ "$(find "$root/include" -type f | wc -l)" = "$count" ] || finding "include/ holds something else than assay/*.h"
}

plant_dependent() { printf 'AssayVerdict assay_which (void);\n' > "$copy/include/assay/dependent.h"; }
plant_keyword() { printf 'struct assay_keyword { int class; };\n' > "$copy/include/assay/keyword.h"; }
plant_warning() { printf 'static inline int assay_old (unused) int unused; { return 0; }\n' > "$copy/include/assay/old.h"; }
plant_other() { echo > "$copy/include/other.h"; }

# each has a line of its own
plant_all() { for planted in dependent keyword warning other; do "plant_$planted"; done; }

self_test() {
    plant 'a header that needs another one first' 'include/assay/dependent.h: does not compile alone as C17' plant_all
    also 'a name that C++ keeps for itself' 'include/assay/keyword.h: does not compile alone as C++'
    also 'a header with a warning' 'include/assay/old.h: does not compile alone as C17'
    also 'a header in the wrong place' 'include/ holds something else than assay/\*.h'
}

rule_main "$@"
