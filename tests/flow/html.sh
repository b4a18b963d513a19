#!/bin/sh
# The HTML report from outside: written whole or not at all, the same from a stored report, and valid HTML in which no
# name of an image is anything but text, however much of it there is.
#
#   sh html.sh         from the environment: ASSAY, see lib.sh; ASSAY_BRIEF=1: without the large report
#
# What Chromium makes of it: tests/interop/html.sh.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin html gcc jq python3 tar
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import html5lib' 2> /dev/null || skip 'python3-html5lib is not installed'

# valid PAGE...: parsed without an error, and made of nothing that could run or load
valid() { "$python" "$here/html.py" "$@" || fail "$what: not a page as it should be"; }

# --- the same page from all sides ---

cat > old.c <<'END_OF_C'
#include <stdio.h>
int table[64] = { 1, 2, 3 };
__attribute__ ((noinline)) int changes (int x) { return x * 3 + table[x & 63]; }
int main (int argc, char **argv) { printf ("%s %d\n", argv[0], changes (argc)); return 0; }
END_OF_C
sed 's/x \* 3 + table/(x ^ 90) - 7 * table/' old.c > new.c
for release in old new; do gcc -g -O1 -o $release $release.c; done

run 'a changed function' compare new old --report report.json --html report.html
ends 1
says out MISMATCH
valid report.html
run 'render --html' render report.json --html again.html --quiet
ends 0
[ ! -s out ] || fail "$what: --quiet, and yet it says something"
cmp report.html again.html || fail "$what: another page than compare wrote"
run 'render --format html' render report.json --format html
ends 0
cmp out report.html || fail "$what: another page than compare wrote"
run 'compare --format html' compare new old --format html
ends 1
cmp out report.html || fail "$what: another page than --html"
run 'compare --html -' compare new old --html -
ends 1
cmp out report.html || fail "$what: more than the page, or another"
ok 'what compare wrote and what render makes of the stored report is one page, byte for byte'

for text in 'changes' 'unexplained' '<table class="code">' 'old.c' 'id="f0"'; do
    grep -qF -e "$text" report.html || fail "$text is not on the page of a changed function"
done
ok 'a changed function has its instructions, bytes and source line on the page'

# --- whole or not at all, and over nothing that is read ---

mkdir out.d
run 'no such directory' compare new old --html nowhere/report.html
ends 1
[ ! -e nowhere ] || fail "$what: made"
says err 'nowhere/report.html'
run 'a pass whose page cannot be written' compare old old --html nowhere/report.html
ends 64
run 'over the image' compare old old --html old
ends 64
run 'over the report that is rendered' render report.json --html report.json
ends 64
jq -e . report.json > /dev/null || fail "$what: overwritten"
run 'one file for both' compare old old --report both --html both
ends 64
[ ! -e both ] || fail "$what: written"
run 'over the policy' compare old old --policy new.c --html new.c
ends 64
run 'inspect has no page' inspect old --format html
ends 64
leaves_nothing
ok 'the page is written whole or not at all, and over nothing that is read'

# --- names that try to be markup ---

bidi=$(printf '\342\200\256')
mkdir names other
for name in '<script>alert(1)<' '<img src=x onerror=alert(1)>' '"onmouseover="alert(1)' "'><svg onload=alert(1)>" \
    '&lt;b&gt;&#60;i>' ']]><!--' '-->' "$bidi<b>gpj.exe" '</title><'; do
    mkdir -p "names/$name" "other/$name"
    echo one > "names/$name/<i>file"
    echo two > "other/$name/<i>file"
done
tar --sort=name --mtime=@0 --owner=0 --group=0 -cf names.tar -C names .
tar --sort=name --mtime=@0 --owner=0 --group=0 -cf other.tar -C other .
run 'names that are markup' compare names.tar other.tar --report report.json --html names.html
ends 1
valid names.html '<script>alert(1)<' '<img src=x onerror=alert(1)>' '"onmouseover="alert(1)' "'><svg onload=alert(1)>" \
    '&lt;b&gt;&#60;i>' ']]><!--' '-->'
if grep -q "$bidi" names.html; then fail "$what: a bidirectional control on the page"; fi
run 'the same, stored' render report.json --format html
cmp out names.html || fail "$what: another page"

# whoever wrote the report can say what he likes in every member
jq -c 'def nasty: "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'"'"'";
       walk (if type == "string" and (test ("^[0-9a-fx]+$|^assay") | not) then nasty + . else . end)
       | .schema = "assay.report/1" | .files |= map (.verdict = "mismatch")
       | .findings |= map (.class = "unexplained") | .facts |= map (.class = "unexplained")' report.json > nasty.json
run 'a report that is markup throughout' render nasty.json --html nasty.html --quiet
ends 0
valid nasty.html
jq -c '.findings |= map (.range = {"length": "0xffffffffffffffff", "offset": "0xfffffffffffffff0"}) | .files |= map (.size = 0)
       | .accounting.total = "0xffffffffffffffff"' report.json > numbers.json
run 'numbers beyond all files' render numbers.json --html numbers.html --quiet
ends 0
valid numbers.html
grep -q 'do not add up, so that no picture' numbers.html || fail "$what: a picture of it"
jq -c 'def spoil: if type == "object" then map_values (spoil) elif type == "array" then map (spoil) elif type == "string"
       then 7 else "x" end; .schema as $s | .files = [] | .findings = [] | .facts = [] | spoil | .schema = $s' \
    report.json > spoiled.json
run 'members of other types' render spoiled.json --html spoiled.html --quiet
ends 0
valid spoiled.html
ok 'no name, no text and no number of a report is anything but text on the page'

# --- as large as reports are ---

[ "${ASSAY_BRIEF:-0}" = 0 ] || exit 0

"$python" "$here/html_large.py" 10000 100000 > large.json
run '10,000 files and 100,000 findings' render large.json --html large.html --quiet
ends 0
valid large.html
size=$(stat -c %s large.html)
[ "$size" -lt 8388608 ] || fail "$what: a page of $size bytes"
grep -q '100,000 files' large.html && fail "$what: a number that it does not have"
grep -q 'more; the JSON report has them all' large.html || fail "$what: nothing is said of what was left out"
ok "10,000 files and 100,000 findings: a page of $size bytes, which says what it leaves out"
