#!/bin/sh
# T5: what no byte of content says is a fact: modes, owners, links, types. A change in one is never structure.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
mkdir tree && printf 'program\n' > tree/prog && chmod 755 tree/prog && ln -s prog tree/link
pack good.tar tree tree/prog tree/link

cp -a tree other && chmod 4755 other/prog
judge 'a set-user-ID bit in a directory' 1 other tree "$(fact mode unexplained)"
(mkdir suid && cp -a tree suid/ && chmod 4755 suid/tree/prog && cd suid && pack ../suid.tar tree tree/prog tree/link)
judge 'a set-user-ID bit in a tar' 1 suid.tar good.tar "$(fact mode unexplained)"
rm other/link && ln -s /tmp/prog other/link && chmod 755 other/prog
judge 'a link that leads elsewhere' 1 other tree "$(fact link unexplained)"
rm other/link && cp tree/prog other/link
judge 'a file in place of a link' 1 other tree "$(fact type unexplained)"
tar --format=gnu --owner=7 --group=0 --numeric-owner --mtime=@1700000000 --no-recursion -cf owner.tar tree tree/prog tree/link
judge 'another owner' 1 owner.tar good.tar "$(fact uid unexplained)"
rm -r other && cp -a tree other && ln -s prog other/added
judge 'an added link, which has no byte' 1 other tree "$(fact name unexplained)"
rm other/added other/link
judge 'a missing link' 1 other tree 'any(.missing[]; .path == "link")'
if [ "$(id -u)" = 0 ]; then
    rm -r other && cp -a tree other && setfattr -n user.note -v x other/prog 2>/dev/null &&
        judge 'an extended attribute' 1 other tree "$(fact xattr.user.note unexplained)"
    rm -r other && cp -a tree other && mknod other/null c 1 3 && judge 'a device' 1 other tree "$(fact name unexplained)"
fi
