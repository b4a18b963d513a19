#!/bin/sh
# T11: signatures behind kernel modules. The shipped module is signed, the rebuilt one is not; the module inside is compared
# as any other file, and the CMS behind it must be the one DER of a signature of it by a key of the policy.
# shellcheck disable=SC1091,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in openssl jq gcc zip xz strip python3; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
layout='' policy=''

# append FILE CMS: as the kernel's sign-file does
append() {
    cat "$2" >> "$1"
    { printf '\0\0\002\0\0\0\0\0' && printf '%08x\n' "$(wc -c < "$2")" | unhex && printf '~Module signature appended~\n'; } >> "$1"
}
# cms FILE KEY OUT [OPTION...]
cms() {
    file=$1 key=$2 out=$3
    shift 3
    openssl cms -sign -binary -md sha256 -in "$file" -signer "$key.pem" -inkey "$key.key" -outform DER -out "$out" "$@"
}
# sign FILE KEY [OPTION...]: in place
sign() {
    signed=$1 by=$2
    shift 2
    cms "$signed" "$by" sig.der -noattr -nocerts "$@"
    append "$signed" sig.der
}
# resign OPTION...: bad.ko is the rebuilt module, signed in another way
resign() { cp a.ko bad.ko && cms a.ko good bad.der "$@" && append bad.ko bad.der; }

echo 'int count; int add (int a) { count += a; return count; } int init_module (void) { return add (1); }' > module.c
gcc -c -O2 -ffreestanding -o a.ko module.c
gcc -c -O1 -ffreestanding -o b.ko module.c
for key in good evil; do
    key_rsa $key 2048
    certificate $key
done
cat > module.policy <<'Y'
policy: 1
require: {expected: path}
signatures:
  - {slot: "#module-signature", path: "**.ko", covers: "#module", max-size: 4096, key: good.pem, scheme: cms-rsa-sha256}
Y
sed 's/path: "[^"]*", //' module.policy > file.policy
sed 's/good.pem/evil.pem/' file.policy > evil.policy
printf 'policy: 1\nrequire: {expected: path}\n' > none.policy
cp a.ko signed.ko && sign signed.ko good

policy=file.policy
hold 'a signed module and its unsigned rebuild' 0 signed.ko a.ko '.verdict == "equivalent" and .accounting.unexplained == 0 and any(.files[]; .path == "#module" and .verdict == "identical")'
policy=''
hold 'no policy' 1 signed.ko a.ko "$(says 'slot: \"#module-signature\", path: \"**/*.ko\", covers: \"#module\"')"
policy=none.policy
hold 'no line of the policy' 1 signed.ko a.ko "$(says 'no line of the policy speaks of it')"
policy=evil.policy
hold 'a certificate that did not sign' 1 signed.ko a.ko "$(says 'is not, byte for byte, the DER of this signer')"
policy=file.policy
cp b.ko bad.ko && sign bad.ko good
hold 'another module, signed as well' 1 bad.ko a.ko 'any(.findings[]; .path == "#module" and .class == "unexplained")'
cp a.ko bad.ko && append bad.ko sig.der
hold 'the signature of another module' 1 bad.ko a.ko "$(says 'does not verify')"
cp signed.ko bad.ko && flip bad.ko 80
hold 'one bit of the module' 1 bad.ko a.ko
size=$(wc -c < a.ko) whole=$(wc -c < signed.ko)
for offset in 4 30 70 120 200; do
    cp signed.ko bad.ko && flip bad.ko $((size + offset))
    hold "one bit of the signature, at $offset" 1 bad.ko a.ko
done
for back in 40 39 38 37 36 33 31 29 28 2 1; do
    cp signed.ko bad.ko && flip bad.ko $((whole - back))
    hold "one bit of the trailer, $back from the end" 1 bad.ko a.ko
done
cp signed.ko bad.ko && printf 'x' >> bad.ko
hold 'a byte behind the trailer' 1 bad.ko a.ko
{ cat sig.der && printf 'hidden'; } > long.der && cms a.ko good sig.der -noattr -nocerts
{ cat sig.der && printf 'hidden'; } > long.der
cp a.ko bad.ko && append bad.ko long.der
hold 'bytes behind the CMS' 1 bad.ko a.ko "$(says 'is not, byte for byte, the DER')"
{ cat a.ko && printf 'hidden'; } > bad.ko && append bad.ko sig.der
hold 'bytes between module and CMS' 1 bad.ko a.ko
cp signed.ko bad.ko && sign bad.ko good
hold 'a signature behind a signature' 1 bad.ko a.ko
resign -noattr
hold 'the certificate of the signer himself' 0 bad.ko a.ko
resign -noattr -certfile evil.pem
hold 'a certificate more, which holds what one likes' 1 bad.ko a.ko "$(says 'of nothing else')"
resign -noattr -nocerts -keyid
hold 'a signer that is named by the identifier of his key' 0 bad.ko a.ko
resign -nocerts -nosmimecap
hold 'signed attributes, with which the kernel refuses a module' 1 bad.ko a.ko "$(says 'with which Linux refuses a module')"
resign -nocerts
hold 'signed attributes beyond these' 1 bad.ko a.ko "$(says 'of nothing else')"
resign -noattr -nocerts -nodetach
hold 'a CMS that brings its own content' 1 bad.ko a.ko "$(says 'of nothing else')"
resign -noattr -nocerts -md sha512
hold 'another digest than the policy wants' 1 bad.ko a.ko
openssl cms -sign -binary -md sha256 -in a.ko -signer good.pem -inkey good.key -signer evil.pem -inkey evil.key -outform DER -out bad.der -noattr -nocerts
cp a.ko bad.ko && append bad.ko bad.der
hold 'a second signer' 1 bad.ko a.ko "$(says 'is not that of one signer')"

# Unsigned attributes stand behind the signature value: the lengths around them are written anew.
python3 - sig.der bad.der <<'P'
import sys
def head(data):
    size, at = data[1], 2
    if size & 128:
        at = 2 + (size & 127)
        size = int.from_bytes(data[2:at], "big")
    return at, size
def wrap(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([129, size]) if size < 256 else bytes([130]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content
def items(content):
    found = []
    while content:
        at, size = head(content)
        found.append(content[:at + size])
        content = content[at + size:]
    return found
def inner(value):
    return value[head(value)[0]:]
kind, outer = items(inner(open(sys.argv[1], "rb").read()))
signed = items(inner(inner(outer)))
signer = inner(inner(signed[-1]))
attribute = wrap(0x30, bytes.fromhex("06032a0304") + wrap(0x31, wrap(0x04, b"hidden")))
signed[-1] = wrap(0x31, wrap(0x30, signer + wrap(0xa1, attribute)))
open(sys.argv[2], "wb").write(wrap(0x30, kind + wrap(0xa0, wrap(0x30, b"".join(signed)))))
P
openssl asn1parse -inform DER -in bad.der > /dev/null || fail 'unsigned attributes: the sample is made wrong'
cp a.ko bad.ko && append bad.ko bad.der
hold 'unsigned attributes' 1 bad.ko a.ko "$(says 'of nothing else')"
# The same in BER: a length in two bytes where one would do.
{ part sig.der 0 1 && printf '\203\0' && part sig.der 2 100000; } > bad.der
cp a.ko bad.ko && append bad.ko bad.der
hold 'a length that is longer than it needs to be' 1 bad.ko a.ko
openssl crl2pkcs7 -nocrl -certfile good.pem -outform DER -out bad.der
cp a.ko bad.ko && append bad.ko bad.der
hold 'certificates without a signature' 1 bad.ko a.ko
: > empty.der && cp a.ko bad.ko && append bad.ko empty.der
hold 'a trailer without a signature' 1 bad.ko a.ko
sed 's/4096/200/' file.policy > short.policy && policy=short.policy
hold 'more than the maximum of the policy' 1 signed.ko a.ko "$(says 'max-size')"
policy=file.policy
sed 's/#module"/#modules"/' file.policy > other.policy && policy=other.policy
hold 'a policy that covers something else' 1 signed.ko a.ko "$(says 'and nothing else')"
policy=file.policy
hold 'a rebuild that is signed, and not as the image is' 1 signed.ko bad.ko
cp b.ko other.ko && sign other.ko evil
hold 'a rebuild that signed with a key of its own' 1 signed.ko other.ko
hold 'an unsigned module where the rebuild is signed' 1 a.ko signed.ko
hold 'both signed, and the same' 0 signed.ko signed.ko '.verdict == "identical"'
{ sed '$d' file.policy && sed -n '$p' file.policy && sed -n 's/slot:/path: "**", slot:/p' file.policy | sed '/covers/!d'; } > twice.policy
policy=twice.policy
hold 'two lines for one slot' 1 signed.ko a.ko "$(says 'is claimed by more than one line of the policy')"

# Only behind a module. The certificate's name is a text that the vendor chose, and a shell runs what stands behind a script:
# the back quote ends the one that is in the OID of SHA-256 before it, and the shell is through before it comes to the signature's bytes.
openssl req -batch -x509 -new -key good.key -utf8 -subj '/CN=the kit vendor`
touch PWNED; exit
#' -set_serial 1 -days 3650 -sha256 -out named.pem 2> openssl.log
sed 's/good.pem/named.pem/' file.policy > named.policy && policy=named.policy
# behind FILE: bad is the file, with a signature of it that verifies
behind() { cp "$1" bad && openssl cms -sign -binary -md sha256 -in "$1" -signer named.pem -inkey good.key -outform DER -out sig.der -noattr -nocerts && append bad sig.der; }
behind a.ko
hold 'a certificate with a name of more than one line, behind a module' 0 bad a.ko
printf '#!/bin/sh\necho honest\n' > script
gcc -O2 -o program -xc - <<'C'
int main (void) { return 0; }
C
gcc -O2 -shared -fPIC -o library.so module.c
gzip -9nc a.ko > packed && xz -k a.ko -c > packed.xz
cp a.ko damaged && poke damaged 40 '\377\377\377\177'
head -c 100 a.ko > short
for file in script program library.so packed packed.xz damaged short; do
    behind $file
    hold "a signature behind what is no module: $file" 1 bad $file "$(says 'stands behind something that is no kernel module')"
    policy=''
    hold "the same without it: $file" 0 $file $file '.verdict == "identical"'
    policy=named.policy
done
behind script
sh bad > said.txt 2>&1 || : # what the shell makes of the rest is no matter
[ -e PWNED ] || fail 'the sample of a script that runs the name of a certificate is made wrong'
rm PWNED && mkdir -p rebuilt.sh/lib/modules shipped.sh/lib/modules
cp script rebuilt.sh/lib/modules/a.ko && cp bad shipped.sh/lib/modules/a.ko
sed 's/slot:/path: "**.ko", slot:/' named.policy > path.policy && policy=path.policy
hold 'a script that is called as a module is' 1 shipped.sh rebuilt.sh "$(says 'stands behind something that is no kernel module')"
xz -c script > rebuilt.sh/lib/modules/a.ko && xz -c bad > shipped.sh/lib/modules/a.ko
policy=named.policy
hold 'the same, compressed' 1 shipped.sh rebuilt.sh "$(says 'stands behind something that is no kernel module')"
policy=file.policy

# In trees, archives and streams, by path: nobody has to name the modules.
mkdir -p shipped/lib/modules rebuilt/lib/modules
for tree in shipped rebuilt; do cp a.ko $tree/lib/modules/a.ko && cp b.ko $tree/lib/modules/b.ko && xz -k a.ko -c > $tree/lib/modules/c.ko.xz; done
sign shipped/lib/modules/a.ko good && sign shipped/lib/modules/b.ko good
cp a.ko c.ko && sign c.ko good && xz -c c.ko > shipped/lib/modules/c.ko.xz
policy=module.policy
hold 'a tree of modules' 1 shipped rebuilt 'any(.findings[]; .path == "lib/modules/c.ko.xz//#xz" and (.message | contains("no line of the policy")))'
sed 's/path: "[^"]*"/path: "lib\/modules\/**"/' module.policy > tree.policy
policy=tree.policy
hold 'a tree of modules, with those that are compressed' 0 shipped rebuilt '.accounting.unexplained == 0'
# A scope that names the file means the module in it, signed or not.
"$assay" compare shipped rebuilt --policy "$policy" --scope lib/modules/a.ko --report report.json > said.txt 2>&1 || fail 'a scope of one module: no pass'
jq -e --argjson size "$(wc -c < shipped/lib/modules/a.ko)" '.judged.bytes == $size' report.json > /dev/null || fail 'a scope of one module: not all of it is judged'
cp shipped/lib/modules/a.ko keep.ko && flip shipped/lib/modules/a.ko 80
code=0
"$assay" compare shipped rebuilt --policy "$policy" --scope lib/modules/a.ko > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || fail "a scope of one module that was changed: exit $code"
cp shipped/lib/modules/a.ko other.ko && cp keep.ko signed.ko
mkdir -p one/lib two/lib && cp other.ko one/lib/a.ko && cp signed.ko two/lib/a.ko
code=0
"$assay" compare one two --policy "$policy" --scope lib/a.ko > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || fail "a scope of one module that was changed, both signed: exit $code"
echo "ok: $name: a scope that names a module, and the module in it"
cp keep.ko shipped/lib/modules/a.ko
chmod 600 shipped/lib/modules/a.ko
hold 'the mode of a signed module' 1 shipped rebuilt "$(fact mode unexplained)"
chmod 644 shipped/lib/modules/a.ko
for tree in shipped rebuilt; do (cd $tree && pack ../$tree.tar lib lib/modules lib/modules/a.ko lib/modules/b.ko lib/modules/c.ko.xz); done
hold 'modules in an archive' 0 shipped.tar rebuilt.tar
cp shipped/lib/modules/a.ko keep.ko && cp shipped/lib/modules/b.ko shipped/lib/modules/a.ko && cp keep.ko shipped/lib/modules/b.ko
hold 'two signed modules, exchanged' 1 shipped rebuilt
cp keep.ko shipped/lib/modules/a.ko && rm shipped/lib/modules/b.ko
hold 'a signed module that is missing' 1 shipped rebuilt

# Keys and certificates that a policy may not give.
cat good.pem evil.pem > both.pem
sed 's/good.pem/both.pem/' file.policy > both.policy && policy=both.policy
refused 'two certificates in one file' 'expected one certificate in PEM form' signed.ko a.ko
cat good.pem good.key > both.pem
refused 'a certificate and a private key' 'expected one certificate in PEM form' signed.ko a.ko
sed 's/good.pem/good.pub/' file.policy > pub.policy && policy=pub.policy
refused 'a key without a certificate' 'expected one certificate in PEM form' signed.ko a.ko
openssl req -batch -new -subj /CN=old -key good.key 2> openssl.log | openssl x509 -req -signkey good.key -days -1 -out old.pem 2> openssl.log
openssl x509 -in old.pem -noout -checkend 0 > /dev/null && fail 'the sample of a certificate whose time is over is made wrong'
cp a.ko old.ko
openssl cms -sign -binary -md sha256 -in a.ko -signer old.pem -inkey good.key -outform DER -out sig.der -noattr -nocerts && append old.ko sig.der
sed 's/good.pem/old.pem/' file.policy > old.policy && policy=old.policy
hold 'a certificate whose time is over: the policy names it, so it counts' 0 old.ko a.ko
policy=file.policy
hold 'the same key under another certificate' 1 old.ko a.ko "$(says 'is not, byte for byte, the DER of this signer')"
key_ec curve prime256v1 && certificate curve
cp a.ko ec.ko && openssl cms -sign -binary -md sha256 -in a.ko -signer curve.pem -inkey curve.key -outform DER -out sig.der -noattr -nocerts && append ec.ko sig.der
sed 's/good.pem/curve.pem/; s/cms-rsa-sha256/cms-ecdsa-p256-sha256/' file.policy > ec.policy && policy=ec.policy
hold 'a module signed with ECDSA' 0 ec.ko a.ko

# --- a signature of other bytes ---
# What the rebuild signed too is signed no more once it is stripped: the kernel refuses it, or says that it is tainted.
policy=''
gcc -g -c -O2 -ffreestanding -o debug.ko module.c
strip --strip-debug debug.ko -o bare.ko
hold 'a module without its debug data' 0 bare.ko debug.ko 'any(.findings[]; .rule == "strip")'
cms debug.ko good debug.der -noattr -nocerts
cp debug.ko debug.signed && append debug.signed debug.der
cp bare.ko bare.signed && append bare.signed debug.der
hold 'a module that was stripped beneath its signature' 1 bare.signed debug.signed '.verdict == "mismatch"'
# So it is with what IMA measured.
for side in bare debug; do
    python3 - $side << 'P'
import io, sys, tarfile
for name in ('', 'security.ima', 'security.evm', 'user.note'):
    with tarfile.open(f'{sys.argv[1]}.{name or "plain"}.tar', 'w', format=tarfile.PAX_FORMAT) as out:
        data = open(sys.argv[1] + '.ko', 'rb').read()
        info = tarfile.TarInfo('module.ko')
        info.size = len(data)
        if name:
            info.pax_headers = {'SCHILY.xattr.' + name: 'of the whole'}
        out.addfile(info, io.BytesIO(data))
for name in ('security.ima', 'user.note'):  # at another name of it, which some readers set it through
    with tarfile.open(f'{sys.argv[1]}.linked.{name}.tar', 'w', format=tarfile.PAX_FORMAT) as out:
        info = tarfile.TarInfo('module.ko')
        info.size = len(data)
        out.addfile(info, io.BytesIO(data))
        info = tarfile.TarInfo('other.ko')
        info.type, info.linkname = tarfile.LNKTYPE, 'module.ko'
        info.pax_headers = {'SCHILY.xattr.' + name: 'of the whole'}
        out.addfile(info)
P
done
hold 'stripped, beside user.note of a hard link' 0 bare.linked.user.note.tar debug.linked.user.note.tar
hold 'stripped beneath security.ima of a hard link' 1 bare.linked.security.ima.tar debug.linked.security.ima.tar '.verdict == "mismatch"'
for name in plain user.note; do hold "stripped, beside $name" 0 bare.$name.tar debug.$name.tar; done
for name in ima evm; do hold "stripped beneath security.$name" 1 bare.security.$name.tar debug.security.$name.tar '.verdict == "mismatch"'; done
