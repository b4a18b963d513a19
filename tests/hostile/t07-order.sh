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
# of a file and an entry beneath its name an unpacker makes the first one
cat > above.py <<'END'
import io, sys, tarfile, zipfile
name, names = sys.argv[1], sys.argv[2:]
if name.endswith('.zip'):
    with zipfile.ZipFile(name, 'w') as archive:
        for entry in names:
            archive.writestr(zipfile.ZipInfo(entry, (2020, 1, 1, 0, 0, 0)), entry)
else:
    with tarfile.open(name, 'w', format=tarfile.USTAR_FORMAT) as archive:
        for entry in names:
            info = tarfile.TarInfo(entry)
            info.size = len(entry)
            archive.addfile(info, io.BytesIO(entry.encode()))
END
for kind in tar zip; do
    python3 above.py good.$kind a auth auth/skip
    python3 above.py other.$kind a auth/skip auth
    judge "a file and one beneath its name in another order ($kind)" 1 other.$kind good.$kind "$(fact order unexplained)"
    python3 above.py good.$kind a auth/one auth.two
    python3 above.py other.$kind auth.two auth/one a
    judge "files beside each other in another order ($kind)" 0 other.$kind good.$kind "$(fact order explained)"
done

# A plain file whose name ends in a slash is a directory to GNU tar, and a file to busybox.
python3 - <<'X'
import io, tarfile
def make(name, order, kind):
    with tarfile.open(name, 'w', format=tarfile.GNU_FORMAT) as out:
        for path in order:
            info = tarfile.TarInfo(path)
            info.type, info.mode, info.mtime = (kind if path == 'c/' else tarfile.REGTYPE), 0o755, 1700000000
            info.size = 0 if path == 'c/' else 4
            out.addfile(info, io.BytesIO(b'text'))
for name, kind in (('plain', tarfile.REGTYPE), ('real', tarfile.DIRTYPE)):
    make(name + '-expected.tar', ['a', 'c/d', 'c/'], kind)
    make(name + '-shipped.tar', ['a', 'c/', 'c/d'], kind)
X
judge 'another order, with a real directory' 0 real-shipped.tar real-expected.tar "$(fact order explained)"
judge 'another order, with a directory that is a file to others' 1 plain-shipped.tar plain-expected.tar "$(fact order unexplained)"
