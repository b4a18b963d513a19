#include "compare/align.h"

#include "util/checked.h"

#include <string.h>

static void
append (GArray *correspondences, guint64 shipped, guint64 expected, guint64 length)
{
  AssayCorrespondence correspondence = { shipped, expected, length };
  if (length > 0)
    g_array_append_val (correspondences, correspondence);
}

/** AssayStretch: a range of one blob. */
typedef struct
{
  AssayBlob *blob;
  guint64 offset;
  guint64 length;
} Stretch;

/* Bytes that the beginnings of two stretches have in common, at most @limit. */
static gboolean
common_prefix (const Stretch *a, const Stretch *b, guint64 limit, guint64 *out, GError **error)
{
  g_autofree guint8 *window_a = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_autofree guint8 *window_b = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 done = 0; done < limit;)
    {
      gsize length = MIN (limit - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (a->blob, a->offset + done, window_a, length, error)
          || !assay_blob_read (b->blob, b->offset + done, window_b, length, error))
        return FALSE;
      for (gsize i = 0; i < length; i++)
        if (window_a[i] != window_b[i])
          {
            *out = done + i;
            return TRUE;
          }
      done += length;
    }
  *out = limit;
  return TRUE;
}

/* Bytes that the ends of two stretches have in common, at most @limit. */
static gboolean
common_suffix (const Stretch *a, const Stretch *b, guint64 limit, guint64 *out, GError **error)
{
  g_autofree guint8 *window_a = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_autofree guint8 *window_b = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 done = 0; done < limit;)
    {
      gsize length = MIN (limit - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (a->blob, a->offset + a->length - done - length, window_a, length, error)
          || !assay_blob_read (b->blob, b->offset + b->length - done - length, window_b, length, error))
        return FALSE;
      for (gsize i = 0; i < length; i++)
        if (window_a[length - 1 - i] != window_b[length - 1 - i])
          {
            *out = done + i;
            return TRUE;
          }
      done += length;
    }
  *out = limit;
  return TRUE;
}

static gboolean
append_stretches (GArray *correspondences, const Stretch *shipped, const Stretch *expected, GError **error)
{
  if (shipped->length == expected->length)
    {
      append (correspondences, shipped->offset, expected->offset, shipped->length);
      return TRUE;
    }
  guint64 limit = MIN (shipped->length, expected->length);
  guint64 prefix = 0;
  guint64 suffix = 0;
  if (!common_prefix (shipped, expected, limit, &prefix, error)
      || !common_suffix (shipped, expected, limit - prefix, &suffix, error))
    return FALSE;
  /* What is left in the middle corresponds from its beginning, as far as the shorter side goes. */
  guint64 middle = limit - prefix - suffix;
  append (correspondences, shipped->offset, expected->offset, prefix + middle);
  append (correspondences, shipped->offset + shipped->length - suffix, expected->offset + expected->length - suffix,
          suffix);
  return TRUE;
}

/* A name for a piece that is the same on both sides; occurrences of one name are counted apart. A section header table
 * that is loaded, as in the code, stands for none that is not. */
static char *
piece_key (const AssayElf *elf, const AssayPiece *piece, GHashTable *seen)
{
  const char *name = "";
  if (piece->kind == ASSAY_PIECE_SECTION)
    name = g_array_index (elf->sections, AssaySection, piece->section).name;
  guint64 address = 0;
  gboolean loaded
      = piece->kind == ASSAY_PIECE_SECTION_HEADERS && assay_elf_address_of_offset (elf, piece->offset, &address);
  g_autofree char *base = g_strdup_printf ("%d:%d:%s", (int)piece->kind, loaded, name);
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (seen, base)) + 1;
  g_hash_table_insert (seen, g_strdup (base), GUINT_TO_POINTER (count));
  return g_strdup_printf ("%s:%u", base, count);
}

static GHashTable *
index_pieces (const AssayElf *elf)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < elf->pieces->len; i++)
    {
      AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      g_hash_table_insert (index, piece_key (elf, piece, seen), piece);
    }
  return index;
}

static gboolean
align_pieces (GArray *correspondences, AssayBlob *shipped, const AssayElf *shipped_elf, AssayBlob *expected,
              const AssayElf *expected_elf, GError **error)
{
  g_autoptr (GHashTable) index = index_pieces (expected_elf);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < shipped_elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (shipped_elf->pieces, AssayPiece, i);
      g_autofree char *key = piece_key (shipped_elf, piece, seen);
      const AssayPiece *other = g_hash_table_lookup (index, key);
      if (other == NULL)
        continue;
      /* Of a header or section that others cover in part, the same bytes of it correspond. */
      guint64 within = MAX (piece->within, other->within);
      guint64 skip = within - piece->within;
      guint64 other_skip = within - other->within;
      if (skip >= piece->length || other_skip >= other->length)
        continue;
      Stretch a = { shipped, piece->offset + skip, piece->length - skip };
      Stretch b = { expected, other->offset + other_skip, other->length - other_skip };
      /* Records of a table are counted from its beginning: what is added has no counterpart as a whole. */
      if (piece->kind == ASSAY_PIECE_PROGRAM_HEADERS || piece->kind == ASSAY_PIECE_SECTION_HEADERS)
        append (correspondences, a.offset, b.offset, MIN (a.length, b.length));
      else if (!append_stretches (correspondences, &a, &b, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
align_load_image (GArray *correspondences, guint64 shipped_size, const AssayElf *expected_elf, GError **error)
{
  guint64 base = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (expected_elf, &base, error);
  if (ranges == NULL)
    return FALSE;
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      if (range->image_offset < shipped_size)
        append (correspondences, range->image_offset, range->file_offset,
                MIN (range->length, shipped_size - range->image_offset));
    }
  return TRUE;
}

GArray *
assay_align (AssayBlob *shipped, const AssayElf *shipped_elf, AssayBlob *expected, const AssayElf *expected_elf,
             GError **error)
{
  g_autoptr (GArray) correspondences = g_array_new (FALSE, FALSE, sizeof (AssayCorrespondence));
  Stretch a = { shipped, 0, assay_blob_get_size (shipped) };
  Stretch b = { expected, 0, assay_blob_get_size (expected) };
  gboolean done;
  if (shipped_elf == NULL && expected_elf != NULL)
    done = align_load_image (correspondences, a.length, expected_elf, error);
  else if (a.length != b.length && shipped_elf != NULL && expected_elf != NULL)
    done = align_pieces (correspondences, shipped, shipped_elf, expected, expected_elf, error);
  else
    done = append_stretches (correspondences, &a, &b, error);
  return done ? g_steal_pointer (&correspondences) : NULL;
}
