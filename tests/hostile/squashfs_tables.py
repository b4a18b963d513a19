"""squashfs_tables.py tar FILE: a tree of everything that squashfs has a field for, as a tar.
squashfs_tables.py twins IMAGE DIRECTORY: twins of an image of that tree whose metadata is stored as it is. In each one
field says something else than what it is derived from. Standard output names them: file, tab, story.

Written after the kernel's Documentation/filesystems/squashfs.rst; nothing of assay's reader is in it.
"""
import io
import struct
import sys
import tarfile

PLAIN = 0x8000
NONE = 2**64 - 1
METADATA = 8192


def make_tar(name):
    """d/ is what scopes ask for; a-many/ and a-other/ have the same names and need an index; the rest is one of each."""
    big = '\n'.join(str(i) for i in range(500))
    with tarfile.open(name, 'w', format=tarfile.PAX_FORMAT) as tar:
        def add(path, kind=tarfile.REGTYPE, content=b'', **fields):
            entry = tarfile.TarInfo(path)
            entry.type, entry.size, entry.mtime, entry.mode = kind, len(content), 1000, 0o644
            for field, value in fields.items():
                setattr(entry, field, value)
            tar.addfile(entry, io.BytesIO(content))

        def directory(path):
            add(path, tarfile.DIRTYPE, mode=0o755)

        def attributes(**values):
            return {'SCHILY.xattr.user.' + name: value for name, value in values.items()}

        directory('d')
        add('d/aa', content=b'first\n')
        add('d/bb', content=b'second\n')
        add('d/hole', content=bytes(300000) + b'end')
        add('d/run', content=b'run\n', pax_headers=attributes(aa='1', ab='2', note=big))
        add('d/hard', tarfile.LNKTYPE, linkname='d/run')
        add('d/same', content=b'same\n', pax_headers=attributes(note=big))
        add('d/whole', content=b'0123456789abcdef' * 8192)
        add('d/link', tarfile.SYMTYPE, linkname='aa/bb')
        add('d/pipe', tarfile.FIFOTYPE)
        add('d/tty', tarfile.CHRTYPE, devmajor=5, devminor=1)
        directory('d/in')
        add('d/in/file', content=b'inner\n')
        directory('d/on')
        add('d/on/file', content=b'outer\n')
        directory('d/empty')
        for place in 'a-many', 'a-other':
            directory(place)
            for i in range(400):
                add(f'{place}/a-name-that-is-long-enough-to-fill-a-block-soon-{i:03}', content=f'{place[2:]} {i:03}\n'.encode())


class Image:
    """An image that is changed in place."""

    def __init__(self, data):
        self.data = bytearray(data)
        names = ('magic inodes time block fragments codec log flags ids major minor root used id_table xattr_table '
                 'inode_table directory_table fragment_table export_table').split()
        self.super = dict(zip(names, struct.unpack_from('<IIIIIHHHHHHQQQQQQQQ', data)))
        self.blocks = {}
        self.inode_map, self.inodes = self.table('inode_table', self.super['directory_table'])
        lists = [self.super[name] for name in ('fragment_table', 'export_table', 'id_table')]
        self.directory_map, self.directories = self.table(
            'directory_table', min(self.get('Q', at) for at in lists if at != NONE))
        self.places = {}
        self.entries = {}
        self.headers = {}
        self.walk('', self.place_of(self.inode_map, self.super['root']))

    def get(self, form, at):
        return struct.unpack_from('<' + form, self.data, at)[0]

    def put(self, form, at, value):
        struct.pack_into('<' + form, self.data, at, value)

    def table(self, name, end):
        """Where each block of a table stands in the file, and its bytes."""
        at, out, places = self.super[name], b'', []
        while at < end:
            length = self.get('H', at)
            assert length & PLAIN, name + ' is compressed'
            places.append((at - self.super[name], at + 2))
            out += self.data[at + 2:at + 2 + (length & ~PLAIN)]
            at += 2 + (length & ~PLAIN)
        return places, out

    @staticmethod
    def place_of(places, reference):
        return [start for start, _ in places].index(reference >> 16) * METADATA + (reference & 0xffff)

    def inode_at(self, place):
        """Where a place of the decoded inode table is in the file."""
        return self.inode_map[place // METADATA][1] + place % METADATA

    def directory_at(self, place):
        return self.directory_map[place // METADATA][1] + place % METADATA

    def inode(self, path):
        return self.places[path]

    def put_inode(self, path, offset, form, value, add=False):
        """A field of an inode, at an offset from its start; fields may lie in two blocks."""
        for i, byte in enumerate(struct.pack('<' + form, value + (self.get_inode(path, offset, form) if add else 0))):
            self.data[self.inode_at(self.places[path] + offset + i)] = byte

    def get_inode(self, path, offset, form):
        return struct.unpack_from('<' + form, self.inodes, self.places[path] + offset)[0]

    def put_directory(self, place, form, value):
        for i, byte in enumerate(struct.pack('<' + form, value)):
            self.data[self.directory_at(place + i)] = byte

    def kind(self, path):
        return self.get_inode(path, 0, 'H')

    def listing(self, path):
        """Place and length of a directory's listing."""
        extended = self.kind(path) == 8
        start = self.get_inode(path, 24 if extended else 16, 'I')
        offset = self.get_inode(path, 34 if extended else 26, 'H')
        size = self.get_inode(path, 20, 'I') if extended else self.get_inode(path, 24, 'H')
        return (self.place_of(self.directory_map, start << 16 | offset) if size > 3 else 0), size - 3

    def walk(self, path, place):
        self.places[path] = place
        if self.kind(path) not in (1, 8):
            return
        at, length = self.listing(path)
        end = at + length
        self.headers[path] = []
        while at < end:
            count, start, _ = struct.unpack_from('<III', self.directories, at)
            self.headers[path].append(at)
            at += 12
            for _ in range(count + 1):
                offset, _, _, size = struct.unpack_from('<HhHH', self.directories, at)
                name = self.directories[at + 8:at + 9 + size].decode()
                child = path + '/' + name if path else name
                self.entries[child] = at
                at += 9 + size
                self.walk(child, self.place_of(self.inode_map, start << 16 | offset))

    def index(self, path):
        """Places, in the inode table, of the entries of a directory's index."""
        at, out = self.places[path] + 40, []
        for _ in range(self.get_inode(path, 32, 'H')):
            out.append(at)
            at += 13 + struct.unpack_from('<I', self.inodes, at + 8)[0]
        return out

    def replace(self, at, length, new):
        """Other bytes, perhaps more or fewer; all positions behind follow."""
        delta = len(new) - length
        self.data[at:at + length] = new
        positions = [40, 48, 56, 64, 72, 80, 88]
        for position in positions:
            value = self.get('Q', position)
            if value != NONE and value > at:
                self.put('Q', position, value + delta)
        # where there are no fragments the super block names a place without a list
        lists = [self.get('Q', position) for position in (48, 80, 88) if position != 80 or self.super['fragments'] > 0]
        xattrs = self.get('Q', 56)
        if xattrs != NONE:
            lists += [xattrs, xattrs + 16]
        for place in lists:
            if place != NONE and self.get('Q', place) > at:
                self.put('Q', place, self.get('Q', place) + delta)


def swap(image, first, second):
    """Two entries of one listing whose names have one length."""
    length = 9 + struct.unpack_from('<H', image.directories, image.entries[first] + 6)[0]
    one, two = image.entries[first], image.entries[second]
    for i in range(length):
        image.put_directory(one + i, 'B', image.directories[two + i])
        image.put_directory(two + i, 'B', image.directories[one + i])


def lead(image, entry, target):
    """Lets an entry lead to the inode that another entry leads to; both in one block of the inode table."""
    for offset, form in ((0, 'H'), (4, 'H')):
        image.put_directory(image.entries[entry] + offset, form,
                            struct.unpack_from('<' + form, image.directories, image.entries[target] + offset)[0])
    header = max(at for at in sum(image.headers.values(), []) if at < image.entries[entry])
    number = struct.unpack_from('<I', image.directories, header + 8)[0]
    image.put_directory(image.entries[entry] + 2, 'h', image.get_inode(target, 12, 'I') - number)


def rename(image, entry, name):
    for i, byte in enumerate(name):
        image.put_directory(image.entries[entry] + 8 + i, 'B', byte)


def index_field(image, which, offset, form, value):
    place = image.index('a-many')[which]
    for i, byte in enumerate(struct.pack('<' + form, value)):
        image.data[image.inode_at(place + offset + i)] = byte


def index_elsewhere(image):
    """The header in a-other/ that begins with a name of its own: the index of a-many/ leads there."""
    header = image.headers['a-other'][1]
    length = struct.unpack_from('<H', image.directories, header + 18)[0] + 1
    index_field(image, 0, 0, 'I', (header - image.listing('a-many')[0]) % METADATA)
    index_field(image, 0, 4, 'I', image.directory_map[header // METADATA][0])
    for i in range(length):
        index_field(image, 0, 12 + i, 'B', image.directories[header + 20 + i])


def index_twice(image):
    first, second = image.index('a-many')[:2]
    for i in range(second - first):
        image.data[image.inode_at(second + i)] = image.inodes[first + i]


def alias_listing(image, path):
    """The same place, told from the block before: Linux begins at that of the next block."""
    place = image.listing(path)[0]
    assert place >= METADATA
    image.put_inode(path, 16, 'I', image.directory_map[place // METADATA - 1][0])
    image.put_inode(path, 26, 'H', place % METADATA + METADATA)


def split_directories(image):
    """A block of the directory table that is not full, in front of the listing of d/: the last block in two."""
    start, at = image.directory_map[-1]
    cut = image.listing('d')[0] % METADATA
    total = image.get('H', at - 2) & ~PLAIN
    assert image.listing('d')[0] // METADATA == len(image.directory_map) - 1 and 0 < cut < total
    for path in image.headers:
        place, length = image.listing(path)
        if length > 0 and place >= len(image.directory_map) * METADATA - METADATA + cut:
            extended = image.kind(path) == 8
            image.put_inode(path, 24 if extended else 16, 'I', start + 2 + cut)
            image.put_inode(path, 34 if extended else 26, 'H', place % METADATA - cut)
    image.put('H', at - 2, cut | PLAIN)
    image.replace(at + cut, 0, struct.pack('<H', (total - cut) | PLAIN))


def xattr_place(image, key):
    """Where a name of an extended attribute stands in the file, with its type and length in front."""
    return image.data.rindex(struct.pack('<H', len(key)) + key) - 2


def xattr_descriptor(image, number):
    return image.get('Q', image.super['xattr_table'] + 16) + 2 + number * 16


def share_listing(image):
    """d/on has the listing of d/in too: its file is d/in/file."""
    for offset, form in ((16, 'I'), (26, 'H'), (24, 'H')):
        image.put_inode('d/on', offset, form, image.get_inode('d/in', offset, form))


def longer_by_the_next(image):
    """The listing of d/in takes that of d/on in."""
    first, length = image.listing('d/in')
    second, more = image.listing('d/on')
    assert first + length == second
    image.put_inode('d/in', 24, 'H', more, add=True)


def wrong_export(image):
    at = image.get('Q', image.super['export_table']) + 2
    first, second = image.get('Q', at), image.get('Q', at + 8)
    image.put('Q', at, second)
    image.put('Q', at + 8, first)


def inode(path, offset, form, value, add=False):
    return lambda image: image.put_inode(path, offset, form, value, add)


def entry(path, offset, form, value):
    return lambda image: image.put_directory(image.entries[path] + offset, form, value)


def place(position, form, value):
    return lambda image: image.put(form, position, value)


def flags(clear, more):
    return lambda image: image.put('H', 24, image.super['flags'] & ~clear | more)


def attribute(key, offset, form, value):
    return lambda image: image.put(form, xattr_place(image, key) + offset, value)


def descriptor(number, offset, form, add):
    return lambda image: image.put(form, xattr_descriptor(image, number) + offset,
                                   image.get(form, xattr_descriptor(image, number) + offset) + add)


TWINS = {
    'an index into another directory': index_elsewhere,
    'an index with another name': lambda image: index_field(image, 0, 12, 'B', ord('b')),
    'an index that leads a byte further': lambda image: index_field(image, 0, 0, 'I', 1),
    'an index that leads into another block': lambda image: index_field(image, 0, 4, 'I', image.directory_map[-1][0]),
    'an index that names one header twice': index_twice,
    'a listing one byte longer': inode('d', 24, 'H', 1, True),
    'a listing one byte shorter': inode('d', 24, 'H', -1, True),
    'a listing eleven bytes longer': inode('d', 24, 'H', 11, True),
    'a listing that takes the next one in': longer_by_the_next,
    'an empty directory of size 2': inode('d/empty', 24, 'H', 2),
    'an empty directory of size 14': inode('d/empty', 24, 'H', 14),
    'two directories with one listing': share_listing,
    'a listing whose place is told from the block before': lambda image: alias_listing(image, 'd'),
    'a block of listings that is not full': split_directories,
    'an entry of another type': entry('d/aa', 4, 'H', 1),
    'an entry of a type with more bits': entry('d/aa', 4, 'H', 0x2002),
    'an entry of a type that none has': entry('d/aa', 4, 'H', 8),
    'an entry of the extended type': entry('d/run', 4, 'H', 9),
    'entries out of order': lambda image: swap(image, 'd/aa', 'd/bb'),
    'a name twice': lambda image: rename(image, 'd/bb', b'aa'),
    'a name that is the directory above': lambda image: rename(image, 'd/aa', b'..'),
    'a name with a slash': lambda image: rename(image, 'd/hard', b'ha/d'),
    'a name with NUL': lambda image: rename(image, 'd/hard', b'har\0'),
    'an entry with the number of another inode': entry('d/aa', 2, 'h', 0x7fff),
    'two entries for one directory': lambda image: lead(image, 'd/on', 'd/in'),
    'a directory in itself': lambda image: lead(image, 'd/in', 'd'),
    'two entries for a file that says one': lambda image: lead(image, 'd/bb', 'd/aa'),
    'a header of no end of entries': lambda image: image.put_directory(image.headers['d'][0], 'I', 256),
    'a file with a type in its mode': inode('d/aa', 2, 'H', 0x2000, True),
    'a directory with a type in its mode': inode('d', 2, 'H', 0x8000, True),
    'a link with a type in its mode': inode('d/link', 2, 'H', 0x1000, True),
    'a root directory with a type in its mode': inode('', 2, 'H', 0x4000, True),
    'a file with a link more': inode('d/run', 40, 'I', 3),
    'a symbolic link with a link more': inode('d/link', 16, 'I', 2),
    'a device with a link more': inode('d/tty', 16, 'I', 2),
    'a pipe without a link': inode('d/pipe', 16, 'I', 0),
    'a directory with too many links': inode('d', 20, 'I', 99),
    'a directory with too few links': inode('d', 20, 'I', 2),
    'a directory that counts its links in another way than the rest': inode('d/in', 20, 'I', 3),
    'a file of no blocks that begins behind all data': inode('d/aa', 16, 'I', 2**31),
    'a directory that says it is elsewhere': inode('d/in', 28, 'I', 1),
    'a root directory inside of another': inode('', 28, 'I', 1),
    'an inode with the number 0': inode('d/aa', 12, 'I', 0),
    'a link to a name with NUL': inode('d/link', 26, 'B', 0),
    'a link to nothing': inode('d/link', 20, 'I', 0),
    'an end in a fragment for a file that has none': inode('d/whole', 20, 'I', 0),
    'a place in no fragment': inode('d/whole', 24, 'I', 5),
    'fewer holes than there are': inode('d/hole', 32, 'Q', 0),
    'more holes than there are': inode('d/hole', 32, 'Q', 1, True),
    'more holes than the file is long': inode('d/hole', 32, 'Q', 2**40),
    'a fragment with a number of no meaning':
        lambda image: image.put('I', image.get('Q', image.super['fragment_table']) + 2 + 12, 1),
    'an attribute of a type with more bits': attribute(b'aa', 1, 'B', 0x20),
    'an attribute of a prefix that none has': attribute(b'aa', 0, 'B', 3),
    'an attribute with NUL in its name': attribute(b'aa', 5, 'B', 0),
    'an attribute twice': attribute(b'ab', 5, 'B', ord('a')),
    'a list of attributes of another size': descriptor(0, 12, 'I', 1),
    'a list of attributes with one less': descriptor(0, 8, 'I', -1),
    'a list of attributes with one more': descriptor(0, 8, 'I', 1),
    'a list of attributes that begins further on': descriptor(0, 0, 'Q', 1),
    'a value that stands inside of another': attribute(b'note', 12, 'B', 2),
    'a value elsewhere whose place is of another length': attribute(b'note', 8, 'B', 7),
    'attributes with a number of no meaning': lambda image: image.put('I', image.super['xattr_table'] + 12, 1),
    'an export table that names other inodes': wrong_export,
    'a flag that is not known': flags(0, 0x1000),
    'a flag of older versions': flags(0, 4),
    'attributes, and a flag that there are none': flags(0, 0x200),
    'fragments, and a flag that there are none': flags(0, 0x10),
    'an export table without its flag': flags(0x80, 0),
    'a block size with another logarithm': place(22, 'H', 16),
    'an inode less than there are': lambda image: image.put('I', 4, image.super['inodes'] - 1),
    'another root directory': lambda image: image.put('Q', 32, image.super['root'] - 1),
}


def make_twins(name, directory):
    with open(name, 'rb') as file:
        good = file.read()
    for number, (story, change) in enumerate(TWINS.items()):
        image = Image(good)
        change(image)
        assert image.data != good, story
        with open(f'{directory}/{number}', 'wb') as file:
            file.write(image.data)
        print(f'{number}\t{story}')


if __name__ == '__main__':
    {'tar': make_tar, 'twins': make_twins}[sys.argv[1]](*sys.argv[2:])
