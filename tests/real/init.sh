#!/bin/sh
# What `assay init` finds out about packages that Debian ships, and about the sample: the compiler's version, and where
# the binary tells it, path and time. Nothing is built but the sample.
#
#   sh init.sh [--all]
#
# With --all the draft of dropbear-bin is verified as it is, without a word changed: it is a recipe that builds the
# package, to a pass.
# seabios holds the text of its compiler; arm-trusted-firmware and dropbear-bin are stripped of it, and only their
# packaging speaks of a release of Debian, whose default compiler is named as the likely one. That it is the right one
# is shown by the rebuilds of the other scripts here.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016,SC2154 # lib.sh lies beside, and says what is named there; $JOBS stands in drafts
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

all=0
case ${1:-} in
    --all) all=1 ;;
    '')    ;;
    *)     echo "usage: sh init.sh [--all]" >&2; exit 64 ;;
esac
begin init
require_tools dpkg-source dpkg-parsechangelog

# says NAME LINE...: the draft has these, each as a part of a line; lines that go on below are one
says() {
    name=$1
    shift
    sed -e ':a' -e 'N' -e '$!ba' -e 's/\n *#   */ /g' "$work/$name.recipe" > "$work/$name.joined"
    for line; do
        grep -qF -e "$line" "$work/$name.joined" || { cat "$work/$name.recipe" >&2; fail "$name: the draft does not say: $line"; }
    done
}

# draft NAME IMAGE SOURCE: a draft that is a recipe, whose digests are right
draft() {
    "$assay" init "$2" "$3" --output "$work/$1.recipe" --no-progress || fail "$1: no draft: exit $?"
    "$assay" pin "$work/$1.recipe" > "$work/$1.pinned" || fail "$1: the draft cannot be pinned"
    if grep -v '^right ' "$work/$1.pinned" >&2; then fail "$1: a digest was not right"; fi
}

# package NAME ARCH: the draft of a package and its source, as Debian's tools unpack that; $version is the package's, $time
# that of its changelog
package() {
    fetch binary "$2" "$1"
    deb=$(only "/$1_.*\\.deb\$")
    version=$(dpkg-deb -f "$deb" Version)
    architecture=$(dpkg-deb -f "$deb" Architecture)
    fetch source-of "$deb"
    dpkg-source -x "$(only '\.dsc$')" "$work/source-$1" > "$work/$1.log" 2>&1 || { cat "$work/$1.log" >&2; fail "$1: dpkg-source"; }
    time=$(dpkg-parsechangelog -l "$work/source-$1/debian/changelog" -STimestamp)
    draft "$1" "$deb" "$work/source-$1"
    says "$1" "product: \"$1 $version\"" "SOURCE_DATE_EPOCH: \"$time\"" '- dpkg-buildpackage -b -us -uc -j$JOBS' \
        "- {from: \"../$1_${version#*:}_$architecture.deb\"}"
}

# Of a version that these lines are of; of another one what holds for each.
package seabios "$(dpkg --print-architecture)"
says seabios '# compiler: GCC '
[ "$version" != 1.16.2-1 ] || says seabios '# compiler: GCC 12.2.0 (Debian 12.2.0-14)' \
    'package gcc-12 of Debian, version 12.2.0-14' 'as "gcc: (Debian 12.2.0-14) 12.2.0"' \
    '# tool: binutils 2.40 (GNU Binutils for Debian)' \
    '2023-04-11 13:08:25 UTC (1681218505): the newest entry of the changelog of seabios 1.16.2-1'
say "ok: seabios $version: compiler and linker, by the text in each ROM"

package arm-trusted-firmware arm64
says arm-trusted-firmware '# machine: AArch64' 'called aarch64-linux-gnu-gcc' '# banner: v2.' 'a text in a program: "'
[ "$version" != 2.8.0+dfsg-1 ] || says arm-trusted-firmware 'unknown: compiler' \
    'likely GCC 12.2.0 (Debian 12.2.0-14), the default of Debian 12 (bookworm)' \
    'as a cross tool gcc-12-aarch64-linux-gnu' '# banner: v2.8(debug):' '# banner: v2.8(release):' \
    '2022-11-25 06:31:44 UTC (1669357904): a text in a program: "06:31:44, Nov 25 2022"'
say "ok: arm-trusted-firmware $version: the time in its programs is that of the changelog; the release's compiler"

package dropbear-bin "$(dpkg --print-architecture)"
says dropbear-bin '# machine: ' 'from 4 files' 'ABI tag' 'the newest time in a container'
case $version in
    *+deb12u*) says dropbear-bin "likely GCC 12.2.0 (Debian 12.2.0-14), the default of Debian 12 (bookworm): the version $version" ;;
esac
say "ok: dropbear-bin $version: the time of its entries, the release's compiler"
if [ "$all" = 1 ] && (cd "$work/source-dropbear-bin" && dpkg-checkbuilddeps > "$work/needs" 2>&1); then
    run_case drafted 0 equivalent verify "$deb" --recipe "$work/dropbear-bin.recipe"
    holds 'that no byte of a program differs' '[.files[] | select(.format == "elf") | .verdict] | length == 4 and all(. == "identical")'
fi

for tool in make gcc objcopy strip mkimage dtc mksquashfs cpio openssl; do
    command -v $tool > /dev/null || { say "PASS: init, 3 packages; the sample needs $tool"; exit 0; }
done
sh "$here/../../fixtures/make/vendor-image.sh" "$work/sample" > "$work/sample.log" 2>&1 || { cat "$work/sample.log" >&2; fail 'the sample was not made'; }
draft sample "$work/sample/gnb-du.img" "$work/sample/gnb-du-2.4.1.tar.xz"
says sample "# compiler: GCC $(gcc -dumpfullversion) ($(gcc --version | sed -n '1s/^[^(]*(\(.*\)) .*/\1/p'))" \
    'SOURCE_DATE_EPOCH: "1772450100"' '2026-03-02 11:15:00 UTC (1772450100): the header of a container' \
    'path: /build/gnb-du-2.4.1' '- make -j$JOBS' \
    '- {from: "**/bin/gnb-du", at: "payload//rootfs//usr/bin/gnb-du"}' \
    '- {in: ".", name: payload, offset: 256, size: rest, kind: payload}'
say 'ok: sample: compiler, time, outputs and the layout of its image'

say 'PASS: init, 3 packages and the sample'
