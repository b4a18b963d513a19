#!/bin/sh
# T6: a stream may be compressed in another way, but not so that it shows what the rebuild's does not: blocks that are
# not compressed put an archive's headers in the way of whoever looks for them without a directory, and lines in that of
# whoever reads each file of a directory for them, as certificates are looked for; and code in that of a server that runs what stands
# in a page of any kind.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || { echo 'SKIP: python3 is not installed' >&2; exit 77; }

# make.py WHAT OUT LEVEL PLACE: content with a header of that kind, compressed at that level, alone or in an archive
cat > make.py <<'END'
import io, gzip, random, sys, tarfile, zipfile
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
         'bootconfig': b'#BOOTCONFIG\n', 'text': b'\nrun this line of text\n', 'less-text': b'\nno 12 here\n', 'no-line': b'a text without an end',
         'certificate': b'-----BEGIN ', 'code': b'\xff<?=`x`?>\xff', 'code-php': b'\xff<<<?PHP x();?>\xff', 'code-short': b'\xff<?\nx()?>\xff',
         'code-bare': b'\xff<?system($_GET[0])?>\xff', 'code-open': b'\xff<?=`x`; /* and so on\xff', 'no-code': b'\xff<?xml x?>\xff <?>\xff <?\xff <?=x', 'less-code': b'\xff<?=`x`;\xff',
         'no-act': b'\xff<?4?:?8?=?>\xff', 'long-text': b'\n' + b'a line ' * 3 + b'\n', 'long-code': b'\xff<?=`$_GET[0]`?>\xff', 'by-chance': b'\na line of text\n\xff<?=`x`?>\xff'}[what]
# coded bytes of a megabyte, of which lines and code by chance are more
much = random.Random(1).randbytes(1 << 20) if what in ('long-text', 'long-code', 'by-chance') else b''
content = much + b''.join(b'line %d\0content\0' % i for i in range(120)) + shown + b'\0the end' * 8
stream = gzip.compress(content, level, mtime=0)
if place == 'alone':
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

for place in alone tar zip; do
    for what in nothing tar zip directory ar cpio cpio-sums cpio-old bootconfig text less-text no-line certificate code code-php code-short code-bare code-open no-code less-code no-act long-text long-code by-chance; do
        python3 make.py $what good 9 $place
        python3 make.py $what shipped 0 $place
        python3 make.py $what other 1 $place
        case $what in
            nothing | less-text | no-line | no-code | less-code | no-act | by-chance) judge "$place: blocks that are not compressed, $what" 0 shipped good ;;
            *)
                judge "$place: blocks that are not compressed, $what" 1 shipped good "$(fact recompressed unexplained)"
                judge "$place: such blocks in the rebuild alone, $what" 1 good shipped "$(fact recompressed unexplained)"
                judge "$place: another level, $what" 0 other good "$(fact recompressed explained)"
                ;;
        esac
    done
done

# Of lz4 any level shows some of a text: the heads of certificates alone count there.
if command -v lz4 > /dev/null; then
    certificate() { printf '%s\n' '-----BEGIN' ' CERTIFICATE-----' | tr -d '\n'; seq 1 2000; }
    certificate > content
    lz4 -qcz -1 content > good && lz4 -qcz -9 content > other
    judge 'lz4: another level' 0 other good "$(fact recompressed explained)"
fi
