#!/bin/sh
# T7: the same content packed at another time passes by a rule, in each format that keeps a time; one byte more does not.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
for tool in mksquashfs mkimage dtc ar cpio gzip zip python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
early=1600000000
late=1700000000
head -c 3000 "$assay" > program
printf 'a configuration\n' > config

# Each makes $1 of program and config, at the time $2.
make_gzip() { touch -d "@$2" program && gzip -c program > "$1"; }
make_ar() {
    touch -d "@$2" program config
    rm -f "$1"
    ar rcSU "$1" program config
}
make_tar() { tar --format="$kind" --owner=0 --group=0 --numeric-owner --mtime="@$2" -cf "$1" program config; }
make_zip() {
    touch -d "@$2" program config
    rm -f "$1"
    # shellcheck disable=SC2086 # options
    zip -q $kind "$1.zip" program config && mv "$1.zip" "$1"
}
make_python_zip() {
    touch -d "@$2" program config
    rm -f "$1"
    python3 -m zipfile -c "$1" program config
}
make_cpio() {
    touch -d "@$2" program config
    printf '%s\n' program config | cpio -o -H "$kind" --quiet -R 0:0 --renumber-inodes --ignore-devno > "$1" 2> /dev/null
}
make_squashfs() {
    mkdir -p root && cp program config root
    touch -d "@$2" root/program root/config root
    rm -f "$1"
    mksquashfs root "$1" -quiet -no-progress -all-root -noappend -mkfs-time "$2" > /dev/null
}
make_uboot() {
    SOURCE_DATE_EPOCH=$2 mkimage -A arm64 -O linux -T "$kind" -C none -a 0x80000 -e 0x80000 -n 'A kernel' \
        -d "$data" "$1" > /dev/null
}
cat > fit.its <<'X'
/dts-v1/;
/ {
    description = "two parts";
    images {
        kernel {
            description = "kernel"; data = /incbin/("program"); type = "kernel"; arch = "arm64"; os = "linux";
            compression = "none"; load = <0x80000>; entry = <0x80000>;
            hash-1 { algo = "sha256"; };
            hash-2 { algo = "crc32"; };
        };
        config { description = "config"; data = /incbin/("config"); type = "script"; compression = "none"; };
    };
    configurations { default = "one"; one { kernel = "kernel"; }; };
};
X
make_fit() { SOURCE_DATE_EPOCH=$2 mkimage -f fit.its "$1" > /dev/null; }

# pair MAKER STORY [FACT]: packed at two times; and packed again with one byte of the program changed
pair() {
    "make_$1" good "$early"
    "make_$1" shipped "$late"
    ! cmp -s good shipped || fail "$2: no time in it"
    judge "$2: another time" 0 shipped good \
        '.verdict == "equivalent" and all(.facts[]; .class != "unexplained") and any(.facts[]; .fact == "'"${3:-mtime}"'" and .class == "explained")'
    cp program kept
    poke program 1000 '\021\042'
    "make_$1" shipped "$late"
    cp kept program
    judge "$2: another time and another byte" 1 shipped good \
        'any(.findings[]; .class == "unexplained" and .range.offset <= 1000 and .range.offset + .range.length > 1000)'
    "make_$1" shipped "$late"
    printf 'x' >> shipped
    judge "$2: another time and a byte behind the end" 1 shipped good
}

kind=
pair gzip gzip
for kind in '' -X -0; do pair zip "zip $kind" dos-time; done
pair python_zip 'zip by Python' dos-time
kind=
pair ar ar
for kind in ustar pax gnu v7; do pair tar "tar, $kind"; done
for kind in newc crc odc; do pair cpio "cpio, $kind"; done
pair squashfs squashfs
pair fit FIT
for kind in kernel firmware; do
    data=program
    pair uboot "U-Boot image, $kind"
done
kind=multi
data=program:config:program
pair uboot 'U-Boot image of several files'

# What is no time stays a fact: the owner beside the time.
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$early" -cf good program
tar --format=gnu --owner=7 --group=0 --numeric-owner --mtime="@$late" -cf shipped program
judge 'another time and another owner' 1 shipped good "$(fact uid unexplained)"
make_ar good "$early"
rm -f shipped && touch -d "@$late" program config && ar rcSU shipped config program
any_order
judge 'ar: another time, and members in another order' 1 shipped good "$(fact order unexplained)"
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$early" -cf good program config
tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$late" -cf shipped config program
judge 'tar: another time, and members in another order' 0 shipped good "$(fact order explained)"
granting=

# Of a time beyond 32 bits is no build, and some readers refuse the archive (busybox, ar); beyond 31 some have none of it.
# dated FILE SECONDS: an ar and a tar
dated() {
    printf '!<arch>\n%-16s%-12d%-6d%-6d%-8s%-10d`\ntext' file/ "$2" 0 0 100644 4 > "$1.a"
    printf text > file && tar --format=pax --owner=0 --group=0 --mtime="@$2" --pax-option=delete=atime,delete=ctime -cf "$1.tar" file
}
dated good 1600000000
for time in 2147483647 2147483648 4294967296 99999999999; do
    dated shipped $time
    case $time in
    2147483647) code=0 shown=$(fact mtime explained) ;;
    2147483648) code=1 shown=$(fact time-reach unexplained) ;;
    *)          code=1 shown=$(fact mtime unexplained) ;;
    esac
    for kind in a tar; do judge "$kind: a time of $time" $code shipped.$kind good.$kind "$shown"; done
done

# A time can decide which code runs: Python runs the byte code beside a source if it records the time that the source has.
# The images have the same bytes; only the time of the source differs.
mkdir -p python/__pycache__ python/other
# recorded FILE FLAGS SECONDS: byte code that records that time, in the form of PEP 552, with the magic number of Python 3.11
magic='\247\015\015\012'
recorded() { printf '%b%b%bcode of a module' "$magic" "$2\0\0\0" "$(printf '\\0%03o\\0%03o\\0%03o\\0%03o' $(($3 & 255)) $((($3 >> 8) & 255)) $((($3 >> 16) & 255)) $((($3 >> 24) & 255)))" > "$1"; }
module=python/module.py
cached=python/__pycache__/module.cpython-311.pyc
printf 'print("module")\n' > "$module"
between=$((early + 1000))
# modules STORY CODE SHIPPED-SECONDS EXPECTED-SECONDS [FILTER]: as tar, squashfs and directory
modules() {
    find python -exec touch -h -d "@$early" {} +
    for side in shipped good; do
        touch -d "@$4" "$module"
        [ $side = good ] || touch -d "@$3" "$module"
        tar --format=pax --sort=name --owner=0 --group=0 --pax-option=delete=atime,delete=ctime -cf "$side.tar" python
        rm -rf "$side.squashfs" "$side.directory" "$side.zip"
        zip -qry "$side.zip" python
        mksquashfs python "$side.squashfs" -quiet -no-progress -all-root -noappend -mkfs-time "$early" > /dev/null
        cp -a python "$side.directory"
    done
    for kind in ${kinds:-tar squashfs directory zip}; do judge "$1, $kind" "$2" "shipped.$kind" "good.$kind" "${5:-}"; done
}
other_code='any(.facts[]; .fact == "byte-code" and .class == "unexplained" and (.path | endswith("module.py")))'
recorded "$cached" '\0' "$between"
modules 'a source as old as its byte code says' 1 "$between" "$late" "$other_code"
modules 'a source that is no longer as old as its byte code says' 1 "$late" "$between" "$other_code"
modules 'a source as old as its byte code says, but for a fraction' 1 "$between.25" "$late" "$other_code"
kinds='tar directory'
modules 'a source of a time that Python rounds to the next second' 1 "$between.25" "$between.999999999" "$other_code"
modules 'a source of two fractions of a second' 0 "$between.25" "$between.75" '.facts | all(.class == "explained")'
kinds='tar squashfs directory'
modules 'a source of other times than its byte code says' 0 "$early" "$late" '.facts | all(.class == "explained")'
# a name that begins with its only dot has byte code without it
mv "$module" python/.module
module=python/.module
modules 'a source whose name begins with a dot' 1 "$between" "$late" 'any(.facts[]; .fact == "byte-code" and .class == "unexplained")'
mv python/.module python/module.py
module=python/module.py
# nobody knows in which zone a zip was made
kinds=zip
modules 'a source of any other time' 1 "$early" "$late" "$other_code"
kinds=
# a source may have any name
mv "$module" python/module.wsgi
module=python/module.wsgi
other_code='any(.facts[]; .fact == "byte-code" and .class == "unexplained" and (.path | contains("module")))'
modules 'a source of another kind of name' 1 "$between" "$late" "$other_code"
mv "$module" python/module
mv "$cached" python/__pycache__/modulecpython-311.pyc
module=python/module
modules 'a source without a dot' 1 "$between" "$late" "$other_code"
mv "$module" python/module.py
module=python/module.py
mv python/__pycache__/modulecpython-311.pyc "$cached"
for i in $(seq 70); do ln -s module.py "python/other/name$i"; done
ln -s module.py python/aside.py && mv "$cached" python/__pycache__/aside.cpython-311.pyc
modules 'a source of more names than are looked at' 1 "$between" "$late" 'any(.facts[]; .fact == "byte-code" and .class == "unexplained")'
mv python/__pycache__/aside.cpython-311.pyc "$cached" && rm python/other/name* python/aside.py
recorded "$cached" '\01' "$between"
modules 'byte code that records no time' 0 "$between" "$late" '.facts | all(.class == "explained")'
recorded "$cached" '\03' "$between"
modules 'byte code that records no time, and is checked' 0 "$between" "$late" '.facts | all(.class == "explained")'
# importlib asks for the lowest flag alone
recorded "$cached" '\02' "$between"
modules 'byte code with a flag that says nothing' 1 "$between" "$late" "$other_code"
# without flags: 3.6 and 2.7; a magic number that nobody knows may be either
for magic in '\063\015\015\012' '\003\363\015\012' MAGI; do
    recorded "$cached" '\01' "$early"
    kinds='tar directory'
    modules 'a source of the first second of 1970, as byte code says' 1 1 "$late" "$other_code"
    kinds='tar squashfs directory'
    modules 'a source of other times than such byte code says' 0 "$early" "$late" '.facts | all(.class == "explained")'
    kinds=
done
magic='\247\015\015\012'
recorded "$cached" '\02' "$between"
mv "$cached" python/module.pyc
printf 'MAGI%b' "$(printf '\\0%03o\\0%03o\\0%03o\\0%03o' $((between & 255)) $(((between >> 8) & 255)) $(((between >> 16) & 255)) $(((between >> 24) & 255)))and code" > python/module.pyc
modules 'a source as old as byte code of Python 2 says' 1 "$between" "$late" "$other_code"
rm python/module.pyc

# Python 2 puts a letter behind the name of whatever it is told to load (imp.load_source).
# appended FILE SECONDS
appended() { printf '\003\363\015\012%bcode of a module' "$(printf '\\0%03o\\0%03o\\0%03o\\0%03o' $(($2 & 255)) $((($2 >> 8) & 255)) $((($2 >> 16) & 255)) $((($2 >> 24) & 255)))" > "$1"; }
other_code='any(.facts[]; .fact == "byte-code" and .class == "unexplained" and (.path | contains("module")))'
kinds='tar squashfs directory'
for name in module:modulec module:MODULEO module.cgi:module.cgic .module:.modulec; do
    [ "$module" = "python/${name%:*}" ] || mv "$module" "python/${name%:*}"
    module=python/${name%:*}
    appended "python/${name#*:}" "$between"
    modules "a source of the time in ${name#*:}" 1 "$between" "$late" "$other_code"
    modules "a source of other times than in ${name#*:}" 0 "$early" "$late" '.facts | all(.class == "explained")'
    mv "python/${name#*:}" "python/other/${name#*:}x"
    printf 'this is no byte code' > "python/${name#*:}"
    modules "a source beside a text of that name, ${name#*:}" 0 "$between" "$late" '.facts | all(.class == "explained")'
    rm "python/other/${name#*:}x" "python/${name#*:}"
    ln -s other/x "python/${name#*:}"
    modules "a source beside a link of that name, ${name#*:}" 1 "$between" "$late" "$other_code"
    rm "python/${name#*:}"
done
kinds=
mv "$module" python/module.py
module=python/module.py
recorded python/other/other.pyc '\0' "$between"
modules 'a source as old as byte code of another module says' 0 "$between" "$late" '.facts | all(.class == "explained")'
module=python/data.txt
printf 'print("data")\n' > $module
ln -s ../data.txt python/other/other.py
other_code='any(.facts[]; .fact == "byte-code" and .class == "unexplained" and (.path | endswith("data.txt")))'
modules 'a source by the name of a link' 1 "$between" "$late" "$other_code"

# Byte code behind a link: nobody knows where a link leads, so that no time of its source is free.
module=python/module.py
rm python/other/other.py python/data.txt
other_code='any(.facts[]; .fact == "byte-code" and .class == "unexplained" and (.path | endswith("module.py")))'
recorded python/__pycache__/x '\0' "$between"
ln -s x "$cached"
modules 'a source as old as its byte code behind a link says' 1 "$between" "$late" "$other_code"
ln -sf ../other/y "$cached"
ln -s ../__pycache__/x python/other/y
modules 'a source as old as its byte code behind two links says' 1 "$between" "$late" "$other_code"
ln -sf /var/cache/code "$cached"
modules 'a source whose byte code lies outside of the image' 1 "$between" "$late" "$other_code"
ln -sf other.pyc "$cached"
recorded python/__pycache__/other.pyc '\0' "$between"
modules 'a source whose byte code is a link to that of another module' 1 "$between" "$late" "$other_code"
rm "$cached" python/__pycache__/other.pyc
ln python/__pycache__/x "$cached"
modules 'a source as old as its byte code says, which has a second name' 1 "$between" "$late" "$other_code"
rm "$cached" python/__pycache__/x
recorded "$cached" '\0' "$between"
ln -s module.cpython-311.pyc python/__pycache__/module.cpython-311.opt-1.pyc
kinds='tar squashfs directory'
modules 'a link to byte code of the same module, and other times' 0 "$early" "$late" '.facts | all(.class == "explained")'
kinds=
modules 'a link to byte code of the same module, and its time' 1 "$between" "$late" "$other_code"

# The name that a gzip file stores is that of what is unpacked with the file's own time.
for stored in module.py:1:unexplained text.py:0:explained; do
    rm -rf python/packed && mkdir python/packed
    recorded python/module.pyc '\0' "$between"
    for side in shipped:$between good:$late; do
        cp "$module" "python/packed/${stored%%:*}" && touch -d "@${side#*:}" "python/packed/${stored%%:*}"
        gzip -cN "python/packed/${stored%%:*}" > packed.gz && touch -d "@$early" packed.gz
        tar --format=ustar --owner=0 --group=0 --mtime="@$early" -cf "${side%:*}.tar" packed.gz python/module.pyc
    done
    class=${stored##*:} code=${stored#*:}
    if [ "$class" = unexplained ]; then filter=$(fact byte-code unexplained); else filter=$(fact mtime explained); fi
    judge "a stream that stores the name ${stored%%:*}" "${code%:*}" shipped.tar good.tar "$filter"
done
rm -r python/packed python/module.pyc

# Of a disk of DOS nobody knows in which zone its times are; plain ISO 9660 has names in capitals, and is mounted with small ones.
if command -v mkfs.fat > /dev/null && command -v mcopy > /dev/null && command -v genisoimage > /dev/null; then
    for side in expected:7200 shipped:3600; do
        rm -rf dos && mkdir dos && echo 'print(1)' > dos/x.py && touch -d @$((1700000000 + ${side#*:})) dos/x.py
        # byte code of Python 2: magic, and the time
        printf '\003\363\015\012\000\361\123\145code' > dos/x.pyc && touch -d @1700000000 dos/x.pyc dos
        rm -f "${side%:*}.fat" && mkfs.fat -C -i 12345678 --invariant "${side%:*}.fat" 64 > /dev/null
        TZ=UTC mcopy -m -i "${side%:*}.fat" dos/x.py dos/x.pyc ::
        [ "${side%:*}" = expected ] || touch -d @1700000000 dos/x.py
        genisoimage -quiet -V V -o "${side%:*}.iso" dos
    done
    judge 'a time of a disk of DOS beside byte code' 1 shipped.fat expected.fat "$(fact byte-code unexplained)"
    judge 'names in capitals' 1 shipped.iso expected.iso "$(fact byte-code unexplained)"
fi
# A file system has times of its own: coarser ones, and not all years. What lies beyond is brought to one that it has.
# clamped STORY CODE RECORDED SHIPPED EXPECTED [FLAGS]
clamped() {
    recorded module.pyc "${6:-\\0}" "$3"
    python3 - "$4" "$5" << 'X'
import io, sys, tarfile
for side, seconds in zip(('shipped', 'good'), map(int, sys.argv[1:])):
    with tarfile.open(side + '.tar', 'w', format=tarfile.PAX_FORMAT) as tar:
        for name, time in (('module.py', seconds), ('module.pyc', 1600000000)):
            data = open(name, 'rb').read() if name == 'module.pyc' else b'print(1)\n'
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(data), time
            tar.addfile(entry, io.BytesIO(data))
X
    case $2 in 0) how='.facts | all(.class == "explained")' ;; *) how=$(fact byte-code unexplained) ;; esac
    judge "$1" "$2" shipped.tar good.tar "$how"
}
recorded module.pyc '\0' 1600001000
for side in shipped:1600001000 good:1600005000; do
    python3 - "${side%:*}.tar" "${side#*:}" << 'X'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.GNU_FORMAT) as tar:
    for name, time in (('.//module.py', int(sys.argv[2])), ('/module.pyc', 1600000000)):
        data = open('module.pyc', 'rb').read() if name.endswith('c') else b'print(1)\n'
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = len(data), time
        tar.addfile(entry, io.BytesIO(data))
X
done
judge 'a source at the top, by a name that begins with a slash' 1 shipped.tar good.tar "$(fact byte-code unexplained)"
clamped 'a source before 1901, for which some file systems have 1901' 1 2147483648 -3000000000 "$early"
clamped 'a source before 1970' 1 1600001000 -5 "$early"
clamped 'a source after 2038, for which some file systems have 2038' 1 2147483647 4000000000 "$early"
clamped 'a source after 2038, and before' 1 1500000000 "$early" 2147483648
clamped 'sources after 2038 and byte code that records no time' 0 2147483647 4000000000 4000000007 '\01'
clamped 'a source of the second behind the recorded one, for FAT' 1 1600001000 1600001001 "$late"
clamped 'a source of two seconds before, for FAT' 1 1600001000 1599999999 1600000998
clamped 'a source of seconds later' 0 1600001000 1600001005 "$late"
clamped 'a source before 1980, for FAT' 1 315536400 1000 "$early"
clamped 'a source before 1980, and a recorded time much later' 0 "$between" 1000 "$early"

# Of the long form of Rock Ridge Linux reads the first digits as if they were a time of the short one.
for form in long short; do
    python3 "$here/long_times.py" shipped $form 1700000555
    python3 "$here/long_times.py" good $form 1700009999
    case $form in long) code=1 how=$(fact byte-code unexplained) ;; *) code=0 how='.verdict == "equivalent"' ;; esac
    judge "times of Rock Ridge in the $form form" $code shipped good "$how"
    python3 "$here/long_times.py" shipped $form 1700000000
    judge "times of Rock Ridge in the $form form, one of them recorded" 1 shipped good "$(fact byte-code unexplained)"
done

# The time of another name of the source is the source's, to who sets it through that: a hard link in a tar, one inode in a cpio.
cat > linked.py <<'X'
import io
import struct
import sys
import tarfile

out, when, module = sys.argv[1], int(sys.argv[2]), sys.argv[3]
source, code = b'print(1)\n', b'MAGI' + bytes(4) + struct.pack('<II', 1600001000, 9) + b'code'
cached = '__pycache__/%s.cpython-311.pyc' % module
def newc(name, data, inode, mode, links, time):
    text = name.encode() + b'\0'
    head = b'070701' + b''.join(b'%08X' % one for one in (inode, mode, 0, 0, links, time, len(data), 0, 0, 0, 0, len(text), 0)) + text
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
with open(out + '.cpio', 'wb') as file:
    file.write(newc('__pycache__', b'', 1, 0o40755, 2, 1600000000) + newc('m.py', b'', 5, 0o100644, 2, 1600001000)
               + newc('q', source, 5, 0o100644, 2, when) + newc(cached, code, 6, 0o100644, 1, 1600000000) + newc('TRAILER!!!', b'', 0, 0, 1, 0))
with tarfile.open(out + '.tar', 'w', format=tarfile.USTAR_FORMAT) as archive:
    def add(name, data, time, **more):
        info = tarfile.TarInfo(name)
        info.mtime, info.size, info.mode = time, len(data), 0o644
        for key, value in more.items():
            setattr(info, key, value)
        archive.addfile(info, io.BytesIO(data))
    add('__pycache__', b'', 1600000000, type=tarfile.DIRTYPE, mode=0o755)
    add('m.py', source, 1600001000)
    add('q', b'', when, type=tarfile.LNKTYPE, linkname='m.py')
    add(cached, code, 1600000000)
X
for module in m other; do
    python3 linked.py good 1600001000 $module
    python3 linked.py other 1700000000 $module
    for kind in tar cpio; do
        case $module in
        m) judge "another name of a source, $kind" 1 other.$kind good.$kind 'any(.facts[]; .fact == "byte-code" and .path == "q")' ;;
        other) judge "another name of a text, $kind" 0 other.$kind good.$kind ;;
        esac
    done
done
