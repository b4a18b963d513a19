#include "flow/times.h"

#include "inventory/dates.h"

#include <stdio.h>
#include <string.h>

/* A date and a clock may stand on both sides of the byte that differs. */
#define AROUND_BYTES 40u

/* So many differing places are looked at, and so much of each: whoever prints a time prints it early. */
#define PLACES_MAX 256u
#define PLACE_BYTES_MAX 4096u

/* Kinds of times that one image has; more tell no more. */
#define KIND_MAX 64u

#define SECONDS_OF_DAY (24 * 60 * 60)

static void
shipped_time_free (gpointer data)
{
  AssayShippedTime *time = data;
  g_free (time->source);
  g_free (time);
}

static void
note (GArray *times, gint64 value)
{
  for (guint i = 0; i < times->len; i++)
    if (g_array_index (times, gint64, i) == value)
      return;
  if (times->len < KIND_MAX)
    g_array_append_val (times, value);
}

void
assay_times_scan (const guint8 *bytes, gsize length, GArray *dates, GArray *clocks, GArray *epochs)
{
  const char *text = (const char *)bytes;
  for (gsize i = 0; i < length; i++)
    {
      gsize left = length - i;
      gint64 seconds = 0;
      if (assay_dates_read_day (text + i, left, &seconds) > 0)
        note (dates, seconds);
      if (assay_dates_read_clock (text + i, left, &seconds))
        note (clocks, seconds);
      if ((i == 0 || !g_ascii_isdigit (text[i - 1])) && assay_dates_read_epoch (text + i, left, &seconds))
        note (epochs, seconds);
    }
}

/** What was found, by kind. */
typedef struct
{
  GArray *dates;
  GArray *clocks;
  GArray *epochs;
  GArray *own;     /* what containers say of themselves */
  GArray *entries; /* what they say of their entries */
  GPtrArray *chosen;
} Times;

static void
times_clear (Times *times)
{
  g_clear_pointer (&times->dates, g_array_unref);
  g_clear_pointer (&times->clocks, g_array_unref);
  g_clear_pointer (&times->epochs, g_array_unref);
  g_clear_pointer (&times->own, g_array_unref);
  g_clear_pointer (&times->entries, g_array_unref);
  g_clear_pointer (&times->chosen, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Times, times_clear)

static void
scan_finding (Times *times, const AssayFinding *finding)
{
  const AssayNode *node = finding->node;
  g_autoptr (GError) ignored = NULL;
  guint64 start = finding->offset - MIN (finding->offset, AROUND_BYTES);
  guint64 end = MIN (node->size, finding->offset + MIN (finding->length, PLACE_BYTES_MAX) + AROUND_BYTES);
  g_autofree guint8 *bytes = g_malloc (end - start);
  if (assay_blob_read (node->blob, start, bytes, end - start, &ignored))
    assay_times_scan (bytes, end - start, times->dates, times->clocks, times->epochs);
}

static void
scan_findings (Times *times, const AssayAccount *account)
{
  guint seen = 0;
  for (guint i = 0; i < assay_findings_length (account->findings) && seen < PLACES_MAX; i++)
    {
      const AssayFinding *finding = assay_findings_get (account->findings, i);
      if (finding->class_ != ASSAY_CLASS_UNEXPLAINED || finding->node->blob == NULL)
        continue;
      scan_finding (times, finding);
      seen++;
    }
}

static void
note_facts (GArray *times, const GArray *facts)
{
  for (guint i = 0; i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      gint64 value = g_ascii_strtoll (fact->value, NULL, 10);
      if (strcmp (fact->name, "mtime") == 0 && value >= ASSAY_DATES_EARLIEST && value <= ASSAY_DATES_LATEST)
        note (times, value);
    }
}

static gboolean
note_node (AssayNode *node, gpointer data)
{
  Times *times = data;
  note_facts (times->own, node->own_facts);
  note_facts (times->entries, node->facts);
  return TRUE;
}

static gint
newest_first (gconstpointer a, gconstpointer b)
{
  gint64 first = *(const gint64 *)a;
  gint64 second = *(const gint64 *)b;
  return first > second ? -1 : first < second;
}

static void
choose (Times *times, gint64 seconds, const char *source)
{
  if (seconds < ASSAY_DATES_EARLIEST || seconds > ASSAY_DATES_LATEST)
    return;
  for (guint i = 0; i < times->chosen->len; i++)
    if (((const AssayShippedTime *)g_ptr_array_index (times->chosen, i))->seconds == seconds)
      return;
  AssayShippedTime *chosen = g_new0 (AssayShippedTime, 1);
  chosen->seconds = seconds;
  chosen->source = g_strdup (source);
  g_ptr_array_add (times->chosen, chosen);
}

static void
choose_all (Times *times, const GArray *values, const char *source)
{
  for (guint i = 0; i < values->len; i++)
    choose (times, g_array_index (values, gint64, i), source);
}

GPtrArray *
assay_times_collect (const AssayFlowResult *result)
{
  g_auto (Times) times = { 0 };
  times.dates = g_array_new (FALSE, FALSE, sizeof (gint64));
  times.clocks = g_array_new (FALSE, FALSE, sizeof (gint64));
  times.epochs = g_array_new (FALSE, FALSE, sizeof (gint64));
  times.own = g_array_new (FALSE, FALSE, sizeof (gint64));
  times.entries = g_array_new (FALSE, FALSE, sizeof (gint64));
  times.chosen = g_ptr_array_new_with_free_func (shipped_time_free);
  if (result->account != NULL)
    scan_findings (&times, result->account);
  if (result->image != NULL && result->image->root != NULL)
    assay_node_visit (result->image->root, note_node, &times);
  g_array_sort (times.own, newest_first);
  g_array_sort (times.entries, newest_first);
  for (guint i = 0; i < times.dates->len; i++)
    for (guint j = 0; j < times.clocks->len; j++)
      choose (&times, g_array_index (times.dates, gint64, i) + g_array_index (times.clocks, gint64, j),
              "a date and a time of day in bytes that differ");
  choose_all (&times, times.epochs, "a number of seconds in bytes that differ");
  choose_all (&times, times.own, "the time of a container");
  choose_all (&times, times.entries, "the time of an entry");
  choose_all (&times, times.dates, "a date in bytes that differ");
  return g_steal_pointer (&times.chosen);
}
