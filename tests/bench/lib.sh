# shellcheck shell=sh
# What the workloads of run.sh share; sourced, not run.

# once NAME FUNCTION [ARGUMENT...]: an input of the cache, made when it is not there: FUNCTION makes the directory that
# it gets as its first argument; leaves $made
once() {
    made=$inputs/$1
    once_maker=$2
    shift 2
    if [ ! -d "$made" ]; then
        rm -rf "$made.new"
        mkdir "$made.new"
        "$once_maker" "$made.new" "$@"
        mv "$made.new" "$made"
    fi
    # all that is read is in the kernel's memory before anybody is measured
    find "$made" -type f -exec cat {} + > /dev/null
}

# fact NAME NUMBER: for the table, of the workload at hand
fact() { printf '%s\t%s\t%s\n' "$workload" "$1" "$2" >> facts.tsv; }

# facts_of DIRECTORY [PREFIX]: those that the maker of inputs wrote down
facts_of() { while read -r fact_name fact_number; do fact "${2-}$fact_name" "$fact_number"; done < "$1/facts"; }

# timed WHO CODE COMMAND...: one run, in the round at hand; CODE is how it has to end, or `any`, of diffoscope. That is
# ended after a time; once that happened it is not asked again, and has no times. All else has an hour.
timed() {
    timed_who=$1 timed_code=$2
    shift 2
    if grep -q "^$workload	$timed_who	.*	0\$" measures.tsv; then return 0; fi
    timed_ended=0 timed_most=3600
    [ "$timed_code" != any ] || timed_most=$seconds
    # shellcheck disable=SC2086 # an option, or none
    ./meter $looks measured "$timed_most" "$@" > out 2> err < /dev/null || timed_ended=$?
    read -r _ timed_peak timed_finished timed_cpu timed_wall timed_sum < measured
    if [ "$timed_code" != any ] && [ "$timed_ended" != "$timed_code" ]; then
        cat out err >&2
        fail "$workload, $timed_who: exit $timed_ended, expected $timed_code"
    fi
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$workload" "$timed_who" "$round" "$timed_cpu" "$timed_wall" \
        "$timed_peak" "$timed_sum" "$timed_finished" >> measures.tsv
}

# contest FUNCTION...: each calls `timed`; all in turn, again and again, so that what else the machine does meets all; then
# once more while the memory of all processes is watched, in the round `memory`.
contest() {
    looks=''
    round=1
    while [ "$round" -le "$rounds" ]; do
        for contestant; do "$contestant"; done
        round=$((round + 1))
    done
    looks=-m round=memory
    for contestant; do "$contestant"; done
    printf '%s: %s rounds of %s\n' "$workload" "$rounds" "$*" >&2
}

# right FILTER: true of the report of the last run
right() { jq -e "$1" report.json > /dev/null || fail "$workload: the report does not hold $1"; }

# sames FILE FILE: what was found is what was changed
sames() { diff "$1" "$2" >&2 || fail "$workload: found is not what was changed"; }
