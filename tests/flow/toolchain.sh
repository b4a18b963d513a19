#!/bin/sh
# A toolchain made of packages of our own: the same root file system again, by root and by another user, without a
# network; what does not hold is named; what goes wrong leaves nothing behind. Its base is this machine's dpkg and what
# that needs, so that it takes seconds.
#
#   sh toolchain.sh        from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin toolchain mmdebstrap apt-get dpkg-deb bwrap zstd ldd setpriv unshare

machine=$(dpkg --print-architecture)

# --- packages ---

# control NAME VERSION [FIELD...]: the tree NAME is a package of this machine's architecture
control() {
    control_name=$1 control_version=$2
    shift 2
    mkdir -p "$control_name/DEBIAN"
    printf '%s\n' "Package: $control_name" "Version: $control_version" "Architecture: $machine" \
        'Maintainer: nobody <nobody@example.com>' "$@" 'Description: for a test' > "$control_name/DEBIAN/control"
}

# index: the archive in `archive` knows its packages
index() {
    (
        cd archive
        rm -f Packages Release
        for deb in *.deb; do
            dpkg-deb -f "$deb"
            printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(digest "$deb")"
        done > Packages.new
        mv Packages.new Packages
        # long over: what was archived must not hang on that
        printf 'Suite: tiny\nCodename: tiny\nDate: Thu, 01 Jan 2015 00:00:00 UTC\nArchitectures: %s\nSHA256:\n %s %s Packages\n' \
            "$machine" "$(digest Packages)" "$(stat -c %s Packages)" > Release
    )
}

# program PATH...: into the base, with its libraries
program() {
    for file; do
        found=$(command -v "$file") || skip "$file is not installed"
        found=$(readlink -f "$found")
        cp -L "$found" "tiny-base/usr/bin/${file##*/}"
        ldd "$found" 2> /dev/null | grep -oE '/[^ ]+' | while read -r library; do
            mkdir -p "tiny-base/usr${library%/*}"
            [ -e "tiny-base/usr$library" ] || cp -L "$library" "tiny-base/usr$library"
        done || :
    done
}

mkdir -p archive tiny-base/usr/bin tiny-base/usr/sbin tiny-base/usr/lib tiny-base/usr/lib64 tiny-base/etc tiny-base/proc tiny-base/run tiny-base/tmp
control tiny-base 1:1.0-1 'Essential: yes'
program dpkg dpkg-deb dpkg-split dpkg-query tar rm diff ldconfig start-stop-daemon env cat mkdir cp sleep
cp -L "$(readlink -f "$(command -v dash)")" tiny-base/usr/bin/sh
# a library named with /usr before it lies there already
if [ -d tiny-base/usr/usr ]; then cp -R tiny-base/usr/usr/. tiny-base/usr; rm -r tiny-base/usr/usr; fi
for name in bin sbin lib lib64; do ln -s "usr/$name" "tiny-base/$name"; done
cp tiny-base/usr/bin/ldconfig tiny-base/usr/bin/start-stop-daemon tiny-base/usr/sbin
printf 'root:x:0:0:root:/root:/bin/sh\n' > tiny-base/etc/passwd
printf 'root:x:0:\n' > tiny-base/etc/group
touch -h -d @1500000000 tiny-base
dpkg-deb --root-owner-group -Zzstd -b tiny-base archive > log

mkdir -p tiny-tool/usr/bin
control tiny-tool 2.0+x~1 'Depends: tiny-library (>= 1)'
printf '#!/bin/sh\necho tool\n' > tiny-tool/usr/bin/tiny-tool
cat > tiny-tool/DEBIAN/postinst <<'POSTINST'
#!/bin/sh
set -e
mkdir -p /var/lib/tiny
echo "configured $1" > /var/lib/tiny/state
echo 123 > /etc/machine-id
# nothing of the machine is in sight, nor is any network
for file in /etc/hostname /etc/resolv.conf /repository; do
    if [ -e "$file" ]; then echo "$file is there" >> /var/lib/tiny/state; fi
done
while IFS=: read -r interface rest; do
    case $interface in *'|'* | *lo) ;; *) echo "network: $interface $rest" >> /var/lib/tiny/state ;; esac
done < /proc/net/dev
POSTINST
chmod 755 tiny-tool/usr/bin/tiny-tool tiny-tool/DEBIAN/postinst
dpkg-deb --root-owner-group -Zzstd -b tiny-tool archive > log

mkdir -p tiny-library/usr/lib
control tiny-library 1.5
echo library > tiny-library/usr/lib/tiny.so
dpkg-deb --root-owner-group -Zzstd -b tiny-library archive > log
index
mirror="deb [trusted=yes] copy:$work/archive ./"

# --- made, and made again ---

# make_new WHAT ARGUMENTS...: a new lock
make_new() { make_what=$1; shift; run "$make_what" toolchain make --suite tiny --mirror "$mirror" --lock tiny.lock --packages debs "$@"; }

make_new 'a new toolchain' --package tiny-tool --output tiny.tar.zst
if [ "$code" = 2 ] && [ "$(id -u)" != 0 ] && grep -qE 'newuidmap|newgidmap|/etc/sub' err; then skip "$(cat err)"; fi
ends 0
says out 'Root file system of 3 packages' "$(digest tiny.tar.zst)"
leaves_nothing
grep -q "^archive: {sha256: $(digest tiny.tar.zst), size: $(stat -c %s tiny.tar.zst)}" tiny.lock || shown 'the lock has another archive'
zstd -dqc tiny.tar.zst > tiny.tar
grep -q "^rootfs: {sha256: $(digest tiny.tar), size: $(stat -c %s tiny.tar)}" tiny.lock || shown 'the lock has another root file system'
for deb in debs/*; do [ "$deb" = "debs/$(digest "$deb").deb" ] || shown "$deb is not called by its digest"; done
[ "$(find debs -type f | wc -l)" = 3 ] || shown 'there are not three packages'
ok "$what: made, with its packages and its lock"

run 'an archive that nobody signed' toolchain make --suite tiny --mirror "deb copy:$work/archive ./" --package tiny-tool \
    --lock no.lock --packages no.debs --output no.tar
ends 2
says err 'is not signed'
run 'a package that there is none of' toolchain make --suite tiny --mirror "$mirror" --package tiny-toll \
    --lock no.lock --packages no.debs --output no.tar
ends 2
says err 'Unable to locate package tiny-toll'
for file in no.tar no.lock no.debs; do [ ! -e "$file" ] || shown "$file was written"; done
leaves_nothing
ok 'what apt refuses is not made'

mkdir seen
tar -C seen --exclude './dev/*' -xf tiny.tar 2> log
[ "$(cat seen/var/lib/tiny/state)" = 'configured configure' ] || { cat seen/var/lib/tiny/state; shown 'the machine is in sight'; }
if [ ! -e seen/etc/machine-id ] || [ -s seen/etc/machine-id ]; then shown 'it has an identity'; fi
for file in etc/hostname etc/resolv.conf etc/apt/sources.list var/log/dpkg.log; do
    [ ! -e "seen/$file" ] || shown "$file is there"
done
if tar -tvf tiny.tar | grep -vE '^[a-z-]{10} 0/0 ' | grep .; then shown 'a file has another owner'; fi
ok 'a new toolchain: nothing of this machine in it, and scripts see no network'

rm -r archive
run 'made again, without its archive and without a network' toolchain make --lock tiny.lock --packages debs --output again.tar --work-dir kept
ends 0
cmp tiny.tar again.tar
says out 'has another digest: it is the same root file system, compressed in another way'
leaves_nothing
grep -q 'Setting up tiny-tool' kept/toolchain-1/build.log || shown 'the log was not kept'
[ "$(find kept -type f)" = kept/toolchain-1/build.log ] || shown 'more than the log was kept'
ok "$what: the same bytes"
# Another user's network namespace would leave him no user numbers to give.
if [ "$(id -u)" = 0 ]; then
    code=0
    unshare -n -- "$assay" toolchain make --lock tiny.lock --packages debs --output again.tar.zst > out 2> err || code=$?
    ends 0
    cmp tiny.tar.zst again.tar.zst
    if grep -q 'another digest' out; then shown 'it is the same archive'; fi
    leaves_nothing
    ok "$what: in a network namespace that has no interface"
fi

# --- a recipe's layer ---

mkdir -m 755 source
: > source/empty
echo tool > image
cat > tool.recipe <<RECIPE
recipe: 1
product: tool 1
source:
  - {directory: source, into: .}
toolchain:
$(sed -n 's/^archive: {sha256: \([0-9a-f]*\),.*/  - {archive: tiny.tar.zst, sha256: \1}/p' tiny.lock)
path: /build/tool
steps:
  - tiny-tool > out
outputs:
  - {from: out}
RECIPE
run 'built in the toolchain of the lock' verify image --recipe tool.recipe --report report.json
ends 0
holds '.verdict == "identical" and (.expected[0].toolchain.sha256 | type) == "string"'
ok "$what: identical"

# --- another user ---

# by_other COMMAND...: as nobody, who has user numbers of his own there
by_other() {
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare -m sh -eu -c 'mount --bind "$1/subuid" /etc/subuid
        mount --bind "$1/subuid" /etc/subgid
        shift
        exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' sh "$work" "$@"
}

if [ "$(id -u)" = 0 ] && command -v newuidmap > /dev/null && [ "$(id -u nobody)" = 65534 ] &&
    [ -e /etc/subuid ] && [ -e /etc/subgid ]; then
    echo 'nobody:200000:65536' > subuid
    mkdir other other/tmp
    # wherever ours lies, he may run this one
    cp "$assay" program
    chown -R nobody other
    what='made again by another user' code=0
    by_other env TMPDIR="$work/other/tmp" "$work/program" toolchain make --lock tiny.lock --packages debs \
        --output other/again.tar.zst > out 2> err || code=$?
    ends 0
    cmp tiny.tar.zst other/again.tar.zst
    [ -z "$(find other/tmp -mindepth 1)" ] || shown 'left behind in TMPDIR'
    leaves_nothing
    ok "$what: the same bytes"

    what='a user without user numbers' code=0
    : > subuid
    by_other env TMPDIR="$work/other/tmp" "$work/program" toolchain make --lock tiny.lock --packages debs \
        --output other/no.tar > out 2> err || code=$?
    ends 2
    says err '/etc/subuid' '65536' usermod
    ok "$what: told what is missing"

    what='a user without newuidmap' code=0
    by_other env PATH=/nonexistent TMPDIR="$work/other/tmp" "$work/program" toolchain make --lock tiny.lock --packages debs \
        --output other/no.tar > out 2> err || code=$?
    ends 2
    says err newuidmap 'package uidmap'
    [ ! -e other/no.tar ] || shown 'something was written'
    ok "$what: told what is missing"
else
    echo 'ok: toolchain: not tried as another user: that takes root, uidmap and /etc/subuid'
fi

# --- what does not hold ---

run 'all holds' toolchain check --lock tiny.lock --packages debs tiny.tar tiny.tar.zst
ends 0
leaves_nothing
ok "$what: exit 0"

zstd -q -19 tiny.tar -o otherwise.tar.zst
run 'compressed otherwise' toolchain check --lock tiny.lock otherwise.tar.zst
ends 0
ok "$what: holds"

cp -R debs worse
library=$(sed -n 's/.*name: "tiny-library".*file: \([0-9a-f]*.deb\)}/\1/p' tiny.lock)
tool=$(sed -n 's/.*name: "tiny-tool".*file: \([0-9a-f]*.deb\)}/\1/p' tiny.lock)
base=$(sed -n 's/.*name: "tiny-base".*file: \([0-9a-f]*.deb\)}/\1/p' tiny.lock)
rm "worse/$library"
printf X | dd of="worse/$tool" bs=1 seek=200 conv=notrunc 2> log
: > worse/surplus
ln -sf "$work/debs/$base" "worse/$base"
cp tiny.tar bad.tar
printf X | dd of=bad.tar bs=1 seek=100000 conv=notrunc 2> log
head -c 5000 tiny.tar.zst > short.tar.zst
run 'what does not hold' toolchain check --lock tiny.lock --packages worse bad.tar tiny.tar short.tar.zst
ends 1
says out "missing tiny-library 1.5 ($machine), $library: is not there" "wrong tiny-tool 2.0+x~1 ($machine), $tool: has another digest" \
    "wrong tiny-base 1:1.0-1 ($machine), $base: is no regular file" 'surplus surplus: is not in the lock file' \
    'wrong bad.tar: is not the root file system' 'wrong short.tar.zst: ends in the middle'
[ "$(wc -l < out)" = 6 ] || shown 'something else is said'
leaves_nothing
ok "$what: each is named"

# refused WHAT EXIT TEXT [LOCK [STORE]]: no root file system is made
refused() {
    refused_exit=$2 refused_text=$3
    run "$1" toolchain make --lock "${4:-tiny.lock}" --packages "${5:-debs}" --output no.tar
    ends "$refused_exit"
    says err "$refused_text"
    [ ! -e no.tar ] || shown 'something was written'
    leaves_nothing
    ok "$what: refused"
}
refused 'a package that is missing' 64 "missing: tiny-library 1.5 ($machine)" tiny.lock worse
cp "debs/$library" worse
refused 'a package with another digest' 2 "wrong: tiny-tool 2.0+x~1 ($machine), $tool: has another digest" tiny.lock worse
refused 'no directory' 64 'cannot open' tiny.lock nowhere
sed 's/version: "1.5"/version: "1.6"/' tiny.lock > lying.lock
refused 'a lock that calls a package otherwise' 2 "calls itself tiny-library 1.5 ($machine)" lying.lock
run 'a check of it' toolchain check --lock lying.lock --packages debs
ends 1
says out "$library: calls itself tiny-library 1.5 ($machine); line"
ok "$what: named"
sed 's/^rootfs: {sha256: ...../rootfs: {sha256: 00000/; s/^mmdebstrap: .*/mmdebstrap: "0.1"/' tiny.lock > other.lock
refused 'a root file system that comes out otherwise' 2 'came out otherwise' other.lock
says err "sha256 $(digest tiny.tar)" 'expected 00000' "mmdebstrap $(mmdebstrap --version | cut -d ' ' -f 2) made it, and 0.1 the lock's"
# what has the right digest may still be no package
mkdir not
head -c 3000 /dev/zero > not/new
mv not/new "not/$(digest not/new).deb"
cp "debs/$tool" "debs/$base" not
none=$(basename "$(find not -size -7 -size +5)" .deb)
sed "/tiny-library/s/sha256: [0-9a-f]*, size: [0-9]*, file: [0-9a-f]*/sha256: $none, size: 3000, file: $none/" tiny.lock > not.lock
refused 'a file that is no package' 2 "$none.deb: no package" not.lock not
run 'a check of it' toolchain check --lock not.lock --packages not
ends 1
says out "$none.deb: no package"
ok "$what: named"
# the index of the archive is ours alone
sed '/tiny-library/d' tiny.lock > less.lock
run 'a lock that lacks what a package needs' toolchain make --lock less.lock --packages debs --output no.tar
ends 2
says err 'mmdebstrap failed' tiny-library
[ ! -e no.tar ] || shown 'something was written'
leaves_nothing
ok "$what: refused"

# --- interrupted, killed, without room ---

# one more package, whose script does not end
mkdir slow
control tiny-slow 1
printf '#!/bin/sh\nexec sleep %s\n' "$marker" > tiny-slow/DEBIAN/postinst
chmod 755 tiny-slow/DEBIAN/postinst
dpkg-deb --root-owner-group -Zzstd -b tiny-slow slow > log
mv slow/tiny-slow_*.deb slow/new
slow=$(digest slow/new)
mv slow/new "slow/$slow.deb"
cp debs/* slow
{
    cat tiny.lock
    echo "  - {name: tiny-slow, version: 1, architecture: $machine, sha256: $slow, size: $(stat -c %s "slow/$slow.deb"), file: $slow.deb}"
} > slow.lock

# wait_for_script: until it runs
wait_for_script() {
    tries=0
    set -- /proc/[0-9]*/cmdline
    while grep -laF -e "$marker" "$@" > running 2> /dev/null || :; [ ! -s running ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 1200 ] || fail "$what: the script never began"
        sleep 0.05
        set -- /proc/[0-9]*/cmdline
    done
}

what='interrupted' code=0
"$assay" toolchain make --lock slow.lock --packages slow --output no.tar > out 2> err &
pid=$!
wait_for_script
kill -TERM "$pid"
wait "$pid" || code=$?
ends 2
[ ! -e no.tar ] || shown 'something was written'
leaves_nothing
ok "$what: exit 2, and nothing is left"

what='killed' code=0
"$assay" toolchain make --lock slow.lock --packages slow --output no.tar > out 2> err &
pid=$!
wait_for_script
kill -KILL "$pid"
wait "$pid" 2> log || code=$?
no_process_left
[ -z "$(find "$TMPDIR" -path '*/root/*')" ] || shown 'a part of the root file system is left'
[ ! -e no.tar ] || shown 'something was written'
ok "$what: no process and no root file system is left"
run 'the next one' toolchain check --lock tiny.lock tiny.tar
ends 0
leaves_nothing
ok "$what: removes the rest"

if [ "$(id -u)" = 0 ]; then
    what='no room for the root file system' code=0
    mkdir small
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare -m sh -euc 'mount -t tmpfs -o size=12m none small
        exec env TMPDIR="$PWD/small" "$@"' sh "$assay" toolchain make --lock tiny.lock --packages debs --output no.tar > out 2> err || code=$?
    ends 2
    says err 'No space left'
    [ ! -e no.tar ] || shown 'something was written'
    ok "$what: exit 2"

    what='no room for the archive' code=0
    # shellcheck disable=SC2016
    unshare -m sh -uc 'mount -t tmpfs -o size=1m none small || exit 3
        "$@" || code=$?
        ls -A small > listed
        exit "${code:-0}"' sh "$assay" toolchain make --lock tiny.lock --packages debs --output small/no.tar > out 2> err || code=$?
    ends 2
    says err 'No space left'
    [ ! -s listed ] || shown 'something is left there'
    leaves_nothing
    ok "$what: exit 2, and nothing is left"
fi
