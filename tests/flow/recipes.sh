#!/bin/sh
# A small source and its recipes: the good one passes, and each bad one says what is wrong, where, and leaves nothing.
#
#   sh recipes.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin recipes jq bwrap gcc tar perl bash setsid
# the programs of the steps; by what this machine has, where a step reaches out for something that only it has
make_root tools chmod mkdir rm seq setsid sleep tar
add_compiler tools stdio.h
tools="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"
by=$tools

mkdir -m 755 source
cat > source/main.c <<'END'
#include <stdio.h>

static int answer (void) { return 42; }

int
main (void)
{
  return printf ("%d\n", answer ()) < 0;
}
END
echo 'Read me.' > source/note.txt
source_digest=$({
    printf 'f 644 %s %s main.c\n' "$(stat -c %s source/main.c)" "$(digest source/main.c)"
    printf 'f 644 %s %s note.txt\n' "$(stat -c %s source/note.txt)" "$(digest source/note.txt)"
} | sha256sum | cut -d ' ' -f 1)
pack='tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w -cf'

# recipe FILE STEP...: like the good one, with these steps between building and packing
recipe() {
    file=$1
    shift
    cat > "$file" <<END
recipe: 1
product: small 1
source:
  - {directory: source, sha256: $source_digest, into: .}
$by
path: /build/small
steps:
  - gcc -O2 -o prog main.c
END
    for step; do printf '  - |\n    %s\n' "$step" >> "$file"; done
    cat >> "$file" <<END
  - $pack image.tar prog note.txt
outputs:
  - {from: image.tar}
END
}

# edited FILE SED-SCRIPT: the good recipe, edited
edited() {
    sed "$2" good.recipe > "$1"
    if cmp -s good.recipe "$1"; then fail "$1: the edit changes nothing"; fi
}

verify() {
    recipe_name=$1
    shift
    rm -f report.json
    run "$recipe_name" verify image.tar --recipe "$recipe_name" --report report.json --no-cache "$@"
}

# refused RECIPE TEXT...: before anything was built, with these words on standard error, place first
refused() {
    verify "$1"
    shift
    ends 64
    says err "$@"
    [ ! -e report.json ] || shown "there is a report"
    leaves_nothing
    ok "$what: refused"
}

# undecided RECIPE TEXT...: with these words in the report
undecided() {
    verify "$1"
    shift
    ends 2
    says out UNDECIDED "$@"
    holds '.verdict == "undecided" and .accounting.undecided == .accounting.total and .accounting.total > 0'
    leaves_nothing
    ok "$what: undecided"
}

# --- the good one ---

recipe good.recipe
(cd source && gcc -O2 -o prog main.c && $pack ../image.tar prog note.txt && rm prog)
verify good.recipe
ends 0
says out IDENTICAL "$(stat -c %s image.tar | sed 's/\(...\)$/,\1/') of"
holds '.verdict == "identical" and .judged.bytes == .judged.of and .accounting.identical == .accounting.total'
leaves_nothing
ok 'good.recipe: identical'

mv report.json first.json
mv out first.out
mkdir -p other/tmp
(TMPDIR=$work/other/tmp TZ=Asia/Tokyo HOME=/nonexistent "$assay" verify image.tar --recipe good.recipe --report second.json --no-cache) > second.out
cmp first.json second.json || fail 'two runs, two reports'
cmp first.out second.out || fail 'two runs, two texts'
[ -z "$(ls other/tmp)" ] || fail "left behind in another TMPDIR"
ok 'two runs give the same report'

cp image.tar kept.tar
printf '\001' | dd of=image.tar bs=1 seek=1000 conv=notrunc status=none
verify good.recipe
ends 1
says out MISMATCH
holds '[.findings[] | select (.class == "unexplained" and .path == "prog" and .range.offset == 488 and .range.length == 1)] | length == 1'
leaves_nothing
ok 'one changed byte of the image: mismatch'
mv kept.tar image.tar

# --- what is wrong before the first step: file, line and column ---

edited unknown.recipe '3i colour: red'
refused unknown.recipe 'unknown.recipe:3:1: ' colour
edited duplicate.recipe '3i product: small 2'
refused duplicate.recipe 'duplicate.recipe:3:1: ' product
edited alias.recipe 's/^product: .*/product: \&p small 1/; s/^path: .*/path: *p/'
refused alias.recipe 'alias.recipe:2:10: '
edited tag.recipe 's/^product: .*/product: !!str small 1/'
refused tag.recipe 'tag.recipe:2:10: '
edited missing.recipe 's/directory: source/directory: nowhere/'
refused missing.recipe 'missing.recipe:4:17: ' nowhere
edited typed.recipe 's/^steps:/steps: 7\nlicence:/'
refused typed.recipe 'typed.recipe:7:8: '
edited cut.recipe '/^outputs:/,$d'
refused cut.recipe 'cut.recipe' outputs
: > empty.recipe
refused empty.recipe empty.recipe
refused absent.recipe absent.recipe
edited away.recipe 's/from: image.tar/from: ..\/..\/etc\/passwd/'
refused away.recipe 'away.recipe:11:12: '
edited outside.recipe 's/^path: .*/path: \/usr\/lib/'
refused outside.recipe 'outside.recipe:6:7: '

# --- a pinned digest that is wrong ---

wrong=$(printf '%064d' 0)
edited digest.recipe "s/$source_digest/$wrong/"
undecided digest.recipe "digest.recipe:4:33: " "$source_digest" "$wrong"

# --- steps that fail ---

recipe failing.recipe 'seq -f "line %g of the log." 1 40; exit 7'
undecided failing.recipe 'step 2 of 3 (failing.recipe:9)' 'status 7' 'line 21 of the log.' 'line 40 of the log.'
if grep -qF 'line 20 of the log.' out; then shown 'more than the last 20 lines of the log'; fi
[ "$(grep -c '^       line [0-9]* of the log\.$' out)" = 20 ] || shown 'the lines of the log do not stand one below the other'
ok 'failing.recipe: the last 20 lines of the log'
mv report.json first.json
mv out first.out
undecided failing.recipe
cmp first.json report.json || fail 'a failing step: two runs, two reports'
cmp first.out out || fail 'a failing step: two runs, two texts'
ok 'failing.recipe: two runs give the same report'

recipe killed.recipe "kill -KILL \$\$"
undecided killed.recipe 'step 2 of 3 (killed.recipe:9)'
recipe untidy.recipe "setsid sleep $marker > /dev/null 2>&1 & sleep $marker & exit 1"
undecided untidy.recipe 'step 2 of 3 (untidy.recipe:9)'
recipe stubborn.recipe "trap '' TERM HUP INT; chmod 0 main.c; mkdir -p a/b; chmod 0 a/b a; exit 1"
undecided stubborn.recipe 'step 2 of 3 (stubborn.recipe:9)'
edited nothing.recipe 's/from: image.tar/from: no-such.tar/'
undecided nothing.recipe 'nothing.recipe:11:12: ' no-such.tar
edited slow.recipe "s/^outputs:/limits: {time: 1s}\noutputs:/; s/gcc .*/sleep $marker/"
undecided slow.recipe 'step 1 of 2 (slow.recipe:8)' time

# --- steps that reach out ---

# a listener of this machine; that it can be reached at all is tried first
perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new (Listen => 5, LocalAddr => "127.0.0.1") or die;
    open my $p, ">", "port.new" or die; print $p $s->sockport; close $p; rename "port.new", "port";
    while (my $c = $s->accept) { open my $f, ">>", "visited"; print $f "one\n"; close $f; close $c }' &
listener=$!
trap 'kill "$listener" 2> /dev/null || :; clean' EXIT
until [ -s port ]; do sleep 0.05; done
port=$(cat port)
bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat <&3"
[ "$(wc -l < visited)" = 1 ] || fail 'the listener does not listen'
by='toolchain: []'
recipe network.recipe "bash -c 'exec 3<>/dev/tcp/127.0.0.1/$port'"
undecided network.recipe 'step 2 of 3 (network.recipe:9)'
[ "$(wc -l < visited)" = 1 ] || fail 'a step reached the network'
ok 'network.recipe: nobody was reached'
recipe resolver.recipe 'getent hosts example.org'
undecided resolver.recipe 'step 2 of 3 (resolver.recipe:9)'
kill "$listener"

echo 'not for the build' > secret
cp source/main.c main.c.kept
# nothing_planted: none of them has left a file
nothing_planted() {
    for place in /usr/lib /etc "$work" / /build; do
        [ ! -e "$place/planted-by-a-step" ] || fail "$what: there is $place/planted-by-a-step"
    done
}
n=0 none=''
for step in 'echo x > /usr/lib/planted-by-a-step' 'echo x > /etc/planted-by-a-step' "echo x > $work/planted-by-a-step" \
    'echo x > /planted-by-a-step' 'mkdir /build/../planted-by-a-step' "cat $work/secret" "cat $work/image.tar" 'cat /etc/shadow' \
    'ls /root/.' 'mount -t tmpfs none /mnt' \
    "test \"\$(ls -d /proc/[0-9]* | wc -l)\" -gt 20"; do
    n=$((n + 1)) none="$none if ($step); then exit $n; fi;"
    # the first alone, and with --all each
    [ "$n" = 1 ] || [ "${ASSAY_ALL:-0}" = 1 ] || continue
    recipe "reach-$n.recipe" "$step"
    verify "reach-$n.recipe"
    what="$what ($step)"
    ends 2
    says out UNDECIDED "step 2 of 3 (reach-$n.recipe:9)"
    leaves_nothing
    nothing_planted
    ok "$what: undecided"
done
# one after another, of which each has to fail
recipe reach.recipe "$none"
verify reach.recipe
ends 0
leaves_nothing
nothing_planted
ok "$what: none of $n gets there"

by=$tools
recipe vandal.recipe 'echo >> main.c; rm note.txt; echo other > note.txt'
verify vandal.recipe
ends 1
cmp source/main.c main.c.kept || fail 'a step changed the source on this machine'
[ "$(cat source/note.txt)" = 'Read me.' ] || fail 'a step changed the source on this machine'
leaves_nothing
ok 'vandal.recipe: the source on this machine stays as it is'

# --- what ends in the middle ---

recipe long.recipe "sleep $marker"
for signal in TERM INT KILL; do
    what="long.recipe, $signal"
    # a background job ignores INT unless it is told otherwise
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV or die' "$assay" verify image.tar --recipe long.recipe --report report.$signal \
        > out 2> err < /dev/null &
    pid=$!
    # what looks for it has it in its own words, but for the brackets
    until cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\0' ' ' | grep -q "[s]leep $marker "; do
        kill -0 "$pid" || { code=0; wait "$pid" || code=$?; shown "ended with $code before the signal"; }
        sleep 0.1
    done
    kill -"$signal" "$pid"
    code=0
    wait "$pid" || code=$?
    case $code in 0 | 1) shown "exit $code after a signal" ;; esac
    [ ! -e "report.$signal" ] || ! jq -e '.verdict != "undecided"' "report.$signal" > /dev/null || shown 'a verdict after a signal'
    # what is killed outright cannot tidy its files, but its build ends with it
    if [ "$signal" = KILL ]; then no_process_left; else leaves_nothing; fi
    find . -name "*report.$signal*" ! -name "report.$signal" > left
    [ ! -s left ] || fail "$what: half a report is left"
    ok "$what: exit $code, nothing left"
done
chmod -R u+rwX "$TMPDIR"
find "$TMPDIR" -mindepth 1 -delete

# --- a report that cannot be written ---

if [ -c /dev/full ]; then
    run 'report to a full disk' verify image.tar --recipe good.recipe --no-cache --report /dev/full
    case $code in 0) shown 'exit 0' ;; esac
    [ -s err ] || shown 'no word about it'
    leaves_nothing
    ok "$what: exit $code"
    what='text to a full disk'
    code=0
    "$assay" verify image.tar --recipe good.recipe --no-cache > /dev/full 2> err || code=$?
    [ "$code" != 0 ] || fail "$what: exit 0"
    leaves_nothing
    ok "$what: exit $code"
    run 'report into no directory' verify image.tar --recipe good.recipe --no-cache --report nowhere/report.json
    case $code in 0) shown 'exit 0' ;; esac
    leaves_nothing
    ok "$what: exit $code"
fi
