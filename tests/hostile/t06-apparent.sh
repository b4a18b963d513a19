#!/bin/sh
# T6: a block of a squashfs may be compressed in another way, but not so that it shows what the rebuild's does not: blocks that
# are not compressed put an archive's headers in the way of whoever looks for them without a directory, and the heads of certificates in
# that of whoever reads each file of a directory for them. Of what an encoder makes at whatever level that is not asked.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 mksquashfs; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# make.py WHAT: content with a header of that kind
cat > make.py <<'END'
import io, sys, tarfile, zipfile
def tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w', format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo('etc/conf')
        info.size = 4
        archive.addfile(info, io.BytesIO(b'evil'))
    return file.getvalue()
def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr(zipfile.ZipInfo('etc/conf'), 'evil')
    return file.getvalue()
ar = b'!<arch>\n' + b'%-16s%-12d%-6d%-6d%-8s%-10d`\n' % (b'evil.o/', 0, 0, 0, b'100644', 4) + b'evil'
cpio = b'070701' + b'%08x' % 1 * 13 + b'a\0'
shown = {'nothing': b'', 'tar': tar()[:512], 'zip': zipped()[:60], 'directory': zipped()[zipped().index(b'PK\1\2'):][:46],
         'ar': ar, 'cpio': cpio, 'cpio-sums': cpio.replace(b'070701', b'070702'), 'cpio-old': cpio.replace(b'070701', b'070707'),
         'bootconfig': b'#BOOTCONFIG\n', 'certificate': b'-----BEGIN ', 'no-certificate': b'----BEGIN '}[sys.argv[1]]
sys.stdout.buffer.write(b''.join(b'line %d\0content\0' % i for i in range(120)) + shown + b'\0the end' * 8)
END

# squash OUT OPTION...: the content as the one file of a squashfs
squash() {
    squash_out=$1
    shift
    mksquashfs tree "$squash_out" -quiet -no-progress -noappend -no-exports -no-fragments -all-root -mkfs-time 1 -all-time 1 -comp gzip "$@" > said.txt
}
mkdir tree
for what in nothing tar zip directory ar cpio cpio-sums cpio-old bootconfig certificate no-certificate; do
    python3 make.py $what > tree/content && touch -d @1 tree tree/content
    # no flag says that its blocks are stored
    squash good && squash shipped -noD && poke shipped 24 P
    code=1 how=$(fact recompressed unexplained)
    case $what in nothing | no-*) code=0 how=$(fact recompressed explained) ;; esac
    judge "squashfs: blocks that are not compressed, $what" $code shipped good "$how"
    judge "squashfs: such blocks in the rebuild alone, $what" $code good shipped "$how"
done

# lz4 and zstd write what they do not find again as it is, each level another part of it.
for tool in lz4 zstd; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
python3 -c '
import random, tarfile, io
random.seed(5)
with tarfile.open("archive", "w", format=tarfile.USTAR_FORMAT) as out:
    for i in range(60):
        entry = tarfile.TarInfo("file%d" % i)
        entry.size = 700
        out.addfile(entry, io.BytesIO(random.randbytes(700)))'
for codec in 'lz4 -qc' 'lz4 -lqc' 'zstd -qc'; do
    $codec -1 archive > good && $codec -9 archive > shipped
    judge "an archive by $codec at another level" 0 shipped good "$(fact recompressed explained)"
done
