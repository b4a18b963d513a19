#!/bin/sh
# GRUB for the BIOS as Debian ships it: the modules, which are relocatable ELF files, and the raw boot images.
#
#   sh grub.sh [--all]
#
# All modules and images of grub-pc-bin are rebuilt as the package's own rules build them, and are identical; the tables
# beside them too. Of a module with one byte changed the function and its source line are named. What the
# build needs (two C libraries, a second compiler, fonts) is installed in a root file system of its own, which is the
# recipe's toolchain: nothing is installed here. It takes 15 minutes and 5 GB, so that only --all does it.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016 # lib.sh lies beside; jq filters, and steps that the sandbox expands
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

all=0
case ${1:-} in
    --all) all=1 ;;
    '')    ;;
    *)     echo "usage: sh grub.sh [--all]" >&2; exit 64 ;;
esac
[ "$all" = 1 ] || skip "grub is rebuilt with --all only: it takes a quarter of an hour"
begin grub
[ "$(dpkg --print-architecture)" = amd64 ] || skip "grub-pc-bin is for PCs"
images='data.tar.xz//#xz//usr/lib/grub/i386-pc'

fetch binary amd64 grub-pc-bin
deb=$(only '\.deb$')
version=$(dpkg-deb -f "$deb" Version)
fetch source-of "$deb"
orig=$(only '\.orig\.tar\.')
debian=$(only '\.debian\.tar\.')
# Build-Depends, without what only the self-test runs (emulator, file systems, words) and what grub-emu alone links
export ASSAY_REAL_PINNED=1
built_in -- build-essential debhelper patchutils python3 flex bison po-debconf help2man texinfo gcc-12 gcc-12-multilib \
    xfonts-unifont libfreetype-dev gettext libdevmapper-dev libfuse-dev fonts-dejavu-core liblzma-dev pkg-config \
    bash-completion libefiboot-dev libefivar-dev

# All files of the directory but for two programs of the host, which the package strips and links to their debug files.
dpkg-deb --fsys-tarfile "$deb" | tar -tf - | sed -n 's,^\./usr/lib/grub/i386-pc/\([^/][^/]*\)$,\1,p' |
    grep -vxE 'grub-bios-setup|grub-ntldr-img' > "$work/names"
count() { grep -c "$1" "$work/names" || :; }
modules=$(count '\.mod$') raw=$(count '\.img$')
if [ "$modules" = 0 ] || [ "$raw" = 0 ]; then fail 'the package holds no modules or no images'; fi

# What names the parts of a file: the module before it was stripped, the image before it was flat
symbols_of() {
    case $1 in
        *.mod)      echo ", symbols: [obj/grub-pc/grub-core/${1%.mod}.module]" ;;
        kernel.img) echo ", symbols: [obj/grub-pc/grub-core/kernel.exec]" ;;
        *.img)      echo ", symbols: [obj/grub-pc/grub-core/${1%.img}.image]" ;;
    esac
}

# add_output NAME
add_output() {
    case $1 in config.h) made=obj/grub-pc/config.h ;; *) made=obj/grub-pc/grub-core/$1 ;; esac
    printf '  - {from: "%s", at: "%s"%s}\n' "$made" "$images/$1" "$(symbols_of "$1")" >> "$work/outputs"
}

set --
: > "$work/outputs"
while read -r name; do
    set -- "$@" --scope "$images/$name"
    add_output "$name"
done < "$work/names"
recipe=$work/grub.recipe
fill "$here/grub.recipe.in" "$recipe" "VERSION=$version" \
    "ORIG=${orig##*/}" "ORIG_SHA256=$(digest "$orig")" "DEBIAN=${debian##*/}" "DEBIAN_SHA256=$(digest "$debian")" \
    "TOOLCHAIN@$work/toolchain" "OUTPUTS@$work/outputs"
# a compressed file among the data of GRUB's own tests, of a method that nobody here reads
policy=$work/grub.policy
unread=$(tar -xOf "$orig" --wildcards '*/tests/file_filter/file.lzop' | sha256sum | cut -d ' ' -f 1)
printf 'policy: 1\nunread: [%s]\n' "$unread" > "$policy"
run_case whole 0 identical verify "$deb" --recipe "$recipe" --policy "$policy" "$@"
holds 'all modules and images as identical' \
    '[.files[] | select(.verdict == "identical" and (.path | startswith($images + "/")))] as $same
     | ([$same[] | select((.path | endswith(".mod")) and .format == "elf")] | length == $modules)
       and ([$same[] | select(.path | endswith(".img"))] | length == $raw) and ($same | length == $n)' \
    --arg images "$images" --argjson modules "$modules" --argjson raw "$raw" --argjson n "$(count .)"
holds 'nothing but bytes that are equal or out of scope' '.accounting | .total == .identical + .outside'
holds 'a rebuild as the expected side' '.expected[0].kind == "rebuild"'

# Where one bit of ext2.mod is flipped: version|offset|symbol|file|line, read with nm and addr2line from ext2.module
flip_table() {
    cat <<'TABLE'
2.06-13+deb12u2|2436|grub_ext2_iterate_dir|grub-core/fs/ext2.c|794
TABLE
}
row=$(flip_table | grep -F "$version|" || echo "$version|1024|*|*|0")
offset=$(printf '%s\n' "$row" | cut -d '|' -f 2)
symbol=$(printf '%s\n' "$row" | cut -d '|' -f 3)
file=$(printf '%s\n' "$row" | cut -d '|' -f 4)
line=$(printf '%s\n' "$row" | cut -d '|' -f 5)
sh "$here/repack.sh" flip "$deb" "$work/flipped.deb" usr/lib/grub/i386-pc/ext2.mod "$offset" 3
run_case flipped 1 mismatch verify "$work/flipped.deb" --recipe "$recipe" --policy "$policy" "$@"
finds_flip "$images/ext2.mod" "$offset" .text "$symbol"
holds 'the function by the rebuild'"'"'s names, and the line of its source' \
    '.findings[] | select(.class == "unexplained") | .named_by == "rebuild" and (.function // "") != ""
        and ($file == "*" or ((.source.file | endswith($file)) and .source.line == $line))' \
    --arg file "$file" --argjson line "$line"

say "PASS: grub2 $version, $modules modules and $raw images"
