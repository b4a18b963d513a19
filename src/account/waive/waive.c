#include "account/waive/waive.h"

#include "account/waive/parts.h"
#include "util/text.h"

#include <string.h>

/** One line that covers bytes of the node under judgement. */
typedef struct
{
  AssayGrant *grant;
  GArray *extents; /* AssayExtent, of the shipped file */
  gboolean all;    /* bytes without counterpart too */
} Cover;

static void
cover_clear (gpointer data)
{
  g_clear_pointer (&((Cover *)data)->extents, g_array_unref);
}

/* A text is data as far as anybody can see, and so is a script that is sourced: the line must name the file. */
static gboolean
names_the_file (const char *path)
{
  const char *last = strrchr (path, '/');
  return !assay_text_has_glob (last == NULL ? path : last + 1);
}

static gboolean
is_text (const AssayNodeAccount *node_account)
{
  return node_account->node->format != NULL && strcmp (node_account->node->format, "raw") == 0
         && node_account->match->expected->format != NULL && strcmp (node_account->match->expected->format, "raw") == 0;
}

/* What of a line's bytes needs no `allow-code`. */
static GArray *
restrict_to_data (AssayWaiveCase *waive, AssayGrant *grant, const GArray *extents)
{
  const AssayWaivable *waivable = assay_waive_case_get_waivable (waive);
  const char *path = waive->node_account->node->path;
  g_autoptr (GArray) open = assay_extents_intersect (extents, waivable->open);
  g_autoptr (GArray) rest = assay_extents_subtract (extents, waivable->open);
  if (open->len > 0 && is_text (waive->node_account) && !names_the_file (grant->path))
    {
      assay_grant_remark (grant, g_strdup_printf ("it is too broad: to waive bytes of %s it must name the file", path));
      g_array_set_size (open, 0);
    }
  else if (rest->len > 0)
    assay_grant_remark (grant, g_strdup_printf ("of %s it covers bytes that are not proven to be data; these need "
                                                "`allow-code` and `sha256`",
                                                path));
  return g_steal_pointer (&open);
}

static void
add_waiver (AssayWaiveCase *waive, AssayGrant *grant, GArray *covers)
{
  const AssayNodeAccount *node_account = waive->node_account;
  const AssayPolicyWaiver *waiver = grant->waiver;
  gboolean whole = waiver->kind == ASSAY_WAIVER_NODE && waiver->allow_code;
  if (waiver->kind == ASSAY_WAIVER_FACT
      || !assay_grant_holds (waive->work, grant, node_account->node, node_account->node))
    return;
  if (!whole && (!waive->leaf || !assay_waive_case_get_waivable (waive)->fixed))
    {
      assay_grant_remark (
          grant, g_strdup_printf (waive->leaf ? "%s is added, or has another size than the rebuilt file: only a "
                                                "line for the whole node with `allow-code` and `sha256` holds"
                                              : "%s is a container: only a line for the whole node with "
                                                "`allow-code` and `sha256` covers its own bytes",
                                  node_account->node->path));
      return;
    }
  g_autoptr (GArray) extents = assay_waive_resolve (waive, grant);
  Cover cover
      = { grant, waiver->allow_code ? g_steal_pointer (&extents) : restrict_to_data (waive, grant, extents), whole };
  g_array_append_val (covers, cover);
}

/* A blob's digest says all of its bytes, and those of whatever can be unpacked from it. */
static gboolean
is_blob (AssayWork *work, const AssayPolicyBlob *blob, const AssayNode *node)
{
  for (; node != NULL; node = node->parent)
    if (node->blob != NULL && assay_text_glob_matches (blob->path, node->path)
        && assay_work_has_digest (work, node, &blob->sha256))
      return TRUE;
  return FALSE;
}

static void
add_blob (AssayWaiveCase *waive, AssayGrant *grant, GArray *covers)
{
  const AssayNode *node = waive->node_account->node;
  if (is_blob (waive->work, grant->blob, node))
    {
      Cover cover = { grant, assay_extents_new (), TRUE };
      assay_extents_add (cover.extents, 0, node->size);
      g_array_append_val (covers, cover);
    }
  else if (assay_text_glob_matches (grant->blob->path, node->path))
    assay_grant_remark (grant, g_strdup_printf ("%s has another digest than the line gives", node->path));
}

static gboolean
needs_waiver (const AssayNodeAccount *node_account)
{
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      if (!range->payload && assay_class_may_be_waived (range->class_))
        return TRUE;
    }
  return FALSE;
}

/* Where a cover says something of a range: bytes that have their counterpart in the place that corresponds. Two
 * rebuilds that differ prove nothing of code: what is unreproducible there stays so (T1). */
static GArray *
covered (AssayWaiveCase *waive, const Cover *cover, const AssayRange *range)
{
  const AssayWaivable *waivable = cover->all ? NULL : assay_waive_case_get_waivable (waive);
  gboolean alone = range->expected_offset == ASSAY_NO_COUNTERPART;
  gboolean in_place
      = cover->all || (!alone && waivable->fixed && (waivable->placed || range->expected_offset == range->offset));
  g_autoptr (GArray) whole = assay_extents_new ();
  if (in_place)
    assay_extents_add (whole, range->offset, range->length);
  if (range->class_ != ASSAY_CLASS_UNREPRODUCIBLE)
    return assay_extents_intersect (whole, cover->extents);
  g_autoptr (GArray) data = assay_extents_intersect (whole, assay_waive_case_get_waivable (waive)->open);
  return assay_extents_intersect (data, cover->extents);
}

static void
add_part (AssayRanges *ranges, const AssayRange *range, guint64 start, guint64 end, AssayGrant *grant)
{
  AssayRange part = *range;
  part.offset = start;
  part.length = end - start;
  if (range->expected_offset != ASSAY_NO_COUNTERPART)
    part.expected_offset = range->expected_offset + (start - range->offset);
  if (grant != NULL)
    {
      part.class_ = ASSAY_CLASS_WAIVED;
      part.rule = grant->blob != NULL ? "blob" : "waiver";
      part.grant = grant;
      grant->bytes += part.length;
    }
  assay_ranges_add (ranges, &part);
}

/* Applies one line to all ranges; what an earlier line covered is waived already and stays with it. */
static AssayRanges *
apply_cover (AssayWaiveCase *waive, const Cover *cover, const AssayRanges *ranges)
{
  AssayRanges *out = assay_ranges_new ();
  AssayRangeWalk walk = assay_ranges_walk (ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      guint64 done = range->offset;
      gboolean applies = !range->payload && assay_class_may_be_waived (range->class_);
      g_autoptr (GArray) extents = applies ? covered (waive, cover, range) : assay_extents_new ();
      for (guint j = 0; j < extents->len; j++)
        {
          const AssayExtent *extent = &g_array_index (extents, AssayExtent, j);
          add_part (out, range, done, extent->start, NULL);
          add_part (out, range, extent->start, extent->end, cover->grant);
          done = extent->end;
        }
      add_part (out, range, done, range->offset + range->length, NULL);
    }
  return out;
}

void
assay_waive_bytes (AssayWork *work, AssayNodeAccount *node_account)
{
  const GPtrArray *grants = work->account->grants;
  if (grants->len == 0 || !node_account->in_scope || !needs_waiver (node_account))
    return;
  g_auto (AssayWaiveCase) waive
      = { .work = work, .node_account = node_account, .leaf = node_account->node->spans == NULL };
  g_autoptr (GArray) covers = g_array_new (FALSE, FALSE, sizeof (Cover));
  g_array_set_clear_func (covers, cover_clear);
  for (guint i = 0; i < grants->len; i++)
    {
      AssayGrant *grant = g_ptr_array_index (grants, i);
      if (grant->blob != NULL)
        add_blob (&waive, grant, covers);
      else
        add_waiver (&waive, grant, covers);
    }
  for (guint i = 0; i < covers->len; i++)
    {
      AssayRanges *ranges = apply_cover (&waive, &g_array_index (covers, Cover, i), node_account->ranges);
      assay_ranges_free (node_account->ranges);
      node_account->ranges = ranges;
    }
}
