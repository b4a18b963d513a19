#!/bin/sh
# T19, T20, T25: the gate takes a whole report alone: each member that is always written is there, of its form and in its
# range, and what is said twice is the same both times.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

# Each member of a report, once for all elements of a list: the report without it (but for the optional ones), and with
# values of other types and out of range; two lines each, what was done and the report.
cat > each.jq <<'END_OF_JQ'
. as $report | [paths | select(.[-1] | type == "string")] | group_by(map(if type == "number" then 0 else . end)) | .[][0] as $path
| ($path | map(select(type == "string")) | join(".")) as $name
| (if any($optional[]; . == $name) then empty else "without \($name)", ($report | delpaths([$path])) end),
  (-5, 9007199254740992, [-5], {"x": 1}, true | . as $value | ($report | getpath($path)) as $was
   | select(($was | type) != ($value | type) or ($value | type) == "number" or $was == [])
   | "with \($value) as \($name)", ($report | setpath($path; $value)))
END_OF_JQ

# whole WHAT LEAST OPTIONAL ARGUMENT...: none of these passes; at least so many; OPTIONAL: the members that may be left out.
# Without ASSAY_ALL=1 every fifth of them, so that each member has its turn, and each value.
whole() {
    what=$1 least=$2 optional=$3 tried=0
    shift 3
    jq -cS --argjson optional "$optional" -f each.jq good.json > all.txt
    step=5
    [ "${ASSAY_ALL:-0}" != 1 ] || step=1
    awk -v step=$step 'int ((NR - 1) / 2) % step == 0' all.txt > each.txt
    while IFS= read -r change && IFS= read -r report; do
        printf '%s\n' "$report" > forged.json
        code=0
        "$assay" gate forged.json --trust-report "$@" > said.txt 2>&1 < /dev/null || code=$?
        case $code in 1 | 64) tried=$((tried + 1)) ;; *) cat said.txt >&2; fail "$what $change: exit $code" ;; esac
    done < each.txt
    [ "$tried" -ge $((least / step)) ] || fail "$what: only $tried reports"
    printf 'ok: %s: %s, each member left out or with another value: %s reports\n' "$name" "$what" "$tried"
}
# broken STORY CODE JQ-PROGRAM TEXT: as forge(), with $ask
broken() {
    jq -cS "$3" good.json > forged.json
    if cmp -s good.json forged.json; then fail "$1: nothing was changed"; fi
    # shellcheck disable=SC2086 # arguments
    gate "$1" "$2" forged.json "$4" $ask
}

# --- a program that is identical ---
"$twin" sample aarch64-64-le plain image.elf || fail 'no sample'
printf 'policy: 1\nrequire: {expected: path}\n' > gate.policy
ask='--policy gate.policy --trust-report --image image.elf'
"$assay" compare image.elf image.elf --policy gate.policy --report good.json --quiet || fail 'the report of a program'
# shellcheck disable=SC2086 # arguments
gate 'a program' 0 good.json 'every line holds' $ask
whole 'a program' 250 '["files.expected_path"]' --policy gate.policy --image image.elf

broken 'a file without an origin' 1 'del(.files[0].origin)' 'has no origin'
broken 'an origin that is no word for one' 64 '.files[0].origin = "trusted"' 'the member "origin"'
broken 'changes in a file that is identical' 1 '.files[0].changes = [{"change": "changed", "what": "bytes", "expected_offset": 1, "expected_size": 1, "shipped_offset": 1, "shipped_size": 1}]' 'is identical, and has changes'
broken 'counts of functions without changes' 1 '.files[0].code = {"added": 0, "bytes": 1, "changed": 1, "functions": 1, "moved": 0, "removed": 0, "renamed": 0, "untouched": 0, "untouched_bytes": 0}' 'counts of functions'
broken 'an image of another format' 1 '.image.format = "zip"' 'another format than its first file'
broken 'an image that is called a directory' 1 '.image.digest_form = "assay.tree/1"' 'digested as a directory'
broken 'no format of the image' 1 'del(.image.format)' 'without a format'
broken 'another tool' 64 '.tool.name = "other"' 'the member "name"'
broken 'a tool of no version' 64 '.tool.version = ""' 'the member "version"'
broken 'no limits' 64 '.options.limits = {}' 'limits: the member'
broken 'a limit that nobody knows' 64 '.options.limits.patience = 1' 'the member "patience"'
broken 'a class that nobody knows' 64 '.accounting.trusted = 0' 'the member "trusted"'
broken 'a class of a file that nobody knows' 64 '.files[0].accounting.trusted = 0' 'the member "trusted"'
for limit in $(jq -r '.options.limits | keys[]' good.json); do
    broken "no limit of $limit" 64 "del(.options.limits[\"$limit\"])" "the member \"$limit\""
done
for value in -5 9223372036854775807 9007199254740992 1.5 '"2000"' '"0x7d0"' null; do
    sed "s/\"ratio\":2000/\"ratio\":$value/" good.json > forged.json
    # shellcheck disable=SC2086
    gate "a limit of $value" 64 forged.json '' $ask
done
broken 'jobs where nothing was built' 1 '.options.jobs = 2' 'jobs'
broken 'jobs below nothing' 64 '.options.jobs = -5' 'the member "jobs"'
broken 'no jobs at all' 64 '.options.jobs = 0' 'the member "jobs"'
broken 'a time that is a list' 64 '.options.time = []' 'the member "time"'
broken 'no word of a time' 64 'del(.options.time)' 'the member "time"'
broken 'a layout that is not named' 1 '.files[0].format = "layout" | .image.format = "layout" | del(.files[0].sections, .files[0].segments, .files[0].machine)' 'by a layout that it does not name'
broken 'segments without anything in them' 64 '.files[0].segments = [{}]' 'an element of segments'
broken 'a segment of less than nothing' 64 '.files[0].segments[0].size = -5' 'the member "size"'
broken 'a segment at a number that no reader holds' 64 '.files[0].segments[0].offset = 9007199254740992' 'the member "offset"'
broken 'a segment at a number in place of an address' 64 '.files[0].segments[0].address = 4096' 'the member "address"'
broken 'an address with a zero before it' 64 '.files[0].segments[0].address = "0x01"' 'the member "address"'
broken 'sections without segments' 1 'del(.files[0].segments)' 'has not all of'
broken 'neither of them, and a machine' 1 'del(.files[0].segments, .files[0].sections)' 'has not all of'
broken 'sections of what is no program' 1 '.files[0].format = "raw" | .image.format = "raw"' 'is no program'
broken 'a section twice' 1 '(.files[0].sections[] | select(.name == ".text")) as $text | .files[0].sections += [$text]' 'two sections of the same bytes'
broken 'a section that reaches into the next' 1 '(.files[0].sections | map(select(.sha256 != null and .size > 1)) | sort_by(.offset)) as $s | (.files[0].sections[] | select(.name == $s[1].name) | .offset) = $s[0].offset + 1' 'two sections of the same bytes'
broken 'a section that lost one of its digests' 1 '(.files[0].sections[] | select(.name == ".text")) |= del(.sha256)' 'not what its findings say'
broken 'an expected file of another digest' 1 '.expected[0].sha256 = ("0" * 64)' 'the digest of the expected file'
broken 'an expected file of none' 1 'del(.expected[0].sha256)' 'the digest of the expected file'
for change in 'sections = []' 'segments = []' 'segments += [.files[0].segments[0]]' 'sections |= reverse' 'sections[0].address = "0x1"' 'segments[0].flags = "RWX"' 'machine = "MIPS"' 'sections |= map(if .name == ".text" then .name = ".note" else . end)'; do
    broken "headers that the image does not have: $change" 1 ".files[0].$change" 'sections or segments that the image does not have'
done
broken 'no headers at all' 1 'del(.files[0] | .sections, .segments, .machine)' 'sections or segments that the image does not have'
# what the schema does not name says nothing: it has a report's members at least
jq -cS '.remark = "x" | .files[0].remark = [1]' good.json > more.json
# shellcheck disable=SC2086
gate 'more than the schema names' 0 more.json 'every line holds' $ask

# --- an archive in which something is waived ---
mkdir tree && seq 1 200 > tree/numbers && printf 'build 1\n' > tree/info && printf 'note 1\n' > tree/note && chmod 644 tree/*
pack expected.tar tree/numbers tree/info tree/note
printf 'build 2\n' > tree/info && printf 'note 2\n' > tree/note
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000777 --no-recursion -cf image.tar tree/numbers tree/info tree/note
cat > gate.policy <<'END'
policy: 1
require: {verdict: waived, expected: path}
waive:
  - {path: tree/info, reason: "the number of the build", owner: release}
  - {path: tree/note, reason: "a note", owner: release}
END
ask='--policy gate.policy --trust-report --image image.tar'
"$assay" compare image.tar expected.tar --policy gate.policy --report good.json --quiet || fail 'the report of an archive'
# shellcheck disable=SC2086
gate 'an archive' 0 good.json 'every line holds' $ask
whole 'an archive' 250 '["expected.sha256", "findings.expected", "files.changes", "files.expected_path", "policy.used.owner"]' --policy gate.policy --image image.tar
broken 'a file without an origin in an archive' 1 'del(.files[] | select(.path == "tree/numbers") | .origin)' 'has no origin'
broken 'a file without an origin, and no word of a counterpart' 1 'del(.files[] | select(.path == "tree/numbers") | .origin, .expected_path)' 'has no origin'
broken 'what one line waives, said of another' 1 '.policy.used[0].bytes = 0 | .policy.used[1].bytes = 2' 'what a line of the policy waives'
broken 'a cause that is none' 64 '.findings[0].cause = "chance"' 'the member "cause"'
broken 'a finding of no bytes' 64 '.findings[0].range.length = 0' 'the member "length"'
broken 'a finding in a function that has no symbol' 1 '.findings[0].function = "main"' 'without its symbol'
broken 'a fact that does not say what is shipped' 64 'del(.facts[0].shipped)' 'the member "shipped"'
broken 'a file of a type that is none' 64 '.files[1].type = "data"' 'the member "type"'
broken 'a file of a verdict that is none' 64 '.files[1].verdict = "fine"' 'the member "verdict"'

# --- a rebuild ---
mkdir source && echo one > source/file && echo two > image
cat > good.recipe <<'END'
recipe: 1
product: sample 1
source: [{directory: source, into: .}]
path: /build/sample
steps: [echo two > file]
outputs: [{from: file}]
END
printf 'policy: 1\n' > gate.policy
ask='--policy gate.policy --trust-report --image image'
if ! "$assay" verify image --recipe good.recipe --policy gate.policy --report good.json > said.txt 2>&1; then
    # without a sandbox nothing is rebuilt, and there is nothing to say of it
    command -v bwrap > /dev/null 2>&1 && { cat said.txt >&2; fail 'the good recipe'; }
    echo 'SKIP: bwrap is not installed'; exit 77
fi
# shellcheck disable=SC2086
gate 'a rebuild' 0 good.json 'every line holds' $ask
whole 'a rebuild' 250 '["expected.source.swhid", "files.expected_path", "files.origin_detail"]' --policy gate.policy --image image
broken 'a file of a rebuild without an origin' 1 'del(.files[0].origin, .files[0].origin_detail)' 'has no origin'
broken 'no layers beside their digest' 1 '.expected[0].source.layers = []' 'not the one of its layers'
broken 'a layer twice' 1 '.expected[0].source.layers += .expected[0].source.layers' 'not the one of its layers'
broken 'a layer of another digest' 1 '.expected[0].source.layers[0].sha256 = ("0" * 64)' 'not the one of its layers'
broken 'a toolchain of layers, and none' 1 '.expected[0].toolchain.kind = "layers"' 'digest of a toolchain'
broken 'a host that has a digest' 1 '.expected[0].toolchain.sha256 = ("0" * 64)' 'digest of a toolchain'
broken 'a host that is authenticated' 1 '.expected[0].toolchain.authenticated = true' 'called authenticated'
broken 'a rebuild that was not made' 1 '.expected[0].rebuilds = 0' 'was not made'
broken 'a rebuild that was not made, and has no digest' 1 '.expected[0].rebuilds = 0 | del(.expected[0].sha256)' 'a rebuild was not made'
broken 'no jobs' 1 'del(.options.jobs)' 'jobs'
