#!/bin/sh
# T4: a small image that names one content many times is no week of work: it ends by the limit `ratio`, which is named, and within
# seconds of processor time; and what several files share is read right, and once.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# Many sections of code that are the same bytes of the file: each byte is aligned and disassembled once.
python3 - <<'END'
import struct
size, count = 200000, 3000
def section(name, kind, flags, address, offset, length):
    return struct.pack('<IIQQQQIIQQ', name, kind, flags, address, offset, length, 0, 0, 1, 0)
def make(path, step):
    names, offset, code = b'\0.text\0.shstrtab\0', 120, bytearray(b'\x90' * size)
    for at in range(0, size, step) if step else ():
        code[at] = 0xcc
    sections = [section(0, 0, 0, 0, 0, 0)] + [section(1, 1, 6, 0x400000, offset, size)] * count + [section(7, 3, 0, 0, offset + size, len(names))]
    out = bytearray(b'\x7fELF\2\1\1' + b'\0' * 9 + struct.pack('<HHIQQQIHHHHHH', 2, 62, 1, 0x400000, 64, 0, 0, 64, 56, 1, 64, len(sections), len(sections) - 1))
    out += struct.pack('<IIQQQQQQ', 1, 5, offset, 0x400000, 0x400000, size, size, 1) + bytes(code) + names
    out += b'\0' * (-len(out) % 8)
    struct.pack_into('<Q', out, 40, len(out))
    open(path, 'wb').write(out + b''.join(sections))
make('shared.expected', 0)
make('shared.shipped', 20000)
END
code=0
timeout -k 5 40 "$assay" compare shared.shipped shared.expected --quiet > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || { cat said.txt >&2; fail "sections that are the same bytes: exit $code, expected 1"; }
printf 'ok: %s: sections that are the same bytes\n' "$name"


# squash DIRECTORY FILE
squash() { mksquashfs "$1" "$2" -noappend -no-progress -all-root -no-xattrs -mkfs-time 1 -all-time 1 -b 128K > /dev/null; }

# bomb STORY FILE [WORDS]: what the image decodes to is far beyond it, and that, or something else, is said soon
bomb() {
    code=0
    prlimit --cpu=30 "$assay" inspect "$2" > said.txt 2>&1 || code=$?
    [ "$code" = 2 ] || { head -n 4 said.txt >&2; fail "$1: exit $code, expected 2"; }
    tr -s '\n ' '  ' < said.txt | grep -qF "${3:-limit ratio (2000 times) hit: an image that decodes to more}" || { head -n 4 said.txt >&2; fail "$1: it is not said"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}

mkdir bomb
head -c 4000000 /dev/zero | tr '\0' a > bomb/file
python3 -c 'import os
for i in range(20000): os.link("bomb/file", "bomb/l%d" % i)'
squash bomb links.squashfs
[ "$(stat -c %s links.squashfs)" -lt 100000 ] || fail 'the image of links is no small one'
bomb 'many names of one inode' links.squashfs

rm -r bomb && mkdir bomb
python3 -c 'import os
for i in range(150): open("bomb/f%d" % i, "wb").write(b"a" * 4000000)'
squash bomb copies.squashfs
bomb 'many inodes of the same blocks' copies.squashfs

# an archive of entries that lie over one another is refused before the one stream is decoded for each of them
cat > overlap.py <<'END'
import struct, sys, zlib
data = zlib.compressobj(9, zlib.DEFLATED, -15)
raw = b"a" * 50000000
body = data.compress(raw) + data.flush()
fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(raw), len(body), len(raw), 1, 0)
out = b"PK\3\4" + fields + b"f" + body
start = len(out)
count = 2000
for i in range(count):
    out += b"PK\1\2" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"f"
out += b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(out) - start, start, 0)
open(sys.argv[1], "wb").write(out)
END
python3 overlap.py overlap.zip
bomb 'entries of a zip over one another' overlap.zip 'entries that overlap'

# a tar of names of one file holds it once
mkdir honest && head -c 300000 /dev/urandom > honest/program
for i in $(seq 400); do ln honest/program "honest/applet$i"; done
cp honest/program honest/copy
{ cat honest/program && printf end; } > honest/longer
printf end > honest/end
printf end > honest/end-too
: > honest/empty
: > honest/empty-too
truncate -s 1000000 honest/hole
squash honest honest.squashfs
(cd honest && sha256sum -- * | sort) > want.txt
"$assay" inspect honest.squashfs --format json > said.json || fail "names of one program: exit $?"
jq -r '.nodes[] | select(.path != "." and (.path | startswith("#") | not)) | .sha256 + "  " + .path' said.json | sort > have.txt
cmp want.txt have.txt || fail 'what is shared is not read as it is'
printf 'ok: %s: names of one program, copies and ends\n' "$name"

cp -r honest other && printf END > other/end-too
squash other other.squashfs
judge 'one of two files that were the same' 1 other.squashfs honest.squashfs '[.files[] | select(.path == "end-too") | .accounting.unexplained] == [3]'

# Names of 4 KiB that go through one link some thousand times: whether they do is found while each is read once.
python3 - << 'X'
import gzip, io, tarfile
for side, order in (('expected', 1), ('shipped', -1)):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode='w', format=tarfile.GNU_FORMAT) as tar:
        link = tarfile.TarInfo('s')
        link.type, link.linkname = tarfile.SYMTYPE, '.'
        tar.addfile(link)
        for number in range(1500)[::order]:
            tar.addfile(tarfile.TarInfo('s/' * 1900 + 'f%d' % number))
    with gzip.GzipFile(side, 'wb', 1, mtime=0) as out:
        out.write(packed.getvalue())
X
code=0
prlimit --cpu=20 "$assay" compare --quiet shipped expected || code=$?
[ "$code" = 1 ] || fail "names that go through a link: exit $code, expected 1"
printf 'ok: %s: names that go through a link\n' "$name"

# A FIT of as many images and configurations, of which a scope names one: each fact beside it is looked up, not sought.
python3 - << 'X'
import struct
number = 32000
names, out = bytearray(), bytearray()
places = {}


def name_at(name):
    if name not in places:
        places[name] = len(names)
        names.extend(name.encode() + b'\0')
    return places[name]


def pad():
    out.extend(b'\0' * (-len(out) % 4))


def node(name, content):
    out.extend(struct.pack('>I', 1) + name.encode() + b'\0')
    pad()
    for key, value in content.items():
        if isinstance(value, bytes):
            out.extend(struct.pack('>III', 3, len(value), name_at(key)) + value)
            pad()
    for key, value in content.items():
        if isinstance(value, dict):
            node(key, value)
    out.extend(struct.pack('>I', 2))


images = {'k%d' % i: {'data': b'abcd', 'type': b'ramdisk\0', 'arch': b'arm\0', 'os': b'linux\0', 'compression': b'none\0',
                      'load': struct.pack('>I', 0x10000000 + i * 64)} for i in range(number)}
choices = {'c%d' % i: {'kernel': b'k%d\0' % i, 'ramdisk': b'k%d\0' % i} for i in range(number)}
node('', {'timestamp': struct.pack('>I', 1), '#address-cells': struct.pack('>I', 1), 'images': images,
          'configurations': {'default': b'c0\0', **choices}})
out.extend(struct.pack('>I', 9))
tree = struct.pack('>10I', 0xd00dfeed, 56 + len(out) + len(names), 56, 56 + len(out), 40, 17, 16, 0, len(names), len(out))
tree += bytes(16) + bytes(out) + bytes(names)
for name, what in ('expected', b'abcd'), ('shipped', b'abce'):
    with open(name, 'wb') as image:
        image.write(tree.replace(b'abcd', what, 1))
X
for wanted in 0:k5 1:k0; do
    code=0
    prlimit --cpu=20 "$assay" compare --quiet --scope "${wanted#*:}" shipped expected || code=$?
    [ "$code" = "${wanted%:*}" ] || fail "a scope on ${wanted#*:} of a FIT of 32,000 images: exit $code, expected ${wanted%:*}"
    printf 'ok: %s: a scope on %s of a FIT of 32,000 images\n' "$name" "${wanted#*:}"
done
