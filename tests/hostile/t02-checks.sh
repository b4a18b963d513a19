#!/bin/sh
# T2: what stands beside a scope and decides whether what is in it is read at all: hashes of a FIT, by which a boot loader
# refuses it, and the version that an entry of a zip needs, by which unzip passes over it, and Python over the archive; and
# the magic of a tar, without which BusyBox ends.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo 'SKIP: no python3'; exit 77; }

# zip FILE [OFFSETS VERSION]: versions of the second entry, of both headers or of one
cat > zip.py <<'X'
import sys, zipfile
out, where, version = sys.argv[1:]
with zipfile.ZipFile(out, 'w') as archive:
    for name in ('app', 'note'):
        archive.writestr(zipfile.ZipInfo(name), out + name if name == 'note' else 'honest')
data = bytearray(open(out, 'rb').read())
for mark, at in ((b'PK\1\2', 6), (b'PK\3\4', 4)):
    for entry in where.split('+'):
        if entry[0] == 'cl'[at == 4] or entry[0] == 'b':
            place = data.find(mark) if entry[1:] == 'app' else data.rfind(mark)
            data[place + at:place + at + 2] = int(version).to_bytes(2, 'little')
open(out, 'wb').write(data)
X
python3 zip.py good.zip bnote 20
python3 zip.py other.zip bnote 45
compared 'another version that readers have, beside the scope' 0 true other.zip good.zip --scope app
for version in 46 99 256 65535; do
    for where in bnote cnote lnote; do
        python3 zip.py bad.zip $where $version
        compared "a version that not all have, $version in $where" 1 'any(.facts[]; (.fact | endswith("version-needed")) and .path == "note" and .class == "unexplained")' \
            bad.zip good.zip --scope app
    done
done
python3 zip.py new.zip bnote 63
python3 zip.py newer.zip bnote 63
compared 'a version that the rebuild has too' 0 true new.zip newer.zip --scope app
# An entry that is stored, with its length behind it: who reads a stream looks for the end in what is stored.
cat > stored.py <<'X'
import io, sys, zipfile
class Stream(io.RawIOBase):
    def __init__(self, path): self.out = open(path, 'wb')
    def writable(self): return True
    def write(self, data): return self.out.write(data)
name, method = sys.argv[1], getattr(zipfile, sys.argv[2])
with zipfile.ZipFile(Stream(name) if sys.argv[3] == 'behind' else name, 'w', method) as out:
    for entry in ('app', 'note'):
        out.writestr(zipfile.ZipInfo(entry, (2020, 1, 1, 0, 0, 0)), entry * 99, method if entry == 'note' else zipfile.ZIP_STORED if sys.argv[3] != 'behind' else zipfile.ZIP_DEFLATED)
X
python3 stored.py stored.zip ZIP_STORED before
python3 stored.py behind.zip ZIP_STORED behind
python3 stored.py packed.zip ZIP_DEFLATED behind
python3 stored.py packed2.zip ZIP_DEFLATED behind
ends='any(.facts[]; .fact == "data-descriptor" and .path == "note" and .class == "unexplained")'
compared 'a stored entry whose length stands behind it, beside the scope' 1 "$ends" behind.zip packed.zip --scope app
compared 'one that the rebuild has too' 0 true behind.zip behind.zip --scope app
compared 'a packed entry whose length stands behind it' 0 true packed.zip packed2.zip --scope app

# A symbolic link that is compressed, at which BusyBox ends.
for method in ZIP_STORED ZIP_DEFLATED; do
    for text in before behind; do
        python3 -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as out:
    for entry, text, mode in ("link", "app" * 20, 0o120777), ("app", "honest", 0o100644), ("note", sys.argv[3], 0o100644):
        info = zipfile.ZipInfo(entry)
        info.create_system, info.external_attr = 3, mode << 16
        out.writestr(info, text, getattr(zipfile, sys.argv[2]) if entry == "link" else zipfile.ZIP_STORED)' "$method.$text.zip" "$method" "$text"
    done
done
compared 'a link that is stored, beside the scope' 0 true ZIP_STORED.behind.zip ZIP_STORED.before.zip --scope app
compared 'a link that is compressed, beside the scope' 1 'any(.facts[]; .fact == "method" and .path == "link" and .class == "unexplained")' \
    ZIP_DEFLATED.behind.zip ZIP_STORED.before.zip --scope app
compared 'a link that is compressed in the rebuild too' 0 true ZIP_DEFLATED.behind.zip ZIP_DEFLATED.before.zip --scope app

# A header of a tar without magic, at which BusyBox ends. MAGIC of each of three entries: tars FILE TEXT MAGIC...
cat > tars.py <<'X'
import sys, tarfile
out, text, magics = sys.argv[1], sys.argv[2], sys.argv[3:]
with tarfile.open(out, 'w', format=tarfile.USTAR_FORMAT) as archive:
    for name in ('note', 'app', 'behind'):
        info = tarfile.TarInfo(name)
        info.size = 6
        archive.addfile(info, __import__('io').BytesIO(b'honest' if name == 'app' else text.encode()))
data = bytearray(open(out, 'rb').read())
for i, magic in enumerate(magics):
    if magic == 'v7':
        head = data[i * 1024:i * 1024 + 512]
        head[257:345] = bytes(88)
        head[148:156] = b' ' * 8
        head[148:156] = b'%06o\0 ' % sum(head)
        data[i * 1024:i * 1024 + 512] = head
open(out, 'wb').write(data)
X
python3 tars.py good.tar before ustar ustar ustar
python3 tars.py more.tar behind ustar ustar ustar
compared 'other entries with a magic, beside the scope' 0 true more.tar good.tar --scope app
magic='any(.facts[]; .fact == "header.variant" and .class == "unexplained")'
for magics in 'v7 ustar ustar' 'ustar v7 ustar' 'v7 v7 v7' 'ustar ustar v7'; do
    # shellcheck disable=SC2086 # words
    python3 tars.py bad.tar behind $magics
    compared "headers of a tar without magic, where the rebuild has one: $magics" 1 "$magic" bad.tar good.tar --scope app
done
python3 tars.py old.tar before v7 v7 v7
python3 tars.py older.tar behind v7 v7 v7
compared 'such headers alone, as the rebuild has them' 0 true older.tar old.tar --scope app

# A global header of pax is a file of its name to who knows none.
cat > globals.py <<'X'
import sys
def head(name, size, kind):
    made = bytearray(512)
    made[:len(name)] = name.encode()
    made[100:136] = b'0000644\x000000000\x000000000\x00%011o\x00' % size
    made[136:148] = b'%011o\x00' % 0
    made[156:157], made[257:265], made[148:156] = kind, b'ustar\x0000', b' ' * 8
    made[148:156] = b'%06o\0 ' % sum(made)
    return bytes(made)
out, text, name = sys.argv[1:]
made = head('note', len(text), b'0') + text.encode().ljust(512, b'\0') + head('app', 6, b'0') + b'honest'.ljust(512, b'\0')
if name:
    made += head(name, 18, b'g') + b'18 comment=hidden\n'.ljust(512, b'\0')
open(out, 'wb').write(made + bytes(1024))
X
python3 globals.py one.tar before pax_global_header && python3 globals.py two.tar behind pax_global_header && python3 globals.py bad.tar behind app
compared 'a global header of another name, beside the scope' 0 true two.tar one.tar --scope app
compared 'a global header of the name in scope' 1 'any(.facts[]; .fact == "global-name" and .class == "unexplained")' bad.tar one.tar --scope app

# GNU cpio takes all headers for such as the first one is. KIND of each of three entries: cpios FILE TEXT KIND...
cat > cpios.py <<'X'
import sys
out, text, kinds = sys.argv[1], sys.argv[2], sys.argv[3:]
made = b''
for i, (name, data) in enumerate((('note', text.encode()), ('app', b'honest'), ('TRAILER!!!', b''))):
    sum_of = sum(data) if kinds[i] == '070702' else 0
    numbers = (i + 1 if data else 0, 0o100644 if data else 0, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, sum_of)
    made += kinds[i].encode() + b''.join(b'%08X' % number for number in numbers) + name.encode() + b'\0'
    made += bytes(-len(made) % 4) + data
    made += bytes(-len(made) % 4)
open(out, 'wb').write(made + bytes(-len(made) % 512))
X
python3 cpios.py good.cpio before 070701 070701 070701
python3 cpios.py more.cpio behind 070701 070701 070701
compared 'another entry of a cpio, beside the scope' 0 true more.cpio good.cpio --scope app
python3 cpios.py bad.cpio behind 070702 070701 070701
compared 'an entry of another kind of cpio, beside the scope' 1 'any(.facts[]; .fact == "variant" and .class == "unexplained")' bad.cpio good.cpio --scope app

for tool in mkimage dtc fdtput; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
# fit FILE TEXT: of a kernel and a tree with that text
fit() {
    printf 'a kernel' > kernel && printf '%s' "$2" > tree
    cat > x.its <<'X'
/dts-v1/;
/ { description = "x"; #address-cells = <1>;
    images {
        kernel { data = /incbin/("kernel"); description = "k"; type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; };
        tree { data = /incbin/("tree"); description = "t"; type = "flat_dt"; arch = "arm64"; compression = "none"; hash-1 { algo = "sha256"; }; hash-2 { algo = "crc32"; }; };
    };
    configurations { default = "c"; c { kernel = "kernel"; fdt = "tree"; }; };
};
X
    SOURCE_DATE_EPOCH=1700000000 mkimage -f x.its "$1" > log 2>&1 || fail "mkimage: $(cat log)"
}
wrong='any(.facts[]; (.fact | test("^hash-[129]/wrong$")) and .path == "tree" and .class == "unexplained")'
fit good.fit one
fit other.fit two
compared 'another image beside the scope' 0 true other.fit good.fit --scope kernel
# spoilt STORY COMMAND...: of a copy
spoilt() {
    story=$1
    shift
    cp other.fit bad.fit
    "$@" || fail "$story: $*"
    compared "$story, beside the scope" 1 "$wrong" bad.fit good.fit --scope kernel
}
spoilt 'a wrong CRC' fdtput -t x bad.fit /images/tree/hash-2 value 12345678
spoilt 'a wrong digest' fdtput -t x bad.fit /images/tree/hash-1 value 1 2 3 4 5 6 7 8
spoilt 'a digest of another length' fdtput -t x bad.fit /images/tree/hash-1 value 1
spoilt 'a digest of a kind that nobody knows' fdtput -t s bad.fit /images/tree/hash-1 algo sha255
spoilt 'a kind without a digest' fdtput -d bad.fit /images/tree/hash-2 value
spoilt 'a digest without a kind' fdtput -d bad.fit /images/tree/hash-1 algo
spoilt 'a hash of nothing' fdtput -c bad.fit /images/tree/hash-9
cp other.fit bad.fit && fdtput -t x bad.fit /images/kernel/hash-1 value 1 2 3 4 5 6 7 8
compared 'a wrong digest of what is in scope' 1 'any(.facts[]; .fact == "hash-1/wrong")' bad.fit good.fit --scope kernel
fdtput -t x other.fit /images/tree/hash-2 value 12345678 && fdtput -t x good.fit /images/tree/hash-2 value 12345678
compared 'a wrong CRC that the rebuild has too' 0 true other.fit good.fit --scope kernel
