#include "unpack/bytes.h"
#include "unpack/iso/iso.h"
#include "util/cancel.h"

#include <string.h>

/*
 * Path tables (ECMA-119, 9.4): all directories once more, in both byte orders. Some boot loaders find files by them,
 * and go another way where they say something else than the directories.
 */

/** Length of a record but for the name. */
#define RECORD_BYTES 8u

/** A table: @bytes of the image; @big: its byte order */
typedef struct
{
  const guint8 *bytes;
  gsize length;
  gboolean big;
  GArray *blocks; /* guint32: of each directory so far */
} Table;

static gboolean
wrong (GError **error)
{
  return assay_iso_fail ("a path table that says something else than the directories", error);
}

static guint32
get (const Table *table, gsize at, guint width)
{
  const guint8 *bytes = table->bytes + at;
  if (width == 2)
    return table->big ? (guint32)bytes[0] << 8 | bytes[1] : assay_get_le16 (bytes);
  return table->big ? assay_get_be32 (bytes) : assay_get_le32 (bytes);
}

static gboolean
check_record (Table *table, gsize at, GHashTable *folders, GError **error)
{
  gsize length = table->bytes[at];
  guint32 block = get (table, at + 2, 4);
  guint32 parent = get (table, at + 6, 2);
  const AssayIsoFolder *folder = g_hash_table_lookup (folders, GUINT_TO_POINTER (block));
  g_array_append_val (table->blocks, block);
  return (folder != NULL && table->bytes[at + 1] == 0 && folder->name_bytes == length
          && memcmp (table->bytes + at + RECORD_BYTES, folder->name, length) == 0 && parent > 0
          && parent <= table->blocks->len && g_array_index (table->blocks, guint32, parent - 1) == folder->parent
          && g_hash_table_remove (folders, GUINT_TO_POINTER (block)))
         || wrong (error);
}

/* Every directory stands in the table once, and nothing else does. */
static gboolean
check_table (Table *table, const AssayIsoVolume *volume, GError **error)
{
  g_autoptr (GHashTable) folders = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < volume->folders->len; i++)
    {
      AssayIsoFolder *folder = &g_array_index (volume->folders, AssayIsoFolder, i);
      if (!g_hash_table_insert (folders, GUINT_TO_POINTER (folder->block), folder))
        return wrong (error);
    }
  for (gsize at = 0; at < table->length;)
    {
      gsize name = table->length - at > RECORD_BYTES ? table->bytes[at] : 0;
      gsize length = RECORD_BYTES + name + name % 2;
      if (assay_cancelled (error))
        return FALSE;
      if (name == 0 || length > table->length - at || !check_record (table, at, folders, error))
        return *error != NULL ? FALSE : wrong (error);
      at += length;
    }
  return g_hash_table_size (folders) == 0 || wrong (error);
}

static gboolean
read_table (AssayIso *iso, const AssayIsoVolume *volume, guint which, GError **error)
{
  guint64 offset = (guint64)volume->tables[which] * ASSAY_ISO_BLOCK_BYTES;
  if (!assay_iso_check_run (iso, volume->tables[which], volume->table_bytes, error)
      || !assay_limits_check (iso->container->context->limits, ASSAY_LIMIT_METADATA_BYTES, volume->table_bytes,
                              "a longer path table", error))
    return FALSE;
  g_autofree guint8 *bytes = assay_blob_read_bytes (iso->container->node->blob, offset, volume->table_bytes, error);
  if (bytes == NULL)
    return FALSE;
  g_autoptr (GArray) blocks = g_array_new (FALSE, FALSE, sizeof (guint32));
  Table table = { bytes, volume->table_bytes, which >= 2, blocks };
  g_autoptr (GError) failure = NULL;
  if (!check_table (&table, volume, &failure))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  assay_iso_span (iso, offset, volume->table_bytes, NULL, "iso path table");
  return TRUE;
}

gboolean
assay_iso_tables_read (AssayIso *iso, const AssayIsoVolume *volume, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (volume->tables); i++)
    {
      if (i % 2 == 0 && volume->tables[i] == 0)
        return assay_iso_fail ("no path table", error);
      if (volume->tables[i] != 0 && !read_table (iso, volume, i, error))
        return FALSE;
    }
  return TRUE;
}
