#!/bin/sh
# T6: FIT, with data in the tree and behind it. What is not data, a fact or worked out from them is compared.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mkimage dtc fdtput cpio; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed"; exit 77; }
done

head -c 3001 "$assay" > kernel
mkdir tree && printf '#!/bin/sh\n' > tree/init
cat > its <<'X'
/dts-v1/;
/ {
    description = "test"; #address-cells = <1>;
    images {
        kernel { description = "k"; data = /incbin/("kernel"); type = "kernel"; arch = "arm64"; os = "linux";
            compression = "none"; load = <0x40080000>; entry = <0x40080000>; hash-1 { algo = "sha256"; }; };
        ramdisk { description = "r"; data = /incbin/("ramdisk"); type = "ramdisk"; arch = "arm64"; os = "linux";
            compression = "gzip"; hash-1 { algo = "sha1"; }; hash-2 { algo = "crc32"; }; };
    };
    configurations { default = "c"; c { kernel = "kernel"; ramdisk = "ramdisk"; }; };
};
X

# image FILE TIME OPTIONS...
image() {
    file=$1 time=$2
    shift 2
    find tree -exec touch -hd "@$time" {} +
    (cd tree && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) > entries
    touch -d "@$time" entries
    gzip -9 < entries > ramdisk
    SOURCE_DATE_EPOCH=$time mkimage "$@" -f its "$file" > log 2>&1 || fail "mkimage: $(cat log)"
}

# big FILE OFFSET, put FILE OFFSET NUMBER: four bytes, big-endian
big() { od -An -v -tu4 -j"$2" -N4 --endian=big "$1" | tr -d ' '; }
put() {
    printf '%b' "$(printf '\\0%03o\\0%03o\\0%03o\\0%03o' $(($3 >> 24 & 255)) $(($3 >> 16 & 255)) $(($3 >> 8 & 255)) $(($3 & 255)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}

# wedge OFFSET TEXT [HEADER-FIELD...]: puts bytes into a copy of the expected tree; the fields of its header follow
wedge() {
    at=$1
    { head -c "$at" expected; printf '%b' "$2"; tail -c "+$((at + 1))" expected; } > shipped
    length=$(printf '%b' "$2" | wc -c)
    shift 2
    for field; do put shipped "$field" $(($(big shipped "$field") + length)); done
}

# Where header fields stand: total size 4, structure 8, strings 12, length of strings 32, of structure 36.
attacks() {
    where=$1
    structure=$(big expected 8) strings=$(big expected 12) total=$(big expected 4) strings_end=$(($(big expected 12) + $(big expected 32)))
    wedge "$strings" 'hidden..hidden..' 4 12
    judge "$where: bytes between structure and strings" 1 shipped expected
    wedge "$strings" 'hidden..hidden..' 4 12 36
    judge "$where: bytes behind the structure's end" 1 shipped expected
    wedge "$structure" 'hidden..hidden..' 4 8 12
    judge "$where: bytes in front of the structure" 1 shipped expected
    wedge "$strings_end" 'hidden-string.\0\0' 4 32
    judge "$where: a string that no property uses" 1 shipped expected
    wedge "$total" 'hidden..hidden..' 4
    judge "$where: bytes in the room behind the strings" 1 shipped expected
    wedge "$total" '\0\0\0\0\0\0\0\0' 4
    judge "$where: more room behind the strings" 1 shipped expected "$(fact free-bytes unexplained)"
    wedge "$structure" '\0\0\0\0\0100\0\0\0\0\0\0\0\0\0020\0\0' 4 8 12
    judge "$where: memory that is reserved" 1 shipped expected
    cp expected shipped && put shipped 28 1
    judge "$where: another boot processor" 1 shipped expected
    (cat expected; printf tail) > shipped
    judge "$where: bytes behind the end" 1 shipped expected
}

for options in '' -E '-E -B 0x200' '-E -p 0x1000'; do
    # shellcheck disable=SC2086 # words
    image expected 1700000000 $options
    # shellcheck disable=SC2086
    image shipped 1790000000 $options
    judge "mkimage $options: at another time" 0 shipped expected \
        '.image.format == "fit" and .verdict == "equivalent" and any(.files[]; .path == "ramdisk//#gzip//init")'
    cp kernel before
    printf x | dd of=kernel bs=1 seek=1000 conv=notrunc 2> /dev/null
    # shellcheck disable=SC2086
    image shipped 1790000000 $options
    cp before kernel
    judge "mkimage $options: a byte of the kernel" 1 shipped expected \
        'any(.findings[]; .path == "kernel" and .class == "unexplained" and .range.offset == 1000)'
    sed -i 's/entry = <0x40080000>/entry = <0x40080004>/' its
    # shellcheck disable=SC2086
    image shipped 1790000000 $options
    sed -i 's/entry = <0x40080004>/entry = <0x40080000>/' its
    judge "mkimage $options: where the kernel is entered" 1 shipped expected \
        'any(.facts[]; .path == "kernel" and .fact == "entry" and .shipped == "0x40080004")'
done

image expected 1700000000
attacks 'data in the tree'
cp expected shipped && fdtput -t x shipped /images/kernel load 40000000
judge 'another load address' 1 shipped expected "$(fact load unexplained)"
cp expected shipped && fdtput -t s shipped /chosen bootargs init=/bin/sh -p
judge 'a node that was added' 1 shipped expected "$(fact outline unexplained)"
cp expected shipped && fdtput -t s shipped / note hidden
judge 'a property that was added' 1 shipped expected "$(fact note unexplained)"
cp expected shipped && fdtput -t x shipped /images/ramdisk/hash-2 value 12345678
judge 'a hash that is none of the data' 1 shipped expected "$(fact hash-2/value unexplained)"
cp its its.whole
sed -i 's/hash-1 { algo = "sha256"; };//' its
image shipped 1700000000
cp its.whole its
judge 'a hash that is gone' 1 shipped expected

# --- data behind the tree: where they lie is a matter of numbers ---
image expected 1700000000 -E
attacks 'data behind the tree'

# cell IMAGE PROPERTY: offset of the value of a property of an image; found by a value that nothing else has
tree_end=$(($(big expected 4) + 3 & ~3))
value_at() {
    at=56
    while [ $at -lt "$(big expected 12)" ]; do
        if [ "$(big expected $at)" = 3 ] && [ "$(big expected $((at + 4)))" = 4 ] && [ "$(big expected $((at + 12)))" = "$1" ]; then
            echo $((at + 12))
            return
        fi
        at=$((at + 4))
    done
    fail "no property has the value $1"
}
second=$(value_at $(((3001 + 3) & ~3)))
first_size=$(value_at 3001)
cp expected shipped && put shipped "$second" 0
judge 'two images with one place' 1 shipped expected '.reasons[0] | contains("images whose data overlap")'
cp expected shipped && put shipped "$second" 3000
judge 'images that overlap by one byte' 1 shipped expected '.reasons[0] | contains("images whose data overlap")'
cp expected shipped && put shipped "$second" 4294967280
judge 'a place far behind the end' 1 shipped expected '.reasons[0] | contains("leave the file")'
cp expected shipped && put shipped "$first_size" 4294967295
judge 'a length without end' 1 shipped expected '.reasons[0] | contains("leave the file")'
cp expected shipped && put shipped "$first_size" 2000
judge 'a length that leaves bytes to nobody' 1 shipped expected
wedge $((tree_end + 3004)) 'hidden..'
put shipped "$second" 3012
judge 'bytes between two images' 1 shipped expected "$(fact data-offset unexplained)"
wedge $((tree_end + 3004)) '\0\0\0\0'
put shipped "$second" 3008
judge 'a place that does not follow' 1 shipped expected "$(fact data-offset unexplained)"

# --- which node a name means: libfdt, and with it U-Boot, takes `kernel@1` for `kernel`, where it comes first ---
printf good-good > good; printf EVIL-EVIL > evil
# nodes FILE IMAGES CONFIGURATIONS: images as NAME=FILE
nodes() {
    {
        echo '/dts-v1/; / { description = "t"; #address-cells = <1>; images {'
        for node in $2; do
            echo "${node%%=*} { description = \"k\"; data = /incbin/(\"${node#*=}\"); type = \"kernel\"; arch = \"arm64\"; os = \"linux\"; compression = \"none\"; load = <0x80000>; entry = <0x80000>; hash-1 { algo = \"sha256\"; }; };"
        done
        echo "}; configurations { $3 }; };"
    } > nodes.its
    SOURCE_DATE_EPOCH=1700000000 mkimage -f nodes.its "$1" > log 2>&1 || fail "mkimage: $(cat log)"
}
# scoped STORY CODE SHIPPED EXPECTED SCOPE [JQ-FILTER]
scoped() {
    code=0
    "$assay" compare "$3" "$4" --scope "$5" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    [ -z "${6:-}" ] || jq -e "$6" report.json > /dev/null || { cat said.txt >&2; fail "$1: the report does not show $6"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
apart='two nodes of a FIT whose names differ by a unit address alone' part='a configuration that names a node without its unit address'
plain='default = "c"; c { kernel = "kernel"; };'
nodes expected kernel=good "$plain"
scoped 'one kernel' 0 expected expected kernel '.verdict == "identical"'
nodes shipped 'kernel@1=evil kernel=good' "$plain"
[ "$(fdtget -t bx shipped /images/kernel data | cut -c 1-2)" = 45 ] || fail 'the sample that libfdt reads in another way is made wrong'
# never STORY SHIPPED EXPECTED SCOPE REASON: no pass in a scope, nor without one
never() {
    scoped "$1, in a scope" 1 "$2" "$3" "$4" '.missing | length == 1'
    judge "$1" 1 "$2" "$3" "any(.reasons[]; contains(\"$5\"))"
}
never 'a kernel with a unit address in front of the one without' shipped expected kernel "$apart"
nodes shipped 'kernel=good kernel@1=evil' "$plain"
never 'the same behind it' shipped expected kernel "$apart"
nodes shipped 'kernel=good kernel@=evil' "$plain"
never 'a unit address of nothing' shipped expected kernel "$apart"
nodes shipped kernel=good 'default = "c"; c@1 { kernel = "kernel"; }; c { kernel = "kernel"; };'
never 'two configurations' shipped expected kernel "$apart"
nodes twins 'kernel=good kernal=evil' "$plain"
LC_ALL=C sed 's/kernal/kernel/' twins > shipped
never 'two images of one name' shipped expected kernel 'two images of one name'
nodes twins kernel=good 'default = "c"; c { kernel = "kernel"; }; d { kernel = "kernel"; };'
LC_ALL=C sed 's/\(\x00\x00\x00\x01\)d\x00/\1c\x00/' twins > shipped
if cmp -s twins shipped; then fail 'the sample of two configurations of one name is made wrong'; fi
never 'two configurations of one name' shipped expected kernel 'two nodes of one name'
sed 's/images {/images@1 { kernel { description = "k"; data = "EVIL"; }; }; images {/' nodes.its > shipped.its
dtc -q -I dts -O dtb -o shipped shipped.its
never 'images in front of the images' shipped expected kernel 'images or configurations under a name with a unit address'

# references of configurations
nodes expected 'kernel@1=good kernel@2=good' 'default = "c@1"; c@1 { kernel = "kernel@1"; loadables = "kernel@1", "kernel@2"; }; c@2 { kernel = "kernel@2"; };'
scoped 'images and configurations with unit addresses, by their whole names' 0 expected expected kernel@2 '.verdict == "identical"'
nodes shipped 'kernel@1=good kernel@2=good' 'default = "c@1"; c@1 { kernel = "kernel@1"; loadables = "kernel@1", "kernel@2"; }; c@2 { kernel = "kernel@2"; description = "kernel"; };'
scoped 'the same, and a description that is no name' 0 shipped shipped kernel@2
scoped 'a description, by which SPL may choose' 1 shipped expected kernel@2 "$(fact configurations/c@2/description unexplained)"
nodes shipped 'kernel@1=evil kernel@2=good' 'default = "c@1"; c@1 { kernel = "kernel@1"; loadables = "kernel@1", "kernel@2"; }; c@2 { kernel = "kernel@2"; };'
scoped 'another kernel that a configuration loads to the same address' 1 shipped expected kernel@2 "$(fact loaded-over unexplained)"
choice='default = "c@1"; c@1 { kernel = "kernel@1"; }; c@2 { kernel = "kernel@2"; };'
nodes expected 'kernel@1=good kernel@2=good' "$choice"
nodes shipped 'kernel@1=evil kernel@2=good' "$choice"
scoped 'the kernel of another configuration is outside of the scope' 0 shipped expected kernel@2
scoped 'and seen in its own' 1 shipped expected kernel@1
for property in kernel fdt ramdisk loadables firmware; do
    for value in '"kernel"' '"kernel@2", "kernel"'; do
        nodes shipped 'kernel@1=evil kernel@2=good' "default = \"c@1\"; c@1 { kernel = \"kernel@1\"; }; c@2 { $property = $value; };"
        never "a part of a name: $property = $value" shipped expected kernel@2 "$part"
    done
done
nodes shipped 'kernel@1=good kernel@2=good' 'default = "c"; c@1 { kernel = "kernel@1"; }; c@2 { kernel = "kernel@2"; };'
never 'a part of the name of the default' shipped expected kernel@2 "$part"
# trees that are no FIT: nothing in them has a scope of its own
tree() { printf '/dts-v1/; / { memory@1 { reg = <1>; }; %s };' "$2" | dtc -q -I dts -O dtb -o "$1"; }
tree expected.dtb 'memory { reg = <2>; };' && tree shipped.dtb 'memory { reg = <3>; };' && tree twins.dtb 'memory@2 { reg = <2>; };'
judge 'a device tree with such names' 0 expected.dtb expected.dtb '.verdict == "identical"'
judge 'a device tree with such names, and another value' 1 shipped.dtb expected.dtb "$(fact memory/reg unexplained)"
LC_ALL=C sed 's/memory@2/memory@1/' twins.dtb > shipped.dtb
judge 'a device tree with two nodes of one name' 1 shipped.dtb twins.dtb

# --- a device tree that is also a FIT ---
# What is the time of a FIT is a property like any other to whoever gets the file as a device tree.
# also FILE TIMESTAMP PROPERTIES-AND-NODES
also() {
    printf '/dts-v1/; / { timestamp = <%s>; #address-cells = <1>; %s images { a { description = "x"; data = [00 01]; type = "flat_dt"; }; }; configurations { default = "c"; c { fdt = "a"; }; }; };' \
        "$2" "$3" | dtc -q -I dts -O dtb -o "$1"
}
for more in '' 'compatible = "vendor,kit";' 'model = "kit";' 'chosen { };' 'cpus { };'; do
    also expected 1700000000 "$more"
    also shipped 1 "$more"
    case $more in '') code=0 how=$(fact mtime explained) ;; *) code=1 how=$(fact timestamp unexplained) ;; esac
    judge "a time in a tree of images ${more:-alone}" $code shipped expected "$how"
done

# which image a loader takes of several (T5)
nodes expected 'kernel=good evil=evil' 'default = "c"; c { kernel = "kernel"; }; d { kernel = "evil"; };'
for choice in 'default = "d"; c { kernel = "kernel"; }; d { kernel = "evil"; };' \
    'default = "c"; c { kernel = "evil"; }; d { kernel = "evil"; };' \
    'default = "c"; c { kernel = "kernel"; loadables = "evil"; }; d { kernel = "evil"; };' \
    'default = "c"; c { kernel = "kernel"; }; d { kernel = "evil"; }; e { kernel = "evil"; };'; do
    nodes shipped 'kernel=good evil=evil' "$choice"
    scoped "another choice beside a kernel: $choice" 1 shipped expected kernel 'any(.facts[]; .path == "." and (.fact | startswith("configurations/")) and .class == "unexplained")'
done
nodes expected 'kernel=good evil=evil' 'default = "c"; c { description = "a"; kernel = "kernel"; }; d { description = "b"; kernel = "evil"; };'
scoped 'configurations with descriptions' 0 expected expected kernel
nodes shipped 'kernel=good evil=evil' 'default = "c"; c { description = "b"; kernel = "kernel"; }; d { description = "a"; kernel = "evil"; };'
scoped 'descriptions exchanged' 1 shipped expected kernel "$(fact configurations/c/description unexplained)"
nodes shipped 'kernel=good evil=evil' 'default = "c"; d { description = "b"; kernel = "evil"; }; c { description = "a"; kernel = "kernel"; };'
scoped 'configurations in another order, of which SPL may take the first' 1 shipped expected kernel "$(fact order unexplained)"

# what is loaded to where the image in scope is (T2): SPL loads a device tree behind the firmware, and to its own `load`
# beside FILE LOAD CONTENT: a kernel of 9 bytes at 0x80000, and beside it a device tree with this content
beside() {
    load=${2:+"load = <$2>;"}
    printf '/dts-v1/; / { description = "t"; #address-cells = <1>; images { %s { description = "k"; data = /incbin/("good"); %s %s load = <0x80000>; entry = <0x80000>; hash-1 { algo = "sha256"; }; }; %s { description = "f"; data = "%s"; type = "flat_dt"; arch = "arm64"; compression = "none"; %s hash-1 { algo = "sha256"; }; }; }; configurations { default = "c"; c { kernel = "kernel"; fdt = "tree"; }; }; };' \
        kernel 'type = "kernel"; arch = "arm64"; os = "linux";' 'compression = "none";' tree "$3" "$load" > beside.its
    SOURCE_DATE_EPOCH=1700000000 mkimage -f beside.its "$1" > log 2>&1 || fail "mkimage: $(cat log)"
}
beside expected '' short
beside shipped '' 'another one'
scoped 'another device tree without an address' 0 shipped expected kernel
beside shipped 0x80000 evil
scoped 'a device tree that is loaded over the kernel' 1 shipped expected kernel 'any(.facts[]; .path == "tree" and .fact == "load" and .class == "unexplained")'
beside expected 0x7fff0 short
beside shipped 0x7fff0 'to before it'
scoped 'another one that ends before the kernel' 0 shipped expected kernel
beside shipped 0x7fff0 'so long that it reaches'
scoped 'one that reaches into the kernel' 1 shipped expected kernel 'any(.facts[]; .path == "tree" and .fact == "loaded-bytes" and .class == "unexplained")'
# over the kernel in the rebuild too: what is written over it is to be the rebuild's
over='any(.facts[]; .path == "tree" and .fact == "loaded-over" and .class == "unexplained")'
for place in 0x80000 0x80004 0x7fff8; do
    beside expected $place 'long enough'
    beside shipped $place 'little evil'
    scoped "another one over the kernel, at $place, where the rebuild has one too" 1 shipped expected kernel "$over"
    SOURCE_DATE_EPOCH=1800000000 mkimage -f beside.its expected > log 2>&1 || fail "mkimage: $(cat log)"
    scoped "that of the rebuild over the kernel, at $place" 0 shipped expected kernel
done
beside expected 0x80009 short
beside shipped 0x80009 evil!
scoped 'another one right behind the kernel' 0 shipped expected kernel
beside expected 0x90000 short
beside shipped 0x90000 'so long that it reaches'
scoped 'a longer one behind the kernel' 0 shipped expected kernel

# A RAM disk of another length moves the device tree behind it: Linux for AArch64 wants that at a multiple of 8, and U-Boot
# may hand it over where it lies.
# placed LEVEL: a FIT with the RAM disk packed at that level
placed() {
    printf '%s\n' seq | (cd placed && cpio -o -H newc --reproducible --quiet -R 0:0) | gzip -n"$1" > placed.gz
    cat > placed.its <<'I'
/dts-v1/;
/ { description = "t"; #address-cells = <1>;
    images { ramdisk { description = "r"; data = /incbin/("placed.gz"); type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none"; };
             fdt { description = "f"; data = /incbin/("placed.dtb"); type = "flat_dt"; arch = "arm64"; compression = "none"; }; };
    configurations { default = "c"; c { ramdisk = "ramdisk"; fdt = "fdt"; }; }; };
I
    SOURCE_DATE_EPOCH=1700000000 mkimage -q -f placed.its "placed.$1.itb" > said.txt
    python3 -c 'import sys; print(open(sys.argv[1], "rb").read().find(open("placed.dtb", "rb").read()) % 8)' "placed.$1.itb"
}
mkdir placed && touch -d @1700000000 placed/seq && echo '/dts-v1/; / { compatible = "x,y"; };' | dtc -q -I dts -O dtb -o placed.dtb
even='' odd='' again='' lines=2000
while [ -z "$even" ] || [ -z "$odd" ] || [ -z "$again" ]; do
    even='' odd='' again='' lines=$((lines + 1))
    [ $lines -lt 2100 ] || fail 'no RAM disk moves the device tree'
    seq $lines > placed/seq && touch -d @1700000000 placed/seq
    for level in 1 6 9; do
        case $(placed $level) in
            0) again=$even even=$level ;;
            *) odd=$level ;;
        esac
    done
done
judge 'a device tree that is no longer at a multiple of 8' 1 placed.$odd.itb placed.$even.itb "$(fact place unexplained)"
judge 'one that still is' 0 placed.$even.itb placed.$again.itb "$(fact recompressed explained)"
judge 'one that was not before' 1 placed.$even.itb placed.$odd.itb "$(fact place unexplained)"

# U-Boot makes room for a kernel of this type by four times the length of its stream, and decodes as much as comes.
seq 30000 > loose.bin
for level in 1 9; do gzip -n$level < loose.bin > loose.$level; done
for type in kernel kernel_noload; do
    for level in 1 9; do
        SOURCE_DATE_EPOCH=1700000000 mkimage -A arm64 -O linux -T $type -C gzip -a 0 -e 0 -n k -d loose.$level loose.$level.uimage > said.txt
        cat > loose.its <<I
/dts-v1/;
/ { description = "k"; #address-cells = <1>;
    images { kernel { description = "k"; data = /incbin/("loose.$level"); type = "$type"; arch = "arm64"; os = "linux"; compression = "gzip"; load = <0>; entry = <0>; }; };
    configurations { default = "c"; c { kernel = "kernel"; }; }; };
I
        SOURCE_DATE_EPOCH=1700000000 mkimage -q -f loose.its loose.$level.itb > said.txt
    done
    case $type in kernel) code=0 class=explained ;; *) code=1 class=unexplained ;; esac
    for form in uimage itb; do
        judge "a compressed kernel of the type $type, packed in another way, $form" $code loose.9.$form loose.1.$form "$(fact recompressed $class)"
    done
done

# the sum of 16 bits is one as all others are
summed() {
    cat > "$1.dts" <<I
/dts-v1/;
/ { description = "k"; #address-cells = <1>;
    images { ramdisk { description = "r"; data = /incbin/("$2"); type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none"; hash-1 { algo = "crc16-ccitt"; value = [$(python3 -c 'import binascii, sys; print("%04x" % binascii.crc_hqx(open(sys.argv[1], "rb").read(), 0))' "$3")]; }; }; };
    configurations { default = "c"; c { ramdisk = "ramdisk"; }; }; };
I
    dtc -q -I dts -O dtb -o "$1" "$1.dts"
}
summed summed.good loose.1 loose.1 && summed summed.right loose.9 loose.9 && summed summed.bad loose.9 loose.1 && summed summed.odd loose.1 loose.9
judge 'a sum of 16 bits that follows' 0 summed.right summed.good "$(fact recompressed explained)"
judge 'one that is of the data of the rebuild' 1 summed.bad summed.good
judge 'one that is of the data of the image, in both' 1 summed.right summed.odd
# U-Boot reads four bytes of a place or a size of data, of however many.
for cells in '<%s> <%s>' '<%s 0> <%s>' '<%s> <%s 0>'; do
    for side in 1 9; do
        length=$(wc -c < loose.$side)
        # shellcheck disable=SC2059 # the form is one of those above
        printf "data-offset = ${cells% <*}; data-size = ${cells#*> };" 0 "$length" > place
        summed wide.$side loose.$side loose.$side
        sed "s|data = [^;]*;|$(cat place)|; s/hash-1 {[^}]*}; //" wide.$side.dts | grep -v 'data = ' | dtc -q -a 4 -I dts -O dtb -o wide.$side
        cat loose.$side >> wide.$side
    done
    code=1
    [ "$cells" != '<%s> <%s>' ] || code=0
    judge "places and sizes of data: $cells" $code wide.9 wide.1
done
# Who knows other algorithms has a hash of the rebuild's data.
for algo in '"crc32c"' '"crc16-ccitt", "crc32"'; do
    for side in 1 9; do
        summed odd.$side loose.$side loose.1
        sed "s/algo = \"crc16-ccitt\";/algo = $algo;/" odd.$side.dts | dtc -q -I dts -O dtb -o odd.$side
    done
    judge "a hash of an algorithm that is not known, of other data, $algo" 1 odd.9 odd.1 "$(fact hash-1/wrong unexplained)"
    cp odd.1 later && fdtput -t x later / timestamp 1 && cp odd.1 odd.2 && fdtput -t x odd.2 / timestamp 2
    judge "such a hash of the same data, $algo" 0 odd.2 later
done
# U-Boot reads a text without an end for one, as what follows begins with a zero. One of these is no FIT; by any other name it names an image.
for algo in '[63 72 63 33 32]' '"crc32"'; do
    for side in 1 9; do
        summed cut.$side loose.$side loose.$side
        sed "s/hash-1 {.*value = [^;]*; }; /hash-1 { algo = $algo; value = [$(python3 -c 'import sys, zlib; print("%08x" % zlib.crc32(open(sys.argv[1], "rb").read()))' loose.$side)]; }; /" cut.$side.dts |
            dtc -q -I dts -O dtb -o cut.$side
    done
    case $algo in '['*) code=1 ;; *) code=0 ;; esac
    judge "an algorithm in a text, $algo" $code cut.9 cut.1
done
for property in firmware standalone atf; do
    for names in '[72 61 6d 64 69 73 6b]' '"ramdisk"' '"other", [72 61 6d 64 69 73 6b]' '"other"'; do
        for side in 1 9; do
            summed cut.$side loose.$side loose.$side
            sed "s/ramdisk = \"ramdisk\"/$property = $names/" cut.$side.dts | dtc -q -I dts -O dtb -o cut.$side
        done
        case $names in '"other"') code=0 ;; *) code=1 ;; esac
        judge "an image that is named by $property = $names" $code cut.9 cut.1
    done
done
