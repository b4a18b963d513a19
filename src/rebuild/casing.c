#include "rebuild/casing.h"

/* Bytes of one unit: its offsets have 32 bits, and it is read as a whole. */
#define UNIT_BYTES (G_GUINT64_CONSTANT (64) << 20)

/* Shorter headers of these have no comment, or one too short for code. */
#define COMMENT_BYTES 48u

struct _AssayCasing
{
  GHashTable *holding; /* set of AssayNode: code, and all that code is packed in */
};

/** Adds a range of a container; NULL for one that is not looked for. */
typedef gboolean (*Add) (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error);

AssayCasing *
assay_casing_new (void)
{
  AssayCasing *casing = g_new0 (AssayCasing, 1);
  casing->holding = g_hash_table_new (NULL, NULL);
  return casing;
}

void
assay_casing_free (AssayCasing *casing)
{
  if (casing == NULL)
    return;
  g_hash_table_unref (casing->holding);
  g_free (casing);
}

void
assay_casing_note_code (AssayCasing *casing, const AssayNode *leaf)
{
  for (const AssayNode *node = leaf; node != NULL; node = node->parent)
    if (!g_hash_table_add (casing->holding, (gpointer)node))
      return;
}

static gboolean
encodes_code (const AssayCasing *casing, const AssayNode *node, const AssaySpan *span)
{
  gboolean of_child = node->children != NULL && span->child < node->children->len;
  return g_hash_table_contains (casing->holding, of_child ? node->children->pdata[span->child] : node);
}

/* A header that is written again from facts, of which one is a comment of any length and value. */
static gboolean
has_comment (const AssaySpan *span)
{
  static const char *const names[] = { "gzip header", "zip end record", NULL };
  return span->length >= COMMENT_BYTES && g_strv_contains (names, span->name);
}

static Add
find_add (const AssayCasing *casing, const AssayNode *node, const AssaySpan *span)
{
  switch (span->kind)
    {
    case ASSAY_SPAN_SLACK:
    case ASSAY_SPAN_PADDING:
      return assay_fingerprint_add_raw;
    case ASSAY_SPAN_HEADER:
      return span->rewritable && !has_comment (span) ? NULL : assay_fingerprint_add_header;
    case ASSAY_SPAN_ENCODED:
      return encodes_code (casing, node, span) ? assay_fingerprint_add_encoded : NULL;
    case ASSAY_SPAN_PAYLOAD:
    default:
      return NULL;
    }
}

static gboolean
add_range (Add add, AssayNode *node, guint64 start, guint64 end, AssayFingerprint *fingerprint, guint32 source,
           GError **error)
{
  for (guint64 at = start; add != NULL && at < end; at += UNIT_BYTES)
    {
      g_autoptr (AssayBlob) unit = assay_blob_new_slice (node->blob, at, MIN (end - at, UNIT_BYTES), error);
      if (unit == NULL || !add (fingerprint, unit, source, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_casing_add (const AssayCasing *casing, AssayNode *node, AssayFingerprint *fingerprint, guint32 source,
                  GError **error)
{
  Add last = NULL;
  guint64 start = 0;
  guint64 end = 0;
  if (node->blob == NULL || node->spans == NULL)
    return TRUE;
  /* Neighbours of one kind are one unit: the blocks of a file system's files, or the lines of a text of digits. */
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      Add add = find_add (casing, node, span);
      if (add != last && !add_range (last, node, start, end, fingerprint, source, error))
        return FALSE;
      start = add == last ? start : span->offset;
      end = span->offset + span->length;
      last = add;
    }
  return add_range (last, node, start, end, fingerprint, source, error);
}
