#!/bin/sh
# T26: every byte has one class and the classes add up, whatever the container holds; nothing is left out or counted twice.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && head -c 300000 "$assay" > tree/large && cp tree/large tree/copy && printf 'small' > tree/small && : > tree/empty
for compression in xz zstd gzip lz4; do
    mksquashfs tree good.squashfs -noappend -quiet -no-progress -all-root -comp $compression -mkfs-time 1 -all-time 1 > /dev/null
    mksquashfs tree other.squashfs -noappend -quiet -no-progress -all-root -comp $compression -mkfs-time 2000000 -all-time 3000000 > /dev/null
    judge "squashfs of $compression, equal" 0 good.squashfs good.squashfs '.accounting.total > 600000 and .accounting.identical == .accounting.total'
    judge "squashfs of $compression, packed at another time" 0 other.squashfs good.squashfs '.verdict == "equivalent"'
    cp good.squashfs bad.squashfs && poke bad.squashfs 20000 '\0\0\0\0'
    code=0 && "$assay" compare bad.squashfs good.squashfs > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || [ "$code" = 2 ] || fail "squashfs of $compression with four bytes changed: exit $code"
    printf 'ok: %s: squashfs of %s with four bytes changed\n' "$name" $compression
    chmod 4755 tree/small && mksquashfs tree bad.squashfs -noappend -quiet -no-progress -all-root -comp $compression -mkfs-time 1 -all-time 1 > /dev/null && chmod 644 tree/small
    judge "squashfs of $compression with a set-user-ID bit" 1 bad.squashfs good.squashfs "$(fact mode unexplained)"
    cp good.squashfs bad.squashfs && printf 'behind the end' >> bad.squashfs
    judge "squashfs of $compression with bytes behind its end" 1 bad.squashfs good.squashfs
done
