#include "account/work.h"

#include <assay/error.h>

GArray *
assay_ranges_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (AssayRange));
}

void
assay_ranges_add (GArray *ranges, const AssayRange *range)
{
  if (range->length == 0)
    return;
  if (ranges->len > 0)
    {
      AssayRange *last = &g_array_index (ranges, AssayRange, ranges->len - 1);
      gboolean alone = range->expected_offset == ASSAY_NO_COUNTERPART;
      gboolean follows = alone ? last->expected_offset == ASSAY_NO_COUNTERPART
                               : last->expected_offset != ASSAY_NO_COUNTERPART
                                     && last->expected_offset + last->length == range->expected_offset;
      if (last->offset + last->length == range->offset && follows && last->class_ == range->class_
          && last->payload == range->payload && last->rule == range->rule && last->grant == range->grant
          && last->detail == range->detail && last->label == range->label && !range->payload)
        {
          last->length += range->length;
          return;
        }
    }
  g_array_append_val (ranges, *range);
}

gboolean
assay_ranges_close (AssayNodeAccount *node_account, GError **error)
{
  guint64 end = 0;
  for (guint i = 0; i < node_account->ranges->len; i++)
    {
      const AssayRange *range = &g_array_index (node_account->ranges, AssayRange, i);
      if (range->offset != end || range->length == 0 || range->length > node_account->node->size - end)
        {
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL,
                       "%s: the account breaks off at offset %" G_GUINT64_FORMAT, node_account->node->path, end);
          return FALSE;
        }
      end += range->length;
      if (range->payload)
        node_account->payload += range->length;
      else
        {
          node_account->totals[range->class_] += range->length;
          node_account->worst = assay_class_worse (node_account->worst, range->class_);
        }
    }
  if (end == node_account->node->size)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL,
               "%s: the account ends at offset %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, node_account->node->path,
               end, node_account->node->size);
  return FALSE;
}

AssayClass
assay_class_worse (AssayClass a, AssayClass b)
{
  /* From the lightest to the heaviest, as T1 orders verdicts. */
  static const int weight[ASSAY_CLASS_COUNT] = {
    [ASSAY_CLASS_OUTSIDE] = 0,        [ASSAY_CLASS_IDENTICAL] = 1,   [ASSAY_CLASS_STRUCTURE] = 2,
    [ASSAY_CLASS_EXPLAINED] = 3,      [ASSAY_CLASS_WAIVED] = 4,      [ASSAY_CLASS_UNDECIDED] = 5,
    [ASSAY_CLASS_UNREPRODUCIBLE] = 6, [ASSAY_CLASS_UNEXPLAINED] = 7,
  };
  return weight[a] >= weight[b] ? a : b;
}
