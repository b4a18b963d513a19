#!/bin/sh
# T6: of a Debian package control.tar and data.tar alone may have another compression, and its suffix in the name; any other
# member by another name is another file.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

mkdir tree && seq 1 5000 > tree/numbers
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 --sort=name -cf data.tar -C tree .
cp data.tar control.tar && cp data.tar _extra.tar && cp data.tar _notes
printf '2.0\n' > debian-binary
for member in control.tar data.tar _extra.tar _notes; do
    xz -k "$member" && gzip -kn "$member"
done
# package FILE MEMBER...
package() { ar rcD "$@"; }
package good.deb debian-binary control.tar.xz data.tar.xz _extra.tar.xz
package data.deb debian-binary control.tar.xz data.tar.gz _extra.tar.xz
package control.deb debian-binary control.tar.gz data.tar.xz _extra.tar.xz
package extra.deb debian-binary control.tar.xz data.tar.xz _extra.tar.gz
judge 'data.tar of another compression' 0 data.deb good.deb "$(fact recompressed explained)"
judge 'control.tar of another compression' 0 control.deb good.deb "$(fact recompressed explained)"
judge 'another member of another compression' 1 extra.deb good.deb 'any(.missing[]; .path == "_extra.tar.xz")'
package notes.deb debian-binary control.tar.xz data.tar.xz _notes.xz
package other.deb debian-binary control.tar.xz data.tar.xz _notes.gz
judge 'a member that is no archive' 1 other.deb notes.deb 'any(.missing[]; .path == "_notes.xz")'
# To BusyBox it is a package wherever `debian-binary` stands, and to dpkg none: nothing is opened in it.
package late.deb control.tar.xz debian-binary data.tar.xz
package later.deb control.tar.xz debian-binary data.tar.gz
judge 'a package that does not begin as one' 1 later.deb late.deb 'any(.reasons[]; contains("debian-binary that is not the first"))'
judge 'a package that does not begin as one, as the rebuild has it' 0 late.deb late.deb '.verdict == "identical"'
