#!/bin/sh
# T11: signatures in a FIT. mkimage signs the vendor's; the rebuild, from the same source without keys, has the signature's
# node without its value. The nodes that are signed are worked out anew, and everything that mkimage adds must follow from
# them, from the policy, or be the signature itself.
# shellcheck disable=SC1091,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in openssl jq mkimage dtc fdtget fdtput python3; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
layout='' policy=''
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH

seq 1 3000 > kernel.bin && seq 5000 5200 > first.dtb && seq 6000 6200 > second.dtb
for key in good evil; do
    key_rsa $key 2048
    openssl req -batch -new -x509 -days 3650 -subj "/CN=$key" -key $key.key -out $key.crt 2> openssl.log
done
key_rsa big 4096 && openssl req -batch -new -x509 -days 3650 -subj /CN=big -key big.key -out big.crt 2> openssl.log
key_ec curve prime256v1 && cp curve.key curve.pem

# source ALGO KEY PADDING: as text
source_of() {
    cat <<S
/dts-v1/;
/ {
    description = "two configurations";
    #address-cells = <1>;
    images {
        kernel {
            description = "kernel"; data = /incbin/("kernel.bin"); type = "kernel"; arch = "arm"; os = "linux"; compression = "none";
            load = <0x8000>; entry = <0x8000>;
            hash-1 { algo = "sha256"; };
            signature-1 { algo = "$1"; key-name-hint = "$2"; $3 };
        };
        fdt-1 {
            description = "first"; data = /incbin/("first.dtb"); type = "flat_dt"; arch = "arm"; compression = "none";
            hash-1 { algo = "sha256"; };
        };
        fdt-2 {
            description = "second"; data = /incbin/("second.dtb"); type = "flat_dt"; arch = "arm"; compression = "none";
            hash-1 { algo = "crc32"; }; hash-2 { algo = "sha1"; };
        };
    };
    configurations {
        default = "conf-1";
        conf-1 { kernel = "kernel"; fdt = "fdt-1"; signature-1 { algo = "$1"; key-name-hint = "$2"; $3 sign-images = "kernel", "fdt"; }; };
        conf-2 { kernel = "kernel"; fdt = "fdt-2"; signature-1 { algo = "$1"; key-name-hint = "$2"; $3 }; };
    };
};
S
}
# build NAME ALGO KEY [PADDING]: NAME.unsigned, and NAME.signed of it
build() {
    source_of "$2" "$3" "${4:-}" > "$1.its"
    mkimage -f "$1.its" "$1.unsigned" > mkimage.log 2>&1 || { cat mkimage.log >&2; fail "mkimage makes no $1"; }
    cp "$1.unsigned" "$1.signed"
    mkimage -F -k . -r "$1.signed" > mkimage.log 2>&1 || { cat mkimage.log >&2; fail "mkimage does not sign $1"; }
}
# lines KEY SCHEME SIZE: a policy
version=$(mkimage -V | sed 's/.* //')
lines() {
    printf 'policy: 1\nrequire: {expected: path}\nsignatures:\n'
    printf '  - {slot: "/configurations/*/signature-*", covers: "#fit-configuration", max-size: %s, key: %s, scheme: %s, signer-version: "%s"}\n' "$3" "$1" "$2" "$version"
    printf '  - {slot: "/images/*/signature-*", covers: "#fit-image", max-size: %s, key: %s, scheme: %s, signer-version: "%s"}\n' "$3" "$1" "$2" "$version"
}

build rsa sha256,rsa2048 good
lines good.pub rsa-pkcs1-sha256 256 > good.policy
policy=good.policy
hold 'RSA 2048: a signed FIT and its unsigned rebuild' 0 rsa.signed rsa.unsigned '.verdict == "equivalent" and .accounting.unexplained == 0 and ([.findings[] | select(.rule == "signature")] | length > 3)'
policy=''
hold 'no policy' 1 rsa.signed rsa.unsigned "$(says 'slot: \"/configurations/conf-2/signature-1\", covers: \"#fit-configuration\", max-size: 268') and $(says 'covers: \"#fit-image\"')"
sed '/configurations/d' good.policy > some.policy && policy=some.policy
hold 'a policy that speaks of the images alone' 1 rsa.signed rsa.unsigned "$(says 'no line of the policy speaks of it')"
lines evil.pub rsa-pkcs1-sha256 256 > evil.policy && policy=evil.policy
hold 'another key' 1 rsa.signed rsa.unsigned "$(says 'does not verify under the key')"
lines good.pub rsa-pkcs1-sha256 255 > short.policy && policy=short.policy
hold 'more than the maximum of the policy' 1 rsa.signed rsa.unsigned "$(says 'max-size')"
lines good.pub rsa-pss-sha256-longest-salt 256 > pss.policy && policy=pss.policy
hold 'another scheme than the signature says' 1 rsa.signed rsa.unsigned "$(says 'another algorithm')"
sed 's/, signer-version: "[^"]*"//' good.policy > plain.policy && policy=plain.policy
hold 'the version of the signer, which nobody vouches for' 1 rsa.signed rsa.unsigned "$(says 'signer-version')"
sed 's/#fit-configuration/#fit-image/' good.policy > other.policy && policy=other.policy
hold 'a policy that covers something else' 1 rsa.signed rsa.unsigned "$(says 'has another')"

build pss sha256,rsa2048 good 'padding = "pss";'
policy=pss.policy
hold 'RSA-PSS' 0 pss.signed pss.unsigned
lines good.pub rsa-pss-sha256 256 > salt.policy && policy=salt.policy
hold 'RSA-PSS with a salt of another length than the policy wants' 1 pss.signed pss.unsigned "$(says 'does not verify')"
build big sha256,rsa4096 big
lines big.pub rsa-pkcs1-sha256 512 > big.policy && policy=big.policy
hold 'RSA 4096' 0 big.signed big.unsigned
build curve sha256,ecdsa256 curve
lines curve.pub ecdsa-p256-sha256 64 > curve.policy && policy=curve.policy
hold 'ECDSA' 0 curve.signed curve.unsigned

# What else may differ: the time at which it was packed, and signed.
policy=good.policy
cp rsa.unsigned late.signed && SOURCE_DATE_EPOCH=1800000000 mkimage -F -k . -r late.signed > mkimage.log 2>&1
hold 'signed at another time' 0 late.signed rsa.unsigned
# What the rebuild signed too is signed no more at another time.
before=$policy
policy=''
cp rsa.signed bad && fdtput -t i bad / timestamp 1800000000
cmp -s bad rsa.signed && fail 'nothing differs'
hold 'another time beneath a signature that stays' 1 bad rsa.signed '.verdict == "mismatch"'
policy=$before
SOURCE_DATE_EPOCH=1800000000 mkimage -f rsa.its -k . -r late.signed > mkimage.log 2>&1
hold 'made and signed in one step, at another time' 0 late.signed rsa.unsigned "$(fact mtime explained)"

cp rsa.signed again.signed && mkimage -F -k . -r again.signed > mkimage.log 2>&1
hold 'signed twice: what is left of the first signature follows from nothing' 1 again.signed rsa.unsigned "$(says 'do not follow from how it was written')"
for more in 4 100 1024; do
    size=$(($(wc -c < rsa.signed) + more))
    cp rsa.signed bad && truncate -s $size bad && printf '%08x\n' $size | unhex | put bad 4
    hold "room for $more bytes more than mkimage makes" 1 bad rsa.unsigned "$(fact free-bytes unexplained)"
done

# Every byte of the signatures, and many of the rest: the only bits that may be others are those of a time.
tree() { dtc -q -I dtb -O dts "$1" 2> /dev/null; }
tree rsa.signed > whole.dts
grep -v 'timestamp = ' whole.dts > timeless.dts
bit() {
    cp rsa.signed bad && flip bad "$1"
    code=0
    "$assay" compare bad rsa.unsigned --policy good.policy > said.txt 2>&1 || code=$?
    case $code in
        1 | 2) return 0 ;;
        0) ;;
        *) fail "one bit at $1: exit $code" ;;
    esac
    tree bad > bad.dts
    if cmp -s bad.dts whole.dts || ! grep -v 'timestamp = ' bad.dts | cmp -s - timeless.dts; then
        cat said.txt >&2
        fail "one bit at $1: exit 0"
    fi
    times=$((times + 1))
}
hold 'where the signatures are' 0 rsa.signed rsa.unsigned
jq -r '.findings[] | select(.rule == "signature") | .range | "\(.offset) \(.length)"' report.json > ranges
times=0
while read -r offset length; do
    for at in $(seq "$offset" 11 $((offset + length - 1))); do bit "$at"; done
done < ranges
[ "$times" -gt 0 ] || fail 'no time was found among the signatures'
echo "ok: $name: one bit in the signatures: only their times may differ"
for at in $(seq 1 503 "$(wc -c < rsa.signed)"); do [ "$at" -ge "$(wc -c < rsa.signed)" ] || bit "$at"; done
echo "ok: $name: one bit anywhere in the FIT"

# change STORY TEXT COMMAND...: of a copy of the signed FIT called bad
change() {
    story=$1 text=$2
    shift 2
    cp rsa.signed bad
    "$@" || fail "$story: the sample cannot be made"
    hold "$story" 1 bad rsa.unsigned "${text:+$(says "$text")}"
}
conf=/configurations/conf-1/signature-1
change 'a property that mkimage does not write' '' fdtput -t s bad $conf comment hidden
change 'a list of nodes that leaves out the kernel' '' fdtput -t s bad $conf hashed-nodes / /configurations/conf-1 /images/fdt-1 /images/fdt-1/hash-1
change 'a list of nodes that is longer' '' fdtput -t s bad $conf hashed-nodes / /configurations/conf-1 /images/kernel /images/kernel/hash-1 /images/fdt-1 /images/fdt-1/hash-1 /images/fdt-2
change 'a signer of another name' 'signer-name' fdtput -t s bad $conf signer-name hidden1
change 'another version of the signer' 'signer-version' fdtput -t s bad $conf signer-version "$(echo "$version" | tr '0-9' '1-90')"
change 'other images that are signed' '' fdtput -t s bad $conf sign-images kernel
change 'a key of another name' '' fdtput -t s bad $conf key-name-hint evil
change 'no value' 'has no value' fdtput -d bad $conf value
change 'a node inside of the signature' '' fdtput -c bad $conf/hidden
change 'another description' '' fdtput -t s bad / description "two confIgurations"
change 'another load address' '' fdtput -t x bad /images/kernel load 0x9000
change 'another default' '' fdtput -t s bad /configurations default conf-2
change 'a signature more' '' fdtput -c bad /configurations/conf-1/signature-2
swap() {
    one=$(fdtget -t bx bad /configurations/conf-1/signature-1 value)
    two=$(fdtget -t bx bad /configurations/conf-2/signature-1 value)
    # shellcheck disable=SC2086 # a list of bytes
    fdtput -t bx bad /configurations/conf-1/signature-1 value $two && fdtput -t bx bad /configurations/conf-2/signature-1 value $one
}
change 'the signatures of two configurations, exchanged' '' swap
cp rsa.signed bad && printf 'hidden' >> bad
hold 'bytes behind the end' 1 bad rsa.unsigned
seq 2 3001 > other.bin && sed 's/kernel.bin/other.bin/' rsa.its > other.its
mkimage -f other.its other.unsigned > mkimage.log 2>&1 && cp other.unsigned other.signed && mkimage -F -k . -r other.signed > mkimage.log 2>&1
hold 'another kernel, signed as well' 1 other.signed rsa.unsigned
cp rsa.unsigned dev.signed && cp good.key keep.key && cp evil.key good.key && mkimage -F -k . -r dev.signed > mkimage.log 2>&1 && cp keep.key good.key
hold 'a rebuild that signed with a key of its own' 1 rsa.signed dev.signed "$(says 'the rebuild has bytes of its own')"
hold 'an unsigned FIT where the rebuild is signed' 1 rsa.unsigned rsa.signed
hold 'both signed, and the same' 0 rsa.signed rsa.signed '.verdict == "identical" and (.policy.signatures | length) == 2'
hold 'neither signed' 1 rsa.unsigned rsa.unsigned '.verdict == "identical" and .policy.signatures == []'

# Two nodes that a reader takes for one: the second could hold what one likes.
double() {
    python3 - "$1" <<'P'
import sys
data = bytearray(open("rsa.signed", "rb").read())
word = lambda at: int.from_bytes(data[at:at + 4], "big")
def put(at, value):
    data[at:at + 4] = value.to_bytes(4, "big")
name = sys.argv[1].encode()
structure, strings = word(8), word(12)
places = [at for at in range(structure, strings, 4) if data[at:at + 16] == b"\0\0\0\1signature-1\0"]
begin = places[1]                       # of the first configuration
value = data.index(b"\0value\0", strings) + 1 - strings
hidden = b"\0\0\0\3" + (8).to_bytes(4, "big") + value.to_bytes(4, "big") + b"hidden!!"
node = b"\0\0\0\1" + name + b"\0" * (4 - len(name) % 4) + hidden + b"\0\0\0\2"
depth, end = 0, begin                   # behind the genuine one
while depth > 0 or end == begin:
    token = word(end)
    if token == 1:
        end += 4 + (data.index(0, end + 4) - end - 4) // 4 * 4 + 4
    elif token == 3:
        end += 12 + (word(end + 4) + 3) // 4 * 4
    else:
        end += 4
    depth += {1: 1, 2: -1}.get(token, 0)
data[end:end] = node
for field in (4, 12):
    put(field, word(field) + len(node))
put(36, word(36) + len(node))
open("bad", "wb").write(data)
P
    fdtget -l bad /configurations/conf-1 > nodes.txt || fail 'two signatures: the sample is made wrong'
}
policy=good.policy
double signature-1
hold 'two signatures of one name' 1 bad rsa.unsigned
double signature-1@0
hold 'a second signature whose name has a unit' 1 bad rsa.unsigned
double signature-2
hold 'a second signature that is none' 1 bad rsa.unsigned
