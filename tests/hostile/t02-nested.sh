#!/bin/sh
# T2: what a scope names in an archive within another comes out of that as it comes out of the outer one: a second entry of the
# outer archive by its name, a hard link to it, its place and the directory that it needs decide as they do for an entry that is
# named itself. Everything else there is nobody's business.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 xz gzip; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done

# scoped STORY CODE SHIPPED EXPECTED: with a scope in the inner archive
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope "$scope" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}

cat > make.py <<'END'
import gzip, io, lzma, sys, tarfile

def tar(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.mtime = 1700000000
            if isinstance(data, str):
                info.type, info.linkname = tarfile.LNKTYPE, data
                archive.addfile(info)
                continue
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()

def newc(name, data, inode, mode, links):
    text = name.encode() + b'\0'
    head = b'070701' + b''.join(b'%08X' % one for one in (inode, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(text), 0)) + text
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)

good = gzip.compress(tar([('bin/app', b'the honest program\n')]), mtime=0)
evil = tar([('bin/app', b'another program\n')])
name, other = 'rootfs.tar.gz', ('other', b'other\n')
made = {
    'good': [(name, good), other],
    'beside': [(name, good), ('other', b'changed\n')],
    'codec': [(name, good), other, (name, lzma.compress(evil))],
    'dot': [(name, good), other, ('.//' + name, b'no archive\n')],
    'capitals': [(name, good), other, ('ROOTFS.tar.gz', b'no archive\n')],
    'link': [(name, good), ('y', gzip.compress(evil, mtime=0)), (name, 'y')],
    'linked': [('y', good), (name, 'y'), ('y', b'no archive\n')],
    'beneath': [(name, good), other, (name + '/x', b'makes a directory\n')],
}
for kind, entries in made.items():
    open(kind + '.tar', 'wb').write(tar(entries))

module, end = lzma.compress(b'honest module\n'), newc('TRAILER!!!', b'', 0, 0, 1)
folder, file = newc('lib', b'', 1, 0o40755, 2), newc('lib/m.ko.xz', module, 2, 0o100644, 1)
again = newc('lib/m.ko.xz', gzip.compress(b'another module\n', mtime=0), 3, 0o100644, 1)
def linked(inode):
    return folder + newc('lib/m.ko.xz', module, 5, 0o100644, 2) + newc('x', b'another\n', inode, 0o100644, 2) + end
for kind, data in {'good': folder + file + end, 'twice': folder + file + again + end, 'second': folder + file + end + folder + again + end,
                   'no-directory': file + end, 'late': folder + end + file + end, 'link': linked(5), 'no-link': linked(6)}.items():
    open(kind + '.cpio', 'wb').write(data)
END
python3 make.py
scope='rootfs.tar.gz//#gzip//bin/app'
scoped 'another file of the outer archive' 0 beside.tar good.tar
for kind in codec dot capitals link beneath; do
    scoped "the archive in it again: $kind" 1 $kind.tar good.tar
done
scoped 'the archive in it as a link to an entry that comes again' 2 linked.tar good.tar
scope='lib/m.ko.xz//#xz'
for kind in twice second no-directory late; do
    scoped "a module in an initramfs: $kind" 1 $kind.cpio good.cpio
done
scoped 'another entry of the same inode' 1 link.cpio no-link.cpio
scoped 'another entry of another inode' 0 no-link.cpio no-link.cpio
