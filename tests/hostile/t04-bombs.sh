#!/bin/sh
# T4: small images that claim to be large, deep, many or without end. Each is judged within 20 seconds of processor time and 1 GiB of
# address space of every process, is undecided, and the limit that ended it is named in the text and in the report.
#
#   sh t04-bombs.sh [--all]      --all also the bombs that take long to make, and what each took: seconds, and MiB at the peak
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
all=${ASSAY_ALL:-0}
[ "${1:-}" != --all ] || all=1
. "$here/lib.sh"
for tool in python3 jq gzip bzip2 xz zstd lz4 lzip compress; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# Runs a command within the bounds, which all that it starts inherits, and says into the file `took` what all of these took: the
# readers are no children of the command, but are left to us when it ends.
cat > bound.py <<'END'
import ctypes, os, resource, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
first = os.fork()
if first == 0:
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    os.execvp(sys.argv[1], sys.argv[1:])
code = 99
while True:
    try:
        child, status = os.wait()
    except ChildProcessError:
        break
    if child == first:
        code = os.waitstatus_to_exitcode(status)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
with open("took", "w") as out:
    out.write("%.1f s, %d MiB\n" % (usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10))
sys.exit(code if code >= 0 else 128 - code)
END
bound() { python3 bound.py "$@"; }
bound "$assay" --version > /dev/null 2>&1 || { echo 'SKIP: the program itself does not fit into 1 GiB (sanitizers)' >&2; exit 77; }

# The instrument: it ends what takes more.
code=0
bound python3 -c 'bytes(1 << 30)' > said.txt 2>&1 || code=$?
grep -q MemoryError said.txt || fail "the bound on memory does not hold: $code"

said() {
    printf 'ok: %s: %s\n' "$name" "$1"
    [ "$all" = 0 ] || echo "    $(cat took)"
}

# caught STORY LIMIT BOMB TWIN [OPTION...]: undecided by that limit
caught() {
    story=$1 limit=$2 bomb=$3 twin_of_it=$4
    shift 4
    code=0
    rm -f report.json
    bound "$assay" compare "$bomb" "$twin_of_it" --report report.json "$@" > said.txt 2>&1 || code=$?
    [ "$code" = 2 ] || { cat said.txt >&2; fail "$story: exit $code, expected 2; it took $(cat took)"; }
    tr -s ' \n' '  ' < said.txt | grep -qF "limit $limit (" || { cat said.txt >&2; fail "$story: the text does not name $limit"; }
    jq -e ".verdict == \"undecided\" and any(.undecided[]; contains(\"limit $limit (\"))" report.json > /dev/null ||
        { jq -c '[.verdict, .undecided]' report.json >&2; fail "$story: the report does not name $limit"; }
    said "$story"
}

# make NAME FILE [NUMBER]
make() { python3 "$here/bombs.py" "$@" || fail "the maker of $1"; }

# bomb STORY LIMIT NAME [NUMBER]: the container itself hits the limit; its twin has a byte more
bomb() {
    make "$3" bomb ${4:+"$4"}
    { cat bomb && printf x; } > twin.bomb
    caught "$1" "$2" bomb twin.bomb
}

# nest STORY LIMIT NAME: something inside hits it
nest() {
    make "$3" bomb
    code=0
    bound "$assay" inspect bomb --format json > said.json 2> said.txt || code=$?
    [ "$code" = 2 ] || { cat said.txt >&2; fail "$1: exit $code, expected 2; it took $(cat took)"; }
    jq -e "any(.nodes[]; .trouble != null and (.trouble | startswith(\"limit $2 (\")))" said.json > /dev/null || fail "$1: the limit is not named"
    said "$1"
}

nest 'a gzip file that decodes to itself' depth quine
nest '10 TiB in nested zips' ratio nested
bomb '20 GiB of zeros in a squashfs' ratio zeros.squashfs $((20 << 30))

# twice CODEC: the twin decodes to another stream, of 16 MiB more
twice() {
    make "twice.$1" bomb 64
    make "twice.$1" twin.bomb 65
    caught "1 GiB of zeros in $1, twice" ratio bomb twin.bomb
}

# few COUNT NAME...: the first of them; all with --all
few() {
    count=$1
    shift
    [ "$all" = 0 ] || count=$#
    printf '%s\n' "$@" | head -n "$count"
}

for codec in $(few 3 gzip zstd lz4 bzip2 xz lz4-legacy lzip lzma compress); do
    twice "$codec"
done
for codec in $(few 1 gzip bzip2 xz zstd lz4 lz4-legacy lzip); do
    bomb "150,000 empty members of $codec" stream-members "members.$codec"
done
for codec in $(few 1 zstd lz4 lz4-legacy); do
    bomb "150,000 frames of $codec that are skipped" stream-members "skipped.$codec"
done

for format in pax tar cpio zip squashfs fat; do
    bomb "a path of 3,000 levels, $format" name-bytes "deep.$format" 3000
done

for format in $(few 2 cpio squashfs ar tar); do
    bomb "300,000 entries, $format" entries "many.$format" 300000
done

# What is large and true is judged within the same bounds: work that grew with the square of images and configurations,
# or with the hashes of an image times its data, would take minutes for so many.
#
# true_fit STORY NAME NUMBER FILES: packed at another time
true_fit() {
    make "$2" bomb "$3"
    cp bomb twin.bomb && poke twin.bomb 79 x
    code=0
    bound "$assay" compare bomb twin.bomb --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 0 ] || { tail -n 20 said.txt >&2; fail "$1: exit $code; it took $(cat took)"; }
    jq -e --argjson files "$4" '.verdict == "equivalent" and (.files | length) > $files' report.json > /dev/null || fail "$1: it is not opened"
    said "$1, packed at another time"
}
true_fit 'a FIT of 16,000 images and as many configurations' many.fit 16000 16000
true_fit 'a FIT of an image of 8 MiB with 4,000 hashes' hashes.fit 4000 1
bomb 'a device tree of 80,000 properties whose names are megabytes long' name-bytes names.fit 8000000

# soon STORY NAME NUMBER: opened to its end
soon() {
    make "$2" bomb "$3"
    code=0
    bound "$assay" inspect bomb --format json > said.json 2> said.txt || code=$?
    [ "$code" = 0 ] || { cat said.txt >&2; fail "$1: exit $code; it took $(cat took)"; }
    jq -e 'all(.nodes[]; .trouble == null) and (.nodes | length) > 1' said.json > /dev/null || fail "$1: it is not opened"
    said "$1"
}
soon 'a FIT with a signature of 200,000 properties' signed.fit 200000
soon 'an rpm of 100,000 tags' tags.rpm 100000

count=20000
[ "$all" = 0 ] || count=60000
make loose.zip bomb $count
make tight.zip twin.bomb $count
code=0
bound "$assay" compare bomb twin.bomb --quiet > said.txt 2>&1 || code=$?
[ "$code" = 0 ] || { cat said.txt >&2; fail "$count entries that were compressed in another way: exit $code; it took $(cat took)"; }
said "$count entries of a zip that were compressed in another way"

# Beside a scope each name is held against those in it, with all directories that they lie in.
for kind in links upwards; do
    make $kind.tar bomb 400
    make $kind.later twin.bomb 400
    code=0
    bound "$assay" compare bomb twin.bomb --scope f --quiet > said.txt 2>&1 || code=$?
    [ "$code" = 0 ] || { cat said.txt >&2; fail "400 $kind of 2,000 components beside a scope: exit $code; it took $(cat took)"; }
    said "400 $kind of 2,000 components beside a scope"
done

# A hole counts by what it claims.
for side in a b; do
    truncate -s 8T "$side.image" 2> /dev/null || { echo 'SKIP: no file of 8 TiB can be made here' >&2; exit 77; }
    printf '%s' "$side" | dd of="$side.image" conv=notrunc 2> /dev/null
    mkdir "$side" && ln "$side.image" "$side/file"
done
caught 'a file of 8 TiB with a hole' image-bytes a.image b.image
caught 'a directory with a file of 8 TiB' image-bytes a b
rm -r a b a.image b.image

for kind in old 1.0 0.1 0.0; do
    bomb "a tar with a hole of 8 TiB, $kind" ratio "sparse.$kind" $((8 << 40))
done
bomb 'a squashfs with a hole of 8 TiB' ratio zeros.squashfs $((8 << 40))
if command -v mke2fs > /dev/null && command -v debugfs > /dev/null; then
    mkdir tree && echo x > tree/file
    mke2fs -q -t ext4 -d tree bomb 4M
    debugfs -w -R "sif file size $((8 << 40))" bomb 2> /dev/null
    { cat bomb && printf x; } > twin.bomb
    caught 'an ext4 with a hole of 8 TiB' ratio bomb twin.bomb
fi

# Blocks of RAR 5 without end. No reader of RAR follows them, which could come to no end; what holds them is bounded.
blocks() { printf 'Rar!\032\007\001\000' && yes "$(printf '3\222\265\345\n\001\005\006')"; }
make endless.rar bomb $((64 << 20))
make endless.rar twin.bomb $((65 << 20))
caught 'an endless RAR-like stream, in xz' ratio bomb twin.bomb
# Standard input that never ends is read as far as the limit.
blocks 2> /dev/null | head -c 3000000 > rar
code=0
blocks 2> /dev/null | bound "$assay" compare - rar --limit image-bytes=64MiB > said.txt 2>&1 || code=$?
[ "$code" = 2 ] || { cat said.txt >&2; fail "an endless RAR-like stream: exit $code"; }
grep -qF 'limit image-bytes (67108864 bytes) hit' said.txt || { cat said.txt >&2; fail 'an endless RAR-like stream: the limit is not named'; }
said 'an endless RAR-like stream as standard input'

# refused STORY NAME NUMBER: what no limit is needed for, for it cannot be so; soon, and never a pass
refused() {
    make "$2" bomb "$3"
    { cat bomb && printf x; } > twin.bomb
    code=0
    bound "$assay" compare bomb twin.bomb > said.txt 2>&1 || code=$?
    case $code in 1 | 2) ;; *) cat said.txt >&2; fail "$1: exit $code; it took $(cat took)" ;; esac
    said "$1"
}
for body in overlapping overlapping.stored; do
    refused "entries of a zip over one another, $body" "$body" 2000
    "$assay" inspect bomb 2> said.txt | grep -q 'entries that overlap' || fail "$body: it is not said that they overlap"
done
refused 'entries of an rpm with one text of 8 MB' texts.rpm 100000
refused 'a squashfs whose last directory holds the first' round.squashfs 50
refused 'a FAT whose last directory holds the first' round.fat 50

# One that ends hits no limit, and is bytes with a name: what differs in them is undecided.
cp rar bomb
code=0
bound "$assay" inspect bomb > said.txt 2>&1 || code=$?
[ "$code" = 2 ] || { cat said.txt >&2; fail "what begins as RAR 5: exit $code"; }
grep -q 'rar: known by its first bytes' said.txt || { cat said.txt >&2; fail 'what begins as RAR 5 is opened by something'; }
said 'what begins as RAR 5'

[ "$all" = 1 ] || exit 0

if command -v mksquashfs > /dev/null; then
    mkdir zeros && truncate -s 20G zeros/file
    mksquashfs zeros bomb -noappend -quiet -no-progress -no-xattrs > /dev/null
    { cat bomb && printf x; } > twin.bomb
    caught '20 GiB of zeros, by mksquashfs' ratio bomb twin.bomb
fi
