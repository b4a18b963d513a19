#!/bin/sh
# The Debian package in a bare Debian 12: apt installs it with what it depends on and nothing else; program, sandbox,
# pkg-config, header and library work there, for root and for a user; and nothing stays when it goes.
#
#   sh tests/fresh/package.sh
#
# From the environment: ASSAY_BUILD, a directory in which assay was built (default build/release). The bare system lies
# below TMPDIR (default /var/tmp), takes about 1 GB, and is removed at the end (ASSAY_FRESH_KEEP=1 keeps it).
# Needs root. Exit: 0 all holds; 77 skipped, with the reason; 1 something does not hold.
set -eu
umask 022
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/fresh/lib.sh
. "$top/tests/fresh/lib.sh"
# shellcheck source=tests/product.sh
. "$top/tests/product.sh"
build=${ASSAY_BUILD:-$top/build/release}
command -v cpack > /dev/null || skip 'cpack is not installed (tests/packages.txt)'
[ -f "$build/CPackConfig.cmake" ] || fail "nothing was built in $build"

# installs PACKAGE...: by apt of the bare system
installs() {
    inside env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" > "$place/apt.log" 2>&1 ||
        { tail -n 20 "$place/apt.log"; fail "apt-get install $*"; }
}

# as_user COMMAND: by the shell of a user, who stands in his home
as_user() { inside setpriv --reuid=4321 --regid=4321 --clear-groups env HOME=/home/tester sh -euc "cd /home/tester && $1"; }

begin
(cd "$build" && cpack -G DEB -B "$place/packed") > "$place/cpack.log" 2>&1 || { tail -n 20 "$place/cpack.log"; fail 'cpack'; }
package=$(find "$place/packed" -maxdepth 1 -name '*.deb')
bare_root
inside dpkg-query -W > "$place/before"
cp "$package" "$root/root/assay.deb"
inside apt-get update > "$place/apt.log" 2>&1 || { tail -n 20 "$place/apt.log"; fail 'apt-get update'; }
installs /root/assay.deb
version=$(dpkg-deb -f "$package" Version)
[ "$(inside assay --version)" = "assay ${version%-*}" ] || fail "the program says $(inside assay --version)"
inside dpkg --audit > "$place/audit"
[ ! -s "$place/audit" ] || { cat "$place/audit"; fail 'dpkg finds something wrong'; }
inside dpkg --verify assay > "$place/verified"
[ ! -s "$place/verified" ] || { cat "$place/verified"; fail 'dpkg misses files'; }
ok "apt installs it: $(($(inside dpkg-query -W | wc -l) - $(wc -l < "$place/before"))) packages more"

mkdir "$root/home/tester"
make_product "$root/home/tester"
echo 'tester:x:4321:4321:Tester:/home/tester:/bin/sh' >> "$root/etc/passwd"
echo 'tester:x:4321:' >> "$root/etc/group"
chown -R 4321:4321 "$root/home/tester"
ci='ASSAY_RECIPE=product.recipe sh /usr/share/assay/integrations/ci.sh'
for who in as_root as_user; do
    as_root() { inside sh -euc "cd /home/tester && $1"; }
    "$who" "ASSAY_IMAGE=good.img ASSAY_OUTPUT=reports-$who $ci" > "$place/said" 2>&1 || { cat "$place/said"; fail "$who: a good image does not pass"; }
    code=0
    "$who" "ASSAY_IMAGE=bad.img ASSAY_OUTPUT=reports-$who $ci" > "$place/said" 2>&1 || code=$?
    [ "$code" = 1 ] || { cat "$place/said"; fail "$who: a changed image: exit $code"; }
    ok "$who: what is installed rebuilds in its sandbox, passes a good image and stops a changed one"
done
inside bash -uc '. /usr/share/bash-completion/completions/assay; COMP_WORDS=(assay comp); COMP_CWORD=1; _assay; [ "${COMPREPLY[*]}" = compare ]' ||
    fail 'bash does not complete'

installs gcc libc6-dev libglib2.0-dev pkg-config
cp "$top/tests/rules/consumer.c" "$root/home/tester/consumer.c"
as_user 'gcc -std=c17 -Wall -Wextra -Werror -o consumer consumer.c $(pkg-config --cflags --libs assay) && ./consumer' > "$place/said" 2>&1 ||
    { cat "$place/said"; fail 'a program against the library does not build or run'; }
ok "a program builds with the installed header and library, $(inside pkg-config --modversion assay), and runs"

inside env DEBIAN_FRONTEND=noninteractive apt-get purge -y assay > "$place/apt.log" 2>&1 || { tail -n 20 "$place/apt.log"; fail 'apt-get purge'; }
rm -rf "$root/home/tester" "$root/root/assay.deb"
find "$root/usr" "$root/etc" "$root/var/lib" "$root/root" -name '*assay*' > "$place/left"
[ ! -s "$place/left" ] || { cat "$place/left"; fail 'something is left behind'; }
ok 'nothing stays when it goes'
