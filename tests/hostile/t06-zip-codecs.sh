#!/bin/sh
# T6: an entry of a zip by bzip2, zstd or xz may be packed otherwise where a file of that kind may (t06-streams), and so that every reader
# finds the same content: what their own libraries make, with a check. Also where the content has other times, and where an entry alone
# is in scope. No entry may have room for more than its content.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 zstd bzip2 xz 7z; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# zipped METHOD OUT < PACKED: a zip of one entry whose content is in the file `content`, packed as standard input
cat > zipped.py <<'END_PY'
import struct, sys, zlib
method, out = int(sys.argv[1]), sys.argv[2]
raw, content, name = sys.stdin.buffer.read(), open('content', 'rb').read(), b'content'
both = struct.pack('<HHHHHIIIHH', 45, 0, method, 0, 33, zlib.crc32(content), len(raw), len(content), len(name), 0)
local, central = b'PK\3\4' + both + name + raw, b'PK\1\2' + struct.pack('<H', 45) + both + struct.pack('<HHHII', 0, 0, 0, 0, 0) + name
open(out, 'wb').write(local + central + b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, len(central), len(local), 0))
END_PY
zipped() { python3 zipped.py "$@"; }

# asked CODEC WHAT CODE: both zips, and both the other way round where it must not pass
asked() {
    class=explained
    [ "$3" = 0 ] || class=unexplained
    judge "$1: $2" "$3" shipped.zip expected.zip "$(fact recompressed $class)"
    [ "$3" = 0 ] || judge "$1: the other way round, $2" "$3" expected.zip shipped.zip "$(fact recompressed $class)"
}

seq 1 30000 > content
zstd -qc -3 < content | zipped 93 expected.zip
zstd -qc -19 < content | zipped 93 shipped.zip
asked zstd 'what its library makes' 0
zstd -qc -1 --zstd=wlog=12 < content | zipped 93 shipped.zip
asked zstd 'with parameters of no level' 1
judge 'zstd: with such in the rebuild, byte for byte' 0 shipped.zip shipped.zip '.verdict == "identical"'
bzip2 -9 -c < content | zipped 12 expected.zip
bzip2 -1 -c < content | zipped 12 shipped.zip
asked bzip2 'what its library makes' 0
7z a -tbzip2 -mx=9 other.bz2 content > said.txt
bzip2 -9 -c < content | cmp -s - other.bz2 && fail '7z packs as bzip2 does'
zipped 12 shipped.zip < other.bz2
asked bzip2 'what another encoder makes' 1
xz -6 --check=crc32 -c < content | zipped 95 expected.zip
xz -0 --check=crc32 -c < content | zipped 95 shipped.zip
asked xz 'with a check' 0
xz -0 --check=none -c < content | zipped 95 shipped.zip
asked xz 'without a check' 1
# deflate METHOD LEVEL: the raw stream
deflate() { python3 -c 'import sys, zlib; c = zlib.compressobj(int(sys.argv[1]), 8, -15); sys.stdout.buffer.write(c.compress(open("content", "rb").read()) + c.flush())' "$1"; }
deflate 9 | zipped 8 expected.zip
deflate 1 | zipped 8 shipped.zip
asked deflate 'another level' 0
python3 -c 'import random; random.seed(3); open("content", "wb").write(random.randbytes(9000) * 9)'
deflate 9 | zipped 8 expected.zip
deflate 0 | zipped 8 shipped.zip
judge 'deflate: with room for something else' 1 shipped.zip expected.zip "$(fact recompressed unexplained)"

# content of other times
seq 1 30000 > file
for time in 1 2; do touch -d @$time file && tar --format=gnu --owner=0 --group=0 --numeric-owner -cf times.$time file; done
cp times.1 content && zstd -qc -3 < content | zipped 93 expected.zip
cp times.2 content && zstd -qc -9 < content | zipped 93 shipped.zip
sed -i 's/content/one.tar/g' shipped.zip expected.zip
judge 'zstd: a tar of other times' 0 shipped.zip expected.zip
cp times.2 content && zstd -qc -1 --zstd=wlog=12 < content | zipped 93 shipped.zip
sed -i 's/content/one.tar/g' shipped.zip
judge 'zstd: a tar of other times, with parameters of no level' 1 shipped.zip expected.zip "$(fact recompressed unexplained)"
cp times.1 content && deflate 9 | zipped 8 expected.zip
cp times.2 content && deflate 0 | zipped 8 shipped.zip
sed -i 's/content/one.tar/g' shipped.zip expected.zip
judge 'deflate: a tar of other times, in blocks that are not compressed' 1 shipped.zip expected.zip "$(fact recompressed unexplained)"
cp times.2 content && deflate 1 | zipped 8 shipped.zip
sed -i 's/content/one.tar/g' shipped.zip
judge 'deflate: a tar of other times, at another level' 0 shipped.zip expected.zip
