#!/bin/sh
# What the sandbox, and recording what a build opens, cost of CPU: the source package of dropbear, built plainly, by
# `assay rebuild`, and by `assay rebuild --record`, in turns.
#
#   sh recording.sh     from the environment: ASSAY, see tests/flow/lib.sh; ASSAY_BENCH_ROUNDS, how often each is built
#                       (default 5); ASSAY_REAL_CACHE, see tests/real/fetch.sh
#
# CPU time is that of the build and of all of assay: unpacking, digesting, watching, sandbox. Medians are compared:
# - the sandbox takes at most 3 % more than the plain build;
# - recording takes at most 15 % more than the plain build, beside what the sandbox takes.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin recording dpkg-buildpackage dh gcc jq tar

rounds=${ASSAY_BENCH_ROUNDS:-5}
gcc -O1 -o meter "$here/meter.c"
arch=$(dpkg --print-architecture)
sh "$here/../real/fetch.sh" fetched binary "$arch" dropbear-bin > packages || { code=$?; exit "$code"; }
deb=$(sed -n 1p packages)
sh "$here/../real/fetch.sh" fetched source-of "$deb" > sources || { code=$?; exit "$code"; }
orig=$(grep '\.orig\.tar\.[a-z0-9]*$' sources)
debian=$(grep '\.debian\.tar\.[a-z0-9]*$' sources)
version=$(dpkg-deb -f "$deb" Version)
mkdir packaging
tar -C packaging -xf "$debian" debian/control
(cd packaging && dpkg-checkbuilddeps) || skip 'build dependencies of dropbear are not installed'

sed -e "s|@VERSION@|$version|" -e "s|@FILE_VERSION@|${version#*:}|" -e "s|@ARCH@|$arch|" -e "s|@ORIG@|$orig|" \
    -e "s|@DEBIAN@|$debian|" -e "s|@ORIG_SHA256@|$(digest "$orig")|" -e "s|@DEBIAN_SHA256@|$(digest "$debian")|" \
    -e '/^@TOOLCHAIN@$/d' "$here/../real/dropbear.recipe.in" > dropbear.recipe
! grep -n '@[A-Z0-9_]*@' dropbear.recipe >&2 || fail 'the recipe has a place that is not filled'

# measure COMMAND...: leaves $cpu_ms
measure() {
    rm -rf plain rebuilt
    ./meter measured 3600 "$@" > out 2>&1 < /dev/null || { cat out >&2; fail "failed: $*"; }
    read -r cpu_ms _ _ < measured
}

# median FILE
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

round=1
while [ "$round" -le "$rounds" ]; do
    export orig debian
    measure sh -c "$(cat <<'END'
set -eu
mkdir -p plain/dropbear
tar -C plain/dropbear --strip-components 1 -xf "$orig"
rm -rf plain/dropbear/debian
tar -C plain/dropbear -xf "$debian"
cd plain/dropbear
exec env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/nonexistent LC_ALL=C.UTF-8 TZ=UTC \
    dpkg-buildpackage -b -us -uc -j"$(nproc)"
END
)"
    echo "$cpu_ms" >> plain.ms
    measure "$assay" rebuild --recipe dropbear.recipe --output rebuilt
    echo "$cpu_ms" >> sandbox.ms
    measure "$assay" rebuild --recipe dropbear.recipe --output rebuilt --record --report report.json
    echo "$cpu_ms" >> recorded.ms
    echo "round $round: plain $(tail -n 1 plain.ms), sandbox $(tail -n 1 sandbox.ms), recorded $(tail -n 1 recorded.ms) ms"
    round=$((round + 1))
done
what='the recording'
holds '.recording.whole and (.recording.read | length) > 100 and (.recording.toolchain | length) > 100'

plain_ms=$(median plain.ms)
sandbox_ms=$(median sandbox.ms)
recorded_ms=$(median recorded.ms)
# in thousandths of the plain build
sandbox=$(((sandbox_ms - plain_ms) * 1000 / plain_ms))
recording=$(((recorded_ms - sandbox_ms) * 1000 / plain_ms))
percent() { awk -v thousandths="$1" 'BEGIN { printf "%.1f %%", thousandths / 10 }'; }
echo "dropbear: plain $plain_ms ms of CPU, in the sandbox $sandbox_ms ($(percent "$sandbox") more)," \
    "recorded $recorded_ms ($(percent "$recording") more than that)"
[ "$recording" -le 150 ] || fail "recording takes $(percent "$recording")"
ok "recording what is opened takes $(percent "$recording") of the plain build, 15 % at most"
[ "$sandbox" -le 30 ] || fail "the sandbox takes $(percent "$sandbox")"
ok "sandbox and bookkeeping take $(percent "$sandbox") of the plain build, 3 % at most"
