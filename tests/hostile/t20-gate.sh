#!/bin/sh
# T20: the gate adds a report up before it believes it, wants the image, and never opens for what it cannot read.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

mkdir tree && seq 1 2000 > tree/numbers && printf 'build 1\n' > tree/info && chmod 644 tree/*
pack expected.tar tree/numbers tree/info
printf 'build 2\n' > tree/info
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000777 --no-recursion -cf image.tar tree/numbers tree/info
cat > gate.policy <<'END'
policy: 1
require: {verdict: waived, expected: path}
waive:
  - {path: tree/info, reason: "the number of the build", owner: release, expires: 2027-01-01}
END
"$assay" compare image.tar expected.tar --policy gate.policy --time 2026-01-01 --report good.json --quiet || fail 'the report'
jq -e '.verdict == "waived" and .accounting.waived == 1 and .accounting.structure > 0' good.json > /dev/null || fail 'the report is another'
ask='--policy gate.policy --trust-report --image image.tar'
# shellcheck disable=SC2086 # arguments
gate 'a report that adds up, at its time' 0 good.json 'every line holds' $ask --time 2026-06-01
gate 'by the digest of the image' 0 good.json 'The verdict is waived' --policy gate.policy --trust-report --image-sha256 "$(digest image.tar)" --time 1780000000
# shellcheck disable=SC2086
gate 'after the waiver has expired' 1 good.json 'the waiver has expired' $ask --time 2027-01-01
gate 'without a time' 1 good.json 'no --time says that it has not yet'
sed -i 's/, expires: 2027-01-01//' gate.policy
gate 'under another policy' 1 good.json 'made under another policy'
"$assay" compare image.tar expected.tar --policy gate.policy --report good.json --quiet || fail 'the report'
gate 'a report that adds up' 0 good.json 'every line holds'
"$assay" gate - --policy gate.policy --trust-report --image image.tar < good.json > /dev/null || fail 'from standard input'
"$assay" gate good.json --policy gate.policy --trust-report --image image.tar --format json | jq -e '.result == "pass" and .verdict == "waived" and .failures == []' > /dev/null || fail 'as JSON'
jq -cS '(.files[] | select(.path == "tree/numbers") | .format) = "elf"' good.json > forged.json
gate 'a file that is called a program' 1 forged.json 'tree/numbers that it is of another format than it is'
# a file without bytes has none that could be called outside
mkdir lone && : > lone/empty && echo note > lone/note && chmod 644 lone/* && pack empty.tar lone/note lone/empty
printf 'policy: 1\nrequire: {expected: path}\n' > empty.policy
"$assay" compare empty.tar empty.tar --policy empty.policy --report empty.json --quiet || fail 'the report of a file without bytes'
jq -cS '(.files[] | select(.path == "lone/empty") | .verdict) = "outside"' empty.json > forged.json
gate 'a file without bytes that is called outside' 1 forged.json 'something lies outside of a scope' --policy empty.policy --trust-report --image empty.tar

# --- a scope ---
mkdir scoped && printf 'good' > scoped/app && printf 'same' > scoped/note
pack scoped.tar scoped/app scoped/note
printf 'evil' > scoped/app && pack evil.tar scoped/app scoped/note
for file in app note; do printf 'policy: 1\nrequire: {expected: path}\nscope: [scoped/%s]\n' $file > $file.policy; done
"$assay" compare scoped.tar scoped.tar --policy app.policy --report honest.json --quiet || fail 'the report of a scope'
"$assay" compare evil.tar scoped.tar --policy note.policy --report other.json --quiet || fail 'the report of another scope'
scoped='--policy app.policy --trust-report --image'
# shellcheck disable=SC2086 # arguments
gate 'a report of a scope' 0 honest.json 'every line holds' $scoped scoped.tar
jq -cS --slurpfile honest honest.json '.options = $honest[0].options | .policy = $honest[0].policy' other.json > forged.json
# shellcheck disable=SC2086
gate 'one that calls what is in its scope outside' 1 forged.json 'is in the scope, and called outside of it' $scoped evil.tar
jq -cS '.files |= map(select(.path != "scoped/app"))' honest.json > forged.json
# shellcheck disable=SC2086
gate 'one that says nothing of what is in its scope' 1 forged.json 'does not add up' $scoped scoped.tar

# Where nothing may lie outside, entries without bytes may not either.
mkdir bare more && printf 'good' > bare/app && printf 'good' > more/app && ln -s /elsewhere more/link && chmod 755 bare more && chmod 644 bare/app more/app
printf 'policy: 1\nrequire: {expected: path, outside: 0}\n' > none.policy
"$assay" compare bare bare --policy none.policy --quiet || fail 'nothing outside: no pass'
code=0
"$assay" compare more bare --policy none.policy --scope app > said.txt 2>&1 || code=$?
[ $code = 1 ] || { cat said.txt >&2; fail "a link outside: exit $code"; }
grep -q 'entries without bytes lie outside' said.txt || { cat said.txt >&2; fail 'a link outside: not said'; }
printf 'ok: %s: a link outside, where nothing may lie there\n' "$name"

# --- what the gate needs ---
gate 'another image' 1 good.json 'another image' --policy gate.policy --trust-report --image expected.tar
gate 'no image' 64 good.json 'either --image' --policy gate.policy --trust-report
gate 'an image and a digest' 64 good.json 'either --image' --policy gate.policy --trust-report --image image.tar --image-sha256 "$(digest image.tar)"
gate 'half a digest' 64 good.json '64 hexadecimal digits' --policy gate.policy --trust-report --image-sha256 1234
gate 'an image that is not there' 64 good.json 'absent' --policy gate.policy --trust-report --image absent
gate 'a report that nobody trusts' 64 good.json 'is not signed' --policy gate.policy --image image.tar
gate 'no policy' 64 good.json 'needs --policy' --trust-report --image image.tar
gate 'a policy that is not there' 64 good.json 'absent' --policy absent --trust-report --image image.tar
gate 'a time that is none' 64 good.json '--time' --policy gate.policy --trust-report --image image.tar --time yesterday
gate 'two reports' 64 good.json 'one REPORT' good.json --policy gate.policy --trust-report --image image.tar
echo '{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[]}' > signed.json
gate 'a signed statement as a report' 64 signed.json 'a signed statement'
"$assay" compare image.tar expected.tar --report bare.json --quiet || :
gate 'a report without a policy' 1 bare.json 'made without a policy'
"$assay" compare image.tar expected.tar --policy gate.policy --scope 'tree/*' --report part.json --quiet || :
gate 'a part that the policy does not grant' 1 part.json 'does not grant'
cp image.tar broken.tar; poke broken.tar 700 x
"$assay" compare broken.tar expected.tar --policy gate.policy --report bad.json --quiet || :
gate 'a mismatch' 1 bad.json 'The verdict is mismatch' --policy gate.policy --trust-report --image broken.tar
: > nothing; "$assay" compare nothing nothing --policy gate.policy --report open.json --quiet || :
gate 'undecided' 2 open.json 'The verdict is undecided' --policy gate.policy --trust-report --image nothing
"$assay" compare tree tree --policy gate.policy --report directory.json --quiet || fail 'a directory'
gate 'a directory' 0 directory.json 'identical' --policy gate.policy --trust-report --image tree
# A file that holds the listing of which a directory's digest is made has that digest, and is not it.
{
    stat --printf 'entry directory 0 - .\nfact mode 0040%a\nfact uid %u\nfact gid %g\n' tree
    for file in info numbers; do
        stat --printf "entry file %s $(digest tree/$file) $file\nfact mode 0100%a\nfact uid %u\nfact gid %g\n" tree/$file
    done
} > listing
[ "$(digest listing)" = "$(jq -r .image.sha256 directory.json)" ] || fail 'no listing of the directory'
gate 'the listing of a directory in its place' 1 directory.json 'speaks of a directory, and at the gate is none' --policy gate.policy --trust-report --image listing
listed=$(digest listing)
gate 'the digest of that file' 1 directory.json 'speaks of a directory, whose digest is given as assayTree1:HEX' --policy gate.policy --trust-report --image-sha256 "$listed"
gate 'the digest of the directory, called one' 0 directory.json 'identical' --policy gate.policy --trust-report --image-sha256 "assayTree1:$listed"
gate 'the digest of a file, called that of a directory' 1 good.json 'speaks of a file' --policy gate.policy --trust-report --image-sha256 "assayTree1:$(digest image.tar)" --time 1780000000
gate 'another name in front of it' 64 directory.json '64 hexadecimal digits' --policy gate.policy --trust-report --image-sha256 "sha256:$listed"
gate 'a directory in the place of a file' 1 good.json 'speaks of a file, and at the gate is a directory' --policy gate.policy --trust-report --image tree
gate 'another directory' 1 directory.json 'another image' --policy gate.policy --trust-report --image .

# --- what does not add up ---
forge 'a mismatch that calls itself a pass' 1 '.verdict = "identical"' 'the verdict is waived, and not identical'
forge 'a better verdict' 1 '.verdict = "equivalent"' 'the verdict is waived'
forge 'a class that is smaller' 1 '.accounting.waived = 0' 'not the sum'
forge 'bytes moved between classes' 1 '.accounting.waived -= 1 | .accounting.identical += 1' 'not the sum'
forge 'the same in its file too' 1 '.accounting.waived -= 1 | .accounting.identical += 1 | (.files[] | select(.path == "tree/info") | .accounting) |= (.waived -= 1 | .identical += 1)' 'not those of its findings'
forge 'and the finding gone' 1 '.accounting.waived -= 1 | .accounting.identical += 1 | (.files[] | select(.path == "tree/info") | .accounting) |= (.waived -= 1 | .identical += 1) | .findings |= map(select(.class != "waived"))' 'verdict'
forge 'another total' 1 '.accounting.total += 1' 'total'
forge 'a file left out' 64 '.files |= map(select(.path != "tree/numbers"))' 'not as it should be'
forge 'a file left out with its facts' 1 '.files |= map(select(.path != "tree/numbers")) | .facts |= map(select(.path != "tree/numbers"))' 'not the sum'
forge 'a file twice' 64 '.files += [.files[0]]' 'not as it should be'
forge 'a file that is smaller' 1 '(.files[] | select(.path == "tree/numbers") | .size) -= 1' 'from its first to its last byte'
forge 'a payload that nobody holds' 1 '(.files[] | select(.path == "tree/numbers") | .accounting) |= (.payload = .identical | .identical = 0 | .total = 0)' 'not the sum'
forge 'a finding left out' 1 '.findings |= .[1:]' 'not those of its findings'
forge 'a finding twice' 1 '.findings |= [.[0]] + .' 'two of the same bytes'
forge 'a finding outside of its file' 1 '.findings[-1].range.offset = 1000000' 'outside of it'
forge 'a finding of a file that is not there' 64 '.findings[0].path = "nowhere"' 'not as it should be'
forge 'a finding that is identical' 1 '.findings[0].class = "identical"' 'does not'
forge 'a finding of another class' 1 '(.findings[] | select(.class == "structure") | .class) = "explained"' 'not those of its findings'
forge 'waived without its line' 64 'del(.findings[] | select(.class == "waived") | .waiver)' 'not as it should be'
forge 'waived by another line' 1 '(.findings[] | select(.class == "waived") | .waiver.line) = 3' 'line 3 does not waive'
forge 'waived by another owner' 1 '(.findings[] | select(.class == "waived") | .waiver.owner) = "me"' 'does not waive'
forge 'waived in another file' 1 '(.files[] | select(.path == "tree/info") | .path) = "tree/other" | (.findings[] | select(.path == "tree/info") | .path) = "tree/other" | (.facts[] | select(.path == "tree/info") | .path) = "tree/other"' 'does not waive'
forge 'a line that waives more' 1 '.policy.used[0].bytes += 1' 'is not what is waived'
forge 'a line with another reason' 1 '.policy.used[0].reason = "audited"' 'no line as the report says'
forge 'a line with another owner' 1 '.policy.used[0].owner = "somebody else"' 'no line as the report says'
forge 'a line with another path' 1 '.policy.used[0].path = "other"' 'no line as the report says'
forge 'a rule that nobody knows' 1 '(.findings[] | select(.class == "structure") | .rule) = "trust-me"' 'trust-me'
forge 'a fact left out' 1 '.facts |= .[1:]' 'facts'
forge 'a fact more' 1 '.facts += [.facts[0]]' 'facts'
forge 'a fact that is unexplained' 1 '.facts[0].class = "unexplained"' 'facts'
forge 'a fact that is structure' 1 '.facts[0].class = "structure"' 'does not'
forge 'something missing' 1 '.missing = [{"path": "tree/gone", "type": "file"}]' 'the verdict is mismatch, and not waived'
forge 'something ambiguous' 1 '.ambiguous = ["two outputs"]' 'the verdict is mismatch'
forge 'something undecided' 1 '.undecided = ["a limit"]' 'the verdict is undecided'
forge 'the verdict of a file' 1 '(.files[] | select(.path == "tree/info") | .verdict) = "identical"' 'does not follow'
forge 'more bytes judged' 1 '.judged.bytes += 1' 'judged'
forge 'of more' 1 '.judged.of += 1' 'judged'
forge 'a reason more' 1 '.reasons += ["All is well."]' 'reasons'
forge 'no reason' 1 '.reasons = []' 'reasons'
forge 'another image' 1 '.image.sha256 = ("0" * 64)' 'speaks of another image'
forge 'no image' 1 'del(.image.sha256)' 'which image'
forge 'an image of another size' 1 '.image.size += 1' 'not the image'
forge 'nothing that it was compared with' 1 '.expected = []' 'compared with'
forge 'a rebuild that nobody made' 64 '.expected[0].kind = "rebuild"' 'not as it should be'
forge 'a policy that failed' 1 '.policy.result = "fail" | .policy.failures = ["x"]' 'did not hold when'
forge 'a policy that failed without a failure' 64 '.policy.result = "fail"' 'not as it should be'
forge 'a scope' 1 '.options.scope = ["**"]' 'does not grant'
forge 'no program' 64 '.options.program_sha256 = null' 'not as it should be'
for member in accounting ambiguous expected fact_accounting facts files findings image judged missing options policy reasons undecided verdict; do
    forge "no $member" 64 "del(.$member)" 'not as it should be'
done
forge 'no schema' 64 'del(.schema)' 'schema'
forge 'a path that is called a rebuild' 64 '.expected[0].kind = "rebuild"' 'the member "control_groups" is not as it should be'
if grep -q 'GLib-WARNING' said.txt; then cat said.txt >&2; fail 'an error over another one'; fi
forge 'no sums at all' 64 'del(.accounting, .fact_accounting, .judged)' 'not as it should be'
if grep -q 'GLib-WARNING' said.txt; then cat said.txt >&2; fail 'an error over another one'; fi
forge 'another schema' 64 '.schema = "assay.report/2"' 'schema'
forge 'a count below nothing' 64 '.accounting.waived = -1' 'not as it should be'
forge 'a count as text' 64 '.accounting.waived = "1"' 'not as it should be'

# --- what is no JSON as we write it ---
text() { printf '%s' "$2" > forged.json; gate "$1" 64 forged.json "$3"; }
good=$(cat good.json)
text 'two verdicts' "$(printf '%s' "$good" | sed 's/"verdict":"waived"}$/"verdict":"waived","verdict":"waived"}/')" 'duplicate'
text 'something behind the end' "$good{}" 'end of file'
text 'a number with a fraction' "$(printf '%s' "$good" | sed 's/"waived":1,/"waived":1.0,/; s/"waived":1}/"waived":1.0}/')" 'integer'
text 'a number of 2^63' "$(printf '%s' "$good" | sed 's/"total":[0-9]*/"total":9223372036854775808/')" 'integer'
text 'a NUL in a name' "$(printf '%s' "$good" | sed 's/tree.info/tree\\u0000info/g')" 'NUL'
text 'half a report' "$(printf '%.500s' "$good")" 'forged.json:1'
text 'nothing' '' 'forged.json:1'
text 'an array' '[]' 'schema'
{ printf '{"schema":'; head -c 100000 /dev/zero | tr '\0' '['; } > forged.json
gate 'a hundred thousand arrays in each other' 64 forged.json 'deeper than 64'
head -c 300000000 /dev/zero | tr '\0' ' ' > forged.json
gate 'blanks without end' 64 forged.json '256 MiB'
gate 'a device without end' 64 /dev/zero '256 MiB'
rm forged.json

# --- what is said twice ---
"$assay" compare image.tar expected.tar --policy gate.policy --report good.json --quiet || fail 'the report'
empty='.files = [] | .facts = [] | .findings = [] | .policy.used = [] | .accounting[] = 0 | .fact_accounting[] = 0 | .judged = {bytes: 0, of: 0}'
forge 'nothing at all' 1 "$empty" 'names no file'
forge 'nothing at all that is undecided' 2 "$empty | .verdict = \"undecided\"" 'the verdict is undecided'
last='([.findings | to_entries[] | select(.value.path == "." and .value.class == "structure") | .key] | last) as $k'
forge 'a finding of the image elsewhere' 1 "$last | .findings[\$k].range.offset += 1" 'do not stand there'
forge 'a finding that shows no bytes' 1 "$last | del(.findings[\$k].shipped)" 'does not show its bytes'
forge 'a finding that shows other bytes' 1 '(.findings[] | select(.path == "." and .class == "structure") | .shipped) |= (.[:-1] + (if .[-1:] == "0" then "1" else "0" end))' 'do not stand there'
forge 'a finding that shows more bytes than it has' 64 '(.findings[] | select(.class == "waived") | .shipped) += "00"' 'not as it should be'
forge 'a file of another digest than was expected' 1 '(.files[] | select(.path == "tree/numbers") | .sha256) = ("0" * 64)' 'two digests'
forge 'a file whose other digest is gone' 1 'del(.files[] | select(.path == "tree/numbers") | .expected_sha256)' 'two digests'
forge 'a file without digests' 1 'del(.files[] | select(.path == "tree/numbers") | .expected_sha256, .sha256)' 'has no digest'
forge 'a member in a container that is not there' 1 '(.files[] | select(.path == "tree/numbers") | .path) = "more.tar//numbers" | (.facts[] | select(.path == "tree/numbers") | .path) = "more.tar//numbers"' 'stands in nothing'
forge 'a member left out everywhere' 1 '(.files[] | select(.path == "tree/numbers") | .accounting.total) as $n | .files |= map(select(.path != "tree/numbers")) | .fact_accounting as $f
    | ([.facts[] | select(.path == "tree/numbers")] | length) as $m | .facts |= map(select(.path != "tree/numbers")) | .fact_accounting.explained -= $m | .fact_accounting.total -= $m
    | .accounting.identical -= $n | .accounting.total -= $n | .judged.bytes -= $n | .judged.of -= $n' 'other bytes to its members'
# a report of a mismatch, made a pass by hand
"$assay" compare broken.tar expected.tar --policy gate.policy --report bad.json --quiet || :
jq -cS --slurpfile good good.json '.accounting.identical += .accounting.unexplained | .accounting.unexplained = 0 | .files |= map(.accounting.identical += .accounting.unexplained | .accounting.unexplained = 0
    | if .verdict == "mismatch" then .verdict = "identical" else . end) | .findings |= map(select(.class != "unexplained")) | .facts |= map(select(.class != "unexplained"))
    | .fact_accounting.identical += .fact_accounting.unexplained | .fact_accounting.unexplained = 0 | .verdict = "waived" | .reasons = $good[0].reasons | .policy = $good[0].policy' bad.json > forged.json
gate 'a mismatch whose findings are gone' 1 forged.json 'does not add up' --policy gate.policy --trust-report --image broken.tar
# archives in an archive: what is found in one of them stands there, and nowhere else
cp good.json outer.json && cp gate.policy outer.policy
mkdir inside && seq 1 200 > inside/numbers && seq 1 300 > inside/more
for time in 1700000000 1700000777; do
    for inner in 1 2; do tar --format=gnu --owner=0 --group=0 --mtime="@$time" -cf "inner$inner.tar" -C inside numbers more; done
    pack "nested$time.tar" inner1.tar inner2.tar
done
printf 'policy: 1\nrequire: {expected: path}\n' > gate.policy
"$assay" compare nested1700000777.tar nested1700000000.tar --policy gate.policy --report good.json --quiet || fail 'the report of archives in an archive'
# nested STORY CODE JQ-PROGRAM TEXT
nested() {
    jq -cS "$3" good.json > forged.json
    gate "$1" "$2" forged.json "$4" --policy gate.policy --trust-report --image nested1700000777.tar
}
nested 'archives in an archive' 0 . 'every line holds'
first='([.findings | to_entries[] | select(.value.path == "inner1.tar" and .value.class == "structure") | .key]) as $k'
nested 'a finding in an archive in it, elsewhere' 1 "$first | .findings[\$k[-1]].range.offset += 1" 'do not stand there'
nested 'a finding of it where the members are' 1 "$first | .findings[\$k[-1]].range.offset = 520" 'do not stand there'
nested 'a finding of one archive said of the other' 1 "$first | .findings[\$k[-1]].path = \"inner2.tar\"" 'does not add up'
nested 'two archives that exchanged findings and sums' 1 "$first | .findings[\$k[-1]].path = \"inner2.tar\" | .findings |= sort_by(.path, .range.offset)
    | (.files[] | select(.path == \"inner1.tar\") | .accounting) |= (.structure -= 512 | .identical += 512)
    | (.files[] | select(.path == \"inner2.tar\") | .accounting) |= (.structure += 512 | .identical -= 512) | .findings[-1].range.offset = 5120" 'the report '
nested 'a file that the image does not hold' 1 '(.files[], .findings[], .facts[]) |= (if .path | startswith("inner2.tar") then .path |= sub("inner2"; "other2") else . end)' 'the report '
cp outer.json good.json && cp outer.policy gate.policy
# programs have sections
if command -v gcc > /dev/null; then
    cp good.json tar.json && cp gate.policy tar.policy
    printf 'policy: 1\nrequire: {verdict: waived, expected: path}\nwaive: [{path: ".", range: {section: .stamp, max-size: 16}, reason: stamp, owner: release}]\n' > gate.policy
    printf 'const char stamp[16] __attribute__ ((section (".stamp"))) = "STAMP-0001"; const int other = 7;\nint main (void) { return stamp[0] + other; }\n' > program.c
    gcc -O0 -Wl,-z,separate-code -o expected.elf program.c && cp expected.elf image.elf
    poke image.elf $(($(grep -abo STAMP-0001 image.elf | head -n 1 | cut -d : -f 1) + 9)) 2
    "$assay" compare image.elf expected.elf --policy gate.policy --report good.json --quiet || fail 'the report of a program'
    ask='--policy gate.policy --trust-report --image image.elf'
    # elf STORY JQ-PROGRAM TEXT
    elf() {
        jq -cS "$2" good.json > forged.json
        # shellcheck disable=SC2086 # arguments
        gate "$1" 1 forged.json "$3" $ask
    }
    # shellcheck disable=SC2086
    gate 'a program' 0 good.json 'every line holds' $ask
    elf 'a section that is identical and holds a finding' '(.files[0].sections[] | select(.name == ".stamp") | .class) = "identical"' 'not what its findings say'
    elf 'a section that holds none and is waived' '(.files[0].sections[] | select(.name == ".text") | .class) = "waived"' 'not what its findings say'
    elf 'an identical section with two digests' '(.files[0].sections[] | select(.name == ".text") | .expected_sha256) = ("0" * 64)' 'not what its findings say'
    elf 'a section outside of the file' '(.files[0].sections[] | select(.name == ".text") | .offset) = 1000000' 'not what its findings say'
    elf 'a waiver that moved to code' '(.files[0].sections[] | select(.name == ".text") | .offset) as $at | .findings[0].range.offset = $at' 'does not add up'
    cp tar.json good.json && cp tar.policy gate.policy
fi

# --- what the report says of files, and the image has otherwise ---
# A directory is listed, whatever was found in it; an archive where something was.
mkdir -p held/etc held/bin && echo conf > held/etc/conf && echo tool > held/bin/tool && tar --format=ustar -cf held/some.tar -C held etc
ln -s conf held/etc/link && chmod 755 held held/* && chmod 644 held/some.tar
cp -a held linked && ln -s /elsewhere linked/etc/local
printf 'policy: 1\nrequire: {expected: path}\n' > held.policy
"$assay" compare held held --policy held.policy --report held.json --quiet || fail 'the report of the directory'
"$assay" compare linked held --policy held.policy --report linked.json --quiet && fail 'a link more passes'
# held STORY CODE IMAGE JQ-PROGRAM TEXT
held() {
    jq -cS "$4" held.json > forged.json
    gate "$1" "$2" forged.json "$5" --policy held.policy --trust-report --image "$3"
}
held 'a directory that is as the report says' 0 held . 'every line holds'
held 'a link that the report of a directory does not name' 1 linked ".image.sha256 = $(jq .image.sha256 linked.json)" 'the image has etc/local, of which the report says nothing'
held 'another digest of a file of a directory' 1 held '(.files[] | select(.path == "bin/tool")) |= (.sha256 = ("0" * 64) | .expected_sha256 = .sha256)' 'says of bin/tool that its content has another digest'
held 'another digest of an archive in a directory' 1 held '(.files[] | select(.path == "some.tar")) |= (.sha256 = ("0" * 64) | .expected_sha256 = .sha256)' ' digest'
held 'a directory by another name' 1 held '(.files[] | select(.path == "etc")) |= (.path = "opt")' 'speaks of opt, which the image does not have'
held 'a directory that is left out' 1 held 'del(.files[] | select(.path == "etc"))' 'the image has etc, of which the report says nothing'
held 'a link that is called a device' 1 held '(.files[] | select(.path == "etc/link")) |= (.type = "block-device")' 'says of etc/link that it is of another type'
# what a fact calls shipped, a line that waives it was held to
cp -a held owned && chmod 640 owned/etc/conf
printf 'policy: 1\nrequire: {expected: path, verdict: waived}\nwaive: [{path: etc/conf, fact: mode, reason: r, owner: o}]\n' > held.policy
"$assay" compare owned held --policy held.policy --report held.json --quiet || fail 'a mode that is waived'
held 'a directory with a mode that is waived' 0 owned . 'every line holds'
held 'a fact that says another mode' 1 owned '(.facts[] | select(.fact == "mode") | .shipped) = "0100600" | .reasons |= map(gsub("640"; "600"))' 'says of etc/conf a fact that it does not have'
cp outer.json good.json && cp outer.policy gate.policy
forge 'another digest of a file of an archive' 1 '(.files[] | select(.path == "tree/numbers")) |= (.sha256 = ("0" * 64) | .expected_sha256 = .sha256)' 'says of tree/numbers that its content has another digest'
forge 'an entry of an archive by another name' 1 '(.files[] | select(.path == "tree/numbers")) |= (.path = "tree/words") | (.facts[] | select(.path == "tree/numbers")) |= (.path = "tree/words") | .reasons |= map(gsub("tree/numbers"; "tree/words"))' 'speaks of tree/words, which the image does not have'

# --- what is called otherwise, in a report that adds up ---
# What a rule cannot explain, a line does not speak of, or nobody granted: whatever the sums are.
mkdir -p rights/s rights/e && for side in s e; do printf 'k' > rights/$side/su; done && chmod 4777 rights/s/su && chmod 755 rights/e/su
# relabel STORY POLICY-LINE CLASS RULE WAIVER TEXT: the one fact of the report
relabel() {
    printf 'policy: 1\nrequire: {verdict: waived, expected: path}\n%s\n' "$2" > relabel.policy
    "$assay" compare rights/s rights/e --policy relabel.policy --report made.json --quiet && fail "$1: passes as it is"
    jq -cS --arg class "$3" --arg rule "$4" --argjson waiver "$5" '
        .facts[0].class = $class | .facts[0].rule = $rule | (if $waiver == null then . else .facts[0].waiver = $waiver end)
        | .fact_accounting.unexplained = 0 | .fact_accounting[$class] = 1
        | ({"outside": "identical", "explained": "equivalent", "waived": "waived"}[$class]) as $verdict
        | .verdict = $verdict | (.files[] | select(.path == "su") | .verdict) = $verdict
        | .policy.result = "pass" | .policy.failures = []
        | .policy.used = (if $waiver == null then [] else [{"kind": "waiver", "line": $waiver.line, "path": "su", "reason": $waiver.reason, "owner": $waiver.owner, "bytes": 0, "facts": 1}] end)' \
        made.json > relabelled.json
    gate "$1" 1 relabelled.json "$6" --policy relabel.policy --trust-report --image rights/s
}
line='{"kind": "waiver", "line": 3, "reason": "r", "owner": "o"}'
relabel 'a mode outside of no scope' '' outside scope null 'none was granted'
relabel 'a mode as a time' '' explained container-time null 'no rule explains the fact'
relabel 'a mode as a signature' '' explained signature null 'no rule explains the fact'
relabel 'a mode under a line for bytes' 'waive: [{path: su, range: {offset: 0, length: 1}, reason: r, owner: o}]' waived waiver "$line" 'does not waive what the report says'
relabel 'a mode under a line for owners' 'waive: [{path: su, fact: uid, reason: r, owner: o}]' waived waiver "$line" 'does not waive what the report says'
relabel 'a mode with rights under a line that allows none' 'waive: [{path: su, fact: mode, reason: r, owner: o}]' waived waiver "$line" 'does not waive what the report says'

# --- by chance ---
# What a verdict follows from; a report that was changed elsewhere still says the same.
bearing='[.verdict, .accounting, .fact_accounting, .judged, .image.sha256, .image.size, .policy.sha256, .policy.result, .options.scope, .options.mode,
 [.expected[].kind], [.files[] | [.size, .accounting, .verdict, .origin]], [.facts[].class], [.findings[] | [.class, .range.length, .waiver.line]],
 (.missing | length), (.undecided | length), (.ambiguous | length)]'
jq -c "$bearing" good.json > bearing.good
changed=0 passed=0
for seed in $(seq 1 200); do
    perl -e '
        srand ($ARGV[0]); local $/; open F, "<", "good.json"; my $r = <F>;
        my @kinds = (sub { substr ($r, int (rand (length $r)), 1) = chr (32 + int (rand (95))) },
                     sub { my $n = () = $r =~ /\d+/g; my $k = int (rand ($n)); my $i = 0; $r =~ s/(\d+)/$i++ == $k ? int (rand (1000)) : $1/ge },
                     sub { my @w = qw(identical explained waived structure outside unexplained undecided mismatch equivalent);
                           my $n = () = $r =~ /:"[a-z]+"/g; my $k = int (rand ($n)); my $i = 0; $r =~ s/:"([a-z]+)"/$i++ == $k ? ":\"$w[rand (@w)]\"" : ":\"$1\""/ge },
                     sub { my $a = int (rand (length $r)); substr ($r, $a, 1 + int (rand (40))) = "" });
        $kinds[rand (@kinds)]->(); print $r;' "$seed" > mutant.json
    if cmp -s mutant.json good.json; then continue; fi
    changed=$((changed + 1)) code=0
    "$assay" gate mutant.json --policy gate.policy --trust-report --image image.tar > said.txt 2>&1 || code=$?
    case $code in
        0)  passed=$((passed + 1))
            jq -c "$bearing" mutant.json > bearing.new; cmp -s bearing.new bearing.good || { cat said.txt >&2; diff bearing.new bearing.good >&2; fail "mutant $seed passes and says something else"; } ;;
        1 | 2 | 64) ;;
        *)  cat said.txt >&2; fail "mutant $seed: exit $code" ;;
    esac
done
[ "$changed" -ge 100 ] || fail "only $changed mutants"
printf 'ok: %s: %s changed reports; the %s that pass say the same\n' "$name" "$changed" "$passed"
