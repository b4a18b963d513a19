"""own_record.py ISO OUT YEAR DIRECTORY KIND: the year of a time (`record`, or `mtime` … of Rock Ridge) in the record that a
directory of ISO 9660 has of itself: of `/`, or of the one of that name in it."""
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
year, directory, kind = int(sys.argv[3]) - 1900, sys.argv[4], sys.argv[5]
block = int.from_bytes(data[0x8000 + 158:0x8000 + 162], 'little')
at = block * 2048
if directory != '/':
    while data[at + 33:at + 33 + data[at + 32]] != directory.encode():
        at += data[at]
    at = int.from_bytes(data[at + 2:at + 6], 'little') * 2048
if kind == 'record':
    data[at + 18] = year
else:
    at = data.index(b'TF', at + 34, at + data[at])
    for bit in range(7):
        if data[at + 4] >> bit & 1 and kind == ('birthtime', 'mtime', 'atime', 'ctime')[bit]:
            data[at + 5 + 7 * bin(data[at + 4] & (1 << bit) - 1).count('1')] = year
open(sys.argv[2], 'wb').write(data)
