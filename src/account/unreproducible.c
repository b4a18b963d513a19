#include "account/work.h"
#include "compare/repeat.h"

#include <string.h>

/* The part of a range from @start to @end, bytes of the shipped file. */
static void
add_part (AssayRanges *ranges, const AssayRange *range, guint64 start, guint64 end, gboolean unreproducible)
{
  AssayRange part = *range;
  part.offset = start;
  part.length = end - start;
  if (range->expected_offset != ASSAY_NO_COUNTERPART)
    part.expected_offset = range->expected_offset + (start - range->offset);
  if (unreproducible)
    {
      part.class_ = ASSAY_CLASS_UNREPRODUCIBLE;
      part.rule = "unreproducible";
    }
  assay_ranges_add (ranges, &part);
}

/* One range, split where the rebuilds begin and end to differ: these places are of the first one. */
static void
split (AssayRanges *ranges, const AssayRange *range, const GArray *differences)
{
  guint64 done = 0;
  for (guint i = 0; i < differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (differences, AssayDifference, i);
      if (difference->offset + difference->length <= range->expected_offset)
        continue;
      if (difference->offset >= range->expected_offset + range->length)
        break;
      guint64 begin = MAX (difference->offset, range->expected_offset) - range->expected_offset;
      guint64 end = MIN (difference->offset + difference->length - range->expected_offset, range->length);
      add_part (ranges, range, range->offset + done, range->offset + begin, FALSE);
      add_part (ranges, range, range->offset + begin, range->offset + end, TRUE);
      done = end;
    }
  add_part (ranges, range, range->offset + done, range->offset + range->length, FALSE);
}

gboolean
assay_account_unreproducible (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  const AssayMatch *match = node_account->match;
  const AssayNode *first = match->expected;
  const AssayNode *second = first == NULL || first->blob == NULL || match->expectation == NULL
                                ? NULL
                                : assay_expectation_find_second (match->expectation, first);
  g_autoptr (GArray) differences = NULL;
  if (second == NULL || second->blob == NULL || match->equal)
    return TRUE;
  differences = assay_repeat_bytes (first, second, work->options->limits, error);
  if (differences == NULL)
    return FALSE;
  AssayRanges *ranges = assay_ranges_new ();
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      if (range->class_ == ASSAY_CLASS_UNEXPLAINED && !range->payload && range->expected_offset != ASSAY_NO_COUNTERPART
          && strcmp (range->rule, "differs") == 0)
        split (ranges, range, differences);
      else
        assay_ranges_add (ranges, range);
    }
  assay_ranges_free (node_account->ranges);
  node_account->ranges = ranges;
  return TRUE;
}
