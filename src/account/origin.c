#include "account/origin.h"

#include "account/extents.h"
#include "account/waive/waive.h"
#include "crypto/sha256.h"

#include <assay/error.h>

#include <string.h>

static void
finding_clear (AssayOriginFinding *finding)
{
  g_clear_pointer (&finding->parts, g_array_unref);
  g_clear_pointer (&finding->detail, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayOriginFinding, finding_clear)

static void
add_part (AssayRanges *ranges, const AssayRange *range, guint64 start, guint64 end, gboolean opaque)
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
  AssayRanges *ranges = assay_ranges_new ();
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
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
  assay_ranges_free (node_account->ranges);
  node_account->ranges = ranges;
}

static gboolean
anything_would_pass (const AssayNodeAccount *node_account)
{
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    if (would_pass (&walk.range))
      return TRUE;
  return FALSE;
}

/* A recording speaks of what the build made, and of nothing else that a file may hold as well. */
static gboolean
all_would_pass (const AssayNodeAccount *node_account)
{
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      if (!range->payload && !would_pass (range))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_recorded (AssayOrigin origin)
{
  return origin == ASSAY_ORIGIN_COMPILED || origin == ASSAY_ORIGIN_TOOLCHAIN;
}

static void
finding_free (gpointer data)
{
  finding_clear (data);
  g_free (data);
}

GHashTable *
assay_origin_findings_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, finding_free);
}

/* What an error on the way to an origin means for the account. Returns FALSE when the work is to end. */
static gboolean
leave_open (AssayWork *work, const AssayNode *node, GError *owned_problem, GError **error)
{
  g_autoptr (GError) problem = owned_problem;
  if (g_error_matches (problem, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  assay_account_leave_open (work, node, problem->message);
  return TRUE;
}

static gboolean
is_layout (const AssayNode *node)
{
  return node->spans != NULL && strcmp (node->format, "layout") == 0;
}

/* The file that a layout divided, of which a node is a piece as it is, and where in it that begins. A layout is a
 * recipe's word, and must not cut code into pieces that nobody knows again. */
static const AssayNode *
undivided (const AssayNode *node, guint64 *out_offset)
{
  *out_offset = 0;
  while (node->parent != NULL && is_layout (node->parent))
    {
      const GArray *spans = node->parent->spans;
      const AssaySpan *found = NULL;
      for (guint i = 0; found == NULL && i < spans->len; i++)
        {
          const AssaySpan *span = &g_array_index (spans, AssaySpan, i);
          if (span->kind == ASSAY_SPAN_PAYLOAD && span->child == node->index)
            found = span;
        }
      if (found == NULL)
        return node;
      *out_offset += found->offset;
      node = node->parent;
    }
  return node;
}

/* What is found of a whole file, once for all its pieces; NULL on error. */
static const AssayOriginFinding *
find_whole (AssayWork *work, const AssayNode *node, GError **error)
{
  const AssayAccountOptions *options = work->options;
  AssayOriginFinding *known = g_hash_table_lookup (work->origins, node);
  AssayDigest sha256;
  if (known != NULL)
    return known;
  if (!assay_work_digest (work, node, &sha256))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "its origin could not be looked for");
      return NULL;
    }
  known = g_new0 (AssayOriginFinding, 1);
  g_hash_table_insert (work->origins, (gpointer)node, known);
  return options->find_origin (node, &sha256, options->find_origin_data, known, error) ? known : NULL;
}

/* Takes over what is opaque of [@offset, @offset + the node's size) of a file that the node is a piece of. */
static void
take_piece (AssayNodeAccount *node_account, const AssayOriginFinding *whole, guint64 offset)
{
  g_autoptr (GArray) window = assay_extents_new ();
  g_autoptr (GArray) parts = assay_extents_new ();
  if (is_layout (node_account->node) && is_recorded (whole->origin) && all_would_pass (node_account))
    node_account->origin = whole->origin;
  if (whole->origin != ASSAY_ORIGIN_OPAQUE)
    return;
  assay_extents_add (window, offset, node_account->node->size);
  g_autoptr (GArray) common = assay_extents_intersect (window, whole->parts == NULL ? window : whole->parts);
  for (guint i = 0; i < common->len; i++)
    {
      const AssayExtent *extent = &g_array_index (common, AssayExtent, i);
      assay_extents_add (parts, extent->start - offset, extent->end - extent->start);
    }
  if (parts->len == 0)
    return;
  mark_opaque (node_account, parts);
  if (node_account->origin == ASSAY_ORIGIN_OPAQUE)
    return;
  node_account->origin = ASSAY_ORIGIN_OPAQUE;
  g_free (node_account->origin_detail);
  node_account->origin_detail = g_strdup (whole->detail);
}

static gboolean
judge_piece (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  guint64 offset = 0;
  const AssayNode *top = undivided (node_account->node, &offset);
  g_autoptr (GError) local = NULL;
  if (top == node_account->node && !is_layout (top))
    return TRUE;
  const AssayOriginFinding *whole = find_whole (work, top, &local);
  if (whole == NULL)
    return leave_open (work, node_account->node, g_steal_pointer (&local), error);
  take_piece (node_account, whole, offset);
  return TRUE;
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
      gboolean held = !is_recorded (finding.origin) || all_would_pass (node_account);
      node_account->origin = held ? finding.origin : ASSAY_ORIGIN_UNKNOWN;
      node_account->origin_detail = held ? g_steal_pointer (&finding.detail) : NULL;
      if (finding.origin == ASSAY_ORIGIN_OPAQUE)
        mark_opaque (node_account, finding.parts);
      return judge_piece (work, node_account, error);
    }
  return leave_open (work, node, g_steal_pointer (&local), error);
}

/** Own bytes of a container that are too few to be known again. */
#define LEAST_OWN_BYTES 32u

/* One part of a container's own that no fact brings about. */
static gboolean
judge_own (AssayWork *work, AssayNodeAccount *node_account, const AssaySpan *span, GError **error)
{
  const AssayAccountOptions *options = work->options;
  g_auto (AssayOriginFinding) finding = { ASSAY_ORIGIN_UNKNOWN, NULL, NULL };
  g_autoptr (AssayBlob) blob = assay_blob_new_slice (node_account->node->blob, span->offset, span->length, error);
  AssayDigest sha256;
  if (blob == NULL || !assay_sha256_blob (blob, 0, span->length, &sha256, error))
    return FALSE;
  const AssayNode part = { .path = node_account->node->path, .format = "raw", .blob = blob, .size = span->length };
  if (!options->find_origin (&part, &sha256, options->find_origin_data, &finding, error))
    return FALSE;
  if (finding.origin != ASSAY_ORIGIN_OPAQUE)
    return TRUE;
  g_autoptr (GArray) parts = assay_extents_new ();
  for (guint i = 0; finding.parts != NULL && i < finding.parts->len; i++)
    {
      const AssayExtent *extent = &g_array_index (finding.parts, AssayExtent, i);
      assay_extents_add (parts, span->offset + extent->start, extent->end - extent->start);
    }
  if (finding.parts == NULL)
    assay_extents_add (parts, span->offset, span->length);
  mark_opaque (node_account, parts);
  node_account->has_origin = TRUE;
  node_account->origin = ASSAY_ORIGIN_OPAQUE;
  if (node_account->origin_detail == NULL)
    node_account->origin_detail = g_steal_pointer (&finding.detail);
  return TRUE;
}

gboolean
assay_account_own_origin (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  const AssayNode *node = node_account->node;
  if (node_account->match->kind == ASSAY_MATCH_NONE || work->options->find_origin == NULL
      || !anything_would_pass (node_account))
    return TRUE;
  if (is_layout (node))
    {
      node_account->has_origin = TRUE;
      return judge_piece (work, node_account, error);
    }
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      g_autoptr (GError) local = NULL;
      if (span->kind == ASSAY_SPAN_PAYLOAD || span->kind == ASSAY_SPAN_ENCODED || span->rewritable
          || span->length < LEAST_OWN_BYTES)
        continue;
      if (!judge_own (work, node_account, span, &local) && !leave_open (work, node, g_steal_pointer (&local), error))
        return FALSE;
    }
  return TRUE;
}
