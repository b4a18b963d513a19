#include "account/visible_text.h"

#include "util/cancel.h"

#include <stdlib.h>
#include <string.h>

/** So many letters in a row are looked at: in coded bytes some stand so by chance, but not such as the content has. */
#define RUN_BYTES 16u
/** Of each four more, the last twelve. */
#define STEP_BYTES 4u
#define SAMPLE_BYTES 12u
#define WORD_BYTES 8u
/** Fewer different letters are no text, but a pattern, which coded bytes may have as well. */
#define LEAST_LETTERS 4u
/** More than chance makes of any stream. */
#define SAMPLES_MAX (1u << 16)

#define FILTER_BITS 18u

typedef struct
{
  guint8 bytes[SAMPLE_BYTES];
  gboolean found;
} Sample;

typedef struct
{
  GArray *samples; /* Sample; ascending when searched */
  guint8 *filter;  /* a bit for each first word */
} Samples;

/* Calls @use for all of a stretch, window after window, each behind the @overlap bytes before it. */
typedef gboolean (*Use) (const guint8 *bytes, gsize length, gpointer data);

static gboolean
each_window (const AssayStretchOf *stretch, gsize overlap, Use use, gpointer data, GError **error)
{
  g_autofree guint8 *window = g_malloc (overlap + ASSAY_BLOB_WINDOW_BYTES);
  gsize kept = 0;
  for (guint64 done = 0; done < stretch->length;)
    {
      gsize take = (gsize)MIN (stretch->length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error)
          || !assay_blob_read (stretch->blob, stretch->offset + done, window + kept, take, error))
        return FALSE;
      if (!use (window, kept + take, data))
        return TRUE;
      done += take;
      gsize keep = MIN (overlap, kept + take);
      memmove (window, window + kept + take - keep, keep);
      kept = keep;
    }
  return TRUE;
}

static gboolean
is_text (const guint8 *bytes)
{
  guint letters = 0;
  for (guint i = 0; i < SAMPLE_BYTES && letters < LEAST_LETTERS; i++)
    letters += memchr (bytes, bytes[i], i) == NULL;
  return letters == LEAST_LETTERS;
}

static gboolean
is_letter (guint8 byte)
{
  return g_ascii_isprint ((char)byte) || g_ascii_isspace ((char)byte);
}

/* The bytes of a window in front are those of the one before, so that a run of no more than RUN_BYTES begins in one. */
static gboolean
collect (const guint8 *bytes, gsize length, gpointer data)
{
  GArray *samples = data;
  gsize run = 0;
  for (gsize i = 0; i < length && samples->len <= SAMPLES_MAX; i++)
    {
      run = is_letter (bytes[i]) ? run + 1 : 0;
      if (run < RUN_BYTES || run % STEP_BYTES != 0 || !is_text (bytes + i + 1 - SAMPLE_BYTES))
        continue;
      Sample sample = { .found = FALSE };
      memcpy (sample.bytes, bytes + i + 1 - SAMPLE_BYTES, SAMPLE_BYTES);
      g_array_append_val (samples, sample);
    }
  return samples->len <= SAMPLES_MAX;
}

static int
compare_samples (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, SAMPLE_BYTES);
}

static guint
place_in_filter (const guint8 *bytes)
{
  guint64 word;
  memcpy (&word, bytes, WORD_BYTES);
  return (guint)((word * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> (64 - FILTER_BITS));
}

static gboolean
mark (const guint8 *bytes, gsize length, gpointer data)
{
  const Samples *all = data;
  for (gsize i = 0; i + SAMPLE_BYTES <= length; i++)
    {
      guint place = place_in_filter (bytes + i);
      if ((all->filter[place / 8] & 1u << place % 8) == 0)
        continue;
      Sample *sample = bsearch (bytes + i, all->samples->data, all->samples->len, sizeof *sample, compare_samples);
      if (sample != NULL)
        sample->found = TRUE;
    }
  return TRUE;
}

/* Sorts them, keeps each once, and makes the filter anew. */
static void
prepare (Samples *all)
{
  guint kept = 0;
  g_array_sort (all->samples, compare_samples);
  memset (all->filter, 0, (1u << FILTER_BITS) / 8);
  for (guint i = 0; i < all->samples->len; i++)
    {
      const Sample *sample = &g_array_index (all->samples, Sample, i);
      if (kept > 0 && compare_samples (&g_array_index (all->samples, Sample, kept - 1), sample) == 0)
        continue;
      guint place = place_in_filter (sample->bytes);
      all->filter[place / 8] |= (guint8)(1u << place % 8);
      Sample *to = &g_array_index (all->samples, Sample, kept++);
      memmove (to, sample, sizeof *to);
      to->found = FALSE;
    }
  g_array_set_size (all->samples, kept);
}

/* Keeps those that were found, or were not. */
static void
keep (GArray *samples, gboolean found)
{
  guint kept = 0;
  for (guint i = 0; i < samples->len; i++)
    if (g_array_index (samples, Sample, i).found == found)
      g_array_index (samples, Sample, kept++) = g_array_index (samples, Sample, i);
  g_array_set_size (samples, kept);
}

gboolean
assay_visible_text (const AssayStretchOf *shipped, AssayBlob *content, const AssayStretchOf *expected,
                    gboolean *out_more, GError **error)
{
  const AssayStretchOf whole = { content, 0, assay_blob_get_size (content) };
  const AssayStretchOf *const seen[] = { &whole, expected };
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (Sample));
  *out_more = TRUE;
  if (!each_window (shipped, RUN_BYTES + STEP_BYTES - 1, collect, samples, error))
    return FALSE;
  if (samples->len > SAMPLES_MAX)
    return TRUE;
  g_autofree guint8 *filter = g_malloc ((1u << FILTER_BITS) / 8);
  Samples all = { samples, filter };
  for (gsize i = 0; i < G_N_ELEMENTS (seen) && samples->len > 0; i++)
    {
      prepare (&all);
      if (!each_window (seen[i], SAMPLE_BYTES - 1, mark, &all, error))
        return FALSE;
      keep (samples, seen[i] == &whole);
    }
  *out_more = samples->len > 0;
  return TRUE;
}
