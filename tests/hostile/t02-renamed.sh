#!/bin/sh
# T2: entries beside a scope that come to have the name of one in it when somebody unpacks or sets up the archive: npm and
# `tar --strip-components=1` drop the first part of each name, opkg takes NAME-opkg.backup for what the owner had, and
# ldconfig leads a library's link to the highest version.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
pack_tree() { find "$1" -exec touch -h -d @1700000000 {} + && tar --format=gnu --sort=name --owner=0 --group=0 -cf "$1.tar" -C "$1" .; }
# tree NAME: what is in scope, and more
tree() { rm -rf "$1" && mkdir -p "$1/package" "$1/etc" && echo judged > "$1/package/index.js" && echo judged > "$1/etc/app.conf" && echo 1 > "$1/other"; }
tree good && pack_tree good
# added STORY CODE NAME [SCOPE]
added() {
    tree shipped && mkdir -p "shipped/$(dirname "$3")" && echo evil > "shipped/$3" && pack_tree shipped
    compared "$1" "$2" "$(fact name unexplained)" shipped.tar good.tar --scope "${4:-package/index.js}"
}
added 'the same name behind another first part' 1 zz/index.js
for name in ./index.js /index.js; do
    tree shipped && cp good.tar shipped.tar && echo evil > evil && tar --format=gnu --owner=0 --group=0 --mtime=@1700000000 -P --transform "s|evil|$name|" -rf shipped.tar evil
    compared "no first part but $name" 1 "$(fact name unexplained)" shipped.tar good.tar --scope package/index.js
done
added 'the same name in a deeper directory' 0 zz/zz/index.js
added 'another name behind it' 0 zz/index.ts
for suffix in -opkg -opkg.backup .dpkg-new .rpmnew .pacnew; do
    added "the name with $suffix" 1 "etc/app.conf$suffix" etc/app.conf
done
rm -rf shipped && mkdir -p good/usr/bin && echo judged > good/usr/bin/app && pack_tree good
for name in bin/app.dpkg-new opt/app.dpkg-new; do
    rm -rf shipped && cp -r good shipped && mkdir -p "shipped/${name%/*}" && echo evil > "shipped/$name" && pack_tree shipped
    case $name in bin/*) code=1 ;; *) code=0 ;; esac
    compared "$name beside usr/bin/app" $code "$(fact name unexplained)" shipped.tar good.tar --scope usr/bin/app
done
rm -rf good && tree good && pack_tree good
added 'the name with something else' 0 etc/app.conf.more etc/app.conf
added 'another name with -opkg.backup' 0 etc/more.conf-opkg.backup etc/app.conf
cp -r good both && mkdir both/zz && echo evil > both/zz/index.js && pack_tree both
compared 'one that the rebuild has as well' 0 true both.tar both.tar --scope package/index.js
echo 2 > both/other && cp both.tar both-good.tar && pack_tree both
compared 'one that the rebuild has as well, beside another file' 0 true both.tar both-good.tar --scope package/index.js

# pip lays some of a wheel over the rest, and a live medium its file systems over each other
wheel() {
    rm -f "$2" && python3 - "$2" "$1" << 'P'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for name in ['pkg/mod.py', *sys.argv[2].split()]:
        wheel.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), 'judged' if name == 'pkg/mod.py' else 'evil')
P
}
if command -v python3 > /dev/null; then
    wheel '' good.whl
    for name in pkg-1.0.data/purelib/pkg/mod.py pkg-1.0.data/platlib/pkg/mod.py pkg-1.0.data/purelib/pkg/other.py pkg-1.0.data/scripts/pkg/mod.py \
        pkg-1.0.data/data/lib/python3.11/site-packages/pkg/mod.py pkg-1.0.data/data/share/pkg/mod.py; do
        wheel "$name" shipped.whl
        case $name in *lib/pkg/mod.py | *site-packages/pkg/mod.py) code=1 ;; *) code=0 ;; esac
        compared "a wheel with $name" $code "$(fact name unexplained)" shipped.whl good.whl --scope pkg/mod.py
    done
fi
rm -rf medium && mkdir -p medium/live && echo judged > medium/live/filesystem.squashfs && pack_tree medium
for name in live/zz.squashfs live/zz.txt other/zz.squashfs; do
    rm -rf live-more && cp -r medium live-more && mkdir -p "live-more/${name%/*}" && echo evil > "live-more/$name" && pack_tree live-more
    case $name in live/zz.squashfs) code=1 ;; *) code=0 ;; esac
    compared "a live medium with $name" $code "$(fact name unexplained)" live-more.tar medium.tar --scope live/filesystem.squashfs
done

# --- what ldconfig makes of a library ---
command -v gcc > /dev/null || { echo 'SKIP: no gcc' >&2; exit 0; }
echo 'int f (void) { return 1; }' > lib.c
# library FILE SONAME: links of the name that it wants lead to it
library() { gcc -shared -fPIC -nostdlib lib.c -o "$1" "-Wl,-soname,$2"; }
mkdir -p libs/usr/lib && library libs/usr/lib/libfoo.so.1.2 libfoo.so.1 && ln -s libfoo.so.1.2 libs/usr/lib/libfoo.so.1
library libs/usr/lib/libbar.so.2 libbar.so.2
cp -a libs more && pack_tree libs
# beside STORY CODE FILE SONAME
beside() {
    rm -rf more && cp -a libs more && mkdir -p "more/$(dirname "$3")" && library "more/$3" "$4" && pack_tree more
    compared "$1" "$2" "$(fact leads-to unexplained)" more.tar libs.tar --scope 'usr/lib/libfoo*'
}
beside 'a library of that name' 1 usr/lib/libzz.so.9 libfoo.so.1
beside 'a library of another name' 0 usr/lib/libzz.so.9 libzz.so.9
beside 'a library of that name in another directory' 0 opt/lib/libzz.so.9 libfoo.so.1
beside 'a library of that name, called otherwise' 0 usr/lib/zz libfoo.so.1
beside 'a library that the rebuild has, and now wants that name' 1 usr/lib/libbar.so.2 libfoo.so.1
beside 'a library that the rebuild has' 0 usr/lib/libbar.so.2 libbar.so.2
# by links
link() {
    rm -rf more && cp -a libs more && ln "-$3" "$4" more/usr/lib/libfoo.so.1.9 && pack_tree more
    compared "$1" "$2" "$(fact leads-to unexplained)" more.tar libs.tar --scope usr/lib/libfoo.so.1 --scope usr/lib/libfoo.so.1.2
}
link 'a link to elsewhere with the name of a library' 1 s /opt/evil.so
link 'a link to a library of another name' 0 s libbar.so.2
