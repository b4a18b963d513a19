#include "rebuild/delivery_private.h"
#include "rebuild/records.h"

/* Code that is delivered as a text of records: binutils link and convert such files as any other object. */

/** Bytes below which records are a few numbers. */
#define LEAST_BYTES 32u

static gboolean
add_bytes (AssayDelivery *delivery, GBytes *bytes, const char *path, const AssayDigest *file, gboolean *out_binary,
           GError **error)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  gboolean open = FALSE;
  guint before = delivery->files->len;
  if (bytes == NULL || g_bytes_get_size (bytes) < LEAST_BYTES)
    return TRUE;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  if (!assay_delivery_add_blob (delivery, blob, path, &nature, &open, NULL, error))
    return FALSE;
  *out_binary = *out_binary || nature == ASSAY_NATURE_CODE || nature == ASSAY_NATURE_UNKNOWN;
  if (delivery->files->len == before || nature == ASSAY_NATURE_TEXT || nature == ASSAY_NATURE_DATA)
    return TRUE;
  return (nature == ASSAY_NATURE_CODE || assay_fingerprint_add_raw (delivery->code, blob, before, error))
         && assay_delivery_add_embedded (delivery, blob, 0, path, file, error);
}

gboolean
assay_delivery_add_records (AssayDelivery *delivery, AssayBlob *blob, const char *path, const AssayDigest *file,
                            gboolean *out_binary, GError **error)
{
  AssayRecordsKind kind = ASSAY_RECORDS_NONE;
  g_auto (AssayRecords) records = { NULL, NULL };
  gboolean binary = FALSE;
  *out_binary = FALSE;
  if (!assay_records_find_kind (blob, &kind, error))
    return FALSE;
  if (kind == ASSAY_RECORDS_NONE)
    return TRUE;
  if (!assay_records_read (blob, kind, &records, error))
    return FALSE;
  /* one that is in order all through is unpacked as it is */
  g_autofree char *name = g_strconcat (path, "//records", NULL);
  gboolean unpacked = kind == ASSAY_RECORDS_IMAGE;
  if ((!(unpacked && records.by_address == NULL) && !add_bytes (delivery, records.in_turn, name, file, &binary, error))
      || (!unpacked && !add_bytes (delivery, records.by_address, name, file, &binary, error)))
    return FALSE;
  *out_binary = binary && !unpacked;
  return TRUE;
}
