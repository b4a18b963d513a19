#!/bin/sh
# T20: what the image and the policy say of themselves no report can say otherwise, or keep silent about, at the gate.
# shellcheck disable=SC1091,SC2154,SC2016 # lib.sh lies beside, and says what is named there; backquotes that assay writes
set -eu
. "$(dirname "$0")/lib.sh"

digest() { sha256sum "$1" | cut -d ' ' -f 1; }
# made STORY CODE IMAGE EXPECTED LINE...: good.json under a policy of these lines
made() {
    story=$1 wanted=$2 image=$3 other=$4
    shift 4
    printf 'policy: 1\nrequire: {expected: path, verdict: waived}\n' > gate.policy
    printf '%s\n' "$@" >> gate.policy
    code=0
    "$assay" compare "$image" "$other" --policy gate.policy --report good.json > said.txt 2>&1 || code=$?
    [ "$code" = "$wanted" ] || { cat said.txt >&2; fail "$story: exit $code, expected $wanted"; }
}
# tell STORY CODE JQ-PROGRAM TEXT: that report, changed, with the image
tell() {
    jq -cS ".policy.result = \"pass\" | .policy.failures = [] | $3" good.json > forged.json
    gate "$1" "$2" forged.json "$4" --policy gate.policy --trust-report --image "$image"
}

# --- what a line of `blobs` speaks of is the file of its digest, and what was unpacked from that ---
mkdir -p a/fw b/fw && seq 100 299 > a/fw/radio && seq 300 499 > b/fw/radio && chmod 755 a/fw b/fw && chmod 644 a/fw/radio b/fw/radio
(cd a && pack ../fw.tar fw/radio) && pack image.tar fw.tar
(cd b && pack ../fw.tar fw/radio) && pack expected.tar fw.tar
(cd a && pack ../fw.tar fw/radio)
blobs="blobs: [{path: fw.tar, sha256: $(digest fw.tar), reason: r}]"
made 'a blob' 0 image.tar expected.tar "$blobs"
jq -e 'any(.findings[]; .path == "fw.tar//fw/radio" and .rule == "blob")' good.json > /dev/null || fail 'nothing of the blob is waived'
tell 'a blob' 0 . 'every line holds'
sed -i "s/$(digest fw.tar)/$(digest image.tar)/" gate.policy
tell 'a blob that the line does not speak of' 1 ".policy.sha256 = \"$(digest gate.policy)\"" 'does not waive what the report says of fw.tar//fw/radio'
sed -i 's/fw.tar/fw/' gate.policy
tell 'a directory as a blob' 1 ".policy.sha256 = \"$(digest gate.policy)\"" 'does not waive what the report says of fw.tar//fw/radio'

# --- paths without end ---
made 'a directory' 0 a a 'forbid: {set-id: true}'
perl -0pe 's#("path":")fw("[^{}]*"verdict":)#$1 . "a/" x 200000 . "a" . $2#e' good.json > long.json
cmp -s good.json long.json && fail 'no path is long'
printf '#!/bin/sh\nexec prlimit --cpu=20 "%s" "$@"\n' "$assay" > bounded && chmod +x bounded
unbounded=$assay
assay=$PWD/bounded
gate 'a path of 200,000 directories' 1 long.json 'which the image does not have' --policy gate.policy --trust-report --image a
assay=$unbounded

# --- what is outside follows from the scope, by the rule of the account ---
# outside PATH: the jq program that calls a file outside, whose bytes are all its own
outside() {
    printf '. as $r | (.files[] | select(.path == "%s")) |= (.verdict = "outside" | .accounting |= (.total as $n | .[] = 0 | .outside = $n | .total = $n) | del(.expected_sha256, .origin, .expected_path))
        | .findings |= map(select(.path != "%s")) + [{cause: "unknown", class: "outside", message: "m", path: "%s", rule: "scope", range: {offset: 0, length: ($r.files[] | select(.path == "%s") | .size)}}]
        | .accounting as $old | .accounting = (reduce .files[].accounting as $a ($old | .[] = 0; reduce ($old | keys[]) as $k (.; .[$k] += $a[$k])))
        | .judged.bytes = .accounting.total - .accounting.outside | .verdict = "identical" | .missing = []' "$1" "$1" "$1" "$1"
}
mkdir -p c/bin && printf 'good' > c/bin/app && printf 'more' > c/bin/more && chmod 755 c/bin && chmod 644 c/bin/*
(cd c && pack ../inner.tar bin/app bin/more) && printf 'text' > note && pack expected.tar inner.tar note
printf 'evil' > c/bin/app && (cd c && pack ../inner.tar bin/app bin/more) && pack image.tar inner.tar note
made 'what a container in scope holds' 1 image.tar expected.tar 'scope: [inner.tar]'
tell 'what a container in scope holds, called outside' 1 "$(outside inner.tar//bin/app)" 'inner.tar//bin/app is in the scope, and called outside of it'
made 'a scope of two globs' 0 expected.tar expected.tar 'scope: [note, "inner.tar//bin/*"]'
tell 'a scope of two globs' 0 . 'every line holds'
tell 'a glob that names nothing' 1 '.files |= map(select(.path | startswith("inner.tar//") | not)) | .facts = []' 'no file of it is in its scope `inner.tar//bin/*`'
made 'a scope of one glob' 0 expected.tar expected.tar 'scope: [note]'
# what lies outside and is called a part of the scope
jq -c '(.files[] | select(.path == "inner.tar//bin/app")) |= (.verdict = "identical" | .expected_sha256 = .sha256)' good.json > /dev/null
tell 'a directory or file beside the scope, called equal' 1 '(.files[] | select(.path == "inner.tar//bin/app")) |= (.verdict = "identical" | .accounting |= (.identical = .outside | .outside = 0) | .sha256 = "'"$(printf good | sha256sum | cut -d ' ' -f 1)"'" | .expected_sha256 = .sha256 | .origin = "unknown")
    | .findings |= map(select(.path != "inner.tar//bin/app")) | .accounting |= (.identical += 4 | .outside -= 4) | .judged.bytes += 4
    | .reasons |= map(gsub("20,476 bytes in 4 files"; "20,472 bytes in 3 files"))' 'inner.tar//bin/app is not in the scope, and called a part of it'
# where a hard link leads only the image says
mkdir -p h && printf 'good' > h/app && chmod 644 h/app && ln h/app h/other && (cd h && pack ../expected.tar app other)
printf 'side' > h/side && chmod 644 h/side && (cd h && pack ../image.tar side app other) && (cd h && pack ../expected.tar side app other)
made 'a file that has another name' 0 image.tar expected.tar 'scope: [app]'
jq -e '[.files[] | select(.verdict == "outside")] | length == 0' good.json > /dev/null || fail 'a file that has another name leaves something out'
tell 'what a link leads into the scope, called outside' 1 "$(outside side) | .reasons = [\"Every byte and every fact that was judged is equal.\", \"4 bytes in 1 file lie outside the granted scope and were not judged; the first at offset 0x0 of side.\"]" 'side is in the scope, and called outside of it'
chmod 755 h/side && (cd h && pack image.tar side app) && mv h/image.tar image.tar && chmod 644 h/side && (cd h && pack ../expected.tar side app)
made 'a mode in scope' 1 image.tar expected.tar 'scope: [app, side]'
tell 'a fact called outside' 1 '(.facts[] | select(.fact == "mode")).class = "outside" | .fact_accounting |= (.unexplained -= 1 | .outside += 1)' 'has a fact of a class that facts of its rule do not have'

# --- what could not be read to its end may hold what is forbidden, also beside a scope ---
mkdir -p t/bin && printf 'tool' > t/bin/su && chmod 755 t/bin && chmod 4755 t/bin/su && (cd t && pack ../whole.tar bin/su)
head -c 514 whole.tar > image.tar
made 'an archive that is cut off' 1 image.tar image.tar 'forbid: {set-id: true}'
tell 'an archive that is cut off' 1 . 'could not be read to its end: it may hold what is forbidden'
tell 'an archive that is cut off, and no word of that' 1 'del(.files[].trouble)' 'says of the image nothing of what keeps the gate from reading it to its end'
tell 'the same, and tighter limits' 1 'del(.files[].trouble) | .options.limits.entries = 1' 'nothing of what keeps the gate'
made 'an archive that is cut off and excepted' 0 image.tar image.tar 'forbid: {set-id: {except: [.]}}'
tell 'an archive that is cut off and excepted' 0 . 'every line holds'
cp whole.tar image.tar
made 'a whole archive, of which only an unread one is excepted' 1 image.tar image.tar 'forbid: {set-id: {except: [.]}}'
tell 'a whole archive that is called cut off' 1 '.files[0] as $f | .files = [$f + {trouble: "cut off"} | .accounting |= (.identical = .total + .payload | .total = .identical | .payload = 0)] | .accounting.identical = .files[0].accounting.total | .accounting.total = .accounting.identical
    | .fact_accounting[] = 0 | .judged = {bytes: .accounting.total, of: .accounting.total} | .files[0].sha256 = .image.sha256 | .files[0].expected_sha256 = .image.sha256 | .files[0].origin = "unknown"' 'says of the image that it could not be read to its end, as it can'
# within limits that the report was made with
for limit in entries=1 depth=1; do
    code=0
    (cd t && pack ../inner.tar bin/su) && printf 'note' > note && pack image.tar note inner.tar
    printf 'policy: 1\nrequire: {expected: path}\nforbid: {set-id: {except: [., inner.tar]}}\n' > gate.policy
    "$assay" compare image.tar image.tar --policy gate.policy --limit "$limit" --report good.json --quiet || code=$?
    [ "$code" = 0 ] || fail "a report within $limit: exit $code"
    jq -e 'any(.files[]; .trouble != null)' good.json > /dev/null || fail "a report within $limit has no trouble"
    tell "a report within $limit" 0 . 'every line holds'
    tell "a report within $limit that keeps silent about it" 1 'del(.files[].trouble)' 'nothing of what keeps the gate'
done
# beside a scope: what the scope may name something in
head -c 514 whole.tar > part.tar && pack image.tar note part.tar
made 'a cut archive in which a scope names nothing' 0 image.tar image.tar 'scope: [note]' 'forbid: {set-id: true}'
tell 'a cut archive in which a scope names nothing' 0 . 'every line holds'
made 'a cut archive that may hold what a broad glob names' 1 image.tar image.tar 'scope: ["**/note"]' 'forbid: {set-id: true}'
tell 'a cut archive that may hold what a broad glob names' 1 . 'part.tar could not be read to its end: it may hold what is forbidden'
(cd t && pack ../image.tar bin/su) && mkdir -p more/bin && printf 'su' > more/bin/note && chmod 644 more/bin/note && (cd t && pack image.tar bin/su && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -rf image.tar -C ../more bin/note && mv image.tar ..)
made 'a set-user-ID file in scope' 1 image.tar image.tar 'scope: ["bin/*"]' 'forbid: {set-id: true}'
# hides LIE TEXT: of the container, which then names nothing but one file
hides() {
    tell "a container beside the scope with $1 hides nothing" 1 ".files |= map(select(.path != \"bin/su\")) | .files[0] |= ($1 | .accounting |= (.payload = 2 | .outside += 4 | .total += 4))
        | .accounting |= (.identical -= 4 | .outside += 4) | .judged.bytes -= 4 | (.findings[0] | .range) = {offset: 0, length: .files[0].accounting.outside}" "$2"
}
hides '.format = "layout"' 'is divided by a layout'
hides '.flat = true' 'was not looked into: it may hold what is forbidden'
hides '.trouble = "cut off"' 'could not be read to its end: it may hold what is forbidden'
