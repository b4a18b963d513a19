# What the attacks share. Each script makes a genuine image and twins of it, and says what assay must make of each.
# shellcheck shell=sh
# shellcheck source=tests/listing.sh
. "$(dirname "$0")/../listing.sh"
assay=${ASSAY:-$(cd "$(dirname "$0")/../.." && pwd)/build/release/assay}
twin=${TWIN:-$(cd "$(dirname "$0")/../.." && pwd)/build/release/tests/hostile/hostile_twin}
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-hostile.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
name=$(basename "$0" .sh)

fail() { printf 'FAIL: %s: %s\n' "$name" "$*" >&2; exit 1; }

# judge STORY CODE SHIPPED EXPECTED [JQ-FILTER]: the exit code, an account that adds up, and what the report must show
judge() {
    code=0
    "$assay" compare "$3" "$4" --report report.json > said.txt 2>&1 || code=$?
    if [ "$code" != "$2" ]; then
        cat said.txt >&2
        fail "$1: exit $code, expected $2"
    fi
    # one run of jq for all, which takes as long to start as assay takes to judge
    shows=${5:-true}
    problem=$(jq -r 'if (.accounting | del(.total) | add) != .accounting.total then "the account does not add up"
        elif any(.findings[]; .class == "identical") then "an identical finding"
        elif [('"$shows"')] | last | not then "the report does not show what it must"
        else "" end' report.json) || fail "$1: the report cannot be read for $shows"
    [ -z "$problem" ] || fail "$1: $problem: $shows"
    printf 'ok: %s: %s\n' "$name" "$1"
}

fact() { printf 'any(.facts[]; .fact == "%s" and .class == "%s")' "$1" "$2"; }

# pack FILE ENTRY...: a tar that depends on nothing but its entries
pack() {
    file=$1
    shift
    tar --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --no-recursion -cf "$file" "$@"
}

# poke FILE OFFSET TEXT
poke() { printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }

# attack FAMILY GOOD WHAT [alone]: each attack of the family that makes sense for a file, alone and (where not only so)
# together with a change that makes the file longer. The answer must be a mismatch, with a finding on every byte that the maker of the attack names,
# in its section and with its words.
attack() {
    family=$1
    good=$2
    what=$3
    variants=alone
    [ "${4:-}" = alone ] || variants='alone grown'
    "$twin" stories "$family" > stories.txt || fail "no family $family"
    tab=$(printf '\t')
    tried=0
    while IFS=$tab read -r attack story; do
        before=$tried
        for variant in $variants; do
            code=0
            "$twin" attack "$attack" "$good" bad "$variant" > hits.json || code=$?
            [ "$code" != 3 ] || continue
            [ "$code" = 0 ] || fail "$what: $attack: the maker failed"
            code=0
            "$assay" compare bad "$good" --report report.json > said.txt 2>&1 || code=$?
            [ "$code" = 1 ] || { cat said.txt >&2; fail "$what: $attack, $variant: exit $code, expected 1"; }
            jq -e --slurpfile hits hits.json '
                . as $report | .verdict == "mismatch" and (.accounting | del(.total) | add) == .accounting.total and
                all($hits[0][]; . as $hit | any($report.findings[]; .class == "unexplained"
                    and .range.offset <= $hit.offset and $hit.offset < .range.offset + .range.length
                    and ($hit.words == null or ($hit.words as $words | .message | contains($words)))
                    and ($hit.section == null or .section == $hit.section)))' report.json > /dev/null ||
                { cat hits.json said.txt >&2; fail "$what: $attack, $variant: a finding is not where it should be"; }
            tried=$((tried + 1))
        done
        [ "$tried" = "$before" ] || printf 'ok: %s: %s: %s\n' "$name" "$what" "$story"
    done < stories.txt
    [ "$tried" -gt 0 ] || fail "$what: no attack of $family makes sense"
}

# some MACHINE...: the first two of these, which have both classes and both byte orders; all with ASSAY_ALL=1
some() {
    [ "${ASSAY_ALL:-0}" = 1 ] || set -- "$1" "$2"
    printf '%s\n' "$@"
}

# attack_machines FAMILY MACHINE...: on the samples of some of these machines
attack_machines() {
    machines_family=$1
    shift
    for machine in $(some "$@"); do
        "$twin" sample "$machine" plain "sample-$machine" || fail "no sample of $machine"
        attack "$machines_family" "sample-$machine" "$machine"
    done
}

# gate STORY CODE REPORT TEXT [ARGUMENT...]: with --trust-report and the image, unless arguments stand there
gate() {
    story=$1 wanted=$2 report=$3 text=$4
    shift 4
    [ $# -gt 0 ] || set -- --policy gate.policy --trust-report --image image.tar
    code=0
    "$assay" gate "$report" "$@" > said.txt 2>&1 < /dev/null || code=$?
    if [ "$code" != "$wanted" ]; then cat said.txt >&2; fail "$story: exit $code, expected $wanted"; fi
    tr -s ' \n' '  ' < said.txt | grep -qF -e "$text" || { cat said.txt >&2; fail "$story: it does not say: $text"; }
    printf 'ok: %s: %s\n' "$name" "$story"
}
# forge STORY CODE JQ-PROGRAM TEXT: the report, changed
forge() {
    jq -cS "$3" good.json > forged.json
    if cmp -s good.json forged.json; then fail "$1: nothing was changed"; fi
    gate "$1" "$2" forged.json "$4"
}
