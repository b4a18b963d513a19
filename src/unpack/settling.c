#include "unpack/settling.h"

#include "unpack/formats.h"
#include "util/snapshot.h"

#include <string.h>

/** A copy in the private file that is being written. */
typedef struct
{
  AssayNode *node;
  guint64 offset;
} Copied;

struct _AssaySettling
{
  AssaySnapshot snapshot;
  GArray *copied;      /* Copied: in @snapshot */
  GHashTable *reasons; /* AssayNode to text */
};

AssaySettling *
assay_settling_new (void)
{
  AssaySettling *settling = g_new0 (AssaySettling, 1);
  settling->snapshot.fd = -1;
  settling->copied = g_array_new (FALSE, FALSE, sizeof (Copied));
  settling->reasons = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return settling;
}

void
assay_settling_free (AssaySettling *settling)
{
  if (settling == NULL)
    return;
  assay_snapshot_clear (&settling->snapshot);
  g_array_unref (settling->copied);
  g_hash_table_unref (settling->reasons);
  g_free (settling);
}

gboolean
assay_settling_is_open (const AssayNode *node)
{
  return node->blob != NULL && node->size > 0 && node->spans == NULL && assay_blob_is_shared (node->blob);
}

void
assay_settling_fail (AssaySettling *settling, const AssayNode *node, const char *reason)
{
  if (!g_hash_table_contains (settling->reasons, node))
    g_hash_table_insert (settling->reasons, (gpointer)node, g_strdup (reason));
}

const char *
assay_settling_get_failure (const AssaySettling *settling, const AssayNode *node)
{
  if (node != NULL)
    return g_hash_table_lookup (settling->reasons, node);
  GHashTableIter iterator;
  gpointer reason = NULL;
  g_hash_table_iter_init (&iterator, settling->reasons);
  return g_hash_table_iter_next (&iterator, NULL, &reason) ? reason : NULL;
}

void
assay_settling_replace (AssaySettling *settling, AssayNode *node, AssayBlob *blob, const AssayFormat *format)
{
  /* what it was taken for, and was not looked into for, it is no longer */
  if (node->trouble == NULL && strcmp (format == NULL ? "raw" : format->name, node->format) != 0)
    assay_settling_fail (settling, node, "changed while it was read");
  else
    assay_node_replace_blob (node, blob);
}

static void
place (AssaySettling *settling, const Copied *copied, AssayBlob *whole)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AssayBlob) blob = assay_blob_new_slice (whole, copied->offset, copied->node->size, &failure);
  const AssayFormat *format = NULL;
  if (blob == NULL || (copied->node->trouble == NULL && !assay_format_probe (blob, &format, &failure)))
    assay_settling_fail (settling, copied->node, failure->message);
  else
    assay_settling_replace (settling, copied->node, blob, format);
}

void
assay_settling_close (AssaySettling *settling)
{
  g_autoptr (GError) failure = NULL;
  if (settling->snapshot.fd < 0)
    return;
  g_autoptr (AssayBlob) whole = assay_snapshot_finish (&settling->snapshot, &failure);
  for (guint i = 0; i < settling->copied->len; i++)
    {
      const Copied *copied = &g_array_index (settling->copied, Copied, i);
      if (whole == NULL)
        assay_settling_fail (settling, copied->node, failure->message);
      else
        place (settling, copied, whole);
    }
  g_array_set_size (settling->copied, 0);
  assay_snapshot_clear (&settling->snapshot);
  settling->snapshot.size = 0;
}

static gboolean
copy_file (AssaySettling *settling, AssayNode *node, GError **error)
{
  if (settling->snapshot.fd < 0 && !assay_snapshot_begin (&settling->snapshot, error))
    return FALSE;
  Copied copied = { node, settling->snapshot.size };
  if (!assay_snapshot_add_all (&settling->snapshot, node->blob, NULL, NULL, error))
    return FALSE;
  g_array_append_val (settling->copied, copied);
  return TRUE;
}

gboolean
assay_settling_copy (AssaySettling *settling, AssayNode *node, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (copy_file (settling, node, &failure))
    return TRUE;
  if (g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  assay_settling_fail (settling, node, failure->message);
  /* Where a write failed, what comes next would not stand where we think: another file begins. */
  assay_settling_close (settling);
  return TRUE;
}
