#!/bin/sh
# Our ELF reader against eu-readelf on real files of four machines, and of nine with all: every section, segment, symbol and note.
#
#   sh elf.sh [--all]      from the environment: see lib.sh; ASSAY_LIST_ELF, see tests/interop/elf.sh
#
# The files are what Debian's packages of a C library (programs, libraries, objects) and of the core utilities hold.
# Exit: 0 all agree; 77 skipped, with the reason; 1 one does not.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
begin elf
require_tools eu-readelf
export ASSAY_LIST_ELF="${ASSAY_LIST_ELF:-${assay%/*}/tests/interop/list_elf}"

# unpack ARCH PACKAGE: into the work directory
unpack() {
    fetch binary "$1" "$2"
    mkdir -p "$work/$1"
    dpkg-deb -x "$(only '\.deb$')" "$work/$1"
}

# pick ARCH: the paths of all of its objects, and of every fifth of its other ELF files
pick() {
    find "$work/$1" -type f -exec sh "$here/../interop/elf-files.sh" {} + | sort | awk '/\.o$/ || ++others % 5 == 0'
}

# both classes and both orders of bytes
pairs='amd64:x86-64 armhf:ARM mips64el:MIPS s390x:S390' least=3
case ${1:-} in
    --all) pairs="$pairs arm64:AArch64 armel:ARM i386:i386 mipsel:MIPS ppc64el:PowerPC64" least=6 ;;
    '')    ;;
    *)     echo "usage: sh elf.sh [--all]" >&2; exit 64 ;;
esac

# A machine that the archive cannot give right now is left out, as long as so many are there.
: > "$work/machines"
for pair in $pairs; do
    arch=${pair%:*} code=0
    (for package in libc6 libc6-dev coreutils; do unpack "$arch" "$package"; done) || code=$?
    case $code in
        0)  echo "${pair#*:}" >> "$work/machines"; pick "$arch" >> "$work/elf-files" ;;
        77) ;;
        *)  exit "$code" ;;
    esac
done
[ "$(sort -u "$work/machines" | wc -l)" -ge $least ] || skip "the archive gives packages of less than $least machines"
sh "$here/../interop/elf.sh" $((least * 50)) $least < "$work/elf-files"
