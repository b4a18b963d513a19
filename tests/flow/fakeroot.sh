#!/bin/sh
# A root file system with device nodes, owners and set-id programs, packed into a squashfs under fakeroot: by a step that
# is root in its sandbox and by one that is a user, both in a run by root and in one by an unprivileged user, the same
# bytes; and what they hold. A device of another number, or another owner, is a mismatch.
#
#   sh fakeroot.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin fakeroot jq bwrap fakeroot mksquashfs unsquashfs

mkdir -m 755 source
echo 'root:*:19700:0:99999:7:::' > source/shadow
printf '#!/bin/sh\n' > source/su
echo page > source/index.html

# recipe FILE USER CONSOLE OWNER: numbers of a device, and who owns a file
recipe() {
    cat > "$1" <<END
recipe: 1
product: rootfs 1
source: [{directory: source, into: .}]
path: /build/rootfs
run_as: $2
steps:
  - |
    cat > pack <<'PACK'
    umask 022
    mkdir -p tree/dev tree/etc tree/bin tree/srv/www tree/run
    mknod -m 600 tree/dev/console c $3
    mknod -m 660 tree/dev/sda b 8 0
    mknod -m 666 tree/dev/null c 1 3
    mkfifo -m 600 tree/run/initctl
    install -m 4755 su tree/bin/su
    install -m 640 shadow tree/etc/shadow
    install -m 644 index.html tree/srv/www/index.html
    ln -s index.html tree/srv/www/home
    chown -R 0:0 tree
    chown $4 tree/etc/shadow
    chown -R 33:33 tree/srv/www
    chown -h 33:34 tree/srv/www/home
    chgrp 6 tree/dev/sda
    chmod 2775 tree/srv/www
    test "\$(id -u)" = 0
    test "\$(stat -c %u:%g:%a tree/etc/shadow)" = $4:640
    mksquashfs tree image.squashfs -noappend -no-progress -quiet -all-time 0 -mkfs-time 0 > log
    PACK
  - fakeroot sh -e pack
outputs: [{from: image.squashfs}]
END
}
# fakeroot remembers what a step did; what the kernel has of it afterwards is of the sandbox's own user
recipe root.recipe root '5 1' 0:42
recipe user.recipe user '5 1' 0:42
recipe device.recipe user '5 2' 0:42
recipe owner.recipe root '5 1' 33:42

# listed IMAGE: what is in it; of directories without a size
listed() {
    unsquashfs -lln "$1" | tr -s ' ' |
        sed -n 's/ 19[67][0-9]-[0-9-]* [0-9:]* squashfs-root/ /; T; s/^\(d[^ ]* [^ ]*\) [0-9]*/\1/; s/ *$//; p' | sort
}
cat > expected <<'END'
-rw-r----- 0/42 26 /etc/shadow
-rw-r--r-- 33/33 5 /srv/www/index.html
-rwsr-xr-x 0/0 10 /bin/su
brw-rw---- 0/6 8, 0 /dev/sda
crw------- 0/0 5, 1 /dev/console
crw-rw-rw- 0/0 1, 3 /dev/null
drwxr-xr-x 0/0
drwxr-xr-x 0/0 /bin
drwxr-xr-x 0/0 /dev
drwxr-xr-x 0/0 /etc
drwxr-xr-x 0/0 /run
drwxr-xr-x 0/0 /srv
drwxrwsr-x 33/33 /srv/www
lrwxrwxrwx 33/34 10 /srv/www/home -> index.html
prw------- 0/0 0 /run/initctl
END

packed() {
    for name in root user; do
        rm -rf kept
        run "by a step as $name" rebuild --recipe "$name.recipe" --output kept --twice --report report.json
        ends 0
        holds '.reproducible == true'
        listed kept/image.squashfs > seen
        cmp -s expected seen || { diff expected seen >&2 || :; fail "$what: the image holds something else"; }
        [ -e image ] || cp kept/image.squashfs image
        cmp image kept/image.squashfs || fail "$what: other bytes"
        leaves_nothing
        ok "$what: devices, owners and modes are there, and the bytes are the same"
        run "verified by a step as $name" verify image --recipe "$name.recipe" --report report.json
        ends 0
        holds '.verdict == "identical"'
        ok "$what: identical"
    done
    run 'a device of another number' verify image --recipe device.recipe --report report.json
    ends 1
    holds 'any(.facts[]; .path == "dev/console" and .class == "unexplained")'
    ok "$what: mismatch"
    run 'another owner' verify image --recipe owner.recipe --report report.json
    ends 1
    holds 'any(.facts[]; .path == "etc/shadow" and .fact == "uid" and .class == "unexplained")'
    ok "$what: mismatch"
    leaves_nothing
}
legs packed
