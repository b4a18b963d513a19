#!/bin/sh
# The cache of builds is the user's alone, and a build in it is known again by a key of its own (T24): what is damaged,
# forged, exchanged or not ours alone is not used, and is built anew; a cache or key that others could change is not
# used at all; a build sees neither. What was built is random, so that a build that was made anew is another.
# shellcheck disable=SC2016 # what stands in single quotes is expanded in the sandbox or by another shell
set -u
maker=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/roots.sh
. "$(dirname "$0")/../roots.sh"
# shellcheck source=tests/hostile/lib.sh
. "$(dirname "$0")/lib.sh"
for tool in bwrap jq ldd python3 zstd; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
chmod 755 "$work"
umask 022
export XDG_CACHE_HOME="$work/caches" XDG_STATE_HOME="$work/state" TMPDIR="$work/tmp"
mkdir tmp
make_root tools cat mkdir dd sleep find
mkdir -m 755 source image && echo one > source/text && echo none > image/random

# recipe FILE [STEP]
recipe() {
    printf 'recipe: 1\nproduct: kept 1\nsource:\n  - {directory: source}\ntoolchain:\n  - {directory: tools}\n' > "$1"
    printf 'path: /build/kept\nsteps:\n  - cat /proc/sys/kernel/random/uuid > random\n' >> "$1"
    [ -z "${2:-}" ] || printf '  - |\n    %s\n' "$2" >> "$1"
    printf 'outputs:\n  - {from: random, at: random}\n' >> "$1"
}
recipe kept.recipe
recipe second.recipe 'echo second'

built() { jq -r '.files[] | select(.path == "random").expected_sha256' report.json; }
# verify STORY RECIPE [ARGUMENT...]: always a mismatch
verify() {
    story=$1 verify_recipe=$2
    shift 2
    code=0
    "$assay" verify image --recipe "$verify_recipe" --report report.json "$@" > said.txt 2> err.txt < /dev/null || code=$?
    [ "$code" = 1 ] || { cat said.txt err.txt >&2; fail "$story: exit $code, expected 1"; }
}
says() { grep -qF -e "$1" err.txt || { cat err.txt >&2; fail "$story: it does not say: $1"; }; }
# kept / anew [TEXT]: taken from the cache without a word; built, and why
kept() {
    jq -e '.expected[0].cached' report.json > /dev/null || { cat err.txt >&2; fail "$story: it was built anew"; }
    [ "$(built)" = "$1" ] || fail "$story: another build"
    [ ! -s err.txt ] || { cat err.txt >&2; fail "$story: it says something"; }
    printf 'ok: %s: %s\n' "$name" "$story"
}
anew() {
    jq -e '.expected[0].cached == false' report.json > /dev/null || fail "$story: it was taken from the cache"
    case $(built) in "$first" | "$other") fail "$story: it was not built" ;; esac
    [ -z "${1:-}" ] || says "$1"
    printf 'ok: %s: %s\n' "$name" "$story"
}

first=none other=none
verify 'a build' kept.recipe
anew
first=$(built)
cache=$XDG_CACHE_HOME/assay
entry=$(find "$cache" -type f)
key=$(basename "$entry")
secret=$XDG_STATE_HOME/assay/cache.key
verify 'another build' second.recipe
anew
other=$(built)
second=$(find "$cache" -type f ! -name "$key")
cp -a caches good.caches && cp -a state good.state
restore() { rm -rf caches state; cp -a good.caches caches; cp -a good.state state; }
verify 'it is kept' kept.recipe
kept "$first"

# attacked STORY [TEXT]: what was done to the cache is noticed, and then the entry is a good one again
attacked() {
    rm -f "$work/attacked"
    [ ! -f "$entry" ] || cp "$entry" "$work/attacked"
    verify "$1" kept.recipe
    anew "${2:-it is built anew}"
    cmp -s "$entry" "$work/attacked" && fail "$1: the entry is still there"
    restore
}

size=$(stat -c %s "$entry")
# place STREAM: where it lies in the entry, and how long it is
place() {
    python3 -c 'import json, struct, sys
whole = open(sys.argv[1], "rb").read()
length = struct.unpack("<Q", whole[-40:-32])[0]
tree = json.loads(whole[-40 - length:-40])[sys.argv[2]]
print(tree["offset"], tree["length"])' "$entry" "$1"
}
change() { poke "$entry" "$1" "\\0$(printf %o $((($(od -An -tu1 -j "$1" -N 1 "$entry") + 1) % 256)))"; }
for at in $((size / 3)) $((size / 2)) $((size - 41)) $((size - 35)) $((size - 1)); do
    change "$at"
    case $at in $((size - 35))) said='too short' ;; *) said='was not made with the key' ;; esac
    attacked "byte $at of $size changed" "$said"
done
read -r offset length << END
$(place outputs)
END
for at in "$offset" $((offset + length / 2)) $((offset + length - 1)); do
    change "$at"
    attacked "byte $at of what is wanted changed" 'what it holds is not what was kept'
done
# all is looked at where all is wanted: a work directory that stays
for stream in build beside; do
    read -r offset length << END
$(place "$stream")
END
    change $((offset + length / 2))
    verify "a byte of what nobody wants changed: $stream" kept.recipe
    kept "$first"
    cp "$entry" "$work/attacked"
    verify "a byte changed: $stream" kept.recipe --work-dir stays
    anew 'what it holds is not what was kept'
    cmp -s "$entry" "$work/attacked" && fail "$stream: the entry is still there"
    restore
done
for length in 0 1 31 32 40 72 $((size / 2)) $((size - 1)); do
    truncate -s "$length" "$entry"
    attacked "cut to $length bytes"
done
echo >> "$entry"
attacked 'a byte more' 'it is damaged'
cp "$second" "$entry"
attacked 'the entry of another build under this name' 'was not made with the key'
rm "$entry" && ln -s "$second" "$entry"
attacked 'a link to the entry of another build' 'symbolic link'
cp "$entry" "$work/away" && rm "$entry" && ln -s "$work/away" "$entry"
attacked 'a link to the good entry elsewhere' 'symbolic link'
ln "$entry" "$work/second-name"
attacked 'an entry under two names' 'has another name as well'
rm -f "$work/second-name"
chmod 640 "$entry"
attacked 'an entry that others can read' 'is open to others'
rm "$entry" && mkfifo -m 600 "$entry"
attacked 'a pipe' 'is no regular file'
rm "$entry" && mkdir "$entry" && touch "$entry/file"
verify 'a directory in the place of an entry' kept.recipe
anew 'not'
restore
cp "$entry" "$work/older"
verify 'an older build of the same: it was ours, of the same source, and so counts' kept.recipe
cp "$work/older" "$entry" && chmod 600 "$entry"
verify "$story" kept.recipe
kept "$first"

# --- made with the key, by somebody who stole it: no tree that is not the one that it says, and nothing outside ---

find / -xdev -name escaped > before.txt 2> /dev/null || :
for kind in up absolute through-a-link through-an-absolute-link hard-link-up nul twice other-tree more-said long-path device \
        run-behind-the-end endless-hole set-id attribute cut zeros outside negative other-name outputs-alone no-json; do
    python3 "$maker/entries.py" "$key" good.caches/assay/"$key" "$secret" "$kind" > forged || fail "$kind: cannot be made"
    cat forged > "$entry"
    attacked "the key is stolen: $kind"
done
find / -xdev -name escaped > after.txt 2> /dev/null || :
cmp before.txt after.txt || fail 'something was written outside'
python3 "$maker/entries.py" "$key" good.caches/assay/"$key" "$secret" as-it-is > forged
cat forged > "$entry"
verify 'with the key, the maker of these makes the good one, too' kept.recipe
kept "$first"
python3 "$maker/entries.py" "$key" good.caches/assay/"$key" "$secret" build-alone > forged
cat forged > "$entry"
verify 'good outputs beside a tree that is not the one that it says' kept.recipe
jq -e '[.. | strings | select(contains("the build tree of kept 1 cannot be taken out of the cache"))] != []' report.json \
    > /dev/null || fail "$story: what could not be looked through is not said"
printf 'ok: %s: %s: said where names are looked for\n' "$name" "$story"
restore

# --- an image that is what the cache says an output was: nothing that the cache keeps of it is looked at ---

sed 's/, at: random//' kept.recipe > whole.recipe
cmp -s whole.recipe kept.recipe && fail 'the recipe of a whole image'
# judge STORY IMAGE CODE [ARGUMENT...]: by the cache, without a word
judge() {
    story=$1 image=$2 wanted=$3
    shift 3
    code=0
    "$assay" verify "$image" --recipe whole.recipe --report report.json "$@" > said.txt 2> err.txt < /dev/null || code=$?
    [ "$code" = "$wanted" ] || { cat said.txt err.txt >&2; fail "$story: exit $code, expected $wanted"; }
    jq -e '.expected[0].cached' report.json > /dev/null || { cat err.txt >&2; fail "$story: it was built anew"; }
    [ ! -s err.txt ] || { cat err.txt >&2; fail "$story: it says something"; }
    printf 'ok: %s: %s\n' "$name" "$story"
}
"$assay" rebuild --recipe whole.recipe --output kept.output > said.txt 2>&1 || { cat said.txt >&2; fail 'what is kept'; }
cp kept.output/random whole
[ "$(sha256sum < whole)" = "$first  -" ] || fail 'what is kept is not what was built'
judge 'the image is the output' whole 0
jq -cS . report.json > given.json
judge 'the same, all taken out' whole 0 --work-dir stays
jq -cS . report.json > restored.json
cmp given.json restored.json || fail 'it is judged otherwise where nothing is taken out'
size=$(stat -c %s whole)
for at in 0 $((size / 2)) $((size - 1)); do
    cp whole other.image
    poke other.image "$at" '#'
    judge "another byte $at of the image" other.image 1
done
head -c "$((size - 1))" whole > other.image
judge 'a byte less' other.image 1
{ cat whole; echo; } > other.image
judge 'a byte more' other.image 1
read -r offset length << END
$(place outputs)
END
change $((offset + length / 2))
judge 'what is kept of it is damaged, and not looked at' whole 0
cp whole other.image
poke other.image 0 '#'
code=0
"$assay" verify other.image --recipe whole.recipe --report report.json > said.txt 2> err.txt < /dev/null || code=$?
story='the same, and the image is another: it is looked at'
[ "$code" = 1 ] || { cat said.txt err.txt >&2; fail "$story: exit $code, expected 1"; }
says 'what it holds is not what was kept'
jq -e '.expected[0].cached == false' report.json > /dev/null || fail "$story: it was taken from the cache"
printf 'ok: %s: %s\n' "$name" "$story"
restore
# what it says of the output is changed, to that of a forged image: by somebody without the key
cp whole forged.image
poke forged.image 0 '#'
python3 -c 'import sys
path, was, now = sys.argv[1:]
whole = open(path, "rb").read()
assert whole.count(was.encode()) >= 1
open(path, "wb").write(whole.replace(was.encode(), now.encode()))' "$entry" "$first" "$(sha256sum < forged.image | cut -d ' ' -f 1)"
code=0
"$assay" verify forged.image --recipe whole.recipe --report report.json > said.txt 2> err.txt < /dev/null || code=$?
story='an entry that says a forged image was built'
[ "$code" = 1 ] || { cat said.txt err.txt >&2; fail "$story: exit $code, expected 1"; }
anew 'was not made with the key'
restore

# --- the key ---

head -c 32 /dev/urandom > "$secret"
attacked 'another key' 'was not made with the key'
rm "$secret"
attacked 'no key: a new one is made' 'was not made with the key'

# unusable STORY TEXT: the cache is left alone
unusable() {
    find caches state -printf '%p %m %u %s %T@ %l\n' 2> /dev/null | sort > before.txt
    verify "$1" kept.recipe
    anew "the cache is not used: "
    says "$2"
    find caches state -printf '%p %m %u %s %T@ %l\n' 2> /dev/null | sort > after.txt
    cmp before.txt after.txt || { diff before.txt after.txt >&2; fail "$1: something was changed"; }
    code=0
    "$assay" verify image --recipe kept.recipe --cache-dir "$cache" > said.txt 2>&1 < /dev/null || code=$?
    [ "$code" = 64 ] || { cat said.txt >&2; fail "$1, and named: exit $code, expected 64"; }
    grep -qF -e "$2" said.txt || { cat said.txt >&2; fail "$1, and named: it does not say why"; }
    restore
}
chmod 644 "$secret"
unusable 'a key that others can read' 'is open to others'
chmod 660 "$secret"
unusable 'a key that others can write' 'is open to others'
: > "$secret"
unusable 'an empty key' 'is no key'
head -c 33 /dev/urandom > "$secret"
unusable 'a key that is too long' 'is no key'
mv "$secret" "$secret.real" && ln -s "$secret.real" "$secret"
unusable 'a link to a key' 'symbolic link'
ln "$secret" "$secret.more"
unusable 'a key under two names' 'has another name as well'
rm "$secret" && mkdir "$secret"
unusable 'a directory for a key' 'is no regular file'
rm "$secret" && mkfifo -m 600 "$secret"
unusable 'a pipe for a key' 'is no regular file'
chmod 775 "$XDG_STATE_HOME/assay"
unusable 'a key in a directory that others can write' 'can be written by others'

# --- the directory ---

chmod 750 "$cache"
unusable 'a cache that others can read' 'is open to others'
chmod 777 "$cache"
unusable 'a cache that others can write' 'is open to others'
chmod 775 "$XDG_CACHE_HOME"
unusable 'a cache in a directory that others can write' 'can be written by others'
mv "$cache" "$cache.real" && ln -s "$cache.real" "$cache"
unusable 'a link to a cache' 'is a link or file'
mv "$cache" "$cache.real" && touch "$cache"
unusable 'a file for a cache' 'is a link or file'
if [ "$(id -u)" = 0 ]; then
    chown 65534 "$entry"
    attacked 'an entry that belongs to another user' 'belongs to another user'
    chown 65534 "$secret"
    unusable 'a key that belongs to another user' 'belongs to another user'
    chown 65534 "$cache"
    unusable 'a cache that belongs to another user' 'belongs to another user'
    chown 65534 "$XDG_CACHE_HOME"
    unusable 'a cache in a directory of another user' 'belongs to another user'
    chown 65534 "$XDG_STATE_HOME"
    unusable 'a key in a directory of another user' 'belongs to another user'
fi

# --- what a build sees ---

recipe looks.recipe "! cat $secret; ! cat $cache/*; ! test -e $work; test -z \"\$(find / -name cache.key)\""
verify 'a build that looks for cache and key finds neither' looks.recipe
jq -e '.expected[0].sha256' report.json > /dev/null || { cat said.txt >&2; fail "$story"; }
printf 'ok: %s: %s\n' "$name" "$story"
for option in --cache-dir --cache-key; do
    code=0
    "$assay" verify image --recipe kept.recipe "$option" source/kept > said.txt 2>&1 < /dev/null || code=$?
    [ "$code" = 64 ] || { cat said.txt >&2; fail "$option in the source: exit $code"; }
    grep -qF 'which the build takes its files from' said.txt || { cat said.txt >&2; fail "$option in the source: it does not say why"; }
    [ ! -e source/kept ] || fail "$option in the source: it was made"
    printf 'ok: %s: %s\n' "$name" "$option in the source: refused"
done
ln -s source way
XDG_CACHE_HOME=$work/way XDG_STATE_HOME=$work/state "$assay" verify image --recipe kept.recipe > said.txt 2>&1 < /dev/null
[ $? = 64 ] || { cat said.txt >&2; fail 'a cache in the source, by way of a link and of the environment'; }
printf 'ok: %s: %s\n' "$name" 'a cache in the source, by way of a link and of the environment: refused'

# --- killed, and no room ---

restore
recipe large.recipe 'dd if=/dev/urandom of=large bs=1048576 count=256 2> log'
"$assay" verify image --recipe large.recipe --no-progress > said.txt 2> err.txt < /dev/null &
process=$!
tries=0
while ! ls "$cache"/.part-* > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 1200 ] || ! kill -0 $process; then cat said.txt err.txt >&2; fail 'nothing was ever kept'; fi
    sleep 0.05
done
kill -9 $process
wait $process 2> /dev/null
ls "$cache"/.part-* > /dev/null 2>&1 || fail 'it was faster than the signal'
verify 'killed while it was kept: nothing half is taken' large.recipe
anew
ls "$cache"/.part-* 2> /dev/null && fail 'what was left is still there'
[ "$(find "$cache" -type f | wc -l)" = 3 ] || fail "$story: not three entries"
again=$(built)
verify 'and afterwards it is kept' large.recipe
kept "$again"
restore
# only root mounts
if [ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null; then
    mkdir -m 700 small
    unshare -m sh -c 'mount -t tmpfs -o size=8m,mode=0700 none small || exit 99
        "$0" verify image --recipe large.recipe --report report.json --cache-dir small > said.txt 2> err.txt < /dev/null
        echo $? > code; ls -A small > left' "$assay"
    story='a disk without room'
    [ "$(cat code)" = 1 ] || { cat said.txt err.txt >&2; fail "$story: exit $(cat code)"; }
    anew 'is not kept in the cache'
    [ ! -s left ] || fail "$story: something is left"
    printf 'ok: %s: %s\n' "$name" "$story: nothing is left"
fi
find "$TMPDIR" -mindepth 1 -name 'assay-*' ! -name '*.lock' > left
[ ! -s left ] || { cat left >&2; fail 'left behind in TMPDIR'; }
