# What the attacks share. Each script makes a genuine image and twins of it, and says what assay must make of each.
# shellcheck shell=sh
# shellcheck source=tests/listing.sh
. "$(dirname "$0")/../listing.sh"
# shellcheck source=tests/roots.sh
. "$(dirname "$0")/../roots.sh"
assay=${ASSAY:-$(cd "$(dirname "$0")/../.." && pwd)/build/release/assay}
twin=${TWIN:-$(cd "$(dirname "$0")/../.." && pwd)/build/release/tests/hostile/hostile_twin}
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-hostile.XXXXXX")
# reports that wait to be asked: see ask_later()
asked=$work-asked
trap finish EXIT
mkdir "$asked"
# builds of nobody else's, and the user's own cache stays as it is
export XDG_CACHE_HOME="$asked/caches" XDG_STATE_HOME="$asked/state"
cd "$work" || exit 1
name=${0##*/}
name=${name%.sh}

fail() { printf 'FAIL: %s: %s\n' "$name" "$*" >&2; exit 1; }

# judge STORY CODE SHIPPED EXPECTED [JQ-FILTER]: the exit code, an account that adds up, and what the report must show
judge() {
    code=0
    # shellcheck disable=SC2086 # options, or none
    "$assay" compare "$3" "$4" ${granting:-} --report report.json > said.txt 2>&1 || code=$?
    if [ "$code" != "$2" ]; then
        cat said.txt >&2
        fail "$1: exit $code, expected $2"
    fi
    ask_later "$1" 'if (.accounting | del(.total) | add) != .accounting.total then "the account does not add up"
        elif any(.findings[]; .class == "identical") then "an identical finding"
        elif [('"${5:-true}"')] | last | not then "the report does not show what it must"
        else "" end' report.json
}

# ask_later STORY JQ-PROGRAM FILE...: the problem that the program finds in the first of these JSON files, or "" (`input` is the
# next of them). A run of jq takes longer to start than assay takes to judge: many are asked at once, at the end at the latest.
ask_later() {
    asked_story=$1 asked_program=$2
    shift 2
    cat "$@" >> "$asked/files" || fail "$asked_story: no report"
    printf '# asked\n(input | (try (%s) catch "it cannot be asked: \\(.)") | gsub("\\n"; " ")),\n' "$asked_program" >> "$asked/program"
    printf '%s\n' "$asked_story" >> "$asked/stories"
    to_ask=$((${to_ask:-0} + 1))
    [ "$to_ask" -lt 40 ] || ask_now
}

# ask_now: asks those that wait
ask_now() {
    to_ask=0
    [ -s "$asked/stories" ] || return 0
    echo empty >> "$asked/program"
    jq -n -r -f "$asked/program" "$asked/files" > "$asked/problems" || fail "jq cannot be asked: $(cat "$asked/program")"
    [ "$(wc -l < "$asked/problems")" = "$(wc -l < "$asked/stories")" ] || fail 'jq gives not one answer for each'
    if grep -n . "$asked/problems" > "$asked/found"; then
        IFS=: read -r number problem < "$asked/found"
        fail "$(sed -n "${number}p" "$asked/stories"): $problem: $(awk -v wanted="$number" '/^# asked$/ { n++ } n == wanted' "$asked/program")"
    fi
    sed "s/^/ok: $name: /" "$asked/stories"
    rm "$asked/stories" "$asked/program" "$asked/files"
}

# leaving: what a script has to do at its end besides
leaving() { :; }
finish() {
    ended=$?
    leaving
    [ "$ended" != 0 ] || (ask_now) || ended=1
    rm -rf "$work" "$asked"
    exit "$ended"
}

# adds_up STORY [JQ-FILTER]: the account of the report does, and it shows this
adds_up() {
    ask_later "$1" 'if (.accounting | del(.total) | add) != .accounting.total then "the account does not add up"
        elif [('"${2:-true}"')] | last | not then "the report does not show what it must"
        else "" end' report.json
}

# compared STORY CODE FILTER SHIPPED EXPECTED [OPTION...]: the exit code, and what the report must show where that is not 0
compared() {
    compared_story=$1 compared_code=$2 compared_filter=$3
    shift 3
    code=0
    # shellcheck disable=SC2086 # options, or none
    "$assay" compare "$@" ${granting:-} --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$compared_code" ] || { cat said.txt >&2; fail "$compared_story: exit $code, expected $compared_code"; }
    if [ "$code" = 0 ]; then printf 'ok: %s: %s\n' "$name" "$compared_story"; else
        ask_later "$compared_story" "if [($compared_filter)] | last then \"\" else \"the report does not show what it must\" end" report.json
    fi
}

# any_order: from here on, judge and compared have a policy that says that nobody goes by the order of members (T7)
any_order() {
    printf 'policy: 1\nrequire: {expected: path, rules: [filler, fields, strip, debuglink, build-id, rom-checksum, rewritten, %s]}\n' \
        'container-time, process-number, recompressed, member-order, rebuilt-at-time, signature' > "$work/any-order.policy"
    granting="--policy $work/any-order.policy"
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
        for variant in $variants; do
            code=0
            "$twin" attack "$attack" "$good" bad "$variant" > hits.json || code=$?
            [ "$code" != 3 ] || continue
            [ "$code" = 0 ] || fail "$what: $attack: the maker failed"
            code=0
            "$assay" compare bad "$good" --report report.json > said.txt 2>&1 || code=$?
            [ "$code" = 1 ] || { cat said.txt >&2; fail "$what: $attack, $variant: exit $code, expected 1"; }
            ask_later "$what: $story, $variant" '
                . as $report | input as $hits | if .verdict == "mismatch" and (.accounting | del(.total) | add) == .accounting.total and
                all($hits[]; . as $hit | any($report.findings[]; .class == "unexplained"
                    and .range.offset <= $hit.offset and $hit.offset < .range.offset + .range.length
                    and ($hit.words == null or ($hit.words as $words | .message | contains($words)))
                    and ($hit.section == null or .section == $hit.section))) then "" else "a finding is not where it should be" end' report.json hits.json
            tried=$((tried + 1))
        done
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
