#!/bin/sh
# T2: a module of Python in scope, and what stands beside it and is run in its place: byte code that records its time or a
# hash of it, a library or a package of its name, also by links and by names of a merged /usr.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 cpio mksquashfs; do
    command -v "$tool" > /dev/null || { echo "SKIP: no $tool"; exit 77; }
done
mkdir -p plain/u/v
echo 'print (1)' > plain/u/m.py
echo 'print (2)' > plain/u/tool.wsgi
echo 'print (3)' > plain/top.py
mkdir -p plain/usr/lib/p plain/k
echo 'print (4)' > plain/usr/lib/p/m.py
echo 'print (5)' > plain/k/__init__.py
# side NAME [FILE...]: plain, and these files beside it; `NAME->TARGET` is a symbolic link, which no zip gets
side() {
    side_name=$1
    shift
    cp -R plain "$side_name"
    for file; do
        mkdir -p "$(dirname "$side_name/${file%%->*}")"
        case $file in *'->'*) ln -s "${file#*->}" "$side_name/${file%%->*}" ;; *) printf 'evil' > "$side_name/$file" ;; esac
    done
    # what was there stands first: inodes are counted
    (cd plain && find . | LC_ALL=C sort) > before
    (cd "$side_name" && find . | LC_ALL=C sort | grep -vxF -f ../before) > behind || :
    cat before behind > names
    (cd "$side_name" && cpio -o -H newc --quiet --reproducible < ../names > "../$side_name.cpio" &&
        tar --format=gnu --owner=0 --group=0 --mtime=@1 --no-recursion -cf "../$side_name.tar" -T ../names)
    mksquashfs "$side_name" "$side_name.squashfs" -all-root -all-time 1 -mkfs-time 1 -no-progress -quiet > /dev/null
    python3 - "$side_name" <<'END'
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '.zip', 'w') as archive:
    for directory, _, files in sorted(os.walk(sys.argv[1])):
        for file in sorted(files):
            path = os.path.join(directory, file)
            if os.path.islink(path):
                continue
            archive.writestr(zipfile.ZipInfo(os.path.relpath(path, sys.argv[1])), open(path, 'rb').read())
END
}
# scoped STORY CODE SHIPPED EXPECTED SCOPE: in each container, with the fact if that is a mismatch
scoped() {
    for suffix in '' .cpio .tar .squashfs .zip; do
        compared "$1, $3$suffix" "$2" "$(fact byte-code unexplained)" "$3$suffix" "$4$suffix" --scope "$5"
    done
}
side none
side cached u/__pycache__/m.cpython-311.pyc
side upper U/__PYCACHE__/M.CPYTHON-311.OPT-1.PYC
side legacy u/m.pyc
side others u/__pycache__/other.cpython-311.pyc u/v/m.pyc u/n.so u/w/__init__.py m.pyc u/m.txt
side tagged u/__pycache__/toolcpython-311.pyc
side wsgi u/__pycache__/tool.cpython-311.pyc
side library u/m.cpython-311-x86_64-linux-gnu.so
side package u/m/__init__.py
side top __pycache__/top.cpython-312.pyc
side top-package top/__init__.pyc
side top-library top.abi3.so
side top-module topmodule.so
scoped 'what belongs to other modules' 0 others none u/m.py
scoped 'byte code of the module' 1 cached none u/m.py
scoped 'the same in capitals' 1 upper none u/m.py
scoped 'byte code beside the source' 1 legacy none u/m.py
scoped 'byte code of a program that is imported' 1 wsgi none u/tool.wsgi
scoped 'the same by its older name' 1 tagged none u/tool.wsgi
scoped 'a library of the name of the module' 1 library none u/m.py
scoped 'a package of the name of the module' 1 package none u/m.py
side own-library k/__init__.abi3.so
side own-other k/other.abi3.so k/__init__.txt
scoped 'a library in place of the source of a package' 1 own-library none k/__init__.py
scoped 'other libraries of a package' 0 own-other none k/__init__.py

# by other names of a merged /usr
side merged-package lib/p/m/__init__.py
side merged-cache lib/p/__pycache__/m.cpython-311.pyc
side merged-library lib64/p/m.abi3.so
side merged-others lib/q/m/__init__.py lib/p/n.so opt/lib/p/m.so
for attack in package cache library; do scoped "beneath the other name of usr/lib: $attack" 1 merged-$attack none usr/lib/p/m.py; done
scoped 'other modules beneath the other name of usr/lib' 0 merged-others none usr/lib/p/m.py

# by links to directories
# linked STORY CODE SHIPPED EXPECTED SCOPE
linked() {
    for suffix in '' .cpio .tar .squashfs; do
        compared "$1, $3$suffix" "$2" "$(fact byte-code unexplained)" "$3$suffix" "$4$suffix" --scope "$5"
    done
}
side link-package 'u/m->/opt/m' opt/m/__init__.py
side link-out 'u/m->/srv/m'
side link-cache 'u/__pycache__->../opt/c' opt/c/m.cpython-311.pyc
side link-others 'u/n->/opt/m' 'u/m->m.py' 'w/__pycache__->/opt/c' 'u/v/m->/opt/m' opt/m/__init__.py opt/c/m.cpython-311.pyc
linked 'a link to a package of the name of the module' 1 link-package none u/m.py
linked 'the same, to what the image has not' 1 link-out none u/m.py
linked 'a link to the directory of byte code' 1 link-cache none u/m.py
linked 'links to other directories, and to the module' 0 link-others none u/m.py
# the links are the rebuild's, and what they lead to is not
mkdir -p plain/opt/c plain/opt/m
printf good > plain/opt/c/m.cpython-311.pyc
printf good > plain/opt/c/x.so
printf good > plain/opt/m/__init__.py
ln -s /opt/c plain/u/__pycache__
side led-cache
side led-cache-evil opt/c/m.cpython-311.pyc
side led-cache-other opt/c/x.cpython-311.pyc opt/c/x.so
rm plain/u/__pycache__
ln -s ../opt/m plain/u/m
side led-package
side led-package-evil opt/m/__init__.py
side led-package-other opt/m/other.py opt/c/x.so
rm plain/u/m
ln -s ../opt/c/x.so plain/u/m.so
side led-library
side led-library-evil opt/c/x.so
side led-library-other opt/m/__init__.py
rm plain/u/m.so
for what in cache package library; do
    linked "behind a link of the rebuild's: $what" 1 led-$what-evil led-$what u/m.py
    linked "beside what is behind a link of the rebuild's: $what" 0 led-$what-other led-$what u/m.py
done
# in a tar a link by way of a hard one, and a name that not every reader knows
ln -s /srv/m plain/opt/l
side hard-none
ln -P plain/opt/l plain/u/m
side hard
rm plain/opt/l plain/u/m
ln plain/u/m.py plain/u/m
side hard-module
rm -r plain/u/m plain/opt
compared 'a hard link to a link' 1 "$(fact byte-code unexplained)" hard.tar hard-none.tar --scope u/m.py
compared 'a hard link to the module' 0 true hard-module.tar led-cache.tar --scope u/m.py
python3 - << 'P'
import io, tarfile
for name, header in (('header-good', 'u/n.so'), ('header-evil', 'u/m.so')):
    with tarfile.open(name + '.tar', 'w', format=tarfile.GNU_FORMAT) as out:
        def add(path, content, kind=tarfile.REGTYPE):
            info = tarfile.TarInfo(path)
            info.type, info.size, info.mtime = kind, len(content), 1
            out.addfile(info, io.BytesIO(content))
        add('u/m.py', b'print (1)')
        add('././@LongLink', b'docs/text\0', tarfile.GNUTYPE_LONGNAME)
        add(header, b'evil')
P
compared 'a library by the name of its header' 1 "$(fact byte-code unexplained)" header-evil.tar header-good.tar --scope u/m.py
compared 'another library' 0 true header-good.tar header-good.tar --scope u/m.py

# what Python 2 makes of a program that it is told to load
printf '\003\363\015\012time code' > plain/u/tool.wsgic
side appended
rm plain/u/tool.wsgic
side no-code u/tool.wsgix u/v/tool.wsgicx
scoped 'byte code of a program that is loaded by name' 1 appended none u/tool.wsgi
scoped 'other names' 0 no-code none u/tool.wsgi
scoped 'byte code at the top' 1 top none top.py
scoped 'a package at the top' 1 top-package none top.py
scoped 'a library at the top' 1 top-library none top.py
scoped 'a library of Python 2 at the top' 1 top-module none top.py
# by the name of a link to the module
ln -s u/m.py plain/v.py
side links
side by-link __pycache__/v.cpython-311.pyc
side by-other-link __pycache__/m.cpython-311.pyc u/__pycache__/v.cpython-311.pyc
rm plain/v.py
for suffix in '' .cpio .tar .squashfs; do
    compared "byte code of a link to the module, $suffix" 1 "$(fact byte-code unexplained)" by-link$suffix links$suffix --scope u/m.py
    compared "byte code of neither, $suffix" 0 true by-other-link$suffix links$suffix --scope u/m.py
done
cp -R cached good
for suffix in cpio tar squashfs zip; do cp "cached.$suffix" "good.$suffix"; done
scoped 'byte code that the rebuild has too' 0 cached good u/m.py
# a file of the rebuild's own in the place of the one that was added
mkdir plain/u/__pycache__
printf 'good' > plain/u/__pycache__/m.cpython-311.pyc
side built
scoped 'byte code other than that of the rebuild' 1 cached built u/m.py

# What is compiled from a source of other languages, in its own directory or in a tree of such files, and the source of what was.
echo '(app)' > plain/u/app.el
echo code > plain/u/ready.elc
echo '(main)' > plain/u/main.scm
side lisp
side beside-source u/app.elc
side beside-code u/ready.el
side beside-tree lib/ccache/main.go
side beside-others u/other.elc u/app.go u/main.elc u/app.txt u/ready.txt
# loaded STORY CODE SHIPPED EXPECTED SCOPE
loaded() {
    for suffix in '' .cpio .tar .squashfs .zip; do
        compared "$1, $3$suffix" "$2" "$(fact freshness unexplained)" "$3$suffix" "$4$suffix" --scope "$5"
    done
}
loaded 'what no loader takes' 0 beside-others lisp u/app.el
loaded 'what was compiled from it' 1 beside-source lisp u/app.el
loaded 'the source of it' 1 beside-code lisp u/ready.elc
loaded 'what was compiled from it, in another tree' 1 beside-tree lisp u/main.scm
loaded 'what is not beside it' 0 beside-tree lisp u/app.el
loaded 'what the rebuild has too' 0 beside-source beside-source u/app.el
# by links to the directories that they stand in
mkdir -p plain/etc/apparmor.d plain/functions
echo 'profile app {}' > plain/etc/apparmor.d/app
echo 'print' > plain/functions/_f
side directories
side by-cache 'cache/01234567.0->/opt/d' opt/d/app
side by-no-cache 'cache/plain->/opt/d' opt/d/app
side by-digest 'g->functions' g.zwc
side by-no-digest 'g->functions' h.zwc
# led STORY CODE SHIPPED SCOPE
led() {
    for suffix in '' .cpio .tar .squashfs; do
        compared "$1, $3$suffix" "$2" "$(fact freshness unexplained)" "$3$suffix" "directories$suffix" --scope "$4"
    done
}
led 'a cache of profiles by a link to its directory' 1 by-cache etc/apparmor.d/app
led 'what is in no such directory' 0 by-no-cache etc/apparmor.d/app
led 'a digest of a directory by the name of a link to that' 1 by-digest functions/_f
led 'a digest of no directory' 0 by-no-digest functions/_f

# byte code without a source, a library, and a package without __init__.py
mkdir -p plain/u/pk
for file in u/c.pyc u/d.abi3.so u/pk/in.py; do printf good > plain/$file; done
side bare
side bare-source u/c.py
side bare-library u/c.abi3.so
side bare-package u/d/__init__.py
side bare-module u/pk.py
side bare-others u/e.py u/pk.txt u/pk/other.py u/c.txt
scoped 'the source of byte code' 1 bare-source bare u/c.pyc
scoped 'a library of the name of byte code' 1 bare-library bare u/c.pyc
scoped 'a package of the name of a library' 1 bare-package bare u/d.abi3.so
scoped 'a module of the name of a package' 1 bare-module bare u/pk/in.py
for file in u/c.pyc u/d.abi3.so u/pk/in.py; do scoped "what is nothing to $file" 0 bare-others bare $file; done
