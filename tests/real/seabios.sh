#!/bin/sh
# SeaBIOS as Debian ships it: raw ROM images, each of which holds the version of the compiler as a text.
#
#   sh seabios.sh [--all]
#
# Built with the native compiler the ROMs differ from the shipped ones: the report must say that the text of the
# compiler's version comes first, and that everything else follows from it, but for a byte that makes a checksum right.
# Built with the compiler that Debian used (the cross compiler for i686) they are identical. Two of the twelve ROMs, for
# cards; all of them with --all.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016 # lib.sh lies beside; jq filters
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

roms='vgabios-isavga vgabios-ramfb'
case ${1:-} in
    --all) roms="$roms bios bios-256k bios-microvm"
           for card in ati bochs-display cirrus qxl stdvga virtio vmware; do roms="$roms vgabios-$card"; done ;;
    '')    ;;
    *)     echo "usage: sh seabios.sh [--all]" >&2; exit 64 ;;
esac
count=$(echo "$roms" | wc -w)

begin seabios
built_in gcc i686-linux-gnu-gcc make patch iasl python3 -- build-essential gcc-i686-linux-gnu acpica-tools python3
images='data.tar.xz//#xz//usr/share/seabios'

fetch binary "$(dpkg --print-architecture)" seabios
deb=$(only '\.deb$')
version=$(dpkg-deb -f "$deb" Version)
fetch source-of "$deb"
orig=$(only '\.orig\.tar\.')
debian=$(only '\.debian\.tar\.')

# make_recipe NAME ARGUMENT...: builds with these arguments of make
make_recipe() {
    recipe=$work/$1.recipe
    shift
    : > "$work/outputs"
    : > "$work/steps"
    targets=
    for rom in $roms; do
        targets="$targets build/$rom.bin"
        case $rom in vga*) linked=vgarom.o ;; *) linked=rom.o ;; esac
        cat >> "$work/outputs" <<OUTPUT
  - {from: build/$rom.bin, at: "$images/$rom.bin", symbols: [build/$rom/$linked]}
OUTPUT
    done
    printf '  - debian/rules%s%s\n' "$targets" "${*:+ $*}" >> "$work/steps"
    fill "$here/seabios.recipe.in" "$recipe" "VERSION=$version" \
        "ORIG=${orig##*/}" "ORIG_SHA256=$(digest "$orig")" "DEBIAN=${debian##*/}" "DEBIAN_SHA256=$(digest "$debian")" \
        "STEPS@$work/steps" "OUTPUTS@$work/outputs" "TOOLCHAIN@$work/toolchain"
}

set --
for rom in $roms; do set -- "$@" --scope "$images/$rom.bin"; done

make_recipe cross CROSS_PREFIX=i686-linux-gnu-
if [ -z "${ASSAY_REAL_PINNED:-}" ] && [ -d /usr/share/seabios ]; then
    # the package itself is installed here, so that the toolchain has the ROMs ready-made: nothing says that a step did
    # not copy them (T16). What follows is built on this machine without the package.
    run_case installed 1 mismatch verify "$deb" --recipe "$recipe" "$@"
    holds "the ROMs as ready-made" \
        '[.findings[] | select(.class == "unexplained" and (.message | contains("ready-made") and contains("/usr/share/seabios/")))] | length > 0'
    printf '#!/bin/sh\nexec bwrap --dev-bind / / --tmpfs /usr/share/seabios -- "%s" "$@"\n' "$assay" > "$work/assay"
    chmod +x "$work/assay"
    assay=$work/assay
fi
run_case cross 0 identical verify "$deb" --recipe "$recipe" "$@"
holds "$count ROMs as identical" '[.files[] | select(.path | test("/[a-z0-9-]*[.]bin$")) | select(.verdict == "identical")] | length == $n' \
    --argjson n "$count"

dpkg-deb -x "$deb" "$work/shipped"
if [ -s "$work/toolchain" ]; then
    native="gcc: (Debian $(locked gcc-12))"
else
    native=$(gcc --version | sed -n '1s/^gcc \((.*)\) .*/gcc: \1/p')
fi
if grep -aqF "$native" "$work/shipped/usr/share/seabios/vgabios-isavga.bin"; then
    say "PASS: seabios $version, $count ROMs; the native compiler is the one that made them"
    exit 0
fi

make_recipe native
run_case native 1 mismatch verify "$deb" --recipe "$recipe" "$@"
holds "$count ROMs that differ" '[.files[] | select(.path | test("/[a-z0-9-]*[.]bin$")) | select(.verdict == "mismatch")] | length == $n' \
    --argjson n "$count"
holds 'the compiler as the first reason, with both versions and the number of files' \
    '.reasons[0] | startswith("Other tools: ") and contains($native) and test("\\(and \($n - 1) files? more\\)")' \
    --arg native "$native" --argjson n "$count"
holds 'the text as the first difference of each ROM' \
    '[.findings[] | select(.class == "unexplained")] | group_by(.path) | length == $n and all(.[];
        ([.[] | select(.cause == "primary")] | length > 0 and all(.[]; .symbol == "BUILDINFO"
            and (.expected_text | contains($native)) and (.shipped_text | startswith("gcc: ("))))
        and ([.[] | select(.cause != "primary")] | length > 0 and all(.[]; .cause == "ripple")))' \
    --arg native "$native" --argjson n "$count"
holds 'the first finding of all as that text' '[.findings[] | select(.class == "unexplained")][0] | .cause == "primary" and .symbol == "BUILDINFO"'
holds 'the checksum of each option ROM as explained' \
    '[.findings[] | select(.rule == "rom-checksum" and .class == "explained" and .range.length == 1)] | length == $n' \
    --argjson n "$(printf '%s\n' "$roms" | tr ' ' '\n' | grep -c '^vga')"

say "PASS: seabios $version, $count ROMs"
