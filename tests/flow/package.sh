#!/bin/sh
# The Debian package that cpack makes: lintian accepts it, all is in its place, two packs are equal, and what is in it
# works from where it was unpacked. tests/fresh/package.sh installs it in a bare system.
#
#   sh package.sh    from the environment: ASSAY_BUILD, a directory in which assay was built; ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/../commands.sh"
build=${ASSAY_BUILD:-$(dirname "$0")/../../build/release}
build=$(cd "$build" && pwd)
begin package ar cpack dpkg-deb dpkg-shlibdeps gzip pkg-config cc
unset SOURCE_DATE_EPOCH || :

# pack DIRECTORY: leaves $package
pack() {
    (cd "$build" && cpack -G DEB -B "$work/$1") > "$1.log" 2>&1 || { cat "$1.log" >&2; fail 'cpack'; }
    package=$(find "$1" -maxdepth 1 -name '*.deb')
    [ "$(echo "$package" | wc -l)" = 1 ] || fail "not one package: $package"
}

pack first
one=$package
# with everything else another that has no business in a package
if [ "${ASSAY_ALL:-0}" = 1 ]; then
    TZ=Pacific/Auckland LC_ALL=C pack second
    cmp "$one" "$package" || fail 'two packs differ'
fi
# cpack gives the members of a package the modes of its own files, of which dpkg takes no notice
(umask 077 && TZ=Pacific/Auckland LC_ALL=C pack closed)
package=$(echo closed/*.deb)
for member in debian-binary control.tar.gz data.tar.xz; do
    ar p "$one" $member > open.member
    ar p "$package" $member > closed.member
    cmp open.member closed.member || fail "$member is another with another umask, time zone or language"
done
for side in "$one" "$package"; do ar tv "$side" | sed 's/^[rwx-]* //' > "$side.members"; done
cmp "$one.members" "$package.members" || fail 'the members differ'
ok 'two packs are equal, byte for byte, and their time is that of the changelog'
if [ "${ASSAY_ALL:-0}" = 1 ]; then
    SOURCE_DATE_EPOCH=1700000000 pack third
    dpkg-deb -c "$package" > third.list
    grep -v ' 2023-11-1[45] ' third.list > late || :
    [ ! -s late ] || { cat late >&2; fail 'SOURCE_DATE_EPOCH is not the time of all files'; }
    ok 'of another the time is SOURCE_DATE_EPOCH'
fi

version=$("$assay" --version | sed 's/^assay //')
field() { dpkg-deb -f "$one" "$1"; }
[ "$(field Version)" = "$version-1" ] || fail "the version is $(field Version), and the program's $version"
case $one in */"assay_$version-1_$(field Architecture).deb") ;; *) fail "it is called $one" ;; esac
for needed in bubblewrap patch libcom-err2 libc6 libglib2.0-0 libarchive13 libp11-kit0 libssl3; do
    field Depends | tr ',' '\n' | sed 's/^ //; s/ .*//' | grep -qx "$needed" || fail "it does not depend on $needed: $(field Depends)"
done
dpkg-deb -x "$one" root
dpkg-deb -e "$one" control
[ "$(cat control/triggers)" = 'activate-noawait ldconfig' ] || fail 'ldconfig is not triggered'
[ "$(cat control/shlibs)" = "libassay 0 assay (>= $version)" ] || fail 'what depends on the library is not told of the package'
(cd root && md5sum --quiet -c ../control/md5sums) || fail 'md5sums'
(cd root && find . -type f -printf '%P\n' | sort) > files
sed 's/^[0-9a-f]*  //' control/md5sums | sort | cmp - files || fail 'md5sums does not name all files'
ok 'name, version, dependencies and digests are right'

{
    echo usr/bin/assay
    for header in "$top"/include/assay/*.h; do echo "usr/include/assay/${header##*/}"; done
    for schema in "$top"/share/schemas/*; do echo "usr/share/assay/schemas/${schema##*/}"; done
    (cd "$top/share" && find integrations -type f) | sed 's|^|usr/share/assay/|'
    echo "usr/lib/libassay.so.$version"
    echo usr/lib/pkgconfig/assay.pc
    for file in assay-config assay-config-version AssayGate; do echo "usr/lib/cmake/assay/$file.cmake"; done
    echo usr/share/bash-completion/completions/assay
    echo usr/share/zsh/vendor-completions/_assay
    echo usr/share/fish/vendor_completions.d/assay.fish
    echo usr/share/doc/assay/copyright
    echo usr/share/doc/assay/changelog.Debian.gz
    echo usr/share/lintian/overrides/assay
    echo usr/share/man/man1/assay.1.gz
    { commands; groups; } | tr ' ' - | sed 's|.*|usr/share/man/man1/assay-&.1.gz|'
    for page in "$top"/share/man/*.5; do echo "usr/share/man/man5/${page##*/}.gz"; done
} | sort > wanted
cmp wanted files || { diff wanted files >&2; fail 'what is in it is not what should be'; }
dpkg-deb -c "$one" | awk '$2 != "root/root" || $1 !~ /^(drwxr-xr-x|-rw-r--r--|lrwxrwxrwx)$/ && $6 !~ /^\.\/usr\/(bin\/assay|share\/assay\/integrations\/ci\.sh)$/ { print; bad = 1 } END { exit bad }' ||
    fail 'owners or modes are not as they should be'
for page in root/usr/share/man/man?/*.gz root/usr/share/doc/assay/changelog.Debian.gz; do
    # RFC 1952: no name and no time, and the best compression
    [ "$(head -c 10 "$page" | od -An -tx1 | tr -d ' \n')" = 1f8b0800000000000203 ] || fail "$page is not compressed as gzip -9n does"
    gzip -t "$page"
done
# neither the checkout nor what was built beside it
if grep -rlaF -e "$top" -e "$build" root > leaked; then cat leaked >&2; fail 'a path of this machine is in it'; fi
ok "all $(wc -l < files) files are in their place, and nothing else"

gzip -dc root/usr/share/doc/assay/changelog.Debian.gz > changelog
dpkg-parsechangelog -l changelog > parsed 2> warned || fail 'the changelog cannot be read'
[ ! -s warned ] || { cat warned >&2; fail 'the changelog is not as it should be'; }
grep -qx "Version: $version-1" parsed || fail "the changelog's latest version is not $version-1"

# --- from where it was unpacked ---

[ "$(root/usr/bin/assay --version)" = "assay $version" ] || fail 'the program does not run'
export PKG_CONFIG_PATH="$work/root/usr/lib/pkgconfig"
[ "$(pkg-config --modversion assay)" = "$version" ] || fail 'pkg-config knows another version'
# shellcheck disable=SC2046 # words
cc -std=c17 -Wall -Wextra -Werror -o consumer "$top/tests/rules/consumer.c" $(pkg-config --cflags --libs assay) -Wl,-rpath,"$work/root/usr/lib"
./consumer || fail 'a program against the library does not run'
readelf -d consumer | grep -q 'NEEDED.*\[libassay.so.0\]' || fail 'it is not linked with the library'
ok 'a program builds with what pkg-config says, and runs'

# --- lintian ---

command -v lintian > /dev/null || skip 'lintian is not installed; all else holds'
# and does not accept everything: it sees another package beside
dpkg-deb -R "$one" spoiled
rm spoiled/usr/share/doc/assay/copyright spoiled/DEBIAN/md5sums
sed -i 's/^Package: assay$/Package: spoiled/' spoiled/DEBIAN/control
dpkg-deb -Zgzip -z1 --root-owner-group -b spoiled spoiled.deb > /dev/null
code=0
lintian --allow-root --no-cfg --fail-on error,warning "$one" spoiled.deb > lint.log 2>&1 || code=$?
if grep -q '^[EW]: assay: ' lint.log; then cat lint.log >&2; fail 'lintian complains'; fi
if [ "$code" != 2 ] || ! grep -q '^E: spoiled: no-copyright-file' lint.log; then cat lint.log >&2; fail 'lintian accepts a package without copyright'; fi
if grep -v '^[EWINXOP]: \|^N: ' lint.log | grep -q .; then cat lint.log >&2; fail 'lintian says something else'; fi
ok 'lintian accepts it, without error or warning'
