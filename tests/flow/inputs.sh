#!/bin/sh
# Where an image, a recipe and a report may come from and go to: files, directories, pipes, standard input and output;
# and what happens where one cannot be read or written.
#
#   sh inputs.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin inputs jq bwrap tar perl setpriv mkfifo
make_tools sort

mkdir -m 755 source
seq 1 3000 > source/numbers
sort source/numbers > image
cat > numbers.recipe <<END
recipe: 1
product: numbers 1
source: [{directory: source, into: .}]
$toolchain
path: /build/numbers
steps:
  - sort numbers > out
outputs:
  - {from: out}
END

# from_pipe WHAT FILE ARGUMENTS...: as `run`, with FILE at standard input
from_pipe() {
    what=$1 input=$2
    shift 2
    code=0
    "$assay" "$@" > out 2> err < "$input" || code=$?
}

passes() { ends 0; leaves_nothing; ok "$what: exit 0"; }

# --- where they come from ---

from_pipe 'image from standard input' image verify - --recipe numbers.recipe
passes
from_pipe 'recipe from standard input' numbers.recipe verify image --recipe -
passes
sed 's/^product/produce/' numbers.recipe > wrong.recipe
from_pipe 'wrong recipe from standard input' wrong.recipe verify image --recipe -
ends 64
says err '-:2:1: ' produce
ok "$what: refused, with its place"
from_pipe 'both from standard input' image verify - --recipe -
ends 64
says err 'standard input'
ok "$what: refused"
from_pipe 'recipe twice from standard input' numbers.recipe verify image --recipe - --recipe -
ends 64
says err 'standard input'
ok "$what: refused"

mkfifo fifo
cat image > fifo &
run 'image from a FIFO' verify fifo --recipe numbers.recipe
wait
passes
(sleep 1; cat image) > fifo &
run 'image from a FIFO, late' compare image fifo
wait
passes
head -c 100 image > fifo &
run 'half an image from a FIFO' compare fifo image
wait
ends 1
ok "$what: exit 1"
: > fifo &
run 'nothing from a FIFO' compare fifo image
wait
ends 1
ok "$what: exit 1"

head -c 3000000 /dev/zero > zeros
from_pipe 'more at standard input than the limit' zeros inspect - --limit total-bytes=1MiB
ends 2
says err 'limit total-bytes (1048576 bytes)'
leaves_nothing
ok "$what: exit 2"

for device in /dev/zero /dev/null; do
    run "image $device" verify "$device" --recipe numbers.recipe
    ends 2
    says out UNDECIDED 'not a regular file'
    leaves_nothing
    ok "$what: undecided"
done
ln -s loop1 loop2
ln -s loop2 loop1
run 'image a loop of links' verify loop1 --recipe numbers.recipe
ends 64
says err 'symbolic links'
ok "$what: refused"
ln -s image link
run 'image behind a link' verify link --recipe numbers.recipe
passes

# --- a signal while nothing comes ---

for signal in INT TERM HUP; do
    what="waiting for a FIFO, $signal"
    perl -e '$SIG{INT} = $SIG{HUP} = "DEFAULT"; exec @ARGV or die' "$assay" inspect fifo > out 2> err < /dev/null &
    pid=$!
    until grep -q poll "/proc/$pid/wchan" 2> /dev/null || [ "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat")" = S ]; do
        sleep 0.1
    done
    sleep 0.2
    kill -"$signal" "$pid"
    code=0
    wait "$pid" || code=$?
    case $code in 0 | 1) shown "exit $code" ;; esac
    leaves_nothing
    ok "$what: exit $code"
done

# --- a signal while there is much to say: every second byte differs, and each is a finding ---

# interrupted LATER: a comparison with three million findings gets a signal LATER seconds after it held 30,000 KiB; fails
# when it has ended before that
interrupted() {
    "$assay" compare dull lively --report many.json > out 2> err < /dev/null &
    pid=$!
    until [ "$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2> /dev/null || echo 999999999)" -ge 30000 ] 2> /dev/null; do
        kill -0 "$pid" || break
        sleep 0.02
    done
    sleep "$1"
    kill -TERM "$pid" 2> /dev/null || :
    code=0
    wait "$pid" || code=$?
    [ ! -e many.json ] || { rm -f many.json && return 1; }
}

perl -e 'print "\0" x 6000000' > dull
perl -e 'print "\0\1" x 3000000' > lively
# as late as this machine allows: a delay after which it had ended is halved; the last one is none
for later in 0.8 0.4 0.2 0.1 0.05 0; do
    what="a signal among three million findings, $later seconds after it held 30,000 KiB"
    ! interrupted "$later" || break
    [ "$later" != 0 ] || shown 'it had ended already, each time'
done
ends 1 2
says err "ended by signal"
leaves_nothing
ok "$what: exit $code, and no report"
what='a signal among three million findings, at once'
interrupted 0 || shown 'it went on, and wrote a report'
ends 1 2
says err "ended by signal"
leaves_nothing
ok "$what: exit $code, and no report"

# --- what is not what it seems ---

run 'two files of the kernel' compare /proc/version /proc/cpuinfo
ends 2
says out UNDECIDED 'although its size is 0'
ok "$what: undecided, though both say that they are empty"

# --- what may not be read ---

# as_nobody WHAT ARGUMENTS...: as `run`, by a user who may not read everything
as_nobody() {
    what=$1
    shift
    code=0
    if [ "$(id -u)" = 0 ]; then
        HOME=/nonexistent setpriv --reuid 65534 --regid 65534 --clear-groups "$assay" "$@" > out 2> err < /dev/null || code=$?
    else
        "$assay" "$@" > out 2> err < /dev/null || code=$?
    fi
}

chmod 1777 "$TMPDIR"
if as_nobody 'the program by another user' --version; [ "$code" = 0 ]; then
    mkdir -p shipped/d expected/d public
    for side in shipped expected; do
        echo one > $side/open
        echo two > $side/d/locked
    done
    chmod 1777 public
    if [ "$(id -u)" = 0 ]; then chown -R 65534:65534 shipped expected; fi
    chmod 0 shipped/d/locked expected/d/locked
    as_nobody 'a file that may not be read' compare shipped expected --report public/report.json
    ends 2
    mv -f public/report.json report.json
    holds '.verdict == "undecided" and .accounting.total == 8 and .accounting.identical == 4 and .accounting.undecided == 4'
    holds '[.findings[] | select (.class == "undecided" and .path == "d/locked" and .range.length == 4)] | length == 1'
    says out 'd/locked: cannot open d/locked: Permission denied'
    leaves_nothing
    ok "$what: undecided, with the file's name and its bytes"
    as_nobody 'inspecting it' inspect shipped
    ends 2
    says out open 'not read to its end: cannot open d/locked: Permission denied'
    ok "$what: exit 2, and the rest is shown"
    echo changed > shipped/open
    as_nobody 'the same beside a difference' compare shipped expected
    ends 1
    says out MISMATCH 'cannot open d/locked'
    ok "$what: mismatch, and both are named"
    chmod 0 shipped/d expected/d
    as_nobody 'a directory that may not be read' compare shipped expected
    ends 2
    says out UNDECIDED 'cannot open d: Permission denied'
    ok "$what: undecided"
    as_nobody 'a rebuild by another user' verify image --recipe numbers.recipe
    passes
    mkdir -m 555 shut
    as_nobody 'a report where nobody may write' verify image --recipe numbers.recipe --report shut/report.nobody
    case $code in 0) shown 'exit 0' ;; esac
    says err report.nobody
    leaves_nothing
    ok "$what: exit $code"
fi

# --- where they go ---

run 'report to standard output' verify image --recipe numbers.recipe --report -
ends 0
jq -e '.verdict == "identical"' out > /dev/null || shown 'standard output is not the report alone'
ok "$what: nothing else is there"
cp out report.json
from_pipe 'a report rendered from standard input' report.json render -
ends 0
says out IDENTICAL
ok "$what: as text"
run 'report and text' verify image --recipe numbers.recipe --report second.json
ends 0
cmp second.json report.json || shown 'the report differs'
says out IDENTICAL
ok "$what: the same report"
run 'a work directory' verify image --recipe numbers.recipe --work-dir kept
ends 0
cmp kept/numbers_1-1/build/numbers/out image || shown 'the build tree is not kept'
grep -q 'step 1 of 1' kept/numbers_1-1/build.log || shown 'the log is not kept'
[ "$(find kept -mindepth 1 -maxdepth 1 | wc -l)" = 1 ] || shown 'more than the build is left in the work directory'
run 'a work directory, again' verify image --recipe numbers.recipe --work-dir kept
ends 0
[ -f kept/numbers_1-2/build.log ] || shown 'the second build is not beside the first'
leaves_nothing
ok "$what: log and build tree of both"
run 'a work directory without a name' verify image --recipe numbers.recipe --work-dir ''
ends 64
ok "$what: refused"
run 'a work directory that is a file' verify image --recipe numbers.recipe --work-dir image
ends 2 64
leaves_nothing
ok "$what: exit $code"
ln -s source linked
for place in source source/kept/deep linked/kept ./source/../source/kept; do
    run "a work directory in the source, $place" verify image --recipe numbers.recipe --work-dir "$place"
    ends 64
    says err "--work-dir $place lies in source"
    [ "$(find source | wc -l)" = 2 ] || shown 'something is left in the source'
    leaves_nothing
    ok "$what: refused, and nothing is made"
done
run 'a work directory beside the source' verify image --recipe numbers.recipe --work-dir source-kept
ends 0
ok "$what: exit 0"

# --- a full disk ---

if [ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null; then
    mkdir small
    # full WHAT ARGUMENTS...: with a TMPDIR of 2 MiB, which must be empty again at the end
    full() {
        what=$1
        shift
        code=0
        # shellcheck disable=SC2016 # the inner shell expands
        unshare -m sh -c 'mount -t tmpfs -o size=2m,mode=1777 none small || exit 99
            code=0
            TMPDIR=$PWD/small "$@" || code=$?
            find small -mindepth 1 > small.left
            exit "$code"' sh "$assay" "$@" > out 2> err < /dev/null || code=$?
        ends 2
        says "$stream" 'No space left on device'
        [ ! -s small.left ] || { cat small.left >&2; shown 'left behind'; }
        leaves_nothing
        ok "$what: exit 2"
    }
    cat /bin/sh zeros | perl -pe 's/\0\0\0\0/pack "V", rand 2**32/ge' > large
    gzip -c zeros > zeros.gz
    stream=err
    full 'an image larger than the disk' inspect large
    full 'a stream larger than the disk' inspect zeros.gz
    stream=out
    full 'images larger than the disk' compare large large
    sed 's/- sort.*/- cat \/dev\/zero | head -c 4000000 > out/' numbers.recipe > large.recipe
    full 'a build larger than the disk' verify image --recipe large.recipe
    mkdir -m 755 heavy
    cp large heavy/numbers
    sed 's/directory: source/directory: heavy/' numbers.recipe > heavy.recipe
    full 'a source larger than the disk' verify image --recipe heavy.recipe
fi
