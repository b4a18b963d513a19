#!/bin/sh
# T5: what no byte of content says is a fact: modes, owners, links, types. A change in one is never structure.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && printf 'program\n' > tree/prog && chmod 755 tree/prog && ln -s prog tree/link
pack good.tar tree tree/prog tree/link

cp -a tree other && chmod 4755 other/prog
judge 'a set-user-ID bit in a directory' 1 other tree "$(fact mode unexplained)"
(mkdir suid && cp -a tree suid/ && chmod 4755 suid/tree/prog && cd suid && pack ../suid.tar tree tree/prog tree/link)
judge 'a set-user-ID bit in a tar' 1 suid.tar good.tar "$(fact mode unexplained)"
rm other/link && ln -s /tmp/prog other/link && chmod 755 other/prog
judge 'a link that leads elsewhere' 1 other tree "$(fact link unexplained)"
rm other/link && cp tree/prog other/link
judge 'a file in place of a link' 1 other tree "$(fact type unexplained)"
tar --format=gnu --owner=7 --group=0 --numeric-owner --mtime=@1700000000 --no-recursion -cf owner.tar tree tree/prog tree/link
judge 'another owner' 1 owner.tar good.tar "$(fact uid unexplained)"
rm -r other && cp -a tree other && ln -s prog other/added
judge 'an added link, which has no byte' 1 other tree "$(fact name unexplained)"
rm other/added other/link
judge 'a missing link' 1 other tree 'any(.missing[]; .path == "link")'
if [ "$(id -u)" = 0 ]; then
    rm -r other && cp -a tree other && setfattr -n user.note -v x other/prog 2>/dev/null &&
        judge 'an extended attribute' 1 other tree "$(fact xattr.user.note unexplained)"
    rm -r other && cp -a tree other && mknod other/null c 1 3 && judge 'a device' 1 other tree "$(fact name unexplained)"
fi

# --- the directory itself, which is `/` once it is mounted ---
rm -r other && cp -a tree other && chmod 1777 other
judge 'a directory that everybody may write to' 1 other tree 'any(.facts[]; .path == "." and .fact == "mode" and .class == "unexplained")'
chmod 755 tree other
judge 'two directories of one mode' 0 other tree '.facts == []'
if setfattr -n user.note -v x other 2> /dev/null; then
    judge 'an extended attribute of the directory' 1 other tree 'any(.facts[]; .path == "." and .fact == "xattr.user.note" and .class == "unexplained")'
    setfattr -x user.note other
fi
mkfifo other/pipe tree/pipe
judge 'directories that hold a FIFO' 0 other tree '.facts == [] and .image.sha256 != null'
[ "$(id -u)" = 0 ] || exit 0
chown 7 other
judge 'another owner of the directory' 1 other tree 'any(.facts[]; .path == "." and .fact == "uid" and .class == "unexplained")'
chown 0 other
if mknod other/null c 1 3 2> /dev/null && mknod tree/null c 1 3; then
    judge 'directories that hold a device' 0 other tree '.facts == [] and .image.sha256 != null'
    rm other/null && mknod other/null c 1 5
    judge 'a device of another number' 1 other tree "$(fact device unexplained)"
    rm other/null tree/null
fi

# --- what an ordinary user may not see is said, and is no doubt ---
chmod 755 "$work" && cp "$assay" mine && as="setpriv --reuid 65534 --regid 65534 --clear-groups"
mkdir -m 777 out
seen() { "$assay" compare other tree --report report.json --quiet; }
seen || fail 'root'
jq -e '.options | has("not_seen") | not' report.json > /dev/null || fail 'root sees all'
$as ./mine compare other tree --report out/report.json > said.txt || fail 'an ordinary user'
jq -e '.options.not_seen == ["trusted.* extended attributes"]' out/report.json > /dev/null || fail 'what is not seen is not in the report'
grep -q '^Not seen *trusted' said.txt || fail 'what is not seen is not in the text'
printf 'ok: %s: what an ordinary user does not see of a directory is said\n' "$name"
printf 'policy: 1\nrequire: {expected: path, unseen: false}\n' > all.policy
code=0
$as ./mine compare other tree --policy all.policy --report out/report.json > said.txt || code=$?
[ "$code" = 1 ] || fail 'a policy that wants all to be seen, and an ordinary user'
grep -q 'may not see all' said.txt || fail 'a policy that wants all to be seen'
"$assay" compare other tree --policy all.policy --report report.json --quiet || fail 'a policy that wants all to be seen, and root'
"$assay" gate report.json --policy all.policy --trust-report --image other > said.txt || fail 'the gate'
code=0
"$assay" gate out/report.json --policy all.policy --trust-report --image other > said.txt || code=$?
[ "$code" = 1 ] || fail 'the exit of the gate'
tr -s ' \n' '  ' < said.txt | grep -q 'may not see all' || fail 'the gate of what was not seen'
printf 'ok: %s: a policy may want all to be seen, and the gate holds it\n' "$name"
$as ./mine compare out/report.json out/report.json --report out/file.json --quiet
jq -e '.options | has("not_seen") | not' out/file.json > /dev/null || fail 'a file'
printf 'ok: %s: of a file nothing is kept back\n' "$name"
if setfattr -n trusted.overlay.redirect -v /evil other/prog 2> /dev/null; then
    judge 'an attribute that only root sees' 1 other tree "$(fact xattr.trusted.overlay.redirect unexplained)"
    $as ./mine compare other tree --report out/report.json --quiet || fail 'an attribute that is not seen'
    jq '.options.not_seen' out/report.json | grep -q trusted || fail 'an attribute that is not seen, in the report'
    printf 'policy: 1\nrequire: {expected: path}\n' > path.policy
    $as ./mine compare other tree --policy path.policy --report out/report.json --quiet || fail 'an attribute that is not seen'
    code=0
    "$assay" gate out/report.json --policy path.policy --trust-report --image other > said.txt || code=$?
    [ "$code" = 1 ] || fail 'the exit of a gate that sees more'
    grep -q 'another image' said.txt || fail 'the gate sees it, and takes the directory for another'
    printf 'ok: %s: a gate that sees more takes the directory for another image\n' "$name"
fi
