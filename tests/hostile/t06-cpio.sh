#!/bin/sh
# T5, T6, T7: cpio archives in all their formats (newc, crc, odc, and the old binary one in both byte orders), alone and several
# behind one another: packed twice they are equal but for times and inode numbers; a changed byte is found where it stands.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in cpio python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# swap FILE: the headers of a little-endian archive of the old binary format as a machine of the other order writes them
cat > swap.py <<'X'
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
at, last = 0, False
while not last:
    words = [data[at + i] | data[at + i + 1] << 8 for i in range(0, 26, 2)]
    last = data[at + 26:at + 36] == b'TRAILER!!!'
    for i in range(at, at + 26, 2):
        data[i], data[i + 1] = data[i + 1], data[i]
    at += 26 + (words[10] + 1 & ~1) + ((words[11] << 16 | words[12]) + 1 & ~1)
open(sys.argv[1], 'wb').write(data)
X
# archive FILE FORMAT TREE
archive() {
    kind=${2%-be}
    (cd "$3" && find . -mindepth 1 | LC_ALL=C sort | sed 's/^..//' | cpio -o --quiet --reproducible -R 0:0 -H "$kind") > "$1"
    [ "$2" != bin-be ] || python3 swap.py "$1"
}
# tree DIRECTORY TEXT TIME [MODE [NAME]]
tree() {
    rm -rf "$1"
    mkdir -p "$1/${5:-etc}"
    printf 'the file of %s' "$2" > "$1/${5:-etc}/file"
    printf 'another one\n' > "$1/${5:-etc}.other"
    ln -s etc/file "$1/${5:-etc}.link"
    chmod "${4:-644}" "$1/${5:-etc}.other"
    find "$1" -exec touch -h -d "@$3" {} +
}
alone() {
    printf '[.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["%s", %s, 1]]' "$1" "$2"
}

for format in newc crc odc bin bin-be; do
    tree expected.d A 1700000000
    tree shipped.d A 1700654321
    archive expected $format expected.d
    archive shipped $format shipped.d
    judge "$format: packed at another time" 0 shipped expected "$(fact mtime explained)"
    tree shipped.d B 1700654321
    archive shipped $format shipped.d
    judge "$format: packed at another time, and one byte changed" 1 shipped expected "$(alone etc/file 12)"
    tree shipped.d A 1700000000 755
    archive shipped $format shipped.d
    judge "$format: another mode" 1 shipped expected "$(fact mode unexplained)"

    tree shipped.d A 1700654321
    archive shipped $format shipped.d
    for text in A B; do
        tree second.d $text 1700000000 644 var
        archive second-$text $format second.d
    done
    tree second.d A 1700765432 644 var
    archive second $format second.d
    cat expected second-A > expected.two
    cat shipped second > shipped.two
    judge "$format: two behind one another, packed at another time" 0 shipped.two expected.two "$(fact mtime explained)"
    cat shipped second-B > shipped.two
    judge "$format: one byte changed in the second" 1 shipped.two expected.two "$(alone var/file 12)"
    judge "$format: an archive behind the one of the rebuild" 1 shipped.two expected
    { cat expected; printf hello; } > shipped
    judge "$format: bytes behind the archive" 1 shipped expected
done

# The padding behind a name of odd length, and behind the end
tree expected.d A 1700000000
for format in bin bin-be newc; do
    archive expected $format expected.d
    cp expected shipped
    python3 - <<'X'
data = bytearray(open('shipped', 'rb').read())
at = data.index(b'etc/file\0\0')
data[data.index(b'\0\0', at) + 1] = 88
open('shipped', 'wb').write(data)
X
    judge "$format: a byte in the padding of a name" 1 shipped expected
    cp expected shipped
    poke shipped $(($(wc -c < shipped) - 1)) X
    judge "$format: a byte in the padding behind the end" 1 shipped expected
done

# A text archive behind a binary one nobody reads: it is data that stands there.
archive one bin expected.d
tree shipped.d A 1700654321
archive two newc expected.d
archive other newc shipped.d
cat one two > expected
cat one other > shipped
judge 'another kind of archive behind a binary one, of another time' 1 shipped expected

# --- a trailer of another format ---
# Linux up to 5.17 knows 070701 alone and ends there: what stands behind is not unpacked.
rm -rf first second
mkdir first second && echo one > first/one && echo two > second/two
(cd first && echo one | cpio -o -H newc --quiet --reproducible) > first.cpio
(cd second && echo two | cpio -o -H newc --quiet --reproducible) > second.cpio
cat first.cpio second.cpio > both.cpio
cp both.cpio other.cpio && poke other.cpio $(($(grep -abo -m 1 'TRAILER!!!' both.cpio | head -n 1 | cut -d : -f 1) - 110 + 5)) 2
judge 'a trailer of another format' 1 other.cpio both.cpio '.accounting.unexplained == 1 and .accounting.structure == 0'

# --- zeros behind the end ---
# Linux takes the next archive of an initramfs at a multiple of four bytes alone, also where it is another file, and cpio(1) at one
# of 512.
for zeros in 512 1024; do
    { cat first.cpio; head -c $zeros /dev/zero; } > padded.cpio
    judge "$zeros zeros more behind the end" 0 padded.cpio first.cpio
done
for zeros in 1 4 510; do
    { cat first.cpio; head -c $zeros /dev/zero; } > padded.cpio
    judge "$zeros zeros more behind the end, so that nothing is taken from the next file" 1 padded.cpio first.cpio
done
