#!/bin/sh
# Every key of a policy: a case that holds, one that does not, and one that is malformed, with line and column; and policies
# that are malformed by chance never pass. What waivers and blobs cover is tested by t13 and t16, slots by policy.sh.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
# shellcheck disable=SC2016 # backquotes that assay writes
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin policy-keys jq bwrap tar gzip xz perl openssl
make_tools mkdir cp chmod tar gzip

mkdir -m 755 source layer && echo one > source/one && echo tool > layer/tool
cat > change.patch <<'END'
--- a/one
+++ b/one
@@ -1 +1 @@
-one
+uno
END
cat > keys.recipe <<END
recipe: 1
product: keys 1
source: [{directory: source, sha256: $(tree_digest source), into: .}]
patches: [{file: change.patch, sha256: $(digest change.patch)}]
$toolchain
path: /build/keys
steps:
  - mkdir tree && cp one tree/one && echo two > tree/two && chmod 644 tree/*
  - tar --format=gnu --owner=0 --group=0 --numeric-owner --sort=name --mtime=@1 -cf image.tar -C tree one two
  - gzip -9n image.tar
outputs: [{from: image.tar.gz}]
END
# the same by this machine's own programs: without a layer, and never cached
sed /^toolchain/d keys.recipe > host.recipe
mkdir tree && echo uno > tree/one && echo two > tree/two && chmod 644 tree/*
make() { tar --format=gnu --owner=0 --group=0 --numeric-owner --sort=name --mtime="@$1" -cf image.tar -C tree one two; }
make 1 && gzip -9nc image.tar > same.gz && xz -c image.tar > image.xz && gzip -1nc image.tar > other.gz
make 2 && gzip -9nc image.tar > time.gz
echo TWO > tree/two && make 1 && gzip -9nc image.tar > differs.gz
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl pkey -in key.pem -pubout -out a.pem && openssl pkey -in key.pem -pubout -out b.pem

source_sha256=$(printf 'f 644 4 %s one\n' "$(digest source/one)" | sha256sum | cut -d ' ' -f 1)
patch_sha256=$(digest change.patch) recipe_sha256=$(digest keys.recipe) host_sha256=$(digest host.recipe)
none=$(printf '0%.0s' $(seq 64))

# policy LINE...: a policy of these lines, the first of which is line 2
policy() { printf 'policy: 1\n' > keys.policy; printf '%s\n' "$@" >> keys.policy; }
# judge EXIT IMAGE TEXT LINE...: of the rebuild, under a policy of these lines
judge() {
    expected=$1 image=$2 text=$3
    shift 3
    policy "$@"
    case $* in *toolchain:* | *cached:*) by_recipe=host.recipe ;; *) by_recipe=keys.recipe ;; esac
    run "$*" verify "$image" --recipe $by_recipe --policy keys.policy --report report.json
    ends "$expected"
    says out "$text"
    # the gate says the same of the report, but for signed statements, which it wants
    case $* in attestations*) ;; *)
        run "$* at the gate" gate report.json --policy keys.policy --trust-report --image "$image"
        ends "$expected" ;;
    esac
    ok "$*: $expected, and so at the gate"
}
# refused LINE:COLUMN TEXT LINE...
refused() {
    place=$1 text=$2
    shift 2
    policy "$@"
    run "$*" compare same.gz same.gz --policy keys.policy
    ends 64
    says err "keys.policy:$place: " "$text"
    ok "$what: refused at $place"
}

# --- pin ---
judge 0 same.gz pass 'pin: {product: keys 1}'
judge 1 same.gz 'the product is not `keys 2`' 'pin: {product: keys 2}'
refused 2:16 'expected' 'pin: {product: [keys]}'
by="recipe: [$recipe_sha256]"
judge 0 same.gz pass "pin: {$by, source: [$source_sha256]}"
judge 1 same.gz 'the source that was used is not the one' "pin: {$by, source: [$none]}"
judge 1 same.gz 'the source that was used is not the one' "pin: {$by, source: [$source_sha256, $none]}"
refused 2:15 'expected' 'pin: {source: []}'
refused 2:16 '64' 'pin: {source: [1234]}'
judge 0 same.gz pass "pin: {recipe: [$recipe_sha256]}"
judge 1 same.gz 'the recipe that was used is not the one' "pin: {recipe: [$none]}"
refused 2:82 'stands in the list already' "pin: {recipe: [$none, $none]}"
judge 0 same.gz pass "pin: {$by, patches: [$patch_sha256]}"
judge 1 same.gz 'the patches that was used is not the one' "pin: {$by, patches: []}"
refused 2:16 'expected' 'pin: {patches: none}'
judge 0 same.gz pass "pin: {$by, inputs: []}"
judge 1 same.gz 'the inputs that was used is not the one' "pin: {$by, inputs: [$none]}"
refused 2:15 'expected' 'pin: {inputs: none}'
by="recipe: [$host_sha256]"
judge 0 same.gz pass "pin: {$by, toolchain: []}"
judge 1 same.gz 'the toolchain that was used is not the one' "pin: {$by, toolchain: [$none]}"
refused 2:18 'expected' 'pin: {toolchain: host}'
# what is built from, and nobody says what builds it
for pins in "source: [$source_sha256]" "patches: [$patch_sha256]" 'inputs: []' 'toolchain: []' "product: keys 1, source: [$source_sha256], patches: [$patch_sha256], inputs: [], toolchain: []"; do
    judge 1 same.gz '`pin` must name the recipe as well' "pin: {$pins}"
    holds '.verdict == "identical" and .policy.result == "fail" and (.policy.failures | length == 1)'
done

# --- unread ---
judge 0 same.gz pass "unread: [$none]"
refused 2:9 'expected' 'unread: []'
refused 2:10 '64' 'unread: [1234]'
refused 2:9 'expected' 'unread: yes'
refused 2:76 'stands in the list already' "unread: [$none, $none]"

# --- scope ---
judge 0 differs.gz 'of 10,' 'scope: ["#gzip//one"]'
judge 1 differs.gz 'MISMATCH' 'scope: ["#gzip//t*"]'
judge 2 same.gz 'UNDECIDED' 'scope: ["nowhere"]'
refused 2:8 'expected' 'scope: []'
refused 2:9 'expected' 'scope: [{path: one}]'

# --- require ---
judge 0 same.gz pass 'require: {verdict: identical}'
judge 1 time.gz 'at least identical is required' 'require: {verdict: identical}'
judge 0 time.gz EQUIVALENT 'require: {}'
refused 2:20 'is not one of' 'require: {verdict: mismatch}'
judge 0 same.gz pass 'require: {expected: rebuild}'
judge 1 same.gz 'the expected side is a rebuild, a reference is required' 'require: {expected: reference}'
judge 1 same.gz 'the expected side is a rebuild, a path is required' 'require: {expected: path}'
refused 2:21 'is not one of' 'require: {expected: compare}'
judge 0 same.gz pass 'require: {rebuilds: 1}'
judge 1 same.gz '1 rebuild was made, 2 are required' 'require: {rebuilds: 2}'
refused 2:21 'a count of at least 1' 'require: {rebuilds: 0}'
judge 1 same.gz 'the origin of the parts is unknown' 'require: {origin: known}'
refused 2:19 'is not' 'require: {origin: unknown}'
judge 0 same.gz pass 'require: {unexplained: 0}'
judge 1 differs.gz 'more bytes are unexplained than the 2 that are allowed' 'require: {unexplained: 2}'
policy 'require: {unexplained: 3}'
run 'a count never makes a pass' verify differs.gz --recipe keys.recipe --policy keys.policy --report report.json
ends 1
holds '.policy.failures | all(contains("more bytes") | not)'
ok "$what"
refused 2:24 'a count' 'require: {unexplained: -1}'
judge 0 same.gz pass 'require: {outside: 0}'
judge 1 same.gz 'more bytes are outside than the 0' 'scope: ["#gzip//one"]' 'require: {outside: 0}'
refused 2:20 'a count' 'require: {outside: 1.5}'
judge 0 same.gz pass 'require: {unreproducible: 0}'
refused 2:27 'a count' 'require: {unreproducible: many}'
judge 0 time.gz pass 'require: {rules: [rewritten, container-time, recompressed]}'
judge 1 time.gz 'the rule `container-time` explains something and is not allowed' 'require: {rules: [rewritten, recompressed]}'
refused 2:18 'expected' 'require: {rules: []}'
judge 0 other.gz pass 'require: {recompressed: true}'
judge 1 other.gz 'compressed in another way, which is not allowed' 'require: {recompressed: false}'
refused 2:25 'is not one of' 'require: {recompressed: maybe}'
judge 0 same.gz pass 'require: {cached: false}'
refused 2:19 'is not one of' 'require: {cached: 0}'

# --- waive, blobs, signatures, attestations ---
line='reason: stamped, owner: release'
judge 0 differs.gz WAIVED 'require: {verdict: waived}' "waive: [{path: \"#gzip//two\", $line}]"
judge 1 differs.gz 'at least equivalent is required' "waive: [{path: \"#gzip//two\", $line}]"
refused 2:9 'the key `path` is missing' "waive: [{$line}]"
refused 2:9 'the key `owner` is missing' 'waive: [{path: a, reason: b}]'
refused 2:9 'the key `reason` is missing' 'waive: [{path: a, owner: b}]'
refused 2:26 'max-size' "waive: [{path: a, range: {section: .text}, $line}]"
refused 2:46 'one thing' "waive: [{path: a, range: {symbol: f, offset: 1, length: 1}, $line}]"
refused 2:26 'expected both `offset` and `length`' "waive: [{path: a, range: {offset: 1}, $line}]"
refused 2:46 'a length that a file can have' "waive: [{path: a, range: {offset: 1, length: 9223372036854775807}, $line}]"
refused 2:46 'a size of at least 1 byte' "waive: [{path: a, range: {offset: 1, length: 0}, $line}]"
refused 2:19 '`allow-code` needs the key `sha256`' "waive: [{path: a, allow-code: true, $line}]"
refused 2:27 'is not' "waive: [{path: a, sha256: 12, $line}]"
refused 2:28 'is not' "waive: [{path: a, expires: tomorrow, $line}]"
refused 2:28 'is not' "waive: [{path: a, expires: 2027-02-30, $line}]"
judge 0 same.gz pass "blobs: [{path: a, sha256: $none, reason: b}]"
judge 0 differs.gz WAIVED 'require: {verdict: waived}' "blobs: [{path: \"#gzip//two\", sha256: $(digest tree/two), reason: b}]"
judge 1 differs.gz MISMATCH 'require: {verdict: waived}' "blobs: [{path: \"#gzip//two\", sha256: $none, reason: b}]"
refused 2:9 'the key `sha256` is missing' 'blobs: [{path: a, reason: b}]'
refused 2:9 'the key `reason` is missing' "blobs: [{path: a, sha256: $none}]"
refused 2:27 'is not' 'blobs: [{path: a, sha256: "", reason: b}]'
judge 1 same.gz 'is a signature that verifies' "pin: {recipe: [$recipe_sha256]}" 'signatures: [{slot: a, covers: b, max-size: 64, key: a.pem, scheme: ecdsa-p256-sha256}]'
judge 1 same.gz '`signatures` is not granted' 'signatures: [{slot: a, covers: b, max-size: 64, key: a.pem, scheme: ecdsa-p256-sha256}]'
refused 2:32 'a signature cannot cover itself' 'signatures: [{slot: a, covers: a, max-size: 64, key: a.pem, scheme: ecdsa-p256-sha256}]'
refused 2:69 'is not one of' 'signatures: [{slot: a, covers: b, max-size: 64, key: a.pem, scheme: md5}]'
refused 2:45 'at least 1 byte' 'signatures: [{slot: a, covers: b, max-size: 0, key: a.pem, scheme: ed25519}]'
parties='parties: [{name: lab-a, keys: [a.pem]}, {name: lab-b, keys: [b.pem]}]'
judge 0 same.gz 'held at the gate' "attestations: {threshold: 2, $parties}"
run 'a report where statements are wanted' gate report.json --policy keys.policy --trust-report --image same.gz
ends 1
says out 'keys.policy:2:1: the policy wants signed statements, and a report is not signed'
ok "$what: 1"
refused 2:27 'higher than the number of parties' "attestations: {threshold: 3, $parties}"
refused 2:27 'a count of at least 1' "attestations: {threshold: 0, $parties}"
refused 2:77 'stands here twice' 'attestations: {threshold: 1, parties: [{name: lab-a, keys: [a.pem]}, {name: lab-a, keys: [b.pem]}]}'
refused 2:15 'the key `parties` is missing' 'attestations: {threshold: 1}'
# who signs for a party, and who did not judge: tests/flow/t22-certificates.sh and t22-parties.sh hold them
refused 2:40 'expected `keys` or `ca`, or both' 'attestations: {threshold: 1, parties: [{name: lab-a}]}'
refused 2:58 'expected at least one item' 'attestations: {threshold: 1, parties: [{name: lab-a, ca: []}]}'
refused 2:58 'expected a list, found a text' 'attestations: {threshold: 1, parties: [{name: lab-a, ca: a.pem}]}'
refused 2:79 'the authority `a.pem` stands here twice' 'attestations: {threshold: 1, parties: [{name: a, ca: [a.pem]}, {name: b, ca: [a.pem]}]}'
refused 2:75 'there is no `ca`' 'attestations: {threshold: 1, parties: [{name: lab-a, keys: [a.pem], crls: [c.pem]}]}'
refused 2:69 'expected at least one item' 'attestations: {threshold: 1, parties: [{name: a, ca: [a.pem], crls: []}]}'
refused 2:40 '`maybe` is not one of `true`, `false`' "attestations: {threshold: 1, imported: maybe, $parties}"
refused 2:40 'expected a text, found a list' "attestations: {threshold: 1, imported: [true], $parties}"

# --- the file itself ---
refused 2:1 'unknown key' 'waivers: []'
refused 3:1 'duplicate key' 'require: {}' 'require: {}'
refused 2:6 'alias' 'pin: *a'
refused 2:10 'tag' 'require: !!map {}'
policy ''; sed -i 1d keys.policy
run 'no version' compare same.gz same.gz --policy keys.policy
ends 64
ok "$what: refused"

# --- by chance ---
cat > whole.policy <<END
policy: 1
pin: {product: keys 2, source: [$none]}
scope: ["#gzip//one", "#gzip//two"]
require: {verdict: identical, expected: path, rebuilds: 2, origin: known, unexplained: 0, outside: 0, rules: [rewritten], cached: false}
waive:
  - {path: "#gzip//two", range: {offset: 100, length: 1}, reason: "a reason", owner: somebody, expires: 2027-01-01}
blobs: [{path: a, sha256: $none, reason: b}]
signatures: [{slot: a, covers: b, max-size: 64, key: a.pem, scheme: ecdsa-p256-sha256}]
attestations: {threshold: 1, $parties}
END
refused=0
for seed in $(seq 1 100); do
    perl -e '
        srand ($ARGV[0]); local $/; open F, "<", "whole.policy"; my $p = <F>;
        for (0 .. int (rand (3))) {
            my $at = int (rand (length $p));
            my @kinds = (sub { substr ($p, $at, 1) = chr (int (rand (256))) }, sub { substr ($p, $at, 1 + int (rand (12))) = "" },
                         sub { substr ($p, $at, 0) = substr ($p, int (rand (length $p)), 1 + int (rand (20))) }, sub { substr ($p, $at) = "" },
                         sub { my @w = ("\x00", "\t", "{", "}", "[", "&a ", "*a", "!!str ", "---\n", "9" x 30, "\xef\xbb\xbf"); substr ($p, $at, 0) = $w[rand (@w)] });
            $kinds[rand (@kinds)]->();
        }
        print $p;' "$seed" > mutant.policy
    if cmp -s mutant.policy whole.policy; then continue; fi
    code=0
    "$assay" compare differs.gz same.gz --policy mutant.policy --report report.json > out 2> err || code=$?
    case $code in
        64) refused=$((refused + 1)); grep -qE 'mutant.policy(:[0-9]+:[0-9]+)?: |--scope|\.pem' err || { cat err >&2; fail "mutant $seed: no place"; } ;;
        1 | 2) ;;
        *) cat mutant.policy out err >&2; fail "mutant $seed: exit $code" ;;
    esac
done
[ "$refused" -ge 50 ] || fail "only $refused of 100 were malformed"
ok "100 policies that were changed by chance: $refused are refused, none passes"
leaves_nothing
