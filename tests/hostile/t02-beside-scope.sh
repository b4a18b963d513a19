#!/bin/sh
# T2, T8: a scope that names a file means what an extractor leaves at that name. A second entry of the name, the name
# written otherwise, or an entry that goes through a symbolic link does not lie outside of it.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir -p bin etc && printf 'good' > bin/app && printf 'more' > etc/x
pack good.tar bin/app etc/x

# scoped STORY CODE SHIPPED
scoped() {
    code=0
    "$assay" compare "$3" good.tar --scope bin/app > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}

scoped 'the genuine archive' 0 good.tar
printf 'evil' > bin/app
cp good.tar bad.tar && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -rf bad.tar bin/app
scoped 'a second entry of the name behind the first' 1 bad.tar
cp good.tar bad.tar && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 \
    --transform 's,^bin,./././bin,' -P -rf bad.tar bin/app
scoped 'the name with more dots in front' 1 bad.tar
cp good.tar bad.tar && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 \
    --transform 's,^bin,etc/../bin,' -P -rf bad.tar bin/app
scoped 'the name by way of another directory' 1 bad.tar
cp good.tar bad.tar && ln -s bin lib && mkdir -p other/lib && cp bin/app other/lib/app
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --no-recursion -rf bad.tar lib
(cd other && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --no-recursion -rf ../bad.tar lib/app)
scoped 'an entry that goes through a symbolic link' 1 bad.tar

# Behind a squashfs a router looks for the file system that hides what lies in it.
if command -v mksquashfs > /dev/null; then
    rm -rf sq && mkdir sq && printf 'good' > sq/app && chmod 644 sq/app
    mksquashfs sq sq.img -noappend -all-root -no-progress -quiet > /dev/null
    behind() {
        code=0
        "$assay" compare "$3" sq.img --scope app > said.txt 2>&1 || code=$?
        [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
        printf 'ok: %s: %s\n' "$name" "$1"
    }
    behind 'a squashfs' 0 sq.img
    { cat sq.img && head -c 65536 /dev/zero | tr '\0' '\377'; } > erased.img
    behind 'a squashfs with erased flash behind' 0 erased.img
    cat sq.img sq.img > two.img
    behind 'a squashfs with another behind' 1 two.img
    { cat erased.img && printf x && head -c 65535 /dev/zero; } > late.img
    behind 'a squashfs with something behind erased flash' 1 late.img
fi

# A file is all that it holds, and facts of a directory are no bytes.
printf 'good' > app && gzip -nc app > app.gz && pack inner.tar app && pack good.tar app.gz inner.tar
printf 'evil' > app && gzip -nc app > app.gz && pack inner.tar app && pack bad.tar app.gz inner.tar
within() {
    code=0
    "$assay" compare "$3" good.tar --scope "$4" > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
within 'a scope that names a compressed member, of the genuine archive' 0 good.tar app.gz
within 'other content of a compressed member that the scope names' 1 bad.tar app.gz
within 'other content of an archive that the scope names' 1 bad.tar inner.tar
within 'the image as a whole, by its own name' 1 bad.tar .
truncate -s +512 bad.tar
within 'the same beside a harmless difference' 1 bad.tar inner.tar
rm -rf tree && mkdir -p tree/bin && cp app tree/bin && pack good.tar -C tree bin bin/app
within 'a scope that names a directory alone judges no byte' 2 good.tar bin
within 'what lies beneath it, named' 0 good.tar 'bin/**'

# Links lead out of a scope and into it: then nothing is certain to be another file.
rm -rf tree && mkdir -p tree/bin && printf 'good' > tree/bin/app && pack good.tar -C tree bin/app
mkdir -p way/bin2 way2 && ln -s bin2 way/bin && printf 'evil' > way/bin2/app
pack bad.tar -C way bin2 bin && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -rf bad.tar -C tree bin/app
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -rf bad.tar -C way bin2/app
within 'a directory of the name that is a link to another' 1 bad.tar bin/app
cp good.tar bad.tar && tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --transform 's,^bin2,/bin,' -P -rf bad.tar -C way bin2/app
within 'the name with a slash in front' 1 bad.tar bin/app

# An archive where the rebuild has other bytes is one run of these: what the scope names in it is judged with it, however
# much else was found to be the expected one.
printf 'evil' > tree/bin/app && pack inner -C tree bin/app && printf 'fine' > note && pack bad.tar note inner
printf 'no archive' > inner && pack good.tar note inner
cat > flat.policy <<'END'
policy: 1
require: {expected: path}
scope: [note, "inner//bin/app"]
END
for scope in '**/app' 'inner//**'; do within "an archive where the rebuild has none, by $scope" 1 bad.tar "$scope"; done
judge_flat() {
    code=0
    "$assay" compare "$2" good.tar --policy flat.policy --report report.json --quiet || code=$?
    [ "$code" = "$3" ] || fail "$1: exit $code, expected $3"
    printf 'ok: %s: %s\n' "$name" "$1"
}
judge_flat 'one of two that a scope names lies in an archive where the rebuild has none' bad.tar 1
judge_flat 'one of two that a scope names is nowhere' good.tar 2
