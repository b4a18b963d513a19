#!/bin/sh
# Every key that the schema of policies has: a policy with it that holds, one with it that does not, and one in which it is
# malformed, refused with line and column. The list of keys is read out of share/schemas, so that a key which is new there,
# and has no cases here, fails.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/hostile/signing.sh
. "$here/../hostile/signing.sh"
# shellcheck source=tests/flow/lib.sh
. "$here/lib.sh"
begin policy-table jq bwrap gcc objcopy tar gzip openssl python3 mkimage dtc fdtput

: > cases
# has KEY: the policy has it, by its last component
has() { tr -s '{},: ' '\n' < table.policy | grep -qx -e "${1##*.}" || fail "$1: the policy of this case does not have it"; }
# policy LINE...: line 1 is the version unless a line says another
policy() {
    case $1 in policy:*) : > table.policy ;; *) echo 'policy: 1' > table.policy ;; esac
    printf '%s\n' "$@" >> table.policy
}
# note KIND KEY...: of a case that came out as it must
note() {
    kind=$1
    shift
    for noted; do
        has "$noted"
        echo "$kind $noted" >> cases
        ok "$noted: $kind"
    done
}
# as LINE...: `judged` runs assay with this policy, and says so in $code; a caller sets it, and how
pass() {
    keys=$1
    shift
    policy "$@"
    judged "$*"
    ends 0
    # shellcheck disable=SC2086 # several keys
    note pass $keys
}
# fail_by KEYS TEXT LINE...
fail_by() {
    keys=$1 text=$2
    shift 2
    policy "$@"
    judged "$*"
    ends 1
    says out "$text"
    # shellcheck disable=SC2086
    note fail $keys
}
# bad KEY LINE...: `@` stands in front of what is malformed, whose place is named
bad() {
    keys=$1
    shift
    policy "$@"
    place=$(awk 'index($0, "@") { print NR ":" index($0, "@"); exit }' table.policy)
    tr -d @ < table.policy > clean && mv clean table.policy
    run "$*" policy check table.policy
    ends 64
    says err "table.policy:$place: "
    # what checks a policy and what judges by it say the same
    cp err checked
    run "$*" compare note note --policy table.policy
    ends 64
    cmp checked err || shown 'judging by it says something else'
    note malformed "$keys"
}
# sides IMAGE EXPECTED [OPTION...]: what the next cases compare
sides() {
    image=$1 other=$2
    shift 2
    options=$*
    # shellcheck disable=SC2086 # options
    judged() { run "$1" compare "$image" "$other" --policy table.policy --report report.json $options; }
}
digest_of_none=$(printf '0%.0s' $(seq 64))
by='require: {expected: path, verdict: waived'

# --- what is compared ---
echo note > note
mkdir tree && echo one > tree/one && echo two > tree/two && chmod 644 tree/* && cp note tree/blob
# image NAME TIME [MODE]
image() {
    chmod "${3:-644}" tree/one
    tar --format=gnu --owner=0 --group=0 --numeric-owner --sort=name --mtime="@$2" -cf "$1" -C tree one two blob
    chmod 644 tree/one
}
image same.tar 1 && image time.tar 2 && image mode.tar 1 600
echo TWO > tree/two && image differs.tar 1 && echo two > tree/two
gzip -9nc same.tar > same.gz && gzip -1nc same.tar > other.gz

sides note note
pass 'policy require require.expected' 'require: {expected: path}'
fail_by policy 'a rebuild is required' 'policy: 1'
bad policy 'policy: @2'
fail_by 'require require.expected' 'a rebuild is required' 'require: {expected: rebuild}'
bad require 'require: @[]'
bad require.expected 'require: {expected: @compare}'
pass 'require.unexplained require.outside require.unreproducible' "$by, unexplained: 0, outside: 0, unreproducible: 0}"
bad require.unexplained 'require: {unexplained: @-1}'
bad require.outside 'require: {outside: @1.5}'
bad require.unreproducible 'require: {unreproducible: @many}'
pass require.unseen "$by, unseen: false}"
bad require.unseen 'require: {unseen: @0}'
bad require.cached 'require: {cached: @0}'
bad require.rebuilds 'require: {rebuilds: @0}'
bad require.origin 'require: {origin: @unknown}'
bad expires 'expires: @2027-13-01'
bad max-age 'max-age: @0d'
sides note note --time 2026-12-31
pass expires 'require: {expected: path}' 'expires: 2027-01-01'
fail_by expires 'has expired' 'require: {expected: path}' 'expires: 2026-12-31'
judged() { run "$1" gate report.json --policy table.policy --trust-report --image note --time 2027-01-02; }
policy 'require: {expected: path}' 'max-age: 2d'
run 'judged at a time' compare note note --policy table.policy --report report.json --time 2026-12-31
pass max-age 'require: {expected: path}' 'max-age: 2d'
fail_by max-age 'hours ago' 'require: {expected: path}' 'max-age: 1d'

sides differs.tar same.tar
pass scope 'require: {expected: path}' 'scope: [one]'
fail_by scope MISMATCH 'require: {expected: path}' 'scope: [two]'
bad scope 'scope: @[]'
fail_by require.unexplained 'more bytes are unexplained than the 2' "$by, unexplained: 2}"
fail_by require.outside 'more bytes are outside than the 0' "$by, outside: 0}" 'scope: [one]'
sides time.tar same.tar
pass 'require.verdict require.rules' 'require: {expected: path, verdict: equivalent, rules: [container-time, rewritten]}'
fail_by require.verdict 'at least identical is required' 'require: {expected: path, verdict: identical}'
bad require.verdict 'require: {verdict: @mismatch}'
fail_by require.rules 'is not allowed' "$by, rules: [rewritten]}"
bad require.rules 'require: {rules: @[]}'
sides other.gz same.gz
pass require.recompressed "$by, recompressed: true}"
fail_by require.recompressed 'compressed in another way' "$by, recompressed: false}"
bad require.recompressed 'require: {recompressed: @maybe}'

# --- what a waiver takes ---
on='reason: stamped, owner: release'
sides differs.tar same.tar --time 2026-06-01
pass 'waive waive[].path waive[].reason waive[].owner waive[].expires' "$by}" "waive: [{path: two, $on, expires: 2027-01-01}]"
fail_by 'waive waive[].path waive[].reason waive[].owner' MISMATCH "$by}" "waive: [{path: one, $on}]"
fail_by waive[].expires MISMATCH "$by}" "waive: [{path: two, $on, expires: 2026-01-01}]"
bad waive 'waive: @{}'
bad waive[].path "waive: [{path: @[], $on}]"
bad waive[].reason 'waive: [{path: two, reason: @"", owner: release}]'
bad waive[].owner 'waive: [{path: two, reason: stamped, owner: @[]}]'
bad waive[].expires "waive: [{path: two, $on, expires: @soon}]"
sides mode.tar same.tar
pass waive[].fact "$by}" "waive: [{path: one, fact: mode, $on}]"
fail_by waive[].fact MISMATCH "$by}" "waive: [{path: one, fact: owner, $on}]"
bad waive[].fact "waive: [{path: one, fact: @{}, $on}]"
for value in 1 2; do
    echo "int spare[8]; volatile int stamp[4] = { 4711, $value, 4711, 4711 }; int main (void) { return stamp[0] + spare[0]; }" > stamp.c
    gcc -O1 -fno-pie -no-pie -Wl,--build-id=none -ffile-prefix-map=.=/x -o "stamp$value" stamp.c
done
at=$(($(cmp -l stamp1 stamp2 | awk 'NR == 1 { print $1 }') - 1))
sides stamp2 stamp1
# ranged KEYS GOOD WRONG MALFORMED: the range of a waiver
ranged() {
    pass "$1" "$by}" "waive: [{path: ., range: {$2}, $on}]"
    fail_by "$1" MISMATCH "$by}" "waive: [{path: ., range: {$3}, $on}]"
    bad "${1##* }" "waive: [{path: ., range: {$4}, $on}]"
}
ranged 'waive[].range waive[].range.section' 'section: .data, max-size: 4KiB' 'section: .rodata, max-size: 4KiB' 'section: @[], max-size: 4KiB'
ranged waive[].range.max-size 'section: .data, max-size: 4KiB' 'section: .data, max-size: 1' 'section: .data, max-size: @0'
ranged waive[].range.symbol 'symbol: stamp, max-size: 16' 'symbol: spare, max-size: 32' 'symbol: @{}, max-size: 16'
ranged waive[].range.offset "offset: $at, length: 1" "offset: $((at + 1)), length: 1" 'offset: @-1, length: 1'
ranged waive[].range.length "offset: $((at - 1)), length: 2" "offset: $((at - 1)), length: 1" 'offset: 1, length: @0'
bad waive[].range "waive: [{path: ., range: @[], $on}]"
mkdir -p few more && echo note > few/note && cp few/note more/note && echo added > more/added && chmod 755 few more && chmod 644 few/* more/*
sides more few
# added ALLOW DIGEST: the lines that let an added file through
added() {
    echo 'waive:'
    for what in '' ' fact: name,' ' fact: mode,' ' fact: owner,' ' fact: group,'; do
        printf '  - {path: added,%s allow-code: %s, sha256: %s, %s}\n' "$what" "$1" "$2" "$on"
    done
}
pass 'waive[].allow-code waive[].sha256' "$by}" "$(added true "$(digest more/added)")"
fail_by waive[].allow-code MISMATCH "$by}" "$(added false "$(digest more/added)")"
fail_by waive[].sha256 MISMATCH "$by}" "$(added true "$digest_of_none")"
bad waive[].allow-code "waive: [{path: added, allow-code: @perhaps, sha256: $digest_of_none, $on}]"
bad waive[].sha256 "waive: [{path: added, sha256: @12, $on}]"
sides differs.tar same.tar
TWO=$(tar -xOf differs.tar two | sha256sum | cut -d ' ' -f 1)
pass 'blobs blobs[].path blobs[].sha256 blobs[].reason' "$by}" "blobs: [{path: two, sha256: $TWO, reason: bought}]"
fail_by 'blobs blobs[].path blobs[].reason' MISMATCH "$by}" "blobs: [{path: one, sha256: $TWO, reason: bought}]"
fail_by blobs[].sha256 MISMATCH "$by}" "blobs: [{path: two, sha256: $digest_of_none, reason: bought}]"
bad blobs 'blobs: @none'
bad blobs[].path "blobs: [{path: @'', sha256: $TWO, reason: bought}]"
bad blobs[].sha256 'blobs: [{path: two, sha256: @twelve, reason: bought}]'
bad blobs[].reason "blobs: [{path: two, sha256: $TWO, reason: @[]}]"

# --- what is forbidden ---
sides more few
pass 'forbid forbid.added-files forbid.added-files.except' "$by}" "$(added true "$(digest more/added)")" 'forbid: {added-files: {except: [added]}}'
fail_by 'forbid forbid.added-files' 'was added' "$by}" "$(added true "$(digest more/added)")" 'forbid: {added-files: true}'
fail_by forbid.added-files.except 'was added' "$by}" "$(added true "$(digest more/added)")" 'forbid: {added-files: {except: [other]}}'
bad forbid 'forbid: @true'
echo 'int main (void) { return 0; }' > main.c
gcc -O1 -fno-pie -no-pie -s -Wl,-z,noexecstack -o plain main.c
gcc -O1 -fno-pie -no-pie -g -Wl,-z,execstack -o worst main.c 2> /dev/null
gcc -O1 -fno-pie -c -o part.o main.c && objcopy --set-section-flags .text=alloc,code,data part.o writable.o
mkdir bin && cp plain bin/su && chmod 4755 bin/su && chmod 755 bin
tar --format=pax --owner=0 --group=0 --mtime=@1 --pax-option='exthdr.name=%d/h,SCHILY.xattr.security.capability:=x' -cf rights.tar bin
# forbidden KEY IMAGE PATH TEXT: true, an exception, another exception, malformed
forbidden() {
    sides plain plain
    pass "forbid.$1" "$by}" "forbid: {$1: true}"
    sides "$2" "$2"
    fail_by "forbid.$1" "$4" "$by}" "forbid: {$1: true}"
    pass "forbid.$1.except" "$by}" "forbid: {$1: {except: [\"$3\"]}}"
    fail_by "forbid.$1.except" "$4" "$by}" "forbid: {$1: {except: [elsewhere]}}"
}
forbidden set-id rights.tar bin/su 'runs as its owner'
forbidden capabilities rights.tar bin/su 'runs with capabilities'
forbidden writable-code writable.o . 'writable and executable'
forbidden executable-stack worst . 'wants an executable stack'
forbidden debug-information worst . 'has debug information'
forbidden symbol-tables worst . 'was not stripped'
for key in set-id capabilities writable-code executable-stack debug-information symbol-tables added-files; do
    bad "forbid.$key" "forbid: {$key: @1}"
    bad "forbid.$key.except" "forbid: {$key: {except: @[]}}"
done

# --- signatures of a raw image: a number of a key, a mask, a slot, and what is signed ---
key_ec good1 prime256v1; key_ec good2 prime256v1; key_ec evil prime256v1; key_ed25519 ed1; key_ed25519 ed2
{ printf HEAD && printf '\0\0' && printf 'ten bytes.' && head -c 64 /dev/zero && seq 300; } > unsigned
cat > layout <<'Y'
layout:
  - {name: head, offset: 0, size: 4, kind: header}
  - {name: number, offset: 4, size: 1, kind: header}
  - {name: mask, offset: 5, size: 1, kind: header}
  - {name: rest, offset: 6, size: 10, kind: header}
  - {name: slot, offset: 16, size: 64, kind: signature-slot}
  - {name: payload, offset: 80, size: rest, kind: payload}
Y
cp unsigned signed && part unsigned 80 100000 | sha256 | sign_digest good2.key 32 | put signed 16
cp unsigned whole && sha256 < unsigned | sign_digest good2.key 32 | put whole 16
cp signed numbered && printf '\003' | put numbered 4
cp unsigned masked && part unsigned 80 100000 > message && openssl dgst -blake2s256 -binary message > hashed
python3 "$here/../hostile/cosi.py" hashed ed1.key ed2.key | put masked 16 && printf '\003' | put masked 5
p='require: {expected: path}'
# slot MORE: a line of signatures with the rest of its keys
slot() { printf 'signatures: [{slot: slot, covers: payload, max-size: 64, scheme: ecdsa-p256-sha256, %s}]' "$1"; }
fields="signatures[].slot signatures[].covers signatures[].max-size signatures[].key signatures[].scheme"
sides signed unsigned --layout layout
pass "signatures $fields signatures[].path signatures[].encoding" "$p" "$(slot 'key: good2.pub, path: ., encoding: raw')"
fail_by "signatures signatures[].key" 'does not verify' "$p" "$(slot 'key: evil.pub')"
fail_by signatures[].path MISMATCH "$p" "$(slot 'key: good2.pub, path: elsewhere')"
fail_by signatures[].encoding 'canonical encoding' "$p" "$(slot 'key: good2.pub, encoding: der')"
fail_by signatures[].slot MISMATCH "$p" 'signatures: [{slot: other, covers: payload, max-size: 64, scheme: ecdsa-p256-sha256, key: good2.pub}]'
fail_by signatures[].covers 'does not verify' "$p" 'signatures: [{slot: slot, covers: rest, max-size: 64, scheme: ecdsa-p256-sha256, key: good2.pub}]'
fail_by signatures[].max-size MISMATCH "$p" 'signatures: [{slot: slot, covers: payload, max-size: 63, scheme: ecdsa-p256-sha256, key: good2.pub}]'
key_ec secp secp256k1
fail_by signatures[].scheme 'does not verify' "$p" 'signatures: [{slot: slot, covers: payload, max-size: 64, scheme: ecdsa-secp256k1-sha256, key: secp.pub}]'
pass signatures[].keys "$p" "$(slot 'keys: [good1.pub, good2.pub]')"
fail_by signatures[].keys 'does not verify' "$p" "$(slot 'keys: [good1.pub, evil.pub]')"
sides whole unsigned --layout layout
zeroed() { printf 'signatures: [{slot: slot, covers: [head, number, mask, rest, slot, payload], zeroed: %s, max-size: 64, scheme: ecdsa-p256-sha256, key: good2.pub}]' "$1"; }
pass signatures[].zeroed "$p" "$(zeroed slot)"
fail_by signatures[].zeroed 'does not verify' "$p" "$(zeroed '[slot, rest]')"
bad signatures[].zeroed "$(zeroed '@[]')"
sides numbered unsigned --layout layout
pass 'signatures[].index signatures[].index-from' "$p" "$(slot 'keys: [good1.pub, good2.pub], index: number, index-from: 2')"
fail_by signatures[].index MISMATCH "$p" "$(slot 'keys: [good1.pub, good2.pub], index: mask')"
fail_by signatures[].index-from MISMATCH "$p" "$(slot 'keys: [good1.pub, good2.pub], index: number, index-from: 1')"
bad signatures[].index "$(slot 'keys: [good1.pub, good2.pub], index: @[]')"
bad signatures[].index-from "$(slot 'keys: [good1.pub, good2.pub], index: number, index-from: @-1')"
sides masked unsigned --layout layout
together() { printf 'signatures: [{slot: slot, covers: payload, max-size: 64, scheme: ed25519-cosi-blake2s, keys: [ed1.pub, ed2.pub], mask: %s, threshold: %s}]' "$1" "$2"; }
pass 'signatures[].mask signatures[].threshold' "$p" "$(together mask 2)"
fail_by signatures[].mask MISMATCH "$p" "$(together number 2)"
printf '\001' | put masked 5 && python3 "$here/../hostile/cosi.py" hashed ed1.key | put masked 16
fail_by signatures[].threshold 'by fewer keys' "$p" "$(together mask 2)"
bad signatures[].mask "$(together '@[]' 2)"
bad signatures[].threshold "$(together mask @0)"
bad signatures 'signatures: @{}'
bad signatures[].slot 'signatures: [{slot: @"", covers: payload, max-size: 64, scheme: ed25519, key: ed1.pub}]'
bad signatures[].covers 'signatures: [{slot: slot, covers: @[], max-size: 64, scheme: ed25519, key: ed1.pub}]'
bad signatures[].max-size 'signatures: [{slot: slot, covers: payload, max-size: @0, scheme: ed25519, key: ed1.pub}]'
bad signatures[].scheme 'signatures: [{slot: slot, covers: payload, max-size: 64, scheme: @md5, key: ed1.pub}]'
bad signatures[].key 'signatures: [{slot: slot, covers: payload, max-size: 64, scheme: ed25519, key: @[]}]'
bad signatures[].keys 'signatures: [{slot: slot, covers: payload, max-size: 64, scheme: ed25519, keys: @[]}]'
bad signatures[].path "$(slot 'key: good2.pub, path: @{}')"
bad signatures[].encoding "$(slot 'key: good2.pub, encoding: @base64')"

# --- properties of a FIT's signature that nobody signs ---
key_rsa own 2048 && certificate own && cp own.pem own.crt
seq 2000 > kernel.bin
# fit NAME HINT
fit() {
    cat > "$1.its" <<S
/dts-v1/;
/ {
    description = "one"; #address-cells = <1>;
    images { kernel { description = "kernel"; data = /incbin/("kernel.bin"); type = "kernel"; arch = "arm"; os = "linux"; compression = "none";
        load = <0x8000>; entry = <0x8000>; hash-1 { algo = "sha256"; }; signature-1 { algo = "sha256,rsa2048"; $2 }; }; };
    configurations { default = "conf-1"; conf-1 { kernel = "kernel"; }; };
};
S
    mkimage -f "$1.its" "$1" > mkimage.log 2>&1 || { cat mkimage.log >&2; fail "mkimage makes no $1"; }
}
fit fit.unsigned 'key-name-hint = "own";' && cp fit.unsigned fit.signed
mkimage -F -k . -r fit.signed > mkimage.log 2>&1 || { cat mkimage.log >&2; fail 'mkimage does not sign'; }
version=$(mkimage -V | sed 's/.* //')
of_fit() { printf 'signatures: [{slot: "/images/*/signature-*", covers: "#fit-image", max-size: 256, scheme: rsa-pkcs1-sha256, key: own.pub, %s}]' "$1"; }
sides fit.signed fit.unsigned
pass signatures[].signer-version "$p" "$(of_fit "signer-version: \"$version\"")"
fail_by signatures[].signer-version 'signer-version' "$p" "$(of_fit 'signer-version: "1970.01"')"
pass signatures[].key-name "$p" "$(of_fit "signer-version: \"$version\", key-name: own")"
# a name that the rebuild does not have, of four bytes, behind which nothing is filled up
fit fit.unsigned '' && cp fit.unsigned fit.signed && fdtput -t s fit.signed /images/kernel/signature-1 key-name-hint own
mkimage -F -k . -r fit.signed > mkimage.log 2>&1 || { cat mkimage.log >&2; fail 'mkimage does not sign what was given a key'; }
sides fit.signed fit.unsigned
fail_by signatures[].key-name 'key-name' "$p" "$(of_fit "signer-version: \"$version\", key-name: somebody")"
bad signatures[].signer-version "$(of_fit 'signer-version: @[]')"
bad signatures[].key-name "$(of_fit 'key-name: @{}')"

# --- what is rebuilt, and by what ---
mkdir -m 755 source && echo one > source/one
make_tools cat head
printf 'recipe: 1\nproduct: table 1\nsource: [{directory: source, sha256: %s, into: .}]\n%s\npath: /build/table\nsteps:\n  - (cat one; echo two) > out\noutputs: [{from: out}]\n' \
    "$(tree_digest source)" "$toolchain" > table.recipe
printf 'one\ntwo\n' > built
source_digest=$(printf 'f 644 4 %s one\n' "$(digest source/one)" | sha256sum | cut -d ' ' -f 1)
recipe="recipe: [$(digest table.recipe)]"
# built IMAGE RECIPE [OPTION...]
built() {
    image=$1 made_by=$2
    shift 2
    options=$*
    # shellcheck disable=SC2086 # options
    judged() { run "$1" verify "$image" --recipe "$made_by" --policy table.policy --report report.json --no-cache $options; }
}
built built table.recipe
pass 'pin pin.recipe pin.product pin.source pin.patches pin.inputs pin.toolchain' \
    "pin: {$recipe, product: table 1, source: [$source_digest], patches: [], inputs: [], toolchain: [$(tree_digest tools)]}"
fail_by 'pin pin.recipe' 'the recipe that was used is not' "pin: {recipe: [$digest_of_none]}"
fail_by pin.product 'the product is not' "pin: {$recipe, product: table 2}"
for key in source patches inputs toolchain; do
    fail_by "pin.$key" "the $key that was used is not the one" "pin: {$recipe, $key: [$digest_of_none]}"
    bad "pin.$key" "pin: {$key: @host}"
done
bad pin 'pin: @[]'
bad pin.recipe 'pin: {recipe: @[]}'
bad pin.product 'pin: {product: @[table]}'
pass require.rebuilds 'require: {rebuilds: 1}'
fail_by require.rebuilds 'are required' 'require: {rebuilds: 2}'
fail_by require.origin 'the origin of the parts is unknown' 'require: {origin: known}'
built built table.recipe --record
pass require.origin 'require: {origin: known}'
pass require.cached 'require: {cached: false}'
# a report that says that its expected side came from the cache
judged() { jq -cS '.expected[0].cached = true' report.json > cached.json && run "$1" gate cached.json --policy table.policy --trust-report --image built; }
fail_by require.cached 'came from a cache' 'require: {cached: false}'
sed 's/(cat one; echo two)/head -c 4 \/dev\/urandom/' table.recipe > chance.recipe
printf 'four' > chance
built chance chance.recipe --twice
fail_by require.unreproducible 'more bytes are unreproducible than the 0' 'require: {unreproducible: 0}'
# a file of the delivery that nobody could look into
gzip -c note | head -c -8 > source/x.gz && printf '\0\0\0\0\0\0\0\0' >> source/x.gz && chmod 644 source/x.gz
printf 'recipe: 1\nproduct: table 1\nsource: [{directory: source, into: .}]\n%s\npath: /build/table\nsteps:\n  - cat one x.gz > /dev/null; (cat one; echo two) > out\noutputs: [{from: out}]\n' \
    "$toolchain" > unread.recipe
built built unread.recipe --record
unread=$(digest source/x.gz)
pass unread "unread: [$unread]"
judged() { run "$1" gate report.json --policy table.policy --trust-report --image built; }
fail_by unread 'was not looked into' "unread: [$digest_of_none]"
bad unread 'unread: @[]'

# --- what may be kept back from who judges ---
mkdir -m 777 seen
if [ "$(id -u)" = 0 ]; then
    cp "$assay" mine
    judged() { code=0; what=$1; setpriv --reuid=65534 --regid=65534 --clear-groups ./mine compare few few --policy table.policy > out 2> err || code=$?; }
else
    sides few few
fi
fail_by require.unseen 'may not see all' "$by, unseen: false}"

# --- signed statements ---
for key in lab other; do key_ed25519 $key; done
judged() {
    run 'a statement' compare note note --policy table.policy --attest lab.key --attestation statement
    ends 0
    run "$1" gate statement --policy table.policy --image note
}
# parties THRESHOLD NAME KEYS
parties() { printf 'attestations: {threshold: %s, parties: [{name: %s, keys: %s}, {name: beside, keys: [good1.pub]}]}' "$1" "$2" "$3"; }
pass 'attestations attestations.threshold attestations.parties attestations.parties[].name attestations.parties[].keys' \
    "$p" "$(parties 1 lab '[lab.pub]')"
fail_by 'attestations attestations.parties attestations.parties[].name attestations.parties[].keys' '0 of 2 parties' "$p" "$(parties 1 lab '[other.pub]')"
fail_by attestations.threshold '1 of 2 parties' "$p" "$(parties 2 lab '[lab.pub]')"
bad attestations 'attestations: @[]'
bad attestations.threshold "$(parties @0 lab '[lab.pub]')"
bad attestations.parties 'attestations: {threshold: 1, parties: @[]}'
bad attestations.parties[].name "$(parties 1 '@[]' '[lab.pub]')"
bad attestations.parties[].keys "$(parties 1 lab '@[]')"

# --- statements that somebody signed who did not judge, by certificates, and with time stamps ---
# shellcheck source=tests/attesting.sh
. "$here/../attesting.sh"
# shellcheck source=tests/certifying.sh
. "$here/../certifying.sh"
# shellcheck source=tests/stamping.sh
. "$here/../stamping.sh"
# by_one LINE...: what goes beside a party with the key lab.pub
by_one() { printf 'attestations: {threshold: 1, %s, parties: [{name: lab, keys: [lab.pub]}]}' "$1"; }
judged() {
    run 'a report' compare note note --policy table.policy --report given.json
    run 'a statement' attest given.json --key lab.key --output statement
    ends 0
    run "$1" gate statement --policy table.policy --image note
}
pass attestations.imported "$p" "$(by_one 'imported: true')"
fail_by attestations.imported 'signed by somebody who did not judge' "$p" "$(by_one 'imported: false')"
bad attestations.imported "$(by_one 'imported: @maybe')"

certifying
for root in root else; do
    key $root p256
    certified $root.crt $root $root $root root 20200101000000Z 20400101000000Z
done
key certified p256
certified lab.crt certified lab root signer 20200101000000Z 20400101000000Z
lists() { openssl ca -config ca.conf -gencrl -keyfile root.pem -cert root.crt -crl_lastupdate 20200101000000Z -crl_nextupdate 20400101000000Z -out "$1" 2> said || fail "a list $1"; }
lists none.crl
openssl ca -config ca.conf -keyfile root.pem -cert root.crt -revoke lab.crt 2> said || fail 'a certificate is revoked'
lists lab.crl
judged() {
    run 'a statement' compare note note --policy table.policy --attest certified.pem --attestation statement
    ends 0
    run "$1" gate statement --policy table.policy --image note --certificate lab.crt --time 2030-01-01
}
# vouched CA CRLS
vouched() { printf 'attestations: {threshold: 1, parties: [{name: lab, ca: %s, crls: %s}]}' "$1" "$2"; }
pass 'attestations.parties[].ca attestations.parties[].crls' "$p" "$(vouched '[root.crt]' '[none.crl]')"
fail_by attestations.parties[].ca 'does not hold' "$p" "$(vouched '[else.crt]' '[none.crl]')"
fail_by attestations.parties[].crls 'certificate revoked' "$p" "$(vouched '[root.crt]' '[lab.crl]')"
bad attestations.parties[].ca "$(vouched '@[]' '[none.crl]')"
bad attestations.parties[].crls "$(vouched '[root.crt]' '@[]')"

for tsa in first second; do authority $tsa; done
key stamper p256
issued first stamper stamper tsa 20200101000000Z 20800101000000Z
serves tsa.conf sha256
judged() {
    run 'a statement' compare note note --policy table.policy --attest lab.key --attestation statement
    ends 0
    if [ "$stamped" = yes ]; then
        run 'a request' timestamp statement --request statement.tsq
        ends 0
        replies statement.tsq first/stamper.crt stamper statement.tsr
        run 'a time stamp' timestamp statement --attach statement.tsr --tsa-ca first/root.crt
        ends 0
    fi
    # shellcheck disable=SC2086 # two words or none
    run "$1" gate statement --policy table.policy --image note ${asked:-}
}
# stamps AUTHORITIES REQUIRED
stamps() { by_one "time-stamps: {authorities: $1, required: $2}"; }
stamped=yes
pass 'attestations.time-stamps attestations.time-stamps.authorities attestations.time-stamps.required' "$p" "$(stamps '[first/root.crt]' true)"
fail_by 'attestations.time-stamps attestations.time-stamps.authorities' 'the time stamp' "$p" "$(stamps '[second/root.crt]' true)"
stamped=no
fail_by attestations.time-stamps.required 'no time stamp proves' "$p" "$(stamps '[first/root.crt]' true)"
bad attestations.time-stamps "$(by_one 'time-stamps: @[]')"
bad attestations.time-stamps.authorities "$(stamps '@[]' true)"
bad attestations.time-stamps.required "$(stamps '[first/root.crt]' '@maybe')"
# revoked CRLS: of the first
revoked() { by_one "time-stamps: {authorities: [first/root.crt], crls: $1}"; }
withdrawn() { openssl ca -config ca.conf -gencrl -keyfile first/root.pem -cert first/root.crt -crl_lastupdate 20200101000000Z -crl_nextupdate 20800101000000Z -out "$1" 2> said || fail "a list $1"; }
withdrawn none.crl
openssl ca -config ca.conf -keyfile first/root.pem -cert first/root.crt -revoke first/stamper.crt 2> said || fail 'a certificate is revoked'
withdrawn stamper.crl
stamped=yes asked='--time 2070-01-01'
pass attestations.time-stamps.crls "$p" "$(revoked '[none.crl]')"
fail_by attestations.time-stamps.crls 'certificate revoked' "$p" "$(revoked '[stamper.crl]')"
bad attestations.time-stamps.crls "$(revoked '@[]')"

# --- and no key is without ---
jq -r '
    . as $top
    | def follow: if type == "object" and has("$ref") then (."$ref" | ltrimstr("#/$defs/")) as $name | $top["$defs"][$name] | follow else . end;
      def walk($at): follow
          | ((.oneOf // [], .anyOf // [], .allOf // [])[] | walk($at)),
            (.items // empty | walk($at + "[]")),
            (.properties // {} | to_entries[] | ($at + (if $at == "" then "" else "." end) + .key) as $key | $key, (.value | walk($key)));
      [walk("")] | unique[]' "$top/share/schemas/policy-1.schema.json" > keys
[ "$(wc -l < keys)" -ge 78 ] || fail "only $(wc -l < keys) keys in the schema: it was read wrongly"
for kind in pass fail malformed; do sed "s/^/$kind /" keys; done | sort > wanted
sort -u cases > had
comm -23 wanted had > lacking
[ ! -s lacking ] || { cat lacking >&2; fail 'keys of the schema without a case'; }
comm -13 wanted had > unknown
[ ! -s unknown ] || { cat unknown >&2; fail 'cases of keys that the schema does not have'; }
ok "each of $(wc -l < keys) keys has a policy that holds, one that does not, and one that is malformed"
leaves_nothing
