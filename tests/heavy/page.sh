#!/bin/sh
# The HTML page of an image of 1 GB and 10,000 files has a few MB, whatever differs in it.
#
#   sh page.sh        from the environment: ASSAY, see tests/flow/lib.sh; ASSAY_PAGE_MB the size of the image in MiB
#                     (default 1024), ASSAY_PAGE_FILES its files (default 10000)
#
# Needs four times that size in TMPDIR. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin page jq python3
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import html5lib' 2> /dev/null || skip 'python3-html5lib is not installed'

megabytes=${ASSAY_PAGE_MB:-1024}
files=${ASSAY_PAGE_FILES:-10000}
most=$((6 << 20))
free=$(df -Pk . | awk 'NR == 2 {print $4}')
[ "$free" -gt $((megabytes * 4096)) ] || skip "less than $((megabytes * 4)) MiB of room in ${work%/*}"

code=0
"$python" "$here/page.py" "$megabytes" "$files" shipped.tar expected.tar || code=$?
[ "$code" != 77 ] || skip 'there are too few programs on this machine'
[ "$code" = 0 ] || fail 'no images were made'
held=$(tar -tf shipped.tar | wc -l | tr -d ' ')
[ "$(($(stat -c %s shipped.tar) >> 20))" -ge $((megabytes - 32)) ] || fail "the image has $(stat -c %s shipped.tar) bytes"
[ "$held" -ge "$files" ] || fail "the image has $held files"

run 'the large image' compare shipped.tar expected.tar --html page.html --report report.json --quiet
ends 1
jq -c '[(.findings | length), (.facts | length), (.files | length), (.missing | length)]' report.json > counts
jq -e ".[2] >= $files and .[0] > $((files / 10)) and .[1] >= $files and .[3] > $((files / 200))" counts > /dev/null ||
    { cat counts >&2; fail 'not as much differs as should'; }
size=$(stat -c %s page.html)
[ "$size" -lt "$most" ] || fail "a page of $size bytes, not below $most"
# what it has no room for is counted
[ "$files" -lt 10000 ] || said='more; the JSON report has them all'
"$python" "$here/../flow/html.py" page.html ${said:+"$said"} || fail 'not a page as it should be'
run 'the page of the stored report' render report.json --html again.html --quiet
ends 0
cmp page.html again.html || fail "$what: another page"
leaves_nothing
ok "$megabytes MiB and $held files; findings, facts, files and missing $(cat counts): a page of $size bytes"
