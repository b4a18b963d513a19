#!/bin/sh
# Large things are judged in time and memory that grow with their size and no faster, and the report is read back.
#
#   sh large.sh         from the environment: ASSAY, see tests/flow/lib.sh; ASSAY_LARGE_SHARE: all of them so many times
#                       smaller (default 1)
#
# A sparse ELF file of 5 GB, a sparse image of 20 GB, 300,000 files as a tree and as an archive, 70,000 sections and a
# million symbols in one file, ten million findings: each also of a quarter of that. No clock decides, but the ratio of two
# CPU times, and the memory of all processes: of what is read in windows it is bounded, of what is many it is so much for
# each. Needs no more than 5 GB in TMPDIR where that knows holes, 4 GiB of memory, and no sanitizer in the program.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin large jq gcc python3 awk

share=${ASSAY_LARGE_SHARE:-1}
free=$(df -Pk . | awk 'NR == 2 {print $4}')
[ "$free" -gt $((5000000 / share)) ] || skip "less than $((5000 / share)) MB of room in ${work%/*}"
gcc -O1 -o meter "$here/../bench/meter.c"

# spend CODE ARGUMENTS...: leaves $cpu_ms, $sum_kib and $code
spend() {
    wanted=$1 code=0
    shift
    ./meter -m measured 3600 "$assay" "$@" > out 2> err < /dev/null || code=$?
    read -r cpu_ms _ _ _ _ sum_kib < measured
    [ "$code" = "$wanted" ] || shown "exit $code, expected $wanted"
}

# large WHAT KIND NUMBER EACH FILTER TEXT: of a quarter and of the whole. EACH: the bytes of memory for each of NUMBER, beside
# 256 MiB, when it is judged; FILTER holds of the report (of findings, their number); TEXT stands in what `render` makes of it
large() {
    what=$1 few=0
    for number in $(($3 / share / 4)) $(($3 / share)); do
        python3 "$here/large.py" "$2" made "$number"
        spend 1 compare made/shipped made/expected --limit entries=1000000 --quiet --report report.json
        [ "$2" = findings ] || holds '.verdict == "mismatch" and .accounting.undecided == 0'
        rm -rf made
        [ "$few" != 0 ] || few=$((cpu_ms > 0 ? cpu_ms : 1))
        most=$((262144 + number * $4 / 1024))
        [ "$sum_kib" -lt "$most" ] || fail "$what of $number: $sum_kib KiB at the peak, not below $most"
    done
    # twice what is linear is for sorts, tables that grow and a busy machine
    [ "$cpu_ms" -lt $((few * 8 + 200)) ] || fail "$what: $few ms for a quarter, $cpu_ms ms for $number"
    judged="$few ms for a quarter and $cpu_ms ms, $((sum_kib / 1024)) MiB"
    # jq holds a report as one tree, which ten million findings do not fit into
    if [ "$2" = findings ]; then
        [ "$(tr ',' '\n' < report.json | grep -c '"cause"')" = "$5" ] || fail "$what: not $5 of them"
    else
        holds "$5"
    fi
    spend 0 render report.json --format text
    says out "$6"
    leaves_nothing
    ok "$what, $number: $judged; read back in $cpu_ms ms and $((sum_kib / 1024)) MiB"
    rm -f report.json
}

last() { echo '[.findings[] | select (.class == "unexplained")] | length == 1 and .[0].range.length == 1 and '"$1"; }

large 'ELF file with a hole, bytes' program 5000000000 0 "$(last ".[0].section == \".data\" and .[0].range.offset == $((5000000000 / share + 4095))")" .data
large 'image with holes, bytes' image 20000000000 0 "$(last ".[0].range.offset == $((20000000000 / share - 1))")" MISMATCH
count=$((300000 / share))
name=d$(((count - 1) / 1000))/f$((count - 1))
large 'files' files 300000 4096 "$(last ".[0].path == \"$name\"")" "$name"
large 'files of an archive' packed 300000 4096 "$(last "(.[0].path | endswith(\"$name\"))")" "$name"
large 'sections' sections 70000 1024 "$(last ".[0].section == \".part$((70000 / share - 1))\"")" ".part$((70000 / share - 1))"
large 'symbols' symbols 1000000 400 "$(last ".[0].symbol == \"function_$((1000000 / share / 2))\"")" "function_$((1000000 / share / 2))"
large 'findings' findings 10000000 256 "$((10000000 / share))" MISMATCH
# read back by one: those of the last
[ "$sum_kib" -lt $((262144 + 1562500 / share)) ] || fail "findings read back: $sum_kib KiB at the peak"
