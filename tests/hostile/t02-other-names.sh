#!/bin/sh
# T2, T7, T8: two names of an archive that are one file to who unpacks it. Of these the later one counts, so that their
# order is no matter of taste; and in a granted scope whatever replaces a file that it names is judged with it.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo 'SKIP: python3 is not installed' >&2; exit 77; }

# make.py KIND OUT NAME=CONTENT...: `NAME->TARGET` is a symbolic link, `NAME=>TARGET` a hard link
cat > make.py <<'END'
import io, sys, tarfile, warnings, zipfile
warnings.simplefilter('ignore')
kind, out, entries = sys.argv[1], sys.argv[2], sys.argv[3:]
if kind == 'tar':
    archive = tarfile.open(out, 'w', format=tarfile.USTAR_FORMAT)
    for entry in entries:
        for sign, type_ in (('->', tarfile.SYMTYPE), ('=>', tarfile.LNKTYPE)):
            if sign in entry:
                info = tarfile.TarInfo(entry.split(sign)[0])
                info.type, info.linkname = type_, entry.split(sign)[1]
                archive.addfile(info)
                break
        else:
            name, content = entry.split('=')
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    archive.close()
else:
    archive = zipfile.ZipFile(out, 'w')
    for entry in entries:
        name, content = entry.split('=')
        archive.writestr(zipfile.ZipInfo(name), content)
    archive.close()
END

# order STORY KIND FIRST SECOND: two entries, in another order
order() {
    python3 make.py "$2" good "$3" "$4"
    python3 make.py "$2" bad "$4" "$3"
    judge "$1, as it is" 0 good good
    judge "$1" 1 bad good "$(fact order unexplained)"
}
any_order
python3 make.py zip good etc/conf=good etc/other=other
python3 make.py zip bad etc/other=other etc/conf=good
judge 'zip: two files' 0 bad good "$(fact order explained)"
order 'zip: a version' zip 'etc/conf;1=evil' etc/conf=good
order 'zip: a drive' zip C:/etc/conf=evil etc/conf=good
order 'zip: a name beyond ASCII' zip etc/cö=evil etc/conf=good
order 'tar: a drive' tar C:/etc/conf=evil etc/conf=good
order 'tar: a path of Windows' tar '//?/UNC/etc/conf=evil' etc/conf=good
order 'tar: a leading backslash' tar '\etc/conf=evil' etc/conf=good

# scoped STORY CODE SHIPPED EXPECTED
scoped() {
    compared "$1" "$2" true "$3" "$4" --scope 'etc/**'
}
# replaced STORY KIND ENTRY...: these beside the good file, which alone the rebuild has
replaced() {
    story=$1 kind=$2
    shift 2
    python3 make.py "$kind" good etc/conf=good
    python3 make.py "$kind" bad etc/conf=good "$@"
    scoped "in scope, $story" 1 bad good
}
python3 make.py tar good etc/conf=good
python3 make.py tar bad etc/conf=good zz=other 'zz;x=other' 'c:x=other' 'what?/etc/conf=other' 'l->etc'
scoped 'in scope, what is beside it' 0 bad good
replaced 'a version' zip 'etc/conf;1=evil'
replaced 'a drive' zip C:/etc/conf=evil
replaced 'a path of Windows without limits' tar '//?/etc/conf=evil'
replaced 'a path of Windows with a server' tar '//?/UNC/etc/conf=evil'
replaced 'a path of a device of Windows' tar '//./etc/conf=evil'
replaced 'a backslash' tar '\etc/conf=evil'
replaced 'written through a link' tar 'zz->etc/conf' zz=evil
replaced 'written through a link, which stands behind' tar zz=evil 'zz->etc/conf' zz=evil
replaced 'written through a hard link' tar 'zz=>./etc/conf' zz=evil
replaced 'written through a hard link by way of a link' tar 'l->etc' 'zz=>l/conf' zz=evil

# the order of members of which each is in scope
for other in etc//conf etc/./conf; do
    python3 make.py tar good $other=evil etc/conf=good
    python3 make.py tar bad etc/conf=good $other=evil
    scoped "in scope, $other, as it is" 0 good good
    scoped "in scope, $other, in another order" 1 bad good
done
python3 make.py tar good 'l->etc' l/conf=evil etc/conf=good
python3 make.py tar bad 'l->etc' etc/conf=good l/conf=evil
scoped 'in scope, through a link, in another order' 1 bad good
python3 make.py tar good etc/conf=good etc/other=other
python3 make.py tar bad etc/other=other etc/conf=good
scoped 'in scope, two files in another order' 0 bad good
granting=
scoped 'in scope, two files in another order, and nobody says that it is nothing' 1 bad good

# names that only the device has for it: links of a merged /usr, of /var/run, of a process
# device STORY CODE KIND FILE ENTRY...: the file in scope, and entries beside it that the rebuild does not have
device() {
    story=$1 expected=$2 kind=$3 file=$4
    shift 4
    python3 make.py "$kind" good "$file=good"
    python3 make.py "$kind" bad "$file=good" "$@"
    code=0
    "$assay" compare bad good --scope "$file" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$expected" ] || { cat said.txt >&2; fail "$story: exit $code, expected $expected"; }
    [ "$code" = 0 ] || jq -e --arg at "${1%%[=-]*}" 'any(.facts[]; .class == "unexplained" and .fact == "name" and .path == $at)' \
        report.json > /dev/null || { jq .facts report.json >&2; fail "$story: not at the entry"; }
    printf 'ok: %s: %s\n' "$name" "$story"
}
for kind in tar zip; do
    device "$kind: bin for usr/bin" 1 "$kind" usr/bin/app bin/app=evil
    device "$kind: usr/bin for bin" 1 "$kind" bin/app usr/bin/app=evil
    device "$kind: sbin for usr/bin" 1 "$kind" usr/bin/app sbin/app=evil
    device "$kind: lib64 for usr/lib" 1 "$kind" usr/lib/a.so lib64/a.so=evil
    device "$kind: var/lock for run/lock" 1 "$kind" run/lock/app var/lock/app=evil
    device "$kind: the root of a process" 1 "$kind" opt/app proc/self/root/opt/app=evil
    device "$kind: a process by number, at its thread" 1 "$kind" opt/app proc/1/task/1/cwd/opt/app=evil
    device "$kind: an open directory" 1 "$kind" opt/app dev/fd/3/opt/app=evil
    device "$kind: other files of such directories" 0 "$kind" usr/bin/app bin/sh=other usr/sbin/other=other lib/app=other proc/version=other \
        var/run/app=other
done
device 'tar: a hard link to such a name' 1 tar usr/bin/app 'zz=>bin/app' zz=evil
device 'tar: the links themselves' 0 tar usr/bin/app 'bin->usr/bin' 'sbin->usr/sbin' 'lib64->usr/lib'
any_order
# swapped STORY CODE CLASS ENTRY ENTRY: two that both have, in another order, and the whole image judged
swapped() {
    python3 make.py tar good "$4" "$5"
    python3 make.py tar bad "$5" "$4"
    judge "$1, in another order" "$2" bad good "$(fact order "$3")"
}
swapped 'bin and usr/bin' 1 unexplained bin/app=one usr/bin/app=two
swapped 'what a process looks at' 1 unexplained opt/app=one proc/self/root/opt/app=two
swapped 'links of a merged /usr' 0 explained 'lib->usr/lib' 'lib64->usr/lib64'
