#!/bin/sh
# How fast assay is: the workloads W1 to W10, each beside a peer, as a table of ratios against the goals.
#
#   sh tests/bench/run.sh [W1 ...]    without names all of them
#
# From the environment:
#   ASSAY          the program (default build/release/assay)
#   BENCH_CACHE    where inputs are kept, 6 GB of them (default build/bench); made of this machine's packages when they
#                  are not there
#   BENCH_SCALE    all inputs that many times smaller (default 1); the goals are those of 1
#   BENCH_ROUNDS   how often each is run (default 5)
#   BENCH_SECONDS  after how many seconds of wall clock time a peer is ended (default 120)
#   BENCH_RESULTS  the directory where RESULTS.md and results.json go; left out: all workloads at scale 1 write
#                  tests/bench/RESULTS.md, and all else goes below BENCH_CACHE
#
# Of each workload all contestants are run in turn, A B A B, on inputs that the kernel has in memory. CPU time is user and
# system time of all processes, memory is the sum of the proportional set sizes of all processes, looked at in a run of
# its own. The table has medians. A peer that is ended is "not finished in N s", and no number is made of it.
# Exit: 0 all was measured, whatever the goals say; 77 skipped, with the reason; 1 a run went wrong, or found something
# else than what was changed.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
# shellcheck source=tests/roots.sh
. "$(dirname "$0")/../roots.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin bench gcc pkg-config python3 jq openssl diffoscope eu-elfcmp mksquashfs unsquashfs gzip zstd xz tar bwrap

all='W1 W2 W3 W4 W5 W6 W7 W8 W9 W10'
scale=${BENCH_SCALE:-1} rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_SECONDS:-120}
cache=${BENCH_CACHE:-$top/build/bench}
for number in "$scale" "$rounds" "$seconds"; do
    case $number in '' | 0* | *[!0-9]*) echo "FAIL: bench: expected a number from 1 on, not \"$number\"" >&2; exit 1 ;; esac
done
for name; do
    case " $all " in *" $name "*) ;; *) echo "FAIL: bench: no workload $name; there are $all" >&2; exit 1 ;; esac
done
chosen=${*:-$all}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
inputs=$cache/inputs-$scale
results=$cache/results
[ "$scale" != 1 ] || [ "$chosen" != "$all" ] || results=$here
results=${BENCH_RESULTS:-$results}
mkdir -p "$inputs" "$results"
gcc -O1 -o meter "$here/meter.c"
# shellcheck disable=SC2046 # each flag is an argument
gcc -O2 -D_GNU_SOURCE -I"$top/src" -I"$top/include" $(pkg-config --cflags glib-2.0) -o floor "$here"/floor*.c "$top/src/crypto/sha256_lanes.c" \
    $(pkg-config --libs glib-2.0) -lcrypto -lelf -lzstd -lz
: > measures.tsv
: > facts.tsv

# shellcheck source=tests/bench/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/bench/workloads/trees.sh
. "$here/workloads/trees.sh"
# shellcheck source=tests/bench/workloads/files.sh
. "$here/workloads/files.sh"
# shellcheck source=tests/bench/workloads/releases.sh
. "$here/workloads/releases.sh"

# A field check needs references, and assay has none yet: the table says so.
W7() { ! "$assay" verify --help | grep -q -e --reference || fail "W7: assay knows references now, and nothing here measures them"; }

for workload in $chosen; do "$workload"; done

version() { "$@" 2>&1 | sed -n '1s/^[^0-9]*\([0-9][0-9A-Za-z.+~-]*\).*/\1/p'; }
{
    printf 'processor\t%s\n' "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | sed -n 1p)"
    printf 'processors\t%s\n' "$(nproc)"
    printf 'sha\t%s\n' "$(grep -q -w sha_ni /proc/cpuinfo && echo SHA-NI || echo 'no SHA-NI')"
    printf 'memory_mib\t%s\n' "$(awk '$1 == "MemTotal:" { print int ($2 / 1024) }' /proc/meminfo)"
    printf 'system\t%s\n' "$(. /etc/os-release && echo "$PRETTY_NAME")"
    printf 'kernel\t%s\n' "$(uname -r | sed 's/[^0-9.].*//')"
    printf 'day\t%s\n' "$(date -u +%F)"
    printf 'scale\t%s\nrounds\t%s\nseconds\t%s\n' "$scale" "$rounds" "$seconds"
    printf 'version assay\t%s\n' "$(version "$assay" --version)$(git -C "$top" rev-parse --short=12 HEAD 2> /dev/null | sed 's/^/ at commit /')"
    printf 'version openssl\t%s\n' "$(version openssl version)"
    printf 'version diffoscope\t%s\n' "$(version diffoscope --version)"
    printf 'version gzip\t%s\n' "$(version gzip --version)"
    printf 'version unsquashfs\t%s\n' "$(version unsquashfs -version)"
    printf 'version eu-elfcmp\t%s\n' "$(version eu-elfcmp --version)"
} > machine.tsv
python3 "$here/table.py" measures.tsv facts.tsv machine.tsv "$results" "$chosen"
