#!/bin/sh
# Each limit of a recipe, hit for real: undecided, with the limit's name and the step, and nothing left.
#
#   sh limits.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # steps, which the sandbox expands
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin limits jq bwrap perl
make_tools sort seq sleep setsid perl head rm

mkdir -m 755 source
seq 1 3000 > source/numbers
sort source/numbers > image

# hits NAME LIMIT STEP TEXT...: the recipe with that limit is undecided, and says so, at its first step
hits() {
    name=$1 limit=$2 step=$3
    shift 3
    # a toolchain counts as output, and is looked at as a whole where it is this machine's
    case $limit$step in *output* | *python3*) by='toolchain: []' ;; *) by=$toolchain ;; esac
    cat > "$name.recipe" <<END
recipe: 1
product: numbers 1
source: [{directory: source, into: .}]
$by
path: /build/numbers
limits: {$limit}
steps:
  - |
    $step
  - sort numbers > out
outputs:
  - {from: out}
END
    rm -f report.json
    run "$name ($limit)" verify image --recipe "$name.recipe" --report report.json
    ends 2
    says out UNDECIDED "step 1 of 2 ($name.recipe:8)" "$@"
    holds '.verdict == "undecided" and .accounting.undecided == .accounting.total'
    leaves_nothing
    ok "$what: undecided"
}

# passes NAME LIMIT STEP: what stays below it is not in its way
passes() {
    hits_name=$1
    sed -e "s/^limits: .*/limits: {$2}/" -e "s|^    .*|    $3|" "$hits_name.recipe" > below.recipe
    run "$hits_name, below the limit" verify image --recipe below.recipe
    ends 0
    leaves_nothing
    ok "$what: exit 0"
}

hits sleeping 'time: 1s' "sleep $marker" 'limit time (1 s) hit'
hits spinning 'time: 1s' "trap '' TERM INT HUP; while :; do :; done" 'limit time (1 s) hit'
hits left-running 'time: 1s' "setsid sh -c \"trap '' TERM; sleep $marker\" & sleep $marker" 'limit time (1 s) hit'

# Address space of one process; the kernel refuses it, and the program says so.
hits memory 'memory: 64MiB' "perl -e '\$x = \"a\" x (256 << 20)'" 'perhaps because limit memory (67108864 bytes of one process) was hit'
passes memory 'memory: 1GiB' "perl -e '\$x = \"a\" x (256 << 20)'"

# What all processes hold together, which we look at: also where nobody has mapped it.
many='for i in 1 2 3 4 5 6 7 8; do perl -e "\$x = chr (97) x (16 << 20); sleep 20" & done; wait'
hits memory-together 'memory: 64MiB' "$many" 'limit memory (67108864 bytes) hit: '
passes memory-together 'memory: 1GiB' 'for i in 1 2 3 4 5 6 7 8; do perl -e "\\$x = chr (97) x (16 << 20); sleep 1" \& done; wait'
hits memory-shared 'memory: 64MiB' 'for i in 1 2 3 4; do head -c 20000000 /dev/zero > /dev/shm/$i; exec 9< /dev/shm/$i; rm /dev/shm/$i; sleep 20 & done; sleep 20' 'limit memory (67108864 bytes) hit'
if command -v python3 > /dev/null; then
    hits memory-files 'memory: 64MiB' "python3 -c 'import os,time; f=[os.memfd_create(\"m\") for i in range(4)]; [os.write(g, b\"x\" * (20 << 20)) for g in f]; time.sleep(20)'" 'limit memory (67108864 bytes) hit'
fi
hits removed-files 'output: 1MiB' 'head -c 900000 /dev/zero > one; exec 9< one; rm one; head -c 900000 /dev/zero > two; exec 8< two; rm two; sleep 20' 'limit output (1048576 bytes) hit'
passes removed-files 'output: 4MiB' 'head -c 900000 /dev/zero > one; exec 9< one; rm one; head -c 900000 /dev/zero > two; exec 8< two; rm two; sleep 1'

hits processes 'processes: 16' "for i in \$(seq 64); do sleep $marker & done; wait" 'perhaps because limit processes (16) was hit'
passes processes 'processes: 80' 'for i in $(seq 64); do sleep 0.1 \& done; wait'
# the kernel keeps it small till its time is over, or a count finds more of it than may be: whichever comes first
hits fork-bomb 'processes: 16, time: 2s' "perl -e 'while (1) { fork }' $marker" 'limit '
grep -qF -e 'limit time (2 s) hit' -e 'limit processes (16 processes) hit' said || shown "neither limit is named"

hits large-file 'output: 1MiB' 'head -c 3000000 /dev/zero > large' 'limit output (1048576 bytes) hit'
hits sparse-file 'output: 1MiB' 'truncate -s 100G large' 'limit output (1048576 bytes) hit'
hits many-files 'output: 1MiB' 'for i in 1 2 3 4; do head -c 400000 /dev/zero > $i; done' 'limit output (1048576 bytes) hit'
hits temporary-files 'output: 1MiB' 'for i in 1 2 3 4; do head -c 400000 /dev/zero > /tmp/$i; done' 'limit output (1048576 bytes) hit'
hits home 'output: 1MiB' 'for i in 1 2 3 4; do head -c 400000 /dev/zero > $HOME/$i; done' 'limit output (1048576 bytes) hit'
passes many-files 'output: 2MiB' 'for i in 1 2 3 4; do head -c 400000 /dev/zero > $i; done'
