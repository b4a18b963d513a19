#!/bin/sh
# T14: names that the shipped file gives to its parts are for the reader only, and marked. Names of the rebuild come first.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
cat > program.c <<'C'
__attribute__ ((noinline)) int check_signature (int x) { return x * 7 + 3; }
__attribute__ ((noinline)) int draw_logo (int x) { return x * 5 + 1; }
int main (int count, char **words) { (void)words; return check_signature (count) + draw_logo (count); }
C
gcc -O1 -o good program.c
at=$(nm good | sed -n 's/^\([0-9a-f]*\) T check_signature$/\1/p')
[ -n "$at" ] || fail 'no symbol'
section=$(readelf -SW good | sed -n 's/^ *\[ *[0-9]*\] \.text  *PROGBITS  *\([0-9a-f]*\) \([0-9a-f]*\) .*/\1 \2/p')
offset=$((0x$at - 0x${section% *} + 0x${section#* }))
named() { printf 'any(.findings[]; .range.offset == %s and .section == "%s" and .function == "%s" and .named_by == "%s")' "$1" "$2" "$3" "$4"; }

cp good bad && poke bad $offset '\314'
judge 'code that differs is called as the rebuild calls it' 1 bad good "$(named $offset .text check_signature rebuild)"

# the same file size, and names that lead the reader elsewhere
LC_ALL=C sed 's/check_signature/draw_some_pixel/; s/\.text/.logo/' bad > lying
judge 'a shipped file that calls the place otherwise' 1 lying good "$(named $offset .text check_signature rebuild)"

strip -o good.stripped good
judge 'only the shipped file has a name: it is marked' 1 bad good.stripped 'any(.findings[]; .class == "unexplained" and .named_by == "shipped")'
tr -s ' \n' '  ' < said.txt | grep -q 'names that the image itself gives' || fail 'the text does not mark names of the image'

# a name is text of a stranger
LC_ALL=C sed 's/check_signature/\x1b[2J\x1b]0;owned\x07/; s/\.comment/.\x1b[31mXX/' bad > escape
judge 'a name with control characters' 1 escape good.stripped
if grep -q "$(printf '\033')\[2J" said.txt report.json; then fail 'a control sequence of a name reached the terminal'; fi
judge 'a name never makes a difference identical' 1 lying good.stripped '.accounting.unexplained > 0'
