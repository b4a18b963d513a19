#include "account/beside/beside.h"

#include "account/ambiguity.h"

void
assay_beside_stream (AssayWork *work, const AssayNode *node)
{
  gboolean unambiguous = TRUE;
  for (guint i = 0; i < node->spans->len && unambiguous; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      g_autoptr (GError) error = NULL;
      if (span->kind != ASSAY_SPAN_ENCODED || span->child == ASSAY_SPAN_NO_CHILD)
        continue;
      const AssayNode *content = g_ptr_array_index (node->children, span->child);
      if (!assay_account_stream_is_unambiguous (work, node, span, &unambiguous, &error))
        {
          assay_account_leave_open (work, content, error->message);
          return;
        }
      if (!unambiguous)
        assay_account_add_fact (work, content, "recompressed", "a stream in which some may find another content", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}
