#!/bin/sh
# T23: what reads the image stands behind walls. Seen from outside: nothing is written but private files, nothing is
# started, no socket is made but the readers' own; and a reader that ends or takes too long leaves its node undecided.
# Debug information and instructions are read there too, each side by a process of its own: what ends it costs names, and
# in the draft of a recipe what debug information alone says.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in strace mksquashfs xz zip cpio; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
strace -o trace true 2> /dev/null || { echo 'SKIP: strace may not look into processes here'; exit 77; }

# a sanitizer that looks for leaks cannot be looked at
export ASAN_OPTIONS="${ASAN_OPTIONS:-exitcode=86}:detect_leaks=0"

mkdir -p tree/etc 'tree/../up' tmp
seq 1 400000 > tree/etc/numbers
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
TMPDIR=$work/tmp strace -f -qq -o trace -e trace=openat,openat2,open,creat,memfd_create,socket,socketpair,connect,bind,accept4,io_uring_setup,execve,execveat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,link,linkat,symlink,symlinkat,mknod,mknodat,chmod,fchmodat,truncate \
    "$assay" compare other.tar all.tar --quiet > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || { cat said.txt >&2; fail "exit $code under strace, expected 1"; }
grep -cE 'execve(at)?\(' trace > programs || :
[ "$(cat programs)" = 1 ] || { grep execve trace >&2; fail 'a program was started'; }
if grep -E ' (socket|connect|bind|accept4|io_uring_setup)\(' trace >&2; then fail 'a socket that is none of the readers'; fi
if grep 'socketpair(' trace | grep -v 'AF_UNIX, SOCK_SEQPACKET' >&2; then fail 'a pair of another kind'; fi
if grep -E ' (creat|unlink|unlinkat|rename|renameat|renameat2|mkdir|mkdirat|link|linkat|symlink|symlinkat|mknod|mknodat|chmod|fchmodat|truncate)\(' trace |
    grep -vF "$work/tmp" >&2; then fail 'something outside was changed'; fi
if grep -E 'open(at2?)?\(.*(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE)' trace | grep -vE "\"($work/tmp[^\"]*|/dev/null)\"" >&2; then fail 'something outside was written'; fi
# that what is decoded went to a file at all
grep -E "open(at2?)?\(.*\"$work/tmp\".*O_TMPFILE" trace > /dev/null || fail 'no private file was seen'
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
# sanitizers reserve more address space than any limit
grep -q __asan_init "$assay" || undecided 'a reader without memory' worker-memory=1MiB 'worker-memory'

# --- debug information and instructions ---

command -v gcc > /dev/null || { echo 'SKIP: gcc is not installed'; exit 77; }
cat > expected.c <<'C'
__attribute__ ((noinline)) int check_signature (int expected_local) { int more_expected = expected_local * 7; return more_expected + 3; }
int main (int count, char **words) { (void)words; return check_signature (count); }
C
sed 's/more_expected + 3/more_expected + 5/; s/expected/shipped/g; s/^/\n\n/' expected.c > shipped.c
cp expected.c source.c && gcc -g -gz=none -O1 -o expected.elf source.c && gcc -g -gz=zlib -O1 -o expected.packed source.c
cp shipped.c source.c && gcc -g -gz=none -O1 -o shipped.elf source.c && gcc -g -gz=zlib -O1 -o shipped.packed source.c
named='any(.findings[]; .function == "check_signature" and .source.file == "source.c" and (.disassembly | length) > 0)'

# what the parent says to which socket: one for each side, and nothing of a side to that of the other
code=0
strace -o trace -s 200000 -e trace=socketpair,sendmsg "$assay" compare shipped.elf expected.elf --report report.json > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || { cat said.txt >&2; fail "exit $code under strace, expected 1"; }
jq -e "$named" report.json > /dev/null || fail 'debug information was not read'
# one is the socket to the process that starts readers
grep -c 'socketpair(' trace > sockets
[ "$(cat sockets)" = 3 ] || fail "$(cat sockets) sockets, expected 3"
grep 'sendmsg(.*shipped_local' trace | sed 's/^sendmsg(\([0-9]*\),.*/\1/' | sort -u > shipped.fds
grep 'sendmsg(.*expected_local' trace | sed 's/^sendmsg(\([0-9]*\),.*/\1/' | sort -u > expected.fds
for side in shipped expected; do
    [ "$(wc -l < $side.fds)" = 1 ] || fail "the $side side has not one reader"
done
if cmp -s shipped.fds expected.fds; then fail 'both sides met in one process'; fi
printf 'ok: %s: debug information of each side is read by one process of its own\n' "$name"

# Libraries that end the program when they are called beside the judge, or wherever they are called.
cat > poison.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static pid_t judge;
static int everywhere;
static void
check (void)
{
  if (everywhere || getpid () == judge)
    abort ();
}
#define POISON(name)                                                                                                  \
  static void *(*real_##name) (void *, void *, void *, void *, void *);                                               \
  void *name (void *a, void *b, void *c, void *d, void *e)                                                            \
  {                                                                                                                   \
    check ();                                                                                                         \
    return real_##name (a, b, c, d, e);                                                                               \
  }
POISON (dwarf_begin_elf)
POISON (dwarf_offdie)
POISON (cs_open)
POISON (cs_disasm_iter)
POISON (uncompress)
POISON (ZSTD_decompress)
#define FIND(name) *(void **)&real_##name = dlsym (RTLD_NEXT, #name)
__attribute__ ((constructor)) static void
begin (void)
{
  judge = getpid ();
  everywhere = getenv ("POISON_ALL") != NULL;
  FIND (dwarf_begin_elf);
  FIND (dwarf_offdie);
  FIND (cs_open);
  FIND (cs_disasm_iter);
  FIND (uncompress);
  FIND (ZSTD_decompress);
}
C
gcc -O1 -shared -fPIC -o poison.so poison.c -ldl
# poisoned VARIABLES FILTER STORY
poisoned() {
    code=0
    env "$1" ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" LD_PRELOAD="$work/poison.so" \
        "$assay" compare shipped.packed expected.packed --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || { cat said.txt >&2; fail "$3: exit $code, expected 1"; }
    jq -e '.verdict == "mismatch" and .accounting.unexplained > 0' report.json > /dev/null || fail "$3: another verdict"
    jq -e "$2" report.json > /dev/null || fail "$3: the report does not show $2"
    jq -c '[.accounting, [.findings[].range]]' report.json > "account.${1#POISON_}"
    printf 'ok: %s: %s\n' "$name" "$3"
}
poisoned POISON_NONE=1 "$named" 'libdw, Capstone and what unpacks are not called beside the judge'
poisoned POISON_ALL=1 'any(.findings[]; .function == "check_signature") and all(.findings[]; .source == null and .disassembly == null)' \
    'libraries that end the process that reads: names are missing, and nothing else'
jq -c '[.[0], (.[1] | sort)]' account.NONE=1 > one && jq -c '[.[0], (.[1] | sort)]' account.ALL=1 > two
cmp -s one two || fail 'another account where names are missing'

# drafted VARIABLE EXIT LINE STORY: the draft of a recipe for a program, whose debug information says how it was compiled
mkdir -p drafted && echo 'all: shipped.packed' > drafted/Makefile
drafted() {
    code=0
    env "$1" ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" LD_PRELOAD="$work/poison.so" \
        "$assay" init shipped.packed drafted > draft 2> said.txt || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$4: exit $code, expected $2"; }
    grep -q "$3" draft || { cat draft >&2; fail "$4: it does not say $3"; }
    grep -q '^# machine: ' draft || fail "$4: it does not say the machine"
    printf 'ok: %s: %s\n' "$name" "$4"
}
drafted POISON_NONE=1 0 '^# flags of C.*-O1' 'a draft has what debug information says, and libdw is not called beside it'
drafted POISON_ALL=1 2 '^# unknown: flags' 'libraries that end the process that reads: the draft says that it is not whole'
