#!/bin/sh
# T19: what is found depends on the image alone, and not on how many threads read it: reports and trees of digests are
# the same for any -j, of equal and of changed files, in a directory, in an archive, and where some cannot be read. Nor
# does it depend on the instructions that the processor has for digests.
#
# From the environment: ASSAY, see lib.sh.
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin t19-threads jq tar

mkdir -p expected/bin expected/share
for tool in sh cat ls tar cp mv; do cp -L "$(command -v "$tool")" "expected/bin/$tool"; done
number=0
while [ "$number" -lt 300 ]; do
    printf 'file %d of many\n%s\n' "$number" "$(head -c $((number * 37)) /dev/zero | tr '\0' x)" > "expected/share/$number"
    number=$((number + 1))
done
: > expected/share/empty
cp -a expected shipped
for name in bin/cat share/7 share/299; do
    size=$(stat -c %s "shipped/$name")
    printf '\377' | dd of="shipped/$name" bs=1 seek=$((size / 2)) conv=notrunc status=none
done
printf 'more\n' >> shipped/share/8
rm shipped/share/9 shipped/share/10
touch -d @1700000000 shipped expected
(cd shipped && tar --sort=name --owner=0 --group=0 --mtime=@1700000000 -cf ../shipped.tar .)
(cd expected && tar --sort=name --owner=0 --group=0 --mtime=@1700000000 -cf ../expected.tar .)

# same WHAT SHIPPED EXPECTED OPTION...: one report for any number of threads
same() {
    what=$1 shipped=$2 expected=$3
    shift 3
    for jobs in 1 2 3 16; do
        code=0
        "$assay" compare "$shipped" "$expected" --quiet --no-progress -j "$jobs" --report "report-$jobs.json" "$@" > out 2> err || code=$?
        if grep -qE 'Sanitizer:|runtime error:' err; then cat err >&2; fail "$what: a sanitizer spoke up"; fi
        [ "$code" = 1 ] || { cat err >&2; fail "$what, -j $jobs: exit $code, expected 1"; }
        cmp "report-1.json" "report-$jobs.json" >&2 || fail "$what: -j $jobs finds something else than -j 1"
    done
}
for digests in all files sections; do
    same "directories, digests of $digests" shipped expected --digests "$digests"
    same "archives, digests of $digests" shipped.tar expected.tar --digests "$digests"
done
ok 'one report for any number of threads'

# with the processor's instructions for SHA-256, as far as it has them, and without
plain='OPENSSL_ia32cap=:~0x20000000'
for digests in all files sections; do
    "$assay" compare shipped expected --quiet --no-progress --digests "$digests" --report report.json || [ $? = 1 ]
    env "$plain" "$assay" compare shipped expected --quiet --no-progress --digests "$digests" --report plain.json || [ $? = 1 ]
    cmp report.json plain.json >&2 || fail "digests of $digests: another processor finds something else"
done
for what in shipped shipped.tar; do
    "$assay" inspect "$what" --format json -j 1 > inspect-1.json
    for jobs in 2 3 16; do
        "$assay" inspect "$what" --format json -j "$jobs" > inspect.json
        cmp inspect-1.json inspect.json >&2 || fail "inspect $what: -j $jobs shows something else than -j 1"
    done
done
"$assay" inspect shipped --format json > inspect.json
env "$plain" "$assay" inspect shipped --format json > plain.json
[ -s inspect.json ] || fail 'inspect shows nothing'
cmp inspect.json plain.json >&2 || fail 'inspect: another processor finds something else'
ok 'one report with the instructions of the processor for SHA-256, and without'

# digests are those of the bytes, equal or not
"$assay" compare shipped expected --quiet --no-progress -j 3 --report report.json || [ $? = 1 ]
for name in bin/sh bin/cat share/7 share/100; do
    holds '.files[] | select(.path == "'"$name"'") | .sha256 == "'"$(digest "shipped/$name")"'"'
done
holds '[.files[] | select(.path == "bin/sh") | .sections[] | select(.name == ".text") | .sha256 == .expected_sha256] == [true]'
holds '[.files[] | select(.path == "bin/cat") | .sha256 == .expected_sha256] == [false]'
ok 'digests are of the bytes that were compared'

# the way in which users write it
run 'a number written at the letter' compare shipped expected --quiet -j2
ends 1
