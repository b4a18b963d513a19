#!/bin/sh
# elf.sh on ELF files of this machine: 60 programs and libraries, and 30 objects and programs below the build directory,
# which have their full symbol tables.
#
#   sh own-elf.sh BUILD
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)

# elf_files ARGUMENT... of find
elf_files() { find "$@" -exec sh "$here/elf-files.sh" {} + 2> /dev/null | sort; }

{
    elf_files /usr/bin /usr/lib -xdev -type f -size +4k -size -2048k | awk 'NR % 7 == 0 && ++n <= 60'
    elf_files "$1" -type f -size -8192k | awk 'NR % 13 == 0 && ++n <= 30'
} | sh "$here/elf.sh" 40
