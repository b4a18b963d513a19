#!/bin/sh
# Runs fuzz targets, two at a time, and says a line of each: seconds of processor time, executions, edges covered, what
# was found.
#
#   sh tests/fuzz/run.sh [SECONDS] [TARGET...]      default: 1200 seconds each of all of them
#
# Builds the preset `fuzz` (clang) and, for its seeds, the program. From the environment: JOBS, how many run at a time
# (default 2). What a run learned stays in build/fuzz/corpus/TARGET for the next one, what it found in
# build/fuzz/found/TARGET-*, and its log in build/fuzz/logs/TARGET.log.
# Exit: 0 nothing was found; 1 something was; 64 usage.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD/build/fuzz
seconds=1200
case ${1:-} in
    [0-9]*) seconds=$1; shift ;;
    -*) sed -n '5s/^# *//p' tests/fuzz/run.sh >&2; exit 64 ;;
esac
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz > "$root/build.log" || { tail -n 30 "$root/build.log" >&2; exit 1; }
cmake --preset release > /dev/null
cmake --build --preset release --target assay hostile_twin > "$root/build.log" || { tail -n 30 "$root/build.log" >&2; exit 1; }
export ASSAY_FUZZ="$root/tests/fuzz/fuzz" ASSAY="$PWD/build/release/assay" TWIN="$PWD/build/release/tests/hostile/hostile_twin"
mkdir -p "$root/found" "$root/logs"
ASSAY_FUZZ_SIGNER=$(sh tests/fuzz/seeds.sh "$root/seeds" | tail -n 1)
# memory ends where that of a worker does: libraries that ask for what a header claims are told no there too
export ASSAY_FUZZ_SIGNER ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:max_allocation_size_mb=590 UBSAN_OPTIONS=print_stacktrace=1
[ $# -gt 0 ] || eval set -- "$("$ASSAY_FUZZ" list | tr '\n' ' ')"
for target; do
    "$ASSAY_FUZZ" list | grep -qxF -e "$target" || { echo "no target is called $target" >&2; exit 64; }
done

# shellcheck disable=SC2016 # the inner shell expands it
printf '%s\n' "$@" | xargs -P "${JOBS:-2}" -I '{}' sh -c '
    root=$1 seconds=$2 target=$3
    mkdir -p "$root/corpus/$target" "$root/seeds/$target"
    set --
    [ ! -f "tests/fuzz/dictionaries/$target.dict" ] || set -- "-dict=tests/fuzz/dictionaries/$target.dict"
    code=0
    nice -n 19 "$ASSAY_FUZZ" "$target" "$@" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=600 \
        -max_len=65536 -use_value_profile=1 -print_final_stats=1 -artifact_prefix="$root/found/$target-" \
        "$root/corpus/$target" "$root/seeds/$target" > "$root/logs/$target.log" 2>&1 < /dev/null || code=$?
    log=$root/logs/$target.log
    runs=$(sed -n "s/^stat::number_of_executed_units: *//p" "$log")
    edges=$(sed -n "s/.* cov: \([0-9]*\) .*/\1/p" "$log" | tail -n 1)
    found=nothing
    [ "$code" = 0 ] || found=$(grep -hE "BROKEN:|SUMMARY:|runtime error:" "$log" | head -n 1)
    # processor time of what this shell started, user and system
    times > "$root/logs/$target.times"
    spent=$(awk "NR == 2 { split (\$0, part, /[ms ]+/); print int (60 * (part[1] + part[3]) + part[2] + part[4]) }" "$root/logs/$target.times")
    printf "%-14s %5d s of %d s %10s execs %6s edges  %s\n" "$target" "$spent" "$seconds" "${runs:-?}" "${edges:-?}" "${found:-ended with $code}"
    [ "$code" = 0 ]' sh "$root" "$seconds" '{}' || exit 1
