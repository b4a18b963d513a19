#!/bin/sh
# The recipes of doc/recipe.md that are marked as run (Make, CMake) rebuild a small program as the page says: what the
# vendor built elsewhere by hand passes, and with another constant in the source it does not.
#
#   sh doc-recipes.sh      from the environment: ASSAY, see tests/flow/lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin doc-recipes gcc make cmake objcopy tar xz jq bwrap

# block NAME: the YAML behind the mark `<!-- run: NAME -->` of the page
block() {
    awk -v mark="<!-- run: $1 -->" '$0 == mark { found = 1; next } found && /^```$/ { exit } found && !/^```/' "$top/doc/recipe.md"
}

# source CONSTANT: the archive that was licensed
source_of() {
    rm -rf meter-3.1
    mkdir meter-3.1
    printf '#include <stdio.h>\nint main (int argc, char **argv)\n{\n  printf ("%%s: %%d\\n", __FILE__, argc * %d);\n  return argv == 0;\n}\n' \
        "$1" > meter-3.1/meter.c
    cat > meter-3.1/Makefile <<'END'
CFLAGS = -O2
meter: meter.c
	$(CC) $(CFLAGS) -o $@ $<
install: meter
	install -D -m 0755 meter $(DESTDIR)$(prefix)/bin/meter
END
    cat > meter-3.1/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.18)
project(meter C)
add_executable(meter meter.c)
install(TARGETS meter)
END
    tar -cJf "$2" meter-3.1
}

# vendor KIND: what the vendor ships, built from $work/meter-3.1 in another directory, at another time
vendor() {
    rm -rf shipped packed elsewhere
    cp -R meter-3.1 elsewhere
    case $1 in
        make)
            make -C elsewhere -s CFLAGS="-O2 -g -ffile-prefix-map=$work/elsewhere=."
            mkdir -p packed/usr/bin
            cp elsewhere/meter packed/usr/bin/meter
            tar --sort=name --owner=root:0 --group=root:0 --numeric-owner -C packed -cf shipped usr ;;
        cmake)
            cmake -S elsewhere -B elsewhere/out -DCMAKE_BUILD_TYPE=RelWithDebInfo \
                -DCMAKE_C_FLAGS="-ffile-prefix-map=$work/elsewhere=." > log
            cmake --build elsewhere/out > log
            strip --strip-all -o shipped elsewhere/out/meter ;;
    esac
}

for kind in make cmake; do
    block "$kind" > "$kind.recipe"
    grep -q '^recipe: 1' "$kind.recipe" || fail "doc/recipe.md has no recipe that is marked run: $kind"
    source_of 3 meter-3.1.tar.xz
    vendor "$kind"
    run "pins the recipe for $kind" pin "$kind.recipe"
    ends 0
    run "what the recipe for $kind makes" verify shipped --recipe "$kind.recipe" --report report.json --quiet --no-cache
    [ "$code" != 2 ] || ! grep -q 'user namespace' err || skip 'no sandbox here'
    ends 0
    # what was licensed stays meter-3.1.tar.xz
    source_of 4 other.tar.xz
    vendor "$kind"
    run "another constant than the one in the source, by the recipe for $kind" verify shipped --recipe "$kind.recipe" --report report.json \
        --quiet --no-cache
    ends 1
    holds '[.findings[] | select(.class == "unexplained")] | length > 0 and all(.path == "." or .path == "usr/bin/meter")'
    holds '[.findings[].source.file // empty] | any(endswith("meter.c"))'
    ok "the recipe for $kind passes on what the vendor built, and finds another constant by its source line"
done
