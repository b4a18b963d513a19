#!/bin/sh
# T6: squashfs, with every codec that libsquashfs has and the options that change its layout. Each pair is packed twice, at
# two times, and passes; the same with one file, mode or link changed does not, and says what.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v mksquashfs > /dev/null || { echo 'SKIP: mksquashfs is not installed'; exit 77; }

mkdir -p tree/sub tree/many tree/empty
printf hello > tree/file
ln tree/file tree/sub/hard
ln -s file tree/link
mkfifo tree/fifo
# more than a block of 128 KiB
seq 1 25000 > tree/sub/text
cp tree/sub/text tree/sub/copy
truncate -s 1M tree/hole
printf end >> tree/hole
# its listing fills several metadata blocks, and has an index
i=0
while [ $i -lt 400 ]; do
    i=$((i + 1))
    echo $i > "tree/many/a-name-that-is-long-enough-to-fill-a-block-soon-$i"
done
attributes=-no-xattrs
if command -v setfattr > /dev/null && setfattr -n user.note -v "$(seq 1 500)" tree/file 2> /dev/null; then
    setfattr -n user.note -v short tree/sub
    attributes=-xattrs
fi

# squash FILE TIME OPTIONS...
squash() {
    file=$1 time=$2
    shift 2
    mksquashfs tree "$file" -noappend -quiet -no-progress -all-root -all-time "$time" -mkfs-time "$time" \
        -p 'dev c 600 0 0 5 1' "$attributes" "$@" > log 2>&1 || fail "mksquashfs: $(cat log)"
}

# pair STORY OPTIONS...: genuine at another time; a changed byte; a changed mode; a changed link
pair() {
    story=$1
    shift
    squash expected 1700000000 "$@"
    squash shipped 1790000123 "$@"
    judge "$story, packed at another time" 0 shipped expected '.verdict == "equivalent" and .image.format == "squashfs"'
    printf hallo > tree/file
    squash shipped 1790000123 "$@"
    printf hello > tree/file
    judge "$story, a byte of a file" 1 shipped expected \
        'any(.findings[]; .path == "file" and .class == "unexplained" and .range.offset == 1 and .range.length == 1)'
    chmod 4755 tree/sub/text
    squash shipped 1790000123 "$@"
    chmod 644 tree/sub/text
    judge "$story, a set-user-ID bit" 1 shipped expected \
        'any(.facts[]; .path == "sub/text" and .fact == "mode" and .class == "unexplained") and (.reasons[0] | contains("set-user-ID"))'
    ln -sf elif tree/link
    squash shipped 1790000123 "$@"
    ln -sf file tree/link
    judge "$story, where a link leads" 1 shipped expected \
        'any(.facts[]; .path == "link" and .fact == "link" and .class == "unexplained")'
}

pair 'gzip'
for codec in xz lz4 zstd lzma; do pair "$codec" -comp $codec; done
pair 'xz with a filter' -comp xz -Xbcj x86,arm
pair 'lz4, high compression' -comp lz4 -Xhc
pair 'no fragments' -no-fragments
pair 'fragments for all' -always-use-fragments
pair 'no table of exports' -no-exports
pair 'nothing compressed' -noI -noD -noF -noX
pair 'small blocks' -b 4096
pair 'large blocks' -b 1M
pair 'no padding' -nopad
pair 'no duplicates found' -no-duplicates
pair 'no hard links' -no-hardlinks
pair 'no attributes' -no-xattrs

squash expected 1700000000
chmod 777 tree
squash shipped 1700000000
chmod 755 tree
judge 'the mode of the root directory' 1 shipped expected "$(fact root-mode unexplained)"
squash shipped 1700000000 -comp xz
judge 'another codec of the whole file system' 1 shipped expected "$(fact compressor unexplained)"
squash expected 1700000000 -comp gzip -Xcompression-level 9
squash shipped 1700000000 -comp gzip -Xcompression-level 9 -b 64K
judge 'another block size' 1 shipped expected "$(fact block-size unexplained)"
squash shipped 1700000000 -comp gzip -Xcompression-level 8
judge 'compressor options that the expected one has not' 1 shipped expected

# LZO is one codec that libsquashfs lacks: equal bytes are equal, all others undecided.
squash expected 1700000000 -comp lzo
squash shipped 1700000000 -comp lzo
judge 'lzo, equal' 0 shipped expected '.verdict == "identical"'
squash shipped 1790000123 -comp lzo
judge 'lzo, at another time' 2 shipped expected '.verdict == "undecided"'

# --- surgery on an image; numbers are little-endian ---

# number FILE OFFSET BYTES
number() { od -An -v -tu"$3" -j"$2" -N"$3" --endian=little "$1" | tr -d ' '; }

# put FILE OFFSET BYTES NUMBER
put() {
    count=0 rest=$4
    while [ $count -lt "$3" ]; do
        printf '%b' "$(printf '\\0%03o' $((rest % 256)))"
        rest=$((rest / 256)) count=$((count + 1))
    done | dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}

# wedge FILE OFFSET TEXT: puts bytes in; positions of the super block and of the lists of one block follow
wedge() {
    length=$(printf '%b' "$3" | wc -c)
    { head -c "$2" "$1"; printf '%b' "$3"; tail -c "+$(($2 + 1))" "$1"; } > wedged
    mv wedged "$1"
    # bytes_used, id, inode, directory, fragment and export table
    for position in 40 48 64 72 80 88; do
        now=$(number "$1" $position 8)
        if [ "$now" != 18446744073709551615 ] && [ "$now" -ge "$2" ]; then put "$1" $position 8 $((now + length)); fi
    done
    for position in 48 80 88; do
        list=$(number "$1" $position 8)
        [ "$list" != 18446744073709551615 ] || continue
        now=$(number "$1" "$list" 8)
        if [ "$now" -ge "$2" ]; then put "$1" "$list" 8 $((now + length)); fi
    done
}

rm -rf tree/many tree/hole
attributes=-no-xattrs
# lengthened TABLE TEXT: bytes behind the stream of its first metadata block, which says that it is longer
lengthened() {
    cp expected shipped
    table=$(number shipped "$1" 8)
    length=$(number shipped "$table" 2)
    [ "$length" -lt 32768 ] || fail 'the table is not compressed'
    wedge shipped $((table + 2 + length)) "$2"
    put shipped "$table" 2 $((length + $(printf '%b' "$2" | wc -c)))
}
for codec in gzip xz lz4 zstd lzma; do
    squash expected 1700000000 -comp $codec
    lengthened 64 'hidden'
    judge "$codec, bytes behind a table's stream" 1 shipped expected '.reasons[0] | contains("breaks the rules of its own format")'
done
squash expected 1700000000 -comp zstd
lengthened 64 '\0120\0052\0115\0030\006\0\0\0hidden'
judge 'zstd, a frame that decoders skip behind a table' 1 shipped expected

squash expected 1700000000
cp expected shipped
wedge shipped "$(number shipped 64 8)" 'hidden'
judge 'bytes between data and tables' 1 shipped expected 'any(.findings[]; .class == "unexplained" and .range.length == 6)'
cp expected shipped
put shipped "$(number shipped 40 8)" 1 1
judge 'a byte behind the end of the file system' 1 shipped expected
cp expected shipped
put shipped 40 8 $(($(number shipped 40 8) + 8))
judge 'a file system that claims eight bytes more' 1 shipped expected
cp expected shipped
put shipped 96 1 $(($(number shipped 96 1) ^ 1))
judge 'a damaged block of data' 1 shipped expected

squash expected 1700000000 -noI -no-exports
table=$(($(number expected 64 8) + 2))
cp expected shipped
put shipped $((table + 12)) 4 $(($(number shipped $((table + 12)) 4) + 1))
judge 'two inodes of one number' 1 shipped expected '.reasons[0] | contains("breaks the rules of its own format")'
cp expected shipped
put shipped $((table + 4)) 2 7
judge 'an owner that the table of owners does not have' 1 shipped expected

# an inode that names extended attributes where there is no table of them, and one that calls itself a directory
mkdir named && echo hello > named/a && ln named/a named/b
mksquashfs named named.sq -quiet -no-progress -noI -noD -noF -noX -nopad -all-time 1000 -mkfs-time 1000 -no-xattrs > /dev/null
cat > name.py <<'END'
image = bytearray(open('named.sq', 'rb').read())
at = image.find(bytes.fromhex('0900a401'))
assert at > 0
kind = bytearray(image)
kind[at] = 8
open('kind.sq', 'wb').write(kind)
index = at + 52
assert image[index:index + 4] == b'\xff' * 4
image[index:index + 4] = bytes(4)
open('index.sq', 'wb').write(image)
END
python3 name.py
for twin in kind index; do
    judge "attributes without a table ($twin)" 1 $twin.sq named.sq
    judge "attributes without a table, on the other side ($twin)" 1 named.sq $twin.sq
done

# What the super block says of tables that are not there. Without fragments a packer says that there is no table of them, or
# where it would stand; another number is a fact, and was free room.
# (libsquashfs itself refuses one in front of the inodes)
told="$(fact fragment-table unexplained) or any(.reasons[]; contains(\"breaks the rules of its own format\"))"
mkdir bare && : > bare/one && : > bare/two
for options in '' -no-exports; do
    # shellcheck disable=SC2086 # words
    mksquashfs bare expected -noappend -quiet -no-progress -all-root -all-time 1000 -mkfs-time 1000 $options > log 2>&1
    [ "$(number expected 16 4)" = 0 ] || fail 'there are fragments'
    where=$(number expected 80 8)
    # nothing, inside of the image, its beginning, 1, text, just beside the place
    for start in 0 1 96 4702111234474983745 "$((where + 1))" "$((where - 1))"; do
        cp expected shipped
        put shipped 80 8 "$start"
        judge "no fragments ${options:-with exports}, a table of them at $start" 1 shipped expected "$told"
        judge "no fragments ${options:-with exports}, a table of them at $start on the other side" 1 expected shipped
    done
    cp expected shipped
    poke shipped 80 '\0377\0377\0377\0377\0377\0377\0377\0377'
    judge "no fragments ${options:-with exports}, and no table of them" 0 shipped expected '.verdict == "equivalent" and .facts == []'
    # the tables of owners, attributes and inodes for export, elsewhere or not there
    for position in 48 56 88; do
        for start in 0 1 96 4702111234474983745 $((where + 1)); do
            cp expected shipped
            put shipped $position 8 "$start"
            judge "${options:-with exports}, the table at $position moved to $start" 1 shipped expected
        done
        cp expected shipped
        poke shipped $position '\0377\0377\0377\0377\0377\0377\0377\0377'
        cmp -s shipped expected || judge "${options:-with exports}, no table at $position" 1 shipped expected
    done
    cp expected shipped
    put shipped 26 2 0
    judge "${options:-with exports}, a table of no owners" 1 shipped expected '.reasons[0] | contains("breaks the rules of its own format")'
done
squash expected 1700000000
[ "$(number expected 16 4)" != 0 ] || fail 'there are no fragments'
cp expected shipped
poke shipped 80 '\0377\0377\0377\0377\0377\0377\0377\0377'
judge 'fragments, and no table of them' 1 shipped expected '.reasons[0] | contains("breaks the rules of its own format")'
# Linux mounts no file system whose last table ends before or behind its own end: then no file in scope is found.
for more in 1 -1; do
    cp expected shipped
    put shipped 40 8 $(($(number expected 40 8) + more))
    code=0
    "$assay" compare --scope file shipped expected > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || { cat said.txt >&2; fail "in scope, another end, by $more: exit $code, expected 1"; }
    printf 'ok: %s: in scope, another end, by %s\n' "$name" "$more"
done

# --- more than is kept in memory of one image: 80 MiB of files that are each small enough for that ---
mkdir many
seq 1000000 1140000 > numbers
for n in $(seq 80); do
    { echo "$n" && cat numbers; } | head -c 1048576 > "many/$n"
done
mksquashfs many many.squashfs -comp lz4 -all-root -no-progress -noappend -quiet > /dev/null
cp many.squashfs other.squashfs
judge 'files of more than 64 MiB together' 0 many.squashfs other.squashfs '.accounting.undecided == 0 and ([.files[] | select (.type == "file" and .size == 1048576)] | length) == 80'
printf x | dd of=many/80 bs=1 seek=1000000 conv=notrunc status=none
mksquashfs many other.squashfs -comp lz4 -all-root -no-progress -noappend -quiet > /dev/null
judge 'one byte of the last' 1 other.squashfs many.squashfs '.accounting.undecided == 0 and ([.findings[] | select (.class == "unexplained" and .path == "80")] | .[0].range == {offset: 1000000, length: 1})'
