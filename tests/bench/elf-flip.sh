#!/bin/sh
# One bit of a large ELF file: `assay compare` against diffoscope, side by side.
#
#   sh elf-flip.sh     from the environment: ASSAY, see tests/flow/lib.sh; ASSAY_BENCH_SECONDS, after how many seconds
#                      diffoscope is ended (default 600); ASSAY_REAL_CACHE, see tests/real/fetch.sh
#
# - A program of 8 MB and more with all its debug information, one bit of a function flipped: assay takes at most a
#   hundredth of the CPU time, and names function and line.
# - libLLVM, 123 MB, one byte changed: assay stays below 256 MiB.
# Ratios are of one run on one machine. A peer that is ended in time would have taken more.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin elf-flip diffoscope gcc jq nm readelf

seconds=${ASSAY_BENCH_SECONDS:-600}
gcc -O1 -o meter "$here/meter.c"

# measure OUT SECONDS COMMAND...: leaves $code, $cpu_ms, $peak_kib and $finished
measure() {
    code=0
    ./meter measured "$@" > out 2> err < /dev/null || code=$?
    read -r cpu_ms peak_kib finished _ < measured
}

flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf '%03o' $((byte ^ $3)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# --- a program with debug information ---

functions=24000
awk -v functions="$functions" 'BEGIN {
    for (i = 0; i < functions; i++)
        printf "int function_%d (int x)\n{\n  int s = x ^ %d;\n  for (int i = 0; i < x; i++)\n    s += s * %d + (i << %d);\n" \
               "  if (s > %d)\n    s -= function_%d (s >> 2);\n  return s;\n}\n", i, i * 7919, i + 3, i % 5, i * 31, (i > 0 ? i - 1 : 0)
    printf "int main (int argc, char **argv)\n{\n  return function_%d (argc);\n}\n", functions - 1
}' > program.c
gcc -g -O1 -o expected program.c
size=$(stat -c %s expected)
[ "$size" -ge 8388608 ] || fail "the program has only $size bytes"
cp expected shipped

victim=function_$((functions / 2))
first_line=$((functions * 9 / 2 + 1)) # each has nine
address=$(nm expected | awk -v name="$victim" '$3 == name { print $1 }')
# the address of .text and where it lies in the file
text=$(readelf -SW expected | sed -n 's/.* \.text *PROGBITS *\([0-9a-f]*\) \([0-9a-f]*\) .*/\1 \2/p')
offset=$((0x$address - 0x${text% *} + 0x${text#* } + 9))
flip shipped "$offset" 4

measure 600 "$assay" compare shipped expected --report report.json
ours_ms=$cpu_ms ours_kib=$peak_kib
what='the program with one bit flipped'
ends 1
holds '.verdict == "mismatch" and .accounting.unexplained == 1'
holds "[.findings[] | select(.class == \"unexplained\")] | length == 1 and .[0].range.offset == $offset and
    .[0].function == \"$victim\" and .[0].source.file == \"program.c\" and
    .[0].source.line >= $first_line and .[0].source.line < $first_line + 9"

measure "$seconds" diffoscope --text diffoscope.txt shipped expected
[ "$code" = 1 ] || [ "$code" = 124 ] || shown "diffoscope ended with $code"
[ "$ours_ms" -gt 0 ] || ours_ms=1
ratio=$((cpu_ms / ours_ms))
than=
[ "$finished" = 1 ] || than='more than '
echo "a program of $((size / 1000000)) MB, one bit: assay $ours_ms ms of CPU and $((ours_kib / 1024)) MiB," \
    "diffoscope $than$cpu_ms ms and $((peak_kib / 1024)) MiB"
[ "$ratio" -ge 100 ] || fail "only $ratio times less CPU than diffoscope"
ok "one bit of a program of $((size / 1000000)) MB: $than$ratio times less CPU than diffoscope, and $victim is named, with its line"
rm -f shipped expected program.c diffoscope.txt

# --- a large library without debug information ---

sh "$here/../real/fetch.sh" fetched binary amd64 libllvm16 > packages || { code=$?; exit "$code"; }
dpkg-deb -x "$(sed -n 1p packages)" unpacked
library=$(find unpacked -name 'libLLVM*' -type f | sed -n 1p)
cp "$library" expected
cp "$library" shipped
rm -rf unpacked fetched
size=$(stat -c %s expected)
flip shipped 50000000 1

measure 600 "$assay" compare shipped expected --report report.json
ours_ms=$cpu_ms ours_kib=$peak_kib
what='the library with one byte changed'
ends 1
holds '.verdict == "mismatch" and .accounting.unexplained == 1'
[ "$ours_kib" -lt 262144 ] || fail "$((ours_kib / 1024)) MiB at the peak, not below 256"
# A minute of it is enough to see; to its end it takes hours.
measure 60 diffoscope --text diffoscope.txt shipped expected
than=
[ "$finished" = 1 ] || than='more than '
echo "a library of $((size / 1000000)) MB, one byte: assay $ours_ms ms of CPU, diffoscope $than$cpu_ms ms"
ok "one byte of a library of $((size / 1000000)) MB: $((ours_kib / 1024)) MiB at the peak; diffoscope took" \
    "$than$((peak_kib / 1024)) MiB"
