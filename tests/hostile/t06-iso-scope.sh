#!/bin/sh
# T2, T5: a file in an ISO 9660 image that a scope names is found only where the records of the directories above lead to
# it, by names that readers put together in one way, and where the other trees of the image lead to it too.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
for tool in genisoimage xorriso python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export TZ=UTC PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1

mkdir -p tree/data tree/data-evil tree/other/deeper
printf 'the program of the scope' > tree/data/application
printf 'another program entirely' > tree/data/application-evil
printf 'another program entirely' > tree/data-evil/application
printf 'beside' > tree/other/file
: > tree/data/nothing
printf 'packed' > packed && pack tree/data/packed.tar packed
ln -s ../other/deeper/file tree/data/link
find tree -exec touch -h -d @1700000000 {} +
xorriso -as mkisofs -quiet -r -V VOL -o rock.iso tree 2> log || fail "xorriso: $(cat log)"
xorriso -as mkisofs -quiet -r -J -V VOL -o joliet.iso tree 2> log || fail "xorriso: $(cat log)"
genisoimage -quiet -r -J -V VOL -o hidden.iso -hide-joliet application tree 2> log || fail "genisoimage: $(cat log)"
genisoimage -quiet -r -J -V VOL -o none.iso -hide-joliet tree/data/application tree 2> log || fail "genisoimage: $(cat log)"
genisoimage -quiet -r -J -V VOL -o shown.iso tree 2> log || fail "genisoimage: $(cat log)"

cat > edit.py <<'X'
"""edit.py FROM TO WHAT: an image with one thing changed."""
import re, sys
from iso_record import *
source, to, what = sys.argv[1:]
image = Image(source)
data, own, file = image.find('data'), image.find('data/.'), image.find('data/application')
if what == 'moved':
    image.add(data, entry(b'RE'))
elif what == 'own-moved':
    image.add(own, entry(b'RE'))
elif what in ('hidden', 'associated'):
    image.data[data + 25] |= 1 if what == 'hidden' else 4
elif what == 'directory-parts':
    image.change(data, b'NM', name_in(b'da', b'ta'))
elif what == 'file-parts':
    image.change(file, b'NM', name_in(b'app', b'lication'))
elif what == 'empty-part':
    image.change(file, b'NM', name_in(b'', b'application'))
elif what == 'directory-apart':
    image.put_off(data, b'NM')
elif what == 'packed-parts':
    image.change(image.find('data/packed.tar'), b'NM', name_in(b'packed', b'.tar'))
elif what == 'packed-hidden':
    image.data[image.find('data/packed.tar') + 25] |= 1
elif what == 'file-apart':
    image.put_off(file, b'NM')
elif what == 'file-mode-apart':
    image.put_off(file, b'PX')
elif what == 'link-parts':
    target = (b'\0\2..', b'\0\5other', b'\0\6deeper', b'\0\4file')
    image.change(image.find('data/link'), b'SL', entry(b'SL', b'\1' + target[0] + target[1]), entry(b'SL', b'\0' + target[2] + target[3]))
elif what == 'link-pieces':
    image.change(image.find('data/link'), b'SL', entry(b'SL', b'\0\4\0\1\3oth\0\2er\0\6deeper\0\4file'))
elif what == 'beside-parts':
    image.change(image.find('data/application-evil'), b'NM', name_in(b'application', b'-evil'))
elif what == 'directory-beside-parts':
    image.change(image.find('data-evil'), b'NM', name_in(b'data', b'-evil'))
elif what == 'far-beside-parts':
    image.change(image.find('other/file'), b'NM', name_in(b'fi', b'le'))
elif what == 'mode':
    image.set_mode(data, 0o40700)
elif what == 'own-mode':
    image.set_mode(own, 0o40700)
elif what == 'own-owner':
    image.set_mode(data, 0o40700), image.set_mode(own, 0o40700, 1000)
elif what == 'own-write':
    image.set_mode(data, 0o40775), image.set_mode(own, 0o40775)
elif what == 'root-mode':
    image.set_mode(image.find('.'), 0o40700)
elif what == 'root-write':
    image.set_mode(image.find('.'), 0o40777)
elif what == 'iso-name':
    image.data = re.sub(rb'(\x04|\x01\x00|\x00\x01)DATA(?!_)', rb'\1DATB', bytes(image.data))
elif what.startswith('attributes'):
    places = {'root': image.find('.'), 'own': own, 'above': data}
    image.add(places[what.split('-')[1]], entry(b'AL', b'\0\0\1' + what.split('-')[2].encode()))
elif what in ('unlisted', 'own-unlisted'):
    place = image.data.index(b'RR\5\1', file if what == 'unlisted' else own) + 4
    image.data[place] &= 0x08
elif what == 'extension':
    at = image.data.index(b'ER\xed\1')
    image.data[at:at + 2] = b'XX'
elif what == 'long-times':
    times = [one for one in image.entries(own) if one[:2] == b'TF'][0]
    image.change(own, b'TF', entry(b'TF', bytes([0x82]) + b'2023111422132000\0'))
elif what.startswith('pieces'):
    # one file in two pieces, of which the second is hidden or not
    record = bytearray(image.data[file:file + image.data[file]])
    block, size = image.get32(file + 2), image.get32(file + 10)
    other = image.get32(image.find('data/application-evil') + 2)
    assert other == block + 1
    record[10:18], record[25] = both(BLOCK), record[25] | 0x80
    second = bytearray(record)
    second[2:10], second[10:18], second[25] = both(other), both(24), 1 if what.endswith('hidden') else 0
    image.set_record(file, record)
    rest = image.find('data/application-evil')
    moved = bytes(image.data[rest:rest + image.data[rest]])
    image.set_record(rest, second)
elif what.startswith('joliet'):
    volume = [i for i in range(16, 20) if image.data[i * BLOCK] == 2][0]
    image = Image(source, volume)
    other = image.find('data-evil/application')
    if what == 'joliet-nothing':
        at = image.find('data/nothing')
        image.data[at + 2:at + 18] = image.data[other + 2:other + 18]
        image.save(to)
        sys.exit()
    file = image.find('data/application')
    if what == 'joliet-hidden':
        image.data[file + 25] |= 4
    elif what == 'joliet-directory':
        image.data[image.find('data') + 25] |= 4
    elif what == 'joliet-other':
        image.data[file + 2:file + 18] = image.data[other + 2:other + 18]
image.save(to)
X
# tells PATH FACT: that fact of that path is unexplained
tells() { printf 'any(.facts[]; .path == "%s" and .fact == "%s" and .class == "unexplained")' "$1" "$2"; }
# scoped STORY CODE WHAT PATH FACT [FROM]: another image; and the same on both sides, but for a file beside, which passes
scoped() {
    python3 edit.py "${6:-rock.iso}" shipped.iso "$3" || fail "$1: the maker failed"
    if cmp -s "${6:-rock.iso}" shipped.iso; then fail "$1: nothing was changed"; fi
    compared "$1" "$2" "$(tells "$4" "$5")" shipped.iso "${6:-rock.iso}" --scope "${scope:-data/application}"
    sed 's/^beside$/beyond/; s/beside/beyond/' shipped.iso > expected.iso
    if cmp -s expected.iso shipped.iso; then fail "$1: nothing beside was changed"; fi
    compared "$1: as the rebuild has it" 0 true shipped.iso expected.iso --scope "${scope:-data/application}"
}
scoped 'a directory above that is marked as moved' 1 moved data relocated
scoped 'its own record, marked so' 1 own-moved data dot.relocated
scoped 'a directory above that is hidden' 1 hidden data attributes
scoped 'a directory above that is an associated file' 1 associated data attributes
scoped 'a directory above with a name in two entries' 1 directory-parts data name-parts
scoped 'a file with a name in two entries' 1 file-parts data/application name-parts
scoped 'a file with a name of which the first entry is empty' 1 empty-part data/application name-parts
scoped 'a directory above with a name apart from its record' 1 directory-apart data continued
scoped 'a file with a name apart from its record' 1 file-apart data/application continued
scoped 'a file with a mode apart from its record' 1 file-mode-apart data/application continued
scoped 'a file beside with a name of which the first entry is one in scope' 1 beside-parts data/application-evil name
scoped 'a directory beside with such a name' 1 directory-beside-parts data-evil name
scoped 'a file elsewhere with a name in two entries' 0 far-beside-parts . .
scoped 'a directory above that others may not enter' 1 mode data mode
scoped 'a directory above that others may not enter by its own record' 1 own-mode data dot.mode
scoped 'a directory above that only another may enter' 1 own-owner data mode
scoped 'a directory above that the group may write to' 0 own-write . .
scoped 'a root that others may not enter' 1 root-mode . dot.mode
scoped 'a root that all may write to' 0 root-write . .
scoped 'a directory above of another name of ISO 9660' 1 iso-name data iso-name
scoped 'the announcement of Rock Ridge' 1 extension . dot.extensions
scoped 'times in the long form above the scope' 0 long-times . .
scope=data/packed.tar//packed
scoped 'an archive that holds the scope, with a name in two entries' 1 packed-parts data/packed.tar name-parts
scoped 'an archive that holds the scope, hidden' 1 packed-hidden data/packed.tar attributes
scope='data/**'
scoped 'a link with a target in two entries' 1 link-parts data/link link-parts
scoped 'a link with a component in two parts' 1 link-pieces data/link link-parts
scoped 'a file elsewhere with a name in two entries, a directory in scope' 0 far-beside-parts . .
unset scope


# a directory that stands elsewhere, where 7-Zip finds it
mkdir -p deep/a/b/c/d/e/f/g/h && printf inner > deep/a/b/c/d/e/f/g/h/inner && printf beside > deep/a/file
find deep -exec touch -h -d @1700000000 {} +
for kind in flat: moved:--rr_reloc_dir_moved; do
    # shellcheck disable=SC2046 # two words, or none
    xorriso -as mkisofs -quiet -r $(printf '%s' "${kind#*:}" | sed 's/_moved/ moved/') -V VOL -o "${kind%:*}.iso" deep 2> log || fail "xorriso: $(cat log)"
done
inner=a/b/c/d/e/f/g/h/inner
compared 'a directory above that stands elsewhere' 1 "$(tells "${inner%/inner}" moved-to)" moved.iso flat.iso --scope $inner
compared 'one that does not' 1 "$(tells "${inner%/inner}" moved-to)" flat.iso moved.iso --scope $inner
sed 's/beside/beyond/' moved.iso > expected.iso
compared 'a directory above that stands elsewhere, as the rebuild has it' 0 true moved.iso expected.iso --scope $inner

# a list by which Linux without zisofs goes; genisoimage writes such
genisoimage -quiet -r -V VOL -o listed.iso tree 2> log || fail "genisoimage: $(cat log)"
scoped 'a list of extensions that leaves out all but the name' 1 unlisted data/application unlisted listed.iso
scoped 'a list of extensions of a directory above that leaves out all' 1 own-unlisted data dot.unlisted listed.iso

# times in the long form, of a directory in scope by its own record
python3 edit.py rock.iso shipped.iso long-times
compared 'times in the long form of a directory in scope' 1 "$(tells data dot.long-times)" shipped.iso rock.iso --scope data --scope 'data/**'

# pieces of one file, which 7-Zip puts together where they have the same flags
python3 edit.py rock.iso pieces.iso pieces
python3 edit.py rock.iso shipped.iso pieces-hidden
compared 'a hidden piece of a file' 1 "$(tells data/application section-2.attributes)" shipped.iso pieces.iso --scope data/application
compared 'a file in two pieces' 0 true pieces.iso pieces.iso --scope data/application

# the tree of Joliet, which others than Linux prefer; where a file of it is one in scope, all is judged
for what in hidden:data/application directory:data; do
    python3 edit.py joliet.iso shipped.iso "joliet-${what%:*}" || fail "Joliet: the maker failed"
    compared "the tree of Joliet (${what%:*})" 1 "$(tells "#joliet/${what#*:}" attributes)" shipped.iso joliet.iso --scope data/application
    compared "the tree of Joliet (${what%:*}): as the rebuild has it" 0 true shipped.iso shipped.iso --scope data/application
done
python3 edit.py shown.iso shipped.iso joliet-other || fail 'Joliet: the maker failed'
compared 'a file that the tree of Joliet alone has otherwise' 1 "$(tells '#joliet/data/application' content)" shipped.iso hidden.iso --scope data/application
compared 'a file that the tree of Joliet has not' 0 true hidden.iso hidden.iso --scope data/application
# an empty file begins nowhere, and is no link to one
python3 edit.py none.iso shipped.iso joliet-nothing || fail 'Joliet: the maker failed'
compared 'an empty file that has content in the tree of Joliet' 1 "$(tells '#joliet/data/nothing' content)" shipped.iso none.iso \
    --scope data/application --scope data/nothing
sed 's/^beside$/beyond/; s/beside/beyond/' none.iso > expected.iso
compared 'an empty file in both trees' 0 true none.iso expected.iso --scope data/application --scope data/nothing

# attributes of libisofs, of the root and of directories above
for where in root own above; do
    case $where in root) path=. fact=dot.xattr.aaip ;; own) path=data fact=dot.xattr.aaip ;; above) path=data fact=xattr.aaip ;; esac
    python3 edit.py rock.iso good.iso attributes-$where-x && python3 edit.py rock.iso shipped.iso attributes-$where-y
    for scope in data/application 'data/**' '**'; do
        [ "$where$scope" != 'owndata/**' ] || continue
        compared "attributes ($where), $scope in scope" 1 "$(tells "$path" "$fact")" shipped.iso good.iso --scope "$scope"
        compared "attributes ($where) that the rebuild has not, $scope in scope" 1 "$(tells "$path" "$fact")" shipped.iso rock.iso --scope "$scope"
    done
    compared "attributes ($where)" 1 "$(tells "$path" "$fact")" shipped.iso good.iso
    sed 's/beside/beyond/' good.iso > shipped.iso
    compared "attributes ($where), as the rebuild has them" 0 true shipped.iso good.iso --scope data/application
done
unset scope

# what no rebuild makes: the file alone is built
command -v bwrap > /dev/null || { echo 'without bwrap no file is built alone'; exit 0; }
mkdir source long && printf 'the program of the scope' > source/app
cp -R tree/data long && mv long/data/application "long/data/$(printf '%0120d' 7)" && find long -exec touch -h -d @1700000000 {} +
genisoimage -quiet -r -V VOL -o long.iso long 2> log || fail "genisoimage: $(cat log)"
make_tools cat
# alone STORY CODE PATH FACT FILE
alone() {
    printf 'recipe: 1\nproduct: x 1\nsource: [{directory: source}]\n%s\npath: /build/x\nsteps: ["true"]\noutputs: [{from: app, at: %s}]\n' \
        "$toolchain" "$5" > app.recipe
    code=0
    "$assay" verify shipped.iso --recipe app.recipe --scope "$5" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    [ "$code" = 0 ] || ask_later "$1" "if [$(tells "$3" "$4")] | last then \"\" else \"the report does not show it\" end" report.json
    [ "$code" != 0 ] || printf 'ok: %s: %s\n' "$name" "$1"
}
cp rock.iso shipped.iso
alone 'a file that is built alone' 0 . . data/application
cp long.iso shipped.iso
alone 'a file of a long name that is built alone' 0 . . "data/$(printf '%0120d' 7)"
for attack in moved:data:relocated own-moved:data:dot.relocated directory-parts:data:name-parts file-parts:data/application:name-parts \
    file-apart:data/application:continued; do
    what=${attack%%:*} place=${attack#*:}
    python3 edit.py rock.iso shipped.iso "$what"
    alone "a file that is built alone: $what" 1 "${place%:*}" "${place#*:}" data/application
done
