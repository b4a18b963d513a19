#!/bin/sh
# T19, and who is trusted: a policy that pins the recipe means what the recipe builds. What nothing binds, neither a digest
# in that recipe nor a pin, is named, and nothing is called authenticated; and the gate says the same of the report. And a
# recipe that nobody pins carries what it likes, whatever source is pinned beside it.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t19-inputs jq bwrap
make_tools cat cp

mkdir -m 755 source inputs
echo source > source/app
# what is put together here, so that the image lies nowhere
parts() { echo good > inputs/part; printf -- '--- a/app\n+++ b/app\n@@ -1 +1 @@\n-source\n+patched\n' > app.patch; }
swapped() { echo evil > inputs/part; sed -i s/+patched/+evil/ app.patch; }
parts
source=$(tree_digest source) input=$(tree_digest inputs) patch=$(digest app.patch)
printf 'patched\ngood\n' > image && printf 'evil\nevil\n' > evil

# recipe SOURCE PATCH INPUT: `, sha256: …` for each, or nothing
recipe() {
    cat > app.recipe <<END
recipe: 1
product: app 1
source: [{directory: source, into: .$1}]
patches: [{file: app.patch$2}]
inputs: [{path: inputs, at: /inputs/all$3}]
$toolchain
path: /build/app
steps: [cat app /inputs/all/part > out]
outputs: [{from: out}]
END
}
# judge STORY EXIT AUTHENTICATED IMAGE PINS TEXT...: RECIPE stands for the digest of the recipe
judge() {
    story=$1 expected=$2 authenticated=$3 image=$4 pins=$5
    shift 5
    printf 'policy: 1\npin: {%s}\n' "$pins" | sed "s/RECIPE/$(digest app.recipe)/" > app.policy
    run "$story" verify "$image" --recipe app.recipe --policy app.policy --report report.json
    ends "$expected"
    says out "$@"
    holds ".expected[0].source.authenticated == $authenticated"
    if grep -q "recipe: .$(digest app.recipe)" app.policy; then by=true; else by=false; fi
    holds ".expected[0].recipe.authenticated == $by"
    run "$story at the gate" gate report.json --policy app.policy --trust-report --image "$image"
    ends "$expected"
    ok "$story: $expected, and so at the gate; authenticated: $authenticated"
}

no_input='the recipe is pinned, but nothing says what its input inputs must hold: give its sha256 in the recipe, or pin'
no_source='the recipe is pinned, but nothing says what its source source must hold: give its sha256 in the recipe, or pin'
# shellcheck disable=SC2016 # backquotes that assay writes
no_recipe='`pin` must name the recipe as well'
no_patch='the recipe is pinned, but nothing says what its patch app.patch must hold: give its sha256 in the recipe, or pin'
recipe '' '' ''
judge 'source and recipe are pinned' 1 false image "source: [$source], recipe: [RECIPE]" "$no_input" "$no_patch"
judge 'and the patch' 1 false image "source: [$source], recipe: [RECIPE], patches: [$patch]" "$no_input"
judge 'and the inputs' 1 false image "source: [$source], recipe: [RECIPE], inputs: [$input]" "$no_patch"
judge 'all are pinned' 0 true image "source: [$source], recipe: [RECIPE], patches: [$patch], inputs: [$input]"
judge 'all but the source' 1 false image "recipe: [RECIPE], patches: [$patch], inputs: [$input]" "$no_source" 'source unauthenticated'
judge 'the source alone' 1 false image "source: [$source]" "$no_recipe" 'source unauthenticated; recipe unauthenticated'
judge 'all but the recipe' 1 false image "source: [$source], patches: [$patch], inputs: [$input]" "$no_recipe"
swapped
judge 'swapped, source and recipe are pinned' 1 false evil "source: [$source], recipe: [RECIPE]" "$no_input" "$no_patch"
judge 'swapped, all are pinned' 1 false evil "source: [$source], recipe: [RECIPE], patches: [$patch], inputs: [$input]" \
    'the inputs that was used is not the one that is pinned' 'the patches that was used is not the one that is pinned'
parts
recipe "" ", sha256: $patch" ", sha256: $input"
judge 'all but the source, by digests in the recipe' 1 false image 'recipe: [RECIPE]' "$no_source"
judge 'digests in a recipe that is pinned' 0 true image "source: [$source], recipe: [RECIPE]"
judge 'digests in a recipe that nobody pins' 1 false image "source: [$source]" "$no_recipe"
recipe ", sha256: $source" ", sha256: $patch" ", sha256: $input"
judge 'the source too' 0 true image "recipe: [RECIPE]"
swapped
run 'swapped, with digests in the recipe' verify evil --recipe app.recipe --policy app.policy --report report.json
ends 2
ok "$what: 2"
parts
recipe '' '' ''
sed -i '/^toolchain/d' app.recipe
run 'no policy' verify image --recipe app.recipe --report report.json
ends 0
holds '.expected[0] | .source.authenticated == false and .recipe.authenticated == false and .toolchain.authenticated == false'
says out 'source unauthenticated; recipe unauthenticated; toolchain of this machine, unauthenticated'
ok "$what: unauthenticated"

# What a report calls authenticated follows from the pins, and the gate works it out again.
# forged STORY JQ-PROGRAM: of the report before
forged() {
    jq -cS "$2" report.json > forged.json
    if cmp -s report.json forged.json; then fail "$1: nothing was changed"; fi
    run "$1" gate forged.json --policy app.policy --trust-report --image image
    ends 1
    says out 'what it calls authenticated is not what its policy pins'
    ok "$what: refused"
}
mkdir -m 755 layer && echo tool > layer/tool
recipe ", sha256: $source" ", sha256: $patch" ", sha256: $input"
cp app.recipe plain.recipe
sed -i '/^toolchain/d' app.recipe
echo "toolchain: [{directory: layer, sha256: $(tree_digest layer), at: /opt/layer}]" >> app.recipe
pins="recipe: [RECIPE]"
printf 'policy: 1\npin: {%s}\n' "$pins" | sed "s/RECIPE/$(digest app.recipe)/" > app.policy
run 'everything by digest' verify image --recipe app.recipe --policy app.policy --report report.json
case $code in
    0)
        holds '.expected[0] | .recipe.authenticated and .source.authenticated and .toolchain.authenticated'
        for part in recipe source toolchain; do forged "a pinned $part that is called unauthenticated" ".expected[0].$part.authenticated = false"; done ;;
    *) shown 'no pass' ;;
esac
cp plain.recipe app.recipe
recipe '' ", sha256: $patch" ", sha256: $input"
judge 'the source by a pin' 0 true image "source: [$source], recipe: [RECIPE]"
forged 'a pinned source that is called unauthenticated' '.expected[0].source.authenticated = false'
forged 'a source without a digest that is called bound' '.expected[0].source.layers[0].in_recipe = true | .expected[0].source.authenticated = false'
jq -cS '.policy.sha256 = ("0" * 64) | .expected[0].source.authenticated = false' report.json > forged.json
run 'a report of another policy' gate forged.json --policy app.policy --trust-report --image image
ends 1
says out 'made under another policy'
ok "$what: refused for that"
printf 'policy: 1\n' > app.policy
run 'without pins' verify image --recipe app.recipe --policy app.policy --report report.json
ends 0
for part in recipe source; do forged "a $part that nobody pins and that is called authenticated" ".expected[0].$part.authenticated = true"; done
# a rebuild that came to nothing is as undecided at the gate
sed 's/^steps: .*/steps: ["false"]/' app.recipe > failing.recipe
printf 'policy: 1\npin: {source: [%s], recipe: [%s]}\n' "$source" "$(digest failing.recipe)" > app.policy
run 'a step that fails' verify image --recipe failing.recipe --policy app.policy --report report.json
ends 2
run 'the same at the gate' gate report.json --policy app.policy --trust-report --image image
ends 2
ok "$what: undecided"

# Another program that the recipe brings along: the source lies there, is what the policy pins, and goes nowhere.
recipe '' ", sha256: $patch" ", sha256: $input"
pinned="source: [$source], patches: [$patch], inputs: [$input]" honest=$(digest app.recipe)
judge 'the recipe that is pinned' 0 true image "$pinned, recipe: [$honest]"
judge 'the recipe that is pinned, and another image' 1 true evil "$pinned, recipe: [$honest]" MISMATCH
sed -i 's/^steps: .*/steps: ["(echo evil; echo evil) > out"]/' app.recipe
judge 'a recipe that carries the program' 1 false evil "$pinned" "$no_recipe"
judge 'the same under a policy that pins another recipe' 1 false evil "$pinned, recipe: [$honest]" 'the recipe that was used is not the one that is pinned'

# Which digest is whose: layers and inputs whose digests the policy alone has stand there in the recipe's order.
mkdir -m 755 first second && echo first > first/name && echo second > second/name
first=$(tree_digest first) second=$(tree_digest second)
cat > app.recipe <<END
recipe: 1
product: app 1
source: [{directory: source, into: .}]
inputs: [{path: first, at: /inputs/first}, {path: second, at: /inputs/second}]
$toolchain
path: /build/app
steps: [cat app /inputs/first/name /inputs/second/name > out]
outputs: [{from: out}]
END
printf 'source\nfirst\nsecond\n' > image && printf 'source\nsecond\nfirst\n' > evil
judge 'two inputs' 0 true image "source: [$source], recipe: [RECIPE], inputs: [$first, $second]"
judge 'two inputs, in another order' 1 false image "source: [$source], recipe: [RECIPE], inputs: [$second, $first]" 'stands in another'
mv first third && mv second first && mv third second
judge 'two inputs that changed places' 1 false evil "source: [$source], recipe: [RECIPE], inputs: [$first, $second]" 'stands in another'

# A list of pins does not say which of several recipes its digests are of: what they leave open must be one and the same.
mkdir -m 755 service bench && echo strict > service/auth && echo open > bench/auth
for name in service bench; do
    sed "s|^source: .*|source: [{directory: $name, into: .}]|; /^inputs:/d; s|^steps: .*|steps: [cp auth out]|; s|^outputs: .*|outputs: [{from: out, at: $name}]|" app.recipe > $name.recipe
done
mkdir both && cp service/auth both/service && cp bench/auth both/bench
# two RECIPES-DIGEST CODE TEXT
two() {
    printf 'policy: 1\npin: {source: [%s, %s], recipe: [%s, %s]}\nscope: [service, bench]\n' "$3" "$4" \
        "$(digest service.recipe)" "$(digest bench.recipe)" > app.policy
    run "$1" verify both --recipe service.recipe --recipe bench.recipe --policy app.policy --report report.json
    ends "$2"
    ok "$what: exit $2"
}
strict=$(tree_digest service) open=$(tree_digest bench)
two 'two recipes, none of which gives a digest' 1 "$strict" "$open"
says out 'none of which says by digest which is whose'
sed -i "s|directory: service,|directory: service, sha256: $strict,|" service.recipe
two 'two recipes, one of which gives its digest' 0 "$strict" "$open"
mv bench kept-bench && mv service bench && mv kept-bench service
mv both/bench kept-bench && mv both/service both/bench && mv kept-bench both/service
two 'and their sources changed places' 2 "$strict" "$open"
mv bench kept-bench && mv service bench && mv kept-bench service
# the same source in two recipes cannot change places
sed "s|directory: bench,|directory: service,|" bench.recipe > other.recipe && mv other.recipe bench.recipe
sed -i "s|, sha256: $strict||" service.recipe
cp service/auth both/service && cp service/auth both/bench
printf 'policy: 1\npin: {source: [%s], recipe: [%s, %s]}\nscope: [service, bench]\n' "$strict" \
    "$(digest service.recipe)" "$(digest bench.recipe)" > app.policy
run 'one source of two recipes' verify both --recipe service.recipe --recipe bench.recipe --policy app.policy --report report.json
ends 0
ok "$what: exit 0"

# A digest stands in a list once: where it is of two layers, the list does not say of which.
mkdir -m 755 again && cp service/auth again/auth && cp app.recipe kept.recipe
printf 'recipe: 1\nproduct: app 1\nsource: [{directory: service, into: a}, {directory: again, into: b}, {directory: bench, into: c}]\n%s\npath: /build/app\nsteps: [cat a/auth b/auth > out]\noutputs: [{from: out}]\n' "$toolchain" > app.recipe
cat service/auth again/auth > doubled
judge 'one source twice in a recipe' 1 false doubled "source: [$strict, $open], recipe: [RECIPE]" 'stands in another'
sed -i "s|directory: again,|directory: again, sha256: $strict,|" app.recipe
judge 'one source twice in a recipe, once by digest' 0 true doubled "source: [$strict, $open], recipe: [RECIPE]"
mv kept.recipe app.recipe

# A directory has the digest of its listing: a file with these bytes is not it.
mv second kept
printf 'f 644 %s %s name\n' "$(stat -c %s kept/name)" "$(digest kept/name)" > second
[ "$(digest second)" = "$(tree_digest kept)" ] || fail 'no listing'
run 'the listing of a directory in its place' verify image --recipe app.recipe --report report.json
ends 64
says err 'begins as the listing of a directory does'
ok "$what: 64"

# An input may be either, and an empty file has the digest of an empty directory.
mkdir -m 755 source-2 && echo source > source-2/app
printf 'recipe: 1\nproduct: app 1\nsource: [{directory: source-2}]\ninputs: [{path: mark, at: /inputs/mark}]\n%s\npath: /build/app\nsteps: [cp app out]\noutputs: [{from: out}]\n' "$toolchain" > app.recipe
: > mark
run 'an empty file as an input' verify source-2/app --recipe app.recipe --report report.json
[ "$code" != 64 ] || fail 'an empty file is refused'
ok "$what"
rm mark && mkdir -m 755 mark
run 'an empty directory as an input' verify source-2/app --recipe app.recipe --report report.json
ends 64
says err 'is an empty directory'
ok "$what: 64"

# What is left open beside what has digests of its own: the list must say what stands there.
printf 'a\n' > one && printf 'b\n' > two && printf 'a\n' > three
printf 'recipe: 1\nproduct: app 1\nsource: [{directory: source-2, sha256: %s}]\ninputs: [{path: one, sha256: %s, at: /inputs/1}, {path: two, sha256: %s, at: /inputs/2}, {path: three, at: /inputs/3}]\n%s\npath: /build/app\nsteps: [cat app /inputs/3 > out]\noutputs: [{from: out}]\n' \
    "$(tree_digest source-2)" "$(digest one)" "$(digest two)" "$toolchain" > app.recipe
printf 'source\na\n' > third
judge 'an open input that is one of two that are given' 1 false third "recipe: [RECIPE], inputs: [$(digest one), $(digest two)]"
printf 'c\n' > three && printf 'source\nc\n' > third
judge 'an open input beside two that are given' 0 true third "recipe: [RECIPE], inputs: [$(digest one), $(digest two), $(digest three)]"

# A commit has a name that stands for one content alone, though it is no SHA-256 that authenticates: a pin is.
if command -v git > /dev/null; then
    mkdir -m 755 repository && cp source/app repository/app && export GIT_CONFIG_GLOBAL=/dev/null
    git -C repository -c init.defaultBranch=main init -q && git -C repository add app
    git -C repository -c user.name=a -c user.email=a@example.invalid commit -qm one
    printf 'recipe: 1\nproduct: app 1\nsource: [{git: repository, commit: %s, into: .}]\npath: /build/app\nsteps: [echo built >> app]\noutputs: [{from: app}]\n' \
        "$(git -C repository rev-parse HEAD)" > app.recipe
    printf 'source\nbuilt\n' > built
    judge 'a commit in a recipe that is pinned' 0 false built 'recipe: [RECIPE]' 'source unauthenticated'
    judge 'and the listing of what it holds' 0 true built "recipe: [RECIPE], source: [$(tree_digest source)]"
    judge 'another listing' 1 false built "recipe: [RECIPE], source: [$first]" 'the source that was used is not the one'
fi
leaves_nothing
