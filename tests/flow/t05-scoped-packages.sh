#!/bin/sh
# T2, T5: a file in scope that lies in a package. What the package says beside it decides what a device gets for the file:
# an attribute by which the kernel trusts it, its size, another file that is the same, the codec, and whether it is left.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/flow/scoped.sh
. "$(dirname "$0")/scoped.sh"
begin t05-scoped-packages jq bwrap tar gzip python3
make_tools cat

mkdir -m 755 source && seq 1 500 > source/app
source=$(tree_digest source)
# how the scope is given: by it alone, or by the policy that pins the recipe
by_scope() { verify_by() { run "$1" verify "$2" --recipe x.recipe --scope "$scope" --report report.json; }; }
by_policy() { verify_by() { run "$1" verify "$2" --recipe x.recipe --policy x.policy --report report.json; }; }
by_scope
# passes STORY IMAGE, and with PLAIN against that one; differs STORY IMAGE PLAIN FACT: no rebuild makes the package, or PLAIN
passes() {
    verify_by "$1" "$2"
    ends 0
    [ -z "${3:-}" ] || { run "$1, compared" compare "$2" "$3" --scope "$scope" --report report.json && ends 0; }
    ok "$1"
}
differs() {
    verify_by "$1" "$2"
    ends 1
    unexplained "$4"
    run "$1, compared" compare "$2" "$3" --scope "$scope" --report report.json
    ends 1
    holds "any (.facts[]; .fact == \"$4\" and .class == \"unexplained\")"
    ok "$1"
}

# --- rpm ---
cat > edit.py << 'END'
"""edit.py IN OUT [HEADER TAG TYPE VALUE...]...: a package of rpm, of which a header has these tags too, or instead.

HEADER is `first`, that of signatures, or `main`; TYPE is int32, int64, text or texts; VALUE - takes the tag away."""
import hashlib
import struct
import sys

WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
TYPES = {'int32': (4, '>I'), 'int64': (5, '>Q'), 'text': (6, None), 'texts': (8, None)}
data = open(sys.argv[1], 'rb').read()


def read(start):
    count, size = struct.unpack('>II', data[start + 8:start + 16])
    store = start + 16 + 16 * count
    tags = {}
    for i in range(count):
        tag, kind, offset, number = struct.unpack('>IIII', data[start + 16 + 16 * i:start + 32 + 16 * i])
        at = end = store + offset
        for _ in range(0 if kind in WIDTHS else number):
            end = data.index(b'\0', end) + 1
        tags[tag] = kind, number, data[at:end if kind not in WIDTHS else at + WIDTHS[kind] * number]
    return tags, store + size


def write(tags, region):
    store, index = b'', []
    rest = sorted((tag, entry) for tag, entry in tags.items() if tag not in (62, 63, 1008 if region == 62 else 0))
    for tag, (kind, number, value) in rest:
        store += b'\0' * (-len(store) % WIDTHS.get(kind, 1))
        index.append(struct.pack('>IIII', tag, kind, len(store), number))
        store += value
    index.insert(0, struct.pack('>IIII', region, 7, len(store), 16))
    store += struct.pack('>IIiI', region, 7, -16 * len(index), 16)
    return b'\x8e\xad\xe8\x01\0\0\0\0' + struct.pack('>II', len(index), len(store)) + b''.join(index) + store


first, end = read(96)
main, payload = read((end + 7) & ~7)
for name, tag, kind, values in zip(*[iter(sys.argv[3:])] * 4):
    code, number = TYPES[kind]
    values = values.split(',')
    raw = [struct.pack(number, int(value, 0)) if number else value.encode() + b'\0' for value in values if value != '-']
    (first if name == 'first' else main)[int(tag)] = code, len(raw), b''.join(raw)
    if values == ['-']:
        del (first if name == 'first' else main)[int(tag)]
body = write(main, 63)
whole = body + data[payload:]
first[269] = 6, 1, hashlib.sha1(body).hexdigest().encode() + b'\0'
first[273] = 6, 1, hashlib.sha256(body).hexdigest().encode() + b'\0'
first[1000] = 4, 1, struct.pack('>I', len(whole))
first[1004] = 7, 16, hashlib.md5(whole).digest()
head = write(first, 62)
with open(sys.argv[2], 'wb') as out:
    out.write(data[:96] + head + b'\0' * (-len(head) % 8) + whole)
END
if command -v rpmbuild > /dev/null; then
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
mkdir -p %{buildroot}/bin && cp $work/source/app %{buildroot}/bin/app && chmod 755 %{buildroot}/bin/app
echo other > %{buildroot}/bin/other
%files
%dir /bin
/bin/app
/bin/other
END
    for form in gzip:w9.gzdio xz:w6.xzdio none:w.ufdio; do
        mkdir -p rpms
        HOME=$work rpmbuild -bb --quiet --define "_topdir $work/top" --define "_rpmdir $work/rpms" --define "_binary_payload ${form#*:}" \
            --define '__os_install_post %{nil}' app.spec > build.log 2>&1 || fail "rpmbuild: $(cat build.log)"
        python3 edit.py rpms/noarch/app-1-1.noarch.rpm "${form%:*}.rpm"
        scope="#payload//#${form%:*}//bin/app"
        [ "${form%:*}" != none ] || scope='#payload//bin/app'
        recipe "$scope"
        passes "a file in a package of rpm, packed by ${form%:*}" "${form%:*}.rpm" "${form%:*}.rpm"
    done
    scope='#payload//#gzip//bin/app'
    recipe "$scope"
    size=$(wc -c < source/app)
    # edited STORY FACT HEADER TAG TYPE VALUE...: /bin/app is the second file of three
    edited() {
        story=$1 fact=$2
        shift 2
        python3 edit.py gzip.rpm edited.rpm "$@"
        ! cmp -s gzip.rpm edited.rpm || fail "$story: nothing was changed"
        differs "$story" edited.rpm gzip.rpm "$fact"
    }
    for header in first main; do
        # rpm's plugins write them as security.ima, and give them to fs-verity
        edited "a signature of IMA in the $header header" rpm.file:/bin/app $header 274 texts ,030204deadbeef, $header 275 int32 7
        edited "a signature of fs-verity in the $header header" rpm.file:/bin/app $header 276 texts ,c2lnbmVk, $header 277 int32 1
    done
    edited 'a signature as rpm had it before' rpm.file:/bin/app main 5090 texts ,030204deadbeef, main 5091 int32 7
    edited 'a context of SELinux' rpm.file:/bin/app main 1147 texts ,system_u:object_r:bin_t:s0,
    edited 'a size that is smaller' rpm.filesize:/bin/app main 1028 int32 "4096,$((size - 1)),6"
    edited 'a size of 64 bits, which is the low half alone' rpm.longfilesize:/bin/app main 1028 int32 - main 5008 int64 "4096,$((size + 4294967296)),6"
    edited 'no size at all' rpm.filesize: main 1028 int32 -
    edited 'a file of the same inode' rpm.file:/bin/app main 1095 int32 1,1,1 main 1096 int32 6,7,7
    edited 'another codec than it is packed by' rpm.payloadcompressor main 1125 text xz
    edited 'no codec' rpm.payloadcompressor main 1125 text -
    edited 'another archive than it holds' rpm.payloadformat main 1124 text drpm
    # what no reader expects leaves the package unread
    for odd in 'first 274 texts 030204' 'first 274 int32 1,1,1' 'main 1037 texts a,b,c' 'main 1028 int32 1,2' 'main 5010 int32 1,1,1'; do
        # shellcheck disable=SC2086 # words
        python3 edit.py gzip.rpm edited.rpm $odd
        run "$odd" verify edited.rpm --recipe x.recipe --scope "$scope" --report report.json
        ends 1 2
        ok "$what is no pass"
    done
    python3 edit.py gzip.rpm edited.rpm first 274 texts ,,030204deadbeef first 275 int32 7
    passes 'a signature of the other file alone' edited.rpm
    python3 edit.py gzip.rpm edited.rpm main 1028 int32 - main 5008 int64 "4096,$size,6"
    passes 'a size of 64 bits' edited.rpm
    python3 edit.py gzip.rpm edited.rpm main 1028 int32 "4096,$size,7"
    passes 'a wrong size of the other file alone' edited.rpm
    python3 edit.py gzip.rpm signed.rpm first 274 texts ,030204deadbeef, first 275 int32 7
    recipe "$scope" 'entries:' '  - {at: ., facts: {"rpm.file:/bin/app": "mode 0100755, signature 030204deadbeef"}}'
    pinned "$scope"
    run 'a signature that a pinned recipe asks for' verify signed.rpm --recipe x.recipe --policy x.policy --report report.json
    ends 0
    ok "$what"
    run 'the same package without it' verify gzip.rpm --recipe x.recipe --policy x.policy --report report.json
    ends 1
    ok "$what"
else
    ok 'rpmbuild is not installed: no package of rpm'
fi

# --- pacman, which leaves what `backup` names as it is on the device, and puts the package's beside it ---
# packed FILE LINES [ENTRY...]: with these lines in its .PKGINFO
packed() {
    file=$1
    rm -rf pacman && mkdir -p pacman/bin && cp source/app pacman/bin/app && chmod 755 pacman/bin pacman/bin/app
    printf 'pkgname = app\npkgver = 1-1\n%b' "$2" > pacman/.PKGINFO
    shift 2
    tar --format=ustar --owner=0 --group=0 --mtime=@1700000000 --sort=name -C pacman -cf - .PKGINFO bin "$@" | gzip -9n > "$file"
}
scope='#gzip//bin/app'
recipe "$scope"
packed plain.pkg ''
passes 'a file in a package of pacman' plain.pkg plain.pkg
packed other.pkg 'backup = bin/other\n#backup = bin/app\nbackup bin/app\nbackups = bin/app\n'
passes 'a list of other files' other.pkg plain.pkg
for line in 'backup = bin/app\n' 'backup=bin/app' 'license = MIT\nbackup\v =   ./bin/app\t\r\n' 'url = x\0\nbackup = /bin/app\n'; do
    packed kept.pkg "$line"
    differs "a file that the package asks to keep: $line" kept.pkg plain.pkg backup
    run "$what, with itself" compare kept.pkg kept.pkg --scope "$scope" --report report.json
    ends 0
done
packed noted.pkg 'url = x\nbackup = bin/app\n' && packed again.pkg 'url = y\nbackup = bin/app\n'
run 'a file that both packages ask to keep' compare again.pkg noted.pkg --scope "$scope" --report report.json
ends 0
ok "$what"
packed linked.pkg '' && ln -s ../.PKGINFO pacman/bin/link && mv pacman/.PKGINFO pacman/list && ln -s list pacman/.PKGINFO
tar --format=ustar --owner=0 --group=0 --mtime=@1700000000 --sort=name -C pacman -cf - .PKGINFO list bin/app bin/link | gzip -9n > linked.pkg
run 'a list that is a link' verify linked.pkg --recipe x.recipe --scope "$scope" --report report.json
ends 1 2
ok "$what is no pass"
packed long.pkg "$(seq -f 'backup = bin/other%09g\n' 50000 | tr -d '\n')"
run 'a list of more than 1 MiB' verify long.pkg --recipe x.recipe --scope "$scope" --report report.json
ends 2
ok "$what is no pass"
packed two.pkg 'backup = bin/app\n' && mkdir later && printf 'pkgname = app\n' > later/.PKGINFO
gzip -dc two.pkg > two.tar && tar --format=ustar --owner=0 --group=0 --mtime=@1700000000 -C later -rf two.tar .PKGINFO && gzip -9nc two.tar > two.pkg
differs 'a second list that does not name it' two.pkg plain.pkg backup
# what is kept may hold what is in scope
cp pacman/bin/app later/app && tar --format=ustar --owner=0 --group=0 --mtime=@1700000000 -C later -cf later/inner.tar app
scope='#gzip//bin/inner.tar//app'
recipe "$scope"
for list in '0 ' '1backup = bin/inner.tar\n'; do
    packed inner.pkg "${list#?}" && cp later/inner.tar pacman/bin/ && tar --format=ustar --owner=0 --group=0 --mtime=@1700000000 --sort=name -C pacman -cf - .PKGINFO bin | gzip -9n > inner.pkg
    run "a file in an archive that is${list#?}" verify inner.pkg --recipe x.recipe --scope "$scope" --report report.json
    ends "$(printf %.1s "$list")"
    [ "$code" = 0 ] || unexplained backup
    ok "$what"
done

# --- RAUC, of which the manifest says what goes where: the one in the squashfs, or in the signature ---
for tool in rauc mksquashfs openssl; do
    command -v $tool > /dev/null || { ok "$tool is not installed: no bundle"; exit 0; }
done
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=vendor -days 3650 > req.log 2>&1 || fail "openssl: $(cat req.log)"
# bundle FILE FORMAT LINES: of these lines of a manifest, behind those of the update
bundle() {
    rm -rf content "$1" && mkdir content && cp source/app content/rootfs.img && openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2> /dev/null | head -c 9000 > content/other.img
    printf '#!/bin/sh\n' > content/hook && chmod 755 content/hook
    printf '[update]\ncompatible=board\nversion=%s\n\n[bundle]\nformat=%s\n\n%b' "${version:-1}" "$2" "$3" > content/manifest.raucm
    SOURCE_DATE_EPOCH=1700000000 rauc --cert=cert.pem --key=key.pem bundle content "$1" > rauc.log 2>&1 || fail "rauc: $(cat rauc.log)"
}
scope='#bundle//rootfs.img'
recipe "$scope"
# slot MORE: a recipe that says for which slot it builds the image, and is pinned
slot() {
    recipe "$scope" 'entries:' "  - {at: ., facts: {\"rauc.image.rootfs.filename\": rootfs.img${1:-}}}"
    pinned "$scope"
}
bundle plain.raucb plain "[image.rootfs]\nfilename=rootfs.img\n\n"
verify_by 'an image of a bundle, for whichever slot' plain.raucb
ends 1 && unexplained rauc.image.rootfs.filename
ok "$what"
slot && by_policy
rootfs='[image.rootfs]\nfilename=rootfs.img\n\n' more='[image.more]\nfilename=other.img\n\n'
for format in plain verity; do
    bundle plain.raucb $format "$rootfs$more"
    passes "$format: an image of a bundle" plain.raucb plain.raucb
    version=2 && bundle later.raucb $format "$rootfs$more" && version=1
    passes "$format: one of another version" later.raucb plain.raucb
    bundle bad.raucb $format "[image.rootfs]\nfilename=other.img\n\n[image.more]\nfilename=rootfs.img\n\n[image.rootfs.variant]\nfilename=rootfs.img\n\n"
    verify_by "$format: another image for its slot" bad.raucb
    ends 1
    unexplained rauc.image.rootfs.filename rauc.image.rootfs.variant.filename rauc.image.more.filename
    ok "$what"
    bundle bad.raucb $format "$rootfs${more}[image.rootfs.small]\nfilename=other.img\n\n"
    differs "$format: another image for a variant of the slot" bad.raucb plain.raucb rauc.image.rootfs.small.filename
    bundle bad.raucb $format "[hooks]\nfilename=hook\n\n[image.rootfs]\nfilename=rootfs.img\nhooks=post-install;\n\n$more"
    differs "$format: a hook behind it" bad.raucb plain.raucb rauc.image.rootfs.hooks
    bundle bad.raucb $format "[handler]\nfilename=hook\n\n$rootfs$more"
    differs "$format: a handler in place of all that" bad.raucb plain.raucb rauc.handler.filename
    bundle bad.raucb $format "$more"
    verify_by "$format: an image that no line names" bad.raucb
    ends 1
    unexplained rauc.manifest rauc.image.rootfs.filename
    bundle bad.raucb $format "[image.more]\nfilename=rootfs.img\n\n[image.rootfs]\nfilename=other.img\n\n"
    verify_by "$format: the image for another slot, and another one for its own" bad.raucb
    ends 1
    holds 'any (.facts[]; .fact == "rauc.image.rootfs.filename" and .class == "unexplained")'
    ok "$what"
    bundle asked.raucb $format "[hooks]\nfilename=hook\n\n[image.rootfs]\nfilename=rootfs.img\nhooks=post-install;\n\n"
    slot ', "rauc.image.rootfs.hooks": "post-install;"'
    run "$format: a line that a pinned recipe asks for" verify asked.raucb --recipe x.recipe --policy x.policy --report report.json
    ends 0
    ok "$what"
    run "$format: the same bundle without it" verify plain.raucb --recipe x.recipe --policy x.policy --report report.json
    ends 1
    ok "$what"
    slot
done
# signed CHANGE: the manifest that is signed in plain.raucb, changed and signed again
signed() {
    length=$(tail -c 8 plain.raucb | od -An -tu8 --endian=big | tr -d ' ') size=$(wc -c < plain.raucb)
    tail -c "$((length + 8))" plain.raucb | head -c "$length" > sig.der
    openssl cms -verify -noverify -inform DER -in sig.der -out manifest 2> /dev/null
    sed "$1" manifest > changed
    openssl cms -sign -binary -nodetach -nosmimecap -md sha256 -in changed -signer cert.pem -inkey key.pem -outform DER -out new.der
    { head -c $((size - 8 - length)) plain.raucb && cat new.der && python3 -c "import struct, sys; sys.stdout.buffer.write(struct.pack('>Q', $(wc -c < new.der)))"; } > signed.raucb
}
signed 's/nothing/nothing/'
passes 'verity: the same manifest signed again' signed.raucb
signed "\$a [image.rootfs.small]\nfilename=other.img"
differs 'verity: another manifest in the signature than in the squashfs' signed.raucb plain.raucb rauc.image.rootfs.small.filename
signed 's/^sha256=..../sha256=0000/'
verify_by 'verity: digests that are not those of the images' signed.raucb
ends 1
unexplained rauc.image.rootfs.sha256
ok "$what"
signed '1i nonsense'
verify_by 'verity: a manifest that is none' signed.raucb
ends 2
ok "$what is no pass"
