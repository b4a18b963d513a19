#include "flow/again.h"

#include "flow/building.h"
#include "util/cancel.h"
#include "util/json.h"
#include "util/text.h"

#include <assay/error.h>

#include <poll.h>

/* FAT and zip count times in so many seconds. */
#define CLOCK_MS 2000

gboolean
assay_flow_wait_for_clock (GError **error)
{
  gint64 until_us = g_get_monotonic_time () + CLOCK_MS * G_GINT64_CONSTANT (1000);
  for (gint64 left_us = CLOCK_MS * G_GINT64_CONSTANT (1000); left_us > 0; left_us = until_us - g_get_monotonic_time ())
    {
      struct pollfd cancelled = { .fd = assay_cancel_fd (), .events = POLLIN };
      if (assay_cancelled (error))
        return FALSE;
      poll (&cancelled, 1, (int)(left_us / 1000) + 1);
    }
  return !assay_cancelled (error);
}

static gboolean
add_outputs (AssayComponent *component, const AssayLimits *limits, GError **error)
{
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_made_free);
  for (guint i = 0; i < component->made->len; i++)
    {
      AssayMade *again = assay_made_find_again (component->second, component->recipe,
                                                g_ptr_array_index (component->made, i), limits, error);
      if (again == NULL)
        return FALSE;
      g_ptr_array_add (made, again);
    }
  for (guint i = 0; i < made->len; i++)
    {
      AssayExpectation *expectation = g_ptr_array_index (component->expectations, i);
      expectation->second = assay_made_expect (g_ptr_array_index (made, i));
    }
  assay_made_digest (made, &component->second_sha256);
  component->has_second = TRUE;
  return TRUE;
}

void
assay_flow_build_again (AssayComponent *component, const AssayRebuildOptions *first, GError **error)
{
  AssayRebuildOptions options = *first;
  options.variations = ASSAY_VARIATION_ALL;
  options.record = FALSE; /* what was judged is what the first made */
  if (assay_flow_wait_for_clock (error))
    component->second = assay_rebuild_run (component->recipe, component->digests, &options, error);
}

gboolean
assay_flow_take_again (AssayComponent *component, const AssayLimits *limits, GError **error)
{
  if (component->second != NULL && add_outputs (component, limits, error))
    return TRUE;
  if (component->second_trouble != NULL)
    g_propagate_error (error, g_steal_pointer (&component->second_trouble));
  g_autofree char *name = assay_text_escape_line (assay_flow_name_of (component), -1);
  g_prefix_error (error, "the second rebuild of %s: ", name);
  return FALSE;
}

json_t *
assay_flow_describe_variations (const AssayVaried *varied)
{
  json_t *list = json_array ();
  for (guint i = 0; i < varied->outcomes->len; i++)
    {
      const AssayVariationOutcome *outcome = g_ptr_array_index (varied->outcomes, i);
      json_t *described = json_object ();
      json_object_set_new (described, "name", json_string (assay_variation_name (outcome->variation)));
      json_object_set_new (described, "varied", json_boolean (outcome->varied));
      json_object_set_new (described, "detail", assay_json_text (outcome->detail));
      json_array_append_new (list, described);
    }
  return list;
}
