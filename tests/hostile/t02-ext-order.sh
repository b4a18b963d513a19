#!/bin/sh
# T2: with a scope on files of an ext file system nobody compares its super block, groups and inodes. So one that Linux
# would not mount, would repair, or would read otherwise than one in order is not passed, whatever was written there;
# and what mke2fs, debugfs and Linux itself leave is.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
export TZ=UTC LC_ALL=C.UTF-8 MKE2FS_CONFIG=mke2fs.conf E2FSPROGS_FAKE_TIME=1600000000
for tool in mke2fs debugfs e2fsck tune2fs python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
cat > mke2fs.conf <<'END2'
[defaults]
  base_features = ext_attr,filetype,sparse_super,large_file,resize_inode,dir_index
  default_mntopts = acl,user_xattr
  inode_size = 256
END2

mkdir -p tree/etc tree/more source
seq 1 9000 > tree/etc/app
ln -s app tree/etc/link
ln tree/etc/app tree/etc/again
printf hello > tree/more/file
ln -s "$(printf '%0100d' 7)" tree/more/long
mkfifo tree/more/pipe
i=0
while [ $i -lt 90 ]; do i=$((i + 1)); printf '%s' $i > "tree/more/a longer name of a file, $i"; done
python3 - <<'END2'
with open('tree/more/sparse', 'wb') as file:
    for at in range(0, 90):
        file.seek(at * 20000)
        file.write(b'x' * 5000)
END2
find tree -exec touch -h -d @1600000000 {} +
cp tree/etc/app source/app
make_tools cat
cat > app.recipe <<END2
recipe: 1
product: x 1
source: [{directory: source}]
$toolchain
path: /build/x
steps: ["true"]
outputs: [{from: app, at: etc/app}]
END2

# format FILE SIZE OPTIONS...
format() {
    file=$1 size=$2
    shift 2
    rm -f "$file"
    mke2fs -q -F -b 1024 -U 11111111-2222-3333-4444-555555555555 -E root_owner=0:0,hash_seed=66666666-2222-3333-4444-555555555555 -d tree "$@" "$file" "$size" > log 2>&1 ||
        fail "mke2fs: $(cat log)"
}
# change FILE COMMAND...: by debugfs
change() {
    image=$1
    shift
    printf '%s\n' "$@" > changes
    debugfs -w -f changes "$image" > log 2>&1 || fail "debugfs: $(cat log)"
}
# beside STORY CODE [FACT]: the scope of some files, against a rebuild of the whole
beside() {
    compared "$1" "$2" "$(fact "${3:-irregular}" unexplained)" shipped expected --scope etc --scope 'etc/*'
}
# alone STORY CODE [FACT]: a scope of one file, which is all that is built
# (which takes a rebuild each time, so that only some are asked both ways)
have_cage=0 alone=1
if command -v bwrap > /dev/null; then have_cage=1; fi
alone() {
    [ $have_cage = 1 ] && [ $alone = 1 ] || return 0
    code=0
    "$assay" verify shipped --recipe app.recipe --scope etc/app --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "alone, $1: exit $code, expected $2"; }
    [ "$code" = 0 ] || jq -e "$(fact "${3:-irregular}" unexplained)" report.json > /dev/null ||
        { cat said.txt >&2; fail "alone, $1: the report does not show ${3:-irregular}"; }
    printf 'ok: %s: alone, %s\n' "$name" "$1"
}
both() { beside "$@" && alone "$@"; }
# changed STORY COMMAND...: the genuine one after these commands
changed() {
    story=$1
    shift
    cp expected shipped
    change shipped "$@"
    both "$story" 1
}

# --- what is in order ---
everything=extent,64bit,flex_bg,metadata_csum,huge_file,dir_nlink,extra_isize,has_journal
rm tree/etc/again
# in_order STORY SIZE OPTIONS...
in_order() {
    story=$1
    shift
    format expected "$@"
    e2fsck -fn expected > log 2>&1 || fail "$story: $(cat log)"
    cp expected shipped
    change shipped 'rm more/file' 'rm more/long' 'write app more/other'
    e2fsck -fn shipped > log 2>&1 || fail "$story: $(cat log)"
    ! cmp -s expected shipped || fail "$story: the two are equal"
    both "$story, with other files beside the scope" 0
}
cp tree/etc/app app
in_order ext2 4M -t ext2
in_order 'ext2, old inodes, small groups' 4M -t ext2 -I 128 -g 1024
in_order 'ext2, the first version' 4M -t ext2 -I 128 -r 0 -O none
in_order ext3 8M -t ext3 -j
in_order ext4 8M -t ext4 -g 2048 -O $everything
in_order 'ext4, blocks of 4 KiB' 16M -t ext4 -b 4096 -O $everything
in_order 'ext4, checksums of groups' 8M -t ext4 -g 1024 -O extent,uninit_bg,flex_bg,has_journal
in_order 'ext4, tables written later' 32M -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -O $everything
alone=0
in_order 'ext4, sparse_super2, seed' 8M -t ext4 -O extent,metadata_csum,metadata_csum_seed,sparse_super2,^resize_inode
in_order 'ext4, mmp' 8M -t ext4 -O $everything,mmp
in_order 'ext4, orphan_file' 8M -t ext4 -O $everything,orphan_file
in_order 'ext4, fast_commit' 8M -t ext4 -O $everything,fast_commit
alone=1
format expected 8M -t ext4 -O $everything
cp expected shipped
tune2fs -c 20 -i 180d -e remount-ro expected > log 2>&1 && cp expected shipped
both 'ext4, another number of mounts' 0
format expected 8M -t ext4 -O $everything
mkdir -p mounted
for features in "-t ext4 -O $everything" '-t ext4 -O extent,uninit_bg,has_journal -E lazy_itable_init=1' '-t ext2'; do
    # shellcheck disable=SC2086 # several words
    format expected 8M $features
    cp expected shipped
    cat > mount.sh <<'END2'
mount -o loop shipped mounted && seq 1 5000 > mounted/more/new && mkdir mounted/more/deeper && umount mounted
END2
    # where a machine lets nobody mount, this is not tried
    if unshare -m sh mount.sh > log 2>&1; then alone "mounted and unmounted, $features" 0; fi
done

# --- what is not ---
for type in "ext4 -O $everything" ext2; do
    # shellcheck disable=SC2086 # several words
    format expected 4M -t $type
    case $type in *metadata_csum*) alone=1 ;; *) alone=0 ;; esac
    case $type in ext2) map=0 ;; *) map=8 ;; esac
    changed "$type, a file that is marked as removed" 'sif etc/app dtime 5'
    changed "$type, a directory that is marked as removed" 'sif etc dtime 5'
    changed "$type, another file that is marked as removed" 'sif more/file dtime 1600000000'
    changed "$type, an unknown flag" "sif etc/app flags 0x800${map}0000"
    changed "$type, a flag of directories on a file" "sif etc/app flags 0x${map}1000"
    changed "$type, a link that nobody has" 'sif etc/app links_count 2'
    changed "$type, more blocks than it has" 'sif etc/app blocks 2'
    changed "$type, an inode in use without a name" 'seti <500>'
    changed "$type, a block in use that nobody has" 'setb 3000'
    changed "$type, mount options of its own" 'ssv mount_opts ro,errors=panic'
    changed "$type, 16 bits of an owner" 'ssv default_mount_opts 0x1c'
    changed "$type, more reserved blocks than blocks" 'ssv r_blocks_count 4000'
    changed "$type, a record of errors" 'ssv first_error_func ext4_lookup'
    changed "$type, free blocks that are not" 'set_bg 0 free_blocks_count 9' 'set_bg 0 checksum calc'
    changed "$type, free inodes that are not" 'set_bg 0 free_inodes_count 9' 'set_bg 0 checksum calc'
done
format expected 4M -t ext4 -O $everything,^has_journal
alone=1
cp expected shipped
tune2fs -e panic shipped > log 2>&1
beside 'panic at errors' 1 super-fields
alone 'panic at errors' 1
tune2fs -e remount-ro shipped > log 2>&1
beside 'read-only at errors' 1 super-fields
alone 'read-only at errors' 0
changed 'inodes that are not used yet, and are' 'set_bg 0 flags 0' 'set_bg 0 itable_unused 1000' 'set_bg 0 checksum calc'
changed 'more inodes not used than there are' 'set_bg 0 itable_unused 60000' 'set_bg 0 checksum calc'
changed 'an unknown flag of a group' 'set_bg 0 flags 0x14' 'set_bg 0 checksum calc'
cp expected shipped
change shipped 'set_bg 0 block_bitmap_csum 7' 'set_bg 0 checksum calc'
both 'a bitmap under a wrong checksum' 1 wrong-checksums

# without mmp: whoever opens that to write waits eleven seconds whether somebody else does
format expected 8M -t ext4 -O $everything,orphan_file
alone=0
for change in 'links_count 0' 'links_count 2' 'size 0' 'size 1024' 'mode 0040755' 'dtime 7' 'mode 0' 'flags 0x80080000'; do
    changed "a journal of $change" "sif <8> $change"
done
alone=1
changed 'blocks of a journal' 'sif <8> blocks 2'
changed 'room to grow that is removed' 'sif <7> dtime 7'
changed 'room to grow without links' 'sif <7> links_count 0'
changed 'an inode of no use in use' 'sif <5> mode 0100644' 'sif <5> links_count 1'
changed 'orphans in a directory' 'sif <12> mode 0040600'
cat > poke.py <<'END2'
# `poke.py WHAT`: bytes of what no inode or its map says
import struct, sys
image = bytearray(open('expected', 'rb').read())
what = sys.argv[1]
journal = image.index(b'\xc0\x3b\x39\x98\0\0\0\4')
mmp = image.index(b'PMM\0', 2048)
orphans = image.index(struct.pack('<I', 0x0b10ca04)) - 1016
if what == 'sequence': image[mmp + 4:mmp + 8] = b'\xfb\x4d\x4d\xe2'
elif what == 'orphan': image[orphans:orphans + 4] = b'\x0d\0\0\0'
elif what == 'end': image[orphans + 1016:orphans + 1020] = bytes(4)
elif what == 'length': image[journal + 16:journal + 20] = bytes(4)
elif what == 'first': image[journal + 20:journal + 24] = bytes(4)
elif what == 'features': image[journal + 0x28:journal + 0x2c] = b'\0\0\1\0'
elif what == 'block': image[journal + 12:journal + 16] = b'\0\0\2\0'
elif what == 'sum': image[journal + 0x28:journal + 0x2c] = b'\0\0\0\x10'
open('shipped', 'wb').write(image)
END2
alone=0
format expected 8M -t ext4 -O $everything,orphan_file,mmp
for what in sequence orphan end length first features block sum; do
    python3 poke.py $what
    both "another $what" 1
done

alone=1
# Quotas say what nobody else does: equal to the rebuild's, or told.
format expected 8M -t ext4 -O $everything,quota
cp expected shipped
both_codes() { beside "$1" "$2" && alone "$1" "$3"; }
both_codes 'quotas' 0 1
