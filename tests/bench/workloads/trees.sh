# shellcheck shell=sh
# W1 to W4: trees of ELF files of this machine's packages, as they are, packed, and as file systems.

make_trees() { python3 "$here/inputs.py" trees "$1" "$scale"; }

openssl_tree() { timed openssl 0 sh -c 'find "$0" -type f -print0 | xargs -0 openssl dgst -sha256 > /dev/null' "$trees/a"; }
assay_trees() { timed assay 1 "$assay" compare "$trees/b" "$trees/a" --quiet --report report.json; }
assay_sections() {
    timed assay-sections 1 "$assay" compare "$trees/b" "$trees/a" --quiet --digests sections --report report.json
}
floor_trees() { timed floor 1 ./floor pair "$trees/b" "$trees/a"; }
told_trees() { timed floor-told 1 ./floor told told.json "$trees/b" "$trees/a"; }
diffoscope_trees() { timed diffoscope any diffoscope --text /dev/null "$trees/b" "$trees/a"; }

# what was changed is found, all of it and nothing else
finds_changed() {
    right '.verdict == "mismatch" and .accounting.undecided == 0'
    jq -r '.findings[] | select (.class == "unexplained") | .path' report.json | sed 's|.*//||' | LC_ALL=C sort -u > found
    LC_ALL=C sort "$trees/changed" > wanted
    sames found wanted
}

W1() {
    once trees make_trees
    trees=$made
    facts_of "$trees"
    contest openssl_tree assay_trees assay_sections floor_trees told_trees diffoscope_trees
    finds_changed
}

assay_inspect() { timed assay 0 "$assay" inspect "$trees/a" --format json --report inventory.json; }
told_inspect() { timed floor-told 0 ./floor told told.json "$trees/a"; }
floor_inspect() { timed floor 0 ./floor one "$trees/a"; }

W2() {
    once trees make_trees
    trees=$made
    facts_of "$trees"
    contest openssl_tree assay_inspect floor_inspect told_inspect
    [ "$(jq '[.nodes[] | select (.format == "elf" and .sha256 != null and (.pieces | length) > 0)] | length' inventory.json)" -ge \
        "$((($(sed -n 's/^files //p' "$trees/facts") * 99 + 99) / 100))" ] || fail 'W2: not every file has its digests'
}

make_packed() {
    for side in a b; do
        tar -C "$trees/$side" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . > "$1/$side.tar"
        zstd -q -3 -T0 "$1/$side.tar" -o "$1/$side.tar.zst"
        gzip -n -6 < "$1/$side.tar" > "$1/$side.tar.gz"
        rm "$1/$side.tar"
    done
}

floor_zst() { timed floor-zst 0 ./floor zstd "$packed/a.tar.zst" "$packed/b.tar.zst"; }
floor_gz() { timed floor-gz 0 ./floor gzip "$packed/a.tar.gz" "$packed/b.tar.gz"; }
apart_zst() { timed apart-zst 1 ./floor apart zstd "$packed/b.tar.zst" "$packed/a.tar.zst"; }
apart_gz() { timed apart-gz 1 ./floor apart gzip "$packed/b.tar.gz" "$packed/a.tar.gz"; }
gzip_one() { timed gzip 0 sh -c 'exec gzip -dc "$0" > /dev/null' "$packed/a.tar.gz"; }
assay_zst() { timed assay-zst 1 "$assay" compare "$packed/b.tar.zst" "$packed/a.tar.zst" --quiet --report report.json; }
assay_gz() { timed assay-gz 1 "$assay" compare "$packed/b.tar.gz" "$packed/a.tar.gz" --quiet --report report.json; }

W3() {
    once trees make_trees
    trees=$made
    once packed make_packed
    packed=$made
    facts_of "$trees"
    contest floor_zst assay_zst apart_zst
    finds_changed
    contest floor_gz assay_gz apart_gz gzip_one
    finds_changed
}

make_squashed() {
    for kind in zstd xz; do
        mksquashfs "$trees/a" "$1/$kind.squashfs" -comp $kind -all-root -mkfs-time 0 -all-time 0 -no-progress -quiet > /dev/null
    done
}

unsquashed() {
    rm -rf unpacked
    timed "unsquashfs-$1" 0 unsquashfs -p 1 -q -n -d unpacked "$squashed/$1.squashfs"
    rm -rf unpacked
}
unsquash_zstd() { unsquashed zstd; }
unsquash_xz() { unsquashed xz; }
assay_squashed_zstd() { timed assay-zstd 0 "$assay" inspect "$squashed/zstd.squashfs" --format json --report inventory.json; }
assay_squashed_xz() { timed assay-xz 0 "$assay" inspect "$squashed/xz.squashfs" --format json --report inventory.json; }

W4() {
    once trees make_trees
    trees=$made
    once squashed make_squashed
    squashed=$made
    facts_of "$trees"
    contest unsquash_zstd assay_squashed_zstd
    # every file inside has its digest
    [ "$(jq '[.nodes[] | select (.type == "file" and .sha256 != null and .format == "elf")] | length' inventory.json)" -ge \
        "$((($(sed -n 's/^files //p' "$trees/facts") * 99 + 99) / 100))" ] || fail 'W4: not every file has its digest'
    contest unsquash_xz assay_squashed_xz
}
