#!/bin/sh
# T1: what the rebuild has and the image has not is missing, also where no entry names it; bytes that differ are never
# called identical.
set -eu
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
. "$(dirname "$0")/lib.sh"
mkdir tree && seq 1 1000 > tree/numbers
pack good.tar tree/numbers
for codec in cat gzip bzip2 xz zstd lz4; do
    $codec < good.tar > good && (cat good; echo garbage) > long
    judge "$codec: bytes behind the end of the expected side alone" 1 good long
    judge "$codec: bytes behind the end of the shipped side alone" 1 long good
    mkdir a b && cp good a/x && cp long b/x
    judge "$codec: the same inside a directory" 1 a b
    pack a.tar -C a x && pack b.tar -C b x
    judge "$codec: the same inside a tar" 1 a.tar b.tar
    rm -r a b
done
cat good.tar good.tar > long
judge 'a second archive behind the expected one' 1 good.tar long
xz -c good.tar > good && (cat good; printf '' | xz -c) > long
judge 'an empty stream behind the expected one' 1 good long "$(fact streams unexplained)"
zstd -qc good.tar > good && (cat good; printf '\120\052\115\030\006\0\0\0hidden') > long
judge 'a skippable frame of the expected side alone' 1 good long
mksquashfs tree good.squashfs -noappend -quiet -no-progress -all-root -mkfs-time 1 -all-time 1 > /dev/null
(cat good.squashfs; echo garbage) > long
judge 'bytes behind the expected file system' 1 good.squashfs long
: > empty && : > none
judge 'nothing judged at all' 2 empty none
