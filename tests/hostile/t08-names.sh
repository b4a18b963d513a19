#!/bin/sh
# T2, T7, T8: names that some unpackers take for others, and links that lead from outside of a scope into it: what is
# written there last is what the scope's name holds.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
cat > make.py <<'EOF'
import io, struct, tarfile, zlib


def zip_file(name, members):
    local, central = b'', b''
    for raw, flags, content in members:
        head = struct.pack('<HHHHHIIIHH', 20, flags, 0, 0x6062, 0x5022, zlib.crc32(content), len(content), len(content), len(raw), 0)
        central += b'PK\1\2' + struct.pack('<H', 20 | 3 << 8) + head
        central += struct.pack('<HHHII', 0, 0, 0, 0o100644 << 16, len(local)) + raw
        local += b'PK\3\4' + head + raw + content
    end = struct.pack('<HHHHIIH', 0, 0, len(members), len(members), len(central), len(local), 0)
    with open(name, 'wb') as out:
        out.write(local + central + b'PK\5\6' + end)


def tar_file(name, members):
    """Content of a file; or a kind of link, and where it leads."""
    with tarfile.open(name, 'w', format=tarfile.USTAR_FORMAT) as out:
        for raw, kind, content in members:
            info = tarfile.TarInfo(raw.decode())
            if kind:
                info.type, info.linkname = kind, content.decode()
                out.addfile(info)
            else:
                info.size = len(content)
                out.addfile(info, io.BytesIO(content))


def both(name, make, raw, flags=0, good=(b'etc/conf', 0, b'good')):
    make(name + '-good', [(raw, flags, b'evil'), good])
    make(name + '-other', [good, (raw, flags, b'evil')])
    make(name + '-changed', [(raw, flags, b'EVIL'), good])
    make(name + '-alone', [good])


both('version.zip', zip_file, b'etc/conf;1')
both('drive.zip', zip_file, b'C:/etc/conf')
both('slash.zip', zip_file, b'etc\\conf')
both('charset.zip', zip_file, 'etc/c\u251c\u2562nf'.encode(), 0x800, ('etc/c\u00f6nf'.encode(), 0, b'good'))
both('plain.zip', zip_file, b'etc/more')
both('drive.tar', tar_file, b'C:/etc/conf')
both('bare-drive.tar', tar_file, b'c:etc/conf')
both('slash.tar', tar_file, b'\\etc/conf')
both('divided.tar', tar_file, b'etc\\conf')
both('inner-slash.tar', tar_file, b'etc/a\\x2db')
both('plain.tar', tar_file, b'etc/more')
both('unseen.tar', tar_file, 'etc/c\u200conf'.encode())
both('marked.tar', tar_file, 'etc/conf\ufe0f'.encode())
both('letters.tar', tar_file, 'etc/c\u00f6nf'.encode())
both('stream.tar', tar_file, b'etc/conf::$DATA')
both('directory.tar', tar_file, b'etc:$I30:$INDEX_ALLOCATION/conf')
both('colons.tar', tar_file, b'etc/conf::DATA')

conf, after = (b'etc/conf', 0, b'good'), (b'zz', 0, b'evil')
symbolic, hard = tarfile.SYMTYPE, tarfile.LNKTYPE
tar_file('good', [conf])
tar_file('links-good', [conf, (b'zz', symbolic, b'etc/conf')])
tar_file('through', [conf, (b'zz', symbolic, b'etc/conf'), after])
tar_file('through-hard', [conf, (b'zz', symbolic, b'etc/conf'), (b'zz', hard, b'other'), after])
tar_file('dots', [conf, (b'zz', hard, b'./etc/conf'), after])
tar_file('around', [conf, (b'zz', hard, b'other/../etc/conf'), after])
tar_file('by-link', [conf, (b'l', symbolic, b'etc'), (b'zz', hard, b'l/conf'), after])
tar_file('to-link', [conf, (b'l', symbolic, b'etc/conf'), (b'zz', hard, b'l'), after])
tar_file('empty', [conf, (b'zz', tarfile.REGTYPE, b'etc/conf')])
tar_file('empty-plain', [conf, (b'zz', 0, b'')])
tar_file('empty-elsewhere', [conf, (b'zz', tarfile.REGTYPE, b'etc/other')])
tar_file('upwards', [conf, (b'bin/x/../etc/conf', 0, b'evil')])
tar_file('link-upwards', [conf, (b'zz', hard, b'bin/x/../etc/conf')])
tar_file('link-slashes', [conf, (b'zz', hard, b'bin/x/..//etc/conf')])
zip_file('zip-good', [conf])
for number, way in enumerate((b'bin/x/../etc/conf', b'etc/..//conf', b'x/.../etc/conf')):
    zip_file('zip-upwards%d' % number, [conf, (way, 0, b'evil')])
tar_file('elsewhere', [conf, (b'l', symbolic, b'usr'), (b'zz', hard, b'usr/conf'), after])
EOF
python3 make.py

any_order
# other FILE STORY CODE
other() {
    judge "$2, in another order" "$3" "$1-other" "$1-good"
    judge "$2, in the same order" 0 "$1-good" "$1-good"
    judge "$2, with other content" 1 "$1-changed" "$1-good"
}
other version.zip 'a zip with a version in a name' 1
other drive.zip 'a zip with a drive in a name' 1
other slash.zip 'a zip with a backslash in a name' 1
other charset.zip 'a zip with two names that are one in another charset' 1
other plain.zip 'a zip with two plain names' 0
other drive.tar 'a tar with a drive in a name' 1
other slash.tar 'a tar with a backslash in front of a name' 1
other unseen.tar 'a tar with a letter that HFS+ leaves out' 1
other marked.tar 'a tar with a letter that ext4 with casefold leaves out' 1
other letters.tar 'a tar with another letter' 0
other stream.tar 'a tar with the stream of NTFS that is the file' 1
other directory.tar 'a tar with the stream of NTFS that is the directory' 1
other colons.tar 'a tar with colons that say nothing' 0
other inner-slash.tar 'a tar with a backslash that nobody takes off' 0

# scoped STORY CODE SHIPPED EXPECTED
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope etc/conf > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
for kind in version.zip drive.zip drive.tar bare-drive.tar slash.tar divided.tar; do
    scoped "$kind: an addition that some put into the scope" 1 "$kind-other" "$kind-alone"
    scoped "$kind: the same on both sides" 0 "$kind-other" "$kind-other"
done
for kind in unseen marked stream directory; do
    scoped "$kind: an addition that is the file on some disk" 1 "$kind.tar-other" "$kind.tar-alone"
done
for kind in plain letters colons; do scoped "$kind: an addition beside the scope" 0 "$kind.tar-other" "$kind.tar-alone"; done
scoped 'a link into the scope, and no entry of its name' 0 links-good links-good
scoped 'an entry behind a link of its name into the scope' 1 through good
scoped 'the same behind a hard link of that name' 1 through-hard good
scoped 'a hard link into the scope by a target with a dot' 1 dots good
scoped 'a hard link into the scope by way of another directory' 1 around good
scoped 'a hard link into the scope by way of a symbolic link' 1 by-link good
scoped 'a hard link to a symbolic link into the scope' 1 to-link good
scoped 'links that lead elsewhere' 0 elsewhere good
# BusyBox makes a hard link of a file of size 0 that has a link name
scoped 'an empty file with a link name into the scope' 1 empty good
scoped 'the same where the rebuild has the file without it' 1 empty empty-plain
scoped 'the same on both sides' 0 empty empty
scoped 'an empty file with another link name' 0 empty-elsewhere good
# BusyBox and jar, and GNU tar for the targets of links, leave out all that stands before the last way upwards
scoped 'a name that leads upwards' 1 upwards good
scoped 'a hard link whose target leads upwards' 1 link-upwards good
scoped 'the same with another slash' 1 link-slashes good
for number in 0 1 2; do
    scoped "a name of a zip that leads upwards, $number" 1 "zip-upwards$number" zip-good
done
