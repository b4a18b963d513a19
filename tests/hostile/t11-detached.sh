#!/bin/sh
# T11: a CMS signature in a file of its own beside what it signs, as SWUpdate's sw-description.sig. The rebuild has no such
# file: it is an added one, unless the policy names it and it is the signature of its neighbour.
# shellcheck disable=SC1091,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in openssl jq cpio python3; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
layout='' policy=''
for key in good evil; do
    key_rsa $key 2048
    certificate $key
done
# cms FILE OUT [KEY]
cms() { openssl cms -sign -binary -nosmimecap -md sha256 -in "$1" -signer "${3:-good}.pem" -inkey "${3:-good}.key" -outform DER -out "$2"; }
# accepted FILE SIGNATURE: whether somebody who has an authority alone takes it, as SWUpdate does
accepted() { openssl cms -verify -binary -inform DER -in "$2" -content "$1" -CAfile good.pem -purpose any -out /dev/null 2> openssl.txt; }
line() { printf 'policy: 1\nrequire: {expected: path}\nsignatures:\n  - {slot: "%s", covers: "%s", max-size: 4096, key: good.pem, scheme: cms-rsa-sha256}\n' "$1" "$2"; }
line 'sw-description.sig' 'sw-description' > policy
line '**.p7s' '#stem' > stem.policy
printf 'policy: 1\nrequire: {expected: path}\n' > none.policy

# A package as SWUpdate takes it: a cpio whose first entry is the description, and its signature behind it.
mkdir rebuilt && printf 'software = { version = "1.0"; };\n' > rebuilt/sw-description && seq 1 5000 > rebuilt/rootfs.img
cp -r rebuilt shipped && cms rebuilt/sw-description shipped/sw-description.sig
swu() { (cd "$1" && printf '%s\n' sw-description sw-description.sig rootfs.img | while read -r entry; do [ ! -e "$entry" ] || echo "$entry"; done | cpio -o -H crc --quiet -R 0:0 --reproducible > "../$2"); }
touch -d @1700000000 rebuilt/* shipped/*

# A file alone has no facts: the mode and the owner of an added file come from no rebuild (T5).
policy=policy
hold 'a signature beside its file, in a tree: its bytes and name are explained, its mode is not' 1 shipped rebuilt \
    "$(fact name explained) and $(fact mode unexplained) and any(.findings[]; .path == \"sw-description.sig\" and .rule == \"signature\" and .class == \"explained\")"
policy=none.policy
hold 'no line of the policy' 1 shipped rebuilt 'any(.facts[]; .fact == "name" and .class == "unexplained") and all(.findings[]; .rule != "signature")'

# What a recipe supplies for the entry makes it whole: verify.
swu rebuilt out.swu && swu shipped signed.swu
mkdir source && cp rebuilt/* source/
make_tools touch cpio
cat > recipe <<R
recipe: 1
product: update 1
source: [{directory: source, sha256: $(tree_digest source)}]
$toolchain
path: /build/p
run_as: user
steps: ["touch -d @1700000000 *", "printf '%s\\\\n' sw-description rootfs.img | cpio -o -H crc --quiet -R 0:0 --reproducible > ../out.swu"]
outputs: [{from: ../out.swu}]
entries: [{at: sw-description.sig, mode: "0644", owner: root, group: root}]
R
# by_recipe STORY CODE IMAGE POLICY [JQ]
by_recipe() {
    sed "s/^require:.*/pin: {recipe: [$(sha256sum recipe | cut -d ' ' -f 1)]}/" "$4" > pinned.policy
    code=0
    "$assay" verify "$3" --recipe recipe --policy pinned.policy --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; jq -c '.facts' report.json >&2; fail "$1: exit $code, expected $2"; }
    [ -z "${5:-}" ] || jq -e "$5" report.json > /dev/null || { jq -c '.findings, .facts' report.json >&2; fail "$1: the report does not show $5"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
by_recipe 'a package with its signature' 0 signed.swu policy '.verdict == "equivalent" and .accounting.unexplained == 0'
by_recipe 'no line for it' 1 signed.swu none.policy
chmod 600 shipped/sw-description.sig && swu shipped bad.swu
by_recipe 'a signature with another mode than the recipe supplies' 1 bad.swu policy "$(fact mode unexplained)"
chmod 644 shipped/sw-description.sig

# twin STORY TEXT COMMAND: a package in which the command changed something of `shipped`
twin() {
    rm -rf keep && cp -a shipped keep
    eval "$3"
    touch -d @1700000000 shipped/*
    swu shipped bad.swu
    by_recipe "$1" 1 bad.swu policy "${2:+$(says "$2")}"
    rm -rf shipped && mv keep shipped
}
twin 'one bit of the signature' '' 'flip shipped/sw-description.sig 900'
twin 'bytes behind the signature' 'is not, byte for byte' 'printf hidden >> shipped/sw-description.sig'
twin 'an empty file in place of the signature' '' ': > shipped/sw-description.sig'
accepted rebuilt/sw-description shipped/sw-description.sig || fail 'openssl does not take the sample'
# a signature without attributes is the same with the certificate and without it: anybody can cut it out
bare_cms() { openssl cms -sign -binary -noattr -md sha256 -in rebuilt/sw-description -signer good.pem -inkey good.key -outform DER -out "$1" "${2:--binary}"; }
bare_cms whole.sig && python3 "$here/cms_cut.py" whole.sig cut.sig && bare_cms never.sig -nocerts
cmp cut.sig never.sig || fail 'the certificate is cut out wrong'
accepted rebuilt/sw-description whole.sig || fail 'openssl does not take a signature without attributes'
if accepted rebuilt/sw-description cut.sig; then fail 'openssl takes a signature without a certificate'; fi
twin 'the certificate cut out of the signature' 'has no certificate of its signer' 'cp cut.sig shipped/sw-description.sig'
twin 'no certificate, and signed attributes' 'has no certificate of its signer' 'openssl cms -sign -binary -nosmimecap -nocerts -md sha256 -in rebuilt/sw-description -signer good.pem -inkey good.key -outform DER -out shipped/sw-description.sig'
cp -a shipped keep.whole && cp whole.sig shipped/sw-description.sig && touch -d @1700000000 shipped/* && swu shipped whole.swu && rm -r shipped && mv keep.whole shipped
by_recipe 'the same with the certificate' 0 whole.swu policy '.verdict == "equivalent"'
twin 'another signer' '' 'cms rebuilt/sw-description shipped/sw-description.sig evil'
twin 'the signature of another file' '' 'cms rebuilt/rootfs.img shipped/sw-description.sig'
twin 'another description, signed as well' '' 'printf x >> shipped/sw-description && cms shipped/sw-description shipped/sw-description.sig'
twin 'a signature that is a link' '' 'rm shipped/sw-description.sig && ln -s sw-description shipped/sw-description.sig'
line 'sw-description.sig' 'sw-description.sig' > self.policy
by_recipe 'a signature that covers itself' 64 signed.swu self.policy
line 'sw-description.sig' 'absent' > absent.policy
by_recipe 'a signature that covers a file that is not there' 1 signed.swu absent.policy "$(says 'does not stand beside it')"
line 'sw-description.sig' '*' > all.policy
by_recipe 'a signature that covers everything' 1 signed.swu all.policy "$(says 'does not stand beside it')"
sed 's/max-size: 4096/max-size: 100/' policy > short.policy
by_recipe 'more than the maximum of the policy' 1 signed.swu short.policy "$(says 'max-size')"
line '**' '#stem' > wide.policy
by_recipe 'a line for everything explains what it can, and files that the rebuild has are compared' 0 signed.swu wide.policy

# Not CMS but the bare signature, as SWUpdate's rawrsa.
openssl dgst -sha256 -sign good.key -out sw.raw rebuilt/sw-description
printf 'policy: 1\nrequire: {expected: path}\nsignatures:\n  - {slot: sw-description.sig, covers: sw-description, max-size: 256, key: good.pub, scheme: rsa-pkcs1-sha256}\n' > raw.policy
rm -rf bare && cp -a shipped bare && cp sw.raw bare/sw-description.sig && touch -d @1700000000 bare/* && swu bare bare.swu
by_recipe 'a bare RSA signature' 0 bare.swu raw.policy
by_recipe 'a bare signature where the policy wants CMS' 1 bare.swu policy
by_recipe 'CMS where the policy wants a bare signature' 1 signed.swu raw.policy
printf 'x' >> bare/sw-description.sig && touch -d @1700000000 bare/* && swu bare bare.swu && sed -i 's/256, key/999, key/' raw.policy
by_recipe 'a byte behind a bare signature' 1 bare.swu raw.policy "$(says 'other bytes stand behind it')"

# A slot that the rebuild fills is compared, whatever the policy says of it.
cp shipped/sw-description.sig rebuilt/sw-description.sig && flip rebuilt/sw-description.sig 900
policy=policy
hold 'a rebuild that has a signature of its own' 1 shipped rebuilt 'any(.findings[]; .path == "sw-description.sig" and .class == "unexplained" and .rule == "differs")'
cp shipped/sw-description.sig rebuilt/sw-description.sig
hold 'both have the same' 0 shipped rebuilt '.verdict == "identical"'
rm rebuilt/sw-description.sig

# By the name of the file without its suffix, in directories.
mkdir -p shipped/a rebuilt/a && seq 9 99 | tee shipped/a/x > rebuilt/a/x && cms rebuilt/a/x shipped/a/x.p7s && rm shipped/sw-description.sig
policy=stem.policy
hold 'a signature whose name has its file in it' 1 shipped rebuilt 'any(.findings[]; .path == "a/x.p7s" and .class == "explained") and ([.facts[] | select(.class == "unexplained") | .fact] | unique - ["mode", "uid", "gid"]) == []'
mv shipped/a/x.p7s shipped/a/y.p7s
hold 'a signature whose name has another file in it' 1 shipped rebuilt "$(says 'does not stand beside it')"
