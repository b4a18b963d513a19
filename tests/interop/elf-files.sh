#!/bin/sh
# Which of some files begin as ELF files do.
#
#   sh elf-files.sh FILE...     prints their paths, one a line
export LC_ALL=C
head -v -c 4 -- "$@" | awk '/^==> .* <==$/ { path = substr($0, 5, length($0) - 8); next } $0 == "\177ELF" { print path }'
