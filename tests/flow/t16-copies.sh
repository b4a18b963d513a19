#!/bin/sh
# T16: a ready-made program is recognised where it was not compiled, though it is not quite the file that was delivered or
# that the toolchain has: a byte longer, with another header, or still packed behind other bytes. Each has its honest twin.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-copies jq bwrap gcc ld objcopy gzip tar dd

cat > tool.c <<'END'
#include <unistd.h>
static volatile unsigned k = 3;
int main (int c, char **v)
{
  unsigned r = (unsigned) c + (unsigned) v[0][0];
  for (unsigned i = 0; i < k * 7; i++)
    {
      r ^= i * k;
      r = (r << 5) | (r >> 27);
      if (r & 8)
        r += 0xdeadbeef;
    }
  return (int) write (1, "tool\n", 5) + (int) r;
}
END
sed 's/k \* 7/k * 11/; s/<< 5/<< 9/; s/>> 27/>> 23/; s/tool/tale/; s/if (r & 8)/if (r \& 64) r -= c * k; else if (r \& 8)/' tool.c > tale.c
mkdir -m 755 sdk
gcc -O2 -s -o sdk/tool tool.c
gcc -O2 -s -static -o sdk/static tool.c 2> /dev/null || rm -f sdk/static
head -c 20000 /dev/urandom > sdk/boot.bin
tar -cf sdk.tar -C sdk .

# what compiles beside a layer; without one it is this machine
make_root tools cat cp dd gzip head tail
add_compiler tools unistd.h
for part in libc.a libgcc_eh.a crtbeginT.o; do gcc -print-file-name=$part; done | xargs realpath -s | xargs cp -L --parents -t tools
tools="{directory: tools, sha256: $(tree_digest tools)}"
fresh() { rm -rf source && mkdir -m 755 source && cp tale.c source/; }
# built STORY STEP EXIT [DETAIL]: the step makes `out` of what lies in source/, for the image as in the rebuild
built() {
    rm -rf own && cp -r source own
    (cd own && sh -ec "$(echo "$2" | sed "s,/opt/sdk,$work/sdk,g")" > ../made 2>&1) ||
        { cat made >&2; fail "$1: the image could not be made"; }
    cat > case.recipe <<END
recipe: 1
product: copies 1
source: [{directory: source, into: .}]
toolchain: [$layer]
path: /build/copies
steps:
  - $2
outputs: [{from: out}]
END
    [ -n "$layer" ] || sed -i '/^toolchain/d' case.recipe
    run "$1" verify own/out --recipe case.recipe --report report.json
    ends "$3"
    if [ "$3" = 1 ]; then
        holds "any(.files[]; .origin == \"opaque\" and (.origin_detail | contains(\"$4\")))"
        holds '[.findings[] | select(.class == "unexplained") | .rule] | unique == ["opaque"]'
    fi
    ok "$what: exit $code"
}

# --- programs and raw images of a layer ---
layer="$tools, {archive: sdk.tar, at: /opt/sdk}"
fresh
built 'a byte behind a program of a layer' 'cp /opt/sdk/tool out && echo >> out' 1 /opt/sdk/tool
built 'another byte in its header' 'cp /opt/sdk/tool out && printf "\001" | dd of=out bs=1 seek=8 conv=notrunc' 1 /opt/sdk/tool
built 'another byte in its code' 'cp /opt/sdk/tool out && printf "\220" | dd of=out bs=1 seek=4200 conv=notrunc' 1 /opt/sdk/tool
built 'a raw image of a layer behind a header' '(echo HEADER && cat /opt/sdk/boot.bin) > out' 1 /opt/sdk/boot.bin
built 'a program that is compiled beside it' 'gcc -O2 -s -o out tale.c' 0
built 'a small part of a raw image' '(cat tale.c && head -c 20000 /dev/zero && head -c 1000 /opt/sdk/boot.bin) > out' 0
if [ -f sdk/static ]; then
    built 'a byte behind a static program' 'cp /opt/sdk/static out && echo >> out' 1 /opt/sdk/static
    built 'a static program with the same libraries' 'gcc -O2 -s -static -o out tale.c' 0
fi

# --- a program of this machine ---
layer=
program=$(readlink -f "$(command -v dash || command -v true)")
built 'a byte behind a program of this machine' "cp $program out && echo >> out" 1 "$program"
case $(uname -m) in
    x86_64 | aarch64 | riscv64)
        built 'another class in its first bytes, which Linux does not ask for' \
            "cp $program out && printf '\\001' | dd of=out bs=1 seek=4 conv=notrunc" 1 "$program"
        built 'another byte order there' "cp $program out && printf '\\002' | dd of=out bs=1 seek=5 conv=notrunc" 1 "$program"
        built 'another version there' "cp $program out && printf '\\002' | dd of=out bs=1 seek=6 conv=notrunc" 1 "$program" ;;
esac
built 'it without its last bytes' "head -c -40 $program > out" 1 "$program"

# --- what is delivered in packed form, and stays so behind other bytes ---
layer=$tools
mkdir packed && cp "$assay" packed/ready && objcopy -O binary -j .text packed/ready code.bin
fresh && gzip -nc packed/ready > source/ready.gz
built 'a packed program behind a header' '(head -c 64 /dev/zero && cat ready.gz) > out' 1 ready.gz
built 'a part of it' '(cat tale.c && tail -c +5000 ready.gz | head -c 3000 && cat tale.c) > out' 1 ready.gz
built 'a packed program in the data of a compiled one' \
    'ld -r -b binary -z noexecstack -o b.o ready.gz && gcc -O2 -s -o out tale.c b.o' 1 ready.gz
fresh && tar -czf source/root.tar.gz packed
built 'a packed archive with a program' '(head -c 64 /dev/zero && cat root.tar.gz) > out' 1 root.tar.gz
if command -v mksquashfs > /dev/null; then
    fresh && mksquashfs packed source/root.squashfs -quiet -noappend -all-root > /dev/null
    built 'a file system with a program' '(head -c 64 /dev/zero && cat root.squashfs) > out' 1 root.squashfs
fi
fresh && (tar --owner=0 --group=0 -cf - tale.c && cat code.bin) > source/behind.tar
built 'code behind the end of an archive' '(head -c 64 /dev/zero && tail -c +10241 behind.tar) > out' 1 behind.tar
fresh && gzip -nc tool.c > source/text.gz
built 'a packed text behind a header' '(head -c 64 /dev/zero && cat text.gz) > out' 0
fresh && gzip -nc packed/ready > source/ready.gz
built 'another program that the build packs itself' \
    'gcc -O2 -s -o tale tale.c && (head -c 64 /dev/zero && gzip -nc tale) > out' 0
