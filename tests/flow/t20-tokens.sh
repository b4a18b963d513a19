#!/bin/sh
# T20: keys on a token (PKCS #11, through p11-kit): which key it is, who may use it and what does not fit is said by name,
# and what cannot be signed is an error whatever the verdict is. The module is in no process that reads an image.
#
#   sh tests/flow/t20-tokens.sh
#
#   ASSAY_ODD_MODULE   tests/flow/odd_token.c, built (default in build/release of this checkout)
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/attesting.sh
. "$(dirname "$0")/../attesting.sh"
begin t20-tokens openssl jq base64 python3 setsid strace softhsm2-util pkcs11-tool
odd=${ASSAY_ODD_MODULE:-$top/build/release/tests/flow/libodd_token.so}
softhsm=''
for place in /usr/lib/softhsm /usr/lib/*/softhsm /usr/lib64/softhsm /usr/local/lib/softhsm; do
    [ ! -f "$place/libsofthsm2.so" ] || softhsm=$place/libsofthsm2.so
done
[ -n "$softhsm" ] || skip 'libsofthsm2.so is not where it is looked for'
[ -f "$odd" ] || fail "no module at $odd: build assay with its tests first, or name it in ASSAY_ODD_MODULE"

# --- tokens and keys ---
mkdir tokens
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$work" > softhsm2.conf
export SOFTHSM2_CONF="$work/softhsm2.conf" ASSAY_SOFTHSM="$softhsm" ASSAY_ODD_PIN=secret-pin
pin=$ASSAY_ODD_PIN
# what others have configured for p11-kit is asked only where a test says so
path="module-path=$softhsm"

token() { softhsm2-util --init-token --free --label "$1" --pin "$pin" --so-pin 12345678 > said 2>&1 || { cat said >&2; fail "no token $1"; }; }
tool() { pkcs11-tool --module "$softhsm" --token-label "$@" --login --pin "$pin" > said 2>&1 || { cat said >&2; fail "pkcs11-tool $*"; }; }
# keep TOKEN NAME ID: NAME.pem, with its public half
keep() { softhsm2-util --import "$2.pem" --token "$1" --label "$2" --id "$3" --pin "$pin" > said 2>&1 || { cat said >&2; fail "$2 is not on the token"; }; }

token lab
number=10
for kind in p256 p384 ed25519 rsa; do
    key $kind $kind
    keep lab $kind $number
    number=$((number + 1))
done
seq 1 500 > image
seq 2 501 > other
run 'the report' compare image image --report report.json --quiet
ends 0
export LAB_PIN="$pin"

# by URI: options of a token's key. $asks: where its PIN comes from
asks='--passphrase-env LAB_PIN'

# --- what is signed verifies in assay and by openssl ---
for kind in p256 p384 ed25519 rsa; do
    signer=$kind
    # shellcheck disable=SC2086 # two words
    signs "$kind" compare image image --attest "pkcs11:token=lab;object=$kind?$path" --attestation made $asks --quiet
    payload made > body
    pae "$statement_type" body > signed
    jq -r '.signatures[0].sig' made | base64 -d > signature
    case $kind in
        p256) openssl dgst -sha256 -verify p256.pub -signature signature signed ;;
        p384) openssl dgst -sha384 -verify p384.pub -signature signature signed ;;
        ed25519) openssl pkeyutl -verify -rawin -pubin -inkey ed25519.pub -sigfile signature -in signed ;;
        rsa) openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256 -verify rsa.pub -signature signature signed ;;
    esac > said 2>&1 || fail "openssl does not take what $kind signed"
    jq -r '.signatures[0].keyid' made > keyid
    [ "$(cat keyid)" = "$(openssl pkey -pubin -in $kind.pub -outform DER | sha256sum | cut -d ' ' -f 1)" ] || fail "$kind: another keyid"
done
ok 'openssl takes all of them, and key ids are those of the public keys'
signer=p256
p256="pkcs11:token=lab;object=p256?$path"
# shellcheck disable=SC2086
{
    signs 'a stored report' attest report.json --key "$p256" --output made $asks
    signs 'a bundle' attest report.json --key "$p256" --output made --envelope sigstore $asks
    signs 'by its ID' attest report.json --key "pkcs11:token=lab;id=%10;type=private?$path" --output made $asks
    run 'a mismatch' compare image other --attest "$p256" --attestation made $asks --quiet
    ends 1
    payload made | jq -e '.predicate.result == "FAILED"' > said || fail 'a mismatch is not signed as FAILED'
    ok 'a mismatch is signed as one'
}
if p11-kit list-modules 2> said | grep -q softhsm || grep -qs softhsm /usr/share/p11-kit/modules/*.module; then
    # shellcheck disable=SC2086
    signs 'through what p11-kit is configured for' attest report.json --key 'pkcs11:token=lab;object=p256' --output made $asks
fi

# --- the PIN ---
printf '%s\n' "$pin" > pin
chmod 600 pin
"$assay" attest report.json --key "$p256" --output made --passphrase-fd 9 9< pin > out 2> err || { cat err >&2; fail 'from a descriptor'; }
ok 'a PIN from a descriptor'
signs 'a PIN from a file' attest report.json --key "pkcs11:token=lab;object=p256?$path&pin-source=file:$work/pin" --output made
signs 'a PIN from a file, as a URI of three strokes' attest report.json --key "pkcs11:token=lab;object=p256?$path&pin-source=file://$work/pin" --output made
signs 'a PIN from a file, as a path' attest report.json --key "pkcs11:token=lab;object=p256?$path&pin-source=$work/pin" --output made
export LAB_PIN=wrong-pin
refuses 'a wrong PIN' 64 'the PIN of the token lab is wrong' attest report.json --key "$p256" --output made --passphrase-env LAB_PIN
grep -q wrong-pin err && fail 'the PIN is shown'
refuses 'a wrong PIN beside a mismatch' 64 'the PIN of the token lab is wrong' compare image other --attest "$p256" --attestation made --passphrase-env LAB_PIN
export LAB_PIN="$pin"
refuses 'a PIN in the URI' 64 'a PIN in the URI (pin-value) is on the command line' attest report.json --key "$p256&pin-value=$pin" --output made
if grep -q "$pin" err; then fail 'the PIN is shown'; fi
# shellcheck disable=SC2086
refuses 'two places' 64 'one PIN, and two places to read it' attest report.json --key "$p256&pin-source=file:$work/pin" --output made $asks
refuses 'a PIN of a program' 64 'pin-source names a program' attest report.json --key "$p256&pin-source=|/bin/echo" --output made
refuses 'a PIN at no absolute path' 64 'expected an absolute path in pin-source' attest report.json --key "$p256&pin-source=file:pin" --output made
refuses 'a PIN of another machine' 64 'expected an absolute path in pin-source' attest report.json --key "$p256&pin-source=file://host/pin" --output made
refuses 'a PIN that is not there' 64 'absent: No such file' attest report.json --key "$p256&pin-source=file:$work/absent" --output made
chmod 644 pin
refuses 'a PIN that everybody can read' 64 'a file that others may use (mode 0644)' attest report.json --key "$p256&pin-source=file:$work/pin" --output made
chmod 600 pin
mkfifo pipe
chmod 600 pipe
refuses 'a PIN of a pipe' 64 'expected a regular file' attest report.json --key "$p256&pin-source=file:$work/pipe" --output made
: > empty
chmod 600 empty
refuses 'a PIN that is empty' 64 'it is empty' attest report.json --key "$p256&pin-source=file:$work/empty" --output made
code=0
setsid -w "$assay" attest report.json --key "$p256" --output made < pin > out 2> err || code=$?
what='no terminal'
ends 64
says err 'the PIN of the token lab: there is no terminal to ask at'
ok 'without a terminal nothing is read from standard input'
rm -f made
at_terminal 'PIN of the token lab: ' "$pin" "$assay" attest report.json --key "$p256" --output made > shown 2>&1 || { cat shown >&2; fail 'at a terminal'; }
if grep -q "$pin" shown; then fail 'the PIN is shown'; fi
run terminal verify-attestation made --key p256.pub --image image
ends 0
ok 'a PIN at a terminal, unseen'

# --- which token, which key ---
# says_no STORY TEXT URI [ARGUMENT...]: with the PIN at hand
says_no() {
    story=$1 text=$2 uri=$3
    shift 3
    # shellcheck disable=SC2086
    refuses "$story" 64 "$text" attest report.json --key "$uri" --output made $asks "$@"
}
says_no 'no such token' 'no such token; there are: lab' "pkcs11:token=absent;object=p256?$path"
says_no 'no such serial number' 'no such token; there are: lab' "pkcs11:serial=0;object=p256?$path"
says_no 'no such maker' 'no such token' "pkcs11:manufacturer=nobody;object=p256?$path"
says_no 'no such library' 'no such token' "pkcs11:library-manufacturer=nobody;object=p256?$path"
says_no 'no such slot' 'no such token' "pkcs11:slot-id=1;object=p256?$path"
says_no 'no such key' 'no such private key on the token lab' "pkcs11:token=lab;object=absent?$path"
says_no 'no such ID' 'no such private key on the token lab' "pkcs11:token=lab;object=p256;id=%11?$path"
says_no 'no such module' "the module $work/absent.so cannot be loaded" "pkcs11:token=lab?module-path=$work/absent.so"
says_no 'a module that is none' 'cannot be loaded' "pkcs11:token=lab?module-path=$work/image"
says_no 'a module of another name' 'no such token' 'pkcs11:token=lab;object=p256?module-name=absent'
says_no 'all keys of a token' 'several private keys on the token lab fit (object=' "pkcs11:token=lab?$path"
says err 'object=p384;id=%11' 'say which by object= or id='
says_no 'a public key' 'expected a private key: type=private, or no type' "pkcs11:token=lab;object=p256;type=public?$path"
says_no 'a certificate' 'expected a private key' "pkcs11:token=lab;object=p256;type=cert?$path"
says_no 'an attribute that nobody knows' 'attributes that nobody knows' "pkcs11:token=lab;colour=blue?$path"
says_no 'a URI that is none' 'no URI of PKCS #11' 'pkcs11:token=%zz'
# shellcheck disable=SC2086
signs 'a URI in capitals' attest report.json --key "PKCS11:token=lab;object=p256?$path" --output made $asks
says_no 'a URI with controls' 'no such private key on the token lab' "pkcs11:token=lab;object=%1b%5b31m%0a%00?$path"
says_no 'a URI without a name' 'no URI of PKCS #11' 'pkcs11:token'
token second
key p256b p256
keep second p256b 10
says_no 'keys of two tokens' 'several tokens fit (' "pkcs11:object=p256?$path"
signer=p256b
# shellcheck disable=SC2086
signs 'the only key of a token' attest report.json --key "pkcs11:token=second?$path" --output made $asks
signer=p256

# --- keys that nobody takes ---
token odds
softhsm2-util --import p256.pem --token odds --label nobody --id 20 --pin "$pin" > said
tool odds --delete-object --type pubkey --id 20
says_no 'a key without a public half' 'neither a public key nor a certificate beside the private key' "pkcs11:token=odds;object=nobody?$path"
openssl req -batch -new -x509 -days 3650 -subj /CN=lab -key p256.pem -out p256.crt 2> said
openssl req -batch -new -x509 -days 3650 -subj /CN=lab -key p256b.pem -out p256b.crt 2> said
# shellcheck disable=SC2086
{
    signs 'with a certificate that is given' attest report.json --key "pkcs11:token=odds;object=nobody?$path" --output made $asks --certificate p256.crt
    jq -e 'has("payload") and (tostring | contains("certificate") | not)' made > said || fail 'a certificate is in an envelope that has no place for one'
    signs 'and in a bundle' attest report.json --key "pkcs11:token=odds;object=nobody?$path" --output made $asks --certificate p256.crt --envelope sigstore
}
says_no 'a given certificate of another key' 'is that of another' "pkcs11:token=odds;object=nobody?$path" --certificate p256b.crt
says_no 'a certificate of another key beside a public key' 'the first certificate is of another key' "$p256" --certificate p256b.crt
openssl x509 -in p256.crt -outform DER -out p256.der
tool odds --write-object p256.der --type cert --id 20 --label nobody
# shellcheck disable=SC2086
signs 'with the certificate of the token' attest report.json --key "pkcs11:token=odds;object=nobody?$path" --output made $asks
openssl pkey -in p256b.pem -pubout -outform DER -out p256b.der
tool odds --write-object p256b.der --type pubkey --id 20 --label nobody
says_no 'the public key of another beside it' 'the public key or certificate beside the private key is that of another' "pkcs11:token=odds;object=nobody?$path"
tool odds --keypairgen --key-type EC:secp256k1 --id 21 --label curve
says_no 'a curve that nobody asked for' 'secp256k1' "pkcs11:token=odds;object=curve?$path"
tool odds --keypairgen --key-type rsa:1024 --id 22 --label weak
says_no 'a weak key' '1024 bits is too weak' "pkcs11:token=odds;object=weak?$path"
tool odds --keypairgen --key-type EC:prime256v1 --id 24 --label always --always-auth
tool odds --read-object --type pubkey --id 24 -o always.der
openssl pkey -pubin -inform DER -in always.der -out always.pub
signer=always
# shellcheck disable=SC2086
signs 'a key that wants the PIN for each signature' attest report.json --key "pkcs11:token=odds;object=always?$path" --output made $asks
signer=p256

# --- tokens that are odd ---
odd_p256="pkcs11:token=lab;object=p256?module-path=$odd"
# odd WHAT: from here on
odd() { export ASSAY_ODD_TOKEN="$1"; }
odd none
# shellcheck disable=SC2086
signs 'one that is not' attest report.json --key "$odd_p256" --output made $asks
odd wrong
says_no 'a signature that does not verify' 'that of another' "$odd_p256"
odd short
says_no 'a signature that is cut' 'that of another' "$odd_p256"
odd long
says_no 'a signature that has no room' 'the token lab: C_Sign' "$odd_p256"
odd locked
says_no 'a PIN that is locked' 'the PIN of the token lab is locked' "$odd_p256"
export LAB_PIN=wrong-pin
odd final
says_no 'a wrong PIN before the last one' 'the PIN of the token lab is wrong; the next wrong one locks it' "$odd_p256"
export LAB_PIN="$pin"
odd blind
says_no 'a token that cannot look' 'the token lab cannot say what it holds' "$odd_p256"
odd bare-key
says_no 'a token that says nothing of the public half' 'neither a public key nor a certificate' "$odd_p256"
odd strange
says_no 'a key of another kind' 'a key of the kind 0x1; expected ECDSA' "$odd_p256"
odd unfit
says_no 'a key that may not sign' 'the key may not sign (CKA_SIGN)' "$odd_p256"
odd open
says_no 'a token that wants no login, and hides its keys' 'no such private key on the token lab' "$odd_p256"
odd bare-point
# shellcheck disable=SC2086
signs 'a point that is not wrapped' attest report.json --key "$odd_p256" --output made $asks
odd again
# shellcheck disable=SC2086
signs 'a PIN for each signature' attest report.json --key "$odd_p256" --output made $asks
odd keypad
signs 'a PIN that is typed at the token' attest report.json --key "$odd_p256" --output made
# the token is taken away while it is judged
odd once
# shellcheck disable=SC2086
{
    refuses 'a token that is gone, and a pass' 2 'C_Sign: The device was removed' compare image image --attest "$odd_p256" --attestation made $asks --quiet
    refuses 'a token that is gone, and a mismatch' 1 'C_Sign: The device was removed' compare image other --attest "$odd_p256" --attestation made $asks --quiet
    refuses 'a token that is gone, and a stored report' 2 'C_Sign: The device was removed' attest report.json --key "$odd_p256" --output made $asks
}

# --- with a rebuild ---
mkdir source
seq 2 500 > source/numbers
cat > token.recipe <<'END'
recipe: 1
product: numbers 1
source: [{directory: source}]
path: /build/numbers
steps: ["{ echo 1; cat numbers; } > image", "! ls -l /proc/self/fd /proc/$$/fd | grep -i hsm", "! env | grep -i pin"]
outputs: [{from: image}]
END
run 'without a key' verify image --recipe token.recipe --quiet
if [ "$code" = 0 ]; then
    # shellcheck disable=SC2086
    {
        signs 'a rebuild' verify image --recipe token.recipe --attest "$p256" --attestation made $asks --quiet
        run 'what was built' verify image --recipe token.recipe --attest "$p256" --attestation made $asks --predicate provenance --quiet
        ends 0
        refuses 'a rebuild that cannot be signed' 2 'C_Sign' verify image --recipe token.recipe --attest "$odd_p256" --attestation made $asks --quiet
    }
else
    ends 2
    printf 'SKIP: no sandbox here, so that nothing is built\n' >&2
fi
unset ASSAY_ODD_TOKEN

# --- who has the module ---
# Whoever reads an image is a copy of a process that never loaded it, and what is started by the one that did is another
# program: after the module was opened, that one makes threads and programs alone.
mkdir tree
for file in 1 2 3; do seq $file 3000 | gzip > tree/$file.gz; done
tar -cf tree.tar tree
code=0
strace -f -qq -o trace -e trace=openat,clone,clone3,fork,vfork,execve,exit_group \
    "$assay" compare tree.tar tree.tar --attest "$p256" --attestation made --passphrase-env LAB_PIN --quiet > out 2> err || code=$?
if grep -q 'ptrace' err; then
    printf 'note: %s: no strace here: who has the module is not looked at\n' "$test_name"
else
    [ "$code" = 0 ] || { cat err >&2; fail "under strace: exit $code"; }
    awk '
        /openat\(.*libsofthsm2\.so/ && !/ENOENT/ { has[$1] = 1 }
        /(clone3?|v?fork)\(.*= [0-9]+$/ { child = $NF; if (!/CLONE_THREAD/) { made++; if ($1 in has) copies[child] = 1 } }
        /execve\(/ { delete copies[$1] }
        END {
            for (who in has) opened++
            for (child in copies) { print "process " child " is a copy of one that has the module"; bad = 1 }
            if (opened != 1) { print opened + 0 " processes opened the module"; bad = 1 }
            if (made < 3) { print "only " made + 0 " processes were made"; bad = 1 }
            exit bad
        }' trace > said || { cat said >&2; fail 'who reads an image has the module of the token'; }
    ok 'no process that reads an image has the module'
fi
leaves_nothing
ok 'nothing is left behind'
