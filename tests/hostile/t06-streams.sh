#!/bin/sh
# T6: the streams of lzip, of lz4's legacy form (the kernel's), of compress, and of zstd and lz4 with skippable frames before,
# between and behind. Equal content that was packed twice is explained, in a file that nobody runs; a changed byte of the content
# is found at its place in it, alone; a byte of a skippable frame, which no decoder looks at, as well.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in lzip lz4 zstd compress mkimage python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

{ seq 1 9000; head -c 70000 /dev/zero; seq 1 9000; } > content
cp content tampered
poke tampered 777 X

# stream CODEC FAST-OR-SMALL < CONTENT
stream() {
    case $1-$2 in
        lzip-fast) lzip -0 -c ;;
        lzip-small) lzip -9 -c ;;
        lz4-legacy-fast) lz4 -lqc -1 ;;
        lz4-legacy-small) lz4 -lqc -9 ;;
        zstd-fast) zstd -qc -1 ;;
        zstd-small) zstd -qc -19 ;;
        lz4-fast) lz4 -qc -1 ;;
        lz4-small) lz4 -qc -9 ;;
        compress-fast) compress -f -b 12 ;;
        compress-small) compress -f -b 16 ;;
    esac
}
# alone RANGE-OFFSET PATH: one unexplained finding, of one byte
alone() {
    printf '[.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["%s", %s, 1]]' "$2" "$1"
}

for codec in lzip lz4-legacy compress zstd lz4; do
    stream $codec fast < content > expected
    stream $codec small < content > shipped
    cmp -s expected shipped && fail "$codec: both streams are equal"
    judge "$codec: packed twice" 0 shipped expected "$(fact recompressed explained)"
    stream $codec small < tampered > shipped
    judge "$codec: packed twice, and one byte of the content changed" 1 shipped expected "$(alone 777 "#$codec")"
    cp expected shipped
    poke shipped 3000 '\377\376\375'
    judge "$codec: changed bytes of the stream" 1 shipped expected
    head -c $(($(wc -c < expected) - 3)) expected > shipped
    judge "$codec: cut off" 1 shipped expected

    # A program, and an image that a boot loader writes to an address: no other encoding is explained there.
    for side in expected:fast shipped:small; do
        mkdir -p tree-${side%:*}
        stream $codec ${side#*:} < content > tree-${side%:*}/app
    done
    for mode in 755 644; do
        want=1 class=unexplained
        [ $mode != 644 ] || { want=0 class=explained; }
        for side in expected shipped; do
            chmod $mode tree-$side/app
            (cd tree-$side && pack ../$side.tar app)
        done
        judge "$codec: in another encoding, of mode $mode" $want shipped.tar expected.tar "$(fact recompressed $class)"
    done
    for side in expected shipped; do
        SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T kernel -C none -a 0x8000 -e 0x8000 -d tree-$side/app $side.uboot > mkimage.txt
    done
    judge "$codec: in another encoding, in an image that is loaded as it is" 1 shipped.uboot expected.uboot "$(fact recompressed unexplained)"
done
# U-Boot's lz4 is that of frames alone: one of the legacy form it would run as it is.
for side in expected shipped; do
    stream lz4-legacy fast < content > $side
    [ $side = expected ] || stream lz4-legacy small < content > $side
    SOURCE_DATE_EPOCH=1 mkimage -A arm -O linux -T kernel -C lz4 -a 0x8000 -e 0x8000 -d $side $side.uboot > mkimage.txt
done
judge 'lz4-legacy: an image that says lz4 and means the other form' 1 shipped.uboot expected.uboot "$(fact recompressed unexplained)"

skip() { printf '\120\052\115\030\004\0\0\0%s' "$1"; }
for codec in zstd lz4 lz4-legacy; do
    { skip one1; stream $codec fast < content; skip two2; } > expected
    cp expected shipped
    judge "$codec: skippable frames" 0 shipped expected
    for at in 8 4 $(($(wc -c < expected) - 2)); do
        cp expected shipped
        poke shipped "$at" X
        judge "$codec: a changed byte of a skippable frame at $at" 1 shipped expected
    done
    { skip one1; stream $codec fast < content; } > shipped
    judge "$codec: a skippable frame less" 1 shipped expected
    { stream $codec fast < content; skip one1; skip two2; } > shipped
    judge "$codec: a skippable frame in another place" 1 shipped expected
done

# Bits that fill up a group of codes of compress: decoders pass them.
python3 - <<'X'
open('expected', 'wb').write(bytes.fromhex('1f9d90' + '610002000000000000' + '6200'))
open('shipped', 'wb').write(bytes.fromhex('1f9d90' + '610002000001000000' + '6200'))
X
[ "$(compress -dc < expected)$(compress -dc < shipped)" = abab ] || fail 'the two streams are no twins'
judge 'compress: something in the filling of a group' 1 shipped expected
