#!/bin/sh
# T5, T6, T7, T11: packages of rpm. Built twice, at two times, they are equal but for times and what follows from them;
# whatever else differs in a header or in the payload is found where it stands.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in rpmbuild python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export HOME="$work" TZ=UTC

# build FILE TIME [SED-PROGRAM [DEFINE...]]: the package, of a spec file that the program changes
build() {
    file=$1 time=$2 change=${3:-}
    [ $# -lt 3 ] || shift
    shift 2
    cat > plain.spec <<'END'
Name: hello
Version: 1
Release: 1
Summary: A program that greets
License: MIT
BuildArch: noarch
Requires: /bin/sh
%description
It greets.
%install
mkdir -p %{buildroot}/usr/share/hello %{buildroot}/usr/bin
printf 'the file of A' > %{buildroot}/usr/share/hello/file
printf 'x = 1\n' > %{buildroot}/usr/share/hello/tool.py
seq 1 3000 > %{buildroot}/usr/share/hello/numbers
printf '#!/bin/sh\n' > %{buildroot}/usr/bin/hello
ln -s file %{buildroot}/usr/share/hello/link
find %{buildroot} -exec touch -h -d @1500000000 {} +
%pre
echo before
%triggerin -- bash
echo trigger
%files
%attr(0755, root, root) /usr/bin/hello
/usr/share/hello
END
    sed -e "$change" -e "s/@1500000000/@$((time - 100))/" plain.spec > hello.spec
    for define in "$@"; do printf '%s\n' "%define $define" | cat - hello.spec > with.spec && mv with.spec hello.spec; done
    SOURCE_DATE_EPOCH=$time rpmbuild -bb --quiet --define "_topdir $work/top" --define "_rpmdir $work/out" \
        --define '_buildhost builder' --define '__os_install_post %{nil}' \
        --define 'use_source_date_epoch_as_buildtime 1' hello.spec > build.log 2>&1 || fail "rpmbuild: $(cat build.log)"
    mv out/noarch/hello-1-1.noarch.rpm "$file"
}
# alone PATH OFFSET: the changed byte, and nothing else, is unexplained
alone() {
    printf '[.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["%s", %s, 1]]' "$1" "$2"
}
# said TEXT: a finding whose sentence begins so
said() { printf 'any(.findings[]; .class == "unexplained" and (.message | startswith("%s")))' "$1"; }

build plain 1600000000
for compressor in gzip:w9.gzdio xz:w6.xzdio zstd:w9.zstdio bzip2:w9.bzdio lzma:w6.lzdio none:w.ufdio; do
    flags="_binary_payload ${compressor#*:}"
    kind=${compressor%%:*}
    inside=//usr/share/hello/file
    [ "$kind" = none ] || inside="//#$kind$inside"
    build expected 1600000000 '' "$flags"
    build shipped 1700000000 '' "$flags"
    judge "$kind: built at another time" 0 shipped expected ".verdict == \"equivalent\" and .image.format == \"rpm\"
        and $(fact rpm.buildtime explained) and $(fact rpm.filemtime:/usr/bin/hello explained)"
    build shipped 1700000000 's/of A/of B/' "$flags"
    judge "$kind: built at another time, and one byte of a file changed" 1 shipped expected "$(alone "#payload$inside" 12)"
done

build expected 1600000000
build shipped 1600000000
judge 'built twice at one time' 0 shipped expected '.verdict == "identical"'
build shipped 1700000000 's/echo before/echo beforf/'
judge 'a script that runs before' 1 shipped expected "$(fact rpm.prein unexplained) and $(said rpm.prein:)"
build shipped 1700000000 's/^%pre$/%pre -p \/bin\/bash/'
judge 'another interpreter of it' 1 shipped expected "$(fact rpm.preinprog unexplained)"
build shipped 1700000000 's/echo trigger/echo triggeR/'
judge 'a script that a trigger runs' 1 shipped expected "$(fact rpm.triggerscripts unexplained)"
build shipped 1700000000 's/0755, root/4755, root/'
judge 'a mode' 1 shipped expected "$(fact rpm.filemodes unexplained) and any(.facts[];
    .fact == \"mode\" and .class == \"unexplained\" and .path == \"#payload//#gzip//usr/bin/hello\")"
build shipped 1700000000 's/0755, root, root/0755, root, bin/'
judge 'a group' 1 shipped expected "$(fact rpm.filegroupname unexplained)"
build shipped 1700000000 's/0755, root, root) /0755, root, root) %caps(cap_setuid=ep) /'
judge 'a capability' 1 shipped expected "$(fact rpm.filecaps unexplained)"
build shipped 1700000000 's/^Requires:.*/Requires: \/bin\/cat/'
judge 'a requirement' 1 shipped expected "$(fact rpm.requirename unexplained)"
build shipped 1700000000 's/^Requires:.*/&\nProvides: more/'
judge 'something more that it provides' 1 shipped expected "$(fact rpm.providename unexplained)"
build shipped 1700000000 's/ln -s file/ln -s filf/'
judge 'the target of a link' 1 shipped expected "$(fact rpm.filelinktos unexplained) and $(fact link unexplained)"
build shipped 1700000000 's/^ln -s.*/&\nprintf x > %{buildroot}\/usr\/share\/hello\/more/'
judge 'a file more' 1 shipped expected 'any(.facts[]; .path == "#payload//#gzip//usr/share/hello/more" and .rule == "added")'
build shipped 1700000000 '' '_buildhost another'
judge 'another host' 1 shipped expected "$(fact rpm.buildhost unexplained)"
build shipped 1600000000 '' '_binary_payload w9.xzdio'
judge 'another compressor' 1 shipped expected "$(fact rpm.payloadcompressor unexplained)"

# --- bytes that are changed where they stand ---
cat > edit.py <<'END'
# edit.py WHAT: makes of `expected` the package `shipped`, and prints where the changed byte stands
import hashlib, struct, sys
data = bytearray(open('expected', 'rb').read())
def header(at):
    count, size = struct.unpack('>II', data[at + 8:at + 16])
    store = at + 16 + 16 * count
    index = {}
    for i in range(count):
        tag, kind, offset, n = struct.unpack('>IIII', data[at + 16 + 16 * i:at + 32 + 16 * i])
        index[tag] = (store + offset, n, at + 16 + 16 * i)
    return index, store + size
signatures, end = header(96)
start = end + 7 & ~7
tags, payload = header(start)
def digest(end=None):
    at = signatures[273][0]
    data[at:at + 64] = hashlib.sha256(data[start:payload]).hexdigest().encode()
    at = signatures[269][0]
    data[at:at + 40] = hashlib.sha1(data[start:payload]).hexdigest().encode()
    at = signatures[1004][0]
    data[at:at + 16] = hashlib.md5(data[start:]).digest()
what = sys.argv[1]
at = 0
if what == 'lead':
    at = 12
    data[at] ^= 1
elif what == 'reserved':
    at = signatures[1008][0] + 9
    data[at] ^= 1
elif what == 'padding':
    at = end
    assert end < start
    data[at] ^= 1
elif what == 'index':
    at = tags[1023][2] + 7
    data[at] ^= 1
elif what == 'description':
    at = tags[1005][0]
    data[at] ^= 1
elif what == 'file-time':
    data[tags[1034][0] + 3] ^= 1
    digest()
elif what == 'build-time':
    data[tags[1006][0] + 3] ^= 1
elif what == 'build-time-digested':
    data[tags[1006][0] + 3] ^= 1
    digest()
elif what == 'sha256':
    at = signatures[273][0]
    data[at] = ord('0') if data[at] != ord('0') else ord('1')
elif what == 'filedigest':
    at = tags[1035][0]
    while data[at] == 0:
        at += 1
    data[at] = ord('0') if data[at] != ord('0') else ord('1')
    digest()
elif what == 'decoded':
    at = tags[5097][0]
    data[at] = ord('0') if data[at] != ord('0') else ord('1')
    digest()
elif what == 'behind':
    at = len(data)
    data += b'x'
elif what == 'twice':
    data[tags[1023][2]:tags[1023][2] + 4] = struct.pack('>I', 1022)
elif what == 'shared':
    one, two = tags[1000][2], tags[1001][2]
    data[two + 8:two + 12] = data[one + 8:one + 12]
elif what == 'outside':
    data[tags[1000][2] + 8:tags[1000][2] + 12] = b'\x7f\xff\xff\xff'
elif what == 'unaligned':
    at = tags[1006][2] + 8
    data[at:at + 4] = struct.pack('>I', struct.unpack('>I', data[at:at + 4])[0] + 1)
elif what == 'region':
    data[tags[63][0] + 11] ^= 16
elif what == 'long':
    data[start + 8:start + 12] = b'\x00\x7f\xff\xff'
elif what == 'cut':
    del data[payload - 10:]
elif what == 'version':
    data[4] = 9
open('shipped', 'wb').write(data)
print(at)
END
# edited STORY WHAT [FILTER]
edited() {
    at=$(python3 edit.py "$2") || fail "$1: the maker failed"
    judge "$1" 1 shipped expected "${3:-$(alone . "$at")}"
}
edited 'a byte of the lead' lead
edited 'a byte of the room for signatures' reserved
edited 'a byte of the padding between the headers' padding
edited 'the type of an entry' index "$(said 'index of rpm.prein:')"
edited 'a byte of the description' description
edited 'the time of a file in the header alone' file-time 'any(.facts[];
    (.fact | startswith("rpm.filemtime:")) and .class == "unexplained")'
edited 'a time, without the digests that speak of it' build-time "$(fact rpm-signature.sha256 unexplained)"
python3 edit.py build-time-digested > /dev/null
judge 'a time, and the digests with it' 0 shipped expected "$(fact rpm.buildtime explained)"
edited 'a digest of the header' sha256
edited 'the digest of a file' filedigest
edited 'the digest of the decoded payload' decoded
edited 'a byte behind the end' behind 'any(.findings[]; .path == "#payload" and .class == "unexplained" and .range.length == 1)'
broken='.reasons[0] | contains("breaks the rules of its own format")'
for what in twice shared outside unaligned region long cut; do
    edited "a header that is broken: $what" "$what" "$broken"
done
edited 'a version that is not known' version '.accounting.undecided > 0'

# --- header and payload: rpm takes mode, time and target from the former, and others from the latter ---
cat > minds.py <<'END'
# minds.py FILE WHAT: the header says something else than the payload of one file, with right digests
import hashlib, struct, sys
data = bytearray(open(sys.argv[1], 'rb').read())
def header(at):
    count, size = struct.unpack('>II', data[at + 8:at + 16])
    store = at + 16 + 16 * count
    entries = (struct.unpack('>IIII', data[at + 16 + 16 * i:at + 32 + 16 * i]) for i in range(count))
    return {tag: (store + offset, n) for tag, kind, offset, n in entries}, store + size
signatures, end = header(96)
start = end + 7 & ~7
tags, payload = header(start)
def texts(tag):
    at, count = tags[tag]
    return bytes(data[at:]).split(b'\0')[:count]
names = texts(1117)
which = names.index(b'file')
what = sys.argv[2]
if what == 'mode':
    struct.pack_into('>H', data, tags[1030][0] + 2 * which, 0o100755)
elif what == 'type':
    struct.pack_into('>H', data, tags[1030][0] + 2 * which, 0o120644)
elif what == 'mode of a directory':
    struct.pack_into('>H', data, tags[1030][0] + 2 * names.index(b'hello', names.index(b'hello') + 1), 0o040700)
elif what == 'target':
    at = bytes(data).index(b'file\0', tags[1036][0])
    data[at:at + 4] = b'tool'
elif what == 'one file':
    at = tags[1096][0]
    other = names.index(b'numbers')
    data[at + 4 * which:at + 4 * which + 4] = data[at + 4 * other:at + 4 * other + 4]
else:
    assert what == 'nothing'
at = signatures[273][0]
data[at:at + 64] = hashlib.sha256(data[start:payload]).hexdigest().encode()
at = signatures[269][0]
data[at:at + 40] = hashlib.sha1(data[start:payload]).hexdigest().encode()
at = signatures[1004][0]
data[at:at + 16] = hashlib.md5(data[start:]).digest()
open(sys.argv[1], 'wb').write(data)
END
for what in nothing mode type 'mode of a directory' target 'one file'; do
    build expected 1600000000
    build shipped 1700000000
    for side in expected shipped; do python3 minds.py "$side" "$what"; done
    case $what in nothing) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    judge "header and payload say other things of a file: $what" $code shipped expected "$(fact rpm.buildtime $class) and $(fact mtime $class)"
done
links='s/^ln -s.*/&\nln %{buildroot}\/usr\/share\/hello\/numbers %{buildroot}\/usr\/share\/hello\/more/'
build expected 1600000000 "$links"
build shipped 1700000000 "$links"
judge 'a file of two names' 0 shipped expected "$(fact rpm.buildtime explained) and $(fact mtime explained)"

# --- a signature: nothing explains it but a line of the policy ---
cat > sign.py <<'END'
# puts an entry RSAHEADER into the header of signatures, as rpmsign does
import hashlib, struct
data = open('expected', 'rb').read()
count, size = struct.unpack('>II', data[104:112])
store = 112 + 16 * count
entries = [struct.unpack('>IIII', data[112 + 16 * i:128 + 16 * i]) for i in range(count)]
body = data[store:store + size]
region, rest = entries[0], entries[1:]
new = b'\x89\x02\x33' + b'signature' * 20
trailer = struct.pack('>IIiI', 62, 7, -16 * (count + 1), 16)
body = body[:region[2]] + body[region[2] + 16:]
rest = [(t, k, o - 16 if o > region[2] else o, n) for t, k, o, n in rest] + [(268, 7, len(body), len(new))]
body += new
head = [(62, 7, len(body), 16)] + sorted(rest)
body += trailer
out = data[:96] + b'\x8e\xad\xe8\x01\0\0\0\0' + struct.pack('>II', len(head), len(body))
out += b''.join(struct.pack('>IIII', *e) for e in head) + body
out += b'\0' * (-(len(out) - 96) % 8)
start = store + size + 7 & ~7
open('shipped', 'wb').write(out + data[start:])
END
python3 sign.py
judge 'a signature that the rebuild has not' 1 shipped expected "$(fact rpm-signature.rsa unexplained)"

# --- changes anywhere: none passes, for every time has a digest that speaks of it ---
build expected 1600000000
build genuine 1700000000
cat > mutate.py <<'END'
import random, sys
for seed in range(1, int(sys.argv[1]) + 1):
    image = bytearray(open('genuine', 'rb').read())
    random.seed(seed)
    for _ in range(random.randint(1, 3)):
        at = random.choice([random.randrange(len(image)), random.randrange(96, 112), random.randrange(96, 700)])
        image[at] ^= random.randrange(1, 256)
    open('bad.%d' % seed, 'wb').write(image)
END
mutants=0
python3 mutate.py "${ASSAY_MUTANTS:-60}"
while [ $mutants -lt "${ASSAY_MUTANTS:-60}" ]; do
    mutants=$((mutants + 1))
    code=0
    "$assay" compare bad.$mutants expected --report report.json > said.txt 2>&1 || code=$?
    case $code in
        0) fail "mutant $mutants passes" ;;
        1 | 2) ;;
        *) cat said.txt >&2; fail "mutant $mutants: exit $code" ;;
    esac
done
printf 'ok: %s: %s changed packages, of which none passed\n' "$name" "$mutants"
