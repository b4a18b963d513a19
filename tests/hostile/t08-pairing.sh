#!/bin/sh
# T8: bytes are paired by place. Another name, a second entry of a name, or a name that imitates nesting is no match.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && printf 'first' > tree/a && printf 'other' > tree/b
pack good.tar tree/a tree/b
mkdir swap && mkdir swap/tree && cp tree/b swap/tree/a && cp tree/a swap/tree/b
(cd swap && pack ../bad.tar tree/a tree/b)
judge 'two files swapped' 1 bad.tar good.tar
pack bad.tar tree/a tree/b tree/a
judge 'a second entry of one name' 1 bad.tar good.tar "$(fact duplicate-name unexplained)"
pack bad.tar tree/a tree/b tree/a && cp bad.tar same.tar
judge 'the same duplicate on both sides, byte for byte' 0 bad.tar same.tar
pack bad.tar --transform 's,tree/b,tree//b,' tree/a tree/b
judge 'a name with an empty component' 1 bad.tar good.tar
pack bad.tar --transform 's,tree/b,tree/../tree/b,' -P tree/a tree/b
judge 'a name that goes up and down again' 1 bad.tar good.tar
printf 'inner' > x && pack inner.tar x && mkdir outer && cp inner.tar outer/in.tar
(cd outer && pack ../good2.tar in.tar)
mkdir -p 'fake/in.tar//' && printf 'inner' > fake/in.tar/x
(cd fake && pack ../bad2.tar --transform 's,in.tar/x,in.tar//x,' in.tar/x)
judge 'a path that imitates a container' 1 bad2.tar good2.tar
mv tree/b tree/c && pack bad.tar tree/a tree/c
judge 'a renamed file' 1 bad.tar good.tar 'any(.missing[]; .path == "tree/b")'
mv tree/c tree/b && gzip -nk tree/b && mkdir t1 t2 && cp tree/b.gz t1/ && gzip -dc tree/b.gz | xz -c > t2/b.xz
judge 'a file of a tree under the name of another compression' 1 t2 t1
