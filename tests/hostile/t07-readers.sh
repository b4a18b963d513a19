#!/bin/sh
# T7, T8: readers of archives differ in what an entry is called, or how long it is: in which order they unpack counts
# where one of them sees one file twice, and a scope means whatever one of them puts there.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
cat > make.py <<'EOF'
POSIX, GNU, V7, NEITHER = b'ustar\x0000', b'ustar  \0', b'\0' * 8, b'ustar1\0\0'


def block(name, size=0, kind=b'0', magic=POSIX, prefix=b'', link=b''):
    text = name.ljust(100, b'\0') + b'0000644\0' + b'0000000\0' * 2 + b'%011o\0' % size + b'00000001750\0' + b' ' * 8
    text += kind + link.ljust(100, b'\0') + magic + b'\0' * 64 + b'\0' * 16 + prefix.ljust(155, b'\0')
    text = text.ljust(512, b'\0')
    return text[:148] + b'%06o\0 ' % sum(text) + text[156:]


def body(content):
    return content + b'\0' * (-len(content) % 512)


def file(name, content, **header):
    return block(name, len(content), **header) + body(content)


def pax(*records):
    text = b''
    for key, value in records:
        length = len(key) + len(value) + 3
        length += len(str(length + len(str(length))))
        text += b'%d %s=%s\n' % (length, key, value)
    return block(b'pax', len(text), b'x') + body(text)


def put(name, *entries):
    with open(name, 'wb') as out:
        out.write(b''.join(entries) + b'\0' * 1024)


def both(name, one, two, changed):
    """An archive, the same in another order, and one with other content."""
    put(name + '-good', one, two)
    put(name + '-other', two, one)
    put(name + '-changed', changed, two)


conf = file(b'etc/conf', b'good')
short = {'magic': GNU, 'prefix': b'etc'}
times = {'magic': GNU, 'prefix': b'14000000000\x0014000000000'}
both('prefix', file(b'conf', b'evil', **short), file(b'etc/conf', b'good', magic=GNU), file(b'conf', b'EVIL', **short))
both('times', file(b'conf', b'evil', **times), file(b'14000000000/conf', b'good', magic=GNU), file(b'conf', b'EVIL', **times))
both('apart', file(b'conf', b'evil', **times), file(b'etc/conf', b'good', magic=GNU), file(b'conf', b'EVIL', **times))
both('magic', file(b'conf', b'evil', magic=NEITHER, prefix=b'etc'), conf, file(b'conf', b'EVIL', magic=NEITHER, prefix=b'etc'))
inner = file(b'etc/conf', b'evil')
hidden = pax((b'size', b'%d' % len(inner))) + block(b'zz') + inner
both('size', hidden, conf, hidden.replace(b'evil', b'EVIL'))
renamed = pax((b'path', b'zz')) + file(b'etc/conf', b'evil')
both('path', renamed, conf, renamed.replace(b'evil', b'EVIL'))
long = b'a/' * 60
long_one, long_two = [pax((b'path', long + n)) + file(long[:99] + n, n) for n in (b'1', b'2')]
both('long', long_one, long_two, pax((b'path', long + b'1')) + file(long[:99] + b'1', b'x'))
both('capitals', file(b'etc/CONF', b'evil'), conf, file(b'etc/CONF', b'EVIL'))
both('point', file(b'etc/conf.', b'evil'), conf, file(b'etc/conf.', b'EVIL'))
both('space', file(b'etc/conf ', b'evil'), conf, file(b'etc/conf ', b'EVIL'))
both('tilde', file(b'etc/CONFIG~1', b'evil'), file(b'etc/configuration', b'good'), file(b'etc/CONFIG~1', b'EVIL'))
both('whiteout', file(b'.wh.conf', b''), file(b'conf', b'good'), file(b'.wh.conf', b'x'))
both('plain', file(b'etc/other', b'more'), conf, file(b'etc/other', b'MORE'))
put('conf', conf)
put('conf-gnu', file(b'etc/conf', b'good', magic=GNU))
linked = block(b'zz', 0, b'1', link=b'other')
put('linked', conf, pax((b'linkpath', b'other')) + block(b'zz', 0, b'1', link=b'etc/conf'))
EOF
python3 make.py

any_order
# other KIND STORY CODE: in another order; with the honest control and one of other content
other() {
    judge "$2" "$3" "$1-other" "$1-good"
    judge "$2: the same order" 0 "$1-good" "$1-good"
    judge "$2: other content" 1 "$1-changed" "$1-good"
}
other prefix 'a prefix that GNU tar does not have' 1
other magic 'a prefix under a magic that some readers take for none' 1
other times 'times of GNU tar that others take for a directory' 1
other apart 'times of GNU tar, and names that nobody mixes up' 0
other size 'a size that only readers of pax know' 1
other path 'a name that only readers of pax know' 1
other long 'long names of pax that the headers tell apart as well' 0
other capitals 'names that a disk without capitals mixes up' 1
other point 'names that a disk of DOS mixes up by a point' 1
other space 'names that a disk of DOS mixes up by a space' 1
other tilde 'a name that may be the short one of another' 1
other whiteout 'a file of a container image that takes another away' 1
other plain 'two files in another order' 0

# scoped STORY CODE SHIPPED EXPECTED
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope 'etc/**' > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
scoped 'a scope, the genuine archive' 0 conf conf
scoped 'an addition outside of the scope' 0 plain-good plain-good
scoped 'an addition that others put into the scope by a prefix' 1 prefix-good conf-gnu
scoped 'an addition that others put into the scope by its header' 1 path-good conf
scoped 'what others put into the scope, missing' 1 conf path-good
scoped 'an addition that holds an entry for others' 1 size-other conf
scoped 'a hard link that others see lead into the scope' 1 linked conf
scoped 'the same archive with such names' 0 path-good path-good
