#include "account/beside/beside.h"

#include "account/ambiguity.h"
#include "compare/pairing.h"

/* Whether the rebuild has the entry of a zip in the same bytes. */
static gboolean
is_same_entry (AssayWork *work, const AssayNode *node, const AssaySpan *span, const AssayNode *expected,
               gboolean *out_same, GError **error)
{
  const AssayNode *entry = g_ptr_array_index (node->children, span->child);
  const AssayNode *other = expected == NULL ? NULL : assay_pairing_get (work->pairing, entry)->expected;
  *out_same = FALSE;
  if (other == NULL || other->parent != expected || expected->spans == NULL)
    return TRUE;
  for (guint i = 0; i < expected->spans->len; i++)
    {
      const AssaySpan *theirs = &g_array_index (expected->spans, AssaySpan, i);
      if (theirs->kind != ASSAY_SPAN_ENCODED || theirs->child != other->index || theirs->length != span->length)
        continue;
      g_autoptr (AssayBlob) shipped = assay_blob_new_slice (node->blob, span->offset, span->length, error);
      g_autoptr (AssayBlob) wanted
          = shipped == NULL ? NULL : assay_blob_new_slice (expected->blob, theirs->offset, theirs->length, error);
      return wanted != NULL && assay_blob_equal (shipped, wanted, out_same, error);
    }
  return TRUE;
}

/* A stream is asked whatever it holds; of a zip the entries that lead to something in scope. */
static gboolean
judge_span (AssayWork *work, const AssayNode *node, const AssaySpan *span, const AssayNode *expected,
            gboolean *out_unambiguous, GError **error)
{
  const AssayNode *content = g_ptr_array_index (node->children, span->child);
  if (node->stream == NULL
      && (assay_account_codec_of_entry (node, span) == NULL || !assay_beside_is_held (work, content)))
    return TRUE;
  if (node->stream == NULL && !is_same_entry (work, node, span, expected, out_unambiguous, error))
    return FALSE;
  if (node->stream == NULL && *out_unambiguous)
    return TRUE;
  return assay_account_stream_is_unambiguous (work, node, span, out_unambiguous, error);
}

void
assay_beside_stream (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  gboolean unambiguous = TRUE;
  for (guint i = 0; i < node->spans->len && (unambiguous || node->stream == NULL); i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      g_autoptr (GError) error = NULL;
      if (span->kind != ASSAY_SPAN_ENCODED || span->child == ASSAY_SPAN_NO_CHILD)
        continue;
      const AssayNode *content = g_ptr_array_index (node->children, span->child);
      unambiguous = TRUE;
      if (!judge_span (work, node, span, expected, &unambiguous, &error))
        {
          assay_account_leave_open (work, content, error->message);
          return;
        }
      if (!unambiguous)
        assay_account_add_fact (work, content, "recompressed", "a stream in which some may find another content", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}
