#!/bin/sh
# T2, T5: names of one inode in a squashfs are one file to who unpacks it, and to an overlay with an index: who writes to
# one writes to all. Two files of the rebuild are not that, whatever they hold.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v mksquashfs > /dev/null || { echo 'SKIP: mksquashfs is not installed' >&2; exit 77; }

mkdir -p tree/etc tree/lib
echo 'root:*:' > tree/etc/shadow
cp tree/etc/shadow tree/etc/shadow.factory
cp tree/etc/shadow tree/lib/shadow
echo note > tree/note
ln -s shadow tree/etc/link
# pack_tree FILE TREE
pack_tree() {
    find "$2" -exec touch -h -d @1600000000 {} +
    mksquashfs "$2" "$1" -noappend -quiet -no-progress -all-root > /dev/null
}
# variant NAME NOTE: the tree as NAME, of which a file beside the scope says NOTE
variant() { rm -rf "$1" && cp -a tree "$1" && echo "$2" > "$1/note"; }
variant two other && pack_tree two.img two
pack_tree expected.img tree
variant linked other && ln -f linked/etc/shadow linked/etc/shadow.factory && pack_tree linked.img linked
variant linked2 another && ln -f linked2/etc/shadow linked2/etc/shadow.factory && pack_tree linked2.img linked2
variant out other && ln -f out/etc/shadow out/lib/shadow && pack_tree out.img out
variant symlinks other && ln -f symlinks/etc/link symlinks/etc/other && rm symlinks/etc/other && pack_tree symlinks.img symlinks

links=$(fact inode unexplained)
compared 'two files' 0 "$links" two.img expected.img --scope 'etc/*'
compared 'two files that became one' 1 "$links" linked.img expected.img --scope 'etc/*'
compared 'one file that became two' 1 "$links" expected.img linked.img --scope 'etc/*'
compared 'two names in both' 0 "$links" linked.img linked2.img --scope 'etc/*'
compared 'two files, of the whole' 1 "$links" linked.img expected.img
compared 'one of two names in scope' 1 true out.img expected.img --scope 'etc/*'

# No rebuild makes the squashfs.
command -v bwrap > /dev/null || exit 0
make_tools mkdir ln cp
# built STORY CODE IMAGE COMMAND: the recipe makes the files by the command
built() {
    mkdir -p source && echo source > source/text
    cat > r.recipe <<END2
recipe: 1
product: x 1
source: [{directory: source}]
$toolchain
path: /build/x
steps: ["mkdir -p out/etc && echo 'root:*:' > out/etc/shadow && ln -s shadow out/etc/link && $4 out/etc/shadow out/etc/shadow.factory"]
outputs: [{from: out/etc/, at: etc/}]
entries: [{at: "etc/*", owner: root, group: root, uid: 0, gid: 0}]
END2
    "$assay" pin r.recipe > said.txt 2>&1 || fail "pin: $(cat said.txt)"
    cat > p.policy <<END2
policy: 1
pin: {recipe: [$(sha256sum < r.recipe | cut -c-64)]}
scope: ["etc/*"]
require: {verdict: waived}
waive: [{path: "etc/*", fact: mtime, reason: "the tree has no times", owner: me}]
END2
    code=0
    "$assay" verify "$3" --recipe r.recipe --policy p.policy --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "built, $1: exit $code, expected $2"; }
    [ "$code" = 0 ] || jq -e "$links" report.json > /dev/null || fail "built, $1: the report does not show the links"
    printf 'ok: %s: built, %s\n' "$name" "$1"
}
built 'two files' 0 two.img cp
built 'two files that became one' 1 linked.img cp
built 'two names of one file' 0 linked.img ln
