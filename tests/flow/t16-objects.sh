#!/bin/sh
# T16: what was linked from an object that came ready-made is opaque, however short its functions are and however close
# their relocations stand; and what was not linked from it is not.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-objects jq bwrap gcc objcopy strip ar tar

mkdir -m 755 source
# 12 bytes on x86-64, and hardly any beside the relocations
echo 'int check (int p) { return p == 0xdead; }' > check.c
printf 'int system (const char *);\nvoid shell (void) { system ("/bin/sh"); }\n' > shell.c
printf 'int one (void); int two (int); int three (int); extern int state;\nint dense (void) { return three (two (one ()) + state) + state; }\n' > dense.c
echo 'int yes (void) { return 1; }' > yes.c
printf 'extern __thread int there; int use (void) { return there + 77; }\n' > tls.c
for object in check shell dense yes tls; do gcc -O2 -c "$object.c"; done
gcc -O2 -fPIC -c -o pic.o tls.c
cp check.o shell.o dense.o yes.o tls.o pic.o source/
echo 'int look (int p) { return p == 0xbeef; }' > look.c && gcc -O2 -c look.c
ar rcD source/libready.a look.o yes.o
cd source
cat > main.c <<'END'
int FIRST (int);
int state;
__thread int there;
int one (void) { return state += 4711; }
int two (int x) { return x * x + 12345; }
int three (int x) { return x ? x + 54321 : 99; }
int main (int c, char **v) { state = c; there = c + 3; return FIRST (c) + 2; }
END
echo 'int own (int x) { return x ^ 0x1234567; }' > own.c
cat > build.sh <<'END'
set -e
mkdir out
for object in check shell dense yes tls pic; do
    f=$object
    case $f in tls | pic) f=use ;; esac
    gcc -O2 -DFIRST=$f -o out/$object main.c $object.o
    strip -o out/$object.stripped out/$object
    gcc -O2 -static -DFIRST=$f -o out/$object.static main.c $object.o
    objcopy --redefine-sym $f=renamed_function $object.o renamed.o
    gcc -O2 -DFIRST=renamed_function -o out/$object.renamed main.c renamed.o
done
gcc -O2 -DFIRST=look -o out/member main.c -L. -lready
gcc -O2 -c -DFIRST=check main.c && ld -r -o out/partial.o main.o check.o
objcopy -O binary -j .text out/check out/check.flat
gcc -O2 -DFIRST=own -o out/clean main.c own.c
strip -o out/clean.stripped out/clean
gcc -O2 -static -DFIRST=own -o out/clean.static main.c own.c
objcopy -O binary -j .text out/clean out/clean.flat
gcc -O2 -c -o out/clean.o own.c
END
cd ..
pack='tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w -cf'
cp -r source built
(cd built && sh build.sh && $pack ../image.tar -C out .) > made 2>&1 || { cat made >&2; fail 'the image could not be made'; }
cat > objects.recipe <<END
recipe: 1
product: objects 1
source: [{directory: source, into: .}]
path: /build/objects
steps:
  - sh build.sh
  - $pack image.tar -C out .
outputs: [{from: image.tar}]
END
run 'ready-made objects' verify image.tar --recipe objects.recipe --report report.json
ends 1
holds 'all(.findings[]; .class != "unexplained" or .rule == "opaque")'
origin() { holds "[.files[] | select(.path == \"$1\") | [.origin, (.origin_detail // \"\" | contains(\"$2\"))]] == [[\"$3\", true]]"; }
for object in check shell dense yes tls pic; do
    for variant in '' .stripped .static; do
        origin "$object$variant" "$object.o" opaque
    done
done
for object in check shell dense yes; do origin "$object.renamed" "$object.o" opaque; done
origin member libready.a//look.o opaque
origin partial.o check.o opaque
origin check.flat check.o opaque
ok "$what: each is found and named"
origin clean '' unknown
origin clean.flat '' unknown
origin clean.o '' unknown
ok "$what: what is not linked from them is not"
leaves_nothing
