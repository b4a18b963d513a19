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

# shellcheck source=tests/fresh/lib.sh
. "$top/tests/fresh/lib.sh"

make_root() {
    bare_root
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

begin
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
