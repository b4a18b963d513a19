#!/bin/sh
# Makes the man pages, compressed as they are installed.
#
#   sh make.sh TABLE CHANGELOG VERSION DIRECTORY
#
#   TABLE       of share/describe.sh: a page of section 1 for assay and for each command
#   CHANGELOG   whose latest entry is the date of all pages (share/debian/changelog)
#   DIRECTORY   gets man1/ and man5/; what was there is removed
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
table=$1 changelog=$2 version=$3 directory=$4
day=$(sed -n 's/^ -- .*>  //p' "$changelog" | sed -n 1p)
date=$(date -u -d "$day" '+%B %-d, %Y')
rm -rf "$directory"
mkdir -p "$directory/man1" "$directory/man5"

page() {
    awk -f "$here/page.awk" -v name="$1" -v date="$date" -v version="$version" -v more="$here/assay.1.more" "$table"
}

page '' > "$directory/man1/assay.1"
sed -n 's/^command	\([^	]*\).*/\1/p' "$table" | while IFS= read -r name; do
    page "$name" > "$directory/man1/assay-$(echo "$name" | tr ' ' -).1"
done
for source in "$here"/*.5; do
    sed "s/^\.Dd .*/.Dd $date/; s/^\.Os .*/.Os assay $version/" "$source" > "$directory/man5/${source##*/}"
done
gzip -9n "$directory"/man1/* "$directory"/man5/*
