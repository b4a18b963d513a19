#!/bin/sh
# T16: machine code that came ready-made, however it got into an output, is opaque: unexplained though the rebuild has the
# very same bytes, unless the policy accepts the file by its digest.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-origin jq bwrap gcc objcopy strip ar tar

mkdir -m 755 source cache
# what somebody compiled elsewhere, and delivers without its source
cat > secret.c <<'END'
int
secret (const char *text, int length)
{
  int hash = 17;
  for (int i = 0; i < length; i++)
    {
      hash = hash * 31 + text[i];
      if (hash & 8)
        hash ^= text[length - i - 1] << 3;
      else
        hash += i * 7;
    }
  return hash;
}
END
gcc -O2 -c -o source/ready.o secret.c
sed 's/secret/hidden/; s/31/37/; s/17/1234567/' secret.c > hidden.c && gcc -O2 -c -o hidden.o hidden.c
sed 's/secret/cached/; s/31/41/; s/* 7/* 77777/' secret.c > cached.c && gcc -O2 -c -o cache/cached.o cached.c
echo 'int nothing (void) { return 0; }' > nothing.c && gcc -O2 -c -o nothing.o nothing.c
ar rcD source/libready.a nothing.o hidden.o
echo 'int main (void) { return 3; }' > tool.c && gcc -O2 -o tool tool.c
tar --owner=0 --group=0 -czf source/tools.tar.gz tool && cp tool source/tool.bin
head -c 3000 /dev/urandom > source/radio.fw
printf '\211PNG\r\n\032\n\0\0\0\004tEXtabcdCRC_\0\0\0\0IENDCRC_' > source/logo.png
printf '#!/bin/sh\necho a script\n' > source/run.sh && chmod 755 source/run.sh
cat > source/main.c <<'END'
#include <stdio.h>
int WHICH (const char *text, int length);
int main (int argc, char **argv) { printf ("%d\n", WHICH (argv[0], argc)); return 0; }
END
cat > source/own.c <<'END'
#include <string.h>
int own (const char *text, int length) { int sum = 0; while (length-- > 0) sum = sum * 5 + (int) strlen (text + length); return sum; }
END
printf '    .section .rodata\n    .incbin "radio.fw"\n    .section .note.GNU-stack\n' > source/radio.S
# build: what both sides run; it makes out/
cat > source/build.sh <<'END'
set -e
mkdir out
gcc -O2 -DWHICH=own -o out/clean main.c own.c
gcc -O2 -DWHICH=secret -o out/linked main.c ready.o
gcc -O2 -DWHICH=hidden -o out/member main.c -L. -lready
gcc -O2 -DWHICH=secret -o out/stripped main.c ready.o && strip out/stripped
gcc -O2 -c -DWHICH=secret main.c && ld -r -o out/partial.o main.o ready.o
gcc -O2 -DWHICH=cached -o out/input main.c ${CACHE:-/inputs/cache}/cached.o
gcc -O2 -DWHICH=own -o out/embedded main.c own.c radio.S
objcopy -O binary -j .text out/linked out/flat.bin
tar -xzf tools.tar.gz && mv tool out/unpacked
cp tool.bin out/renamed && cp tool.bin out/smaller && strip out/smaller
cp radio.fw logo.png run.sh out/
cp /usr/bin/true out/true
END
pack='tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w -cf'
cp -r source built
(cd built && CACHE=../cache sh build.sh && $pack ../image.tar -C out .) > made 2>&1 || { cat made >&2; fail 'the image could not be made'; }
cat > opaque.recipe <<END
recipe: 1
product: opaque 1
source: [{directory: source, into: .}]
inputs: [{path: cache, at: /inputs/cache}]
path: /build/opaque
steps:
  - sh build.sh
  - $pack image.tar -C out .
outputs: [{from: image.tar}]
END
run 'ready-made code' verify image.tar --recipe opaque.recipe --report report.json
ends 1
origin() { holds "[.files[] | select(.path == \"$1\") | [.origin, (.origin_detail // \"\" | contains(\"$3\"))]] == [[\"$2\", true]]"; }
origin linked opaque ready.o
origin member opaque 'libready.a//hidden.o'
origin stripped opaque ready.o
origin partial.o opaque ready.o
origin input opaque /inputs/cache/cached.o
origin embedded opaque radio.fw
origin flat.bin opaque ready.o
origin unpacked opaque tool
origin renamed opaque tool
origin smaller opaque tool
origin radio.fw opaque radio.fw
origin true opaque /usr/bin/true
origin logo.png source logo.png
origin run.sh source run.sh
origin clean unknown ''
holds 'all(.findings[]; .class != "unexplained" or .rule == "opaque")'
holds '[.findings[] | select(.class == "unexplained") | .path] | unique | contains(["clean"]) or contains(["run.sh"]) or contains(["logo.png"]) | not'
holds '[.findings[] | select(.rule == "opaque" and .path == "linked") | .section] == [".text"]'
start=$(readelf -W -s built/out/linked | awk '$8 == "secret" {print $2}')
holds ".findings[] | select(.rule == \"opaque\" and .path == \"linked\") | .range | (.offset >= $((0x$start))) and (.offset + .length <= $((0x$start)) + 128) and .length >= 48"
says out 'came ready-made and were not compiled from source' 'machine code of ready.o, which came with the source'
ok "$what: each is found, named and unexplained"

run 'a comparison' compare image.tar image.tar --report report.json
ends 0
holds '[.files[] | .origin // empty] | unique == ["unknown"]'
ok "$what: nothing is known of origins"

# blobs LINE...: the policy that accepts these; OTHER=1: by another digest
blobs() {
    printf 'policy: 1\nrequire: {verdict: waived}\nblobs:\n' > blobs.policy
    for file in linked member stripped partial.o input embedded flat.bin unpacked renamed smaller radio.fw true; do
        printf '  - {path: "%s", sha256: %s, reason: "no source for %s"}\n' "$file" "$(digest "built/out/$file")" "$file" >> blobs.policy
    done
}
blobs
run 'accepted by digest' verify image.tar --recipe opaque.recipe --policy blobs.policy --report report.json
ends 0
holds '.verdict == "waived" and ([.findings[] | select(.class == "waived") | .rule] | unique == ["blob"]) and (.policy.used | length == 12) and .accounting.unexplained == 0'
origin linked opaque ready.o
says out 'no source for radio.fw' 'accepts'
run 'at the gate' gate report.json --policy blobs.policy --trust-report --image image.tar
ends 0
ok 'accepted by digest: waived, and said'
sed -i "/radio.fw/s/sha256: .*, reason/sha256: $(digest source/main.c), reason/" blobs.policy
run 'accepted by another digest' verify image.tar --recipe opaque.recipe --policy blobs.policy --report report.json
ends 1
holds '[.findings[] | select(.class == "unexplained") | .path] | unique == ["radio.fw"]'
holds 'any(.policy.notes[]; contains("radio.fw has another digest than the line gives"))'
ok "$what: unexplained"

# what is only there, and in no output, makes nothing opaque; texts alone have an origin that is known
printf 'set -e\nmkdir out\ncp run.sh logo.png out/\n' > source/build.sh
(cd source && $pack ../image.tar run.sh logo.png)
sed 's/-C out \./run.sh logo.png/' opaque.recipe > plain.recipe
printf 'policy: 1\nrequire: {origin: known}\n' > known.policy
run 'texts and pictures' verify image.tar --recipe plain.recipe --policy known.policy --report report.json
ends 0
holds '[.files[] | .origin // empty] | unique == ["source"]'
ok "$what: their origin is known"
printf 'set -e\ngcc -O2 -DWHICH=own -o clean main.c own.c\n' > source/build.sh
(cp -r source again && cd again && sh build.sh && $pack ../image.tar run.sh clean)
sed 's/-C out \./run.sh clean/' opaque.recipe > plain.recipe
run 'a compiled program' verify image.tar --recipe plain.recipe --policy known.policy --report report.json
ends 1
holds '.verdict == "identical" and any(.policy.failures[]; contains("1 file, the first is clean"))'
ok "$what: its origin is not known without a record of what the build read"
run 'a limit' verify image.tar --recipe plain.recipe --limit delivered-code=100 --report report.json
ends 2
says out 'limit delivered-code (100 bytes) hit'
ok "$what: more ready-made code than can be looked for is undecided"
leaves_nothing
