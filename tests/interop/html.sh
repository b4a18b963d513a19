#!/bin/sh
# Chromium against our HTML reports: one of each verdict, one with names that are markup, one that was recorded and what
# coverage says of it, one that is large. Each is opened at 390 and at 1,400 pixels, light and dark, with all unfolded,
# and printed. Nothing may be loaded, said on the console, run, wider than the window, hard to read, without a name, or a
# link that leads nowhere.
#
#   sh html.sh [DIRECTORY]     from the environment: ASSAY, see tests/flow/lib.sh. Screenshots and prints go to DIRECTORY,
#                              which is made; without it they are not kept
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
kept=${1:-}
if [ -n "$kept" ]; then mkdir -p "$kept" && kept=$(cd "$kept" && pwd); fi
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/../flow/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
chromium=$(command -v chromium || command -v chromium-browser || :)
[ -n "$chromium" ] || skip 'chromium is not installed, so that no browser has seen the HTML report'
begin html gcc jq python3 tar
pictures=${kept:-$work/pictures}
mkdir -p "$pictures" source

sed 's/^ *//' > old.c <<'END_OF_C'
    #include <stdio.h>
    int table[64] = { 1, 2, 3 };
    __attribute__ ((noinline)) int changes (int x) { return x * 3 + table[x & 63]; }
    int main (int argc, char **argv) { printf ("%s %d\n", argv[0], changes (argc)); return 0; }
END_OF_C
sed 's/x \* 3 + table/(x ^ 90) - 7 * table/' old.c > new.c
for release in old new; do gcc -g -O1 -o $release $release.c; done
mkdir -p tree/usr/bin tree/etc other/usr/bin other/etc
cp old other/usr/bin/program
cp new tree/usr/bin/program
echo 'built by others' > tree/etc/build-info.txt
echo 'built by vendor' > other/etc/build-info.txt
for part in a b c; do for side in tree other; do seq 5000 > "$side/etc/$part.conf"; done; done
pack() { tar --sort=name --mtime="@$3" --owner=0 --group=0 -cf "$1" -C "$2" .; }
pack tree.tar tree 1760000000
pack other.tar other 1750000000
cp other/usr/bin/program tree/usr/bin/program
pack stamped.tar tree 1760000000
cp other/etc/build-info.txt tree/etc/build-info.txt
pack times.tar tree 1760000000
cat > waive.policy <<'END_OF_POLICY'
policy: 1
require: {verdict: waived, expected: path}
waive: [{path: "**/build-info.txt", reason: "stamped at release", owner: "release@operator.example"}]
END_OF_POLICY

# page NAME EXIT ARGUMENTS...
page() {
    name=$1 wanted=$2
    shift 2
    run "$name" "$@" --html "$name.html" --quiet
    ends "$wanted"
    pages="${pages:-} $name.html"
}
page mismatch 1 compare tree.tar other.tar
page program 1 compare new old
page identical 0 compare other.tar other.tar
page equivalent 0 compare times.tar other.tar
page waived 0 compare stamped.tar other.tar --policy waive.policy
printf 'policy: 1\nrequire: {verdict: identical, expected: path}\n' > strict.policy
page refused 1 compare times.tar other.tar --policy strict.policy
page undecided 2 compare tree.tar other.tar --limit entries=1
mkdir 'one' 'two'
for name in '<script>alert(1)<' '<img src=x onerror=alert(1)>' '"onmouseover="alert(1)' "'><svg onload=alert(1)>" '-->'; do
    mkdir -p "one/$name" "two/$name"
    echo one > "one/$name/<b>"
    echo two > "two/$name/<b>"
done
pack one.tar one 0
pack two.tar two 0
page names 1 compare one.tar two.tar
# what was built here says which licensed files reached it, and which of them were reviewed
recorded=
if bwrap --ro-bind / / true 2> /dev/null; then
    recorded=yes
    mkdir -p delivery/drivers/net/ethernet/a-vendor-with-a-long-name
    cp old.c delivery/main.c
    echo 'int driver (int x) { return x * 99 + (x ^ 12345) / 7; }' > delivery/drivers/net/ethernet/a-vendor-with-a-long-name/the_driver_of_this_vendor.c
    for i in $(seq 60); do echo 'int never;' > "delivery/drivers/never-compiled-$i.c"; done
    printf 'recipe: 1\nproduct: gnb-du 2.4.1\nsource: [{directory: delivery}]\npath: /build/gnb-du\nsteps: [gcc -g -O1 -o image main.c drivers/net/*/*/*.c]\noutputs: [{from: image}]\n' > made.recipe
    (cd delivery && gcc -g -O1 -ffile-prefix-map="$PWD=/build/gnb-du" -o ../made.img main.c drivers/net/*/*/*.c)
    sha256sum delivery/main.c | sed 's|delivery/||' > reviewed.list
    run recorded verify made.img --recipe made.recipe --record --report recorded.json --html recorded.html --quiet
    ends 0 1
    run coverage coverage recorded.json --reviewed reviewed.list --html coverage.html
    ends 0
    pages="$pages recorded.html coverage.html"
fi
# the largest takes a browser minutes where others want the processors too
files=1000
[ "${ASSAY_ALL:-0}" = 0 ] || files=10000
python3 "$here/../flow/html_large.py" $files $((files * 5)) > large.json
page large 0 render large.json

# shellcheck disable=SC2086 # names, one word each
python3 "$here/page.py" "$chromium" "$pictures" $pages > seen || { cat seen >&2; fail 'Chromium did not open them all'; }
[ "$(wc -l < seen)" = "$(echo "$pages" | wc -w)" ] || fail 'not every page was opened'
# none TEXT FILTER: of no page
none() {
    jq -c "select(($2) | not) | {page, requests, messages, overflow, scripts, outside, broken, hidden, unlabelled, twice, contrast}" \
        seen > bad
    [ ! -s bad ] || { head -c 4000 bad >&2; fail "$1"; }
    ok "$1: of none of $(wc -l < seen | tr -d ' ') pages"
}
none 'a request' '.requests == []'
none 'a message on the console' '.messages == []'
none 'an element that runs or loads something' '.scripts == 0 and .outside == 0'
none 'a page wider than its window' '.overflow == []'
none 'a text without contrast' '.contrast == []'
none 'a link that leads nowhere, or to what stays folded' '.broken == 0 and .hidden == 0 and .twice == 0'
none 'a picture without a name' '.unlabelled == 0'
jq -r '.page + " " + .heading' seen | sed 's/\.html / /' > headings
for wanted in 'mismatch Mismatch' 'identical Identical' 'equivalent Equivalent' 'waived Waived' 'undecided Undecided' \
    'refused Equivalent, but refused'; do
    grep -qx "$wanted" headings || { cat headings >&2; fail "not the heading of a page: $wanted"; }
done
[ -z "$recorded" ] || grep -qx 'coverage [0-9.]* % reviewed' headings || { cat headings >&2; fail 'no share in the heading of what was reviewed'; }
ok 'each verdict stands in the heading of its page'
# shellcheck disable=SC2086
for name in $pages; do
    for shot in 390-light 390-dark 1400-light 1400-dark; do
        [ -s "$pictures/${name%.html}-$shot.png" ] || fail "no screenshot of $name at $shot"
    done
    [ -s "$pictures/${name%.html}.pdf" ] || fail "no print of $name"
done
ok "screenshots of each at 390 and 1,400 pixels, light and dark, and its print"
# what is drawn is printed as drawn: a picture of pixels of each map makes a print of a hundred megabytes
# shellcheck disable=SC2086
for name in $pages; do
    if grep -aq '/Subtype */Image' "$pictures/${name%.html}.pdf"; then fail "the print of $name has pictures of pixels in it"; fi
done
ok "no print has pictures of pixels in it; the largest has $(for name in $pages; do stat -c %s "$pictures/${name%.html}.pdf"; done | sort -n | tail -n 1) bytes"
