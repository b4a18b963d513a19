#!/bin/sh
# T10: a path or a time that is part of a program is never explained by looking like one. Where it stood only in debug
# data that the shipped file no longer has, nothing is left to explain.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in gcc strip; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
cat > code.c <<'X'
const char *where (void);
const char *when (void);
int entry (int x) { return x * 3 + 1; }
#ifdef WHERE
const char *where (void) { return __FILE__; }
#endif
#ifdef WHEN
const char *when (void) { return __DATE__ " " __TIME__; }
#endif
X
mkdir one two && cp code.c one && cp code.c two

# built DIRECTORY TIME OPTION...: in another directory, at another time
built() {
    directory=$1 time=$2
    shift 2
    (cd "$directory" && SOURCE_DATE_EPOCH=$time gcc -O1 -g -nostdlib -shared -fPIC -Wl,--build-id=none "$@" "$work/$directory/code.c" -o out)
}
built one 1600000000 && built two 1600000000
judge 'another directory in the debug data of both' 1 two/out one/out
strip -g two/out
judge 'the same, and the shipped file has no debug data' 0 two/out one/out "$(fact size explained)"
built one 1600000000 -DWHERE && built two 1600000000 -DWHERE
strip one/out two/out
judge 'another directory in the program' 1 two/out one/out 'any(.findings[]; .class == "unexplained" and .section == ".rodata.str1.1" or .section == ".rodata")'
built one 1600000000 -DWHEN && built two 1700000000 -DWHEN
strip -g two/out
judge 'another time in the program' 1 two/out one/out 'any(.findings[]; .class == "unexplained" and .section == ".rodata.str1.1" or .section == ".rodata")'
printf 'built 2023-11-14 22:13:20 in /home/vendor\n' > shipped
printf 'built 2024-11-14 22:13:20 in /home/tester\n' > expected
judge 'another time and path in a text' 1 shipped expected
