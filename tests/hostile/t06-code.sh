#!/bin/sh
# T6, T7: code whose first bytes are those of a gzip stream. 1f 8b 08 00 is a harmless instruction of ARM, and the next one
# stands where gzip has its time: shipped and expected differ in it alone, and it decides what runs. Of a stream that carries
# something and is nothing else the time stays free, unless a container says that nobody decodes it, or the file is executable.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mkimage dtc python3 cpio; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# pair KIND [SHIPPED-KIND [SHIPPED-BRANCH]]: `expected` and `shipped`, another branch in the place of the time; KIND: `beside` an empty stream, which code stands behind;
# `empty`, behind it nothing but zeros; `stored`: the code is the stream's content, not compressed; `again`: that, by another
# level; `zeros`: that, and zeros behind it
cat > code.py <<'X'
import struct, sys, zlib
code = bytes.fromhex('0100a0e31eff2fe1') + bytes.fromhex('0000a0e31eff2fe1') + b'more code\0of it\0' * 20
def stream(content, level, branch):
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    data = squeeze.compress(content) + squeeze.flush()
    return b'\x1f\x8b\x08\0' + bytes.fromhex(branch) + b'\x02\x03' + data + struct.pack('<II', zlib.crc32(content), len(content))
made = {'beside': lambda b: stream(b'', 9, b) + code, 'empty': lambda b: stream(b'', 9, b) + bytes(64),
        'stored': lambda b: stream(code, 1, b), 'again': lambda b: stream(code, 9, b), 'zeros': lambda b: stream(code, 9, b) + bytes(8)}
for name, kind, branch in (sys.argv[1:4], sys.argv[4:7]):
    open(name, 'wb').write(made[kind](branch))
X
far=040000ea near=020000ea
pair() { python3 code.py expected "$1" $far shipped "${2:-$1}" "${3:-$near}"; }
# each FACT CLASS PATH...: all of these have the fact, and of no other class
each() {
    each_fact=$1 each_class=$2
    shift 2
    for path; do printf '[.facts[] | select(.path == "%s" and .fact == "%s") | .class] == ["%s"] and ' "$path" "$each_fact" "$each_class"; done
    printf true
}

pair beside
judge 'code behind a stream of nothing: another instruction in place of the time' 1 shipped expected "$(fact mtime unexplained)"
pair empty
judge 'a stream of nothing, and zeros' 1 shipped expected "$(fact mtime unexplained)"
pair stored
judge 'a stream with content and nothing else is one' 0 shipped expected "$(fact mtime explained)"
pair zeros
judge 'a stream with content, and zeros' 0 shipped expected "$(fact mtime explained)"
pair again stored "$far"
judge 'equal content in another encoding' 0 shipped expected "$(fact recompressed explained)"
for side in shipped expected; do printf 'code' >> $side; done
judge 'equal content in another encoding, and the same code behind it' 1 shipped expected "$(fact recompressed unexplained)"

# In a file system that calls the file a program
pair stored
for side in shipped expected; do
    mkdir -p tree-$side && cd tree-$side
    for mode in 644 755 641; do cp ../$side $mode.gz && chmod $mode $mode.gz && touch -d @1 $mode.gz; done
    for what in data programs; do
        files=644.gz
        [ $what = data ] || files='644.gz 755.gz 641.gz'
        # shellcheck disable=SC2086 # words
        pack ../$side-$what.tar $files
        # shellcheck disable=SC2086
        printf '%s\n' $files | cpio -o -H newc --quiet -R 0:0 --reproducible > ../$side-$what.cpio
        # shellcheck disable=SC2086
        mkdir ../$side-$what && cp -p $files ../$side-$what
    done
    cd ..
done
for kind in .tar .cpio ''; do
    judge "${kind:-directory}: time of a gzip file that nobody may run" 0 shipped-data$kind expected-data$kind "$(each mtime explained 644.gz)"
    judge "${kind:-directory}: time of a gzip file that somebody may run" 1 shipped-programs$kind expected-programs$kind \
        "$(each mtime unexplained 755.gz 641.gz) and $(each mtime explained 644.gz)"
done
rm -r tree-* && mkdir tree-shipped tree-expected
pair again stored "$far"
for side in shipped expected; do cp $side tree-$side/app.gz && chmod 755 tree-$side/app.gz; done
judge 'directory: another encoding of an executable file' 1 tree-shipped tree-expected "$(fact recompressed unexplained)"
(mkdir inner && cd inner && seq 1 1000 > a && pack ../one.tar a && touch -d @5 a && tar --format=gnu --owner=0 --group=0 --numeric-owner -cf ../two.tar a)
for side in shipped expected; do
    case $side in shipped) tar=one ;; *) tar=two ;; esac
    gzip -nc $tar.tar > tree-$side/app.gz
done
judge 'directory: a time inside of an executable file' 1 tree-shipped tree-expected "$(fact mtime unexplained)"
chmod 644 tree-*/app.gz
judge 'directory: a time inside of another file' 0 tree-shipped tree-expected "$(fact mtime explained)"

# By a link, which sets the mode of what it leads to; as another system's entry of a zip; and by its name (test_fixed.c has more)
pair stored
cat > entries.py <<'X'
import io, sys, tarfile, zipfile
for side in ('shipped', 'expected'):
    data = open(side, 'rb').read()
    for story, target, mode in (('to', 'app.gz', 0o755), ('plain', 'app.gz', 0o644), ('other', 'tool', 0o755)):
        with tarfile.open(side + '-' + story + '.tar', 'w', format=tarfile.GNU_FORMAT) as out:
            for path, text, bits in (('app.gz', data, 0o644), ('tool', b'tool', 0o755)):
                info = tarfile.TarInfo(path)
                info.mode, info.size = bits, len(text)
                out.addfile(info, io.BytesIO(text))
            info = tarfile.TarInfo('link.gz')
            info.type, info.linkname, info.mode = tarfile.LNKTYPE, target, mode
            out.addfile(info)
    for story, host, mode in (('plain', 13, 0o644), ('unix', 13, 0o755), ('beos', 16, 0o755)):
        with zipfile.ZipFile(side + '-' + story + '.zip', 'w') as out:
            info = zipfile.ZipInfo('app.gz', (2020, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = host, (0o100000 | mode) << 16
            out.writestr(info, data)
X
python3 entries.py
judge 'tar: a link that gives nobody a right' 0 shipped-plain.tar expected-plain.tar "$(fact mtime explained)"
judge 'tar: a link that makes another file executable' 0 shipped-other.tar expected-other.tar "$(fact mtime explained)"
judge 'tar: a link that makes it executable' 1 shipped-to.tar expected-to.tar "$(fact mtime unexplained)"
judge 'zip of another system: a mode without execute bits' 0 shipped-plain.zip expected-plain.zip "$(fact mtime explained)"
for system in unix beos; do
    judge "zip of another system ($system), whose mode unzip takes" 1 shipped-$system.zip expected-$system.zip "$(fact mtime unexplained)"
done
pair again stored "$far"
for name_of in notes.gz notes.sh; do
    rm -rf by-shipped by-expected && mkdir by-shipped by-expected
    for side in shipped expected; do cp $side by-$side/$name_of && chmod 644 by-$side/$name_of; done
    want=1 class=unexplained
    [ $name_of = notes.sh ] || { want=0 class=explained; }
    judge "directory: another encoding of $name_of, whose lines a shell reads that has the name" $want by-shipped by-expected "$(fact recompressed $class)"
done
for side in shipped expected; do
    rm -rf by-$side && mkdir by-$side && echo '# resolvers' > nameserver
    case $side in shipped) time=101058054 ;; *) time=16843009 ;; esac
    touch -d "@$time" nameserver && ar rcU by-$side/resolv.conf nameserver && cp by-$side/resolv.conf $side.a
done
grep -q 'nameserver/ *101058054' shipped.a || fail 'no line of a server'
judge 'ar: a time' 0 shipped.a expected.a "$(fact mtime explained)"
judge 'a time that a resolver reads as a server' 1 by-shipped by-expected "$(fact mtime unexplained)"

# fit SIDE CONFIGURATION [DEFAULT]: of the images that are added before it; uboot SIDE TYPE COMPRESSION FILE, for a system
: > images
image() { # image NAME FILE TYPE COMPRESSION [ENTRY [LOAD]]
    echo "$1 { description = \"o\"; data = /incbin/(\"$2\"); type = \"$3\"; arch = \"arm\"; os = \"linux\"; compression = \"$4\"; load = <${6-0x8000}>; ${5-entry = <0x8000>;} hash-1 { algo = \"sha256\"; }; };" >> images
}
fit() {
    { echo '/dts-v1/; / { description = "t"; #address-cells = <1>; images {'; echo "${3:-}"; cat images; echo "}; configurations { default = \"c\"; c { $2 }; }; };"; } > its
    SOURCE_DATE_EPOCH=1000 mkimage -f its "$1.fit" > log 2>&1 || fail "mkimage: $(cat log)"
    : > images
}
system=linux
uboot() {
    SOURCE_DATE_EPOCH=1000 mkimage -A arm -O "$system" -T "$2" -C "$3" -a 0x8000 -e 0x8000 -n t -d "$4" "$1" > log 2>&1 ||
        fail "mkimage: $(cat log)"
}
types='kernel kernel_noload firmware standalone loadable fpga multi script'
for kind in stored beside; do
    pair $kind
    for side in shipped expected; do
        for type in $types; do image "$type" $side "$type" none; done
        fit $side 'kernel = "kernel";'
        rm -rf legacy-$side && mkdir legacy-$side
        for type in kernel firmware standalone; do uboot legacy-$side/$type.uimage $type none $side; done
        uboot legacy-$side/multi.uimage multi none $side:code.py
        touch -d @1 legacy-$side/*
    done
    # shellcheck disable=SC2086 # words
    judge "FIT of $types: code, not compressed ($kind)" 1 shipped.fit expected.fit "$(each mtime unexplained $types)"
    judge "U-Boot images of four types: code, not compressed ($kind)" 1 legacy-shipped legacy-expected \
        "$(each mtime unexplained kernel.uimage//#data firmware.uimage//#data standalone.uimage//#data multi.uimage//#0)"
done
pair again
for side in shipped expected; do
    gzip -nc $side > $side.gz
    image one $side kernel lzma && fit $side.lzma 'kernel = "one";'
    image one $side kernel gzip && fit $side 'kernel = "one";'
    image one $side.gz kernel gzip && fit $side.gz 'kernel = "one";'
    uboot $side.uboot kernel gzip $side
done
judge 'FIT: compressed by another codec than the stream' 1 shipped.lzma.fit expected.lzma.fit "$(fact mtime unexplained)"
judge 'FIT: compressed, as it says' 0 shipped.fit expected.fit "$(fact mtime explained)"
judge 'U-Boot image: compressed, as it says' 0 shipped.uboot expected.uboot "$(fact mtime explained)"
judge 'FIT: compressed, and what it decodes to is code' 1 shipped.gz.fit expected.gz.fit "$(fact mtime unexplained)"
# What names an image decides who takes it, and not its type alone; `source` runs what /images has for its default.
for side in shipped expected; do
    for one in disk data; do image $one $side ramdisk none ''; done
    echo kernel > same && image kernel same kernel none 'entry = <0x2000000>;' 0x2000000
    fit $side.data 'ramdisk = "disk"; loadables = "data"; kernel = "kernel";'
    for one in disk data; do image $one $side ramdisk none ''; done
    fit $side.named 'ramdisk = "disk"; loadables = "data"; firmware = "absent";'
    image disk $side ramdisk none '' 0x4000000
    image data $side ramdisk none '' 0x6000000
    fit $side.first 'ramdisk = "disk"; loadables = "data";'
    for one in entered kernel firmware script unknown source; do image $one $side ramdisk none; done
    image disk $side ramdisk none 'entry = <0x8000>;' 0x4000000
    image data $side ramdisk none '' 0x6000000
    fit $side 'ramdisk = "disk"; loadables = "entered", "data"; kernel = "kernel"; firmware = "firmware"; script = "script"; vendor,unknown = "unknown";' \
        'default = "source";'
done
judge 'FIT: RAM disks that nobody runs' 0 shipped.data.fit expected.data.fit "$(each mtime explained disk data)"
judge 'FIT: the first loadable where what is named is not there' 1 shipped.named.fit expected.named.fit "$(each mtime unexplained data)"
judge 'FIT: the first loadable where nothing else is started' 1 shipped.first.fit expected.first.fit "$(each mtime unexplained data) and $(each mtime explained disk)"
judge 'FIT: RAM disks that something else names, or that are entered' 1 shipped.fit expected.fit \
    "$(each mtime explained disk data) and $(each mtime unexplained entered kernel firmware script unknown source)"
# SPL undoes gzip and lzma, and copies all else to the load address as it is; bootm undoes all of them.
if command -v lz4 > /dev/null; then
    lz4 -q -1 -c code.py > shipped.lz && lz4 -q -9 -c code.py > expected.lz
    for side in shipped expected; do
        image zipped $side.lz kernel lz4 && image spl $side firmware gzip && fit $side.undone 'kernel = "zipped"; firmware = "spl";'
        for one in spl also; do image $one $side.lz firmware lz4; done
        fit $side.copied 'firmware = "spl"; standalone = "also";'
    done
    judge 'FIT: lz4 for bootm, gzip for SPL' 0 shipped.undone.fit expected.undone.fit "$(each recompressed explained zipped//#lz4) and $(each mtime explained spl)"
    judge 'FIT: another encoding of lz4 for SPL' 1 shipped.copied.fit expected.copied.fit "$(each recompressed unexplained spl//#lz4 also//#lz4)"
fi
systems='u-boot tee opensbi arm-trusted-firmware'
for side in shipped expected; do
    rm -rf legacy-$side ours-$side && mkdir legacy-$side ours-$side
    uboot ours-$side/disk.uimage ramdisk none $side
    # the second of several files a kernel decodes
    uboot ours-$side/multi.uimage multi none code.py:$side
    for system in $systems; do uboot "legacy-$side/$system.uimage" ramdisk none $side; done
    system=linux
    touch -d @1 legacy-$side/* ours-$side/*
done
judge 'U-Boot image: RAM disks for Linux' 0 ours-shipped ours-expected "$(each mtime explained disk.uimage//#data multi.uimage//#1)"
judge 'U-Boot image: RAM disks for other systems, which SPL runs whatever their type' 1 legacy-shipped legacy-expected \
    "$(for system in $systems; do printf '%s and ' "$(each mtime unexplained "$system.uimage//#data")"; done) true"

# The same in other containers, whose times are no free bytes either where they are code
for kind in one two; do image one $kind.tar firmware none && fit $kind.tar 'firmware = "one";'; done
judge 'FIT: firmware that is also an archive: a time' 1 one.tar.fit two.tar.fit "$(fact mtime unexplained)"
if command -v objcopy > /dev/null; then
    pair stored
    for side in shipped expected; do objcopy -I binary -O ihex $side $side.hex; done
    judge 'Intel HEX: bytes at an address' 1 shipped.hex expected.hex "$(fact mtime unexplained)"
fi

# --- other names of a file, and modes that stand elsewhere ---
# The time of a gzip header as a line of shell, in a file whose own name is that of an archive.
python3 - <<'X'
import os, struct, zlib
squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
data = squeeze.compress(b'data') + squeeze.flush()
for side, line in (('expected', b'\n:;\n'), ('shipped', b'\nid\n')):
    stream = b'\x1f\x8b\x08\x08' + line + b'\x02\x03n\nexit 0\n\0' + data + struct.pack('<II', zlib.crc32(b'data'), 4)
    open(side + '.stream', 'wb').write(stream)
    # a zip whose entry has its mode in an extra field (ASi Unix)
    body = struct.pack('<HIHH', 0o100755, 0, 0, 0)
    for name, kind in (('asi', 0x756e), ('other', 0x7856)):
        extra = struct.pack('<HHI', kind, len(body) + 4, zlib.crc32(body)) + body
        common = struct.pack('<HHHHHIIIHH', 20, 0, 0, 0, 0x5821, zlib.crc32(stream), len(stream), len(stream), 6, len(extra))
        local = b'PK\3\4' + common + b'run.gz' + extra + stream
        central = b'PK\1\2' + struct.pack('<BB', 20, 3) + common + struct.pack('<HHHII', 0, 0, 0, 0, 0) + b'run.gz' + extra
        end = b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, len(central), len(local), 0)
        open('%s-%s.zip' % (side, name), 'wb').write(local + central + end)
X
for kind in none symbolic hard chain archive; do
    for side in expected shipped; do
        rm -rf "named-$side" && mkdir -p "named-$side/lib"
        cp $side.stream "named-$side/lib/blob.gz"
        case $kind in
            symbolic) ln -s lib/blob.gz "named-$side/start" ;;
            hard)     ln "named-$side/lib/blob.gz" "named-$side/start" ;;
            chain)    ln -s blob.gz "named-$side/lib/again.gz" && ln -s lib/again.gz "named-$side/start" ;;
            archive)  ln -s lib/blob.gz "named-$side/start.gz" ;;
        esac
        find "named-$side" -exec touch -h -d @1700000000 {} +
        (cd "named-$side" && find . -mindepth 1 | LC_ALL=C sort | tar --format=gnu --owner=0 --group=0 --numeric-owner --mode=go-w --no-recursion -T - -cf "../named-$side.tar")
    done
    case $kind in none | archive) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    judge "a stream with another name: $kind" $code named-shipped.tar named-expected.tar "$(fact mtime $class)"
done
judge 'a zip that gives a mode in an extra field' 1 shipped-asi.zip expected-asi.zip "$(fact mtime unexplained)"
judge 'another extra field' 0 shipped-other.zip expected-other.zip "$(fact mtime explained)"
