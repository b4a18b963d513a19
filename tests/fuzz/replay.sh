#!/bin/sh
# Makes the seeds of all fuzz targets and runs each target over its own, and over what once broke it (corpus/). A format
# without a seed is a failure: a reader that nothing reads is not tested.
#
# From the environment: ASSAY_FUZZ, the program, which may be built with libFuzzer or without; ASSAY; TWIN.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAIL: fuzz: $*" >&2; exit 1; }

ASSAY_FUZZ_SIGNER=$(sh "$here/seeds.sh" "$work/seeds" 2> makers | tail -n 1) || { cat makers >&2; fail 'the makers'; }
export ASSAY_FUZZ_SIGNER
"$ASSAY_FUZZ" list > targets
while read -r target; do
    [ -d "seeds/$target" ] || { cat makers >&2; fail "$target: it has no seed"; }
    "$ASSAY_FUZZ" "$target" -runs=0 -max_len=10000000 "seeds/$target" > said 2>&1 < /dev/null || { tail -n 40 said >&2; fail "$target"; }
    # shellcheck disable=SC2012 # names of ours
    echo "ok: fuzz: $target: $(ls "seeds/$target" | wc -l) inputs"
done < targets
