#!/bin/sh
# The first run of README.md installs what assay is built on: of each module that cmake/Dependencies.cmake asks for, the
# package stands in fixtures/packages.txt and in tests/packages.txt. Which package has a module says dpkg.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"
copied='^(cmake/|fixtures/packages\.txt|tests/packages\.txt)'

check() {
    command -v dpkg-query > /dev/null || skip 'no dpkg here'
    sed -n '/^foreach (module IN ITEMS/,/)/p' "$root/cmake/Dependencies.cmake" | sed 's/foreach (module IN ITEMS//; s/)//' \
        | tr -s ' ' '\n' | sed '/^$/d' > "$scratch/modules"
    [ -s "$scratch/modules" ] || die "no modules in $root/cmake/Dependencies.cmake"
    while IFS= read -r module; do
        dpkg-query -S "*/pkgconfig/$module.pc" > "$scratch/owner" 2> /dev/null || die "no package has $module.pc"
        package=$(head -n 1 "$scratch/owner" | sed 's/[:,].*//')
        for list in fixtures/packages.txt tests/packages.txt; do
            grep -qxF -e "$package" "$root/$list" || finding "$list: $package is missing, which has $module.pc"
        done
    done < "$scratch/modules"
}

plant_missing() { sed -i '/^libyaml-dev$/d' "$copy/fixtures/packages.txt"; }

self_test() {
    plant 'a package that the first run does not install' 'fixtures/packages.txt: libyaml-dev is missing, which has yaml-0.1.pc' plant_missing
}

rule_main "$@"
