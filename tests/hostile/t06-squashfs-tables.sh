#!/bin/sh
# T6: the tables of a squashfs, field by field. A scope leaves them out, so that a field that lies must not show Linux or an
# unpacker another tree than the one that is judged: each twin is no pass with a scope and without. What packers write
# is read.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
maker=$(cd "$(dirname "$0")" && pwd)/squashfs_tables.py
. "$(dirname "$0")/lib.sh"
command -v sqfstar > /dev/null || { echo 'SKIP: sqfstar is not installed'; exit 77; }
python3 "$maker" tar tree.tar

# judge_scope STORY CODE SHIPPED EXPECTED [JQ-FILTER]: as judge, of what is in d alone
judge_scope() {
    code=0
    "$assay" compare "$3" "$4" --scope d --scope 'd/**' --report report.json > said.txt 2>&1 || code=$?
    [ "$code" = "$2" ] || { cat said.txt >&2; fail "$1, in a scope: exit $code, expected $2"; }
    [ -z "${5:-}" ] || jq -e "$5" report.json > /dev/null || fail "$1, in a scope: the report does not show $5"
    printf 'ok: %s: %s, in a scope\n' "$name" "$1"
}

# refused STORY SHIPPED EXPECTED: nothing is read out of it, with a scope or without
refused() {
    judge "$1" 1 "$2" "$3" '.reasons[0] | contains("breaks the rules of its own format")'
    judge_scope "$1" 1 "$2" "$3" 'any(.reasons[]; contains("missing from the image"))'
}

# --- twins: a field that lies ---

# star FILE TIME OPTIONS...: the tree as sqfstar packs it
star() {
    file=$1 time=$2
    shift 2
    rm -f "$file"
    sqfstar "$@" -xattrs -quiet -no-progress -all-root -all-time "$time" -mkfs-time "$time" "$file" < tree.tar > log 2>&1 ||
        fail "sqfstar: $(cat log)"
}
star good 1000 -noI -noD -noF -noX -noId -exports
mkdir twins
python3 "$maker" twins good twins > stories
[ "$(wc -l < stories)" -gt 60 ] || fail 'twins are missing'
tab=$(printf '\t')
while IFS=$tab read -r twin_file story; do
    case $story in
        'a directory in itself') # listed until a limit ends it
            for scope in '**' 'd/**'; do
                code=0
                "$assay" compare "twins/$twin_file" good --scope "$scope" > said.txt 2>&1 || code=$?
                case $code in 1 | 2) ;; *) fail "$story: exit $code" ;; esac
            done
            printf 'ok: %s: %s\n' "$name" "$story"
            ;;
        *) refused "$story" "twins/$twin_file" good ;;
    esac
done < stories

# what a scope leaves out may differ
sed 's/other 399/OTHER 399/' good > beside
judge 'another file outside of the scope' 1 beside good
judge_scope 'another file outside of it' 0 beside good

# --- what packers write is read, and is equal but for times ---

# honest STORY: the images `expected` and `shipped`
honest() {
    judge "$1" 0 shipped expected '.verdict == "equivalent" or .verdict == "identical"'
    judge_scope "$1" 0 shipped expected
}

for options in '' '-exports' '-comp xz' '-comp lz4' '-comp zstd' '-comp lzma' '-no-fragments' '-b 4096' '-no-sparse' '-noI -noX'; do
    # shellcheck disable=SC2086 # words
    star expected 1000 $options
    # shellcheck disable=SC2086 # words
    star shipped 2000 $options
    honest "sqfstar $options"
done

mkdir unpacked
tar -xf tree.tar -C unpacked --exclude d/tty
for options in '' '-no-exports' '-comp xz -Xbcj x86' '-comp xz -b 16384 -Xdict-size 50%' '-no-hardlinks' '-no-sparse -tailends' \
    '-no-duplicates -no-fragments'; do
    for image in expected:1000 shipped:2000; do
        # shellcheck disable=SC2086 # words
        mksquashfs unpacked "${image%:*}" $options -noappend -quiet -no-progress -no-xattrs -all-root \
            -all-time "${image#*:}" -mkfs-time "${image#*:}" > log 2>&1 || fail "mksquashfs: $(cat log)"
    done
    honest "mksquashfs $options"
done
# appended to, with the first root directory inside of the new one
for image in expected:1000 shipped:2000; do
    mksquashfs unpacked/a-many "${image%:*}" -root-becomes old -quiet -no-progress -no-xattrs -all-root \
        -all-time "${image#*:}" -mkfs-time "${image#*:}" -no-recovery > log 2>&1 || fail "mksquashfs: $(cat log)"
done
judge 'mksquashfs, appended' 0 shipped expected

command -v gensquashfs > /dev/null || { echo 'squashfs-tools-ng is not installed: its images are not tried'; exit 0; }
for options in '' '-e' '-c xz' '-c lz4' '-c zstd' '-c lzma' '-b 4096'; do
    for image in expected:1000 shipped:2000; do
        # shellcheck disable=SC2086 # words
        gensquashfs -q -f -D unpacked -d "mtime=${image#*:}" --all-root $options "${image%:*}" > log 2>&1 || fail "gensquashfs: $(cat log)"
    done
    honest "gensquashfs $options"
    # shellcheck disable=SC2086 # words
    tar2sqfs -q -f $options expected < tree.tar > log 2>&1 || fail "tar2sqfs: $(cat log)"
    sed 's/other 399/OTHER 399/' tree.tar > beside.tar
    # shellcheck disable=SC2086 # words
    tar2sqfs -q -f $options shipped < beside.tar > log 2>&1 || fail "tar2sqfs: $(cat log)"
    judge_scope "tar2sqfs $options" 0 shipped expected
done
