#!/bin/sh
# Four times as many entries take four times as long: no clock decides, but the ratio of two runs.
#
#   sh steps.sh     from the environment: ASSAY, see tests/flow/lib.sh
#
# Two things that differ in every entry are compared, with n entries and with 4 n, and the CPU times are divided. A step for
# each pair of entries would make that sixteen; eight is what sorts, tables that grow and a busy machine may take.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin steps gcc python3 awk
gcc -O1 -o meter "$here/meter.c"

cat > archive.py << 'END'
import gzip, io, sys, tarfile
kind, n = sys.argv[1], int(sys.argv[2])
for side, name in enumerate(('shipped', 'expected')):
    with tarfile.open(name, 'w', format=tarfile.GNU_FORMAT) as archive:
        for i in range(n):
            entry = tarfile.TarInfo('d%d/f%d' % (i // 50, i))
            data = b'content %d of side %d\n' % (i, side if kind == 'contents' else 0)
            if kind == 'streams':
                data = gzip.compress(data, mtime=1 + side)
            entry.size, entry.mtime = len(data), 1 if kind == 'contents' else side
            # half of what is expected is missing, and as much stands there that is not
            if kind == 'names':
                entry.name += 'x' * ((i + side) % 2)
            archive.addfile(entry, io.BytesIO(data))
END

# dtc(1) itself compares each property with all others, so that the tree is written by hand: version 17 of the format
cat > tree.py << 'END'
import struct, sys
n = int(sys.argv[1])
for add, name in enumerate(('shipped', 'expected')):
    strings, body = b'', struct.pack('>II', 1, 0)
    for i in range(n):
        body += struct.pack('>IIII', 3, 4, len(strings), i + add)
        strings += b'p%d\0' % i
    body += struct.pack('>II', 2, 9)
    sizes = (len(strings), len(body))
    head = struct.pack('>10I', 0xd00dfeed, 56 + sizes[1] + sizes[0], 56, 56 + sizes[1], 40, 17, 16, 0, *sizes)
    open(name, 'wb').write(head + bytes(16) + body + strings)
END

archive() { python3 archive.py "$1" "$2"; }
properties() { python3 tree.py "$2"; }

# spend CODE: leaves $cpu_ms
spend() {
    code=0
    ./meter measured 600 "$assay" compare shipped expected --report report.json --quiet < /dev/null > out 2> err || code=$?
    [ "$code" = "$1" ] || { cat err >&2; fail "$what: exit $code, expected $1"; }
    read -r cpu_ms _ < measured
}

# grows WHAT CODE N MAKER KIND: what it makes of N entries and of 4 N
grows() {
    what=$1
    "$4" "$5" "$3"
    spend "$2"
    few=$((cpu_ms > 0 ? cpu_ms : 1))
    "$4" "$5" $(($3 * 4))
    spend "$2"
    ratio=$(awk -v few="$few" -v many="$cpu_ms" 'BEGIN { printf "%.1f", many / few }')
    [ "$cpu_ms" -lt $((few * 8)) ] || fail "$what: $few ms for $3, $cpu_ms ms for four times as many ($ratio times)"
    ok "$what: four times as many take $ratio times as long"
}

grows 'archive, each entry at another time' 0 10000 archive times
grows 'archive, each entry of another content' 1 10000 archive contents
grows 'archive, each entry of another name' 1 10000 archive names
grows 'archive of compressed files, each at another time' 0 5000 archive streams
grows 'device tree, each property of another value' 1 20000 properties properties
