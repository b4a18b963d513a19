#!/bin/sh
# --timings: each stage of a run on standard error, with bytes, seconds and rate; the report, standard output and the exit
# code are the same with it and without.
#
#   sh timings.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin timings jq tar gcc bwrap

mkdir expected
for tool in sh cat ls; do cp -L "$(command -v "$tool")" expected/$tool; done
cp -R expected shipped
printf '\377' | dd of=shipped/cat bs=1 seek=9000 conv=notrunc status=none
tar --sort=name --mtime=@0 -czf shipped.tgz -C shipped .
tar --sort=name --mtime=@0 -czf expected.tgz -C expected .

# tells STAGE...: the last run has a line of each, and these are all; their seconds add up to the total
tells() {
    awk 'length > 80' err > long
    [ ! -s long ] || { cat long >&2; fail "$what: a line of more than 80 columns"; }
    sed -n '/^TIMINGS$/,$p' err > table
    for stage; do
        grep -qE "^  $stage +.* [0-9]+\.[0-9]{3}\$" table || { cat err >&2; fail "$what: nothing of $stage"; }
    done
    # thousandths, each of them rounded
    awk 'NR > 2 && !/processes that were started/ {
        line = $0
        sub(/ *[0-9.]* [A-Za-z]+\/s/, "", line)
        n = split(line, words, " ")
        if ($1 == "total") total = words[n - 1] * 1000
        else { sum += words[n - 1] * 1000; rows++ }
    } END { exit !(rows > 0 && sum - total <= rows && total - sum <= rows) }' table || { cat table >&2; fail "$what: the sum"; }
}

# same WHAT CODE STAGES ARGUMENTS...: one report with it and without
same() {
    same_what=$1 same_code=$2 stages=$3
    shift 3
    for jobs in 1 2; do
        run "$same_what, untimed, -j $jobs" "$@" -j $jobs --report plain.json
        ends "$same_code"
        mv out plain.out
        [ ! -s err ] || shown 'something on standard error'
        run "$same_what, -j $jobs" "$@" --timings -j $jobs --report report.json
        ends "$same_code"
        cmp plain.json report.json || shown 'another report'
        cmp plain.out out || shown 'another text'
        # shellcheck disable=SC2086 # words
        tells $stages
    done
    ok "$same_what: $(wc -l < table) lines, and the report is the same"
}

same 'two trees' 1 'unpacking comparing explaining digesting judging writing total' compare shipped expected
same 'two archives' 1 'reading unpacking comparing explaining judging writing total processes' compare shipped.tgz expected.tgz
awk '/comparing and digesting/ { exit !($4 ~ /^[0-9.]+$/ && $5 ~ /^([KMG]iB|bytes)$/) }' table || fail 'no bytes were compared'
# what is decoded is so behind walls, by processes that count as well
awk '/processes that were started/ { exit !($NF > 0) } ' table || { cat table >&2; fail 'the readers took no time'; }
same 'inspect' 0 'reading unpacking digesting writing total' inspect shipped.tgz

run 'quiet' compare shipped expected --quiet --timings
ends 1
[ ! -s out ] || shown 'something on standard output'
tells total
ok 'it is said where standard output is silent'

run 'not there' compare shipped nothing --timings
ends 64
run 'wrong usage' compare shipped --timings
ends 64
ok 'errors are errors'

mkdir source
echo one > source/text
cat > one.recipe << 'END'
recipe: 1
product: one 1
source: [{directory: source}]
path: /build/one
steps: ["tr a-z A-Z < text > made"]
outputs: [{from: made}]
END
echo ONE > image
same 'verify' 0 'reading building comparing judging writing total' verify image --recipe one.recipe
run 'rebuild' rebuild --recipe one.recipe --output built --timings
ends 0
tells building total

echo 'policy: 1' > some.policy
run 'a report for the gate' compare shipped.tgz expected.tgz --policy some.policy --report report.json
run 'gate, untimed' gate --policy some.policy report.json --trust-report --image shipped.tgz
mv out plain.out
gate=$code
run 'gate' gate --policy some.policy report.json --trust-report --image shipped.tgz --timings
ends "$gate"
cmp plain.out out || shown 'another text'
tells reading digesting judging total
ok 'rebuild and gate say it as well'
