#!/bin/sh
# A file of entries, as bsdtar and mtree write it, says of a whole tree what no rebuilt file carries: modes, owners, links,
# devices. It counts as so many lines of a pinned recipe, and no more (T5).
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin mtree jq bwrap tar bsdtar fakeroot
make_root tools cat chmod ln mkdir seq

# --- a tree of 2,000 files, packed with owners that no rebuild without root has ---
mkdir -m 755 source
cat > source/make.sh <<'END'
umask 022
mkdir -p tree/bin tree/etc tree/dev
in=$(cat each)
for i in $(seq 1 $((20 * in))); do
    [ $((i % in)) != 1 ] || mkdir -p "tree/etc/$((i / in))"
    echo "$i" > "tree/etc/$(((i - 1) / in))/file $i"
done
echo su > tree/bin/su && chmod 4755 tree/bin/su
echo odd > 'tree/etc/a [*] # \ ä' && ln -s '../bin/su #1' tree/etc/link && : > tree/etc/empty
END
# tree NUMBER: of so many files in each of 20 directories
tree() {
    echo "$1" > source/each
    rm -rf vendor && mkdir -m 755 vendor && (cd vendor && cp ../source/each . && sh ../source/make.sh)
}
tree 100
owned='chown -R 0:0 . && chown 33:33 etc/[0-4] && chown -R 1000:50 etc/1? && chown 0:42 bin/su && chmod 4755 bin/su'
# session COMMAND: in a copy of the tree in which files have owners
session() {
    rm -rf packed && cp -a vendor/tree packed && fakeroot sh -c "cd packed && $owned && $1"
}
# packed [COMMAND]: the image, in which the command has changed something
packed() { session "${1:-true} && tar --format=ustar --sort=name --mtime=@5 -cf ../image.tar bin etc dev"; }
session 'bsdtar --format=mtree -cf ../written.mtree .'
packed
[ "$(grep -c 'type=file' written.mtree)" -ge 2000 ] || fail 'bsdtar wrote no mtree of 2,000 files'
if ! grep -q 'uid=33 ' written.mtree || ! grep -q 'gid=42 ' written.mtree; then fail 'fakeroot lets no file have another owner'; fi
cp written.mtree rootfs.mtree
# recipe LINE...: of the entries; of a tar nobody says when it was packed
recipe() {
    cat > x.recipe <<'END'
recipe: 1
product: rootfs 1
source: [{directory: source, into: .}]
toolchain: [{directory: tools}]
path: /build/x
steps: ["sh make.sh"]
outputs: [{from: tree/, at: "."}]
entries:
  - {at: "**", facts: {mtime: "5"}}
END
    for line; do printf '  - %s\n' "$line" >> x.recipe; done
}
# pinned: by digests that `assay pin` puts in, and by a policy; the header of the archive itself is not the tree's
pinned() {
    "$assay" pin --update x.recipe > pinned.out 2>&1 || { cat pinned.out >&2; fail 'assay pin'; }
    printf 'policy: 1\npin: {recipe: [%s]}\nscope: ["**/*"]\n' "$(digest x.recipe)" > x.policy
}
verify() {
    story=$1
    shift
    run "$story" verify image.tar --recipe x.recipe --policy x.policy --report report.json "$@"
}
# unexplained PATH:FACT...: exactly these
unexplained() { holds "[.facts[] | select(.class == \"unexplained\") | .path + \":\" + .fact] | unique == ([$(printf '"%s",' "$@" | sed 's/,$//')] | sort)"; }

recipe && pinned
verify 'without a word of the owners'
ends 1
holds '[.facts[] | select(.class == "unexplained" and .fact == "uid")] | length > 2000'
ok "$what"
recipe '{mtree: rootfs.mtree}' && pinned
grep -qF "{mtree: rootfs.mtree, sha256: $(digest rootfs.mtree)}" x.recipe || fail 'assay pin does not put the digest in'
grep -q "^filled in  mtree rootfs.mtree: sha256 $(digest rootfs.mtree)$" pinned.out || fail 'assay pin does not tell of it'
verify 'the mtree that bsdtar wrote of 2,000 files'
ends 0
holds "all(.facts[]; .class != \"unexplained\") and .expected[0].recipe.mtrees == [{name: \"rootfs.mtree\", sha256: \"$(digest rootfs.mtree)\", in_recipe: true}]"
ok "$what passes"

# --- one fact of one file is another ---
packed 'chown 12345 "etc/7/file 777"'
verify 'one owner of 2,000'
ends 1
unexplained 'etc/7/file 777:uid'
says out 'etc/7/file 777'
ok "$what: found, and named"
packed
verify 'more entries than the limit' --limit entries=1500
ends 2
says out 'limit entries (1500 entries) hit: rootfs.mtree:1502'
ok "$what: exit 2, with the limit's name"

# --- and of 100 files ---
tree 5
session 'bsdtar --format=mtree -cf ../written.mtree .'
cp written.mtree rootfs.mtree
recipe '{mtree: rootfs.mtree}' && pinned
packed
verify 'the mtree that bsdtar wrote of 100 files'
ends 0
ok "$what passes"
cp report.json good.json
packed 'chmod 755 bin/su && chmod 666 "etc/0/file 1"'
verify 'two modes'
ends 1
unexplained 'bin/su:mode' 'etc/0/file 1:mode'
ok "$what: found, and named"
packed 'ln -sfn ../bin/sh etc/link'
verify 'the target of a link'
ends 1
unexplained 'etc/link:link'
ok "$what: found, and named"
packed 'rm etc/empty && ln -s /bin/su etc/empty'
verify 'a link in the place of a file'
ends 1
holds 'any(.facts[]; .path == "etc/empty" and .fact == "type" and .class == "unexplained")'
ok "$what: found, and named"
packed 'rm etc/empty'
verify 'a file that is not there'
ends 1
holds 'any(.missing[]; .path == "etc/empty") and any(.facts[]; .path == "." and .fact == "entry:etc/empty" and .class == "unexplained")'
ok "$what: missing"
packed 'echo more > etc/more'
verify 'a file that no rebuild makes'
ends 1
unexplained etc/more:gid etc/more:mode etc/more:name etc/more:uid etc/more:group etc/more:user
ok "$what: nothing is supplied"
echo './etc/more type=file mode=644 uid=0 gid=0 uname=root gname=root' >> rootfs.mtree && pinned
verify 'a file that only the mtree has'
ends 1
unexplained etc/more:name
ok "$what: it stays an added one"

# --- the forms in which other writers have the same ---
packed
session 'bsdtar --format=mtree-classic -cf ../classic.mtree .
    bsdtar --format=mtree --options mtree:all,mtree:use-set,mtree:indent -cf ../all.mtree bin etc dev
    bsdtar --format=mtree -cf ../archive.mtree @../image.tar
    if command -v mtree > /dev/null; then mtree -c -p . > ../bsd.mtree; mtree -C -f ../bsd.mtree > ../flat.mtree; fi'
for form in classic all archive bsd flat; do
    [ -f "$form.mtree" ] || { echo "note: mtree is not installed, so nothing of its own form ($form)"; continue; }
    recipe "{mtree: $form.mtree, at: .}" && pinned
    verify "the same in the form $form"
    # the mtree of BSD writes names of owners for those that the machine knows
    case $form in
        bsd | flat) ends 1 && holds 'all(.facts[] | select(.class == "unexplained"); .fact == "user" or .fact == "group")' ;;
        *) ends 0 ;;
    esac
    ok "$what"
done

# --- what a line adds, and what it may not say otherwise ---
cp written.mtree rootfs.mtree
recipe '{mtree: rootfs.mtree}' '{at: bin/su, mode: "4755", uid: 0, group: shadow}' && pinned
verify 'a line that says the same'
ends 0
ok "$what"
recipe '{mtree: rootfs.mtree}' '{at: bin/su, mode: "4755", uid: 7}' && pinned
verify 'a line that says something else'
ends 64
grep -n '^\./bin/su ' rootfs.mtree | cut -d : -f 1 > number
says err "rootfs.mtree:$(cat number): \`uid\` is \`0\` here, and \`7\` at x.recipe:11"
ok "$what: exit 64, with both places"
recipe '{at: bin/su, uid: 7}' '{at: bin/su, owner: root}' && "$assay" pin x.recipe > pinned.out 2>&1 && fail 'two lines that contradict each other'
grep -q "^assay: x.recipe:11:5: \`uid\` is \`0\` here, and \`7\` at x.recipe:10$" pinned.out || { cat pinned.out >&2; fail 'what is said of two lines that contradict each other'; }
ok 'two lines that contradict each other: exit 64'
sed '/type=dir/!s/uid=[0-9]*/uid=5/' written.mtree > other.mtree
recipe '{mtree: rootfs.mtree}' '{mtree: other.mtree}' && pinned
verify 'two files that contradict each other'
ends 64
says err 'other.mtree:' 'of this entry rootfs.mtree:' 'says something else'
ok "$what: exit 64"
recipe '{mtree: rootfs.mtree}' '{at: "**", owner: nobody, uid: 65534}' && pinned
verify 'a line of many nodes'
ends 0
ok "$what counts where the mtree says nothing"

# --- who says which file it is ---
recipe '{mtree: rootfs.mtree}' && printf 'policy: 1\npin: {recipe: [%s]}\nscope: ["**/*"]\n' "$(digest x.recipe)" > x.policy
verify 'a pinned recipe that does not say which mtree'
ends 1
says out 'nothing says what its file of entries rootfs.mtree must hold: give its sha256 in the recipe'
holds '.expected[0].recipe.mtrees[0].in_recipe == false and ([.facts[] | select(.class == "unexplained" and .fact == "uid")] | length > 100)'
ok "$what: the policy does not hold, and nothing is supplied"
recipe '{mtree: rootfs.mtree}' && pinned && sed -i '/^pin/d' x.policy
verify 'a recipe that nobody pinned'
ends 1
holds '[.facts[] | select(.class == "unexplained" and .fact == "uid")] | length > 100'
ok "$what: nothing is supplied"
pinned && sed -i 's/uid=33 /uid=34 /' rootfs.mtree
verify 'an mtree that is another'
ends 2
says out 'mtree rootfs.mtree: its SHA-256 is' 'the recipe says'
ok "$what: exit 2"
cp written.mtree rootfs.mtree
run 'the gate' gate good.json --trust-report --policy x.policy --image image.tar
ends 0
jq -c '.expected[0].recipe.mtrees[0].in_recipe = false' good.json > changed.json
run 'the gate, of a report whose mtree nobody named' gate changed.json --trust-report --policy x.policy --image image.tar
ends 1
says out 'nothing says what its file of entries rootfs.mtree must hold'
ok "$what: the policy does not hold"
mkdir -p shared && cp rootfs.mtree shared/ && printf 'defaults: 1\nentries:\n  - {at: "**", facts: {mtime: "5"}}\n  - {mtree: rootfs.mtree}\n' > shared/d.yaml
recipe && sed -i '/^entries/,$d' x.recipe && echo 'defaults: shared/d.yaml' >> x.recipe && "$assay" pin shared/d.yaml > pinned.out && pinned
run 'the pin of a recipe with defaults' verify image.tar --recipe x.recipe --report report.json
printf 'policy: 1\npin: {recipe: [%s]}\nscope: ["**/*"]\n' "$(jq -r '.expected[0].recipe.sha256' report.json)" > x.policy
verify 'an mtree of the defaults of a recipe, beside these'
ends 0
ok "$what"
run 'a report over an mtree' verify image.tar --recipe x.recipe --report shared/rootfs.mtree
ends 64
cmp -s rootfs.mtree shared/rootfs.mtree || fail "$what: it was overwritten"
ok "$what: exit 64"

# --- what is said with few words ---
# small LINE...: as an mtree of `bin/su` and `etc/link`, whose owners and times are let be
small() {
    printf '#mtree\n' > small.mtree
    printf '%s\n' "$@" >> small.mtree
    recipe '{mtree: small.mtree}' && pinned
    sed -i 's/^scope.*/scope: [bin\/su, etc\/link]/' x.policy
}
owner='uid=0 uname=root'
small "./bin/su type=file mode=4755 $owner gid=42 gname=shadow" "./etc/link type=link mode=777 $owner gid=0 gname=root link=../bin/su\\040\\0431"
verify 'two entries'
ends 0
ok "$what"
small "./bin/su type=dir mode=4755 $owner gid=42 gname=shadow" "./etc/link type=file mode=777 $owner gid=0 gname=root"
verify 'types that contradict the image, and are not those that are told of the rebuild'
ends 1
unexplained bin/su:type etc/link:type
ok "$what"
small '/set uid=0 uname=root' './bin/su mode=4755 gid=42 gname=shadow' './etc/link mode=777 gid=0 gname=root' './etc/none optional' './etc/many type=file' './usr/none type=file'
sed -i 's/^scope.*/scope: [bin\/su, "etc\/*"]/' x.policy
verify 'entries that are not there, one of them optional, and one outside'
ends 1
holds '[.facts[] | select(.fact | startswith("entry:")) | .fact] == ["entry:etc/many"]'
ok "$what"
small "./bin/su mode=4755 $owner gid=42 gname=shadow nochange" "./etc/link mode=777 $owner gid=0 gname=root"
verify 'an entry that is not to be looked at'
ends 1
holds '[.facts[] | select(.class == "unexplained") | .path] | unique == ["bin/su"]'
ok "$what: nothing is supplied of it"
small "./bin/s* mode=4755 $owner gid=42 gname=shadow" "./etc/link mode=777 $owner gid=0 gname=root"
verify 'a name with a character that is a pattern elsewhere'
ends 1
holds 'any(.facts[]; .path == "bin/su" and .fact == "uid" and .class == "unexplained")'
ok "$what: it is a name"

# --- what is none ---
# refused LINE TEXT LINE...: the second, and all that follow, are the mtree
refused() {
    number=$1 text=$2
    shift 2
    small "$@"
    verify "$text"
    ends 64
    says err "small.mtree:$number: " "$text"
    ok "refused: $text"
}
refused 2 'flags are not judged' './bin/su flags=schg'
refused 3 'is no keyword that is known' '. type=dir' './bin/su xattr.security.capability=0100'
# shellcheck disable=SC2016 # messages quote so
refused 2 'of `mode` is not a mode' './bin/su mode=u+s'
refused 3 'this entry stands at line 2 already' './bin/su mode=4755' 'bin/su mode=755'
refused 2 'is no name of an entry in a path' './bin/../../su mode=755'
refused 2 'is no name of an entry in a path' './bin/su\057x mode=755'
# shellcheck disable=SC2016
refused 4 '`..` leaves the tree' . .. ..
# shellcheck disable=SC2016
refused 2 'neither `/set` nor `/unset`' '/bin/su mode=4755'
refused 3 'no entry stands here' '# nothing'
recipe '{mtree: none.mtree}'
if "$assay" pin x.recipe 2> err; then fail 'an mtree that is not there'; fi
grep -q 'x.recipe:10:13: mtree none.mtree: cannot open none.mtree' err || { cat err >&2; fail 'an mtree that is not there'; }
ok 'an mtree that is not there: exit 64'
# --- a directory, as its owner or root has it ---
if [ "$(id -u)" = 0 ]; then
    cp -a vendor/tree image && chown -R 0:0 image && chown -R 1000:50 image/etc/12 && chown 33 image/etc/2
    bsdtar --format=mtree -C image -cf directory.mtree .
    recipe '{mtree: directory.mtree}' && sed -i '/mtime/d' x.recipe && pinned && sed -i '/^scope/d' x.policy
    run 'a directory' verify image --recipe x.recipe --policy x.policy --report report.json
    ends 0
    ok "$what"
    chown 7 'image/etc/12/file 63' && chown 8 image
    run 'a directory with two other owners' verify image --recipe x.recipe --policy x.policy --report report.json
    ends 1
    unexplained .:uid 'etc/12/file 63:uid'
    ok "$what: found, and named"
    chown -R 0:0 image
    mknod image/dev/null c 1 3 && mknod image/dev/loop0 b 7 0 && chmod 666 image/dev/null
    sed -i '/^mkdir/a : > tree/dev/null; : > tree/dev/loop0; chmod 666 tree/dev/null; chmod 644 tree/dev/loop0' source/make.sh
    bsdtar --format=mtree -C image -cf directory.mtree .
    grep -q 'device=native,1,3' directory.mtree || fail 'no device in the mtree'
    pinned && sed -i 's/^scope.*/scope: ["dev\/*"]/' x.policy
    run 'devices that the rebuild could not make' verify image --recipe x.recipe --policy x.policy --report report.json
    ends 1
    unexplained dev/loop0:type dev/null:type
    ok "$what: their types stay unexplained, and their numbers are said"
    rm image/dev/null && mknod image/dev/null c 1 5 && chmod 666 image/dev/null
    run 'and one of another number' verify image --recipe x.recipe --policy x.policy --report report.json
    ends 1
    unexplained dev/loop0:type dev/null:type dev/null:device
    ok "$what: found, and named"
fi
