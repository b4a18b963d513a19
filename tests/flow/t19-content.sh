#!/bin/sh
# T19: what goes into a build is bound by what it holds. A commit is not believed to be what its name says, and what the
# digest of a source leaves out (times, all modes but "may be executed") does not reach the build, where it could choose
# what is built.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t19-content jq bwrap git perl make
make_tools cat cp make mv rm stat

# recipe SOURCE STEP [ENVIRONMENT]
recipe() {
    printf 'recipe: 1\nproduct: content 1\nsource: [{%s, into: .}]\n%s\npath: /build/content\nsteps: ["%s"]\noutputs: [{from: app}]\n' "$1" "$toolchain" "$2"
    if [ $# -gt 2 ]; then printf 'environment: {%s}\n' "$3"; fi
}
source_digest() { jq -r '.expected[0].source.sha256' report.json; }
listing() { printf 'f %s %s %s %s\n' "$1" "$(stat -c %s "$2")" "$(digest "$2")" "$(basename "$2")" | sha256sum | cut -d ' ' -f 1; }

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q repository
echo 'reviewed, and of some length' > repository/app.in
git -C repository add . && git -C repository commit -qm one
commit=$(git -C repository rev-parse HEAD)
cp -r repository packed && git -C packed gc -q
{ echo 'reviewed, and of some length'; echo built; } > genuine
{ echo 'smuggled, and of some length'; echo built; } > smuggled
pin() { printf 'policy: 1\npin: {product: content 1, source: [%s], recipe: [%s]}\n' "$1" "$(digest "$2")" > content.policy; }
for place in repository packed; do
    recipe "git: $place, commit: $commit" 'cat app.in > app; echo built >> app' > "$place.recipe"
    run "a commit of a $place" verify genuine --no-cache --recipe "$place.recipe" --report report.json
    ends 0
    bound=$(source_digest)
    [ "$bound" = "$(listing 644 repository/app.in)" ] || fail "$what: bound by $bound, which is not its content"
    pin "$bound" "$place.recipe"
    run "the pinned commit of a $place" verify genuine --no-cache --recipe "$place.recipe" --policy content.policy --report report.json
    ends 0
    holds '.expected[0].source.authenticated'
    ok "$what: bound by what it holds"
done
# the name of the reviewed file, another content; and the same for its tree, and for what an index of packs says
smuggle() { # TYPE NAME CONTENT
    file=repository/.git/objects/$(echo "$2" | cut -c 1-2)/$(echo "$2" | cut -c 3-)
    chmod 644 "$file"
    perl -MCompress::Zlib -e 'local $/; open my $f, "<", $ARGV[1]; my $c = <$f>; print compress ("$ARGV[0] " . length ($c) . "\0$c")' "$1" "$3" > "$file"
}
cp -r repository kept
head -n 1 smuggled > other.in
smuggle blob "$(git -C kept rev-parse HEAD:app.in)" other.in
for image in genuine smuggled; do
    pin "$(listing 644 kept/app.in)" repository.recipe
    run "a file that is not what its name says, and the $image image" verify $image --no-cache --recipe repository.recipe --policy content.policy --report report.json
    ends 2
    says out "does not hold commit $commit" 'hold something else than their names say'
done
ok "$what: undecided"
rm -rf repository && cp -r kept repository
blob=$(git -C repository hash-object -w --stdin < other.in)
printf '100644 blob %s\tapp.in\n' "$blob" | git -C repository mktree > tree
git -C repository cat-file tree "$(cat tree)" > tree.raw
smuggle tree "$(git -C kept rev-parse 'HEAD^{tree}')" tree.raw
run 'a directory that is not what its name says' verify smuggled --no-cache --recipe repository.recipe --policy content.policy --report report.json
ends 2
says out "does not hold commit $commit"
ok "$what: undecided"
# a history's cache names another tree for the commit
rm -rf repository && cp -r kept repository
git -C repository hash-object -w --stdin < other.in > /dev/null
git -C repository mktree < /dev/null > /dev/null
printf '100644 blob %s\tapp.in\n' "$blob" | git -C repository mktree > tree
git -C repository commit-graph write --reachable
perl -0pi -e 'BEGIN { ($old, $new) = map { pack "H*", $_ } splice @ARGV, 0, 2 } s/\Q$old\E/$new/g' \
    "$(git -C kept rev-parse 'HEAD^{tree}')" "$(cat tree)" "$(find repository/.git/objects/info -name 'commit-graph*' -type f)" 2> perl.err || {
    chmod -R u+w repository
    fail "the commit graph could not be changed: $(cat perl.err)"
}
run 'a history that names another tree' verify smuggled --no-cache --recipe repository.recipe --policy content.policy --report report.json
ends 1 2
run 'a history that names another tree' verify genuine --no-cache --recipe repository.recipe --policy content.policy --report report.json
ends 0 2
ok "$what: never what it names"

# times choose what make builds; and modes, what `cp -p` ships
mkdir -m 755 source
printf 'all: app\napp: app.in\n\tcp app.in app\n' > source/Makefile
echo reviewed > source/app.in && echo stale > source/app
# shellcheck disable=SC2016 # the sandbox expands it
show='for f in . *; do stat -c %a:%Y:%n $f; done > ../list; mv ../list app'
recipe 'directory: source' "rm app; $show" > times.recipe
recipe 'directory: source' "rm app; $show" 'SOURCE_DATE_EPOCH: \"1600000000\"' | sed 's/\\//g' > epoch.recipe
recipe 'directory: source' "make -s" > make.recipe
expect() { rm -f list.expected; for line; do echo "$line" >> list.expected; done; }
first=
for round in 1 2; do
    if [ $round = 1 ]; then
        touch -d @1000000000 source/app && touch -d @1100000000 source/app.in && chmod 644 source/app.in && chmod 755 source/Makefile
    else
        touch -d @1300000000 source/app source/Makefile && touch -d @1200000000 source/app.in && chmod 666 source/app.in && chmod 711 source/Makefile
    fi
    expect 755:315619200:Makefile 644:315619200:app.in
    run "what the digest leaves out ($round)" verify list.expected --recipe times.recipe --no-cache --report report.json --work-dir work
    bound=$(source_digest)
    sed '/:\.$/d' "work/content_1-$round/build/content/app" > seen
    cmp -s seen list.expected || { cat seen >&2; fail "$what: the build sees it"; }
    printf 'stale\n' > stale
    run "a stale file ($round)" verify stale --recipe make.recipe --no-cache --report made.json
    seen=$code
    [ -z "$first" ] || [ "$first" = "$bound:$seen" ] || fail "$what: under one digest, $first and $bound:$seen"
    first=$bound:$seen
    expect 755:1600000000:Makefile 644:1600000000:app.in
    run "with a time of the recipe ($round)" verify list.expected --recipe epoch.recipe --no-cache --report report.json --work-dir epoch
    sed '/:\.$/d' "epoch/content_1-$round/build/content/app" > seen
    cmp -s seen list.expected || { cat seen >&2; fail "$what: the build sees another"; }
done
ok 'times and modes of a directory are those of its listing'
echo data > data && touch -d @1234567890 data && chmod 600 data
mkdir inputs && echo data > inputs/data && touch -d @1234567890 inputs/data && chmod 640 inputs/data
printf '644:315619200\n644:315619200\n' > image
recipe 'directory: source' 'stat -c %a:%Y /inputs/one /inputs/all/data > app' > inputs.recipe
printf 'inputs: [{path: data, at: /inputs/one}, {path: inputs, at: /inputs/all}]\n' >> inputs.recipe
run 'inputs' verify image --recipe inputs.recipe --report report.json
ends 0
ok "$what: and so are those of what is mounted"
chmod -R u+w .
rm -rf work epoch
leaves_nothing
