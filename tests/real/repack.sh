#!/bin/sh
# Makes twins of a .deb for the tests under tests/real/, without changing anything else in it.
#
#   sh repack.sh flip IN OUT PATH OFFSET [BIT]       flips one bit (0..7, default 0) of the file PATH in the data tar
#   sh repack.sh recompress IN OUT METHOD [LEVEL]    both tars compressed again: xz, gzip, zstd, or none
#   sh repack.sh locate IN PATH                      prints `TAR-OFFSET SIZE` of the file PATH in the decoded data tar
#
# PATH without leading `./`. Member order, times, owners and modes of the ar stay; `flip` writes the stream as
# dpkg-deb does (xz -6 with sizes in the block headers), so that the twin differs from IN by the flip alone: this is
# checked by packing the unflipped content again first. A name follows the compression (data.tar.zst).
#
# Exit: 0 written; 64 usage; 1 anything else. OUT appears whole or not at all.
set -eu
umask 022
export LC_ALL=C

die() { printf 'repack: error: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '4,6s/^# \{0,3\}//p' "$0" >&2; exit 64; }

# bytes FILE OFFSET LENGTH
bytes() { tail -c "+$(($2 + 1))" "$1" | head -c "$3"; }
size_of() { wc -c < "$1" | tr -d ' '; }

# Takes the ar $1 apart: $work/members lists the names; for each the header NAME.header and the content NAME.
ar_split() {
    [ "$(head -c 7 "$1")" = '!<arch>' ] || die "$1 is no .deb"
    : > "$work/members"
    total=$(size_of "$1")
    at=8
    while [ "$at" -lt "$total" ]; do
        bytes "$1" "$at" 60 > "$work/header"
        name=$(head -c 16 "$work/header" | sed 's/[ /]*$//')
        size=$(bytes "$work/header" 48 10 | tr -d ' ')
        case $name in '' | */* | .*) die "unexpected member name in $1" ;; esac
        case $size in '' | *[!0-9]*) die "unexpected member size in $1" ;; esac
        mv "$work/header" "$work/$name.header"
        bytes "$1" $((at + 60)) "$size" > "$work/$name"
        [ "$(size_of "$work/$name")" = "$size" ] || die "$1 is cut short"
        printf '%s\n' "$name" >> "$work/members"
        at=$((at + 60 + size + size % 2))
    done
}

# Writes the members back to $1 in the same order; only the name (from NAME.new-name, if there) and the size are new.
ar_join() {
    printf '!<arch>\n' > "$work/joined"
    while read -r name; do
        new_name=$name
        [ ! -f "$work/$name.new-name" ] || new_name=$(cat "$work/$name.new-name")
        size=$(size_of "$work/$name")
        {
            printf '%-16s' "$new_name"
            bytes "$work/$name.header" 16 32
            printf '%-10s`\n' "$size"
            cat "$work/$name"
            [ $((size % 2)) = 0 ] || echo
        } >> "$work/joined"
    done < "$work/members"
    cp "$work/joined" "$1.new"
    mv "$1.new" "$1"
}

decode() {
    case $1 in
        *.xz)  xz -dc "$1" ;;
        *.gz)  gzip -dc "$1" ;;
        *.zst) zstd -dcq "$1" ;;
        *.tar) cat "$1" ;;
        *)     die "unknown compression: $1" ;;
    esac
}

# encode METHOD LEVEL < plain; an empty LEVEL is what dpkg-deb uses
encode() {
    case $1 in
        xz)   xz "-${2:-6}" -T2 -c ;;
        gzip) gzip -n "-${2:-9}" -c ;;
        zstd) zstd -q "-${2:-19}" -c ;;
        none) cat ;;
        *)    die "unknown compression: $1" ;;
    esac
}

method_of() {
    case $1 in *.xz) echo xz ;; *.gz) echo gzip ;; *.zst) echo zstd ;; *) echo none ;; esac
}

suffix_of() {
    case $1 in xz) echo .xz ;; gzip) echo .gz ;; zstd) echo .zst ;; none) ;; *) die "unknown compression: $1" ;; esac
}

member_like() {
    found=$(grep -E "^$1\.tar(\.|\$)" "$work/members" | sed -n 1p)
    [ -n "$found" ] || die "no member $1.tar* in the package"
    printf '%s\n' "$found"
}

# tar_locate TAR PATH: `OFFSET SIZE`, checked against what tar extracts
tar_locate() {
    block=$(tar --block-number --quoting-style=literal -tf "$1" |
        awk -v path="$2" '{ name = $0; sub(/^block [0-9]+: /, "", name); sub(/^\.\//, "", name)
                            if (name == path) { sub(/:$/, "", $2); print $2; exit } }')
    [ -n "$block" ] || die "no $2 in the data tar"
    tar --occurrence=1 -xOf "$1" "./$2" > "$work/entry" 2>/dev/null || tar --occurrence=1 -xOf "$1" "$2" > "$work/entry"
    size=$(size_of "$work/entry")
    start=$(((block + 1) * 512))
    bytes "$1" "$start" "$size" | cmp -s - "$work/entry" || die "$2 does not lie where tar says"
    printf '%s %s\n' "$start" "$size"
}

# flip_bit FILE OFFSET BIT, in place
flip_bit() {
    old=$(bytes "$1" "$2" 1 | od -An -tu1 | tr -d ' ')
    new=$((old ^ (1 << $3)))
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf %o "$new")" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

flip() {
    in=$1 out=$2 path=$3 offset=$4 bit=${5:-0}
    case $offset$bit in *[!0-9]*) usage ;; esac
    [ "$bit" -le 7 ] || usage
    ar_split "$in"
    data=$(member_like data)
    method=$(method_of "$data")
    decode "$work/$data" > "$work/plain"
    encode "$method" '' < "$work/plain" | cmp -s - "$work/$data" ||
        die "$data was not compressed as this tool does it; the twin would differ by more than the bit"
    place=$(tar_locate "$work/plain" "$path")
    [ "$offset" -lt "${place#* }" ] || die "offset $offset is behind the end of $path (${place#* } bytes)"
    flip_bit "$work/plain" $((${place% *} + offset)) "$bit"
    encode "$method" '' < "$work/plain" > "$work/$data"
    ar_join "$out"
}

recompress() {
    in=$1 out=$2 method=$3 level=${4:-}
    suffix=$(suffix_of "$method")
    ar_split "$in"
    for kind in control data; do
        member=$(member_like "$kind")
        decode "$work/$member" > "$work/plain"
        encode "$method" "$level" < "$work/plain" > "$work/$member.packed"
        mv "$work/$member.packed" "$work/$member"
        printf '%s.tar%s\n' "$kind" "$suffix" > "$work/$member.new-name"
    done
    ar_join "$out"
}

locate() {
    ar_split "$1"
    data=$(member_like data)
    decode "$work/$data" > "$work/plain"
    tar_locate "$work/plain" "$2"
}

[ $# -ge 1 ] || usage
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-repack.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
verb=$1
shift
case $verb:$# in
    flip:4 | flip:5)             flip "$@" ;;
    recompress:3 | recompress:4) recompress "$@" ;;
    locate:2)                    locate "$@" ;;
    *)                           usage ;;
esac
