#!/bin/sh
# T16, T4: what came ready-made in disguise (digits, a picture, flags of data, a copy of the toolchain), and what came in
# files that nobody could look into. Each has its honest twin.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-delivered jq bwrap gcc objcopy ld od base64 gzip xz zip unzip tar
make_tools mkdir cp mv chmod tar gzip xz tail head seq unzip

pack='tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w -cf'
printf 'int main (int c, char **v) { return c * 7 + v[0][0]; }\n' > tool.c && gcc -O2 -o tool tool.c

# recipe STEP [LINE]: makes image.tar out of out/; by this machine's toolchain where it compiles, or the line says so
recipe() {
    case $1 in *gcc*) by=${2:-} ;; *) by=${2:-$toolchain} ;; esac
    cat > case.recipe <<END
recipe: 1
product: delivered 1
source: [{directory: source, into: .}]
$by
path: /build/delivered
steps:
  - mkdir out
  - $1
  - $pack image.tar -C out .
outputs: [{from: image.tar}]
END
}
# image FILE [NAME]: holds that file
image() {
    rm -rf packed && mkdir packed && cp "$1" "packed/${2:-${1##*/}}"
    $pack image.tar -C packed .
}
fresh() { rm -rf source && mkdir -m 755 source && echo 'int x;' > source/x.c; }
# origin_is ORIGIN DETAIL
origin_is() {
    jq -e --arg o "$1" --arg d "$2" '[.files[] | select(.origin != null)] | length == 1 and all(.[]; .origin == $o and ((.origin_detail // "") | contains($d)))' \
        report.json > /dev/null || { jq -c '.files[]' report.json >&2; fail "$what: no origin $1 with $2"; }
}

# --- a program in digits, and behind the beginning of a picture ---
{ printf '\211PNG\r\n\032\n\0\0\0\rIHDR'; cat tool; } > picture.png
base64 tool > tool.b64
od -An -v -tx1 tool > tool.txt
{ echo 'const unsigned char tool[] = {'; od -An -v -tx1 tool | sed 's/ \(..\)/0x\1, /g'; echo '};'; } > tool.h
head -c 3000 /dev/urandom > radio.bin # machine code of any machine, as far as one can see
{ printf '\211PNG\r\n\032\n\0\0\0\rIHDR'; cat radio.bin; } > radio.png
base64 radio.bin > radio.b64
od -An -v -tx1 radio.bin > radio.txt
{ echo '; a comment, so that no reader of HEX files takes it'; od -An -v -tx1 -w16 radio.bin | tr -d ' ' | sed 's/^/:10000000/'; } > radio.hex
printf '\211PNG\r\n\032\n\0\0\0\004tEXtabcdCRC_\0\0\0\0IENDCRC_' > honest.png
{ echo '-----BEGIN CERTIFICATE-----'; base64 radio.bin; echo '-----END CERTIFICATE-----'; } > honest.pem
echo 'f0VMRg is how one begins, as 7f 45 4c 46 is' > honest.txt
for file in picture.png tool.b64 tool.txt tool.h radio.png radio.b64 radio.txt radio.hex honest.png honest.txt honest.pem; do
    fresh && cp "$file" source/ && image "$file"
    recipe "cp $file out/$file"
    run "$file" verify image.tar --recipe case.recipe --report report.json
    case $file in
        honest.*) ends 0; origin_is source "$file" ;;
        *)        ends 1; origin_is opaque "$file"; holds '[.findings[] | select(.class == "unexplained") | .rule] | unique == ["opaque"]' ;;
    esac
    ok "$file: exit $code"
done

# --- code of a ready-made object under flags of data ---
cat > check.c <<'END'
extern int table[];
int check (int p) __attribute__ ((section (".ramcode")));
#ifdef DENSE
int check (int p) { table[0] = p; table[1] = p * 3; table[2] ^= table[0]; table[3] += table[1] * 7; table[4] -= p; return table[2]; }
#else
int check (int p) { int s = 0; for (int i = 0; i < p; i++) s += i * p ^ 0x5a5a; s ^= p * 0x1234567; s += p / 7; s *= 31;
                    for (int i = 0; i < s; i++) s ^= s << 13 ^ p >> 7 ^ i * 0x1357; return s == p * 7 ? 1 : 66; }
#endif
END
printf 'int check (int); int table[8]; int _start (void) { for (;;) if (check (3) > 7) table[7]++; }\n' > main.c
mkdir -p own
# linked NAME STEP FLAGS LINK: ready.o, linked so, and then the same compiled from source
linked() {
    compile="gcc -O2 -fno-asynchronous-unwind-tables -fno-pie $3 -c -o ready.o"
    link="gcc -O2 -fno-pie -c main.c && ld $4 -o out/linked main.o ready.o"
    rm -rf own && mkdir -p own/out
    (cd own && cp ../main.c . && $compile ../check.c && objcopy --set-section-flags ".ramcode=alloc,load,contents,$2" ready.o &&
        sh -c "$link" 2> /dev/null)
    image own/out/linked
    fresh && cp main.c own/ready.o source/
    recipe "$link"
    run "$1" verify image.tar --recipe case.recipe --report report.json
    ends 1
    origin_is opaque 'machine code or data of ready.o'
    ok "$what: exit $code"
    fresh && cp main.c check.c source/
    recipe "$compile check.c && objcopy --set-section-flags .ramcode=alloc,load,contents,$2 ready.o && $link"
    run "$1, compiled" verify image.tar --recipe case.recipe --report report.json
    ends 0
    ok "$what: exit $code"
}
linked 'code under flags of data' data '' -N
linked 'code under flags of data that is loaded as data' data '' ''
linked 'code under flags of constants' readonly,data '' ''
case $(uname -m) in
    x86_64)
        linked 'code under flags of data, full of relocations' data -DDENSE -N
        linked 'the same where data may be executed' data -DDENSE '-z execstack'
        ;;
esac
# what an honest program has as well
printf 'const char text[] = "A text of some length that any program may have, as this licence or that; and it is long enough.";\n' > text.c
{ cat text.c; echo 'int more = 1;'; } > other.c
gcc -O2 -c text.c && image text.o
fresh && cp text.c source/ && gcc -O2 -c -o source/other.o other.c
recipe 'gcc -O2 -c -o out/text.o text.c'
run 'a text of a ready-made object, compiled' verify image.tar --recipe case.recipe --report report.json
ends 0
ok "$what: exit $code"

# --- code behind the beginning of a picture, or of an ELF file, taken in whole by an executable section ---
gcc -O2 -fno-asynchronous-unwind-tables -c -o wild.o check.c && objcopy -O binary -j .ramcode --set-section-flags .ramcode=alloc,load,contents wild.o wild.bin
echo 'int nothing;' > nothing.c && gcc -c -o nothing.o nothing.c && strip nothing.o
head -c 64 nothing.o | dd of=bare.head bs=64 count=1 2> /dev/null
printf '\0\0\0\0\0\0\0\0' | dd of=bare.head bs=1 seek=40 conv=notrunc 2> /dev/null # no section table
printf '\0\0\0\0' | dd of=bare.head bs=1 seek=60 conv=notrunc 2> /dev/null
printf 'GIF89a' > gif.head && cp nothing.o tail.head && : > none.head
printf '.text\n.globl _start\n_start: ret\n.incbin "logo.bin"\n.section .note.GNU-stack, "", @progbits\n' > takes.s
printf '.text\n.globl _start\n_start: ret\n.section .rodata\n.incbin "logo.bin"\n.section .note.GNU-stack, "", @progbits\n' > keeps.s
for head in none gif bare tail; do
    fresh && cat $head.head wild.bin > source/logo.bin && cp takes.s keeps.s source/
    step='gcc -nostdlib -static -Wl,-z,separate-code -Wl,--build-id=none -o out/taken takes.s'
    rm -rf own && mkdir -p own/out && cp source/* own/ && (cd own && sh -c "$step") && image own/out/taken
    recipe "$step"
    run "code behind $head" verify image.tar --recipe case.recipe --report report.json
    ends 1
    origin_is opaque logo.bin
    ok "$what: exit $code"
done
# the code as the samples of a sound, all of it as a sound has it
python3 -c 'import struct, sys; code = open("wild.bin", "rb").read(); code += b"\0" * (len(code) % 2)
sys.stdout.buffer.write(b"RIFF" + struct.pack("<I", 36 + len(code)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", len(code)) + code)' > sound.wav
fresh && cat gif.head wild.bin > source/logo.bin && cp keeps.s source/
step='gcc -nostdlib -static -Wl,-z,separate-code -Wl,--build-id=none -o out/kept keeps.s'
rm -rf own && mkdir -p own/out && cp source/* own/ && (cd own && sh -c "$step") && image own/out/kept
recipe "$step"
run 'what only begins as a picture, kept as data' verify image.tar --recipe case.recipe --report report.json
ends 1
origin_is opaque logo.bin
ok "$what: exit $code"
fresh && cp sound.wav source/logo.bin
image wild.bin
recipe "tail -c +45 logo.bin | head -c $(wc -c < wild.bin) > out/wild.bin"
run 'a raw image cut out of a sound' verify image.tar --recipe case.recipe --report report.json
ends 1
origin_is opaque logo.bin
ok "$what: exit $code"
fresh && cp sound.wav source/logo.bin && cp keeps.s source/
step='gcc -nostdlib -static -Wl,-z,separate-code -Wl,--build-id=none -o out/kept keeps.s'
rm -rf own && mkdir -p own/out && cp source/* own/ && (cd own && sh -c "$step") && image own/out/kept
recipe "$step"
run 'a sound that is kept as data' verify image.tar --recipe case.recipe --report report.json
ends 0
ok "$what: exit $code"

# --- streams and archives behind each other, of which some reader reads on ---
echo 'a text' > note && gzip -nkf radio.bin && gzip -nkf note && xz -kf note && tar -cf first.tar note && tar -cf second.tar radio.bin.gz
xz -kf --format=lzma note && xz -kf --format=lzma radio.bin
for kind in zeros other tar lzma; do
    fresh
    unpack='gzip -dc'
    case $kind in
        zeros) { cat note.gz && printf '\0\0\0'; } > front; back=radio.bin.gz ;;
        other) cp note.xz front; back=radio.bin.gz ;;
        tar)   cp first.tar front; back=second.tar unpack='tar -xO | gzip -dc' ;;
        lzma)  cp note.lzma front; back=radio.bin.lzma unpack='xz -dc --format=lzma' ;;
    esac
    cat front "$back" > source/x
    image radio.bin
    recipe "tail -c +$(($(wc -c < front) + 1)) x | $unpack > out/radio.bin"
    run "behind another: $kind" verify image.tar --recipe case.recipe --report report.json
    # a stream of LZMA is known by its end alone: what has another behind it was not looked into
    case $kind in
        lzma) ends 2; holds '.expected[0].source.unread[0].path == "x"' ;;
        *)    ends 1; holds 'any(.files[]; .origin == "opaque" and (.origin_detail | contains("x//")))' ;;
    esac
    ok "$what: exit $code"
done

# --- a copy of what a layer of the toolchain has, as it is and unpacked ---
mkdir -m 755 sdk && cp radio.bin sdk/ && gzip -c tool > sdk/tool.gz && echo 'a text of the layer' > sdk/readme
for file in radio.bin tool readme; do
    fresh
    case $file in tool) image tool; step='gzip -dc /opt/sdk/tool.gz > out/tool && chmod 755 out/tool' ;;
                  *)    image sdk/$file; step="cp /opt/sdk/$file out/$file" ;; esac
    recipe "$step" 'toolchain: [{directory: sdk, at: /opt/sdk}]'
    run "a copy of $file" verify image.tar --recipe case.recipe --report report.json
    case $file in
        readme) ends 0; origin_is unknown '' ;;
        *)      ends 1; origin_is opaque 'of the toolchain' ;;
    esac
    ok "$what: exit $code"
done

# --- a copy of what this machine has, on a mount beneath /usr as well ---
mount=/usr/local/src
if [ -d $mount ] && unshare --mount true 2> /dev/null; then
    fresh && image radio.bin
    recipe "cp $mount/radio.bin out/radio.bin" 'toolchain: []'
    run 'a copy from a mount of this machine' verify image.tar --recipe case.recipe --report report.json
    ends 2 # there is no such file
    code=0
    # shellcheck disable=SC2016,SC2154 # the inner shell expands these; lib.sh sets $assay
    unshare --mount sh -euc 'mount -t tmpfs none "$1" && install -m 644 radio.bin "$1" && exec "$2" verify image.tar --recipe case.recipe --report report.json' \
        sh $mount "$assay" > out 2> err < /dev/null || code=$?
    ends 1
    origin_is opaque "it is $mount/radio.bin of the toolchain"
    ok "$what: exit $code"
else
    echo "not tested: a copy from a mount of this machine: no mount can be made at $mount" >&2
fi

# --- files that nobody could look into ---
size=$(stat -c %s tool)
# unread NAME STEP WORD [LINE [WHOSE]]: WHOSE member of the report's expected side it is
unread() {
    name=$1 step=$2 word=$3 line=${4:-} whose=${5:-source}
    recipe "$step" "$line" && image tool
    run "$name" verify image.tar --recipe case.recipe --report report.json
    ends 2
    holds '.verdict == "undecided" and ([.expected[0].source.unread, .expected[0].toolchain.unread | length] | add == 1)'
    says out 'could not be looked into for ready-made code' "$word"
    printf 'policy: 1\nunread: [%s]\n' "$(jq -r ".expected[0].$whose.unread[0].sha256" report.json)" > unread.policy
    run "$name, accepted" verify image.tar --recipe case.recipe --policy unread.policy --report report.json
    ends 0
    run "$name, at the gate" gate report.json --policy unread.policy --trust-report --image image.tar
    ends 0
    printf 'policy: 1\n' > other.policy
    run "$name, at another gate" gate report.json --policy other.policy --trust-report --image image.tar
    ends 1
    says out 'was not looked into'
    ok "$name: undecided, named, and accepted by digest alone"
}
fresh && { cat tool; head -c 67108864 /dev/zero; } | xz -c > source/x.xz
unread 'a stream that grows' "xz -dc x.xz | head -c $size > out/tool; chmod 755 out/tool" 'limit'
fresh && gzip -c tool | head -c -8 > source/x.gz && printf '\0\0\0\0\0\0\0\0' >> source/x.gz
unread 'a damaged stream' 'gzip -dc x.gz > out/tool 2> /dev/null || true; chmod 755 out/tool' 'x.gz'
fresh && zip -qP secret source/x.zip tool
unread 'an encrypted archive' 'unzip -qP secret x.zip -d out' 'x.zip'
fresh && cp tool t && for i in $(seq 30); do gzip -1c t > t2 && mv t2 t; done && cp t source/x
unread 'a stream in thirty streams' 'cp x t; for i in $(seq 30); do gzip -dc < t > u; mv u t; done; mv t out/tool; chmod 755 out/tool' 'limit depth'
mkdir -m 755 kit && { cat tool; head -c 67108864 /dev/zero; } | xz -c > kit/x.xz && fresh
unread 'a stream of the toolchain that grows' "xz -dc /opt/kit/x.xz | head -c $size > out/tool; chmod 755 out/tool" 'limit' \
    'toolchain: [{directory: kit, at: /opt/kit}]' toolchain
leaves_nothing
