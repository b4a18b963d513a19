#!/bin/sh
# T17: code counts as reviewed where the build read its source, as it was delivered, with a digest that the list has for
# it. What #line gives to another file, what the build made, what the list has in another version, and what nobody
# recorded does not.
#
# From the environment: ASSAY, see lib.sh. Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
begin t17-coverage jq bwrap gcc as ar make readelf strip
make_root tools ar make strip sed cp rm
add_compiler tools
toolchain="toolchain: [{directory: tools, sha256: $(tree_digest tools)}]"

project() {
    rm -rf source
    mkdir -m 755 source source/include source/lib
    cat > source/main.c <<'END'
#include "used.h"
int lib (int);
int main (int argc, char **argv) { return twice (argc) + lib (argc) + USED; }
END
    echo 'static inline __attribute__ ((always_inline)) int twice (int x) { int s = 0; for (int i = 0; i < x; i++) s += x * i ^ s; return s; }' > source/include/used.h
    echo '#include "macros.h"' >> source/include/used.h
    echo '#define USED 7' > source/include/macros.h
    echo '#define NEVER 8' > source/include/never.h
    echo 'int lib (int x) { return x * 99 + (x ^ 12345) / 7; }' > source/lib/lib.c
}

# recipe OBJECTS [STEP]: a program of these and main.o, without what the toolchain adds, so that all of it has lines
recipe() {
    cat > sample.recipe <<END
recipe: 1
product: sample 1
source: [{directory: source}]
$toolchain
path: /build/sample
steps:
  - gcc -g -O2 -Iinclude -c main.c lib/lib.c
END
    [ -z "${2:-}" ] || printf '  - |\n    %s\n' "$2" >> sample.recipe
    cat >> sample.recipe <<END
  - gcc -nostdlib -static -Wl,-e,main -o full main.o $1
  - strip -o sample full
outputs: [{from: sample}]
END
}

# shipped: as the recipe builds it; recorded
shipped() {
    makes sample.recipe made
    cp made/sample image
    run 'the image' verify image --recipe sample.recipe --record --report report.json --quiet
    ends 0
}

# listed FILE...: a list of these files of the source
listed() { (cd source && sha256sum "$@") > reviewed.list; }

# covered WHAT
covered() {
    run "$1" coverage report.json --reviewed reviewed.list --format json
    ends 0
    cp out coverage.json
}
finds() { jq -e "$1" coverage.json > /dev/null || { jq -c . coverage.json >&2; shown "the coverage does not hold $1"; }; }
states='.code.states'
adds_up='([.code.states[]] | add) == .code.bytes and ([.left[].bytes, .reviewed[].bytes] | add) == .code.bytes'

# --- all, a part, another version ---

project
recipe lib.o
shipped
total=$(readelf -SW image | sed -n 's/.* \.text  *PROGBITS  *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p')
listed main.c lib/lib.c include/used.h
covered 'all of it reviewed'
finds "$adds_up and .recorded and .whole and .code.bytes == $((0x$total))"
finds "$states.reviewed + $states.unnamed == .code.bytes and $states.reviewed > 20 and $states.unnamed < 32"
finds '[.reviewed[].file] | sort == ["/build/sample/include/used.h", "/build/sample/lib/lib.c", "/build/sample/main.c"]'
finds '.builds[0].never_read == ["/build/sample/include/never.h"]'
finds '.builds[0].unnamed == [{path: "/build/sample/include/macros.h", reviewed: false}]'
all=$(jq "$states.reviewed" coverage.json)
cp coverage.json first.json
covered 'the same again'
cmp first.json coverage.json || fail 'two runs say two things'
run 'as a text' coverage report.json --reviewed reviewed.list
ends 0
says out 'come from source files that were reviewed' 'SHIPPED CODE' 'never opened' '/build/sample/include/never.h'
[ "$(wc -L < out)" -le 80 ] || shown 'a line of more than 80 columns'
cp out text
ok 'all source files reviewed'

# --- the page ---

# page WHAT TEXT...: coverage.html is made of nothing that could run or load anything, and says each text
page() {
    run "$1" coverage report.json --reviewed reviewed.list --html coverage.html
    ends 0
    shift
    if "$python" -c 'import html5lib' 2> /dev/null; then
        "$python" "$here/html.py" coverage.html "$@" || shown 'not a page as it should be'
    else
        for text; do grep -qF -e "$text" coverage.html || shown "the page does not say $text"; done
    fi
}
python=/usr/bin/python3
[ -x "$python" ] || python=python3
shown_share() { sed -n 's/^\([0-9.]* %\) .*/\1 reviewed/p' text | head -n 1; }
page 'as a page' "$(shown_share)" 'come from source files that were reviewed' 'Never opened' 'never.h' 'used.h' 'macros.h' \
    "$(digest report.json)" "$(digest reviewed.list)" "$(digest image)"
cmp out text || shown 'beside a page the text is another'
run 'the page alone' coverage report.json --reviewed reviewed.list --html -
ends 0
cmp out coverage.html || shown 'another page on standard output'
cp coverage.html first.html
page 'the same page again'
cmp first.html coverage.html || shown 'two runs write two pages'
run 'text and page in files' coverage report.json --reviewed reviewed.list --html again.html --output again.txt
ends 0
cmp again.html coverage.html || shown 'the page is another'
cmp again.txt text || shown 'the text is another'
run 'both in one file' coverage report.json --reviewed reviewed.list --html again.html --output again.html
ends 64
run 'over the list' coverage report.json --reviewed reviewed.list --html reviewed.list
ends 64
rm again.txt
run 'a page that cannot be written' coverage report.json --reviewed reviewed.list --html /dev/full --output again.txt
ends 2
[ ! -e again.txt ] || shown 'the text stands there all the same'
ok 'the page says what the text says, and runs and loads nothing'

listed lib/lib.c include/used.h
covered 'a part'
finds "$adds_up and $states.reviewed + $states.unlisted == $all and $states.unlisted > 0"
finds '.left | map(select(.state == "unlisted").file) == ["/build/sample/main.c"]'
finds '[.left[].bytes] == ([.left[].bytes] | sort | reverse)'
listed lib/lib.c main.c
covered 'without the header whose function was inlined'
finds "$adds_up and ([.left[] | select(.state == \"unlisted\").file] == [\"/build/sample/include/used.h\"])"
ok 'a part of them, and code that a header has in another file'

listed main.c lib/lib.c include/used.h
sed "s/^[0-9a-f]*  lib/$(printf '%064d' 7)  lib/" reviewed.list > other.list
mv other.list reviewed.list
covered 'another version'
finds "${states}[\"other-digest\"] > 0 and (.left | map(select(.state == \"other-digest\").file) == [\"/build/sample/lib/lib.c\"])"
finds '[.list.unused[].path] == ["lib/lib.c"]'
(cd source/lib && sha256sum lib.c) > reviewed.list
(cd source && sha256sum ./include/../include/used.h include/never.h) > climbing.list
covered 'paths from another directory'
finds '[.reviewed[].file] == ["/build/sample/lib/lib.c"]'
digest_of_lib=$(digest source/lib/lib.c)
echo "$digest_of_lib  main.c" > reviewed.list
covered 'the digest of one file with the name of another'
finds "$states.reviewed == 0 and ${states}[\"other-digest\"] > 0"
echo "$digest_of_lib  /build/other/lib/lib.c" > reviewed.list
covered 'another absolute path'
finds "$states.reviewed == 0"
echo "$digest_of_lib  ib/lib.c" > reviewed.list
covered 'a part of a component'
finds "$states.reviewed == 0"
ok 'the digest counts with the path, and the path with the digest'

# --- what was not read as it came ---

recipe lib.o 'cp lib/lib.c kept; echo "int lib (int x) { return x; }" > lib/lib.c; gcc -g -O2 -c lib/lib.c; cp kept lib/lib.c'
shipped
listed main.c lib/lib.c include/used.h
covered 'a file that was another one for a while'
finds "$states.altered > 0 and (.left | map(select(.state == \"altered\").file) == [\"/build/sample/lib/lib.c\"])"
ok 'a file that the build wrote does not count'

# --- #line ---

project
printf '#line 1 "lib/lib.c"\nint evil (int x) { return x * 4711 + (x ^ 345) / 77; }\n' > source/evil.c
recipe 'lib.o evil.o' 'gcc -g -O2 -c evil.c'
shipped
listed main.c lib/lib.c include/used.h
covered 'a file that says it is another'
finds "$adds_up and $states.renamed > 60 and (.left[] | select(.state == \"renamed\") | [.file, .by]) == [\"/build/sample/lib/lib.c\", \"/build/sample/evil.c\"]"
finds '.builds[0].line_control | map([.path, .names, .believed]) == [["/build/sample/evil.c", ["lib/lib.c"], false]]'
run 'the same as a text' coverage report.json --reviewed reviewed.list
says out '/build/sample/evil.c may give its own lines this name' 'may give other names to lines'
listed main.c lib/lib.c include/used.h evil.c
covered 'the file that says so is reviewed'
finds "$states.renamed == 0 and $states.reviewed > $all"
# lies NAME TEXT: in a header that is not reviewed, which the line table does not name
lies() {
    project
    printf '%b' "$2" > source/hidden.txt
    echo '#include "hidden.txt"' >> source/main.c
    recipe lib.o
    shipped
    listed main.c lib/lib.c include/used.h
    covered "$1"
    finds "$states.renamed > 0 and ([.left[] | select(.state == \"renamed\").file] | contains ([\"/build/sample/lib/lib.c\"]))"
}
evil='__attribute__ ((used)) int evil (int x) { return x * 4711; }\n'
lies 'a line marker' "# 1 \"lib/lib.c\"\n$evil"
lies 'a digraph' "%:line 1 \"lib/lib.c\"\n$evil"
lies 'a directive in two lines' "#li\\\\\nne 1 \"lib/lib.c\"\n$evil"
lies 'comments around it' "/* a\n */ # /* b */ line /* c */ 1 /* d */ \"lib/lib.c\"\n$evil"
lies 'a macro' "#define NAME \"lib/lib.c\"\n#define HERE 1 NAME\n#line HERE\n$evil"
lies 'a path that leads there' "#line 1 \"../sample/include/../lib/lib.c\"\n$evil"
lies 'a byte order mark in front' "\\0357\\0273\\0277#line 1 \"lib/lib.c\"\n$evil"
lies 'an octal escape' "#line 1 \"lib/\\\\154ib.c\"\n$evil"
lies 'a hexadecimal escape' "# 1 \"lib/\\\\x6cib.c\"\n$evil"
lies 'a name with a zero byte in it' "#line 1 \"lib/lib.c\\\\0x\"\n$evil"
lies 'a raw string' "# 1 R\"(lib/lib.c)\"\n$evil"
lies 'a carriage return that ends a line' "int before;\r#line 1 \"lib/lib.c\"\n$evil"
lies 'numbers of the assembler' '__attribute__ ((used)) int evil (int x) { __asm__ volatile (".loc 2 1"); return x * 4711; }\n'
# assembles TEXT: in a file that is assembled with its own lines, and is not reviewed
assembles() {
    project
    printf '.text\n%b\n.globl evil\n.type evil, @function\nevil: nop\n nop\n.size evil, . - evil\n' "$1" > source/evil.s
    recipe 'lib.o evil.o' 'as -g -o evil.o evil.s'
    shipped
    listed main.c lib/lib.c include/used.h
    covered "assembled: $1"
}
for directive in .linefile .LineFile .LINEFILE; do
    assembles "$directive 1 \"lib/lib.c\""
    finds "$states.renamed > 0 and .builds[0].line_control[0].any"
done
assembles '.macro lies a\n.\\a 1 "lib/lib.c"\n.endm\n lies linefile'
finds "$states.renamed > 0 and .builds[0].line_control[0].any"
assembles '.FILE 1 "lib/lib.c"\n.LOC 1 1'
finds "$states.renamed > 0"
assembles '// .linefile is not used here'
finds "$states.renamed == 0 and $states.reviewed == $all and .builds[0].line_control == []"
project
printf '\357\273\277/* C:\\\\lib\\\\154ib.c */\r\nchar *other (int x) { return x > 3 ? "lib\\\\lib.c" : "\\154ib.c \\x6c #line 1"; }\r\n' > source/other.c
recipe 'lib.o other.o' 'gcc -g -O2 -c other.c'
shipped
listed main.c lib/lib.c include/used.h other.c
covered 'a byte order mark and backslashes in strings'
finds "$states.renamed == 0 and .builds[0].line_control == []"
project
printf '#line 12\nint other (int x) { return x / 3; }\n' > source/other.c
recipe 'lib.o other.o' 'gcc -g -O2 -c other.c'
shipped
listed main.c lib/lib.c include/used.h other.c
covered 'a line number alone'
finds "$states.renamed == 0 and .builds[0].line_control == []"
ok 'lines that a text which is not reviewed gives to another file do not count'

# --- generated code ---

project
cat > source/Makefile <<'END'
gen.c: gen.in
	sed 's/@/x/' gen.in > gen.c
END
echo 'int gen (int @) { return x * 3 + (x ^ 977) / 5; }' > source/gen.in
recipe 'lib.o gen.o' 'make -s gen.c; gcc -g -O2 -c gen.c'
shipped
listed main.c lib/lib.c include/used.h
covered 'generated code'
finds "$adds_up and (.left[] | select(.state == \"generated\").file) == \"/build/sample/gen.c\""
listed main.c lib/lib.c include/used.h gen.in Makefile
covered 'generated code, its generator reviewed and not said to be one'
finds "$states.generated > 0"
printf '%s\n' 'generated gen.c from gen.in' 'generated gen.c from Makefile' "generated gen.c from $(readlink -f "$(command -v sed)")" >> reviewed.list
run 'a generator without its digest' coverage report.json --reviewed reviewed.list
ends 64
says err 'reviewed.list:8: what files are generated from needs a line with its digest'
sha256sum "$(readlink -f "$(command -v sed)")" >> reviewed.list
covered 'generated code, and of what'
finds "$states.generated == 0 and (.reviewed | map(.file) | index (\"/build/sample/gen.c\")) != null"
sed "s/^[0-9a-f]*  gen.in/$(printf '%064d' 7)  gen.in/" reviewed.list > other.list
mv other.list reviewed.list
covered 'generated code of another version'
finds "$states.generated > 0"
# a parser says which lines of the grammar its own are of
printf 'gen.c: gen.in\n\t(echo "#line 1 \\"lib/lib.c\\""; sed s/@/x/ gen.in) > gen.c\n' > source/Makefile
shipped
listed main.c lib/lib.c include/used.h
covered 'generated code that says it is another file'
finds "$states.reviewed < $all and (.left | map(select(.file == \"/build/sample/lib/lib.c\").state) | index (\"renamed\") != null)"
listed main.c lib/lib.c include/used.h gen.in Makefile
echo 'generated gen.* from gen.in
generated gen.* from Makefile' >> reviewed.list
covered 'the same, and of what'
finds "$states.reviewed > $all and $states.renamed == 0"
recipe 'lib.o gen.o' 'make -s gen.c; gcc -g -O2 -c gen.c; rm gen.c'
shipped
listed main.c lib/lib.c include/used.h
covered 'generated code that is gone'
finds "$states.generated > 0 and $states.reviewed <= $all"
ok 'generated code counts where the list says of what it was made'

# --- a static library, a file that is not stripped, no debug information ---

project
echo 'int unused (int x) { return x / 9; }' > source/lib/unused.c
recipe libx.a 'gcc -g -O2 -c lib/unused.c; ar rcs libx.a lib.o unused.o'
shipped
listed main.c lib/lib.c include/used.h
covered 'a static library'
finds "$states.unlisted == 0 and $states.reviewed == $all and ([.left[], .reviewed[]] | map(.file) | index (\"/build/sample/lib/unused.c\")) == null"
sed -i 's/- strip -o sample full/- cp full sample/' sample.recipe
shipped
covered 'a file that is not stripped'
finds "$states.reviewed == $all"
sed -i 's/-g -O2/-O2/' sample.recipe
shipped
covered 'without debug information'
finds "$states.reviewed == 0 and $states.unnamed == .code.bytes and .code.bytes > 0"
ok 'libraries are of what is in them; code without lines is named'

# --- a shipped file that lies, or that is not what was built ---

project
recipe lib.o
sed -i 's/- strip -o sample full/- cp full sample/' sample.recipe
shipped
listed main.c lib/lib.c include/used.h
cp image whole
objcopy --remove-section .debug_line image 2> /dev/null || strip image
run 'the shipped file has other debug information' verify image --recipe sample.recipe --record --report report.json --quiet
ends 0 1
covered 'a shipped file with other debug information'
finds "$states.reviewed == $all"
cp whole image
offset=$(readelf -SW whole | sed -n 's/.* \.text  *PROGBITS  *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')
printf '\377' | dd of=image bs=1 seek=$((0x$offset + 3)) conv=notrunc 2> /dev/null
run 'a changed byte' verify image --recipe sample.recipe --record --report report.json --quiet
ends 1
covered 'a byte of code that is another'
finds "$adds_up and $states.differs == 1 and $states.reviewed + 1 >= $all"
run 'the same as a text' coverage report.json --reviewed reviewed.list
says out 'Verdict mismatch'
mkdir tree && cp whole tree/program && cp whole tree/added
sed -i 's/from: sample/from: sample, at: program/' sample.recipe
run 'a file that nobody built' verify tree --recipe sample.recipe --record --report report.json --quiet
ends 1
covered 'a file that nobody built'
finds "$states.reviewed == $all and $states.differs >= $all and ([.left[] | select(.state == \"differs\").path] == [\"added\"])"
ok 'only what a rebuild made is asked for, and only what is equal counts'

# --- reports and lists that are no such thing ---

run 'not recorded' verify whole --recipe sample.recipe --report report.json --quiet
covered 'not recorded'
finds "(.recorded | not) and $states.reviewed == 0 and .code.bytes > 0"
page 'not recorded, as a page' '0.00 % reviewed' 'was not recorded, so that nothing counts' 'no lines'
grep -q 'class="banner v-mismatch"' coverage.html || shown 'it looks well'
run 'not recorded, as a text' coverage report.json --reviewed reviewed.list
ends 0
says out 'was not recorded, so that nothing counts'
run 'compared' compare whole whole --report report.json --quiet
covered 'compared with a file'
finds "(.recorded | not) and $states.reviewed == 0"
ok 'without a recording nothing counts, and that is said'

sed -i 's/, at: program//' sample.recipe
printf 'policy: 1\nrequire: {verdict: identical}\n' > gate.policy
run 'recorded again' verify whole --recipe sample.recipe --record --policy gate.policy --report recorded.json --quiet
ends 0
# forged FILTER: a report that does not add up is refused
forged() {
    jq -c "$1" recorded.json > report.json
    run "forged: $1" coverage report.json --reviewed reviewed.list
    ends 64
}
forged '.sources[0].parts[0].bytes = 1000000'
forged '.sources[0].identical = 1000000'
forged '.sources[0].expected = 7'
forged 'del (.sources[0].expected)'
forged '.sources[0].parts[0].bytes = -1'
forged 'del (.sources[0].parts)'
forged '.expected[0].recording.line_control[0] = {}'
forged 'del (.expected[0].recording)'
forged '.sources[0].parts[0].bytes = "0xffffffffffffffff"'
jq -c 'del (.expected[0].recording.line_control)' recorded.json > report.json
covered 'a recording that does not know of #line'
finds "$states.reviewed == 0 and $states.renamed > 0"
run 'the gate takes such a report' gate recorded.json --policy gate.policy --image whole --trust-report
ends 0
run 'and shows it' render recorded.json --format json
cmp out recorded.json || shown 'render wrote another report'
ok 'a report that does not add up is refused'

cp recorded.json report.json
# wrong LINE TEXT SAYS: a list with that text in its third line
wrong() {
    { sha256sum whole; echo '# a comment'; printf '%b' "$2"; } > bad.list
    run "a list with $2" coverage report.json --reviewed bad.list
    ends 64
    says err "bad.list:$1: " "$3"
}
wrong 3 'main.c\n' 'as sha256sum writes it'
wrong 3 '0123  main.c\n' 'as sha256sum writes it'
wrong 3 "$digest_of_lib main.c\n" 'as sha256sum writes it'
wrong 3 "$digest_of_lib  \n" 'as sha256sum writes it'
wrong 3 "$digest_of_lib  ../main.c\n" 'expected the path of a file, without'
wrong 3 "$digest_of_lib  lib/\n" 'expected the path of a file'
wrong 3 'SHA256 (main.c) = 0123\n' 'as sha256sum writes it'
wrong 3 'generated x\n' 'as sha256sum writes it'
wrong 3 'generated from y\n' 'as sha256sum writes it'
wrong 3 'generated x from y\n' 'what files are generated from needs a line with its digest: y'
wrong 3 'a\0b\n' 'expected text, found a NUL'
wrong 3 "\\\\$digest_of_lib  a\\\\x\n" 'expected the escapes'
: > bad.list
run 'an empty list' coverage report.json --reviewed bad.list
ends 64
says err 'bad.list: names no file'
run 'no list' coverage report.json
ends 64
run 'a list that is not there' coverage report.json --reviewed none.list
ends 64
run 'no report' coverage --reviewed reviewed.list
ends 64
run 'another format' coverage report.json --reviewed reviewed.list --format html
ends 64
run 'over the report' coverage report.json --reviewed reviewed.list --output report.json
ends 64
cmp recorded.json report.json || shown 'the report is another one'
ok 'what is wrong in a list is said with file and line'

# names of all kinds
project
mv source/lib/lib.c 'source/lib/li\b.c'
recipe lib.o
sed -i "s|lib/lib.c|'lib/li\\\\b.c' -o lib.o; gcc -g -O2 -Iinclude -c main.c|; s|-c main.c '|-c '|" sample.recipe
shipped
listed main.c 'lib/li\b.c' include/used.h
grep -q '^[\]' reviewed.list || fail 'sha256sum escapes no name'
covered 'a name with a backslash'
finds '[.reviewed[].file] | sort | .[1] == "/build/sample/lib/li\\\\b.c"'
mv source/main.c 'source/<b>&"main.c'
sed -i "s|-c main.c|-c '<b>\&\"main.c' -o main.o|" sample.recipe
shipped
page 'a name that is markup' '<b>&"main.c' 'li\\b.c'
mv 'source/<b>&"main.c' source/main.c
sed -i "s|-c '<b>&\"main.c' -o main.o|-c main.c|" sample.recipe
shipped
sed 's/  / */' reviewed.list | tr '\n' '~' | sed 's/~/\r\n/g' > binary.list
run 'a list of binary files with other line ends' coverage report.json --reviewed binary.list --format json
ends 0
[ "$(jq -c .code out)" = "$(jq -c .code coverage.json)" ] || shown 'it says something else'
ok 'names as sha256sum writes them'
leaves_nothing
