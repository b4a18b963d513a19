#!/bin/sh
# T7: the order of members is free only where names are unique and nobody reads them in order; owners and modes never are.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && printf 'a' > tree/a && printf 'b' > tree/b
pack good.tar tree/a tree/b
pack other.tar tree/b tree/a
judge 'two files of a tar in another order' 0 other.tar good.tar "$(fact order explained)"
ln tree/a tree/hard
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf hard.tar tree/a tree/hard tree/b
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf hard2.tar tree/b tree/a tree/hard
judge 'an order that a hard link depends on' 1 hard2.tar hard.tar "$(fact order unexplained)"
rm tree/hard
(cd tree && printf '%s\n' a b | cpio -o -H newc --quiet -R 0:0 > ../good.cpio && printf '%s\n' b a | cpio -o -H newc --quiet -R 0:0 > ../other.cpio)
if cmp -s good.cpio other.cpio; then fail 'the two archives are one'; fi
judge 'an initramfs in another order' 1 other.cpio good.cpio
printf '2.0\n' > debian-binary && cp good.tar control.tar && cp good.tar data.tar
ar rcD good.deb debian-binary control.tar data.tar && ar rcD other.deb debian-binary data.tar control.tar
judge 'a package with its members exchanged' 1 other.deb good.deb "$(fact order unexplained)"
pack good.tar --transform 's,^tree/b$,tree//a,' tree/a tree/b
pack other.tar --transform 's,^tree/b$,tree//a,' tree/b tree/a
judge 'two names of one file in another order' 1 other.tar good.tar "$(fact order unexplained)"
