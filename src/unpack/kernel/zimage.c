#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/kernel/kernel.h"
#include "unpack/trial.h"
#include "util/cancel.h"
#include "util/checked.h"

/*
 * Linux for ARM with 32 bits, compressed (arch/arm/boot/compressed/head.S, vmlinux.lds.S): code, and among it the
 * compressed kernel, whose last four bytes say how long it is when it is decompressed. Where these stand a table says,
 * since Linux 4.15; where the compressed kernel begins nothing says. It is the one place from which a stream reaches,
 * without error, exactly to these four bytes, or, without the table, to four bytes that say how much it decodes to.
 * Where there is no such place, or more than one, it is a raw image.
 */

#define HEADER_BYTES 0x40u
#define SIZE_BYTES 4u
#define MAGIC 0x016f2818u
#define TABLE_MAGIC 0x45454545u
#define TABLE_TAG 0x5a534c4bu
#define TABLE_WORDS_MOST 16u

enum
{
  AT_MAGIC = 0x24,
  AT_START = 0x28,
  AT_END = 0x2c,
  AT_TABLE_MAGIC = 0x34,
  AT_TABLE = 0x38,
};

static const AssayKernelField fields[] = {
  { 0x24, 4, "zImage header: magic" },
  { 0x28, 4, "zImage header: start" },
  { 0x2c, 4, "zImage header: end" },
  { 0x30, 4, "zImage header: byte order" },
  { 0x34, 4, "zImage header: magic of a table" },
  { 0x38, 4, "zImage header: place of the table" },
};

/**
 * @end: of the image, by its header
 * @size_at: where the table says that the size of the kernel stands; 0: there is no table
 * @start: @length: the stream; @start 0: none is known
 * @several: more than one stream could be it
 * @tried: places so far
 */
typedef struct
{
  AssayContainer *container;
  gboolean big_endian;
  guint64 end;
  guint64 size_at;
  guint64 start;
  guint64 length;
  gboolean several;
  guint tried;
} Piggy;

static guint32
get (const Piggy *piggy, const guint8 *bytes)
{
  guint32 value = assay_get_le32 (bytes);
  return piggy->big_endian ? GUINT32_SWAP_LE_BE (value) : value;
}

gboolean
assay_zimage_probe (const guint8 *head, gsize length, guint64 size)
{
  guint32 magic = length >= HEADER_BYTES ? assay_get_le32 (head + AT_MAGIC) : 0;
  return magic == MAGIC || magic == GUINT32_SWAP_LE_BE (MAGIC);
}

static gboolean
read_header (Piggy *piggy, GError **error)
{
  const AssayNode *node = piggy->container->node;
  guint8 head[HEADER_BYTES];
  guint8 table[(size_t)TABLE_WORDS_MOST * 4];
  if (!assay_blob_read (node->blob, 0, head, sizeof head, error))
    return FALSE;
  piggy->big_endian = assay_get_le32 (head + AT_MAGIC) != MAGIC;
  guint64 start = get (piggy, head + AT_START);
  guint64 end = get (piggy, head + AT_END);
  if (end < start || end - start < HEADER_BYTES || end - start > node->size)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: its header speaks of another length");
  piggy->end = end - start;
  guint64 at = get (piggy, head + AT_TABLE);
  if (get (piggy, head + AT_TABLE_MAGIC) != TABLE_MAGIC || !assay_range_fits (at, 12, piggy->end))
    return TRUE;
  if (!assay_blob_read (node->blob, at, table, 12, error))
    return FALSE;
  guint64 size_at = get (piggy, table + 8);
  if (get (piggy, table + 4) == TABLE_TAG && size_at > HEADER_BYTES
      && assay_range_fits (size_at, SIZE_BYTES, piggy->end))
    piggy->size_at = size_at;
  return TRUE;
}

/* Whether the four bytes at @at say how long the content of a stream is, in the order that the codec or the build
 * writes: the lowest first. */
static gboolean
says_size (const Piggy *piggy, guint64 at, guint64 content, gboolean *out_says, GError **error)
{
  guint8 bytes[SIZE_BYTES];
  *out_says = FALSE;
  if (!assay_range_fits (at, sizeof bytes, piggy->end))
    return TRUE;
  if (!assay_blob_read (piggy->container->node->blob, at, bytes, sizeof bytes, error))
    return FALSE;
  *out_says = assay_get_le32 (bytes) == content;
  return TRUE;
}

/* The four bytes are gzip's own last ones, and stand behind all others. */
static gboolean
try_place (Piggy *piggy, guint64 start, GError **error)
{
  AssayTrial trial;
  gboolean own_size = FALSE;
  if (++piggy->tried > ASSAY_TRIAL_MOST)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: too many places that look like a stream");
  if (!assay_kernel_has_own_size (piggy->container, start, &own_size, error))
    return FALSE;
  guint64 most = piggy->size_at == 0 ? piggy->end : piggy->size_at + (own_size ? SIZE_BYTES : 0);
  if (start >= most)
    return TRUE;
  if (!assay_trial_open (piggy->container, start, most - start, assay_trial_streams, &trial, error))
    return FALSE;
  if (trial.format == NULL || trial.content == 0)
    return TRUE;
  guint64 size_at = start + trial.end - (own_size ? SIZE_BYTES : 0);
  gboolean right = size_at == piggy->size_at;
  if (piggy->size_at == 0 && !says_size (piggy, size_at, trial.content, &right, error))
    return FALSE;
  if (!right)
    return TRUE;
  piggy->several = piggy->start != 0;
  piggy->start = start;
  piggy->length = trial.end;
  return TRUE;
}

static gboolean
find_piggy (Piggy *piggy, GError **error)
{
  const AssayNode *node = piggy->container->node;
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 last = piggy->size_at == 0 ? piggy->end : piggy->size_at;
  for (guint64 start = HEADER_BYTES; !piggy->several && last - start >= 8;)
    {
      gsize take = (gsize)MIN (last - start, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (node->blob, start, window, take, error))
        return FALSE;
      gsize at = 0;
      for (; !piggy->several && at + 8 <= take; at++)
        if (assay_trial_may_begin (window + at, 8) && !try_place (piggy, start + at, error))
          return FALSE;
      start += at;
    }
  return TRUE;
}

/* A device tree that somebody put behind the image, for a kernel that looks for it there (CONFIG_ARM_APPENDED_DTB). */
static gboolean
add_behind (const Piggy *piggy, GError **error)
{
  AssayContainer *container = piggy->container;
  const AssayNode *node = container->node;
  guint8 head[8];
  guint64 room = node->size - piggy->end;
  if (room >= sizeof head && !assay_blob_read (node->blob, piggy->end, head, sizeof head, error))
    return FALSE;
  if (room < sizeof head || memcmp (head, "\xd0\x0d\xfe\xed", 4) != 0
      || GUINT32_SWAP_LE_BE (assay_get_le32 (head + 4)) != room)
    return assay_kernel_add_tail (container, piggy->end, error);
  AssayNode *tree = assay_container_add_part (container, "#dtb", piggy->end, room, "device tree", error);
  if (tree != NULL)
    tree->loaded_from = "none";
  return tree != NULL;
}

gboolean
assay_zimage_open (AssayContainer *container, GError **error)
{
  Piggy piggy = { .container = container };
  if (!read_header (&piggy, error) || !find_piggy (&piggy, error))
    return FALSE;
  if (piggy.start == 0 || piggy.several || assay_trial_is_spent (container))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: no stream in it is certain");
  assay_kernel_add_header (container, fields, G_N_ELEMENTS (fields), HEADER_BYTES, "zImage code");
  assay_kernel_add_span (container, HEADER_BYTES, piggy.start, "decompressor");
  if (!assay_kernel_add_payload (container, piggy.start, piggy.length, error))
    return FALSE;
  assay_kernel_add_span (container, piggy.start + piggy.length, piggy.end, "decompressor");
  return add_behind (&piggy, error);
}
