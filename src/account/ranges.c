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
  gboolean passed; /* equal or a child's: it says nothing to most who ask */
} Kind;

/* Kinds that are looked at to find one again: what differs and what is equal take turns. Else it is noted anew. */
#define NEAR_KINDS 8u

/* What stands below the number of a range's kind: where its expected bytes stand, and what is not written down. */
#define WHERE_MASK 3u
#define FOLLOWS 4u  /* it begins where the one before it ends */
#define ONE_BYTE 8u /* its length */
#define HEAD_BITS 4
#define NUMBERS 4u /* of one range at most */
#define NO_KIND G_MAXUINT64
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
  AssayRange last;    /* not packed yet: what is added may become part of it */
  AssayPacked packed; /* of each other one: kind, then offset, length, and how far a counterpart stands apart, where it
                         is to be said */
  GArray *kinds;
  guint64 end;                    /* of the one that was packed last */
  guint64 shift;                  /* from the last place that was apart to its counterpart */
  AssayRangesDiffering differing; /* of those that are packed */
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

/* A range that is equal, or a child's, says nothing to most who ask. */
static gboolean
is_passed (const AssayRange *range)
{
  return range->class_ == ASSAY_CLASS_IDENTICAL || range->payload;
}

static void
count_differing (const AssayRange *range, AssayRangesDiffering *differing)
{
  if (is_passed (range) || range->class_ == ASSAY_CLASS_OUTSIDE)
    return;
  differing->count++;
  differing->displaced = differing->displaced || range->expected_offset != range->offset;
}

AssayRangesDiffering
assay_ranges_differing (const AssayRanges *ranges)
{
  AssayRangesDiffering differing = ranges == NULL ? (AssayRangesDiffering){ 0 } : ranges->differing;
  if (ranges != NULL && ranges->length > 0)
    count_differing (&ranges->last, &differing);
  return differing;
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
  const Kind kind = { .class_ = range->class_,
                      .payload = range->payload,
                      .rule = range->rule,
                      .grant = range->grant,
                      .detail = range->detail,
                      .label = range->label,
                      .passed = is_passed (range) };
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
  Where where = where_of (ranges, range);
  gboolean follows = range->offset == ranges->end;
  guint head = where | (follows ? FOLLOWS : 0u) | (range->length == 1 ? ONE_BYTE : 0u);
  guint64 kind = find_kind (ranges, range);
  guint8 *at = assay_packed_room (&ranges->packed, NUMBERS * ASSAY_PACKED_NUMBER_BYTES);
  at = assay_packed_write (at, kind << HEAD_BITS | head);
  if (!follows)
    at = assay_packed_write (at, assay_packed_step (ranges->end, range->offset));
  if (range->length != 1)
    at = assay_packed_write (at, range->length);
  if (where == APART)
    {
      guint64 shift = range->expected_offset - range->offset;
      at = assay_packed_write (at, assay_packed_step (ranges->shift, shift));
      ranges->shift = shift;
    }
  ranges->packed.length = (gsize)(at - ranges->packed.bytes);
  ranges->end = range->offset + range->length;
  count_differing (range, &ranges->differing);
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
  return last->class_ == range->class_ && last->offset + last->length == range->offset && follows
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
  return (AssayRangeWalk){ .ranges = ranges, .kind = NO_KIND };
}

static void
fill_common (const Kind *kind, AssayRange *out)
{
  out->class_ = kind->class_;
  out->payload = kind->payload;
  out->rule = kind->rule;
  out->grant = kind->grant;
  out->detail = kind->detail;
  out->label = kind->label;
}

/* On to the next one, or the next that is not passed by; the last of all is not packed. */
static inline gboolean
advance (AssayRangeWalk *walk, gboolean all)
{
  const AssayRanges *ranges = walk->ranges;
  guint64 length = assay_ranges_length (ranges);
  if (walk->index >= length)
    return FALSE;
  const guint8 *at = length > 1 ? ranges->packed.bytes + walk->at : NULL;
  const Kind *kinds = length > 1 ? (const Kind *)(gpointer)ranges->kinds->data : NULL;
  guint64 end = walk->end;
  for (guint64 index = walk->index + 1; kinds != NULL && index < length; index++)
    {
      guint64 head = assay_packed_next (&at);
      const Kind *kind = &kinds[head >> HEAD_BITS];
      Where where = (Where)(head & WHERE_MASK);
      guint64 offset = (head & FOLLOWS) != 0 ? end : assay_packed_stepped (end, assay_packed_next (&at));
      end = offset + ((head & ONE_BYTE) != 0 ? 1 : assay_packed_next (&at));
      if (where == APART)
        walk->shift = assay_packed_stepped (walk->shift, assay_packed_next (&at));
      if (!all && kind->passed)
        continue;
      walk->range.offset = offset;
      walk->range.length = end - offset;
      walk->range.expected_offset = where == NOWHERE ? ASSAY_NO_COUNTERPART
                                    : where == THERE ? offset
                                                     : offset + walk->shift;
      /* that of the range before it is there already where the kind is the same */
      if (walk->kind != head >> HEAD_BITS)
        fill_common (kind, &walk->range);
      walk->kind = head >> HEAD_BITS;
      walk->index = index;
      walk->end = end;
      walk->at = (gsize)(at - ranges->packed.bytes);
      return TRUE;
    }
  walk->index = length;
  walk->range = ranges->last;
  return all || !is_passed (&walk->range);
}

gboolean
assay_ranges_next (AssayRangeWalk *walk)
{
  return advance (walk, TRUE);
}

gboolean
assay_ranges_next_other (AssayRangeWalk *walk)
{
  return advance (walk, FALSE);
}

guint
assay_ranges_next_places (AssayRangeWalk *walk, AssayRangePlace places[ASSAY_RANGE_PLACES])
{
  const AssayRanges *ranges = walk->ranges;
  guint64 length = assay_ranges_length (ranges);
  guint count = (guint)MIN (ASSAY_RANGE_PLACES, length - walk->index);
  if (count == 0)
    return 0;
  gboolean last = walk->index + count == length;
  const guint packed = last ? count - 1 : count;
  const guint8 *at = packed > 0 ? ranges->packed.bytes + walk->at : NULL;
  const Kind *kinds = packed > 0 ? (const Kind *)(gpointer)ranges->kinds->data : NULL;
  guint64 end = walk->end;
  for (guint i = 0; i < packed; i++)
    {
      guint64 head = assay_packed_next (&at);
      const Kind *kind = &kinds[head >> HEAD_BITS];
      guint64 offset = (head & FOLLOWS) != 0 ? end : assay_packed_stepped (end, assay_packed_next (&at));
      guint64 own = (head & ONE_BYTE) != 0 ? 1 : assay_packed_next (&at);
      if ((head & WHERE_MASK) == APART)
        walk->shift = assay_packed_stepped (walk->shift, assay_packed_next (&at));
      places[i] = (AssayRangePlace){ offset, own, kind->class_, kind->payload };
      end = offset + own;
    }
  if (last)
    places[packed]
        = (AssayRangePlace){ ranges->last.offset, ranges->last.length, ranges->last.class_, ranges->last.payload };
  walk->index += count;
  walk->end = end;
  walk->at = at == NULL ? walk->at : (gsize)(at - ranges->packed.bytes);
  return count;
}

/* Whether places go on from where those before them ended. */
static gboolean
take_places (AssayNodeAccount *node_account, const AssayRangePlace *places, guint count, guint64 *end)
{
  for (guint i = 0; i < count; i++)
    {
      const AssayRangePlace *place = &places[i];
      if (place->offset != *end || place->length == 0 || place->length > node_account->node->size - *end)
        return FALSE;
      *end += place->length;
      if (place->payload)
        node_account->payload += place->length;
      else
        {
          node_account->totals[place->class_] += place->length;
          node_account->worst = assay_class_worse (node_account->worst, place->class_);
        }
    }
  return TRUE;
}

gboolean
assay_ranges_close (AssayNodeAccount *node_account, GError **error)
{
  guint64 end = 0;
  AssayRangePlace places[ASSAY_RANGE_PLACES];
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  for (guint count; (count = assay_ranges_next_places (&walk, places)) > 0;)
    if (!take_places (node_account, places, count, &end))
      {
        g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL,
                     "%s: the account breaks off at offset %" G_GUINT64_FORMAT, node_account->node->path, end);
        return FALSE;
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
