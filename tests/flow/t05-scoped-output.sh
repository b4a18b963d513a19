#!/bin/sh
# T5: an output that stands for a file supplies its content. Of what the entry says, name, mode, owner and times belong to
# the container and are left alone where only the file is in scope; what changes what the file does is judged with it, and
# needs an entry of a recipe that the policy pins.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/flow/scoped.sh
. "$(dirname "$0")/scoped.sh"
begin t05-scoped-output jq bwrap tar perl gzip cpio ar python3
make_tools mkdir cp chmod install

mkdir -m 755 source && seq 1 500 > source/app && head -c 1536 source/app > source/whole
source=$(tree_digest source)

# --- a directory ---
mkdir -m 755 image image/bin && cp source/app image/bin/app && chmod 640 image/bin/app && echo other > image/other
recipe bin/app
run 'the genuine file, of any mode' verify image --recipe x.recipe --scope bin/app --report report.json
ends 0
says out 'The judged part of the image is, byte for byte, what the source builds'
ok "$what"
run 'and with the directory in scope' verify image --recipe x.recipe --scope bin/app --scope . --report report.json
ends 1
ok "$what its mode and owner are judged"
for mode in 4755 2755; do
    chmod "$mode" image/bin/app
    run "mode $mode" verify image --recipe x.recipe --scope bin/app --report report.json
    ends 1
    unexplained mode
    says out 'The judged part of the image is not what the source builds'
    ok "$what gives rights, and is judged with the file"
done
chmod 4755 image/bin/app
recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755"}'
run 'an entry of a recipe that nobody pinned' verify image --recipe x.recipe --scope bin/app --report report.json
ends 1
ok "$what supplies nothing"
pinned bin/app
run 'an entry of a pinned recipe' verify image --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what supplies the mode"
chmod 4711 image/bin/app
run 'another mode than the entry has' verify image --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained mode
ok "$what"
chmod 755 image/bin/app
recipe bin/app
if setfattr -n user.note -v x image/bin/app 2> /dev/null; then
    run 'an extended attribute' verify image --recipe x.recipe --scope bin/app --report report.json
    ends 1
    unexplained xattr.user.note
    ok "$what is judged with the file"
    recipe bin/app 'entries:' '  - {at: bin/app, facts: {xattr.user.note: "78"}}'
    pinned bin/app
    run 'an entry with that attribute' verify image --recipe x.recipe --policy x.policy --report report.json
    ends 0
    ok "$what supplies it"
    setfattr -x user.note image/bin/app
fi
recipe bin/app
if [ "$(id -u)" = 0 ] && setcap cap_net_admin+ep image/bin/app 2> /dev/null; then
    run 'a capability' verify image --recipe x.recipe --scope bin/app --report report.json
    ends 1
    unexplained xattr.security.capability
    ok "$what is judged with the file"
fi
rm image/bin/app && ln -s ../other image/bin/app
run 'a link in its place' verify image --recipe x.recipe --scope bin/app --report report.json
ends 1
unexplained type link
ok "$what is judged with its target"

# --- an archive ---
mkdir -m 755 bin && cp source/app bin/app
tar --format=pax --owner=7 --group=8 --mtime=@5 -cf image.tar bin
run 'a file of a tar, of any owner and time' verify image.tar --recipe x.recipe --scope bin/app --report report.json
ends 0
ok "$what"
setfattr -n user.note -v x bin/app 2> /dev/null && tar --format=pax --xattrs -cf image.tar bin && {
    run 'an extended attribute in a tar' verify image.tar --recipe x.recipe --scope bin/app --report report.json
    ends 1
    ok "$what is judged with the file"
}

# --- around it, where no rebuild makes the archive ---
# What takes the file away, or leaves it out, is judged though there is nothing to compare it with.
pack='tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@5'
: > bin/.wh.app
$pack -cf image.tar bin/app bin/.wh.app
run 'a whiteout beside it' verify image.tar --recipe x.recipe --scope bin/app --report report.json
ends 1
unexplained name
ok "$what: mismatch"
if command -v cpio > /dev/null; then
    for order in 'bin bin/app' 'bin/app bin' bin/app; do
        # shellcheck disable=SC2086 # words
        printf '%s\n' $order | cpio -o -H newc -R 0:0 --quiet > image.cpio
        run "a cpio of $order" verify image.cpio --recipe x.recipe --scope bin/app --report report.json
        case $order in 'bin bin/app') ends 0 ;; *) ends 1 && unexplained directory ;; esac
        ok "$what: exit $code"
    done
fi
# A directory that a reader has made before its entry comes may keep another mode than the entry says.
recipe . && sed -i 's/steps: .*/steps: ["mkdir -p tree\/bin; cp app tree\/bin; chmod 755 tree tree\/bin"]/; s/from: app/from: tree\//' x.recipe
for order in 'bin bin/app' 'bin/app bin'; do
    # shellcheck disable=SC2086 # words
    $pack --mode=go-w --no-recursion -cf image.tar $order
    run "a directory in scope, in a tar of $order" verify image.tar --recipe x.recipe --scope bin --scope bin/app --report report.json
    case $order in 'bin bin/app') holds 'all(.facts[]; .fact != "order")' ;; *) holds 'any(.facts[]; .fact == "order" and .path == "bin" and .class == "unexplained")' ;; esac
    ok "$what: exit $code"
done
# With a bit of its internal attributes that has no meaning, unzip gives nobody any right to the file.
recipe bin/app
for attributes in 1 2 4 32768; do
    python3 -c '
import sys, zipfile
with zipfile.ZipFile("image.zip", "w") as out:
    entry = zipfile.ZipInfo("bin/app")
    entry.external_attr, entry.internal_attr = 0o100755 << 16, int(sys.argv[1])
    out.writestr(entry, open("source/app", "rb").read())' "$attributes"
    run "a file in a zip, of internal attributes $attributes" verify image.zip --recipe x.recipe --scope bin/app --report report.json
    if [ "$attributes" = 1 ]; then ends 0; else ends 1 && unexplained internal-attributes; fi
    ok "$what: exit $code"
done
# Of what is called a text `unzip -a` takes carriage returns and the end of a file of CP/M, in a file as in an archive that is in it.
cp -r source kept
for ends in 'one\n' 'one\r\n' 'one\032' 'one\r'; do
    # shellcheck disable=SC2059 # ends of lines
    printf "$ends" > source/app && source=$(tree_digest source)
    tar --format=gnu --owner=0 --group=0 --mtime=@1 -cf one.tar -C source app
    for attributes in 0 1; do
        python3 -c '
import sys, zipfile
with zipfile.ZipFile("image.zip", "w") as out:
    for name, file in ("bin/app", "source/app"), ("one.tar", "one.tar"):
        entry = zipfile.ZipInfo(name)
        entry.external_attr, entry.internal_attr = 0o100755 << 16, int(sys.argv[1])
        out.writestr(entry, open(file, "rb").read())' "$attributes"
        for at in bin/app one.tar//app; do
            recipe $at
            run "a file in a zip of internal attributes $attributes, at $at, with $ends" verify image.zip --recipe x.recipe --scope $at --report report.json
            case $attributes-$ends in 0-* | *'one\n') ends 0 ;; *) ends 1 && unexplained internal-attributes ;; esac
            ok "$what: exit $code"
        done
    done
done
recipe bin/app 'entries:' '  - {at: bin/app, facts: {internal-attributes: "1"}}'
pinned bin/app
run 'an entry of a pinned recipe that calls it a text' verify image.zip --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"
rm -r source && mv kept source && source=$(tree_digest source) && recipe bin/app
# What readers may take for another stream, in an entry of a zip as in a file (images.md): deflate has none such, of others what their
# own libraries make has none.
cat > zipped.py <<'X'
import struct, sys, zlib
raw, content, name, method = sys.stdin.buffer.read(), open('source/app', 'rb').read(), b'bin/app', int(sys.argv[1])
both = struct.pack('<HHHHHIIIHH', 45, 0, method, 0, 33, zlib.crc32(content), len(raw), len(content), len(name), 0)
local, central = b'PK\3\4' + both + name + raw, b'PK\1\2' + struct.pack('<H', 45) + both + struct.pack('<HHHII', 0, 0, 0, 0, 0) + name
open('image.zip', 'wb').write(local + central + b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, len(central), len(local), 0))
X
for codec in 'bzip2 -9' 'bzip2 -1' 'xz -9' 'xz --check=none' 'zstd -q -9' 'zstd -q --zstd=wlog=10'; do
    command -v "${codec%% *}" > /dev/null || continue
    case $codec in bzip2*) method=12 ;; xz*) method=95 ;; *) method=93 ;; esac
    # shellcheck disable=SC2086 # a program and its options
    $codec -c < source/app | python3 zipped.py $method
    run "a file in a zip, by $codec" verify image.zip --recipe x.recipe --scope bin/app --report report.json
    case $codec in *none | *wlog*) ends 1 && unexplained recompressed ;; *) ends 0 ;; esac
    ok "$what: exit $code"
done
recipe '#gzip'
gzip -nc source/app > image.gz
run 'one stream' verify image.gz --recipe x.recipe --scope '#gzip' --report report.json
ends 0
ok "$what"
{ head -c 500 source/app | gzip -nc && tail -c +501 source/app | gzip -nc; } > image.gz
run 'two streams, of which some readers take the first' verify image.gz --recipe x.recipe --scope '#gzip' --report report.json
ends 1
unexplained recompressed streams
ok "$what: mismatch"
# without a scope the stream is judged too, and no rebuild made it
for codec in bzip2 xz zstd lz4; do
    command -v $codec > /dev/null || continue
    recipe "#$codec"
    $codec -c < source/app > image.one
    { head -c 500 source/app | $codec -c && tail -c +501 source/app | $codec -c; } > image.two
    for image in one two; do
        run "$codec: the content alone is built, no scope, streams: $image" verify image.$image --recipe x.recipe --report report.json
        ends 1
        unexplained format
        ok "$what: mismatch"
    done
    run "$codec: one stream, in scope" verify image.one --recipe x.recipe --scope "#$codec" --report report.json
    ends 0
    ok "$what"
    # streams of that content in which not every reader finds it (images.md), or may not
    case $codec in
        bzip2) continue ;;
        xz)    xz --check=none -c < source/app > image.odd ;;
        lz4)   lz4 -q -BD --no-frame-crc -c < source/app > image.odd ;;
        zstd)  perl -e 'local $/; my $data = <STDIN>; print pack ("VCCV", 0xfd2fb528, 0, 8, length ($data) << 3 | 1) =~ s/.\z//sr, $data' \
                   < source/app > image.odd && zstd -qdc image.odd | cmp - source/app ;;
    esac
    run "$codec: a stream that readers may take for another, in scope" verify image.odd --recipe x.recipe --scope "#$codec" --report report.json
    ends 1
    unexplained recompressed
    says out 'is the content of a stream in which some may find another content'
    ok "$what: mismatch"
done
recipe bin/app

# --- to which chips it goes ---
# chips FILE FAMILY: a UF2 file of `whole`
chips() {
    perl -e 'local $/; open F, "<", "source/whole"; my $data = <F>;
        print pack ("V8", 0x0a324655, 0x9e5d5157, 0x2000, 0x10000000 + 256 * $_, 256, $_, 6, hex $ARGV[0]), substr ($data, 256 * $_, 256), "\0" x 220, pack ("V", 0x0ab16f30)
            for 0 .. 5' "$2" > "$1"
}
chips good.uf2 e48bff56 && chips bad.uf2 57755a57
# whole AT LINE...: as recipe(), of the other file
whole() { recipe "$@" && sed -i 's/from: app/from: whole/' x.recipe; }
whole '@0x10000000'
run 'a UF2 file of which nobody said to which chips it goes' verify good.uf2 --recipe x.recipe --scope '@0x10000000' --report report.json
ends 1
unexplained family
ok "$what"
whole '@0x10000000' 'entries:' '  - {at: ".", facts: {family: "0xe48bff56"}}'
pinned '@0x10000000'
run 'one for the chips that a pinned recipe names' verify good.uf2 --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"
run 'one for other chips' verify bad.uf2 --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained family
ok "$what"

# --- what a pinned recipe demands of an entry ---
# owned FILE UID NAME: a tar whose app belongs to them, and is run with their rights
owned() {
    rm -rf tree && mkdir -p tree/bin && cp source/app tree/bin/app && chmod 4755 tree/bin/app && chmod 755 tree/bin
    tar --format=gnu --sort=name --mtime=@0 --owner="$3:$2" --group="$3:$2" -C tree -cf "$1" bin
}
owned daemon.tar 1 daemon && owned root.tar 1 root && owned zero.tar 0 daemon
for case in daemon.tar:0 root.tar:1 zero.tar:1; do
    recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755", owner: daemon, uid: 1, group: daemon, gid: 1}'
    pinned bin/app
    # the group is another as well
    run "${case%:*}, by name and number" verify "${case%:*}" --recipe x.recipe --policy x.policy --report report.json
    ends "${case#*:}"
    ok "$what: exit $code"
done
for said in 'owner: daemon, group: daemon' 'uid: 1, gid: 1'; do
    recipe bin/app 'entries:' "  - {at: bin/app, mode: \"4755\", $said}"
    pinned bin/app
    run "an owner of a tar by half, $said" verify daemon.tar --recipe x.recipe --policy x.policy --report report.json
    ends 1
    ok "$what"
done
(cd tree && printf 'bin\nbin/app\n' | cpio -o -H newc -R 0:0 --quiet) > numbers.cpio
recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755", owner: daemon}'
pinned bin/app
run 'an owner by name where there are numbers' verify numbers.cpio --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained uid user
ok "$what"
recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755", owner: root}'
pinned bin/app
run 'root, where there are numbers' verify numbers.cpio --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"
recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755", facts: {xattr.security.selinux: "78"}}'
pinned bin/app
run 'a label that is not there' verify numbers.cpio --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained xattr.security.selinux
ok "$what"
recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755"}' '  - {at: bin/other, mode: "644"}'
pinned 'bin/*'
run 'an entry that is not there' verify numbers.cpio --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained entry:bin/other
ok "$what"
recipe bin/app

# All lines count that speak of an entry: its own path before globs.
recipe bin/app 'entries:' '  - {at: "**", owner: root, group: root}' '  - {at: bin/app, mode: "4755"}'
pinned bin/app
for case in root.tar:1 own.tar:0; do
    owned own.tar 0 root
    run "${case%:*}, of which two lines speak" verify "${case%:*}" --recipe x.recipe --policy x.policy --report report.json
    ends "${case#*:}"
    ok "$what: exit $code"
done
recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755", owner: root, group: root}' '  - {at: bin/app, mode: "755"}'
pinned bin/app
run 'two lines that contradict each other' verify own.tar --recipe x.recipe --policy x.policy --report report.json
ends 64
says err ' here, and '
ok "$what"
# Readers that know no pax headers have the owner that stands behind one.
perl -e 'sub header { my ($name, $type, $size, $uid, $owner) = @_;
        my $block = pack ("a100 a8 a8 a8 a12 a12 a8 a1 a100 a6 a2 a32 a32 a8 a8 a167", $name, "0004755\0", sprintf ("%07o\0", $uid), "0000000\0",
            sprintf ("%011o\0", $size), sprintf ("%011o\0", 0), " " x 8, $type, "", "ustar\0", "00", $owner, "root", "", "", "");
        my $sum = 0; $sum += $_ for unpack ("C*", $block); substr ($block, 148, 8) = sprintf ("%06o\0 ", $sum); $block }
    local $/; open F, "<", "source/app"; my $app = <F>; my $pax = "9 uid=00\n";
    $pax = "9 uid=0\n" x 0 . "8 uid=0\n" . "14 uname=root\n";
    print header ("pax", "x", length ($pax), 0, "root"), $pax, "\0" x (512 - length ($pax)), header ("bin/app", "0", length ($app), $ARGV[0], $ARGV[1]), $app, "\0" x (-length ($app) % 512), "\0" x 1024' 5 joe > second.tar
recipe bin/app 'entries:' '  - {at: bin/app, mode: "4755", owner: root, group: root}'
pinned bin/app
run 'a second owner behind a pax header' verify second.tar --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained header.uid header.user
ok "$what"
if command -v cpio > /dev/null; then
    (cd tree && printf 'bin\n' | cpio -o -H newc -R 0:0 --quiet && printf 'bin/app\n' | cpio -o -H newc -R 0:0 --quiet) > ended.cpio
    recipe bin/app
    run 'a cpio that ends before the file' verify ended.cpio --recipe x.recipe --scope bin/app --report report.json
    ends 1
    holds 'any(.facts[]; .fact == "layout" and .class == "unexplained")'
    ok "$what"
fi
if command -v genisoimage > /dev/null; then
    chmod 755 tree/bin/app && genisoimage -quiet -R -V V -o plain.iso tree
    perl -e 'local $/; open F, "<", "plain.iso"; my $data = <F>; my $at = index ($data, "APP.;1") - 33; substr ($data, $at + 25, 1) = "\4"; print $data' > hidden.iso
    recipe bin/app
    run 'a file of ISO 9660' verify plain.iso --recipe x.recipe --scope bin/app --report report.json
    ends 0
    ok "$what"
    run 'an associated file of ISO 9660, which Linux does not show' verify hidden.iso --recipe x.recipe --scope bin/app --report report.json
    ends 1
    unexplained attributes
    ok "$what"
    genisoimage -quiet -J -V V -o joliet.iso tree
    perl -e 'local $/; open F, "<", "joliet.iso"; my $data = <F>; my $at = index ($data, join ("", map { "\0$_" } split (//, "app"))); substr ($data, $at - 33 + 2, 1) = chr (1 + ord (substr ($data, $at - 33 + 2, 1))); print $data' > led.iso
    recipe BIN/APP
    run 'a file that Joliet has elsewhere' verify led.iso --recipe x.recipe --scope BIN/APP --report report.json
    ends 1 2
    ok "$what: exit $code"
fi
recipe bin/app

# --- a package, of which rpm takes modes and capabilities from the header alone ---
if command -v rpmbuild > /dev/null; then
    app=source/app scope='#payload//#gzip//bin/app'
    # package FILE ATTRIBUTES: of the file $app, as /bin/app
    package() {
        cat > app.spec <<END
Name: app
Version: 1
Release: 1
Summary: It runs
License: MIT
BuildArch: noarch
%description
It runs.
%install
mkdir -p %{buildroot}/bin && cp $work/$app %{buildroot}/bin/app && chmod 755 %{buildroot}/bin/app
%files
%dir /bin
$2 /bin/app
END
        mkdir -p rpms
        HOME=$work rpmbuild -bb --quiet --define "_topdir $work/top" --define "_rpmdir $work/rpms" --define '_binary_payload w9.gzdio' \
            --define '__os_install_post %{nil}' app.spec > build.log 2>&1 || fail "rpmbuild: $(cat build.log)"
        mv rpms/noarch/app-1-1.noarch.rpm "$1"
    }
    recipe '#payload//#gzip//bin/app'
    package plain.rpm '' && package able.rpm '%caps(cap_sys_admin=ep)'
    run 'a file in a package' verify plain.rpm --recipe x.recipe --scope '#payload//#gzip//bin/app' --report report.json
    ends 0
    ok "$what"
    run 'one that the package gives capabilities' verify able.rpm --recipe x.recipe --scope '#payload//#gzip//bin/app' --report report.json
    ends 1
    unexplained rpm.file:/bin/app
    ok "$what"
    for mark in '%config(noreplace)' '%doc' '%lang(xx)' '%ghost'; do
        package marked.rpm "$mark"
        run "one that the package marks as $mark" verify marked.rpm --recipe x.recipe --scope '#payload//#gzip//bin/app' --report report.json
        ends 1 2
        [ "$mark" = %ghost ] || unexplained rpm.file:/bin/app
        ok "$what"
    done
    # forge TAG PLACE HEX: forged.rpm, of which the header says something else of /bin/app, its second file, than the payload
    forge() {
        perl -0777 -ne 'BEGIN { ($tag, $place, $hex) = splice @ARGV, 0, 3 } my ($n, $h) = unpack "N2", substr $_, 104, 8;
            my $at = 112 + 16 * $n + $h; $at += 7 - ($at + 7) % 8; ($n) = unpack "N", substr $_, $at + 8, 4;
            for my $i (0 .. $n - 1) { my ($t, $type, $o) = unpack "N3", substr $_, $at + 16 + 16 * $i, 12;
                substr ($_, $at + 16 + 16 * $n + $o + $place, length ($hex) / 2) = pack "H*", $hex if $t == $tag } print' \
            "$1" "$2" "$3" plain.rpm > forged.rpm
        ! cmp -s plain.rpm forged.rpm || fail "$1: nothing was changed"
    }
    # differs STORY FACT: beside an output that is one file, and beside one that is the package
    differs() {
        run "$1" verify forged.rpm --recipe x.recipe --scope "$scope" --report report.json
        ends 1
        unexplained "$2"
        run "$1, compared" compare forged.rpm plain.rpm --scope "$scope" --report report.json
        ends 1
        holds "any (.facts[]; .fact == \"$2\" and .class == \"unexplained\")"
        ok "$1"
    }
    forge 1030 2 8000
    differs 'a mode of which the payload knows nothing' rpm.mode:/bin/app
    forge 1030 2 81a4
    differs 'a mode without the right to run it' rpm.mode:/bin/app
    # by which rpm takes what lies there already for this file, and as many bytes as the header says
    forge 1035 1 "$(printf %064d 0 | sed 's/0/30/g')"
    differs 'a digest of something else' rpm.filedigest:/bin/app
    # what is in scope lies in an archive of the package: the header knows the archive alone
    mkdir -p inner && cp source/app inner/app && (cd inner && echo app | cpio -o --quiet -H newc > ../inner.cpio)
    app=inner.cpio scope='#payload//#gzip//bin/app//app'
    recipe "$scope" && package plain.rpm ''
    run 'a file in an archive in a package' verify plain.rpm --recipe x.recipe --scope "$scope" --report report.json
    ends 0
    ok "$what"
    forge 1035 1 "$(printf %064d 0 | sed 's/0/30/g')"
    differs 'a digest of something else than the archive' rpm.filedigest:/bin/app
    package marked.rpm '%config(noreplace)'
    run 'an archive that the package marks' verify marked.rpm --recipe x.recipe --scope "$scope" --report report.json
    ends 1
    unexplained rpm.file:/bin/app
    ok "$what"
    app=source/app
    package owned.rpm '%attr(4755,daemon,daemon)'
    for owner in daemon root; do
        recipe '#payload//#gzip//bin/app' 'entries:' "  - {at: \"#payload//#gzip//bin/app\", mode: \"4755\", owner: root, group: root}" \
            "  - {at: ., facts: {\"rpm.file:/bin/app\": \"mode 0104755\"}}"
        [ $owner = root ] || sed -i 's/owner: root, group: root/owner: daemon, uid: 0, group: daemon, gid: 0/' x.recipe
        pinned '#payload//#gzip//bin/app'
        run "an owner in a package, $owner" verify owned.rpm --recipe x.recipe --policy x.policy --report report.json
        case $owner in
            # the payload of a package has no owners
            daemon) ends 0 ;;
            root)   ends 1 && holds 'any(.facts[]; .fact == "rpm.owner:/bin/app" and .class == "unexplained")' ;;
        esac
        ok "$what"
    done
    recipe bin/app
fi

# --- a package of dpkg, which may leave what it calls a conffile as it is on the device ---
if command -v dpkg-deb > /dev/null; then
    # packed FILE CONFFILES
    packed() {
        rm -rf deb && mkdir -p deb/DEBIAN deb/bin && cp source/app deb/bin/app && chmod 755 deb deb/bin deb/bin/app
        printf 'Package: app\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: d\n' > deb/DEBIAN/control
        [ -z "$2" ] || printf '%b\n' "$2" > deb/DEBIAN/conffiles
        chmod 644 deb/DEBIAN/*
        SOURCE_DATE_EPOCH=1700000000 dpkg-deb --root-owner-group -Zgzip --nocheck -b deb "$1" > build.log 2>&1 || fail "dpkg-deb: $(cat build.log)"
    }
    packed plain.deb '' && packed other.deb /bin/other && packed kept.deb /bin/app && packed flagged.deb 'remove-on-upgrade /./bin/app ' && packed spelt.deb '/bin/../usr/..//bin/app' && packed rooted.deb /proc/self/root/bin/app && packed merged.deb /usr/bin/app && packed white.deb '/bin/app\v' && packed zero.deb '/x\0\n/bin/app'
    # linked KIND: the list is a link to another file of the control archive, which dpkg follows
    linked() {
        packed linked.deb '' && ar x linked.deb && rm -rf control linked.deb && mkdir control && tar -xzf control.tar.gz -C control
        echo /bin/app > control/list
        if [ "$1" = symbolic ]; then ln -s list control/conffiles; else ln control/list control/conffiles; fi
        tar --owner=0 --group=0 --mtime=@1700000000 --sort=name -C control -czf control.tar.gz . && ar rc linked.deb debian-binary control.tar.gz data.tar.gz
    }
    recipe 'data.tar.gz//#gzip//bin/app'
    for deb in plain other kept flagged spelt rooted merged white zero; do
        wanted=1
        case $deb in plain | other) wanted=0 ;; esac
        run "a $deb file in a package" verify "$deb.deb" --recipe x.recipe --scope 'data.tar.gz//#gzip//bin/app' --report report.json
        ends "$wanted"
        [ "$wanted" = 0 ] || unexplained conffile
        run "$what, compared" compare "$deb.deb" plain.deb --scope 'data.tar.gz//#gzip//bin/app' --report report.json
        ends "$wanted"
        run "$what with itself" compare "$deb.deb" "$deb.deb" --scope 'data.tar.gz//#gzip//bin/app' --report report.json
        ends 0
        ok "a $deb file in a package of dpkg"
    done
    for kind in symbolic hard; do
        linked $kind
        run "conffiles that is a $kind link" verify linked.deb --recipe x.recipe --scope 'data.tar.gz//#gzip//bin/app' --report report.json
        ends 1 2
        ok "$what"
    done
    # opkg's package is a tar of the same three
    recipe '#gzip//data.tar.gz//#gzip//bin/app'
    for deb in plain kept; do
        rm -rf ipk && mkdir ipk && (cd ipk && ar x "../$deb.deb" && tar --owner=0 --group=0 --mtime=@1700000000 -cf - ./debian-binary ./data.tar.gz ./control.tar.gz | gzip -9n > "../$deb.ipk")
        run "a $deb file in a package of opkg" verify "$deb.ipk" --recipe x.recipe --scope '#gzip//data.tar.gz//#gzip//bin/app' --report report.json
        case $deb in plain) ends 0 ;; kept) ends 1 && unexplained conffile ;; esac
        ok "$what"
    done
    # of several archives it takes one by its suffix
    (cd ipk && rm -rf data.tar.gz && ar x ../plain.deb data.tar.gz && gzip -dc data.tar.gz | xz > data.tar.xz && tar --owner=0 --group=0 --mtime=@1700000000 -cf - ./debian-binary ./data.tar.gz ./control.tar.gz ./data.tar.xz | gzip -9n > ../two.ipk)
    run 'a package of opkg with two archives' verify two.ipk --recipe x.recipe --scope '#gzip//data.tar.gz//#gzip//bin/app' --report report.json
    ends 1 && holds 'any (.facts[]; .fact == "installed-by" and .class == "unexplained")'
    ok "$what"
    recipe bin/app
fi

# --- a boot image ---
command -v mkimage > /dev/null || { ok 'mkimage is not installed: no boot image'; exit 0; }
# boot FILE ADDRESS TYPE
boot() {
    cat > boot.its <<END
/dts-v1/;
/ { description = "f"; #address-cells = <1>;
    images { kernel { description = "k"; data = /incbin/("source/app"); type = "$3"; arch = "arm64"; os = "linux"; compression = "none"; load = <$2>; entry = <$2>; hash-1 { algo = "sha256"; }; }; };
    configurations { default = "c1"; c1 { kernel = "kernel"; }; }; };
END
    SOURCE_DATE_EPOCH=1700000000 mkimage -q -f boot.its "$1" > /dev/null 2>&1 || fail 'mkimage'
}
boot good.fit 0x80000 kernel && boot bad.fit 0xdead0000 firmware
recipe kernel
run 'a boot image of which nobody said where it is loaded' verify good.fit --recipe x.recipe --scope kernel --report report.json
ends 1
holds 'any(.facts[]; .fact == "load" and .class == "unexplained") and any(.facts[]; .fact == "type" and .class == "unexplained")'
ok "$what"
run 'inspect' inspect good.fit --format json
facts=$(jq -c '[.. | objects | select(.path? == "kernel") | .facts] | first' out)
recipe kernel 'entries:' "  - {at: kernel, facts: $facts}"
pinned kernel
run 'a boot image whose facts a pinned recipe has' verify good.fit --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"
run 'one that is loaded elsewhere' verify bad.fit --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained entry load type
ok "$what"
cat > boot.its <<'END'
/dts-v1/;
/ { description = "f"; #address-cells = <1>;
    images { kernel { description = "k"; data = /incbin/("source/app"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; };
             other { description = "o"; data = "other"; type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; }; };
    configurations { default = "c1"; c1 { kernel = "other"; }; };
};
END
SOURCE_DATE_EPOCH=1700000000 mkimage -q -f boot.its other.fit > /dev/null 2>&1 || fail 'mkimage'
run 'one that boots another kernel' verify other.fit --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained configurations/c1/kernel load loaded-bytes
ok "$what"
# SPL asks for `standalone` before all else
for property in standalone fpga setup; do
    sed "s/type = \"kernel\"; arch = \"arm64\"; os = \"linux\"; compression = \"none\"; load = <0x80000>; entry = <0x80000>; hash-1 { algo = \"sha256\"; }; }; };/type = \"standalone\"; arch = \"arm64\"; compression = \"none\"; hash-1 { algo = \"sha256\"; }; }; };/
        s/c1 { kernel = \"other\"; }/c1 { kernel = \"kernel\"; $property = \"other\"; }/" boot.its > more.its
    SOURCE_DATE_EPOCH=1700000000 mkimage -q -f more.its more.fit > /dev/null 2>&1 || fail 'mkimage'
    run "one that has another image as $property" verify more.fit --recipe x.recipe --policy x.policy --report report.json
    ends 1
    unexplained "configurations/c1/$property"
    ok "$what"
done
sed -i 's/= <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; }; };/= <0x90000>; hash-1 { algo = "sha256"; }; }; };/; s/kernel = "other"/kernel = "kernel"/' boot.its
SOURCE_DATE_EPOCH=1700000000 mkimage -q -f boot.its beside.fit > /dev/null 2>&1 || fail 'mkimage'
run 'one with another image, of which nobody said where it is loaded' verify beside.fit --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained load
ok "$what"
recipe kernel 'entries:' "  - {at: kernel, facts: $facts}" '  - {at: other, facts: {load: "0x00090000"}}'
pinned kernel
run 'one with another image, of which a pinned recipe says it' verify beside.fit --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"

# --- the image's own directory ---
# A tree that the rebuild made stands for it, its own mode as well.
mkdir -m 755 rootfs rootfs/etc && cp source/app rootfs/etc/app
printf 'recipe: 1\nproduct: x 1\nsource:\n  - {directory: source, sha256: %s, into: .}\n%s\npath: /build/x\nsteps: ["install -D -m 644 app target/etc/app"]\noutputs:\n  - {from: target/}\nentries:\n  - {at: "**", uid: %s, gid: %s}\n' \
    "$source" "$toolchain" "$(id -u)" "$(id -g)" > x.recipe
pinned '**'
run 'a directory that the rebuild made' verify rootfs --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"
for mode in 777 700 1755; do
    chmod "$mode" rootfs
    run "the image's own directory, of mode $mode" verify rootfs --recipe x.recipe --policy x.policy --report report.json
    ends 1
    unexplained mode
    ok "$what"
done
chmod 755 rootfs

# The same where the scope names what a stream in the image holds, and the image around it is beside it.
gzip -nc source/app > app.gz
boot() {
    printf '/dts-v1/; / { description = "f"; #address-cells = <1>; images { kernel { description = "k"; data = /incbin/("app.gz"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "%s"; load = <%s>; entry = <%s>; hash-1 { algo = "sha256"; }; }; }; configurations { default = "c1"; c1 { kernel = "kernel"; }; }; };' \
        "$3" "$2" "$2" > boot.its
    SOURCE_DATE_EPOCH=1700000000 mkimage -q -f boot.its "$1" > /dev/null 2>&1 || fail 'mkimage'
}
boot good.fit 0x80000 gzip && boot elsewhere.fit 0xdead0000 gzip && boot raw.fit 0x80000 none
inside='kernel//#gzip'
recipe "$inside"
run 'a stream in a boot image of which nobody said where it is loaded' verify good.fit --recipe x.recipe --scope 'kernel//#gzip' --report report.json
ends 1
unexplained arch compression entry load os type
ok "$what"
run 'inspect' inspect good.fit --format json
facts=$(jq -c '[.. | objects | select(.path? == "kernel") | .facts] | first' out)
recipe "$inside" 'entries:' "  - {at: kernel, facts: $facts}"
pinned "$inside"
run 'a stream in a boot image whose facts a pinned recipe has' verify good.fit --recipe x.recipe --policy x.policy --report report.json
ends 0
ok "$what"
run 'one that is loaded elsewhere' verify elsewhere.fit --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained entry load
ok "$what, around a stream in scope"
run 'one that is not decoded' verify raw.fit --recipe x.recipe --policy x.policy --report report.json
ends 1
unexplained compression
ok "$what, around a stream in scope"
recipe kernel 'entries:' '  - {at: kernel, facts: {mode: "644"}}'
run 'a fact that has a key of its own' verify good.fit --recipe x.recipe --report report.json
ends 64
says err 'a key of its own'
ok "$what: there"
