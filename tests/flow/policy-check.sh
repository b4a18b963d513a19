#!/bin/sh
# `assay policy check`: each warning where it belongs and nowhere else, errors with line, column and caret; and
# `--explain`, at verify's like and at the gate: each rule of the policy in its order, within 80 columns.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # backquotes that assay writes
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin policy-check jq openssl

none=$(printf '0%.0s' $(seq 64))
openssl genpkey -algorithm ed25519 -out key.pem 2> /dev/null && openssl pkey -in key.pem -pubout -out a.pem
good="pin: {recipe: [$none], source: [$none]}"
policy() { printf 'policy: 1\n' > p.policy; printf '%s\n' "$@" >> p.policy; }

# warns PLACE TEXT LINE...: one warning, there (`-`: none); the policy's first line is 2. $time: options
time=''
warns() {
    place=$1 text=$2
    shift 2
    policy "$@"
    # shellcheck disable=SC2086 # options
    run "$*" policy check p.policy $time
    ends 0
    count=$(grep -c ': warning: ' out || :)
    if [ "$place" = - ]; then
        [ "$count" = 0 ] || shown 'a warning where none belongs'
        says out 'p.policy: well-formed, no warnings'
    else
        [ "$count" = 1 ] || shown "$count warnings"
        says out "p.policy$place: warning: " "$text" 'p.policy: well-formed, 1 warning'
    fi
    awk 'length > 80 { exit 1 }' out || shown 'more than 80 columns'
    [ ! -s err ] || shown 'something on standard error'
    ok "$(echo "$what" | sed 's/0\{64\}/0/g'): $place"
}

warns - '' "$good"
warns '' 'nothing is pinned' 'require: {verdict: identical}'
warns :2:1 'the recipe is not pinned' "pin: {source: [$none]}"
warns :2:1 'nothing is pinned' 'pin: {product: p}'
warns - '' 'require: {expected: path}'
warns :2:1 'a comparison has no recipe' "$good" 'require: {expected: path}'
warns :3:11 'this program makes and reads no references' "$good" 'require: {expected: reference}'
warns :2:27 'a comparison rebuilds nothing' 'require: {expected: path, rebuilds: 2}'
warns :2:27 'a comparison records nothing' 'require: {expected: path, origin: known}'
warns :3:1 'leaves out the owner and mode of `etc`' "$good" 'scope: ["etc/**"]'
warns - '' "$good" 'scope: [etc, "etc/**"]'
warns - '' "$good" 'scope: ["**"]'
warns :3:11 'one unexplained byte is a mismatch' "$good" 'require: {unexplained: 0}'
warns :3:11 'one unreproducible byte is a mismatch' "$good" 'require: {unreproducible: 7}'
warns - '' "$good" 'require: {unreproducible: 0}'
for key in recompressed cached unseen; do
    warns :3:11 '`true` holds without it' "$good" "require: {$key: true}"
    warns - '' "$good" "require: {$key: false}"
done
for key in set-id capabilities writable-code executable-stack debug-information symbol-tables added-files; do
    warns :3:10 '`false` holds without it' "$good" "forbid: {$key: false}"
    warns :3:10 'its exceptions name no file by name' "$good" "forbid: {$key: {except: [\"**\"]}}"
    warns - '' "$good" "forbid: {$key: {except: [\"**/a\"]}}"
done
for key in waive blobs signatures; do warns :3:1 'the list is empty' "$good" "$key: []"; done
line='reason: r, owner: o'
waived='require: {verdict: waived}'
warns :4:9 'has no `expires`' "$good" "$waived" "waive: [{path: a, $line}]"
warns - '' "$good" "$waived" "waive: [{path: a, expires: 2027-01-01, $line}]"
warns :4:10 'names no file by name' "$good" "$waived" "waive: [{path: \"**\", expires: 2027-01-01, $line}]"
warns :4:10 'names no file by name' "$good" "$waived" "waive: [{path: \"*//**\", expires: 2027-01-01, $line}]"
warns - '' "$good" "$waived" "waive: [{path: \"**\", range: {section: .note.gnu.build-id, max-size: 64}, expires: 2027-01-01, $line}]"
warns :4:10 'names no file by name' "$good" "$waived" "waive: [{path: \"**\", range: {section: .rodata, max-size: 65}, expires: 2027-01-01, $line}]"
warns - '' "$good" "$waived" "waive: [{path: \"**/a\", expires: 2027-01-01, $line}]"
warns :4:9 'the waiver of a symbol has no `max-size`' "$good" "$waived" "waive: [{path: a, range: {symbol: f}, expires: 2027-01-01, $line}]"
warns :3:1 'what is waived never passes' "$good" "waive: [{path: a, expires: 2027-01-01, $line}]"
warns :4:1 'wants the verdict `identical`' "$good" 'require: {verdict: identical}' "blobs: [{path: a, sha256: $none, reason: r}]"
warns - '' "$good" "$waived" "blobs: [{path: a, sha256: $none, reason: r}]"
time='--time 2027-01-01'
warns :4:19 'the waiver has expired' "$good" "$waived" "waive: [{path: a, expires: 2027-01-01, $line}]"
warns - '' "$good" "$waived" "waive: [{path: a, expires: 2027-01-02, $line}]"
warns :3:1 'the policy has expired' "$good" 'expires: 2027-01-01'
warns - '' "$good" 'expires: 2027-01-02'
time=''
warns - '' "$good" 'expires: 1999-01-01'
warns - '' "$good" 'max-age: 30d'
slot='slot: a, covers: b, max-size: 64, scheme: ed25519'
warns - '' "$good" "signatures: [{$slot, key: a.pem}]"
warns :3:14 'the key file `gone.pem` is not there' "$good" "signatures: [{$slot, key: gone.pem}]"
policy 'require: {rules: [filler]}' "$good" "signatures: [{$slot, key: a.pem}]"
run 'a signature that no rule may explain' policy check p.policy
ends 0
says out 'p.policy:4:14: warning: what it explains never passes: `require.rules` does not list `signature`'
ok "$what"
policy "signatures: [{$slot, key: a.pem}]"
run 'a signature without a pinned recipe' policy check p.policy
ends 0
says out 'p.policy:2:14: warning: it is not granted' 'p.policy: warning: nothing is pinned' '2 warnings'
ok "$what"
policy "$good" 'attestations: {threshold: 1, parties: [{name: lab, keys: [a.pem, gone.pem]}]}'
run 'parties' policy check p.policy
ends 0
says out 'the key file `gone.pem` is not there'
ok "$what"

# --- errors ---
# errs PLACE TEXT COLUMNS LINE...: with the line, and a caret behind so many columns of it
errs() {
    place=$1 text=$2 columns=$3
    shift 3
    policy "$@"
    run "$*" policy check p.policy
    ends 64
    says err "p.policy:$place: " "$text"
    [ ! -s out ] || shown 'something on standard output'
    caret=$(printf '%*s^' $((8 + columns)) '')
    grep -qxF -e "$caret" err || shown 'no caret there'
    ok "$what: $place, with a caret"
}
errs 2:20 'is not one of' 19 'require: {verdict: fine}'
errs 2:1 'unknown key' 0 'requires: {}'
errs 3:1 'duplicate key' 0 'require: {}' 'require: {}'
errs 2:19 'there is no rule `nope`' 18 'require: {rules: [nope]}'
errs 2:10 'tag' 9 'require: !!map {}'
# behind a tab and wide characters
policy "pin: {product: \"$(printf '\344\270\255\346\226\207')\", sources: []}"
run 'a place behind wide characters' policy check p.policy
ends 64
says err 'p.policy:2:22: unknown key'
grep -qxF -e "$(printf '%*s^' $((8 + 23)) '')" err || shown 'no caret there'
ok "$what"
# a long line is shown in part, and nothing of it reaches the terminal as it is
policy "waive: [$(seq -s ' ' 3000 | tr -dc '0-9 ' | cut -c1-9000)"
run 'a long line' policy check p.policy
ends 64
awk 'NR > 1 && length > 80 { exit 1 }' err || shown 'more than 80 columns'
ok "$what"
printf 'policy: 1\nrequire: {verdict: "\033[2J\xc2\x9b"}\n' > p.policy
run 'controls in a policy' policy check p.policy
ends 64
LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' err && shown 'a control on standard error'
ok "$what"
for file in absent .; do
    run "a policy that cannot be read: $file" policy check $file
    ends 64
    ok "$what"
done
echo 'policy: 1' > p.policy
run 'standard input' policy check - --quiet
ends 64
"$assay" policy check - < p.policy > out 2> err || fail 'from standard input'
says out '-: well-formed'
run 'quiet' policy check p.policy --quiet
ends 0
[ ! -s out ] || shown 'not quiet'
for words in '' 'lint' 'check' 'check a b' 'check p.policy --time never' 'check p.policy --color blue'; do
    # shellcheck disable=SC2086 # words
    run "usage: $words" policy $words
    ends 64
done
echo junk > b.pem
policy "$good" "signatures: [{$slot, key: b.pem}]"
run 'a key file that holds no key' policy check p.policy
ends 64
says err 'p.policy:3:14: '
ok "$what"

# --- --explain ---
echo one > image
cat > p.policy <<END
policy: 1
scope: ["**"]
forbid: {set-id: true, symbol-tables: {except: [a]}}
require:
  expected: path
  outside: 0
  verdict: identical
  cached: true
waive:
  - {path: a, reason: r, owner: o}
END
tree_of() { sed -n '/^The rules of/,$p' out; }
run 'explained' compare image image --policy p.policy --report report.json --explain
ends 0
tree_of > compared
run 'explained at the gate' gate report.json --policy p.policy --trust-report --image image --explain
ends 0
tree_of > gated
for tree in compared gated; do
    awk 'length > 80 { exit 1 }' $tree || fail "$tree: more than 80 columns"
    # in the order of the policy
    awk '/^(held|FAILED|not asked) / && /[0-9]+:[0-9]+/ { print $(NF - 1), $NF }' $tree > order
    printf '%s\n' '2:1 scope' '3:10 forbid.set-id' '3:24 forbid.symbol-tables' '5:3 require.expected' '6:3 require.outside' '7:3 require.verdict' \
        '8:3 require.cached' '10:5 waive[0]' > wanted
    cmp -s order wanted || { cat $tree >&2; fail "$tree: another order"; }
    for text in '4 of 4 bytes judged' 'no file runs as its owner or group' 'the verdict is identical, at least identical is required' 'nothing needed it'; do
        grep -qF -e "$text" $tree || { cat $tree >&2; fail "$tree: not said: $text"; }
    done
    grep -qx 'not asked  8:3      require.cached' $tree || fail "$tree: what nobody asks is called otherwise"
    grep -q FAILED $tree && fail "$tree: something failed"
    sed -n '/^Not asked/,$p' $tree | tr '\n' ' ' | grep -qF 'forbid.capabilities' || fail "$tree: nothing is not asked"
done
ok 'each rule in its order, at a comparison and at the gate'
printf two >> image
run 'explained where it fails' compare image p.policy --policy p.policy --explain
ends 1
tree_of > compared
grep -A 1 'FAILED *7:3 *require.verdict' compared | grep -q 'the verdict is mismatch, at least identical' || { cat compared >&2; fail 'the verdict'; }
ok "$what"
run 'at the gate as JSON' gate report.json --policy p.policy --trust-report --image-sha256 "$none" --explain --format json
ends 1
jq -e '(.rules | map(select(.rule == "require.verdict")) | .[0] | .outcome == "held" and .line == 7 and .column == 3)
       and (.rules | map(select(.rule == "forbid.capabilities")) | .[0] | .outcome == "not-asked" and .line == null)' out > /dev/null || shown 'other rules'
ok "$what"
run 'without a policy' compare image image --explain
ends 64
run 'in another form' compare image image --policy p.policy --explain --format json
ends 64
leaves_nothing
