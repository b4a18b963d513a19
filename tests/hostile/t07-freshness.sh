#!/bin/sh
# T7: of what was compiled and its source a loader takes one by their times. Every byte is the rebuild's; what must stay is which of
# the two is newer, to each loader in its own way.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
for tool in mksquashfs zip; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
base=1600000000
compiled=tree/lib/app.elc
source=tree/share/app.el
other_one=$(fact freshness unexplained)
all_explained='.facts | all(.class == "explained")'
# tree COMPILED SOURCE: two files of these names in a tree
tree() {
    rm -rf tree
    compiled=tree/$1 source=tree/$2
    for file in "$compiled" "$source"; do mkdir -p "$(dirname "$file")" && { [ -e "$file" ] || echo "$file" > "$file"; }; done
    echo text > tree/text
}
# aged STORY CODE SHIPPED-COMPILED SHIPPED-SOURCE COMPILED SOURCE: seconds behind the base
aged() {
    for side in "shipped $3 $4" "good $5 $6"; do
        # shellcheck disable=SC2086 # three words
        set -- "$1" "$2" $side
        find tree -exec touch -h -d "@$base" {} +
        touch -h -d "@$(echo "$base + $4" | bc)" "$compiled"
        touch -h -d "@$(echo "$base + $5" | bc)" "$source"
        tar --format=pax --sort=name --owner=0 --group=0 --pax-option=delete=atime,delete=ctime -cf "$3.tar" tree
        rm -rf "$3.squashfs" "$3.zip" "$3.directory"
        TZ=UTC zip -qry "$3.zip" tree
        mksquashfs tree "$3.squashfs" -quiet -no-progress -all-root -noappend -mkfs-time "$base" > /dev/null
        cp -a tree "$3.directory"
    done
    for kind in ${kinds:-tar squashfs zip directory}; do
        if [ "$2" = 0 ]; then how=$all_explained; else how=$other_one; fi
        judge "$1, $kind" "$2" "shipped.$kind" "good.$kind" "$how"
    done
}
kinds=

# Not older: Emacs, Guile, Racket, zsh. Strictly newer: Clojure. Where nobody knows, or versions differ: equal is a case of its own.
for pair in lisp/app.elc:lisp/app.el lisp/*app.elc:lisp/*app.el lisp/app.elc:lisp/app.el.gz lisp/app.elc.gz:lisp/app.el native/app-0123abcd-89abcdef.eln:lisp/app.elc \
    lib/guile/3.0/site-ccache/app.go:share/guile/site/3.0/app.scm cache/app.scm.go:app.scm cache/usr/bin/app.go:usr/bin/app \
    .emacs.elc:.emacs app/compiled/main_rkt.zo:app/main.rkt app/compiled/native/main_rkt.so:app/main.rkt lib/app.so:lib/app.sls app/compiled/x_login.zo:app/x.login app/compiled/run.zo:app/run bin/prompt.zwc:bin/prompt functions.zwc:functions/_app; do
    tree "${pair%:*}" "${pair#*:}"
    aged "older, and in the rebuild newer: $pair" 1 100 200 300 200
    aged "newer, and in the rebuild older: $pair" 1 300 200 100 200
    aged "newer, and in the rebuild at the same time: $pair" 0 300 200 200 200
done
tree app/core__init.class app/core.clj
aged 'Clojure: at the same time, and in the rebuild newer' 1 200 200 300 200
aged 'Clojure: older, and in the rebuild at the same time' 0 100 200 200 200
for pair in lisp/app.fas:lisp/app.lisp Lib/App.pmc:Lib/App.pm work/index_jsp.class:index.jsp work/user_002dlist_jsp.class:user-list.jsp work/a_jspx.java:a.jspx work/_403_jsp.class:403.jsp work/a_b_jsp.class:a.b.jsp work/index_html.class:index.html app.qlf:app.pl files/file_contexts.homedirs.bin:files/file_contexts.homedirs a.svbin:a.sieve page.tt.ttc:page.tt \
    cache/26b63962.0/usr.bin.x:apparmor.d/usr.bin.x webapps/app/META-INF/war-tracker:webapps/app.war; do
    tree "${pair%:*}" "${pair#*:}"
    aged "at the same time, and in the rebuild newer: $pair" 1 200 200 300 200
    aged "older, and in the rebuild at the same time: $pair" 1 100 200 200 200
    aged "newer both times: $pair" 0 300 200 1000 400
done
# what records the time of its source: any other
kinds=tar
for pair in "lib/m\$py.class:lib/m.py" cache/app.php.bin:app.php cache/a.module.bin:a.module ui/Main.qmlc:ui/Main.qml srv/app.jsa:lib/app.jar srv/classes.jsa:lib/app.jar srv/app.aot:lib/other.jar srv/app.jsa:app.war apt/pkgcache.bin:lists/deb_main_Packages apt/srcpkgcache.bin:lists/deb_main_Packages.lz4 cups/ppds.dat:model/a.ppd gstreamer/registry.x86_64.bin:lib/libgstx.so vlc/plugins.dat:lib/liba_plugin.so jvm/classes.jsa:jvm/modules; do
    tree "${pair%:*}" "${pair#*:}"
    aged "a source of another time: $pair" 1 300 100 300 200
    aged "a source of the same time: $pair" 0 300 200 400 200
done
kinds=

# Java records the length of a jar beside its time: one that is packed in another way is another.
for list in app.jsa other; do
    for level in 4 6; do
        rm -rf tree && mkdir -p tree/srv && seq 1 2000 > Main.txt && echo classes > "tree/srv/$list"
        touch -d "@$base" Main.txt && TZ=UTC zip -qX$level tree/srv/app.jar Main.txt
        find tree -exec touch -d "@$base" {} +
        tar --sort=name --owner=0 --group=0 -cf "packed$level.tar" tree
    done
    if [ $list = other ]; then judge 'a jar of another length beside no classes' 0 packed4.tar packed6.tar
    else judge 'a jar of another length beside an archive of classes' 1 packed4.tar packed6.tar "$other_one"; fi
done

# So does apt of its lists, and CUPS of descriptions.
for list in apt/pkgcache.bin:lists/a_Packages.gz cups/ppds.dat:model/a.ppd.gz apt/other.bin:lists/a_Packages.gz; do
    for level in 1 9; do
        rm -rf tree && mkdir -p tree/apt tree/cups tree/lists tree/model && echo cache > "tree/${list%:*}"
        seq 1 2000 | gzip -nc$level > "tree/${list#*:}"
        find tree -exec touch -d "@$base" {} +
        tar --sort=name --owner=0 --group=0 -cf "packed$level.tar" tree
    done
    if [ "${list%:*}" = apt/other.bin ]; then judge 'a list of another length beside no cache' 0 packed1.tar packed9.tar
    else judge "a list of another length beside ${list%:*}" 1 packed1.tar packed9.tar "$other_one"; fi
done

# of the system's own classes no jar is one, nor are other modules
kinds=tar
for pair in jvm/server/classes.jsa:lib/app.jar jvm/classes.jsa:etc/kernel-modules apt/pkgcache.bin:etc/packages gstreamer/register.bin:lib/libgstx.so gstreamer/registry.x86_64.bin:lib/libfoo.so vlc/plugins.dat:lib/libfoo.so srv/app.jsa:lib/modules; do
    tree "${pair%:*}" "${pair#*:}"
    aged "another time of what it is not made of: $pair" 0 300 100 300 200
done
kinds=

# AppArmor's up to 2.12, and snapd's: what is compiled says so, for a directory is called so in any image
for pair in apparmor.d/cache/usr.bin.x:apparmor.d/usr.bin.x var/cache/apparmor/snap.x:profiles/snap.x; do
    tree "${pair%:*}" "${pair#*:}"
    printf '\4\10\0version\0\2\5\0\0\0' > "tree/${pair%:*}"
    kinds='tar directory'
    aged "at the same time, and in the rebuild newer: $pair" 1 200 200 300 200
    aged "newer both times: $pair" 0 300 200 1000 400
done
tree a/cache/__init__.py b/__init__.py
aged 'a directory of that name with something else' 0 100 200 300 200
kinds=

# opcache's, of a source of any name
tree cache/0123/usr/bin/console.bin usr/bin/console
printf 'OPCACHE0123' > tree/cache/0123/usr/bin/console.bin
kinds='tar directory'
aged 'a source without a suffix, of another time' 1 300 100 300 200
aged 'a source without a suffix, of the same time' 0 300 200 400 200
kinds=

# Nobody loads one of these in place of the other.
for pair in cache/console.bin:bin/console emacs.elc:emacs Foo_Bar.class:FooBar lib/app.o:src/app.c lisp/app.elc:lisp/other.el lisp/app.go:lisp/app.el doc/app.el.txt:lisp/app.elc; do
    tree "${pair%:*}" "${pair#*:}"
    aged "of no loader: $pair" 0 100 200 300 200
done

# A device rounds a time to whole seconds, or to two, and then what was older is as new.
tree lisp/app.elc lisp/app.el
kinds='tar directory'
aged 'older by less than a second' 1 200.25 200.75 200.5 300.5
aged 'newer by less than a second' 0 200.75 200.25 300.5 200.5
kinds='tar squashfs directory'
aged 'older by a second, in one step of FAT' 1 200 201 200 300
aged 'newer by a second' 0 201 200 300 200
kinds=

# By the name of a link, and behind one.
tree data/blob data/text
ln -s ../data/blob tree/data/app.elc && ln -s ../data/text tree/data/app.el
aged 'by the names of links' 1 100 200 300 200
aged 'by the names of links, both newer' 0 300 200 500 200
ln -sf /opt/app.elc tree/data/app.elc
aged 'beside what lies outside of the image' 1 100 200 100 300
tree Lisp/APP.ELC Lisp/app.el
aged 'in capitals' 1 100 200 300 200

# A directory by the name of a link to it.
for link in functions-1:functions-1/_app .:_app ../zsh:_app; do
    tree zsh/functions.zwc "zsh/${link#*:}"
    ln -s "${link%:*}" tree/zsh/functions
    aged "a digest of the directory $link" 1 200 300 200 100
    mv tree/zsh/functions tree/zsh/others
    aged "no digest of the directory $link" 0 200 300 200 100
done
tree zsh/functions.zwc zsh/_app
ln -s others tree/zsh/functions
kinds=tar
aged 'a digest of a directory that is not in the image' 1 100 200 300 200
kinds=

# A cache and the directory that it is of.
cat > dated.py <<'X'
import io, sys, tarfile
out, cache, directory, cache_time, directory_time, *links = sys.argv[1:]
with tarfile.open(out, 'w', format=tarfile.GNU_FORMAT) as archive:
    for name, kind, time in ((directory, tarfile.DIRTYPE, directory_time), (cache, tarfile.REGTYPE, cache_time)):
        entry = tarfile.TarInfo(name)
        entry.type, entry.mtime, entry.size, entry.mode = kind, int(time), 0 if kind == tarfile.DIRTYPE else 5, 0o755
        archive.addfile(entry, io.BytesIO(b'cache'))
    for link in links:
        entry = tarfile.TarInfo(link.split(':')[0])
        entry.type, entry.linkname = tarfile.SYMTYPE, link.split(':')[1]
        archive.addfile(entry)
X
for pair in share/icons/hicolor/icon-theme.cache:share/icons/hicolor etc/.updated:usr var/.updated:usr; do
    python3 dated.py shipped.tar "${pair%:*}" "${pair#*:}" 1000 2000
    python3 dated.py good.tar "${pair%:*}" "${pair#*:}" 3000 2000
    judge "older than its directory: $pair" 1 shipped.tar good.tar "$other_one"
    python3 dated.py shipped.tar "${pair%:*}" "${pair#*:}" 9000 8000
    judge "newer than its directory: $pair" 0 shipped.tar good.tar "$all_explained"
done
# dated STORY CODE DIRECTORY LINK CACHE: older than the directory, and in the rebuild newer
dated() {
    python3 dated.py shipped.tar "$5" "$3" 1000 2000 "$4"
    python3 dated.py good.tar "$5" "$3" 3000 2000 "$4"
    judge "$1" "$2" shipped.tar good.tar "$([ "$2" = 0 ] && echo "$all_explained" || echo "$other_one")"
}
dated 'a directory by the name of a link' 1 usr-2 usr:usr-2 etc/.updated
dated 'a directory by the name of a link with slashes' 1 usr-2 usr:/usr-2// etc/.updated
dated 'a directory by another name' 0 usr-2 use:usr-2 etc/.updated
dated 'a directory that is not in the image' 1 usr-2 usr:/opt/usr etc/.updated
dated 'a cache by the name of a link' 1 icons/hicolor icons/hicolor/icon-theme.cache:../cache icons/cache
# a hard link with a time of its own, which it has not when it is unpacked
if command -v python3 > /dev/null; then
    cat > linked.py <<'P'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.GNU_FORMAT) as out:
    for name_of, kind, time in (('icons/h', tarfile.DIRTYPE, int(sys.argv[2])), ('icons/cache', tarfile.REGTYPE, 150),
                                ('icons/h/' + sys.argv[3], tarfile.LNKTYPE, 10)):
        entry = tarfile.TarInfo(name_of)
        entry.type, entry.mtime, entry.mode = kind, time, 0o755
        entry.linkname = 'icons/cache' if kind == tarfile.LNKTYPE else ''
        out.addfile(entry, io.BytesIO(b''))
P
    for kind in icon-theme.cache icon.cache; do
        python3 linked.py good.tar 100 $kind && python3 linked.py shipped.tar 200 $kind
        code=0
        [ $kind = icon.cache ] || code=1
        compared "a cache by a hard link of another time, $kind" $code "$(fact freshness unexplained)" shipped.tar good.tar
    done
fi
dated 'a cache by another name' 0 icons/hicolor icons/hicolor/icon.cache:../cache icons/cache

# /usr is a file system of its own beside the one with the file, or not.
volumes() { # SIDE UPDATED USR: times
    rm -rf parts "$1-volumes" && mkdir -p parts/root/etc parts/root/usr parts/usr/bin "$1-volumes"
    echo '# This file was created by systemd-update-done.' > parts/root/etc/.updated && echo app > parts/usr/bin/app
    find parts -exec touch -h -d @1600000000 {} +
    touch -d "@$2" parts/root/etc/.updated && touch -d "@$3" parts/usr
    for part in root usr; do
        mksquashfs parts/$part "$1-volumes/$part.squashfs" -quiet -no-progress -all-root -noappend -mkfs-time 1600000000 > /dev/null
        touch -d @1600000000 "$1-volumes/$part.squashfs"
    done
}
volumes good 1600000300 1600000200 && volumes shipped 1600000100 1600000200
compared 'a file older than /usr, which is a file system of its own' 1 "$other_one" shipped-volumes good-volumes
volumes shipped 1600000200 1600000500
compared 'a file system that is /usr, newer than the file' 1 "$other_one" shipped-volumes good-volumes
volumes shipped 1600000300 1600000500
compared 'a file system that is /usr, newer than the file in one that is equal' 1 "$other_one" shipped-volumes good-volumes
volumes shipped 1600000300 1600000250
compared 'a file system that is /usr, older than the file in one that is equal' 0 true shipped-volumes good-volumes
volumes shipped 1600000900 1600000500
compared 'a file newer than /usr both times' 0 true shipped-volumes good-volumes

# Linux has the time of a directory of ISO 9660 from its own record.
if command -v xorriso > /dev/null && command -v python3 > /dev/null; then
    # iso FILE TREE
    iso() { xorriso -as mkisofs -quiet -R -V X --modification-date=2020091312264000 -o "$1" "$2" > said.txt 2>&1; }
    rm -rf icons && mkdir -p icons/hicolor && echo cache > icons/hicolor/icon-theme.cache
    touch -d @1600000300 icons/hicolor/icon-theme.cache && touch -d @1600000200 icons/hicolor icons && iso good.iso icons
    volumes good 1600000300 1600000200 && rm good-volumes/usr.squashfs && iso good-volumes/usr.iso parts/usr && touch -d @1600000000 good-volumes/usr.iso
    for kind in record mtime; do
        for year in 2019 2030; do
            code=0
            [ $year = 2019 ] || code=1
            rm -rf shipped-volumes && cp -a good-volumes shipped-volumes
            python3 "$here/own_record.py" good.iso shipped.iso $year HICOLOR $kind
            python3 "$here/own_record.py" good-volumes/usr.iso shipped-volumes/usr.iso $year / $kind && touch -d @1600000000 shipped-volumes/usr.iso
            compared "the own $kind of a directory with a cache, $year" $code "$other_one" shipped.iso good.iso
            compared "the own $kind of a file system that is /usr, $year" $code "$other_one" shipped-volumes good-volumes
        done
    done
fi

# Many names, and many pairs: nobody looks at all of them, and nothing is said of images that are equal.
tree lisp/app.elc lisp/app.el
for i in $(seq 70); do ln -s app.el "tree/lisp/name$i.el"; done
kinds=tar
aged 'a source of more names than are looked at' 1 100 200 100 300
cat > many.py <<'X'
import sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.GNU_FORMAT) as archive:
    for i in range(300):
        for suffix in ('el', 'elc'):
            entry = tarfile.TarInfo('d%d/app.%s' % (i, suffix))
            entry.mtime = int(sys.argv[2]) + (suffix == 'elc')
            archive.addfile(entry)
X
python3 many.py good.tar 1000
cp good.tar same.tar && printf '\0' >> same.tar
python3 many.py shipped.tar 2000
judge 'many pairs of other times' 2 shipped.tar good.tar '.verdict == "undecided"'
judge 'many pairs of the same times' 0 good.tar good.tar

# In scope is one of both.
tree lisp/app.elc lisp/app.el
aged 'a pair' 1 100 200 300 200
compared 'a source in scope' 1 "$other_one" shipped.tar good.tar --scope 'tree/lisp/app.el'
compared 'what was compiled in scope' 1 "$other_one" shipped.tar good.tar --scope 'tree/lisp/app.elc'
compared 'neither in scope' 0 true shipped.tar good.tar --scope 'tree/text'
# beside it, what is loaded in its place by the name of a link
for link in site.el:site.elc site.el:other.elc; do
    tree lisp/app.el text
    ln -s app.el "tree/lisp/${link%:*}"
    find tree -exec touch -h -d "@$base" {} +
    pack good.tar -C . tree/lisp/app.el "tree/lisp/${link%:*}"
    echo code > "tree/lisp/${link#*:}"
    pack shipped.tar -C . tree/lisp/app.el "tree/lisp/${link%:*}" "tree/lisp/${link#*:}"
    case $link in
        *:site.elc) compared "beside a source in scope, $link" 1 "$other_one" shipped.tar good.tar --scope 'tree/lisp/app.el' ;;
        *) compared "beside a source in scope, $link" 0 true shipped.tar good.tar --scope 'tree/lisp/app.el' ;;
    esac
done
