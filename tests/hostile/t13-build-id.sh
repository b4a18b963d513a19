#!/bin/sh
# T13: a build-id is explained only where it follows from the bytes of the shipped file itself, and the expected one from
# its own: what a build chose is for its program to ask for.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gcc strip readelf; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
cat > code.c <<'X'
int table[8] = { 1, 2, 3 };
int entry (int x) { return x * 3 + table[x & 7]; }
__asm__ (".ident \"made in " PLACE "\"");
X

# place FILE: where the id stands
place() { echo $((0x$(readelf -SW "$1" | sed -n 's/.*\.note\.gnu\.build-id *NOTE *[0-9a-f]* *\([0-9a-f]*\).*/\1/p') + 16)); }
explained='any(.findings[]; .class == "explained" and .rule == "build-id")'
unexplained='any(.findings[]; .class == "unexplained" and .section == ".note.gnu.build-id")'

# id STORY COMPILER OPTION...
id() {
    story=$1
    shift
    "$@" -DPLACE='"A"' -g -O1 -nostdlib -shared -fPIC code.c -o good
    "$@" -DPLACE='"B"' -g -O1 -nostdlib -shared -fPIC code.c -o other
    judge "$story: of the shipped file" 1 good other "$explained"' and all(.findings[]; .class == "explained" or .section == ".comment")'
    cp good chosen && poke chosen $(($(place good) + 1)) '\001\002\003'
    judge "$story: of nothing" 1 chosen good "$unexplained"
    judge "$story: of the file, in place of one that was chosen" 1 good chosen "$unexplained"
    cp good bad && poke bad $(($(stat -c %s bad) - 5)) '\377'
    judge "$story: of a file with another byte" 1 bad other 'any(.findings[]; .class == "unexplained")'
    at=$(readelf -SW good | sed -n 's/.* \.text  *PROGBITS  *[0-9a-f]*  *\([0-9a-f]*\).*/\1/p')
    cp good bad && poke bad $((0x$at)) '\220'
    judge "$story: of a file with other code" 1 bad other "$unexplained"
}
for style in sha1 md5; do
    id "GNU ld, $style" gcc "-Wl,--build-id=$style"
done
if command -v clang > /dev/null && command -v ld.lld > /dev/null; then
    for style in fast sha1 md5; do
        id "lld, $style" clang -fuse-ld=lld "-Wl,--build-id=$style"
    done
    id 'lld, 32 bit, big-endian' clang --target=mips-linux-gnu -fuse-ld=lld -Wl,--build-id=sha1
fi
gcc -DPLACE='"A"' -g -O1 -nostdlib -shared -fPIC -Wl,--build-id code.c -o good
cp good other && poke other $(($(place good) + 1)) '\001\002\003'
strip good -o stripped
judge 'a file that was stripped after it was linked' 1 stripped other "$unexplained"
judge 'what of it is strip is explained all the same' 1 stripped other \
    'all(.findings[]; .class == "explained" and .rule == "strip" or .section == ".note.gnu.build-id")'
