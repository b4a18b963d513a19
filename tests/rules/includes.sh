#!/bin/sh
# A room includes headers only of itself and of rooms before it in the order of the flow; util, cage and crypto serve
# all. Whatever is included in quotes is written from src/ on, as "room/noun.h"; public headers are <assay/...>. OpenSSL
# and p11-kit belong to the room crypto alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/rules/lib.sh
. "$here/lib.sh"

check() {
    tracked > "$scratch/tracked"
    grep -E '^src/.*/.*\.[ch]$' "$scratch/tracked" > "$scratch/sources" || die "no sources below $root/src"
    (
        cd "$root"
        xargs awk -v list="$scratch/tracked" -f "$here/includes.awk" "$scratch/tracked" < "$scratch/sources"
    ) > "$scratch/includes" || die "awk failed"
    findings_from "$scratch/includes"
}

plant_upward() { echo '#include "judge/judge.h"' >> "$copy/src/compare/align.c"; }
plant_util() { echo '#  include  "crypto/sha256.h" /* why */' >> "$copy/src/util/text.c"; }
plant_openssl() { echo '#include <openssl/evp.h>' >> "$copy/src/unpack/unpack.h"; }
plant_relative() { echo '#include "align.h"' >> "$copy/src/compare/align.c"; }
plant_climb() { echo '#include "../judge/judge.h"' >> "$copy/src/compare/align.c"; }
plant_macro() { echo '#include SOME_HEADER' >> "$copy/src/compare/align.c"; }
plant_room() { mkdir "$copy/src/magic" && echo 'int magic;' > "$copy/src/magic/magic.c"; }
plant_public() { echo '#include <assay/no-such.h>' >> "$copy/src/util/text.c"; }

# each has a line of its own
plant_all() { for planted in upward util openssl relative climb macro room public; do "plant_$planted"; done; }

self_test() {
    plant 'a room that includes one behind it' 'src/compare/align.c:[0-9]*: the room compare includes "judge/judge.h"' plant_all
    also 'util that includes another room' 'src/util/text.c:[0-9]*: the room util includes "crypto/sha256.h"'
    also 'OpenSSL outside crypto' 'src/unpack/unpack.h:[0-9]*: <openssl/evp.h> belongs to the room crypto alone'
    also 'an include without its room' 'src/compare/align.c:[0-9]*: "align.h" is not written "room/noun.h"'
    also 'an include that climbs' 'src/compare/align.c:[0-9]*: "\.\./judge/judge.h" is not written "room/noun.h"'
    also 'an include behind a macro' 'src/compare/align.c:[0-9]*: SOME_HEADER is not written "room/noun.h"'
    also 'a room nobody knows' 'src/magic/magic.c: src/magic is no room of the house'
    also 'a public header that is not there' 'src/util/text.c:[0-9]*: there is no public header <assay/no-such.h>'
}

rule_main "$@"
