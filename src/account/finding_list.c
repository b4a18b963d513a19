#include "account/finding.h"

#include "util/packed.h"

#include <string.h>

/* Findings from one whose place is known to the next such: reading begins at the last one before what is wanted. */
#define STRIDE 64u

/** What many findings have in common, kept once. @message: NULL where it is the words' own. */
typedef struct
{
  guint index;
  guint order;
  const AssayNode *node;
  const char *rule;
  const AssayGrant *grant;
  const char *message;
  AssayFindingWords *words;
  AssayClass class_;
  AssayCause cause;
  gboolean has_address;
} Kind;

/** Where a finding is packed, and what its numbers are counted from. */
typedef struct
{
  gsize at;
  guint64 end;   /* of the one before it */
  guint64 shift; /* from its offset to its address */
} Place;

struct _AssayFindings
{
  guint references;
  guint length;       /* packed ones, and @open */
  AssayPacked packed; /* kind, offset, length, rank, address where it has one, then the bytes of both sides */
  GArray *places;     /* Place of each STRIDE */
  Place end;          /* of the next that is packed */
  GPtrArray *kinds;
  GHashTable *known; /* set of Kind: those that others may be like */
  Kind *last_kind;   /* the one that was found last: the next finding often is like it */
  AssayFinding open;
  gboolean is_open;
  AssayFinding read; /* the one that was read last */
  const Kind *read_kind;
  guint read_index;
  gboolean has_read;
  Place next; /* behind it */
};

static void
kind_free (gpointer data)
{
  assay_finding_words_free (((Kind *)data)->words);
  g_free (data);
}

static guint
kind_hash (gconstpointer key)
{
  const Kind *kind = key;
  guint hash = g_direct_hash (kind->node) * 31 + g_direct_hash (kind->rule);
  return (hash * 31 + assay_finding_words_hash (kind->words)) * 31 + (guint)kind->class_ * 7 + (guint)kind->cause;
}

static gboolean
kind_equal (gconstpointer a, gconstpointer b)
{
  const Kind *first = a;
  const Kind *second = b;
  return first->node == second->node && first->rule == second->rule && first->grant == second->grant
         && first->message == second->message && first->class_ == second->class_ && first->cause == second->cause
         && first->order == second->order && first->has_address == second->has_address
         && assay_finding_words_equal (first->words, second->words);
}

static AssayFindings *
findings_new (GPtrArray *kinds)
{
  AssayFindings *findings = g_new0 (AssayFindings, 1);
  findings->references = 1;
  findings->places = g_array_new (FALSE, FALSE, sizeof (Place));
  findings->kinds = kinds;
  return findings;
}

AssayFindings *
assay_findings_new (void)
{
  AssayFindings *findings = findings_new (g_ptr_array_new_with_free_func (kind_free));
  findings->known = g_hash_table_new (kind_hash, kind_equal);
  return findings;
}

AssayFindings *
assay_findings_ref (AssayFindings *findings)
{
  findings->references++;
  return findings;
}

void
assay_findings_unref (AssayFindings *findings)
{
  if (findings == NULL || --findings->references > 0)
    return;
  assay_finding_words_free (findings->open.words);
  assay_packed_clear (&findings->packed);
  g_array_unref (findings->places);
  g_clear_pointer (&findings->known, g_hash_table_unref);
  g_ptr_array_unref (findings->kinds);
  g_free (findings);
}

/* The kind of a finding, which gives its words to it. */
static const Kind *
find_kind (AssayFindings *findings, AssayFinding *finding)
{
  gboolean own = finding->words != NULL && finding->message == finding->words->own_message;
  const Kind wanted = { .order = finding->order,
                        .node = finding->node,
                        .rule = finding->rule,
                        .grant = finding->grant,
                        .message = own ? NULL : finding->message,
                        .words = finding->words,
                        .class_ = finding->class_,
                        .cause = finding->cause,
                        .has_address = finding->has_address != 0 };
  Kind *kind = findings->last_kind;
  if (kind == NULL || !kind_equal (kind, &wanted))
    kind = g_hash_table_lookup (findings->known, &wanted);
  findings->last_kind = kind;
  if (kind != NULL)
    {
      g_clear_pointer (&finding->words, assay_finding_words_free);
      return kind;
    }
  kind = g_memdup2 (&wanted, sizeof wanted);
  kind->index = findings->kinds->len;
  finding->words = NULL;
  g_ptr_array_add (findings->kinds, kind);
  if (assay_finding_words_equal (kind->words, kind->words))
    g_hash_table_add (findings->known, kind);
  return kind;
}

/* @number: how many are packed already */
static void
pack (AssayFindings *findings, guint number, const Kind *kind, const AssayFinding *finding)
{
  AssayPacked *packed = &findings->packed;
  Place *place = &findings->end;
  place->at = packed->length;
  if (number % STRIDE == 0)
    g_array_append_val (findings->places, *place);
  assay_packed_put (packed, kind->index);
  assay_packed_put (packed, assay_packed_step (place->end, finding->offset));
  assay_packed_put (packed, finding->length);
  /* the largest rank is that of all that have none of their own */
  assay_packed_put (packed, (guint32)(finding->rank + 1));
  if (finding->has_address != 0)
    {
      guint64 shift = finding->address - finding->offset;
      assay_packed_put (packed, assay_packed_step (place->shift, shift));
      place->shift = shift;
    }
  assay_packed_put (packed, finding->shipped_length);
  assay_packed_put_bytes (packed, finding->shipped, finding->shipped_length);
  assay_packed_put (packed, finding->expected_length);
  assay_packed_put_bytes (packed, finding->expected, finding->expected_length);
  place->end = finding->offset + finding->length;
}

static void
fill_common (const Kind *kind, AssayFinding *out)
{
  out->node = kind->node;
  out->rule = kind->rule;
  out->grant = kind->grant;
  out->words = kind->words;
  out->message = kind->message == NULL && kind->words != NULL ? kind->words->own_message : kind->message;
  out->class_ = kind->class_;
  out->cause = kind->cause;
  out->order = kind->order;
  out->has_address = kind->has_address != 0;
}

static const Kind *
unpack (const AssayFindings *findings, Place *place, AssayFinding *out)
{
  const AssayPacked *packed = &findings->packed;
  const Kind *kind = g_ptr_array_index (findings->kinds, assay_packed_take (packed, &place->at));
  fill_common (kind, out);
  out->offset = assay_packed_stepped (place->end, assay_packed_take (packed, &place->at));
  out->length = assay_packed_take (packed, &place->at);
  out->rank = (guint32)assay_packed_take (packed, &place->at) - 1;
  out->address = 0;
  if (kind->has_address)
    {
      place->shift = assay_packed_stepped (place->shift, assay_packed_take (packed, &place->at));
      out->address = out->offset + place->shift;
    }
  out->shipped_length = (guint8)assay_packed_take (packed, &place->at);
  assay_packed_take_bytes (packed, &place->at, out->shipped, out->shipped_length);
  out->expected_length = (guint8)assay_packed_take (packed, &place->at);
  assay_packed_take_bytes (packed, &place->at, out->expected, out->expected_length);
  place->end = out->offset + out->length;
  return kind;
}

AssayFinding *
assay_findings_begin (AssayFindings *findings)
{
  g_assert (findings->known != NULL && findings->length < G_MAXUINT);
  if (findings->is_open)
    pack (findings, findings->length - 1, find_kind (findings, &findings->open), &findings->open);
  findings->has_read = FALSE;
  findings->is_open = TRUE;
  findings->open = (AssayFinding){ 0 };
  findings->length++;
  return &findings->open;
}

guint
assay_findings_length (const AssayFindings *findings)
{
  return findings == NULL ? 0 : findings->length;
}

const AssayFinding *
assay_findings_get (AssayFindings *findings, guint index)
{
  g_assert (index < findings->length);
  if (findings->is_open && index == findings->length - 1)
    return &findings->open;
  if (findings->has_read && index == findings->read_index)
    return &findings->read;
  guint next = findings->has_read ? findings->read_index + 1 : G_MAXUINT;
  if (next > index || index - next >= STRIDE)
    {
      next = index - index % STRIDE;
      findings->next = g_array_index (findings->places, Place, index / STRIDE);
    }
  for (; next <= index; next++)
    findings->read_kind = unpack (findings, &findings->next, &findings->read);
  findings->read_index = index;
  findings->has_read = TRUE;
  return &findings->read;
}

gboolean
assay_findings_any (const AssayFindings *findings, gboolean (*holds) (const AssayFinding *finding, gconstpointer data),
                    gconstpointer data)
{
  if (findings == NULL)
    return FALSE;
  for (guint i = 0; i < findings->kinds->len; i++)
    {
      AssayFinding common = { 0 };
      fill_common (g_ptr_array_index (findings->kinds, i), &common);
      if (holds (&common, data))
        return TRUE;
    }
  return findings->is_open && holds (&findings->open, data);
}

/** How many majors are told apart before they are sorted; larger ones are sorted together. */
#define MAJORS 8u

/** One finding to be sorted. */
typedef struct
{
  guint64 minor;
  guint32 major;
  guint32 index;
} Entry;

static gint
by_key (gconstpointer a, gconstpointer b)
{
  const Entry *first = a;
  const Entry *second = b;
  if (first->major != second->major)
    return first->major < second->major ? -1 : 1;
  if (first->minor != second->minor)
    return first->minor < second->minor ? -1 : 1;
  return first->index < second->index ? -1 : first->index > second->index;
}

static void
sort_stretch (Entry *entries, guint length)
{
  for (guint i = 1; i < length; i++)
    if (by_key (&entries[i - 1], &entries[i]) > 0)
      {
        qsort (entries, length, sizeof *entries, by_key);
        return;
      }
}

/* Those of one @major. Where the upper halves of @minor are in order, as those of nodes are, each is sorted by itself.
 */
static void
sort_part (Entry *entries, guint length)
{
  guint start = 0;
  for (guint i = 1; i < length; i++)
    if (entries[i - 1].major != entries[i].major || entries[i - 1].minor >> 32 > entries[i].minor >> 32)
      {
        sort_stretch (entries, length);
        return;
      }
  for (guint i = 1; i <= length; i++)
    if (i == length || entries[i].minor >> 32 != entries[start].minor >> 32)
      {
        sort_stretch (entries + start, i - start);
        start = i;
      }
}

/* Where they are in order already, as most are, nothing is kept of each. */
static gboolean
is_sorted (AssayFindings *findings, AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  Entry before = { 0, 0, 0 };
  for (guint i = 0; i < findings->length; i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, i);
      const AssayFindingKey key = key_of (finding);
      const Entry entry = { key.minor, key.major, i };
      if (by_key (&before, &entry) > 0)
        return FALSE;
      before = entry;
    }
  return TRUE;
}

/* All of them in their new order. Those of one @major often are in order already. */
static Entry *
list_entries (AssayFindings *findings, AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  Entry *entries = g_new (Entry, findings->length);
  guint ends[MAJORS + 1] = { 0 };
  for (guint i = 0; i < findings->length; i++)
    {
      guint32 major = key_of (assay_findings_get (findings, i)).major;
      ends[MIN (major, MAJORS - 1) + 1]++;
    }
  for (guint i = 1; i <= MAJORS; i++)
    ends[i] += ends[i - 1];
  for (guint i = 0; i < findings->length; i++)
    {
      const AssayFindingKey key = key_of (assay_findings_get (findings, i));
      entries[ends[MIN (key.major, MAJORS - 1)]++] = (Entry){ key.minor, key.major, i };
    }
  /* what is in front of each is now where it ends */
  for (guint i = 0, start = 0; i < MAJORS; start = ends[i++])
    sort_part (entries + start, ends[i] - start);
  return entries;
}

AssayFindings *
assay_findings_sort (AssayFindings *findings, AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  if (findings->is_open)
    {
      pack (findings, findings->length - 1, find_kind (findings, &findings->open), &findings->open);
      findings->is_open = FALSE;
    }
  if (is_sorted (findings, key_of))
    return assay_findings_ref (findings);
  g_autofree Entry *entries = list_entries (findings, key_of);
  AssayFindings *sorted = findings_new (g_ptr_array_ref (findings->kinds));
  for (guint i = 0; i < findings->length; i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, entries[i].index);
      pack (sorted, i, findings->read_kind, finding);
    }
  sorted->length = findings->length;
  return sorted;
}
