#!/bin/sh
# The sample: the vendor's image passes, each tampered twin is caught at the right place, and so are the two baselines.
#
#   sh sample.sh [TWIN...]
#
# From the environment: ASSAY the program (default build/release/assay of this checkout), ASSAY_SAMPLE_KEEP=1 keeps the
# work directory. With names only those twins (and no baselines).
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC2016 # jq filters
set -eu
umask 022
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/../.." && pwd)
make=$top/fixtures/make
# shellcheck source=tests/listing.sh
. "$top/tests/listing.sh"
# shellcheck source=tests/roots.sh
. "$top/tests/roots.sh"

say()  { printf '%s\n' "$*"; }
skip() { printf 'SKIP: %s\n' "$*" >&2; exit 77; }
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

finish() {
    code=$?
    if [ "${ASSAY_SAMPLE_KEEP:-0}" = 1 ] || [ "$code" != 0 ]; then
        printf 'sample: work directory kept: %s\n' "$work" >&2
    else
        rm -rf "$work"
    fi
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

# verify NAME DIRECTORY IMAGE RECIPE: recipe and policy of that name; leaves $code and $report
verify() {
    case_name=$1
    report=$work/$1.json
    log=$work/$1.log
    code=0
    "$assay" verify "$3" --recipe "$2/$4.recipe" --policy "$2/$4.policy" --report "$report" --no-progress \
        >"$log" 2>&1 </dev/null || code=$?
}

# holds WHAT FILTER [JQ-ARGUMENTS...]: FILTER says true of $report
holds() {
    shown=$1 filter=$2
    shift 2
    jq -e "$@" "$filter" "$report" >/dev/null || fail "$case_name: the report does not show $shown (report: $report)"
}

# ends EXIT VERDICT IMAGE: what holds for every report
ends() {
    [ "$code" = "$1" ] || {
        tail -n 40 "$log" >&2
        fail "$case_name: exit $code, expected $1; the log is $log"
    }
    [ -f "$report" ] || fail "$case_name: no report"
    holds "the verdict $2" '.verdict == $v' --arg v "$2"
    holds 'classes that add up to the total' '.accounting as $a | ($a | del(.total) | add) == $a.total'
    holds 'nothing undecided' '.accounting.undecided == 0'
    holds 'all bytes as judged' '.judged.bytes == .judged.of and .accounting.outside == 0'
    holds 'the digest of the image' '.image.sha256 == $d' --arg d "$(digest "$3")"
    say "ok: $case_name: $2, exit $code"
}

# passes NAME DIRECTORY IMAGE RECIPE
passes() {
    verify "$@"
    ends 0 equivalent "$3"
    holds 'nothing unexplained' '.accounting.unexplained == 0 and ([.findings[], .facts[] | select(.class == "unexplained")] | length == 0)'
    holds 'explained times' '[.facts[] | select(.class == "explained" and .fact == "mtime")] | length > 0'
    holds 'the signature as explained' \
        '[.findings[] | select(.class == "explained") | select((.path == "signature" and .range.length == 64)
            or (.path == "." and .range.offset == 64 and .range.length == 64))] | length == 1'
    holds 'programs as identical' \
        '[.files[] | select((.path | test("/usr/(bin|lib)/")) and .format == "elf" and .accounting.identical == .size)] | length == 3'
    holds 'a policy that holds' '.policy.result == "pass"'
}

# fails NAME DIRECTORY IMAGE RECIPE
fails() {
    verify "$@"
    ends 1 mismatch "$3"
    holds 'a reason' '(.reasons | length) > 0 and all(.reasons[]; length > 0)'
}

# finds FIND WHERE WHAT: as twins.tsv describes it
finds() {
    case $1 in
        byte)
            holds "the finding in $2" \
                '[.findings[] | select(.class == "unexplained" and (.path | endswith($where)))
                    | select($what == "-" or .symbol == $what or .function == $what)] | length > 0' \
                --arg where "$2" --arg what "$3" ;;
        fact)
            holds "the fact $3 of $2" \
                '[.facts[] | select(.class == "unexplained" and .fact == $what and (.path | endswith($where)))] | length > 0' \
                --arg where "$2" --arg what "$3" ;;
        missing)
            holds "that $2 is missing" '[.missing[] | select(.path | endswith($where))] | length == 1' --arg where "$2" ;;
        range)
            holds "the finding in $2" \
                '[.findings[] | select(.class == "unexplained") | select(.path == $where
                    or (.path == "." and .range.offset < $from + $length and .range.offset + .range.length > $from))] | length > 0' \
                --arg where "$2" --argjson from "${3%+*}" --argjson length "${3#*+}" ;;
        *)
            fail "twins.tsv: no kind of finding is called $1" ;;
    esac
}

# names_source FUNCTION FILE FIRST LAST: the first finding of all says so, between these lines
names_source() {
    holds "function $1 of $2 first" \
        '[.findings[] | select(.class == "unexplained")][0] | .cause == "primary" and .function == $function and .named_by == "rebuild"
            and .source.file == $file and .source.line >= $first and .source.line <= $last and (.disassembly | length > 0)' \
        --arg function "$1" --arg file "$2" --argjson first "$3" --argjson last "$4"
    said=$(jq -r '.reasons[0]' "$report")
    case $said in *"function $1"*"$2 line "*) ;; *) fail "$case_name: the first reason does not name $1: $said" ;; esac
}

assay=${ASSAY:-$top/build/release/assay}
case $assay in /*) ;; */*) assay=$PWD/$assay ;; *) assay=$(command -v "$assay" || say "$assay") ;; esac
[ -x "$assay" ] || fail "no program at $assay: build assay first, or name it in ASSAY"
for tool in jq bwrap gcc make mkimage dtc mksquashfs cpio openssl xz; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed (the packages are in fixtures/packages.txt; and jq)"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/assay-sample.XXXXXX")
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
export XDG_CACHE_HOME="$work/caches" XDG_STATE_HOME="$work/state"

plain=$work/plain
sh "$make/vendor-image.sh" "$plain"
sh "$make/recipe.sh" "$plain"
sample_tools "$plain" gnb-du
sh "$make/twins.sh" "$plain" "$@"

passes genuine "$plain" "$plain/gnb-du.img" gnb-du

twins=0
while IFS='	' read -r name signature find where what source story; do
    case $name in '' | \#*) continue ;; esac
    [ -f "$plain/twins/$name.img" ] || continue
    fails "$name" "$plain" "$plain/twins/$name.img" gnb-du
    finds "$find" "$where" "$what"
    # whoever reads no further than this knows where to look
    holds "$where among its first reasons" 'any(.reasons[0:3][]; contains($where))' --arg where "$where"
    # shellcheck disable=SC2086 # four words
    [ "$source" = - ] || names_source $source
    if [ "$signature" = valid ]; then
        holds 'the signature as good' \
            '[.findings[] | select(.class == "unexplained") | select(.path == "signature"
                or (.path == "." and .range.offset < 128 and .range.offset + .range.length > 64))] | length == 0'
    fi
    if [ "$signature" = invalid ]; then
        holds 'that the signature is none' 'any(.reasons[]; contains("does not verify under the key that the policy gives"))'
    fi
    [ -n "$story" ] || fail "twins.tsv: $name has no story"
    twins=$((twins + 1))
done < "$make/twins.tsv"
[ "$twins" -gt 0 ] || fail 'no twin was verified'

if [ $# -eq 0 ]; then
    # Two baselines: the vendor's source as delivered, and with the licensee's patch. Signed with the same key.
    patched=$work/patched
    sh "$make/vendor-image.sh" "$patched" --patched --key "$plain/vendor/vendor.key.pem"
    sh "$make/recipe.sh" "$patched" --patched
    cp -a "$plain/tools" "$patched"
    sample_tools "$patched" gnb-du-patched
    passes patched "$patched" "$patched/gnb-du.img" gnb-du-patched
    fails patched-image-by-plain-source "$plain" "$patched/gnb-du.img" gnb-du
    finds byte usr/bin/gnb-du -
    fails plain-image-by-patched-source "$patched" "$plain/gnb-du.img" gnb-du-patched
    finds byte usr/bin/gnb-du -
fi

say "PASS: the sample: genuine, $twins twins$([ $# -gt 0 ] || echo ', two baselines')"
