#!/bin/sh
# T7: the order of members is free only where a policy says that nobody reads them in order, and names are unique; owners and
# modes never are.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && printf 'a' > tree/a && printf 'b' > tree/b
pack good.tar tree/a tree/b
pack other.tar tree/b tree/a
# hint: whether the last text says how a policy accepts it
hint() { tr -s ' \n' ' ' < said.txt | grep -qF 'only a policy that names member-order in require.rules accepts it'; }
judge 'two files of a tar in another order, and nobody says that it is nothing' 1 other.tar good.tar "$(fact order unexplained)"
hint || fail 'the text does not say which policy accepts another order'
printf 'policy: 1\nrequire: {expected: path}\n' > none.policy
printf 'policy: 1\nrequire: {expected: path, rules: [rewritten, container-time, recompressed]}\n' > others.policy
for policy in none others; do
    compared "the same under $policy.policy" 1 "$(fact order unexplained)" other.tar good.tar --policy $policy.policy
done
compared 'the same, in a scope with both' 1 "$(fact order unexplained)" other.tar good.tar --scope 'tree/**'
compared 'in a scope with one of both' 0 true other.tar good.tar --scope tree/a
any_order
judge 'two files of a tar in another order' 0 other.tar good.tar "$(fact order explained)"
code=0
"$assay" gate --policy none.policy report.json --trust-report --image other.tar > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || fail "the gate, under a policy without the rule: exit $code, expected 1"
grep -qF member-order said.txt || fail 'the gate does not name the rule'
"$assay" gate --policy any-order.policy report.json --trust-report --image other.tar > said.txt 2>&1 || fail 'the gate, under the same policy'
compared 'in a scope with both' 0 true other.tar good.tar --scope 'tree/**'
ln tree/a tree/hard
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf hard.tar tree/a tree/hard tree/b
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf hard2.tar tree/b tree/a tree/hard
judge 'an order that a hard link depends on' 1 hard2.tar hard.tar "$(fact order unexplained)"
if hint; then fail 'the text promises that a policy accepts an order that a hard link depends on'; fi
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

# A zip has an order of its own in the file, beside that of its directory: whoever reads a stream goes by it. And the
# method of an entry is what readers refuse an archive by.
cat > bodies.py <<'END'
import bz2, struct, sys, zlib
def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()
def write(name, bodies, directory, method):
    out, central = b'', {}
    for entry in bodies:
        data = entry.encode() * 9
        packed = {0: data, 8: deflate(data), 12: bz2.compress(data)}[method]
        head = struct.pack('<HHHHHIIIHH', 20, 0, method, 0, 0x5021, zlib.crc32(data), len(packed), len(data), len(entry), 0)
        central[entry] = (b'PK\1\2' + struct.pack('<H', 0x314) + head + struct.pack('<HHHII', 0, 0, 0, 0o100644 << 16, len(out))
                          + entry.encode())
        out += b'PK\3\4' + head + entry.encode() + packed
    listing = b''.join(central[entry] for entry in directory)
    open(name, 'wb').write(out + listing + struct.pack('<4sHHHHIIH', b'PK\5\6', 0, 0, len(bodies), len(bodies), len(listing), len(out), 0))
write('free-e.zip', ['a', 'b'], ['a', 'b'], 8)
write('free-s.zip', ['b', 'a'], ['a', 'b'], 8)
write('bound-e.zip', ['a', 'a/b'], ['a', 'a/b'], 8)
write('bound-s.zip', ['a/b', 'a'], ['a', 'a/b'], 8)
for name, bodies in (('document-e.zip', ['mimetype', 'a']), ('document-s.zip', ['a', 'mimetype'])):
    write(name, bodies, ['mimetype', 'a'], 0)
write('bzip2.zip', ['a', 'b'], ['a', 'b'], 12)
write('stored.zip', ['a', 'b'], ['a', 'b'], 0)
END
python3 bodies.py
judge 'bodies of a zip in another order' 0 free-s.zip free-e.zip "$(fact order explained)"
judge 'bodies of a zip in another order, one beneath the other' 1 bound-s.zip bound-e.zip "$(fact order unexplained)"
judge 'the type of a document behind a file, in the file alone' 1 document-s.zip document-e.zip "$(fact order unexplained)"
judge 'a zip of another method' 1 bzip2.zip free-e.zip "$(fact method unexplained)"
judge 'a zip that was stored' 1 free-e.zip stored.zip "$(fact method unexplained)"

# dpkg knows fewer suffixes of the one archive than of the other
printf '2.0\n' > debian-binary && pack control.tar tree/a && pack data.tar tree/b
for suffix in gz xz bz2; do
    case $suffix in gz) by='gzip -n' ;; xz) by=xz ;; bz2) by=bzip2 ;; esac
    $by -kf control.tar && $by -kf data.tar
    ar rcD control-$suffix.deb debian-binary control.tar.$suffix data.tar.gz && ar rcD data-$suffix.deb debian-binary control.tar.gz data.tar.$suffix
done
judge 'a package whose control archive dpkg reads' 0 control-xz.deb control-gz.deb
judge 'a package whose control archive dpkg refuses' 1 control-bz2.deb control-gz.deb
judge 'a package with bzip2 where dpkg reads it' 0 data-bz2.deb data-gz.deb

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
    make(name + '-expected.tar', ['a', 'c/', 'c/d'], kind)
    make(name + '-shipped.tar', ['c/', 'c/d', 'a'], kind)
X
judge 'another order, with a real directory' 0 real-shipped.tar real-expected.tar "$(fact order explained)"
judge 'another order, with a directory that is a file to others' 1 plain-shipped.tar plain-expected.tar "$(fact order unexplained)"

# --- a directory's own entry before or behind what lies in it ---
# Who comes to a file first makes the directory with a mode of his own, and may leave it so (unzip, busybox, bsdtar but for
# root, for whom it is so with default access control lists); and what comes into a directory takes these and its group.
cat > beneath.py <<'X'
import io, sys, tarfile, zipfile
name, paths = sys.argv[1], sys.argv[2:]
acl = {'SCHILY.acl.default': 'user::rw-,group::---,other::---'}
zipped = name.endswith('.zip')
with zipfile.ZipFile(name, 'w') if zipped else tarfile.open(name, 'w', format=tarfile.PAX_FORMAT) as out:
    for path in paths:
        path, _, other = path.partition('=')
        folder = path.endswith('/')
        mode, data = int(other, 8) if other else 0o700 if folder else 0o644, b'' if folder else path.encode()
        if zipped:
            info = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, (0o40000 if folder else 0o100000) + mode << 16 | (16 if folder else 0)
            out.writestr(info, data)
            continue
        info = tarfile.TarInfo(path.rstrip('/'))
        info.mode, info.size, info.mtime = mode, len(data), 1700000000
        info.type = tarfile.DIRTYPE if folder else tarfile.REGTYPE
        info.pax_headers = acl if folder else {}
        out.addfile(info, io.BytesIO(data))
X
# order KIND ENTRY... : the archive of these
order() {
    file=$1
    shift
    python3 beneath.py "$file" "$@"
}
# scoped STORY CODE SCOPE SHIPPED EXPECTED: of this and of the file x
scoped() {
    code=0
    "$assay" compare "$4" "$5" --scope "$3" --scope x --policy any-order.policy --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    [ "$code" = 0 ] || jq -e "$(fact order unexplained)" report.json > /dev/null || fail "$1: no fact order"
    printf 'ok: %s: %s\n' "$name" "$1"
}
# Owners are looked up by name in the list of users that is there by then.
# users FILE OWNER ENTRY...
users() {
    python3 - "$@" <<'X'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.GNU_FORMAT) as tar:
    for name in sys.argv[3:]:
        entry = tarfile.TarInfo(name)
        entry.uname, entry.gname, entry.size = sys.argv[2], 'root', len(name)
        tar.addfile(entry, io.BytesIO(name.encode()))
X
}
for owner in service root; do
    users good.tar $owner etc/passwd bin/tool bin/x
    users other.tar $owner bin/tool bin/x etc/passwd
    case $owner in root) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    judge "a list of users behind files of $owner" $code other.tar good.tar "$(fact order $class)"
done

# Of a jar that is read as a stream the manifest counts in its place alone, whatever its capitals.
order good.zip meta-inf/ meta-inf/Manifest.MF a b
order other.zip meta-inf/ a meta-inf/Manifest.MF b
order files.zip meta-inf/ meta-inf/Manifest.MF b a
judge 'the manifest of a jar, in small letters, behind a file' 1 other.zip good.zip "$(fact order unexplained)"
order signed.zip meta-inf/Manifest.MF META-INF/K.SF META-INF/K.RSA a b
order late.zip meta-inf/Manifest.MF a b META-INF/K.SF META-INF/K.RSA
judge 'the signatures of a jar behind its files' 1 late.zip signed.zip "$(fact order unexplained)"
judge 'the files of a jar in another order' 0 files.zip good.zip "$(fact order explained)"

# The metadata of a gem are one thing, packed or not: the later counts.
order good.tar metadata metadata.gz data.tar.gz x
order other.tar metadata.gz metadata data.tar.gz x
order files.tar metadata metadata.gz x data.tar.gz
judge 'two metadata of a gem in another order' 1 other.tar good.tar "$(fact order unexplained)"
judge 'other files of a gem in another order' 0 files.tar good.tar "$(fact order explained)"

# Links that the device has by itself make one file of two names.
for names in 'tmp/log/x var/log/x' 'tmp/x var/tmp/x' 'tmp/etc/x var/etc/x' 'system/etc/x etc/x' 'vendor/x system/vendor/x'; do
    order good.tar "${names#* }" y "${names% *}"
    order other.tar "${names% *}" y "${names#* }"
    judge "$names: one file by links of the device" 1 other.tar good.tar "$(fact order unexplained)"
done
order good.tar var/log/x y etc/x tmp/z
order other.tar tmp/z etc/x y var/log/x
judge 'files of several directories that are links' 0 other.tar good.tar "$(fact order explained)"

# The first directory for a board is the one that is written to flash.
order good.tar sysupgrade-a/ sysupgrade-a/kernel sysupgrade-b/ sysupgrade-b/rootfs
order other.tar sysupgrade-b/ sysupgrade-b/rootfs sysupgrade-a/ sysupgrade-a/kernel
judge 'two boards of an upgrade in another order' 1 other.tar good.tar "$(fact order unexplained)"

# npm takes the first component off each name, and so does who says --strip-components=1.
order good.tar package/ package/index.js package/a examples/ examples/index.js
order other.tar package/ package/a examples/ examples/index.js package/index.js
judge 'two files of one name behind the first component' 1 other.tar good.tar "$(fact order unexplained)"
order good.tar package/ package/lib/ package/lib/a examples/ examples/lib/ examples/lib/b
order other.tar examples/ examples/lib/ examples/lib/b package/ package/lib/ package/lib/a
judge 'two directories of one name behind the first component' 0 other.tar good.tar "$(fact order explained)"
order good.tar package/ package/lib/=755 package/lib/a examples/ examples/lib/=777 examples/lib/b
order other.tar examples/ examples/lib/=777 examples/lib/b package/ package/lib/=755 package/lib/a
judge 'two such directories of other modes' 1 other.tar good.tar "$(fact order unexplained)"

# In scope as well, whose order is free otherwise.
order good.zip META-INF/MANIFEST.MF x y
order other.zip x META-INF/MANIFEST.MF y
scoped 'the manifest of a jar in scope, behind a file' 1 META-INF/MANIFEST.MF other.zip good.zip
for kind in tar zip; do
    order good.$kind x keys/ keys/a keys/b/ keys/b/c
    order files.$kind keys/ keys/b/ keys/b/c keys/a x
    judge "what lies in a directory in another order ($kind)" 0 files.$kind good.$kind "$(fact order explained)"
    order late.$kind x keys/a keys/ keys/b/ keys/b/c
    judge "a directory behind a file in it ($kind)" 1 late.$kind good.$kind "$(fact order unexplained)"
    judge "a directory that comes before a file in it again ($kind)" 1 good.$kind late.$kind "$(fact order unexplained)"
    judge "a directory behind a file in it, as the rebuild has it ($kind)" 0 late.$kind late.$kind
    order deep.$kind x keys/b/c keys/ keys/a keys/b/
    judge "directories behind a file deep in them ($kind)" 1 deep.$kind good.$kind "$(fact order unexplained)"
    order capital.$kind x KEYS/a keys/ keys/b/ keys/b/c
    order capital-good.$kind x keys/ KEYS/a keys/b/ keys/b/c
    judge "a directory that only a disk without capitals has for a file ($kind)" 1 capital.$kind capital-good.$kind "$(fact order unexplained)"
    # with a scope: the directory, or what lies in it
    scoped "a directory in scope, all in its order ($kind)" 0 keys good.$kind good.$kind
    scoped "a directory in scope, its files in another order ($kind)" 0 keys files.$kind good.$kind
    scoped "a directory in scope, behind a file that is not ($kind)" 1 keys late.$kind good.$kind
    scoped "a file in scope, before its directory ($kind)" 1 keys/a late.$kind good.$kind
    scoped "another file in scope, in the same place ($kind)" 0 x late.$kind good.$kind
    order added.$kind x keys/new keys/ keys/a keys/b/ keys/b/c
    scoped "a directory in scope, behind a file that is added ($kind)" 1 keys added.$kind good.$kind
    order behind.$kind x keys/ keys/new keys/a keys/b/ keys/b/c
    scoped "a directory in scope, before a file that is added ($kind)" 0 keys behind.$kind good.$kind
    order none.$kind x keys/ keys/b/ keys/b/c
    scoped "a directory in scope, no longer behind a file ($kind)" 1 keys none.$kind late.$kind
done

# --- a tar that is a disk, or an ISO 9660 image, as well ---
# What is form to one reader is content to the other: members are partitions, and their times lie in files.
cat > also.py <<'X'
import struct, sys
name, what, order, time = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
def header(name, size, tail=b''):
    f = lambda value, width: b'%0*o\0' % (width - 1, value)
    text = name.encode().ljust(100, b'\0') + f(0o644, 8) + f(0, 8) * 2 + f(size, 12) + f(time, 12) + b' ' * 8 + b'0'
    text = (text.ljust(257, b'\0') + b'ustar\00000').ljust(446, b'\0') + tail
    text = text.ljust(512, b'\0')
    return text[:148] + b'%06o\0 ' % sum(text) + text[156:]
part = lambda first: bytes([0x80 if first == 65 else 0, 0, 0, 0, 0x83, 0, 0, 0]) + struct.pack('<II', first, 1)
table = part(65) + part(67) + bytes(32) + b'\x55\xaa' if what == 'disk' else b''
boot = bytearray(63 * 512 + 2048)
if what == 'iso':
    boot[32768 - 512:32768 - 512 + 7] = b'\1CD001\1'
boot = bytes(boot[:63 * 512]) if what == 'disk' else bytes(boot)
slots = {slot: header('slot-' + slot, 512) + slot.encode() * 512 for slot in 'ab'}
with open(name, 'wb') as out:
    out.write(header('boot', len(boot), table) + boot + slots[order[0]] + slots[order[1]] + bytes(1024))
X
for what in plain disk iso; do
    python3 also.py good.tar $what ab 1700000000
    python3 also.py other.tar $what ba 1700000000
    python3 also.py times.tar $what ab 1700000001
    case $what in plain) wanted=0 class=explained ;; *) wanted=1 class=unexplained ;; esac
    judge "a tar ($what), and itself" 0 good.tar good.tar '.verdict == "identical" and .image.format == "tar"'
    judge "a tar ($what), its members in another order" $wanted other.tar good.tar "$(fact order $class)"
    judge "a tar ($what), its members of another time" $wanted times.tar good.tar "$(fact mtime $class)"
done

# A header of pax is a file to who does not know pax (GRUB): of the name of a member it is that file if it stands first.
cat > pax.py <<'X'
import sys, tarfile
out, name, order, members = sys.argv[1], sys.argv[2], sys.argv[3], {}
def header(name, size, kind):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mtime = size, kind, 1700000000
    return info.tobuf(tarfile.USTAR_FORMAT)
pad = lambda text: text + bytes(-len(text) % 512)
members['a'] = header('boot/conf', 5, b'0') + pad(b'good\n')
record = b'24 comment=another text\n'
members['b'] = header(name, len(record), b'x') + pad(record) + header('boot/zzz', 2, b'0') + pad(b'x\n')
open(out, 'wb').write(header('boot/', 0, b'5') + b''.join(members[one] for one in order) + bytes(1024))
X
for name_of in boot/conf boot/PaxHeaders/zzz; do
    python3 pax.py good.tar $name_of ab
    python3 pax.py other.tar $name_of ba
    python3 pax.py alone.tar $name_of a
    case $name_of in boot/conf) wanted=1 class=unexplained ;; *) wanted=0 class=explained ;; esac
    judge "a header of pax called $name_of, in another order" $wanted other.tar good.tar "$(fact order $class)"
    code=0
    "$assay" compare other.tar alone.tar --scope boot/conf > said.txt 2>&1 || code=$?
    [ "$code" = $wanted ] || fail "in scope, a header of pax called $name_of: exit $code, expected $wanted"
done

# Some readers end at an entry and others read on: what stands behind it is there for these alone.
cat > ender.py <<'X'
import sys, tarfile
out, kind, order = sys.argv[1:4]
def header(name, size, type_, form=tarfile.USTAR_FORMAT):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mtime = size, type_, 1700000000
    return info.tobuf(form)
def sum_again(block):
    block = block[:148] + b' ' * 8 + block[156:]
    return block[:148] + b'%06o\0 ' % sum(block) + block[156:]
pad = lambda text: text + bytes(-len(text) % 512)
members = {'a': header('etc/app', 5, b'0') + pad(b'good\n')}
plain = header('etc/zzz', 2, b'0')
if kind == 'old':  # before POSIX: no magic
    members['b'] = sum_again(plain[:257] + bytes(255)) + pad(b'x\n')
elif kind == 'empty':  # a header of pax without a name of its own
    record = b'16 path=etc/zzz\n'
    members['b'] = header('', len(record), b'x') + pad(record) + header('short', 2, b'0') + pad(b'x\n')
elif kind == 'sparse':
    block = bytearray(header('etc/zzz', 2, b'S', tarfile.GNU_FORMAT))
    block[386:410] = b'%011o\0%011o\0' % (0, 2)
    block[482:483] = b'\0'
    block[483:495] = b'%011o\0' % 2
    members['b'] = sum_again(bytes(block)) + pad(b'x\n')
else:
    members['b'] = plain + pad(b'x\n')
open(out, 'wb').write(header('etc/', 0, b'5') + b''.join(members[one] for one in order) + bytes(1024))
X
for kind in plain old empty sparse; do
    python3 ender.py good.tar $kind ab
    python3 ender.py other.tar $kind ba
    python3 ender.py alone.tar $kind a
    case $kind in plain) wanted=0 class=explained ;; *) wanted=1 class=unexplained ;; esac
    judge "$kind: a member in front of another" $wanted other.tar good.tar "$(fact order $class)"
    # BusyBox ends there with what it has to do last, as links, so that behind the scope it is no better
    behind=0
    [ $kind != old ] || behind=1
    for sides in "other.tar alone.tar $wanted" "other.tar good.tar $wanted" "good.tar alone.tar $behind" "other.tar other.tar 0"; do
        # shellcheck disable=SC2086 # words
        set -- $sides
        code=0
        "$assay" compare "$1" "$2" --scope etc/app > said.txt 2>&1 || code=$?
        [ "$code" = "$3" ] || { cat said.txt >&2; fail "$kind, in scope, $1 against $2: exit $code, expected $3"; }
    done
done

# A package is read until its files begin: a script behind the first of them is none. What says so of itself is the name.
mkdir -p package
printf 'pkgname = x\n' > package/.PKGINFO
printf 'post_install() { passwd -l default; }\n' > package/.INSTALL
echo tool > package/tool
cp package/.PKGINFO package/notes
cp package/.PKGINFO package/mimetype
pack_package() { tar --owner=0 --group=0 --numeric-owner --mtime=@1000 --format=ustar -C package -cf "$@"; }
pack_package good.tar .PKGINFO .INSTALL tool
pack_package other.tar .PKGINFO tool .INSTALL
judge 'a script of a package behind its files' 1 other.tar good.tar "$(fact order unexplained)"
pack_package good.tar notes .INSTALL tool
pack_package other.tar notes tool .INSTALL
judge 'the same in what is no package' 0 other.tar good.tar "$(fact order explained)"
pack_package good.tar mimetype notes tool
pack_package other.tar notes mimetype tool
judge 'the type of a document behind another file' 1 other.tar good.tar "$(fact order unexplained)"
pack_package other.tar mimetype tool notes
judge 'other files behind the type of a document' 0 other.tar good.tar "$(fact order explained)"
