#include "account/beside.h"

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

void
assay_beside_loads (AssayWork *work, const AssayNode *fit, const AssayNode *expected)
{
  static const char *const load[] = { "load", NULL };
  g_autoptr (GArray) places = assay_fit_places (fit);
  g_autoptr (GArray) held = list_loads (work, fit, places, FALSE);
  for (guint i = 0; i < places->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (fit->children, i);
      const AssayNode *theirs = assay_pairing_get (work->pairing, child)->expected;
      const AssayFitPlace *place = &g_array_index (places, AssayFitPlace, i);
      if (assay_beside_is_held (work, child))
        judge_entry (work, child, place);
      else if (place->loaded)
        {
          if (theirs != NULL && (expected == NULL || theirs->parent != expected))
            theirs = NULL;
          guint64 bytes = assay_fit_loaded_bytes (child);
          assay_beside_facts (work, child, load, child->facts, theirs == NULL ? NULL : theirs->facts);
          if ((theirs == NULL || bytes > assay_fit_loaded_bytes (theirs)) && reaches (place, bytes, held, FALSE))
            assay_account_add_fact (work, child, "loaded-bytes", "reach an image in scope", NULL,
                                    ASSAY_CLASS_UNEXPLAINED, theirs == NULL ? "no-counterpart" : "differs");
        }
    }
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
