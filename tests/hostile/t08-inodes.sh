#!/bin/sh
# T2, T8: entries of a cpio with one inode are one file. Whoever writes to the one outside of a scope writes to the one
# inside, and the content of all stands at one of them.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
cat > make.py <<'EOF'
import gzip
import struct


def entry(name, content=b'', inode=1, links=1, mode=0o100644, device=0):
    raw = name.encode() + b'\0'
    fields = [inode, mode, 0, 0, links, 0, len(content), 0, device, 0, 0, len(raw), 0]
    head = b'070701' + b''.join(b'%08X' % field for field in fields) + raw
    head += b'\0' * (-len(head) % 4)
    return head + content + b'\0' * (-len(content) % 4)


def put(name, *entries):
    with open(name, 'wb') as out:
        out.write(b''.join(entries) + entry('TRAILER!!!', inode=0, mode=0))


inside = [entry('etc', inode=9, links=2, mode=0o40755), entry('etc/conf', inode=5, links=2)]
good = entry('etc/conf2', b'good', 5, 2)
put('good', *inside, good)
put('changed', *inside, entry('etc/conf2', b'evil', 5, 2))
put('outer', *inside, good, entry('zz', b'evil', 5, 2))
put('empty', *inside, good, entry('zz', b'', 5, 2), entry('zz', b'evil', 8))
put('single', *inside, good, entry('zz', b'evil', 5, 1))
put('device', *inside, good, entry('zz', b'evil', 5, 2, device=1))
put('other', *inside, good, entry('zz', b'evil', 6, 2))
put('directory', *inside, good, entry('zz', b'', 9, 2, 0o40755))
put('of-file', entry('zz', b'', 5, 2, 0o40755), *inside, good)
put('of-none', entry('zz', b'', 7, 2, 0o40755), *inside, good)
shared = [entry('etc/conf', inode=5, links=2)]
put('last-good', *shared, entry('usr/conf', b'good', 5, 2))
put('last-bad', *shared, entry('usr/conf', b'evil', 5, 2))

# a stream at two times, and beside it what may be run: KIND (inode, links, device)
stream = gzip.compress(b'content', mtime=0)
for kind, (inode, links, device) in {'shared': (5, 2, 0), 'away': (5, 2, 1), 'single': (5, 1, 0), 'apart': (6, 2, 0)}.items():
    for seconds in 1, 2:
        data = stream[:4] + struct.pack('<I', seconds) + stream[8:]
        put('%s-%d' % (kind, seconds), entry('data.gz', data, 5, links),
            entry('run', b'', inode, links, 0o100755, device))
        for plain, name in ('plain', 'other.gz'), ('named', 'script'):
            put('%s-%s-%d' % (kind, plain, seconds), entry('data.gz', data, 5, links), entry(name, b'', inode, links, 0o100644, device))
EOF
python3 make.py
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope 'etc/**' > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
scoped 'two links inside of the scope' 0 good good
scoped 'other content of these' 1 changed good
scoped 'a link from outside with content of its own' 1 outer good
scoped 'a link from outside without content, and a second entry of its name' 1 empty good
scoped 'content that stands at a link outside of the scope' 1 last-bad last-good
scoped 'the same archive' 0 last-good last-good
scoped 'a file outside with a number that it shares with nobody' 0 other good
# BusyBox goes by the number alone
scoped 'a file outside with the number of a link on another device' 1 device good
scoped 'a file outside with one link' 0 single good
scoped 'a directory outside with the number of one inside' 0 directory good
# libarchive takes the file for a link to the directory, which it cannot make
scoped 'a directory outside with the number of a file inside' 1 of-file of-none
scoped 'a directory outside with a number of its own' 0 of-none of-none

# --- who may run it: the mode of the last entry of an inode stays, and the file is then one that is run ---
timed='any(.facts[]; .path == "data.gz" and .fact == "mtime" and .class == "explained")'
fixed='any(.findings[]; .path == "data.gz" and .class == "unexplained" and .range.length == 1)'
judge 'the time of a stream that another name makes executable' 1 shared-2 shared-1 "$fixed"
judge 'the same with another device, which BusyBox does not look at' 1 away-2 away-1 "$fixed"
judge 'the time of a stream that another name says nothing of, so that a shell may read it' 1 shared-named-2 shared-named-1 "$fixed"
for kind in shared-plain away-plain single single-plain single-named apart apart-plain apart-named; do
    judge "the time of a stream that nobody runs: $kind" 0 $kind-2 $kind-1 "$timed"
done
