#!/bin/sh
# Rebuilt twice: ten ways in which a build is not reproducible, each with one cause, which --find-cause names; one that
# is; bytes of an image that are unreproducible (T1); and the directory that `assay rebuild` writes.
#
#   sh twice.sh          from the environment: ASSAY, see lib.sh; ASSAY_ALL=1: each of the ten ways by itself too
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin twice jq bwrap gcc tar localedef

# --- ten ways ---

mkdir -m 755 source source/many locale
cat > source/path.c <<'END_C'
#include <stdio.h>

int
main (void)
{
  return puts (__FILE__) < 0;
}
END_C
cat > source/address.c <<'END_C'
#include <stdio.h>

int
main (void)
{
  static int place;
  return printf ("%p\n", (void *)&place) < 0;
}
END_C
for i in 1 2 3 4 5 6; do echo "$i" > "source/many/file$i"; done
printf 'zebra\nTallinn\nolive\n' > source/words
# where capitals and small letters are one, and z stands before t
localedef --no-archive -i et_EE -f UTF-8 locale/et_EE.utf8 || skip "localedef has no et_EE (package locales)"

# step_of WAY: what its build does
# shellcheck disable=SC2016 # expanded in the sandbox
step_of() {
    case $1 in
        path) echo 'gcc -O1 -g0 -Wl,--build-id=none -o path "$PWD/path.c"' ;;
        time) echo 'date -u +%s > time' ;;
        order) echo 'find many -type f > order' ;;
        parallelism) echo '{ echo "$JOBS jobs"; nproc; } > parallelism' ;;
        host) echo 'uname -n > host' ;;
        user) echo '{ id -u; id -un; } > user' ;;
        locale) echo 'sort words > locale' ;;
        umask) echo 'touch touched; tar --mtime=@0 --owner=0 --group=0 --numeric-owner -cf umask touched' ;;
        address) echo 'gcc -O1 -o tell address.c; ./tell > address' ;;
        random) echo 'od -An -N16 -tx1 /dev/urandom > random' ;;
        zone) echo 'date -d @1700000000 +%H:%M > zone' ;;
        clean) echo 'gcc -O1 -g0 -o clean words.c' ;;
    esac
}
printf 'int main (void) { return 0; }\n' > source/words.c

ways='path time order parallelism host user locale umask address random zone clean'
cause_of() {
    case $1 in
        address) echo address-space ;;
        random) echo randomness ;;
        zone) echo time-zone ;;
        *) echo "$1" ;;
    esac
}

# recipe FILE WAY...
recipe() {
    file=$1
    shift
    {
        printf 'recipe: 1\nproduct: ways 1\nsource:\n  - {directory: source}\ninputs:\n  - {path: locale, at: /inputs/locale}\n'
        printf 'path: /build/ways\nenvironment: {LOCPATH: /inputs/locale}\nsteps:\n'
        for way; do printf '  - |\n    %s\n' "$(step_of "$way")"; done
        printf 'outputs:\n'
        for way; do printf '  - {from: %s, at: %s}\n' "$way" "$way"; done
    } > "$file"
}

# What this machine cannot vary, its report says, and nobody can find.
varied() { jq -e --arg name "$1" 'any(.second.variations[]; .name == $name and .varied)' report.json > /dev/null; }

# named WAY: each difference of the output has this cause and no other
named() {
    cause=$(cause_of "$1")
    if [ "$1" = clean ]; then
        holds 'all(.differences[]; .output != "clean")'
        ok "$what: clean differs in nothing"
        return 0
    elif [ "$cause" = randomness ] && ! varied time; then
        holds 'any(.differences[]; .output == "random") and
               all(.differences[] | select(.output == "random"); .causes == ["time-or-randomness"])'
    elif [ "$cause" = randomness ] || varied "$cause"; then
        jq -e --arg way "$1" --arg cause "$cause" 'any(.differences[]; .output == $way) and
            all(.differences[] | select(.output == $way); .causes == [$cause])' report.json > /dev/null ||
            { jq -c '.differences[]' report.json >&2; fail "$what: the cause of $1 is not $cause"; }
    else
        printf 'SKIP: this machine does not vary %s: %s\n' "$cause" \
            "$(jq -r --arg name "$cause" '.second.variations[] | select(.name == $name).detail' report.json)" >&2
        return 0
    fi
    ok "$what: $1 is the work of $cause"
}

# shellcheck disable=SC2086 # words
recipe all.recipe $ways
run 'all at once' rebuild --recipe all.recipe --output kept --find-cause --report report.json
ends 0
says out 'NOT REPRODUCIBLE' 'VARIED' 'cause path' 'cause randomness'
holds '.schema == "assay.rebuild/1" and .reproducible == false and .rebuilds == 2'
for way in $ways; do named "$way"; done
leaves_nothing

for way in $ways; do
    [ "${ASSAY_ALL:-0}" = 1 ] || [ "$way" = clean ] || continue
    recipe "$way.recipe" "$way"
    run "$way alone" rebuild --recipe "$way.recipe" --output "kept-$way" --find-cause --report report.json
    ends 0
    named "$way"
done
holds '.reproducible == true and .differences == []'
says out 'REPRODUCIBLE'
ok 'a clean one is reproducible'

# --- what was written ---

for way in $ways; do
    [ "$(digest "kept/$way")" = "$(jq -r --arg way "$way" '.outputs[] | select(.path == $way).sha256' kept/assay-rebuild.json)" ] ||
        fail "kept/$way is not what its record says"
done
ok 'the record has the digests of what lies beside it'
run 'into a directory that holds something' rebuild --recipe clean.recipe --output kept
ends 64
says err 'expected a directory that is empty or not there yet'
ok "$what: refused"

recipe broken.recipe clean
printf '  - {from: nothing, at: nothing}\n' >> broken.recipe
run 'an output that is not there' rebuild --recipe broken.recipe --output nowhere
ends 2
[ ! -e nowhere ] || fail "$what: something was written"
leaves_nothing
ok "$what: nothing is written"

# --- a step that fails ---

sed 's/^    .*/    FLAG=1; test -e absent/' clean.recipe > fails.recipe
run 'a failing step' rebuild --recipe fails.recipe --output nowhere --shell
ends 2
says err 'step 1 of 1' 'sh -e` in /build/ways: FLAG=1; test -e absent' 'LOCPATH=/inputs/locale' \
    'no shell was started: standard input and output are no terminal'
ok "$what says what ran, where and with what, and that there is no terminal for a shell"
if command -v script > /dev/null; then
    code=0
    # shellcheck disable=SC2016 # expanded in the sandbox
    printf 'pwd; echo "<$HOME>"; exit\n' |
        script -qec "'$assay' rebuild --recipe fails.recipe --output nowhere --shell --no-progress" /dev/null > out 2> err || code=$?
    ends 2
    tr -d '\r' < out > typed
    for said in '^[$# ]*/build/ways$' '<.home.assay>'; do
        grep -q "$said" typed || shown "the shell is not in the sandbox: it does not say $said"
    done
    ok "$what: a shell starts where it failed"
fi

# --- an image whose bytes no rebuild proves (T1) ---

cat > source/stamp.c <<'END_C'
#include <stdio.h>

const char stamp[] = "[" HOST "]";

int
main (void)
{
  puts (stamp);
  return NUMBER;
}
END_C
# as long as the other host's name, and no letter of both in common; the code too is another on another host
# shellcheck disable=SC2016 # expanded in the sandbox
step_image='gcc -O1 -g0 -Wl,--build-id=none -o image -DNUMBER="$(test "$(uname -n)" = assay && echo $1 || echo $2)" -DHOST="\"$(test "$(uname -n)" = assay && echo "AAAA" || echo "BBBB")\"" stamp.c'
images() {
    cat > image.recipe <<END
recipe: 1
product: stamped 1
source:
  - {directory: source}
path: /build/stamped
steps:
  - |
    set $1 $2
    $step_image
outputs:
  - {from: image}
END
    gcc -O1 -g0 -Wl,--build-id=none -DNUMBER="$3" -DHOST='"CCCC"' -o image source/stamp.c
}
policy() { printf 'policy: 1\nrequire: {verdict: waived, rebuilds: 2}\nwaive:\n  - {path: ".", range: {%s}, reason: stamped, owner: o@e.example%s}\n' "$1" "${2:-}" > lab.policy; }

images 1 1 1
run 'stamped' verify image --recipe image.recipe --twice --report report.json
ends 1
holds '.verdict == "mismatch" and .accounting.unreproducible == 4 and .accounting.unexplained == 0 and
       .expected[0].rebuilds == 2 and .expected[0].second.reproducible == false'
says out 'our own rebuilds differ from each other' 'Twice the two rebuilds differ'
ok 'bytes that differ between two rebuilds are unreproducible, and a mismatch'

policy 'section: .rodata, max-size: 64'
run 'stamped, waived' verify image --recipe image.recipe --twice --policy lab.policy --report report.json
ends 0
holds '.verdict == "waived" and .policy.result == "pass"'
cp report.json waived.json
ok 'a waiver lets them pass'
run 'stamped, waived, rebuilt once' verify image --recipe image.recipe --policy lab.policy --report report.json
ends 1
holds '.verdict == "waived" and any(.policy.failures[]; test("1 rebuild was made, 2 are required"))'
ok 'a policy that asks for two rebuilds does not hold with one'

run 'the gate' gate waived.json --trust-report --policy lab.policy --image image
ends 0
jq -cS 'del(.expected[0].second)' waived.json > forged.json
run 'a report that hides the second rebuild' gate forged.json --trust-report --policy lab.policy --image image
ends 1 2
jq -cS '.expected[0].second.reproducible = true' waived.json > forged.json
run 'a report that calls two rebuilds equal' gate forged.json --trust-report --policy lab.policy --image image
ends 1 2
cat out err > both
grep -q 'second rebuild' both || shown 'it does not say why'
ok 'the gate counts rebuilds, and holds what is said of the second against its digest'

images 1 2 3
allowed=$(digest image)
policy 'section: .text, max-size: 4096' ", allow-code: true, sha256: $allowed"
printf '  - {path: ".", range: {section: .rodata, max-size: 64}, reason: stamped, owner: o@e.example}\n' >> lab.policy
run 'stamped code' verify image --recipe image.recipe --twice --policy lab.policy --report report.json
ends 1
holds '.verdict == "mismatch" and any(.findings[]; .class == "unreproducible" and .section == ".text") and
       all(.findings[] | select(.section == ".text"); .class != "waived")'
ok 'unreproducible code is never waived'

# shellcheck disable=SC2016 # expanded in the sandbox
step_image='test "$(uname -n)" = assay; sort stamp.c > image'
images 1 1 1
sort source/stamp.c > image
run 'a second rebuild that fails' verify image --recipe image.recipe --twice --report report.json
ends 2
holds '.verdict == "undecided" and .expected[0].rebuilds == 1 and any(.undecided[]; test("^the second rebuild of stamped 1: "))'
leaves_nothing
ok "$what leaves the verdict undecided"
