#!/bin/sh
# What no byte of a file says, in every container that can say it: set-user-ID bits, capabilities, devices, links that
# lead out, owners, files that changed places, names that imitate something else.
# shellcheck disable=SC1091,SC2154,SC2209 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { echo 'SKIP: only root may make devices and owners' >&2; exit 77; }
export LC_ALL=C.UTF-8
kinds='directory tar pax cpio squashfs'
# tar, pax and cpio say it in headers alike
[ "${ASSAY_ALL:-0}" = 1 ] || kinds='directory pax squashfs'

# wrap KIND TREE OUT
wrap() {
    rm -rf "$3"
    find "$2" -exec touch -h -d @1700000000 {} +
    case $1 in
    directory) cp -a "$2" "$3" ;;
    tar) (cd "$2" && find . -mindepth 1 | sort | tar --format=gnu --numeric-owner --no-recursion -cf - -T -) > "$3" ;;
    pax) (cd "$2" && find . -mindepth 1 | sort | tar --format=pax --pax-option=delete=atime,delete=ctime --xattrs '--xattrs-include=*' --numeric-owner --no-recursion -cf - -T -) > "$3" ;;
    cpio) (cd "$2" && find . -mindepth 1 | sort | cpio -o -H newc --quiet --reproducible) > "$3" ;;
    squashfs) mksquashfs "$2" "$3" -noappend -quiet -no-progress -mkfs-time 1 -all-time 1 > /dev/null ;;
    esac
}

genuine() {
    rm -rf tree && mkdir -p tree/bin tree/etc
    printf 'program one' > tree/bin/one && printf 'program two' > tree/bin/two && chmod 755 tree/bin/one tree/bin/two
    printf 'key=1' > tree/etc/conf && ln -s one tree/bin/link && printf 'long name' > 'tree/etc/a name'
}

# attacked WHAT FILTER COMMAND...: the tree after the command, in each kind of container, is no match
attacked() {
    what=$1 filter=$2
    shift 2
    genuine
    for kind in $kinds; do wrap "$kind" tree "good.$kind"; done
    (cd tree && "$@")
    for kind in $kinds; do
        wrap "$kind" tree "bad.$kind"
        case $kind:$what in
        # these two have no place for what it says: there it is the same archive
        tar:*capability* | cpio:*capability*) continue ;;
        esac
        judge "$kind: $what" 1 "bad.$kind" "good.$kind" "$filter"
    done
}
swap() { mv bin/one t && mv bin/two bin/one && mv t bin/two; }
relink() { rm bin/link && ln -s "$1" bin/link; }
setcaps() { setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 bin/one; }

attacked 'a set-user-ID bit' "$(fact mode unexplained)" chmod 4755 bin/one
attacked 'a set-group-ID bit' "$(fact mode unexplained)" chmod 2755 bin/one
attacked 'a sticky bit on a directory' "$(fact mode unexplained)" chmod 1777 etc
attacked 'a file that everybody may write' "$(fact mode unexplained)" chmod 666 etc/conf
attacked 'another owner' "$(fact uid unexplained)" chown 1000 bin/one
attacked 'another group' "$(fact gid unexplained)" chgrp 1000 bin/one
attacked 'a device' "$(fact name unexplained)" mknod etc/mem c 1 1
attacked 'a device in place of a file' "$(fact type unexplained)" sh -c 'rm etc/conf && mknod etc/conf c 1 1'
attacked 'a pipe' "$(fact name unexplained)" mkfifo etc/pipe
attacked 'a link that leads out' "$(fact link unexplained)" relink ../../../../etc/passwd
attacked 'a link with an absolute target' "$(fact link unexplained)" relink /bin/one
attacked 'a link in place of a file' "$(fact type unexplained)" sh -c 'rm bin/two && ln -s one bin/two'
attacked 'a file in place of a link' "$(fact type unexplained)" sh -c 'rm bin/link && cp bin/one bin/link'
attacked 'two files swapped' 'any(.findings[]; .path == "bin/one" and .class == "unexplained") and any(.findings[]; .path == "bin/two")' swap
attacked 'a file renamed' 'any(.missing[]; .path == "bin/two")' mv bin/two bin/three
attacked 'a file in another directory' 'any(.missing[]; .path == "bin/two")' mv bin/two etc/two
attacked 'an empty file added' "$(fact name unexplained)" touch etc/empty
attacked 'an empty directory added' "$(fact name unexplained)" mkdir etc/empty
attacked 'a name that differs by capitals alone' "$(fact name unexplained)" cp bin/one bin/ONE
attacked 'a name with a line break' "$(fact name unexplained)" touch "bin/one
"
attacked 'a name with a control sequence' "$(fact name unexplained)" touch "$(printf 'bin/\033[2K')"
attacked 'a name that is read from right to left' "$(fact name unexplained)" touch "$(printf 'bin/\342\200\256eno')"
attacked 'a name that imitates a duplicate' 'any(.facts[]; .fact == "name" and (.path | endswith("one%232")))' cp bin/one 'bin/one#2'
attacked 'a name that imitates a place' 'any(.facts[]; .fact == "name" and (.path | contains("%400x40")))' cp bin/one 'bin/@0x40'
attacked 'a name that imitates a decoded stream' 'any(.facts[]; .fact == "name" and (.path | contains("%23gzip")))' cp bin/one 'bin/#gzip'
attacked 'a name that imitates an escape' 'any(.facts[]; .fact == "name" and (.path | contains("%252F")))' cp bin/one 'bin/%2F'
probe=probe && : > $probe && if setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 $probe 2> /dev/null; then
    attacked 'a capability' "$(fact xattr.security.capability unexplained)" setcaps
else
    echo "$name: no capabilities on this file system: not tried" >&2
fi

# the middle of a hard link, and a hard link that leads to another file
genuine && ln tree/bin/one tree/bin/hard && wrap tar tree good.tar && wrap cpio tree good.cpio
rm tree/bin/hard && ln tree/bin/two tree/bin/hard && wrap tar tree bad.tar && wrap cpio tree bad.cpio
judge 'tar: a hard link to another file' 1 bad.tar good.tar
judge 'cpio: a hard link to another file' 1 bad.cpio good.cpio

# `//` of a name in an archive is no nesting
genuine && printf inner > x && pack inner.tar x && cp inner.tar tree/etc/in.tar && wrap tar tree good.tar
mkdir -p fake/etc && cp -a tree/bin fake/ && cp tree/etc/conf 'tree/etc/a name' fake/etc/ && mkdir fake/etc/in.tar && cp x fake/etc/in.tar/x
(cd fake && find . -mindepth 1 | sort | tar --format=gnu --numeric-owner --no-recursion --transform 's,in.tar/x,in.tar//x,' -cf - -T -) > bad.tar
judge 'a path that imitates the content of an archive' 1 bad.tar good.tar 'any(.facts[]; .fact == "type" and .path == "etc/in.tar" and .class == "unexplained")'
