# shellcheck shell=sh
# A root file system of this machine's own programs, for recipes that bring their toolchain; sourced behind listing.sh,
# not run. Where a recipe
# has none, assay looks at every file of the machine before each build: 20 times the work of a build by a few programs.

# with_libraries ROOT FILE PLACE: the file at that place of the root, and its libraries where this machine has them
with_libraries() {
    mkdir -p "$1${3%/*}"
    cp -L "$2" "$1$3"
    ldd "$2" 2> /dev/null | grep -oE '/[^ ]+' | while read -r library; do
        place=$1/usr/${library#/usr}
        mkdir -p "${place%/*}"
        [ -e "$place" ] || cp -L "$library" "$place"
    done || :
}

# make_root DIR PROGRAM...: a shell, and these programs with their libraries
make_root() {
    made_root=$1
    shift
    mkdir -p "$made_root/usr/bin" "$made_root/usr/lib" "$made_root/usr/lib64" "$made_root/etc"
    for made_link in bin lib lib64; do ln -s "usr/$made_link" "$made_root/$made_link"; done
    for program in dash "$@"; do
        with_libraries "$made_root" "$(readlink -f "$(command -v "$program")")" "/usr/bin/$program"
    done
    mv "$made_root/usr/bin/dash" "$made_root/usr/bin/sh"
}

# add_compiler ROOT [HEADER...]: gcc, which links programs of C there, with the headers that these include (as stdlib.h)
add_compiler() {
    compiler_root=$1
    shift
    for program in gcc as ld; do
        with_libraries "$compiler_root" "$(readlink -f "$(command -v $program)")" /usr/bin/$program
    done
    for part in cc1 collect2; do gcc -print-prog-name=$part; done > "$compiler_root/parts"
    gcc -print-file-name=liblto_plugin.so >> "$compiler_root/parts"
    while read -r part; do with_libraries "$compiler_root" "$part" "$part"; done < "$compiler_root/parts"
    rm "$compiler_root/parts"
    {
        for part in crt1.o Scrt1.o crti.o crtn.o crtbegin.o crtbeginS.o crtend.o crtendS.o libm.so libm.so.6 libmvec.so.1 libc.so libc.so.6 \
            libc_nonshared.a libgcc.a libgcc_s.so libgcc_s.so.1; do gcc -print-file-name=$part; done
        # some include others as they are asked for
        for option in -ffreestanding '-O2 -D_GNU_SOURCE' '-O2 -std=c11 -D_POSIX_C_SOURCE=200809L'; do
            # shellcheck disable=SC2086 # several words
            printf '#include <%s>\n' stddef.h "$@" | gcc $option -M -x c - | tr ' ' '\n'
        done
    } | grep '^/' | xargs realpath -s | sort -u | xargs cp -L --parents -t "$compiler_root"
}

# make_tools PROGRAM...: a root of these in `tools`; $toolchain is the line of a recipe beside it
make_tools() {
    make_root tools "$@"
    # shellcheck disable=SC2034 # of who sources this
    toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"
}

# sample_tools DIR RECIPE...: the recipes of the sample in DIR, and policies that pin them, have a root there. Of the machine's own
# programs nothing is kept, so that each image would be rebuilt.
sample_tools() {
    sample_dir=$1
    shift
    if [ ! -d "$sample_dir/tools" ]; then
        make_root "$sample_dir/tools" basename cat chmod cpio dirname dtc env find gzip install ln make mkdir mkimage mksquashfs \
            objcopy rm sed sort strip touch tr truncate uname wc
        add_compiler "$sample_dir/tools" ctype.h errno.h math.h signal.h stdarg.h stdbool.h stdint.h stdio.h stdlib.h string.h time.h unistd.h
    fi
    for sample_recipe; do
        pinned=$(sha256sum < "$sample_dir/$sample_recipe.recipe" | cut -c -64)
        sed -i "s/^path:/toolchain: [{directory: tools, sha256: $(tree_digest "$sample_dir/tools")}]\n&/" "$sample_dir/$sample_recipe.recipe"
        sed -i "s/$pinned/$(sha256sum < "$sample_dir/$sample_recipe.recipe" | cut -c -64)/" "$sample_dir/$sample_recipe.policy"
    done
}
