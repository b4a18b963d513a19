#!/bin/sh
# Twenty components from one directory with shared defaults: side by side, apart from each other, each with a log of its
# own, and one report that is the same however many are built at once and whichever is done first.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin components jq bwrap tar perl

pack='tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w'

# --- twenty of them ---

mkdir -m 755 recipes source image
# they stand beside the recipes
make_tools cat mv sleep tr
beside=$(echo "$toolchain" | sed 's|directory: |&../|')
cat > recipes/defaults.yaml <<END
defaults: 1
licence: LicenseRef-Components
path: /build/x
environment: {COMMON: common, WHICH: nobody}
limits: {time: 10m, processes: 200}
steps:
  - tr a-z A-Z < name > made; echo "\$COMMON \$WHICH \$JOBS" >> made
outputs:
  - {from: made}
$beside
END
names=
offset=0
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
    mkdir -m 755 "source/$n"
    echo "platform $n" > "source/$n/name"
    cat > "recipes/p$n.yaml" <<END
recipe: 1
defaults: defaults.yaml
product: the product
source:
  - {directory: ../source/$n}
environment: {WHICH: p$n}
outputs:
  - {from: made, at: p$n}
layout:
  - {in: ".", name: p$n, offset: $offset, size: 25, kind: payload}
END
    printf 'PLATFORM %s\ncommon p%s 1\n' "$n" "$n" > "image/p$n"
    cat "image/p$n" >> twenty
    names="$names p$n"
    offset=$((offset + 25))
done
echo 'no recipe' > recipes/README
echo 'neither' > recipes/.hidden.yaml

run 'pin a directory' pin recipes
ends 0
[ "$(grep -c '^filled in  recipes/p[0-9]*.yaml: source ../source/' out)" = 20 ] || shown 'not all twenty'
grep -L sha256 recipes/p*.yaml > left
[ ! -s left ] || fail "$what: some are as they were"
ok 'all recipes of a directory are pinned'

# the digest of a recipe and its defaults, as anybody makes it
bound() { printf 'recipe %s\ndefaults %s\n' "$(digest "$1")" "$(digest recipes/defaults.yaml)" | sha256sum | cut -d ' ' -f 1; }
pins=$(for name in $names; do bound "recipes/$name.yaml"; done | paste -s -d ,)
echo "policy: 1
pin: {recipe: [$pins]}" > pinned.policy

for jobs in 1 4; do
    run "twenty components, -j $jobs" verify twenty --recipe recipes --no-cache --policy pinned.policy -j $jobs --report report.$jobs
    ends 0
    says out 'IDENTICAL'
    leaves_nothing
    cp out out.$jobs
done
cmp report.1 report.4 || fail 'another report with another number of jobs'
cmp out.1 out.4 || fail 'another text with another number of jobs'
run 'twenty components, three at once' verify twenty --recipe recipes --no-cache --policy pinned.policy -j 3 --components 7 --report report.3
ends 0
cmp report.1 report.3 || fail 'another report with another number at once'
ok 'the report is the same however many are built at once'
mv report.4 report.json
holds '[.expected[].recipe.product] == [range (20) | "the product"] and .options.jobs == 1'
i=0
for name in $names; do
    holds ".expected[$i].recipe | .sha256 == \"$(bound "recipes/$name.yaml")\" and .file_sha256 == \"$(digest "recipes/$name.yaml")\"
        and .defaults_sha256 == \"$(digest recipes/defaults.yaml)\" and .licence == \"LicenseRef-Components\""
    holds ".expected[$i].limits | .time == 600 and .processes == 200"
    i=$((i + 1))
done
ok 'the recipes come in the order of their names, with the digest of both texts'
code=0
"$assay" gate --policy pinned.policy report.json --trust-report --image twenty > out 2> err || code=$?
what=gate
ends 0
jq -c '.expected[3].recipe.defaults_sha256 |= ("0" * 64)' report.json > forged.json
code=0
"$assay" gate --policy pinned.policy forged.json --trust-report --image twenty > out 2> err || code=$?
ends 1
says out 'the digest of a recipe is not the one of its text and its defaults'
ok 'a gate takes the report, and none with other defaults'

run 'a share of the jobs' rebuild --recipe recipes/p01.yaml --recipe recipes/p02.yaml -j 5 --no-cache --output shared --quiet
ends 0
[ "$(tail -n 1 shared/p01/made) $(tail -n 1 shared/p02/made)" = 'common p01 2 common p02 2' ] || fail "$what: not an equal one"
run 'all of the jobs' rebuild --recipe recipes/p01.yaml --recipe recipes/p02.yaml -j 5 --components 1 --no-cache --output whole --quiet
ends 0
[ "$(tail -n 1 whole/p01/made) $(tail -n 1 whole/p02/made)" = 'common p01 5 common p02 5' ] || fail "$what: not all"
ok 'the jobs are shared by those that are built at once'

# --- what a recipe means does not depend on how it is named ---

mkdir -m 755 single
cp recipes/defaults.yaml single/
sed 's/, at: p07//; /^layout:/,$d' recipes/p07.yaml > single/p07.yaml
run 'a recipe as a file' verify image/p07 --recipe single/p07.yaml -j 1 --no-cache --report as-file.json
ends 0
run 'a recipe as a directory' verify image/p07 --recipe single -j 1 --no-cache --report as-directory.json
ends 0
cmp as-file.json as-directory.json || fail 'a recipe means something else in its directory'
(cd single && "$assay" verify ../image/p07 --recipe p07.yaml -j 1 --no-cache --report ../as-name.json --quiet)
jq '.image.path = ""' as-file.json > a
jq '.image.path = ""' as-name.json | cmp - a || fail 'a recipe means something else from its own directory'
ok 'a recipe means the same by its directory, its path and its name'
echo '# and a comment' >> single/defaults.yaml
run 'other defaults' verify image/p07 --recipe single -j 1 --report report.json
ends 0
holds ".expected[0].recipe.sha256 != $(jq '.expected[0].recipe.sha256' as-file.json)"
ok 'whatever changes in the defaults is another recipe'

# --- what is wrong in defaults, or in a directory ---

# refused WHAT TEXT: before anything is built
refused() {
    what=$1
    run "$what" verify twenty --recipe wrong --report wrong.json
    ends 64
    says err "$2"
    [ ! -e wrong.json ] || shown 'there is a report'
    leaves_nothing
    ok "$what: refused"
}

# wrong SED-SCRIPT: the two files of `single`, the defaults edited
wrong() {
    rm -rf wrong
    mkdir -m 755 wrong
    cp single/p07.yaml wrong/
    sed "$1" recipes/defaults.yaml > wrong/defaults.yaml
    ! cmp -s recipes/defaults.yaml wrong/defaults.yaml || fail "the edit $1 changes nothing"
}

wrong 's/^licence/license/'
refused 'a key that there is not' 'wrong/defaults.yaml:2:1: unknown key '
wrong 's/^licence/product/'
refused 'a product for all' 'wrong/defaults.yaml:2:1: unknown key '
wrong 's/^path: .*/path: \/usr/'
refused 'a path outside' 'wrong/defaults.yaml:3:7: '
wrong 's/^outputs:/source: [{directory: nowhere}]\noutputs: []\nscope: [a]\nlayout:/; s/- {from: made}/- {name: a}/'
refused 'a default that the recipe replaces' 'wrong/defaults.yaml:9:10: '
wrong 's/^defaults: 1/defaults: 2/'
refused 'a later format' 'wrong/defaults.yaml:1:11: this is format 2'
wrong 's/^steps:/patches: [{file: no.patch}]\nsteps:/'
refused 'a patch that is not there' 'wrong/defaults.yaml:6:18: patch no.patch'
wrong '/^toolchain/d; s/^limits.*/toolchain: [{directory: ., at: \/build\/x}]/'
refused 'a toolchain in the source' 'wrong/defaults.yaml:5:'
wrong 's/^path: .*//'
refused 'a key that neither has' 'wrong/p07.yaml:1:1: the key '
rm wrong/defaults.yaml
refused 'defaults that are not there' 'wrong/p07.yaml:2:11: cannot read the defaults'
mkfifo wrong/defaults.yaml
refused 'defaults from a pipe' 'wrong/p07.yaml:2:11: cannot read the defaults'
rm wrong/*
refused 'a directory without a recipe' 'wrong: no recipe lies in this directory'
cp recipes/defaults.yaml wrong/
refused 'a directory of defaults alone' 'wrong: no recipe lies in this directory'
cp recipes/defaults.yaml wrong/other.yaml
refused 'defaults by another name' 'wrong/other.yaml:1:1: these are defaults, which recipes name'
run 'a recipe twice' verify twenty --recipe recipes --recipe recipes/p03.yaml
ends 64
says err 'the recipe recipes/p03.yaml is given twice'
ok "$what: refused"
cp recipes/defaults.yaml kept.yaml
run 'a report over the defaults' verify twenty --recipe recipes --report recipes/defaults.yaml
ends 64
cmp kept.yaml recipes/defaults.yaml || fail "$what: they are gone"
ok "$what: refused"
sed 's/^outputs:/output:/' recipes/p05.yaml > recipes/p05.bad.yaml
run 'one bad recipe among many' verify twenty --recipe recipes
ends 64
says err 'recipes/p05.bad.yaml:7:1: unknown key '
rm recipes/p05.bad.yaml
leaves_nothing
ok "$what: refused before any is built"

# --- side by side ---

# Steps that wait until somebody outside lets them go on. A gate is the source of such a component on this machine:
# what `started` says is its name.
mkdir -m 755 gates gates/source
echo empty > gates/source/file
cat > gates/defaults.yaml <<END
defaults: 1
source:
  - {directory: source}
path: /build/x
environment: {WHICH: nobody}
steps:
  - |
    echo \$WHICH > new; mv new started
    until [ -e go ]; do sleep 0.05; done
    echo \$WHICH > made
$beside
outputs:
  - {from: made}
END
for name in a b c d e; do
    printf 'recipe: 1\ndefaults: defaults.yaml\nproduct: gate %s\nenvironment: {WHICH: %s}\noutputs: [{from: made, at: %s}]\n' \
        $name $name $name > gates/$name.yaml
done
for name in a b c d e; do echo $name > "image/$name"; done
(cd image && $pack -cf ../gates.tar a b c d e)

# gate NAME: the directory of that component, once it has started; nothing before
gate() {
    find "$place" -name started -exec grep -lx -e "$1" {} + 2> /dev/null | sed 's|/started$||' | sed -n 1p
}
started() { find "$place" -name started 2> /dev/null | wc -l; }
# opened NAME: lets it go on, as soon as it is there
opened() {
    while [ -z "$(gate "$1")" ]; do
        kill -0 "$pid" 2> /dev/null || { cat err >&2; fail "$what: ended before $1 was begun"; }
        sleep 0.05
    done
    : > "$(gate "$1")/go"
}
# begun COUNT: waits until so many wait at once
begun() {
    while [ "$(started)" -lt "$1" ]; do
        kill -0 "$pid" 2> /dev/null || { cat err >&2; fail "$what: ended before $1 were begun"; }
        sleep 0.05
    done
}
# behind WHAT ARGUMENTS...: as run(), and goes on
behind() {
    what=$1
    shift
    # a background job ignores INT unless it is told otherwise
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV or die' "$assay" "$@" --no-cache > out 2> err < /dev/null &
    pid=$!
}
finished() { code=0; wait "$pid" || code=$?; }

place=$work/wide
behind 'five, three at once' verify gates.tar --recipe gates -j 3 --report wide.json --work-dir wide
begun 3
[ "$(started)" = 3 ] || fail "$what: more are begun"
ok 'three are built at once'
# the last of these first
opened c; opened d; opened e; opened b; opened a
finished
ends 0 1
[ "$(find wide -mindepth 1 -maxdepth 1 | sort | paste -s -d ' ')" = 'wide/a-1 wide/b-1 wide/c-1 wide/d-1 wide/e-1' ] || fail "$what: other directories"
for name in a b c d e; do
    grep -qF "== step 1 of 1 (gates/defaults.yaml:7)" wide/$name-1/build.log || fail "$what: no log of $name"
    [ "$(cat wide/$name-1/build/x/made)" = $name ] || fail "$what: $name made something else"
done
ok 'each has a log and a build tree of its own'

place=$work/narrow
behind 'five, one at once' verify gates.tar --recipe gates -j 1 --report narrow.json --work-dir narrow
for name in a b c d e; do
    begun 1
    opened $name
done
finished
cmp wide.json narrow.json || fail 'another report for another order of ending'
holds_of() { jq -e "$2" "$1" > /dev/null || fail "$1 does not hold $2"; }
holds_of wide.json '[.expected[].recipe.product] == ["gate a", "gate b", "gate c", "gate d", "gate e"]'
ok 'one at once in their order, and the report is the same'

# --- one that fails, and two of one product ---

sed 's/^product.*/product: gate a/' gates/b.yaml > b.new && mv b.new gates/b.yaml
echo 'steps: ["echo words of b; exit 3"]' >> gates/b.yaml
echo 'steps: ["exit 4"]' >> gates/d.yaml
for jobs in 1 3; do
    place=$work/failing.$jobs
    behind "two of five fail, -j $jobs" verify gates.tar --recipe gates -j $jobs --report failing.json --work-dir "failing.$jobs"
    opened a; opened c; opened e
    finished
    case $code in 0) shown 'exit 0' ;; esac
    mv failing.json "failing.json.$jobs"
    [ "$(find "$place" -mindepth 1 -maxdepth 1 | wc -l)" = 5 ] || fail "$what: not five logs"
    grep -qx 'words of b' "$place/b-1/build.log" || fail "$what: what b said is not in its log"
    [ "$(cat "$place/e-1/build/x/made")" = e ] || fail "$what: the last one was not built"
done
cmp failing.json.1 failing.json.3 || fail 'another report of failures with another number of jobs'
cp failing.json.3 report.json
what='two of five fail'
holds '[.reasons[] | select (startswith ("the rebuild of ")) | split (": ")[0]] == ["the rebuild of b", "the rebuild of d"]'
holds '[.expected[] | .rebuilds] == [1, 0, 1, 0, 1]'
holds '[.files[] | select (.path | IN ("a", "c", "e")) | .accounting.identical > 0] == [true, true, true]'
holds '[.files[] | select (.path | IN ("b", "d")) | .verdict] == ["undecided", "undecided"]'
says out 'the rebuild of b: step 1 of 1 (gates/b.yaml:6) ended with status 3' 'the rebuild of d: step 1 of 1 (gates/d.yaml:6) ended with status 4'
ok 'what fails is named, in the order of the recipes, and stops no other'

place=$TMPDIR
behind 'rebuild, two of five fail' rebuild --recipe gates -j 2 --output remade --report remade.json
opened a; opened c; opened e
finished
ends 2
find remade -type f | sort > files
for name in a c e; do printf 'remade/%s/%s\n' $name assay-rebuild.json $name assay-rebuild.pack $name made; done | cmp - files || fail "$what: other files"
holds_of remade.json '.schema == "assay.rebuilds/1" and [.components[].name] == ["a", "b", "c", "d", "e"]'
holds_of remade.json '[.components[] | has ("failure")] == [false, true, false, true, false] and [.components[] | has ("outputs")] == [true, false, true, false, true]'
jq -cjS '.components[2] | del (.name)' remade.json > a
printf '\n' >> a
cmp a remade/c/assay-rebuild.json || fail "$what: the record of c is another"
says out 'REBUILT gate a' 'NOT REBUILT gate a' 'the rebuild of d: step 1 of 1'
leaves_nothing
ok 'rebuild writes those that were made, and says of the others why not'

# --- apart ---

mkdir -m 755 apart apart/victim apart/spy
echo 'source of the victim' > apart/victim/only-the-victim-has-this
# all that a step can see of others; a name stands in two parts, so that nobody finds himself
cat > apart/spy/look <<END
find / \( -path /proc -o -path /usr \) -prune -o \( -name secret-of-the-victim -o -name only-the-victim-has-this \) -print 2> /dev/null || :
find /tmp /var/tmp /dev/shm /home /build -name '*victim*' || :
ls -d $work $TMPDIR /var/tmp/assay-* 2> /dev/null || :
perl -MSocket -e '\$n = "socket-of-" . "the-victim"; \$/ = undef;
    for (glob ("/proc/[0-9]*/cmdline"), "/proc/net/unix") { open F, "<", \$_ or next; print "\$_ names it\n" if index (<F>, \$n) >= 0 }
    socket (S, AF_UNIX, SOCK_STREAM, 0); print "connected\n" if connect (S, pack_sockaddr_un ("\0\$n"))'
perl -e 'print "a segment of memory\n" if defined shmget (4711, 4096, 0666)'
for number in \$(seq 3 400); do
    [ \$number = \$\$ ] || [ \$number = \$PPID ] || [ ! -e /proc/\$number/exe ] || echo "process \$number"
done
END
cp apart/spy/look apart/victim/
cat > apart/victim.yaml <<END
recipe: 1
product: victim
source: [{directory: victim}]
path: /build/x
steps:
  - |
    for at in /build/x /build /tmp /var/tmp "\$HOME" /dev/shm; do echo secret > "\$at/secret-of-the-victim"; done
    perl -MSocket -e 'socket (S, AF_UNIX, SOCK_STREAM, 0); bind (S, pack_sockaddr_un ("\\0socket-of-the-victim")); listen (S, 5); open F, ">", "bound"; sleep $marker' &
    perl -e '\$i = shmget (4711, 4096, 01666) // die; open F, ">", "segment"; sleep $marker' &
    until [ -e segment ] && [ -e bound ]; do sleep 0.05; done
    sh look > seen
    echo victim > new; mv new started
    until [ -e go ]; do sleep 0.05; done
    kill -0 \$!
    for at in /build/x /build /tmp /var/tmp "\$HOME" /dev/shm; do grep -qx secret "\$at/secret-of-the-victim"; done
    echo alive > made
outputs: [{from: made, at: victim}, {from: seen, at: seen}]
END
cat > apart/spy.yaml <<END
recipe: 1
product: spy
source: [{directory: spy}]
path: /build/x
steps:
  - |
    echo spy > new; mv new started
    until [ -e go ]; do sleep 0.05; done
    sh look > looked
    for at in /usr /etc / /proc /sys; do ! echo x > "\$at/planted-by-the-spy" || echo "wrote to \$at" >> looked; done 2> /dev/null
    for at in /build /tmp /dev/shm; do echo planted > "\$at/secret-of-the-victim"; done
    perl -e 'kill 9, grep { \$_ != \$\$ && \$_ != getppid } 2 .. 400'
    mv looked made
outputs: [{from: made, at: spy}]
END
for kind in kept private; do
    case $kind in kept) place=$work/apart.kept; set -- --work-dir apart.kept ;; *) place=$TMPDIR; set -- ;; esac
    behind "a spy beside a victim, $kind" rebuild --recipe apart -j 2 --output "apart.$kind.out" "$@"
    begun 2
    # the spy looks and strikes while the victim lives
    opened spy
    until [ -e "$(gate spy)/made" ]; do
        kill -0 "$pid" 2> /dev/null || { cat err >&2; fail "$what: it did not come to its end"; }
        sleep 0.05
    done
    opened victim
    finished
    ends 0
    [ "$(cat "apart.$kind.out/victim/made")" = alive ] || shown 'the victim is not what it was'
    # what is there to be seen is seen by one who is inside
    for sight in /tmp/secret-of-the-victim /build/x/only-the-victim-has-this /build/secret-of-the-victim 'cmdline names it' connected 'a segment of memory' 'process '; do
        grep -qF -e "$sight" "apart.$kind.out/victim/seen" || fail "$what: the search does not see $sight, where it is"
    done
    [ ! -s "apart.$kind.out/spy/made" ] || { cat "apart.$kind.out/spy/made" >&2; fail "$what: it saw something"; }
    no_process_left
    ok "$what: it finds nothing, and harms nobody"
done

# --- ended in the middle ---

for signal in INT TERM KILL; do
    for verb in verify rebuild; do
        place=$TMPDIR
        case $verb in verify) set -- verify gates.tar --report ended.json ;; *) set -- rebuild --output ended ;; esac
        behind "$verb, $signal in the middle of three builds" "$@" --recipe gates/a.yaml --recipe gates/c.yaml --recipe gates/e.yaml -j 3
        begun 3
        kill -"$signal" "$pid"
        finished
        case $code in 0 | 1) shown "exit $code after a signal" ;; esac
        for written in ended ended.json; do [ ! -e $written ] || fail "$what: there is $written"; done
        if [ "$signal" = KILL ]; then
            no_process_left
            chmod -R u+rwX "$TMPDIR"
            find "$TMPDIR" -mindepth 1 -delete
        else
            leaves_nothing
        fi
        ok "$what: exit $code, nothing left"
    done
done

# --- twice ---

run 'twice, side by side' rebuild --recipe recipes/p01.yaml --recipe recipes/p02.yaml --recipe recipes/p03.yaml -j 3 --twice --output twice --report twice.json
ends 0
says out 'NOT REPRODUCIBLE the product'
holds_of twice.json '[.components[] | .rebuilds, .reproducible] == [2, false, 2, false, 2, false]'
holds_of twice.json '[.components[].differences | length > 0] == [true, true, true]'
leaves_nothing
ok 'each is rebuilt twice beside the others'
