#!/bin/sh
# T16: a ready-made object behind other bytes of one file of the delivery: in a file of unknown kind, behind a
# library, in a member of an archive; in records of Intel HEX or of Motorola. Bytes that only begin as one does are none; more than are cut out: undecided.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-embedded jq bwrap gcc python3 tar
make_root tools ar cat cp head objcopy strip tail tar
add_compiler tools stdio.h stdlib.h string.h
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"

cat > part.c <<'END2'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int part (const char *a, const char *b)
{
  char said[64];
  if (a == NULL || strcmp (a, "user") != 0)
    return getenv ("PART") != NULL;
  snprintf (said, sizeof said, "%s and %s", a, b);
  puts (said);
  return strlen (said) > 7 ? system (b) : strcmp (said, "nothing");
}
END2
gcc -O2 -c part.c -o part.o
echo 'int other (int a) { return a * 3 + 1; }' | gcc -O2 -s -shared -fPIC -o other.so -xc -

# judged STORY CODE STEP OWN: `source` is there; OWN is the source of a part of its own, or /dev/null
judged() {
    echo 'int part (const char *a, const char *b); int main (int c, char **v) { return part (v[0], v[c - 1]); }' > source/main.c
    cp "$4" source/own.c
    cp -a source built
    (cd built && sh -ec "$3") > said 2>&1 || { cat said >&2; fail "$1: does not build"; }
    printf 'recipe: 1\nproduct: embedded 1\nsource: [{directory: source, into: .}]\n%s\npath: /build/embedded\nsteps: ["%s"]\noutputs: [{from: out}]\n' \
        "$toolchain" "$3" > embedded.recipe
    run "$1" verify built/out --recipe embedded.recipe --report report.json
    ends "$2"
    if [ "$2" = 1 ]; then holds 'any(.findings[]; .rule == "opaque")'; fi
    ok "$what: exit $code"
    rm -rf source built
}
link='gcc -O1 -s -Wl,--build-id=none -o out main.c'

for before in 1 3 12; do
    mkdir source
    { head -c "$before" /dev/zero; cat part.o; } > source/x.bin
    judged "an object behind $before bytes" 1 "tail -c +$((before + 1)) x.bin > part.o; $link part.o" /dev/null
done
mkdir source
cat other.so part.o > source/x.so
judged 'an object behind a library' 1 "tail -c +$(($(wc -c < other.so) + 1)) x.so > part.o; $link part.o" /dev/null
mkdir source
{ printf 'xyz\0'; cat part.o; } > member
tar -cf source/x.tar member
judged 'an object behind bytes of a member' 1 "tar -xOf x.tar member | tail -c +5 > part.o; $link part.o" /dev/null
# across the end of a window of 64 KiB
mkdir source
{ head -c 65534 /dev/zero; cat part.o; } > source/x.bin
judged 'an object across two windows' 1 "tail -c +65535 x.bin > part.o; $link part.o" /dev/null

for kind in ihex srec; do
    mkdir source
    objcopy -I binary -O $kind part.o source/x.txt
    judged "an object in $kind" 1 "objcopy -I $kind -O binary x.txt part.o; $link part.o" /dev/null
    mkdir source
    seq 1 500 > numbers
    objcopy -I binary -O $kind numbers source/x.txt
    judged "a text in $kind" 0 "objcopy -I $kind -O binary x.txt numbers; $link own.c" part.c
done

# heads KIND COUNT: how ELF files begin, and nothing that holds up, or headers that do
cat > heads.py <<'END2'
import struct, sys
kind, count = sys.argv[1], int(sys.argv[2])
whole = b'\177ELF\2\1\1' + bytes(9) + struct.pack('<HHIQQQIHHHHHH', 1, 62, 1, 0, 0, 0, 0, 64, 0, 0, 64, 0, 0)
sys.stdout.buffer.write(b'\0' + (whole if kind == 'whole' else b'\177ELF\2\1\1 is how it begins\0') * count)
END2
mkdir source
python3 heads.py magic 20000 > source/x.bin
judged 'twenty thousand magics' 0 "$link own.c" part.c
mkdir source
python3 heads.py whole 1000 > source/x.bin
judged 'a thousand headers' 0 "$link own.c" part.c
mkdir source
python3 heads.py whole 1100 > source/x.bin
judged 'more headers than are cut out' 2 "$link own.c" part.c
