#!/bin/sh
# A program that is damaged all over is described coarsely, and is no less a mismatch for that: each byte is counted, and
# the first findings are named. Where one function changed, whatever else differs a little, it is named as such.
#
#   sh coarse.sh         from the environment: ASSAY, see lib.sh
#
# Exit: 0 all hold; 77 skipped, with the reason; 1 one does not hold.
set -eu
# shellcheck source=tests/flow/lib.sh
. "$(dirname "$0")/lib.sh"
begin coarse jq gcc python3 readelf nm

# program FILE STEP BODY: 600 functions that call each other, a table of constants that begins at STEP, and one function
# with a body of its own
program() {
    awk -v step="$2" -v body="$3" 'BEGIN {
        print "#define KEEP __attribute__ ((noinline, noclone))"
        printf "const int table[4096] = {"
        for (i = 0; i < 4096; i++) printf "%d,", (i * 2654435761 + step) % 65521
        print "};"
        print "KEEP int f0 (int x) { return x * 5 + table[x & 4095]; }"
        for (i = 1; i < 600; i++) {
            if (i == 300) print "KEEP int special (int x) {" body "}"
            printf "KEEP int f%d (int x) { for (int i = 0; i < x; i++) x ^= i * %d; return f%d (x / %d + 7) - %d; }\n",
                i, i * 3 + 5, i - 1, i + 2, i * i
        }
        print "int main (int argc, char **argv) { (void)argv; return special (f599 (argc)); }"
    }' > program.c
    gcc -g -O1 -o "$1" program.c
}

# damage FILE SECTION EVERY COUNTED: each EVERY-th byte of the section is another; COUNTED has their offsets
damage() {
    readelf -W -S "$1" | sed 's/^ *\[ *[0-9]*\] *//' |
        awk -v name="$2" '$1 == name { print $4, $5 }' > section
    read -r start size < section
    python3 -c '
import sys
path, start, size, every = sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3], 16), int(sys.argv[4])
data = bytearray(open(path, "rb").read())
places = [start + at for at in range(every // 2, size, every)]
for at in places:
    data[at] ^= 0x55
open(path, "wb").write(data)
print("\n".join(map(str, places)))' "$1" "$start" "$size" "$3" >> "$4"
}

# counts COUNTED: these bytes are found, and no others
counts() {
    sort -n "$1" > wanted
    jq '.findings[] | select (.class == "unexplained") | .range | range (.offset; .offset + .length)' report.json |
        sort -n > found
    diff wanted found > differs || { head -n 20 differs >&2; fail "$what: found is not what was changed"; }
    holds ".accounting.unexplained == $(grep -c . wanted) and .accounting.undecided == 0"
}

program good 1 'return x / 3 + 1;'

# --- damaged all over ---

cp good bad
damage bad .text 48 places
damage bad .rodata 48 places
run 'a program that is damaged all over' compare bad good --report report.json --html report.html
ends 1
holds '.verdict == "mismatch" and .files[0].coarse == "scattered" and (.files[0] | has ("changes") | not)'
counts places
holds '[.findings[] | select (.class == "unexplained")] | length > 300 and all (.[]; .cause == "primary" and .section != null)'
holds '[.findings[] | select (.section == ".text" and .symbol != null)] | length > 200
    and all (.[]; .function == .symbol and .named_by == "rebuild" and (.range.address | startswith ("0x")))'
holds '.findings[0] | .section == ".text" and .function != null and .shipped != null and .expected != null'
holds '[.findings[] | select (.disassembly != null or .source != null)] == []'
holds '[.findings[] | .function // empty] | unique | length > 300'
says out MISMATCH 'single bytes differ all over, in their places'
[ "$(grep -c 'no list of changes is made' out)" = 1 ] || shown 'it is said more than once'
grep -qF 'Described in less detail: single bytes differ all over' report.html || fail "$what: the page does not say so"
run 'the stored report' render report.json --html again.html
ends 0
says out MISMATCH 'single bytes differ all over, in their places'
cmp report.html again.html || fail "$what: another page"
ok 'a file that is damaged all over is a mismatch: each byte is counted, findings are named, and both pages say how'

cp report.json whole.json
# each has what is its own, and of what it shares with its neighbours no more than that; symbols and records of headers
# begin and end between them
cp good dense
for section in .text .rodata .symtab .dynamic .eh_frame; do damage dense "$section" 12 dense.places; done
run 'a program in which every twelfth byte is another' compare dense good --report report.json
ends 1
holds '.files[0].coarse == "scattered"'
counts dense.places
jq -c '.findings[] | select (.class == "unexplained")' report.json > dense.findings
nm -S good > dense.symbols
readelf -W -S good | sed 's/^ *\[ *[0-9]*\] *//' > dense.sections
python3 - << 'END' > dense.wrong || fail "$what: its findings cannot be read"
import json
good, bad = open('good', 'rb').read(), open('dense', 'rb').read()
sections = {}
for line in open('dense.sections'):
    words = line.split()
    if words and words[0] in ('.text', '.rodata', '.symtab', '.dynamic', '.eh_frame'):
        sections[words[0]] = [int(word, 16) for word in words[2:5]]
places = {}
for line in open('dense.symbols'):
    words = line.split()
    if len(words) == 4:
        places.setdefault(words[3], []).append((int(words[0], 16), int(words[1], 16)))
seen = {}
for line in open('dense.findings'):
    finding = json.loads(line)
    offset, length = finding['range']['offset'], finding['range']['length']
    name = next((name for name, (_, start, size) in sections.items() if start <= offset < start + size), None)
    seen[name] = seen.get(name, 0) + 1
    right = finding['section'] == name and name is not None
    right = right and finding['shipped'] == bad[offset:offset + length].hex()
    right = right and finding['expected'] == good[offset:offset + length].hex()
    if right and name != '.symtab':
        address = sections[name][0] + offset - sections[name][1]
        covering = [symbol for symbol in places for start, size in places[symbol] if start <= address < start + size]
        right = finding['range']['address'] == hex(address)
        right = right and (not covering or finding.get('symbol') in covering) # others have no size
    # a symbol and an entry of the dynamic section are told by their names, and each byte of code is told the same
    right = right and (finding['message'] == 'these bytes are not the ones that the rebuild made') == (
        name in ('.text', '.rodata', '.eh_frame'))
    if not right:
        print(line, end='')
for name in sections:
    if seen.get(name, 0) < 3:
        print('none in', name)
END
[ ! -s dense.wrong ] || { head -n 5 dense.wrong >&2; fail "$what: findings are not told what is so of them"; }
ok 'where neighbours share what is said of them, each has its own place, bytes and names'

printf 'policy: 1\nrequire: {expected: path}\n' > path.policy
jq -c '.findings |= .[1:]' whole.json > report.json
run 'a finding that was left out' render report.json
ends 0
says out 'does not add up'
run 'the same at the gate' gate report.json --image bad --trust-report --policy path.policy
ends 1
says out 'the report does not add up'
jq -c '.files[0].coarse = "some"' whole.json > report.json
run 'a word that is none' gate report.json --image bad --trust-report --policy path.policy
ends 64
says err 'the member "coarse" is not as it should be'
run 'what is equal' compare good good --report whole.json --policy path.policy
ends 0
jq -c '.files[0].coarse = "search"' whole.json > report.json
run 'what is equal and described coarsely' gate report.json --image good --trust-report --policy path.policy
ends 1
says out 'the report does not add up: the image is identical, and has changes'
ok 'nothing may be left out because a file is described coarsely'

# --- one function that changed, and small things ---

program other 2 'return x / 3 + 1;'
run 'another table of constants' compare other good --report report.json
ends 1
holds '.files[0] | has ("coarse") | not'
ok 'data that differs all over is not described coarsely'

program grown 2 'for (int i = 0; i < x; i++) x += i * i * 31; return x * 77 - 4;'
run 'a function that grew among data that differs all over' compare grown good --report report.json
ends 1
holds '.files[0] | has ("coarse") | not'
holds '[.files[0].changes[] | select (.what == "function" and .change == "changed") | .name] == ["special"]'
holds '.findings[0] | .cause == "primary" and .function == "special" and .source.file == "program.c" and (.disassembly | length) > 0'
says out 'function special'
ok 'the function that grew is named first, with its instructions, though a thousand bytes differ elsewhere'

# in its own place, and some functions in a hundred damaged beside it
program turned 1 'return x / 3 - 1;'
cp turned few
damage few .text 1600 places.few
run 'a function that changed among some that are damaged' compare few good --report report.json
ends 1
holds '.files[0] | has ("coarse") | not'
holds '[.findings[] | select (.cause == "primary") | .function // empty] | unique | index ("special") != null and (length < 40)'
holds '[.findings[] | select (.function == "special" and .source.file == "program.c" and (.disassembly | length) > 0)] | length > 0'
ok 'where some functions are damaged each of them is shown with its instructions'

# a program of which everything but one function is damaged: that one has no finding, and all others have
cp good around
damage around .text 48 places.around
readelf -W -s good | awk '$8 == "special" { print $2, $3 }' > symbol
read -r address size < symbol
readelf -W -S good | sed 's/^ *\[ *[0-9]*\] *//' | awk '$1 == ".text" { print $3, $4 }' > section
read -r text offset < section
python3 -c '
import sys
text, offset, address, size = int(sys.argv[1], 16), int(sys.argv[2], 16), int(sys.argv[3], 16), int(sys.argv[4])
good, bad = open("good", "rb").read(), bytearray(open("around", "rb").read())
start = address - text + offset
bad[start:start + size] = good[start:start + size]
open("around", "wb").write(bad)' "$text" "$offset" "$address" "$size"
run 'everything but one function' compare around good --report report.json
ends 1
holds '.files[0].coarse == "scattered" and ([.findings[] | .function // empty] | index ("special")) == null'
ok 'a function that was left as it is has no finding'
