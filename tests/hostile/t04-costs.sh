#!/bin/sh
# T4: images of a few hundred KB in which many entries share something, or in which each place may be the beginning of all that is
# behind it. What was read once for each of them took minutes, or gigabytes. Each has 20 seconds of processor time, of which it takes
# less than one; and what is of the same kind and honest is opened to its end.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
for tool in python3 jq prlimit; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done
seconds=$((20 * ${ASSAY_SLOWER:-1}))

# dear STORY CODE TEXT NAME NUMBER: exit code when it is compared with a twin of another byte; TEXT is what is said of it, "" for nothing
dear() {
    python3 "$here/costs.py" "$4" shipped "$5"
    { cat shipped && printf x; } > expected
    code=0
    prlimit --cpu=$seconds "$assay" compare shipped expected --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    if grep -q RLIMIT_CPU report.json; then fail "$1: it takes too long"; fi
    tr -s ' \n' '  ' < said.txt > line.txt
    if [ -n "$3" ]; then grep -qF "$3" line.txt || { cat said.txt >&2; fail "$1: it does not say: $3"; }
    elif grep -q 'breaks the rules' line.txt; then fail "$1: it is called wrong"; fi
    printf 'ok: %s: %s\n' "$name" "$1"
}

# cheap STORY NAME NUMBER ENTRIES: opened to its end, and equal but for a byte of an entry that is found
cheap() {
    python3 "$here/costs.py" "$2" shipped "$3"
    code=0
    prlimit --cpu=$seconds "$assay" inspect shipped --format json > said.json 2> said.txt || code=$?
    [ "$code" = 0 ] || { cat said.txt >&2; fail "$1: exit $code"; }
    jq -e --argjson entries "$4" 'all(.nodes[]; .trouble == null) and (.nodes | length) > $entries' said.json > /dev/null || fail "$1: it is not opened"
    printf 'ok: %s: %s\n' "$name" "$1"
}

dear 'a list of extended attributes that 3,000 inodes share' 2 'limit entry-bytes (134217728 bytes)' shared.squashfs 3000
dear 'a list of 2,000 empty ones that 8,000 inodes share' 2 'limit entry-bytes (134217728 bytes)' empty.squashfs 8000
cheap 'a list of extended attributes that 100 inodes share' shared.squashfs 100 100

dear 'a kernel with 5,000 entries of a cpio and no number behind them' 1 '' piled.arm64 5000
dear 'a kernel with 5,000 entries of a cpio that does not end' 1 '' cut.arm64 5000
dear 'a kernel with 4,000 streams in a row' 1 '' streams.arm64 4000
dear 'a kernel of blocks of lz4 that are beginnings too' 1 '' blocks.arm64 40000
cheap 'a kernel with 50,000 entries of a cpio' cpio.arm64 50000 50000

dear 'records of an ISO image that go on in one place' 1 'continuations that several entries have' shared.iso 2000
cheap 'records of an ISO image that go on each in its own' apart.iso 2000 2000
