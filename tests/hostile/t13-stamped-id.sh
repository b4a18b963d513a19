#!/bin/sh
# T13: the waiver that everybody writes first, for a build-id that is stamped at release, holds where the id is data, on
# stripped files too; and covers the id alone, not what a source calls by the name of its section.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gcc strip readelf objcopy; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
cat > id.policy <<'END'
policy: 1
require: {verdict: waived, expected: path}
waive: [{path: ".", range: {section: .note.gnu.build-id, max-size: 36}, reason: "stamped at release", owner: "release@op.example"}]
END

# hold STORY CODE SHIPPED EXPECTED JQ-FILTER
hold() {
    code=0
    "$assay" compare "$3" "$4" --policy id.policy --report report.json > said.txt 2>&1 || code=$?
    if [ "$code" != "$2" ]; then cat said.txt >&2; fail "$1: exit $code, expected $2"; fi
    jq -e "$5" report.json > /dev/null || { jq -c '.findings, .policy' report.json >&2; fail "$1: the report does not show $5"; }
    printf 'ok: %s: %s\n' "$name" "$1"
}
# of FILE SECTION: its address and its place in the file
of() { readelf -SW "$1" | sed -n "s/.* \\$2  *[A-Z]*  *\\([0-9a-f]*\\) \\([0-9a-f]*\\) .*/0x\\1 0x\\2/p"; }
waived='.verdict == "waived" and .accounting.waived > 0 and .accounting.unexplained == 0'
refused='.verdict == "mismatch" and .accounting.waived == 0'

cat > code.c <<'END'
int table[8] = { 1, 2, 3 };
int entry (int x) { return x * 3 + table[x & 7]; }
END
# link FILE ID OPTION...
link() {
    file=$1 id=$2
    shift 2
    gcc -g -O1 -nostdlib -shared -fPIC "-Wl,--build-id=0x$id" "$@" code.c -o "$file"
}
one=1111111111111111111111111111111111111111
two=2222222222222222222222222222222222222222
link whole $one -Wl,-z,separate-code && link other $two -Wl,-z,separate-code
strip whole -o expected && strip other -o shipped
[ "$(stat -c %s shipped)" = "$(stat -c %s expected)" ] || fail 'the sizes of the stripped ones'
[ "$(stat -c %s shipped)" -lt "$(stat -c %s whole)" ] || fail 'strip took nothing away'
hold 'two libraries of one size' 0 other whole "$waived"
hold 'two stripped libraries of one size' 0 shipped expected "$waived"
hold 'a stripped library of a rebuilt one that is not' 0 shipped whole "$waived and any(.facts[]; .fact == \"size\" and .class == \"explained\")"
hold 'a library that is not stripped of one that is' 1 other expected '.verdict == "mismatch"'
# shellcheck disable=SC2046 # two numbers
set -- $(of shipped .text)
cp shipped bad && poke bad $(($2)) '\314'
hold 'code beside it, stripped' 1 bad whole ".accounting.waived > 0 and any(.findings[]; .class == \"unexplained\" and .range.offset == $(($2)))"
# shellcheck disable=SC2046
set -- $(of shipped .note.gnu.build-id)
cp shipped bad && poke bad $(($2 + 4)) '\0'
hold 'the head of its note' 1 bad whole "any(.findings[]; .class == \"unexplained\" and .range.offset == $(($2 + 4)))"
# another place of it in memory than in the file
cp shipped bad && poke bad $((64 + 16)) '\0\020'
hold 'program headers that are not the same' 1 bad whole "$refused"
link whole $one -Wl,-z,noseparate-code && link other $two -Wl,-z,noseparate-code && strip other -o shipped
hold 'in an executable segment it is code' 1 other whole "$refused"
hold 'and so when stripped' 1 shipped whole "$refused"

# what a source calls by that name
cat > hook.s <<'END'
 .globl _start
 .text
_start: ret
shell: ret
 .section .cfg,"aw",@progbits
hook: .quad _start
END
gcc -c hook.s -o hook.o && ld --build-id=none -o hooked hook.o && objcopy --rename-section .cfg=.note.gnu.build-id hooked
# shellcheck disable=SC2046
set -- $(of hooked .note.gnu.build-id)
cp hooked bad && poke bad $(($2)) '\001'
hold 'a pointer in a section of that name' 1 bad hooked "$refused and any(.policy.notes[]; contains(\"not one read-only note\"))"
sed 's/"aw",@progbits/"a",@note/' hook.s > note.s
gcc -c note.s -o hook.o && ld --build-id=none -o hooked hook.o && objcopy --rename-section .cfg=.note.gnu.build-id hooked
# shellcheck disable=SC2046
set -- $(of hooked .note.gnu.build-id)
cp hooked bad && poke bad $(($2)) '\001'
hold 'a section of notes of that name without a note' 1 bad hooked "$refused"
