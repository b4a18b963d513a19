# shellcheck shell=sh
# A bare Debian 12, for the scripts of tests/fresh; sourced, not run. It lies in $root, beneath $place, which goes at the end.

skip() { printf 'SKIP: %s\n' "$*"; exit 77; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
ok()   { printf 'ok: %s\n' "$*"; }

finish() {
    code=$?
    if [ "${ASSAY_FRESH_KEEP:-0}" = 1 ]; then
        printf 'bare-root: kept: %s\n' "$place" >&2
    else
        rm -rf "$place"
    fi
    exit "$code"
}

# This system's own package sources, but only those for Debian itself
archive_sources() {
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if [ -f "$file" ] && grep -q '^[^#].*bookworm' "$file" && grep -q '^[^#].*debian' "$file"; then
            printf '%s\n' "$file"
        fi
    done
}

# bare_root: nothing but apt and what it needs
bare_root() {
    sources=$(archive_sources)
    [ -n "$sources" ] || skip "apt on this system names no archive of Debian 12"
    # how the archive is reached is this system's business, and the bare one shares it
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Proxy|Retries)' > "$place/apt.conf" || :
    include=
    # shellcheck disable=SC2086 # names of files, none with a space
    if grep -qE '^[^#]*https:' $sources; then include=--include=ca-certificates; fi
    # shellcheck disable=SC2086
    mmdebstrap --quiet --mode=root --variant=apt $include --aptopt="$place/apt.conf" \
        bookworm "$root" $sources > "$place/mmdebstrap.log" 2>&1 < /dev/null || {
        tail -n 5 "$place/mmdebstrap.log"
        skip "mmdebstrap could not make a bare Debian 12"
    }
    # the sandbox and the user must get through the root directory
    chmod 755 "$root"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
    [ -f "$root/etc/hosts" ] || printf '127.0.0.1 localhost\n' > "$root/etc/hosts"
}

# inside COMMAND...: with the bare system as the only one in sight, in a mount and process namespace of its own.
# pivot_root and not chroot: in a chroot the kernel grants no user namespace, and so no sandbox.
# shellcheck disable=SC2016 # the inner shell expands it
inside() {
    unshare --mount --pid --fork --kill-child sh -eu -c '
        root=$1
        shift
        mount --bind "$root" "$root"
        cd "$root"
        mount -t proc proc proc
        mount --rbind /sys sys
        mount --rbind /dev dev
        mkdir -p old-root
        pivot_root . old-root
        # umount is the package mount, which a bare system lacks
        /old-root/usr/bin/umount -l /old-root
        rmdir /old-root
        exec env -i HOME=/ PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 "$@"
    ' sh "$root" "$@" < /dev/null
}

# begin: who can make one, and a place for it
begin() {
    [ "$(id -u)" = 0 ] || skip "only root can make a bare Debian 12"
    for tool in mmdebstrap unshare setpriv pivot_root; do
        command -v "$tool" > /dev/null || skip "$tool is not installed (tests/packages.txt)"
    done
    unshare --mount --pid --fork true 2> /dev/null || skip "this system allows no namespaces"

    place=$(mktemp -d "${TMPDIR:-/var/tmp}/assay-bare.XXXXXX")
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # the bare system is looked at from inside by a user who must get there
    chmod 755 "$place"
    root=$place/root
}
