#!/bin/sh
# The real cases that are rebuilt, each in a pinned toolchain that `assay toolchain make` made: once as root, and once as a
# user who is nobody else. Both must make the same outputs and, but for the control groups, the same reports.
#
#   sh pinned.sh [--all] [CASE...]     CASE: dropbear, sample, seabios, arm-trusted-firmware, grub; all but grub where none
#                                      is named; with --all that too, and of the others what they do with --all
#
# The other scripts here rebuild nothing by a recipe: elf and kernels read what is shipped, source-changes compares.
# A toolchain is made once for each case that needs another one, by root, and used again (fetch.sh, root); that another
# user makes the same is what toolchain.sh shows. ASSAY_REAL_LEGS=root or =user: that one alone, and nothing is compared.
# Heavy: it takes an hour or more. Needs root.
# Exit: 0 all cases hold; 77 skipped, with the reason; 1 a case does not hold.
# shellcheck disable=SC1091,SC2016,SC2154 # lib.sh lies beside, and says what is named there; jq filters
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

all=0 cases=
for argument; do
    case $argument in
        --all) all=1 ;;
        arm-trusted-firmware | dropbear | seabios | sample | grub) cases="$cases $argument" ;;
        *) echo 'usage: sh pinned.sh [--all] [CASE...]' >&2; exit 64 ;;
    esac
done
[ -n "$cases" ] || cases="dropbear sample seabios arm-trusted-firmware$([ "$all" = 0 ] || echo ' grub')"
[ "$(id -u)" = 0 ] || skip 'only root can be root and another user'
begin pinned
require_tools setpriv jq

# A number that no account has, nor any sandbox of assay (src/cage/identity.c)
user=1610612737
cache=${ASSAY_REAL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/assay-real}
chmod 755 "$work"
mkdir -p "$cache" "$work/tests" "$work/runs" "$work/tmp" "$work/root" "$work/user" "$work/home"
# what both can read, wherever the checkout lies
cp -R "$here" "$here/../interop" "$work/tests"
cp -R "$here/../../fixtures" "$work/fixtures"
cp "$assay" "$work/assay"

for maker in vendor-image.sh recipe.sh 'twins.sh instruction'; do
    case $cases in *sample*) ;; *) continue ;; esac
    # shellcheck disable=SC2086 # a name and its argument
    set -- $maker
    sh "$here/../../fixtures/make/$1" "$work/sample" ${2:+"$2"} > "$work/maker.log" 2>&1 || { cat "$work/maker.log" >&2; fail "$1"; }
done

# by WHO COMMAND...: in directories that are his, since a cache below what another owns is not used
by() {
    who=$1
    shift
    if [ "$who" = root ]; then
        chown 0:0 "$work/runs" "$work/tmp" "$work/user" "$work/home"
        "$@"
    else
        chown "$user:$user" "$work/runs" "$work/tmp" "$work/user" "$work/home"
        (cd / && exec setpriv --reuid="$user" --regid="$user" --clear-groups "$@")
    fi
}

# give_cache: to the user, what root has fetched: so that both build the same
give_cache() {
    rm -rf "$work/cache"
    mkdir "$work/cache"
    for part in binary source root; do
        [ ! -e "$cache/$part" ] || cp -Rl "$cache/$part" "$work/cache" 2> /dev/null || cp -R "$cache/$part" "$work/cache"
    done
    for arch in amd64 arm64 "$(dpkg --print-architecture)"; do
        [ ! -e "$cache/apt-$arch" ] || [ -e "$work/cache/apt-$arch" ] || cp -Rp "$cache/apt-$arch" "$work/cache"
    done
    # files stay root's, who has them in his own cache too; but logs are written anew
    rm -f "$work/cache/root"/*.log
    find "$work/cache" -type d -exec chown "$user:$user" {} +
    chown -R "$user:$user" "$work/cache"/apt-*
}

# leg WHO CASE: the case, its log in $work/WHO-CASE.log
leg() {
    option=
    # grub does nothing without
    if { [ "$all" = 1 ] || [ "$2" = grub ]; } && grep -qF -e '[--all]' "$here/$2.sh"; then option=--all; fi
    case $1 in
        root) leg_cache=$cache ;;
        user) give_cache; leg_cache=$work/cache ;;
    esac
    began=$(date +%s) code=0
    # shellcheck disable=SC2086 # an option or none
    by "$1" env HOME="$work/home" TMPDIR="$work/tmp" ASSAY="$work/assay" ASSAY_REAL_CACHE="$leg_cache" ASSAY_REAL_PINNED=1 \
        ASSAY_REAL_FRESH_MIN=10000 ASSAY_REAL_WORK="$work/runs" ASSAY_REAL_RESULTS="$work/$1" ASSAY_REAL_SAMPLE="$work/sample" \
        sh "$work/tests/real/$2.sh" $option > "$work/$1-$2.log" 2>&1 < /dev/null || code=$?
    [ "$code" != 77 ] || skip "$2, as $1: $(grep '^SKIP: ' "$work/$1-$2.log")"
    [ "$code" = 0 ] || { tail -n 40 "$work/$1-$2.log" >&2; fail "$2, as $1: exit $code"; }
    [ -z "$(find "$work/runs" "$work/tmp" -mindepth 1)" ] || fail "$2, as $1: something was left behind"
    say "ok: $2, as $1 ($(($(date +%s) - began)) s): $(grep -c '^ok: ' "$work/$1-$2.log") cases; $(sed -n 's/.* in the toolchain of/toolchain of/p' "$work/$1-$2.log")"
}

# same CASE: the reports of both
same() {
    count=0
    for report in "$work/root/$1".*; do
        name=${report##*/}
        for who in root user; do
            [ -f "$work/$who/$name" ] || fail "$name: not made as $who"
            jq -S 'if .expected then del (.expected[].control_groups) else . end' "$work/$who/$name" > "$work/$who.report"
        done
        cmp "$work/root.report" "$work/user.report" || {
            diff "$work/root.report" "$work/user.report" | head -n 40 >&2
            fail "$name: root and user got different reports"
        }
        say "same: $name: $(jq -r '[.verdict // "rebuild", (.expected // [] | map (.sha256) | join (" "))] | join (" ")' "$report"), report $(digest "$work/root.report")"
        count=$((count + 1))
    done
    [ "$(find "$work/user" -name "$1.*" | wc -l)" = "$count" ] || fail "$1: the user got reports that root did not"
    say "ok: $1: $count reports are the same for both"
}

for case in $cases; do
    for who in ${ASSAY_REAL_LEGS:-root user}; do leg "$who" "$case"; done
    [ -n "${ASSAY_REAL_LEGS:-}" ] || same "$case"
done
say "PASS: pinned:$cases"
