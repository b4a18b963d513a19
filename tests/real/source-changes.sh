#!/bin/sh
# One changed line of the source, and what the report's first finding says of it: the sample product (and, with --all,
# dropbear), built as it is and with each change of source-changes.tsv, for several machines and levels of optimisation.
# The shipped file is stripped; the rebuilt one has symbols and debug information.
#
#   sh source-changes.sh [--all]
#
# Exit: 0 the function is named in at least 95 of 100 cases and the file in all; 77 skipped; 1 not so.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
umask 022
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
all=0
[ "${1:-}" != --all ] || all=1
begin source-changes
require_tools gcc strip make jq

# what is built for: prefix of the tools, level
variants() {
    echo ' -O2'
    [ "$all" = 1 ] || return 0
    printf '%s\n' ' -O0' ' -Os'
    for prefix in aarch64-linux-gnu- arm-linux-gnueabihf-; do
        command -v "${prefix}gcc" >/dev/null || { say "SKIP: no ${prefix}gcc" >&2; continue; }
        for level in -O0 -O2 -Os; do echo "$prefix $level"; done
    done
}

# build PRODUCT TREE PREFIX LEVEL OUT [PART]: into OUT
build() {
    case $1 in
        gnb-du)
            make -C "$2" O="$5" CROSS_COMPILE="$3" CFLAGS="$4 -g" "$5/bin/gnb-du" "$5/bin/gnb-cli" > "$5.log" 2>&1
            built=$(ls "$5"/lib/libgnbphy.so.*.*) && cp "$built" "$5/lib/libgnbphy.so.built" ;;
        dropbear)
            mkdir -p "$5/bin"
            make -C "$2" dropbear > "$5.log" 2>&1
            cp "$2/dropbear" "$5/bin/dropbear" ;;
    esac
}

# unpack PRODUCT TREE PREFIX LEVEL
unpack() {
    mkdir -p "$2"
    case $1 in
        gnb-du) cp -R "$here/../../fixtures/sources/gnb-du/." "$2" ;;
        dropbear)
            tar -xf "$dropbear_source" --strip-components 1 -C "$2"
            host=${3%-}
            mkdir -p "$2/stand-in"
            # of libcrypt Debian has none for a cross compiler
            if [ -n "$host" ]; then
                echo 'char *crypt (const char *key, const char *salt) { return (char *)(*key ? salt : key); }' > "$2/stand-in/crypt.c"
                "${3}gcc" -O1 -c -o "$2/stand-in/crypt.o" "$2/stand-in/crypt.c"
                "${3}ar" rc "$2/stand-in/libcrypt.a" "$2/stand-in/crypt.o"
            fi
            (cd "$2" && ./configure --disable-zlib --disable-pam --enable-bundled-libtom ${host:+--host="$host"} \
                CFLAGS="$4 -g" LDFLAGS="-L$2/stand-in" ac_cv_lib_crypt_crypt=yes > configure.log 2>&1 &&
                make dropbear -j "$(nproc)" > make.log 2>&1) || { tail -n 5 "$2/make.log" >&2; fail "dropbear does not build"; } ;;
    esac
}

# the file of a build that shows PART
part_of() {
    case $2 in
        lib/*) echo "$1/lib/libgnbphy.so.built" ;;
        *)     echo "$1/$2" ;;
    esac
}

# One change: says whether the first finding names file and function.
judge_change() {
    file=$1 function=$2 part=$3 expression=$4
    where="$product $file $function ${prefix:-native-}$level"
    cp "$tree/$file" "$work/saved.c"
    sed -i "$expression" "$tree/$file"
    if cmp -s "$tree/$file" "$work/saved.c"; then fail "$where: the change changes nothing"; fi
    rm -rf "$work/out" && cp -a "$base" "$work/out"
    build "$product" "$tree" "$prefix" "$level" "$work/out" || { tail -n 5 "$work/out.log" >&2; fail "$where: does not build"; }
    cp -p "$work/saved.c" "$tree/$file" && touch "$tree/$file"
    "${prefix}strip" -o "$work/shipped" "$(part_of "$work/out" "$part")"
    code=0
    "$assay" compare "$work/shipped" "$(part_of "$base" "$part")" --report "$work/report.json" --quiet > "$work/said.txt" 2>&1 || code=$?
    [ "$code" = 1 ] || fail "$where: exit $code, expected 1"
    total=$((total + 1))
    jq -r '.findings[0] | [.function // "", .source.function // "", (.source.inlined_by // [] | join(" ")), .source.file // ""] | @tsv' \
        "$work/report.json" > "$work/first.tsv"
    if cut -f 1-3 "$work/first.tsv" | tr '[:blank:]' '\n' | grep -qx -e "$function" -e "$function\.[a-z0-9.]*"; then
        named=$((named + 1))
    else
        say "another function: $where: $(tr '\t' ' ' < "$work/first.tsv")"
    fi
    if cut -f 3-4 "$work/first.tsv" | grep -qF "$file"; then
        filed=$((filed + 1))
    else
        say "another file: $where: $(tr '\t' ' ' < "$work/first.tsv")"
    fi
}

products='gnb-du'
if [ "$all" = 1 ]; then
    fetch binary "$(dpkg --print-architecture)" dropbear-bin
    fetch source-of "$(only '\.deb$')"
    dropbear_source=$(only '\.orig\.tar\.[a-z0-9]+$')
    products='gnb-du dropbear'
fi
total=0 named=0 filed=0
variants > "$work/variants"
for product in $products; do
    while IFS=' ' read -r first second; do
        if [ -n "$second" ]; then prefix=$first level=$second; else prefix='' level=$first; fi
        tree=$work/tree base=$work/base
        rm -rf "$tree" "$base" && mkdir -p "$base"
        unpack "$product" "$tree" "$prefix" "$level"
        build "$product" "$tree" "$prefix" "$level" "$base" || { tail -n 5 "$base.log" >&2; fail "$product does not build"; }
        grep "^$product	" "$here/source-changes.tsv" > "$work/changes.tsv"
        while IFS='	' read -r _ file function part expression; do
            judge_change "$file" "$function" "$part" "$expression"
        done < "$work/changes.tsv"
        say "ok: source-changes: $product ${prefix:-native-}$level: $named of $total functions, $filed of $total files so far"
    done < "$work/variants"
done
[ $((named * 100)) -ge $((total * 95)) ] || fail "the function is named in $named of $total cases"
[ "$filed" = "$total" ] || fail "the file is named in $filed of $total cases"
say "ok: source-changes: the first finding names the function in $named of $total cases, the file in $filed"
