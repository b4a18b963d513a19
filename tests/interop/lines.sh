#!/bin/sh
# Our reader of source places against addr2line of binutils, at every third byte of the sample's program: function, file
# and line, and those of the calls that were inlined.
#
#   sh lines.sh      from the environment: ASSAY_LIST_PLACES, the program that lists what our reader says (default: that of
#                    build/release)
#
# Exit: 0 all agree; 77 skipped, with the reason; 1 one does not.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
list_places=${ASSAY_LIST_PLACES:-$here/../../build/release/tests/interop/list_places}
sample=$here/../../fixtures/sources/gnb-du

skip() { printf 'SKIP: %s\n' "$*" >&2; exit 77; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

for tool in gcc addr2line readelf; do
    command -v "$tool" > /dev/null 2>&1 || skip "$tool is not installed"
done
[ -x "$list_places" ] || fail "no program at $list_places"
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-interop.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

compiled=0 places=0
for options in '-O0 -gdwarf-5' '-O1 -gdwarf-4' '-O2 -gdwarf-5' '-Os -gdwarf-3' '-O3 -gdwarf-5 -gz'; do
    # shellcheck disable=SC2086 # a list
    gcc $options -w -I "$sample/include" -I "$sample/du" -DGNB_VERSION='"1"' -DDU_VERSION='"1"' \
        -o "$work/program" "$sample"/lib/*.c "$sample"/du/*.c -lm
    readelf -SW "$work/program" | sed -n 's/.* \.text *PROGBITS *\([0-9a-f]*\) [0-9a-f]* \([0-9a-f]*\) .*/\1 \2/p' > "$work/text"
    read -r start size < "$work/text"
    awk -v start="$((0x$start))" -v size="$((0x$size))" \
        'BEGIN { for (at = 0; at < size; at += 3) printf "0x%016x\n", start + at }' > "$work/addresses"
    "$list_places" "$work/program" < "$work/addresses" > "$work/ours"
    addr2line -a -f -i -e "$work/program" < "$work/addresses" | awk '
        /^0x/ { if (NR > 1) print line; line = $0; wants = "function"; next }
        wants == "function" { function_name = $0; wants = "place"; next }
        {
            sub(/ \(discriminator .*/, ""); sub(/.*\//, ""); sub(/:\?$/, ":0")
            # of what has no debug information, addr2line knows the file by its symbols
            if ($0 !~ /^(\?\?|crtstuff\.c):/) line = line " " function_name " " $0
            wants = "function"
        }
        END { print line }' > "$work/theirs"
    # Behind the end of a function, where code is aligned, addr2line names the symbol before; we have at most a line.
    awk 'NR == FNR { if ($2 == "??") unnamed[$1] = 1; if (NF == 1) nothing[$1] = 1; next }
         $1 in nothing && NF == 3 && $3 ~ /:0$/ { next }
         $1 in unnamed { $2 = "??" }
         NF > 1' "$work/ours" "$work/theirs" > "$work/theirs.told"
    awk 'NF > 1' "$work/ours" > "$work/ours.told"
    if ! cmp -s "$work/theirs.told" "$work/ours.told"; then
        diff "$work/theirs.told" "$work/ours.told" | sed -n '1,20p' >&2 || :
        fail "$options: addr2line (<) and our reader (>) do not agree"
    fi
    compiled=$((compiled + 1))
    places=$((places + $(wc -l < "$work/ours.told")))
done
[ "$(grep -c ' ?? ' "$work/ours.told")" -lt $((places / 100)) ] || fail 'too many places without a function'
[ "$places" -ge 5000 ] || fail "only $places places were compared"
echo "ok: addr2line agrees on $places places of $compiled programs"
