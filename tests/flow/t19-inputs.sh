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

mkdir -m 755 source inputs
echo source > source/app
# what is put together here, so that the image lies nowhere
parts() { echo good > inputs/part; printf -- '--- a/app\n+++ b/app\n@@ -1 +1 @@\n-source\n+patched\n' > app.patch; }
swapped() { echo evil > inputs/part; sed -i s/+patched/+evil/ app.patch; }
parts
listing() { printf 'f 644 %s %s %s\n' "$(stat -c %s "$1")" "$(digest "$1")" "$(basename "$1")" | sha256sum | cut -d ' ' -f 1; }
source=$(listing source/app) input=$(listing inputs/part) patch=$(digest app.patch)
printf 'patched\ngood\n' > image && printf 'evil\nevil\n' > evil

# recipe SOURCE PATCH INPUT: `, sha256: …` for each, or nothing
recipe() {
    cat > app.recipe <<END
recipe: 1
product: app 1
source: [{directory: source, into: .$1}]
patches: [{file: app.patch$2}]
inputs: [{path: inputs, at: /inputs/all$3}]
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
# shellcheck disable=SC2016 # backquotes that assay writes
no_recipe='`pin` must name the recipe as well'
no_patch='the recipe is pinned, but nothing says what its patch app.patch must hold: give its sha256 in the recipe, or pin'
recipe '' '' ''
judge 'source and recipe are pinned' 1 false image "source: [$source], recipe: [RECIPE]" "$no_input" "$no_patch"
judge 'and the patch' 1 false image "source: [$source], recipe: [RECIPE], patches: [$patch]" "$no_input"
judge 'and the inputs' 1 false image "source: [$source], recipe: [RECIPE], inputs: [$input]" "$no_patch"
judge 'all are pinned' 0 true image "source: [$source], recipe: [RECIPE], patches: [$patch], inputs: [$input]"
judge 'all but the source' 0 false image "recipe: [RECIPE], patches: [$patch], inputs: [$input]"
judge 'the source alone' 1 false image "source: [$source]" "$no_recipe" 'source unauthenticated; recipe unauthenticated'
judge 'all but the recipe' 1 false image "source: [$source], patches: [$patch], inputs: [$input]" "$no_recipe"
swapped
judge 'swapped, source and recipe are pinned' 1 false evil "source: [$source], recipe: [RECIPE]" "$no_input" "$no_patch"
judge 'swapped, all are pinned' 1 false evil "source: [$source], recipe: [RECIPE], patches: [$patch], inputs: [$input]" \
    'the inputs that was used is not the one that is pinned' 'the patches that was used is not the one that is pinned'
parts
recipe "" ", sha256: $patch" ", sha256: $input"
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
run 'no policy' verify image --recipe app.recipe --report report.json
ends 0
holds '.expected[0] | .source.authenticated == false and .recipe.authenticated == false and .toolchain.authenticated == false'
says out 'source unauthenticated; recipe unauthenticated; toolchain of this machine, unauthenticated'
ok "$what: unauthenticated"

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
first=$(listing first/name) second=$(listing second/name)
cat > app.recipe <<END
recipe: 1
product: app 1
source: [{directory: source, into: .}]
inputs: [{path: first, at: /inputs/first}, {path: second, at: /inputs/second}]
path: /build/app
steps: [cat app /inputs/first/name /inputs/second/name > out]
outputs: [{from: out}]
END
printf 'source\nfirst\nsecond\n' > image && printf 'source\nsecond\nfirst\n' > evil
judge 'two inputs' 0 true image "source: [$source], recipe: [RECIPE], inputs: [$first, $second]"
judge 'two inputs, in another order' 1 false image "source: [$source], recipe: [RECIPE], inputs: [$second, $first]" 'stands in another'
mv first third && mv second first && mv third second
judge 'two inputs that changed places' 1 false evil "source: [$source], recipe: [RECIPE], inputs: [$first, $second]" 'stands in another'

# A directory has the digest of its listing: a file with these bytes is not it.
mv second kept
printf 'f 644 %s %s name\n' "$(stat -c %s kept/name)" "$(digest kept/name)" > second
[ "$(digest second)" = "$(listing kept/name)" ] || fail 'no listing'
run 'the listing of a directory in its place' verify image --recipe app.recipe --report report.json
ends 64
says err 'begins as the listing of a directory does'
ok "$what: 64"
leaves_nothing
