#!/bin/sh
# Makes the seeds of all targets, below FOLDER: FOLDER/TARGET/NAME. Each is made by the format's own tool, or by a maker of
# ours; nothing is committed but corpus/TARGET/NAME.hex, inputs that once broke something, as hexadecimal digits.
#
#   sh seeds.sh FOLDER      from the environment: ASSAY_FUZZ, the program; ASSAY, to make reports; TWIN, to make programs
#
# A tool that is not there leaves its seeds out, and is named on standard error. Prints the path of the certificate that
# the seeds of `cms` and `stamp` are signed under.
set -eu
umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1700000000 MTOOLSRC=/dev/null MTOOLS_SKIP_CHECK=1
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
fuzz=$ASSAY_FUZZ
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-seeds.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# seed TARGET NAME FILE
seed() { mkdir -p "$out/$1" && cp "$3" "$out/$1/$2" && chmod 644 "$out/$1/$2"; }

# have TOOL...
have() {
    for tool; do
        command -v "$tool" > /dev/null || { echo "without $tool" >&2; return 1; }
    done
}

# bytes HEX...: two digits a byte
bytes() {
    for digits; do
        while [ -n "$digits" ]; do
            rest=${digits#??}
            # shellcheck disable=SC2059 # the format is the byte
            printf "\\$(printf '%03o' "0x${digits%"$rest"}")"
            digits=$rest
        done
    done
}

mkdir -p tree/deep/er
printf 'hello, hello, hello' > tree/file
seq 1 2000 > tree/deep/numbers
printf x > "tree/deep/er/$(printf 'name%.0s' $(seq 20))"
ln -s file tree/link
ln tree/file tree/hard
mkfifo tree/fifo
: > tree/empty
find tree -exec touch -h -d @1700000000 {} +

# --- programs ---

cat > prog.c <<'END'
static int table[64];
const char text[] = "GCC: (Debian 12.2.0-14) 12.2.0";
int add (int a, int b) { table[a & 63] += b; return table[b & 63] * a; }
int _start (int n) { int sum = 0; for (int i = 0; i < n; i++) sum += add (i, n); return sum; }
END
programs() {
    have gcc objcopy || return 0
    for level in 0 2; do
        gcc -c -g -O$level -ffunction-sections prog.c -o "prog$level.o"
        gcc -shared -nostdlib -g -O$level -Wl,--build-id -fPIC -Wl,-soname,libprog.so prog.c -o "prog$level.so"
    done
    gcc -static -nostdlib -g -gdwarf-4 -O1 -Wl,--build-id prog.c -o prog4
    gcc -static -nostdlib -gz -O2 prog.c -o progz
    objcopy -S prog4 stripped
    objcopy -O binary prog4 prog.bin
    for file in prog0.o prog2.o prog0.so prog2.so prog4 progz stripped; do
        for target in elf elf-fields elf-debug image; do seed $target "$file" "$file"; done
    done
    # two files behind the length of the first
    for pair in prog2.o:prog2.so prog2.o:prog4 prog0.so:prog2.so prog4:prog.bin; do
        size=$(wc -c < "${pair%:*}")
        { bytes "$(printf '%02x%02x%02x' $((size % 256)) $((size / 256 % 256)) $((size / 65536)))"; cat "${pair%:*}" "${pair#*:}"; } > both
        for target in fingerprint likeness; do seed $target "$(echo "$pair" | tr : -)" both; done
    done
    seed nature prog2.o prog2.o
}
programs
if [ -x "${TWIN:-}" ]; then
    "$TWIN" machines | while read -r machine; do
        "$TWIN" shapes | head -n 2 | while read -r shape; do
            "$TWIN" sample "$machine" "$shape" sample 2> /dev/null || continue
            for target in elf elf-fields elf-debug; do seed $target "$machine-$shape" sample; done
        done
    done
fi
# machine, class and order, flags, address; then code
n=0
while [ $n -lt 13 ]; do
    for how in 00 01 02 03 05 06; do
        bytes "$(printf '%02x' $n)" "$how" 00000000 00100000 1f2003d5 e10f1fd6 00482de9 60000000 9421fff0 3c1c0001 279c8010 0320f809 55 4889e5 e800000000 c3 f30f1efa ff2500100000 > code
        seed code "$n-$how" code
    done
    n=$((n + 1))
done
printf 'plain text\n' > file && seed nature text file
od -An -tx1 tree/deep/numbers > file && seed nature digits file
base64 tree/deep/numbers > file && seed nature base64 file
bytes 89504e470d0a1a0a 0000000d49484452 0000000100000001 0806000000 1f15c489 0000000049454e44ae426082 > file && seed nature png file
bytes 52494646 24000000 57415645 666d7420 10000000 01000100 44ac0000 88580100 02001000 64617461 00000000 > file && seed nature riff file
bytes 00010000 0001 0010 0000 0000 676c7966 00000000 0000001c 00000004 00000000 > file && seed nature sfnt file

# --- archives ---

for format in gnu ustar pax v7; do
    # v7 has no word for a FIFO
    set -- .
    [ $format != v7 ] || set -- file link hard deep/numbers
    (cd tree && tar --format=$format --owner=7 --group=8 --numeric-owner --sort=name -b 1 -cf ../archive "$@")
    seed tar $format archive
done
truncate -s 3M sparse && printf end >> sparse
for version in 0.0 0.1 1.0; do
    tar --format=pax --sparse --sparse-version=$version -b 1 -cf archive sparse && seed tar sparse-$version archive
done
tar --format=gnu --sparse -b 1 -cf archive sparse && seed tar sparse-gnu archive
cpios() {
    have cpio || return 0
    for format in newc crc odc bin; do
        (cd tree && find . | sort | cpio -o --quiet --reproducible -H $format -R 7:8) > archive
        seed cpio $format archive
    done
    (cd tree && printf 'file\n' | cpio -o --quiet -H newc) > one && cat one one > archive && seed cpio two archive
}
cpios
zips() {
    have zip || return 0
    (cd tree && zip -qrXy ../a.zip file link empty deep) && seed zip deflated a.zip
    (cd tree && zip -qr -0 ../b.zip file deep) && seed zip stored b.zip
    (cd tree && printf 'a comment' | zip -qrz ../c.zip file) && seed zip comment c.zip
    (cd tree && zip -q - - < file) > archive && seed zip streamed archive
}
zips
ars() {
    have ar || return 0
    cp tree/file short && cp tree/file a_name_that_is_longer_than_sixteen
    ar rcD lib.a short a_name_that_is_longer_than_sixteen && seed ar gnu lib.a
    if [ -f prog2.o ]; then ar rcsD index.a prog2.o prog0.o && seed ar index index.a; fi
    printf '2.0\n' > debian-binary && tar -b 1 -czf control.tar.gz -C tree file && cp control.tar.gz data.tar.gz
    ar rcD some.deb debian-binary control.tar.gz data.tar.gz && seed ar deb some.deb && seed image deb some.deb
}
ars

# --- streams ---

streams() {
    gzip -9nc tree/deep/numbers > s && seed gzip plain s
    gzip -nc tree/empty > s && seed gzip empty s
    gzip -9c tree/file > s && cat s s > file && seed gzip named file
    printf '\037\213\010\034\0\0\0\0\0\003\004\0ABCDname\0comment\0' > s && gzip -nc tree/file | tail -c +11 >> s && seed gzip fields s
    bzip2 -c tree/deep/numbers > s && seed bzip2 plain s
    xz -c tree/deep/numbers > s && seed xz plain s
    xz --check=crc32 --block-size=4096 -c tree/deep/numbers > s && { cat s && printf '\0\0\0\0' && cat s; } > file && seed xz blocks file
    xz --x86 --lzma2=preset=0 -c tree/file > s && seed xz filter s
    xz --format=lzma -c tree/deep/numbers > s && seed lzma plain s
    if have zstd; then
        zstd -qc tree/deep/numbers > s && seed zstd plain s
        { printf '\120\052\115\030\004\0\0\0hide' && zstd -qc --no-check tree/file && cat s; } > file && seed zstd skippable file
    fi
    if have lz4; then
        lz4 -qc tree/deep/numbers > s && seed lz4 plain s
        lz4 -qc -l tree/deep/numbers > s && seed lz4-legacy plain s
        lz4 -qc -B4 -BD --content-size tree/deep/numbers > s && seed lz4 linked s
    fi
    if have lzip; then lzip -qc tree/deep/numbers > s && seed lzip plain s; fi
    if have compress; then compress -c tree/deep/numbers > s && seed compress plain s; fi
}
streams

# --- file systems ---

squashes() {
    have mksquashfs || return 0
    for codec in gzip xz lz4 zstd lzo lzma; do
        rm -f image
        if mksquashfs tree image -noappend -quiet -no-progress -all-root -comp $codec > /dev/null 2>&1; then seed squashfs $codec image; fi
    done
    rm -f image && mksquashfs tree image -noappend -quiet -no-progress -noI -noD -noF -noX -no-fragments -b 4096 -p 'dev c 600 0 0 5 1' > /dev/null && seed squashfs stored image
}
squashes
fats() {
    have mkfs.fat mcopy || return 0
    for type in 12:'-s 1 -S 512 -R 1 -f 2 -r 16 -C image 64' 16:'-s 1 -R 1 -f 1 -r 16 -C image 2200'; do
        # shellcheck disable=SC2086 # words
        rm -f image && mkfs.fat -a -F ${type%%:*} -i 12345678 -n LABEL ${type#*:} > /dev/null
        mcopy -s -i image tree/file tree/empty tree/deep ::
        seed fat "${type%%:*}" image
    done
}
fats
partitions() {
    have sfdisk || return 0
    rm -f image && truncate -s 256K image
    printf 'label: dos\nstart=1, size=100, type=c, bootable\nstart=110, type=5\nstart=120, size=50, type=83\nstart=180, size=50, type=83\n' | sfdisk -q --no-tell-kernel --color=never image > /dev/null 2>&1 && seed mbr dos image
    rm -f image && truncate -s 96K image
    printf 'label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\ntable-length: 4\nfirst-lba: 34\nstart=34, size=10, name=boot, uuid=11111111-2222-3333-4444-555555555556\nsize=10, name=root, uuid=11111111-2222-3333-4444-555555555557\n' | sfdisk -q --no-tell-kernel --color=never image > /dev/null 2>&1 && seed mbr gpt image
}
partitions

# --- boot ---

boots() {
    have mkimage dtc || return 0
    echo '/dts-v1/; /memreserve/ 0x1000 0x2000; / { model = "m"; #address-cells = <1>; chosen { bootargs = "console=ttyS0"; }; a@1 { reg = <1>; empty; }; };' > tree.dts
    dtc -q -O dtb -o tree.dtb tree.dts && seed fdt tree tree.dtb
    for entry in kernel:firmware:none rootfs:ramdisk:gzip; do
        printf 'payload %s' "$entry" > "${entry%%:*}.bin"
    done
    cat > its <<'END'
/dts-v1/;
/ {
  description = "d";
  #address-cells = <1>;
  images {
    kernel { data = /incbin/("kernel.bin"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; hash-2 { algo = "crc32"; }; };
    rootfs { data = /incbin/("rootfs.bin"); type = "ramdisk"; compression = "none"; hash-1 { algo = "sha1"; }; };
  };
  configurations { default = "a"; a { kernel = "kernel"; ramdisk = "rootfs"; }; };
};
END
    mkimage -f its fit > /dev/null 2>&1 && seed fdt fit fit
    mkimage -E -f its fit > /dev/null 2>&1 && seed fdt outside fit
    mkimage -E -p 0x800 -f its fit > /dev/null 2>&1 && seed fdt placed fit
    mkimage -A arm -O linux -T kernel -C none -a 8000 -e 8000 -n name -d kernel.bin legacy > /dev/null && seed uboot kernel legacy
    mkimage -A arm -O linux -T multi -C gzip -n two -d kernel.bin:rootfs.bin:tree.dtb legacy > /dev/null && seed uboot multi legacy
    mkimage -A arm -T script -n s -d tree/file legacy > /dev/null && seed uboot script legacy
}
boots
texts() {
    have objcopy srec_cat || return 0
    head -c 700 tree/deep/numbers > raw
    objcopy -I binary -O ihex --change-addresses 0x8000 raw s && seed ihex plain s
    objcopy -I binary -O ihex --change-addresses 0x1fff0 raw s && seed ihex banks s
    objcopy -I binary -O srec --change-addresses 0x8000 raw s && seed srec s1 s
    objcopy -I binary -O srec --srec-forceS3 raw s && seed srec s3 s
    srec_cat raw -binary -o s -motorola -address-length=3 && seed srec s2 s
}
texts
for block in 0 1; do
    bytes 5546320a 57515d9e 00200000 "000${block}0010" 00010000 "0${block}000000" 02000000 56ff8be4
    head -c 256 tree/deep/numbers
    head -c 220 /dev/zero
    bytes 306fb10a
done > s.uf2
seed uf2 two s.uf2

# --- signatures ---

signatures() {
    have openssl || return 0
    [ -f "$out/signer.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout signer.key -out signer.pem -subj /CN=lab -days 3650 -addext 'keyUsage=critical,digitalSignature,keyCertSign' 2> /dev/null
    [ ! -f signer.pem ] || { cp signer.pem "$out/signer.pem" && cp signer.key "$out/signer.key"; }
    printf content > content
    for how in '-noattr -nocerts' '-nocerts' '-noattr' ''; do
        # shellcheck disable=SC2086 # options
        openssl cms -sign -binary -md sha256 -in content -signer "$out/signer.pem" -inkey "$out/signer.key" -outform DER -out s $how
        seed cms "cms$(echo "$how" | tr -d ' ')" s
    done
    openssl cms -sign -binary -md sha256 -in content -signer "$out/signer.pem" -inkey "$out/signer.key" -outform DER -out s -noattr -nocerts
    { cat content s && bytes 0000020000000000 "$(printf '%08x' "$(wc -c < s)")" && printf '~Module signature appended~\n'; } > module
    seed signed-module small module
    [ ! -f prog2.o ] || { cat prog2.o && tail -c +8 module; } > other && seed signed-module elf other
}
signatures

# Time stamps of "content" by a TSA of the signer, as responses and tokens, with and without its certificate
stamps() {
    have openssl || return 0
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > tsa.ext
    openssl req -new -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa 2> /dev/null
    openssl x509 -req -in tsa.csr -CA "$out/signer.pem" -CAkey "$out/signer.key" -set_serial 2 -days 3000 -extfile tsa.ext -out tsa.pem 2> /dev/null
    printf '01\n' > serial
    printf '[tsa]\ndefault_tsa = a\n[a]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3\ndigests = sha256, sha512\naccuracy = secs:1, millisecs:2, microsecs:3\nclock_precision_digits = 6\ntsa_name = yes\ness_cert_id_alg = sha256\n' > tsa.conf
    printf content > content
    for how in '-sha256 -cert' '-sha512 -cert -no_nonce' '-sha256' '-sha1 -cert' '-sha256 -tspolicy 1.2.4'; do
        name=$(echo "$how" | tr -d ' ')
        # shellcheck disable=SC2086 # options
        openssl ts -query -data content $how -out s 2> /dev/null
        seed stamp "query$name" s
        openssl ts -reply -config tsa.conf -section a -queryfile s -signer tsa.pem -inkey tsa.key -out reply 2> /dev/null || continue
        seed stamp "reply$name" reply
        if openssl ts -reply -in reply -token_out -out s 2> /dev/null; then seed stamp "token$name" s; fi
    done
}
stamps

# --- documents ---

sha=$(printf 'a%.0s' $(seq 64))
cat > policy <<END
policy: 1
pin: {product: p 1, source: [$sha], recipe: [$sha], patches: [$sha], toolchain: [$sha]}
scope: ["**"]
require: {verdict: equivalent, expected: rebuild, rebuilds: 2, origin: known, unexplained: 0, outside: 0, recompressed: false, cached: false}
waive:
  - path: "**/build-info.txt"
    range: {section: .note.gnu.build-id, max-size: 36}
    reason: "vendor stamps the build id at release"
    owner: release@operator.example
    expires: 2027-01-01
  - {path: a, fact: owner, reason: r, owner: o, expires: 2027-01-01}
  - {path: b, range: {offset: 1, length: 2}, allow-code: true, sha256: $sha, reason: r, owner: o, expires: 2027-01-01}
blobs: [{path: "**/wifi-fw.bin", sha256: $sha, reason: "radio vendor's blob, no source"}]
signatures: [{slot: header, covers: payload, max-size: 256, key: vendor.pub.pem, scheme: ecdsa-p256-sha256}]
attestations: {threshold: 2, parties: [{name: lab-a, keys: [a.pub.pem]}, {name: lab-b, keys: [b.pub.pem]}]}
END
seed policy all policy
printf 'policy: 1\n' > s && seed policy least s
printf '{"policy": 1, "scope": ["a//b"]}\n' > s && seed policy json s
cat > recipe <<END
recipe: 1
product: gnb-du 2.4.1
licence: LicenseRef-5G-RAN-2026
source:
  - {archive: gnb-du-2.4.1.tar.xz, sha256: $sha, strip: 1, into: .}
  - {directory: more, sha256: $sha}
  - {git: repo, commit: $(printf 'b%.0s' $(seq 40))}
patches:
  - {file: operator-hardening.patch, sha256: $sha, strip: 1, in: .}
toolchain:
  - {archive: bookworm.tar.zst, sha256: $sha}
  - {archive: arm-sdk.tar.xz, sha256: $sha, at: /opt/sdk}
path: /build/gnb-du
run_as: user
environment: {SOURCE_DATE_EPOCH: "1760000000"}
limits: {time: 6h, memory: 8GiB, processes: 2048, output: 200GiB}
steps:
  - make -j\$JOBS CROSS_COMPILE=aarch64-linux-gnu-
  - |
    echo block
outputs:
  - {from: out/gnb-du.elf, at: "rootfs//usr/bin/gnb-du", symbols: [out/gnb-du.debug]}
entries:
  - {at: "rootfs//usr/bin/su", mode: "4755", owner: root}
scope: ["**"]
layout:
  - {in: ".", name: header, offset: 0, size: 256, kind: signature-slot}
  - {in: ".", name: payload, offset: 256, size: rest, kind: payload}
END
seed recipe all recipe
grep -vE '^(entries|layout|scope|environment|limits|patches|toolchain)|^  - .(at:|in:|archive: (arm|book)|file)' recipe > s && seed recipe less s
entries() {
    have bsdtar || return 0
    mkdir -p m/d && echo x > 'm/a #b' && ln -sf d/x m/l && : > m/d/x
    for form in mtree mtree-classic; do bsdtar --format=$form -C m -cf s . && seed mtree $form s; done
    bsdtar --format=mtree --options mtree:all,mtree:use-set -C m -cf s d l && seed mtree all s
}
entries
printf '/set type=file uid=0 mode=0644 nlink=1 flags=none\n. type=dir\n    a\\sb\\#c size=2 \\\n        time=1.0\n' > s
printf 'd type=dir optional\n  \\M-C\\M-$\\^A nochange\n..\n/unset all\n./d/n type=block device=0x801\n./d/m type=char device=native,1,3 uname=root\n..\n' >> s
seed mtree bsd s
cat > lock <<END
lock: 1
suite: "bookworm"
architecture: amd64
variant: essential
source_date_epoch: 1760000000
mmdebstrap: "1.3.5"
requested:
  - "g++"
sources:
  - "deb http://deb.example.org/ bookworm main"
rootfs: {sha256: $sha, size: 346324480}
archive: {sha256: $sha, size: 100850500}
packages:
  - {name: "g++", version: "4:12.2.0-3~x", architecture: amd64, sha256: $sha, size: 1356, file: $sha.deb}
END
seed lock all lock
printf 'an entry\nan *try' > s && seed names glob s
printf 'a/\303\251\342\200\256/%%41/../#2\n**' > s && seed names signs s
printf '2027-01-01T00:00:00Z\n' > s && seed names time s
# statements NAME: of the report r.json, in each form of envelope
statements() {
    [ -s r.json ] && [ -n "$(command -v openssl)" ] || return 0
    [ -f lab.pem ] || openssl genpkey -algorithm ED25519 -out lab.pem
    chmod 600 lab.pem
    for form in dsse jsonl sigstore; do
        for predicate in comparison vsa; do
            "$ASSAY" attest r.json --key lab.pem --envelope $form --predicate $predicate --output s > /dev/null 2>&1 || continue
            seed envelope "$1-$form-$predicate" s
        done
    done
    for bad in '{"payload":"AAAA","payloadType":"t","signatures":[{"sig":"AAAA","keyid":null}]}' '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'; do
        printf '%s\n%s\n' "$bad" "$bad" > s
        seed envelope "$(printf %s "$bad" | wc -c)" s
    done
}

reports() {
    [ -x "${ASSAY:-}" ] || { echo 'without ASSAY' >&2; return 0; }
    # a sanitizer's exit code is none of assay's
    for file in tar/gnu ar/gnu fdt/fit elf/prog2.o gzip/named; do
        [ -f "$out/$file" ] || continue
        cp "$out/$file" a && cp a b && printf X | dd of=b bs=1 seek=600 conv=notrunc 2> /dev/null
        for other in a b; do
            "$ASSAY" compare $other a --report r.json > /dev/null 2>&1 || :
            [ ! -s r.json ] || seed report "$(echo "$file-$other" | tr / -)" r.json
            # in front of it stands how it is read
            [ ! -s r.json ] || { bytes 61 && cat r.json; } > s && seed division "$(echo "$file-$other" | tr / -)" s
            statements "$(echo "$file-$other" | tr / -)"
        done
    done
}
reports

# documents that are none, or hardly
{ bytes 03 && printf '{"a":1,"findings":[{"class":"waived","x":[1,{"y":"}]\\""}]},{},{"class":"\\u0022]"}],"z":{"findings":[3]}}\n'; } > s && seed division nested s
{ bytes 00 && printf '{\n "findings" : [\n {\n"k": "\\\\"} ,\t{ }\r\n ] ,\n "b": "findings"}'; } > s && seed division blanks s
{ bytes 05 && printf '{"\\u0066indings":[{"a":2}],"b":{"findings":[{}]}}'; } > s && seed division escape s
{ bytes 05 && printf '{"findings":{"a":[{}]},"\303\251":"\342\202\254"}'; } > s && seed division object s
# what is put into ranges and findings: bytes of all kinds
for name in ranges findings; do
    gzip -9nc tree/deep/numbers > s && seed $name any s
    head -c 3000 tree/deep/numbers > s && seed $name digits s
    { bytes 03 && head -c 600 /dev/zero && seq 1 300 | tr '0-9\n' '\1\2\5\6\11\15\200\210\377\1\4'; } > s && seed $name small s
done

# --- disks and packages ---

disks() {
    have mke2fs || return 0
    for kind in ext2 ext3 ext4; do
        rm -f disk && mke2fs -q -F -t $kind -b 1024 -d tree -U 11111111-2222-3333-4444-555555555555 disk 1M 2> /dev/null && seed ext $kind disk
    done
}
disks
rounds() {
    have genisoimage || return 0
    rm -f disk && genisoimage -quiet -R -J -o disk tree 2> /dev/null && seed iso9660 joliet disk
    rm -f disk && genisoimage -quiet -o disk tree 2> /dev/null && seed iso9660 plain disk
}
rounds
sevens() {
    have 7zr || return 0
    rm -f a.7z && 7zr a -bd -bso0 -bsp0 a.7z tree/file tree/deep > /dev/null && seed 7z lzma a.7z
    rm -f a.7z && 7zr a -bd -bso0 -bsp0 -m0=copy -mhc=off a.7z tree/file > /dev/null && seed 7z stored a.7z
}
sevens
packages() {
    have rpmbuild || return 0
    printf '%s\n' 'Name: seed' 'Version: 1' 'Release: 1' 'Summary: a seed' 'License: none' 'BuildArch: noarch' '%description' 'A seed.' \
        '%install' 'mkdir -p %{buildroot}/usr && echo hello > %{buildroot}/usr/hello' '%post' 'true' '%files' /usr/hello > seed.spec
    HOME=$work rpmbuild -bb --quiet --define "_topdir $work/top" --define "_rpmdir $work/rpms" --define '_buildhost builder' seed.spec > /dev/null 2>&1
    seed rpm small rpms/noarch/seed-1-1.noarch.rpm
}
packages

# --- kernels, and what stands behind other things ---

# Of these only what the readers look for; where a tool makes them the attacks of tests/hostile do.
kernels() {
    have python3 gzip || return 0
    gzip -9nc prog4 > payload
    python3 - << 'END'
import struct
payload = open('payload', 'rb').read()
program = open('prog4', 'rb').read()
setup = bytearray(1024)
struct.pack_into('<BHIHHHH', setup, 0x1f1, 1, 0, len(payload) // 16 + 64, 0, 0xffff, 0, 0xaa55)
struct.pack_into('<2sI', setup, 0x200, b'\xeb\x6a', 0)
setup[0x202:0x206] = b'HdrS'
struct.pack_into('<H', setup, 0x206, 0x020f)
struct.pack_into('<II', setup, 0x248, 64, len(payload))
open('bzimage', 'wb').write(bytes(setup) + bytes(64) + payload + struct.pack('<I', len(program)) + bytes(64))
arm = bytearray(64)
struct.pack_into('<IIII', arm, 0x24, 0x016f2818, 0, 64 + len(payload) + 4, 0x04030201)
open('zimage', 'wb').write(bytes(arm) + payload + struct.pack('<I', len(program)))
flat = bytearray(64)
struct.pack_into('<QQQ', flat, 8, 0, 0x2000, 0)
flat[56:60] = b'ARM\x64'
open('flat', 'wb').write(bytes(flat) + program + bytes(4096))
boot = bytearray(64)
boot[:2] = b'MZ'
boot[4:8] = b'zimg'
struct.pack_into('<II', boot, 8, 64, len(payload))
boot[24:28] = b'gzip'
open('zboot', 'wb').write(bytes(boot) + payload + struct.pack('<I', len(program)))
entry = lambda name, data: ('070701' + ''.join('%08X' % n for n in (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))).encode() + name.encode() + b'\0'
def pad(data): return data + bytes(-len(data) % 4)
cpio = pad(entry('file', b'text')) + pad(b'text') + pad(entry('TRAILER!!!', b''))
cpio += bytes(-len(cpio) % 512)
open('vmlinux', 'wb').write(program + cpio + struct.pack('<Q', len(cpio)))
END
    seed bzimage small bzimage
    seed zimage small zimage
    seed flat-kernel small flat
    seed zboot small zboot
    seed vmlinux small vmlinux
    seed vmlinux plain prog4
}
[ ! -f prog4 ] || kernels
appended() {
    { cat prog4 && cat payload; } > both && seed elf-appended stream both
    # shellcheck disable=SC2016 # the script expands it
    { printf '#!/bin/sh\ntail -n +3 "$0" | gunzip\n' && cat payload; } > both && seed script-appended stream both
    if [ -f a.zip ]; then { cat prog4 a.zip; } > both && seed elf-appended zip both; fi
    if have dtc; then
        printf '/dts-v1/; / { model = "m"; };' | dtc -qO dtb -o tree.dtb && { cat prog.bin && cat tree.dtb; } > both && seed raw-appended dtb both
    fi
    if [ -f "$out/squashfs/stored" ]; then
        { cat "$out/squashfs/stored" && cat "$out/cms/"* && bytes 0000000000000400; } > both 2> /dev/null && seed rauc plain both
    fi
}
[ ! -f payload ] || appended

# --- all together ---

for target in tar cpio zip gzip xz squashfs fat fdt uboot mbr ihex srec uf2 signed-module; do
    for file in "$out/$target"/*; do
        # what is long is mutated little
        [ ! -f "$file" ] || [ "$(wc -c < "$file")" -gt 65536 ] || seed image "$target-${file##*/}" "$file"
    done
done
for target in $("$fuzz" list); do
    # what a reader says of a container, of those that are containers: the others begin no conversation
    for file in "$out/$target"/*; do
        case $target in image | talk | elf* | code | fingerprint | likeness | nature | policy | recipe | mtree | lock | report | division | ranges | findings | envelope | cms | stamp | names) continue ;; esac
        if [ ! -f "$file" ] || [ "$(wc -c < "$file")" -gt 65535 ]; then continue; fi
        mkdir -p "$out/talk"
        said=$out/talk/$target-${file##*/}
        ASSAY_FUZZ_RECORD=$said "$fuzz" "$target" "$file" > /dev/null 2>&1 || { echo "$target: ${file##*/} breaks it" >&2; exit 1; }
        [ ! -f "$said" ] || [ "$(wc -c < "$said")" -lt 65536 ] || rm "$said"
    done
done
for file in "$here"/corpus/*/*.hex; do
    [ -f "$file" ] || continue
    target=$(basename "$(dirname "$file")")
    # shellcheck disable=SC2046 # one word a line
    bytes $(grep -v '^#' "$file") > s && seed "$target" "found-$(basename "$file" .hex)" s
done
echo "$out/signer.pem"
