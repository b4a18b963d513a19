#include "flow/times.h"

#include <stdio.h>
#include <string.h>

/* Times that firmware is built at: from 2000 on, until 32 bits end. A number out of this range is none. */
#define EARLIEST G_GINT64_CONSTANT (946684800)
#define LATEST G_GINT64_CONSTANT (4294967295)

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

static gboolean
day_of (gint year, gint month, gint day, gint64 *out_seconds)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) date = g_date_time_new (utc, year, month, day, 0, 0, 0);
  if (date == NULL)
    return FALSE;
  *out_seconds = g_date_time_to_unix (date);
  return *out_seconds >= EARLIEST && *out_seconds <= LATEST;
}

/* Two digits, the first of which may be a space where @space says so. */
static gint
two_digits (const char *text, gboolean space)
{
  if (!g_ascii_isdigit (text[1]) || !(g_ascii_isdigit (text[0]) || (space && text[0] == ' ')))
    return -1;
  return (text[0] == ' ' ? 0 : text[0] - '0') * 10 + (text[1] - '0');
}

static gint
four_digits (const char *text)
{
  gint high = two_digits (text, FALSE);
  gint low = two_digits (text + 2, FALSE);
  return high < 0 || low < 0 ? -1 : high * 100 + low;
}

/* "Nov 14 2023", as C's __DATE__ (ISO C, 6.10.8.1). */
static void
scan_c_date (const char *text, gsize length, GArray *dates)
{
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  gint64 seconds = 0;
  if (length < 11 || text[3] != ' ' || text[6] != ' ')
    return;
  for (gint month = 0; month < 12; month++)
    if (memcmp (text, names + month * 3, 3) == 0
        && day_of (four_digits (text + 7), month + 1, two_digits (text + 4, TRUE), &seconds))
      note (dates, seconds);
}

/* "2023-11-14" */
static void
scan_iso_date (const char *text, gsize length, GArray *dates)
{
  gint64 seconds = 0;
  if (length >= 10 && text[4] == '-' && text[7] == '-'
      && day_of (four_digits (text), two_digits (text + 5, FALSE), two_digits (text + 8, FALSE), &seconds))
    note (dates, seconds);
}

/* "22:13:20" */
static void
scan_clock (const char *text, gsize length, GArray *clocks)
{
  if (length < 8 || text[2] != ':' || text[5] != ':')
    return;
  gint hour = two_digits (text, FALSE);
  gint minute = two_digits (text + 3, FALSE);
  gint second = two_digits (text + 6, FALSE);
  if (hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60)
    note (clocks, (gint64)hour * 3600 + minute * 60 + second);
}

static void
scan_epoch (const char *text, gsize length, GArray *epochs)
{
  gint64 value = 0;
  gsize digits = 0;
  for (; digits < length && digits < 11 && g_ascii_isdigit (text[digits]); digits++)
    value = value * 10 + (text[digits] - '0');
  if (digits >= 9 && digits <= 10 && value >= EARLIEST && value <= LATEST)
    note (epochs, value);
}

void
assay_times_scan (const guint8 *bytes, gsize length, GArray *dates, GArray *clocks, GArray *epochs)
{
  const char *text = (const char *)bytes;
  for (gsize i = 0; i < length; i++)
    {
      gsize left = length - i;
      scan_c_date (text + i, left, dates);
      scan_iso_date (text + i, left, dates);
      scan_clock (text + i, left, clocks);
      if (i == 0 || !g_ascii_isdigit (text[i - 1]))
        scan_epoch (text + i, left, epochs);
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
  for (guint i = 0; i < account->findings->len && seen < PLACES_MAX; i++)
    {
      const AssayFinding *finding = g_ptr_array_index (account->findings, i);
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
      if (strcmp (fact->name, "mtime") == 0 && value >= EARLIEST && value <= LATEST)
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
  if (seconds < EARLIEST || seconds > LATEST)
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
