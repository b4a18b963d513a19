#!/bin/sh
# T6: container bytes pass only when they are written again from accepted facts and content. Nothing hides between members.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && printf 'content of a' > tree/a && printf 'content of b' > tree/b
pack good.tar tree/a tree/b
cp good.tar bad.tar && poke bad.tar 600 'hidden'
judge 'bytes in the padding behind a member' 1 bad.tar good.tar 'any(.findings[]; .class == "unexplained" and .range.offset == 600 and .range.length == 6)'
cp good.tar bad.tar && printf 'behind the end' >> bad.tar
judge 'bytes behind the end' 1 bad.tar good.tar
cp good.tar bad.tar && poke bad.tar 500 'x'
judge 'bytes in the unused part of a header' 1 bad.tar good.tar
gzip -nc good.tar > good.gz
(printf '\037\213\010\020\0\0\0\0\0\003hidden comment\0'; tail -c +11 good.gz) > bad.gz
judge 'a comment in a gzip header' 1 bad.gz good.gz "$(fact comment unexplained)"
(cat good.gz; printf '' | gzip -nc) > bad.gz
judge 'an empty gzip member behind the first' 1 bad.gz good.gz
(cat good.gz; printf 'tail') > bad.gz
judge 'bytes behind a gzip stream' 1 bad.gz good.gz
zstd -q -c good.tar > good.zst
(printf '\120\052\115\030\006\0\0\0hidden'; cat good.zst) > bad.zst
judge 'a skippable zstd frame in front' 1 bad.zst good.zst
(cat good.zst; printf '\120\052\115\030\006\0\0\0hidden') > bad.zst
judge 'a skippable zstd frame behind' 1 bad.zst good.zst
xz -c -9e good.tar > other.xz && xz -c -0 good.tar > good.xz
judge 'the same content compressed in another way' 0 other.xz good.xz "$(fact recompressed explained)"
pack other.tar tree/a tree/b && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1800000000 --no-recursion -cf other.tar tree/a tree/b
judge 'another time' 0 other.tar good.tar "$(fact mtime explained)"
(cd tree && printf '%s\n' a b | cpio -o -H newc --quiet -R 0:0 > ../good.cpio)
judge 'the same entries in another kind of archive' 1 good.cpio good.tar "$(fact format unexplained)"
cp good.xz bad.xz && truncate -s -5 bad.xz
code=0 && "$assay" compare bad.xz good.xz > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || [ "$code" = 2 ] || fail "a cut-off stream: exit $code"
printf 'ok: %s: a cut-off stream is no pass\n' "$name"
mkdir a b && gzip -nc good.tar > a/x.gz && xz -c good.tar > b/x.gz
judge 'a file of a tree with the same name and another codec' 1 b a "$(fact recompressed unexplained)"
judge 'the image itself in another codec' 0 b/x.gz a/x.gz "$(fact recompressed explained)"
