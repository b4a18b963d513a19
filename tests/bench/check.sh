#!/bin/sh
# The benchmarks themselves: at a two-hundredth of the size one workload of each kind runs, and with ASSAY_ALL=1 every
# one; the inputs are what they are said to be; medians and ratios are what a calculator says; what is not done in time
# gives no number; a program that does not find what was changed has no figures.
#
#   sh tests/bench/check.sh       from the environment: ASSAY, see tests/flow/lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin bench-check gcc python3 jq awk

# --- ratios ---

cat > made.awk << 'END'
BEGIN {
    OFS = "\t"
    # who, CPU and wall clock time of three rounds in ms: medians 200, 300 and 20000
    row("openssl", "100 900 200", "210 210 210"); row("assay", "300 100 900", "90 95 900")
    row("assay-sections", "240 240 240", "1 1 1"); row("floor", "150 160 140", "1 1 1"); row("floor-told", "160 170 150", "1 1 1")
    print "W6", "floor", 1, 300000, 1, 1024, 0, 1
    for (i = 1; i <= 3; i++) print "W6", "assay-few", i, 450000, 1, 1024, 0, 1
    for (i = 1; i <= 3; i++) print "W6", "assay-many", i, 1800000, 1, 1024, 0, 1
    print "W6", "assay-same", 1, 500000, 1, 1024, 0, 1; print "W6", "assay-renamed", 1, 600000, 1, 1024, 0, 1
    print "W6", "diffoscope", 1, 77777, 1, 1024, 0, 0
}
function row(who, cpu, wall,    a, b, i) {
    split(cpu, a, " "); split(wall, b, " ")
    for (i = 1; i <= 3; i++) print "W1", who, i, a[i] * 1000, b[i] * 1000, 2048 * i, 0, 1
    print "W1", who, "memory", 99000000, 99000000, 1, 65 * 1024, 1
}
END
awk -f made.awk > measures
printf 'W1\tdiffoscope\t1\t9000000\t9000000\t1\t0\t0\n' >> measures
printf 'W6\tpairs\t10000\nW6\tpairs-many\t40000\n' > facts
printf '%s\t%s\n' processor some processors 2 sha SHA-NI memory_mib 1 system some kernel 6 day 2026-01-01 scale 1 rounds 3 \
    seconds 9 'version assay' 1 > machine
python3 "$here/table.py" measures facts machine . 'W1 W6 W7' > table
is() {
    jq -e "[.rows[] | select (.workload == \"$1\") | .text] == $2" results.json > /dev/null ||
        { cat table >&2; fail "$1 is not $2"; }
}
# 300/200, 240/200, 150/200, 160/200, 95/200, half of 160/200, the memory of all, and nothing
is W1 '["1.50", "1.20", "0.75", "0.80", "0.47", "0.40", "65.0 MiB", "not finished in 9 s"]'
jq -e '[.rows[] | select (.workload == "W1") | .met] == [true, true, null, null, true, null, false, null]' results.json > /dev/null || fail 'goals'
jq -e '.rows[7].found == null and .runs.W1.diffoscope == {finished: false, rounds: 0, cpu_s: null, wall_s: null, memory_mib: null,
    largest_process_mib: null} and .runs.W1.assay.largest_process_mib == 6' results.json > /dev/null ||
    fail 'what is not done in time has a number'
# 45 us each, the floor 30; four times as many take four times as long; 600/500
is W6 '["45.0 us", "30.0 us", "1.00", "1.20", "not finished in 9 s"]'
is W7 '["not there yet"]'
! grep -E '9\.0|9000|77' RESULTS.md || fail 'the page has a number of what is not done in time'
ok 'medians, ratios and goals; what is not done in time gives no number'

# --- the instrument ---

gcc -O1 -o meter "$here/meter.c"
cat > take.c << 'END'
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main (void)
{
  pid_t child = fork ();
  char *memory = malloc (100u << 20);
  memset (memory, 1, 100u << 20);
  usleep (200000);
  return child == 0 ? memory[5] - 1 : waitpid (child, NULL, 0) == child ? 3 : 4;
}
END
gcc -O1 -o take take.c
code=0
./meter -m measured 60 ./take || code=$?
read -r _ peak finished cpu wall sum < measured
awk -v code="$code" -v finished="$finished" -v peak="$peak" -v cpu="$cpu" -v wall="$wall" -v sum="$sum" 'BEGIN {
    exit !(code == 3 && finished && peak >= 102400 && peak < 190000 && sum >= 204800 && cpu > 0 && wall >= 200000) }' ||
    fail "the instrument saw $(cat measured), exit $code"
code=0
./meter measured 1 sleep 100 || code=$?
read -r _ _ finished _ < measured
[ "$code $finished" = '124 0' ] || fail "what is not done in time: $(cat measured), exit $code"
ok 'two processes of 100 MiB are 200; what takes too long is ended'

# --- inputs ---

make() { python3 "$here/inputs.py" "$@"; }
make trees trees 200
make trees again 200
diff -r trees again > others || { cat others >&2; fail 'the inputs are others each time'; }
diff -rq trees/a trees/b | sed 's|^Files trees/a/\(.*\) and .*|\1|' | LC_ALL=C sort > differ || :
LC_ALL=C sort trees/changed > wanted
[ -s wanted ] || fail 'nothing was changed'
cmp differ wanted || fail 'other files differ than it says'
while IFS= read -r file; do
    [ "$(cmp -l "trees/a/$file" "trees/b/$file" | wc -l)" = 1 ] || fail "$file: not one byte"
done < wanted
[ "$(find trees/a -type f | wc -l)" = "$(sed -n 's/^files //p' trees/facts)" ] || fail 'another number of files'
[ "$(find trees/a -type f -exec cat {} + | wc -c)" = "$(sed -n 's/^bytes //p' trees/facts)" ] || fail 'another number of bytes'
make small small 300
[ "$(wc -l < small/changed) $(diff -rq small/a small/b | wc -l)" = '3 3' ] || fail 'not one of a hundred'
diff -r small/a small/same || fail 'the same is another'
find small/a small/renamed -type f -exec sha256sum {} + | cut -d ' ' -f 1 | sort | uniq -c | awk '$1 != 2 { exit 1 }' ||
    fail 'what is renamed is another'
make large large 200
read -r offset function < large/place
cmp -l large/a large/b | awk -v first="$offset" '{ n++ } $1 != first + n { exit 1 } END { exit n != 4 }' || fail 'not four bytes'
[ -n "$function" ] || fail 'no function'
make random random 200 trees/a
[ "$(cmp -l random/data-a random/data-b | wc -l) $(sed -n 's/^changed //p' random/facts)" = '5000 5000' ] || fail 'not one in a hundred'
ok 'inputs: the same each time, and changed where they say'

# --- all of it ---

rounds=1 numbers='1 5 9'
[ "${ASSAY_ALL:-0}" != 1 ] || rounds=2 numbers='1 2 3 4 5 6 8 9 10'
run_bench() { BENCH_CACHE=$work/cache BENCH_SCALE=200 BENCH_ROUNDS=$rounds BENCH_SECONDS=1 sh "$here/run.sh" "$@" > table 2> said; }
# shellcheck disable=SC2046,SC2086 # each is an argument; none stands for all
run_bench $([ "${ASSAY_ALL:-0}" = 1 ] || printf 'W%s ' $numbers) || { code=$?; cat said >&2; [ "$code" != 77 ] || skip "$(tail -n 1 said)"; fail 'the benchmarks do not run'; }
for number in $numbers; do
    jq -e "[.rows[] | select (.workload == \"W$number\" and .goal != null) | .found | numbers] | length >= 1 and all (. > 0)" \
        cache/results/results.json > /dev/null || { cat table >&2; fail "W$number has no figures"; }
done
awk 'length > 80' table > long
[ ! -s long ] || { cat long >&2; fail 'a line of more than 80 columns'; }
! grep -E "(^|[^a-z])/[a-z]+/|$(uname -n)" cache/results/RESULTS.md || fail 'the page names a path or this machine'
ok "the workloads run, and have figures: $numbers"

cat > blind << 'END'
#!/bin/sh
# finds that something differs, and not what
for word; do
    [ "$before" != --report ] || echo '{"verdict": "mismatch", "accounting": {"undecided": 0}, "findings": []}' > "$word"
    before=$word
done 2> /dev/null
exit 1
END
chmod +x blind
code=0
ASSAY=$work/blind run_bench W1 || code=$?
if [ "$code" != 1 ] || ! grep -q 'W1: found is not what was changed' said; then
    cat said >&2
    fail "figures of a blind program: exit $code"
fi
code=0
run_bench W11 || code=$?
if [ "$code" != 1 ] || ! grep -q 'no workload W11' said; then fail "W11: exit $code"; fi
ok 'a program that finds nothing has no figures'
