#!/bin/sh
# `verify --rebuilt` judges against what `assay rebuild` kept (T24): the report is that of the rebuild itself, but for
# `cached`; what was changed, made by others, or made from something else is no rebuild.
#
#   sh rebuilt.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # what stands in single quotes is sed's, jq's, or expanded in the sandbox
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin rebuilt jq bwrap ldd readlink
make_root tools cat mkdir ln chmod touch

mkdir -m 755 source image image/tree
echo one > source/text
cat > kept.recipe <<'END_RECIPE'
recipe: 1
product: kept 1
source:
  - {directory: source}
toolchain:
  - {directory: tools}
path: /build/kept
steps:
  - |
    mkdir -p out/tree/deep; cat text /dev/null > out/text; cat out/text out/text > out/tree/deep/file
    ln -s deep/file out/tree/link; ln -s out/tree alias; ln out/tree/deep/file out/tree/again
    chmod 4755 out/tree/deep/file; touch -d @1234567890 out/tree/deep/file
outputs:
  - {from: "out/t*t", at: text}
  - {from: alias/, at: tree}
END_RECIPE
echo one > image/text
mkdir image/tree/deep && cat image/text image/text > image/tree/deep/file
run 'built' verify image --recipe kept.recipe --report report.json --no-cache
ends 1
jq -cS . report.json > wanted.json

run 'rebuilt' rebuild --recipe kept.recipe --output dir --no-cache
ends 0
[ ! -e "$XDG_CACHE_HOME/assay" ] || shown 'there is a cache'
[ "$(stat -c %a dir/assay-rebuild.pack)" = 600 ] || shown 'the pack is open to others'

# judged [ARGUMENT...]
judged() { run "$judged_what" verify image --recipe "${recipe:-kept.recipe}" --report report.json --rebuilt dir "$@"; }

judged_what='against it'
judged
ends 1
holds '.expected[0].cached'
jq -cS '.expected[0].cached = false' report.json > same.json
# as root each run has a user of its own, whose number its files have
if [ "$(id -u)" = 0 ]; then
    for file in same.json wanted.json; do jq -cS 'walk(if type == "object" and (.fact == "uid" or .fact == "gid") then del(.expected) else . end)' $file > "$file.new"; mv "$file.new" "$file"; done
fi
cmp same.json wanted.json || { jq -S . same.json > a; jq -S . wanted.json > b; diff a b >&2 || :; shown 'another report'; }
ok 'the report is that of the rebuild, but for `cached`'
leaves_nothing

# --- nobody can fill the directory ---

# refused WHAT TEXT [CODE]: undecided, and says why; then the directory is what it was
cp -a dir good
refused() {
    judged_what=$1
    judged
    ends 2
    says out "$2"
    holds '.verdict == "undecided" and all(.expected[]; has("sha256") | not)'
    rm -rf dir && cp -a good dir
    ok "$what: undecided"
}

echo two > dir/out/text
refused 'a changed file' 'dir/out/text is not what was rebuilt'
echo three >> dir/alias/deep/file
refused 'a changed file of a tree' 'is not what was rebuilt'
echo more > dir/alias/more
refused 'a file more' 'is not what was rebuilt'
rm dir/alias/link
refused 'a link less' 'is not what was rebuilt'
rm dir/alias/link && ln -s deep dir/alias/link
refused 'a link that leads elsewhere' 'is not what was rebuilt'
rm dir/out/text
refused 'a file less' 'out/text'
sed 's/kept 1/kept 2/' good/assay-rebuild.json > dir/assay-rebuild.json
refused 'another record' 'assay-rebuild.json is not what was rebuilt'
rm dir/assay-rebuild.json
refused 'no record' 'assay-rebuild.json'
rm dir/assay-rebuild.pack
refused 'nothing that proves it' 'assay-rebuild.pack'
printf X | dd of=dir/assay-rebuild.pack bs=1 seek=20 conv=notrunc 2> log
refused 'a changed pack' 'what it holds is not what was kept'
size=$(stat -c %s dir/assay-rebuild.pack)
printf X | dd of=dir/assay-rebuild.pack bs=1 seek=$((size - 60)) conv=notrunc 2> log
refused 'a pack that says something else' 'was not made with the key'
head -c 40 good/assay-rebuild.pack > dir/assay-rebuild.pack
refused 'half a pack' 'is no rebuild of what the recipe says now'
: > dir/assay-rebuild.pack
refused 'an empty pack' 'damaged'
rm dir/assay-rebuild.pack && ln -s ../good/assay-rebuild.pack dir/assay-rebuild.pack
refused 'a link to a pack' 'symbolic link'
rm dir/assay-rebuild.pack && mkfifo dir/assay-rebuild.pack
refused 'a pipe for a pack' 'damaged'

# somebody with a key of his own
rm -rf dir
run 'rebuilt with another key' rebuild --recipe kept.recipe --output dir --no-cache --cache-key "$work/other.key"
ends 0
refused 'a rebuild with the key of somebody else' 'was not made with the key'
judged_what='with that key'
rm -rf dir
"$assay" rebuild --recipe kept.recipe --output dir --no-cache --cache-key "$work/other.key" > /dev/null
judged --cache-key "$work/other.key"
ends 1
ok "$what: judged"
rm -rf dir && cp -a good dir

# an entry of the cache is no such directory, nor the other way round
run 'into the cache' verify image --recipe kept.recipe
ends 1
entry=$(find "$XDG_CACHE_HOME/assay" -type f)
cp "$entry" dir/assay-rebuild.pack
refused 'an entry of the cache' 'was not made with the key'
cp good/assay-rebuild.pack "$entry"
run 'a pack in the cache' verify image --recipe kept.recipe --report report.json
ends 1
says err 'was not made with the key' 'it is built anew'
holds '.expected[0].cached == false'
ok "$what: built anew"

# --- another build ---

echo two > source/text
refused 'another source' 'is no rebuild of what the recipe says now'
echo one > source/text
sed 's/4755/0755/' kept.recipe > other.recipe
recipe=other.recipe
refused 'another step' 'is no rebuild of what the recipe says now'
sed '$a\  - {from: out/tree/deep/file, at: file}' kept.recipe > other.recipe
refused 'an output that was not kept' 'was not kept in dir'
sed '/^toolchain/,/tools/d' kept.recipe > host.recipe
recipe=host.recipe
refused 'the tools of this machine' 'is never used again'
sed 's/at: text/at: tree\/text/; s/kept 1/another name/' kept.recipe > other.recipe
recipe=other.recipe
judged_what='what is only done with the outcome'
judged
ends 1
holds '.expected[0].cached'
ok "$what: judged"
recipe=kept.recipe
printf 'policy: 1\nrequire: {verdict: waived, cached: false}\n' > fresh.policy
judged_what='a policy that wants a build'
judged --policy fresh.policy
ends 1
holds '.policy.result == "fail"'
ok "$what: fails"

# --- by way of the cache ---

rm -rf "$XDG_CACHE_HOME/assay"
run 'rebuilt, and kept in the cache' rebuild --recipe kept.recipe --output dir-new --report report.json
ends 0
holds '.cached == false'
run 'rebuilt out of the cache' rebuild --recipe kept.recipe --output dir-kept --report report.json
ends 0
holds '.cached'
says out 'from the cache'
diff -r --exclude=assay-rebuild.json --exclude=assay-rebuild.pack dir-new dir-kept || shown 'other outputs'
run 'rebuilt twice' rebuild --recipe kept.recipe --output dir-twice --twice --report report.json
ends 0
holds '.cached == false and .rebuilds == 2'
rm -rf dir && mv dir-kept dir
judged_what='against what came out of the cache'
judged
ends 1
holds '.expected[0].cached'
rm -rf dir && mv dir-twice dir
judged_what='against what was rebuilt twice'
judged
ends 1
holds '.expected[0].cached and .expected[0].rebuilds == 1'
rm -rf dir && cp -a good dir
ok 'a rebuild may come out of the cache, but none of two'

# --- several ---

mkdir -m 755 source-2 && echo two > source-2/text
sed 's/directory: source/directory: source-2/; s/at: text/at: text-2/; s/at: tree/at: tree-2/' kept.recipe > second.recipe
run 'another rebuilt' rebuild --recipe second.recipe --output dir-2
ends 0
# each has half of the jobs, and $JOBS is part of what went in
run 'two at once' verify image --recipe kept.recipe --recipe second.recipe --rebuilt dir-2 --rebuilt dir -j $((2 * $(nproc))) \
    --report report.json
ends 1
holds '[.expected[].cached] == [true, true] and .expected[0].sha256 != .expected[1].sha256'
ok "$what: each its own"

for conflict in --twice --rebuild-at-shipped-time; do
    judged_what="together with $conflict"
    judged "$conflict"
    ends 64
    ok "$what: refused"
done
run 'no directory' verify image --recipe kept.recipe --rebuilt nowhere
ends 64
ok "$what: refused"
leaves_nothing
echo "rebuilt: all hold"
