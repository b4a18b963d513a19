#!/bin/sh
# T16: a recipe's layout does not hide ready-made code. Whatever ranges it cuts a file into, and whatever it leaves between
# them, the file is looked through as one; and so is what a container holds beside its members.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-layout jq bwrap gcc tar
make_root tools cat tar
add_compiler tools
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"

mkdir -m 755 source
cat > secret.c <<'END'
int secret (const char *text, int length)
{
  int hash = 17;
  for (int i = 0; i < length; i++)
    {
      hash = hash * 31 + text[i];
      if (hash & 8)
        hash ^= text[length - i - 1] << 3;
    }
  return hash;
}
END
gcc -O2 -c -o source/ready.o secret.c
echo 'int secret (const char *, int); int main (int c, char **v) { return secret (v[0], c); }' > source/main.c
echo 'int secret (const char *t, int l) { return t[l] * 7 + l; } int main (int c, char **v) { return secret (v[0], c); }' > source/clean.c
cat > source/build.sh <<'END'
gcc -O2 -o linked main.c ready.o
gcc -O2 -o clean clean.c
{ tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --mode=go-w -cf - clean; cat ready.o; } > behind.tar
END
cp -r source built && (cd built && sh build.sh)
# recipe OUTPUT [LAYOUT-LINE...]
recipe() {
    printf 'recipe: 1\nproduct: layout 1\nsource: [{directory: source, sha256: %s, into: .}]\n%s\npath: /build/layout\nsteps: [sh build.sh]\noutputs: [{from: %s}]\n' "$(tree_digest source)" "$toolchain" "$1"
    shift
    [ $# = 0 ] || printf 'layout:\n'
    for range; do echo "  - {in: $range}"; done
}
# opaque STORY IMAGE
opaque() {
    run "$1" verify "$2" --recipe layout.recipe --report report.json
    ends 1
    holds 'any(.files[]; .origin == "opaque" and (.origin_detail | contains("ready.o")))'
    holds 'all(.findings[] | select(.class == "unexplained"); .rule == "opaque") and any(.findings[]; .rule == "opaque")'
    [ -z "${code_bytes:-}" ] || holds ".accounting.unexplained == $code_bytes"
    ok "$what: opaque"
}
recipe linked > layout.recipe
code_bytes=
opaque 'no layout' built/linked
code_bytes=$(jq .accounting.unexplained report.json)
recipe linked '., name: p, offset: 0, size: 8, kind: header' > layout.recipe
opaque 'a header, and the rest between the ranges' built/linked
recipe linked '., name: p, offset: 0, size: rest, kind: header' > layout.recipe
opaque 'all a header' built/linked
recipe linked '., name: p, offset: 0, size: 8, kind: header' '., name: q, offset: 8, size: rest, kind: payload' > layout.recipe
opaque 'all but the magic is a payload' built/linked
for kind in payload header; do
    size=$(stat -c %s built/linked)
    set --
    at=0
    while [ "$at" -lt "$size" ]; do
        length=24
        [ $((at + length)) -le "$size" ] || length=$((size - at))
        set -- "$@" "., name: p$at, offset: $at, size: $length, kind: $kind"
        at=$((at + length))
    done
    recipe linked "$@" > layout.recipe
    opaque "ranges of 24 bytes, each a $kind" built/linked
done
recipe linked '., name: outer, offset: 8, size: rest, kind: payload' 'outer, name: inner, offset: 16, size: 32, kind: payload' > layout.recipe
opaque 'a layout in a layout' built/linked
code_bytes=
recipe behind.tar > layout.recipe
opaque 'behind the end of an archive' built/behind.tar

recipe clean '., name: p, offset: 0, size: 8, kind: header' > layout.recipe
pin="pin: {recipe: [$(digest layout.recipe)]}"
printf 'policy: 1\n%s\n' "$pin" > pin.policy
run 'nothing ready-made' verify built/clean --recipe layout.recipe --policy pin.policy --report report.json
ends 0
holds '[.files[].origin] == ["unknown"]'
ok "$what: identical"
printf 'policy: 1\n%s\nrequire: {origin: known}\n' "$pin" > known.policy
run 'a known origin' verify built/clean --recipe layout.recipe --policy known.policy --report report.json
ends 1
says out 'the origin of the parts is unknown'
ok "$what: not of what a layout leaves over"
recipe linked '., name: p, offset: 0, size: 8, kind: header' > layout.recipe
printf 'policy: 1\npin: {recipe: [%s]}\nrequire: {verdict: waived}\nblobs: [{path: ".", sha256: %s, reason: none}]\n' \
    "$(digest layout.recipe)" "$(digest built/linked)" > blob.policy
run 'accepted by digest' verify built/linked --recipe layout.recipe --policy blob.policy --report report.json
ends 0
ok "$what: waived"
leaves_nothing
