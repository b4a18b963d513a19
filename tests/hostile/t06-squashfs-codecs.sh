#!/bin/sh
# T6: a block of a squashfs may be compressed in another way, but only in one that Linux can undo: what liblzma or
# libzstd alone can read is an input/output error on the device, and the file is gone there.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mksquashfs python3 zstd; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# again IN OUT HOW: the one block of data compressed again; all positions behind it follow
cat > again.py <<'END'
import lzma, struct, subprocess, sys, zlib
image = open(sys.argv[1], 'rb').read()
how = sys.argv[3]
positions = range(40, 96, 8)                    # bytes_used, then the tables
none = 0xffffffffffffffff
places = {p: struct.unpack_from('<Q', image, p)[0] for p in positions}
inodes = places[64]
tables = image[inodes:]
content = open('tree/file', 'rb').read()
dictionary = 1 << 17
lzma2 = {'id': lzma.FILTER_LZMA2, 'dict_size': dictionary}
begin = 96 + (10 if image[25] & 4 else 0)       # behind the compressor's options
def header(block, *patches):                    # of the block of a stream, with other bytes of its filters
    block, end = bytearray(block), 12 + (block[12] + 1) * 4
    for at, value in patches:
        block[12 + at] = value
    struct.pack_into('<I', block, end - 4, zlib.crc32(block[12:end - 4]))
    assert lzma.decompress(block) == content
    return bytes(block)
if how == 'zstd-window':
    block = subprocess.run(['zstd', '-q', '-c', '--no-check'], input=content, stdout=subprocess.PIPE, check=True).stdout
elif how.startswith('deflate'):
    packer = zlib.compressobj(0 if how == 'deflate-stored' else 9, strategy=zlib.Z_HUFFMAN_ONLY)
    block = packer.compress(content) + packer.flush()
elif how == 'zstd':
    block = subprocess.run(['zstd', '-q', '-c', '-1', '--no-check', '--stream-size=%d' % len(content), '--zstd=wlog=17'],
                           input=content, stdout=subprocess.PIPE, check=True).stdout
else:
    check = {'crc64': lzma.CHECK_CRC64, 'sha256': lzma.CHECK_SHA256, 'no-check': lzma.CHECK_NONE}.get(how, lzma.CHECK_CRC32)
    filters = {'delta': [{'id': lzma.FILTER_DELTA, 'dist': 1}, lzma2], 'x86': [{'id': lzma.FILTER_X86}, lzma2],
               'sparc': [{'id': lzma.FILTER_SPARC}, lzma2], 'sparc-named': [{'id': lzma.FILTER_SPARC}, lzma2],
               'ia64': [{'id': lzma.FILTER_IA64}, lzma2], 'arm64': [{'id': lzma.FILTER_ARM}, lzma2],
               'offset': [{'id': lzma.FILTER_X86, 'start_offset': 16}, lzma2],
               'offset-0': [{'id': lzma.FILTER_X86, 'start_offset': 16}, lzma2],
               'two-branches': [{'id': lzma.FILTER_X86}, {'id': lzma.FILTER_ARM}, lzma2],
               'dictionary': [{'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 20}],
               'match': [dict(lzma2, nice_len=8)]}.get(how, [lzma2])
    block = lzma.compress(content, lzma.FORMAT_XZ, check=check, filters=filters)
    if how == 'two-blocks':
        half = lzma.compress(content[:1000], lzma.FORMAT_XZ, check=check, filters=filters)
        block = half + lzma.compress(content[1000:], lzma.FORMAT_XZ, check=check, filters=filters)
    if how == 'arm64':
        block = header(block, (2, 10))
    if how == 'offset-0':
        block = header(block, (4, 0))
    if how == 'sparc-named':
        image = image[:102] + bytes([image[102] | 0x20]) + image[103:]
old = inodes - begin
assert (len(block) < len(content)) == (how != 'deflate-stored')
at = image.index(struct.pack('<I', old), inodes)
assert image.count(struct.pack('<I', old), inodes) == 1
image = image[:begin] + block + image[inodes:at] + struct.pack('<I', len(block)) + image[at + 4:]
image = bytearray(image)
for position, place in places.items():
    if place != none:
        struct.pack_into('<Q', image, position, place + len(block) - old)
fragments = struct.unpack_from('<I', image, 16)[0]
for position in (48, 80)[:1 + fragments]:       # the tables with a list of blocks: of ids, of fragments
    place = places[position] + len(block) - old
    struct.pack_into('<Q', image, place, struct.unpack_from('<Q', image, place)[0] + len(block) - old)
open(sys.argv[2], 'wb').write(image[:places[40] + len(block) - old])
END

mkdir tree
seq 1 20000 | head -c 100000 > tree/file
# pack_tree CODEC [OPTION]...: `good`, of one block
pack_tree() {
    rm -f good
    mksquashfs tree good -comp "$@" -noappend -quiet -no-progress -noI -no-exports -no-xattrs -nopad -all-root \
        -mkfs-time 1 -all-time 1 > /dev/null
}
# another STORY CODE HOW
another() {
    python3 again.py good bad "$3"
    ! cmp -s good bad || fail "$1: nothing differs"
    judge "$1" "$2" bad good "${4:-}"
}
pack_tree xz -no-fragments
another 'xz, found in another way' 0 match
another 'xz, without a check' 0 no-check
broken='any(.reasons[]; contains("a block that cannot be decoded"))'
another 'xz, another check' 1 crc64 "$broken"
another 'xz, a check of SHA-256' 1 sha256 "$broken"
another 'xz, a delta' 1 delta "$broken"
another 'xz, two filters for branches' 1 two-branches "$broken"
another 'xz, a dictionary larger than the block' 1 dictionary "$broken"
another 'xz, two streams' 1 two-blocks "$broken"
another 'xz, a filter for branches that no option names' 1 x86 "$broken"
pack_tree xz -Xbcj x86 -no-fragments
another 'xz, without the filter for branches' 0 match
another 'xz, with the filter for branches' 0 x86
another 'xz, a filter for the branches of another processor' 1 sparc "$broken"
another 'xz, another filter for branches, and an option that names it' 1 sparc-named '.verdict == "mismatch"'
another 'xz, a filter for branches that starts to count elsewhere' 1 offset "$broken"
another 'xz, a filter for branches that says that it starts to count at 0' 1 offset-0 "$broken"
another 'xz, a filter that is too new' 1 arm64 "$broken"
pack_tree xz -Xbcj ia64 -no-fragments
another 'xz, without the filter for IA-64' 0 match
another 'xz, a filter that Linux has no more' 1 ia64 "$broken"
pack_tree zstd -no-fragments
another 'zstd, found in another way, which no sum of the content vouches for' 1 zstd "$(fact recompressed unexplained)"
another 'zstd, a window larger than the block' 1 zstd-window "$broken"

# A block that is longer than what it decodes to: stored it would be shorter. Linux holds it against the content of its place,
# which of a file's last block is less than the block size.
python3 -c 'import base64, random; random.seed(9); open("tree/file", "wb").write(base64.b64encode(random.randbytes(75000)))'
for options in -no-fragments -always-use-fragments; do
    pack_tree gzip $options
    another "gzip, $options, found in another way" 0 deflate-codes
    another "gzip, $options, longer than its content" 1 deflate-stored 'any(.reasons[]; contains("a data block that is longer than its content"))'
done

# --- a tree of digests behind it ---
# A file system whose bytes a tree of dm-verity has the digests of is read by nobody at another time.
for kind in plain verity; do
    for side in expected shipped; do
        time=1500000000
        [ $side = expected ] || time=1600000000
        rm -f $side.$kind && mksquashfs tree $side.$kind -noappend -quiet -no-progress -all-root -mkfs-time $time -all-time 1 > /dev/null
        [ $kind = plain ] || { printf 'verity\0\0' && seq 1 1000; } >> $side.$kind
    done
done
judge 'a time' 0 shipped.plain expected.plain
judge 'a time before a tree of digests' 1 shipped.verity expected.verity '.verdict == "mismatch"'
