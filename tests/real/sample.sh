#!/bin/sh
# The sample, built in a toolchain that `assay toolchain make` made: the vendor's image passes, and its tampered twin does
# not. tests/flow/sample.sh has all of its twins, with this machine's own toolchain.
#
#   sh sample.sh        from the environment: ASSAY_REAL_SAMPLE, a directory of fixtures/make/vendor-image.sh, recipe.sh
#                       and twins.sh (instruction) to take instead of making one
#
# The vendor works on this machine, so its packages must be those of the toolchain.
# Heavy: it takes minutes.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016,SC2154 # lib.sh lies beside, and says what is named there; jq filters
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

[ $# -eq 0 ] || { echo "usage: sh sample.sh" >&2; exit 64; }
begin sample
export ASSAY_REAL_PINNED=1
packages='cpio device-tree-compiler squashfs-tools u-boot-tools gcc libc6-dev'
# shellcheck disable=SC2086 # names
built_in -- binutils gzip make openssl tar xz-utils $packages

images=${ASSAY_REAL_SAMPLE:-}
if [ -z "$images" ]; then
    require_tools make gcc objcopy strip mkimage dtc mksquashfs cpio openssl
    images=$work/made
    for maker in vendor-image.sh recipe.sh 'twins.sh instruction'; do
        # shellcheck disable=SC2086 # a name and its argument
        set -- $maker
        sh "$here/../../fixtures/make/$1" "$images" ${2:+"$2"} > "$work/$1.log" 2>&1 || { cat "$work/$1.log" >&2; fail "$1"; }
    done
fi
for package in $packages; do
    ours=$(dpkg-query -W -f '${Version}' "$package" 2> /dev/null || :)
    [ "$ours" = "$(locked "$package")" ] || skip "$package is ${ours:-not installed} here, and $(locked "$package") in the toolchain"
done

cp "$images"/*.tar.xz "$images"/*.pem "$images/gnb-du.img" "$images/twins/instruction.img" "$work"
sed "/^path:/{
r $work/toolchain
N
}" "$images/gnb-du.recipe" > "$work/gnb-du.recipe"
grep -q '^toolchain:' "$work/gnb-du.recipe" || fail 'the recipe names no toolchain'
sed "s/$(digest "$images/gnb-du.recipe")/$(digest "$work/gnb-du.recipe")/" "$images/gnb-du.policy" > "$work/gnb-du.policy"

run_case genuine 0 equivalent verify "$work/gnb-du.img" --recipe "$work/gnb-du.recipe" --policy "$work/gnb-du.policy"
holds 'a policy that holds' '.policy.result == "pass"'
holds 'programs as identical' \
    '[.files[] | select((.path | test("/usr/(bin|lib)/")) and .format == "elf" and .accounting.identical == .size)] | length == 3'
run_case tampered 1 mismatch verify "$work/instruction.img" --recipe "$work/gnb-du.recipe" --policy "$work/gnb-du.policy"
holds 'the function that was changed' \
    '[.findings[] | select(.class == "unexplained")][0] | .function == "sched_report" and .named_by == "rebuild"'

say 'PASS: the sample, in a toolchain of its own'
