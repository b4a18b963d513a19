#!/bin/sh
# T6, T7: files with holes in a tar, as `tar -S` writes them: packed twice they are equal but for times; a changed byte is found
# where it stands in the file, and a map that says something else is never a pass.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 jq; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# The old form has four regions in its header and the others in blocks behind it.
mkdir tree
for i in $(seq 0 40); do
    printf 'part%02d' "$i" | dd of=tree/many bs=1 seek=$((i * 120000)) conv=notrunc 2> /dev/null
done
printf end | dd of=tree/few bs=1 seek=700000 2> /dev/null
truncate -s 3M tree/hole
printf x > tree/tail && truncate -s 100000 tree/tail
echo plain > tree/plain
cut=$(cd tree && du -k many few hole tail | awk '{ sum += $1 } END { print sum }')
[ "$cut" -lt 2000 ] || { echo 'SKIP: no file with holes can be made here' >&2; exit 77; }

# edit.py FILE OUT WHAT: a header is edited and has a right checksum again
cat > edit.py <<'X2'
import re, sys
data = bytearray(open(sys.argv[1], 'rb').read())
what = sys.argv[3]


def mend(at):
    head = data[at:at + 512]
    head[148:156] = b' ' * 8
    data[at + 148:at + 156] = b'%06o\0 ' % sum(head)


def entry(name):
    return data.index(name + b'\0')


def put(name, place, text):
    at = entry(name)
    data[at + place:at + place + len(text)] = text
    mend(at)


if what == 'process':  # GNU tar writes the number of its process into a name
    for found in list(re.finditer(rb'GNUSparseFile\.(\d+)/', data)):
        data[found.start(1):found.end(1)] = b'1' * len(found.group(1))
        mend(found.start() // 512 * 512)
elif what.startswith('first-name='):  # the first of these names is another
    found = re.search(rb'GNUSparseFile\.\d+/[a-z]+', data)
    text = what[11:].replace('N', found.group().split(b'/')[0].decode()[14:]).encode()
    data[found.start():found.end() + 20] = text.ljust(found.end() + 20 - found.start(), b'\0')
    mend(found.start() // 512 * 512)
elif what == 'moved':  # the second region of a file belongs 512 bytes further on
    at = entry(b'many')
    put(b'many', 386 + 24, b'%011o\0' % (int(data[at + 410:at + 421], 8) + 512))
elif what == 'moved-in-block':
    at = entry(b'many') + 512
    data[at:at + 12] = b'%011o\0' % (int(data[at:at + 11], 8) + 512)
elif what == 'longer':  # a file that is longer by a hole
    at = entry(b'few')
    put(b'few', 483, b'%011o\0' % (int(data[at + 483:at + 494], 8) + 512))
elif what == 'order':  # the second region comes before the first
    put(b'many', 386 + 24, b'%011o\0' % 0)
elif what == 'leaves':  # a region behind the end of its file
    put(b'few', 483, b'%011o\0' % 1000)
elif what == 'less':  # regions that are shorter than what is stored
    put(b'few', 386 + 12, b'%011o\0' % 512)
elif what == 'more':  # a map that goes on in a block that is none
    put(b'few', 482, b'\x01')
elif what == 'junk':  # bytes behind the last region of a map
    at = entry(b'many') + 512
    while data[at + 504]:
        at += 512
    data[at + 490] = ord('x')
elif what == 'text-moved':
    at = data.index(b'\n118784\n' if b'\n118784\n' in data else b'\n120000\n')
    data[at + 6] ^= 1
elif what == 'text-count':
    at = data.index(b'GNUSparseFile.1', data.index(b'realsize')) // 512 * 512 + 512
    data[at] ^= 1
else:
    at = data.index(what.encode())
    data[at] ^= 0x20
open(sys.argv[2], 'wb').write(data)
X2
# archive FILE FORMAT TIME
archive() {
    find tree -exec touch -d "@$3.25" {} +
    (cd tree && tar --sort=name --owner=0 --group=0 --numeric-owner --format="$2" -b 1 -Scf "../$1.made" few hole many plain tail)
    python3 edit.py "$1.made" "$1" process
}
alone() {
    printf '[.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["%s", %s, 1]]' "$1" "$2"
}
sums() { (cd tree && sha256sum few hole many plain tail | sed 's/  / /') | sort; }

for format in gnu posix; do
    archive expected $format 1700000000
    archive shipped $format 1700654321
    judge "$format: packed at another time" 0 shipped expected "$(fact mtime explained)"
    "$assay" inspect shipped --format json > said.json || fail "$format: it is not read"
    sums > want.txt
    jq -r '.nodes[] | select(.path != ".") | .sha256 + " " + .path' said.json | sort > have.txt
    cmp want.txt have.txt || fail "$format: a file is not what was packed"
    printf 'ok: %s: %s: each file is what was packed\n' "$name" "$format"
    python3 edit.py shipped changed part17
    judge "$format: one byte of a region" 1 changed expected "$(alone many 2040000)"
    python3 edit.py shipped changed end
    judge "$format: one byte of the last region" 1 changed expected "$(alone few 700000)"
done
python3 edit.py shipped changed text-moved
judge 'posix: a region that belongs elsewhere' 1 changed expected '.accounting.unexplained > 0'
python3 edit.py shipped changed text-count
judge 'posix: another number of regions' 1 changed expected '.accounting.unexplained > 0'

# GNU tar writes the number of its process into a name: that number alone may differ, and it is one for all.
cp shipped.made shipped && cp expected.made expected
judge 'posix: packed by another process, at another time' 0 shipped expected \
    '([.facts[] | select(.fact == "header.name" and .class == "explained" and .rule == "process-number")] | length) == 4 and '"$(fact mtime explained)"
printf 'policy: 1\nrequire: {rules: [container-time, rewritten]}\n' > strict.policy
code=0
"$assay" compare shipped expected --policy strict.policy > said.txt 2>&1 || code=$?
if [ "$code" != 1 ] || ! grep -q process-number said.txt; then fail "a policy that does not list the rule"; fi
printf 'ok: %s: a policy that does not list the rule forbids it\n' "$name"
python3 edit.py shipped changed part17
judge 'posix: by another process, and one byte of a region' 1 changed expected "$(alone many 2040000)"
for twin_name in GNUSparseFile.7/few GNUSparseFile.0N/few GNUSparseFile.N/fex GNUSparseFile.N/a/few GNUSparseFile.Nx/few \
    GNUSparseFile./few GNUSparsefile.N/few GNUSparseFile.N.7/few GNUSparseFile.-N/few; do
    python3 edit.py shipped changed "first-name=$twin_name"
    judge "posix: by another process, and a name that GNU tar does not give: $twin_name" 1 changed expected "$(fact header.name unexplained)"
done
python3 edit.py shipped changed first-name=GNUSparseFile.4194305/few
python3 edit.py shipped both process && python3 edit.py both changed first-name=GNUSparseFile.4194305/few
judge 'posix: a number that no process has' 1 changed expected "$(fact header.name unexplained)"
# what stands where a reader that knows no such files puts one, or leads there
for other in 'mkdir plainfile.7' 'mkdir gnusparsefile.7' 'ln -s /etc GNUSparseFile.7' 'ln -s GNUSparseFile.7 link'; do
    for side in expected shipped; do
        rm -rf more && cp -a tree more && (cd more && eval "$other" && tar --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner \
            --pax-option=delete=atime,delete=ctime --format=posix -b 1 -Scf ../$side -- *)
    done
    case $other in *plain*) code=0 how=explained ;; *) code=1 how=unexplained ;; esac
    judge "posix: by another process, beside $other" $code shipped expected "$(fact header.name $how)"
done

archive expected gnu 1700000000
archive shipped gnu 1700654321
for change in moved moved-in-block longer junk order leaves less more; do
    python3 edit.py shipped changed $change
    case $change in
    moved | moved-in-block | longer) show="$(fact sparse-map unexplained) or any(.files[]; .accounting.unexplained > 0)" ;;
    *) show='.accounting.unexplained > 0' ;;
    esac
    judge "gnu: a map that was changed: $change" 1 changed expected "$show"
done

# the versions before are named, and not guessed at
for version in 0.0 0.1; do
    for side in shipped expected; do
        find tree -exec touch -d "@170000000${#side}" {} +
        (cd tree && tar --sort=name --owner=0 --group=0 --numeric-owner --format=posix --sparse-version=$version -b 1 -Scf ../$side few)
    done
    judge "posix: version $version" 2 shipped expected 'any(.undecided[]; contains("a sparse file of a version that is not supported"))'
done

# Who does not know such files has them under that number, and so has what moves them from there.
archive packed posix 1700000000
number=$(grep -aom1 'GNUSparseFile\.[0-9]*' packed.made) other=$(grep -aom1 'GNUSparseFile\.[0-9]*' packed)
for story in "1 the number of the rebuild:$number" "1 the shipped number:$other" "0 a longer number:${other}1" "0 no number:GNUSparseFile."; do
    for side in shipped:packed expected:packed.made; do
        mkdir -p "around-${side%:*}" && cp "${side#*:}" "around-${side%:*}/a.tar"
        echo "mv ${story#*:}/few few" > "around-${side%:*}/install"
    done
    code=${story%% *} story=${story#* }
    compared "a file beside the archive that names ${story%:*}" "$code" "$(fact named-identifier unexplained)" around-shipped around-expected
done
