#!/bin/sh
# T6: headers of GNU tar with a long name, or where a link leads, in front of an entry that needs none: to who does not know
# them each is a file, and busybox makes no file that leads nowhere.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo "SKIP: no python3"; exit 77; }
cat > make.py <<'EOF'
def header(name, size, kind=b'0', link=b'', time=1000):
    block = bytearray(512)
    block[0:len(name)] = name
    for at, width, value in ((100, 8, 0o644), (108, 8, 0), (116, 8, 0), (124, 12, size), (136, 12, time)):
        block[at:at + width] = b'%0*o\0' % (width - 1, value)
    block[156:157] = kind
    block[157:157 + len(link)] = link
    block[257:265] = b'ustar  \0'
    block[148:156] = b' ' * 8
    block[148:156] = b'%06o\0 ' % sum(block)
    return bytes(block)


def filled(data):
    return data + bytes(-len(data) % 512)


def long(kind, text):
    return header(b'././@LongLink', len(text) + 1, kind, time=0) + filled(text + b'\0')


def put(name, *parts):
    open(name, 'wb').write(b''.join(parts) + bytes(1024))


file = header(b'etc/a', 6) + filled(b'hello\n')
empty = header(b'etc/empty', 0)
far = b'd/' * 60 + b'f'
link = header(b'l', 0, b'2', (far + b'x')[:100])
named = header(far[:100], 6) + filled(b'hello\n')
both = header((far + b'l')[:100], 0, b'2', (far + b'x')[:100])
put('good', file, empty)
put('name', long(b'L', b'etc/a'), file, empty)
put('empty-link', file, long(b'K', b''), empty)
put('long', long(b'L', far), named, long(b'K', far + b'x'), link)
put('name-first', long(b'L', far + b'l'), long(b'K', far + b'x'), both)
put('link-first', long(b'K', far + b'x'), long(b'L', far + b'l'), both)
EOF
python3 make.py
more=$(fact header.extensions unexplained)
judge 'a long name that is short' 1 name good "$more"
judge 'the same in the rebuild alone' 1 good name
judge 'a link that leads nowhere' 1 empty-link good "$more"
judge 'names that are long' 0 long long '.verdict == "identical"'
judge 'the two of them in another order' 1 link-first name-first "$more"

# A header whose sum is of signed bytes, and a zip behind the marker of several parts, are an archive to others: they are not taken for bytes.
command -v python3 > /dev/null || { echo 'SKIP: python3 is not installed' >&2; exit 77; }
for side in expected:1 shipped:2; do
    python3 - "${side%:*}" "${side#*:}" <<'P'
import io, sys, tarfile, zipfile
name, time = sys.argv[1], int(sys.argv[2])
out = io.BytesIO()
with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as archive:
    entry = tarfile.TarInfo('name')
    entry.mtime = time
    archive.addfile(entry)
block = bytearray(out.getvalue())
block[:2] = 'é'.encode()
block[257:265] = bytes(8)
for suffix, signed in (('.signed', True), ('.unsigned', False)):
    block[148:156] = b' ' * 8
    block[148:156] = b'%06o\0 ' % sum(byte - 256 if signed and byte > 127 else byte for byte in block[:512])
    open(name + suffix, 'wb').write(block)
out = io.BytesIO()
with zipfile.ZipFile(out, 'w') as archive:
    archive.writestr(zipfile.ZipInfo('name', (2020, 1, time, 0, 0, 0)), 'text')
open(name + '.zip', 'wb').write(out.getvalue())
open(name + '.marked', 'wb').write(b'PK00' + out.getvalue())
P
done
refused='any(.reasons[]; contains("breaks the rules of its own format"))'
judge 'a tar of v7 with sums of unsigned bytes' 0 shipped.unsigned expected.unsigned "$(fact mtime explained)"
judge 'a tar of v7 with sums of signed bytes' 1 shipped.signed expected.signed "$refused"
judge 'a zip' 0 shipped.zip expected.zip '.verdict == "equivalent"'
judge 'a zip behind the marker of several parts' 1 shipped.marked expected.marked "$refused"
judge 'such a zip byte for byte' 0 shipped.marked shipped.marked
