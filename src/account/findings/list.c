#include "account/findings/finding_private.h"

#include <stdlib.h>

static void
kind_free (gpointer data)
{
  assay_finding_words_free (((AssayFindingKind *)data)->words);
  g_free (data);
}

static guint
kind_hash (gconstpointer key)
{
  const AssayFindingKind *kind = key;
  guint hash = g_direct_hash (kind->node) * 31 + g_direct_hash (kind->rule);
  return (hash * 31 + assay_finding_words_hash (kind->words)) * 31 + (guint)kind->class_ * 7 + (guint)kind->cause;
}

static gboolean
kind_equal (gconstpointer a, gconstpointer b)
{
  const AssayFindingKind *first = a;
  const AssayFindingKind *second = b;
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
  findings->kinds = kinds;
  findings->sums = g_array_new (FALSE, TRUE, sizeof (Sum));
  return findings;
}

AssayFindings *
assay_findings_new (void)
{
  return assay_findings_new_by (NULL);
}

AssayFindings *
assay_findings_new_by (AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  AssayFindings *findings = findings_new (g_ptr_array_new_with_free_func (kind_free));
  findings->known = g_hash_table_new (kind_hash, kind_equal);
  findings->said = g_string_new (NULL);
  findings->key_of = key_of;
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
  if (findings->open_kind == NULL)
    assay_finding_words_free (findings->open.words);
  for (guint i = 0; i < MAJORS; i++)
    assay_finding_series_clear (&findings->parts[i].series);
  g_clear_pointer (&findings->known, g_hash_table_unref);
  if (findings->said != NULL)
    g_string_free (findings->said, TRUE);
  g_array_unref (findings->sums);
  g_ptr_array_unref (findings->kinds);
  g_free (findings);
}

/* The kind of a finding, which gives its words to it. */
static const AssayFindingKind *
find_kind (AssayFindings *findings, AssayFinding *finding)
{
  gboolean of_words = finding->words != NULL && finding->message == finding->words->own_message;
  const AssayFindingKind wanted = { .order = finding->order,
                                    .node = finding->node,
                                    .rule = finding->rule,
                                    .grant = finding->grant,
                                    .message = finding->has_own_message ? assay_finding_each_its_own
                                               : of_words               ? NULL
                                                                        : finding->message,
                                    .words = finding->words,
                                    .class_ = finding->class_,
                                    .cause = finding->cause,
                                    .has_address = finding->has_address != 0 };
  AssayFindingKind *kind = findings->last_kind;
  if (kind == NULL || !kind_equal (kind, &wanted))
    kind = g_hash_table_lookup (findings->known, &wanted);
  if (kind != NULL)
    {
      findings->last_kind = kind;
      g_clear_pointer (&finding->words, assay_finding_words_free);
      return kind;
    }
  findings->last_kind = kind = g_memdup2 (&wanted, sizeof wanted);
  kind->index = findings->kinds->len;
  kind->shown = of_words ? kind->words->own_message : kind->message;
  finding->words = NULL;
  g_ptr_array_add (findings->kinds, kind);
  if (assay_finding_words_equal (kind->words, kind->words))
    g_hash_table_add (findings->known, kind);
  return kind;
}

/* Adds one to the end of a part. */
static void
put (AssayFindings *findings, guint number, const AssayFindingKind *kind, const AssayFinding *finding)
{
  AssayFindingSeries *series = &findings->parts[number].series;
  if (kind->index >= findings->sums->len)
    g_array_set_size (findings->sums, kind->index + 1);
  Sum *sum = &g_array_index (findings->sums, Sum, kind->index);
  if (sum->count++ == 0 || number < sum->part || (number == sum->part && series->length < sum->first))
    {
      sum->part = number;
      sum->first = series->length;
    }
  sum->bytes += finding->length;
  assay_finding_series_add (series, kind, finding);
}

/* What is taken out of a part, to be put in again. */
static void
take_out (AssayFindings *findings, guint number, const AssayFindingKind *kind, guint from, guint64 length)
{
  Sum *sum = &g_array_index (findings->sums, Sum, kind->index);
  sum->count--;
  sum->bytes -= length;
  if (sum->part == number && sum->first >= from)
    sum->first = G_MAXUINT;
}

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

static Entry
entry_of (AssayFindingKey key, guint index)
{
  return (Entry){ key.minor, key.major, index };
}

/* Sorts the findings of a part from its stretch on: they are taken out, and put in again. */
static void
settle_stretch (AssayFindings *findings, guint number)
{
  Part *part = &findings->parts[number];
  guint count = part->series.length - part->stretch;
  if (!part->mixed)
    return;
  AssayFindingSeries mixed = { 0 };
  AssayFindingCursor cursor = { .held = FALSE };
  g_autofree Entry *entries = g_new (Entry, count);
  for (guint i = 0; i < count; i++)
    {
      const AssayFinding *finding
          = assay_finding_series_read (&part->series, findings->kinds, part->stretch + i, &cursor);
      entries[i] = entry_of (findings->key_of (finding), i);
      assay_finding_series_add (&mixed, cursor.kind, finding);
      take_out (findings, number, cursor.kind, part->stretch, finding->length);
    }
  qsort (entries, count, sizeof *entries, by_key);
  assay_finding_series_cut (&part->series, part->stretch, &part->stretch_end);
  cursor.held = FALSE;
  for (guint i = 0; i < count; i++)
    {
      const AssayFinding *finding = assay_finding_series_read (&mixed, findings->kinds, entries[i].index, &cursor);
      put (findings, number, cursor.kind, finding);
    }
  assay_finding_series_clear (&mixed);
  part->mixed = FALSE;
}

/* The part where a finding of this key goes, which is ready for it. */
static guint
find_part (AssayFindings *findings, AssayFindingKey key)
{
  guint number = MIN (key.major, MAJORS - 1);
  Part *part = &findings->parts[number];
  gboolean goes_on
      = part->series.length > 0 && part->last.major == key.major && part->last.minor >> 32 == key.minor >> 32;
  gboolean before
      = part->series.length > 0
        && (key.major < part->last.major || (key.major == part->last.major && key.minor < part->last.minor));
  if (goes_on)
    part->mixed = part->mixed || before;
  else
    {
      settle_stretch (findings, number);
      findings->scattered = findings->scattered || before;
      part->stretch = part->series.length;
      part->stretch_end = part->series.end;
      part->stretch_end.at = part->series.packed.length;
    }
  part->last = key;
  return number;
}

static void
close_open (AssayFindings *findings)
{
  if (!findings->is_open)
    return;
  guint number = findings->key_of == NULL ? 0 : find_part (findings, findings->key_of (&findings->open));
  if (findings->open_kind == NULL)
    findings->open_kind = find_kind (findings, &findings->open);
  put (findings, number, findings->open_kind, &findings->open);
  findings->open.words = findings->open_kind->words;
  if (!findings->open.has_own_message)
    findings->open.message = findings->open_kind->shown;
  findings->is_open = FALSE;
  findings->cursor.held = FALSE;
  findings->read_part = findings->read_first = 0;
}

AssayFinding *
assay_findings_begin (AssayFindings *findings)
{
  g_assert (findings->known != NULL && findings->length < G_MAXUINT);
  close_open (findings);
  findings->is_open = TRUE;
  findings->open = (AssayFinding){ 0 };
  findings->open_kind = NULL;
  findings->length++;
  return &findings->open;
}

AssayFinding *
assay_findings_repeat (AssayFindings *findings)
{
  g_assert (findings->length > 0 && findings->length < G_MAXUINT && !findings->open.has_own_message);
  close_open (findings);
  findings->is_open = TRUE;
  findings->length++;
  return &findings->open;
}

void
assay_findings_say (AssayFindings *findings, const char *message)
{
  g_assert (findings->is_open);
  g_string_assign (findings->said, message);
  findings->open.message = findings->said->str;
  findings->open.has_own_message = TRUE;
}

guint
assay_findings_length (const AssayFindings *findings)
{
  return findings == NULL ? 0 : findings->length;
}

/* The part in which a finding is, as the one that is read from. */
static const AssayFindingSeries *
series_of (AssayFindings *findings, guint index)
{
  guint part = findings->read_part;
  guint first = findings->read_first;
  if (index < first)
    part = first = 0;
  while (index - first >= findings->parts[part].series.length)
    first += findings->parts[part++].series.length;
  if (part != findings->read_part)
    findings->cursor.held = FALSE;
  findings->read_part = part;
  findings->read_first = first;
  return &findings->parts[part].series;
}

const AssayFinding *
assay_findings_get (AssayFindings *findings, guint index)
{
  g_assert (index < findings->length);
  if (findings->is_open && findings->key_of != NULL)
    close_open (findings);
  if (findings->is_open && index == findings->length - 1)
    return &findings->open;
  const AssayFindingSeries *series = series_of (findings, index);
  AssayFindingCursor *cursor = &findings->cursor;
  if (cursor->held && index - findings->read_first == cursor->index)
    return &cursor->finding;
  return assay_finding_series_read (series, findings->kinds, index - findings->read_first, cursor);
}

guint
assay_findings_kind (const AssayFindings *findings, guint index)
{
  const AssayFindingCursor *cursor = &findings->cursor;
  return cursor->held && index == findings->read_first + cursor->index ? cursor->kind->index : ASSAY_FINDINGS_NO_KIND;
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
      const Entry entry = entry_of (key_of (finding), i);
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
      entries[ends[MIN (key.major, MAJORS - 1)]++] = entry_of (key, i);
    }
  /* what is in front of each is now where it ends */
  for (guint i = 0, start = 0; i < MAJORS; start = ends[i++])
    sort_part (entries + start, ends[i] - start);
  return entries;
}

/* Whether they were kept by these keys, and came in their order but for what can be mended in a part. */
static gboolean
are_kept_by (AssayFindings *findings, AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  for (guint i = 0; findings->key_of != NULL && i < MAJORS; i++)
    settle_stretch (findings, i);
  findings->cursor.held = FALSE;
  return findings->key_of == key_of && !findings->scattered;
}

AssayFindings *
assay_findings_sort (AssayFindings *findings, AssayFindingKey (*key_of) (const AssayFinding *finding))
{
  close_open (findings);
  if (are_kept_by (findings, key_of) || is_sorted (findings, key_of))
    return assay_findings_ref (findings);
  g_autofree Entry *entries = list_entries (findings, key_of);
  AssayFindings *sorted = findings_new (g_ptr_array_ref (findings->kinds));
  for (guint i = 0; i < findings->length; i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, entries[i].index);
      put (sorted, 0, findings->cursor.kind, finding);
    }
  sorted->length = findings->length;
  return sorted;
}
