#!/bin/sh
# Our ELF reader against eu-readelf on real files of nine machines: every section, segment, symbol and note.
#
#   sh elf.sh      from the environment: see lib.sh; ASSAY_LIST_ELF, see tests/interop/elf.sh
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

# A machine that the archive cannot give right now is left out, as long as six are there.
: > "$work/machines"
for pair in amd64:x86-64 arm64:AArch64 armel:ARM armhf:ARM i386:i386 mips64el:MIPS mipsel:MIPS ppc64el:PowerPC64 s390x:S390; do
    arch=${pair%:*} code=0
    (for package in libc6 libc6-dev coreutils; do unpack "$arch" "$package"; done) || code=$?
    case $code in
        0)  echo "${pair#*:}" >> "$work/machines"; pick "$arch" >> "$work/elf-files" ;;
        77) ;;
        *)  exit "$code" ;;
    esac
done
[ "$(sort -u "$work/machines" | wc -l)" -ge 6 ] || skip 'the archive gives packages of less than six machines'
sh "$here/../interop/elf.sh" 300 6 < "$work/elf-files"
