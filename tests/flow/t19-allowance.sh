#!/bin/sh
# T19: what a rebuild may take is not for an untrusted recipe to say: it gets no more than the default or `--limit`; one that a
# policy pins gets what it asks for, up to `--limit`. The report says what was in force, and the gate holds it against the limits.
#
#   sh t19-allowance.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2154,SC2016 # lib.sh says what is named there; and backquotes are in a message
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin allowance jq bwrap
make_tools sort grep sleep

mkdir -m 755 source
seq 1 3000 > source/numbers
sort source/numbers > image

# recipe FILE LIMITS STEP: a recipe that asks for these limits
recipe() {
    printf 'recipe: 1\nproduct: numbers 1\nsource: [{directory: source, sha256: %s, into: .}]\n%s\npath: /build/numbers\n%s\nsteps:\n  - |\n    %s\n    sort numbers > out\noutputs: [{from: out}]\n' \
        "$digest" "$toolchain" "$2" "$3" > "$1"
}
digest=$(printf 'f 644 %s %s numbers\n' "$(stat -c %s source/numbers)" "$(sha256sum < source/numbers | cut -d ' ' -f 1)" | sha256sum | cut -d ' ' -f 1)

# gets MEMORY OUTPUT PROCESSES TIME: what the report says that the rebuild had
gets() { holds "[.expected[0].limits | .memory, .output, .processes, .time] == [$1, $2, $3, $4]"; }

gib=1073741824
# in the sandbox the kernel holds the address space of one process to it
sees() { printf "grep -q '^Max address space  *%s ' /proc/self/limits" "$1"; }

printf 'policy: 1\n' > any.policy
much='limits: {time: 99999999999h, memory: 900TiB, processes: 1000000, output: 8000TiB}'
recipe much.recipe "$much" "$(sees $((8 * gib)))"
run 'a recipe that asks for more than there is' verify image --recipe much.recipe --policy any.policy --report report.json
ends 0
gets $((8 * gib)) $((200 * gib)) 2048 21600
ok "$what has the default"
cp report.json default.json

recipe less.recipe 'limits: {time: 90s, memory: 1GiB, processes: 64, output: 16MiB}' "$(sees $gib)"
run 'a recipe that asks for less' verify image --recipe less.recipe --report report.json
ends 0
gets $gib 16777216 64 90
ok "$what has that"

recipe none.recipe '' "$(sees $((16 * gib)))"
run 'a recipe that asks for nothing, and --limit' verify image --recipe none.recipe --limit memory=16GiB --limit time=2h --report report.json
ends 0
gets $((16 * gib)) $((200 * gib)) 2048 7200
ok "$what: the limit"

recipe raised.recipe "$much" "$(sees $((16 * gib)))"
run 'a recipe that asks for more, and --limit that raises' verify image --recipe raised.recipe --limit memory=16GiB --report report.json
ends 0
gets $((16 * gib)) $((200 * gib)) 2048 21600
holds ".options.limits.memory == $((16 * gib))"
ok "$what: the limit"

recipe sleeping.recipe 'limits: {time: 10h}' "sleep $marker"
run 'a recipe that sleeps, and --limit' verify image --recipe sleeping.recipe --limit time=1s --report report.json
ends 2
says out UNDECIDED 'limit time (1 s) hit' 'sleeping.recipe asks for time 36000 and had 1: more is given by `--limit time=…`, or by a policy that pins the recipe'
leaves_nothing
ok "$what ends in time"

# what a policy pins was read by whoever keeps it
pinned() { printf 'policy: 1\npin: {recipe: [%s]}\n' "$(sha256sum < "$1" | cut -d ' ' -f 1)" > pin.policy; }
recipe own.recipe "$much" "$(sees $((900 * 1024 * gib)))"
pinned own.recipe
run 'a pinned recipe' verify image --recipe own.recipe --policy pin.policy --report report.json
ends 0
gets $((900 * 1024 * gib)) $((8000 * 1024 * gib)) 1000000 359999999996400
ok "$what has what it asks for"
run 'its report at the gate' gate report.json --trust-report --policy pin.policy --image image
ends 0
ok "$what passes"

pinned much.recipe
run 'a pinned recipe, and --limit' verify image --recipe much.recipe --policy pin.policy --limit memory=8GiB --report report.json
ends 0
gets $((8 * gib)) $((8000 * 1024 * gib)) 1000000 359999999996400
ok "$what: no more than the limit"

pinned less.recipe
run 'a policy that pins another recipe' verify image --recipe much.recipe --policy pin.policy --report report.json
ends 1
gets $((8 * gib)) $((200 * gib)) 2048 21600
ok "$what gives no more"

# a report that says otherwise than its own limits is none of ours
run 'the report of the default at the gate' gate default.json --trust-report --policy any.policy --image image
ends 0
for change in '.expected[0].limits.time = 21601' '.expected[0].limits.memory *= 2' '.options.limits.processes = 1'; do
    jq -cS "$change" default.json > changed.json
    run "$change at the gate" gate changed.json --trust-report --policy any.policy --image image
    ends 1
    says out 'took more than the limits of the report allow'
    ok "$what: refused"
done
for change in 'del (.expected[0].limits)' 'del (.expected[0].limits.time)' '.expected[0].limits.disk = 1' '.expected[0].limits.time = -1' 'del (.options.limits.time)'; do
    jq -cS "$change" default.json > changed.json
    run "$change at the gate" gate changed.json --trust-report --policy any.policy --image image
    ends 64
    ok "$what: refused"
done
for wrong in time=1GiB time=1d time= memory=5m processes=1h; do
    run "--limit $wrong" verify image --recipe much.recipe --limit "$wrong"
    ends 64
done
ok 'a limit in units of another is refused'
