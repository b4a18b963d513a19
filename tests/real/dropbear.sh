#!/bin/sh
# Dropbear as Debian ships it for this machine's architecture: the whole package, rebuilt with dpkg-buildpackage.
#
#   sh dropbear.sh
#
# The package and its flipped twins are verified whole; the recompressed ones are compared with the package that was
# rebuilt before (ASSAY_REAL_REBUILD=1: every case builds for itself).
# Heavy: it takes minutes.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016 # lib.sh lies beside; jq filters, and a step that the sandbox expands
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

[ $# -eq 0 ] || { echo "usage: sh dropbear.sh" >&2; exit 64; }

# Where one bit of usr/sbin/dropbear is flipped: version|architecture|offset|section|symbol, read with readelf and nm
# from the package and its debug symbols.
flip_table() {
    cat <<'TABLE'
2022.83-1+deb12u3|amd64|106496|.text|svr_auth_pubkey
TABLE
}

begin dropbear
built_in dpkg-buildpackage dh patch -- build-essential debhelper libtomcrypt-dev libtommath-dev zlib1g-dev
arch=$(dpkg --print-architecture)

fetch binary "$arch" dropbear-bin
deb=$(only '\.deb$')
version=$(dpkg-deb -f "$deb" Version)
fetch source-of "$deb"
orig=$(only '\.orig\.tar\.')
debian=$(only '\.debian\.tar\.')

if [ ! -s "$work/toolchain" ]; then
    mkdir "$work/packaging"
    tar -C "$work/packaging" -xf "$debian" debian/control
    (cd "$work/packaging" && dpkg-checkbuilddeps) ||
        skip "build dependencies of dropbear are not installed (sh tests/run.sh --install reads tests/real/packages.txt)"
fi

recipe=$work/dropbear.recipe
fill "$here/dropbear.recipe.in" "$recipe" "VERSION=$version" "FILE_VERSION=${version#*:}" "ARCH=$arch" \
    "ORIG=${orig##*/}" "ORIG_SHA256=$(digest "$orig")" "DEBIAN=${debian##*/}" "DEBIAN_SHA256=$(digest "$debian")" \
    "TOOLCHAIN@$work/toolchain"

# The package as it is shipped, all of it.
chmod 755 "$work" # the build's own user passes through it to the kept tree
run_case shipped 0 identical verify "$deb" --recipe "$recipe" --work-dir "$work/kept"
holds 'all bytes as judged and identical' \
    '.judged.bytes == .judged.of and .accounting.identical == .accounting.total and (.findings | length) == 0'
holds 'a rebuild as the expected side' '.expected[0].kind == "rebuild"'
rebuilt=$(find "$work/kept" -name "dropbear-bin_*_$arch.deb" -type f)
[ -n "$rebuilt" ] || fail 'the kept build tree holds no rebuilt package'

# twin NAME CODE VERDICT FILE: against the package that was rebuilt above, or with ASSAY_REAL_REBUILD=1 against a rebuild
# of its own
twin() {
    if [ "${ASSAY_REAL_REBUILD:-0}" = 1 ]; then
        run_case "$1" "$2" "$3" verify "$4" --recipe "$recipe"
    else
        run_case "$1" "$2" "$3" compare "$4" "$rebuilt"
    fi
}

# Equal content, compressed in another way: under another name, and under the same.
recompressed() {
    file=$work/$1.deb
    sh "$here/repack.sh" recompress "$deb" "$file" "$2" "$3"
    if cmp -s "$deb" "$file"; then fail "$1: the twin is the package itself"; fi
    twin "$1" 0 equivalent "$file"
    holds 'the fact that it was recompressed' '[.facts[] | select(.fact == "recompressed" and .class == "explained")] | length >= 1'
    holds 'nothing unexplained or outside' '.accounting.unexplained == 0 and .accounting.outside == 0 and .judged.bytes == .judged.of'
}
recompressed zstd zstd 19
recompressed xz-1 xz 1

# One bit in the program: in the package packed as shipped, and again hidden behind another compression.
row=$(flip_table | grep -F "$version|$arch|" || echo "$version|$arch|65536|*|*")
offset=$(printf '%s\n' "$row" | cut -d '|' -f 3)
section=$(printf '%s\n' "$row" | cut -d '|' -f 4)
symbol=$(printf '%s\n' "$row" | cut -d '|' -f 5)
sh "$here/repack.sh" flip "$deb" "$work/flipped.deb" usr/sbin/dropbear "$offset" 3
run_case flipped 1 mismatch verify "$work/flipped.deb" --recipe "$recipe"
finds_flip 'data.tar.xz//#xz//usr/sbin/dropbear' "$offset" "$section" "$symbol"

sh "$here/repack.sh" recompress "$work/flipped.deb" "$work/flipped-zstd.deb" zstd 19
run_case flipped-zstd 1 mismatch verify "$work/flipped-zstd.deb" --recipe "$recipe"
finds_flip 'data.tar.zst//#zstd//usr/sbin/dropbear' "$offset" "$section" "$symbol"

say "PASS: dropbear $version ($arch)"
