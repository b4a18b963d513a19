#!/bin/sh
# T2: a scope speaks of what a reader finds under the name. What stands beside it in the archives and streams around must
# not decide otherwise: how many streams there are, flags that some readers do not know, an end before the end, the order
# and the directories that an initramfs needs, and entries that take away or cover what is in scope.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 xz bzip2 gzip cpio; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done

# scoped STORY SCOPE SHIPPED EXPECTED FACT: a pair that differs beside the scope is a mismatch by that fact of it
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope "$2" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = 1 ] || { cat said.txt >&2; fail "$1: exit $code, expected 1"; }
    jq -e --arg fact "$5" 'any(.facts[]; .fact == $fact and .class == "unexplained")' report.json > /dev/null ||
        { jq -c '.facts[]' report.json >&2; fail "$1: no fact $5"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
# free STORY SCOPE SHIPPED EXPECTED: what is left of the scope's own is nobody's business
free() {
    "$assay" compare "$3" "$4" --scope "$2" --report report.json > said.txt 2>&1 || { cat said.txt >&2; fail "$1: no pass"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}

mkdir -p tree/bin && echo 'the honest program' > tree/bin/app && echo one > tree/note
touch -d @1700000000 tree/bin/app tree/bin tree/note
plain='tar --format=ustar --owner=0 --group=0 --numeric-owner --mode=go-w --mtime=@1700000000 --no-recursion'
$plain -C tree -cf all.tar bin bin/app note
echo two > tree/note && $plain -C tree -cf other.tar bin bin/app note

# --- streams ---
for codec in xz bzip2 gzip; do
    $codec -c all.tar > all.$codec
    $codec -c other.tar > other.$codec
    { head -c 1536 all.tar | $codec -c; tail -c +1537 all.tar | $codec -c; } > cut.$codec
    scoped "a $codec stream cut in two" "#$codec//bin/**" cut.$codec all.$codec streams
    free "a $codec stream with another note" "#$codec//bin/**" other.$codec all.$codec
done
cp all.xz member && cp all.bzip2 other-member
$plain -cf codec.tar --transform 's,other-member,member,' other-member && $plain -cf member.tar member
scoped 'a member of another codec' 'member//**' codec.tar member.tar format
gzip -nc all.tar > nameless.gzip
python3 - << 'P'
import struct
data = open('nameless.gzip', 'rb').read()
for name, flag, rest in (('extra', 4, struct.pack('<H', 4) + b'EVIL'), ('comment', 16, b'EVIL\0'), ('checked', 2, None)):
    head = bytearray(data[:10]); head[3] |= flag
    if rest is None:
        import zlib
        rest = struct.pack('<H', zlib.crc32(bytes(head)) & 0xffff)
    open('gzip-' + name, 'wb').write(bytes(head) + rest + data[10:])
P
for flag in extra comment; do scoped "a gzip header with $flag" '#gzip//bin/**' gzip-$flag nameless.gzip $flag; done
code=0
"$assay" compare gzip-checked nameless.gzip --scope '#gzip//bin/**' --quiet > said.txt 2>&1 || code=$?
[ "$code" = 1 ] || fail "a gzip header with its own sum: exit $code, expected 1"
printf 'ok: %s: a gzip header with its own sum\n' "$name"

# --- an initramfs ---
list() { (cd tree && printf '%s\n' "$@" | cpio -o -H newc --quiet --reproducible); }
list bin bin/app note > all.cpio
echo one > tree/note && list bin bin/app note > note.cpio
list bin/app bin note > order.cpio
list bin/app note > parentless.cpio
python3 - << 'P'
data = open('all.cpio', 'rb').read()
end = data.index(b'TRAILER!!!') - 110
trailer = data[end:end + 124]
member = data.index(b'bin/app\0') - 110
open('ended.cpio', 'wb').write(data[:member] + trailer + data[member:])
P
free 'a cpio with another note' 'bin/app' note.cpio all.cpio
scoped 'a directory behind what lies in it' 'bin/app' order.cpio all.cpio order
scoped 'a directory that is not there' 'bin/app' parentless.cpio all.cpio directory
scoped 'an end before the end' 'bin/app' ended.cpio all.cpio layout

# --- entries that touch what is in scope ---
python3 - << 'P'
import io, tarfile
def make(name, entries):
    with tarfile.open(name, 'w', format=tarfile.USTAR_FORMAT) as out:
        for path, text in entries:
            info = tarfile.TarInfo(path)
            info.size, info.mtime, info.mode = len(text), 1700000000, 0o644
            out.addfile(info, io.BytesIO(text))
app, note = ('bin/app', b'honest'), ('note', b'one')
make('plain.tar', [app, note])
make('noted.tar', [app, ('note', b'other'), ('more', b'x')])
make('whiteout.tar', [app, note, ('bin/.wh.app', b'')])
make('opaque.tar', [app, note, ('bin/.wh..wh..opq', b'')])
make('above.tar', [app, note, ('.wh.bin', b'')])
make('file.tar', [('bin', b'x'), app, note])
make('beneath.tar', [('bin/app/x', b'x'), app, note])
make('point.tar', [app, note, ('bin/app.', b'evil')])
make('space.tar', [app, note, ('BIN/APP ', b'evil')])
make('short.tar', [app, note, ('bin/APP~1', b'evil')])
# Behind the directories of these names: who has the later entry in place of the earlier one has no app any more.
def later(name, entries):
    with tarfile.open(name, 'w', format=tarfile.USTAR_FORMAT) as out:
        for path, kind in [('bin', tarfile.DIRTYPE), ('bin/app', tarfile.REGTYPE), ('note', tarfile.REGTYPE)] + entries:
            info = tarfile.TarInfo(path)
            info.type, info.mtime, info.mode = kind, 1700000000, 0o755
            info.size = 4 if kind == tarfile.REGTYPE else 0
            out.addfile(info, io.BytesIO(b'text'))
later('directories.tar', [])
later('again.tar', [('bin', tarfile.DIRTYPE)])
for name, kind in (('file', tarfile.REGTYPE), ('fifo', tarfile.FIFOTYPE), ('device', tarfile.CHRTYPE)):
    later('later-' + name + '.tar', [('bin', kind)])
later('later-dot.tar', [('./bin', tarfile.REGTYPE)])
P
free 'a directory once more' 'bin/app' again.tar directories.tar
for attack in file fifo device dot; do
    scoped "in place of its directory: $attack" 'bin/app' later-$attack.tar directories.tar name
done
free 'another note, and one more' 'bin/app' noted.tar plain.tar
for attack in whiteout opaque above beneath point space short; do
    scoped "an entry beside it: $attack" 'bin/app' $attack.tar plain.tar name
done
scoped 'a file where its directory should be' 'bin/app' file.tar plain.tar directory

# --- directories and what is mounted, which are copied to other disks, or packed ---
# unpacked_and_mounted NAME: a directory, and a squashfs where there is the tool
unpacked_and_mounted() {
    kinds=.directory
    command -v mksquashfs > /dev/null || return 0
    kinds='.directory .squashfs'
    mksquashfs "$1.directory" "$1.squashfs" -all-root -all-time 1 -mkfs-time 1 -no-progress -quiet > /dev/null
}
for attack in plain noted whiteout opaque above point space short; do
    mkdir $attack.directory
    tar -xf $attack.tar -C $attack.directory
    unpacked_and_mounted $attack
done
mkdir both.directory
tar -xf space.tar -C both.directory
echo other > both.directory/note
unpacked_and_mounted both
for kind in $kinds; do
    free "another note, and one more, $kind" 'bin/app' "noted$kind" "plain$kind"
    free "what the rebuild has too, $kind" 'bin/app' "both$kind" "space$kind"
    for attack in whiteout opaque above point space short; do
        scoped "an entry beside it: $attack$kind" 'bin/app' "$attack$kind" "plain$kind" name
    done
done
# what is mounted has both, and no link of a merged /usr
mkdir -p one.directory/usr/bin two.directory/usr/bin two.directory/bin
echo honest | tee one.directory/usr/bin/app > two.directory/usr/bin/app
echo evil > two.directory/bin/app
unpacked_and_mounted one
unpacked_and_mounted two
scoped 'a directory with bin/app for usr/bin/app' usr/bin/app two.directory one.directory name
free 'a directory with both, as in the rebuild' usr/bin/app two.directory two.directory
[ "$kinds" = .directory ] || free 'a squashfs with both' usr/bin/app two.squashfs one.squashfs

# --- names in another code page ---
# unzip takes a name without the UTF-8 flag for one of code page 437, where é is one byte.
python3 - << 'P'
import struct, zlib
def make(name, entries):
    out, directory = b'', b''
    for path, flags, text in entries:
        common = struct.pack('<HHHHHIIIHH', 20, flags, 0, 0, 0x5821, zlib.crc32(text), len(text), len(text), len(path), 0)
        directory += b'PK\1\2' + struct.pack('<H', 0x314) + common + struct.pack('<HHHII', 0, 0, 0, 0o100644 << 16, len(out)) + path
        out += b'PK\3\4' + common + path + text
    end = b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    open(name, 'wb').write(out + directory + end)
app, note = ('b\u00e9'.encode(), 0x800, b'honest'), (b'note', 0, b'one')
make('letters.zip', [app, note])
make('page.zip', [app, note, (b'b\x82', 0, b'evil')])
make('accents.zip', [app, note, ('be\u0301'.encode(), 0x800, b'evil')])
make('free.zip', [app, note, ('c\u00e9'.encode(), 0x800, b'other')])
P
free 'a letter of another name' 'bé' free.zip letters.zip
for attack in page accents; do scoped "an entry beside it: $attack" 'bé' $attack.zip letters.zip name; done

# --- where content is put ---
# Of an image in a FIT the scope may name what its stream holds alone: where that goes, and who undoes it, counts.
if command -v mkimage > /dev/null && command -v dtc > /dev/null; then
    gzip -nc all.tar > kernel.gz
    # tree FILE PROPERTY...
    tree() {
        file=$1
        shift
        { echo '/dts-v1/; / { description = "x"; #address-cells = <1>; images { kernel { data = /incbin/("kernel.gz");'
          printf '%s;\n' 'description = "k"' 'type = "kernel"' 'arch = "arm64"' 'os = "linux"' 'compression = "gzip"' 'load = <0x80000>' 'entry = <0x80000>' > lines
          for change; do sed "s/^${change%% *} .*/$change/" lines > changed && mv changed lines; done
          cat lines
          echo 'hash { algo = "sha256"; }; }; }; configurations { default = "c"; c { kernel = "kernel"; }; }; };'; } > x.its
        SOURCE_DATE_EPOCH=1700000000 mkimage -f x.its "$file" > log 2>&1 || fail "mkimage: $(cat log)"
    }
    tree plain.fit
    tree words.fit 'description = "another kernel";'
    free 'another description of the image' 'kernel//#gzip//bin/**' words.fit plain.fit
    for change in 'load = <0x90000>;' 'entry = <0x80040>;' 'compression = "none";' 'type = "standalone";' 'os = "u-boot";'; do
        tree other.fit "$change"
        scoped "the image around it: $change" 'kernel//#gzip//bin/**' other.fit plain.fit "${change%% *}"
    done
fi

# --- names that unzip leaves parts of out, and a name that not every reader of a tar knows ---
python3 - << 'P'
import io, struct, tarfile, zlib
def make(name, entries):
    out, directory = b'', b''
    for path, text in entries:
        common = struct.pack('<HHHHHIIIHH', 20, 0, 0, 0, 0x5821, zlib.crc32(text), len(text), len(text), len(path), 0)
        directory += b'PK\1\2' + struct.pack('<H', 0x314) + common + struct.pack('<HHHII', 0, 0, 0, 0o100644 << 16, len(out)) + path
        out += b'PK\3\4' + common + path + text
    end = b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    open(name, 'wb').write(out + directory + end)
app = (b'bin/app', b'honest')
make('dots.zip', [app])
make('beside.zip', [app, (b'bin/apq', b'other')])
for i, path in enumerate((b'.\1/bin/app', b'bin/.\1/app', b'..\1/bin/app', b'bin/\1/app', b'bin/../app\1')):
    make('dots%d.zip' % i, [app, (path, b'evil')])
make('last.zip', [(b'bin/__', b'honest')])
make('lasts.zip', [(b'bin/__', b'honest'), (b'bin/..', b'evil')])
# behind a GNU long name `new` a header that says bin/app
def gnu(name, long):
    with tarfile.open(name, 'w', format=tarfile.GNU_FORMAT) as out:
        for path in ('bin/app', 'other'):
            info = tarfile.TarInfo(path)
            info.size, info.mtime = 4, 1700000000
            if path == 'other' and long:
                head = tarfile.TarInfo('././@LongLink')
                head.type, head.size, head.mtime = tarfile.GNUTYPE_LONGNAME, 4, 1700000000
                out.addfile(head, io.BytesIO(b'new\0'))
                info.name = 'bin/app'
            out.addfile(info, io.BytesIO(b'good' if path == 'bin/app' else b'evil'))
gnu('long-good.tar', False)
gnu('long-evil.tar', True)
P
free 'another name in a zip' 'bin/app' beside.zip dots.zip
for i in 0 1 2 3 4; do scoped "a name that unzip shortens, $i" 'bin/app' dots$i.zip dots.zip name; done
scoped 'a last component that unzip writes otherwise' 'bin/__' lasts.zip last.zip name
scoped 'a long name before a header with the name in scope' 'bin/app' long-evil.tar long-good.tar name

# what lies beneath a link is written to where that leads
through() {
    rm -f "$1" && python3 - "$@" << 'P'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.GNU_FORMAT) as out:
    def add(name, kind, link='', data=b''):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, link, len(data)
        out.addfile(info, io.BytesIO(data))
    for name in 'usr', 'usr/bin', 'opt':
        add(name, tarfile.DIRTYPE)
    add('usr/bin/app', tarfile.REGTYPE, data=b'judged')
    for link in sys.argv[3:]:
        add(*link.split('>')[:1], tarfile.SYMTYPE, link.split('>')[1])
    add(sys.argv[2], tarfile.REGTYPE, data=b'another')
P
}
over() { compared "$1" "$2" "$(fact name unexplained)" "$3" "$4" --scope usr/bin/app; }
through good.tar q/app 'q>opt' && through bad.tar q/app 'q>usr/bin'
over 'a link that leads to the scope, and an entry beneath it' 1 bad.tar good.tar
through good.tar q/app 'w>opt' 'q>w' && through bad.tar q/app 'w>usr/bin' 'q>w'
over 'the same by way of another link' 1 bad.tar good.tar
through good.tar opt/x 'w>opt' && through bad.tar opt/x 'w>usr/bin'
over 'a link beneath which nothing lies' 0 bad.tar good.tar
through good.tar bin/app && through bad.tar bin/app && cp good.tar good-too.tar && sed -i 's/another/changed/' bad.tar
over 'the same content under a name that becomes the same' 0 good-too.tar good.tar
over 'other content under a name that becomes the same, which the rebuild has' 1 bad.tar good.tar
