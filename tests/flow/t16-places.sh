#!/bin/sh
# T16: ready-made code in places of a delivery that are no file: the target of a link, the name of a file, the comments of
# a compressed file and of an archive; and in a picture, where the program may run what is data.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-places jq bwrap gcc python3
make_root tools cp head readlink tail
add_compiler tools
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"

# 200 bytes without NUL and slash, and a picture that holds them in a part of its own
cat > make.py <<'END'
import gzip, os, struct, sys, zipfile, zlib
code = bytes(b if b not in (0, 47) else 1 for b in ((i * i * 7 + i * 31 + 5) % 256 for i in range(200)))
kind = sys.argv[1]
os.makedirs(b'source', mode=0o755)
open('source/main.c', 'w').write('extern const char part[]; int main (void) { return part[3]; }\n')
mark = '' if kind == 'picture-stack' else '.section .note.GNU-stack,"",@progbits\n'
open('source/part.S', 'w').write('.text\n.globl part\npart: .incbin "raw"\n' + mark)
open('source/plain', 'w').write('plain\n')
def picture():
    part = lambda name, data: struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    return (b'\x89PNG\r\n\x1a\n' + part(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 0, 0, 0, 0)) + part(b'prVt', code)
            + part(b'IDAT', zlib.compress(b'\0\0')) + part(b'IEND', b''))
if kind == 'link':
    os.symlink(code, b'source/link')
elif kind == 'name':
    open(b'source/' + code + b'.x', 'w').close()
elif kind == 'gzip':
    open('source/x.gz', 'wb').write(b'\x1f\x8b\x08\x10\0\0\0\0\2\3' + code + b'\0' + gzip.compress(b'a text', mtime=0)[10:])
elif kind == 'zip':
    with zipfile.ZipFile('source/x.zip', 'w') as archive:
        archive.writestr(zipfile.ZipInfo('text'), 'a text')
        archive.comment = code
elif kind.startswith('picture'):
    open('source/x.png', 'wb').write(picture())
elif kind == 'file':
    open('source/x', 'wb').write(code)
open('code', 'wb').write(code)
END

# found STORY KIND STEP CODE: the step makes `raw`; what came ready-made is named
found() {
    chmod -R u+rwX source 2> /dev/null || :
    rm -rf source built
    python3 make.py "$2"
    link='gcc -O1 -s -Wl,--build-id=none -o out main.c part.S'
    cp -a source built
    (cd built && sh -ec "$3 && $link") > said 2>&1 || { cat said >&2; fail "$1: does not build"; }
    printf 'recipe: 1\nproduct: places 1\nsource: [{directory: source, into: .}]\n%s\npath: /build/places\nsteps:\n  - |\n    %s\n    %s\noutputs: [{from: out}]\n' \
        "$toolchain" "$3" "$link" > places.recipe
    run "$1" verify built/out --recipe places.recipe --report report.json
    ends "$4"
    if [ "$4" = 1 ]; then holds 'any(.findings[]; .rule == "opaque")'; fi
    ok "$what: exit $code"
}
found 'a file' file 'cp x raw' 1
found 'nothing' none 'cp plain raw' 0
found 'the target of a link' link 'readlink -n link > raw' 1
found 'the name of a file' name 'printf %s *.x | head -c 200 > raw' 1
found 'the comment of a gzip' gzip 'tail -c +11 x.gz | head -c 200 > raw' 1
found 'the comment of a zip' zip 'tail -c 200 x.zip > raw' 1
found 'a part of a picture' picture 'tail -c +42 x.png | head -c 200 > raw' 1
found 'a part of a picture, and a stack that may be run' picture-stack 'tail -c +42 x.png | head -c 200 > raw' 1
leaves_nothing
