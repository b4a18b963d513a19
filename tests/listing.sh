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
        nothing=$(sha256sum < /dev/null)
        {
            find . -mindepth 1 -type f -exec sha256sum -z {} + | tr '\0' '\n'
            find . -mindepth 1 -type l -printf '%P\n' | while IFS= read -r entry; do
                sha256=$(readlink -n "$entry" | sha256sum)
                printf '%s  ./%s\n' "${sha256%% *}" "$entry"
            done
            echo
            find . -mindepth 1 -printf '%y %m %s %P\n'
        } | LC_ALL=C awk -v nothing="${nothing%% *}" '
            $0 == "" { all = 1; next }
            ! all { sha256[substr($0, 69)] = substr($0, 1, 64); next }
            {
                path = substr($0, length($1 $2 $3) + 4)
                if ($1 == "d") { print "d 755 0", nothing, path } else if ($1 == "l") { print "l 755", $3, sha256[path], path }
                else { print "f", int($2 / 100) % 2 ? 755 : 644, $3, sha256[path], path }
            }' | LC_ALL=C sort -t ' ' -k 5
    ) | sha256sum | cut -d ' ' -f 1
}
