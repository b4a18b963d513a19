#!/bin/sh
# T6: another encoding is explained where an encoder that is known makes that very stream of the content: each of them at each of
# its levels; and not where it cannot be asked, or where one bit that no reader of the content sees is another.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 gzip zip pigz libdeflate-gzip lzip xz lzma lz4 bzip2; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
python3 -c 'print(*(str(i * i * i % 99991) for i in range(24000)))' > content
explained=$(fact recompressed explained) unexplained=$(fact recompressed unexplained)

# levels KIND SUFFIX EXPECTED COMMAND...: at the levels that stand in $levels, instead of %
levels() {
    kind=$1 suffix=$2 wanted=$3
    shift 3
    for level in $levels; do
        eval "$(printf '%s' "$*" | sed "s/%/$level/g")" < content > "shipped.$suffix" || fail "$kind $level"
        if cmp -s "shipped.$suffix" "$wanted"; then continue; fi
        judge "$kind, level $level" 0 "shipped.$suffix" "$wanted" "$explained"
    done
}
cat > zlib.py <<'P'
import struct, sys, zlib
level, memory, strategy = (int(word) for word in sys.argv[1:])
content = sys.stdin.buffer.read()
packer = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy)
body = packer.compress(content) + packer.flush()
sys.stdout.buffer.write(bytes([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]) + body + struct.pack('<II', zlib.crc32(content), len(content)))
P
some='9'
[ "${ASSAY_ALL:-0}" = 0 ] || some='1 2 3 4 5 6 7 8 9'
python3 zlib.py 6 8 0 < content > good.gz
levels=$some
levels gzip gz good.gz gzip -nc -%
levels 'gzip --rsyncable' gz good.gz gzip -nc -% --rsyncable
levels pigz gz good.gz pigz -nc -%
levels zlib gz good.gz python3 zlib.py % 8 0
levels 'zlib, memory 9' gz good.gz python3 zlib.py % 9 0
levels='2'
[ "${ASSAY_ALL:-0}" = 0 ] || levels='1 2 3'
levels 'zlib, filtered, Huffman alone, runs' gz good.gz python3 zlib.py 6 8 %
levels='12'
# it says that it knows no system, which is a fact of its own
headed() { printf '\037\213\010\0\0\0\0\0\0\003' && tail -c +11; }
levels libdeflate gz good.gz 'libdeflate-gzip -c -% | headed'
levels=$some
lzip -6 -c content > good.lz
levels lzip lz good.lz lzip -c -%
levels 'lzip, of a file' lz good.lz lzip -c -% content
levels='0'
levels lzip lz good.lz lzip -c -%
xz -6 -c content > good.xz && lzma -6 -c content > good.lzma && lz4 -qc -1 content > good.lz4 && lz4 -lqc -1 content > good.old.lz4
levels=$some
[ "${ASSAY_ALL:-0}" = 0 ] || levels="0 $some"
levels xz xz good.xz xz -c -%
levels 'xz --extreme' xz good.xz xz -c -% -e
levels 'xz, threads and blocks' xz good.xz xz -c -% -T2 --block-size=40000
levels 'xz, one thread and blocks' xz good.xz xz -c -% -T1 --block-size=40000
levels 'xz for a kernel' xz good.xz xz -c -% --check=crc32 --x86 --lzma2=preset=%,dict=1MiB,lc=1,lp=2,pb=1
levels lzma lzma good.lzma lzma -c -%
levels='9'
levels lz4 lz4 good.lz4 lz4 -qc -%
levels 'lz4 of the kernel' old.lz4 good.old.lz4 lz4 -lqc -%
levels 'lz4, small blocks with sums' lz4 good.lz4 lz4 -qc -B4 -BX --content-size -%
levels='3'
levels 'lz4 --fast' lz4 good.lz4 lz4 -qc --fast=%
for level in 4 6; do
    rm -f "$level.zip" && TZ=UTC touch -d '2020-01-01 00:00:00Z' content && TZ=UTC zip -q -X -$level "$level.zip" content
done
judge 'zip' 0 6.zip 4.zip "$explained"

# Without the program that makes it, it is nobody's; what zlib makes needs none.
mkdir none
gzip -nc -1 content > shipped.gz
saved=$PATH
assay_path() { PATH=$1 "$assay" compare "$2" good.gz > said.txt 2>&1; }
"$assay" compare shipped.gz good.gz > said.txt 2>&1 || fail 'gzip with its program'
if assay_path "$PWD/none" shipped.gz; then fail 'gzip without its program: exit 0'; fi
python3 zlib.py 1 8 0 < content > zlib.gz
assay_path "$PWD/none" zlib.gz || { cat said.txt >&2; fail 'zlib without programs'; }
# A program that gives up, says too much, too little, or nothing at all.
for kind in 'exit 1' 'cat' '/usr/bin/gzip -nc -1; echo more' '/usr/bin/gzip -nc -1 | head -c 1000' 'exec >&-; cat > /dev/null' '/usr/bin/gzip -nc -1; exit 3'; do
    printf '#!/bin/sh\nPATH=%s\n%s\n' "$saved" "$kind" > none/gzip && chmod 755 none/gzip
    if assay_path "$PWD/none" shipped.gz; then fail "a gzip that does '$kind': exit 0"; fi
done
printf '#!/bin/sh\nexec %s -nc -1\n' "$(command -v gzip)" > none/gzip
assay_path "$PWD/none" shipped.gz || { cat said.txt >&2; fail 'a gzip that packs'; }
printf 'ok: %s: programs that are not there, or are not what they should be\n' "$name"

# One bit that says nothing of the content: in the filling of the last byte, or by an empty block more.
cat > loose.py <<'P'
import struct, zlib
content = open('content', 'rb').read()
def write(out, body):
    assert zlib.decompress(body, -15) == content
    open(out, 'wb').write(bytes([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]) + body + struct.pack('<II', zlib.crc32(content), len(content)))
for level in range(1, 10):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = bytearray(packer.compress(content) + packer.flush())
    body[-1] ^= 128
    try:
        write('filled.gz', bytes(body))
        break
    except (AssertionError, zlib.error):
        pass
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
write('flushed.gz', packer.compress(content[:9000]) + packer.flush(zlib.Z_FULL_FLUSH) + packer.compress(content[9000:]) + packer.flush())
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
first = packer.compress(content[:9000]) + packer.flush(zlib.Z_FULL_FLUSH)
packer = zlib.compressobj(1, zlib.DEFLATED, -15)
write('mixed.gz', first + packer.compress(content[9000:]) + packer.flush())
write('stored.gz', b''.join(struct.pack('<BHH', at + 30000 >= len(content), len(part), len(part) ^ 65535) + part
                            for at in range(0, len(content), 30000) for part in [content[at:at + 30000]]))
P
python3 loose.py
for kind in filled flushed mixed stored; do
    judge "deflate: a stream that no encoder makes, $kind" 1 $kind.gz good.gz "$unexplained"
    judge "deflate: such a stream in the rebuild, $kind" 1 good.gz $kind.gz "$unexplained"
done
