#include "account/origin.h"

#include "account/extents.h"
#include "account/waive.h"

#include <assay/error.h>

static void
finding_clear (AssayOriginFinding *finding)
{
  g_clear_pointer (&finding->parts, g_array_unref);
  g_clear_pointer (&finding->detail, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayOriginFinding, finding_clear)

static void
add_part (GArray *ranges, const AssayRange *range, guint64 start, guint64 end, gboolean opaque)
{
  AssayRange part = *range;
  part.offset = start;
  part.length = end - start;
  if (range->expected_offset != ASSAY_NO_COUNTERPART)
    part.expected_offset = range->expected_offset + (start - range->offset);
  if (opaque)
    {
      part.class_ = ASSAY_CLASS_UNEXPLAINED;
      part.rule = "opaque";
      part.expected_offset = ASSAY_NO_COUNTERPART; /* no waiver of a place holds here: only one of the whole file */
    }
  assay_ranges_add (ranges, &part);
}

/* What would pass, and does not; everything else is no better for being opaque. */
static gboolean
would_pass (const AssayRange *range)
{
  return !range->payload
         && (range->class_ == ASSAY_CLASS_IDENTICAL || range->class_ == ASSAY_CLASS_EXPLAINED
             || range->class_ == ASSAY_CLASS_STRUCTURE);
}

static void
mark_opaque (AssayNodeAccount *node_account, const GArray *parts)
{
  GArray *ranges = assay_ranges_new ();
  for (guint i = 0; i < node_account->ranges->len; i++)
    {
      const AssayRange *range = &g_array_index (node_account->ranges, AssayRange, i);
      g_autoptr (GArray) whole = assay_extents_new ();
      if (would_pass (range))
        assay_extents_add (whole, range->offset, range->length);
      g_autoptr (GArray) opaque = assay_extents_intersect (whole, parts == NULL ? whole : parts);
      guint64 done = range->offset;
      for (guint j = 0; j < opaque->len; j++)
        {
          const AssayExtent *extent = &g_array_index (opaque, AssayExtent, j);
          add_part (ranges, range, done, extent->start, FALSE);
          add_part (ranges, range, extent->start, extent->end, TRUE);
          done = extent->end;
        }
      add_part (ranges, range, done, range->offset + range->length, FALSE);
    }
  g_array_unref (node_account->ranges);
  node_account->ranges = ranges;
}

static gboolean
anything_would_pass (const AssayNodeAccount *node_account)
{
  for (guint i = 0; i < node_account->ranges->len; i++)
    if (would_pass (&g_array_index (node_account->ranges, AssayRange, i)))
      return TRUE;
  return FALSE;
}

gboolean
assay_account_origin (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  const AssayAccountOptions *options = work->options;
  const AssayNode *node = node_account->node;
  g_auto (AssayOriginFinding) finding = { ASSAY_ORIGIN_UNKNOWN, NULL, NULL };
  g_autoptr (GError) local = NULL;
  AssayDigest sha256 = node_account->digest;
  node_account->has_origin = node_account->match->kind != ASSAY_MATCH_NONE && node->size > 0;
  if (!node_account->has_origin || options->find_origin == NULL || !anything_would_pass (node_account))
    return TRUE;
  if (!node_account->has_digest && !assay_work_digest (work, node, &sha256))
    g_set_error_literal (&local, ASSAY_ERROR, ASSAY_ERROR_IO, "its origin could not be looked for");
  else if (options->find_origin (node, &sha256, options->find_origin_data, &finding, &local))
    {
      node_account->origin = finding.origin;
      node_account->origin_detail = g_steal_pointer (&finding.detail);
      if (finding.origin == ASSAY_ORIGIN_OPAQUE)
        mark_opaque (node_account, finding.parts);
      return TRUE;
    }
  if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_ptr_array_add (work->account->undecided, g_strdup_printf ("%s: %s", node->path, local->message));
  return TRUE;
}
