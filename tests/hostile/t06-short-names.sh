#!/bin/sh
# T6, T7: who reads a FAT without long names, or an ISO 9660 volume without Rock Ridge, knows files by other names: what is read by lines
# in a directory of such a name, what a file of such a name signs, and what is compiled, keep the rebuild's times. So does what a volume
# has sums of itself for, and what a signature behind the zeros that fill an image stands for.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mkfs.fat mcopy xorriso mksquashfs python3; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
export TZ=UTC
early=1700000000 late=1700000002
echo file > file
head -c 256 /dev/urandom > signature
for side in good:$early shipped:$late; do
    touch -d "@${side#*:}" file && tar --format=ustar --owner=0 --group=0 --numeric-owner -cf "${side%:*}.tar" file
done

cat > short.py <<'P'
# short.py FILE FROM TO: another short name, and its sum in the long ones (Microsoft, FAT32 File System Specification)
import sys
path, before, after = sys.argv[1:]
data = bytearray(open(path, 'rb').read())
at = data.index(before.encode())
data[at:at + 11] = after.encode()
total = 0
for byte in after.encode():
    total = ((total >> 1 | (total & 1) << 7) + byte) & 255
while data[at - 32 + 11] == 15:
    at -= 32
    data[at + 13] = total
open(path, 'wb').write(data)
P
# fat SIDE NAME...: the tree `medium` in a FAT, with the files or directories of these names
fat() {
    rm -f "$1.fat" && mkfs.fat -C -i 12345678 "$1.fat" 1024 > said.txt
    find medium -exec touch -d @$early {} +
    (cd medium && mcopy -m -s -i "../$1.fat" -- * ::)
}
# by_short STORY CODE FROM TO FACT: `medium` of both sides
by_short() {
    for side in good shipped; do
        rm -rf medium && mkdir -p medium/long_directory && cp $side.tar medium/long_directory/data.tar && cp $side.tar medium/fw.tar && cp signature medium/a_data_file.bin
        if [ "$3" = LONG_D~1 ]; then rm medium/fw.tar; else rm -r medium/long_directory; fi
        fat $side
        [ "$4" = none ] || python3 short.py $side.fat "$(printf '%-11s' "$3")" "$(printf '%-11s' "$4")"
    done
    compared "$1" "$2" "$5" shipped.fat good.fat
}
by_short 'a directory whose short name is one of scripts' 1 LONG_D~1 'INIT    D  ' "$(fact mtime unexplained)"
by_short 'a directory with another short name' 0 LONG_D~1 'INIT    E  ' true
by_short 'a directory as it is' 0 LONG_D~1 none true
by_short 'a file whose short name is that of a signature' 1 'A_DATA~1BIN' 'FW      SIG' "$(fact mtime unexplained)"
by_short 'a file whose short name is that of another signature' 0 'A_DATA~1BIN' 'FX      SIG' true
by_short 'a file as it is' 0 'A_DATA~1BIN' none true

# volume SIDE SOURCE-TIME OPTION...: with byte code of Emacs by the names of ISO 9660 alone
volume() {
    side=$1 time=$2
    shift 2
    rm -rf tree && mkdir -p tree/l && echo source > tree/l/f.el && echo compiled > tree/l/f.elc
    find tree -exec touch -d @1700000100 {} + && touch -d "@$time" tree/l/f.el
    SOURCE_DATE_EPOCH=1700009999 xorriso -as mkisofs -quiet -R "$@" -o "$side.iso" tree 2> said.txt || { cat said.txt >&2; fail 'xorriso'; }
    python3 - "$side.iso" <<'P'
import sys
data = open(sys.argv[1], 'rb').read()
changed = data.replace(b'NM\x09\x01\x00f.el', b'NM\x09\x01\x00y.ab').replace(b'NM\x0a\x01\x00f.elc', b'NM\x0a\x01\x00yy.bc')
assert data != changed
open(sys.argv[1], 'wb').write(changed)
P
}
volume good 1700000000 && volume shipped 1700000200
compared 'what is compiled, by names without Rock Ridge' 1 "$(fact freshness unexplained)" shipped.iso good.iso
volume shipped 1700000050
compared 'as old as before to who goes by it' 0 true shipped.iso good.iso
volume good 1700000000 --md5 && cp good.iso shipped.iso
python3 - <<'P'
data = bytearray(open('shipped.iso', 'rb').read())
record = data.index(b'F.EL;1') - 33
data[record + 23] ^= 1
field = data.index(b'TF', record)
data[field + 10] ^= 1
open('shipped.iso', 'wb').write(data)
P
compared 'a time over which the volume has a sum' 1 "$(fact mtime unexplained)" shipped.iso good.iso

rm -rf tree && mkdir tree && head -c 40000 /dev/urandom > tree/f && touch -d @$early tree/f tree
mksquashfs tree body -quiet -no-progress -noappend -all-root -mkfs-time $early > said.txt
for filled in 4096 65536; do
    cp body good && truncate -s %$filled good && cp good shipped && poke shipped 8 '\005\000\000\000'
    compared "an image that is filled up to $filled" 0 true shipped good
    cat signature >> good && cat signature >> shipped
    compared "a signature behind an image that is filled up to $filled" 1 "$(fact mtime unexplained)" shipped good
done
