#!/bin/sh
# T16, T4: what came ready-made in disguise (digits, a picture, flags of data, a copy of the toolchain), and what came in
# files that nobody could look into. Each has its honest twin.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t16-delivered jq bwrap gcc objcopy ld od base64 gzip xz zip unzip tar

pack='tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w -cf'
printf 'int main (int c, char **v) { return c * 7 + v[0][0]; }\n' > tool.c && gcc -O2 -o tool tool.c

# recipe STEP [LINE]: makes image.tar out of out/
recipe() {
    cat > case.recipe <<END
recipe: 1
product: delivered 1
source: [{directory: source, into: .}]
${2:-}
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
printf '\211PNG\r\n\032\n\0\0\0\rIHDR and nothing else' > honest.png
echo 'f0VMRg is how one begins, as 7f 45 4c 46 is' > honest.txt
for file in picture.png tool.b64 tool.txt tool.h honest.png honest.txt; do
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
int check (int p) __attribute__ ((section (".ramcode")));
int check (int p) { int s = 0; for (int i = 0; i < p; i++) s += i * p ^ 0x5a5a; s ^= p * 0x1234567; s += p / 7; s *= 31; return s == p * 7 ? 1 : 66; }
END
gcc -O2 -fno-asynchronous-unwind-tables -c -o ready.o check.c
objcopy --set-section-flags .ramcode=alloc,load,contents,data ready.o
printf 'int check (int);\nvoid _start (void) { for (;;) check (3); }\n' > main.c
link='gcc -O2 -c main.c && ld -N -o out/linked main.o'
fresh && cp main.c ready.o source/
mkdir -p own/out
(cp main.c ready.o check.c own && cd own && sh -c "$link ready.o" 2> /dev/null) && image own/out/linked
recipe "$link ready.o"
run 'code under flags of data' verify image.tar --recipe case.recipe --report report.json
ends 1
origin_is opaque ready.o
ok "$what: exit $code"
fresh && cp main.c check.c source/
compile='gcc -O2 -fno-asynchronous-unwind-tables -c check.c'
(cd own && $compile && sh -c "$link check.o" 2> /dev/null) && image own/out/linked
recipe "$compile && $link check.o"
run 'the same code, compiled' verify image.tar --recipe case.recipe --report report.json
ends 0
ok "$what: exit $code"

# --- a copy of what a layer of the toolchain has, as it is and unpacked ---
mkdir -m 755 sdk && head -c 3000 /dev/urandom > sdk/radio.bin && gzip -c tool > sdk/tool.gz && echo 'a text of the layer' > sdk/readme
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

# --- files that nobody could look into ---
echo 'int y;' > y && image y
size=$(stat -c %s tool)
unread() {
    name=$1 step=$2 word=$3
    shift 3
    recipe "$step" && image tool
    run "$name" verify image.tar --recipe case.recipe --report report.json "$@"
    ends 2
    holds '.verdict == "undecided" and ([.expected[0].source.unread[] | .path] | length == 1)'
    says out 'could not be looked into for ready-made code' "$word"
    printf 'policy: 1\nunread: [%s]\n' "$(jq -r '.expected[0].source.unread[0].sha256' report.json)" > unread.policy
    run "$name, accepted" verify image.tar --recipe case.recipe --policy unread.policy --report report.json "$@"
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
leaves_nothing
