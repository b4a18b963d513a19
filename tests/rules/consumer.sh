#!/bin/sh
# What `cmake --install` puts in place is enough for somebody else's program: header, library and program.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

check() {
    [ -f "$build/CMakeCache.txt" ] || die "no build directory at $build"
    rm -rf "$scratch/prefix"
    cmake --install "$build" --prefix "$scratch/prefix" > "$scratch/install.log" || die "cmake --install: $(cat "$scratch/install.log")"
    library=$(find "$scratch/prefix" -name libassay.so)
    [ -n "$library" ] || { finding "libassay.so is not installed"; return; }
    # glib alone is named by where Debian has it; nothing is asked of pkg-config
    triplet=$(cc -print-multiarch)
    if ! cc -std=c17 -Wall -Wextra -Werror -I "$scratch/prefix/include" -I /usr/include/glib-2.0 \
        -I "/usr/lib/$triplet/glib-2.0/include" -o "$scratch/consumer" "$root/tests/rules/consumer.c" \
        -L "${library%/*}" -Wl,-rpath,"${library%/*}" -lassay -lglib-2.0 2> "$scratch/errors"; then
        finding "tests/rules/consumer.c: does not build against what was installed"
        grep -m 3 -E 'error|undefined' "$scratch/errors" || cat "$scratch/errors"
        return
    fi
    "$scratch/consumer" || finding "tests/rules/consumer.c: does not run against what was installed"
    said=$("$scratch/prefix/bin/assay" --version) || finding "bin/assay: does not run where it was installed"
    case $said in 'assay '[0-9]*) ;; *) finding "bin/assay --version: $said" ;; esac
    # nothing else may land in somebody's system unnoticed
    (cd "$scratch/prefix" && find . -type f -o -type l) | sed 's|^\./||' |
        grep -vE '^(bin/assay|include/assay/[a-z_]+\.h|lib[^/]*/([^/]*/)?(libassay\.so[0-9.]*|pkgconfig/assay\.pc|cmake/assay/[A-Za-z-]+\.cmake)|share/.*)$' |
        sed 's/$/: installed, and nobody knows why/' > "$scratch/surplus" || :
    findings_from "$scratch/surplus"
}

plant_function() { sed -i 's/assay_verdict_name (/assay_verdict_title (/' "$copy/tests/rules/consumer.c"; }
plant_answer() { sed -i 's/"identical"/"the same"/' "$copy/tests/rules/consumer.c"; }

self_test() {
    plant 'a function that the library lacks' 'tests/rules/consumer.c: does not build against what was installed' plant_function
    plant 'a library that answers otherwise' 'tests/rules/consumer.c: does not run against what was installed' plant_answer
}

rule_main "$@"
