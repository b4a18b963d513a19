#!/bin/sh
# SARIF, JUnit and Markdown from outside: the same from a stored report as when it was made, written whole or not at all
# and over nothing that is read, of the form that their readers know whatever the image is called, and of bounded length.
#
#   sh documents.sh    from the environment: ASSAY, see lib.sh; ASSAY_BRIEF=1: without the large report
#
# What their schemas say: tests/interop/schemas.sh.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin documents gcc jq python3 tar cmark-gfm
forms='sarif junit markdown'

# valid NAME: NAME.sarif, NAME.junit and NAME.markdown
valid() {
    for form in $forms; do
        python3 "$here/documents.py" "$form" "$1.$form" || fail "$what: not $form as it should be"
    done
}

# rendered REPORT NAME: all forms of a stored report
rendered() {
    run "render of $1" render "$1" --sarif "$2.sarif" --junit "$2.junit" --markdown "$2.markdown" --quiet
    ends 0
    valid "$2"
}

# --- the same from all sides ---

cat > old.c <<'END_OF_C'
#include <stdio.h>
int table[64] = { 1, 2, 3 };
__attribute__ ((noinline)) int changes (int x) { return x * 3 + table[x & 63]; }
int main (int argc, char **argv) { printf ("%s %d\n", argv[0], changes (argc)); return 0; }
END_OF_C
sed 's/x \* 3 + table/(x ^ 90) - 7 * table/' old.c > new.c
for release in old new; do gcc -g -O1 -o $release $release.c; done

run 'a changed function' compare new old --report report.json --sarif made.sarif --junit made.junit --markdown made.markdown
ends 1
says out MISMATCH
valid made
rendered report.json again
for form in $forms; do
    cmp "made.$form" "again.$form" || fail "$form: another than compare wrote"
    run "render --format $form" render report.json --format "$form"
    ends 0
    cmp out "made.$form" || fail "$what: another than compare wrote"
    run "compare --format $form" compare new old --format "$form"
    ends 1
    cmp out "made.$form" || fail "$what: another than --$form"
    run "compare --$form -" compare new old "--$form" -
    ends 1
    cmp out "made.$form" || fail "$what: more than that, or another"
done
ok 'what compare wrote and what render makes of the stored report is the same, byte for byte, in each form'

jq -e '.runs[0].results | any(.ruleId == "bytes-differ" and .level == "error"
        and .locations[0].physicalLocation == {artifactLocation: {uri: "old.c", uriBaseId: "%SRCROOT%"}, region: {startLine: 3}}
        and .locations[0].logicalLocations[0].name == "changes"
        and .relatedLocations[0].physicalLocation.artifactLocation.uri == "new"
        and .relatedLocations[0].physicalLocation.region.byteLength > 0)' made.sarif > /dev/null ||
    fail 'no result at the source line of the changed function'
jq -e '.runs[0].results | [.[].ruleId] | index("bytes-follow") > index("bytes-differ")' made.sarif > /dev/null ||
    fail 'what follows from others does not stand behind it'
jq -e --arg digest "$(digest new)" '.runs[0] | .artifacts[0].hashes["sha-256"] == $digest
        and .invocations[0].exitCode == 1 and .properties.verdict == "mismatch"' made.sarif > /dev/null ||
    fail 'the image and the verdict are not in the run'
ok 'a changed function is a result at its source line'

# the same change, with something in front of it: the same alerts, which nobody has to close again
sed 's/^int table/int before[512] = { 7 }; int further (int x) { return before[x \& 511]; }\nint table/' old.c > old2.c
sed 's/^int table/int before[512] = { 7 }; int further (int x) { return before[x \& 511]; }\nint table/' new.c > new2.c
mkdir second
for release in old new; do
    cp ${release}2.c second/$release.c
    (cd second && gcc -g -O1 -o $release $release.c)
done
prints='[.runs[0].results[] | select(.ruleId == "bytes-differ" and .locations[0].logicalLocations[0].name == "changes")
         | .partialFingerprints["assay/v1"]] | sort | .[0]'
run 'the same change elsewhere' compare second/new second/old --sarif second.sarif --quiet
ends 1
[ "$(jq -c "$prints" made.sarif)" = "$(jq -c "$prints" second.sarif)" ] || fail "$what: another fingerprint"
[ "$(jq -c "$prints" made.sarif)" != null ] || fail "$what: no fingerprint"
ok 'a fingerprint stays when what it is of moves'

# --- a pass, and what a policy refuses ---

run 'a pass' compare old old --report pass.json --sarif pass.sarif --junit pass.junit --markdown pass.markdown --quiet
ends 0
valid pass
jq -e '.runs[0] | .results == [] and .invocations[0].exitCode == 0' pass.sarif > /dev/null || fail "$what: a result"
grep -q 'failures="0" errors="0"' pass.junit || fail "$what: a failure"
cat > forbid.policy <<'END_OF_POLICY'
policy: 1
require: {expected: rebuild}
END_OF_POLICY
run 'what a policy refuses' compare old old --policy forbid.policy --report no.json --sarif no.sarif --junit no.junit --markdown no.markdown --quiet
ends 1
valid no
jq -e '.runs[0].results | [.[].ruleId] == ["verdict", "policy"]' no.sarif > /dev/null || fail "$what: not what it says"
grep -q '<failure message="identical: .* this is no pass' no.junit || fail "$what: the case of the verdict does not fail"
grep -q 'but refused' no.markdown || fail "$what: looks like a pass"
head -c 900 old > torn
run 'what cannot be read' compare torn old --limit depth=0 --sarif torn.sarif --junit torn.junit --markdown torn.markdown --quiet
ends 1 2
valid torn
ok 'each form passes if and only if the exit code is 0'

# --- whole or not at all, and over nothing that is read ---

for form in $forms; do
    run 'no such directory' compare old old "--$form" nowhere/x
    ends 64
    [ ! -e nowhere ] || fail "$what: made"
    run 'over the image' compare old old "--$form" old
    ends 64
    run 'over the policy' compare old old --policy forbid.policy "--$form" forbid.policy
    ends 64
    run 'over the report that is rendered' render report.json "--$form" report.json
    ends 64
    run 'over the report that is written' compare old old --report both "--$form" both
    ends 64
    run 'two forms in one file' compare old old --html both "--$form" both
    ends 64
    run 'inspect has none' inspect old --format "$form"
    ends 64
done
[ ! -e both ] || fail 'one file for two forms was written'
jq -e . report.json > /dev/null || fail 'the report was overwritten'
grep -q 'policy: 1' forbid.policy || fail 'the policy was overwritten'
leaves_nothing
ok 'each is written whole or not at all, and over nothing that is read'

# --- names that try to be markup ---

bidi=$(printf '\342\200\256')
mkdir names other
# shellcheck disable=SC2016 # backticks of a name
for name in '<script>alert(1)<' '[click](https:evil.example)' '![x](javascript:alert(1))' '`@admin` **x**' 'a|b|c' '#1 @org' \
    'admin@evil.example' 'www.evil.example' ']]><x>' "${bidi}gpj.exe" "$(printf 'a\001\033[2Jb')" '{0} {{1}}' '$`x`$' '&lt;b&gt;' '```'; do
    mkdir -p "names/$name" "other/$name"
    echo one > "names/$name/<i>file"
    echo two > "other/$name/<i>file"
    echo more > "names/$name/added"
done
tar --sort=name --mtime=@0 --owner=0 --group=0 -cf names.tar -C names .
tar --sort=name --mtime=@0 --owner=0 --group=0 -cf other.tar -C other .
run 'names that are markup' compare names.tar other.tar --report names.json --sarif names.sarif --junit names.junit --markdown names.markdown --quiet
ends 1
valid names
for form in $forms; do
    if LC_ALL=C grep -qP "[\001-\010\013-\037\177]|\342\200\256" "names.$form"; then fail "$form: a control that a terminal obeys"; fi
done
rendered names.json stored
for form in $forms; do cmp "names.$form" "stored.$form" || fail "$form: another than compare wrote"; done

# whoever wrote the report can say what he likes in every member
jq -c 'def nasty: "](javascript:alert(1)) `` | <script> @admin {0} ]]> \u0001\u001b \uffff \u202e\"'"'"'";
       walk (if type == "string" and (test ("^[0-9a-fx]+$|^assay") | not) then nasty + . else . end)
       | .schema = "assay.report/1" | .files |= map (.verdict = "mismatch")
       | .findings |= map (.class = "unexplained" | .source = {file: (nasty + "/a.c"), line: 3})
       | .facts |= map (.class = "waived" | .waiver = {line: 3, reason: nasty, owner: nasty})' names.json > nasty.json
rendered nasty.json nasty
jq -c '.findings |= map (.range = {"length": "0xffffffffffffffff", "offset": "0xfffffffffffffff0"} | .source = {file: "x", line: "0xffffffffffffffff"})
       | .files |= map (.size = 0) | .accounting.total = "0xffffffffffffffff" | .options.time = 9007199254740991' names.json > numbers.json
rendered numbers.json numbers
jq -c 'def spoil: if type == "object" then map_values (spoil) elif type == "array" then map (spoil) elif type == "string"
       then 7 else "x" end; .schema as $s | .files = [] | .findings = [] | .facts = [] | spoil | .schema = $s' \
    names.json > spoiled.json
rendered spoiled.json spoiled
ok 'no name, no text and no number of a report is anything but text'

# --- as large as reports are ---

[ "${ASSAY_BRIEF:-0}" = 0 ] || exit 0

python3 "$here/html_large.py" 10000 100000 > large.json
rendered large.json large
for form in $forms; do
    size=$(stat -c %s "large.$form")
    [ "$size" -lt 12582912 ] || fail "$form of $size bytes"
done
jq -e '.runs[0] | .properties.resultsLeftOut == 115400 and (.results | length) == 4601' large.sarif > /dev/null || fail 'SARIF of a large report'
grep -q ' tests="20000" failures="20000" ' large.junit || fail 'JUnit of a large report'
grep -q 'and 99,980 more; the JSON report has them all' large.markdown || fail 'Markdown of a large report'
ok '10,000 files and 100,000 findings: each form has an end, and says what it leaves out'
