#!/bin/sh
# T16: of an object that a linker is to make the code of (Go's own, bitcode of LLVM, of GCC for link-time optimisation)
# nobody knows what it becomes: a delivery with one is undecided until a policy lists its digest. Objects with code of
# their own as well, and texts about such objects, are as any other.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-intermediate jq bwrap gcc objcopy ar tar gzip
make_tools cat

# judged STORY CODE [WHY]: `source` is there
judged() {
    echo text > source/text && cat source/text source/text > image
    printf 'recipe: 1\nproduct: intermediate 1\nsource: [{directory: source, into: .}]\n%s\npath: /build/x\nsteps: [cat text text > out]\noutputs: [{from: out}]\n' \
        "$toolchain" > x.recipe
    run "$1" verify image --recipe x.recipe --report report.json
    ends "$2"
    if [ "$2" = 0 ]; then
        holds '.verdict == "identical" and (.expected[0].source.unread | length) == 0'
    else
        holds '.verdict == "undecided" and (.expected[0].source.unread | length) == 1'
        says out 'could not be looked into for ready-made code' "$3"
        printf 'policy: 1\nunread: [%s]\n' "$(digest source/x)" > unread.policy
        run "$1, accepted" verify image --recipe x.recipe --policy unread.policy --report report.json
        ends 0
    fi
    ok "$what: exit $code"
    rm -rf source
}
go='object in the format of Go' llvm='bitcode of LLVM' lto='object for link-time optimisation'

printf 'int f (int a) { return a * 3 + 1; }\n' > f.c
printf 'go object linux amd64 go1.19.8 X:regabiwrappers\n\n\n!\n\0go118ld\1\2\3\4' > f.go.o
# shellcheck disable=SC2016 # as it stands
printf 'go object linux amd64 go1.19.8 X:regabiwrappers\n\n\n$$B\n\0\1\2' > __.PKGDEF
printf 'BC\300\336\065\024\0\0\005\0\0\0b\014\060$' > f.bc
printf '\336\300\027\013\0\0\0\0\024\0\0\0\020\0\0\0\007\0\0\001' > f.wrapped
cat f.bc >> f.wrapped
for kind in slim fat; do
    flag=-ffat-lto-objects
    if [ $kind = slim ]; then flag=-fno-fat-lto-objects; fi
    gcc -O2 -flto $flag -c -o $kind.o f.c
done
lto_works=$(readelf -SW slim.o | grep -c gnu.lto_ || :)

for object in f.go.o __.PKGDEF; do
    mkdir source && cp $object source/x && judged "an object of Go: $object" 2 "$go"
done
mkdir source && (cd source && ar rcD x ../__.PKGDEF ../f.go.o) && judged 'a package of Go' 2 "$go"
mkdir source && { printf '\0\1\2\3'; cat f.go.o; } > source/x && judged 'an object of Go behind other bytes' 2 "$go"
mkdir source && { head -c 131069 /dev/zero; tail -c +50 f.go.o; } > source/x && judged 'an object of Go across two windows' 2 "$go"
mkdir source && tar -cf source/x f.go.o && judged 'an object of Go in a tar' 2 "$go"
if command -v go > /dev/null; then
    printf 'package f\nfunc F(a int) int { return a * 3 }\n' > f.go
    HOME=$work go tool compile -p f -o f.a f.go
    mkdir source && cp f.a source/x && judged 'what the compiler of Go writes' 2 "$go"
fi
for object in f.bc f.wrapped; do
    mkdir source && cp $object source/x && judged "bitcode: $object" 2 "$llvm"
done
mkdir source && (cd source && ar rcSD x ../f.bc) && judged 'bitcode in an archive' 2 "$llvm"
mkdir source && { printf '\0\1\2\3'; cat f.bc; } > source/x && judged 'bitcode behind other bytes' 2 "$llvm"
mkdir source && objcopy -I binary -O srec f.wrapped source/x && judged 'bitcode in S-records' 2 "$llvm"
if command -v clang > /dev/null; then
    clang -O2 -flto=thin -c -o thin.o f.c
    mkdir source && cp thin.o source/x && judged 'what clang writes for link-time optimisation' 2 "$llvm"
fi
if [ "$lto_works" != 0 ]; then
    mkdir source && cp slim.o source/x && judged 'what GCC writes for link-time optimisation' 2 "$lto"
    mkdir source && ar rcD source/x slim.o && judged 'the same in an archive' 2 "$lto"
    mkdir source && gzip -nc slim.o > source/x && judged 'the same compressed' 2 "$lto"
    mkdir source && { printf '\0\1\2\3'; cat slim.o; } > source/x && judged 'the same behind other bytes' 2 "$lto"
    if objcopy -O pe-x86-64 slim.o slim.obj 2> /dev/null; then
        mkdir source && cp slim.obj source/x && judged 'the same in COFF' 2 "$lto"
    fi
    mkdir source && cp fat.o source/x && judged 'an object with code as well' 0
fi
if command -v clang > /dev/null && clang -O2 -fembed-bitcode -c -o both.o f.c 2> /dev/null; then
    mkdir source && cp both.o source/x && judged 'an object with bitcode and code' 0
fi
echo 'const int table[] = { 1, 2, 3 };' > data.c && gcc -c data.c
mkdir source && cp data.o source/x && judged 'an object of data' 0
mkdir source
printf 'go object linux amd64 go1.19.8\n\n!\nis how one begins; BC 0xC0DE is bitcode, and __gnu_lto_slim and .gnu.lto_ are of GCC\n' > source/x
judged 'a text about such objects' 0
mkdir source && printf 'BC\303\200\n' > source/x && judged 'a text that begins nearly as bitcode' 0
mkdir source && printf 'ABC\300\336\0\0\0\0 and go object \0' > source/x && judged 'four bytes of a file' 0
mkdir source && tar -cf source/x f.c data.o && judged 'a tar without one' 0
leaves_nothing
