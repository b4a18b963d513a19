# shellcheck shell=sh
# A root file system of this machine's own programs, for recipes that bring their toolchain; sourced behind listing.sh,
# not run. Where a recipe
# has none, assay looks at every file of the machine before each build: 20 times the work of a build by a few programs.

# make_root DIR PROGRAM...: a shell, and these programs with their libraries
make_root() {
    made_root=$1
    shift
    mkdir -p "$made_root/usr/bin" "$made_root/usr/lib" "$made_root/usr/lib64" "$made_root/etc"
    for made_link in bin lib lib64; do ln -s "usr/$made_link" "$made_root/$made_link"; done
    for program in dash "$@"; do
        found=$(readlink -f "$(command -v "$program")")
        cp -L "$found" "$made_root/usr/bin/$program"
        ldd "$found" 2> /dev/null | grep -oE '/[^ ]+' | while read -r library; do
            place=$made_root/usr/${library#/usr}
            mkdir -p "${place%/*}"
            [ -e "$place" ] || cp -L "$library" "$place"
        done || :
    done
    mv "$made_root/usr/bin/dash" "$made_root/usr/bin/sh"
}

# make_tools PROGRAM...: a root of these in `tools`; $toolchain is the line of a recipe beside it
make_tools() {
    make_root tools "$@"
    # shellcheck disable=SC2034 # of who sources this
    toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"
}
