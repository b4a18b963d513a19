"""Records of an ISO 9660 image with Rock Ridge, or of its Joliet tree, changed in their places."""
import struct

BLOCK = 2048


def both(value):
    return struct.pack('<I', value) + struct.pack('>I', value)


def entry(letters, data=b''):
    """A system use entry."""
    return letters + bytes([4 + len(data), 1]) + data


def name_in(*parts):
    """A name of Rock Ridge in so many entries."""
    return b''.join(entry(b'NM', bytes([part is not parts[-1]]) + part) for part in parts)


class Image:
    """@volume: the block of its descriptor (16; that of Joliet often 17 or 18)."""

    def __init__(self, file, volume=16):
        self.data = bytearray(open(file, 'rb').read())
        self.wide = self.data[volume * BLOCK] == 2
        self.root = self.get32(volume * BLOCK + 158)

    def get32(self, at):
        return struct.unpack_from('<I', self.data, at)[0]

    def put32(self, at, value):
        self.data[at:at + 8] = both(value)

    def records(self, block):
        """The places of the records of a directory in one block."""
        at, found = block * BLOCK, []
        while self.data[at]:
            found.append(at)
            at += self.data[at]
        return found

    def name(self, at):
        """That of Rock Ridge, of Joliet, or of ISO 9660 without version."""
        name = bytes(self.data[at + 33:at + 33 + self.data[at + 32]])
        if self.wide and len(name) > 1:
            return name.decode('utf-16-be').split(';')[0]
        rock = b''.join(one[5:] for one in self.entries(at) if one[:2] == b'NM')
        return (rock or name.split(b';')[0].rstrip(b'.')).decode('latin-1')

    def find(self, path):
        """The place of the record of `d/file`; `d/.` is a directory's own, `.` that of the root."""
        block, at = self.root, None
        for part in path.split('/'):
            wanted = {'.': '\0', '..': '\1'}.get(part, part)
            at = [one for one in self.records(block) if self.name(one) == wanted][0]
            block = self.get32(at + 2)
        return at

    def area(self, at):
        """Where the system use entries of a record begin."""
        length = self.data[at + 32]
        return at + 33 + length + (length % 2 == 0)

    def entries(self, at):
        found, place, end = [], self.area(at), at + self.data[at]
        while end - place >= 4 and self.data[place]:
            found.append(bytes(self.data[place:place + self.data[place + 2]]))
            place += self.data[place + 2]
        return found

    def set_record(self, at, record):
        """Puts a record (an even number of bytes) in place of another; what stands behind it in the block moves."""
        end = (at // BLOCK + 1) * BLOCK
        rest = bytes(self.data[at + self.data[at]:end]).rstrip(b'\0')
        assert len(record) % 2 == 0 and len(record) < 255 and len(record) + len(rest) <= end - at
        self.data[at:end] = (bytes(record) + rest).ljust(end - at, b'\0')
        self.data[at] = len(record)

    def set_entries(self, at, entries):
        head = bytes(self.data[at:self.area(at)])
        new = head + b''.join(entries)
        self.set_record(at, new + bytes(len(new) % 2))

    def change(self, at, letters, *others):
        """Puts entries in place of those with these letters."""
        kept = self.entries(at)
        places = [i for i, one in enumerate(kept) if one[:2] == letters]
        kept[places[0]:places[-1] + 1] = others
        self.set_entries(at, kept)

    def add(self, at, *others):
        self.set_entries(at, self.entries(at) + list(others))

    def put_off(self, at, letters):
        """Moves an entry from a record to behind the continuation of the root's own one."""
        lead = [one for one in self.entries(self.find('.')) if one[:2] == b'CE'][0]
        block, offset, size = (struct.unpack_from('<I', lead, i)[0] for i in (4, 12, 20))
        moved = [one for one in self.entries(at) if one[:2] == letters][0]
        free = offset + size + size % 2
        assert not any(self.data[block * BLOCK + free:block * BLOCK + free + len(moved)])
        self.data[block * BLOCK + free:block * BLOCK + free + len(moved)] = moved
        self.change(at, letters, entry(b'CE', both(block) + both(free) + both(len(moved))))

    def set_mode(self, at, mode, owner=0):
        px = bytes(self.data).index(b'PX', self.area(at), at + self.data[at])
        self.put32(px + 4, mode)
        self.put32(px + 20, owner)

    def save(self, file):
        open(file, 'wb').write(self.data)
