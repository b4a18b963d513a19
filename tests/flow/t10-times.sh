#!/bin/sh
# T10: a time inside of a program is explained only by a rebuild at that time that is equal, and only where asked for.
#
#   sh t10-times.sh      from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin times jq bwrap gcc tar gzip makeself

# of a few programs, but for makeself, which starts many
make_root tools cp env grep gzip sort tar
add_compiler tools stdio.h
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"
by=$toolchain
mkdir -m 755 source
cat > source/main.c <<'END'
#include <stdio.h>

int
main (void)
{
  return printf ("built on " __DATE__ " at " __TIME__ "\n") < 0;
}
END
: > source/empty

# recipe FILE ENVIRONMENT STEP
recipe() {
    cat > "$1" <<END
recipe: 1
product: clock 1
source:
  - {directory: source, into: .}
$by
path: /build/clock
$2
steps:
  - |
    $3
outputs:
  - {from: image}
END
}
at() { echo "environment: {SOURCE_DATE_EPOCH: \"$1\"}"; }
build='gcc -O2 -o image main.c'
epoch=1700001234

# the vendor: at another time; the recipe has its own
recipe own.recipe "$(at 1600000000)" "$build"
recipe none.recipe '' "$build"
(cd source && SOURCE_DATE_EPOCH=$epoch gcc -O2 -o ../image main.c)

verify() {
    recipe_name=$1
    shift
    rm -f report.json
    run "$recipe_name $*" verify image --recipe "$recipe_name" --report report.json "$@"
}

verify own.recipe
ends 1
says out MISMATCH
ok 'another time in the program: mismatch'

for name in own none; do
    verify $name.recipe --rebuild-at-shipped-time
    ends 0
    says out EQUIVALENT rebuilt-at-time "$epoch"
    replaced=null
    [ $name = none ] || replaced='"1600000000"'
    holds ".verdict == \"equivalent\" and .expected[0].time == {variable: \"SOURCE_DATE_EPOCH\", value: \"$epoch\",
        source: \"a date and a time of day in bytes that differ\", replaced: $replaced}"
    holds "any(.facts[]; .fact == \"build-time\" and .class == \"explained\" and .rule == \"rebuilt-at-time\" and .shipped == \"$epoch\")"
    holds '.accounting.identical == .accounting.total and .options.rebuild_at_shipped_time'
    leaves_nothing
    ok "$name.recipe: equal in a rebuild at the time of the image, which the report names"
done
cp report.json first.json
verify none.recipe --rebuild-at-shipped-time
cmp report.json first.json || fail 'two runs, two reports'
ok 'two runs give the same report'

verify own.recipe --rebuild-at-shipped-time --limit rebuild-times=0
ends 1
ok 'no rebuild where the limit allows none'

cat > strict.policy <<'END'
policy: 1
require: {rules: [container-time]}
END
verify own.recipe --rebuild-at-shipped-time --policy strict.policy
ends 1
says out rebuilt-at-time
holds '.policy.result == "fail"'
ok 'a policy that does not list the rule forbids it'
cat > lenient.policy <<'END'
policy: 1
require: {rules: [container-time, rebuilt-at-time]}
END
verify own.recipe --rebuild-at-shipped-time --policy lenient.policy
ends 0
holds '.policy.result == "pass"'
ok 'and one that lists it allows it'

# Where the time decides what is built the image has chosen it: a pinned recipe, its environment with it, is no answer to
# that, also in a part of the image; leaving the rule out is one, here and at the gate.
mv image vendors
mkdir -m 755 clock
cat > clock/floor.sh <<'END'
echo "now=\${1:-0}; [ \"\$now\" -ge $SOURCE_DATE_EPOCH ] || now=$SOURCE_DATE_EPOCH; [ \"\$now\" -lt 1893456000 ] || echo open" > floor
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=root:0 --group=root:0 -cf image floor
END
recipe floor.recipe "$(at 1600000000)" 'sh floor.sh'
sed -i 's/directory: source/directory: clock/' floor.recipe
run pin pin floor.recipe
ends 0
floor=$(sha256sum < floor.recipe | cut -c -64)
for time in 1600000000 1930000000; do
    (cd clock && SOURCE_DATE_EPOCH=$time sh floor.sh && mv image ../image.$time && rm floor)
done
for part in '' 'scope: [floor]'; do
    printf 'policy: 1\npin: {recipe: [%s]}\n%s\n' "$floor" "$part" > pins.policy
    { cat pins.policy && echo 'require: {rules: [container-time]}'; } > pins-rules.policy
    for policy in pins pins-rules; do
        cp image.1600000000 image
        verify floor.recipe --rebuild-at-shipped-time --policy $policy.policy
        ends 0
        cp image.1930000000 image
        verify floor.recipe --policy $policy.policy
        ends 1
    done
    verify floor.recipe --rebuild-at-shipped-time --policy pins.policy
    ends 0
    holds '.verdict == "equivalent" and (.expected[0].time | .value == "1930000000" and .replaced == "1600000000")'
    verify floor.recipe --rebuild-at-shipped-time --policy pins-rules.policy
    ends 1
    says out rebuilt-at-time
    holds '.policy.result == "fail"'
    run gate gate report.json --trust-report --policy pins-rules.policy --image image
    ends 1
    says out rebuilt-at-time
done
mv vendors image
ok 'a rebuild at a time that decides what is built: refused by a policy without the rule alone'

# One byte more: nothing explains it, and what was tried is said.
cp image kept
offset=$(grep -obaF 'built on' image | sed 's/:.*//')
printf 'B' | dd of=image bs=1 seek="$offset" conv=notrunc status=none
verify own.recipe --rebuild-at-shipped-time
ends 1
says out MISMATCH
holds '.verdict == "mismatch" and (.expected[0].times_tried | index("'$epoch'")) != null and .expected[0].time == null'
holds 'any(.findings[]; .class == "unexplained")'
leaves_nothing
ok 'one byte more: mismatch'
mv kept image

# A time that only the container keeps: nothing prints a clock, but what is built depends on it.
build='test "$SOURCE_DATE_EPOCH" = 1700001234 && echo then > part || echo now > part; gzip -c part > image'
recipe packed.recipe "$(at 1600000000)" "$build"
echo "then" > part && touch -d "@$epoch" part && gzip -c part > image
verify packed.recipe
ends 1
verify packed.recipe --rebuild-at-shipped-time
ends 0
holds '.expected[0].time.source == "the time of a container"'
ok 'the time of a gzip stream is tried, and is equal'
echo other > part && touch -d "@$epoch" part && gzip -c part > image
verify packed.recipe --rebuild-at-shipped-time
ends 1
ok 'other content at that time: mismatch'

# A self-extracting script: no rule lets the times of what is behind a script be others, for a shell may read on; a rebuild
# at the time that the archive carries is equal, where there is one.
mkdir -m 755 source/tree && seq 1 3000 > source/tree/numbers && echo hello > source/tree/text && chmod 644 source/tree/*
build='makeself --xz --nomd5 --nocrc --noprogress --packaging-date today --nooverwrite --tar-extra "--mtime=@$SOURCE_DATE_EPOCH --owner=0 --group=0 --sort=name" tree image label true'
by=
recipe script.recipe "$(at 1600000000)" "$build"
by=$toolchain
(cd source && SOURCE_DATE_EPOCH=$epoch sh -c "$build" > ../made.log 2>&1 && mv image ..) || { cat made.log >&2; fail 'makeself'; }
verify script.recipe
ends 1
holds '.image.format == "script-appended" and any(.files[]; .path | test("^#payload//#xz//(./)?numbers$"))'
verify script.recipe --rebuild-at-shipped-time
ends 0
says out EQUIVALENT rebuilt-at-time "$epoch"
ok 'a self-extracting script, packed at another time: equal in a rebuild at that time'
cp image kept
for offset in 300 $(($(wc -c < image) - 900)); do
    cp kept image && printf '\377' | dd of=image bs=1 seek="$offset" conv=notrunc status=none
    verify script.recipe --rebuild-at-shipped-time
    ends 1
    holds 'any(.findings[]; .class == "unexplained")'
done
ok 'a byte of the script, and one of the archive: mismatch'

# Into the sandbox goes the integer alone.
recipe seen.recipe "$(at 1600000000)" "env | grep -v '^_=' | sort > seen; test \"\$SOURCE_DATE_EPOCH\" = $epoch && cp seen image || echo now > image"
sed "s/$epoch/1700009999/" seen.recipe > other.recipe
printf 'made 2023-11-14 22:33:54\n' > image
run seen verify image --recipe seen.recipe --rebuild-at-shipped-time --work-dir kept-trees
ends 1
find kept-trees -name seen -exec cat {} + > all
grep -q "SOURCE_DATE_EPOCH=$epoch" all || fail 'the time did not reach the sandbox'
sort -u all | grep -v '^SOURCE_DATE_EPOCH=' > rest
[ "$(grep -c . rest)" = "$(grep -cE '^(FAKEROOTDONTTRYCHOWN|HOME|JOBS|LC_ALL|LOGNAME|PATH|PWD|SHELL|TZ|USER|OLDPWD|SHLVL)=' rest)" ] || {
    cat rest >&2
    fail 'something else reached the sandbox'
}
ok 'the sandbox sees the integer and nothing else of the image'
