#!/bin/sh
# T2: a module of Python in scope, and what stands beside it and is run in its place: byte code that records its time or a
# hash of it, a library or a package of its name.
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
# side NAME [FILE...]: plain, and these files beside it
side() {
    side_name=$1
    shift
    cp -R plain "$side_name"
    for file; do
        mkdir -p "$(dirname "$side_name/$file")"
        printf 'evil' > "$side_name/$file"
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
