#!/bin/sh
# A report is read back in windows and its findings one by one, wherever it comes from and however it is written: `render`
# makes of it what the comparison said, and of one that was cut, forged or broken nothing that passes.
#
#   sh read-back.sh     from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin read-back jq python3
forms='text html sarif junit markdown json'

# so many findings, of which each window of the reader holds few hundred, and which a policy may let pass; with all, more
# than a form of them shows
count=8000
[ "${ASSAY_ALL:-0}" = 0 ] || count=40000
middle=$((count / 3))
python3 - $count <<'PYTHON'
import sys
for name, byte in ('shipped', b'X'), ('expected', b'd'):
    with open(name, 'wb') as out:
        out.write((b'abc' + byte) * int(sys.argv[1]) + b'end')
PYTHON
cat > waive.policy <<POLICY
policy: 1
require: {verdict: waived, expected: path}
waive:
  - {path: ".", reason: stamped at release, owner: lab, allow-code: true, sha256: $(sha256sum < shipped | cut -c 1-64)}
POLICY

spend() {
    wanted=$1 code=0
    shift
    "$assay" "$@" > out 2> err < /dev/null || code=$?
    ends "$wanted"
}

# same FILE: each form of it is what it is of the report
same() {
    for form in $forms; do
        code=0
        "$assay" render "$1" --format "$form" > out 2> err || code=$?
        ends 0
        cmp -s "report.$form" out || shown "$form is another one"
    done
    leaves_nothing
    ok "$what"
}

what='the report'
spend 1 compare shipped expected --report report.json --html report.html --sarif report.sarif --junit report.junit --markdown report.markdown
mv out report.text
"$assay" compare shipped expected --format text > report.text || :
holds ".findings | length == $count"
same report.json

what='pretty, and with its members in another order'
jq --indent 7 '{verdict, findings} + .' report.json > other.json
same other.json
what='with its findings first, and last'
jq -c '{findings} + .' report.json > other.json
same other.json
jq -c '. as $all | del (.findings) + {findings: $all.findings}' report.json > other.json
same other.json
what='with the key written by an escape'
sed 's/"findings":/"\\u0066indings":/' report.json > other.json
grep -q 'u0066' other.json || fail "$what: nothing was changed"
same other.json
what='with escapes in its findings'
sed 's/"rule":"differs"/"rule":"\\u0064iff\\u0065rs"/g' report.json > other.json
same other.json

what='standard input'
for form in $forms; do
    "$assay" render - --format "$form" < report.json > out || fail "$what: $form"
    cmp -s "report.$form" out || fail "$what: $form is another one"
done
ok "$what"
what='a pipe that gives little at a time'
mkfifo pipe
for form in $forms; do
    dd if=report.json of=pipe bs=977 2> /dev/null &
    "$assay" render pipe --format "$form" > out || fail "$what: $form"
    wait $!
    cmp -s "report.$form" out || fail "$what: $form is another one"
done
ok "$what"

# refused TEXT: no form of other.json
refused() {
    for form in $forms; do
        spend 64 render other.json --format "$form"
        says err "$1"
    done
    spend 64 render other.json --quiet --html page.html
    [ ! -e page.html ] || fail "$what: a page"
    leaves_nothing
    ok "$what"
}
size=$(wc -c < report.json)
for bytes in 1 1000 65535 65536 65537 $((size / 2)) $((size - 2)); do
    what="cut to $bytes bytes"
    head -c "$bytes" report.json > other.json
    refused 'other.json:1:'
done
what='a finding that is a number'
jq -c ".findings[$middle] = 7" report.json > other.json
refused 'an element of findings that is no object'
what='a finding that is a list'
jq -c ".findings[$((count - 1))] = [{}]" report.json > other.json
refused 'an element of findings that is no object'
what='findings twice'
sed 's/"findings":\[/"findings":[],&/' report.json > other.json
refused 'duplicate'
what='findings twice, once by an escape'
sed 's/"findings":\[/"\\u0066indings":[],&/' report.json > other.json
refused 'duplicate'
what='a finding with a member twice'
sed 's/"class":"unexplained","expected":"64"/"class":"waived",&/' report.json > other.json
refused 'duplicate'
what='no comma between two'
sed 's/},{"cause"/} {"cause"/' report.json > other.json
refused 'behind an element of findings'
what='one comma too many'
sed 's/\],"image":/,],"image":/' report.json > other.json
refused 'no object'
what='findings that are an object'
jq -c '.findings = {}' report.json > other.json
spend 64 render other.json
says err '"findings"'
ok "$what"
what='findings of a class that there is not'
jq -c '.findings[3].class = "fine"' report.json > other.json
spend 64 render other.json
ok "$what"
what='something behind the end'
{ cat report.json && echo '{}'; } > other.json
refused 'end of file'
what='nested too deep'
jq -c '.findings[7].x = ("1" | reduce range(61) as $i (.; [.]))' report.json > other.json
jq -c '.findings[7].x = ("1" | reduce range(62) as $i (.; [.]))' report.json > deeper.json
spend 0 render other.json
mv deeper.json other.json
refused 'deeper than 64'
what='blanks without end'
code=0
head -c 300000000 /dev/zero | tr '\0' ' ' | "$assay" render - > out 2> err || code=$?
ends 64
says err '256 MiB'
ok "$what"

# --- one that does not add up ---
what='one that passes'
spend 0 compare shipped expected --policy waive.policy --report report.json --format text
# doubted FILTER: what it makes of a report that passes is shown as undecided in all forms but JSON
doubted() {
    jq -c "$1" report.json > other.json
    spend 0 render other.json --format text
    says out 'This report does not add up' 'UNDECIDED'
    spend 0 render other.json --format junit
    says out 'does not add up'
    spend 0 render other.json --format sarif
    says out 'does not add up'
    spend 0 render other.json --format html
    says out 'does not add up'
    ok "$what"
}
spend 0 render report.json --format text
grep -q 'does not add up' out && shown 'the report itself does not add up'
what='a finding less'
doubted "del (.findings[$middle])"
what='a finding twice'
doubted ".findings[$middle] = .findings[$((middle - 1))]"
what='a finding of another class'
doubted ".findings[$middle].class = \"explained\""
what='a finding without its waiver'
doubted "del (.findings[$middle].waiver)"
what='a finding of a file that there is not'
doubted ".findings[$middle].path = \"nowhere\""
what='a finding without its rule'
doubted "del (.findings[$((count - 1))].rule)"
what='no finding at all'
doubted '.findings = []'
