# shellcheck shell=sh
# What names a directory: sourced by the libraries of tests/hostile and tests/flow.

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
