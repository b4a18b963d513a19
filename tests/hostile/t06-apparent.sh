#!/bin/sh
# T6: a block may be compressed in another way, but not so that it shows what the rebuild's does not: blocks that are not
# compressed put an archive's headers in the way of whoever looks for them without a directory, and the heads of certificates in that of
# whoever reads each file of a directory for them. Of files and entries of a zip nobody's encoder makes such blocks of what it can compress.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in python3 mksquashfs; do
    command -v $tool > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done

# make.py WHAT OUT LEVEL PLACE: content with a header of that kind, compressed at that level, alone or in an archive
cat > make.py <<'END'
import io, gzip, sys, tarfile, zipfile
what, out, level, place = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
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
         'bootconfig': b'#BOOTCONFIG\n', 'certificate': b'-----BEGIN ', 'no-certificate': b'----BEGIN '}[what]
content = b''.join(b'line %d\0content\0' % i for i in range(120)) + shown + b'\0the end' * 8
stream = gzip.compress(content, level, mtime=0)
if place == 'squashfs':
    open(out, 'wb').write(content)
elif place == 'alone':
    open(out, 'wb').write(stream)
elif place == 'tar':
    with tarfile.open(out, 'w', format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo('content.gz')
        info.size = len(stream)
        archive.addfile(info, io.BytesIO(stream))
elif place == 'zip':
    with zipfile.ZipFile(out, 'w') as archive:
        info = zipfile.ZipInfo('content')
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content, compresslevel=level)
END

# squash OUT OPTION...: the content as the one file of a squashfs
squash() {
    squash_out=$1
    shift
    mksquashfs tree "$squash_out" -quiet -no-progress -noappend -no-exports -no-fragments -all-root -mkfs-time 1 -all-time 1 -comp gzip "$@" > said.txt
}
mkdir tree
for place in squashfs alone tar zip; do
    for what in nothing tar zip directory ar cpio cpio-sums cpio-old bootconfig certificate no-certificate; do
        if [ $place = squashfs ]; then
            # no flag says that its blocks are stored
            python3 make.py $what tree/content 0 $place && touch -d @1 tree tree/content
            squash good && squash shipped -noD && poke shipped 24 P
        else
            python3 make.py $what good 9 $place
            python3 make.py $what shipped 0 $place
            python3 make.py $what other 1 $place
        fi
        code=1 how=$(fact recompressed unexplained)
        case $place-$what in squashfs-nothing | squashfs-no-*) code=0 how=$(fact recompressed explained) ;; esac
        judge "$place: blocks that are not compressed, $what" $code shipped good "$how"
        judge "$place: such blocks in the rebuild alone, $what" $code good shipped "$how"
        [ $place = squashfs ] || judge "$place: another level, $what" 0 other good "$(fact recompressed explained)"
    done
done

# Of lz4 any level shows some of a text: the heads of certificates alone count there.
if command -v lz4 > /dev/null; then
    certificate() { printf '%s\n' '-----BEGIN' ' CERTIFICATE-----' | tr -d '\n'; seq 1 2000; }
    certificate > content
    lz4 -qcz -1 content > good && lz4 -qcz -9 content > other
    judge 'lz4: another level' 0 other good "$(fact recompressed explained)"
fi
