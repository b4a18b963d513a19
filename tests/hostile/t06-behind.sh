#!/bin/sh
# T2, T5, T6: what stands behind the end of an archive or a stream. Where no table points at it, its place is all that a
# reader knows of it, so that it may not move; and who reads on unpacks it to the names that a scope speaks of.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
cat > make.py <<'EOF'
import gzip, io, struct, sys, zipfile, zlib


def put(name, *parts):
    with open(name, 'wb') as out:
        out.write(b''.join(parts))


def stream(content, loose):
    """One gzip stream, or a longer one."""
    deflate = zlib.compressobj(1 if loose else 9, 8, -15)
    data = deflate.compress(content) + deflate.flush()
    return b'\x1f\x8b\x08\0\0\0\0\0\0\3' + data + struct.pack('<II', zlib.crc32(content), len(content))


def entry(name, content=b'', mode=0o100644, inode=1):
    raw = name.encode() + b'\0'
    fields = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0]
    head = b'070701' + b''.join(b'%08X' % field for field in fields) + raw
    head += b'\0' * (-len(head) % 4)
    return head + content + b'\0' * (-len(content) % 4)


def archive(content, name='etc/conf'):
    return entry(name, content) + entry('TRAILER!!!', mode=0, inode=0)


def packed(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as file:
        file.writestr(zipfile.ZipInfo('etc/conf', (2020, 1, 2, 3, 4, 6)), content)
    return out.getvalue()


kernel = b' '.join(b'%d' % (i * i * i % 9973) for i in range(1500))
short, long = stream(kernel, False), stream(kernel, True)
more = len(long) - len(short)
tail = b'bad'.ljust(more, b'\n') + b'good'.ljust(more, b'\n')
gap = b'\0' * (4096 - len(short) - more)
put('stream-good', short, gap, tail)
put('stream-moved', long, gap, tail)
put('stream-alone', short)
put('stream-longer', long)

first, second = archive(b'first'), archive(b'other', 'etc/more')
put('early-good', first, b'\0' * 4, stream(second, 0))
put('early-moved', first, b'\0' * 2, stream(second, 0))
put('early-other', first, b'\0' * 4, stream(archive(b'OTHER'), 0))
put('two-good', first, b'\0' * 4, second)
put('two-moved', first, b'\0' * 512, second)
put('two-ends', first, b'\0' * 4, second, b'\0' * 512)

with open('plain.tar', 'rb') as file:
    tar = file.read().rstrip(b'\0')
tar += b'\0' * (-len(tar) % 512) + b'\0' * 1024
put('tar-good', tar, b'\0' * 512, b'behind')
put('tar-moved', tar, b'\0' * 1024, b'behind')
put('tar-end', tar)
put('tar-record', tar, b'\0' * 4096)

put('cpio-good', archive(b'good'))
put('cpio-zeros', archive(b'good'), b'\0' * 512)
put('cpio-stream', archive(b'good'), gzip.compress(archive(b'evil'), mtime=0))
put('cpio-plain', archive(b'good'), archive(b'evil'))
put('cpio-both', archive(b'good'), gzip.compress(archive(b'same'), mtime=0))
put('gzip-good', gzip.compress(archive(b'good'), mtime=0))
put('gzip-cpio', gzip.compress(archive(b'good'), mtime=0), archive(b'evil'))
good, evil = packed(b'good'), packed(b'evil')
central, local = good.index(b'PK\1\2'), evil[:evil.index(b'PK\1\2')]
end = bytearray(good[central:])
struct.pack_into('<I', end, end.index(b'PK\5\6') + 16, central + len(local))
put('zip-good', good)
put('zip-gap', good[:central], local, bytes(end))
put('deb-good', b'!<arch>\n', b''.join(
    b'%-16s%-12d%-6d%-6d%-8s%-10d`\n' % (name, 0, 0, 0, b'100644', len(data)) + data + b'\n' * (len(data) % 2)
    for name, data in ((b'debian-binary', b'2.0\n'), (b'control.tar', tar), (b'data.tar', tar + b'\0' * 4096), (b'_odd', b'odd'), (b'_more', b'odd'))))
EOF
mkdir -p etc && printf 'conf' > etc/conf && pack plain.tar etc/conf
python3 make.py

place=$(fact place unexplained)
judge 'a tail that moved because the stream before it is longer' 1 stream-moved stream-good "$place"
judge 'the same stream with nothing behind it' 0 stream-longer stream-alone "$(fact recompressed explained)"
judge 'a compressed archive that moved to no multiple of four' 1 early-moved early-good "$place"
judge 'the same image' 0 early-good early-good
judge 'another archive at the same place' 1 early-other early-good
judge 'a second archive that moved by zeros' 1 two-moved two-good "$place and ([.facts[] | select(.class == \"unexplained\")] | length) == 1"
judge 'zeros behind the last archive' 0 two-ends two-good
judge 'bytes behind a tar that moved by zero blocks' 1 tar-moved tar-good "$place"
judge 'more zero blocks at the end of a tar' 0 tar-record tar-end

# scoped STORY CODE SHIPPED EXPECTED SCOPE [JQ-FILTER]
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope "$5" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    adds_up "$1" "${6:-}"
}
shown='any(.findings[]; .path == "." and .class == "unexplained" and .rule == "no-counterpart")'
for kind in cpio zip; do scoped "a scope in a $kind, the genuine one" 0 "$kind-good" "$kind-good" 'etc/**'; done
scoped 'a scope in a compressed archive, the genuine one' 0 gzip-good gzip-good '#gzip//etc/**'
scoped 'a compressed archive behind one that holds the scope' 1 cpio-stream cpio-good 'etc/**' "$shown"
scoped 'an archive behind one that holds the scope' 1 cpio-plain cpio-good 'etc/**'
scoped 'an archive behind a stream that holds the scope' 1 gzip-cpio gzip-good '#gzip//etc/**' "$shown"
scoped 'an entry of a zip that only readers of a pipe see' 1 zip-gap zip-good 'etc/**' "$shown"
scoped 'zeros behind an archive' 0 cpio-zeros cpio-good 'etc/**' '.accounting.unexplained == 0'
scoped 'the same compressed archive behind it on both sides' 0 cpio-both cpio-both 'etc/**'
scoped 'another one behind it than the rebuild has' 1 cpio-stream cpio-both 'etc/**' "$shown"
scoped 'a package with its usual padding' 0 deb-good deb-good 'data.tar//etc/**' '.accounting.unexplained == 0'

# a gate refuses such a report as well
"$assay" compare cpio-stream cpio-good --scope 'etc/**' --report report.json > said.txt 2>&1 || true
printf 'policy: 1\nscope: ["etc/**"]\nrequire: {expected: path}\n' > policy
code=0 && "$assay" gate --policy policy report.json --trust-report --image cpio-stream > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || { cat said.txt >&2; fail "the gate: exit $code, expected 1"; }
printf 'ok: %s: the gate reads the same verdict off the report\n' "$name"
