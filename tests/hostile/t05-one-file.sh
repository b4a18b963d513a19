#!/bin/sh
# T5: two names of one file are another thing than two files: whoever writes to one writes to the other. In a directory, and
# beside a scope in ext.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
same=$(fact inode unexplained)
# tree NAME: three files of one content
tree() { mkdir -p "$1/etc" "$1/root/a" && for file in etc/motd root/profile root/a/b; do echo hello > "$1/$file"; done; }
tree good
tree twins && ln -f twins/etc/motd twins/root/profile
tree others && ln -f others/etc/motd others/root/a/b
tree again && ln -f again/etc/motd again/root/profile
tree outside && ln outside/etc/motd elsewhere
judge 'two files that became one' 1 twins good "$same"
judge 'one file that became two' 1 good twins
judge 'two names of one file in the rebuild too' 0 again twins '.verdict == "identical"'
judge 'another two of three' 1 others twins "$same"
judge 'a name that lies elsewhere' 0 outside good '.verdict == "identical"'
mkdir below && mv twins below/twins && mkdir under && mv again under/twins
judge 'the same, further down' 0 below under '.verdict == "identical"'
for tool in mke2fs debugfs; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
mkdir -p t/etc t/var/log && echo root > t/etc/passwd
id=11111111-1111-1111-1111-111111111111
E2FSPROGS_FAKE_TIME=1 mke2fs -q -t ext4 -O ^has_journal,^metadata_csum,^dir_index -d t -U $id -E hash_seed=$id good.ext 1M > log 2>&1
# linked NAME NAMES: of good, with other names of the one file
linked() {
    cp good.ext "$1" && links=1
    for more in $2; do
        debugfs -w -R "ln etc/passwd $more" "$1" > log 2>&1
        links=$((links + 1))
    done
    debugfs -w -R "sif etc/passwd links_count $links" "$1" >> log 2>&1
}
# scoped STORY CODE SHIPPED EXPECTED
scoped() { compared "$1" "$2" true "$3" "$4" --scope etc --scope 'etc/**'; }
linked bad.ext var/log/messages
linked within.ext etc/passwd-
scoped 'ext: nothing beside the scope' 0 good.ext good.ext
scoped 'ext: a file in scope has another name beside it' 1 bad.ext good.ext
judge 'ext: names of one file as in the rebuild' 0 bad.ext bad.ext '.verdict == "identical"'
scoped 'ext: both names in scope' 0 within.ext within.ext
scoped 'ext: a second name in scope that the rebuild has not' 1 within.ext good.ext
