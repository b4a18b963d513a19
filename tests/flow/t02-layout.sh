#!/bin/sh
# T2: a recipe is untrusted, and so is its layout: without a policy that pins the recipe nothing passes that it divided.
# A layout could give the name that a scope grants to other bytes, or make code the header of a compressed stream,
# whose time a rule explains.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t02-layout jq bwrap gzip tar
make_tools cat gzip tail

# recipe SOURCE STEP OUTPUTS [RANGE...]
recipe() {
    printf 'recipe: 1\nproduct: layout 1\nsource: [{directory: %s, sha256: %s, into: .}]\n%s\npath: /build/layout\nsteps:\n  - %s\noutputs: [%s]\n' "$1" "$(tree_digest "$1")" "$toolchain" "$2" "$3"
    shift 3
    [ $# = 0 ] || printf 'layout:\n'
    for range; do echo "  - {$range}"; done
}
# pins RECIPE: a policy
pins() { printf 'policy: 1\npin: {recipe: [%s]}\n' "$(digest "$1")" > pin.policy; }
# doubted STORY IMAGE RECIPE OPTION...: never a pass, and the reason is the layout
doubted() {
    story=$1 image=$2 recipe=$3
    shift 3
    run "$story" verify "$image" --recipe "$recipe" --report report.json "$@"
    ends 2
    holds '.verdict == "undecided"'
    says out 'which no policy pins'
    ok "$what: undecided"
    run "$story, at the gate" gate report.json --policy plain.policy --trust-report --image "$image"
    ends 1 2
    ok "$what: no pass"
}

# refused STORY IMAGE RECIPE [OPTION...]: a stream that a layout names is content as it stands
refused() {
    story=$1 image=$2 recipe=$3
    shift 3
    run "$story" verify "$image" --recipe "$recipe" --report report.json "$@"
    ends 1
    holds '.verdict == "mismatch"'
    ok "$what: mismatch"
}

printf 'policy: 1\n' > plain.policy

# --- a name for other bytes ---
mkdir -m 755 text
echo hello > text/readme
printf 'EVIL\n' > app
tar --format=ustar --mtime=@1000 --owner=0 --group=0 --mode=755 -cf image.tar app
app='name: app, offset: 0, size: 5, kind: payload'
rest='name: rest, offset: 5, size: rest, kind: payload'
recipe text "printf 'good\\n' > app" '{from: app, at: app}' > honest.recipe
recipe text "printf 'app\\000\\000' > app" '{from: app, at: app}' "$app" "$rest" > evil.recipe
run 'the file that the scope names' verify image.tar --recipe honest.recipe --scope app --report report.json
ends 1
ok "$what: mismatch"
doubted 'its name for five bytes of a header' image.tar evil.recipe --scope app
printf 'policy: 1\nscope: [app]\n' > scope.policy
doubted 'the same with the scope of a policy' image.tar evil.recipe --policy scope.policy

# --- code for a time ---
# allowed(): the operand of an instruction is the beginning of a gzip stream, and the next instructions are its time
mkdir -m 755 code
for row in 1 2 3 4; do printf %s '@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~?'; done > code/rows
# make.sh TIME: as printf writes it
cat > code/make.sh <<'END'
printf '\270' > head
{ printf '\037\213\010\0'; printf "$1"; printf '\002\003'; printf content | gzip -9n | tail -c +11; } > blob
cat rows > tail
cat head blob tail > raw.bin
END
shipped='\260\001\303\220' ours='\061\300\303\220'
cp -r code made
(cd made && sh make.sh "$shipped")
size=$(stat -c %s made/blob)
head='name: head, offset: 0, size: 1, kind: payload'
blob="name: blob, offset: 1, size: $size, kind: payload"
tail="name: tail, offset: $((1 + size)), size: rest, kind: payload"
parts='{from: head, at: head}, {from: blob, at: blob}, {from: tail, at: tail}'
recipe code "sh make.sh '$ours'" '{from: raw.bin}' > honest.recipe
recipe code "sh make.sh '$ours'" "$parts" "$head" "$blob" "$tail" > evil.recipe
run 'other code' verify made/raw.bin --recipe honest.recipe --report report.json
ends 1
ok "$what: mismatch"
refused 'other code, divided into pieces' made/raw.bin evil.recipe
recipe code "sh make.sh '$ours'" '{from: raw.bin}' "$head" "$blob" "$tail" > evil.recipe
refused 'the same of one output' made/raw.bin evil.recipe
refused 'the same with an ordinary policy' made/raw.bin evil.recipe --policy plain.policy

# --- and what it is for ---
(cd made && sh make.sh "$ours")
recipe code "sh make.sh '$ours'" "$parts" "$head" "$blob" "$tail" > good.recipe
doubted 'equal pieces' made/raw.bin good.recipe
pins good.recipe
run 'equal pieces of a pinned recipe' verify made/raw.bin --recipe good.recipe --policy pin.policy --report report.json
ends 0
holds '.verdict == "identical"'
ok "$what: identical"
pins honest.recipe
doubted 'where the policy pins another recipe' made/raw.bin good.recipe --policy pin.policy
run 'a layout that changes nothing' verify made/raw.bin --recipe honest.recipe --policy pin.policy --report report.json
ends 0
ok "$what: none is needed"
leaves_nothing
