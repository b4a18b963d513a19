#!/bin/sh
# What assay says of itself, as a table that man pages and completions are made of.
#
#   sh describe.sh ASSAY     ASSAY is the program
#
# Lines of fields that a TAB divides; NAME is a command, as `verify` or `toolchain make`:
#   about TEXT                                   a line of what the program is; may be empty
#   exit TEXT                                    a line of its exit codes
#   command NAME SUMMARY
#   usage NAME ARGUMENTS                         behind the options; may be empty
#   text NAME LINE                               what its --help says above the options; may be empty
#   option NAME SHORT LONG ARGUMENT DESCRIPTION  SHORT is a letter, ARGUMENT its name; `-` where there is none
#   more NAME LINE                               what stands below the options: examples, exit codes
#   limit NAME                                   of --limit
# Exit: 0; 1 when the program says something that is none of this.
set -eu
# one that was built with sanitizers ends a --help without freeing all
export LC_ALL=C.UTF-8 LANGUAGE='' ASAN_OPTIONS=detect_leaks=0
assay=$1

# help WORD...: what it says
help() {
    "$assay" "$@" --help < /dev/null || { echo "describe: assay $* --help fails" >&2; exit 1; }
}

# describe NAME: the lines of a command from its --help
describe() {
    awk -v name="$1" -v OFS='\t' '
        # a line that is too long for a terminal goes on, further in, in the next
        /^ / && held != "" && (part == "usage" || part == "options") && !/^  (-|assay )/ { sub (/^ +/, ""); held = held " " $0; next }
        held != "" { print held; held = "" }
        /^Usage:$/ { part = "usage"; next }
        part == "usage" && /^$/ { part = "text"; next }
        part == "usage" {
            sub ("^ *assay " name " *", "")
            sub (/^\[OPTION[^]]*\] */, "")
            held = "usage" OFS name OFS $0
            next
        }
        /^(Help|Application) Options:$/ { part = "options"; options++; next }
        part == "options" && /^  -/ {
            short = "-"
            line = $0
            sub (/^ +/, "", line)
            if (line ~ /^-[A-Za-z0-9], /) { short = substr (line, 2, 1); line = substr (line, 5) }
            match (line, /^--[a-z0-9-]+/)
            long = substr (line, 3, RLENGTH - 2)
            line = substr (line, RLENGTH + 1)
            argument = "-"
            if (substr (line, 1, 1) == "=") {
                match (line, /^=[^ ]+/)
                argument = substr (line, 2, RLENGTH - 1)
                line = substr (line, RLENGTH + 1)
            }
            sub (/^ +/, "", line)
            held = "option" OFS name OFS short OFS long OFS argument OFS line
            next
        }
        part == "options" && /^$/ { next }
        part == "options" { part = "more" }
        part == "text" || part == "more" { print part, name, $0 }
        END { if (held != "") print held; if (options == 0) exit 1 }' || { echo "describe: assay $1 --help lists no options" >&2; exit 1; }
}

# inner NAME: the verbs that a command takes, and what they are, from lines `assay NAME VERB ...   SUMMARY`
inner() {
    sed -nE "/^Usage:\$/,/^\$/s/^  assay $1 ([a-z][a-z-]*)( [^ ]+)*(  +(.*))?\$/\1\t\4/p"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/assay-describe.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 70' HUP INT TERM
help > "$scratch/help"
awk -v OFS='\t' '
    /^Usage:/ { part = "" ; next }
    /^Commands:$/ { part = "command"; next }
    /^Exit codes:$/ { part = "exit"; next }
    NR == 1 { part = "about" }
    part == "command" && /^$/ { part = ""; next }
    part == "command" { name = $1; line = $0; sub (/^ +[^ ]+ +/, "", line); print part, name, line; next }
    part == "about" || part == "exit" { sub (/^  /, ""); print part, $0 }' "$scratch/help" > "$scratch/table"
grep -q '^command' "$scratch/table" || { echo 'describe: assay --help lists no commands' >&2; exit 1; }
grep '^command' "$scratch/table" | cut -f 2 > "$scratch/commands"
cat "$scratch/table"
while IFS= read -r name; do
    help "$name" > "$scratch/help"
    inner "$name" < "$scratch/help" > "$scratch/inner"
    if [ ! -s "$scratch/inner" ]; then
        describe "$name" < "$scratch/help"
        continue
    fi
    while IFS='	' read -r verb summary; do
        printf 'command\t%s %s\t%s\n' "$name" "$verb" "$summary"
        # shellcheck disable=SC2086 # two words
        help $name "$verb" > "$scratch/help"
        describe "$name $verb" < "$scratch/help"
    done < "$scratch/inner"
done < "$scratch/commands"
# Their names stand in the error for one that there is not.
"$assay" compare --limit =0 . . 2>&1 < /dev/null | sed -n 's/.*no such limit; there are \([a-z, -]*\).*/\1/p' | tr -d ' ' | tr ',' '\n' |
    sed 's/^/limit\t/' > "$scratch/limits"
[ -s "$scratch/limits" ] || { echo 'describe: assay names no limits' >&2; exit 1; }
cat "$scratch/limits"
