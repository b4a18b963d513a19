# What the attacks share. Each script makes a genuine image and twins of it, and says what assay must make of each.
# shellcheck shell=sh
assay=${ASSAY:-$(cd "$(dirname "$0")/../.." && pwd)/build/release/assay}
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
    jq -e '(.accounting | del(.total) | add) == .accounting.total' report.json > /dev/null || fail "$1: the account does not add up"
    jq -e '[.findings[] | select(.class == "identical")] == []' report.json > /dev/null || fail "$1: an identical finding"
    [ -z "${5:-}" ] || jq -e "$5" report.json > /dev/null || fail "$1: the report does not show $5"
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
