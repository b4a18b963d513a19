#!/bin/sh
# A toolchain of Debian's own compiler: fetched from where this machine's apt does, made again by another user in a
# network namespace without any interface, and a C program built in it.
#
#   sh toolchain.sh
#
# Heavy: it takes minutes.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091 # lib.sh lies beside
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

[ $# -eq 0 ] || { echo "usage: sh toolchain.sh" >&2; exit 64; }

begin toolchain
require_tools mmdebstrap apt-get unshare setpriv newuidmap
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$suite" ] || skip 'this machine says no suite of itself (/etc/os-release)'
chmod 755 "$work"
mkdir -m 755 "$work/tmp" "$work/source"
# wherever ours lies, another user may run this one
cp "$assay" "$work/assay"
assay=$work/assay
export TMPDIR="$work/tmp"
cd "$work"

# made WHAT FILE ARGUMENTS...: by the command in $by; the archive is there
by=
made() {
    made_what=$1 made_file=$2
    shift 2
    # shellcheck disable=SC2086 # a command of several words, or none
    $by "$assay" toolchain make --output "$made_file" "$@" > said 2>&1 || {
        cat said >&2
        if grep -qE 'Could not (resolve|connect)|Temporary failure|Unable to connect|Connection timed out' said; then
            skip 'the package archive cannot be reached'
        fi
        if [ "$(id -u)" != 0 ] && grep -qE 'newuidmap|newgidmap|/etc/sub' said; then skip "$(cat said)"; fi
        fail "$made_what"
    }
    [ -z "$(find "$work/tmp" -mindepth 1)" ] || fail "$made_what: something is left in TMPDIR"
    say "ok: toolchain: $made_what"
}

made 'a new lock' new.tar.zst --suite "$suite" --package gcc libc6-dev python3 --lock new.lock --packages debs
sha256=$(digest new.tar.zst)
grep -q "^archive: {sha256: $sha256," new.lock || fail 'the lock has another digest than the archive'

# as nobody, with user numbers of his own
if [ "$(id -u)" = 0 ]; then
    echo "$(id -un 65534):200000:65536" > numbers
    mkdir other
    chown 65534:65534 other
    cat > by-other <<'SCRIPT'
#!/bin/sh -eu
mount --bind "$1" /etc/subuid
mount --bind "$1" /etc/subgid
shift
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
SCRIPT
    chmod 755 by-other
    if [ ! -e /etc/subuid ] || [ ! -e /etc/subgid ]; then skip 'there is no /etc/subuid'; fi
    by="unshare -m -n $work/by-other $work/numbers env TMPDIR=$work/other"
    made 'made again by another user, without a network' other/again.tar.zst --lock new.lock --packages debs
else
    mkdir other
    say 'ok: toolchain: not tried as another user: that takes root'
    made 'made again' other/again.tar.zst --lock new.lock --packages debs
fi
by=
cmp new.tar.zst other/again.tar.zst || fail 'it is not the same root file system'
say 'ok: toolchain: the same bytes'
made 'made again, not compressed' again.tar --lock new.lock --packages debs

"$assay" toolchain check --lock new.lock --packages debs new.tar.zst again.tar > said 2>&1 || { cat said >&2; fail 'it does not hold'; }
say 'ok: toolchain: packages and archives are as the lock says'

cat > source/hello.c <<'SOURCE'
#include <stdio.h>

int
main (void)
{
  return puts ("hello") < 0;
}
SOURCE
cat > hello.recipe <<RECIPE
recipe: 1
product: hello 1
source:
  - {directory: source, into: .}
toolchain:
  - {archive: new.tar.zst, sha256: $sha256}
path: /build/hello
steps:
  - gcc -O2 -o hello hello.c
outputs:
  - {from: hello}
RECIPE
# The first build says what the second must make.
: > nothing
code=0
"$assay" verify nothing --recipe hello.recipe --work-dir kept > said 2>&1 || code=$?
[ "$code" = 1 ] || { cat said >&2; fail "an empty image: exit $code, expected 1"; }
cp kept/*/build/hello/hello shipped
[ "$(./shipped)" = hello ] || fail 'what was built does not run'
run_case built 0 identical verify shipped --recipe hello.recipe
holds 'the toolchain of the lock' ".expected[0].toolchain.sha256 != null"
printf X | dd of=shipped bs=1 seek=4200 conv=notrunc 2> /dev/null
run_case changed 1 mismatch verify shipped --recipe hello.recipe
