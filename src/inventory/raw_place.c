#include "inventory/raw_place.h"

#include "util/checked.h"

#include <string.h>

/** A larger image is not searched. */
#define SEARCHED_BYTES (64u * 1024u * 1024u)

/** Bytes of a part by which it is looked for, and how many such probes are taken from the largest part. */
#define PROBE_BYTES 24u
#define PROBES 16u

/** Different values that a probe must have: what is all fill stands everywhere. */
#define PROBE_VALUES 8u

/** One byte of this many may differ. */
#define TOLERANCE 32u

static guint8 *
read_all (AssayBlob *blob, guint64 offset, guint64 length)
{
  g_autoptr (GError) ignored = NULL;
  g_autofree guint8 *bytes = length > SEARCHED_BYTES ? NULL : g_try_malloc (MAX (length, 1));
  if (bytes == NULL || (length > 0 && !assay_blob_read (blob, offset, bytes, length, &ignored)))
    return NULL;
  return g_steal_pointer (&bytes);
}

/* The flat image of the ELF file; @size: of @out, from the lowest load address on. */
static guint8 *
make_flat (AssayBlob *elf_blob, const GArray *ranges, guint64 size)
{
  g_autoptr (GError) ignored = NULL;
  g_autofree guint8 *flat = size > SEARCHED_BYTES ? NULL : g_try_malloc0 (MAX (size, 1));
  for (guint i = 0; flat != NULL && i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      if (!assay_blob_read (elf_blob, range->file_offset, flat + range->image_offset, range->length, &ignored))
        return NULL;
    }
  return g_steal_pointer (&flat);
}

static gboolean
measure (const GArray *ranges, guint64 *out_size, const AssayLoadRange **out_largest)
{
  *out_size = 0;
  *out_largest = NULL;
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      guint64 end = 0;
      if (!assay_u64_add (range->image_offset, range->length, &end))
        return FALSE;
      *out_size = MAX (*out_size, end);
      if (*out_largest == NULL || range->length > (*out_largest)->length)
        *out_largest = range;
    }
  return *out_largest != NULL && *out_size <= SEARCHED_BYTES;
}

static gboolean
says_something (const guint8 *probe)
{
  gboolean seen[256] = { FALSE };
  guint values = 0;
  for (guint i = 0; i < PROBE_BYTES; i++)
    {
      values += !seen[probe[i]];
      seen[probe[i]] = TRUE;
    }
  return values >= PROBE_VALUES;
}

/** Both sides of a search. */
typedef struct
{
  const guint8 *raw;
  guint64 raw_size;
  const guint8 *flat;
  guint64 flat_size;
  const GArray *ranges;
} Search;

/* Whether the parts stand at a displacement, but for a byte here and there. */
static gboolean
stands_at (const Search *search, guint64 displacement)
{
  guint64 bytes = 0;
  guint64 different = 0;
  if (!assay_range_fits (displacement, search->flat_size, search->raw_size))
    return FALSE;
  for (guint i = 0; i < search->ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (search->ranges, AssayLoadRange, i);
      const guint8 *flat = search->flat + range->image_offset;
      const guint8 *raw = search->raw + displacement + range->image_offset;
      for (guint64 j = 0; j < range->length; j++)
        different += flat[j] != raw[j];
      bytes += range->length;
    }
  return bytes > 0 && different <= bytes / TOLERANCE;
}

static gboolean
find (const Search *search, const AssayLoadRange *largest, guint64 *out)
{
  guint64 step = MAX (largest->length / PROBES, 1);
  if (stands_at (search, 0))
    {
      *out = 0;
      return TRUE;
    }
  for (guint64 at = 0; at + PROBE_BYTES <= largest->length; at += step)
    {
      guint64 offset = largest->image_offset + at;
      const guint8 *probe = search->flat + offset;
      const guint8 *hit = says_something (probe) ? memmem (search->raw, search->raw_size, probe, PROBE_BYTES) : NULL;
      guint64 found = hit == NULL ? 0 : (guint64)(hit - search->raw);
      if (hit != NULL && found >= offset && stands_at (search, found - offset))
        {
          *out = found - offset;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
assay_raw_place (AssayBlob *raw, AssayBlob *elf_blob, const GArray *load_ranges, guint64 *out_displacement)
{
  const AssayLoadRange *largest = NULL;
  guint64 size = 0;
  if (!measure (load_ranges, &size, &largest) || size > assay_blob_get_size (raw))
    return FALSE;
  g_autofree guint8 *flat = make_flat (elf_blob, load_ranges, size);
  g_autofree guint8 *bytes = flat == NULL ? NULL : read_all (raw, 0, assay_blob_get_size (raw));
  Search search = { bytes, assay_blob_get_size (raw), flat, size, load_ranges };
  return bytes != NULL && find (&search, largest, out_displacement);
}
