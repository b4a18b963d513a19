#include "account/work.h"
#include "util/packed.h"

#include <assay/error.h>

/** What many ranges of a node have in common. */
typedef struct
{
  AssayClass class_;
  gboolean payload;
  const char *rule;
  const AssayGrant *grant;
  const char *detail;
  const char *label;
} Kind;

/* Kinds that are looked at to find one again: what differs and what is equal take turns. Else it is noted anew. */
#define NEAR_KINDS 8u

/* Where the expected bytes of a range stand: so many bits behind the number of its kind. */
#define WHERE_BITS 2
typedef enum
{
  NOWHERE,
  THERE,  /* at the same offset */
  THENCE, /* as far from it as those of the last range that stood elsewhere */
  APART,
} Where;

struct _AssayRanges
{
  guint64 length;
  AssayRange last; /* not packed yet: what is added may become part of it */
  AssayPacked
      packed; /* of each other one: kind and counterpart, offset, length, and how far a counterpart stands apart */
  GArray *kinds;
  guint64 end;   /* of the one that was packed last */
  guint64 shift; /* from the last place that was apart to its counterpart */
};

AssayRanges *
assay_ranges_new (void)
{
  return g_new0 (AssayRanges, 1);
}

void
assay_ranges_free (AssayRanges *ranges)
{
  if (ranges == NULL)
    return;
  assay_packed_clear (&ranges->packed);
  g_clear_pointer (&ranges->kinds, g_array_unref);
  g_free (ranges);
}

static gboolean
is_of_kind (const AssayRange *range, const Kind *kind)
{
  return range->class_ == kind->class_ && range->payload == kind->payload && range->rule == kind->rule
         && range->grant == kind->grant && range->detail == kind->detail && range->label == kind->label;
}

static guint
find_kind (AssayRanges *ranges, const AssayRange *range)
{
  if (ranges->kinds == NULL)
    ranges->kinds = g_array_new (FALSE, FALSE, sizeof (Kind));
  guint count = ranges->kinds->len;
  for (guint i = count; i > 0 && count - i < NEAR_KINDS; i--)
    if (is_of_kind (range, &g_array_index (ranges->kinds, Kind, i - 1)))
      return i - 1;
  const Kind kind = { range->class_, range->payload, range->rule, range->grant, range->detail, range->label };
  g_array_append_val (ranges->kinds, kind);
  return count;
}

static Where
where_of (const AssayRanges *ranges, const AssayRange *range)
{
  guint64 shift = range->expected_offset - range->offset;
  if (range->expected_offset == ASSAY_NO_COUNTERPART)
    return NOWHERE;
  if (shift == 0)
    return THERE;
  return shift == ranges->shift ? THENCE : APART;
}

static void
pack (AssayRanges *ranges, const AssayRange *range)
{
  AssayPacked *packed = &ranges->packed;
  Where where = where_of (ranges, range);
  assay_packed_put (packed, (guint64)find_kind (ranges, range) << WHERE_BITS | where);
  assay_packed_put (packed, assay_packed_step (ranges->end, range->offset));
  assay_packed_put (packed, range->length);
  if (where == APART)
    {
      guint64 shift = range->expected_offset - range->offset;
      assay_packed_put (packed, assay_packed_step (ranges->shift, shift));
      ranges->shift = shift;
    }
  ranges->end = range->offset + range->length;
}

void
assay_ranges_append (AssayRanges *ranges, const AssayRange *range)
{
  if (ranges->length > 0)
    pack (ranges, &ranges->last);
  ranges->last = *range;
  ranges->length++;
}

/* Whether a range goes on where the last one ends, on both sides, and is of its kind. */
static gboolean
goes_on (const AssayRange *last, const AssayRange *range)
{
  gboolean alone = range->expected_offset == ASSAY_NO_COUNTERPART;
  gboolean follows = alone ? last->expected_offset == ASSAY_NO_COUNTERPART
                           : last->expected_offset != ASSAY_NO_COUNTERPART
                                 && last->expected_offset + last->length == range->expected_offset;
  return last->offset + last->length == range->offset && follows && last->class_ == range->class_
         && last->payload == range->payload && last->rule == range->rule && last->grant == range->grant
         && last->detail == range->detail && last->label == range->label && !range->payload;
}

void
assay_ranges_add (AssayRanges *ranges, const AssayRange *range)
{
  if (range->length == 0)
    return;
  if (ranges->length > 0 && goes_on (&ranges->last, range))
    ranges->last.length += range->length;
  else
    assay_ranges_append (ranges, range);
}

guint64
assay_ranges_length (const AssayRanges *ranges)
{
  return ranges == NULL ? 0 : ranges->length;
}

AssayRangeWalk
assay_ranges_walk (const AssayRanges *ranges)
{
  return (AssayRangeWalk){ .ranges = ranges };
}

static void
unpack (AssayRangeWalk *walk)
{
  const AssayPacked *packed = &walk->ranges->packed;
  guint64 head = assay_packed_take (packed, &walk->at);
  const Kind *kind = &g_array_index (walk->ranges->kinds, Kind, (guint)(head >> WHERE_BITS));
  Where where = (Where)(head & ((1u << WHERE_BITS) - 1));
  guint64 offset = assay_packed_stepped (walk->end, assay_packed_take (packed, &walk->at));
  guint64 length = assay_packed_take (packed, &walk->at);
  if (where == APART)
    walk->shift = assay_packed_stepped (walk->shift, assay_packed_take (packed, &walk->at));
  walk->end = offset + length;
  walk->range = (AssayRange){ .offset = offset,
                              .length = length,
                              .expected_offset = where == NOWHERE ? ASSAY_NO_COUNTERPART
                                                 : where == THERE ? offset
                                                                  : offset + walk->shift,
                              .class_ = kind->class_,
                              .payload = kind->payload,
                              .rule = kind->rule,
                              .grant = kind->grant,
                              .detail = kind->detail,
                              .label = kind->label };
}

gboolean
assay_ranges_next (AssayRangeWalk *walk)
{
  guint64 length = assay_ranges_length (walk->ranges);
  if (walk->index >= length)
    return FALSE;
  if (++walk->index == length)
    walk->range = walk->ranges->last;
  else
    unpack (walk);
  return TRUE;
}

gboolean
assay_ranges_close (AssayNodeAccount *node_account, GError **error)
{
  guint64 end = 0;
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
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
