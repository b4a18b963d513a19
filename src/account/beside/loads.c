#include "account/beside/beside.h"

#include "account/fit_places.h"
#include "unpack/fact.h"

/*
 * Where the images of a FIT are loaded, as far as one could come to lie over another (T2, T5).
 */

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  guint64 first = *(const guint64 *)a;
  guint64 second = *(const guint64 *)b;
  return (first > second) - (first < second);
}

/* Where the images in scope, or @all of them, are loaded, ascending; what is loaded anywhere is so at the last address.
 */
static GArray *
list_loads (AssayWork *work, const AssayNode *fit, const GArray *places, gboolean all)
{
  GArray *loads = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; i < places->len; i++)
    {
      const AssayFitPlace *place = &g_array_index (places, AssayFitPlace, i);
      if (place->loaded && (all || assay_beside_is_held (work, g_ptr_array_index (fit->children, i))))
        g_array_append_val (loads, place->load);
    }
  g_array_sort (loads, compare_addresses);
  return loads;
}

/* Whether so many bytes are loaded to where one of these is; @own: the image is one of them itself. */
static gboolean
reaches (const AssayFitPlace *place, guint64 bytes, const GArray *held, gboolean own)
{
  if (held->len == 0 || !place->loaded)
    return FALSE;
  if (place->load == ASSAY_FIT_ANYWHERE || g_array_index (held, guint64, held->len - 1) == ASSAY_FIT_ANYWHERE)
    return TRUE;
  guint first = 0;
  for (guint end = held->len; first < end;)
    {
      guint middle = first + (end - first) / 2;
      guint64 address = g_array_index (held, guint64, middle);
      if (address < place->load || (own && address == place->load))
        first = middle + 1;
      else
        end = middle;
    }
  return first < held->len && g_array_index (held, guint64, first) - place->load < bytes;
}

/* What is run of the scope is entered in itself: elsewhere stands what was not judged, also where the rebuild's is. */
static void
judge_entry (AssayWork *work, const AssayNode *image, const AssayFitPlace *place)
{
  if (image->loaded_from != NULL && !assay_fit_is_entered_within (image, place))
    assay_account_add_fact (work, image, "entry-place", assay_facts_get (image->facts, "entry"), "one in the image",
                            ASSAY_CLASS_UNEXPLAINED, "differs");
}

/** The images of a FIT beside its scope, of which some are loaded over what is in scope. */
typedef struct
{
  AssayWork *work;
  const AssayNode *fit;
  const AssayNode *expected;
  GArray *places;
  GHashTable *over;    /* images that are, and are not the rebuild's */
  GHashTable *rebuilt; /* that are the rebuild's */
} Over;

static const AssayNode *
image_at (const Over *over, const GArray *used, guint index)
{
  return g_ptr_array_index (over->fit->children, g_array_index (used, guint, index));
}

static AssayFitMemory
memory_of (const Over *over, const AssayNode *image)
{
  return assay_fit_memory (&g_array_index (over->places, AssayFitPlace, image->index), assay_fit_loaded_bytes (image));
}

static gboolean
is_loaded (const Over *over, const AssayNode *image)
{
  return g_array_index (over->places, AssayFitPlace, image->index).loaded;
}

static void
note_over (const Over *over, const AssayNode *image)
{
  gboolean rebuilt = assay_beside_is_rebuilt (over->work, image, over->expected);
  g_hash_table_add (rebuilt ? over->rebuilt : over->over, (gpointer)image);
}

/* Of the images that one configuration uses. */
static void
find_over (const Over *over, const GArray *used)
{
  g_autoptr (GArray) held = g_array_new (FALSE, FALSE, sizeof (AssayFitMemory));
  for (guint i = 0; i < used->len; i++)
    {
      const AssayNode *image = image_at (over, used, i);
      if (!is_loaded (over, image) || !assay_beside_is_held (over->work, image))
        continue;
      AssayFitMemory memory = memory_of (over, image);
      g_array_append_val (held, memory);
    }
  assay_fit_memory_sort (held);
  for (guint i = 0; held->len > 0 && i < used->len; i++)
    {
      const AssayNode *image = image_at (over, used, i);
      if (is_loaded (over, image) && !assay_beside_is_held (over->work, image)
          && !g_hash_table_contains (over->over, image) && !g_hash_table_contains (over->rebuilt, image)
          && assay_fit_memory_overlaps (held, memory_of (over, image)))
        note_over (over, image);
    }
}

/* What a loader puts over an image in scope, or into it, is to be the rebuild's, also where the rebuild does so. */
static void
judge_over (AssayWork *work, const AssayNode *fit, const AssayNode *expected, GArray *places)
{
  g_autoptr (GHashTable) set = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) rebuilt = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) uses = assay_fit_uses (fit);
  const Over over = { work, fit, expected, places, set, rebuilt };
  GHashTableIter iterator;
  gpointer used = NULL;
  g_hash_table_iter_init (&iterator, uses);
  while (g_hash_table_iter_next (&iterator, NULL, &used))
    find_over (&over, used);
  for (guint i = 0; i < fit->children->len; i++)
    if (g_hash_table_contains (set, g_ptr_array_index (fit->children, i)))
      assay_account_add_fact (work, g_ptr_array_index (fit->children, i), "loaded-over", "an image in scope", NULL,
                              ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* A loader that checks the hashes of an image (U-Boot, fit_image_verify_with_data()) starts nothing where one is wrong:
 * as wrong sums in other containers it must be right by itself, or the rebuild's. */
static void
judge_hashes (AssayWork *work, const AssayNode *image, const AssayNode *expected)
{
  for (guint i = 0; i < image->facts->len; i++)
    {
      const char *const name[] = { g_array_index (image->facts, AssayFact, i).name, NULL };
      const char *slash = strchr (name[0], '/');
      if (g_str_has_prefix (name[0], "hash") && slash != NULL && strcmp (slash, "/wrong") == 0)
        assay_beside_facts (work, image, name, image->facts, expected == NULL ? NULL : expected->facts);
    }
}

void
assay_beside_loads (AssayWork *work, const AssayNode *fit, const AssayNode *expected)
{
  static const char *const load[] = { "load", NULL };
  g_autoptr (GArray) places = assay_fit_places (fit);
  g_autoptr (GArray) held = list_loads (work, fit, places, FALSE);
  for (guint i = 0; i < places->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (fit->children, i);
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      const AssayFitPlace *place = &g_array_index (places, AssayFitPlace, i);
      judge_hashes (work, child, theirs);
      if (assay_beside_is_held (work, child))
        judge_entry (work, child, place);
      else if (place->loaded)
        {
          guint64 bytes = assay_fit_loaded_bytes (child);
          assay_beside_facts (work, child, load, child->facts, theirs == NULL ? NULL : theirs->facts);
          if ((theirs == NULL || bytes > assay_fit_loaded_bytes (theirs)) && reaches (place, bytes, held, FALSE))
            assay_account_add_fact (work, child, "loaded-bytes", "reach an image in scope", NULL,
                                    ASSAY_CLASS_UNEXPLAINED, theirs == NULL ? "no-counterpart" : "differs");
        }
    }
  judge_over (work, fit, expected, places);
}

void
assay_beside_growth (AssayWork *work, const AssayNode *fit)
{
  g_autoptr (GArray) places = assay_fit_places (fit);
  g_autoptr (GArray) loads = list_loads (work, fit, places, TRUE);
  const AssayNode *expected = assay_pairing_get (work->pairing, fit)->expected;
  for (guint i = 0; i < places->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (fit->children, i);
      const AssayNode *theirs = assay_pairing_get (work->pairing, child)->expected;
      guint64 bytes = assay_fit_loaded_bytes (child);
      if (theirs != NULL && theirs->parent == expected && bytes > assay_fit_loaded_bytes (theirs)
          && reaches (&g_array_index (places, AssayFitPlace, i), bytes, loads, TRUE))
        assay_account_add_fact (work, child, "loaded-bytes", "reach another image, and more than the rebuild's", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}
