#!/bin/sh
# Our ELF reader against eu-readelf: every section, segment, symbol and note of ELF files.
#
#   sh elf.sh [LEAST [MACHINES]] < PATHS    one path a line; at least LEAST files (default 1) of MACHINES machines must be
#                                           among them. Without paths: programs, libraries and objects of this machine.
#
# From the environment: ASSAY_LIST_ELF, the program that lists what our reader says (default: that of build/release).
# Exit: 0 all agree; 77 skipped, with the reason; 1 one does not.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
list_elf=${ASSAY_LIST_ELF:-$here/../../build/release/tests/interop/list_elf}
least=${1:-1} machines=${2:-1}

skip() { printf 'SKIP: %s\n' "$*" >&2; exit 77; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

command -v eu-readelf > /dev/null 2>&1 || skip 'eu-readelf is not installed (package elfutils)'
[ -x "$list_elf" ] || fail "no program at $list_elf"
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-interop.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# compare FILE: both lists, and what is in one of them alone
compare() {
    "$list_elf" "$1" > "$work/listed" || fail "$1 cannot be read"
    machine=$(sed -n '1s/^machine //p' "$work/listed")
    echo "$machine" >> "$work/machines"
    sed 1d "$work/listed" | sort > "$work/ours"
    if ! eu-readelf -h -S -l -s -n "$1" > "$work/said" 2> "$work/complaints"; then
        sed -n 1,3p "$work/complaints" >&2
        fail "eu-readelf cannot read $1"
    fi
    awk -v machine="$machine" -f "$here/readelf.awk" "$work/said" | sort > "$work/theirs"
    if ! cmp -s "$work/ours" "$work/theirs"; then
        diff "$work/theirs" "$work/ours" | sed -n '1,20p' >&2 || :
        fail "$1: eu-readelf (<) and our reader (>) do not agree"
    fi
    sed 's/ .*//' "$work/ours" >> "$work/kinds"
}

# count KIND: lines of it in all files
count() { grep -c "^$1\$" "$work/kinds" || :; }

files=0
: > "$work/machines"
: > "$work/kinds"
while IFS= read -r path; do
    compare "$path"
    files=$((files + 1))
done
[ "$files" -ge "$least" ] || fail "$files files and not $least"
found=$(sort -u "$work/machines" | wc -l)
[ "$found" -ge "$machines" ] || fail "files of $found machines and not $machines"
echo "ok: eu-readelf agrees on $files files of $found machines: $(count section) sections," \
    "$(count segment) segments, $(count symbol) symbols, $(count note) notes"
