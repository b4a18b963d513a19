#!/bin/sh
# "A gate in ten minutes" of README.md, and doc/tour.md behind it, every command as it stands there, in a copy of the
# checkout: the genuine image is released, the tampered one blocked; two laboratories of three sign, and the gate counts.
#
#   sh readme.sh      from the environment: ASSAY, a program to use; left out, the first command builds one and installs
#                     what is missing, as tests/fresh/bare-root.sh wants it
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
built=${ASSAY:-}
ASSAY=${ASSAY:-/bin/true}
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin readme tar

awk '/^## / { inside = $0 == "## A gate in ten minutes" } inside && /^```$/ { code = 0 } inside && code; inside && /^```sh$/ { code = 1 }' \
    "$top/README.md" > commands
grep -q 'assay gate' commands || fail 'README.md has no commands of a gate'
mkdir checkout
tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C checkout -xf -
if [ -n "$built" ]; then
    mkdir -p checkout/build/release
    ln -s "$assay" checkout/build/release/assay
    # the packages are there, or the sample cannot be made: nothing is installed by a test
    sed 's/ --install$//' commands > commands.here
    export ASSAY="$assay"
else
    cp commands commands.here
    unset ASSAY
fi
# typed line by line: what fails does not end the shell
(cd checkout && sh ../commands.here > ../out 2>&1 < /dev/null) || { tail -n 60 out >&2; fail 'the commands ended with an error'; }
if grep -q 'no sandbox\|user namespace' out && [ ! -e checkout/product/released.img ]; then skip 'no sandbox here'; fi
cmp -s checkout/product/gnb-du.img checkout/product/released.img || { tail -n 60 out >&2; fail 'the genuine image is not released'; }
[ ! -e checkout/product/tampered.img ] || fail 'the tampered image is released'
grep -qx 'blocked, exit code 1' out || { tail -n 60 out >&2; fail 'the tampered image is not blocked as a mismatch'; }
for file in report.json report.xml report.sarif summary.md; do
    [ -s "checkout/product/$file" ] || fail "there is no $file"
done
gate=$(grep -c . commands)
ok "$gate lines of README.md, from nothing to a gate that lets the genuine image through and blocks the tampered one"

awk '/^```$/ { code = 0 } code; /^```sh$/ { code = 1 }' "$top/doc/tour.md" > commands
grep -q 'assay gate lab-a.json lab-b.json' commands || fail 'doc/tour.md has no two laboratories'
(cd checkout/product && PATH=$PWD/../build/release:$PATH sh ../../commands > ../../out 2>&1 < /dev/null) || {
    tail -n 60 out >&2
    fail 'the commands of doc/tour.md ended with an error'
}
grep '^two: \|^one: \|^another image: \|^exit code ' out > said || :
printf '%s\n' 'exit code 1' 'exit code 1' 'one: exit code 1' 'two: released' 'another image: exit code 1' | cmp -s - said || {
    tail -n 60 out >&2
    fail "doc/tour.md: another end than the page says: $(tr '\n' ';' < said)"
}
for file in genuine.html tampered.html lab-a.json lab-b.json; do
    [ -s "checkout/product/$file" ] || fail "there is no $file"
done
ok "$(grep -c . commands) lines of doc/tour.md: verify, gate, and two laboratories of three"
