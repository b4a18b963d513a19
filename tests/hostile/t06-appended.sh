#!/bin/sh
# T6: something behind a program, a script or a boot loader. Where it begins must be certain; else there is one file, which
# is equal or is not.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gcc mksquashfs zip cpio tar gzip xz zstd dtc makeself python3 jq; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done

# one PATH OFFSET: this byte and no other is unexplained
one() { printf '[.findings[] | select(.class == "unexplained")] | length == 1 and .[0].path == "%s" and .[0].range.offset == %s and .[0].range.length == 1' "$1" "$2"; }
whole() { printf 'all(.files[]; .path == ".") and .image.format == "%s"' "$1"; }
# flip FILE OFFSET
flip() { poke "$1" "$2" "$(printf '\\%03o' $(($(od -An -tu1 -j"$2" -N1 "$1") ^ 1)))"; }

mkdir tree && seq 1 3000 > tree/numbers && printf 'hello\n' > tree/text
echo 'int main (void) { return 7; }' > program.c && gcc -O2 -s -o program program.c
length=$(wc -c < program)

# put_squashfs FILE TIME, ...: the tree, packed at a time
put_squashfs() { rm -f "$1" && mksquashfs tree "$1" -quiet -no-progress -all-root -noappend -reproducible -mkfs-time "$2" -all-time "$2" > /dev/null; }
put_tar() { tar --format=gnu --owner=0 --group=0 --mtime="@$2" --sort=name -C tree -cf "$1" numbers text; }
put_gzip() { put_tar "$1.tar" "$2" && gzip -n9 < "$1.tar" > "$1"; }
put_xz() { put_tar "$1.tar" "$2" && xz < "$1.tar" > "$1"; }
put_zstd() { put_tar "$1.tar" "$2" && zstd -q -c "$1.tar" > "$1"; }
put_cpio() { find tree -exec touch -d "@$2" {} + && (cd tree && printf '%s\n' numbers text | cpio --quiet -o -H newc -R 0:0 --reproducible) > "$1"; }
# the times of DOS in a zip are explained by nothing, so that it is packed at one time, and compressed in two ways
put_zip() { rm -f "$1" && find tree -exec touch -d @1700000000 {} + && (cd tree && TZ=UTC zip "-$([ "$2" = 1700000000 ] && echo 7 || echo 3)" -qX - numbers text > "../$1"); }

# --- a program ---
for kind in squashfs zip cpio tar gzip xz zstd; do
    "put_$kind" first 1700000000
    "put_$kind" second 1790000000
    cat program first > expected && cat program second > shipped
    # a stream behind a program may be for a shell, which its time is a line for
    case $kind in gzip | xz | zstd) code=1 verdict=mismatch ;; *) code=0 verdict=equivalent ;; esac
    judge "a program with a $kind behind it, packed otherwise" $code shipped expected \
        '.image.format == "elf-appended" and .verdict == "'$verdict'" and any(.files[]; .path == "#elf" and .format == "elf") and any(.files[].path; test("^#appended//(.*//)?numbers$"))'
    cp shipped bad && flip bad 4100
    judge "$kind: a byte of the program" 1 bad expected 'any(.findings[]; .class == "unexplained" and .path == "#elf" and .range.offset == 4100 and .range.length == 1)'
    cp shipped bad && printf x >> bad
    judge "$kind: a byte behind the end" 1 bad expected
    { cat program && printf 'x' && cat second; } > bad
    judge "$kind: a byte between" 1 bad expected
done
put_squashfs first 1700000000 && cat program first > expected
{ cat program && head -c 96 /dev/zero && cat first; } > padded
judge 'zeros between' 0 padded padded '.image.format == "elf-appended"'
judge 'zeros between that the rebuild has not' 1 padded expected
# beside STORY CODE SHIPPED EXPECTED: the same for whoever has the squashfs in scope alone
beside() {
    for scope in '#appended' '#appended//numbers' '#appended//**'; do
        code=0
        "$assay" compare --scope "$scope" "$3" "$4" > said.txt 2>&1 || code=$?
        [ "$code" = "$2" ] || { cat said.txt >&2; fail "$scope, $1: exit $code, expected $2"; }
        printf 'ok: %s: %s, %s\n' "$name" "$scope" "$1"
    done
}
beside 'zeros between' 0 padded padded
beside 'zeros between that the rebuild has not' 1 padded expected
beside 'zeros between that the image has not' 1 expected padded
cp expected other && flip other 4100
beside 'another program in front, of the same length' 0 other expected
cp padded bad && poke bad $((length + 5)) x
judge 'a byte in the zeros: nothing is certain' 1 bad padded "$(one . $((length + 5)))"
cp expected bad && sed 's/^77$/78/' tree/numbers > n && mv tree/numbers keep && mv n tree/numbers && put_squashfs second 1700000000 && mv keep tree/numbers && cat program second > bad
judge 'a byte of a file in the squashfs' 1 bad expected "$(one '#appended//numbers' "$(seq 1 76 | wc -c | awk '{ print $1 + 1 }')")"
judge 'a program without, and a rebuild with' 1 program expected
judge 'a program with, and a rebuild without' 1 expected program
{ cat program && printf 'no archive here, only a text'; } > text
judge 'a text behind a program is a part of it' 0 text text "$(whole elf)"
python3 - program moved <<'P'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at, = struct.unpack_from("<Q", data, 32)
for i in range(struct.unpack_from("<H", data, 56)[0]):
    if struct.unpack_from("<I", data, at + i * 56)[0] == 0x6474E551:  # PT_GNU_STACK, which is nowhere: now far behind
        struct.pack_into("<QQQQ", data, at + i * 56 + 8, len(data), 0, 0, 4096)
open(sys.argv[2], "wb").write(data)
P
{ cat moved && cat first; } > loaded
judge 'a squashfs that the program loads is the program' 0 loaded loaded '.image.format == "elf"'
mkdir shipped.d expected.d && put_squashfs second 1790000000 && cat program second > shipped.d/app && cp expected expected.d/app && chmod 755 shipped.d/app expected.d/app
judge 'in a file that may be run as it is no time is explained' 1 shipped.d expected.d 'any(.files[].path; . == "app//#elf")'

# --- a script ---
# shellcheck disable=SC2016 # the script expands it
script='#!/bin/sh\ntail -n +4 "$0" | tar xz\nexit 0\n'
# shellcheck disable=SC2059 # the text has line ends
start=$(printf "$script" | wc -c)
for kind in gzip xz zstd tar cpio zip squashfs; do
    "put_$kind" first 1700000000
    "put_$kind" second 1790000000
    # shellcheck disable=SC2059
    { printf "$script" && cat first; } > expected && { printf "$script" && cat second; } > shipped
    judge "a script with a $kind behind it" 0 expected expected \
        '.image.format == "script-appended" and .verdict == "identical" and any(.files[]; .path == "#script") and any(.files[].path; test("^#payload//(.*//)?numbers$"))'
    judge "$kind: packed otherwise: what a shell may read on is not free" 1 shipped expected 'any(.facts[]; .class == "unexplained")'
    cp expected bad && poke bad 20 x
    judge "$kind: a byte of the script" 1 bad expected "$(one '#script' 20)"
    cp expected bad && printf x >> bad
    judge "$kind: a byte behind the end" 1 bad expected
    cp expected bad && flip bad $((start + 300))
    judge "$kind: a byte of the archive" 1 bad expected
    { head -c "$start" expected && printf '\n' && tail -c +$((start + 1)) expected; } > bad
    judge "$kind: a line's end between" 1 bad expected
done
# A script that does not end, and content that is a line of it once it is not compressed: gzip -1 of a few bytes that
# nothing can make shorter stores them.
printf '#!/bin/sh\n' > expected && cp expected shipped
python3 - content gz.stored gz.packed <<'P'
import sys, zlib
text = bytes(range(200, 250)) + b"\ntouch PWNED\n#" + b"\ntouch PWNED\n#" * 20
open(sys.argv[1], "wb").write(text)
for name, level in (sys.argv[2], 0), (sys.argv[3], 9):
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    open(name, "wb").write(packer.compress(text) + packer.flush())
P
cat gz.packed >> expected && cat gz.stored >> shipped
(sh shipped && sh expected) > /dev/null 2>&1 || : # what the shell makes of the rest is no matter
[ -e PWNED ] || fail 'the sample of a script that runs what is behind it is made wrong'
judge 'the same content, not compressed, which a shell runs' 1 shipped expected '.image.format == "script-appended"'
put_gzip first 1700000000
# shellcheck disable=SC2059
{ printf "$script" && head -c 300 first; } > 'cut'
judge 'an archive that is cut off: one file' 0 cut cut "$(whole raw)"
cp cut bad && flip bad $((start + 200))
judge 'a byte of it' 1 bad cut "$(one . $((start + 200)))"
# shellcheck disable=SC2059
{ printf "$script" && printf 'x' && cat first; } > inline
judge 'an archive that does not begin a line: one file' 0 inline inline "$(whole raw)"
# shellcheck disable=SC2059
{ printf "$script" && cat first && printf 'more\n' && cat first; } > 'more'
judge 'bytes between two archives: only the last reaches to the end' 0 more more '.image.format == "script-appended"'
# shellcheck disable=SC2059
{ printf "$script" && cat first && printf 'less\n' && cat first; } > bad
judge 'and what is before it is the script' 1 bad more 'any(.findings[]; .path == "#script")'
printf '#!/bin/sh\necho a\n' > plain
judge 'a script alone' 0 plain plain "$(whole raw)"
# run FILE TIME OPTION: the lengths of what is packed stand in makeself's script, so that they must be the same, and so
# does how it was called
run() {
    find tree -exec touch -d "@$2" {} +
    makeself "$3" --nocrc --nomd5 --noprogress --packaging-date today --nooverwrite --tar-extra '--owner=0 --group=0 --sort=name' tree made.run label true > log 2>&1 || fail "makeself: $(cat log)"
    mv made.run "$1"
}
run first.run 1700000000 --nocomp && run second.run 1790000000 --nocomp
judge 'makeself: packed at another time' 1 second.run first.run 'any(.facts[]; .path == "#payload//numbers" and .fact == "mtime" and .class == "unexplained")'
run second.run 1700000000 --nocomp
judge 'makeself: packed twice' 0 second.run first.run '.verdict == "identical" and any(.files[].path; test("^#payload//(./)?numbers$"))'
sed 's/^77$/78/' tree/numbers > n && cat n > tree/numbers && run second.run 1700000000 --nocomp
judge 'makeself: a byte of a file' 1 second.run first.run "$(one '#payload//numbers' "$(seq 1 76 | wc -c | awk '{ print $1 + 1 }')")"
run second.run 1700000000 --gzip
judge 'makeself: with gzip' 0 second.run second.run 'any(.files[].path; test("^#payload//#gzip//(./)?numbers$"))'

# --- a device tree ---
tree() { printf '/dts-v1/; / { model = "m"; compatible = "vendor,board"; #address-cells = <1>; memory@0 { device_type = "memory"; reg = <%s 2>; }; };' "$1" | dtc -q -I dts -O dtb -o "$2"; }
tree 1 dtb && tree 3 dtb.other
tail -c 3000 program > raw && cat raw dtb > expected && cat raw dtb.other > bad
judge 'raw bytes with a device tree behind them' 0 expected expected '.image.format == "raw-appended" and any(.files[]; .path == "#dtb" and .format == "fdt")'
judge 'another device tree' 1 bad expected 'any(.facts[]; .path == "#dtb" and .fact == "memory@0/reg" and .class == "unexplained")'
cp expected bad && flip bad 100
judge 'a byte of the loader' 1 bad expected "$(one '#program' 100)"
cp expected bad && printf '\0' >> bad
judge 'a byte behind the device tree: one file' 1 bad expected
judge 'the same on both sides' 0 bad bad "$(whole raw)"
{ printf x && cat expected; } > bad
judge 'a device tree at no multiple of four: one file' 0 bad bad "$(whole raw)"
cp expected bad && poke bad $((3000 + 7)) '\1'
judge 'a device tree that says another size: one file' 1 bad expected "$(one . 3007)"
cat raw dtb dtb > bad
judge 'two device trees: the last reaches to the end' 0 bad bad '.image.format == "raw-appended" and ([.files[] | select(.path == "#dtb")] | length) == 1'
