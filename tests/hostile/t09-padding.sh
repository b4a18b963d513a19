#!/bin/sh
# T9: padding passes with the format's own value alone, and nothing stands in the place of a byte that is expected: zeroed
# code is a patch.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mksquashfs mkimage ar cpio gcc strip gzip; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
printf 'odd' > aa
printf 'content that is longer than four' > b

# other STORY OFFSET BYTES: one byte of the padding of `good` is another one
other() {
    cp good bad && poke bad "$2" "$3"
    ! cmp -s good bad || fail "$1: nothing differs"
    judge "$1" 1 bad good "any(.findings[]; .class == \"unexplained\" and .range.offset <= $2 and .range.offset + .range.length > $2)"
}

pack good aa b
pack longer -b 40 aa b
judge 'tar: more zeros behind the end' 0 longer good '.verdict == "equivalent"'
judge 'tar: fewer zeros behind the end' 0 good longer '.verdict == "equivalent"'
cp good odd
head -c 4 /dev/zero >> odd
cp longer odder
head -c 4 /dev/zero >> odder
judge 'tar: four zeros more, behind which the next archive is not found' 1 odd good \
    'any(.facts[]; .fact == "last-block" and .shipped == "cut" and .expected == null and .class == "unexplained")'
judge 'tar: four zeros more in the rebuild' 1 good odd "$(fact last-block unexplained)"
judge 'tar: four zeros more in both' 0 odder odd '.verdict == "equivalent"'
gzip -nc odd > odd.gz
gzip -nc good > good.gz
judge 'tar: four zeros more, in a stream' 1 odd.gz good.gz "$(fact last-block unexplained)"
other 'tar: behind a member' 600 '\001'
other 'tar: behind the end of the archive' $(($(stat -c %s good) - 1)) '\001'
printf '%s\n' aa b | cpio -o -H newc --quiet -R 0:0 --reproducible > good
other 'cpio: behind a name' 113 '\001'
other 'cpio: behind content' 119 '\001'
other 'cpio: behind the end' $(($(stat -c %s good) - 1)) '\001'
# of: 110 bytes of a header, 11 of a name, and what fills up four
end=$(($(grep -obaF 'TRAILER!!!' good | sed 's/:.*//') + 10 + 1))
filled=$(((end + 3) / 4 * 4))
[ $((filled % 512)) != 0 ] || fail 'cpio: its end is another one'
cp good longer && head -c 512 /dev/zero >> longer
cp good four && truncate -s "$filled" four
cp good odd && truncate -s $((filled + 1)) odd
cp four fours && head -c 4 /dev/zero >> fours
judge 'cpio: more zeros behind the end' 0 longer good '.verdict == "equivalent"'
judge 'cpio: no more than a multiple of four, behind which the next archive is not found' 1 four good \
    'any(.facts[]; .fact == "last-block" and .shipped == "of 4 bytes" and .expected == null and .class == "unexplained")'
judge 'cpio: no more than that in the rebuild' 1 good four "$(fact last-block unexplained)"
judge 'cpio: no more than that in both' 0 fours four '.verdict == "equivalent"'
judge 'cpio: no multiple of four, where that is all' 1 odd four \
    'any(.facts[]; .fact == "last-block" and .shipped == "cut" and .expected == "of 4 bytes" and .class == "unexplained")'
judge 'cpio: none in the rebuild' 1 four odd "$(fact last-block unexplained)"
printf '%s\n' aa b | cpio -o -H odc --quiet -R 0:0 --reproducible > good
cp good four && truncate -s $((($(grep -obaF 'TRAILER!!!' good | sed 's/:.*//') + 10 + 1 + 3) / 4 * 4)) four
cp four odd && truncate -s -1 odd
judge 'cpio of the portable form: cut' 1 four good "$(fact last-block unexplained)"
judge 'cpio of the portable form: cut in both' 0 odd four '.verdict == "equivalent"'
rm -f good && ar rcSD good aa b
other 'ar: zero instead of a newline' 131 '\000'
mkdir root && cp aa b root
mksquashfs root good -quiet -no-progress -all-root -noappend -mkfs-time 1 -all-time 1 > /dev/null
mksquashfs root longer -quiet -no-progress -all-root -noappend -mkfs-time 1 -all-time 1 -nopad > /dev/null
[ $(($(stat -c %s longer) % 1024)) != 0 ] || fail 'squashfs: by chance its last block is whole'
judge 'squashfs: without the rest of its last block, where Linux does not mount it' 1 longer good "$(fact last-block unexplained)"
for block in 512 1024 2048; do
    cp good cut
    truncate -s $(($(stat -c %s good) - 4096 + block)) cut
    [ "$(stat -c %s cut)" -ge "$(stat -c %s longer)" ] || fail 'squashfs: by chance it ends behind that'
    judge "squashfs: zeros up to a multiple of $block, where a device of larger sectors has not its end" 1 cut good \
        "any(.facts[]; .fact == \"last-block\" and .shipped == \"of $block bytes\" and .expected == null and .class == \"unexplained\")"
    judge "squashfs: in the rebuild up to a multiple of $block" 1 good cut "$(fact last-block unexplained)"
    cp cut padded
    head -c 4096 /dev/zero >> padded
    judge "squashfs: both up to a multiple of $block" 0 padded cut '.verdict == "equivalent"'
done
cp good padded
head -c 8192 /dev/zero >> padded
judge 'squashfs: more zeros up to a multiple of 4 KiB' 0 padded good '.verdict == "equivalent"'
judge 'squashfs: fewer of them' 0 good padded '.verdict == "equivalent"'
other 'squashfs: behind the end' $(($(stat -c %s good) - 1)) '\001'
SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T multi -C none -n name -d aa:b good > /dev/null
other 'U-Boot image: behind a file' $((64 + 12 + 3)) '\001'
cp good bad && printf '\0' >> bad
judge 'U-Boot image: a zero behind the end' 1 bad good

# code
cat > code.c <<'X'
int entry (int x) { return x * 3 + 1; }
int other (int x) { return x - 1; }
X
gcc -O1 -g -nostdlib -shared -fPIC -Wl,--build-id=none code.c -o whole
strip whole -o good
judge 'a stripped program' 0 good whole "$(fact size explained)"
at=$(readelf -SW good | sed -n 's/.* \.text  *PROGBITS  *[0-9a-f]*  *\([0-9a-f]*\).*/\1/p')
cp good bad && poke bad $((0x$at)) '\000\000\000\000\000\000\000\000'
judge 'zeroed code in a stripped program' 1 bad whole 'any(.findings[]; .class == "unexplained" and .section == ".text")'
cp whole bad && poke bad $((0x$at)) '\000\000\000\000'
judge 'zeroed code in the program' 1 bad whole
objcopy -O binary whole good
code=$(grep -obaP '\x8d' good | sed -n '1s/:.*//p')
judge 'its flat image' 0 good whole
cp good bad && poke bad "$code" '\000\000\000'
judge 'zeroed code in the flat image' 1 bad whole
cp good bad && poke bad "$code" '\377\377\377'
judge 'the same with 0xff' 1 bad whole
end=$(stat -c %s good)
cp good bad && head -c 64 /dev/zero >> bad
judge 'zeros behind the flat image, where nothing is loaded' 0 bad whole 'any(.findings[]; .rule == "filler" and .class == "explained")'
poke bad $((end + 20)) '\001'
judge 'one byte among them' 1 bad whole
