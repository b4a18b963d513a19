#!/bin/sh
# T23: what reads the image stands behind walls. Seen from outside: nothing is written but private files, nothing is
# started, no socket is made but the readers' own; and a reader that ends or takes too long leaves its node undecided.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in strace mksquashfs xz zip cpio; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
strace -o trace true 2> /dev/null || { echo 'SKIP: strace may not look into processes here'; exit 77; }

mkdir -p tree/etc 'tree/../up' tmp
seq 1 100000 > tree/etc/numbers
printf '#!/bin/sh\ntouch /tmp/assay-was-here\n' > tree/run && chmod 755 tree/run
ln -s /etc/passwd tree/passwd
ln -s ../../../../tmp tree/tmp
(cd tree && find . | LC_ALL=C sort | cpio -o -H newc --quiet) > all.cpio
(cd tree && zip -qry ../all.zip .)
mksquashfs tree all.squashfs -quiet -noappend -no-progress > /dev/null 2>&1
xz -k all.cpio
tar -P --transform 's,^up,/tmp/assay-was-here,' -cf all.tar up tree all.cpio.xz all.zip all.squashfs
cp all.tar other.tar && printf 'x' | dd of=other.tar bs=1 seek=1500 conv=notrunc 2> /dev/null

code=0
TMPDIR=$work/tmp strace -f -qq -o trace -e trace=openat,open,creat,socket,socketpair,connect,bind,execve,execveat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,link,linkat,symlink,symlinkat,mknod,mknodat,chmod,fchmodat,truncate \
    "$assay" compare other.tar all.tar --quiet > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || { cat said.txt >&2; fail "exit $code under strace, expected 1"; }
grep -cE 'execve(at)?\(' trace > programs || :
[ "$(cat programs)" = 1 ] || { grep execve trace >&2; fail 'a program was started'; }
if grep -E ' (socket|connect|bind)\(' trace >&2; then fail 'a socket that is none of the readers'; fi
if grep 'socketpair(' trace | grep -v 'AF_UNIX, SOCK_SEQPACKET' >&2; then fail 'a pair of another kind'; fi
if grep -E ' (creat|unlink|unlinkat|rename|renameat|renameat2|mkdir|mkdirat|link|linkat|symlink|symlinkat|mknod|mknodat|chmod|fchmodat|truncate)\(' trace |
    grep -vF "$work/tmp" >&2; then fail 'something outside was changed'; fi
if grep -E 'open(at)?\(.*(O_WRONLY|O_RDWR|O_CREAT)' trace | grep -vE "\"($work/tmp[^\"]*|/dev/null)\"" >&2; then fail 'something outside was written'; fi
[ ! -e /tmp/assay-was-here ] || fail 'something came out of the image'
[ -z "$(ls tmp)" ] || fail 'something was left behind'
printf 'ok: %s: nothing outside is written, started or called\n' "$name"

# undecided STORY OPTION WORDS: of the xz stream that differs nobody can say what it holds; the file beside it is judged
xz -kc tree/etc/numbers > one.xz
sed 's/^77$/78/' tree/etc/numbers | xz -c > two.xz
undecided() {
    code=0
    "$assay" compare one.xz two.xz --limit "$2" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 2 ] || { cat said.txt >&2; fail "$1: exit $code, expected 2"; }
    jq -e --arg words "$3" '.verdict == "undecided" and any(.undecided[]; contains($words))' report.json > /dev/null ||
        { jq -c .undecided report.json >&2; fail "$1: it does not say $3"; }
    code=0
    mkdir -p shipped expected && cp one.xz shipped/a.xz && cp two.xz expected/a.xz && echo 1 > shipped/b && echo 2 > expected/b
    "$assay" compare shipped expected --limit "$2" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || { cat said.txt >&2; fail "$1: exit $code beside a mismatch, expected 1"; }
    jq -e 'any(.findings[]; .path == "b")' report.json > /dev/null || fail "$1: the run did not go on"
    printf 'ok: %s: %s\n' "$name" "$1"
}
undecided 'a reader that takes too long' node-time=0 'limit node-time (0 seconds)'
undecided 'a reader without memory' worker-memory=1MiB 'worker-memory'
