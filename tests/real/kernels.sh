#!/bin/sh
# The kernels that Debian ships: bzImage (amd64, signed), zImage (armhf) and Image (arm64). What is in them is found, and
# one changed byte anywhere is.
#
#   sh kernels.sh [--all]    nothing without --all: 200 MB are fetched
#
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016,SC2154 # lib.sh lies beside, and says what is named there; jq filters
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

case $#${1:-} in
    0)      skip 'the kernels of Debian are fetched with --all alone' ;;
    1--all) ;;
    *)      echo 'usage: sh kernels.sh [--all]' >&2; exit 64 ;;
esac
begin kernels
require_tools gzip cmp

# fetch_kernel ARCH METAPACKAGE: the image, as $work/ARCH
fetch_kernel() {
    fetch binary "$1" "$2"
    package=$(dpkg-deb -f "$(only "/$2_.*\\.deb\$")" Depends | sed 's/[ ,].*//')
    fetch binary "$1" "$package"
    mkdir -p "$work/tree"
    dpkg-deb --fsys-tarfile "$(only "/${package}_.*\\.deb\$")" | tar -x -C "$work/tree" --wildcards './boot/vmlinuz-*'
    mv "$work"/tree/boot/vmlinuz-* "$work/$1"
}

# flip FILE OFFSET OUT
flip() {
    byte=$(od -An -tu1 -j"$2" -N1 "$1" | tr -d ' ')
    cp "$1" "$3"
    # shellcheck disable=SC2059 # an octal escape
    printf "$(printf '\\%03o' $((byte ^ 1)))" | dd of="$3" bs=1 seek="$2" conv=notrunc status=none
}

# inside ARCH FORMAT PATH...: the format, and what is found
inside() {
    image=$work/$1 format=$2
    shift 2
    "$assay" inspect "$image" --format json > "$work/inspected" || fail "$image: could not be read to its end"
    jq -e --arg format "$format" '.nodes[0].format == $format' "$work/inspected" > /dev/null || fail "$image is no $format"
    for path; do
        jq -e --arg path "$path" 'any(.nodes[]; .path == $path)' "$work/inspected" > /dev/null || fail "$image: $path is not found"
    done
    say "ok: $format: $*"
}

# bytes ARCH OFFSET...: each changed alone, in a part that is compared as it is
bytes() {
    arch=$1
    shift
    run_case "$arch" 0 identical compare "$work/$arch" "$work/$arch"
    for offset; do
        flip "$work/$arch" "$offset" "$work/bad"
        run_case "$arch-$offset" 1 mismatch compare "$work/bad" "$work/$arch"
        holds "the byte at $offset alone" \
            '[.findings[] | select(.class == "unexplained")] | length == 1 and .[0].path == "." and .[0].range.offset == $at and .[0].range.length == 1' \
            --argjson at "$offset"
    done
}

# stream ARCH: a byte in the middle of the image, which is one of the compressed kernel
stream() {
    flip "$work/$1" $(($(wc -c < "$work/$1") / 2)) "$work/bad"
    run_case "$1-stream" 1 mismatch compare "$work/bad" "$work/$1"
    holds 'no more than that byte' '[.findings[] | select(.class == "unexplained")] | length == 1 and .[0].range.length == 1'
}

fetch_kernel amd64 linux-image-amd64
inside amd64 bzimage '#payload' '#payload//#xz'
size=$(wc -c < "$work/amd64")
bytes amd64 600 $((512 * 40 + 100)) $((size - 1)) $((size - 1000))
stream amd64

fetch_kernel armhf linux-image-armmp
inside armhf zimage '#payload' '#payload//#xz'
bytes armhf 64 4096 $(($(wc -c < "$work/armhf") - 1))
stream armhf

fetch_kernel arm64 linux-image-arm64
inside arm64 arm64-image '#initramfs' '#initramfs//dev/console'
bytes arm64 8 17 25 $(($(wc -c < "$work/arm64") - 1))
gzip -n9 < "$work/arm64" > "$work/Image.gz"
gzip -n5 < "$work/arm64" > "$work/other.gz"
run_case arm64-gzip 0 equivalent compare "$work/other.gz" "$work/Image.gz"
holds 'the image in the stream' 'any(.files[]; .path == "#gzip" and .format == "arm64-image")'
flip "$work/arm64" 2000000 "$work/bad" && gzip -n9 < "$work/bad" > "$work/other.gz"
run_case arm64-gzip-changed 1 mismatch compare "$work/other.gz" "$work/Image.gz"
holds 'the byte in the stream' 'any(.findings[]; .path == "#gzip" and .class == "unexplained" and .range.offset == 2000000 and .range.length == 1)'
