#!/bin/sh
# T6: a block of the tables of a squashfs is compressed, or stored as it is. U-Boot puts a compressed one that follows a stored one
# over what was there, and finds other files than Linux: which ones are stored is a fact.
# shellcheck disable=SC1091,SC2154 # lib.sh lies beside, and says what is named there
set -eu
. "$(dirname "$0")/lib.sh"
for tool in mksquashfs cc python3; do
    command -v "$tool" > /dev/null || { echo "SKIP: $tool is not installed" >&2; exit 77; }
done
# zlib that finds nothing to make smaller in the blocks of tables with these numbers; blocks of files are longer
cat > shim.c << 'X'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
int
deflate (z_streamp stream, int flush)
{
  static int (*real) (z_streamp, int);
  static int count;
  const char *stored = getenv ("STORED_BLOCKS");
  if (real == NULL)
    real = (int (*) (z_streamp, int))dlsym (RTLD_NEXT, "deflate");
  if (stored != NULL && stream->avail_in == 8192 && count < (int)strlen (stored) && stored[count++] == 's')
    return Z_OK;
  return real (stream, flush);
}
X
cc -shared -fPIC -o shim.so shim.c -ldl 2> log || { echo "SKIP: no shim of zlib: $(head -n 1 log)" >&2; exit 77; }
mkdir tree
for i in $(seq 600); do echo "file $i" > "tree/a-rather-long-name-of-a-file-$i"; done
# squash FILE TIME [STORED]
squash() {
    LD_PRELOAD=$PWD/shim.so STORED_BLOCKS=${3:-} mksquashfs tree "$1" -noappend -quiet -no-progress -processors 1 -all-root \
        -all-time "$2" -mkfs-time "$2" > log 2>&1 || fail "mksquashfs: $(cat log)"
}
squash plain 1700000000
squash plain2 1700000123
squash first 1700000000 s
squash first2 1700000123 s
squash second 1700000000 cs
if cmp -s plain first || cmp -s first second; then fail 'no block is stored'; fi
stored='any(.facts[]; (.fact | startswith("stored-blocks.")) and .class == "unexplained"'
judge 'all are compressed' 0 plain2 plain '.verdict == "equivalent"'
judge 'the first is stored in both' 0 first2 first '.verdict == "equivalent"'
judge 'one that was stored' 1 first plain "$stored and .shipped == \"0\" and .expected == null)"
judge 'one that was compressed' 1 plain first "$stored and .shipped == null and .expected == \"0\")"
# the fragments are one block of less than 128 KiB
for side in shipped expected; do
    case $side in shipped) option=-noF ;; *) option= ;; esac
    # shellcheck disable=SC2086 # an option, or none
    mksquashfs tree $side.fragments -noappend -quiet -no-progress -all-root -all-time 1700000000 -mkfs-time 1700000000 $option > log 2>&1
done
python3 - <<'X'
# what the option says of itself, in the flags of the super block, is taken back
data = bytearray(open('shipped.fragments', 'rb').read())
data[24] = open('expected.fragments', 'rb').read()[24]
open('shipped.fragments', 'wb').write(data)
X
judge 'fragments that were stored' 1 shipped.fragments expected.fragments "$stored and .fact == \"stored-blocks.fragments\" and .shipped == \"0\")"
judge 'another one' 1 second first "$stored and .shipped == \"1\" and .expected == \"0\")"
