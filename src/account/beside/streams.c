#include "account/beside/beside.h"

#include "account/ambiguity.h"
#include "compare/pairing.h"

/** What is around the scope, on both sides. @encoded: of each entry of @expected (nullable), by its index, the span */
typedef struct
{
  AssayWork *work;
  const AssayNode *node;
  const AssayNode *expected;
  GHashTable *encoded;
} Around;

static void
note_encoded (const Around *around)
{
  const GArray *spans = around->expected == NULL ? NULL : around->expected->spans;
  for (guint i = 0; spans != NULL && i < spans->len; i++)
    {
      AssaySpan *span = &g_array_index (spans, AssaySpan, i);
      if (span->kind == ASSAY_SPAN_ENCODED)
        g_hash_table_insert (around->encoded, GUINT_TO_POINTER (span->child), span);
    }
}

/* Whether the rebuild has the entry of a zip in the same bytes. */
static gboolean
is_same_entry (const Around *around, const AssaySpan *span, gboolean *out_same, GError **error)
{
  const AssayNode *entry = g_ptr_array_index (around->node->children, span->child);
  const AssayNode *other = around->expected == NULL ? NULL : assay_pairing_get (around->work->pairing, entry)->expected;
  *out_same = FALSE;
  if (other == NULL || other->parent != around->expected)
    return TRUE;
  const AssaySpan *theirs = g_hash_table_lookup (around->encoded, GUINT_TO_POINTER (other->index));
  if (theirs == NULL || theirs->length != span->length)
    return TRUE;
  g_autoptr (AssayBlob) shipped = assay_blob_new_slice (around->node->blob, span->offset, span->length, error);
  g_autoptr (AssayBlob) wanted
      = shipped == NULL ? NULL : assay_blob_new_slice (around->expected->blob, theirs->offset, theirs->length, error);
  return wanted != NULL && assay_blob_equal (shipped, wanted, out_same, error);
}

/* A stream is asked whatever it holds; of a zip the entries that lead to something in scope. */
static gboolean
judge_span (const Around *around, const AssaySpan *span, gboolean *out_unambiguous, GError **error)
{
  AssayWork *work = around->work;
  const AssayNode *node = around->node;
  const AssayNode *content = g_ptr_array_index (node->children, span->child);
  if (node->stream == NULL
      && (assay_account_codec_of_entry (node, span) == NULL || !assay_beside_is_held (work, content)))
    return TRUE;
  if (node->stream == NULL && !is_same_entry (around, span, out_unambiguous, error))
    return FALSE;
  if (node->stream == NULL && *out_unambiguous)
    return TRUE;
  return assay_account_stream_is_unambiguous (work, node, span, out_unambiguous, error);
}

void
assay_beside_stream (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) encoded = g_hash_table_new (NULL, NULL);
  const Around around = { work, node, expected, encoded };
  gboolean unambiguous = TRUE;
  note_encoded (&around);
  for (guint i = 0; i < node->spans->len && (unambiguous || node->stream == NULL); i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      g_autoptr (GError) error = NULL;
      if (span->kind != ASSAY_SPAN_ENCODED || span->child == ASSAY_SPAN_NO_CHILD)
        continue;
      const AssayNode *content = g_ptr_array_index (node->children, span->child);
      unambiguous = TRUE;
      if (!judge_span (&around, span, &unambiguous, &error))
        {
          assay_account_leave_open (work, content, error->message);
          return;
        }
      if (!unambiguous)
        assay_account_add_fact (work, content, "recompressed", "a stream in which some may find another content", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}
