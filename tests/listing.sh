# shellcheck shell=sh
# What the scripts of tests/hostile and tests/flow share: sourced by the libraries of both.

# Debian's own programs before others of their name: what a version manager puts in their place may take ten times as long
# to start, and these scripts start them some thousand times.
export PATH="/usr/bin:/bin:$PATH"

# What names a directory:

# tree_digest DIRECTORY: the SHA-256 of its listing, as recipes and policies give it (src/input/listing.h); names without line ends
tree_digest() {
    (
        cd "$1" || exit
        find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort | while IFS= read -r entry; do
            type=f mode=644 size=0
            if [ -h "$entry" ]; then
                type=l mode=755 size=$(readlink -n "$entry" | wc -c) sha256=$(readlink -n "$entry" | sha256sum)
            elif [ -d "$entry" ]; then
                type=d mode=755 sha256=$(sha256sum < /dev/null)
            else
                size=$(wc -c < "$entry") sha256=$(sha256sum < "$entry")
                [ ! -x "$entry" ] || mode=755
            fi
            printf '%s %s %s %s %s\n' "$type" "$mode" "$size" "${sha256%% *}" "$entry"
        done
    ) | sha256sum | cut -d ' ' -f 1
}
