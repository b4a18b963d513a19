#include "unpack/named.h"

#include "unpack/bytes.h"

#include <string.h>
#include <zlib.h>

/** A mark: these bytes at this place. @length 0 ends a list of them. */
typedef struct
{
  guint16 offset;
  guint8 length;
  const char *bytes;
} Mark;

#define MARKS_MAX 2u

/** What a format is known by: all marks of one of the ways. */
typedef struct
{
  Mark ways[MARKS_MAX][MARKS_MAX];
} Sight;

#define MARK(offset, bytes)                                                                                            \
  {                                                                                                                    \
    offset, sizeof (bytes) - 1, bytes                                                                                  \
  }

static const Sight ubi = { { { MARK (0, "UBI#\1") } } };
static const Sight ubifs = { { { MARK (0, "\x31\x18\x10\x06") } } };
static const Sight cramfs = { { { MARK (0, "\x45\x3d\xcd\x28"), MARK (16, "Compressed ROMFS") },
                                { MARK (0, "\x28\xcd\x3d\x45"), MARK (16, "Compressed ROMFS") } } };
static const Sight romfs = { { { MARK (0, "-rom1fs-") } } };
static const Sight erofs = { { { MARK (1024, "\xe2\xe1\xf5\xe0") } } };
static const Sight f2fs = { { { MARK (1024, "\x10\x20\xf5\xf2") } } };
static const Sight xfs = { { { MARK (0, "XFSB\0\0") } } };
static const Sight ntfs = { { { MARK (3, "NTFS    "), MARK (510, "\x55\xaa") } } };
static const Sight exfat = { { { MARK (3, "EXFAT   "), MARK (510, "\x55\xaa") } } };
static const Sight android_boot = { { { MARK (0, "ANDROID!") } } };
static const Sight android_vendor_boot = { { { MARK (0, "VNDRBOOT") } } };
static const Sight android_sparse = { { { MARK (0, "\x3a\xff\x26\xed\1\0") } } };
static const Sight android_dtbo = { { { MARK (0, "\xd7\xb7\xab\x1e") } } };
static const Sight luks = { { { MARK (0, "LUKS\xba\xbe") } } };
static const Sight uefi_volume = { { { MARK (0, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), MARK (40, "_FVH") } } };
static const Sight trx = { { { MARK (0, "HDR0") } } };
static const Sight lzop = { { { MARK (0, "\x89LZO\0\r\n\x1a\n") } } };
static const Sight lrzip = { { { MARK (0, "LRZI\0") } } };
static const Sight snappy = { { { MARK (0, "\xff\6\0\0sNaPpY") } } };
static const Sight rar = { { { MARK (0, "Rar!\x1a\7") } } };
static const Sight cab = { { { MARK (0, "MSCF\0\0\0\0") } } };
static const Sight xar = { { { MARK (0, "xar!\0\x1c") } } };
static const Sight wim = { { { MARK (0, "MSWIM\0\0\0") } } };
static const Sight ole = { { { MARK (0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") } } };
static const Sight qcow = { { { MARK (0, "QFI\xfb") } } };
static const Sight vmdk = { { { MARK (0, "KDMV") } } };
static const Sight vhdx = { { { MARK (0, "vhdxfile") } } };

static gboolean
has_mark (const Mark *mark, const guint8 *head, gsize length)
{
  return (gsize)mark->offset + mark->length <= length && memcmp (head + mark->offset, mark->bytes, mark->length) == 0;
}

static gboolean
is_seen (const Sight *sight, const guint8 *head, gsize length)
{
  gboolean seen = FALSE;
  for (guint way = 0; !seen && way < MARKS_MAX && sight->ways[way][0].length > 0; way++)
    {
      seen = TRUE;
      for (guint i = 0; seen && i < MARKS_MAX && sight->ways[way][i].length > 0; i++)
        seen = has_mark (&sight->ways[way][i], head, length);
    }
  return seen;
}

/* The magic has two bytes, and no more than the checksum of a node's header makes it one (Linux, include/uapi/linux/
 * jffs2.h; the CRC begins with 0 and is not inverted). */
gboolean
assay_named_probe_jffs2 (const guint8 *head, gsize length, guint64 size)
{
  enum
  {
    HEADER_BYTES = 12,
    SUMMED_BYTES = 8
  };
  if (length < HEADER_BYTES)
    return FALSE;
  guint32 sum = ~(guint32)crc32 (0xffffffffu, head, SUMMED_BYTES);
  if (head[0] == 0x85 && head[1] == 0x19)
    return assay_get_le32 (head + SUMMED_BYTES) == sum;
  return head[0] == 0x19 && head[1] == 0x85 && assay_get_be32 (head + SUMMED_BYTES) == sum;
}

#define PROBE(id)                                                                                                      \
  gboolean assay_named_probe_##id (const guint8 *head, gsize length, guint64 size)                                     \
  {                                                                                                                    \
    return is_seen (&(id), head, length);                                                                              \
  }
PROBE (ubi)
PROBE (ubifs)
PROBE (cramfs)
PROBE (romfs)
PROBE (erofs)
PROBE (f2fs)
PROBE (xfs)
PROBE (ntfs)
PROBE (exfat)
PROBE (android_boot)
PROBE (android_vendor_boot)
PROBE (android_sparse)
PROBE (android_dtbo)
PROBE (luks)
PROBE (trx)
PROBE (lzop)
PROBE (lrzip)
PROBE (snappy)
PROBE (rar)
PROBE (cab)
PROBE (xar)
PROBE (wim)
PROBE (ole)
PROBE (qcow)
PROBE (vmdk)
PROBE (vhdx)
PROBE (uefi_volume)
#undef PROBE

gboolean
assay_named_open (AssayContainer *container, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "%s: known by its first bytes, and not read yet",
                            container->node->format);
}
