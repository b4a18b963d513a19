#!/bin/sh
# What is judged (T2): only --scope narrows it, the verdict says how much it speaks of, and several recipes cover one
# image together.
#
#   sh scope.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin scope jq bwrap tar
make_tools mkdir cp

mkdir -m 755 source tree
seq 1 2000 > source/one
seq 2001 4000 > source/two
seq 4001 6000 > source/three
cp source/one source/two source/three tree/
(cd tree && tar --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w -cf ../image.tar one two three)

# recipe FILE STEP NAME... [-- LINE...]: outputs of these names, and further lines
recipe() {
    file=$1 step=$2
    shift 2
    cat > "$file" <<END
recipe: 1
product: parts 1
source: [{directory: source, into: .}]
$toolchain
path: /build/parts
steps:
  - $step
outputs:
END
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        printf '  - {from: out/%s, at: %s}\n' "$1" "$1" >> "$file"
        shift
    done
    [ $# -eq 0 ] || shift
    for line; do printf '%s\n' "$line" >> "$file"; done
}
copy='mkdir out; cp one two three out/'

verify() {
    name=$1
    shift
    rm -f report.json
    run "$name" verify image.tar --report report.json "$@"
}

# judged VERDICT BYTES: of so many bytes of the whole; the text says the same
judged() {
    holds ".verdict == \"$1\" and .judged.bytes == $2 and .judged.of == $total"
    holds '.accounting as $a | ($a | del (.total) | add) == $a.total and $a.outside == $a.total - '"$2"
    says out "$(grouped "$2") of $(grouped "$total") bytes judged"
    leaves_nothing
    ok "$what: $1, $2 of $total bytes judged"
}

grouped() { echo "$1" | sed -e ':a' -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/' -e 'ta'; }

total=$(stat -c %s image.tar)
one=$(stat -c %s source/one) two=$(stat -c %s source/two)

# --- one recipe, all files; the archive around them is not the recipe's ---

recipe all.recipe "$copy" one two three
verify 'no scope: the headers come from nowhere' --recipe all.recipe
ends 1
judged mismatch "$total"
verify 'scope of all files' --recipe all.recipe --scope one --scope two --scope three
ends 0
judged identical $((one + two + $(stat -c %s source/three)))
verify 'scope of one file' --recipe all.recipe --scope one
ends 0
judged identical "$one"
verify 'scope by glob' --recipe all.recipe --scope 't*' --digests files
ends 0
judged identical $((two + $(stat -c %s source/three)))

# --- the recipe's own scope grants nothing ---

recipe own.recipe "$copy" one -- 'scope: [one]'
verify "the recipe's own scope" --recipe own.recipe
ends 1
judged mismatch "$total"
verify "the same scope, granted" --recipe own.recipe --scope one
ends 0
judged identical "$one"
verify "the recipe's own scope does not narrow what is granted" --recipe own.recipe --scope one --scope two
ends 1
judged mismatch $((one + two))

# --- nothing matched, nothing judged ---

verify 'a scope that matches nothing' --recipe all.recipe --scope nowhere
ends 2
judged undecided 0
verify 'one scope of two matches nothing' --recipe all.recipe --scope one --scope nowhere
ends 2
holds '.verdict == "undecided"'
says out nowhere
ok "$what: undecided"

# --- a difference counts inside the scope, and only there ---

cp image.tar kept.tar
printf '\001' | dd of=image.tar bs=1 seek=1000 conv=notrunc status=none
verify 'a change inside the scope' --recipe all.recipe --scope one
ends 1
judged mismatch "$one"
holds '[.findings[] | select (.class == "unexplained" and .path == "one" and .range.offset == 488)] | length == 1'
verify 'a change outside the scope' --recipe all.recipe --scope two
ends 0
judged identical "$two"
mv kept.tar image.tar

# --- several recipes ---

recipe first.recipe 'mkdir out; cp one out/' one
recipe second.recipe 'mkdir out; cp two out/' two
recipe broken.recipe 'echo no such thing; exit 3' two
recipe other.recipe 'mkdir out; cp one out/two' two
verify 'two recipes, two parts' --recipe first.recipe --recipe second.recipe --scope one --scope two
ends 0
judged identical $((one + two))
holds '.expected | length == 2'
verify 'one recipe does not cover the part of the other' --recipe first.recipe --scope one --scope two
ends 1
judged mismatch $((one + two))
verify 'one of two recipes fails' --recipe first.recipe --recipe broken.recipe --scope one --scope two
ends 2
says out 'step 1 of 1 (broken.recipe:7)' 'no such thing'
holds '.verdict == "undecided" and .accounting.unexplained == 0'
leaves_nothing
ok "$what: undecided"
verify 'the same in the other order' --recipe broken.recipe --recipe first.recipe --scope one --scope two
ends 2
ok "$what: undecided"
verify 'a recipe that fails does not hide what another finds' --recipe first.recipe --recipe broken.recipe
ends 1 2
leaves_nothing
ok "$what: exit $code"
verify 'two recipes, one builds something else' --recipe first.recipe --recipe other.recipe --scope one --scope two
ends 1
holds '.verdict == "mismatch" and .accounting.identical >= '"$one"
leaves_nothing
ok "$what: mismatch"
verify 'two recipes for one part' --recipe second.recipe --recipe other.recipe --scope two
ends 1
says out two
leaves_nothing
ok "$what: mismatch"

# what lies beneath a directory is not the directory (doc/policy.md, "What a scope takes in")
mkdir -p open/etc shut/etc
echo x | tee open/etc/file > shut/etc/file
chmod 777 open/etc
for side in open shut; do tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1 --sort=name -cf "$side.tar" -C "$side" etc; done
run 'the mode of etc, and a scope of what lies beneath' compare open.tar shut.tar --scope 'etc/**'
ends 0
ok "$what: not in it"
run 'the mode of etc, and a scope that names etc too' compare open.tar shut.tar --scope etc --scope 'etc/**'
ends 1
ok "$what: judged"
