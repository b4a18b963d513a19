#!/bin/sh
# T20: many findings of many kinds are kept packed: the gate counts them as they are, in whatever order a report has them,
# with numbers of whatever size, and what is read back is shown as it was written.
# shellcheck disable=SC1091,SC2016,SC2154 # lib.sh lies beside, and says what is named there; jq has variables too
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

python3 "$here/findings.py" tars 150
"$assay" compare image.tar expected.tar --policy gate.policy --report good.json --quiet || fail 'the report'
jq -e '.verdict == "waived" and ([.findings[].class] | unique) == ["structure", "waived"] and ([.findings[] | select(.class == "waived")] | length) == 401
    and ([.findings[] | [.path, .rule, .waiver.line]] | unique | length) > 200' good.json > /dev/null || fail 'the report is another'

# --- in any order ---
gate 'as it was written' 0 good.json 'every line holds'
said() { "$assay" gate "$1" --policy gate.policy --trust-report --image image.tar --format json | jq -S 'del(.report, .report_sha256)'; }
said good.json > good.said
# in_order JQ-PROGRAM: the findings so, but for the first of each rule, which the reasons name
in_order() { printf '.findings |= (. as $all | [group_by(.class, .rule)[] | .[0]] as $first | $first + ($all - $first | %s))' "$1"; }
# ordered STORY JQ-PROGRAM [FILES]: the same findings in another order pass, and the gate says the same of them
ordered() {
    jq -cS "$(in_order "$2") | ${3:-.}" good.json > forged.json
    if cmp -s good.json forged.json; then fail "$1: nothing was changed"; fi
    said forged.json > forged.said
    cmp -s good.said forged.said || { diff good.said forged.said >&2 || :; fail "$1: the gate says something else"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
ordered 'findings from the last to the first' reverse
ordered 'findings in the order of their lengths' 'sort_by(.range.length, .path)'
ordered 'findings in the order of their offsets, whatever the file' 'sort_by(.range.offset, .path)'
ordered 'each file a finding in turn' '([group_by(.path)[] | to_entries[]] | sort_by(.key) | map(.value))'
for step in 7 64 65 127; do
    ordered "findings by steps of $step" "(to_entries | sort_by([.key % $step, .key]) | map(.value))"
done
ordered 'files from the last to the second' . '.files |= [.[0]] + (.[1:] | reverse)'
ordered 'files and findings, both' reverse '.files |= [.[0]] + (.[1:] | reverse)'
forge 'another finding first, of which the reasons speak' 1 '.findings |= reverse' 'its reasons do not follow'

# --- and none passes that does not add up, wherever it stands ---
# everywhere STORY JQ-PROGRAM TEXT [CODE]: what is done to the finding $k, which is waived, at the bounds of what is counted
# together, as they were written and in another order
everywhere() {
    for at in 0 64 -63 -320; do
        order=.
        [ "$at" -ge 0 ] || order='sort_by(.range.length, .path)'
        jq -cS "$(in_order "$order")"' | ([.findings | to_entries[] | select(.value.class == "waived") | .key] | .['"${at#-}"']) as $k | '"$2" good.json > forged.json
        gate "$1, number ${at#-} of $order" "${4:-1}" forged.json "$3" > said.ok
    done
    printf 'ok: %s: %s\n' "$name" "$1"
}
everywhere 'a finding that is gone' 'del(.findings[$k])' 'does not add up'
everywhere 'a finding that stands twice' '.findings += [.findings[$k]]' 'two of the same bytes'
everywhere 'a finding of a byte more' '.findings[$k].range.length += 1' 'does not add up'
everywhere 'a finding a byte behind' '.findings[$k].range.offset += 1' FAIL
everywhere 'a finding of another file' '.findings[$k].path = (if .findings[$k].path == "f00100" then "f00101" else "f00100" end)' 'does not add up'
everywhere 'a finding of another class' '.findings[$k] |= (.class = "structure" | .rule = "rewritten" | del(.waiver))' 'does not add up'
everywhere 'a finding by another rule' '.findings[$k].rule = "rewritten"' 'does not add up'
everywhere 'a finding under the line of another' '.findings[$k].waiver = (.findings[$k].path as $path | [.findings[] | select(.class == "waived" and .path != $path) | .waiver][0])' 'does not waive what the report says of'
everywhere 'a finding that does not show its bytes' 'del(.findings[$k].shipped)' 'does not show its bytes'
everywhere 'a finding that shows none' '.findings[$k].shipped = ""' 'the member "shipped"' 64
everywhere 'a finding that shows another byte' '.findings[$k].shipped |= ((if .[0:1] == "0" then "1" else "0" end) + .[1:])' 'do not stand there'
everywhere 'a finding that shows a byte less' 'if (.findings[$k].shipped | length) > 2 then .findings[$k].shipped |= .[2:] else del(.findings[$k].shipped) end' 'does not show its bytes'
everywhere 'a finding that shows half a byte' '.findings[$k].shipped += "0"' 'the member "shipped"' 64
everywhere 'a finding that shows a byte more' '.findings[$k].shipped += "00"' 'the member "shipped"' 64
everywhere 'a finding that shows more than there is room for' '.findings[$k] |= (.range.length = 4096 | .shipped = "00" * 33)' 'the member "shipped"' 64
everywhere 'a finding that shows far more than there is room for' '.findings[$k] |= (.range.length = 4096 | .expected = "00" * 4096)' 'the member "expected"' 64
everywhere 'a finding of capital digits' '.findings[$k].expected = "AB"' 'the member "expected"' 64
# what the other side has of it is nothing that an image could bear out
jq -cS '.findings |= map(if .class == "waived" then del(.expected) else . end)' good.json > forged.json
gate 'findings that show nothing of the other side' 0 forged.json 'every line holds'
forge 'two findings that exchanged their lines' 1 '(.findings | to_entries | map(select(.value.path == "f00000" and .value.class == "waived") | .key)) as $k
    | .findings[$k[0]].waiver as $w | .findings[$k[0]].waiver = .findings[$k[1]].waiver | .findings[$k[1]].waiver = $w' 'does not waive what the report says of f00000'
forge 'two lines that exchanged what they waive' 1 '.policy.used |= (.[0].bytes as $b | .[0].bytes = .[1].bytes | .[1].bytes = $b)' 'what a line of the policy waives'
forge 'a line and a blob that exchanged their kinds' 1 '.findings |= map(if .waiver.kind == "blob" then .waiver.kind = "waiver" elif .waiver.kind == "waiver" then .waiver.kind = "blob" else . end)' 'does not waive what the report says of'

# --- numbers ---
# jq would round what is no double
numbered() {
    what=$1 text=$3
    for at in 1 64 250; do
        perl -e 'local $/; open F, "<", "good.json"; my $r = <F>; my $i = 0; my ($what, $at, $n) = @ARGV; $r =~ s/("$what":)\d+(?=[^{}]*\})(?=[^{}]*\},"rule":"waiver")|("$what":)\d+(?=\},"rule":"waiver")/++$i == $at ? ($1 \/\/ $2) . $n : $&/ge; $i >= $at or die "only $i"; print $r' "$what" "$at" "$2" > forged.json || fail "$what of $2"
        if cmp -s good.json forged.json; then fail "$what of $2: nothing was changed"; fi
        gate "$what of $2, number $at" "$4" forged.json "$text" > said.ok
    done
    printf 'ok: %s: a finding with the %s %s\n' "$name" "$what" "$2"
}
for key in offset length; do
    for number in 163 164 4294967295 4294967296 9007199254740990 9007199254740991; do
        numbered $key $number FAIL 1
    done
    for number in -1 -9223372036854775808 9007199254740992 9223372036854775807; do
        numbered $key $number "the member \"$key\"" 64
    done
    for number in 9223372036854775808 18446744073709551615 18446744073709551616 18446744073709551453 1e3 1.0; do
        numbered $key $number integer 64
    done
done
numbered length 0 'the member "length"' 64
forge 'an offset and a length that are nothing together' 1 '(.findings[] | select(.path == "f00007" and .range.length == 40) | .range) = {"offset": 9007199254740991, "length": 9007199254740991}' 'does not add up'
forge 'a file of all bytes that there can be' 1 '(.files[] | select(.path == "f00007")) |= (.size = 9007199254740991 | .accounting.waived = 9007199254740991)' 'does not add up'

# --- a path says which file is meant ---
forge 'a file that stands twice' 64 '.files += [.files[7]]' 'the member "path"'
forge 'a file that stands twice, of other bytes' 64 '.files += [.files[7] | .accounting.waived = 0 | .accounting.identical = .size]' 'the member "path"'
forge 'two files by the name of one' 64 '(.files[] | select(.path == "f00008") | .path) = "f00007"' 'the member "path"'

# --- shown as it was written ---
forms='text html sarif junit markdown json'
# shown STORY CODE SHIPPED EXPECTED [OPTION...]
shown() {
    story=$1 wanted=$2 shipped=$3 expected=$4 code=0
    shift 4
    "$assay" compare "$shipped" "$expected" "$@" --format text --report report.json --html report.html --sarif report.sarif --junit report.junit --markdown report.markdown > report.text 2> said.txt || code=$?
    [ "$code" = "$wanted" ] || { cat said.txt >&2; fail "$story: exit $code, expected $wanted"; }
    for form in $forms; do
        "$assay" render report.json --format "$form" > said.form 2> said.txt || { cat said.txt >&2; fail "$story: not as $form"; }
        cmp -s "report.$form" said.form || fail "$story: $form is another one when it is read back"
    done
    printf 'ok: %s: %s\n' "$name" "$story"
}
shown 'many kinds, and what is waived' 0 image.tar expected.tar --policy gate.policy
shown 'many kinds, and nothing waived' 1 image.tar expected.tar
# addresses are modulo 2^64: the last one is followed by the first
for at in 0x0 0x7ffffffffffff000 0x8000000000000000 0xfffffffffffff000 0xfffffffffffff800 0xffffffffffffffff; do
    python3 "$here/findings.py" program "$at"
    shown "a program at $at" 1 image.elf expected.elf
    python3 -c '
import json, sys
at = int(sys.argv[1], 0)
findings = [f for f in json.load(open("report.json"))["findings"] if f["class"] == "unexplained"]
places = sorted((f["range"]["offset"] - 4096, f["range"]["length"], f["range"]["address"], f["section"]) for f in findings)
wanted = [(o, n, "0x%x" % ((at + o) % 2 ** 64), s) for o, n, s in
          ((0, 1, ".text"), (8, 1, ".text"), (100, 1, ".text"), (2047, 1, ".text"), (2048, 2, ".data"), (4095, 1, ".data"))]
sys.exit("%r, expected %r" % (places, wanted) if places != wanted else 0)' "$at" || fail "a program at $at: its addresses are others"
done
