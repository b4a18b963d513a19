# shellcheck shell=sh
# A root file system of this machine's own programs, for recipes that bring their toolchain; sourced, not run.

# make_root DIR PROGRAM...: a shell, and these programs with their libraries
make_root() {
    root=$1
    shift
    mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/etc"
    for name in bin lib lib64; do ln -s "usr/$name" "$root/$name"; done
    for program in dash "$@"; do
        found=$(readlink -f "$(command -v "$program")")
        cp -L "$found" "$root/usr/bin/$program"
        ldd "$found" 2> /dev/null | grep -oE '/[^ ]+' | while read -r library; do
            place=$root/usr/${library#/usr}
            mkdir -p "${place%/*}"
            [ -e "$place" ] || cp -L "$library" "$place"
        done || :
    done
    mv "$root/usr/bin/dash" "$root/usr/bin/sh"
}
