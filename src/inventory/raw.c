#include "inventory/raw.h"

#include "util/checked.h"

#include <assay/error.h>

#include <string.h>

static gboolean
compare_range (AssayBlob *raw, AssayBlob *elf_blob, const AssayLoadRange *range, guint8 *windows, gboolean *out_same,
               GError **error)
{
  *out_same = TRUE;
  for (guint64 done = 0; done < range->length && *out_same;)
    {
      gsize length = (gsize)MIN (range->length - done, ASSAY_BLOB_WINDOW_BYTES);
      guint8 *other = windows + ASSAY_BLOB_WINDOW_BYTES;
      if (!assay_blob_read (raw, range->image_offset + done, windows, length, error)
          || !assay_blob_read (elf_blob, range->file_offset + done, other, length, error))
        return FALSE;
      *out_same = memcmp (windows, other, length) == 0;
      done += length;
    }
  return TRUE;
}

static gboolean
compare_ranges (AssayBlob *raw, AssayBlob *elf_blob, const GArray *ranges, gboolean *out_matches, GError **error)
{
  guint64 size = assay_blob_get_size (raw);
  g_autofree guint8 *windows = g_malloc (2 * ASSAY_BLOB_WINDOW_BYTES);
  gboolean same = ranges->len > 0;
  for (guint i = 0; i < ranges->len && same; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      same = assay_range_fits (range->image_offset, range->length, size);
    }
  for (guint i = 0; i < ranges->len && same; i++)
    if (!compare_range (raw, elf_blob, &g_array_index (ranges, AssayLoadRange, i), windows, &same, error))
      return FALSE;
  *out_matches = same;
  return TRUE;
}

static gboolean
compare_held (AssayBlob *raw, AssayBlob *elf_blob, const GArray *ranges, gboolean *out_matches, GError **error)
{
  if (!assay_blob_hold (raw, error))
    return FALSE;
  gboolean done = FALSE;
  if (assay_blob_hold (elf_blob, error))
    {
      done = compare_ranges (raw, elf_blob, ranges, out_matches, error);
      assay_blob_release (elf_blob);
    }
  assay_blob_release (raw);
  return done;
}

gboolean
assay_raw_matches_elf (AssayBlob *raw, AssayBlob *elf_blob, const AssayElf *elf, gboolean *out_matches, GError **error)
{
  guint64 base = 0;
  g_autoptr (GError) no_image = NULL;
  if (assay_blob_get_size (elf_blob) != elf->size)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "an ELF file changed its size since it was read");
      return FALSE;
    }
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, &no_image);
  if (ranges != NULL)
    return compare_held (raw, elf_blob, ranges, out_matches, error);
  if (!g_error_matches (no_image, ASSAY_ERROR, ASSAY_ERROR_MALFORMED))
    {
      g_propagate_error (error, g_steal_pointer (&no_image));
      return FALSE;
    }
  *out_matches = FALSE;
  return TRUE;
}

gboolean
assay_raw_locate (const AssayElf *elf, const GArray *load_ranges, guint64 raw_offset, guint64 *out_virtual_address)
{
  guint low = 0;
  guint high = load_ranges->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const AssayLoadRange *range = &g_array_index (load_ranges, AssayLoadRange, middle);
      if (raw_offset < range->image_offset)
        high = middle;
      else if (raw_offset - range->image_offset >= range->length)
        low = middle + 1;
      else
        {
          /* Addresses of a 32-bit file wrap at its own width, as its processor's do. */
          guint64 address = range->virtual_address + (raw_offset - range->image_offset);
          *out_virtual_address = elf->bits == 32 ? address & G_MAXUINT32 : address;
          return TRUE;
        }
    }
  return FALSE;
}
