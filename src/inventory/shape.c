#include "inventory/shape.h"

#include "inventory/nature_private.h"
#include "inventory/shape_kinds.h"

#include <string.h>

/* Chunks and tables of one file that are followed. */
#define MAX_PARTS (1u << 20)

static gboolean
fits_png (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint64 at = 8;
  for (guint i = 0; i < MAX_PARTS && size - at >= 12; i++)
    {
      guint8 chunk[8];
      if (!assay_blob_read (blob, at, chunk, sizeof chunk, error))
        return FALSE;
      guint64 length = assay_shape_u32 (chunk, TRUE);
      if (length > size - at - 12)
        return TRUE;
      at += 12 + length;
      if (memcmp (chunk + 4, "IEND", 4) == 0)
        {
          *out_fits = at == size;
          return TRUE;
        }
    }
  return TRUE;
}

/* What a RIFF file is of: sounds, pictures, films, pointers, instruments. */
static gboolean
is_form (const guint8 *form)
{
  static const char *const forms[] = { "WAVE", "WEBP", "AVI ", "ACON", "RMID", "sfbk" };
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    if (memcmp (form, forms[i], 4) == 0)
      return TRUE;
  return FALSE;
}

/* Large files have more than one; an odd one may have a byte behind it. */
static gboolean
fits_riff (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint64 at = 0;
  for (guint i = 0; i < MAX_PARTS && size - at >= 12; i++)
    {
      guint8 head[12];
      if (!assay_blob_read (blob, at, head, sizeof head, error))
        return FALSE;
      guint64 length = assay_shape_u32 (head + 4, FALSE);
      if (memcmp (head, "RIFF", 4) != 0 || length > size - at - 8 || (at == 0 && !is_form (head + 8)))
        return TRUE;
      at += 8 + length;
      at += at < size && length % 2 != 0;
      if (at == size)
        {
          *out_fits = TRUE;
          return TRUE;
        }
    }
  return TRUE;
}

static gboolean
fits_woff (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint8 head[12];
  if (assay_blob_get_size (blob) < sizeof head)
    return TRUE;
  if (!assay_blob_read (blob, 0, head, sizeof head, error))
    return FALSE;
  *out_fits = assay_shape_u32 (head + 8, TRUE) == assay_blob_get_size (blob);
  return TRUE;
}

/* The last table ends the file, but for what fills it up to four bytes. */
static gboolean
fits_sfnt (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint64 end = 0;
  guint8 head[12];
  if (size < sizeof head)
    return TRUE;
  if (!assay_blob_read (blob, 0, head, sizeof head, error))
    return FALSE;
  guint tables = (guint)head[4] << 8 | head[5];
  if (tables == 0 || 16 * (guint64)tables > size - sizeof head)
    return TRUE;
  for (guint i = 0; i < tables; i++)
    {
      guint8 table[16];
      if (!assay_blob_read (blob, sizeof head + 16 * (guint64)i, table, sizeof table, error))
        return FALSE;
      guint64 table_end = (guint64)assay_shape_u32 (table + 8, TRUE) + assay_shape_u32 (table + 12, TRUE);
      if (table_end > size)
        return TRUE;
      end = MAX (end, table_end);
    }
  *out_fits = size - end < 4;
  return TRUE;
}

/* How files of passive data begin, by their own specifications; of collections of fonts no structure is known here. */
static const struct
{
  const char *begin;
  gsize length;
  gboolean (*fits) (AssayBlob *blob, gboolean *out_fits, GError **error);
} shapes[] = {
  { "\x89PNG\r\n\x1a\n", 8, fits_png },
  { "\xff\xd8\xff", 3, assay_shape_jpeg },
  { "GIF87a", 6, assay_shape_gif },
  { "GIF89a", 6, assay_shape_gif },
  { "RIFF", 4, fits_riff },
  { "OggS", 4, assay_shape_ogg },
  { "fLaC", 4, assay_shape_flac },
  { "%PDF-", 5, assay_shape_document },
  { "\0\1\0\0\0", 5, fits_sfnt },
  { "OTTO\0", 5, fits_sfnt },
  { "ttcf", 4, NULL },
  { "wOFF", 4, fits_woff },
  { "wOF2", 4, fits_woff },
  { "\xde\x12\x04\x95", 4, assay_shape_catalogue },
  { "\x95\x04\x12\xde", 4, assay_shape_catalogue },
  { "TZif", 4, assay_shape_zone },
  { "SQLite format 3\0", 16, assay_shape_database },
};

/* The number of the kind, or how many there are where it is none. */
static gsize
find_kind (const guint8 *head, gsize length)
{
  gsize i = 0;
  while (i < G_N_ELEMENTS (shapes)
         && (length < shapes[i].length || memcmp (head, shapes[i].begin, shapes[i].length) != 0))
    i++;
  return i;
}

gboolean
assay_shape_is_known (const guint8 *head, gsize length)
{
  return find_kind (head, length) < G_N_ELEMENTS (shapes);
}

gboolean
assay_shape_fits (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint8 head[ASSAY_NATURE_HEAD_BYTES] = { 0 };
  gsize length = MIN (assay_blob_get_size (blob), sizeof head);
  *out_fits = TRUE;
  if (length > 0 && !assay_blob_read (blob, 0, head, length, error))
    return FALSE;
  gsize kind = find_kind (head, length);
  if (kind == G_N_ELEMENTS (shapes) || shapes[kind].fits == NULL)
    return TRUE;
  *out_fits = FALSE;
  return shapes[kind].fits (blob, out_fits, error);
}
