#!/bin/sh
# T16, T17: which files a build opens is recorded from outside (verify --record): delivered files that it opened, those
# that it never did, and files of the toolchain, which nobody else opens. Then it is known of a part that it was compiled;
# where the record is not whole, or something ready-made was opened, it is not.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-recorded jq bwrap gcc strip

project() {
    rm -rf source
    mkdir -m 755 source source/include source/doc
    printf '#include "used.h"\n#include <stdlib.h>\nint main (void) { return USED + EXIT_SUCCESS; }\n' > source/main.c
    echo '#define USED 7' > source/include/used.h
    echo '#define NEVER 8' > source/include/never.h
    echo 'a text' > "source/doc/odd \"name\" <a>\\n(deleted)"
    echo 'licensed to you' > source/COPYING
}

# recipe SCRIPT: a build of the project, with a step behind
recipe() {
    cat > sample.recipe <<END
recipe: 1
product: sample 1
source: [{directory: source}]
$by
path: /build/sample
steps:
  - gcc -O2 -Iinclude -c main.c
  - gcc -o sample main.o
  - |
END
    printf '%s\n' "$1" | sed 's/^/    /' >> sample.recipe
    echo 'outputs: [{from: sample}]' >> sample.recipe
}

image() {
    makes sample.recipe made
    cp made/sample image
}

recorded() { holds "(.expected[0].recording | $1) == $2"; }

# judged WHAT ORIGIN: what that origin it has then
judged() {
    run "$1" verify image --recipe sample.recipe --record --report report.json
    ends 0
    holds ".files[0].origin == \"$2\""
}

# of the programs of this machine; further down of some of them, which is ten times as fast
by=
project
recipe "$(cat << 'END'
cat doc/odd*
echo x > made
cat made
find . > /dev/null
END
)"
image
judged 'a build of its own' compiled
recorded '[.whole, .known, .why]' '[true, true, []]'
recorded '[.read[].path]' '["/build/sample/doc/odd \"name\" <a>\\\\n(deleted)", "/build/sample/include/used.h", "/build/sample/main.c"]'
recorded '.never_read' '["/build/sample/COPYING", "/build/sample/include/never.h"]'
recorded '[.read[] | [.program, .as_delivered]] | unique' '[[false, true]]'
holds "(.expected[0].recording.read[] | select(.path == \"/build/sample/main.c\").sha256) == \"$(digest source/main.c)\""
says out 'Recorded' 'of the delivered files, never 2'
ok 'delivered files that were opened, and that were not, are named'
"$assay" render report.json --html page.html --quiet
grep -o 'Licensed files in each program.*</section>' page.html > section || fail 'the page has no section of licensed files'
for text in 'The build opened 3 delivered files' 'Never opened, so that they reached nothing: 2 files' '/build/sample/include/never.h'; do
    grep -qF "$text" section || { cat section >&2; fail "the page does not say: $text"; }
done
ok 'the page names them too'
for tool in gcc as ld; do
    real=$(readlink -f "$(command -v $tool)")
    holds "(.expected[0].recording.toolchain[] | select(.path == \"$real\") | [.program, .sha256]) == [true, \"$(digest "$real")\"]"
done
recorded '.toolchain | map(select(.path == "/usr/include/stdlib.h").program)' '[false]'
loader=$(readelf -l "$(command -v gcc)" | sed -n 's/.*interpreter: \([^]]*\)].*/\1/p')
loader=$(readlink -f "$loader")
recorded ".toolchain | map(select(.path == \"$loader\").program)" '[true]'
ok 'programs, headers and the dynamic linker are there by digest'
gzip=$(readlink -f "$(command -v gzip)")
(while sleep 0.05; do cat "$gzip"; done > busy 2>&1) &
busy=$!
cp report.json first.json
judged 'the same again' compiled
kill $busy
cmp first.json report.json || fail 'two runs write two reports'
recorded "[.toolchain[] | select(.path == \"$gzip\")]" '[]'
ok 'two runs write the same report, whatever else runs on this machine'

make_root tools base64 cat chmod cp ln mkdir mv rm strip tail tar
add_compiler tools fcntl.h stdio.h stdlib.h string.h sys/socket.h sys/wait.h unistd.h
by="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"

recipe true
image
judged 'a build without debug information' compiled
recorded '[.has_names, .names_whole]' '[false, true]'
sed -i 's/gcc -O2/gcc -g -O2/' sample.recipe
sed -i 's/return USED/return used () + USED/' source/main.c
echo 'static inline int used (void) { return USED; }' >> source/include/used.h
image
judged 'a build with debug information' compiled
recorded '[.read[] | select(.named).path]' '["/build/sample/include/used.h", "/build/sample/main.c"]'
recorded '[.has_names, .names_whole]' '[true, true]'
cp report.json first.json
sed -i 's/- gcc -o sample main.o/- gcc -o full main.o \&\& strip -o sample full/' sample.recipe
image
judged 'debug information in a file beside' compiled
recorded '[.read[] | select(.named).path]' '["/build/sample/include/used.h", "/build/sample/main.c"]'
echo x >> image
run 'a file that is not the one' verify image --recipe sample.recipe --record --report report.json
ends 1
recorded '[.read[] | select(.named).path]' '["/build/sample/include/used.h", "/build/sample/main.c"]'
ok 'sources that reached what was shipped are told from those that were only opened'

project
recipe true
image
run 'a rebuild alone' rebuild --recipe sample.recipe --output rebuilt --record --report report.json
ends 0
holds '[.recording.whole, .recording.known, (.recording.read | length)] == [true, true, 2] and .options.record'
ok 'a rebuild is recorded as well'
printf 'policy: 1\nrequire: {origin: known}\n' > known.policy
run 'origin known' verify image --recipe sample.recipe --record --policy known.policy
ends 0
run 'origin known, not recorded' verify image --recipe sample.recipe --policy known.policy --report report.json
ends 1
says out 'not recorded'
holds '(.expected[0] | has("recording") | not) and (.options | has("record") | not) and .files[0].origin == "unknown"'
ok 'a policy that asks for known origins holds with a recording, and not without'

jq -c '.files[0].origin = "compiled"' report.json > forged.json
run 'a forged origin' gate forged.json --policy known.policy --image image --trust-report
ends 1 2 64
says out 'something was compiled, and no recording'
ok 'a gate refuses an origin that no recording gives'

recipe 'mv include other; mkdir include; echo "#define USED 7" > include/used.h; gcc -Iinclude -O2 -c main.c
rm -r include; mv other include'
judged 'a directory under another name' compiled
recorded '[.read[] | select(.path | endswith("used.h")).as_delivered]' '[false]'
recipe 'cp -p main.c kept; echo "int x;" > main.c; gcc -c -o x.o main.c; cp -p kept main.c'
judged 'a file that is another one for a while' compiled
recorded '[.read[] | select(.path | endswith("main.c")).as_delivered]' '[false]'
recipe 'ln COPYING licence; cat licence'
judged 'a file by another link' compiled
recorded '.unsure' '["/build/sample/COPYING"]'
recipe 'mkdir ../new; ln COPYING ../new/licence; cat ../new/licence; rm -r ../new'
judged 'a file by a link that is gone' compiled
recorded '.unsure' '["/build/sample/COPYING"]'
recipe 'mv COPYING licence; cat licence; mv licence COPYING'
judged 'a file by another name for a while' compiled
recorded '.unsure' '["/build/sample/COPYING"]'
recipe 'cat COPYING > copy; rm COPYING'
judged 'a file that was opened and is gone' compiled
recorded '[.read[] | select(.path | endswith("COPYING")).as_delivered]' '[false]'
recipe 'mv doc texts; ln -s texts doc; cat doc/odd*'
judged 'a directory behind a link' compiled
recorded '[.read[] | select(.path | contains("odd")).as_delivered]' '[false]'
ok 'what was written, renamed or linked is not called as delivered'

project
echo 'int ready (int x) { return x * 4711 + (x ^ 12345) / 3; }' > ready.c
gcc -O2 -c -o source/ready.o ready.c
echo 'int main (void) { return 0; }' > tool.c
gcc -O2 -static -o source/tool tool.c
cat > source/hidden.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* opened by one process, read by another, to which the descriptor was sent */
static int pass (const char *name)
{
  int ends[2];
  union { char bytes[CMSG_SPACE (sizeof (int))]; struct cmsghdr align; } control;
  char byte = 'x';
  struct iovec data = { &byte, 1 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  socketpair (AF_UNIX, SOCK_STREAM, 0, ends);
  if (fork () == 0)
    {
      int fd = open (name, O_RDONLY);
      struct cmsghdr *head = CMSG_FIRSTHDR (&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN (sizeof fd);
      memcpy (CMSG_DATA (head), &fd, sizeof fd);
      _exit (sendmsg (ends[1], &message, 0) != 1);
    }
  wait (NULL);
  return recvmsg (ends[0], &message, 0) == 1 && read (*(int *) CMSG_DATA (CMSG_FIRSTHDR (&message)), &byte, 1) == 1 ? 0 : 1;
}

/* opened for nothing (O_PATH), and once more by way of /proc */
static int again (const char *name)
{
  char path[64], byte;
  snprintf (path, sizeof path, "/proc/self/fd/%d", open (name, O_PATH));
  return read (open (path, O_RDONLY), &byte, 1) == 1 ? 0 : 1;
}

/* run by its descriptor */
static int run (const char *name)
{
  char *const nothing[] = { (char *) name, NULL };
  return execveat (open (name, O_PATH), "", nothing, nothing, AT_EMPTY_PATH);
}

int main (int argc, char **argv)
{
  return argv[1][0] == 'p' ? pass (argv[2]) : argv[1][0] == 'a' ? again (argv[2]) : run (argv[2]);
}
END
names() { recorded ".why | join(\" \") | contains(\"/build/sample/$1\")" true; }
recipe 'gcc -o other main.o ready.o'
judged 'a ready-made object beside' unknown
recorded '[.whole, .known]' '[true, false]'
names ready.o
recipe '/build/sample/tool'
judged 'a ready-made tool' unknown
names tool
recipe 'mv ready.o x.o; gcc -o other main.o x.o; rm x.o'
judged 'a ready-made object by another name' unknown
names ready.o
recipe 'printf "#!/build/sample/tool\n" > script; chmod +x script; /build/sample/script; rm script'
judged 'a ready-made interpreter of a script that is gone' unknown
names tool
recipe 'mkdir new; ln tool new/tool; new/tool; rm -r new'
judged 'a ready-made tool by a hard link in a new directory' unknown
names tool
for way in pass again; do
    recipe "gcc -o hidden hidden.c; ./hidden $way ready.o"
    judged "a ready-made object: $way" unknown
    names ready.o
done
recipe 'gcc -o hidden hidden.c; ./hidden run tool'
judged 'a ready-made tool by its descriptor' unknown
names tool
# code that the recipe brings itself, for which nobody opens a file
recipe "printf %s '$(base64 -w 0 source/ready.o)' | base64 -d > made.o; gcc -o other main.o made.o"
judged 'a ready-made object in the text of a step' unknown
recorded '.why | join(" ") | contains("step 3 of the recipe")' true
# what begins as a picture and has an archive behind it
{ printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;'; tar -C source -c ready.o; } > source/logo.gif
recipe 'tail -c +36 logo.gif | tar -x; gcc -o other main.o ready.o'
judged 'a ready-made object in an archive behind a picture' unknown
names logo.gif
rm source/logo.gif
recipe 'true'
judged 'ready-made files that nobody touched' compiled
recorded '[.never_read[] | select(endswith(".o") or endswith("tool"))]' '["/build/sample/ready.o", "/build/sample/tool"]'
ok 'where something ready-made may have gone in, nothing is called compiled'
sed -i 's/gcc -o sample main.o/gcc -o sample main.o ready.o/' sample.recipe
image
run 'a ready-made object linked' verify image --recipe sample.recipe --record --report report.json
ends 1
holds '.files[0].origin == "opaque"'
ok 'what is linked in stays opaque'

# More at once than the kernel keeps: two files in turns, so that it cannot join what follows each other.
project
cat > source/flood.c <<'END'
#include <fcntl.h>
#include <unistd.h>
int main (void)
{
  for (int i = 0; i < 400000; i++)
    close (open (i % 2 ? "main.c" : "COPYING", O_RDONLY));
  return 0;
}
END
recipe 'gcc -O2 -o flood flood.c; ./flood & ./flood & wait'
image
run 'a flood' verify image --recipe sample.recipe --record --report report.json
ends 0
case $(jq -r '.expected[0].recording.whole' report.json) in
    false)
        recorded '.known' false
        recorded '.never_read' '[]'
        recorded '.why | join(" ") | contains("max_queued_events")' true
        holds '.files[0].origin == "unknown"'
        ok 'a flood of openings is said, and nothing is called never read or compiled then' ;;
    true)
        recorded '.never_read | map(select(endswith("never.h")))' '["/build/sample/include/never.h"]'
        recorded '[.read[].path | select(endswith("COPYING"))]' '["/build/sample/COPYING"]'
        ok 'a flood of openings was kept up with' ;;
esac

# A user namespace has a limit of its own: fewer watches than there are directories.
project
recipe true
image
# few LIMIT: with at most as many watches
few() {
    what="$1 watches"
    code=0
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare -r sh -c 'echo "$1" > /proc/sys/user/max_inotify_watches; shift; exec "$@"' sh "$1" \
        "$assay" verify image --recipe sample.recipe --record --report report.json > out 2> err || code=$?
    ends 0
    recorded '.why | join(" ") | contains("max_user_watches")' true
    holds '.files[0].origin == "unknown"'
}
if unshare -r sh -c 'echo 4 > /proc/sys/user/max_inotify_watches' 2> /dev/null; then
    few 10
    recorded '[.whole, .known, (.never_read | length)]' '[true, false, 3]'
    few 2
    recorded '[.whole, .known, (.never_read | length)]' '[false, false, 0]'
    ok 'what cannot be watched is said, and nothing is called never read or compiled then'
fi

# Names and targets of links are read without opening anything: one that is no text may be anything.
for target in 'a text' "$(printf '\351\201\202\203 of no charset')"; do
    project
    ln -s "$target" source/words
    recipe true
    image
    run 'a target of a link' verify image --recipe sample.recipe --record --report report.json
    ends 0
    case $target in
        a*) recorded .known true ;;
        *) recorded '[.known, (.why | join(" ") | contains("is no text"))]' '[false, true]' ;;
    esac
done
ok 'a target of a link that is no text leaves unknown what it went into'
leaves_nothing
