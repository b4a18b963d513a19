#!/bin/sh
# Both commands of README.md, and its "gate in ten minutes", in a bare Debian 12: nothing but apt and what it needs, made
# by mmdebstrap.
#
#   sh tests/fresh/bare-root.sh [first] [gate] [second]      only these; all when none is named
#
# First as root, which installs what is missing; then, in a fresh copy, as an unprivileged user, for whom nothing is
# missing any more. Before that, each command without --install names what is missing and changes nothing.
#
# The bare system lies below TMPDIR (default /var/tmp), takes about 3 GB, and is removed at the end
# (ASSAY_FRESH_KEEP=1 keeps it). Its apt asks the archive that this system's apt asks.
# Needs root. Exit: 0 all holds; 77 skipped, with the reason; 1 something does not hold; 64 usage.
set -eu
umask 022
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/../.." && pwd)

first='sh fixtures/verify-sample.sh'
second='sh tests/run.sh'
gate='sh tests/flow/readme.sh'

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

make_root() {
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
    echo 'tester:x:4321:4321:Tester:/home/tester:/bin/sh' >> "$root/etc/passwd"
    echo 'tester:x:4321:' >> "$root/etc/group"
    # as adduser would
    for file in subuid subgid; do echo 'tester:100000:65536' >> "$root/etc/$file"; done
    mkdir "$root/home/tester"
    copy_tree root
    copy_tree home/tester
    chown -R 4321:4321 "$root/home/tester"
}

# copy_tree HOME: the checkout as it stands, without what was built
copy_tree() {
    mkdir "$root/$1/assay"
    tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$root/$1/assay" -xf -
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

as_root() { inside sh -c "cd /root/assay && export HOME=/root && $1"; }
as_user() { inside setpriv --reuid=4321 --regid=4321 --clear-groups sh -c "cd /home/tester/assay && export HOME=/home/tester && $1"; }

# passes NAME FUNCTION COMMAND
passes() {
    name=$1
    log=$place/$(echo "$name" | tr ' ' -).log
    began=$(date +%s)
    if ! "$2" "$3" > "$log" 2>&1; then
        tail -n 60 "$log"
        fail "$name: $3"
    fi
    count=$(grep -E '^[0-9]+ passed, ' "$log" || :)
    ok "$name: $3 ($(($(date +%s) - began)) s)${count:+: $count}"
}

# names_packages COMMAND: without --install it fails, and says what is missing and how to get it
names_packages() {
    if as_root "$1" > "$place/missing.log" 2>&1; then fail "$1: succeeds in a bare system"; fi
    for word in libglib2.0-dev bubblewrap "$1 --install"; do
        grep -qF "$word" "$place/missing.log" || { cat "$place/missing.log"; fail "$1: does not name $word"; }
    done
    ok "without --install: $1"
}

apt_sources() { (cd "$root/etc/apt" && find . -type f -exec sha256sum {} + | sort -k 2); }
packages() { sha256sum "$root/var/lib/dpkg/status"; }

commands=
for argument; do
    case $argument in
        first | gate | second) commands="$commands $argument" ;;
        *) echo 'usage: sh tests/fresh/bare-root.sh [first] [gate] [second]' >&2; exit 64 ;;
    esac
done
commands=${commands:-first gate second}

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
make_root
ok "a bare Debian 12: $(grep -c '^Package: ' "$root/var/lib/dpkg/status") packages"

before=$(packages)
names_packages "$first"
names_packages "$second"
[ "$before" = "$(packages)" ] || fail "packages were installed without --install"

sources_before=$(apt_sources)
for command in $commands; do
    case $command in
        first)  passes 'first, as root' as_root "$first --install" ;;
        gate)   passes 'gate, as root' as_root "$gate" ;;
        second) passes 'second, as root' as_root "$second --install" ;;
    esac
done
[ "$sources_before" = "$(apt_sources)" ] || fail "something below /etc/apt has changed"
ok "/etc/apt is as it was"

for command in $commands; do
    case $command in
        first)  passes 'first, as user' as_user "$first --install" ;;
        gate)   passes 'gate, as user' as_user "$gate" ;;
        second) passes 'second, as user' as_user "$second --install" ;;
    esac
done
left=$(find "$root/tmp" "$root/var/tmp" -mindepth 1 -name '*assay*' | head -n 5)
[ -z "$left" ] || fail "left behind: $left"
ok "nothing is left behind in /tmp and /var/tmp"
