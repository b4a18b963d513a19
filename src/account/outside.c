#include "account/work.h"

#include "util/cancel.h"

#include <assay/error.h>

#include <string.h>

/*
 * What becomes of a container that the granted scope does not name (T2). Its bytes were not looked at, but for those
 * that no part of it claims: whoever reads an archive or a stream on behind its end, or from its start without the
 * directory at its end, unpacks what stands there to the very names that the scope speaks of.
 */

void
assay_account_note_scope (AssayWork *work, const AssayNode *node)
{
  for (const AssayNode *above = node->parent; above != NULL && g_hash_table_add (work->around, (gpointer)above);)
    above = above->parent;
}

/* Whether the rebuild has bytes that nothing claims at the same place. */
static gboolean
has_same_slack (const AssayNodeAccount *node_account, const AssaySpan *span, gboolean *out_same, GError **error)
{
  const AssayMatch *match = node_account->match;
  const AssayNode *expected = match->wrapped ? NULL : match->expected;
  *out_same = match->equal;
  for (guint i = 0; !*out_same && expected != NULL && expected->spans != NULL && i < expected->spans->len; i++)
    {
      const AssaySpan *other = &g_array_index (expected->spans, AssaySpan, i);
      if (other->kind != span->kind || other->offset != span->offset || other->length != span->length)
        continue;
      g_autoptr (AssayBlob) ours = assay_blob_new_slice (node_account->node->blob, span->offset, span->length, error);
      g_autoptr (AssayBlob) theirs
          = ours == NULL ? NULL : assay_blob_new_slice (expected->blob, span->offset, span->length, error);
      return theirs != NULL && assay_blob_equal (ours, theirs, out_same, error);
    }
  return TRUE;
}

/* How a layout divides bytes comes from the user, and what it leaves out no archive's reader comes to. */
static gboolean
is_read_on (const AssayWork *work, const AssayNode *node, const AssaySpan *span)
{
  return (span->kind == ASSAY_SPAN_SLACK || assay_span_is_behind (node, span))
         && g_hash_table_contains (work->around, node) && strcmp (node->format, "layout") != 0
         && !assay_span_holds_zeros (node, span);
}

/* Fails only where the run was cancelled. */
static gboolean
judge_slack (AssayWork *work, const AssayNodeAccount *node_account, const AssaySpan *span, AssayRange *range,
             GError **error)
{
  gboolean same = FALSE;
  g_autoptr (GError) local = NULL;
  if (!has_same_slack (node_account, span, &same, &local))
    {
      if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      assay_account_leave_open (work, node_account->node, local->message);
      range->class_ = ASSAY_CLASS_UNDECIDED;
      range->rule = "unread";
    }
  else if (!same)
    {
      range->class_ = assay_work_class_of_none (work, node_account->match);
      range->rule = "no-counterpart";
      range->detail
          = "no part of the container claims these bytes, and who reads on unpacks them beside what the scope "
            "names";
    }
  return TRUE;
}

gboolean
assay_account_outside (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  const AssayNode *node = node_account->node;
  const GArray *spans = node_account->flat ? NULL : node->spans;
  AssayRange whole = {
    .length = node->size, .class_ = ASSAY_CLASS_OUTSIDE, .rule = "scope", .expected_offset = ASSAY_NO_COUNTERPART
  };
  if (!node_account->flat && g_hash_table_contains (work->around, node))
    assay_account_surround (work, node_account);
  if (assay_cancelled (error))
    return FALSE;
  if (spans == NULL)
    assay_ranges_add (node_account->ranges, &whole);
  for (guint i = 0; spans != NULL && i < spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (spans, AssaySpan, i);
      AssayRange range = whole;
      range.offset = span->offset;
      range.length = span->length;
      range.payload = span->kind == ASSAY_SPAN_PAYLOAD || span->kind == ASSAY_SPAN_ENCODED;
      if (is_read_on (work, node, span) && !judge_slack (work, node_account, span, &range, error))
        return FALSE;
      assay_ranges_add (node_account->ranges, &range);
    }
  return TRUE;
}
