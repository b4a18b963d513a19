#!/bin/sh
# Trusted Firmware-A as Debian ships it for arm64, rebuilt with the cross compiler of this machine.
#
#   sh arm-trusted-firmware.sh [--all]
#
# Builds bl31.bin for rpi4 and sun50i_a64; with --all for all platforms of the package whose image is a raw bl31.bin
# (rk3328 and rk3399 ship ELF files and need a second cross compiler; they stay outside the scope).
# Heavy: it takes minutes.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016 # lib.sh lies beside; jq filters, and a step that the sandbox expands
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

# directory in the package | PLAT | DEBUG | directory below build/ | further arguments of make
platform_table() {
    cat <<'TABLE'
rpi4|rpi4|1|rpi4/debug|
sun50i_a64|sun50i_a64|0|sun50i_a64/release|
rpi3|rpi3|1|rpi3/debug|
g12a|g12a|1|g12a/debug|
gxbb|gxbb|1|gxbb/debug|
sun50i_h6|sun50i_h6|1|sun50i_h6/debug|
imx8mn|imx8mn|1|imx8mn/debug|
imx8mn_uart4|imx8mn|1|imx8mn_uart4/imx8mn/debug|IMX_BOOT_UART_BASE=0x30a60000 BUILD_BASE=build/imx8mn_uart4
imx8mq|imx8mq|0|imx8mq/release|
TABLE
}

# Where one bit is flipped: version|platform|offset|address|section|symbol, read with readelf and nm from bl31.elf of a
# build by hand. bl31.bin starts at the lowest address of a section that has content: 0 for rpi4, 0x44000 for
# sun50i_a64 (whose first LOAD segment, at 0x10000, holds only sections without content).
flip_table() {
    cat <<'TABLE'
2.8.0+dfsg-1|rpi4|37632|0x9300|.text|vprintf
2.8.0+dfsg-1|sun50i_a64|17664|0x48500|.text|psci_setup
TABLE
}

rows=2
case ${1:-} in
    --all) rows=99 ;;
    '')    ;;
    *)     echo "usage: sh arm-trusted-firmware.sh [--all]" >&2; exit 64 ;;
esac

begin arm-trusted-firmware
built_in aarch64-linux-gnu-gcc make patch dpkg-source -- gcc-aarch64-linux-gnu make patch dpkg-dev
images='data.tar.xz//#xz//usr/lib/arm-trusted-firmware'

fetch binary arm64 arm-trusted-firmware
deb=$(only '\.deb$')
version=$(dpkg-deb -f "$deb" Version)
fetch source-of "$deb"
orig=$(only '\.orig\.tar\.')
debian=$(only '\.debian\.tar\.')

mkdir "$work/packaging"
tar -C "$work/packaging" -xf "$debian" debian/changelog
epoch=$(dpkg-parsechangelog -l "$work/packaging/debian/changelog" -STimestamp)

platform_table | sed "${rows}q" > "$work/platforms"
: > "$work/steps"
: > "$work/outputs"
set --
while IFS='|' read -r directory plat debug build extra; do
    printf '  - make -j$JOBS PLAT=%s DEBUG=%s %sbl31\n' "$plat" "$debug" "${extra:+$extra }" >> "$work/steps"
    cat >> "$work/outputs" <<OUTPUT
  - from: build/$build/bl31.bin
    at: "$images/$directory/bl31.bin"
    symbols: [build/$build/bl31/bl31.elf]
OUTPUT
    set -- "$@" --scope "$images/$directory/bl31.bin"
done < "$work/platforms"

recipe=$work/arm-trusted-firmware.recipe
fill "$here/arm-trusted-firmware.recipe.in" "$recipe" "VERSION=$version" \
    "ORIG=${orig##*/}" "ORIG_SHA256=$(digest "$orig")" "DEBIAN=${debian##*/}" "DEBIAN_SHA256=$(digest "$debian")" \
    "SOURCE_DATE_EPOCH=$epoch" "STEPS@$work/steps" "OUTPUTS@$work/outputs" "TOOLCHAIN@$work/toolchain"

# The package as it is shipped, within the scope of what the recipe builds.
run_case scoped 0 identical verify "$deb" --recipe "$recipe" "$@"
holds 'that only a part was judged' '.judged.bytes > 0 and .judged.bytes < .judged.of and .accounting.outside > 0'
holds 'a rebuild as the expected side' '.expected[0].kind == "rebuild"'
while IFS='|' read -r directory rest; do
    holds "$directory as identical" '[.files[] | select(.path == $path and .verdict == "identical" and .sha256 == .expected_sha256)] | length == 1' \
        --arg path "$images/$directory/bl31.bin"
done < "$work/platforms"
holds 'every judged byte as part of those files' \
    '([.files[] | select(.path | endswith("/bl31.bin")) | select(.verdict == "identical") | .size] | add) == .judged.bytes'

# Without a granted scope the documentation, the other platforms and the control data were built by nobody.
run_case unscoped 1 mismatch verify "$deb" --recipe "$recipe"
holds 'all bytes as judged' '.judged.bytes == .judged.of and .accounting.outside == 0 and .accounting.unexplained > 0'

# One bit of one image: named by path, offset, section and symbol. Judged in the same scope.
sed 2q "$work/platforms" | while IFS='|' read -r directory rest; do
    row=$(flip_table | grep -F "$version|$directory|" || echo "$version|$directory|4096||*|*")
    offset=$(printf '%s\n' "$row" | cut -d '|' -f 3)
    address=$(printf '%s\n' "$row" | cut -d '|' -f 4)
    twin=$work/flipped-$directory.deb
    sh "$here/repack.sh" flip "$deb" "$twin" "usr/lib/arm-trusted-firmware/$directory/bl31.bin" "$offset" 3
    run_case "flipped-$directory" 1 mismatch verify "$twin" --recipe "$recipe" "$@"
    finds_flip "$images/$directory/bl31.bin" "$offset" \
        "$(printf '%s\n' "$row" | cut -d '|' -f 5)" "$(printf '%s\n' "$row" | cut -d '|' -f 6)"
    [ -z "$address" ] || holds "the address $address" '.findings[] | select(.class == "unexplained") | .range.address == $a' --arg a "$address"
done

say "PASS: arm-trusted-firmware $version, $(wc -l < "$work/platforms") platforms"
