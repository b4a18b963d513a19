#!/bin/sh
# T11: the time in a CMS signature is one that there is, in the form that RFC 5652 (11.3) has for its year; each of these signs its
# time, so that the signature itself is good.
# shellcheck disable=SC1091,SC2034,SC2154 # lib.sh and signing.sh lie beside, and name what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/signing.sh"
for tool in openssl jq python3; do
    command -v "$tool" > /dev/null 2>&1 || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
key_rsa good 2048
certificate good
mkdir rebuilt shipped && seq 1 500 > rebuilt/file && cp rebuilt/file shipped/file
openssl cms -sign -binary -nosmimecap -md sha256 -in rebuilt/file -signer good.pem -inkey good.key -outform DER -out good.cms
printf 'policy: 1\nrequire: {expected: path}\nsignatures:\n  - {slot: "file.sig", covers: "file", max-size: 4096, key: good.pem, scheme: cms-rsa-sha256}\n' > policy
# the time is of another length in its other form, and so are all that hold it
cat > retime.py <<'END'
import subprocess, sys
def read(der, at):
    head, length = 2, der[at + 1]
    if length & 0x80:
        head, length = 2 + (length & 0x7f), int.from_bytes(der[at + 2:at + 2 + (length & 0x7f)], 'big')
    return at + head, at + head + length
def value(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else (lambda b: bytes([0x80 | len(b)]) + b)(n.to_bytes((n.bit_length() + 7) // 8, 'big'))
    return bytes([tag]) + size + body
def parts(body):
    at, out = 0, []
    while at < len(body):
        start, end = read(body, at)
        out.append((body[at], body[start:end]))
        at = end
    return out
def join(items): return b''.join(value(*item) for item in items)
(_, info), = parts(open('good.cms', 'rb').read())
oid, (_, wrapped) = parts(info)
(_, data), = parts(wrapped)
data = parts(data)
(_, signer), = parts(data[-1][1])
signer = parts(signer)
place = [i for i, (tag, _) in enumerate(signer) if tag == 0xa0][0]
attributes = []
for _, body in parts(signer[place][1]):
    (tag, name), (settag, held) = parts(body)
    if name == bytes.fromhex('2a864886f70d010905'):
        held = value(0x17 if len(sys.argv[1]) == 13 else 0x18, sys.argv[1].encode())
    attributes.append(value(0x30, join([(tag, name), (settag, held)])))
attributes = b''.join(sorted(attributes))
open('attributes', 'wb').write(value(0x31, attributes))
signer[place] = (0xa0, attributes)
signer[-1] = (4, subprocess.run(['openssl', 'dgst', '-sha256', '-sign', 'good.key', 'attributes'], stdout=subprocess.PIPE, check=True).stdout)
data[-1] = (0x31, value(0x30, join(signer)))
open('shipped/file.sig', 'wb').write(value(0x30, join([oid, (0xa0, value(0x30, join(data)))])))
END
# timed TIME CLASS: what the signature's bytes are then
timed() {
    python3 retime.py "$1"
    openssl cms -verify -binary -inform DER -in shipped/file.sig -content shipped/file -CAfile good.pem -purpose any -no_check_time -out /dev/null 2> openssl.txt || { cat openssl.txt >&2; fail "$1: openssl does not take it"; }
    "$assay" compare shipped rebuilt --policy policy --report report.json > said.txt 2>&1 || :
    jq -e "[.findings[] | select(.path == \"file.sig\") | .class] | unique == [\"$2\"]" report.json > /dev/null || { cat said.txt >&2; fail "$1: not $2"; }
    printf 'ok: %s: %s: %s\n' "$name" "$1" "$2"
}
for time in 260229120000Z 261301120000Z 260001120000Z 260132120000Z 260100120000Z 260101240000Z 260101126000Z 260101120060Z \
    20260101120000Z 19500101000000Z 20491231235959Z 20501301000000Z; do
    timed "$time" unexplained
done
for time in 260101120000Z 240229235959Z 500101000000Z 491231235959Z 20500101000000Z 19491231235959Z; do
    timed "$time" explained
done
