#!/bin/sh
# The cache of builds (T24): a second image of the same release runs no step; of 20 components with one changed only
# that one is built; what goes into a build is in its key, and what only says what is done with it is not; the report of
# a build that was kept is the one of the build itself. What was built is random, so that nobody can build it twice.
#
#   sh cache.sh          from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # what stands in single quotes is sed's, jq's, or expanded in the sandbox
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin cache jq bwrap tar ldd readlink setfattr
make_root tools cat mkdir ln chmod cp touch od dd mkfifo sleep rm ls stat

mkdir -m 755 source image
echo one > source/text

# recipe FILE STEP...: of a product with a random part
recipe() {
    file=$1
    shift
    {
        printf 'recipe: 1\nproduct: kept 1\nsource:\n  - {directory: source}\ntoolchain:\n  - {directory: tools}\n'
        printf 'path: /build/kept\nlimits: {time: 600s}\nsteps:\n'
        printf '  - |\n    %s\n' 'echo the step runs; mkdir -p out/tree; cat text /dev/null > out/text' \
            'cat /proc/sys/kernel/random/uuid > out/random' "$@"
        printf 'outputs:\n  - {from: out/text, at: text}\n  - {from: out/random, at: random}\n'
    } > "$file"
}
recipe kept.recipe
echo one > image/text
echo 00000000-0000-0000-0000-000000000000 > image/random

built() { jq -r '.files[] | select(.path == "random").expected_sha256' report.json; }
entries() { find "$XDG_CACHE_HOME/assay" -type f -name '[0-9a-f]*' | wc -l; }

# verify WHAT RECIPE [ARGUMENT...]
verify() {
    verify_what=$1 verify_recipe=$2
    shift 2
    run "$verify_what" verify image --recipe "$verify_recipe" --report report.json "$@"
    ends 1
}

# is_new / is_kept: whether the last report is of a build that was made now
is_new() {
    holds '.expected[0].cached == false'
    [ "$(built)" != "$first" ] || shown "it was not built"
    ok "$what: it is built"
}
is_kept() {
    holds '.expected[0].cached == true'
    [ "$(built)" = "$first" ] || shown "it was built again"
    ok "$what: no step runs"
}

first=none
verify 'the first time' kept.recipe --work-dir logs-first
is_new
first=$(built)
cp report.json first.json
[ "$(entries)" = 1 ] || shown "$(entries) entries"
[ "$(stat -c '%a %u' "$XDG_CACHE_HOME/assay")" = "700 $(id -u)" ] || shown 'the cache is open to others'
[ "$(stat -c '%a %u %s' "$XDG_STATE_HOME/assay/cache.key")" = "600 $(id -u) 32" ] || shown 'the key is open to others'
ok 'cache and key are ours alone'

verify 'the same again' kept.recipe --work-dir logs-second
is_kept
jq -cS '.expected[0].cached = false' report.json > same.json
jq -cS . first.json > wanted.json
cmp same.json wanted.json || shown 'another report'
ok 'the report is that of the build, but for `cached`'
grep -qF 'the step runs' logs-second/*/build.log || shown 'the log is lost'
grep -qF 'taken from the cache' logs-second/*/build.log || shown 'the log does not say so'
ok 'the log is the one of the build, and says so'

# --- a second image of the same release ---

cp -r image other
echo more > other/more
run 'another image of the release' verify other --recipe kept.recipe --report report.json
ends 1
is_kept

# --- an image that holds the outputs is judged as one is for which all is taken out ---

mkdir packed
echo one > packed/text
"$assay" rebuild --recipe kept.recipe --output taken > taken.out 2>&1 || shown 'what is kept'
cp taken/out/random packed/random
{ printf '#' && tail -c +2 packed/random; } > packed/changed
tar -cf whole.tar -C packed text random
tar -cf other.tar --transform 's/changed/random/' -C packed text changed
{
    cat kept.recipe
    printf 'layout:\n  - {in: ".", name: text, offset: 0, size: 4, kind: payload}\n'
    printf '  - {in: ".", name: random, offset: 4, size: rest, kind: payload}\n'
} > divided.recipe
cat packed/text packed/random > whole.bin
cat packed/text packed/changed > other.bin
for held in whole.tar other.tar whole.bin other.bin; do
    held_recipe=kept.recipe
    case $held in *.bin) held_recipe=divided.recipe ;; esac
    for how in '' '--work-dir logs-held'; do
        # shellcheck disable=SC2086 # options, or none
        run "$held $how" verify "$held" --recipe "$held_recipe" --report report.json $how
        holds '.expected[0].cached == true'
        case $held in
            whole.*) holds '.files[] | select (.path == "random").accounting | .identical == .total and .total > 0' ;;
            *) holds '.files[] | select (.path == "random").accounting.unexplained == 1' ;;
        esac
        [ "$(built)" = "$first" ] || shown 'another build'
        jq -cS . report.json > "held$how"
    done
    cmp held 'held--work-dir logs-held' || shown 'it is judged otherwise'
done
ok 'what an image holds need not be taken out of the cache'

# --- what was found in a delivery is kept with the build, and looked for again where that is not enough (T15, T4) ---

cp source/text copied
for how in '' --no-cache; do
    # shellcheck disable=SC2086 # an option, or none
    run "an image that came with the source $how" verify copied --recipe kept.recipe --report report.json $how
    ends 2
    says out 'the build would see the image'
    jq -cS '[.reasons, .verdict]' report.json > "found$how"
done
cmp found found--no-cache || shown 'the cache lets something else be said'
mkdir seen && ln source/text seen/text
run 'an image that is a file of the source' verify seen --recipe kept.recipe --report report.json
ends 2
says out 'the build would see the image'
rm -r seen copied
ok 'the image is looked for among the source of a build that was kept'
for how in '' --no-cache; do
    # shellcheck disable=SC2086
    run "with another limit $how" verify image --recipe kept.recipe --report report.json --limit depth=3 $how
    ends 1
    jq -cS 'del (.files[] | select (.path == "random")) | [.verdict, .expected[0].source, .limits]' report.json > "found$how"
done
cmp found found--no-cache || shown 'another report'
ok 'what was found within other limits is looked for again'

# --- what is done with the outcome is not in the key ---

# edit WHAT SED: another recipe
edit() { sed "$2" kept.recipe > edited.recipe; cmp -s kept.recipe edited.recipe && fail "$1: nothing was edited"; return 0; }
# kept WHAT SED / anew WHAT SED: with the recipe edited so
kept() { edit "$@"; verify "$1" edited.recipe; is_kept; }
anew() { edit "$@"; verify "$1" edited.recipe; is_new; }

kept 'another product' 's/kept 1/kept 2/'
kept 'a comment' '1i# a comment'
kept 'another scope' '$ascope: ["text"]'
kept 'facts of entries' '$aentries: [{at: text, mode: "0600"}]'
kept 'a layout' '$alayout: [{in: ".", name: all, offset: 0, size: rest, kind: payload}]'
kept 'one more output' '$a\  - {from: out/tree/, at: tree}'
kept 'an output elsewhere' 's/from: out.text, at: text/from: text, at: text/'

# --- what goes into a build is ---

anew 'another step' 's/the step runs/the step runs too/'
anew 'one more step' 's/^outputs:/  - ls\noutputs:/'
anew 'a variable' 's/^steps:/environment: {A: b}\nsteps:/'
anew 'another path' 's,/build/kept,/build/other,'
anew 'another limit' 's/600s/601s/'
anew 'run as root' 's/^steps:/run_as: root\nsteps:/'
verify 'another number of jobs' kept.recipe -j 77
is_new
mkdir -p inputs && echo input > inputs/file
anew 'an input' 's,^path:,inputs:\n  - {path: inputs\, at: /inputs/some}\npath:,'
cat > change.patch <<'END_PATCH'
--- a/text
+++ b/text
@@ -1 +1 @@
-one
+two
END_PATCH
if command -v patch > /dev/null; then anew 'a patch' 's,^path:,patches:\n  - {file: change.patch}\npath:,'; fi
echo two > source/text
verify 'another source' kept.recipe
is_new
echo one > source/text
verify 'the source as it was' kept.recipe
is_kept
echo tool > tools/usr/tool
verify 'another toolchain' kept.recipe
is_new
rm tools/usr/tool
chmod 755 source/text
verify 'another mode in the source' kept.recipe
is_new
chmod 644 source/text
verify 'all as it was' kept.recipe
is_kept

# --- who asks for a build gets one ---

verify 'without the cache' kept.recipe --no-cache
is_new
verify 'rebuilt twice' kept.recipe --twice
is_new
holds '.expected[0].rebuilds == 2'
first=$(built)
verify 'what --twice has built first' kept.recipe
is_kept
printf 'policy: 1\nrequire: {verdict: waived, cached: false}\n' > fresh.policy
verify 'a policy that wants none from the cache' kept.recipe --policy fresh.policy
is_kept
says out 'cache'
holds '.policy.result == "fail" and any(.policy.failures[]; contains("cache"))'
ok 'the policy fails'
cp report.json cached.json
verify 'the same, built' kept.recipe --policy fresh.policy --no-cache
is_new
holds 'all(.policy.failures[]; contains("cache") | not)'
ok 'the policy says nothing of the cache'
printf 'policy: 1\nrequire: {verdict: waived}\n' > any.policy
run 'the gate of a report from the cache' gate --policy fresh.policy cached.json --trust-report --image image
grep -qF cache out err || shown 'the gate does not see it'
run 'the gate that does not mind' gate --policy any.policy cached.json --trust-report --image image
if grep -qF 'from the cache' out err; then shown 'the gate minds'; fi
ok 'the gate sees what comes from the cache'
leaves_nothing

# --- the host's tools ---

sed '/^toolchain:/,/tools/d' kept.recipe > host.recipe
before=$(entries)
verify 'with the tools of this machine' host.recipe
is_new
first=$(built)
verify 'and again' host.recipe
is_new
[ "$(entries)" = "$before" ] || shown 'an entry was made'
ok 'what the tools of this machine made is never kept'

# --- the tree that is kept is the tree that was built ---

recipe tree.recipe 'cd out/tree; mkdir deep closed; echo x > deep/file; ln deep/file deep/again; ln -s ../deep/file closed/link; ln -s /nowhere dangling' \
    'cd out/tree; dd if=/dev/zero of=sparse bs=1 count=1 seek=9999999 2> log; echo end >> sparse; rm log; chmod 6755 deep/file; chmod 555 closed; chmod 1777 deep' \
    'touch -d @1234567890.123456789 out/tree/deep/file; touch -h -d @1000000000.5 out/tree/dangling; touch -d @999999999.25 out/tree/deep; chmod 555 out/tree'
sed -i '/^outputs:/,$d' tree.recipe
printf 'outputs:\n  - {from: out/tree/, at: .}\n' >> tree.recipe
run 'a tree' verify image --recipe tree.recipe --report report.json --work-dir trees-built
ends 1
jq -cS . report.json > wanted.json
run 'a tree from the cache' verify image --recipe tree.recipe --report report.json --work-dir trees-kept
ends 1
holds '.expected[0].cached == true'
jq -cS '.expected[0].cached = false' report.json > same.json
if [ "$(id -u)" = 0 ]; then
    # each run has a user of its own, whose number its files have
    sed -E 's/"(18790[0-9]+|1879[0-9]{6}|[0-9]{10}|5[0-9]{4})"/"user"/g' same.json > a && sed -E 's/"(18790[0-9]+|1879[0-9]{6}|[0-9]{10}|5[0-9]{4})"/"user"/g' wanted.json > b
    cmp a b || shown 'another report'
else
    cmp same.json wanted.json || shown 'another report'
fi
# list DIR: all that a tree says of itself
list() { (cd "$1"/*/build && find . -printf '%P %y %m %T@ %n %l %s %b\n' | LC_ALL=C sort); }
list trees-built > a && list trees-kept > b
cmp a b || { diff a b >&2 || :; shown 'another tree'; }
(cd trees-built/*/build && find . -type f -exec sha256sum {} + | LC_ALL=C sort) > a
(cd trees-kept/*/build && find . -type f -exec sha256sum {} + | LC_ALL=C sort) > b
cmp a b || shown 'other bytes'
[ "$(cd trees-kept/*/build && stat -c %i kept/out/tree/deep/file)" = "$(cd trees-kept/*/build && stat -c %i kept/out/tree/deep/again)" ] || shown 'two files of one'
ok 'names, modes, times, links, names of one file and holes are those of the build'
chmod -R u+rwX trees-built trees-kept

# --- twenty components, one changed ---

arguments=
mkdir parts
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    mkdir "source-$n" && echo "part $n" > "source-$n/text"
    sed "s/kept 1/part $n/; s/directory: source/directory: source-$n/; s/at: text/at: text-$n/; s/at: random/at: random-$n/" kept.recipe > "part-$n.recipe"
    cp "source-$n/text" "parts/text-$n" && cp image/random "parts/random-$n"
    arguments="$arguments --recipe part-$n.recipe"
done
# shellcheck disable=SC2086 # words
run 'twenty components' verify parts $arguments --report report.json
ends 1
holds '[.expected[] | select(.cached)] == []'
jq -cS '[.files[] | select(.path | startswith("random")) | {path, expected_sha256}] | sort_by(.path)' report.json > before.json
[ "$(jq length before.json)" = 20 ] || shown 'not twenty'
echo changed > source-7/text
# shellcheck disable=SC2086
run 'one of them changed' verify parts $arguments --report report.json
ends 1
holds '[.expected[] | select(.cached | not) | .recipe.product] == ["part 7"]'
jq -cS '[.files[] | select(.path | startswith("random")) | {path, expected_sha256}] | sort_by(.path)' report.json > after.json
[ "$(jq -n --slurpfile a before.json --slurpfile b after.json '[range(20) | select($a[0][.] != $b[0][.]) | $a[0][.].path] == ["random-7"]')" = true ] ||
    shown 'others were built too'
ok 'only the changed one of twenty is built'
# shellcheck disable=SC2086
run 'none of them changed' verify parts $arguments --report report.json
holds 'all(.expected[]; .cached)'
ok "$what: none is built"

# --- size ---

rm -rf "$XDG_CACHE_HOME/assay"
verify 'a cache that is too small' kept.recipe --cache-size 100
says err 'is not kept in the cache' 'larger than 100 bytes'
[ "$(entries)" = 0 ] || shown 'it is kept'
ok "$what: nothing is kept"
verify 'one entry' kept.recipe
first=$(built)
size=$(find "$XDG_CACHE_HOME/assay" -type f -printf '%s\n')
touch -d @1000000000 "$XDG_CACHE_HOME"/assay/*
anew 'another entry, and room for two' 's/the step runs/the step runs 2/'
verify 'the first is used' kept.recipe
is_kept
edit 'a third' 's/the step runs/the step runs 3/'
run 'room for two and a half' verify image --recipe edited.recipe --report report.json --cache-size $((size * 5 / 2))
ends 1
[ "$(entries)" = 2 ] || shown "$(entries) entries, expected 2"
verify 'what was used last' kept.recipe
is_kept
ok 'what was used longest ago goes first'
run 'no size' verify image --recipe kept.recipe --cache-size much
ends 64
ok "$what: refused"

# --- at once ---

rm -rf "$XDG_CACHE_HOME/assay" "$XDG_STATE_HOME/assay"
for n in 1 2 3 4; do
    "$assay" verify image --recipe kept.recipe --report "report-$n.json" > "out-$n" 2> "err-$n" < /dev/null || : &
done
wait
for n in 1 2 3 4; do jq -e '.verdict == "mismatch"' "report-$n.json" > /dev/null || { cat "err-$n" >&2; fail "run $n of four"; }; done
[ "$(entries)" = 1 ] || fail "$(entries) entries of one build"
verify 'after four at once' kept.recipe
holds '.expected[0].cached'
[ ! -s err ] || shown 'it says something'
ok 'four runs at once leave one entry that holds'
leaves_nothing
echo "cache: all hold"
