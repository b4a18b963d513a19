#!/bin/sh
# T6: `require: {recompressed: false}` also where the content of a stream is another, by a time that is explained: then no
# two streams can be equal, and one that was compressed in another way looks as one that was not. It passes where making
# both again shows that they were compressed in the same way.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mksquashfs python3 zstd bzip2 xz lz4 gzip jq; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

printf 'policy: 1\nrequire: {expected: path, recompressed: false}\n' > strict
printf 'policy: 1\nrequire: {expected: path}\n' > loose
failed='any(.policy.failures[]; contains("was compressed in another way, which is not allowed, or has other content"))'
mkdir tree && seq 1 40000 > tree/numbers && seq 7 7 60000 > tree/more && chmod 644 tree/*
# image FILE TIME: a tar with a time, which is explained
image() { tar --format=gnu --owner=0 --group=0 --numeric-owner --sort=name --mtime="@$2" -cf "$1" -C tree numbers more; }
image one.tar 1 && image two.tar 2

# strictly STORY CODE SHIPPED EXPECTED: without the key it passes; the gate says what verify says, also of a report that
# says that its policy held
strictly() {
    compared "$1: allowed" 0 true "$3" "$4" --policy loose
    compared "$1" "$2" "$failed and .verdict == \"equivalent\"" "$3" "$4" --policy strict
    [ "$2" = 0 ] || jq -cS '.policy.result = "pass" | .policy.failures = []' report.json > forged.json
    [ "$2" != 0 ] || cp report.json forged.json
    code=0
    "$assay" gate forged.json --policy strict --trust-report --image "$3" > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: at the gate exit $code, expected $2"; }
    [ "$2" = 0 ] || grep -q 'strict:2:' said.txt || { cat said.txt >&2; fail "$1: the gate does not say which line"; }
    printf 'ok: %s: %s: at the gate\n' "$name" "$1"
}
strictly 'not compressed' 0 two.tar one.tar

cat > pack.py <<'P'
import gzip, sys
sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read(), int(sys.argv[1]), mtime=0))
P
# codec NAME SUFFIX FIRST SECOND EXIT: two ways to compress, and what becomes of one and the same
codec() {
    $3 < one.tar > "one.$2" && $3 < two.tar > "same.$2" && $4 < two.tar > "other.$2" && $4 < one.tar > "again.$2"
    if cmp -s "same.$2" "other.$2"; then fail "$1: both ways are one"; fi
    compared "$1: equal content, in the same way" 0 true "one.$2" "one.$2" --policy strict
    compared "$1: equal content, in another way" 1 "$failed" "again.$2" "one.$2" --policy strict
    strictly "$1: another time, in another way" 1 "other.$2" "one.$2"
    strictly "$1: another time, in the same way" "$5" "same.$2" "one.$2"
}
codec zstd zst 'zstd -q -3 -c' 'zstd -q -19 -c' 0
codec 'zstd, sums of the content' sums.zst 'zstd -q -3 -c --check' 'zstd -q -3 -c --no-check' 0
codec bzip2 bz2 'bzip2 -9 -c' 'bzip2 -1 -c' 0
codec gzip gz 'gzip -9 -n -c' 'gzip -1 -n -c' 0
codec xz xz 'xz -9 -c' 'xz -0 -c' 0
codec lz4 lz4 'lz4 -q -9 -c' 'lz4 -q -1 -c' 0
codec 'lz4 of the kernel' legacy.lz4 'lz4 -q -l -9 -c' 'lz4 -q -l -1 -c' 0
codec lzma lzma 'lzma -9 -c' 'lzma -0 -c' 0
codec 'xz, in threads' threads.xz 'xz -T2 -1 -c' 'xz -1 -c' 0
codec 'gzip by zlib' zlib.gz 'python3 pack.py 9' 'python3 pack.py 1' 0
codec 'gzip of two encoders' two.gz 'gzip -9 -n -c' 'python3 pack.py 9' 0
# In whatever way the stream before was made.
seq 1 1400000 > large
zstd -q -f -3 large -o file.zst && zstd -q -3 -c < large > piped.zst && zstd -q -f -5 large -o other.file.zst
for shipped in file piped other.file; do
    for expected in file piped other.file; do
        if cmp -s $shipped.zst $expected.zst; then continue; fi
        compared "zstd: $shipped in place of $expected" 0 "$(fact recompressed explained)" $shipped.zst $expected.zst --policy loose
    done
done
# Made in threads, blocks as long as three dictionaries, or longer.
head -c 4000000 large > part && mv part large
xz -T2 -0 -c large > threads.xz && xz -T2 -1 --block-size=40MiB -c large > long.xz && xz -1 -c large > plain.xz
for shipped in threads long plain; do
    for expected in threads long plain; do
        [ $shipped != $expected ] || continue
        compared "xz: $shipped in place of $expected" 0 "$(fact recompressed explained)" $shipped.xz $expected.xz --policy loose
    done
done
# An encoder that cannot be asked says nothing. (A program with sanitizers takes more than any limit.)
if command -v prlimit > /dev/null && [ -z "${ASAN_OPTIONS:-}" ]; then
    xz -9 -c one.tar > high.xz && xz -6 -c one.tar > usual.xz
    code=0
    prlimit --as=600000000 "$assay" compare high.xz usual.xz > said.txt 2>&1 || code=$?
    { [ $code = 2 ] && grep -q 'has no memory' said.txt; } || { cat said.txt >&2; fail "without memory for an encoder: exit $code, expected 2"; }
fi
# A list of rules without that one forbids it as well.
printf 'policy: 1\nrequire: {expected: path, rules: [container-time, rewritten]}\n' > listed
printf 'policy: 1\nrequire: {expected: path, rules: [container-time, rewritten, recompressed]}\n' > named
for suffix in gz zst; do
    compared "another time and another way, of which the rules of the policy do not speak, $suffix" 1 'any(.policy.failures[]; contains("recompressed"))' other.$suffix one.$suffix --policy listed
    compared "another time and another way, of which they do, $suffix" 0 true other.$suffix one.$suffix --policy named
done
compared 'another time in the same way, of which the rules do not speak' 0 true same.zst one.zst --policy listed

zstd -q -3 -c < two.tar > two.zst && zstd -q -3 -c < tree/numbers > empty && cat two.zst empty > several.zst
zstd -q -3 -c < one.tar > first && cat first empty > first.zst
compared 'several frames, of which nobody knows which is whose' 1 'true' several.zst first.zst --policy strict

# In a container: the member is what may have been compressed.
for side in one same other; do
    mkdir box.$side && cp $side.zst box.$side/box.zst
    pack $side.box.tar -C box.$side box.zst
done
strictly 'in an archive, in another way' 1 other.box.tar one.box.tar
strictly 'in an archive, in the same way' 0 same.box.tar one.box.tar
python3 - <<'P'
import zipfile
for name, tar, level in (("one", "one", 9), ("same", "two", 9), ("other", "two", 1)):
    with zipfile.ZipFile(name + ".zip", "w") as out:
        out.writestr(zipfile.ZipInfo("image.tar", (2020, 1, 1, 0, 0, 0)), open(tar + ".tar", "rb").read(), zipfile.ZIP_DEFLATED, level)
P
strictly 'an entry of a zip, in another way' 1 other.zip one.zip
strictly 'an entry of a zip, in the same way' 0 same.zip one.zip
# Of a squashfs the tables are compressed too, and so are blocks with the ends of several files.
mkdir in && seq 1 900 > in/small && tar --format=gnu --owner=0 --group=0 --mtime=@1 -cf in/one.tar -C tree more
# squash OUT TIME
squash() { mksquashfs in "$1" -quiet -no-progress -no-exports -all-root -mkfs-time 0 -all-time "$2" -comp gzip > said.txt; }
squash one.squashfs 1
tar --format=gnu --owner=0 --group=0 --mtime=@2 -cf in/one.tar -C tree more
squash ends.squashfs 1
strictly 'blocks and tables of a squashfs, which nobody can tell' 1 ends.squashfs one.squashfs
