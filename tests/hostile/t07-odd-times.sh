#!/bin/sh
# T7: a time may be another one, but none that some reader does not have (beyond 31 bits), or takes for no file (0).
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
for tool in cpio mksquashfs python3; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
mkdir -p plain/etc/cron.d && for file in rcS crontab cron.d/job; do echo "$file" > plain/etc/$file; done
mkdir plain/etc/lib plain/etc/tables && echo servers > plain/etc/lib/servers && ln -s lib/servers plain/etc/Resolv.conf
echo table > plain/etc/tables/one && ln -s ../tables plain/etc/lib/crontabs && echo other > plain/etc/lib/other && ln plain/etc/lib/other plain/etc/lib/crontab
# side NAME FILE TIME: the tree with that time of the file, in each form
side() {
    rm -rf "$1" && cp -a plain "$1" && find "$1" -exec touch -h -d @1700000000 '{}' + && touch -d "@$3" "$1/etc/$2"
    tar --format=gnu --owner=0 --group=0 --numeric-owner --sort=name -cf "$1.tar" -C "$1" etc
    (cd "$1" && find etc | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 --reproducible) > "$1.cpio"
    mksquashfs "$1" "$1.squashfs" -noappend -quiet -no-progress -all-root -mkfs-time 1700000000 > said.txt 2>&1
}
# timed STORY CODE SHIPPED EXPECTED
timed() {
    for suffix in '' .tar .cpio .squashfs; do
        compared "$1, ${suffix:-tree}" "$2" "$(fact time-reach unexplained)" "$3$suffix" "$4$suffix"
    done
}
side good rcS 1700000000
side other rcS 1700000001
side zero rcS 0
side beyond rcS 2147483648
side last rcS 2147483647
side table crontab 0
side job cron.d/job 0
side jobs cron.d 0
side servers lib/servers 0
side tables tables/one 0
side linked lib/other 0
timed 'another time' 0 other good
timed 'the last time of 31 bits' 0 last good
timed 'a time beyond 31 bits' 1 beyond good
timed 'such a time in the rebuild alone' 1 good beyond
timed 'no time where nobody goes by it' 0 zero good
timed 'no time of a table of cron' 1 table good
timed 'no time of a table in cron.d' 1 job good
timed 'no time of the directory of them' 1 jobs good
timed 'no time of a table in the rebuild alone' 1 good table
timed 'no time of what a link of that name leads to' 1 servers good
timed 'no time of what stands where a link to the directory leads' 1 tables good
timed 'no time of what is a table by a hard link' 1 linked good

# a program of more names than are followed is none of these, unless a link is called so
mkdir -p plain/etc/applets && echo box > plain/etc/applets/box
for number in $(seq 70); do ln -s box "plain/etc/applets/$number"; done
side many rcS 1700000000
side box applets/box 0
timed 'no time of a program of 70 names' 1 box many
rm plain/etc/lib/crontab plain/etc/Resolv.conf plain/etc/lib/crontabs
side many rcS 1700000000
side box applets/box 0
timed 'no time of a program of 70 names where no link is called as a table' 0 box many
rm -r plain/etc/applets

# the time of the last access, in a header of pax and in a zip
cat > access.py <<'P'
import io, struct, sys, tarfile, zipfile
with tarfile.open('at.' + sys.argv[1] + '.pax', 'w', format=tarfile.PAX_FORMAT) as out:
    entry = tarfile.TarInfo('file')
    entry.mtime, entry.pax_headers = 1700000000, {'atime': sys.argv[1] + '.5'}
    out.addfile(entry)
with zipfile.ZipFile('at.' + sys.argv[1] + '.zip', 'w') as out:
    entry = zipfile.ZipInfo('file', (2023, 11, 14, 22, 13, 20))
    entry.extra = struct.pack('<HHBI', 0x5455, 5, 3, 1700000000)
    out.writestr(entry, 'text')
data = open('at.' + sys.argv[1] + '.zip', 'rb').read()
local = struct.pack('<HHBII', 0x5455, 9, 3, 1700000000, int(sys.argv[1]))
data = data[:28] + struct.pack('<H', len(local)) + data[30:34] + local + data[34 + 9:]
end = data.index(b'PK\5\6')
data = data[:end + 16] + struct.pack('<I', data.index(b'PK\1\2')) + data[end + 20:]
open('at.' + sys.argv[1] + '.zip', 'wb').write(data)
P
for time in 1700000000 1700000002 2147483648; do python3 access.py $time; done
for kind in pax zip; do
    compared "$kind: another time of access" 0 true at.1700000002.$kind at.1700000000.$kind
    compared "$kind: a time of access beyond 31 bits" 1 "$(fact time-reach unexplained)" at.2147483648.$kind at.1700000000.$kind
done

# a gzip file stores a time for what is in it
echo text | gzip -n > stored.gz
for time in 1700000000 1700000001 2147483647 2147483648 0; do
    cp stored.gz at-$time.gz
    python3 -c 'import struct, sys; f = open(sys.argv[1], "r+b"); f.seek(4); f.write(struct.pack("<I", int(sys.argv[2])))' at-$time.gz $time
done
compared 'a stored time' 0 true at-1700000001.gz at-1700000000.gz
compared 'the last one of 31 bits' 0 true at-2147483647.gz at-1700000000.gz
compared 'no stored time' 0 true at-0.gz at-1700000000.gz
compared 'a stored time beyond 31 bits' 1 "$(fact time-reach unexplained)" at-2147483648.gz at-1700000000.gz
compared 'such a time in the rebuild alone' 1 "$(fact time-reach unexplained)" at-1700000000.gz at-2147483648.gz

# the directory that a file system begins with
root() { cp -a good "$1" && touch -d "@$2" "$1" && mksquashfs "$1" "$1.squashfs" -noappend -quiet -no-progress -all-root -mkfs-time 1700000000 > said.txt 2>&1; }
root root-good 1700000000 && root root-other 1700000001 && root root-beyond 2147483648
compared 'the root of a squashfs, beyond 31 bits' 1 "$(fact time-reach unexplained)" root-beyond.squashfs root-good.squashfs
compared 'the root of a squashfs, in the rebuild beyond 31 bits' 1 "$(fact time-reach unexplained)" root-good.squashfs root-beyond.squashfs
compared 'the root of a squashfs at another time' 0 true root-other.squashfs root-good.squashfs
# and the one that the image is
compared 'a directory, beyond 31 bits' 1 "$(fact time-reach unexplained)" root-beyond root-good
compared 'a directory, in the rebuild beyond 31 bits' 1 "$(fact time-reach unexplained)" root-good root-beyond
compared 'a directory, beyond 31 bits in both' 0 true root-beyond root-beyond
compared 'a directory at another time' 0 true root-other root-good

# Linux has the times of a directory of ISO 9660 from its own record, of Rock Ridge or without it.
if command -v xorriso > /dev/null && command -v python3 > /dev/null; then
    find plain -exec touch -h -d @1700000000 '{}' +
    xorriso -as mkisofs -quiet -R -V X --modification-date=2023111422132000 -o good.iso plain > said.txt 2>&1
    for directory in / ETC; do
        for time in record mtime atime ctime; do
            python3 "$here/own_record.py" good.iso beyond.iso 2040 $directory $time
            python3 "$here/own_record.py" good.iso last.iso 2037 $directory $time
            compared "the own $time of the directory $directory of an ISO 9660, beyond 31 bits" 1 \
                "$(fact time-reach unexplained)" beyond.iso good.iso
            compared "the own $time of the directory $directory of an ISO 9660, in the rebuild" 1 \
                "$(fact time-reach unexplained)" good.iso beyond.iso
            compared "the own $time of the directory $directory of an ISO 9660, within them" 0 true last.iso good.iso
        done
    done
fi

# And so the time of 0 of a directory of cron's: with Rock Ridge its own entry says it, and without, to who knows no Rock
# Ridge or in an image that has none, its own record; others have it from the directory around.
if command -v xorriso > /dev/null && command -v python3 > /dev/null; then
    mkdir plain/etc/more plain/etc/crontabs && echo more > plain/etc/more/file
    find plain -exec touch -h -d @1672531200 '{}' +
    xorriso -as mkisofs -quiet -R -V X --modification-date=2023010100000000 -o good.iso plain > said.txt 2>&1
    xorriso -as mkisofs -quiet --norock -V X --modification-date=2023010100000000 -o plain.iso plain > said.txt 2>&1
    cat > zero.py <<'X'
"""zero.py FROM TO PATH KIND YEAR: the year of the time of a record (`record`), or of its second one of Rock Ridge (`mtime`)."""
import sys
from iso_record import *
source, to, path, kind, year = sys.argv[1:]
image = Image(source)
at = image.find(path)
place = at + 18 if kind == 'record' else image.data.index(b'TF', image.area(at), at + image.data[at]) + 5
assert image.data[place:place + 7] == bytes([123, 1, 1, 0, 0, 0, 0])
image.data[place] = int(year) - 1900
image.save(to)
X
    # zeroed STORY CODE IMAGE PATH KIND
    zeroed() {
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 python3 zero.py "$3" zero.iso "$4" "$5" 1970 || fail "$1: the maker failed"
        compared "$1" "$2" "$(fact time-reach unexplained)" zero.iso "$3"
        compared "$1, in the rebuild alone" "$2" "$(fact time-reach unexplained)" "$3" zero.iso
        compared "$1, in both" 0 true zero.iso zero.iso
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 python3 zero.py "$3" zero.iso "$4" "$5" 1971
        compared "$1, at another time" 0 true zero.iso "$3"
    }
    for kind in mtime record; do
        zeroed "no own $kind of a directory of cron's in an ISO 9660" 1 good.iso etc/cron.d/. $kind
        zeroed "no $kind of its entry" 1 good.iso etc/cron.d $kind
        zeroed "no $kind of a table in it" 1 good.iso etc/cron.d/job $kind
        zeroed "no own $kind of another directory" 0 good.iso etc/more/. $kind
    done
    zeroed "no own time of a directory of cron's without Rock Ridge" 1 plain.iso ETC/CRONTABS/. record
    zeroed "no time of its entry" 1 plain.iso ETC/CRONTABS record
fi

# the other times that stat(2) gives
if command -v mke2fs > /dev/null && command -v debugfs > /dev/null; then
    truncate -s 4M good.ext && mke2fs -q -t ext4 -d good good.ext
    for time in atime ctime; do
        cp good.ext beyond.ext && debugfs -w -R "set_inode_field /etc/rcS $time 20400101000000" beyond.ext 2> said.txt
        compared "the $time of a file in ext4, beyond 31 bits" 1 "$(fact time-reach unexplained)" beyond.ext good.ext
        cp good.ext last.ext && debugfs -w -R "set_inode_field /etc/rcS $time 20370101000000" last.ext 2> said.txt
        compared "the $time of a file in ext4, within them" 0 true last.ext good.ext
        cp good.ext beyond.ext && debugfs -w -R "set_inode_field / $time 20400101000000" beyond.ext 2> said.txt
        compared "the $time of the root of an ext4, beyond 31 bits" 1 "$(fact time-reach unexplained)" beyond.ext good.ext
    done
fi
