#!/bin/sh
# T11: a line of `signatures` says that the image is signed. Where it is not, as the rebuild is not, nothing differs and
# nothing is to explain, and the line does not hold; nor where both have the same signature by somebody else.
# shellcheck disable=SC1091,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in openssl jq gcc xz; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
layout='' policy=''
for key in good evil; do
    key_rsa $key 2048
    certificate $key
done
# line SLOT COVERS [MORE]: of a policy
line() { printf '  - {slot: "%s", covers: "%s", max-size: 4096, key: good.pem, scheme: cms-rsa-sha256%s}\n' "$1" "$2" "${3:-}"; }
lines() { printf 'policy: 1\nrequire: {expected: path, verdict: equivalent}\nsignatures:\n' && cat; }
# unsigned STORY SHIPPED EXPECTED: identical, and no pass, at the gate neither, whatever a report says of its policy
unsigned() {
    hold "$1" 1 "$2" "$3" '.verdict == "identical" and .policy.signatures == [] and any(.policy.failures[]; contains("is a signature that verifies"))'
    cp report.json whole.json
    jq -cS '.policy.result = "pass" | .policy.failures = []' whole.json > forged.json
    gated "$1" 1 forged.json "$2"
    tr -s ' \n' ' ' < said.txt | grep -q 'is a signature that verifies' || { cat said.txt >&2; fail "$1: the gate does not say why"; }
    jq -cS 'del (.policy.signatures)' forged.json > forged2.json
    gated "$1: a report that does not speak of it" 1 forged2.json "$2"
}
# gated STORY CODE REPORT IMAGE
gated() {
    code=0
    "$assay" gate "$3" --policy "$policy" --trust-report --image "$4" > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: at the gate exit $code, expected $2"; }
    printf 'ok: %s: %s: at the gate\n' "$name" "$1"
}
# signed STORY SHIPPED EXPECTED SLOT: its twin
signed() {
    hold "$1" 0 "$2" "$3" "any(.policy.signatures[]; .number == 0 and .slot == \"$4\")"
    gated "$1" 0 report.json "$2"
}

# --- modules ---
echo 'int add (int a) { return a + 1; } int init_module (void) { return add (1); }' > module.c
gcc -c -O2 -ffreestanding -o a.ko module.c
append() { { cat "$1" "$2" && printf '\0\0\002\0\0\0\0\0' && printf '%08x\n' "$(wc -c < "$2")" | unhex && printf '~Module signature appended~\n'; } > "$3"; }
for key in good evil; do
    openssl cms -sign -binary -noattr -nocerts -md sha256 -in a.ko -signer $key.pem -inkey $key.key -outform DER -out $key.der
    append a.ko $key.der $key.ko
done
line '#module-signature' '#module' | lines > module.policy
policy=module.policy
unsigned 'a module that nobody signed' a.ko a.ko
unsigned 'a module that somebody else signed, on both sides' evil.ko evil.ko
signed 'a module that is signed' good.ko a.ko '#module-signature'
signed 'a module that is signed, on both sides' good.ko good.ko '#module-signature'
mkdir -p shipped/lib rebuilt/lib && cp good.ko shipped/lib/a.ko && cp a.ko rebuilt/lib/a.ko && xz -kc a.ko > shipped/lib/b.ko.xz && cp shipped/lib/b.ko.xz rebuilt/lib/
signed 'one of two modules is signed: who signs the other says the same line' shipped rebuilt '#module-signature'
line '#module-signature' '#module' ', path: "lib/b.ko.xz**"' | lines > other.policy
cp a.ko shipped/lib/a.ko
policy=other.policy
unsigned 'the line speaks of another module' shipped rebuilt
cp good.ko shipped/lib/a.ko && cp good.ko rebuilt/lib/a.ko
unsigned 'and the first is signed, on both sides' shipped rebuilt
# forged: the signature of another place, of another line, or beside a scope
jq -cS '.policy.result = "pass" | .policy.failures = [] | .policy.signatures = [{number: 0, path: "lib/a.ko", slot: "#module-signature"}]' whole.json > forged.json
gated 'a report that names another module' 1 forged.json shipped
jq -cS '.policy.signatures[0].path = "lib/none"' forged.json > forged2.json
gated 'a report that names no module' 64 forged2.json shipped
policy=module.policy
code=0
"$assay" compare shipped rebuilt --policy "$policy" --scope lib/b.ko.xz --report report.json > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || { cat said.txt >&2; fail "a signature beside a scope: exit $code"; }
"$assay" compare shipped rebuilt --policy "$policy" --scope lib/a.ko > said.txt 2>&1 || { cat said.txt >&2; fail 'a signature in a scope'; }
printf 'ok: %s: a signature beside a scope, and in it\n' "$name"
{ line '#module-signature' '#module' && line 'lib/a.ko.p7s' '#stem'; } | lines > both.policy
policy=both.policy
hold 'one of two lines' 1 shipped rebuilt '.policy.signatures == [{number: 0, path: "lib/a.ko", slot: "#module-signature"}]'

# --- a file beside ---
rm -rf shipped rebuilt && mkdir shipped rebuilt && seq 1 500 | tee shipped/sw-description > rebuilt/sw-description
# beside KEY OUT
beside() { openssl cms -sign -binary -nosmimecap -md sha256 -in shipped/sw-description -signer "$1.pem" -inkey "$1.key" -outform DER -out "$2"; }
line 'sw-description.sig' 'sw-description' | lines > file.policy
policy=file.policy
unsigned 'no file with a signature' shipped rebuilt
: > shipped/sw-description.sig && : > rebuilt/sw-description.sig
unsigned 'an empty file' shipped rebuilt
zeros 900 | tee shipped/sw-description.sig > rebuilt/sw-description.sig
unsigned 'a file of zeros' shipped rebuilt
beside evil shipped/sw-description.sig && cp shipped/sw-description.sig rebuilt/
unsigned 'by somebody else, on both sides' shipped rebuilt
beside good shipped/sw-description.sig && cp shipped/sw-description.sig rebuilt/
signed 'by the vendor, on both sides' shipped rebuilt 'sw-description.sig'

# --- a raw image ---
key_ec raw prime256v1
seq 1 500 > payload
{ zeros 64 && cat payload; } > unsigned.raw
cat > raw.layout <<'Y'
layout:
  - {name: slot, offset: 0, size: 64, kind: signature-slot}
  - {name: payload, offset: 64, size: rest, kind: payload}
Y
cat > raw.policy <<'Y'
policy: 1
require: {expected: path, verdict: equivalent}
signatures: [{slot: slot, covers: payload, max-size: 64, key: raw.pub, scheme: ecdsa-p256-sha256}]
Y
layout=raw.layout policy=raw.policy
unsigned 'a slot of zeros' unsigned.raw unsigned.raw
{ head -c 64 /dev/zero | tr '\0' '\377' && cat payload; } > filled.raw
unsigned 'a slot of erased flash' filled.raw filled.raw
sha256 < payload | sign_digest raw.key 32 > raw.sig
{ cat raw.sig payload; } > signed.raw
signed 'a slot that is signed' signed.raw unsigned.raw slot
signed 'a slot that is signed, on both sides' signed.raw signed.raw slot
sed 's/slot: slot/slot: other/' raw.policy > other.policy && policy=other.policy
hold 'a slot that is not in the layout' 1 unsigned.raw unsigned.raw
