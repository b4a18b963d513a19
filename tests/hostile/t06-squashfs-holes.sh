#!/bin/sh
# T6: a block of zeros in a squashfs is stored, or a hole. U-Boot up to 2022 cannot read a hole, and with zstd takes the block
# before it once more: which blocks are holes is a fact.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v mksquashfs > /dev/null || { echo 'SKIP: mksquashfs is not installed' >&2; exit 77; }
mkdir -p tree/boot
seq 100000 | head -c 131072 > text
{ cat text && head -c 262144 /dev/zero && cat text && head -c 131072 /dev/zero && cat text; } > tree/boot/Image
echo note > tree/note
# squash FILE TIME OPTION...
squash() {
    file=$1 time=$2
    shift 2
    mksquashfs tree "$file" -noappend -quiet -no-progress -all-root -all-time "$time" -mkfs-time "$time" "$@" > log 2>&1 ||
        fail "mksquashfs: $(cat log)"
}
holes='any(.facts[]; .fact == "holes" and .path == "boot/Image" and .class == "unexplained"'
for codec in gzip xz lz4; do
    squash stored 1700000000 -comp $codec -no-sparse
    squash stored2 1700000123 -comp $codec -no-sparse
    squash sparse 1700000000 -comp $codec
    squash sparse2 1700000123 -comp $codec
    judge "$codec: blocks that became holes" 1 sparse stored "$holes and .shipped == \"1-2 4\" and .expected == null)"
    judge "$codec: holes that became blocks" 1 stored sparse "$holes and .shipped == null and .expected == \"1-2 4\")"
    judge "$codec: holes in both" 0 sparse2 sparse '.verdict == "equivalent"'
    judge "$codec: holes in none" 0 stored2 stored '.verdict == "equivalent"'
done
squash stored 1700000000 -comp gzip -no-sparse
squash sparse 1700000000 -comp gzip
compared 'in scope' 1 "$holes)" sparse stored --scope boot/Image
compared 'beside the scope' 0 true sparse stored --scope note
# a tree says nothing of it, and no file alone
compared 'held against a tree' 1 'all(.facts[]; .fact != "holes")' sparse tree
