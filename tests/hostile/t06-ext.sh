#!/bin/sh
# T6: ext2, ext3 and ext4. Each pair is made twice, at two times, and passes by rules; the same with one byte changed
# anywhere else does not, and says where. T26: what two owners claim, what lies outside, and circles are no tree.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
export TZ=UTC LC_ALL=C.UTF-8 MKE2FS_CONFIG=mke2fs.conf
for tool in mke2fs debugfs e2fsck sfdisk python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# what the machine's own file says differs from one to the next
cat > mke2fs.conf <<'END'
[defaults]
  base_features = ext_attr,filetype,sparse_super,large_file,resize_inode,dir_index
  inode_size = 256
[fs_types]
  ext3 = {
    features = has_journal
  }
  ext4 = {
    features = extent
  }
END

mkdir -p tree/boot/deeper tree/many
printf hello > tree/boot/file
printf olleh > tree/boot/elif
seq 1 30000 > tree/boot/deeper/text
: > tree/nothing
ln tree/boot/deeper/text tree/second
ln -s boot/file tree/link
ln -s "$(printf '%0100d' 7)" tree/long
mkfifo tree/pipe
i=0
while [ $i -lt 80 ]; do i=$((i + 1)); printf '%s' $i > "tree/many/a longer name of a file, $i"; done
# two pieces with a hole between them
python3 - <<'END'
with open('tree/sparse', 'wb') as file:
    file.truncate(200000)
    file.seek(100000)
    file.write(b'x' * 5000)
END

cat > commands <<'END'
mknod device c 5 1
ea_set boot/file user.note VALUE-IN-THE-INODE
ea_set boot/file security.capability -f capability
ea_set many user.large -f large
END
printf '\001\000\000\002\000\004\000\000\000\000\000\000\000\000\000\000\000\000\000\000' > capability
sed -i 's/^\(ea_set\) \(.*\) -f \(.*\)/\1 -f \3 \2/' commands
printf 'VALUE-IN-A-BLOCK%0300d' 7 > large

# format FILE TIME TYPE SIZE OPTIONS...
format() {
    file=$1 time=$2 type=$3 size=$4
    shift 4
    rm -f "$file"
    find tree -exec touch -h -d "@$time" {} +
    E2FSPROGS_FAKE_TIME=$time mke2fs -q -F -t "$type" -U 11111111-2222-3333-4444-555555555555 \
        -E hash_seed=66666666-2222-3333-4444-555555555555 -L LABEL -d tree "$@" "$file" "$size" > log 2>&1 || fail "mke2fs: $(cat log)"
    E2FSPROGS_FAKE_TIME=$time debugfs -w -f commands "$file" > log 2>&1 || fail "debugfs: $(cat log)"
    e2fsck -fn "$file" > log 2>&1 || fail "e2fsck: $(cat log)"
    head -c 512 /dev/zero >> "$file"
}

debug() { debugfs -R "$1" "$2" 2> /dev/null; }
# change FILE COMMAND...: by debugfs, at the time of the image
change() {
    image=$1
    shift
    printf '%s\n' "$@" > changes
    E2FSPROGS_FAKE_TIME=1600000000 debugfs -w -f changes "$image" > log 2>&1 || fail "debugfs: $(cat log)"
}
block_bytes() { debug stats "$1" | sed -n 's/^Block size: *//p'; }
# place FILE TEXT: where the text stands in it
place() { LC_ALL=C grep -m 1 -obUaF -- "$2" "$1" | head -n 1 | cut -d: -f1; }
# block_of FILE PATH N: where its Nth block stands
block_of() { echo $(($(debug "bmap $2 $(($3 - 1))" "$1") * $(block_bytes "$1"))); }
# inode_of FILE PATH: where its inode stands
inode_of() {
    debug "imap $2" "$1" | sed -n 's/.*located at block \([0-9]*\), offset \(0x[0-9a-f]*\).*/\1 \2/p' > place.txt
    read -r in_block in_offset < place.txt
    echo $((in_block * $(block_bytes "$1") + in_offset))
}
# flip FILE OFFSET
flip() {
    old=$(od -An -tu1 -j "$2" -N1 "$1" | tr -d ' ')
    poke "$1" "$2" "\\0$(printf '%03o' $((old ^ 1)))"
}
# alone STORY OFFSET PATH OFFSET-IN-IT [FILTER]: one byte changed, and nothing else is found
alone() {
    cp expected shipped
    flip shipped "$2"
    judge "$1" 1 shipped expected "
        [.findings[] | select(.class == \"unexplained\") | [.path, .range.offset, .range.length]] == [[\"$3\", $4, 1]] and ${5:-true}"
}
# fact_at PATH FACT
fact_at() { printf 'any(.facts[]; .path == "%s" and .fact == "%s" and .class == "unexplained")' "$1" "$2"; }

# pair STORY NAME TYPE SIZE OPTIONS...
pair() {
    story=$1 wanted=$2
    shift 2
    format expected 1600000000 "$@"
    format shipped 1700000124 "$@"
    cmp -s expected shipped && fail 'the two are equal'
    judge "$story, made at another time" 0 shipped expected "
        .verdict == \"equivalent\" and .image.format == \"$wanted\" and .accounting.structure > 0 and $(fact mtime explained)"
    cp shipped genuine
    change genuine 'sif boot/file mode 0104755'
    judge "$story, made at another time, and one mode" 1 genuine expected "
        $(fact_at boot/file mode) and ([.facts[] | select(.class == \"unexplained\")] | length) == 1"
    size=$(wc -c < expected)
    table=$(inode_of expected '<1>')
    file=$(inode_of expected boot/file)
    device=$(inode_of expected device)
    per_group=$(debug stats expected | sed -n 's/^Inodes per group: *//p')
    unused=$(inode_of expected "<$per_group>")
    free=$(($(debug 'ffb 1' expected | sed 's/.*: //') * $(block_bytes expected)))
    alone "$story, the boot sectors" 100 . 100
    alone "$story, the label" $((1024 + 120)) . $((1024 + 120)) "$(fact_at . label)"
    alone "$story, a byte that nobody uses" "$free" . "$free"
    alone "$story, a byte behind the end" $((size - 1)) . $((size - 1))
    alone "$story, a mode" "$file" '#inode-table0' $((file - table)) "$(fact_at boot/file mode)"
    alone "$story, an owner" $((file + 2)) '#inode-table0' $((file + 2 - table)) "$(fact_at boot/file uid)"
    alone "$story, a device" $((device + 40)) '#inode-table0' $((device + 40 - table)) "$(fact_at device device)"
    alone "$story, an unused inode" $((unused + 8)) '#inode-table0' $((unused + 8 - table))
    note=$(place expected VALUE-IN-THE-INODE)
    if [ "$(debug stats expected | sed -n 's/^Inode size:[[:space:]]*//p')" -gt 128 ]; then
        alone "$story, an attribute in an inode" "$note" '#inode-table0' $((note - table)) "$(fact_at boot/file xattr.user.note)"
    else
        alone "$story, an attribute" "$note" . "$note" "$(fact_at boot/file xattr.user.note)"
    fi
    large=$(place expected VALUE-IN-A-BLOCK)
    alone "$story, an attribute in a block" "$large" . "$large" "$(fact_at many xattr.user.large)"
    text=$(block_of expected second 3)
    cp expected shipped
    flip shipped "$text"
    place=$((2 * $(block_bytes expected)))
    judge "$story, a byte of a file of two names" 1 shipped expected "
        ([.findings[] | select(.class == \"unexplained\") | [.path, .range.offset, .range.length]] | sort) ==
        [[\"boot/deeper/text\", $place, 1], [\"second\", $place, 1]]"
    for path in $(debug 'ls -p' expected | cut -d/ -f6 | grep -v '^\.*$'); do printf '%s\n' "$path"; done | sort > listed
    "$assay" inspect expected --format json > inspected
    jq -r '.nodes[].path | select(startswith("#") or . == "." or contains("/") | not)' inspected | sort > seen
    cmp -s listed seen || fail "$story: debugfs lists something else: $(diff listed seen)"
    # (with inline data mke2fs 1.47.0 loses the hole at the end)
    length=$(debug 'stat sparse' expected | sed -n 's/^User.*Size: *//p')
    jq -e ".nodes[] | select(.path == \"sparse\") | .size == $length" inspected > /dev/null || fail "$story: the file with holes"
}

# stored STORY: what an image without inline data has in blocks
stored() {
    hello=$(block_of expected boot/file 1)
    alone "$1, a byte of a file" $((hello + 1)) boot/file 1
    alone "$1, a byte behind the end of a file" $((hello + 5)) . $((hello + 5))
    long=$(block_of expected long 1)
    alone "$1, a target of a link" "$long" . "$long" "$(fact_at long link)"
}

# copy STORY BLOCK: a super block copy in that block
copy() {
    at=$(($2 * $(block_bytes expected) + 120))
    alone "$1, the label in a copy of the super block" $at . $at
}

pair ext2 ext2 ext2 4M -b 1024 -g 1024 -I 128
stored ext2
copy ext2 1025
pair ext3 ext3 ext3 8M -b 1024 -I 128
stored ext3
journal=$(block_of expected '<8>' 3)
alone 'ext3, the journal' "$journal" . "$journal"
pair 'ext4, 1 KiB' ext4 ext4 8M -b 1024 -g 2048 -O extent,64bit,flex_bg,metadata_csum,sparse_super,dir_index,huge_file,dir_nlink,extra_isize,has_journal,resize_inode
stored 'ext4, 1 KiB'
copy 'ext4, 1 KiB' 2049
journal=$(block_of expected '<8>' 3)
alone 'ext4, the journal' "$journal" . "$journal"
alone 'ext4, a journal that says something else' $(($(block_of expected '<8>' 1) + 60)) . $(($(block_of expected '<8>' 1) + 60))
pair 'ext4, 4 KiB' ext4 ext4 12M -b 4096 -I 256 -O extent,64bit,flex_bg,metadata_csum,metadata_csum_seed,sparse_super2,extra_isize
stored 'ext4, 4 KiB'
pair 'ext4, inline data' ext4 ext4 4M -b 1024 -I 256 -O extent,metadata_csum,inline_data,extra_isize
file=$(inode_of expected boot/file)
cp expected shipped
flip shipped $((file + 41))
judge 'ext4, inline data, a byte of a file' 1 shipped expected "any(.findings[]; .path == \"boot/file\" and .range.offset == 1) and any(.findings[]; .path == \"#inode-table0\")"
pair 'ext4, meta_bg' ext4 ext4 8M -b 1024 -g 1024 -O extent,meta_bg,^resize_inode,uninit_bg,extra_isize
pair 'ext4, old inodes and no types' ext4 ext4 4M -b 2048 -O extent,^filetype,^resize_inode -I 128

# --- times and checksums only where they hold ---
everything=extent,64bit,flex_bg,metadata_csum,sparse_super,dir_index,huge_file,dir_nlink,extra_isize,has_journal,resize_inode
format expected 1600000000 ext4 8M -b 1024 -g 2048 -O $everything
cp expected genuine
cp genuine shipped
file=$(inode_of expected boot/file)
flip shipped $((file + 16))
judge 'a time that the checksum of its inode does not cover' 1 shipped expected "$(fact mtime explained)"
cp genuine shipped
change shipped 'sif boot/file mtime 20300101000000'
judge 'a time with its checksum' 0 shipped expected "$(fact mtime explained)"
cp genuine shipped
change shipped 'sif boot/file mtime_extra 0xfffffffc'
judge 'nanoseconds that are none' 1 shipped expected "$(fact mtime unexplained)"
cp genuine shipped
change shipped 'sif boot/file dtime 1700000000'
judge 'a time of removal' 1 shipped expected
cp genuine shipped
change shipped 'sif boot/file generation 7'
judge 'another generation' 1 shipped expected
cp genuine shipped
flip shipped $((1024 + 48))
judge 'a time that the checksum of the super block does not cover' 1 shipped expected
cp genuine shipped
change shipped 'ssv uuid 11111111-2222-3333-4444-555555555556'
judge 'another UUID' 1 shipped expected "$(fact uuid unexplained)"

# --- with some files in scope, what decides whether Linux reads them at all ---
# scoped STORY CODE
scoped() {
    code=0
    "$assay" compare shipped expected --scope boot/file > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
cp genuine shipped
change shipped 'sif boot/elif mode 0104755'
flip shipped "$(block_of genuine second 2)"
scoped 'another file beside the scope' 0
cp genuine shipped
flip shipped $((file + 100))
scoped 'an inode in the scope, under a checksum that is wrong' 1
cp genuine shipped
flip shipped $(($(inode_of genuine boot) + 100))
scoped 'an inode above the scope, under a checksum that is wrong' 1
cp genuine shipped
flip shipped $(($(block_of genuine boot 1) + 1000))
scoped 'a directory above the scope, under a checksum that is wrong' 1
cp genuine shipped
change shipped 'ssv default_mount_opts 4'
scoped 'other mount options' 1
# resize2fs and tune2fs want a check of what was mounted since the last one; other times are other times
truncate -s 4M fresh && mke2fs -q -t ext4 fresh && cp fresh shipped
change shipped 'ssv mtime 20370101000000'
judge 'mounted since it was checked' 1 shipped fresh "$(fact mounted-since-check unexplained)"
change shipped 'ssv lastcheck 20370101000001'
judge 'mounted and checked later than the rebuild' 0 shipped fresh "$(fact super.mount-time explained)"
cp genuine shipped
flip shipped $(($(block_of genuine '<8>' 1) + 43))
scoped 'a journal with features that Linux may not know' 1

# single STORY CODE SCOPE: one file of the image, which stands for itself
single() {
    code=0
    printf 'recipe: 1\nproduct: x 1\nsource:\n  - {directory: source, into: .}\n%s\npath: /build/x\nsteps: ["seq 1 1000 | head -c 2048 > file; truncate -s 16384 file"]\noutputs:\n  - {from: file, at: %s}\n' "$toolchain" "$3" > single.recipe
    "$assay" verify shipped --recipe single.recipe --scope "$3" --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1: exit $code, expected $2"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
if command -v bwrap > /dev/null; then
    make_tools seq head truncate
    mkdir -p source holes/boot && echo source > source/text
    seq 1 1000 | head -c 2048 > holes/boot/table
    truncate -s 16384 holes/boot/table
    make_holes() { rm -f shipped && mke2fs -q -F -t ext4 -b 1024 -O "$1" -d holes shipped 4M > log.txt 2>&1; }
    make_holes ^has_journal
    single 'a file with a hole' 0 boot/table
    # to GRUB and U-Boot the length of an extent that is not written is 32768 more, and its hole what lies behind
    change shipped 'fallocate boot/table 2 2'
    single 'a file with blocks that are not written' 1 boot/table
    jq -e 'any(.facts[]; .fact == "unwritten" and .shipped == "2+1" and .class == "unexplained")' report.json > /dev/null || fail 'unwritten blocks are not named'
    for feature in inline_data meta_bg,^resize_inode; do
        make_holes "^has_journal,$feature"
        single "a feature that boot loaders do not ask for, $feature" 1 boot/table
        jq -e 'any(.facts[]; .fact == "unknown-to-boot-loaders" and .class == "unexplained")' report.json > /dev/null || fail "$feature is not named"
    done
fi

# --- what is no tree, or not one for all ---
broken='.reasons[0] | contains("breaks the rules of its own format")'
undecided='.verdict == "undecided" or .verdict == "mismatch"'
# cruel STORY COMMAND...
cruel() {
    what=$1
    shift
    cp genuine shipped
    change shipped "$@"
    judge "$what" 1 shipped expected "$broken"
}
format genuine 1600000000 ext2 4M -b 1024 -g 1024 -I 128
cp genuine expected
hello=$(($(block_of expected boot/file 1) / 1024))
cruel 'a block of two files' "sif boot/elif block[0] $hello"
cruel 'a block that a file has twice' "sif boot/elif block[1] $(($(block_of expected boot/elif 1) / 1024))"
cruel 'a file in a bitmap' "sif boot/elif block[0] $(debug stats expected | sed -n 's/.*Group *0: block bitmap at \([0-9]*\),.*/\1/p')"
cruel 'a block outside of the file system' 'sif boot/elif block[0] 4000000'
cruel 'a block of pointers that is two' "sif boot/deeper/text block[DIND] $(debug 'blocks boot/deeper/text' expected | cut -d' ' -f13)"
loop=$(debug 'ffb 1' expected | sed 's/.*: //')
cruel 'a block of pointers to nothing' "sif boot/deeper/text block[TIND] 4000000"
cp genuine shipped
change shipped "sif boot/deeper/text block[TIND] $loop"
poke shipped $((loop * 1024)) "$(printf '\\0%03o\\0%03o' $((loop % 256)) $((loop / 256)))"
judge 'a block of pointers to itself' 1 shipped expected "$broken"
cruel 'a directory in a circle' 'ln boot boot/deeper/loop'
cruel 'a directory with two names' 'ln boot/deeper other'
cruel 'a name of a removed file' 'sif boot/file links_count 0'
cruel 'a name of the journal' 'ln <8> other'
cruel 'a file of more names than it says' 'ln boot/file other'
cruel 'a directory with a hole' 'sif many block[0] 0'
cruel 'a directory that is shorter' 'sif many size 100'
cruel 'a link that is longer than its place' 'sif link size 2000'
cruel 'more fields than room' 'sif boot/file mode 0170644'
at=$(place expected 'elif')
cp genuine shipped
poke shipped "$at" 'file'
judge 'two equal names' 1 shipped expected "$broken"
cp genuine shipped
poke shipped "$at" 'e/if'
judge 'a name with a slash' 1 shipped expected "$broken"
cp genuine shipped
poke shipped "$at" 'e\0000if'
judge 'a name with NUL' 1 shipped expected "$broken"
cp genuine shipped
poke shipped $((at - 1)) '\0002'
judge 'an entry of another type' 1 shipped expected "$broken"
cp genuine shipped
poke shipped $((at - 4)) '\0005'
judge 'an entry that is too short' 1 shipped expected "$broken"
cp shipped twin
judge 'the same on both sides, byte for byte' 0 shipped twin '.verdict == "identical"'
head -c 3000000 genuine > shipped
judge 'a file system that is cut off' 1 shipped expected "$broken"
format expected 1600000000 ext4 8M -b 1024 -g 2048 -O $everything
cp expected genuine
cp genuine shipped
change shipped 'rm boot/file'
judge 'a removed file' 1 shipped expected '[.missing[].path] == ["boot/file"]'
judge 'a file that was removed in the rebuild' 1 expected shipped 'any(.facts[]; .path == "boot/file" and .rule == "added")'

# --- an index that leads elsewhere ---
cp genuine expected
truncate -s 8M expected
e2fsck -fDy expected > log 2>&1 || [ $? = 1 ] || fail "e2fsck: $(cat log)"
debug 'htree many' expected > tree.txt
grep -q 'Number of entries' tree.txt || fail 'no index'
index=$(block_of expected many 1)
cp expected shipped
judge 'a directory with an index' 0 shipped expected '.verdict == "identical"'
flip shipped $((index + 43))
judge 'an index that leads to another block' 1 shipped expected "$broken"
"$assay" inspect expected --format json | jq -e '[.nodes[] | select(.path | startswith("many/"))] | length == 80' > /dev/null ||
    fail 'not all names of a directory with an index'

# --- what cannot be read is named ---
# named STORY TEXT: the image shipped
named() {
    "$assay" inspect shipped > said.txt 2>&1 && fail "$1: it can be read"
    tr -s ' \n' '  ' < said.txt | grep -qF "$2" || { cat said.txt >&2; fail "$1: it does not say: $2"; }
    code=0
    "$assay" compare shipped genuine --report report.json > said.txt 2>&1 || code=$?
    [ $code = 1 ] || [ $code = 2 ] || fail "$1: exit $code"
    jq -e "$undecided" report.json > /dev/null || fail "$1: it is judged"
    printf 'ok: %s: %s\n' "$name" "$1"
}
for feature in encrypt casefold needs_recovery verity ea_inode shared_blocks; do
    cp genuine shipped
    change shipped "feature $feature"
    case $feature in needs_recovery) text='a journal that was not played back' ;; *) text="the feature $feature" ;; esac
    named "the feature $feature" "$text"
done
cp genuine shipped
change shipped 'ssv state 2'
named 'errors' 'marked as having errors'
cp genuine shipped
change shipped 'ssv state 0'
named 'a file system that is in use' 'not unmounted as it should be'
cp genuine shipped
poke shipped $(($(block_of genuine '<8>' 1) + 31)) '\0001'
named 'a journal with something in it' 'a journal that was not played back'
cp genuine shipped
change shipped 'ssv journal_inum 0'
named 'a journal that is elsewhere' 'its journal is elsewhere'
format shipped 1600000000 ext4 8M -b 1024 -O extent,bigalloc,^resize_inode -C 16384
named bigalloc 'the feature bigalloc'
cp genuine shipped
change shipped 'sif boot/file flags 0x80800'
named 'an encrypted inode' 'an encrypted inode'

# --- inside of other things ---
format expected.ext4 1600000000 ext4 4M -b 1024 -O $everything
format shipped.ext4 1700000124 ext4 4M -b 1024 -O $everything
for side in expected shipped; do
    rm -f $side
    truncate -s 8M $side
    printf 'label: gpt\nlabel-id: 11111111-2222-3333-4444-777777777777\nstart=2048, size=8200, uuid=11111111-2222-3333-4444-888888888888\n' |
        sfdisk -q --no-tell-kernel $side > log 2>&1 || fail "sfdisk: $(cat log)"
    dd if=$side.ext4 of=$side bs=512 seek=2048 conv=notrunc 2> /dev/null
done
judge 'in a partition of a GPT, made at another time' 0 shipped expected '.verdict == "equivalent" and .image.format == "gpt"'
cp expected shipped
flip shipped $((2048 * 512 + $(block_of expected.ext4 boot/file 1) + 1))
judge 'in a partition of a GPT, a byte of a file' 1 shipped expected '
    [.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["#part1//boot/file", 1, 1]]'
mkdir one two
cp expected.ext4 one/root.ext4
cp shipped.ext4 two/root.ext4
(cd one && pack ../expected root.ext4)
(cd two && pack ../shipped root.ext4)
judge 'in a tar, made at another time' 0 shipped expected '.verdict == "equivalent"'
flip two/root.ext4 $(($(block_of shipped.ext4 boot/file 1) + 1))
(cd two && pack ../shipped root.ext4)
judge 'in a tar, a byte of a file' 1 shipped expected '
    [.findings[] | select(.class == "unexplained") | [.path, .range.offset, .range.length]] == [["root.ext4//boot/file", 1, 1]]'

# --- changes anywhere: nothing but a time may pass, and nothing may crash ---
format expected 1600000000 ext4 4M -b 1024 -O $everything
format shipped 1700000124 ext4 4M -b 1024 -O $everything
cat > mutate.py <<'END'
# `mutate.py COUNT`: so many changed images, a line each: places, and the bytes there; bytes of which nothing is used are
# changed more rarely
import random, sys
before = open('shipped', 'rb').read()
used = [at for at in range(0, len(before), 64) if any(before[at:at + 64])]
for seed in range(1, int(sys.argv[1]) + 1):
    random.seed(seed)
    image = bytearray(before)
    for _ in range(random.randint(1, 3)):
        at = random.choice([random.randrange(len(image)), random.choice(used) + random.randrange(64), random.randrange(1024, 2048)])
        image[at] ^= random.randrange(1, 256)
        print(at, '\\0%o' % image[at], end=' ')
    print()
END
python3 mutate.py "${ASSAY_MUTANTS:-60}" > changes
mutants=0
while read -r line; do
    mutants=$((mutants + 1))
    cp shipped bad
    # shellcheck disable=SC2086 # words
    set -- $line
    while [ $# -gt 0 ]; do poke bad "$1" "$2" && shift 2; done
    if cmp -s shipped bad; then fail "mutant $mutants is none"; fi
    code=0
    "$assay" compare bad expected --report report.json > said.txt 2>&1 || code=$?
    case $code in
        0) fail "mutant $mutants passes: every time of this file system is under a checksum" ;;
        1 | 2) ;;
        *) cat said.txt >&2; fail "mutant $mutants: exit $code" ;;
    esac
done < changes
printf 'ok: %s: %s changed images, of which none passed\n' "$name" "$mutants"

# --- beside a scope: a removed entry, which U-Boot takes; blocks and inodes in use that the bitmaps call free ---
# mke2fs.conf has no checksums by default here
format expected 1600000000 ext2 4M -b 1024
cat > beside.py <<'END'
import struct, sys
image = bytearray(open('expected', 'rb').read())
def group(at): return struct.unpack_from('<I', image, 2048 + at)[0] * 1024
if sys.argv[1] == 'blocks':
    image[group(0)] &= 0xf0
elif sys.argv[1] == 'inodes':
    image[group(4) + 1] = 0
else:
    # the first entry behind `..` is cut in two: a removed one, and itself
    at = image.find(b'\4\1file') - 6
    number, length = struct.unpack_from('<IH', image, at)
    name = b'file' if sys.argv[1] == 'removed' else b'elfi'
    assert length >= 24
    image[at:at + 12] = struct.pack('<IHBB', 0, 12, 4, 1) + name
    image[at + 12:at + 24] = struct.pack('<IHBB', number, length - 12, 4, 1) + b'file'
open('shipped', 'wb').write(image)
END
# beside STORY CODES WHAT
beside() {
    python3 beside.py "$3"
    code=0
    "$assay" compare --scope boot/file shipped expected > said.txt 2>&1 || code=$?
    case " $2 " in *" $code "*) ;; *) cat said.txt >&2; fail "in scope, $1: exit $code, expected one of $2" ;; esac
    printf 'ok: %s: in scope, %s: exit %s\n' "$name" "$1" "$code"
}
beside 'blocks in use that are called free' '1 2' blocks
beside 'inodes in use that are called free' '1 2' inodes
